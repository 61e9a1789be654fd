//! Fixes, waivers, hovers, completion.

use serde_json::{Value, json};

use super::client::{Editor, applied, modern, old};
use super::folder::{Folder, PATH, WORKFLOW};

const ROLE: &str = "resource \"aws_iam_role\" \"r\" {\n  name = \"é😀\" // é\n  /* 😀 */ max_session_duration = 43200\n  assume_role_policy = \"{}\"\n  tags = { Owner = \"team-a\" }\n}\n";

fn about(found: &[Value], rule: &str) -> Value {
    found.iter().find(|d| d["code"] == rule).unwrap_or_else(|| panic!("{rule} is not in {found:?}")).clone()
}

fn titled<'a>(actions: &'a [Value], title: &str) -> &'a Value {
    let titles: Vec<&Value> = actions.iter().map(|action| &action["title"]).collect();
    let found = actions.iter().find(|action| action["title"].as_str().unwrap().starts_with(title));
    found.unwrap_or_else(|| panic!("{title} is not in {titles:?}"))
}

#[test]
fn a_safe_fix_is_preferred_and_leaves_the_file_clean() {
    let folder = Folder::of(&[]);
    let uri = folder.uri("main.tf");
    for capabilities in [modern(), old()] {
        let pulls = !capabilities["textDocument"]["diagnostic"].is_null();
        let mut editor = Editor::new(folder.path(), capabilities);
        editor.open_as(&uri, "terraform", ROLE);
        let found = editor.pull(&uri);
        let finding = about(&found, "lifetime/above-ceiling");
        // Behind a character of two units.
        assert_eq!(finding["range"]["start"], json!({"line": 2, "character": 34}));
        let actions = editor.actions(&uri, &finding);
        let fix = titled(&actions, "set the lifetime");
        assert_eq!((&fix["isPreferred"], &fix["kind"]), (&json!(true), &json!("quickfix")));
        assert_eq!(fix["diagnostics"][0]["data"]["fingerprint"], finding["data"]["fingerprint"]);
        if pulls {
            assert_eq!(fix["edit"]["documentChanges"][0]["textDocument"]["version"], 1);
        }
        let mended = applied(ROLE, &uri, &fix["edit"]);
        assert_eq!(mended, ROLE.replace("43200", "3600"));
        editor.rewrite(&uri, 2, &mended);
        assert!(!editor.rules(&uri).iter().any(|rule| rule.starts_with("lifetime/")));
    }
}

#[test]
fn everything_safe_is_mended_at_once_where_that_is_asked_for() {
    let folder = Folder::of(&[]);
    let uri = folder.uri("main.tf");
    let two = format!("{ROLE}{}", ROLE.replace("\"r\"", "\"s\"").replace("43200", "7200"));
    let mut editor = Editor::new(folder.path(), modern());
    editor.open_as(&uri, "terraform", &two);
    let ask = json!({
        "textDocument": {"uri": uri}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
        "context": {"diagnostics": [], "only": ["source.fixAll"]},
    });
    let actions = editor.ask("textDocument/codeAction", ask);
    assert_eq!(actions.as_array().unwrap().len(), 1);
    assert_eq!(actions[0]["kind"], "source.fixAll.hallpass");
    let resolved = editor.ask("codeAction/resolve", actions[0].clone());
    let mended = applied(&two, &uri, &resolved["edit"]);
    assert_eq!(mended, two.replace("43200", "3600").replace("7200", "3600"));
}

#[test]
fn a_waiver_is_written_where_it_holds_and_removed_when_nobody_needs_it() {
    let folder = Folder::of(&[]);
    let uri = folder.uri(PATH);
    let mut editor = Editor::with(&[folder.path()], modern(), json!({"owner": "team-a"}));
    editor.open(&uri, WORKFLOW);
    let found = editor.pull(&uri);
    let finding = about(&found, "scope/admin-grant");
    let actions = editor.actions(&uri, &finding);
    let waive = titled(&actions, "waive scope/admin-grant").clone();
    assert!(waive["edit"].is_null());
    let waive = editor.ask("codeAction/resolve", waive);
    let waived = applied(WORKFLOW, &uri, &waive["edit"]);
    let comment = "# hallpass: allow(scope/admin-grant) until=2026-02-14 owner=team-a reason=\"TODO: why, and where it is tracked\"\n";
    assert_eq!(waived, WORKFLOW.replace("permissions", &format!("{comment}permissions")));
    editor.rewrite(&uri, 2, &waived);
    assert!(!editor.rules(&uri).iter().any(|rule| rule.starts_with("scope/")));
    // The fault goes, and the waiver with it.
    let clean = waived.replace("write-all", "{}");
    editor.rewrite(&uri, 3, &clean);
    let found = editor.pull(&uri);
    let unused = about(&found, "governance/waiver-unused");
    assert_eq!(unused["tags"], json!([1]));
    let actions = editor.actions(&uri, &unused);
    let remove = titled(&actions, "remove this waiver");
    let left = applied(&clean, &uri, &remove["edit"]);
    assert_eq!(left, WORKFLOW.replace("write-all", "{}"));
}

#[test]
fn what_the_registry_should_know_gets_a_row() {
    let user =
        "resource \"aws_iam_user\" \"robot\" {\n  name = \"shop-é\"\n  tags = { Owner = \"team-a\" }\n}\n";
    let policy = "# ours\n[[identity]]\nid = \"aws/user/other\"\nkind = \"user\"\n";
    for there in [true, false] {
        let files = [("hallpass.toml", policy)];
        let folder = Folder::of(if there { &files } else { &[] });
        let [uri, toml] = ["main.tf", "hallpass.toml"].map(|path| folder.uri(path));
        let mut editor = Editor::new(folder.path(), modern());
        editor.open_as(&uri, "terraform", user);
        let at = json!({"start": {"line": 0, "character": 9}, "end": {"line": 0, "character": 9}});
        let actions = editor.actions(&uri, &json!({"range": at, "message": "any"}));
        let add = titled(&actions, "add aws/user/*/shop-é to the registry").clone();
        let add = editor.ask("codeAction/resolve", add);
        let before = if there { policy } else { "" };
        let after = applied(before, &toml, &add["edit"]);
        assert!(after.starts_with(before), "{after}");
        let row = "[[identity]]\nid = \"aws/user/*/shop-é\"\nkind = \"user\"\nowner = \"team-a\"\npurpose = \"\" # ";
        assert!(after.contains(row), "{after}");
    }
}

#[test]
fn where_no_comment_may_stand_the_policy_gets_a_row() {
    let state = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}\n";
    let policy = "fail-on = \"low\" # ours\n";
    let folder = Folder::of(&[("hallpass.toml", policy)]);
    let [uri, toml] = ["policy.json", "hallpass.toml"].map(|path| folder.uri(path));
    let mut editor = Editor::new(folder.path(), modern());
    editor.open_as(&uri, "json", state);
    let found = editor.pull(&uri);
    let finding = about(&found, "scope/admin-grant");
    let actions = editor.actions(&uri, &finding);
    let waive = titled(&actions, "waive scope/admin-grant").clone();
    let waive = editor.ask("codeAction/resolve", waive);
    let after = applied(policy, &toml, &waive["edit"]);
    assert!(
        after.starts_with(policy) && after.contains("[[waiver]]\nrule = \"scope/admin-grant\"\n"),
        "{after}"
    );
    editor.open_as(&toml, "toml", policy);
    editor.rewrite(&toml, 2, &after);
    assert!(!editor.rules(&uri).iter().any(|rule| rule.starts_with("scope/admin-grant")));
    // A row that nobody needs goes as well, once everything is read.
    let row = after.replace("scope/admin-grant", "scope/wildcard-grant");
    editor.rewrite(&toml, 3, &row);
    let found = editor.pull(&toml);
    let unused = about(&found, "governance/waiver-unused");
    let actions = editor.actions(&toml, &unused);
    assert_eq!(applied(&row, &toml, &titled(&actions, "remove this waiver")["edit"]), policy);
}

#[test]
fn a_rule_is_explained_where_it_is_named_and_where_it_found_something() {
    let policy = "[rules]\nignore = [\"scope/admin-grant\"]\n";
    let folder = Folder::of(&[("hallpass.toml", policy)]);
    let [uri, toml] = [PATH, "hallpass.toml"].map(|path| folder.uri(path));
    let waived = WORKFLOW.replace("permissions", "# hallpass: allow(scope/admin-grant)\npermissions");
    let mut editor = Editor::new(folder.path(), modern());
    editor.open_as(&toml, "toml", policy);
    editor.open(&uri, &waived);
    for page in [editor.hover(&toml, 1, 16), editor.hover(&uri, 1, 25)] {
        assert!(page.contains("## Why it matters") && page.contains("/scope/admin-grant.md)"), "{page}");
        assert!(!page.contains("## Examples"), "{page}");
    }
    assert_eq!(editor.hover(&toml, 0, 0), "");
    editor.rewrite(&toml, 2, "");
    editor.rewrite(&uri, 2, WORKFLOW);
    let found = editor.pull(&uri);
    let finding = about(&found, "scope/admin-grant");
    let hover = editor.hover(&uri, 1, 14);
    assert!(hover.contains("**high** [`scope/admin-grant`]"), "{hover}");
    assert!(hover.contains(finding["data"]["fingerprint"].as_str().unwrap()), "{hover}");
    let actions = editor.actions(&uri, &finding);
    let explain = titled(&actions, "explain")["command"].clone();
    let page = editor.ask("workspace/executeCommand", explain);
    assert!(page["page"].as_str().unwrap().contains("## How to fix"));
    assert!(editor.said.last().unwrap().contains("scope/admin-grant"));
}

#[test]
fn an_identity_says_who_answers_for_it() {
    let folder = Folder::of(&[]);
    let uri = folder.uri("main.tf");
    let mut plain = modern();
    plain["textDocument"]["hover"]["contentFormat"] = json!(["plaintext"]);
    for (capabilities, strong) in [(modern(), "**identity** `aws/role/*"), (plain, "identity aws/role/*")] {
        let mut editor = Editor::new(folder.path(), capabilities);
        editor.open_as(&uri, "terraform", &ROLE.replace("é😀", "deploy"));
        let hover = editor.hover(&uri, 0, 12);
        assert!(hover.contains(strong), "{hover}");
        for line in ["owner: team", "- until: ?", "- switched off by: ?"] {
            assert!(hover.contains(line), "{line} in {hover}");
        }
    }
}

#[test]
fn the_policy_is_completed_by_its_schema_and_the_rules() {
    let folder = Folder::of(&[]);
    let toml = folder.uri("hallpass.toml");
    let mut editor = Editor::new(folder.path(), modern());
    editor.open_as(&toml, "toml", "");
    let mut version = 1;
    let mut labels = |text: &str| -> Vec<String> {
        version += 1;
        editor.rewrite(&toml, version, text);
        let line = text.matches('\n').count();
        let character = text.rsplit('\n').next().unwrap().len();
        let at = json!({"textDocument": {"uri": toml}, "position": {"line": line, "character": character}});
        let items = editor.ask("textDocument/completion", at);
        items.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(labels("fai"), ["fail-on"]);
    assert_eq!(labels("fail-on = \"m"), ["medium"]);
    assert!(labels("[ceil").contains(&"ceilings".to_owned()));
    assert!(labels("[ceilings]\ncl").contains(&"cloud-session".to_owned()));
    assert!(labels("[[waiver]]\n").contains(&"expires".to_owned()));
    assert_eq!(labels("[[waiver]]\nrule = \"scope/admin"), ["scope/admin-grant"]);
    assert!(labels("x = 1\n[rules]\n").contains(&"ignore".to_owned()));
    assert!(labels("[rules.severity]\n\"lifetime/st").contains(&"lifetime/static-cloud-key".to_owned()));
}

#[test]
fn keys_of_the_policy_and_words_of_a_waiver_are_explained() {
    let toml_text = "fail-on = \"low\"\n\n[ceilings]\nwaiver = 30\n\n[[waiver]]\nrule = \n";
    let folder = Folder::of(&[("hallpass.toml", toml_text)]);
    let [uri, toml] = [PATH, "hallpass.toml"].map(|path| folder.uri(path));
    let text = format!(
        "{} # hallpass: allow(scope) until=2026-02-01 owner=team-x reason=\"moves\"\n",
        WORKFLOW.trim_end()
    );
    let mut editor = Editor::new(folder.path(), modern());
    editor.open_as(&toml, "toml", toml_text);
    editor.open(&uri, &text);
    // Although it cannot be read as it is.
    assert_eq!(editor.rules(&toml), ["configuration 6"]);
    let hover = editor.hover(&toml, 0, 2);
    assert!(hover.contains("fails from this severity on"), "{hover}");
    assert!(editor.hover(&toml, 2, 3).contains("How long credentials"), "{}", editor.hover(&toml, 2, 3));
    assert!(editor.hover(&toml, 3, 1).contains("`ceilings.waiver`"), "{}", editor.hover(&toml, 3, 1));
    assert!(editor.hover(&toml, 5, 4).contains("Accepted findings"));
    let line = text.lines().position(|line| line.contains("hallpass:")).unwrap();
    let column = |word: &str| u32::try_from(text.lines().nth(line).unwrap().find(word).unwrap() + 1).unwrap();
    let line = u32::try_from(line).unwrap();
    let (until, reason) = (column("until"), column("reason"));
    assert!(editor.hover(&uri, line, until).contains("last day"));
    assert!(editor.hover(&uri, line, reason).contains("why it is needed"));
}

#[test]
fn rows_and_comments_end_their_lines_as_the_file_does() {
    let windows = |text: &str| text.replace('\n', "\r\n");
    let policy = windows("fail-on = \"low\"\n\n[rules]\nignore = [\"third-party\"]\n");
    let folder = Folder::of(&[("hallpass.toml", &policy)]);
    let (uri, text) = (folder.uri(PATH), windows(WORKFLOW));
    let mut editor = Editor::new(folder.path(), modern());
    editor.open(&uri, &text);
    let finding = about(&editor.pull(&uri), "scope/admin-grant");
    let actions = editor.actions(&uri, &finding);
    let waive = editor.ask("codeAction/resolve", titled(&actions, "waive ").clone());
    let waived = applied(&text, &uri, &waive["edit"]);
    assert!(
        waived.contains("hallpass: allow") && !waived.replace("\r\n", "").contains(['\r', '\n']),
        "{waived:?}"
    );
    editor.rewrite(&uri, 2, &waived);
    assert!(editor.rules(&uri).is_empty());
    // Where no comment can stand, a row.
    let (json, toml) = (folder.uri("iam-policy.json"), folder.uri("hallpass.toml"));
    editor.open_as(&json, "json", "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}\n");
    let found = editor.pull(&json);
    let actions = editor.actions(&json, &found[0]);
    let row = editor.ask("codeAction/resolve", titled(&actions, "waive ").clone());
    let with = applied(&policy, &toml, &row["edit"]);
    assert!(with.contains("[[waiver]]\r\n") && !with.replace("\r\n", "").contains(['\r', '\n']), "{with:?}");
}
