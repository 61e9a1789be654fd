//! Values that a dialect saw go somewhere, once it is known which of them are credentials.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::Lowering;
use crate::dialect::lowering::Handed;
use crate::fact::{Body, FactId, Flow, Selection};
use crate::span::FileId;

/// States a flow for every handed value that holds a credential. Facts from number `stated` on are the detectors' own:
/// those take the dialect's name, so that credential and flow meet in it.
pub(super) fn state(out: &mut Lowering<'_>, stated: usize) {
    let handed = std::mem::take(&mut out.handed);
    if handed.is_empty() {
        return;
    }
    let found = by_place(out);
    let mut renamed = BTreeSet::new();
    for entry in &handed {
        let (file, span) = (entry.value.file, entry.value.span);
        // Secrets inside the value, and one that begins before it and reaches into it.
        let before = found.range(..(file, span.start)).next_back();
        let before = before.filter(|((f, _), (end, _))| *f == file && *end > span.start);
        let inside = found.range((file, span.start)..(file, span.end.max(span.start)));
        let mut indices: Vec<usize> =
            before.into_iter().chain(inside).map(|(_, (_, index))| *index).collect();
        indices.sort_unstable();
        indices.dedup();
        for index in indices {
            let Some(fact) = out.facts.facts.get_mut(index) else { continue };
            let Body::Credential(credential) = &mut fact.body else { continue };
            // A value may be handed to several: the first gives the name.
            if index >= stated && renamed.insert(index) {
                credential.is = entry.is.clone();
            }
            let what = Selection::One(credential.is.clone());
            let id = out.state(entry.within, entry.at, Body::Flow(Flow { what, to: entry.to.clone() }));
            adjust(out, id, entry);
        }
    }
    out.handed = handed;
}

fn adjust(out: &mut Lowering<'_>, id: FactId, entry: &Handed) {
    if let Some(fact) = out.fact_mut(id) {
        fact.when = entry.when.clone();
        fact.lesser = entry.lesser;
    }
}

/// Secret spans of credential facts: where each begins, where it ends, and which fact it is of.
fn by_place(out: &Lowering<'_>) -> BTreeMap<(FileId, u32), (u32, usize)> {
    let mut found = BTreeMap::new();
    for (index, fact) in out.facts.facts.iter().enumerate() {
        let Body::Credential(credential) = &fact.body else { continue };
        for secret in &credential.secret {
            found.insert((secret.file, secret.span.start), (secret.span.end, index));
        }
    }
    found
}
