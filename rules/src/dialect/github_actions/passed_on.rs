//! What steps and jobs pass on: their outputs, as far as they are known.

use std::collections::{BTreeMap, BTreeSet};

use super::computed::{is_unclear, telling};
use super::expression::Reference;
use super::scope::MAX_TEXT;
use crate::dialect::pipeline::value::length;
use crate::fact::{Datum, Known, Text, Why};
use crate::span::Source;

/// Most outputs that are kept, of a job's steps or of a workflow's jobs: each may be as long as a text, and people pass
/// on a handful. What is read beyond them is counted as unknown.
const MAX_OUTPUTS: usize = 256;

/// Outputs by the id of their step or job, and by name. Platforms fold both.
#[derive(Clone, Default)]
pub(super) struct Outputs {
    of: BTreeMap<String, Passed>,
    count: usize,
}

#[derive(Clone, Default)]
struct Passed {
    named: BTreeMap<String, Datum>,
    /// Why others are not known, if they may hold a secret.
    others: Option<Why>,
}

impl Outputs {
    /// Notes an output. Of one that is set twice, in branches of a script, no secret is forgotten.
    pub(super) fn set(&mut self, id: &str, name: &str, datum: Datum) {
        let passed = self.of.entry(id.to_ascii_lowercase()).or_default();
        let name = name.to_ascii_lowercase();
        let before = passed.named.get(&name);
        if before.is_none() && self.count >= MAX_OUTPUTS {
            passed.others = Some(Why::Limit(format!("more than {MAX_OUTPUTS} outputs")));
            return;
        }
        self.count += usize::from(before.is_none());
        let mut holes = before.map(telling).unwrap_or_default();
        let own = telling(&datum);
        let is_long = || {
            let texts = datum.alternatives().into_iter().filter_map(|(found, _, _)| found.text());
            texts.map(|text| length(&text)).sum::<usize>() > MAX_TEXT
        };
        let kept = match holes.is_subset(&own) {
            true if !is_long() => datum,
            _ => {
                holes.extend(own);
                if holes.is_empty() {
                    holes.insert(Why::Limit(format!("a text longer than {MAX_TEXT} bytes")));
                }
                let mut text = Text::default();
                holes.into_iter().for_each(|hole| text.push_hole(hole));
                Datum { value: Known::Text(text), ..datum }
            }
        };
        passed.named.insert(name, kept);
    }

    /// Notes that outputs which are not set may be anything, a secret among it.
    pub(super) fn unclear(&mut self, id: &str, why: Why) {
        self.of.entry(id.to_ascii_lowercase()).or_default().others = Some(why);
    }

    /// Forgets them.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// What `<id>.outputs.<name>` leads to.
    pub(super) fn get(&self, path: &[String], at: Source) -> Option<Datum> {
        let [id, outputs, name] = path else { return None };
        if !outputs.eq_ignore_ascii_case("outputs") {
            return None;
        }
        let passed = self.of.get(&id.to_ascii_lowercase())?;
        let named = passed.named.get(&name.to_ascii_lowercase()).cloned();
        named.or_else(|| Some(Datum::unknown(at, passed.others.clone()?)))
    }

    /// What an object of outputs (`needs`, `steps.a`, `needs.*.outputs`) tells of secrets.
    pub(super) fn below(&self, reference: &Reference) -> BTreeSet<Why> {
        let id = reference.path.first().map(|id| id.to_ascii_lowercase());
        let meant = self.of.iter().filter(|(of, _)| id.as_ref().is_none_or(|id| id == *of));
        meant
            .flat_map(|(_, passed)| passed.named.values().flat_map(telling).chain(passed.others.clone()))
            .collect()
    }
}

/// Why an output is not known that code makes which is handed a secret.
pub(super) fn made_of_a_secret() -> Why {
    Why::Unsupported("what is made of a secret".to_owned())
}

/// A text of which a script that reads a secret made parts: what is not known of it may be the secret.
pub(super) fn perhaps_secret(mut datum: Datum) -> Datum {
    if let Known::Text(text) = &mut datum.value
        && text.0.iter().any(|piece| match piece {
            crate::fact::Piece::Hole(why) => !super::computed::is_secret(why) && !is_unclear(why),
            crate::fact::Piece::Literal(_) => false,
        })
    {
        text.push_hole(made_of_a_secret());
    }
    datum
}
