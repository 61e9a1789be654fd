//! What editors do wrong, and what files do on purpose.

use lsp_server::ErrorCode;
use serde_json::{Value, json};

use super::client::{Editor, modern, old, summed};
use super::folder::{CLEAN, Folder, PATH, WORKFLOW};

#[test]
fn a_thousand_edits_come_to_what_the_last_text_comes_to() {
    let folder = Folder::of(&[]);
    let uri = folder.uri(PATH);
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&uri, "");
    // Typed, one character after the other, and over again from a place in the middle.
    let mut typed: Vec<char> = Vec::new();
    let mut version = 1;
    let mut asked = Vec::new();
    let text: Vec<char> = WORKFLOW.chars().collect();
    let mut position = (0_u32, 0_u32);
    let mut round = 0;
    while version < 1_001 {
        if typed.len() == text.len() {
            typed.clear();
            position = (0, 0);
            round += 1;
            version += 1;
            editor.rewrite(&uri, version, "");
        }
        let c = text[typed.len()];
        version += 1;
        let at = json!({"line": position.0, "character": position.1});
        editor.tell(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [
                {"range": {"start": at, "end": at}, "text": c.to_string()},
            ]}),
        );
        typed.push(c);
        position =
            if c == '\n' { (position.0 + 1, 0) } else { (position.0, position.1 + c.len_utf16() as u32) };
        if version % 97 == 0 {
            asked.push(editor.send("textDocument/diagnostic", json!({"textDocument": {"uri": uri}})));
        }
    }
    assert!(round > 3);
    for id in asked {
        assert_eq!(editor.answer(&id).response_result.unwrap()["kind"], "full");
    }
    let last: String = typed.into_iter().collect();
    let now = editor.pull(&uri);
    let other = Folder::of(&[]);
    let mut fresh = Editor::new(other.path(), modern());
    fresh.open(&other.uri(PATH), &last);
    let fresh = fresh.pull(&other.uri(PATH));
    let not_stale: Vec<Value> = now.into_iter().filter(|d| d["data"]["stale"] != true).collect();
    assert_eq!(summed(&not_stale), summed(&fresh));
    editor.rewrite(&uri, version + 1, WORKFLOW);
    assert_eq!(editor.rules(&uri), ["scope/admin-grant 1"]);
}

#[test]
fn a_request_is_answered_once_cancelled_or_not() {
    let folder = Folder::of(&[]);
    let uri = folder.uri(PATH);
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&uri, WORKFLOW);
    let ids: Vec<_> = (0..20)
        .map(|_| editor.send("textDocument/diagnostic", json!({"textDocument": {"uri": uri}})))
        .collect();
    for id in ids.iter().rev() {
        editor.tell("$/cancelRequest", json!({"id": id}));
    }
    editor.tell("$/cancelRequest", json!({"id": 99_999}));
    for id in &ids {
        match editor.answer(id).response_result {
            Ok(report) => assert_eq!(report["kind"], "full"),
            Err(error) => assert_eq!(error.code, ErrorCode::RequestCanceled as i32),
        }
    }
    assert!(!editor.rules(&uri).is_empty());
}

#[test]
fn what_is_said_out_of_order_or_wrongly_changes_nothing() {
    let folder = Folder::of(&[]);
    let uri = folder.uri(PATH);
    let mut editor = Editor::new(folder.path(), old());
    editor.open(&uri, WORKFLOW);
    editor.rewrite(&uri, 5, CLEAN);
    editor.rewrite(&uri, 4, WORKFLOW);
    editor.rewrite("file:///never/opened.yml", 4, WORKFLOW);
    editor.close("file:///never/opened.yml");
    editor.tell("textDocument/didChange", json!({"textDocument": 7}));
    editor.tell("textDocument/didOpen", json!({}));
    editor.tell("nothing/known", json!(null));
    editor.settle();
    assert_eq!(
        (&editor.published[&uri]["version"], &editor.published[&uri]["diagnostics"]),
        (&json!(5), &json!([]))
    );
    for (method, params, code) in [
        ("textDocument/hover", json!({"textDocument": "x"}), ErrorCode::InvalidParams),
        ("textDocument/definition", json!({}), ErrorCode::MethodNotFound),
        ("workspace/executeCommand", json!({"command": "rm"}), ErrorCode::MethodNotFound),
    ] {
        let id = editor.send(method, params);
        assert_eq!(editor.answer(&id).response_result.unwrap_err().code, code as i32, "{method}");
    }
    let nowhere = json!({
        "textDocument": {"uri": uri}, "range": {"start": {"line": 999, "character": 4}, "end": {"line": 9999, "character": 1}},
        "context": {"diagnostics": []},
    });
    assert!(editor.ask("textDocument/codeAction", nowhere).is_array());
}

#[test]
fn a_large_document_does_not_hold_up_what_is_typed_next() {
    let folder = Folder::of(&[]);
    let uri = folder.uri(PATH);
    let large = format!("{WORKFLOW}{}", "# nothing is said here, at some length\n".repeat(260_000));
    assert!(large.len() > 10_000_000);
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&uri, &large);
    for version in 2..6 {
        let at = json!({"line": 1, "character": 22});
        editor.tell(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [
                {"range": {"start": at, "end": at}, "text": " "},
            ]}),
        );
    }
    assert_eq!(editor.rules(&uri), ["scope/admin-grant 1"]);
    editor.rewrite(&uri, 9, CLEAN);
    assert!(editor.rules(&uri).is_empty());
}

#[test]
fn no_secret_is_in_anything_that_is_said() {
    let folder = Folder::of(&[]);
    let [uri, other] = [".gitlab-ci.yml", "deploy.sh"].map(|path| folder.uri(path));
    // No token of anybody: the shape of one, put together here.
    let secret = format!("ghp_{}", "9aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW0xYzA2");
    let text = format!(
        "deploy:\n  variables:\n    DEPLOY_PASSWORD: \"{secret}\"\n  script:\n    - ./deploy.sh # {secret}\n"
    );
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&uri, &text);
    editor.open_as(&other, "shellscript", &format!("#!/bin/sh\ncurl -H 'x: {secret}' https://a.example\n"));
    let mut said = Vec::new();
    for uri in [&uri, &other] {
        let found = editor.pull(uri);
        assert!(!found.is_empty(), "{uri}");
        for finding in &found {
            let line = u32::try_from(finding["range"]["start"]["line"].as_u64().unwrap()).unwrap();
            let character = u32::try_from(finding["range"]["start"]["character"].as_u64().unwrap()).unwrap();
            said.push(editor.hover(uri, line, character));
            let titles = editor.actions(uri, finding);
            said.extend(titles.iter().map(|action| action["title"].to_string()));
        }
        said.extend(found.iter().map(Value::to_string));
    }
    said.append(&mut editor.said.clone());
    for line in said {
        assert!(!line.contains(&secret[8..]), "{line}");
    }
}

#[test]
fn modules_of_a_tree_wait_until_it_is_trusted() {
    let digest = "0".repeat(64);
    let policy = format!("[[plugin]]\npath = \"tools/p.wasm\"\nsha256 = \"{digest}\"\n");
    let folder = Folder::of(&[("hallpass.toml", &policy), ("tools/p.wasm", "no module")]);
    let uri = folder.uri(PATH);
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&uri, WORKFLOW);
    assert!(!editor.rules(&uri).is_empty());
    assert!(editor.said.iter().any(|line| line.contains("trusted")), "{:?}", editor.said);
    // Trusted, it is looked at, and is another than the policy admits.
    editor.tell("workspace/didChangeConfiguration", json!({"settings": {"hallpass": {"trusted": true}}}));
    assert!(!editor.rules(&uri).is_empty());
    assert!(editor.said.iter().any(|line| line.contains("its digest is")), "{:?}", editor.said);
}

#[test]
fn a_finding_of_thousands_of_places_is_shown_at_each_and_holds_nothing_up() {
    let folder = Folder::of(&[]);
    let uri = folder.uri("Dockerfile");
    let many: String =
        (0..3_000).map(|at| format!("ARG A{at}=x{at}\nENV DB_PASSWORD{at}=$A{at}\n")).collect();
    let text = format!("FROM alpine:3\n{many}");
    let mut editor = Editor::new(folder.path(), modern());
    editor.open_as(&uri, "dockerfile", &text);
    let found = editor.pull(&uri);
    let most = found.iter().map(|d| d["relatedInformation"].as_array().map_or(0, Vec::len)).max();
    assert!(most.unwrap() <= 51, "{most:?}");
    for told in found.iter().filter_map(|d| d["relatedInformation"].as_array()).filter(|r| r.len() > 50) {
        let last = told.last().unwrap()["message"].as_str().unwrap();
        assert!(last.starts_with("here, and in ") && last.ends_with(" more places"), "{last}");
    }
    for version in 2..6 {
        editor.rewrite(&uri, version, &format!("{text}# {version}\n"));
        assert_eq!(editor.pull(&uri).len(), found.len());
    }
}
