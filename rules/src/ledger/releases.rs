//! Which digest a version is, as far as the tree itself says so: an image is written with its tag and its digest, or the
//! commit of an action has its version as a comment. Nothing is looked up anywhere.

use std::collections::BTreeMap;

use crate::fact::{Body, Component, Pin, UnitFacts};
use crate::finding::{Finding, Pending};
use crate::remedy::{Remedy, Safety};

/// Digests by component and version; `None` where the tree says two.
struct Releases<'a>(BTreeMap<(String, &'a str), Option<&'a str>>);

impl<'a> Releases<'a> {
    fn of(units: &'a [UnitFacts]) -> Self {
        let mut known: BTreeMap<(String, &str), Option<&str>> = BTreeMap::new();
        for fact in units.iter().flat_map(|unit| &unit.facts) {
            let Body::Component(component) = &fact.body else { continue };
            let Component { pin: Pin::Digest(digest), released: Some(version), .. } = component else {
                continue;
            };
            let Some(key) = component.key() else { continue };
            let said = known.entry((key, version)).or_insert(Some(digest));
            if said.is_some_and(|other| other != digest) {
                *said = None;
            }
        }
        Self(known)
    }

    fn remedy(&self, wanted: Pending) -> Option<Pending> {
        let Remedy::PinKnown { component, version } = &wanted.remedy else { return Some(wanted) };
        let digest = self.0.get(&(component.clone(), version.as_str()))?.as_deref()?.to_owned();
        // A version such as `v4` is moved from release to release: the digest may be that of an older one.
        let safety = if is_release(version) { wanted.safety } else { Safety::Unsafe };
        Some(Pending { remedy: Remedy::PinTo { digest }, safety, ..wanted })
    }
}

/// Whether a version names one release, as far as its shape tells: `v4.1.1`, `3.12.4-slim`.
fn is_release(version: &str) -> bool {
    let number = version.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = number.split('.').collect();
    parts.len() >= 3 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

/// Turns what findings ask to be pinned into the digest that the tree states elsewhere, and drops the rest.
pub(crate) fn pin_to_known(units: &[UnitFacts], findings: &mut [Finding]) {
    let asks = |finding: &&mut Finding| {
        finding.pending.iter().any(|wanted| matches!(wanted.remedy, Remedy::PinKnown { .. }))
    };
    let mut asking = findings.iter_mut().filter(asks).peekable();
    if asking.peek().is_none() {
        return;
    }
    let releases = Releases::of(units);
    for finding in asking {
        let pending = std::mem::take(&mut finding.pending);
        finding.pending = pending.into_iter().filter_map(|wanted| releases.remedy(wanted)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::is_release;

    #[test]
    fn a_release_has_three_numbers() {
        for version in ["v4.1.1", "4.1.1", "3.12.4-slim", "1.2.3.4"] {
            assert!(is_release(version), "{version}");
        }
        for version in ["v4", "v4.1", "main", "latest", "1.2.x", "v1..2"] {
            assert!(!is_release(version), "{version}");
        }
    }
}
