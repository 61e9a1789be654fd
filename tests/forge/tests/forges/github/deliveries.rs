//! Webhooks as a receiver sees them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use hallpass_forge::github::{Event, Key};
use serde_json::{Value, json};

use crate::github::bench::{Bench, lines};

/// Takes one request, answers 202, and tells what it was.
fn receiver() -> (String, std::thread::JoinHandle<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut read = Vec::new();
        let mut part = [0; 65_536];
        loop {
            let count = stream.read(&mut part).unwrap();
            read.extend_from_slice(&part[..count]);
            let text = String::from_utf8_lossy(&read).into_owned();
            let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let body = read[head.len() + 4..].to_vec();
            if body.len() == length.parse::<usize>().unwrap() {
                stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok").unwrap();
                return (head.to_owned(), body);
            }
        }
    });
    (url, thread)
}

#[test]
fn a_delivery_is_signed_over_its_bytes() {
    let bench = Bench::new();
    let (url, received) = receiver();
    let event = Event::PullRequest("acme/shop".to_owned(), 1, "opened");
    let answer = bench.forge.deliver(&url, "It's a Secret to Everybody", &event).unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (202, "ok"));
    let (head, body) = received.join().unwrap();
    assert!(head.starts_with("POST /hook?x=1 HTTP/1.1"), "{head}");
    assert!(head.contains("x-github-event: pull_request") && head.contains("x-github-delivery: "), "{head}");
    assert!(head.contains("x-hub-signature-256: sha256="), "{head}");
    let payload: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (&payload["action"], &payload["pull_request"]["head"]["sha"]),
        (&json!("opened"), &json!(bench.head))
    );
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(bench.forge.deliver(&format!("http://{nobody}/"), "x", &event).is_none());
}

#[test]
fn the_signature_is_that_of_githubs_documentation() {
    // <https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation>
    let bench = Bench::new();
    let mut delivery = bench.forge.event(&Event::Ping("acme/shop".to_owned()));
    delivery.body = b"Hello, World!".to_vec();
    let expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(delivery.signature("It's a Secret to Everybody"), expected);
}

#[test]
fn payloads_tell_the_state_as_it_is() {
    let bench = Bench::new();
    bench.forge.app(crate::github::apps::app(&Key::generate()));
    let payload = |event: &Event| -> (String, Value) {
        let delivery = bench.forge.event(event);
        (delivery.event.clone(), serde_json::from_slice(&delivery.body).unwrap())
    };
    let shop = || "acme/shop".to_owned();
    let before = bench.head.clone();
    let head = bench.push(&[("app.yml", &lines(&[(4, "x\n")]))]);
    let (_, pushed) = payload(&Event::PullRequest(shop(), 1, "synchronize"));
    assert_eq!((&pushed["before"], &pushed["after"]), (&json!(before), &json!(head)));
    assert_eq!(pushed["installation"]["id"], crate::github::apps::app(&Key::generate()).installation());
    bench.forge.close("acme/shop", 1);
    let (_, closed) = payload(&Event::PullRequest(shop(), 1, "closed"));
    assert_eq!(closed["pull_request"]["state"], "closed");
    bench.forge.reopen("acme/shop", 1);
    payload(&Event::PullRequest(shop(), 1, "reopened"));
    payload(&Event::PullRequest(shop(), 1, "opened"));
    let id = bench.forge.person("eve").comment("acme/shop", 1, "/hallpass explain");
    let (name, comment) = payload(&Event::IssueComment(shop(), 1, id));
    assert_eq!((name.as_str(), &comment["sender"]["login"]), ("issue_comment", &json!("eve")));
    assert!(comment["issue"]["pull_request"]["url"].is_string());
    let run = json!({ "name": "hallpass", "head_sha": head, "conclusion": "failure" });
    let run = bench.as_job().post("/repos/acme/shop/check-runs", &run).is(201)["id"].as_u64().unwrap();
    let (name, again) = payload(&Event::CheckRunRerequested(shop(), run, "dev".to_owned()));
    assert_eq!((name.as_str(), &again["check_run"]["id"]), ("check_run", &json!(run)));
    let button = Event::CheckRunRequestedAction(shop(), run, "explain".to_owned(), "dev".to_owned());
    assert_eq!(payload(&button).1["requested_action"]["identifier"], "explain");
    let (name, suite) = payload(&Event::CheckSuite(shop(), head.clone(), "requested"));
    assert_eq!((name.as_str(), &suite["check_suite"]["head_sha"]), ("check_suite", &json!(head)));
    payload(&Event::CheckSuite(shop(), head, "rerequested"));
    let (name, ping) = payload(&Event::Ping(shop()));
    assert_eq!(name, "ping");
    assert!(ping.get("installation").is_none());
}
