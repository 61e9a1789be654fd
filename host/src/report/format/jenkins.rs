//! The own JSON of Jenkins' warnings plugin.
//! <https://github.com/jenkinsci/warnings-ng-plugin/blob/main/doc/Documentation.md#export-your-issues-into-a-supported-format>

use anyhow::Result;
use serde_json::{Value, json};

use crate::report::{Material, escape};

pub(super) fn render(material: &Material<'_>) -> Result<String> {
    let issues: Vec<Value> = material
        .rows()
        .iter()
        .map(|row| {
            let mut issue = json!({
                "fileName": row.finding.at.path,
                "severity": row.words.jenkins,
                "category": row.class(),
                "type": row.finding.rule,
                "message": row.message,
                "description": row.help(),
                "fingerprint": row.finding.fingerprint,
                "origin": "hallpass",
            });
            if let Some(region) = row.region {
                issue["lineStart"] = json!(region.line);
                issue["lineEnd"] = json!(region.end_line);
                issue["columnStart"] = json!(region.column);
                issue["columnEnd"] = json!(region.end_column);
            }
            issue
        })
        .collect();
    let report = json!({
        "_class": "io.jenkins.plugins.analysis.core.restapi.ReportApi",
        "size": issues.len(),
        "issues": issues,
    });
    Ok(escape::json(serde_json::to_string_pretty(&report)?) + "\n")
}
