//! Annotations of a check run.

use serde_json::Value;

use super::body::Body;
use super::refusal::invalid_request;
use crate::exchange::Response;

/// In one request. <https://docs.github.com/rest/checks/runs>: "The Checks API limits the number of annotations to a
/// maximum of 50 per API request."
const MOST: usize = 50;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 255;
/// The longest message and raw details, in bytes.
const LARGEST_MESSAGE: usize = 64 << 10;

/// A request's annotations, if all of them keep the rules.
pub(crate) fn read(annotations: &[Value]) -> Result<Vec<Value>, Response> {
    if annotations.len() > MOST {
        return Err(invalid_request(&format!(
            "No more than {MOST} items are allowed; {} were supplied.",
            annotations.len()
        )));
    }
    annotations.iter().map(one).collect()
}

fn one(annotation: &Value) -> Result<Value, Response> {
    let known = [
        "path",
        "start_line",
        "end_line",
        "start_column",
        "end_column",
        "annotation_level",
        "message",
        "title",
        "raw_details",
    ];
    let annotation = Body::inner(annotation, &known)?;
    if annotation.required("path")?.is_empty() {
        return Err(invalid_request("path cannot be blank."));
    }
    let (start, end) = (annotation.required_number("start_line")?, annotation.required_number("end_line")?);
    if start == 0 || end < start {
        return Err(invalid_request("end_line must not precede start_line."));
    }
    let columns = (annotation.number("start_column")?, annotation.number("end_column")?);
    // "If the start_line and end_line are different, the column parameters are not allowed."
    match columns {
        (None, None) => {}
        _ if start != end => {
            return Err(invalid_request("Columns are only allowed if start_line and end_line are the same."));
        }
        (Some(first), Some(last)) if first > last || first == 0 => {
            return Err(invalid_request("end_column must not precede start_column."));
        }
        _ => {}
    }
    annotation.required("annotation_level")?;
    annotation.one_of("annotation_level", &["notice", "warning", "failure"])?;
    annotation.at_most("title", LONGEST_TITLE)?;
    let message = annotation.required("message")?;
    let details = annotation.text("raw_details")?.unwrap_or_default();
    for (name, text) in [("message", &message), ("raw_details", &details)] {
        if text.len() > LARGEST_MESSAGE {
            return Err(invalid_request(&format!("The maximum size of '{name}' is 64 KB.")));
        }
    }
    if message.is_empty() {
        return Err(invalid_request("message cannot be blank."));
    }
    Ok(annotation.value())
}
