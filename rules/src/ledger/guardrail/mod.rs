//! What a change does to the guardrail itself: two versions of what decides how a tree is checked, held against each other.
//!
//! Invariant: what only strengthens is nothing. Where it cannot be told, as with a regular expression that is another one,
//! nothing is said either; the rule's page names such cases.

mod files;
mod registry;
mod steps;
mod waivers;

use super::registry_facts;
use crate::fact::{Origin, Route, UnitFacts};
use crate::finding::{Severity, Spot};
use crate::policy::{Extended, Policy, extend, weaker};
use crate::rule::World;
use crate::span::ByteSpan;

/// Where the policy stands if nothing else is said.
const CONFIG: &str = "hallpass.toml";

/// A file by path, and its bytes.
pub type Held = (String, Vec<u8>);

/// One version of what decides how a tree is checked.
#[derive(Clone, Debug, Default)]
pub struct Guardrail {
    /// `hallpass.toml`.
    pub config: Option<Held>,
    /// The files that it extends.
    pub extended: Vec<Extended>,
    /// The baseline that is in use.
    pub baseline: Option<Held>,
    /// The files of detectors that the policy names.
    pub detectors: Vec<Held>,
    /// Facts of the units; those that both versions have alike may be left out.
    pub units: Vec<UnitFacts>,
}

/// Something that checks less than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weakening {
    /// Where it stands in the later version; the start of the file where it is gone.
    pub at: Spot,
    /// Its logical address.
    pub route: String,
    /// What becomes weaker, and from what to what.
    pub message: String,
    /// What was judged.
    pub judged: Vec<String>,
    /// How bad it is, if not as the rule says.
    pub severity: Option<Severity>,
}

/// The facts of two versions, and what each of them declares: what changes among identities is seen in them.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// Units of the earlier version, its registry the last of them.
    pub before: Vec<UnitFacts>,
    /// Units of the later one.
    pub after: Vec<UnitFacts>,
}

impl Versions {
    /// Both; nothing where neither declares anything. `shared`: the units that both have alike.
    #[must_use]
    pub fn of(before: &Guardrail, after: &Guardrail, shared: impl FnOnce() -> Vec<UnitFacts>) -> Self {
        let rows = |of: &Guardrail| policy(of).map(|policy| registry_facts(&policy)).unwrap_or_default();
        let (was, is) = (rows(before), rows(after));
        let declares = |unit: &UnitFacts| unit.facts.iter().any(|fact| fact.origin == Origin::Declared);
        let beside = || before.units.iter().chain(&after.units).any(declares);
        if was.is_empty() && is.is_empty() && !beside() {
            return Self::default();
        }
        let shared = shared();
        let all = |of: &Guardrail, rows: Vec<UnitFacts>| {
            of.units.iter().chain(&shared).cloned().chain(rows).collect()
        };
        Self { before: all(before, was), after: all(after, is) }
    }
}

/// Whatever of the later version checks less than the earlier one did. The worlds are those of [`Versions`].
#[must_use]
pub fn weakened(
    before: &Guardrail,
    after: &Guardrail,
    (earlier, later): (&World<'_>, &World<'_>),
) -> Vec<Weakening> {
    let mut out = Vec::new();
    let was = policy(before).unwrap_or_default();
    let is = policy(after);
    let named =
        is.as_ref().map(|is| is.detectors().iter().map(|file| file.text.as_str()).collect::<Vec<_>>());
    files::compare(before, after, &named.unwrap_or_default(), &mut out);
    match is {
        Ok(is) => {
            let own = after.config.as_ref().map_or(&[][..], |(_, bytes)| bytes.as_slice());
            let texts = extend::texts(&is, own, &after.extended);
            out.extend(weaker::weaker(&was, &is, &texts).into_iter().map(|w| Weakening {
                at: placed(w.at, before),
                route: w.route,
                message: w.message,
                judged: w.judged,
                severity: w.severity,
            }));
            registry::compare(earlier, later, &mut out);
        }
        Err((at, why)) => out.push(Weakening {
            at,
            route: Route::root().0,
            message: format!("the proposed policy cannot be read, so that nothing would be checked: {why}"),
            judged: vec!["unreadable".to_owned()],
            severity: None,
        }),
    }
    waivers::compare(&before.units, &after.units, &mut out);
    steps::compare(before, after, &was, &mut out);
    out
}

/// Where no file says anything any more, what is gone stood in the earlier one.
fn placed(at: Spot, before: &Guardrail) -> Spot {
    match at.path.is_empty() {
        true => Spot { path: before.config.as_ref().map_or(CONFIG, |(path, _)| path).to_owned(), ..at },
        false => at,
    }
}

/// The policy of a version; where and why it cannot be read.
pub(super) fn policy(of: &Guardrail) -> Result<Policy, (Spot, String)> {
    let Some((path, bytes)) = &of.config else { return Ok(Policy::default()) };
    let read = extend::read(path, bytes, &of.extended).and_then(extend::Chain::policy);
    read.map_err(|problems| {
        let first = problems.into_iter().next();
        let span = first.as_ref().and_then(|p| p.at).unwrap_or(ByteSpan::at(0));
        let at = first.as_ref().map_or(path, |p| &p.path).clone();
        (Spot { path: at, span }, first.map_or_else(String::new, |p| p.message))
    })
}

#[cfg(test)]
mod tests;
