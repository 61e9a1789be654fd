//! The fake GitLab.

use std::time::Duration;

use hallpass_forge::gitlab::{GitLab, Limits, MergeRequest, Token};
use hallpass_forge::{Answer, Fault, Matching};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, Reply, commit, git, lines};

const PROJECT: &str = "/api/v4/projects/acme%2Fshop";
const MERGE: &str = "/api/v4/projects/acme%2Fshop/merge_requests/1";

struct Bench {
    forge: GitLab,
    folder: TempDir,
    head: String,
}

/// `acme/shop` with the merge request 1, which changes line 10 of `app.yml` and adds `new.yml`.
fn bench() -> Bench {
    let folder = TempDir::new().unwrap();
    git(folder.path(), &["init", "-q"]);
    commit(folder.path(), &[("app.yml", &lines(&[])), ("old.yml", "one\ntwo\nthree\nfour\n")]);
    git(folder.path(), &["checkout", "-q", "-b", "change"]);
    let head = commit(folder.path(), &[("app.yml", &lines(&[(10, "changed\n")])), ("ci/new.yml", "a\nb\n")]);
    let forge = GitLab::start();
    forge.project("acme/shop", folder.path());
    assert_eq!(forge.open("acme/shop", MergeRequest::of(&head)), 1);
    forge.member("acme/shop", "bot", 30);
    forge.token("bot", Token::access("bot", &["api"]));
    Bench { forge, folder, head }
}

impl Bench {
    fn push(&self, files: &[(&str, &str)]) {
        self.forge.push("acme/shop", 1, &commit(self.folder.path(), files));
    }

    fn with(&self, secret: &str) -> Client {
        Client::new(self.forge.url(), &[("private-token", secret)])
    }

    fn job(&self, secret: &str) -> Client {
        Client::new(self.forge.url(), &[("job-token", secret)])
    }

    fn bot(&self) -> Client {
        self.with("bot")
    }

    /// On lines of `app.yml` in the newest version.
    fn position(&self, old: Option<u64>, new: Option<u64>) -> Value {
        let mut position = self.bot().get(MERGE).is(200)["diff_refs"].clone();
        position["position_type"] = "text".into();
        position["old_path"] = "app.yml".into();
        position["new_path"] = "app.yml".into();
        position["old_line"] = old.into();
        position["new_line"] = new.into();
        position
    }

    fn discuss(&self, position: &Value) -> Reply {
        self.bot().post(&format!("{MERGE}/discussions"), &json!({ "body": "look", "position": position }))
    }
}

fn put(client: &Client, path: &str, body: &Value) -> Reply {
    client.send("PUT", path, Some(body)).expect("an answer")
}

#[test]
fn scopes_roles_and_kinds_of_tokens_are_kept_apart() {
    let bench = bench();
    let forge = &bench.forge;
    Client::new(forge.url(), &[]).get(MERGE).refuses(401, "401 Unauthorized");
    bench.with("wrong").get(MERGE).refuses(401, "401 Unauthorized");
    bench.job("bot").get(MERGE).refuses(401, "401 Unauthorized");
    forge.token("reads", Token::access("bot", &["read_api"]));
    bench.with("reads").get(MERGE).is(200);
    let note = json!({ "body": "x" });
    bench.with("reads").post(&format!("{MERGE}/notes"), &note).refuses(403, "insufficient_scope");
    forge.token("files", Token::access("bot", &["read_repository"]));
    bench.with("files").get(MERGE).refuses(403, "insufficient_scope");
    bench.with("files").get(&format!("{PROJECT}/repository/files/app.yml/raw?ref=main")).text_of(200);
    forge.token("eve", Token::access("eve", &["api"]));
    bench.with("eve").get(MERGE).refuses(404, "404 Project Not Found");
    forge.member("acme/shop", "eve", 10);
    bench.with("eve").get(PROJECT).is(200);
    bench.with("eve").get(MERGE).refuses(403, "403 Forbidden");
    forge.token("short", Token { expires_after_requests: Some(1), ..Token::access("bot", &["api"]) });
    bench.with("short").get(MERGE).is(200);
    bench.with("short").get(MERGE).refuses(401, "401 Unauthorized");
    let bearer = Client::new(forge.url(), &[("authorization", "Bearer bot")]);
    assert_eq!(bearer.get("/api/v4/user").is(200)["username"], "bot");
    bench.bot().get("/api/v4/nowhere").refuses(404, "404 Not Found");
}

#[test]
fn a_jobs_token_reads_a_little_and_writes_nothing() {
    let bench = bench();
    bench.forge.token("job", Token::job("dev"));
    let job = bench.job("job");
    bench.with("job").get(MERGE).refuses(401, "401 Unauthorized");
    job.get(MERGE).is(200);
    job.get(&format!("{MERGE}/notes")).is(200);
    job.get(&format!("{PROJECT}/repository/files/ci%2Fnew.yml/raw?ref={}", bench.head)).text_of(200);
    job.get(&format!("{MERGE}/diffs")).refuses(401, "401 Unauthorized");
    job.get(&format!("{MERGE}/discussions")).refuses(401, "401 Unauthorized");
    job.post(&format!("{MERGE}/notes"), &json!({ "body": "x" })).refuses(401, "401 Unauthorized");
    let status = json!({ "state": "success" });
    job.post(&format!("{PROJECT}/statuses/{}", bench.head), &status).refuses(401, "401 Unauthorized");
}

#[test]
fn a_merge_request_tells_its_versions_and_diffs() {
    let bench = bench();
    let client = bench.bot();
    let shown = client.get(MERGE).is(200);
    assert_eq!((&shown["sha"], &shown["state"]), (&json!(bench.head), &json!("opened")));
    let diffs = client.get(&format!("{MERGE}/diffs")).is(200);
    assert_eq!((&diffs[0]["new_path"], &diffs[1]["new_file"]), (&json!("app.yml"), &json!(true)));
    assert!(diffs[0]["diff"].as_str().unwrap().starts_with("@@ -7,7 +7,7 @@"), "{diffs}");
    assert_eq!((&diffs[1]["a_mode"], &diffs[1]["b_mode"]), (&json!("0"), &json!("100644")));
    bench.push(&[("app.yml", &lines(&[(10, "again\n")]))]);
    let versions = client.get(&format!("{MERGE}/versions")).is(200);
    assert_eq!(
        (versions.as_array().unwrap().len(), &versions[1]["head_commit_sha"]),
        (2, &json!(bench.head))
    );
    let old = client.get(&format!("{MERGE}/versions/{}", versions[1]["id"])).is(200);
    assert!(old["diffs"][0]["diff"].as_str().unwrap().contains("+changed"), "{old}");
    client.get(&format!("{MERGE}/versions/1")).refuses(404, "Version");
    bench.forge.limits(Limits { diff_bytes: 40, ..Limits::default() });
    let diffs = client.get(&format!("{MERGE}/diffs")).is(200);
    assert_eq!(
        (&diffs[0]["diff"], &diffs[0]["too_large"], &diffs[1]["too_large"]),
        (&json!(""), &json!(true), &json!(false))
    );
    let listed = client.get(&format!("{PROJECT}/merge_requests?state=opened&source_branch=change")).is(200);
    assert_eq!((&listed[0]["iid"], listed[0].get("diff_refs")), (&json!(1), None));
    client.get(&format!("{PROJECT}/merge_requests?state=ajar")).refuses(400, "state");
    client.get(&format!("{PROJECT}/merge_requests/9")).refuses(404, "Merge Request");
}

#[test]
fn lists_come_in_pages_of_twenty() {
    let bench = bench();
    for n in 0..45 {
        bench.forge.say("acme/shop", 1, "dev", None, &format!("note {n}"));
    }
    let client = bench.bot();
    let first = client.get(&format!("{MERGE}/notes"));
    assert_eq!(
        (first.header("x-total"), first.header("x-next-page"), first.header("x-total-pages")),
        ("45", "2", "3")
    );
    assert_eq!(first.json()[0]["body"], "note 44", "newest first");
    assert!(first.header("link").contains(r#"page=2>; rel="next""#), "{first:?}");
    let last = client.get(&format!("{MERGE}/notes?sort=asc&page=3&per_page=20"));
    assert_eq!((last.json().as_array().unwrap().len(), last.header("x-next-page")), (5, ""));
    let all = client.get(&format!("{MERGE}/discussions?per_page=1000")).is(200);
    assert_eq!((all.as_array().unwrap().len(), &all[0]["individual_note"]), (45, &json!(true)));
}

#[test]
fn a_line_has_both_numbers_unless_it_was_added_or_removed() {
    let bench = bench();
    let ok = |old: Option<u64>, new: Option<u64>| bench.discuss(&bench.position(old, new)).is(201);
    let refused = |position: &Value| bench.discuss(position).refuses(400, "must be a valid line code");
    let made = ok(None, Some(10));
    assert_eq!(
        (&made["notes"][0]["type"], &made["notes"][0]["resolvable"]),
        (&json!("DiffNote"), &json!(true))
    );
    assert_eq!(made["notes"][0]["position"]["new_line"], 10);
    ok(Some(10), None);
    ok(Some(9), Some(9));
    for (old, new) in [
        (None, Some(9)),
        (Some(9), None),
        (Some(10), Some(10)),
        (Some(1), Some(1)),
        (None, Some(99)),
        (None, None),
    ] {
        refused(&bench.position(old, new));
    }
    let but = |name: &str, value: &str| {
        let mut position = bench.position(None, Some(10));
        position[name] = value.into();
        position
    };
    refused(&but("new_path", "old.yml"));
    refused(&but("old_path", "new.yml"));
    refused(&but("base_sha", &bench.head));
    refused(&but("start_sha", &bench.head));
    bench.discuss(&but("position_type", "sound")).refuses(400, "position_type");
    let mut missing = bench.position(None, Some(10));
    missing.as_object_mut().unwrap().remove("start_sha");
    bench.discuss(&missing).refuses(400, "position[start_sha] is missing");
    assert_eq!((bench.forge.writes(), bench.forge.conversation("acme/shop", 1).discussions.len()), (3, 3));
}

#[test]
fn several_lines_are_named_by_their_codes() {
    let bench = bench();
    let path = "b6ded9df7dbaaa2a1efbd6ef1b8ef0dd8f5c8bcb";
    let ranged = |start: &str, end: &str| {
        let mut position = bench.position(None, Some(10));
        position["line_range"] = json!({
            "start": { "line_code": start, "type": "new" }, "end": { "line_code": end, "type": "new" },
        });
        position
    };
    let code = sha1_of("app.yml");
    assert_ne!(code, path);
    bench.discuss(&ranged(&format!("{code}_9_9"), &format!("{code}_11_10"))).is(201);
    bench.discuss(&ranged(&format!("{path}_9_9"), &format!("{code}_11_10"))).refuses(400, "line code");
    bench.discuss(&ranged(&format!("{code}_99_99"), &format!("{code}_11_10"))).refuses(400, "line code");
    bench.discuss(&ranged("", &format!("{code}_11_10"))).refuses(400, "line code");
}

/// By another program than the fake's library.
fn sha1_of(text: &str) -> String {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("text"), text).unwrap();
    let output = std::process::Command::new("sha1sum").arg(folder.path().join("text")).output().unwrap();
    String::from_utf8(output.stdout).unwrap()[..40].to_owned()
}

#[test]
fn a_form_says_the_same_as_json() {
    let bench = bench();
    let position = bench.position(None, Some(10));
    let mut form: Vec<(String, String)> = vec![("body".to_owned(), "look & see".to_owned())];
    for (name, value) in position.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()) {
        let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        form.push((format!("position[{name}]"), value));
    }
    let url = format!("{}{MERGE}/discussions", bench.forge.url());
    let mut response = ureq::post(url).header("private-token", "bot").send_form(form).unwrap();
    let made: Value = serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap();
    assert_eq!(
        (&made["notes"][0]["body"], &made["notes"][0]["position"]["new_line"]),
        (&json!("look & see"), &json!(10))
    );
}

#[test]
fn a_note_moves_with_its_line_or_is_outdated() {
    let bench = bench();
    bench.discuss(&bench.position(None, Some(10))).is(201);
    bench.discuss(&bench.position(Some(9), Some(9))).is(201);
    bench.push(&[("app.yml", &lines(&[(2, "line 2\nmore\n"), (10, "changed\n")]))]);
    let position = |n: usize| {
        let all = bench.bot().get(&format!("{MERGE}/discussions")).is(200);
        let position = all[n]["notes"][0]["position"].clone();
        (position["old_line"].clone(), position["new_line"].clone(), position["head_sha"].clone())
    };
    let head = bench.bot().get(MERGE).is(200)["sha"].clone();
    assert_eq!(position(0), (Value::Null, json!(11), head.clone()));
    assert_eq!(position(1), (json!(9), json!(10), head));
    bench.push(&[("app.yml", &lines(&[(10, "something else\n")]))]);
    assert_eq!(position(0), (Value::Null, json!(10), json!(bench.head)), "it keeps the position it had");
    let conversation = bench.forge.conversation("acme/shop", 1);
    assert!(conversation.discussions[0].outdated && !conversation.discussions[1].outdated);
    assert!(conversation.markdown().contains("on app.yml (outdated)"), "{}", conversation.markdown());
}

#[test]
fn discussions_are_answered_edited_and_resolved() {
    let bench = bench();
    let client = bench.bot();
    let made = bench.discuss(&bench.position(None, Some(10))).is(201);
    let path = format!("{MERGE}/discussions/{}", made["id"].as_str().unwrap());
    client.post(&format!("{path}/notes"), &json!({ "body": "yes" })).is(201);
    assert_eq!(client.get(&path).is(200)["notes"][1]["body"], "yes");
    let note = format!("{path}/notes/{}", made["notes"][0]["id"]);
    put(&client, &note, &json!({ "body": "edited" })).is(200);
    put(&client, &note, &json!({ "body": "x", "resolved": true })).refuses(400, "mutually exclusive");
    put(&client, &path, &json!({})).refuses(400, "resolved is missing");
    put(&client, &path, &json!({ "resolved": "perhaps" })).refuses(400, "resolved is invalid");
    let resolved = put(&client, &format!("{path}?resolved=true"), &json!({})).is(200);
    assert_eq!(
        (&resolved["notes"][0]["resolved"], &resolved["notes"][0]["body"]),
        (&json!(true), &json!("edited"))
    );
    bench.forge.member("acme/shop", "ann", 20);
    bench.forge.token("ann", Token::access("ann", &["api"]));
    let ann = bench.with("ann");
    put(&ann, &path, &json!({ "resolved": false })).refuses(403, "403 Forbidden");
    put(&ann, &note, &json!({ "body": "mine" })).refuses(403, "403 Forbidden");
    bench.forge.token("dev", Token::access("dev", &["api"]));
    put(&bench.with("dev"), &path, &json!({ "resolved": false })).is(200);
    client.get(&format!("{MERGE}/discussions/none")).refuses(404, "Discussion");
    client
        .post(&format!("{MERGE}/discussions/none/notes"), &json!({ "body": "x" }))
        .refuses(404, "Discussion");
}

#[test]
fn notes_are_neither_blank_nor_too_long_nor_commands() {
    let bench = bench();
    let client = bench.bot();
    let path = format!("{MERGE}/notes");
    client.post(&path, &json!({})).refuses(400, "body is missing");
    client.post(&path, &json!({ "body": " " })).refuses(400, "can't be blank");
    bench.forge.limits(Limits { note_characters: 5, ..Limits::default() });
    client.post(&path, &json!({ "body": "éééééé" })).refuses(400, "too long");
    client.post(&path, &json!({ "body": "ééééé" })).is(201);
    bench.forge.limits(Limits::default());
    let made = client.post(&path, &json!({ "body": "found this:\n/close\n```\n/merge\n```" })).is(201);
    assert_eq!(made["body"], "found this:\n```\n/merge\n```");
    client.post(&path, &json!({ "body": "/approve" })).is(202);
    let commands = bench.forge.conversation("acme/shop", 1).commands;
    assert_eq!(
        commands,
        [("bot".to_owned(), "/close".to_owned()), ("bot".to_owned(), "/approve".to_owned())]
    );
    let one = format!("{path}/{}", made["id"]);
    client.get(&one).is(200);
    let reply = json!({ "body": "x" });
    let all = client.get(&format!("{MERGE}/discussions")).is(200);
    let id = all[0]["id"].as_str().unwrap();
    client.post(&format!("{MERGE}/discussions/{id}/notes"), &reply).refuses(400, "can not be replied to");
    client.post(&format!("{one}/award_emoji"), &json!({ "name": "eyes" })).is(201);
    client.post(&format!("{one}/award_emoji"), &json!({ "name": "eyes" })).refuses(404, "already been taken");
}

#[test]
fn a_locked_discussion_takes_developers_notes_only() {
    let bench = bench();
    bench.forge.member("acme/shop", "ann", 20);
    bench.forge.token("ann", Token::access("ann", &["api"]));
    let path = format!("{MERGE}/notes");
    bench.with("ann").post(&path, &json!({ "body": "x" })).is(201);
    bench.forge.lock("acme/shop", 1);
    assert_eq!(bench.bot().get(MERGE).is(200)["discussion_locked"], true);
    bench.with("ann").post(&path, &json!({ "body": "x" })).refuses(403, "403 Forbidden");
    bench.bot().post(&path, &json!({ "body": "x" })).is(201);
    bench.forge.close("acme/shop", 1);
    bench.bot().post(&path, &json!({ "body": "x" })).is(201);
}

#[test]
fn a_status_goes_forward_only() {
    let bench = bench();
    let client = bench.bot();
    let path = format!("{PROJECT}/statuses/{}", bench.head);
    let set = |state: &str| client.post(&path, &json!({ "state": state, "name": "hallpass" }));
    set("pending").is(201);
    set("pending").refuses(400, "Cannot transition status via :enqueue from :pending");
    set("running").is(201);
    set("running").refuses(400, "Cannot transition status via :run from :running");
    set("success").is(201);
    set("pending").is(201);
    set("finished").refuses(400, "state");
    client.post(&path, &json!({})).refuses(400, "state is missing");
    client
        .post(&path, &json!({ "state": "success", "description": "x".repeat(256) }))
        .refuses(400, "too long");
    client.post(&path, &json!({ "state": "success", "target_url": "javascript:x" })).refuses(400, "schemes");
    client
        .post(&format!("{PROJECT}/statuses/{}", "0".repeat(40)), &json!({ "state": "success" }))
        .refuses(404, "Commit");
    bench.forge.member("acme/shop", "ann", 20);
    bench.forge.token("ann", Token::access("ann", &["api"]));
    bench.with("ann").post(&path, &json!({ "state": "success" })).refuses(403, "403 Forbidden");
    let list = format!("{PROJECT}/repository/commits/{}/statuses", bench.head);
    assert_eq!(client.get(&list).is(200)[0]["status"], "pending");
    assert_eq!(client.get(&format!("{list}?all=true")).is(200).as_array().unwrap().len(), 2);
}

#[test]
fn the_repository_is_read_by_reference() {
    let bench = bench();
    let client = bench.bot();
    let at = |path: &str| client.get(&format!("{PROJECT}/repository/{path}"));
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        names(&at("tree?ref=change&recursive=true").is(200)),
        ["app.yml", "ci", "ci/new.yml", "old.yml"]
    );
    assert_eq!(names(&at("tree?ref=change&path=ci").is(200)), ["ci/new.yml"]);
    at("tree?ref=change&path=none").refuses(404, "Tree");
    at("tree?ref=none").refuses(404, "Commit");
    let file = at("files/ci%2Fnew.yml?ref=change").is(200);
    assert_eq!(
        (&file["content"], &file["size"], &file["encoding"]),
        (&json!("YQpiCg=="), &json!(4), &json!("base64"))
    );
    at("files/ci%2Fnew.yml").refuses(400, "ref is missing");
    at("files/ci%2Fnew.yml?ref=main").refuses(404, "File");
    assert_eq!(at("files/ci%2Fnew.yml/raw?ref=change").text_of(200), "a\nb\n");
    let compared = at("compare?from=main&to=change").is(200);
    assert_eq!(
        (compared["commits"].as_array().unwrap().len(), &compared["diffs"][1]["new_path"]),
        (1, &json!("ci/new.yml"))
    );
    at("compare?from=main").refuses(400, "to is missing");
    let base = at("merge_base?refs%5B%5D=main&refs%5B%5D=change").is(200);
    assert_eq!(base["id"], at("commits/main").is(200)["id"]);
    at("merge_base?refs%5B%5D=main").refuses(400, "exactly 2 refs");
}

#[test]
fn members_have_levels() {
    let bench = bench();
    let client = bench.bot();
    let found = client.get("/api/v4/users?username=bot").is(200);
    let member = client.get(&format!("{PROJECT}/members/all/{}", found[0]["id"])).is(200);
    assert_eq!((&member["username"], &member["access_level"]), (&json!("bot"), &json!(30)));
    client.get(&format!("{PROJECT}/members/all/1")).refuses(404, "Member");
    assert_eq!(client.get(&format!("{PROJECT}/members/all")).is(200).as_array().unwrap().len(), 2);
    assert_eq!(client.get("/api/v4/users?username=nobody").is(200), json!([]));
    let by_id = format!("/api/v4/projects/{}", bench.forge.id("acme/shop"));
    assert_eq!(client.get(&by_id).is(200)["path_with_namespace"], "acme/shop");
}

#[test]
fn faults_hooks_and_limits_work_as_at_github() {
    let bench = bench();
    let rate = Some((1, Duration::from_millis(300)));
    bench.forge.token("few", Token { rate, ..Token::access("bot", &["api"]) });
    bench.with("few").get(MERGE).is(200);
    let refused = bench.with("few").get(MERGE);
    assert_eq!(refused.header("retry-after"), "1");
    refused.refuses(429, "Retry later");
    std::thread::sleep(Duration::from_millis(350));
    bench.with("few").get(MERGE).is(200);
    bench.forge.fault(Fault::once(Matching::new("POST", "/notes"), Answer::HangupAfterDoing));
    let note = json!({ "body": "x" });
    assert!(bench.bot().send("POST", &format!("{MERGE}/notes"), Some(&note)).is_none());
    assert_eq!(bench.forge.writes(), 1);
    bench.forge.before(Matching::any(), 1, |forge| forge.revoke("bot"));
    bench.bot().get(MERGE).refuses(401, "401 Unauthorized");
    assert!(bench.forge.journal().len() >= 5);
}

#[test]
fn a_fork_shares_objects() {
    let bench = bench();
    let fork = TempDir::new().unwrap();
    git(fork.path(), &["clone", "-q", bench.folder.path().to_str().unwrap(), "."]);
    let head = commit(fork.path(), &[("app.yml", &lines(&[(3, "theirs\n")]))]);
    bench.forge.fork("acme/shop", "eve/shop", fork.path());
    let request = MergeRequest { fork: Some("eve/shop".to_owned()), ..MergeRequest::of(&head) };
    let iid = bench.forge.open("acme/shop", request);
    let shown = bench.bot().get(&format!("{PROJECT}/merge_requests/{iid}")).is(200);
    assert_eq!(shown["source_project_id"], bench.forge.id("eve/shop"));
    assert_ne!(shown["source_project_id"], shown["target_project_id"]);
    let said = bench.forge.say("acme/shop", iid, "dev", None, "hello");
    assert!(said > 0 && bench.forge.conversation("acme/shop", iid).discussions[0].individual);
}
