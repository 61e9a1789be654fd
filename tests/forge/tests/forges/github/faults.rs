//! Faults, hooks, the journal.

use std::time::{Duration, Instant};

use hallpass_forge::github::Token;
use hallpass_forge::{Answer, Fault, Matching};
use serde_json::json;

use crate::github::bench::{Bench, ISSUE, PULL, lines};

#[test]
fn a_fault_hits_after_those_it_skips_and_as_often_as_planned() {
    let bench = Bench::new();
    let headers = vec![("retry-after".to_owned(), "7".to_owned())];
    bench.forge.fault(Fault {
        requests: Matching::new("GET", "/pulls/1$"),
        skip: 2,
        times: 2,
        answer: Answer::Status(502, headers, "<html>".to_owned()),
    });
    let client = bench.as_job();
    let statuses: Vec<u16> = (0..5).map(|_| client.get(PULL).status).collect();
    assert_eq!(statuses, [200, 200, 502, 502, 200]);
    client.get(&format!("{PULL}/files")).is(200);
    let journal = bench.forge.journal();
    let faults: Vec<bool> = journal.iter().map(|exchange| exchange.fault).collect();
    assert_eq!(faults, [false, false, true, true, false, false]);
    assert_eq!(journal[2].response_headers[0].0, "retry-after");
}

#[test]
fn a_hangup_is_silent_and_may_come_after_the_deed() {
    let bench = Bench::new();
    let comments = Matching::new("POST", "/issues/1/comments");
    bench.forge.fault(Fault::once(comments.clone(), Answer::Hangup));
    let client = bench.as_job();
    let path = format!("{ISSUE}/comments");
    assert!(client.send("POST", &path, Some(&json!({ "body": "lost" }))).is_none());
    assert_eq!((bench.forge.writes(), bench.forge.conversation("acme/shop", 1).comments.len()), (0, 0));
    bench.forge.fault(Fault::once(comments, Answer::HangupAfterDoing));
    assert!(client.send("POST", &path, Some(&json!({ "body": "done" }))).is_none());
    assert_eq!(
        (bench.forge.writes(), bench.forge.conversation("acme/shop", 1).comments[0].body.as_str()),
        (1, "done")
    );
    assert_eq!(bench.forge.journal()[1].status, None);
    client.post(&path, &json!({ "body": "again" })).is(201);
}

#[test]
fn a_slow_answer_comes_in_the_end_and_holds_up_nobody() {
    let bench = Bench::new();
    let slow = Duration::from_millis(400);
    bench.forge.fault(Fault::once(Matching::path("/files"), Answer::Slow(slow)));
    let began = Instant::now();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| bench.as_job().get(&format!("{PULL}/files")).is(200));
        std::thread::sleep(Duration::from_millis(50));
        bench.as_job().get("/rate_limit").is(200);
        let other = began.elapsed();
        waiting.join().unwrap();
        assert!(began.elapsed() >= slow && other < slow, "{other:?}");
    });
    assert!(!bench.forge.journal()[0].fault);
}

#[test]
fn a_hook_pushes_in_mid_run() {
    let bench = Bench::new();
    let head = crate::github::bench::commit(bench.folder.path(), &[("app.yml", &lines(&[(3, "x\n")]))]);
    let pushed = head.clone();
    bench
        .forge
        .before(Matching::new("GET", "/pulls/1$"), 2, move |forge| forge.push("acme/shop", 1, &pushed));
    let client = bench.as_job();
    client.get(&format!("{PULL}/files")).is(200);
    assert_eq!(client.get(PULL).is(200)["head"]["sha"], json!(bench.head));
    assert_eq!(client.get(PULL).is(200)["head"]["sha"], json!(head));
    bench.forge.before(Matching::any(), 1, |forge| forge.revoke("job"));
    client.get(PULL).refuses(401, "Bad credentials");
}

#[test]
fn the_journal_tells_who_did_what() {
    let bench = Bench::new();
    bench.forge.token("ann", Token::person("ann", &[("issues", "write")]));
    bench.client("ann").post(&format!("{ISSUE}/comments"), &json!({ "body": "x" })).is(201);
    bench.client("wrong").get(PULL).refuses(401, "Bad");
    let journal = bench.forge.journal();
    let told = &journal[0];
    assert_eq!(
        (told.method.as_str(), told.status, told.login.as_deref(), told.wrote),
        ("POST", Some(201), Some("ann"), true)
    );
    assert_eq!(told.request_body, json!({ "body": "x" }));
    assert!(told.request_headers.iter().all(|(name, _)| name != "authorization"));
    assert_eq!((journal[1].login.as_deref(), journal[1].wrote), (None, false));
}

#[test]
fn the_fake_is_gone_when_it_is_dropped() {
    let bench = Bench::new();
    let client = bench.as_job();
    client.get(PULL).is(200);
    drop(bench.forge);
    std::thread::sleep(Duration::from_millis(100));
    assert!(client.send("GET", PULL, None).is_none());
}

/// Where `a_recording_holds_no_token` starts this program again.
const RECORDED: &str = "github::faults::the_journal_tells_who_did_what";

#[test]
fn a_recording_holds_no_token() {
    let folder = tempfile::TempDir::new().unwrap();
    let record = |test: &str| {
        let program = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env("HALLPASS_EXCHANGES", folder.path())
            .output()
            .unwrap();
        assert!(program.status.success(), "{program:?}");
    };
    record(RECORDED);
    record(RECORDED);
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "each fake has a file of its own");
    let text = std::fs::read_to_string(&files[0]).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["status"], &lines[0]["wrote"]), (2, &json!(201), &json!(true)));
    assert_eq!((&lines[0]["forge"], &lines[0]["request_body"]["body"]), (&json!("github"), &json!("x")));
    assert!(!text.contains("Bearer") && !text.to_lowercase().contains("authorization\""), "{text}");
}
