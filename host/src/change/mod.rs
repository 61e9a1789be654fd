//! What a change brought: the findings of two trees, held against each other.
//!
//! The module pairs them (`compare`): a finding has a place and a content, and known are those of which the base has both.

mod version;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};

use crate::runtime::Pool;
use crate::runtime::contract::{self, Change, Finding, Guardrail};
use crate::scan::Outcome;

pub use version::{Version, base, base_of, head, is_in_past_of, staged};

/// How a finding came to be, seen from the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The base has nothing like it.
    New,
    /// The base has a finding at its place, about something else.
    Changed,
    /// As changed, and all that the one of the base was about is in it, and more.
    Widened,
    /// The base has the same finding at another place, which is gone from there.
    Moved,
}

impl State {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Widened => "widened",
            Self::Moved => "moved",
        }
    }

    /// What SARIF calls it (§3.27.24): a result that was there before, with another content, was updated.
    #[must_use]
    pub fn sarif(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed | Self::Widened => "updated",
            Self::Moved => "unchanged",
        }
    }

    /// Its name as it stands before a message.
    #[must_use]
    pub fn bracketed(self) -> String {
        format!("[{}]", self.name())
    }

    /// Whether the change is answerable for it: what only moved was there before.
    #[must_use]
    pub fn counts(self) -> bool {
        self != Self::Moved
    }
}

/// A finding of the base that the change mended.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The finding, with its place in the base.
    pub finding: Finding,
    /// Its line there, from 1.
    pub line: usize,
}

/// What a change did to the findings.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// What it was held against, for people: `main (merge base 1a2b3c4d)`.
    pub against: String,
    /// The states of the findings that the base does not have, by fingerprint.
    pub states: BTreeMap<String, State>,
    /// Findings that the base has as well: they are not reported.
    pub known: usize,
    /// What is gone.
    pub fixed: Vec<Fixed>,
}

/// Reports of a run only what its change is answerable for: what the base has as well is counted and left out, and what the
/// base had and the head has no longer is told.
///
/// A waiver that the change brings is the change's own word on itself, so that what it accepts still counts.
///
/// # Errors
/// The module was stopped.
pub fn hold(
    pool: &Pool<'_>,
    against: &str,
    base: &Outcome,
    line_of: impl Fn(&Finding) -> usize,
    head: &mut Outcome,
) -> Result<()> {
    let waived_before: BTreeSet<&str> = base.waived.iter().map(|(f, _)| f.fingerprint.as_str()).collect();
    let old: Vec<Finding> = base.findings.iter().chain(base.waived.iter().map(|(f, _)| f)).cloned().collect();
    let counted = head.findings.len();
    let mut new = std::mem::take(&mut head.findings);
    new.extend(head.waived.iter().map(|(finding, _)| finding.clone()));
    let compared: Vec<contract::Compared> = pool
        .with(|worker| worker.compare(&old, &new))
        .map_err(crate::scan::explain_refusal)?
        .map_err(|stop| anyhow!("the rule module failed while it compared findings: {stop}"))?;
    let mut changes = Changes { against: against.to_owned(), ..Changes::default() };
    let mut accepted: BTreeSet<String> = BTreeSet::new();
    for entry in compared {
        let of = |list: &[Finding], index: Option<u32>| list.get(index? as usize).cloned();
        let state = match entry.kind {
            Change::Known => None,
            Change::New => Some(State::New),
            Change::Changed => Some(State::Changed),
            Change::Widened => Some(State::Widened),
            Change::Moved => Some(State::Moved),
            Change::Fixed => {
                // What only a waiver hid in the base was known as well.
                if let Some(finding) = of(&old, entry.old) {
                    let line = line_of(&finding);
                    changes.fixed.push(Fixed { finding, line });
                }
                continue;
            }
        };
        let Some(mut finding) = of(&new, entry.new) else { continue };
        let is_waived = entry.new.is_some_and(|index| index as usize >= counted);
        let before = of(&old, entry.old);
        let was_waived = before.as_ref().is_some_and(|f| waived_before.contains(f.fingerprint.as_str()));
        // What was accepted where it stood was not accepted where it stands now.
        let worse = before.is_some_and(|f| (f.severity as u8) < finding.severity as u8);
        let state = match state {
            Some(State::Moved) if worse || (was_waived && !is_waived) => Some(State::New),
            state => state,
        };
        // What a comment accepted was what stood there: other content is looked at again by those who see the change.
        let same = matches!(state, None | Some(State::Moved));
        match state {
            _ if is_waived && (state.is_none() || (was_waived && same)) => {
                let _first = accepted.insert(finding.fingerprint);
            }
            None => changes.known += 1,
            Some(state) => {
                if let Some(severity) = entry.severity.filter(|_| state == State::New) {
                    finding.severity = severity;
                }
                changes.states.insert(finding.fingerprint.clone(), state);
                head.findings.push(finding);
            }
        }
    }
    head.waived.retain(|(finding, _)| accepted.contains(&finding.fingerprint));
    changes.fixed.sort_by(|a, b| {
        let key = |f: &Fixed| (f.finding.at.path.clone(), f.line, f.finding.rule.clone());
        key(a).cmp(&key(b))
    });
    crate::scan::sort(&mut head.findings);
    head.changes = Some(changes);
    Ok(())
}

/// Adds what of the proposed version of the guardrail is weaker than the one in force.
///
/// # Errors
/// The rule module was stopped.
pub fn weakened(
    pool: &Pool<'_>,
    before: &Guardrail,
    after: &Guardrail,
    shared: &[Vec<u8>],
    head: &mut Outcome,
) -> Result<()> {
    let secrets = head.secrets.texts().to_vec();
    let found = pool
        .with(|worker| worker.weakened(before, after, shared, &secrets))
        .map_err(crate::scan::explain_refusal)?
        .map_err(|stop| anyhow!("the rule module failed while it compared guardrails: {stop}"))?;
    if let Some(changes) = &mut head.changes {
        if before.config != after.config || before.extended != after.extended {
            changes.against.push_str(", the proposed policy is not in force");
        }
        changes.states.extend(found.iter().map(|finding| (finding.fingerprint.clone(), State::New)));
    }
    head.findings.extend(found);
    crate::scan::sort(&mut head.findings);
    Ok(())
}
