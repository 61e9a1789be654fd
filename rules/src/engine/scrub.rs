//! Takes secret text out of everything that leaves the engine.

use std::collections::BTreeSet;

use crate::dialect::Unit;
use crate::fact::UnitFacts;
use crate::finding::{Coverage, Finding};
use crate::span::Source;

/// Shorter secrets are not searched for in other text: they would blank ordinary words. Rules never quote them.
const SHORTEST: usize = 6;

/// What stands in place of a secret.
const BLANK: &str = "****";

/// Knows the secret texts of one unit.
#[derive(Debug)]
pub(super) struct Scrubber {
    secrets: Vec<String>,
}

impl Scrubber {
    /// Collects the secret texts behind the masks, longest first.
    pub(super) fn new(unit: &Unit, masks: &[Source]) -> Self {
        let mut secrets = BTreeSet::new();
        for mask in masks {
            let Some(file) = unit.files.get(mask.file.0 as usize) else { continue };
            let Some(bytes) = file.bytes.get(mask.span.range()) else { continue };
            let text = String::from_utf8_lossy(bytes);
            for part in std::iter::once(text.as_ref()).chain(text.lines()) {
                let part = part.trim();
                if part.len() >= SHORTEST {
                    secrets.insert(part.to_owned());
                }
            }
        }
        let mut secrets: Vec<String> = secrets.into_iter().collect();
        secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
        Self { secrets }
    }

    fn text(&self, text: &mut String) {
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), BLANK);
            }
        }
    }

    /// Scrubs every string of the facts.
    pub(super) fn facts(&self, facts: &mut UnitFacts) {
        if self.secrets.is_empty() {
            return;
        }
        // Facts are plain data: the shortest way through every string of every body is their own serialised form.
        let files = std::mem::take(&mut facts.files);
        if let Ok(mut value) = serde_json::to_value(&*facts) {
            if self.json(&mut value) {
                if let Ok(clean) = serde_json::from_value(value) {
                    *facts = clean;
                } else {
                    *facts = UnitFacts { version: facts.version.clone(), ..UnitFacts::default() };
                }
            }
        }
        facts.files = files;
    }

    fn json(&self, value: &mut serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => {
                let before = text.len();
                let had = self.secrets.iter().any(|s| text.contains(s.as_str()));
                self.text(text);
                had || text.len() != before
            }
            serde_json::Value::Array(items) => {
                items.iter_mut().fold(false, |any, item| self.json(item) || any)
            }
            serde_json::Value::Object(map) => {
                map.values_mut().fold(false, |any, item| self.json(item) || any)
            }
            _ => false,
        }
    }

    /// Scrubs a finding's words.
    pub(super) fn finding(&self, finding: &mut Finding) {
        self.text(&mut finding.message);
        if let Some(help) = &mut finding.help {
            self.text(help);
        }
        self.text(&mut finding.route);
        for related in &mut finding.related {
            self.text(&mut related.note);
        }
        for fix in &mut finding.fixes {
            self.text(&mut fix.title);
        }
        finding.subjects = finding
            .subjects
            .iter()
            .map(|s| {
                let mut s = s.clone();
                self.text(&mut s);
                s
            })
            .collect();
    }

    /// Scrubs a coverage entry's words.
    pub(super) fn coverage(&self, entry: &mut Coverage) {
        if let Some(why) = &mut entry.why {
            self.text(why);
        }
        for unknown in &mut entry.unknown {
            self.text(&mut unknown.why);
        }
    }
}
