//! GitLab's reports: code quality, and security (secret detection and static analysis).
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>
//! <https://gitlab.com/gitlab-org/security-products/security-report-schemas>

use anyhow::Result;
use serde_json::{Value, json};

use crate::report::row::Row;
use crate::report::{HOME, Material, escape, shortened};

/// The version of the security reports' schema.
const SCHEMA: &str = "15.2.2";
/// The class whose findings are detected secrets.
const SECRET: &str = "secret";
/// The commit of what is in no commit, as GitLab's own analysers write it.
const NO_COMMIT: &str = "0000000";
/// Longest name of a vulnerability, in characters.
const NAME: usize = 255;

/// The widget shows the description alone, so it begins with the rule.
pub(super) fn quality(material: &Material<'_>) -> Result<String> {
    let issues: Vec<Value> = material
        .rows()
        .iter()
        .map(|row| {
            json!({
                "description": format!("{}: {}", row.finding.rule, row.message),
                "check_name": row.finding.rule,
                "fingerprint": row.finding.fingerprint,
                "severity": row.words.quality,
                "location": {"path": row.finding.at.path, "lines": {"begin": row.line()}},
            })
        })
        .collect();
    Ok(escape::json(serde_json::to_string_pretty(&issues)?) + "\n")
}

pub(super) fn secrets(material: &Material<'_>) -> Result<String> {
    security(material, "secret_detection", |row| row.class() == SECRET)
}

pub(super) fn sast(material: &Material<'_>) -> Result<String> {
    security(material, "sast", |row| row.class() != SECRET)
}

fn security(material: &Material<'_>, kind: &str, of_kind: impl Fn(&Row<'_>) -> bool) -> Result<String> {
    let tool = json!({
        "id": "hallpass",
        "name": "hallpass",
        "version": material.description.version,
        "url": HOME,
        "vendor": {"name": "hallpass"},
    });
    let head = std::env::var("CI_COMMIT_SHA").unwrap_or_else(|_| NO_COMMIT.to_owned());
    let vulnerabilities: Vec<Value> = material
        .rows()
        .iter()
        .filter(|row| of_kind(row))
        .map(|row| {
            let mut location = json!({"file": row.finding.at.path, "start_line": row.line()});
            if let Some(region) = row.region {
                location["end_line"] = json!(region.end_line);
            }
            if kind == "secret_detection" {
                let brought = material.outcome.brought.get(&row.finding.fingerprint);
                let sha = brought.map_or(head.as_str(), |brought| brought.commit.as_str());
                location["commit"] = json!({"sha": sha});
            }
            vulnerability(material, row, location)
        })
        .collect();
    let report = json!({
        "version": SCHEMA,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": kind,
            "start_time": material.started,
            "end_time": material.ended,
            "status": "success",
        },
        "vulnerabilities": vulnerabilities,
    });
    Ok(escape::json(serde_json::to_string_pretty(&report)?) + "\n")
}

fn vulnerability(material: &Material<'_>, row: &Row<'_>, location: Value) -> Value {
    let rule = row.finding.rule.as_str();
    let mut identifiers =
        vec![json!({"type": "hallpass_rule", "name": format!("hallpass {rule}"), "value": rule})];
    if let Some(url) = material.rule_url(rule) {
        identifiers[0]["url"] = json!(url);
    }
    let frameworks = material.rule(rule).map(|rule| rule.frameworks.as_slice()).unwrap_or_default();
    identifiers.extend(frameworks.iter().filter(|framework| framework.name == "cwe").map(|cwe| {
        json!({
            "type": "cwe",
            "name": format!("CWE-{}", cwe.id),
            "value": cwe.id,
            "url": format!("https://cwe.mitre.org/data/definitions/{}.html", cwe.id),
        })
    }));
    let mut value = json!({
        "id": row.finding.fingerprint,
        "name": shortened(&row.title, NAME),
        "description": row.message,
        "severity": row.words.security,
        "location": location,
        "identifiers": identifiers,
    });
    let help = row.help();
    if !help.is_empty() {
        value["solution"] = json!(help);
    }
    value
}
