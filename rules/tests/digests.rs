//! Routes address list items without a name by a digest. It must not cover a secret: whoever has a public baseline could
//! try guesses until the digest fits.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass_rules::{Answer, Engine, Input, Settings};
use jiff::civil::date;

fn check(path: &str, text: &str) -> Answer {
    let settings = Settings { key: b"tests".to_vec(), ..Settings::on(date(2026, 11, 24)) };
    let input = Input { path: path.to_owned(), bytes: Arc::from(text.as_bytes()), member: true };
    Engine::configure(settings).unwrap().check(path, &[input])
}

/// Every route that leaves the engine.
fn routes(answer: &Answer) -> BTreeSet<String> {
    let facts = answer.facts.facts.iter().map(|f| f.at.route.0.clone());
    let contexts = answer.facts.contexts.iter().map(|c| c.at.route.0.clone());
    facts.chain(contexts).chain(answer.findings.iter().map(|f| f.route.clone())).collect()
}

/// Files with a password in an item without a name, `PASSWORD` in its place.
const FILES: [(&str, &str); 6] = [
    (
        "list.yaml",
        "databases:\n  - url: postgres://shop:PASSWORD@db.internal/shop # hallpass: allow(x)\n    pool: 5\n",
    ),
    ("list.json", "[{\"pool\": 5, \"url\": \"postgres://shop:PASSWORD@db.internal/shop\"}]\n"),
    ("documents.yaml", "pool: 1\n---\nurl: postgres://shop:PASSWORD@db.internal/shop\n---\npool: 3\n"),
    ("named.yaml", "databases:\n  - name: postgres://shop:PASSWORD@db.internal/shop\n    pool: 5\n"),
    (
        "main.tf",
        "resource \"aws_mq_broker\" \"b\" {\n  user {\n    username = \"app\"\n    password = \"PASSWORD\"\n  }\n  \
         user {\n    username = \"ops\"\n    password = \"PASSWORD\"\n  }\n}\n\
         locals {\n  list = [{ pool = 5, url = \"postgres://shop:PASSWORD@db.internal/shop\" }]\n}\n",
    ),
    ("Dockerfile", "FROM alpine:3\nRUN pg_dump postgres://shop:PASSWORD@db.internal/shop > dump\n"),
];

#[test]
fn another_guessable_secret_leaves_every_route_as_it_was() {
    for (path, text) in FILES {
        let with = |password: &str| check(path, &text.replace("PASSWORD", password));
        let (one, other) = (with("Winter2024"), with("Summer1999x"));
        assert!(one.findings.iter().any(|f| f.rule.starts_with("secret/")), "{path}: nothing to hide");
        assert!(routes(&one).iter().any(|r| r.contains('[')), "{path}: no item in {:?}", routes(&one));
        assert_eq!(routes(&one), routes(&other), "{path}");
        let places =
            |answer: &Answer| answer.findings.iter().map(|f| f.place_id.clone()).collect::<BTreeSet<_>>();
        assert_eq!(places(&one), places(&other), "{path}");
    }
}

#[test]
fn what_is_no_secret_still_tells_items_apart() {
    for (path, text) in FILES.iter().filter(|(path, _)| *path != "named.yaml") {
        let text = text.replace("PASSWORD", "Winter2024");
        let changed =
            text.replace("pool: 5", "pool: 6").replace("pool = 5", "pool = 6").replace("\": 5", "\": 6");
        let changed = changed.replace("url: postgres", "uri: postgres").replace("> dump", "> dumps");
        assert_ne!(changed, text, "{path}");
        assert_ne!(routes(&check(path, &text)), routes(&check(path, &changed)), "{path}");
    }
}
