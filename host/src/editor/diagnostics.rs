//! Findings as editors show them. The words are the module's, without what steers a display; no text of a document is among
//! them but what the module lets be shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, Message, Range,
};
use serde_json::json;

use super::capabilities::SOURCE;
use super::documents::Document;
use super::position::Lines;
use super::session::Session;
use super::stale::{Good, MARK};
use super::tree::OpenTree;
use crate::report::rule_url;
use crate::report::text::plain;
use crate::runtime::contract::{Confidence, Coverage, Finding, Problem, Severity, Span, Spot, Status};
use crate::runtime::short_digest;
use crate::scan::Outcome;

/// The code of what the policy says wrongly.
const POLICY: &str = "configuration";
/// The code of a file that could not be read.
const UNREAD: &str = "coverage/failed";
/// How rules are called that speak of what can go, and of what is over.
const TAGS: [(&str, DiagnosticTag); 2] =
    [("-unused", DiagnosticTag::Unnecessary), ("-expired", DiagnosticTag::Deprecated)];

/// Most other places that one diagnostic names: a finding of thousands of places is shown at each of them, and all others with
/// each would be millions. How many more there are is said.
const MOST_RELATED: usize = 50;

/// The findings of a file, once for each place that they have in it.
pub(super) fn found<'o>(outcome: &'o Outcome, name: &str) -> Vec<(Span, &'o Finding)> {
    let mut found = Vec::new();
    for finding in &outcome.findings {
        let places = std::iter::once(&finding.at).chain(&finding.places).filter(|place| place.path == name);
        let mut spans: Vec<Span> = places.map(|place| place.at).collect();
        spans.sort_by_key(|span| (span.start, span.end));
        spans.dedup();
        found.extend(spans.into_iter().map(|span| (span, finding)));
    }
    found.sort_by_key(|(span, finding)| (span.start, span.end, &finding.rule));
    found
}

/// Whether a file could not be read, or not whole.
fn unread<'o>(outcome: &'o Outcome, name: &str) -> Option<&'o Coverage> {
    outcome.coverage.iter().find(|entry| entry.path == name && entry.status == Status::Failed)
}

/// The bytes of a file and its lines, as the editor sees them.
pub(super) fn text_of(session: &Session<'_>, tree: &OpenTree<'_>, name: &str) -> (Arc<Vec<u8>>, Arc<Lines>) {
    let uri = session.uri(tree, name);
    match session.documents.get(&uri) {
        Some(document) => (document.text.clone(), document.lines.clone()),
        None => {
            let bytes = tree.bytes(name);
            let lines = Lines::on_disk(&bytes);
            (Arc::new(bytes), Arc::new(lines))
        }
    }
}

impl Session<'_> {
    /// Remembers what is said of documents that can be read.
    pub(super) fn remember(&mut self) {
        let mut good = Vec::new();
        for (uri, document) in &self.documents {
            let Some((tree, name)) = self.home(uri) else { continue };
            let Some(outcome) = tree.outcome.as_ref().filter(|_| tree.problems.is_empty()) else { continue };
            if unread(outcome, &name).is_none() {
                // One of thousands of places is kept once.
                let mut kept: BTreeMap<*const Finding, Arc<Finding>> = BTreeMap::new();
                let mut keep = |finding: &Finding| {
                    Arc::clone(kept.entry(finding).or_insert_with(|| Arc::new(finding.clone())))
                };
                let found = found(outcome, &name).into_iter().map(|(span, finding)| (span, keep(finding)));
                let found = found.collect();
                good.push((uri.clone(), Good { text: document.text.clone(), found }));
            }
        }
        self.good.extend(good);
    }

    /// What is said of a document or file.
    pub(super) fn diagnostics(&self, uri: &str) -> Vec<Diagnostic> {
        let Some((tree, name)) = self.home(uri) else { return Vec::new() };
        let document = self.documents.get(uri);
        let file = |document: Option<&Document>| match document {
            Some(document) => (document.text.clone(), document.lines.clone()),
            None => text_of(self, tree, &name),
        };
        let (bytes, lines) = file(document);
        let shower = Shower { session: self, tree, uri, bytes: &bytes, lines: &lines };
        let mut shown: Vec<Diagnostic> =
            tree.problems.iter().filter(|problem| problem.path == name).map(|p| shower.problem(p)).collect();
        let Some(outcome) = &tree.outcome else {
            // Nothing passes silently.
            if shown.is_empty() && document.is_some() && !tree.problems.is_empty() {
                shown.push(shower.ungoverned());
            }
            return shown;
        };
        let now = found(outcome, &name);
        shown.extend(now.iter().map(|(span, finding)| shower.finding(*span, finding)));
        if let Some(entry) = unread(outcome, &name) {
            // Where it must be checked, the module itself says so.
            if !entry.must_check {
                shown.push(shower.unread(entry));
            }
            let known: BTreeSet<&str> = now.iter().map(|(_, finding)| finding.fingerprint.as_str()).collect();
            let known = |old: &Finding| known.contains(old.fingerprint.as_str());
            let old =
                self.good.get(uri).map(|good| good.in_text(&bytes).collect::<Vec<_>>()).unwrap_or_default();
            shown.extend(old.into_iter().filter(|(_, f)| !known(f)).map(|(span, f)| shower.stale(span, f)));
        }
        shown
    }
}

/// By what the same diagnostics are known again.
pub(super) fn digest(diagnostics: &[Diagnostic]) -> String {
    short_digest(&[&serde_json::to_string(diagnostics).unwrap_or_default()])
}

/// Shows what is known of one file.
struct Shower<'a, 'r> {
    session: &'a Session<'r>,
    tree: &'a OpenTree<'r>,
    uri: &'a str,
    bytes: &'a [u8],
    lines: &'a Lines,
}

impl Shower<'_, '_> {
    fn range(&self, span: Span) -> Range {
        self.lines.range(self.bytes, span, self.session.client.encoding)
    }

    fn of(&self, at: Range, severity: DiagnosticSeverity, code: &str, message: &str) -> Diagnostic {
        Diagnostic {
            range: at,
            severity: Some(severity),
            code: Some(Code::String(code.to_owned())),
            source: Some(SOURCE.to_owned()),
            message: Message::String(message.lines().map(plain).collect::<Vec<_>>().join("\n")),
            ..Diagnostic::default()
        }
    }

    fn finding(&self, span: Span, finding: &Finding) -> Diagnostic {
        let client = &self.session.client;
        let mut message = finding.message.clone();
        if let Some(help) = finding.help.as_deref().and_then(|help| help.lines().next()) {
            message = format!("{message}\nhelp: {help}");
        }
        let rules =
            self.tree.description().map(|description| description.rules.as_slice()).unwrap_or_default();
        let rule = rules.iter().find(|rule| rule.id == finding.rule);
        let page = rule.filter(|_| client.links).map(|rule| CodeDescription { href: rule_url(rule).into() });
        let tag = TAGS.iter().find(|(ending, _)| finding.rule.ends_with(ending)).map(|(_, tag)| *tag);
        let confidence = match finding.confidence {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        };
        Diagnostic {
            code_description: page,
            tags: tag.filter(|_| client.tags).map(|tag| vec![tag]),
            related_information: client
                .related
                .then(|| self.related(span, finding))
                .filter(|r| !r.is_empty()),
            data: Some(json!({"fingerprint": finding.fingerprint, "confidence": confidence})),
            ..self.of(self.range(span), severity(finding.severity), &finding.rule, &message)
        }
    }

    /// The same as it was said before.
    fn stale(&self, span: Span, finding: &Finding) -> Diagnostic {
        let mut shown = self.finding(span, finding);
        if let Message::String(message) = &mut shown.message {
            message.insert_str(0, MARK);
        }
        shown.related_information = None;
        shown.data = Some(json!({"fingerprint": finding.fingerprint, "stale": true}));
        shown
    }

    /// Other places that a finding speaks of: what it says of them first.
    fn related(&self, shown: Span, finding: &Finding) -> Vec<DiagnosticRelatedInformation> {
        let notes = finding.related.iter().map(|related| (&related.at, related.note.as_str()));
        let places = std::iter::once(&finding.at).chain(&finding.places);
        let places = places.map(|place| (place, "here as well"));
        let mut known: BTreeSet<(&str, u32, u32)> = BTreeSet::new();
        let mut related: Vec<DiagnosticRelatedInformation> = Vec::new();
        let all = finding.related.len() + finding.places.len() + 1;
        for (index, (at, note)) in notes.chain(places).enumerate() {
            let is_shown = at.at == shown && self.session.uri(self.tree, &at.path) == self.uri;
            if is_shown || !known.insert((&at.path, at.at.start, at.at.end)) {
                continue;
            }
            let location = self.location(at);
            if related.len() == MOST_RELATED {
                let message = format!("here, and in {} more places", all - index - 1);
                related.push(DiagnosticRelatedInformation { location, message });
                break;
            }
            related.push(DiagnosticRelatedInformation { location, message: plain(note) });
        }
        related
    }

    fn location(&self, at: &Spot) -> Location {
        let uri = self.session.uri(self.tree, &at.path);
        let range = match uri == self.uri {
            true => self.range(at.at),
            false => {
                let (bytes, lines) = text_of(self.session, self.tree, &at.path);
                lines.range(&bytes, at.at, self.session.client.encoding)
            }
        };
        Location { uri: uri.into(), range }
    }

    fn problem(&self, problem: &Problem) -> Diagnostic {
        let at = problem.at.unwrap_or(Span { start: 0, end: 0 });
        self.of(self.range(at), DiagnosticSeverity::Error, POLICY, &problem.message)
    }

    /// That nothing is checked, since there is no policy to go by.
    fn ungoverned(&self) -> Diagnostic {
        let first = self.tree.problems.iter().map(|problem| self.tree.placed(problem)).next();
        let message = format!("not checked: the policy cannot be read: {}", first.unwrap_or_default());
        self.of(Range::default(), DiagnosticSeverity::Error, POLICY, &message)
    }

    fn unread(&self, entry: &Coverage) -> Diagnostic {
        let at = entry.at.unwrap_or(Span { start: 0, end: 0 });
        let why = entry.why.as_deref().unwrap_or("unknown reason");
        let message = format!("it could not be checked whole: {why}");
        self.of(self.range(at), DiagnosticSeverity::Information, UNREAD, &message)
    }
}

/// How bad a finding is, in the editor's words.
fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Critical | Severity::High => DiagnosticSeverity::Error,
        Severity::Medium => DiagnosticSeverity::Warning,
        Severity::Low => DiagnosticSeverity::Information,
        Severity::Info => DiagnosticSeverity::Hint,
    }
}
