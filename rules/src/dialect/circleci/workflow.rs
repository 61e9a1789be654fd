//! Workflows: which jobs run, with which contexts and arguments, started by whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Entry, Node};
use crate::span::{FileId, Source};

/// Keys of a workflow's job that are no arguments of it.
/// Source: <https://circleci.com/docs/reference/configuration-reference/#jobs-in-workflow>.
const OWN_KEYS: [&str; 13] = [
    "context",
    "requires",
    "filters",
    "matrix",
    "type",
    "name",
    "pre-steps",
    "post-steps",
    "serial-group",
    "override-with",
    "max_auto_reruns",
    "when",
    "unless",
];
/// Most required jobs that are looked at for an approval before one job: pipelines require a handful each.
const MAX_REQUIRED: usize = 1_000;

/// A job where a workflow runs it.
#[derive(Clone, Copy)]
pub(super) struct Usage<'u> {
    /// The job that it names.
    pub(super) job: &'u str,
    pub(super) workflow: &'u str,
    /// What it is called there.
    pub(super) name: &'u str,
    /// Where it is named.
    pub(super) at: Source,
    /// What it is given.
    pub(super) given: Option<&'u Node>,
    /// Whether only the clock starts it.
    pub(super) scheduled: bool,
    /// Whether its filters let in branches that forks propose.
    pub(super) open: bool,
    /// Where it waits for somebody's approval.
    pub(super) approved: Option<Source>,
}

impl<'u> Usage<'u> {
    /// The contexts whose variables it gets.
    pub(super) fn contexts(&self) -> &'u [Node] {
        self.given.and_then(|given| given.get("context")).map(Node::one_or_many).unwrap_or_default()
    }

    /// Its arguments.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &'u Entry> {
        let entries = self.given.map(Node::entries).unwrap_or_default();
        entries.iter().filter(|entry| !OWN_KEYS.contains(&entry.name()))
    }

    /// The parameters of its matrix, each with its values.
    pub(super) fn matrix(&self) -> &'u [Entry] {
        let matrix = self.given.and_then(|given| given.path(&["matrix", "parameters"]));
        matrix.map(Node::entries).unwrap_or_default()
    }

    /// Steps that it adds to the job.
    pub(super) fn further_steps(&self) -> impl Iterator<Item = &'u Node> {
        ["pre-steps", "post-steps"].into_iter().filter_map(|key| self.given?.get(key))
    }
}

/// Every job that the workflows of a file run, in order; approvals not among them.
pub(super) fn usages(file: FileId, root: &Node) -> Vec<Usage<'_>> {
    let mut usages = Vec::new();
    for entry in root.get("workflows").map(Node::entries).unwrap_or_default() {
        let workflow = &entry.value;
        let triggers = workflow.get("triggers").map(Node::one_or_many).unwrap_or_default();
        let scheduled = !triggers.is_empty() && triggers.iter().all(|t| t.get("schedule").is_some());
        let jobs = workflow.get("jobs").map(Node::items).unwrap_or_default();
        let named: Vec<(&Node, &str, Option<&Node>)> = jobs.iter().filter_map(job).collect();
        let gates = Gates::of(&named);
        for (at, job, given) in named {
            if is_approval(given) {
                continue;
            }
            usages.push(Usage {
                job,
                workflow: entry.name(),
                name: name_of(job, given),
                at: Source::new(file, at.span),
                given,
                scheduled,
                open: !scheduled && given.and_then(|g| g.get("filters")).is_none_or(lets_forks_in),
                approved: gates.before(given).map(|node| Source::new(file, node.span)),
            });
        }
    }
    usages
}

/// An item of a workflow's jobs: where and what it names, and what it is given.
fn job(node: &Node) -> Option<(&Node, &str, Option<&Node>)> {
    if let Some(name) = node.text() {
        return Some((node, name, None));
    }
    let entry = node.entries().first()?;
    Some((&entry.key, entry.name(), Some(&entry.value)))
}

fn name_of<'n>(job: &'n str, given: Option<&'n Node>) -> &'n str {
    given.and_then(|given| given.get("name")).and_then(Node::text).unwrap_or(job)
}

fn is_approval(given: Option<&Node>) -> bool {
    given.and_then(|given| given.get("type")).and_then(Node::text) == Some("approval")
}

/// Jobs that wait for somebody.
struct Gates<'n> {
    approvals: BTreeMap<&'n str, &'n Node>,
    requires: BTreeMap<&'n str, &'n Node>,
}

impl<'n> Gates<'n> {
    fn of(jobs: &[(&'n Node, &'n str, Option<&'n Node>)]) -> Self {
        let mut gates = Self { approvals: BTreeMap::new(), requires: BTreeMap::new() };
        for (at, job, given) in jobs {
            let name = name_of(job, *given);
            if is_approval(*given) {
                gates.approvals.insert(name, at);
            }
            if let Some(requires) = given.and_then(|given| given.get("requires")) {
                gates.requires.insert(name, requires);
            }
        }
        gates
    }

    /// The approval that something waits for, directly or through what it requires.
    fn before(&self, given: Option<&'n Node>) -> Option<&'n Node> {
        let mut seen = BTreeSet::new();
        let mut looked_at = 0;
        let mut open: Vec<&'n Node> = given.and_then(|given| given.get("requires")).into_iter().collect();
        while let Some(requires) = open.pop() {
            for name in requires.one_or_many() {
                looked_at += 1;
                if looked_at > MAX_REQUIRED {
                    return None;
                }
                // `- job: success` names the state it must end in.
                let name =
                    name.text().or_else(|| name.entries().first().map(Entry::name)).unwrap_or_default();
                if let Some(approval) = self.approvals.get(name) {
                    return Some(approval);
                }
                if seen.insert(name) {
                    open.extend(self.requires.get(name));
                }
            }
        }
        None
    }
}

/// Whether filters let in the branches of forks' pull requests, which are called `pull/<number>`.
/// Source: <https://circleci.com/docs/guides/integration/oss/#build-pull-requests-from-forked-repositories>.
fn lets_forks_in(filters: &Node) -> bool {
    if let Some(expression) = filters.text() {
        let compact: String = expression.chars().filter(|c| !c.is_whitespace()).collect();
        return !compact.contains("pipeline.git.branch==") && !compact.contains("pipeline.git.tag==");
    }
    let branches = filters.get("branches");
    let texts = |key: &str| branches.and_then(|b| b.get(key)).map(Node::one_or_many).unwrap_or_default();
    let only = texts("only");
    if texts("ignore").iter().filter_map(Node::text).any(is_everything) {
        return false;
    }
    only.is_empty()
        || only.iter().filter_map(Node::text).any(|text| is_everything(text) || text.contains("pull"))
}

fn is_everything(pattern: &str) -> bool {
    matches!(pattern, "/.*/" | "/.+/" | "/^.*$/" | "/^.*/" | "/.*$/")
}
