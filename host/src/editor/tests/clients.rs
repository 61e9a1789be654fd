//! Editors as they present themselves: what each said that it can do, recorded from its own `initialize`.

use serde_json::Value;

use super::client::Editor;
use super::folder::{CLEAN, Folder, PATH, WORKFLOW};
use crate::editor::position::{Encoding, Lines};

const CLIENTS: [(&str, &str); 5] = [
    ("Neovim 0.7", include_str!("clients/neovim-0.7.json")),
    ("Neovim 0.10", include_str!("clients/neovim-0.10.json")),
    ("Helix 25.01", include_str!("clients/helix-25.01.json")),
    ("eglot 1.9", include_str!("clients/eglot-1.9.json")),
    ("VS Code", include_str!("clients/vscode.json")),
];

/// The part of a text that a range covers, as an editor of that encoding finds it.
fn covered<'t>(text: &'t str, range: &Value, encoding: Encoding) -> &'t str {
    let range: lsp_types::Range = serde_json::from_value(range.clone()).unwrap();
    let lines = Lines::of(text.as_bytes());
    let at = |place| lines.offset(text.as_bytes(), place, encoding);
    &text[at(range.start)..at(range.end)]
}

/// The text after an edit.
fn applied(text: &str, uri: &str, edit: &Value, encoding: Encoding) -> String {
    let changes = edit["documentChanges"].as_array();
    let of_file = |changes: &Vec<Value>| {
        let change = changes.iter().find(|change| change["textDocument"]["uri"] == uri).unwrap();
        change["edits"].as_array().unwrap().clone()
    };
    let edits = changes.map_or_else(|| edit["changes"][uri].as_array().unwrap().clone(), of_file);
    let [edit] = edits.as_slice() else { panic!("{edits:?}") };
    let range: lsp_types::Range = serde_json::from_value(edit["range"].clone()).unwrap();
    let lines = Lines::of(text.as_bytes());
    let at = |place| lines.offset(text.as_bytes(), place, encoding);
    let (before, after) = (&text[..at(range.start)], &text[at(range.end)..]);
    format!("{before}{}{after}", edit["newText"].as_str().unwrap())
}

/// What is said of a document, by the way that the editor takes it.
fn diagnostics(editor: &mut Editor, uri: &str, pulls: bool) -> Vec<Value> {
    if pulls {
        return editor.pull(uri);
    }
    editor.settle();
    editor.published[uri]["diagnostics"].as_array().unwrap().clone()
}

#[test]
fn each_is_shown_the_same_place_and_given_a_waiver_that_holds() {
    // The fault stands behind characters that each encoding counts otherwise.
    let workflow =
        WORKFLOW.replace("- run: echo", "- { name: é😀, run: echo, env: { ACTIONS_STEP_DEBUG: true } }");
    for (name, recorded) in CLIENTS {
        let recorded: Value = serde_json::from_str(recorded).unwrap();
        let can = recorded["capabilities"].clone();
        let folder = Folder::of(&[]);
        let uri = folder.uri(PATH);
        let mut editor = Editor::new(folder.path(), can.clone());
        let server = editor.server_can["capabilities"].clone();
        // What was not offered is not taken.
        let encoding = match server["positionEncoding"].as_str().unwrap() {
            "utf-8" => Encoding::Utf8,
            "utf-32" => Encoding::Utf32,
            "utf-16" => Encoding::Utf16,
            other => panic!("{name}: {other}"),
        };
        let offered = can["general"]["positionEncodings"].as_array();
        assert!(
            offered.map_or(encoding == Encoding::Utf16, |o| o.contains(&server["positionEncoding"])),
            "{name}"
        );
        let pulls = !can["textDocument"]["diagnostic"].is_null();
        assert_eq!(pulls, !server["diagnosticProvider"].is_null(), "{name}");

        editor.open(&uri, &workflow);
        let found = diagnostics(&mut editor, &uri, pulls);
        let covers: Vec<&str> = found.iter().map(|d| covered(&workflow, &d["range"], encoding)).collect();
        assert_eq!(covers, ["write-all", "true"], "{name}");

        let finding = &found[1];
        let actions = editor.actions(&uri, finding);
        let fix =
            actions.iter().find(|action| action["title"].as_str().unwrap().starts_with("set ")).unwrap();
        let fixed = applied(&workflow, &uri, &fix["edit"], encoding);
        assert_eq!(fixed, workflow.replace("DEBUG: true", "DEBUG: false"), "{name}");
        editor.rewrite(&uri, 2, &fixed);

        let found = diagnostics(&mut editor, &uri, pulls);
        let actions = editor.actions(&uri, &found[0]);
        let waive =
            actions.iter().find(|action| action["title"].as_str().unwrap().starts_with("waive ")).unwrap();
        // Who cannot ask for the edit later has it at once.
        let waive = match &waive["edit"] {
            Value::Null => editor.ask("codeAction/resolve", waive.clone()),
            _ => waive.clone(),
        };
        let waived = applied(&fixed, &uri, &waive["edit"], encoding);
        editor.rewrite(&uri, 3, &waived);
        assert_eq!(diagnostics(&mut editor, &uri, pulls), [] as [Value; 0], "{name}: {waived}");

        let hover = editor.ask(
            "textDocument/hover",
            serde_json::json!({"textDocument": {"uri": uri}, "position": {"line": 1, "character": 30}}),
        );
        let formats = can["textDocument"]["hover"]["contentFormat"].as_array();
        let kind = &hover["contents"]["kind"];
        assert!(formats.is_none_or(|formats| kind.is_null() || formats.contains(kind)), "{name}: {hover}");

        editor.rewrite(&uri, 4, CLEAN);
        editor.close(&uri);
        editor.settle();
        let left = editor.published.get(&uri).map_or(0, |p| p["diagnostics"].as_array().unwrap().len());
        assert_eq!(left, 0, "{name}");
    }
}
