//! Checks and answers, with all that the editor said by then.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError};

use lsp_server::Request;
use serde_json::{Value, json};

use super::client::Client;
use super::diagnostics::digest;
use super::documents::Document;
use super::ground::Update;
use super::progress::Progress;
use super::session::Session;
use super::{Desk, answers};
use crate::report::text::plain;
use crate::runtime::Runtime;

/// What the editor said.
#[derive(Debug)]
pub(super) enum Task {
    /// A document reads so.
    Put(String, Document),
    /// A document is not open any more.
    Close(String),
    /// A document was saved.
    Saved(String),
    /// Files on disk changed, or, where it says so, are there or not.
    Disk(Vec<(String, bool)>),
    /// The user wants something else.
    Options(Value),
    /// Other folders are open.
    Folders { added: Vec<PathBuf>, removed: Vec<PathBuf> },
    /// A request.
    Answer(Request),
}

/// Works until the editor is gone.
pub(super) fn work(runtime: &Runtime, client: Client, inbox: &Receiver<Task>, desk: &Desk<'_>) {
    let mut session = Session::new(runtime, client);
    let mut progress = Progress::default();
    let mut asked: VecDeque<Request> = VecDeque::new();
    let mut edited: BTreeSet<String> = BTreeSet::new();
    // Whether something was said that the editor is still to be told about.
    let mut news = true;
    // Whether nothing more will be said.
    let mut last = false;
    loop {
        if !news && asked.is_empty() {
            match inbox.recv() {
                Ok(task) => news |= take(&mut session, &mut asked, &mut edited, task),
                Err(_) => return,
            }
        }
        // First, so that what comes from here on ends what is begun now.
        if !last {
            desk.halt.rest();
        }
        loop {
            match inbox.try_recv() {
                Ok(task) => news |= take(&mut session, &mut asked, &mut edited, task),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    last = true;
                    break;
                }
            }
        }
        if news {
            progress.show(&session, desk);
            let updated = session.update();
            match updated {
                Ok(Update::Halted) if last => return,
                Ok(Update::Halted) => continue,
                Ok(Update::Part | Update::Done) => {}
                Err(ref error) => say(desk, &format!("hallpass cannot check: {error}")),
            }
            session.remember();
            for line in session.news() {
                say(desk, &line);
            }
            tell(&mut session, desk, &std::mem::take(&mut edited));
            if matches!(updated, Ok(Update::Part)) {
                // What is open is known, and the rest is looked at next.
                asked.retain(|request| !answers::now(&session, desk, request));
                continue;
            }
            progress.end(desk);
            news = false;
        }
        while let Some(request) = asked.pop_front() {
            if !desk.wants(&request.id) {
                continue;
            }
            let answer = answers::to(&session, desk, &request);
            if desk.halt.asked() && answers::asks_the_module(&request.method) {
                // It may have been cut short.
                asked.push_front(request);
                break;
            }
            desk.answer(request.id, answer);
        }
        if last {
            return;
        }
    }
}

/// Takes a task up; whether it is more than a request.
fn take(
    session: &mut Session<'_>,
    asked: &mut VecDeque<Request>,
    edited: &mut BTreeSet<String>,
    task: Task,
) -> bool {
    let news = !matches!(task, Task::Answer(_));
    match task {
        Task::Put(uri, document) => {
            session.put(&uri, document);
            edited.insert(uri);
        }
        Task::Close(uri) => session.close(&uri),
        Task::Saved(uri) => session.saved(&uri),
        Task::Disk(files) => session.disk_changed(&files),
        Task::Options(value) => {
            session.configure(&value);
        }
        Task::Folders { added, removed } => session.folders(&added, &removed),
        Task::Answer(request) => asked.push_back(request),
    }
    news
}

/// Says something to the user.
fn say(desk: &Desk<'_>, line: &str) {
    const WARNING: u32 = 2;
    desk.notify("window/showMessage", json!({"type": WARNING, "message": plain(line)}));
}

/// Tells the editor what is new: diagnostics, or that it should ask for them again.
fn tell(session: &mut Session<'_>, desk: &Desk<'_>, edited: &BTreeSet<String>) {
    let mut shows: BTreeSet<String> = session.documents.keys().cloned().collect();
    for tree in session.trees.values() {
        let named = tree.problems.iter().filter(|problem| !problem.path.is_empty());
        shows.extend(named.map(|problem| session.uri(tree, &problem.path)));
    }
    // What was told of other files is taken back.
    let uris: BTreeSet<String> = shows.iter().chain(session.told.keys()).cloned().collect();
    let mut told = BTreeMap::new();
    let mut again = false;
    for uri in uris {
        let document = session.documents.get(&uri);
        let version = document.map(|document| document.version);
        let shown = if shows.contains(&uri) { session.diagnostics(&uri) } else { Vec::new() };
        let open = version.is_some();
        let known = digest(&shown);
        let is_news = match session.told.get(&uri) {
            Some(told) => *told != known,
            None => true,
        };
        let empty = shown.is_empty();
        if is_news && session.client.pulls {
            // The editor asks by itself for what was edited.
            again |= !edited.contains(&uri);
        } else if is_news || (open && edited.contains(&uri)) {
            let mut params = json!({"uri": uri, "diagnostics": shown});
            if let Some(version) = version {
                params["version"] = version.into();
            }
            desk.notify("textDocument/publishDiagnostics", params);
        }
        if open || !empty {
            told.insert(uri, known);
        }
    }
    session.told = told;
    if again && session.client.refreshes {
        desk.ask("hallpass.refresh", "workspace/diagnostic/refresh", Value::Null);
    }
}
