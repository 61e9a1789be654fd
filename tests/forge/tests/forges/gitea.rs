//! The fake Gitea, which is the fake Forgejo, too.

use hallpass_forge::gitea::{Gitea, Limits, Pull, Token};
use hallpass_forge::{Answer, Fault, Matching};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, Reply, commit, git, lines};

const SHOP: &str = "/api/v1/repos/acme/shop";
const PULL: &str = "/api/v1/repos/acme/shop/pulls/1";
const COMMENTS: &str = "/api/v1/repos/acme/shop/issues/1/comments";

struct Bench {
    forge: Gitea,
    folder: TempDir,
    head: String,
}

/// `acme/shop` with the pull request 1, which changes line 10 of `app.yml` and adds `ci/new.yml`.
fn bench() -> Bench {
    let folder = TempDir::new().unwrap();
    git(folder.path(), &["init", "-q"]);
    commit(folder.path(), &[("app.yml", &lines(&[])), ("old.yml", "one\ntwo\nthree\nfour\n")]);
    git(folder.path(), &["checkout", "-q", "-b", "change"]);
    let head = commit(folder.path(), &[("app.yml", &lines(&[(10, "changed\n")])), ("ci/new.yml", "a\nb\n")]);
    let forge = Gitea::start();
    forge.repository("acme/shop", folder.path());
    assert_eq!(forge.open("acme/shop", Pull::of(&head)), 1);
    forge.collaborator("acme/shop", "bot", "write");
    forge.token("bot", Token::new("bot", &["write:repository", "write:issue", "read:user"]));
    Bench { forge, folder, head }
}

impl Bench {
    fn push(&self, files: &[(&str, &str)]) {
        self.forge.push("acme/shop", 1, &commit(self.folder.path(), files));
    }

    fn with(&self, secret: &str) -> Client {
        Client::new(self.forge.url(), &[("authorization", &format!("token {secret}"))])
    }

    fn bot(&self) -> Client {
        self.with("bot")
    }

    fn review(&self, comments: &[Value]) -> Reply {
        let review = json!({ "event": "COMMENT", "body": "", "comments": comments });
        self.bot().post(&format!("{PULL}/reviews"), &review)
    }
}

fn on(new: u64, old: u64) -> Value {
    json!({ "path": "app.yml", "body": "look", "new_position": new, "old_position": old })
}

#[test]
fn scopes_and_roles_are_kept() {
    let bench = bench();
    let forge = &bench.forge;
    Client::new(forge.url(), &[]).get(PULL).refuses(401, "token is required");
    bench.with("wrong").get(PULL).refuses(401, "user does not exist");
    forge.token("reads", Token::new("bot", &["read:repository"]));
    bench.with("reads").get(PULL).is(200);
    bench.with("reads").get(COMMENTS).refuses(403, "required=[read:issue]");
    bench.with("reads").get("/api/v1/user").refuses(403, "required=[read:user]");
    let review = json!({ "event": "COMMENT", "body": "x" });
    bench.with("reads").post(&format!("{PULL}/reviews"), &review).refuses(403, "required=[write:repository]");
    forge.token("issues", Token::new("bot", &["write:issue"]));
    bench
        .with("issues")
        .post(&format!("{PULL}/reviews"), &review)
        .refuses(403, "required=[write:repository]");
    bench.with("issues").post(COMMENTS, &json!({ "body": "x" })).is(201);
    forge.token("eve", Token::new("eve", &["write:repository", "write:issue"]));
    bench.with("eve").get(PULL).refuses(404, "couldn't be found");
    forge.collaborator("acme/shop", "eve", "read");
    bench.with("eve").get(PULL).is(200);
    forge
        .token("short", Token { expires_after_requests: Some(1), ..Token::new("bot", &["read:repository"]) });
    bench.with("short").get(PULL).is(200);
    bench.with("short").get(PULL).refuses(401, "user does not exist");
    let bearer = Client::new(forge.url(), &[("authorization", "Bearer bot")]);
    assert_eq!(bearer.get("/api/v1/user").is(200)["login"], "bot");
    bench.bot().get(&format!("{SHOP}/labels")).refuses(404, "couldn't be found");
    assert_eq!(
        bench.bot().get(SHOP).is(200)["permissions"],
        json!({ "admin": false, "push": true, "pull": true })
    );
}

#[test]
fn permissions_are_told_to_administrators_and_to_oneself() {
    let bench = bench();
    let path = |login: &str| format!("{SHOP}/collaborators/{login}/permission");
    bench.bot().get(&path("eve")).refuses(403, "Only admins");
    assert_eq!(bench.bot().get(&path("bot")).is(200)["permission"], "write");
    bench.forge.collaborator("acme/shop", "bot", "admin");
    assert_eq!(bench.bot().get(&path("eve")).is(200)["permission"], "none");
    assert_eq!(bench.bot().get(&path("acme")).is(200)["permission"], "owner");
}

#[test]
fn a_pull_request_tells_its_ends_and_files() {
    let bench = bench();
    let client = bench.bot();
    let pull = client.get(PULL).is(200);
    assert_eq!((&pull["head"]["sha"], &pull["changed_files"]), (&json!(bench.head), &json!(2)));
    assert_eq!(pull["merge_base"], pull["base"]["sha"]);
    let files = client.get(&format!("{PULL}/files")).is(200);
    assert_eq!(
        (&files[0]["status"], &files[1]["status"], files[0].get("patch")),
        (&json!("changed"), &json!("added"), None)
    );
    let diff = client.get(&format!("{PULL}.diff")).text_of(200);
    assert!(diff.contains("\n-line 10\n+changed\n"), "{diff}");
    git(bench.folder.path(), &["mv", "old.yml", "moved.yml"]);
    let many: Vec<(String, &str)> = (0..60).map(|n| (format!("many/{n:02}.yml"), "x\n")).collect();
    bench.push(&many.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
    let first = client.get(&format!("{PULL}/files?limit=1000"));
    assert_eq!((first.json().as_array().unwrap().len(), first.header("x-total-count")), (50, "63"));
    assert!(first.header("link").contains(r#"page=2>; rel="next""#), "{first:?}");
    let last = client.get(&format!("{PULL}/files?limit=50&page=2")).is(200);
    let moved = last.as_array().unwrap().iter().find(|file| file["status"] == "renamed").expect("a rename");
    assert_eq!((&moved["filename"], &moved["previous_filename"]), (&json!("moved.yml"), &json!("old.yml")));
    bench.forge.close("acme/shop", 1);
    assert_eq!(client.get(&format!("{SHOP}/pulls")).is(200), json!([]));
    assert_eq!(client.get(&format!("{SHOP}/pulls?state=closed")).is(200)[0]["state"], "closed");
    client.get(&format!("{SHOP}/pulls/2")).refuses(404, "couldn't be found");
}

#[test]
fn a_review_comments_on_lines_of_the_diff() {
    let bench = bench();
    let made = bench.review(&[on(10, 0), on(0, 10), on(7, 0)]).is(200);
    assert_eq!(
        (&made["state"], &made["comments_count"], &made["commit_id"]),
        (&json!("COMMENT"), &json!(3), &json!(bench.head))
    );
    let path = format!("{PULL}/reviews/{}/comments", made["id"]);
    let comments = bench.bot().get(&path).is(200);
    assert_eq!((&comments[0]["position"], &comments[0]["original_position"]), (&json!(10), &json!(0)));
    assert_eq!((&comments[1]["position"], &comments[1]["original_position"]), (&json!(0), &json!(10)));
    assert!(comments[0]["diff_hunk"].as_str().unwrap().ends_with("+changed"), "{comments}");
    for wrong in [on(6, 0), on(14, 0), on(0, 99)] {
        bench.review(&[on(10, 0), wrong]).refuses(422, "not in the diff");
    }
    bench.review(&[on(10, 10)]).refuses(422, "old_position");
    bench.review(&[on(0, 0)]).refuses(422, "old_position");
    let mut other = on(1, 0);
    other["path"] = "old.yml".into();
    bench.review(&[other]).refuses(422, "not in the diff");
    let mut github = on(10, 0);
    github["line"] = 10.into();
    bench.review(&[github]).refuses(422, "unknown field");
    assert_eq!((bench.forge.writes(), bench.forge.conversation("acme/shop", 1).reviews.len()), (1, 1));
}

#[test]
fn events_of_reviews_are_as_in_gitea() {
    let bench = bench();
    let client = bench.bot();
    let path = format!("{PULL}/reviews");
    client.post(&path, &json!({ "event": "COMMENT" })).refuses(422, "requires a body or a comment");
    client.post(&path, &json!({ "event": "REQUEST_CHANGES" })).refuses(422, "requires a body");
    client.post(&path, &json!({ "comments": [on(10, 0)] })).refuses(422, "requires a body");
    let pending = client.post(&path, &json!({ "body": "later", "comments": [on(10, 0)] })).is(200);
    assert_eq!(pending["state"], "PENDING");
    assert!(bench.forge.conversation("acme/shop", 1).reviews.is_empty());
    bench.forge.collaborator("acme/shop", "dev", "write");
    bench.forge.token("dev", Token::new("dev", &["write:repository"]));
    bench.with("dev").get(&format!("{path}/{}", pending["id"])).refuses(404, "couldn't be found");
    assert_eq!(bench.with("dev").get(&path).is(200), json!([]));
    bench.with("dev").post(&path, &json!({ "event": "APPROVED" })).refuses(422, "your own pull");
    client.post(&path, &json!({ "event": "APPROVED" })).is(200);
    let at = |commit: &str| json!({ "event": "COMMENT", "commit_id": commit, "comments": [on(10, 0)] });
    client.post(&path, &at(&"0".repeat(40))).refuses(422, "no commit of this pull request");
    client.post(&path, &at(&bench.head)).is(200);
}

#[test]
fn a_comment_on_a_line_stays_where_it_was() {
    let bench = bench();
    let made = bench.review(&[on(10, 0), on(9, 0)]).is(200);
    bench.push(&[("app.yml", &lines(&[(2, "line 2\nmore\n"), (10, "other\n")]))]);
    let path = format!("{PULL}/reviews/{}/comments", made["id"]);
    let comments = bench.bot().get(&path).is(200);
    assert_eq!((&comments[0]["position"], &comments[1]["position"]), (&json!(10), &json!(9)));
    assert_eq!(bench.bot().get(&format!("{PULL}/reviews")).is(200)[0]["stale"], true);
    let conversation = bench.forge.conversation("acme/shop", 1);
    let outdated: Vec<bool> =
        conversation.reviews[0].comments.iter().map(|comment| comment.outdated).collect();
    assert_eq!(outdated, [true, false]);
    let id = comments[1]["id"].as_u64().unwrap();
    bench.forge.resolve("acme/shop", 1, "dev", id);
    assert_eq!(bench.bot().get(&path).is(200)[1]["resolver"]["login"], "dev");
    let page = bench.forge.conversation("acme/shop", 1).markdown();
    assert!(page.contains("### On app.yml (line 10, outdated) by bot"), "{page}");
}

#[test]
fn comments_of_either_kind_are_edited_as_comments() {
    let bench = bench();
    let client = bench.bot();
    client.post(COMMENTS, &json!({})).refuses(422, "Required");
    let made = client.post(COMMENTS, &json!({ "body": "hello" })).is(201);
    let one = format!("{SHOP}/issues/comments/{}", made["id"]);
    client.patch(&one, &json!({ "body": "bye" })).is(200);
    assert_eq!(client.get(COMMENTS).is(200)[0]["body"], "bye");
    let review = bench.review(&[on(10, 0)]).is(200);
    let path = format!("{PULL}/reviews/{}/comments", review["id"]);
    let on_line = client.get(&path).is(200)[0]["id"].clone();
    client.patch(&format!("{SHOP}/issues/comments/{on_line}"), &json!({ "body": "fixed" })).is(200);
    assert_eq!(client.get(&path).is(200)[0]["body"], "fixed");
    assert_eq!(client.get(COMMENTS).is(200).as_array().unwrap().len(), 1, "those on lines are not listed");
    client
        .patch(&format!("{SHOP}/issues/comments/1"), &json!({ "body": "x" }))
        .refuses(404, "couldn't be found");
    bench.forge.collaborator("acme/shop", "eve", "read");
    bench.forge.token("eve", Token::new("eve", &["write:issue"]));
    bench.with("eve").patch(&one, &json!({ "body": "x" })).refuses(403, "may not edit");
    let react = format!("{one}/reactions");
    client.post(&react, &json!({ "content": "eyes" })).is(201);
    client.post(&react, &json!({ "content": "eyes" })).is(200);
    client.post(&react, &json!({ "content": "shrug" })).refuses(403, "not an allowed reaction");
    assert_eq!(bench.forge.conversation("acme/shop", 1).comments[0].reactions, ["bot eyes"]);
    for n in 0..40 {
        bench.forge.say("acme/shop", 1, "dev", &format!("note {n}"));
    }
    assert_eq!(client.get(COMMENTS).is(200).as_array().unwrap().len(), 41, "all in one page");
}

#[test]
fn a_locked_conversation_takes_writers_comments_only() {
    let bench = bench();
    bench.forge.collaborator("acme/shop", "eve", "read");
    bench.forge.token("eve", Token::new("eve", &["write:issue", "write:repository"]));
    let said = json!({ "body": "x" });
    bench.with("eve").post(COMMENTS, &said).is(201);
    bench.forge.lock("acme/shop", 1);
    bench.with("eve").post(COMMENTS, &said).refuses(403, "locked");
    let review = json!({ "event": "COMMENT", "body": "x" });
    bench.with("eve").post(&format!("{PULL}/reviews"), &review).refuses(403, "locked");
    bench.bot().post(COMMENTS, &said).is(201);
}

#[test]
fn statuses_need_someone_who_may_write() {
    let bench = bench();
    let client = bench.bot();
    let path = format!("{SHOP}/statuses/{}", bench.head);
    client.post(&path, &json!({ "state": "pending", "context": "hallpass" })).is(201);
    client.post(&path, &json!({ "state": "success", "context": "hallpass" })).is(201);
    client.post(&path, &json!({ "state": "fine" })).refuses(422, "fine");
    client.post(&path, &json!({})).refuses(422, "Required");
    client.post(&path, &json!({ "state": "success", "target_url": "x" })).refuses(422, "URL");
    client
        .post(&format!("{SHOP}/statuses/{}", "0".repeat(40)), &json!({ "state": "success" }))
        .refuses(404, "found");
    bench.forge.collaborator("acme/shop", "eve", "read");
    bench.forge.token("eve", Token::new("eve", &["write:repository"]));
    bench.with("eve").post(&path, &json!({ "state": "success" })).refuses(403, "permission to write");
    let listed = client.get(&format!("{SHOP}/commits/{}/statuses", bench.head)).is(200);
    assert_eq!((&listed[0]["status"], listed.as_array().unwrap().len()), (&json!("success"), 2));
}

#[test]
fn objects_are_read_whole_and_in_pages() {
    let bench = bench();
    let client = bench.bot();
    let tree = client.get(&format!("{SHOP}/git/trees/change?recursive=true")).is(200);
    assert_eq!(
        (&tree["total_count"], &tree["truncated"], &tree["tree"][2]["path"]),
        (&json!(4), &json!(false), &json!("ci/new.yml"))
    );
    let blob = tree["tree"][2]["sha"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&format!("{SHOP}/git/blobs/{blob}")).is(200)["content"], "YQpiCg==");
    let file = client.get(&format!("{SHOP}/contents/ci/new.yml?ref=change")).is(200);
    assert_eq!((&file["content"], &file["sha"]), (&json!("YQpiCg=="), &json!(blob)));
    client.get(&format!("{SHOP}/contents/ci/new.yml")).refuses(404, "couldn't be found");
    assert_eq!(client.get(&format!("{SHOP}/raw/ci/new.yml?ref={}", bench.head)).text_of(200), "a\nb\n");
    let compared = client.get(&format!("{SHOP}/compare/main...change")).is(200);
    assert_eq!((&compared["total_commits"], &compared["commits"][0]["sha"]), (&json!(1), &json!(bench.head)));
    client.get(&format!("{SHOP}/compare/main...none")).refuses(404, "couldn't be found");
    bench.forge.limits(Limits { tree_entries: 3, blob_bytes: 3 });
    let cut = client.get(&format!("{SHOP}/git/trees/change?recursive=true&per_page=1000")).is(200);
    assert_eq!((&cut["truncated"], cut["tree"].as_array().unwrap().len()), (&json!(true), 3));
    let rest = client.get(&format!("{SHOP}/git/trees/change?recursive=true&page=2")).is(200);
    assert_eq!((&rest["truncated"], &rest["tree"][0]["path"]), (&json!(false), &json!("old.yml")));
    let large = client.get(&format!("{SHOP}/git/blobs/{blob}")).is(200);
    assert_eq!((&large["content"], &large["size"]), (&Value::Null, &json!(4)));
}

#[test]
fn a_fork_shares_objects_and_forgejo_says_so() {
    let bench = bench();
    let fork = TempDir::new().unwrap();
    git(fork.path(), &["clone", "-q", bench.folder.path().to_str().unwrap(), "."]);
    let head = commit(fork.path(), &[("app.yml", &lines(&[(3, "theirs\n")]))]);
    bench.forge.fork("acme/shop", "eve/shop", fork.path());
    let number = bench.forge.open("acme/shop", Pull { fork: Some("eve/shop".to_owned()), ..Pull::of(&head) });
    let pull = bench.bot().get(&format!("{SHOP}/pulls/{number}")).is(200);
    assert_eq!(
        (&pull["head"]["repo"]["full_name"], &pull["head"]["sha"]),
        (&json!("eve/shop"), &json!(head))
    );
    assert_eq!(bench.bot().get("/api/v1/version").is(200)["version"], "1.24.6");
    let forgejo = Gitea::forgejo();
    forgejo.token("bot", Token::new("bot", &[]));
    let client = Client::new(forgejo.url(), &[("authorization", "token bot")]);
    assert!(client.get("/api/v1/version").is(200)["version"].as_str().unwrap().contains("+gitea-"));
}

#[test]
fn faults_and_hooks_work_as_at_github() {
    let bench = bench();
    bench.forge.fault(Fault::once(Matching::new("POST", "/reviews"), Answer::HangupAfterDoing));
    let review = json!({ "event": "COMMENT", "body": "x" });
    assert!(bench.bot().send("POST", &format!("{PULL}/reviews"), Some(&review)).is_none());
    assert_eq!(bench.forge.writes(), 1);
    bench.forge.before(Matching::path("/pulls/1"), 2, |forge| forge.revoke("bot"));
    bench.bot().get(PULL).is(200);
    bench.bot().get(PULL).refuses(401, "user does not exist");
    assert_eq!(bench.forge.journal().len(), 3);
}
