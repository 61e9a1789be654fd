//! reviewdog's `rdjson`: one object. Its columns count bytes of UTF-8, from 1.
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>

use anyhow::Result;
use serde_json::{Value, json};

use crate::report::row::Row;
use crate::report::{HOME, Material, escape};
use crate::runtime::contract::Spot;

pub(super) fn render(material: &Material<'_>) -> Result<String> {
    let rows = material.rows();
    let diagnostics: Vec<Value> = rows.iter().map(|row| diagnostic(material, row)).collect();
    let report = json!({"source": {"name": "hallpass", "url": HOME}, "diagnostics": diagnostics});
    Ok(escape::json(serde_json::to_string_pretty(&report)?) + "\n")
}

fn diagnostic(material: &Material<'_>, row: &Row<'_>) -> Value {
    let finding = row.finding;
    let help = row.help();
    let message = if help.is_empty() { row.message.clone() } else { format!("{}\n{help}", row.message) };
    let place = match row.region {
        Some(_) => location(material, &finding.at),
        None => json!({"path": finding.at.path}),
    };
    let mut value = json!({
        "message": message,
        "location": place,
        "severity": row.words.rdjson,
        "code": {"value": finding.rule},
    });
    if let Some(url) = row.url(material) {
        value["code"]["url"] = json!(url);
    }
    // A suggestion is one replacement in the file; a fix of several places is none.
    let suggestions: Vec<Value> = finding
        .fixes
        .iter()
        .filter(|fix| fix.safe)
        .filter_map(|fix| match fix.edits.as_slice() {
            [edit] if edit.at.path == finding.at.path => {
                Some(json!({"range": range(material, &edit.at), "text": edit.replacement}))
            }
            _ => None,
        })
        .collect();
    if !suggestions.is_empty() {
        value["suggestions"] = json!(suggestions);
    }
    let notes = finding.related.iter().map(|related| (related.note.as_str(), &related.at));
    let places = finding.places.iter().map(|place| ("the same cause", place));
    let related: Vec<Value> = notes
        .chain(places)
        .map(|(note, at)| json!({"message": note, "location": location(material, at)}))
        .collect();
    if !related.is_empty() {
        value["relatedLocations"] = json!(related);
    }
    value
}

fn location(material: &Material<'_>, spot: &Spot) -> Value {
    json!({"path": spot.path, "range": range(material, spot)})
}

fn range(material: &Material<'_>, spot: &Spot) -> Value {
    let [start, end] = [spot.at.start, spot.at.end].map(|at| {
        let (line, column) = material.sources.byte_position(&spot.path, at);
        json!({"line": line, "column": column})
    });
    json!({"start": start, "end": end})
}
