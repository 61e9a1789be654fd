//! Who can start a pipeline or job, whose code it runs, and as what its tokens present themselves.

use super::Walk;
use super::condition::{self, Kinds, Rule};
use super::tree::Item;
use crate::document::Node;
use crate::fact::{Body, ContextId, Safeguard, SafeguardKind, Text, Value, Why};
use crate::span::Source;

impl Walk<'_, '_> {
    /// `workflow:rules`: which pipelines there are at all.
    pub(super) fn workflow(&mut self) {
        let rules = self.config.top("workflow").and_then(|workflow| workflow.get("rules"));
        if let Some(rules) = rules {
            let list = self.config.list(self.out, rules);
            self.kinds = condition::admitted(&read(&list), &condition::every());
            // With rules of the whole, a job without its own is part of whatever they admit.
            self.unruled = self.kinds.clone();
        }
        let kinds = self.kinds.clone();
        self.started(self.within, &kinds);
    }

    /// Where a job says that it runs merge requests of forks, in this project and with what it holds. Without that they
    /// run in the fork, unless a member of this project starts one.
    pub(super) fn forks(&mut self, within: ContextId, job: &Item) -> Option<Source> {
        let list = job.get("rules").map(|rules| self.config.list(self.out, rules)).unwrap_or_default();
        let text = |item: &Item, key: &str| item.node.get(key).and_then(Node::text).map(str::to_owned);
        let found = list.iter().find(|item| {
            text(item, "if").is_some_and(|condition| asks_for_forks(&condition))
                && text(item, "when").as_deref() != Some("never")
        })?;
        let span = found.node.get("if").map_or(found.node.span, |node| node.span);
        let at = Source::new(found.file, span);
        let state = |kind: SafeguardKind, on: bool| {
            Body::Safeguard(Safeguard { kind, protects: None, on: Value::known(on, at) })
        };
        self.out.state(within, at, state(SafeguardKind::ProposedCodeIsolation, false));
        let manual = [found, job].iter().any(|item| text(item, "when").as_deref() == Some("manual"));
        if manual {
            self.out.state(within, at, state(SafeguardKind::ApprovalGate, true));
        }
        Some(at)
    }

    fn started(&mut self, within: ContextId, kinds: &Kinds) {
        let Some(context) = self.out.context_mut(within) else { return };
        let at = context.at.source();
        context.started_by = condition::starters(kinds, at);
        context.runs_code_of = condition::code(kinds, at);
    }

    /// Notes who can start a job. Gives the subjects that its tokens can have.
    pub(super) fn starts(&mut self, within: ContextId, job: &Item) -> Vec<Text> {
        let mut branches = None;
        let kinds = match job.get("rules") {
            Some(rules) => {
                let list = self.config.list(self.out, rules);
                let rules = read(&list);
                branches = condition::branches(&rules);
                condition::admitted(&rules, &self.kinds)
            }
            None if job.get("only").is_some() || job.get("except").is_some() => {
                let words = |key: &str| {
                    let node = job.get(key);
                    let refs = node.as_ref().and_then(|node| node.get("refs"));
                    refs.or(node.filter(|node| !node.is_map()))
                        .map(|item| item.one_or_many())
                        .unwrap_or_default()
                };
                let (only, except) = (words("only"), words("except"));
                let plain = |item: &Item| {
                    let text = item.text()?;
                    let is_branch = !text.contains(['/', '$', '*', '@'])
                        && !super::tables::TABLE.pipelines.words.contains_key(text);
                    is_branch.then(|| text.to_owned())
                };
                branches = only
                    .iter()
                    .map(plain)
                    .collect::<Option<_>>()
                    .filter(|b: &std::collections::BTreeSet<_>| !b.is_empty());
                let texts = |items: &'_ [Item]| {
                    items.iter().filter_map(|i| i.text().map(str::to_owned)).collect::<Vec<_>>()
                };
                let (only, except) = (texts(&only), texts(&except));
                let kinds =
                    condition::of_words(only.iter().map(String::as_str), except.iter().map(String::as_str));
                kinds.intersection(&self.kinds).copied().collect()
            }
            None => self.unruled.clone(),
        };
        self.started(within, &kinds);
        subjects(branches.into_iter().flatten())
    }
}

/// Variables that name the project a merge request comes from, and the one that it goes to.
/// Source: <https://docs.gitlab.com/ci/variables/predefined_variables/#predefined-variables-for-merge-request-pipelines>.
const FROM: [&str; 3] = [
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_URL",
];

/// Whether a condition asks for merge requests from another project: `… != $CI_PROJECT_PATH`.
fn asks_for_forks(condition: &str) -> bool {
    let mut parts = condition.split("&&").flat_map(|part| part.split("||"));
    parts.any(|part| {
        part.split_once("!=").is_some_and(|(left, right)| {
            let from = |side: &str| FROM.iter().any(|name| side.contains(name));
            let to = |side: &str| !from(side) && side.contains("PROJECT_");
            from(left) && to(right) || to(left) && from(right)
        })
    })
}

/// The rules of a list, as far as they decide.
fn read(list: &[Item]) -> Vec<Rule<'_>> {
    list.iter().map(rule).collect()
}

fn rule(item: &Item) -> Rule<'_> {
    let text = |key: &str| item.node.get(key).and_then(Node::text);
    Rule {
        condition: text("if"),
        more: item.node.get("changes").is_some() || item.node.get("exists").is_some(),
        never: text("when") == Some("never"),
    }
}

/// What a job's ID tokens have for a subject: the project, and the branch where rules name it.
/// Source: <https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload>.
fn subjects(branches: impl Iterator<Item = String>) -> Vec<Text> {
    let hole = |name: &str| Text::hole(Why::Variable(name.to_owned()));
    let project = || {
        let mut text = Text::literal("project_path:");
        text.append(&hole("CI_PROJECT_PATH"));
        text
    };
    let mut subjects: Vec<Text> = branches
        .map(|branch| {
            let mut text = project();
            text.push(&format!(":ref_type:branch:ref:{branch}"));
            text
        })
        .collect();
    if subjects.is_empty() {
        let mut text = project();
        text.push(":ref_type:");
        text.append(&hole("CI_COMMIT_REF_TYPE"));
        text.push(":ref:");
        text.append(&hole("CI_COMMIT_REF_NAME"));
        subjects.push(text);
    }
    subjects
}

#[cfg(test)]
mod tests {
    use super::asks_for_forks;

    #[test]
    fn only_what_lets_forks_in_asks_for_them() {
        assert!(asks_for_forks("$X && $CI_MERGE_REQUEST_SOURCE_PROJECT_PATH != $CI_PROJECT_PATH"));
        assert!(asks_for_forks("$CI_PROJECT_ID != $CI_MERGE_REQUEST_SOURCE_PROJECT_ID"));
        assert!(!asks_for_forks("$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == $CI_PROJECT_PATH"));
        assert!(!asks_for_forks("$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH != \"\""));
    }
}
