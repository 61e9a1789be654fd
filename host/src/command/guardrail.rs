//! What decides how a tree is checked, read from its two versions and handed to the module, which says what is weaker.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::baseline;
use super::policy;
use super::setup::{Common, Tree};
use crate::change;
use crate::runtime::Pool;
use crate::runtime::contract::{Guardrail, Source};
use crate::scan::Outcome;
use crate::source::slashes;

/// One version without its facts. `pool` is the run's: its settings are those of the base.
pub(crate) fn read(
    tree: &Tree,
    common: &Common,
    named_baseline: Option<&Path>,
    pool: &Pool<'_>,
) -> Result<Guardrail> {
    let (config, mut extended) = policy::proposed(tree, common.config.as_deref());
    if let Some(config) = &config {
        for _ in 0..policy::ROUNDS {
            let asked = super::explain::asked(pool, |worker| worker.extends(config, &extended))?;
            if !policy::hand_over(&mut extended, &asked, |path| tree.bytes(path)) {
                break;
            }
        }
    }
    let file = |path: &str| {
        let bytes = tree.bytes(path).ok()?;
        Some(Source { path: path.to_owned(), bytes, member: true })
    };
    let name = match named_baseline {
        Some(path) => tree.inner(path).map(|inner| slashes(&inner)),
        None => Some(baseline::DEFAULT.to_owned()),
    };
    // Only those that the policy asks for: others are the command line's.
    let asked = pool.settings().detectors.iter().filter(|file| file.asked);
    Ok(Guardrail {
        config,
        extended,
        baseline: name.as_deref().and_then(file),
        detectors: asked.filter_map(|asked| file(&asked.path)).collect(),
        units: Vec::new(),
    })
}

/// Adds what both versions of the guardrail, with the facts of each tree, come to; how many findings that is.
///
/// # Errors
/// The module cannot run.
pub(crate) fn hold(
    pool: &Pool<'_>,
    [before, after]: [&mut Guardrail; 2],
    facts: &[Vec<u8>],
    outcome: &mut Outcome,
) -> Result<usize> {
    let told = outcome.findings.len();
    let shared;
    [before.units, after.units, shared] = unlike(facts, &outcome.facts);
    change::weakened(pool, before, after, &shared, outcome)?;
    Ok(outcome.findings.len() - told)
}

/// The units of each version that the other does not have alike, and those that both have.
fn unlike(before: &[Vec<u8>], after: &[Vec<u8>]) -> [Vec<Vec<u8>>; 3] {
    let mut count: BTreeMap<&[u8], isize> = BTreeMap::new();
    for facts in before {
        *count.entry(facts).or_default() += 1;
    }
    for facts in after {
        *count.entry(facts).or_default() -= 1;
    }
    let differing = |units: &[Vec<u8>]| {
        let differs = |facts: &&Vec<u8>| count.get(facts.as_slice()).is_some_and(|count| *count != 0);
        units.iter().filter(differs).cloned().collect()
    };
    let alike = after.iter().filter(|facts| count.get(facts.as_slice()) == Some(&0)).cloned().collect();
    [differing(before), differing(after), alike]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_versions_have_is_left_out() {
        let units = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
        let parts = unlike(&units(&["a", "b"]), &units(&["b", "c"]));
        assert_eq!(parts, [units(&["a"]), units(&["c"]), units(&["b"])]);
    }
}
