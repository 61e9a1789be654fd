//! Check runs, annotations, commit statuses.

use hallpass_forge::github::{Key, Token};
use serde_json::{Value, json};

use crate::github::bench::{Bench, Client};

const RUNS: &str = "/repos/acme/shop/check-runs";

fn annotation(more: &[(&str, Value)]) -> Value {
    let mut annotation = json!({
        "path": "app.yml", "start_line": 3, "end_line": 3, "annotation_level": "warning", "message": "m",
    });
    for (name, value) in more {
        annotation[*name] = value.clone();
    }
    annotation
}

fn output(annotations: &[Value]) -> Value {
    json!({ "title": "t", "summary": "s", "annotations": annotations })
}

fn create(bench: &Bench, client: &Client, more: &[(&str, Value)]) -> crate::github::bench::Reply {
    let mut body = json!({ "name": "hallpass", "head_sha": bench.head });
    for (name, value) in more {
        body[*name] = value.clone();
    }
    client.post(RUNS, &body)
}

#[test]
fn fifty_annotations_a_request_append() {
    let bench = Bench::new();
    let client = bench.as_job();
    let many = |count: usize| output(&vec![annotation(&[]); count]);
    create(&bench, &client, &[("output", many(51))]).refuses(422, "No more than 50 items");
    let run = create(&bench, &client, &[("output", many(50))]).is(201);
    assert_eq!(
        (&run["status"], &run["conclusion"], &run["app"]["id"]),
        (&json!("queued"), &Value::Null, &json!(15_368))
    );
    let path = format!("{RUNS}/{}", run["id"]);
    client.patch(&path, &json!({ "output": many(51) })).refuses(422, "No more than 50 items");
    let run = client.patch(&path, &json!({ "output": many(7), "conclusion": "failure" })).is(200);
    assert_eq!((&run["output"]["annotations_count"], &run["status"]), (&json!(57), &json!("completed")));
    assert_eq!(bench.forge.conversation("acme/shop", 1).checks[0].annotations.len(), 57);
}

#[test]
fn an_annotation_keeps_its_limits() {
    let bench = Bench::new();
    let client = bench.as_job();
    let refused = |more: &[(&str, Value)], words: &str| {
        create(&bench, &client, &[("output", output(&[annotation(&[]), annotation(more)]))])
            .refuses(422, words);
    };
    refused(&[("end_line", json!(4)), ("start_column", json!(1))], "Columns");
    refused(&[("start_column", json!(5)), ("end_column", json!(4))], "end_column");
    refused(&[("end_line", json!(2))], "end_line");
    refused(&[("start_line", json!(0)), ("end_line", json!(0))], "end_line");
    refused(&[("title", json!("é".repeat(256)))], "255");
    refused(&[("message", json!("é".repeat(32_769)))], "64 KB");
    refused(&[("raw_details", json!("x".repeat(65_537)))], "64 KB");
    refused(&[("annotation_level", json!("error"))], "annotation_level");
    refused(&[("annotation_level", Value::Null)], "annotation_level");
    refused(&[("path", Value::Null)], "path");
    refused(&[("colour", json!("red"))], "permitted");
    assert!(bench.forge.conversation("acme/shop", 1).checks.is_empty());
    let largest = annotation(&[
        ("start_column", json!(4)),
        ("end_column", json!(4)),
        ("title", json!("é".repeat(255))),
        ("message", json!("é".repeat(32_768))),
        ("raw_details", json!("x".repeat(65_536))),
    ]);
    create(&bench, &client, &[("output", output(&[largest]))]).is(201);
}

#[test]
fn an_output_keeps_its_limits() {
    let bench = Bench::new();
    let client = bench.as_job();
    let with = |title: &str, summary: usize, text: usize| json!({ "title": title, "summary": "é".repeat(summary), "text": "é".repeat(text) });
    create(&bench, &client, &[("output", with("t", 65_536, 1))]).refuses(422, "summary");
    create(&bench, &client, &[("output", with("t", 1, 65_536))]).refuses(422, "text");
    create(&bench, &client, &[("output", with(&"t".repeat(256), 1, 1))]).refuses(422, "title");
    create(&bench, &client, &[("output", json!({ "title": "t" }))]).refuses(422, "summary");
    create(&bench, &client, &[("output", json!({ "summary": "s" }))]).refuses(422, "title");
    let run = create(&bench, &client, &[("output", with("t", 65_535, 65_535))]).is(201);
    let path = format!("{RUNS}/{}", run["id"]);
    client.patch(&path, &json!({ "output": { "title": "t" } })).refuses(422, "summary");
    let run = client.patch(&path, &json!({ "output": { "summary": "short" } })).is(200);
    assert_eq!((&run["output"]["title"], &run["output"]["summary"]), (&json!("t"), &json!("short")));
}

#[test]
fn a_run_is_of_a_commit_and_ends_with_a_conclusion() {
    let bench = Bench::new();
    let client = bench.as_job();
    create(&bench, &client, &[("head_sha", json!("0".repeat(40)))]).refuses(422, "No commit found");
    create(&bench, &client, &[("head_sha", json!("main"))]).refuses(422, "No commit found");
    create(&bench, &client, &[("status", json!("completed"))]).refuses(422, "conclusion");
    create(&bench, &client, &[("conclusion", json!("stale"))]).refuses(422, "conclusion");
    create(&bench, &client, &[("status", json!("waiting"))]).refuses(422, "status");
    create(&bench, &client, &[("completed_at", json!("yesterday"))]).refuses(422, "date-time");
    create(&bench, &client, &[("details_url", json!("ftp://x"))]).refuses(422, "http");
    let button = json!({ "label": "Explain", "description": "d", "identifier": "i" });
    create(&bench, &client, &[("actions", json!([button, button, button, button]))])
        .refuses(422, "No more than 3");
    let long = json!([{ "label": "l".repeat(21), "description": "d", "identifier": "i" }]);
    create(&bench, &client, &[("actions", long)]).refuses(422, "label");
    create(&bench, &client, &[("name", json!(""))]).refuses(422, "name");
    let run =
        create(&bench, &client, &[("status", json!("in_progress")), ("actions", json!([button]))]).is(201);
    assert_eq!(run["pull_requests"][0]["number"], 1);
    let done = client.patch(&format!("{RUNS}/{}", run["id"]), &json!({ "conclusion": "neutral" })).is(200);
    assert!(done["completed_at"].is_string() && done["status"] == "completed", "{done}");
    client.patch(&format!("{RUNS}/1"), &json!({ "conclusion": "neutral" })).refuses(404, "Not Found");
    client
        .patch(&format!("{RUNS}/{}", run["id"]), &json!({ "head_sha": bench.base }))
        .refuses(422, "permitted");
}

#[test]
fn only_the_app_that_made_a_run_changes_it_and_people_make_none() {
    let bench = Bench::new();
    let run = create(&bench, &bench.as_job(), &[]).is(201);
    bench.forge.token("ann", Token::person("ann", &[("checks", "write")]));
    create(&bench, &bench.client("ann"), &[]).refuses(403, "authenticate via a GitHub App");
    bench.forge.token("none", Token::job(&[("checks", "read")]));
    create(&bench, &bench.client("none"), &[]).refuses(403, "not accessible by integration");
    bench.forge.app(crate::github::apps::app(&Key::generate()));
    let other = Token { login: "hall-pass[bot]".to_owned(), ..Token::job(&[("checks", "write")]) };
    bench.forge.token("other", other);
    let path = format!("{RUNS}/{}", run["id"]);
    bench.client("other").patch(&path, &json!({ "status": "queued" })).refuses(403, "Invalid app_id");
    create(&bench, &bench.client("other"), &[]).is(201);
}

#[test]
fn lists_of_runs_are_filtered() {
    let bench = Bench::new();
    let client = bench.as_job();
    let first = create(&bench, &client, &[]).is(201);
    let second = create(&bench, &client, &[("conclusion", json!("success"))]).is(201);
    let other = create(&bench, &client, &[("name", json!("other check"))]).is(201);
    let ids = |query: &str| -> Vec<Value> {
        let list = client.get(&format!("/repos/acme/shop/commits/{}/check-runs{query}", bench.head)).is(200);
        assert_eq!(list["total_count"], list["check_runs"].as_array().unwrap().len());
        list["check_runs"].as_array().unwrap().iter().map(|run| run["id"].clone()).collect()
    };
    let [first, second, other] = [&first["id"], &second["id"], &other["id"]].map(Clone::clone);
    assert_eq!(ids(""), [second.clone(), other.clone()]);
    assert_eq!(ids("?filter=all"), [first.clone(), second.clone(), other.clone()]);
    assert_eq!(ids("?check_name=other%20check"), std::slice::from_ref(&other));
    assert_eq!(ids("?filter=all&status=queued"), [first, other]);
    assert_eq!(ids("?app_id=1"), Vec::<Value>::new());
    assert_eq!(ids("?app_id=15368&status=completed"), [second]);
    client.get("/repos/acme/shop/commits/change/check-runs").is(200);
    client.get("/repos/acme/shop/commits/gone/check-runs").refuses(422, "No commit found");
}

#[test]
fn statuses_need_their_right_and_keep_their_limits() {
    let bench = Bench::new();
    let path = format!("/repos/acme/shop/statuses/{}", bench.head);
    let status = json!({ "state": "success", "context": "hallpass", "description": "fine" });
    bench.as_job().post(&path, &status).refuses(403, "not accessible by integration");
    bench.forge.token("statuses", Token::job(&[("statuses", "write")]));
    let client = bench.client("statuses");
    client.post(&path, &status).is(201);
    client.post(&path, &json!({ "state": "fine" })).refuses(422, "state");
    client.post(&path, &json!({})).refuses(422, "state");
    client.post(&path, &json!({ "state": "error", "description": "x".repeat(141) })).refuses(422, "140");
    client.post(&path, &json!({ "state": "error", "target_url": "x" })).refuses(422, "http");
    client.post(&path.replace(&bench.head, "main"), &status).refuses(422, "No commit found");
    let statuses = bench.forge.conversation("acme/shop", 1).statuses;
    assert_eq!(statuses.len(), 1);
    assert_eq!(
        (statuses[0].state.as_str(), statuses[0].creator.as_str()),
        ("success", "github-actions[bot]")
    );
}
