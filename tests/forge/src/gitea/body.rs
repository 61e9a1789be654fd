//! Bodies of requests. Go's decoder lets unknown members pass; the fake does not: a client that sends one means something
//! by it that does not happen.

use serde_json::{Map, Value};

use super::refusal::unprocessable;
use crate::exchange::{Request, Response};

/// An object.
pub(crate) struct Body(Map<String, Value>);

impl Body {
    pub(crate) fn of(request: &Request, known: &[&str]) -> Result<Self, Response> {
        let value = serde_json::from_slice(&request.body).unwrap_or_default();
        Self::inner(&value, known)
    }

    pub(crate) fn inner(value: &Value, known: &[&str]) -> Result<Self, Response> {
        let Value::Object(object) = value else { return Err(unprocessable("the body is no JSON object")) };
        match object.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(unprocessable(&format!("json: unknown field {name:?}"))),
            None => Ok(Self(object.clone())),
        }
    }

    /// Empty if it is not there.
    pub(crate) fn text(&self, name: &str) -> Result<String, Response> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(unprocessable(&format!("json: cannot unmarshal into Go struct field {name}"))),
        }
    }

    pub(crate) fn required(&self, name: &str) -> Result<String, Response> {
        let text = self.text(name)?;
        if text.is_empty() { Err(unprocessable(&format!("[{name}]: Required"))) } else { Ok(text) }
    }

    /// Nothing for 0, which is how a position that is not meant is written.
    pub(crate) fn line(&self, name: &str) -> Result<Option<u64>, Response> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let line = value.as_u64();
                let line = line.ok_or_else(|| unprocessable(&format!("{name} is no line number")))?;
                Ok((line > 0).then_some(line))
            }
        }
    }

    pub(crate) fn list(&self, name: &str) -> Result<Vec<Value>, Response> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(list)) => Ok(list.clone()),
            Some(_) => Err(unprocessable(&format!("json: cannot unmarshal into Go struct field {name}"))),
        }
    }
}
