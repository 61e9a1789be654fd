//! `hallpass lsp` over standard input and output, as an editor starts it.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use hallpass_tests::binary::{Binary, Folder};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_hallpass-under-test");
const WORKFLOW: &str = "on: push\npermissions: write-all # é😀\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n";
/// What Neovim 0.7 and 0.10, Helix 25.01 and VS Code say of themselves, as far as it matters here.
const CLIENTS: [&str; 4] = [
    r#"{"textDocument": {"publishDiagnostics": {"relatedInformation": true}, "hover": {"contentFormat": ["markdown", "plaintext"]}}}"#,
    r#"{"general": {"positionEncodings": ["utf-16"]}, "textDocument": {"diagnostic": {"dynamicRegistration": false}}, "workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}}"#,
    r#"{"general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]}, "textDocument": {"publishDiagnostics": {"versionSupport": true}}}"#,
    r#"{"general": {"positionEncodings": ["utf-16"]}, "textDocument": {"diagnostic": {"dynamicRegistration": true, "relatedDocumentSupport": false}}, "workspace": {"diagnostics": {"refreshSupport": true}}, "window": {"workDoneProgress": true}}"#,
];

/// An editor that started the server.
struct Editor {
    server: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    next: i64,
    published: Vec<Value>,
}

impl Editor {
    fn start(folder: &Path, capabilities: &Value) -> (Self, Value) {
        let mut server = Command::new(BINARY)
            .args(["lsp", "--stdio"])
            .current_dir(folder)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let to = server.stdin.take().unwrap();
        let from = BufReader::new(server.stdout.take().unwrap());
        let mut editor = Self { server, to, from, next: 0, published: Vec::new() };
        let can = editor.ask(
            "initialize",
            &json!({
                "processId": 1, "rootUri": uri(folder), "capabilities": capabilities,
                "initializationOptions": {"today": "2026-01-15"},
            }),
        );
        editor.tell("initialized", &json!({}));
        (editor, can)
    }

    fn say(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.to.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.say(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn hear(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the server is gone");
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap();
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.from.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let heard = self.hear();
            match heard["method"].as_str() {
                None if heard["id"] == id => {
                    assert!(heard["error"].is_null(), "{heard}");
                    return heard["result"].clone();
                }
                Some("textDocument/publishDiagnostics") => self.published.push(heard["params"].clone()),
                Some(_) if !heard["id"].is_null() => {
                    self.say(&json!({"jsonrpc": "2.0", "id": heard["id"], "result": null}));
                }
                _ => {}
            }
        }
    }

    /// Ends the session; how the server ended, and what it wrote to standard error.
    fn end(mut self) -> (i32, String) {
        assert_eq!(self.ask("shutdown", &Value::Null), Value::Null);
        self.tell("exit", &Value::Null);
        drop(self.to);
        let output = self.server.wait_with_output().unwrap();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn open(uri: &str, text: &str) -> Value {
    json!({"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}})
}

/// What is found in a document, asked for or sent.
fn found(editor: &mut Editor, can: &Value, uri: &str) -> Vec<Value> {
    let pulls = !can["capabilities"]["diagnosticProvider"].is_null();
    let asked = editor.ask("textDocument/diagnostic", &json!({"textDocument": {"uri": uri}}));
    let sent = editor.published.iter().rev().find(|said| said["uri"] == uri).cloned();
    match sent {
        Some(sent) => {
            assert!(!pulls, "who asks is sent nothing");
            assert_eq!(sent["diagnostics"], asked["items"]);
            sent["diagnostics"].as_array().unwrap().clone()
        }
        None => {
            assert!(pulls, "who does not ask is sent what is found");
            asked["items"].as_array().unwrap().clone()
        }
    }
}

#[test]
fn editors_are_served_as_they_say_they_are() {
    for client in CLIENTS {
        let capabilities: Value = serde_json::from_str(client).unwrap();
        let folder = Folder::new();
        folder.write(".git/HEAD", "");
        let uri = uri(&folder.path().join(".github/workflows/ci.yml"));
        let (mut editor, can) = Editor::start(folder.path(), &capabilities);
        assert_eq!(can["serverInfo"]["name"], "hallpass");
        editor.tell("textDocument/didOpen", &open(&uri, WORKFLOW));
        let found = found(&mut editor, &can, &uri);
        assert_eq!(found.len(), 1, "{client}: {found:?}");
        assert_eq!(found[0]["code"], "scope/admin-grant");
        assert_eq!(
            found[0]["range"],
            json!({"start": {"line": 1, "character": 13}, "end": {"line": 1, "character": 22}})
        );
        // Behind é and an emoji: 7 bytes more than characters, 1 unit more in UTF-16.
        let end = match can["capabilities"]["positionEncoding"].as_str().unwrap() {
            "utf-8" => 31,
            "utf-16" => 28,
            other => panic!("{other}"),
        };
        let at = json!({"line": 1, "character": end});
        editor.tell(
            "textDocument/didChange",
            &json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [
                {"range": {"start": at, "end": at}, "text": " hallpass: allow(scope/admin-grant)"},
                {"range": {"start": {"line": 1, "character": 13}, "end": {"line": 1, "character": 22}}, "text": "{}"},
            ]}),
        );
        editor.published.clear();
        let now = editor.ask("textDocument/diagnostic", &json!({"textDocument": {"uri": uri}}));
        assert!(now["items"].as_array().unwrap().iter().all(|d| d["code"] != "scope/admin-grant"), "{now}");
        let (code, err) = editor.end();
        assert_eq!((code, err.as_str()), (0, ""), "{client}");
    }
}

#[test]
fn what_is_shown_is_what_check_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let vulnerable = root.join("examples/vulnerable");
    let checked =
        Binary::at(BINARY).run(&root, ["check", "--report", "json", "--today", "2026-01-15", "--no-cache"]);
    let checked = checked.json();
    let mut said: Vec<String> = Vec::new();
    for finding in checked["findings"].as_array().unwrap() {
        let path = finding["place"]["path"].as_str().unwrap();
        if path.starts_with("examples/vulnerable") {
            said.push(format!("{path} {}", finding["fingerprint"].as_str().unwrap()));
        }
    }
    let (mut editor, _) = Editor::start(&root, &serde_json::from_str(CLIENTS[3]).unwrap());
    let report = editor.ask("workspace/diagnostic", &json!({"previousResultIds": []}));
    let mut shown: Vec<String> = Vec::new();
    for item in report["items"].as_array().unwrap() {
        let path = item["uri"].as_str().unwrap().strip_prefix(&format!("{}/", uri(&root))).unwrap();
        if path.starts_with("examples/vulnerable") {
            let prints = item["items"].as_array().unwrap().iter();
            shown.extend(
                prints.map(|d| format!("{path} {}", d["data"]["fingerprint"].as_str().unwrap_or_default())),
            );
        }
    }
    assert!(vulnerable.is_dir() && said.len() > 10);
    let missing: Vec<&String> = said.iter().filter(|line| !shown.contains(line)).collect();
    assert!(missing.is_empty(), "{missing:?} are not in {shown:#?}");
    editor.end();
}

#[test]
fn a_broken_connection_repeats_nothing_of_a_document() {
    let folder = Folder::new();
    let (mut editor, _) = Editor::start(folder.path(), &json!({}));
    write!(editor.to, "Content-Length: 30\r\n\r\n{{\"method\": correct-horse-batter").unwrap();
    drop(editor.to);
    let output = editor.server.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("correct") && err.contains("connection"), "{err}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn who_leaves_without_a_word_or_announces_too_much_is_told_apart() {
    let framed = |message: &Value| {
        let text = message.to_string();
        format!("Content-Length: {}\r\n\r\n{text}", text.len())
    };
    let begin =
        framed(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}));
    let ready = framed(&json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"}));
    let exit = framed(&json!({"jsonrpc": "2.0", "method": "exit"}));
    let long = "Content-Length: 9999999999\r\n\r\n{".to_owned();
    for (said, code, why) in [
        (format!("{begin}{ready}{exit}"), 0, ""),
        (format!("{begin}{exit}"), 1, ""),
        (exit.clone(), 1, ""),
        (String::new(), 2, "did not begin with `initialize`"),
        (long.clone(), 2, "a message of 9999999999 bytes"),
        (format!("{begin}{long}"), 2, "a message of 9999999999 bytes"),
    ] {
        let mut server = Command::new(BINARY)
            .arg("lsp")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        server.stdin.take().unwrap().write_all(said.as_bytes()).unwrap();
        let output = server.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}: {err}");
        assert!(err.contains(why) && err.is_empty() == why.is_empty(), "{said}: {err}");
    }
}
