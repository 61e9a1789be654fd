//! Bodies of requests, read as strictly as their schemas: a wrong type, a missing member or one that is not known is
//! refused. GitHub refuses unknown members at many endpoints ("is not a permitted key"); here it is all of them.

use serde_json::{Map, Value};

use super::refusal::{bad_request, invalid_request, unprocessable};
use crate::exchange::{Request, Response};

/// The longest text of a comment or review, in characters. <https://github.com/orgs/community/discussions/41331>
pub(crate) const LONGEST_BODY: usize = 65_536;

/// An object, somewhere in a body.
pub(crate) struct Body(Map<String, Value>);

impl Body {
    /// Of a request; an empty one is an object without members.
    pub(crate) fn of(request: &Request, known: &[&str]) -> Result<Self, Response> {
        if request.body.is_empty() {
            return Ok(Self(Map::new()));
        }
        let value =
            serde_json::from_slice(&request.body).map_err(|_| bad_request("Problems parsing JSON"))?;
        match value {
            Value::Object(object) => Self(object).only(known),
            _ => Err(bad_request("Body should be a JSON object")),
        }
    }

    /// An element of a list, or a member that is an object.
    pub(crate) fn inner(value: &Value, known: &[&str]) -> Result<Self, Response> {
        match value {
            Value::Object(object) => Self(object.clone()).only(known),
            other => Err(invalid_request(&format!("{other} is not an object."))),
        }
    }

    fn only(self, known: &[&str]) -> Result<Self, Response> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(invalid_request(&format!("\"{name}\" is not a permitted key."))),
            None => Ok(self),
        }
    }

    /// Null counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn value(self) -> Value {
        Value::Object(self.0)
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Response> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => {
                Err(invalid_request(&format!("For 'properties/{name}', {other} is not a string.")))
            }
        }
    }

    pub(crate) fn required(&self, name: &str) -> Result<String, Response> {
        self.text(name)?.ok_or_else(|| invalid_request(&format!("\"{name}\" wasn't supplied.")))
    }

    /// A positive number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Response> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| {
                invalid_request(&format!("For 'properties/{name}', {value} is not a positive integer."))
            }),
        }
    }

    pub(crate) fn required_number(&self, name: &str) -> Result<u64, Response> {
        self.number(name)?.ok_or_else(|| invalid_request(&format!("\"{name}\" wasn't supplied.")))
    }

    pub(crate) fn list(&self, name: &str) -> Result<Vec<Value>, Response> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => Ok(list.clone()),
            Some(other) => {
                Err(invalid_request(&format!("For 'properties/{name}', {other} is not an array.")))
            }
        }
    }

    /// A text of a closed set.
    pub(crate) fn one_of(&self, name: &str, allowed: &[&str]) -> Result<Option<String>, Response> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        if allowed.contains(&text.as_str()) {
            return Ok(Some(text));
        }
        let allowed = allowed.join(", ");
        Err(invalid_request(&format!("For 'properties/{name}', {text} is not a member of [{allowed}].")))
    }

    /// A text that is not too long, in characters.
    pub(crate) fn at_most(&self, name: &str, longest: usize) -> Result<Option<String>, Response> {
        let text = self.text(name)?;
        match &text {
            Some(long) if long.chars().count() > longest => Err(invalid_request(&format!(
                "Only {longest} characters are allowed for '{name}'; {} were supplied.",
                long.chars().count()
            ))),
            _ => Ok(text),
        }
    }

    /// The text of a comment: not blank, not too long.
    pub(crate) fn comment(&self) -> Result<String, Response> {
        let body = self.required("body")?;
        if body.trim().is_empty() {
            return Err(unprocessable("Validation Failed: body cannot be blank"));
        }
        if body.chars().count() > LONGEST_BODY {
            return Err(unprocessable(&format!(
                "Validation Failed: body is too long (maximum is {LONGEST_BODY} characters)"
            )));
        }
        Ok(body)
    }
}
