//! Comments below a pull request, reactions, locks.

use hallpass_forge::github::Token;
use serde_json::json;

use crate::github::bench::{Bench, ISSUE, PULL};

#[test]
fn comments_are_made_read_and_edited() {
    let bench = Bench::new();
    let client = bench.as_job();
    let path = format!("{ISSUE}/comments");
    let made = client.post(&path, &json!({ "body": "hello" })).is(201);
    assert_eq!(made["user"]["login"], "github-actions[bot]");
    assert_eq!(made["performed_via_github_app"]["slug"], "github-actions");
    let one = format!("/repos/acme/shop/issues/comments/{}", made["id"]);
    client.patch(&one, &json!({ "body": "bye" })).is(200);
    assert_eq!(client.get(&one).is(200)["body"], "bye");
    assert_eq!(client.get(&path).is(200)[0]["body"], "bye");
    client.post(&path, &json!({ "body": "\n" })).refuses(422, "blank");
    client.post(&path, &json!({})).refuses(422, "body");
    client.post(&path, &json!({ "body": "ü".repeat(65_537) })).refuses(422, "too long");
    client.post(&path, &json!({ "body": "ü".repeat(65_536) })).is(201);
    client.patch("/repos/acme/shop/issues/comments/1", &json!({ "body": "x" })).refuses(404, "Not Found");
    assert_eq!(bench.forge.writes(), 3);
}

#[test]
fn only_people_who_may_write_edit_what_others_said() {
    let bench = Bench::new();
    let id = bench.forge.person("eve").comment("acme/shop", 1, "mine");
    let one = format!("/repos/acme/shop/issues/comments/{id}");
    let edit = json!({ "body": "yours" });
    bench.as_job().patch(&one, &edit).refuses(403, "not accessible by integration");
    bench.forge.token("ann", Token::person("ann", &[("issues", "write")]));
    bench.client("ann").patch(&one, &edit).refuses(403, "not accessible by personal access token");
    bench.forge.collaborator("acme/shop", "ann", "write");
    bench.client("ann").patch(&one, &edit).is(200);
}

#[test]
fn a_reaction_stands_once() {
    let bench = Bench::new();
    let id = bench.forge.person("eve").comment("acme/shop", 1, "/hallpass explain");
    let path = format!("/repos/acme/shop/issues/comments/{id}/reactions");
    let client = bench.as_job();
    client.post(&path, &json!({ "content": "eyes" })).is(201);
    client.post(&path, &json!({ "content": "eyes" })).is(200);
    client.post(&path, &json!({ "content": "rocket" })).is(201);
    client.post(&path, &json!({ "content": "thumbs" })).refuses(422, "content");
    client.post(&path, &json!({})).refuses(422, "content");
    let said = &bench.forge.conversation("acme/shop", 1).comments[0];
    assert_eq!(said.reactions, ["github-actions[bot] eyes", "github-actions[bot] rocket"]);
}

#[test]
fn closed_pull_requests_take_comments_and_locked_ones_do_not() {
    let bench = Bench::new();
    let client = bench.as_job();
    let path = format!("{ISSUE}/comments");
    let said = json!({ "body": "x" });
    let review = json!({ "event": "COMMENT", "body": "x" });
    bench.forge.close("acme/shop", 1);
    let id = client.post(&path, &said).is(201)["id"].clone();
    client.post(&format!("{PULL}/reviews"), &review).is(200);
    let comment = json!({ "body": "x", "commit_id": bench.head, "path": "app.yml", "line": 10 });
    let on_line = client.post(&format!("{PULL}/comments"), &comment).is(201)["id"].clone();
    bench.forge.lock("acme/shop", 1);
    client.post(&path, &said).refuses(403, "locked");
    client.post(&format!("{PULL}/reviews"), &review).refuses(403, "locked");
    client.post(&format!("{PULL}/comments"), &comment).refuses(403, "locked");
    client.post(&format!("{PULL}/comments/{on_line}/replies"), &said).refuses(403, "locked");
    client.patch(&format!("/repos/acme/shop/issues/comments/{id}"), &said).refuses(403, "locked");
    client.patch(&format!("/repos/acme/shop/pulls/comments/{on_line}"), &said).refuses(403, "locked");
    let reactions = format!("/repos/acme/shop/issues/comments/{id}/reactions");
    client.post(&reactions, &json!({ "content": "eyes" })).refuses(403, "locked");
}

#[test]
fn a_conversation_reads_as_a_page() {
    let bench = Bench::new();
    let client = bench.as_job();
    let person = bench.forge.person("dev");
    client.post(&format!("{ISSUE}/comments"), &json!({ "body": "Summary" })).is(201);
    let comment = json!({ "body": "Pin it.", "commit_id": bench.head, "path": "app.yml", "line": 10 });
    let id = client.post(&format!("{PULL}/comments"), &comment).is(201)["id"].as_u64().unwrap();
    person.reply("acme/shop", 1, id, "Done.");
    person.edit("acme/shop", 1, id, "Pin it, please.");
    person.resolve("acme/shop", 1, id);
    let annotation = json!({ "path": "app.yml", "start_line": 1, "end_line": 2, "annotation_level": "warning", "message": "m", "title": "t" });
    let output = json!({ "title": "1 finding", "summary": "One.", "annotations": [annotation] });
    let run =
        json!({ "name": "hallpass", "head_sha": bench.head, "conclusion": "failure", "output": output });
    client.post("/repos/acme/shop/check-runs", &run).is(201);
    let page = bench.forge.conversation("acme/shop", 1).markdown();
    assert_eq!(
        page,
        "## Comment by github-actions[bot]\n\nSummary\n\n\
         ## Thread on app.yml (line 10, resolved by dev)\n\n\
         ### github-actions[bot] (edited)\n\nPin it, please.\n\n### dev\n\nDone.\n\n\
         ## Check hallpass: failure — 1 finding\n\nOne.\n\n- warning app.yml:1–2 t: m\n\n"
    );
    person.unresolve("acme/shop", 1, id);
    person.delete("acme/shop", 1, id);
    assert!(bench.forge.conversation("acme/shop", 1).threads.is_empty());
}
