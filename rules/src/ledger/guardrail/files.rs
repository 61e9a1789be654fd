//! Files that the policy names: the baseline, which only shrinks, and files of detectors.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::{Guardrail, Held, Weakening};
use crate::fact::Route;
use crate::finding::Spot;
use crate::finding::identity::{HEX_DIGITS, digest};
use crate::span::ByteSpan;

/// Keys of files of detectors below which exceptions stand.
const EXCEPTIONS: [&str; 2] = ["allowlist", "allowlists"];
/// Keys of a detector that decide what it finds.
const SOUGHT: [&str; 5] = ["regex", "path", "keywords", "entropy", "secretGroup"];
/// Keys of an exception that say how it is meant, not what it lets pass.
const NOT_EXCEPTED: [&str; 3] = ["description", "condition", "regexTarget"];

/// `named` are the files of detectors that the later policy names: one that it names no longer is told of the policy.
pub(super) fn compare(before: &Guardrail, after: &Guardrail, named: &[&str], out: &mut Vec<Weakening>) {
    baseline(before.baseline.as_ref(), after.baseline.as_ref(), out);
    for (path, _) in &before.detectors {
        if named.contains(&path.as_str()) && !after.detectors.iter().any(|(known, _)| known == path) {
            out.push(Weakening {
                at: Spot { path: path.clone(), ..Spot::default() },
                route: Route::root().key("detectors").0,
                message: "this file of detectors is gone".to_owned(),
                judged: vec!["detectors".to_owned(), "gone".to_owned()],
                severity: None,
            });
        }
    }
    for (path, bytes) in &after.detectors {
        if let Some((_, was)) = before.detectors.iter().find(|(known, _)| known == path) {
            detectors(path, was, bytes, out);
        }
    }
}

/// Entries of a baseline, by fingerprint, and where each stands.
fn entries(held: Option<&Held>) -> Vec<(String, ByteSpan)> {
    let Some(text) = held.and_then(|(_, bytes)| std::str::from_utf8(bytes).ok()) else { return Vec::new() };
    let mut at = 0;
    let mut all = Vec::new();
    for line in text.split_inclusive('\n') {
        let word = line.split_whitespace().next().unwrap_or_default();
        if word.len() == HEX_DIGITS && word.bytes().all(|b| b.is_ascii_hexdigit()) {
            all.push((word.to_ascii_lowercase(), ByteSpan::new(at, at + word.len())));
        }
        at += line.len();
    }
    all
}

fn baseline(before: Option<&Held>, after: Option<&Held>, out: &mut Vec<Weakening>) {
    let known: BTreeSet<String> = entries(before).into_iter().map(|(print, _)| print).collect();
    let added: Vec<_> = entries(after).into_iter().filter(|(print, _)| !known.contains(print)).collect();
    let (Some((path, _)), Some((_, span))) = (after, added.first()) else { return };
    let (count, are) = (added.len(), if added.len() == 1 { "finding is" } else { "findings are" });
    out.push(Weakening {
        at: Spot { path: path.clone(), span: *span },
        route: Route::root().0,
        message: format!("{count} {are} added to the baseline, and would not be reported any more"),
        judged: vec!["baseline".to_owned(), digest(added.iter().map(|(print, _)| print.as_str()))],
        severity: None,
    });
}

/// What a file of detectors looks for, by id, and what it lets pass.
#[derive(Default)]
struct Looked {
    /// Digest of what each detector looks for, by its id, and where it stands.
    ids: BTreeMap<String, (String, ByteSpan)>,
    excepted: Vec<(String, ByteSpan)>,
}

impl Looked {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (table, errors) = DeTable::parse_recoverable(std::str::from_utf8(bytes).ok()?);
        if !errors.is_empty() {
            return None;
        }
        let mut looked = Self::default();
        looked.table(table.get_ref(), false);
        let rules = table.get_ref().get("rules").and_then(|rules| rules.get_ref().as_array());
        for rule in rules.into_iter().flat_map(|rules| rules.iter()) {
            let Some(row) = rule.get_ref().as_table() else { continue };
            let Some(id) = row.get("id").and_then(|id| id.get_ref().as_str()) else { continue };
            let kept = row.iter().filter(|(key, _)| SOUGHT.contains(&key.get_ref().as_ref()));
            let sought: BTreeMap<&str, String> =
                kept.map(|(key, value)| (key.get_ref().as_ref(), plain(value.get_ref()))).collect();
            let print = digest(sought.iter().flat_map(|(key, value)| [*key, value.as_str()]));
            looked.ids.insert(id.to_owned(), (print, ByteSpan::from(rule.span())));
        }
        Some(looked)
    }

    fn table(&mut self, table: &DeTable<'_>, excepted: bool) {
        for (key, value) in table {
            let key: &str = key.get_ref();
            if !(excepted && NOT_EXCEPTED.contains(&key)) {
                self.value(value.get_ref(), value.span(), excepted || EXCEPTIONS.contains(&key));
            }
        }
    }

    /// The depth is bounded by the parser.
    fn value(&mut self, value: &DeValue<'_>, span: std::ops::Range<usize>, excepted: bool) {
        match value {
            DeValue::String(text) if excepted => {
                self.excepted.push((text.to_string(), ByteSpan::from(span)));
            }
            DeValue::Array(items) => {
                items.iter().for_each(|item| self.value(item.get_ref(), item.span(), excepted));
            }
            DeValue::Table(table) => self.table(table, excepted),
            _ => {}
        }
    }
}

/// A value without its places.
fn plain(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref()) + "\0").collect(),
        DeValue::Boolean(on) => on.to_string(),
        // No key of a detector takes one.
        DeValue::Datetime(_) | DeValue::Table(_) => String::new(),
    }
}

fn detectors(path: &str, before: &[u8], after: &[u8], out: &mut Vec<Weakening>) {
    let Some(was) = Looked::read(before) else { return };
    // A file that cannot be read stops the run, which says so.
    let Some(is) = Looked::read(after) else { return };
    let mut say = |span, route: Route, message: String, judged: [&str; 2]| {
        out.push(Weakening {
            at: Spot { path: path.to_owned(), span },
            route: route.0,
            message,
            judged: judged.map(str::to_owned).to_vec(),
            severity: None,
        });
    };
    for (id, (print, _)) in &was.ids {
        let route = Route::root().key("rules").item(id);
        match is.ids.get(id) {
            None => {
                let message = format!("the detector `{id}` is gone from this file");
                say(ByteSpan::at(0), route, message, ["detector", id]);
            }
            // Whether another expression finds less cannot be told; that somebody must look can.
            Some((now, span)) if now != print => {
                let message = format!("the detector `{id}` looks for something else than before");
                say(*span, route, message, ["detector", now]);
            }
            Some(_) => {}
        }
    }
    let mut known: Vec<&str> = was.excepted.iter().map(|(text, _)| text.as_str()).collect();
    for (text, span) in &is.excepted {
        if let Some(at) = known.iter().position(|k| k == text) {
            known.swap_remove(at);
            continue;
        }
        let print = digest([text.as_str()]);
        let message = "an exception is added: what it matches would not be reported any more".to_owned();
        say(*span, Route::root().key("allowlist").item(&print), message, ["exception", &print]);
    }
}
