//! Versioned JSON: everything the run knows, and no source text.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Material, confidence_name, severity_name, status_name};
use crate::runtime::contract::{Coverage, Finding, Spot};

/// Version of this format; raised when a field changes its meaning or goes away.
const VERSION: &str = "1";

/// The whole report, with a final newline.
pub(super) fn render(material: &Material<'_>) -> Result<String> {
    let findings: Vec<Value> = material.outcome.findings.iter().map(|f| finding(material, f)).collect();
    let waived: Vec<Value> = material
        .outcome
        .waived
        .iter()
        .map(|(f, by)| {
            let mut value = finding(material, f);
            value["waived_by"] = json!(by);
            value
        })
        .collect();
    let coverage: Vec<Value> = material.outcome.coverage.iter().map(|c| coverage(material, c)).collect();
    let modules: Vec<Value> = material
        .outcome
        .modules
        .iter()
        .map(|(name, version, digest, rules)| json!({"name": name, "version": version, "sha256": digest, "rules": rules}))
        .collect();
    let troubles: Vec<&String> = material.outcome.troubles.iter().chain(&material.outcome.remarks).collect();
    let mut report = json!({
        "version": VERSION,
        "tool": {"name": "hallpass", "version": material.description.version},
        "today": material.today,
        "config": material.config,
        "strict": material.strict.map(|s| json!({"unknown": s.unknown, "failed": s.failed, "warnings": s.warnings})),
        "findings": findings,
        "waived": waived,
        "coverage": coverage,
        "not_judged": material.outcome.not_judged,
        "modules": modules,
        "troubles": troubles,
    });
    if let Some(history) = material.outcome.history {
        report["history"] = json!({
            "commits": history.commits,
            "versions": history.versions,
            "not_checked": history.not_checked,
            "shallow": history.shallow,
        });
    }
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

/// A finding's place, in the tree or in the version of the file that a commit brought.
fn own_place(material: &Material<'_>, finding: &Finding) -> Value {
    between(&finding.at, material.sources.ends_of(finding))
}

/// A place: offsets in bytes from 0, lines and columns from 1, columns in characters.
fn place(material: &Material<'_>, spot: &Spot) -> Value {
    between(spot, [spot.at.start, spot.at.end].map(|at| material.sources.position(&spot.path, at)))
}

fn between(spot: &Spot, [(line, column), (end_line, end_column)]: [(usize, usize); 2]) -> Value {
    json!({
        "path": spot.path,
        "start": spot.at.start, "end": spot.at.end,
        "line": line, "column": column, "end_line": end_line, "end_column": end_column,
    })
}

fn finding(material: &Material<'_>, finding: &Finding) -> Value {
    let related: Vec<Value> =
        finding.related.iter().map(|r| json!({"note": r.note, "place": place(material, &r.at)})).collect();
    let places: Vec<Value> = finding.places.iter().map(|p| place(material, p)).collect();
    let fixes: Vec<Value> = finding
        .fixes
        .iter()
        .map(|f| {
            let edits: Vec<Value> = f
                .edits
                .iter()
                .map(|e| json!({"path": e.at.path, "start": e.at.at.start, "end": e.at.at.end, "replacement": e.replacement}))
                .collect();
            json!({"title": f.title, "safe": f.safe, "edits": edits, "mends": place(material, &f.mends)})
        })
        .collect();
    let mut value = json!({
        "rule": finding.rule,
        "class": finding.rule.split('/').next(),
        "severity": severity_name(finding.severity),
        "confidence": confidence_name(finding.confidence),
        "place": own_place(material, finding),
        "route": finding.route,
        "message": finding.message,
        "help": finding.help,
        "related": related,
        "places": places,
        "fixes": fixes,
        "fingerprint": finding.fingerprint,
        "place_id": finding.place_id,
        "content_id": finding.content_id,
    });
    // Only with `--history`, so that a report without it stays as it was.
    if let Some(brought) = material.outcome.brought.get(&finding.fingerprint) {
        value["commit"] = json!({
            "id": brought.commit,
            "date": brought.date,
            "gone": brought.past.is_some(),
            "further": brought.further,
        });
    }
    value
}

fn coverage(material: &Material<'_>, entry: &Coverage) -> Value {
    let unknown: Vec<Value> = entry
        .unknown
        .iter()
        .map(|u| {
            let (line, column) = material.sources.position(&entry.path, u.at.start);
            json!({"start": u.at.start, "end": u.at.end, "line": line, "column": column, "why": u.why})
        })
        .collect();
    let silent: serde_json::Map<String, Value> =
        entry.silent.iter().map(|s| (s.reason.clone(), json!(s.count))).collect();
    json!({
        "path": entry.path,
        "status": status_name(entry.status),
        "why": entry.why,
        "at": entry.at.map(|at| json!({"start": at.start, "end": at.end})),
        "must_check": entry.must_check,
        "dialects": entry.dialects,
        "unknown": unknown,
        "silent": silent,
    })
}
