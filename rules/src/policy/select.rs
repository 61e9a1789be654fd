//! Which rules run: what the policy says, and the command line over it.

use std::sync::Arc;

use super::{Policy, PolicyRow, Problem, floors, names, rows};
use crate::finding::{Confidence, Severity};
use crate::rule::{Named, RULES, Rule, Stage};

/// What the command line says of the rules that run, over what the file says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// Only these rules or classes; empty for what the file says.
    pub select: &'a [String],
    /// Not these rules or classes.
    pub ignore: &'a [String],
    /// Rules in preview run as well.
    pub preview: bool,
    /// The run fails from this severity on; `None` for what the file says.
    pub fail_on: Option<Severity>,
    /// Findings less sure than this are left out, if the file does not leave out more.
    pub min_confidence: Option<Confidence>,
}

/// The rules that run.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// Ours.
    pub rules: Vec<&'static Rule>,
    /// Those that the policy makes.
    pub rows: Vec<Arc<PolicyRow>>,
}

impl Selected {
    /// All of them, as waivers name them.
    pub fn named(&self) -> impl Iterator<Item = Named<'_>> {
        self.rules.iter().map(|rule| rule.named()).chain(self.rows.iter().map(|row| row.named()))
    }
}

impl Policy {
    /// The rules that run. What the command line selects replaces what the file says of selection; what it ignores comes
    /// on top. Mandatory rules are the command line's alone, and rules in preview run where they are asked for: all of
    /// them, or one by its name.
    ///
    /// # Errors
    /// A selector that names no rule or class, a selection that leaves no rule, or one that loosens a floor.
    pub fn select(&self, rules: &'static [Rule], by: Selection<'_>) -> Result<Selected, Vec<Problem>> {
        let Selection { select, ignore, preview, .. } = by;
        let problems: Vec<Problem> = select
            .iter()
            .chain(ignore)
            .filter_map(|word| self.selector(rules, word).err())
            .map(|message| Problem { path: String::new(), at: None, message })
            .collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let by_hand = !select.is_empty();
        let wanted = if by_hand { select } else { &self.select };
        let previews = preview || self.preview.unwrap_or(false);
        let by_name =
            |words: &[String], rule: Named<'_>| words.iter().any(|w| w.contains('/') && rule.is_called(w));
        let taken = |rule: Named<'_>| {
            let unwanted = names::names(ignore, rule) || (!by_hand && names::names(&self.ignore, rule));
            !unwanted && (wanted.is_empty() || names::names(wanted, rule))
        };
        let chosen = |rule: &Rule| {
            taken(rule.named()) && (previews || !rule.meta.preview || by_name(wanted, rule.named()))
        };
        // Who ignores its class means the others of it.
        // What a change does to the guardrail is told whatever the command line says: that is part of the change.
        let told = |rule: &Rule| rule.meta.mandatory && rule.meta.stage == Stage::Change;
        let kept =
            |rule: &Rule| told(rule) || (rule.meta.mandatory && !by_hand && !by_name(ignore, rule.named()));
        let rows: Vec<Arc<PolicyRow>> = self.rules.iter().filter(|row| taken(row.named())).cloned().collect();
        if !rules.iter().any(chosen) && !rules.is_empty() && rows.is_empty() {
            return Err(vec![Problem {
                path: if by_hand || !ignore.is_empty() { String::new() } else { self.path().to_owned() },
                at: None,
                message: "the selection leaves no rule to run; select more or ignore less".to_owned(),
            }]);
        }
        let selected =
            Selected { rules: rules.iter().filter(|rule| chosen(rule) || kept(rule)).collect(), rows };
        let loose: Vec<Problem> =
            self.held.iter().flat_map(|floor| floors::loosened(floor, &selected, by)).collect();
        if loose.is_empty() { Ok(selected) } else { Err(loose) }
    }

    /// Checks that a word names a rule, ours or of the policy, or a class.
    ///
    /// # Errors
    /// What is wrong, with the nearest known name.
    pub fn selector(&self, rules: &'static [Rule], word: &str) -> Result<(), String> {
        if !rows::is_name(word) {
            return names::selector(rules, word);
        }
        if self.rules.iter().any(|row| row.id == word) {
            return Ok(());
        }
        let hint = match names::did_you_mean(word, self.rules.iter().map(|row| row.id.as_str())) {
            none if none.is_empty() => "; `hallpass config show` lists them".to_owned(),
            hint => hint,
        };
        Err(format!("{} is no rule: no row of `[[policy]]` has that id{hint}", names::quoted(word)))
    }

    /// A rule that the policy makes.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&PolicyRow> {
        self.rules.iter().find(|row| row.id == id).map(Arc::as_ref)
    }
}

/// Every rule of ours, as waivers name them.
pub(crate) fn ours<'r>() -> impl Iterator<Item = Named<'r>> {
    RULES.iter().map(|rule| -> Named<'r> { rule.named() })
}
