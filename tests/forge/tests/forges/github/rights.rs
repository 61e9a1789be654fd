//! Tokens, permissions, limits.

use std::time::Duration;

use hallpass_forge::github::{Rate, Secondary, Token};
use serde_json::json;

use crate::github::bench::{Bench, Client, ISSUE, PULL};

const USER_AGENT: (&str, &str) = ("user-agent", "test");

#[test]
fn without_a_name_or_a_known_token_nothing_is_told() {
    let bench = Bench::new();
    let url = bench.forge.url();
    let with = |headers: &[(&str, &str)]| Client::new(url, headers).get(PULL);
    with(&[("authorization", "Bearer job")]).refuses(403, "User-Agent");
    with(&[USER_AGENT]).refuses(401, "Requires authentication");
    with(&[USER_AGENT, ("authorization", "Bearer wrong")]).refuses(401, "Bad credentials");
    with(&[USER_AGENT, ("authorization", "Basic job")]).refuses(401, "Bad credentials");
    with(&[USER_AGENT, ("authorization", "token job")]).is(200);
    let version = |version| [USER_AGENT, ("authorization", "token job"), ("x-github-api-version", version)];
    with(&version("2022-11-28")).is(200);
    with(&version("1999-01-01")).refuses(400, "version");
}

#[test]
fn each_endpoint_needs_its_right() {
    let bench = Bench::new();
    bench.forge.token("none", Token::job(&[]));
    let none = bench.client("none");
    let refused = |path: &str| none.get(path).refuses(403, "Resource not accessible by integration");
    for path in ["", "/files", "/comments", "/reviews"] {
        refused(&format!("{PULL}{path}"));
    }
    refused("/repos/acme/shop/pulls");
    refused(&format!("{ISSUE}/comments"));
    refused("/repos/acme/shop/compare/main...change");
    refused(&format!("/repos/acme/shop/git/commits/{}", bench.head));
    refused("/repos/acme/shop/git/trees/main");
    refused(&format!("/repos/acme/shop/git/blobs/{}", bench.head));
    refused(&format!("/repos/acme/shop/commits/{}/check-runs", bench.head));
    refused(&format!("/repos/acme/shop/commits/{}/pulls", bench.head));
    none.get("/repos/acme/shop").is(200);
    bench.forge.token("read", Token::job(&[("pull_requests", "read"), ("issues", "read")]));
    let read = bench.client("read");
    read.get(PULL).is(200);
    let said = json!({ "body": "x" });
    let refusal = read.post(&format!("{ISSUE}/comments"), &said);
    assert_eq!(refusal.header("x-accepted-github-permissions"), "issues=write; pull_requests=write");
    refusal.refuses(403, "Resource not accessible by integration");
    read.post(&format!("{PULL}/reviews"), &json!({ "event": "COMMENT", "body": "x" }))
        .refuses(403, "not accessible");
    bench.forge.token("issues", Token::job(&[("issues", "write")]));
    bench.client("issues").post(&format!("{ISSUE}/comments"), &said).is(201);
}

#[test]
fn a_token_covers_its_repositories_only() {
    let bench = Bench::new();
    bench.forge.repository("acme/other", bench.folder.path());
    let narrow =
        Token { repositories: vec!["acme/other".to_owned()], ..Token::job(&[("pull_requests", "read")]) };
    bench.forge.token("narrow", narrow);
    bench.client("narrow").get(PULL).refuses(404, "Not Found");
    bench.client("narrow").get("/repos/acme/other").is(200);
    assert_eq!(bench.client("narrow").get("/repos/ACME/Other").is(200)["full_name"], "acme/other");
}

#[test]
fn a_token_expires_in_the_middle() {
    let bench = Bench::new();
    let token = Token { expires_after_requests: Some(2), ..Token::job(&[("pull_requests", "read")]) };
    bench.forge.token("short", token);
    let client = bench.client("short");
    client.get(PULL).is(200);
    client.get(PULL).is(200);
    client.get(PULL).refuses(401, "Bad credentials");
    bench.forge.revoke("job");
    bench.as_job().get(PULL).refuses(401, "Bad credentials");
}

#[test]
fn the_primary_limit_ends_and_begins_again() {
    let bench = Bench::new();
    for status in [403, 429] {
        let rate = Rate { limit: 2, period: Duration::from_millis(300), status };
        bench.forge.token("few", Token { rate, ..Token::job(&[("pull_requests", "read")]) });
        let client = bench.client("few");
        assert_eq!(client.get(PULL).header("x-ratelimit-remaining"), "1");
        assert_eq!(client.get("/rate_limit").is(200)["resources"]["core"]["remaining"], 1);
        assert_eq!(client.get(PULL).header("x-ratelimit-remaining"), "0");
        let refusal = client.get(PULL);
        assert_eq!(
            (refusal.header("x-ratelimit-remaining"), refusal.header("x-ratelimit-limit")),
            ("0", "2")
        );
        assert!(refusal.header("x-ratelimit-reset").parse::<i64>().unwrap() > 1_700_000_000);
        refusal.refuses(status, "API rate limit exceeded");
        std::thread::sleep(Duration::from_millis(350));
        client.get(PULL).is(200);
    }
}

#[test]
fn too_much_content_at_once_is_refused_for_a_while() {
    let bench = Bench::new();
    bench.forge.secondary(Secondary::new(2, Duration::from_millis(300), 1));
    let client = bench.as_job();
    let path = format!("{ISSUE}/comments");
    let said = json!({ "body": "x" });
    client.post(&path, &json!({})).refuses(422, "body");
    client.post(&path, &said).is(201);
    client.post(&path, &said).is(201);
    let refusal = client.post(&path, &said);
    assert_eq!(refusal.header("retry-after"), "1");
    refusal.refuses(403, "secondary rate limit");
    client.get(&path).is(200);
    std::thread::sleep(Duration::from_millis(350));
    client.post(&path, &said).is(201);
    assert_eq!(bench.forge.writes(), 3);
}

#[test]
fn people_and_installations_are_told_apart() {
    let bench = Bench::new();
    bench.as_job().get("/user").refuses(403, "Resource not accessible by integration");
    bench.forge.token("ann", Token::person("ann", &[]));
    assert_eq!(bench.client("ann").get("/user").is(200)["login"], "ann");
    bench.client("ann").get("/app").refuses(401, "JSON web token");
    bench.client("ann").get(PULL).refuses(403, "Resource not accessible by personal access token");
}

#[test]
fn roles_are_told_in_the_old_words_too() {
    let bench = Bench::new();
    for (login, role) in [("ann", "maintain"), ("bob", "triage"), ("eve", "read")] {
        bench.forge.collaborator("acme/shop", login, role);
    }
    let told = |login: &str| {
        let told = bench.as_job().get(&format!("/repos/acme/shop/collaborators/{login}/permission")).is(200);
        (told["permission"].as_str().unwrap().to_owned(), told["role_name"].as_str().unwrap().to_owned())
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(told("acme"), pair("admin", "admin"));
    assert_eq!(told("ann"), pair("write", "maintain"));
    assert_eq!(told("bob"), pair("read", "triage"));
    assert_eq!(told("eve"), pair("read", "read"));
    assert_eq!(told("stranger"), pair("none", "none"));
}
