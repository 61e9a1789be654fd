//! An editor, and the folder that it has open.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread::JoinHandle;

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use crate::editor::Farewell;
use crate::editor::address::of_file;

/// The day of all tests.
pub(super) const TODAY: &str = "2026-01-15";

/// An editor that is connected to a server.
pub(super) struct Editor {
    connection: Option<Connection>,
    server: Option<JoinHandle<Farewell>>,
    next: i32,
    /// Answers that came before they were waited for.
    early: Vec<Response>,
    /// What the server published, by address.
    pub(super) published: BTreeMap<String, Value>,
    /// What it said to the user.
    pub(super) said: Vec<String>,
    /// How often it told to ask for diagnostics again.
    pub(super) refreshed: usize,
    /// What it said of how far it is.
    pub(super) progress: Vec<Value>,
    /// What it asked for, by method.
    pub(super) asked: Vec<(String, Value)>,
    /// What the user set: told when the server asks.
    pub(super) settings: Value,
    /// How often it published something of each address.
    pub(super) publishings: BTreeMap<String, usize>,
    /// What it answered to `initialize`.
    pub(super) server_can: Value,
}

/// What an editor can do that asks for diagnostics.
pub(super) fn modern() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "textDocument": {
            "diagnostic": {"relatedInformation": true, "tagSupport": {"valueSet": [1, 2]}, "codeDescriptionSupport": true},
            "hover": {"contentFormat": ["markdown", "plaintext"]},
            "codeAction": {
                "dataSupport": true, "isPreferredSupport": true, "resolveSupport": {"properties": ["edit"]},
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}},
            },
        },
        "workspace": {
            "diagnostics": {"refreshSupport": true},
            "workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]},
        },
    })
}

/// What an old editor can do: it is sent diagnostics, and knows no versions.
pub(super) fn old() -> Value {
    json!({"textDocument": {
        "publishDiagnostics": {"relatedInformation": true},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
    }})
}

impl Editor {
    /// Opens a folder.
    pub(super) fn new(folder: &Path, capabilities: Value) -> Self {
        Self::with(&[folder], capabilities, json!({}))
    }

    /// Opens folders, with options.
    pub(super) fn with(folders: &[&Path], capabilities: Value, mut options: Value) -> Self {
        options["today"] = TODAY.into();
        Self::wishing(folders, capabilities, options, Value::Null)
    }

    /// Opens folders, with the settings that it tells when it is asked.
    pub(super) fn wishing(folders: &[&Path], capabilities: Value, options: Value, settings: Value) -> Self {
        let (ours, theirs) = Connection::memory();
        let server = std::thread::spawn(move || crate::editor::serve(theirs).unwrap());
        let folders: Vec<Value> = folders.iter().map(|f| json!({"uri": of_file(f), "name": "x"})).collect();
        let mut editor = Self {
            connection: Some(ours),
            server: Some(server),
            next: 0,
            early: Vec::new(),
            published: BTreeMap::new(),
            said: Vec::new(),
            refreshed: 0,
            progress: Vec::new(),
            asked: Vec::new(),
            settings,
            publishings: BTreeMap::new(),
            server_can: Value::Null,
        };
        editor.server_can = editor.ask(
            "initialize",
            json!({
                "processId": null, "rootUri": null, "workspaceFolders": folders,
                "capabilities": capabilities, "initializationOptions": options,
            }),
        );
        editor.tell("initialized", json!({}));
        editor
    }

    fn connection(&self) -> &Connection {
        self.connection.as_ref().unwrap()
    }

    pub(super) fn send(&mut self, method: &str, params: Value) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        let request = Request { id: id.clone(), method: method.to_owned(), params };
        self.connection().sender.send(Message::Request(request)).unwrap();
        id
    }

    pub(super) fn tell(&mut self, method: &str, params: Value) {
        let said = Notification { method: method.to_owned(), params };
        self.connection().sender.send(Message::Notification(said)).unwrap();
    }

    /// The answer to a request; what comes before it is kept.
    pub(super) fn answer(&mut self, id: &RequestId) -> Response {
        if let Some(at) = self.early.iter().position(|answer| answer.id == *id) {
            return self.early.remove(at);
        }
        loop {
            let message = self.connection().receiver.recv().unwrap();
            match message {
                Message::Response(response) if response.id == *id => return response,
                Message::Response(other) => {
                    assert!(!self.early.iter().any(|answer| answer.id == other.id), "answered twice");
                    self.early.push(other);
                }
                Message::Request(request) => {
                    self.refreshed += usize::from(request.method == "workspace/diagnostic/refresh");
                    let answer = match request.method.as_str() {
                        "workspace/configuration" => json!([self.settings]),
                        _ => Value::Null,
                    };
                    self.asked.push((request.method, request.params));
                    let answer = Response::new_ok(request.id, answer);
                    self.connection().sender.send(Message::Response(answer)).unwrap();
                }
                Message::Notification(said) => match said.method.as_str() {
                    "textDocument/publishDiagnostics" => {
                        let uri = said.params["uri"].as_str().unwrap().to_owned();
                        *self.publishings.entry(uri.clone()).or_default() += 1;
                        self.published.insert(uri, said.params);
                    }
                    "window/showMessage" => {
                        self.said.push(said.params["message"].as_str().unwrap().to_owned());
                    }
                    "$/progress" => self.progress.push(said.params),
                    other => panic!("{other}"),
                },
            }
        }
    }

    pub(super) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        let answer = self.answer(&id);
        answer.response_result.unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    /// Waits until everything that was said is done: whoever asks is answered last.
    pub(super) fn settle(&mut self) {
        let hover =
            json!({"textDocument": {"uri": "file:///nowhere"}, "position": {"line": 0, "character": 0}});
        self.ask("textDocument/hover", hover);
    }

    pub(super) fn open(&mut self, uri: &str, text: &str) {
        self.open_as(uri, "yaml", text);
    }

    pub(super) fn open_as(&mut self, uri: &str, language: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replaces the whole text.
    pub(super) fn rewrite(&mut self, uri: &str, version: i32, text: &str) {
        self.tell(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}),
        );
    }

    pub(super) fn close(&mut self, uri: &str) {
        self.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    /// What is said of a document, once all is known.
    pub(super) fn pull(&mut self, uri: &str) -> Vec<Value> {
        self.settle();
        let report = self.ask("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
        assert_eq!(report["kind"], "full");
        report["items"].as_array().unwrap().clone()
    }

    /// The rules that were said something by, with the first line: `rule line`.
    pub(super) fn rules(&mut self, uri: &str) -> Vec<String> {
        summed(&self.pull(uri))
    }

    pub(super) fn actions(&mut self, uri: &str, about: &Value) -> Vec<Value> {
        let actions = self.ask(
            "textDocument/codeAction",
            json!({"textDocument": {"uri": uri}, "range": about["range"], "context": {"diagnostics": [about]}}),
        );
        actions.as_array().unwrap().clone()
    }

    pub(super) fn hover(&mut self, uri: &str, line: u32, character: u32) -> String {
        let at = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}});
        let hover = self.ask("textDocument/hover", at);
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }
}

impl Editor {
    /// Says `exit` and nothing else; how the server took it.
    pub(super) fn leave(mut self) -> Farewell {
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        if std::thread::panicking() || self.server.is_none() {
            return;
        }
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        assert!(self.early.is_empty(), "answers that nobody waits for: {:?}", self.early);
        self.tell("exit", Value::Null);
        assert_eq!(self.server.take().unwrap().join().unwrap(), Farewell::Proper);
    }
}

/// `rule line` of each.
pub(super) fn summed(diagnostics: &[Value]) -> Vec<String> {
    let line = |d: &Value| format!("{} {}", d["code"].as_str().unwrap(), d["range"]["start"]["line"]);
    diagnostics.iter().map(line).collect()
}

/// The text after an edit of an action, of one file.
pub(super) fn applied(text: &str, uri: &str, edit: &Value) -> String {
    use lsp_types::TextEdit;

    use crate::editor::position::{Encoding, Lines};
    let edits = match edit["documentChanges"].as_array() {
        Some(changes) => {
            let of_file = changes.iter().find(|change| change["textDocument"]["uri"] == uri).unwrap();
            of_file["edits"].clone()
        }
        None => edit["changes"][uri].clone(),
    };
    let mut edits: Vec<TextEdit> = serde_json::from_value(edits).unwrap();
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.range.start.line, edit.range.start.character)));
    let lines = Lines::of(text.as_bytes());
    let mut out = text.to_owned();
    for edit in edits {
        let at = |place| lines.offset(text.as_bytes(), place, Encoding::Utf16);
        out.replace_range(at(edit.range.start)..at(edit.range.end), &edit.new_text);
    }
    out
}
