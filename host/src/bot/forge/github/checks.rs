//! The verdict as a check run.
//! <https://docs.github.com/rest/checks/runs>

use serde_json::{Value, json};
use ureq::http::Method;

use super::model::{Check, Checks};
use crate::bot::client::{Client, Failure};
use crate::bot::forge::{Annotation, Level, Status};
use crate::report::shortened;

/// What the check is called.
const NAME: &str = "hallpass";
/// Most annotations of one call.
const BATCH: usize = 50;
/// Most annotations of a check; the summary says how many there are.
const MOST: usize = 1_000;
/// Longest summary, in characters.
const SUMMARY: usize = 65_535;
/// Longest message of an annotation, in bytes.
const MESSAGE: usize = 60_000;
/// Longest title of an annotation, in bytes.
const TITLE: usize = 250;

/// Makes the check run, unless there is one that says the same: `false`.
pub(super) fn say(client: &Client, repository: &str, head: &str, status: &Status) -> Result<bool, Failure> {
    let known: Checks = client.get(&format!(
        "{repository}/commits/{head}/check-runs?check_name={NAME}&filter=latest&per_page=100"
    ))?;
    let conclusion = if status.passes { "success" } else { "failure" };
    let is_named = |run: &&Check| run.external_id.as_deref() == Some(&status.digest);
    // One that ended otherwise is somebody else's, whatever it is called.
    let may_be = |run: &&Check| run.status != "completed" || run.conclusion.as_deref() == Some(conclusion);
    let same = known.check_runs.iter().filter(is_named).find(may_be);
    if same.is_some_and(|run| run.status == "completed") {
        return Ok(false);
    }
    let shown = &status.annotations[..status.annotations.len().min(MOST)];
    let done = json!({ "status": "completed", "conclusion": conclusion });
    // One that an earlier run did not come to the end of goes on where that stopped.
    let has = same.map_or(0, |run| usize::try_from(run.output.annotations_count).unwrap_or(usize::MAX));
    let mut batches = shown.get(has..).unwrap_or_default().chunks(BATCH);
    let mut left = batches.len();
    let body = |batch: &[Annotation], rest: usize| {
        let mut body = json!({ "output": output(status, batch) });
        if rest == 0 {
            merge(&mut body, &done);
        }
        body
    };
    let id = match same {
        Some(run) if left > 0 => run.id,
        Some(run) => {
            client.send_only(Method::PATCH, &format!("{repository}/check-runs/{}", run.id), &body(&[], 0))?;
            return Ok(true);
        }
        None => {
            left = left.saturating_sub(1);
            let mut first = body(batches.next().unwrap_or_default(), left);
            let named = json!({ "name": NAME, "head_sha": head, "external_id": status.digest });
            merge(&mut first, &named);
            if left > 0 {
                merge(&mut first, &json!({ "status": "in_progress" }));
            }
            client.send::<Check>(Method::POST, &format!("{repository}/check-runs"), &first)?.id
        }
    };
    for batch in batches {
        left -= 1;
        client.send_only(Method::PATCH, &format!("{repository}/check-runs/{id}"), &body(batch, left))?;
    }
    Ok(true)
}

fn merge(body: &mut Value, more: &Value) {
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
}

fn output(status: &Status, annotations: &[Annotation]) -> Value {
    let annotations: Vec<Value> = annotations.iter().map(annotation).collect();
    let summary: String = status.summary.chars().take(SUMMARY).collect();
    json!({ "title": shortened(&status.title, TITLE), "summary": summary, "annotations": annotations })
}

fn annotation(of: &Annotation) -> Value {
    let level = match of.level {
        Level::Notice => "notice",
        Level::Warning => "warning",
        Level::Failure => "failure",
    };
    let mut annotation = json!({
        "path": of.path,
        "start_line": of.lines.0,
        "end_line": of.lines.1,
        "annotation_level": level,
        "title": shortened(&of.title, TITLE),
        "message": shortened(&of.message, MESSAGE),
    });
    if let (Some((start, end)), true) = (of.columns, of.lines.0 == of.lines.1) {
        merge(&mut annotation, &json!({ "start_column": start, "end_column": end }));
    }
    annotation
}
