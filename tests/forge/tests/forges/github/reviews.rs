//! Reviews and comments on lines.

use serde_json::{Value, json};

use crate::github::bench::{Bench, Client, PULL, lines};

fn comment(line: u64) -> Value {
    json!({ "path": "app.yml", "line": line, "side": "RIGHT", "body": "look" })
}

fn review(client: &Client, comments: &[Value]) -> crate::github::bench::Reply {
    client.post(
        &format!("{PULL}/reviews"),
        &json!({ "event": "COMMENT", "body": "seen", "comments": comments }),
    )
}

fn count(client: &Client, of: &str) -> usize {
    client.get(&format!("{PULL}/{of}")).is(200).as_array().unwrap().len()
}

#[test]
fn lines_of_a_hunk_take_comments_context_included() {
    let bench = Bench::new();
    let client = bench.as_job();
    let made = review(&client, &[comment(7), comment(10), comment(13)]).is(200);
    assert_eq!(made["state"], "COMMENTED");
    let comments = client.get(&format!("{PULL}/comments")).is(200);
    assert_eq!(comments.as_array().unwrap().len(), 3);
    assert_eq!((&comments[1]["line"], &comments[1]["commit_id"]), (&json!(10), &json!(bench.head)));
    assert_eq!(comments[1]["pull_request_review_id"], made["id"]);
    let hunk = comments[1]["diff_hunk"].as_str().unwrap();
    assert!(hunk.starts_with("@@ -7,7") && hunk.ends_with("\n-line 10\n+changed"), "{hunk}");
    assert_eq!(comments[1]["position"], 5);
    assert_eq!(bench.forge.writes(), 1);
}

#[test]
fn a_line_outside_refuses_the_whole_review() {
    let bench = Bench::new();
    let client = bench.as_job();
    for line in [6, 14, 20, 1000] {
        review(&client, &[comment(10), comment(line)]).refuses(422, "Line could not be resolved");
    }
    let elsewhere = json!({ "path": "old.yml", "line": 1, "body": "look" });
    review(&client, &[comment(10), elsewhere]).refuses(422, "Path could not be resolved");
    assert_eq!((count(&client, "comments"), count(&client, "reviews"), bench.forge.writes()), (0, 0, 0));
}

#[test]
fn the_old_side_has_lines_of_its_own() {
    let bench = Bench::new();
    let head = bench.push(&[("app.yml", &lines(&[(10, ""), (11, "")]))]);
    let client = bench.as_job();
    let on = |line: u64, side: &str| json!({ "path": "app.yml", "line": line, "side": side, "body": "look" });
    review(&client, &[on(14, "LEFT")]).is(200);
    review(&client, &[on(14, "RIGHT")]).refuses(422, "Line");
    let made = client.get(&format!("{PULL}/comments")).is(200);
    assert_eq!((&made[0]["side"], &made[0]["commit_id"]), (&json!("LEFT"), &json!(head)));
}

#[test]
fn several_lines_start_above_in_the_same_hunk() {
    let bench = Bench::new();
    bench.push(&[("app.yml", &lines(&[(3, "c\n"), (16, "d\n")]))]);
    let client = bench.as_job();
    let span = |start: u64, line: u64| json!({ "path": "app.yml", "start_line": start, "start_side": "RIGHT", "line": line, "side": "RIGHT", "body": "look" });
    review(&client, &[span(2, 4)]).is(200);
    let made = client.get(&format!("{PULL}/comments")).is(200);
    assert_eq!((&made[0]["start_line"], &made[0]["line"]), (&json!(2), &json!(4)));
    review(&client, &[span(4, 4)]).refuses(422, "Start line");
    review(&client, &[span(5, 4)]).refuses(422, "Start line");
    review(&client, &[span(3, 16)]).refuses(422, "Start line");
    let across = |start: u64, line: u64| {
        json!({
            "path": "app.yml", "start_line": start, "start_side": "LEFT", "line": line, "side": "RIGHT", "body": "look",
        })
    };
    review(&client, &[across(3, 3)]).is(200);
    review(&client, &[across(2, 2)]).refuses(422, "Start line");
    review(&client, &[across(4, 3)]).refuses(422, "Start line");
    let without_side = json!({ "path": "app.yml", "start_side": "RIGHT", "line": 4, "body": "look" });
    review(&client, &[without_side]).refuses(422, "start_line");
}

#[test]
fn a_body_is_neither_blank_nor_too_long() {
    let bench = Bench::new();
    let client = bench.as_job();
    let with = |body: String| json!({ "path": "app.yml", "line": 10, "body": body });
    review(&client, &[with("é".repeat(65_537))]).refuses(422, "too long");
    review(&client, &[with(" ".to_owned())]).refuses(422, "blank");
    review(&client, &[with("é".repeat(65_536))]).is(200);
    let empty = json!({ "event": "COMMENT", "comments": [] });
    client.post(&format!("{PULL}/reviews"), &empty).refuses(422, "blank");
    let silent = json!({ "event": "COMMENT", "comments": [comment(10)] });
    client.post(&format!("{PULL}/reviews"), &silent).is(200);
    let long = json!({ "event": "COMMENT", "body": "x".repeat(65_537) });
    client.post(&format!("{PULL}/reviews"), &long).refuses(422, "too long");
}

#[test]
fn a_review_is_of_a_commit_of_the_pull_request() {
    let bench = Bench::new();
    let client = bench.as_job();
    let at = |commit: &str| json!({ "event": "COMMENT", "commit_id": commit, "comments": [comment(10)] });
    let path = format!("{PULL}/reviews");
    client.post(&path, &at(&bench.base)).refuses(422, "commit_id");
    client.post(&path, &at(&"0".repeat(40))).refuses(422, "commit_id");
    client.post(&path, &at(&bench.head)).is(200);
    let old = bench.head.clone();
    bench.push(&[("app.yml", &lines(&[(10, "again\n")]))]);
    client.post(&path, &at(&old)).is(200);
}

#[test]
fn without_an_event_a_review_waits_unseen() {
    let bench = Bench::new();
    let client = bench.as_job();
    let pending = json!({ "comments": [comment(10)] });
    let made = client.post(&format!("{PULL}/reviews"), &pending).is(200);
    assert_eq!(made["state"], "PENDING");
    client.post(&format!("{PULL}/reviews"), &pending).refuses(422, "one pending review");
    assert_eq!(count(&client, "comments"), 0);
    assert!(bench.forge.conversation("acme/shop", 1).threads.is_empty());
}

#[test]
fn unknown_members_and_wrong_types_are_refused() {
    let bench = Bench::new();
    let client = bench.as_job();
    let path = format!("{PULL}/reviews");
    client.post(&path, &json!({ "event": "COMMENT", "body": "x", "oops": 1 })).refuses(422, "permitted");
    client.post(&path, &json!({ "event": "SHOUT", "body": "x" })).refuses(422, "event");
    client.post(&path, &json!({ "event": "COMMENT", "body": 1 })).refuses(422, "string");
    client.post(&path, &json!(["x"])).refuses(400, "object");
    let no_line = json!({ "path": "app.yml", "body": "x" });
    review(&client, &[no_line]).refuses(422, "line");
}

#[test]
fn a_single_comment_is_on_a_line_or_a_file() {
    let bench = Bench::new();
    let client = bench.as_job();
    let path = format!("{PULL}/comments");
    let on = |more: &[(&str, Value)]| {
        let mut body = json!({ "body": "look", "commit_id": bench.head, "path": "app.yml" });
        for (name, value) in more {
            body[*name] = value.clone();
        }
        body
    };
    client.post(&path, &on(&[("line", json!(20))])).refuses(422, "must be part of the diff");
    client.post(&path, &on(&[])).refuses(422, "line");
    client
        .post(&path, &on(&[("commit_id", json!(bench.base)), ("line", json!(10))]))
        .refuses(422, "commit_id");
    client
        .post(&path, &on(&[("path", json!("old.yml")), ("subject_type", json!("file"))]))
        .refuses(422, "path");
    let line = client.post(&path, &on(&[("line", json!(10))])).is(201);
    assert_eq!((&line["line"], &line["subject_type"]), (&json!(10), &json!("line")));
    let file = client.post(&path, &on(&[("subject_type", json!("file"))])).is(201);
    assert_eq!((&file["line"], &file["subject_type"]), (&Value::Null, &json!("file")));
    assert_eq!((count(&client, "comments"), count(&client, "reviews")), (2, 2));
}

#[test]
fn comments_are_answered_and_edited() {
    let bench = Bench::new();
    let client = bench.as_job();
    review(&client, &[comment(10)]).is(200);
    let id = client.get(&format!("{PULL}/comments")).is(200)[0]["id"].clone();
    let reply = client.post(&format!("{PULL}/comments/{id}/replies"), &json!({ "body": "yes" })).is(201);
    assert_eq!(reply["in_reply_to_id"], id);
    let again = format!("{PULL}/comments/{}/replies", reply["id"]);
    client.post(&again, &json!({ "body": "no" })).refuses(422, "replies to replies");
    client.post(&format!("{PULL}/comments/1/replies"), &json!({ "body": "no" })).refuses(404, "Not Found");
    let one = format!("/repos/acme/shop/pulls/comments/{id}");
    client.patch(&one, &json!({ "body": "edited" })).is(200);
    assert_eq!(client.get(&one).is(200)["body"], "edited");
    client.patch(&one, &json!({ "body": "" })).refuses(422, "blank");
    client.patch(&one, &json!({ "body": "x", "line": 3 })).refuses(422, "permitted");
    let theirs = bench.forge.person("dev").comment_on("acme/shop", 1, "app.yml", 9, "mine");
    let theirs = format!("/repos/acme/shop/pulls/comments/{theirs}");
    client.patch(&theirs, &json!({ "body": "x" })).refuses(403, "not accessible");
}

#[test]
fn nobody_approves_what_is_their_own() {
    let bench = Bench::new();
    bench.forge.token("dev", hallpass_forge::github::Token::person("dev", &[("pull_requests", "write")]));
    bench.forge.token("ann", hallpass_forge::github::Token::person("ann", &[("pull_requests", "write")]));
    let approve = json!({ "event": "APPROVE" });
    bench.client("dev").post(&format!("{PULL}/reviews"), &approve).refuses(422, "own pull request");
    let made = bench.client("ann").post(&format!("{PULL}/reviews"), &approve).is(200);
    assert_eq!(made["state"], "APPROVED");
}
