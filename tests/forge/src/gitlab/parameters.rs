//! Parameters as Grape reads them: of the query and of the body, which may be JSON or a form, with brackets for what is
//! inside of something.

use serde_json::{Map, Value};

use super::refusal::invalid;
use crate::exchange::{Request, Response};

/// What a request says.
pub(crate) struct Parameters(Value);

impl Parameters {
    pub(crate) fn of(request: &Request) -> Result<Self, Response> {
        let mut all = Value::Object(Map::new());
        for (name, value) in form_urlencoded::parse(request.query.as_bytes()) {
            insert(&mut all, &name, value.into_owned());
        }
        let media_type = request.header("content-type").unwrap_or_default();
        if request.body.is_empty() {
            return Ok(Self(all));
        }
        if media_type.starts_with("application/x-www-form-urlencoded") {
            for (name, value) in form_urlencoded::parse(&request.body) {
                insert(&mut all, &name, value.into_owned());
            }
        } else if media_type.starts_with("application/json") {
            let body: Value = serde_json::from_slice(&request.body)
                .map_err(|_| invalid("The request body is not valid JSON"))?;
            let Value::Object(members) = body else { return Err(invalid("The request body is no object")) };
            for (name, value) in members {
                all[name] = value;
            }
        } else {
            let error = format!("The provided content-type '{media_type}' is not supported.");
            let mut refusal = invalid(&error);
            refusal.status = 415;
            return Err(refusal);
        }
        Ok(Self(all))
    }

    /// What is inside of a parameter, if it is there.
    pub(crate) fn inside(&self, name: &str) -> Option<Self> {
        self.0.get(name).filter(|value| value.is_object()).map(|value| Self(value.clone()))
    }

    pub(crate) fn value(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// Numbers and booleans count as text, as in a form.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Response> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(value)) => Ok(Some(value.to_string())),
            Some(_) => Err(invalid(&format!("{name} is invalid"))),
        }
    }

    /// `within` is what Grape calls it: `body`, `position[base_sha]`.
    pub(crate) fn required(&self, name: &str, within: &str) -> Result<String, Response> {
        let missing = || invalid(&format!("{within} is missing"));
        self.text(name)?.ok_or_else(missing)
    }

    pub(crate) fn number(&self, name: &str, within: &str) -> Result<Option<u64>, Response> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        text.map(|text| text.parse().map_err(|_| invalid(&format!("{within} is invalid")))).transpose()
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Response> {
        match self.text(name)?.as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(invalid(&format!("{name} is invalid"))),
        }
    }
}

/// `position[line_range][start][type]=new`; `refs[]=main` adds to a list.
fn insert(into: &mut Value, name: &str, value: String) {
    let (first, rest) = name.split_once('[').unwrap_or((name, ""));
    let mut at = &mut into[first];
    for part in rest.split('[').filter(|part| !part.is_empty()) {
        let part = part.trim_end_matches(']');
        if part.is_empty() {
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            if let Value::Array(list) = at {
                list.push(value.into());
            }
            return;
        }
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[part];
    }
    *at = value.into();
}
