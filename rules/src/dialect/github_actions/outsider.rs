//! What outsiders bring about: who starts a job, when code that they proposed comes into it, and what may go wrong in it
//! unnoticed. What containers and machines a job has is here too.

use std::collections::BTreeSet;

use super::Walk;
use super::job::Job;
use super::login::input;
use super::scope::{Scope, value};
use super::step::step_name;
use super::tables::OUTSIDERS;
use crate::command::tool::ran;
use crate::dialect::pipeline::{check, host};
use crate::document::Node;
use crate::document::script::{Extent, Script};
use crate::fact::{
    Body, ContextId, ContextKind, FactId, Identity, Known, Link, LinkKind, Naming, Piece, Ref, Safeguard,
    SafeguardKind, Selection, Sink, Value, Why,
};
use crate::span::Source;

/// The label of machines that the repository's owner keeps.
/// Source: <https://docs.github.com/en/actions/reference/runners/self-hosted-runners>.
const OWN_MACHINE: &str = "self-hosted";
/// Longest condition that is looked at, in bytes; people write a few hundred.
const MAX_CONDITION: usize = 4 << 10;

/// A condition in small letters without blanks, with one kind of quotes.
fn plain(condition: &str) -> String {
    let short = condition.get(..MAX_CONDITION).unwrap_or(condition);
    let signs = short.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '"' { '\'' } else { c });
    signs.collect::<String>().to_lowercase()
}

fn holds(condition: &str, texts: &[String]) -> bool {
    let plain = plain(condition);
    texts.iter().any(|text| plain.contains(text.as_str()))
}

/// Whether a condition lets only the repository's own code through.
pub(super) fn is_own(condition: &str) -> bool {
    holds(condition, &OUTSIDERS.conditions.own)
}

/// Whether a value names a commit that somebody else proposed.
pub(super) fn is_proposed(text: &str) -> bool {
    OUTSIDERS.proposed.contexts.iter().any(|context| text.contains(context.as_str()))
}

/// Whether a checkout is handed a commit that somebody else proposed, by name or through inputs and variables.
pub(super) fn proposes(scope: &Scope, with: Option<&Node>) -> bool {
    let mut named = ["ref", "repository"].iter().filter_map(|name| input(with, name));
    named.any(|node| {
        if node.text().is_some_and(is_proposed) {
            return true;
        }
        let is = |why: &Why| matches!(why, Why::Variable(name) if is_proposed(name));
        scope.resolve(node).alternatives().iter().any(|(found, _, _)| match &found.value {
            Known::Unknown(why) => is(why),
            _ => found.text().is_some_and(|text| {
                text.0.iter().any(|piece| match piece {
                    Piece::Hole(why) => is(why),
                    Piece::Literal(literal) => is_proposed(literal),
                })
            }),
        })
    })
}

/// The command of a script that brings proposed code in.
pub(super) fn brings_in(script: &Script) -> Option<Extent> {
    ran(script).into_iter().find_map(|ran| {
        let mut rows = OUTSIDERS.command.iter().filter(|row| row.usages.iter().any(|usage| ran.is(usage)));
        let mut texts = ran.words().into_iter().map(|word| script.text(word.at));
        let brings = rows.any(|row| {
            row.holds.is_empty()
                || texts.any(|text| row.holds.iter().any(|held| text.contains(held.as_str())))
        });
        brings.then(|| ran.at())
    })
}

/// Steps whose end is asked for by others: `steps.<id>.outcome`.
pub(super) fn outcomes(job: &Node) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = vec![job];
    while let Some(node) = rest.pop() {
        rest.extend(node.items());
        rest.extend(node.entries().iter().map(|entry| &entry.value));
        let Some(text) = node.text().filter(|text| text.contains(".outcome")) else { continue };
        for (at, _) in text.match_indices(".outcome") {
            let before = text.get(..at).unwrap_or_default();
            let id = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next();
            found.extend(id.map(str::to_owned));
        }
    }
    found
}

impl Walk<'_, '_> {
    /// Where outsiders start a job with nothing withheld; `None` if its condition keeps them out. States whether a person
    /// lets it run.
    pub(super) fn outsiders(
        &mut self,
        within: ContextId,
        by: Option<Source>,
        condition: Option<&Node>,
    ) -> Option<Source> {
        let by = by?;
        let text = condition.and_then(|node| Some((node.text()?, node)));
        if text.is_some_and(|(text, _)| is_own(text)) {
            return None;
        }
        if let Some((_, node)) = text.filter(|(text, _)| holds(text, &OUTSIDERS.conditions.approved)) {
            self.approved(within, node);
        }
        Some(by)
    }

    fn approved(&mut self, within: ContextId, condition: &Node) {
        let at = self.source(condition.span);
        let gate =
            Safeguard { kind: SafeguardKind::ApprovalGate, protects: None, on: Value::known(true, at) };
        self.out.state(within, at, Body::Safeguard(gate));
    }

    /// Code that an outsider proposed comes into a job at `at`.
    pub(super) fn proposed(&mut self, job: &Job, within: ContextId, step: &Node, at: Source) {
        self.let_in(job, within, step, at, None);
    }

    /// Something of an outsider is let in by what runs it as well: a context of its own stands for that, with what the step
    /// is handed.
    pub(super) fn let_in_and_run(
        &mut self,
        job: &Job,
        scope: &Scope,
        step: &Node,
        at: Source,
        text: Option<Selection>,
    ) {
        let within = self.out.context(job.within, ContextKind::Step, step_name(step), at);
        self.steps.push(within);
        for entry in ["env", "with"].iter().filter_map(|key| step.get(key)).flat_map(Node::entries) {
            let to = || Sink::Env(entry.name().to_owned());
            self.flows(within, &job.environment, scope, &entry.value, to);
        }
        self.let_in(job, within, step, at, text);
    }

    /// Code or text of an outsider comes into a job at `at`.
    pub(super) fn let_in(
        &mut self,
        job: &Job,
        within: ContextId,
        step: &Node,
        at: Source,
        text: Option<Selection>,
    ) {
        if job.outsiders.is_none() {
            if job.called {
                self.out.unknown(at, Why::Unsupported("who starts what others call".to_owned()));
            }
            return;
        }
        let condition = step.get("if").and_then(|node| Some((node.text()?, node)));
        let apart = condition.is_some_and(|(text, _)| is_own(text));
        if let Some((_, node)) = condition.filter(|(text, _)| holds(text, &OUTSIDERS.conditions.approved)) {
            self.approved(within, node);
        }
        let isolation = Safeguard {
            kind: SafeguardKind::ProposedCodeIsolation,
            protects: text,
            on: Value::known(apart, at),
        };
        self.out.state(within, at, Body::Safeguard(isolation));
    }

    /// Commands that bring proposed code in.
    pub(super) fn brought_in(&mut self, job: &Job, within: ContextId, step: &Node, script: &Script) {
        if job.outsiders.is_none() {
            return;
        }
        if let Some(at) = brings_in(script) {
            let at = self.source(script.span(at));
            self.proposed(job, within, step, at);
        }
    }

    /// Says that a step or job goes on when these checks fail, if it is told to.
    pub(super) fn may_fail(&mut self, scope: &Scope, around: &Node, checks: &[FactId]) {
        if checks.is_empty() {
            return;
        }
        // What never runs stops nothing.
        if let Some(node) = around.get("if").filter(|node| node.text().is_some_and(is_never)) {
            check::excuse(self.out, checks, &Value::known(true, self.source(node.span)));
        }
        let Some(node) = around.get("continue-on-error") else { return };
        let datum = scope.resolve(node);
        let passes = value(&datum, "a boolean", |text| match text.known()? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        });
        check::excuse(self.out, checks, &passes);
    }

    /// A machine that the repository's owner keeps.
    pub(super) fn own_runner(&mut self, within: ContextId, holder: &Ref, labels: &[Node]) {
        let Some(label) = labels.iter().find(|label| label.text() == Some(OWN_MACHINE)) else { return };
        let at = self.source(label.span);
        let is = Ref::new("github", "runner", [], OWN_MACHINE);
        let identity = Identity::plain(is.clone(), "runner", Naming::Named);
        self.out.state(within, at, Body::Identity(identity));
        let link = Link { from: holder.clone(), to: is, kind: LinkKind::ActsAs };
        self.out.state(within, at, Body::Link(link));
    }

    /// How a container of a job reaches the machine that runs it.
    pub(super) fn reaches_host(&mut self, within: ContextId, container: &Node) {
        if let Some((node, text)) = container.get("options").and_then(|node| Some((node, node.text()?))) {
            host::options(self.out, within, self.source(node.span), text);
        }
        for volume in container.get("volumes").map(Node::items).unwrap_or_default() {
            let at = self.source(volume.span);
            host::volume(self.out, within, at, volume.text().unwrap_or(""));
        }
        let image = container.get("image").unwrap_or(container);
        host::image(self.out, within, self.source(image.span), image.text().unwrap_or(""));
    }
}

/// Whether a condition never holds: `false`, `${{ false }}`.
fn is_never(condition: &str) -> bool {
    let condition = condition.trim();
    let inner = condition.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
    inner.unwrap_or(condition).trim() == "false"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_that_keep_outsiders_out() {
        assert!(is_own("${{ github.event.pull_request.head.repo.full_name == github.repository }}"));
        assert!(is_own("github.event.workflow_run.event == \"push\""));
        assert!(!is_own("github.event.workflow_run.conclusion == 'success'"));
        assert!(holds(
            "contains(github.event.pull_request.labels.*.name, 'ok')",
            &OUTSIDERS.conditions.approved
        ));
        assert!(!holds("success()", &OUTSIDERS.conditions.approved));
    }
}
