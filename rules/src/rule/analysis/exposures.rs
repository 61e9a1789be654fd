//! Secrets that go where others can read them: flows to one kind of sink, those of one place together.

use std::collections::{BTreeMap, BTreeSet};

use super::flows;
use crate::fact::{Flow, Origin, SafeguardKind, Selection, Sink};
use crate::rule::{At, Verdicts, World, verdicts::Draft};
use crate::span::Source;

/// Most secrets that a message names.
const MOST_NAMED: usize = 3;

/// What goes out at one place.
#[derive(Debug)]
pub(crate) struct Exposure<'a> {
    pub(crate) at: At<'a>,
    pub(crate) to: &'a Sink,
    pub(crate) what: BTreeSet<&'a Selection>,
}

/// A place, and the form in which a secret goes there.
type Key<'a> = (usize, Source, String);

/// The flows to such sinks that somebody wrote, by their place.
pub(crate) fn to<'a>(world: &World<'a>, wanted: impl Fn(&Sink) -> bool) -> Vec<Exposure<'a>> {
    let mut places: BTreeMap<Key<'a>, Exposure<'a>> = BTreeMap::new();
    for (at, flow) in world.flows().filter(|(_, flow)| wanted(&flow.to)) {
        let Flow { what, to } = flow;
        if matches!(at.fact.origin, Origin::PlatformDefault { .. } | Origin::Absent) {
            continue;
        }
        let key = (at.unit, at.place().source(), format!("{to:?}"));
        places.entry(key).or_insert_with(|| Exposure { at, to, what: BTreeSet::new() }).what.insert(what);
    }
    places.into_values().collect()
}

impl<'a> Exposure<'a> {
    /// What goes out, in words.
    pub(crate) fn described(&self) -> String {
        // One name may come from several stores.
        let all: BTreeSet<String> = self.what.iter().map(|what| flows::described(what)).collect();
        let named: Vec<&str> = all.iter().take(MOST_NAMED).map(String::as_str).collect();
        match all.len() - named.len() {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    }

    /// A finding about it.
    pub(crate) fn report<'d>(&self, out: &'d mut Verdicts<'_>, message: String) -> &'d mut Draft {
        let draft = out.report(&self.at, message);
        draft.covers(self.what.iter().map(|what| flows::described(what)));
        draft
    }
}

/// Places at which a secret is known to go out unmasked, by unit.
pub(crate) fn unmasked<'a>(world: &World<'a>) -> BTreeSet<(usize, Source, &'a Selection)> {
    let off =
        world.safeguards().filter(|(_, s)| s.kind == SafeguardKind::Masking && s.on.only() == Some(&false));
    off.filter_map(|(at, s)| Some((at.unit, at.place().source(), s.protects.as_ref()?))).collect()
}
