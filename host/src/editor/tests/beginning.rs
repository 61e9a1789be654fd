//! How a session begins and ends: what is told first, what is asked for, and what is told of settings.

use lsp_server::{Connection, Message, Notification, Request};
use serde_json::{Value, json};

use super::client::{Editor, TODAY, modern, old, summed};
use super::folder::{CLEAN, Folder, PATH, WORKFLOW};
use crate::editor::Farewell;

/// Two jobs whose findings need each other's file, and much that has to be read.
fn large() -> Folder {
    let folder = Folder::of(&[(PATH, WORKFLOW)]);
    for at in 0..300 {
        folder.write(&format!("k8s/{at}.yaml"), "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
    }
    folder
}

#[test]
fn what_is_open_is_told_before_the_rest_of_the_tree_is_known() {
    let folder = large();
    let uri = folder.uri(PATH);
    // That the waiver is needed by nothing is known only when all was read.
    let text = format!(
        "# hallpass: allow(lifetime/static-cloud-key) until=2026-02-01 owner=a reason=\"gone\"\n{WORKFLOW}"
    );
    let mut editor = Editor::new(folder.path(), old());
    editor.open(&uri, &text);
    editor.settle();
    let found = summed(editor.published[&uri]["diagnostics"].as_array().unwrap());
    assert_eq!(found, ["governance/waiver-unused 0", "scope/admin-grant 2"]);
    assert_eq!(editor.publishings[&uri], 2);
    // From here on a text is told once.
    editor.rewrite(&uri, 2, CLEAN);
    editor.settle();
    assert_eq!((editor.publishings[&uri], &editor.published[&uri]["diagnostics"]), (3, &json!([])));
}

#[test]
fn who_asks_is_answered_at_once_and_told_to_ask_again() {
    let folder = large();
    let uri = folder.uri(PATH);
    let text = format!(
        "# hallpass: allow(lifetime/static-cloud-key) until=2026-02-01 owner=a reason=\"gone\"\n{WORKFLOW}"
    );
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&uri, &text);
    let first = editor.ask("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
    let first = summed(first["items"].as_array().unwrap());
    assert!(first.contains(&"scope/admin-grant 2".to_owned()), "{first:?}");
    let all = editor.rules(&uri);
    assert_eq!(all, ["governance/waiver-unused 0", "scope/admin-grant 2"]);
    assert!(first == all || editor.refreshed > 0);
    // Who cannot be told to ask again is answered when all is known.
    let mut plain = modern();
    plain["workspace"]["diagnostics"] = json!({});
    let mut editor = Editor::new(folder.path(), plain);
    editor.open(&uri, &text);
    let all = editor.ask("textDocument/diagnostic", json!({"textDocument": {"uri": uri}}));
    assert_eq!(
        summed(all["items"].as_array().unwrap()),
        ["governance/waiver-unused 0", "scope/admin-grant 2"]
    );
}

#[test]
fn the_first_look_at_a_folder_shows_that_it_goes_on() {
    let folder = large();
    let mut can = old();
    can["window"] = json!({"workDoneProgress": true});
    let mut editor = Editor::new(folder.path(), can);
    editor.settle();
    assert!(editor.asked.iter().any(|(method, _)| method == "window/workDoneProgress/create"));
    let kinds: Vec<&Value> = editor.progress.iter().map(|said| &said["value"]["kind"]).collect();
    assert_eq!(kinds, ["begin", "end"]);
    let folder_name = folder.path().canonicalize().unwrap();
    assert_eq!(editor.progress[0]["value"]["message"], folder_name.to_string_lossy().as_ref());
    editor.open(&folder.uri(PATH), CLEAN);
    editor.settle();
    assert_eq!(editor.progress.len(), 2);
    let mut editor = Editor::new(folder.path(), old());
    editor.settle();
    assert!(editor.progress.is_empty());
}

#[test]
fn a_policy_that_was_never_saved_is_in_force() {
    let folder = Folder::of(&[(PATH, WORKFLOW)]);
    let [uri, toml] = [PATH, "hallpass.toml"].map(|path| folder.uri(path));
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&uri, WORKFLOW);
    assert_eq!(editor.rules(&uri), ["scope/admin-grant 1"]);
    editor.open_as(&toml, "toml", "");
    assert_eq!(editor.rules(&uri), ["scope/admin-grant 1"]);
    editor.rewrite(&toml, 2, "[rules]\nignore = [\"scope\"]\n");
    assert!(editor.rules(&uri).is_empty());
    editor.rewrite(&toml, 3, "[rules]\nignore = [\"scop\"]\n");
    assert_eq!(editor.rules(&toml), ["configuration 1"]);
    editor.close(&toml);
    assert_eq!(editor.rules(&uri), ["scope/admin-grant 1"]);
    // Beside one that is saved, one too many.
    folder.write(".hallpass.toml", "fail-on = \"low\"\n");
    editor.open_as(&toml, "toml", "fail-on = \"high\"\n");
    editor.settle();
    assert!(editor.said.iter().any(|line| line.contains("both hold a policy")), "{:?}", editor.said);
}

#[test]
fn settings_are_asked_for_where_none_were_given() {
    let folder = Folder::of(&[]);
    let uri = folder.uri(PATH);
    let mut can = modern();
    can["workspace"]["configuration"] = true.into();
    can["workspace"]["didChangeConfiguration"] = json!({"dynamicRegistration": true});
    let settings = json!({"owner": "team-told", "today": TODAY, "server": "auto"});
    let waiver = |editor: &mut Editor| -> String {
        let found = editor.pull(&uri);
        let actions = editor.actions(&uri, &found[0]);
        let waive =
            actions.iter().find(|action| action["title"].as_str().unwrap().starts_with("waive ")).unwrap();
        editor.ask("codeAction/resolve", waive.clone())["edit"].to_string()
    };
    let mut editor = Editor::wishing(&[folder.path()], can.clone(), Value::Null, settings.clone());
    editor.open(&uri, WORKFLOW);
    // The first answer may come before the settings; what is asked after it knows them.
    editor.settle();
    assert!(waiver(&mut editor).contains("owner=team-told"));
    let asked: Vec<&Value> =
        editor.asked.iter().filter(|(m, _)| m == "workspace/configuration").map(|(_, p)| p).collect();
    assert_eq!(asked, [&json!({"items": [{"section": "hallpass"}]})]);
    let registered = editor.asked.iter().filter(|(m, _)| m == "client/registerCapability");
    assert!(registered.into_iter().any(|(_, p)| p.to_string().contains("didChangeConfiguration")));
    // Told that they changed, and not to what, it asks again.
    editor.settings["owner"] = "team-new".into();
    editor.tell("workspace/didChangeConfiguration", json!({"settings": null}));
    editor.settle();
    editor.settle();
    assert!(waiver(&mut editor).contains("owner=team-new"));
    assert!(editor.said.is_empty(), "{:?}", editor.said);
    // Who gave some is not asked.
    let mut editor = Editor::wishing(&[folder.path()], can, json!({"today": TODAY}), settings);
    editor.settle();
    assert!(editor.asked.iter().all(|(method, _)| method != "workspace/configuration"));
}

#[test]
fn what_is_wrong_with_settings_is_said_once() {
    let folder = Folder::of(&[]);
    let mut editor = Editor::with(&[folder.path()], modern(), json!({"trusted": "yes", "ownr": "x"}));
    for _ in 0..2 {
        editor
            .tell("workspace/didChangeConfiguration", json!({"settings": {"hallpass": {"trusted": "yes"}}}));
        editor.tell("workspace/didChangeConfiguration", json!({"settings": {"yaml": {"ownr": 1}}}));
        editor.settle();
    }
    assert_eq!(editor.said.len(), 2, "{:?}", editor.said);
    assert!(editor.said.iter().any(|line| line.contains("`trusted` of hallpass is true or false")));
    assert!(editor.said.iter().any(|line| line.contains("no setting `ownr`") && line.contains("`owner`")));
}

#[test]
fn who_leaves_without_a_word_is_told_apart() {
    let folder = Folder::of(&[]);
    assert_eq!(Editor::new(folder.path(), modern()).leave(), Farewell::Sudden);
    // Before anything began, too; and who begins with something else is told what to begin with.
    for says_exit in [true, false] {
        let (ours, theirs) = Connection::memory();
        let server = std::thread::spawn(move || crate::editor::serve(theirs).unwrap());
        let early =
            Request { id: 1.into(), method: "textDocument/hover".to_owned(), params: json!({"secret": 1}) };
        ours.sender.send(Message::Request(early)).unwrap();
        let Message::Response(refused) = ours.receiver.recv().unwrap() else { panic!("no answer") };
        let refused = refused.response_result.unwrap_err();
        assert_eq!((refused.code, refused.message.contains("secret")), (-32_002, false));
        if says_exit {
            let exit = Notification { method: "exit".to_owned(), params: Value::Null };
            ours.sender.send(Message::Notification(exit)).unwrap();
        }
        drop(ours);
        let farewell = if says_exit { Farewell::Sudden } else { Farewell::Early };
        assert_eq!(server.join().unwrap(), farewell);
    }
}
