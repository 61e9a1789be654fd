//! Apps, their JSON web tokens, and the tokens of their installations.

use std::sync::LazyLock;

use hallpass_forge::github::{App, Key};
use serde_json::{Value, json};

use crate::github::bench::{Bench, PULL};

static KEY: LazyLock<Key> = LazyLock::new(Key::generate);

pub(crate) fn app(key: &Key) -> App {
    let permission = |name: &str, level: &str| (name.to_owned(), level.to_owned());
    App {
        id: 77,
        slug: "hall-pass".to_owned(),
        public_key: key.public(),
        permissions: vec![
            permission("checks", "write"),
            permission("pull_requests", "write"),
            permission("contents", "read"),
        ],
        repositories: Vec::new(),
        tokens_expire_after_requests: None,
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn token(issued: i64, expires: i64) -> String {
    KEY.sign(&json!({ "iss": "77", "iat": now() + issued, "exp": now() + expires }))
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.forge.app(app(&KEY));
    bench
}

#[test]
fn a_web_token_is_verified() {
    let bench = bench();
    let ask = |token: &str| bench.client(token).get("/app");
    assert_eq!(ask(&token(-60, 540)).is(200)["slug"], "hall-pass");
    ask(&token(-60, 630)).refuses(401, "too far in the future");
    ask(&token(-700, -10)).refuses(401, "'exp'");
    ask(&token(60, 540)).refuses(401, "'iat'");
    ask(&KEY.sign(&json!({ "iss": 77, "exp": now() + 60 }))).refuses(401, "'iat'");
    ask(&KEY.sign(&json!({ "iss": 78, "iat": now(), "exp": now() + 60 })))
        .refuses(401, "Integration not found");
    ask(&KEY.sign(&json!({ "iss": 15368, "iat": now(), "exp": now() + 60 })))
        .refuses(401, "Integration not found");
    let valid = token(-60, 540);
    let (head, signature) = valid.rsplit_once('.').unwrap();
    ask(&format!("{head}.{}{}", if signature.starts_with('A') { "B" } else { "A" }, &signature[1..]))
        .refuses(401, "could not be decoded");
    let stranger = Key::generate().sign(&json!({ "iss": 77, "iat": now(), "exp": now() + 60 }));
    ask(&stranger).refuses(401, "could not be decoded");
    ask("a.b.c").refuses(401, "could not be decoded");
    bench.client(&valid).get(PULL).refuses(401, "could not be decoded");
}

#[test]
fn an_installation_is_found_by_its_repository() {
    let bench = bench();
    let jwt = token(-60, 540);
    let found = bench.client(&jwt).get("/repos/acme/shop/installation").is(200);
    assert_eq!((&found["app_id"], &found["id"]), (&json!(77), &json!(app(&KEY).installation())));
    bench.as_job().get("/repos/acme/shop/installation").refuses(401, "JSON web token");
    bench.client(&jwt).get("/repos/acme/none/installation").refuses(404, "Not Found");
    bench.forge.app(App { repositories: vec!["acme/other".to_owned()], ..app(&KEY) });
    bench.client(&jwt).get("/repos/acme/shop/installation").refuses(404, "Not Found");
}

fn ask(bench: &Bench, body: &Value) -> crate::github::bench::Reply {
    let path = format!("/app/installations/{}/access_tokens", app(&KEY).installation());
    bench.client(&token(-60, 540)).post(&path, body)
}

#[test]
fn a_token_is_narrowed_and_never_widened() {
    let bench = bench();
    bench.forge.repository("acme/other", bench.folder.path());
    let narrow =
        json!({ "repositories": ["shop"], "permissions": { "pull_requests": "read", "metadata": "read" } });
    let made = ask(&bench, &narrow).is(201);
    assert_eq!(
        (&made["repository_selection"], &made["repositories"][0]["full_name"]),
        (&json!("selected"), &json!("acme/shop"))
    );
    assert_eq!(made["permissions"], json!({ "pull_requests": "read", "metadata": "read" }));
    let client = bench.client(made["token"].as_str().unwrap());
    client.get(PULL).is(200);
    client.get("/repos/acme/other").refuses(404, "Not Found");
    client.get("/repos/acme/shop/git/trees/main").refuses(403, "not accessible by integration");
    client
        .post(&format!("{PULL}/reviews"), &json!({ "event": "COMMENT", "body": "x" }))
        .refuses(403, "not accessible");
    ask(&bench, &json!({ "permissions": { "contents": "write" } })).refuses(422, "not granted");
    ask(&bench, &json!({ "permissions": { "issues": "read" } })).refuses(422, "not granted");
    ask(&bench, &json!({ "repositories": ["none"] })).refuses(422, "not accessible to the parent");
    ask(&bench, &json!({ "repositories": ["acme/shop"] })).refuses(422, "not accessible to the parent");
    let all = ask(&bench, &json!({})).is(201);
    let client = bench.client(all["token"].as_str().unwrap());
    let said = client.post("/repos/acme/shop/issues/1/comments", &json!({ "body": "x" })).is(201);
    assert_eq!(said["user"]["login"], "hall-pass[bot]");
    assert_eq!(bench.forge.writes(), 1, "tokens are no writes");
}

#[test]
fn an_hour_can_be_short_and_tokens_are_not_written_down() {
    let bench = bench();
    bench.forge.app(App { tokens_expire_after_requests: Some(1), ..app(&KEY) });
    let made = ask(&bench, &json!({})).is(201);
    let secret = made["token"].as_str().unwrap();
    bench.client(secret).get(PULL).is(200);
    bench.client(secret).get(PULL).refuses(401, "Bad credentials");
    let journal = format!("{:?}", bench.forge.journal());
    assert!(journal.contains("[token]") && !journal.contains(secret), "{journal}");
    let other = "/app/installations/1/access_tokens";
    bench.client(&token(-60, 540)).post(other, &json!({})).refuses(404, "Not Found");
    let path = format!("/app/installations/{}/access_tokens", app(&KEY).installation());
    bench.as_job().post(&path, &json!({})).refuses(401, "JSON web token");
}
