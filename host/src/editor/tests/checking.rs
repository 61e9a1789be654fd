//! What is said of documents.

use serde_json::{Value, json};

use super::client::{Editor, modern, old, summed};
use super::folder::{CLEAN, Folder, PATH, WORKFLOW};
use crate::editor::address::of_file;

#[test]
fn a_document_is_checked_while_it_is_typed_and_cleared_when_it_is_closed() {
    let folder = Folder::of(&[]);
    let uri = folder.uri(PATH);
    let mut editor = Editor::new(folder.path(), old());
    assert!(editor.server_can["capabilities"]["diagnosticProvider"].is_null());
    editor.open(&uri, WORKFLOW);
    editor.settle();
    let first = editor.published[&uri].clone();
    assert_eq!(first["version"], 1);
    let found = first["diagnostics"].as_array().unwrap();
    assert!(summed(found).contains(&"scope/admin-grant 1".to_owned()), "{:?}", summed(found));
    assert!(found.iter().all(|d| d["source"] == "hallpass"));
    // One line is taken out and one put in.
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [
            {"range": {"start": {"line": 1, "character": 13}, "end": {"line": 1, "character": 22}}, "text": "{}"},
            {"range": {"start": {"line": 4, "character": 10}, "end": {"line": 4, "character": 13}}, "text": "b"},
        ]}),
    );
    editor.settle();
    assert_eq!(editor.published[&uri]["version"], 2);
    assert_eq!(editor.published[&uri]["diagnostics"], json!([]));
    editor.rewrite(&uri, 3, WORKFLOW);
    editor.settle();
    assert_ne!(editor.published[&uri]["diagnostics"], json!([]));
    editor.close(&uri);
    editor.settle();
    assert_eq!(editor.published[&uri]["diagnostics"], json!([]));
}

#[test]
fn an_editor_that_asks_is_answered_and_told_what_did_not_change() {
    let folder = Folder::of(&[(PATH, CLEAN)]);
    let uri = folder.uri(PATH);
    let mut editor = Editor::new(folder.path(), modern());
    assert_eq!(editor.server_can["capabilities"]["diagnosticProvider"]["workspaceDiagnostics"], true);
    // What is open beats what is on disk.
    editor.open(&uri, WORKFLOW);
    let ask = |id: Value| json!({"textDocument": {"uri": uri}, "previousResultId": id});
    let full = editor.ask("textDocument/diagnostic", ask(Value::Null));
    assert!(editor.published.is_empty());
    let found = full["items"].as_array().unwrap();
    let write_all = found.iter().find(|d| d["code"] == "scope/admin-grant").unwrap();
    assert!(write_all["codeDescription"]["href"].as_str().unwrap().ends_with("/scope/admin-grant.md"));
    assert!(write_all["data"]["fingerprint"].as_str().unwrap().len() > 16);
    let again = editor.ask("textDocument/diagnostic", ask(full["resultId"].clone()));
    assert_eq!(again, json!({"kind": "unchanged", "resultId": full["resultId"]}));
    // Closed, the file speaks for itself.
    editor.close(&uri);
    assert!(editor.rules(&uri).is_empty());
}

#[test]
fn a_change_in_one_file_of_a_unit_is_told_in_the_others() {
    let main = "variable \"s\" {}\nresource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  max_session_duration = var.s\n  assume_role_policy = \"{}\"\n}\n";
    let folder = Folder::of(&[("main.tf", main), ("terraform.tfvars", "s = 3600\n")]);
    let [main_uri, vars] = ["main.tf", "terraform.tfvars"].map(|name| folder.uri(name));
    let mut editor = Editor::new(folder.path(), modern());
    editor.open_as(&main_uri, "terraform", main);
    editor.open_as(&vars, "terraform", "s = 3600\n");
    let above = |found: &[String]| found.iter().any(|rule| rule.starts_with("lifetime/above-ceiling"));
    let (in_main, in_vars) = (editor.rules(&main_uri), editor.rules(&vars));
    assert!(!above(&in_main) && !above(&in_vars));
    editor.rewrite(&vars, 2, "s = 43200\n");
    let found = editor.pull(&vars);
    assert!(above(&summed(&found)), "{found:?}");
    let finding = found.iter().find(|d| d["code"] == "lifetime/above-ceiling").unwrap();
    let related = finding["relatedInformation"].as_array().unwrap();
    assert!(related.iter().any(|place| place["location"]["uri"] == main_uri.as_str()), "{related:?}");
}

#[test]
fn what_cannot_be_read_keeps_what_was_said_and_marks_it() {
    let folder = Folder::of(&[]);
    let uri = folder.uri(PATH);
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&uri, WORKFLOW);
    let before = editor.pull(&uri);
    let broken = format!("name: \"open\nx: [\n{WORKFLOW}");
    editor.rewrite(&uri, 2, &broken);
    let now = editor.pull(&uri);
    let old = |d: &&Value| d["data"]["stale"] == true;
    let stale: Vec<Value> = now.iter().filter(old).cloned().collect();
    assert!(!stale.is_empty() && stale.len() <= before.len(), "{now:?}");
    assert!(stale.iter().all(|d| d["message"].as_str().unwrap().starts_with("(before the last edits")));
    assert!(summed(&stale).contains(&"scope/admin-grant 3".to_owned()), "{stale:?}");
    assert!(now.iter().any(|d| d["data"]["stale"] != true), "nothing says that it cannot be read: {now:?}");
    editor.rewrite(&uri, 3, CLEAN);
    assert_eq!(editor.pull(&uri), Vec::<Value>::new());
}

#[test]
fn every_folder_is_read_and_files_that_are_not_open_too() {
    let one = Folder::of(&[(PATH, WORKFLOW)]);
    let two =
        Folder::of(&[("nested/.github/workflows/ci.yml", CLEAN), (".github/workflows/x.yml", WORKFLOW)]);
    let mut editor = Editor::with(&[one.path(), two.path()], modern(), json!({}));
    let ask = |ids: Value| json!({"previousResultIds": ids, "workDoneToken": "t"});
    let report = editor.ask("workspace/diagnostic", ask(json!([])));
    let items = report["items"].as_array().unwrap().clone();
    let uris: Vec<&str> = items.iter().map(|item| item["uri"].as_str().unwrap()).collect();
    for (folder, path) in [(&one, PATH), (&two, ".github/workflows/x.yml")] {
        assert!(
            uris.contains(&of_file(&folder.path().canonicalize().unwrap().join(path)).as_str()),
            "{uris:?}"
        );
    }
    let kinds: Vec<&Value> = editor.progress.iter().map(|said| &said["value"]["kind"]).collect();
    assert_eq!((kinds.first().unwrap(), kinds.last().unwrap()), (&&json!("begin"), &&json!("end")));
    // What is gone is told to be.
    std::fs::write(one.path().join(PATH), CLEAN).unwrap();
    let changed = one.uri(PATH);
    editor.tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": changed, "type": 2}]}));
    let ids: Vec<Value> = items.iter().map(|i| json!({"uri": i["uri"], "value": i["resultId"]})).collect();
    let report = editor.ask("workspace/diagnostic", ask(json!(ids)));
    let items = report["items"].as_array().unwrap();
    let of_one = items.iter().find(|item| item["kind"] == "full").unwrap();
    assert_eq!(of_one["items"], json!([]), "{items:?}");
    assert!(items.iter().any(|item| item["kind"] == "unchanged"));
}

#[test]
fn the_policy_is_that_of_the_nearest_tree_and_is_read_while_it_is_typed() {
    let lax = "[rules]\nignore = [\"scope\"]\n";
    let folder = Folder::of(&[("hallpass.toml", lax), ("inner/.git/HEAD", ""), (PATH, WORKFLOW)]);
    let [outer, inner, policy] =
        [PATH, "inner/.github/workflows/ci.yml", "hallpass.toml"].map(|path| folder.uri(path));
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&outer, WORKFLOW);
    editor.open(&inner, WORKFLOW);
    let scope = |rules: Vec<String>| rules.iter().any(|rule| rule.starts_with("scope/"));
    assert!(!scope(editor.rules(&outer)));
    assert!(scope(editor.rules(&inner)));
    editor.open_as(&policy, "toml", lax);
    editor.rewrite(&policy, 2, "[rules]\nignore = []\n");
    assert!(scope(editor.rules(&outer)));
    // A policy with an error leaves the one before in force.
    editor.rewrite(&policy, 3, "[rules]\nignore = [\"scop\"]\n");
    let problems = editor.pull(&policy);
    assert_eq!(problems[0]["code"], "configuration");
    assert_eq!(problems[0]["range"]["start"]["line"], 1);
    assert!(scope(editor.rules(&outer)));
    // Who sees it is not told again.
    assert!(editor.said.is_empty(), "{:?}", editor.said);
    // On disk it changed too.
    editor.close(&policy);
    std::fs::write(folder.path().join("hallpass.toml"), "fail-on = \"never\"\n").unwrap();
    editor.tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": policy, "type": 2}]}));
    assert!(scope(editor.rules(&outer)));
    assert!(editor.said.iter().any(|line| line.contains("hallpass.toml:1:11")), "{:?}", editor.said);
    std::fs::write(folder.path().join("hallpass.toml"), "").unwrap();
    editor.tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": policy, "type": 2}]}));
    assert!(scope(editor.rules(&outer)));
}

#[test]
fn texts_that_are_no_files_are_checked_alone() {
    let folder = Folder::of(&[(PATH, CLEAN)]);
    let file = folder.uri(PATH);
    let git = format!("{}?%7B%22ref%22%3A%22HEAD%22%7D", file.replace("file:", "git:"));
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&git, WORKFLOW);
    editor.open(&file, CLEAN);
    editor.open_as(
        "untitled:Untitled-1",
        "terraform",
        "resource \"aws_iam_access_key\" \"k\" {\n  user = \"u\"\n}\n",
    );
    assert!(!editor.rules(&git).is_empty());
    assert!(editor.rules(&file).is_empty());
    assert!(!editor.rules("untitled:Untitled-1").is_empty());
    editor.close(&git);
    assert!(editor.rules(&git).is_empty());
}

#[test]
fn a_file_outside_of_all_folders_is_checked_and_nothing_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("main.tf");
    let key = "resource \"aws_iam_access_key\" \"k\" {\n  user = \"u\"\n}\n";
    std::fs::write(&file, key).unwrap();
    std::fs::create_dir(home.path().join("other")).unwrap();
    std::fs::write(home.path().join("other/main.tf"), key).unwrap();
    let mut editor = Editor::with(&[], modern(), json!({}));
    editor.open_as(&of_file(&file), "terraform", key);
    assert!(!editor.rules(&of_file(&file)).is_empty());
    let all = editor.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
}

#[test]
fn without_a_policy_that_can_be_read_nothing_passes_silently() {
    let folder = Folder::of(&[("hallpass.toml", "fail-on = \n")]);
    let [uri, toml] = [PATH, "hallpass.toml"].map(|path| folder.uri(path));
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&uri, CLEAN);
    let found = editor.pull(&uri);
    assert_eq!(summed(&found), ["configuration 0"]);
    assert!(
        found[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("not checked: the policy cannot be read: hallpass.toml:1")
    );
    // While it is mended, it is completed.
    editor.open_as(&toml, "toml", "fail-on = \n");
    let at = json!({"textDocument": {"uri": toml}, "position": {"line": 0, "character": 10}});
    let offered = editor.ask("textDocument/completion", at);
    assert!(offered.as_array().unwrap().iter().any(|item| item["label"] == "medium"), "{offered}");
    editor.rewrite(&toml, 2, "fail-on = \"medium\"\n");
    assert!(editor.rules(&uri).is_empty());
}
