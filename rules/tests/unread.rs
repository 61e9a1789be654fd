//! In a file that could not be read whole, values that only their names make secrets are not displayed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::sync::Arc;

use hallpass_rules::finding::Status;
use hallpass_rules::{Engine, Input, Settings};
use jiff::civil::date;

/// What the masks leave of a file that was not read whole.
fn shown(path: &str, text: &str) -> String {
    let settings = Settings { trace: true, key: b"tests".to_vec(), ..Settings::on(date(2026, 11, 24)) };
    let input = Input { path: path.to_owned(), bytes: Arc::from(text.as_bytes()), member: true };
    let answer = Engine::configure(settings).unwrap().check(path, &[input]);
    assert_eq!(answer.coverage[0].status, Status::Failed, "{text}");
    let mut bytes = text.as_bytes().to_vec();
    for mask in &answer.masks {
        bytes[mask.span.range()].fill(b'*');
    }
    String::from_utf8(bytes).unwrap()
}

/// A literal that looks like nothing known: made here, since a stored one would look like a leak.
fn literal(seed: u64) -> String {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
    };
    (0..24).map(|_| next()).collect()
}

#[test]
fn what_stands_behind_a_secret_name_is_hidden() {
    let cases = [
        ("main.tf", "resource \"aws_db_instance\" \"d\" {\n  password = \"SECRET\"\n"),
        (
            "main.tf",
            "resource \"aws_db_instance\" \"d\" {\n  name = \"n\"\n  password = <<EOT\nSECRET\nmore\n",
        ),
        ("main.tf", "provider \"aws\" {\n  secret_key = \"SECRET\" extra\n}\n"),
        ("main.tf", "provider \"aws\" {\n  settings = { user = \"a\", api_token = \"SECRET\"\n}\n"),
        ("main.tf", "locals {\n  connection_password_text = SECRET SECRET\n}\n"),
        (".github/workflows/a.yml", "on: push\nenv:\n  DB_PASSWORD: 'SECRET\njobs: {}\n"),
        (".github/workflows/a.yml", "on: push\nenv:\n\tDB_PASSWORD: SECRET\njobs: {}\n"),
        (".github/workflows/a.yml", "on: push\nenv:\n  DB_PASSWORD: |\n    SECRET\n  A: 'b\njobs: {}\n"),
        (
            ".github/workflows/a.yml",
            "on: push\nenv:\n  - name: DB_PASSWORD\n    other: 1\n    value: SECRET\n  A: 'b\n",
        ),
        (
            "k8s/a.yaml",
            "kind: Pod\n---\nkind: Secret\nstringData: { password: SECRET, x: [ }\n---\nkind: Pod\n",
        ),
    ];
    for (number, (path, text)) in cases.iter().enumerate() {
        let secret = literal(number as u64);
        let shown = shown(path, &text.replace("SECRET", &secret));
        assert!(!shown.contains(&secret) && !shown.contains(&secret[..6]), "{path}:\n{shown}");
    }
}

#[test]
fn other_values_stay_readable() {
    let text = "on: push\nenv:\n  REGION: eu-central-1\n  DB_PASSWORD: 'abcdef\njobs: {}\n";
    let shown = shown(".github/workflows/a.yml", text);
    assert!(shown.contains("REGION: eu-central-1") && !shown.contains("abcdef"), "{shown}");
}

#[test]
fn the_same_literal_is_hidden_where_the_file_was_read() {
    let secret = literal(99);
    let text = format!(
        "output \"x\" {{\n  value = \"{secret}\"\n}}\nlocals {{\n  password = \"{secret}\" extra\n}}\n"
    );
    let shown = shown("main.tf", &text);
    assert!(!shown.contains(&secret), "{shown}");
}
