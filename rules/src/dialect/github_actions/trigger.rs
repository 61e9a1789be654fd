//! `on`: what starts a workflow, and what follows from it.

use std::collections::BTreeSet;

use super::tables::{Code, Subject, TRIGGERS};
use crate::dialect::Lowering;
use crate::document::Node;
use crate::fact::{Alternative, Author, Case, Starter, Value, Why};
use crate::span::{FileId, Source};

/// Most branches of a push trigger that are told apart in OIDC subjects.
const MAX_BRANCHES: usize = 8;

/// What starts a workflow.
#[derive(Clone, Debug, Default)]
pub(super) struct Triggers {
    /// Who can start it.
    pub(super) starters: Option<Value<BTreeSet<Starter>>>,
    /// Where an event stands that outsiders bring about, and in whose runs nothing is withheld.
    pub(super) outsiders: Option<Source>,
    /// Whose code a plain checkout brings in.
    pub(super) code: Option<Value<Author>>,
    /// Whether nothing but `workflow_call` starts it, so that the caller decides about permissions and subjects.
    pub(super) called_only: bool,
    /// Endings of the OIDC subject: `None` for a ref that is not known.
    pub(super) subjects: BTreeSet<SubjectEnd>,
}

/// How the subject of a job's OIDC token ends, when the job has no environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SubjectEnd {
    /// `:pull_request`
    PullRequest,
    /// `:ref:refs/heads/…`
    Branch(String),
    /// `:ref:` and something.
    AnyRef,
    /// Whatever the caller's is.
    Any,
}

/// Reads `on` in its three forms.
pub(super) fn read(out: &mut Lowering<'_>, file: FileId, on: Option<&Node>) -> Triggers {
    let Some(on) = on else { return Triggers { subjects: [SubjectEnd::Any].into(), ..Triggers::default() } };
    let source = Source::new(file, on.span);
    let events: Vec<(&Node, Option<&Node>)> = match on.entries() {
        [] => on.one_or_many().iter().map(|n| (n, None)).collect(),
        entries => entries.iter().map(|e| (&e.key, Some(&e.value))).collect(),
    };
    let mut starters = BTreeSet::new();
    let mut authors: Vec<(Author, Source, &str)> = Vec::new();
    let mut subjects = BTreeSet::new();
    let mut called_only = !events.is_empty();
    let mut outsiders = None;
    for (name_node, detail) in events {
        let name = name_node.text().unwrap_or("");
        let at = Source::new(file, name_node.span);
        let Some(row) = TRIGGERS.triggers.get(name) else {
            out.unknown(at, Why::Unsupported("a trigger hallpass does not know".to_owned()));
            called_only = false;
            subjects.insert(SubjectEnd::AnyRef);
            continue;
        };
        starters.extend(row.by.iter().copied());
        if row.by.contains(&Starter::Outsider) && row.code == Code::Own {
            outsiders = outsiders.or(Some(at));
        }
        let author = match row.code {
            Code::Own => Author::Maintainer,
            Code::Proposed => Author::Outsider,
        };
        if !authors.iter().any(|(known, _, _)| *known == author) {
            authors.push((author, at, name));
        }
        let called = name == "workflow_call";
        called_only &= called;
        match row.subject {
            _ if called => drop(subjects.insert(SubjectEnd::Any)),
            Subject::PullRequest => drop(subjects.insert(SubjectEnd::PullRequest)),
            Subject::Ref if name == "push" => subjects.extend(pushed(detail)),
            Subject::Ref => drop(subjects.insert(SubjectEnd::AnyRef)),
        }
    }
    if subjects.contains(&SubjectEnd::AnyRef) {
        subjects.retain(|s| !matches!(s, SubjectEnd::Branch(_)));
    }
    Triggers {
        starters: (!starters.is_empty()).then(|| Value::known(starters, source)),
        outsiders,
        code: code(authors),
        called_only,
        subjects,
    }
}

fn code(authors: Vec<(Author, Source, &str)>) -> Option<Value<Author>> {
    if let [(author, at, _)] = authors.as_slice() {
        return Some(Value::known(*author, *at));
    }
    let of: Vec<_> = authors
        .into_iter()
        .map(|(value, source, event)| Alternative {
            value,
            source,
            case: Case::of("github.event_name", event),
            default: true,
        })
        .collect();
    (!of.is_empty()).then_some(Value::OneOf { of, open: false })
}

/// The refs a push trigger names, if it names branches without patterns and no tags.
fn pushed(detail: Option<&Node>) -> Vec<SubjectEnd> {
    let branches = detail.and_then(|d| d.get("branches")).map(Node::one_or_many).unwrap_or_default();
    let tags = detail.is_some_and(|d| d.get("tags").is_some() || d.get("tags-ignore").is_some());
    let plain = |name: &str| !name.is_empty() && !name.contains(['*', '?', '+', '[', ']', '!', '$']);
    let names: Option<Vec<SubjectEnd>> = branches
        .iter()
        .map(|b| b.text().filter(|t| plain(t)).map(|t| SubjectEnd::Branch(t.to_owned())))
        .collect();
    match names {
        Some(names) if !names.is_empty() && names.len() <= MAX_BRANCHES && !tags => names,
        _ => vec![SubjectEnd::AnyRef],
    }
}
