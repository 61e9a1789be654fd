//! Who can start a pipeline or job, whose code it runs, and as what its tokens present themselves.

use super::Walk;
use super::condition::{self, Kinds, Rule};
use super::tree::Item;
use crate::document::Node;
use crate::fact::{ContextId, Text, Why};

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
