//! Answers to requests. What is known is true by then: whoever asks waits until it is.

use std::collections::{BTreeMap, BTreeSet};

use lsp_server::Request;
use lsp_types::{
    DocumentDiagnosticParams, ExecuteCommandParams, FullDocumentDiagnosticReport, Position,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    TextDocumentPositionParams, UnchangedDocumentDiagnosticReport, WorkspaceDiagnosticParams,
    WorkspaceDiagnosticReport, WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::capabilities::EXPLAIN;
use super::diagnostics::digest;
use super::ground::Ground;
use super::session::Session;
use super::tree::OpenTree;
use super::{Desk, Refusal, UNKNOWN, UNREADABLE, actions, completion, hover, read};

/// Whether the module has a say in the answer: then a newer text ends it.
pub(super) fn asks_the_module(method: &str) -> bool {
    !matches!(method, "textDocument/diagnostic" | "workspace/diagnostic" | "shutdown")
}

/// Answers a request for the diagnostics of an open document, while the rest of its tree is still to be looked at. Whether it was
/// one.
pub(super) fn now(session: &Session<'_>, desk: &Desk<'_>, request: &Request) -> bool {
    if request.method != "textDocument/diagnostic" {
        return false;
    }
    let params: Option<DocumentDiagnosticParams> = read(request.params.clone());
    let open = params.filter(|params| session.documents.contains_key(params.text_document.uri.as_ref()));
    match open {
        Some(params) => desk.answer(request.id.clone(), written(diagnostics(session, &params))),
        None => return false,
    }
    true
}

/// The answer to a request.
pub(super) fn to(session: &Session<'_>, desk: &Desk<'_>, request: &Request) -> Result<Value, Refusal> {
    let params = request.params.clone();
    match request.method.as_str() {
        // Answered in its turn: what was asked before is answered.
        "shutdown" => Ok(Value::Null),
        "textDocument/diagnostic" => written(diagnostics(session, &read(params).ok_or(UNREADABLE)?)),
        "workspace/diagnostic" => written(everywhere(session, desk, &read(params).ok_or(UNREADABLE)?)),
        "textDocument/hover" => {
            let (place, offset) = place(session, read(params).ok_or(UNREADABLE)?);
            written(hover::at(session, &place, offset))
        }
        "textDocument/completion" => {
            let (place, offset) = place(session, read(params).ok_or(UNREADABLE)?);
            written(completion::at(session, &place, offset))
        }
        "textDocument/codeAction" => written(actions::of(session, &read(params).ok_or(UNREADABLE)?)),
        "codeAction/resolve" => written(actions::resolved(session, read(params).ok_or(UNREADABLE)?)),
        "workspace/executeCommand" => command(session, desk, &read(params).ok_or(UNREADABLE)?),
        _ => Err(UNKNOWN),
    }
}

fn written(answer: impl Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(answer).map_err(|_| UNREADABLE)
}

/// The document and the byte that a request is about.
fn place(session: &Session<'_>, params: TextDocumentPositionParams) -> (String, usize) {
    let uri = params.text_document.uri.to_string();
    let offset = offset(session, &uri, params.position);
    (uri, offset)
}

/// The byte at a place of an open document.
pub(super) fn offset(session: &Session<'_>, uri: &str, at: Position) -> usize {
    let document = session.documents.get(uri);
    document.map_or(0, |open| open.lines.offset(&open.text, at, session.client.encoding))
}

fn diagnostics(session: &Session<'_>, params: &DocumentDiagnosticParams) -> Value {
    let items = session.diagnostics(params.text_document.uri.as_ref());
    let id = digest(&items);
    if params.previous_result_id.as_ref() == Some(&id) {
        let same = UnchangedDocumentDiagnosticReport { result_id: id };
        let report = RelatedUnchangedDocumentDiagnosticReport {
            unchanged_document_diagnostic_report: same,
            ..RelatedUnchangedDocumentDiagnosticReport::default()
        };
        return kinded("unchanged", report);
    }
    let report = RelatedFullDocumentDiagnosticReport {
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(id), items },
        ..RelatedFullDocumentDiagnosticReport::default()
    };
    kinded("full", report)
}

/// A report with the word for what it is.
fn kinded(kind: &str, report: impl Serialize) -> Value {
    let mut value = serde_json::to_value(report).unwrap_or_default();
    value["kind"] = kind.into();
    value
}

/// What is found in all folders, open or not.
fn everywhere(
    session: &Session<'_>,
    desk: &Desk<'_>,
    params: &WorkspaceDiagnosticParams,
) -> WorkspaceDiagnosticReport {
    let token = params.work_done_progress_params.work_done_token.as_ref();
    let progress = |value: Value| {
        if let Some(token) = token {
            desk.notify("$/progress", json!({"token": token, "value": value}));
        }
    };
    progress(json!({"kind": "begin", "title": "hallpass", "percentage": 0}));
    let mut known: BTreeMap<String, &str> =
        params.previous_result_ids.iter().map(|id| (id.uri.to_string(), id.value.as_str())).collect();
    let folders: Vec<&OpenTree<'_>> =
        session.trees.values().filter(|tree| matches!(tree.ground, Ground::Folder { .. })).collect();
    let mut items = Vec::new();
    for (index, tree) in folders.iter().enumerate() {
        for name in named(tree) {
            let uri = session.uri(tree, name);
            let before = known.remove(&uri);
            items.push(report(session, uri, before));
        }
        let percent = (index + 1) * 100 / folders.len();
        progress(json!({"kind": "report", "message": tree.root().to_string_lossy(), "percentage": percent}));
    }
    // What there was once is told to be gone.
    items.extend(known.into_iter().map(|(uri, before)| report(session, uri, Some(before))));
    progress(json!({"kind": "end"}));
    WorkspaceDiagnosticReport { items }
}

/// Files of which there is something to say.
fn named<'t>(tree: &'t OpenTree<'_>) -> BTreeSet<&'t str> {
    let outcome = tree.outcome.iter();
    let places = outcome.flat_map(|o| &o.findings).flat_map(|f| std::iter::once(&f.at).chain(&f.places));
    let problems = tree.problems.iter().map(|problem| problem.path.as_str()).filter(|path| !path.is_empty());
    places.map(|place| place.path.as_str()).chain(problems).collect()
}

fn report(session: &Session<'_>, uri: String, before: Option<&str>) -> WorkspaceDocumentDiagnosticReport {
    let items = session.diagnostics(&uri);
    let version = session.documents.get(&uri).map(|document| document.version);
    let id = digest(&items);
    if before == Some(id.as_str()) {
        let same = UnchangedDocumentDiagnosticReport { result_id: id };
        return WorkspaceUnchangedDocumentDiagnosticReport {
            uri: uri.into(),
            version,
            unchanged_document_diagnostic_report: same,
        }
        .into();
    }
    WorkspaceFullDocumentDiagnosticReport {
        uri: uri.into(),
        version,
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(id), items },
    }
    .into()
}

/// Runs a command: the page of a rule, shown and returned.
fn command(session: &Session<'_>, desk: &Desk<'_>, params: &ExecuteCommandParams) -> Result<Value, Refusal> {
    if params.command != EXPLAIN {
        return Err(UNKNOWN);
    }
    const INFORMATION: u32 = 3;
    let rule = params.arguments.iter().flatten().next().and_then(Value::as_str).ok_or(UNREADABLE)?;
    let page = session.trees.values().find_map(|tree| hover::page(tree.description()?, rule));
    let shown = page.clone().unwrap_or_else(|| format!("there is no rule `{rule}` here"));
    desk.notify("window/showMessage", json!({"type": INFORMATION, "message": shown}));
    written(json!({"rule": rule, "page": page}))
}
