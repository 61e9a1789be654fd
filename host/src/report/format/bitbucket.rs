//! What Bitbucket's Code Insights is sent: a report, and its annotations in as many lists as there must be requests.
//! <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/>

use anyhow::Result;
use serde_json::{Value, json};

use crate::report::pretty::Summary;
use crate::report::{Material, counted, escape, shortened};

/// Most annotations of one request.
const CALL: usize = 100;
/// Most annotations of a report.
const MOST: usize = 1_000;
/// Longest summary of an annotation, in characters.
const SUMMARY: usize = 450;
/// Longest details of a report or an annotation, in characters.
const DETAILS: usize = 2_000;

pub(super) fn render(material: &Material<'_>) -> Result<String> {
    let rows = material.worst_first();
    let annotations: Vec<Value> = rows
        .iter()
        .take(MOST)
        .map(|row| {
            let mut annotation = json!({
                "external_id": format!("hallpass-{}", row.finding.fingerprint),
                "annotation_type": "VULNERABILITY",
                "path": row.finding.at.path,
                "summary": shortened(&format!("{}: {}", row.finding.rule, row.message), SUMMARY),
                "severity": row.words.bitbucket,
            });
            if let Some(region) = row.region {
                annotation["line"] = json!(region.line);
            }
            let help = row.help();
            if !help.is_empty() {
                annotation["details"] = json!(shortened(&help, DETAILS));
            }
            if let Some(url) = row.url(material) {
                annotation["link"] = json!(url);
            }
            annotation
        })
        .collect();
    let calls: Vec<&[Value]> = annotations.chunks(CALL).collect();
    let counts = Summary::of(material.outcome);
    let [checked, skipped, failed] = counts.files;
    let number = |title: &str, value: usize| json!({"title": title, "type": "NUMBER", "value": value});
    let names = ["Info", "Low", "Medium", "High", "Critical"];
    let mut data: Vec<Value> =
        counts.by_severity.iter().zip(names).rev().map(|(count, name)| number(name, *count)).collect();
    data.extend([number("Checked files", checked), number("Files not checked whole", failed)]);
    let more = match rows.len().saturating_sub(MOST) {
        0 => String::new(),
        more => {
            format!("; {more} findings more than the {MOST} that a report takes, the worst are annotated")
        }
    };
    let details = format!(
        "{} in {}, {skipped} skipped, {failed} not checked whole{more}",
        counted(rows.len(), "finding", "findings"),
        counted(checked, "checked file", "checked files")
    );
    let report = json!({
        "report": {
            "title": "hallpass",
            "details": shortened(&details, DETAILS),
            "report_type": "SECURITY",
            "reporter": "hallpass",
            "result": if material.fails() { "FAILED" } else { "PASSED" },
            "data": data,
        },
        "annotations": calls,
    });
    Ok(escape::json(serde_json::to_string_pretty(&report)?) + "\n")
}
