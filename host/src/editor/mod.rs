//! The language server: what `hallpass check` says, while it is typed.
//!
//! One thread reads what the editor says and keeps the documents; another checks and answers, always with all that was said
//! by then, so that a newer text ends what is done for an older one. A request that was cancelled is answered once.
//!
//! Invariant: nothing is judged here. Open documents stand in for files in the same trees that `check` reads, and go to the
//! same module; what it says is shown. No text of a document goes to a log.

mod actions;
mod address;
mod answers;
mod capabilities;
mod client;
mod completion;
mod diagnostics;
mod documents;
mod edits;
mod ground;
mod hover;
mod options;
mod position;
mod progress;
mod registering;
mod schema;
mod session;
mod stale;
mod stream;
#[cfg(test)]
mod tests;
mod tree;
mod waiving;
mod words;
mod worker;

use std::collections::HashSet;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use client::Client;
use documents::Documents;
use position::Encoding;
use worker::Task;

use crate::runtime::{Halt, Runtime};

pub(crate) use stream::standard;

/// The way to the editor, and the requests that it still waits for.
struct Desk<'c> {
    connection: &'c Connection,
    waiting: Mutex<HashSet<RequestId>>,
    halt: Halt,
}

impl Desk<'_> {
    fn waiting(&self) -> MutexGuard<'_, HashSet<RequestId>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, message: impl Into<Message>) {
        // Where the editor is gone there is nobody to tell; the thread that reads ends.
        let _ = self.connection.sender.send(message.into());
    }

    fn notify(&self, method: &str, params: Value) {
        self.send(Notification { method: method.to_owned(), params });
    }

    /// Asks the editor for something of which the answer says nothing.
    fn ask(&self, id: &str, method: &str, params: Value) {
        self.send(Request { id: id.to_owned().into(), method: method.to_owned(), params });
    }

    /// Whether the editor still waits for an answer.
    fn wants(&self, id: &RequestId) -> bool {
        self.waiting().contains(id)
    }

    /// Answers a request, if nobody did.
    fn answer(&self, id: RequestId, answer: Result<Value, Refusal>) {
        if self.waiting().remove(&id) {
            self.send(match answer {
                Ok(value) => Response::new_ok(id, value),
                Err(refusal) => Response::new_err(id, refusal.code as i32, refusal.why.to_owned()),
            });
        }
    }
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    code: ErrorCode,
    why: &'static str,
}

const CANCELLED: Refusal = Refusal { code: ErrorCode::RequestCanceled, why: "cancelled" };
const ENDING: Refusal = Refusal { code: ErrorCode::InvalidRequest, why: "the server was told to end" };
const UNREADABLE: Refusal = Refusal { code: ErrorCode::InvalidParams, why: "the parameters cannot be read" };
const EARLY: Refusal =
    Refusal { code: ErrorCode::ServerNotInitialized, why: "the session begins with `initialize`" };
const UNKNOWN: Refusal = Refusal { code: ErrorCode::MethodNotFound, why: "there is no such method" };

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// The editor told the server to get ready for it, or went away.
    Proper,
    /// It said `exit` without that.
    Sudden,
    /// It went away before it began.
    Early,
}

/// Serves one editor, until it says that this is the end.
///
/// # Errors
/// The rule module does not run here.
#[allow(clippy::needless_pass_by_value)] // That it is gone tells the thread that writes to end.
pub fn serve(connection: Connection) -> Result<Farewell> {
    let (id, said) = match begun(&connection) {
        Ok(begun) => begun,
        Err(farewell) => return Ok(farewell),
    };
    let client = Client::read(&said);
    let runtime = Runtime::embedded()?;
    let desk = Desk { connection: &connection, waiting: Mutex::default(), halt: runtime.halt() };
    desk.send(Response::new_ok(id, capabilities::answer(&client)));
    Ok(std::thread::scope(|scope| {
        let (tasks, inbox) = channel();
        let reader = Reader {
            desk: &desk,
            tasks,
            documents: Documents::default(),
            encoding: client.encoding,
            watches: client.watches,
            asks_settings: client.tells_settings && !client.has_options,
            tells_settings: client.tells_settings,
            tells_changes: client.tells_changes,
        };
        let (runtime, desk) = (&runtime, &desk);
        scope.spawn(move || worker::work(runtime, client, &inbox, desk));
        reader.read()
    }))
}

/// The request that a session begins with; how it ended where none came.
fn begun(connection: &Connection) -> Result<(RequestId, Value), Farewell> {
    for message in &connection.receiver {
        match message {
            Message::Request(request) if request.method == "initialize" => {
                return Ok((request.id, request.params));
            }
            Message::Request(request) => {
                let refused = Response::new_err(request.id, EARLY.code as i32, EARLY.why.to_owned());
                let _ = connection.sender.send(refused.into());
            }
            Message::Notification(said) if said.method == "exit" => return Err(Farewell::Sudden),
            Message::Notification(_) | Message::Response(_) => {}
        }
    }
    Err(Farewell::Early)
}

/// Which answer tells the settings.
const SETTINGS: &str = "hallpass.settings";

/// Reads what the editor says.
struct Reader<'d, 'c> {
    desk: &'d Desk<'c>,
    tasks: Sender<Task>,
    documents: Documents,
    encoding: Encoding,
    watches: bool,
    /// It is asked for the settings when the session begins.
    asks_settings: bool,
    tells_settings: bool,
    tells_changes: bool,
}

impl Reader<'_, '_> {
    /// Reads to the end.
    fn read(mut self) -> Farewell {
        let mut ending = false;
        let mut farewell = Farewell::Proper;
        for message in &self.desk.connection.receiver {
            match message {
                Message::Request(request) => {
                    let known = !self.desk.waiting().insert(request.id.clone());
                    if known {
                        continue;
                    }
                    if ending {
                        self.desk.answer(request.id, Err(ENDING));
                    } else {
                        ending = request.method == "shutdown";
                        let _ = self.hand_over(Task::Answer(request));
                    }
                }
                Message::Notification(said) if said.method == "exit" => {
                    farewell = if ending { Farewell::Proper } else { Farewell::Sudden };
                    break;
                }
                Message::Notification(said) => self.heard(said),
                Message::Response(answer) => self.answered(answer),
            }
        }
        if !ending {
            // The editor is gone: what is still at work is wanted by nobody.
            self.desk.halt.ask();
        }
        farewell
    }

    /// A request that was sent before is not out of date with it.
    fn hand_over(&self, task: Task) -> Option<()> {
        let halts = !matches!(task, Task::Answer(_));
        // The thread that works ends with this one.
        let _ = self.tasks.send(task);
        if halts {
            self.desk.halt.ask();
        }
        Some(())
    }

    fn heard(&mut self, said: Notification) {
        // What cannot be read is as if it was not said.
        let _ = match said.method.as_str() {
            "initialized" => self.begun(),
            "textDocument/didOpen" => self.opened(said.params),
            "textDocument/didChange" => self.changed(said.params),
            "textDocument/didClose" => self.closed(said.params),
            "textDocument/didSave" => self.saved(said.params),
            "workspace/didChangeWatchedFiles" => self.on_disk(said.params),
            "workspace/didChangeConfiguration" => self.settings(said.params.get("settings")),
            "workspace/didChangeWorkspaceFolders" => self.folders(said.params),
            "$/cancelRequest" => self.cancelled(&said.params),
            _ => None,
        };
    }

    fn begun(&self) -> Option<()> {
        let watching = self.watches.then(capabilities::watching);
        let settings = (self.asks_settings && self.tells_changes).then(capabilities::settings);
        let wanted: Vec<_> = watching.into_iter().chain(settings).collect();
        if !wanted.is_empty() {
            let registrations = json!({"registrations": wanted});
            self.desk.ask("hallpass.watch", "client/registerCapability", registrations);
        }
        if self.asks_settings {
            self.ask_settings();
        }
        None
    }

    fn ask_settings(&self) {
        let wanted = json!({"items": [{"section": capabilities::SOURCE}]});
        self.desk.ask(SETTINGS, "workspace/configuration", wanted);
    }

    /// Other settings, or that they are others.
    fn settings(&self, settings: Option<&Value>) -> Option<()> {
        match settings.filter(|settings| !settings.is_null()) {
            Some(settings) => self.hand_over(Task::Options(settings.clone())),
            None if self.tells_settings => {
                self.ask_settings();
                None
            }
            None => None,
        }
    }

    /// The editor answered what it was asked.
    fn answered(&self, answer: Response) {
        if answer.id == RequestId::from(SETTINGS.to_owned())
            && let Ok(Value::Array(sections)) = answer.response_result
            && let Some(section) = sections.into_iter().next().filter(|section| !section.is_null())
        {
            // As in all settings.
            let _ = self.hand_over(Task::Options(json!({"hallpass": section})));
        }
    }

    fn opened(&mut self, params: Value) -> Option<()> {
        let opened: lsp_types::DidOpenTextDocumentParams = read(params)?;
        let item = opened.text_document;
        let uri = item.uri.to_string();
        self.documents.open(&uri, item.version, item.language_id.to_string(), item.text);
        self.put(uri)
    }

    fn changed(&mut self, params: Value) -> Option<()> {
        let changed: lsp_types::DidChangeTextDocumentParams = read(params)?;
        let uri = changed.text_document.text_document_identifier.uri.to_string();
        let version = changed.text_document.version;
        let is_other = self.documents.change(&uri, version, changed.content_changes, self.encoding);
        is_other.then(|| self.put(uri)).flatten()
    }

    fn put(&self, uri: String) -> Option<()> {
        let document = self.documents.get(&uri)?.clone();
        self.hand_over(Task::Put(uri, document))
    }

    fn closed(&mut self, params: Value) -> Option<()> {
        let closed: lsp_types::DidCloseTextDocumentParams = read(params)?;
        let uri = closed.text_document.uri.to_string();
        self.documents.close(&uri).then(|| self.hand_over(Task::Close(uri))).flatten()
    }

    fn saved(&self, params: Value) -> Option<()> {
        let saved: lsp_types::DidSaveTextDocumentParams = read(params)?;
        self.hand_over(Task::Saved(saved.text_document.uri.to_string()))
    }

    fn on_disk(&self, params: Value) -> Option<()> {
        let said: lsp_types::DidChangeWatchedFilesParams = read(params)?;
        let changed = lsp_types::FileChangeType::Changed;
        let files = said.changes.into_iter().map(|event| (event.uri.to_string(), event.kind != changed));
        self.hand_over(Task::Disk(files.collect()))
    }

    fn folders(&self, params: Value) -> Option<()> {
        let said: lsp_types::DidChangeWorkspaceFoldersParams = read(params)?;
        let paths = |folders: Vec<lsp_types::WorkspaceFolder>| {
            let path = |folder: lsp_types::WorkspaceFolder| match address::Address::read(folder.uri.as_ref())?
            {
                address::Address::File(path) => Some(path),
                _ => None,
            };
            folders.into_iter().filter_map(path).collect()
        };
        self.hand_over(Task::Folders { added: paths(said.event.added), removed: paths(said.event.removed) })
    }

    fn cancelled(&self, params: &Value) -> Option<()> {
        let id: RequestId = serde_json::from_value(params.get("id")?.clone()).ok()?;
        self.desk.answer(id, Err(CANCELLED));
        None
    }
}

/// Parameters in the protocol's types; `None` if they are others.
fn read<T: DeserializeOwned>(params: Value) -> Option<T> {
    serde_json::from_value(params).ok()
}
