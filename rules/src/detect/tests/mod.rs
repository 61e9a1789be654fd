//! Each detector against its own generator, twins that differ in one thing, and the promise that no secret leaves.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::civil::date;

use super::{canary, detectors, scan, shape, slots, tag};
use crate::engine::{Answer, Engine, Input, Settings};
use crate::fact::{Body, Credential, Evidence, Lifetime, Storage};
use crate::finding::{Confidence, Severity};

mod files;
mod places;
mod rows;
mod seeming;
mod settings;
mod told;
mod twins;

fn engine() -> Engine {
    Engine::configure(Settings { trace: true, key: b"key".to_vec(), ..Settings::on(date(2026, 11, 24)) })
        .unwrap()
}

/// Made once: the tests of rows check thousands of small files.
static ENGINE: LazyLock<Engine> = LazyLock::new(engine);

pub(in crate::detect) fn check(path: &str, text: &str) -> Answer {
    ENGINE.check(path, &[Input { path: path.to_owned(), bytes: Arc::from(text.as_bytes()), member: true }])
}

pub(in crate::detect) fn credentials(answer: &Answer) -> Vec<&Credential> {
    let bodies = answer.facts.facts.iter().filter_map(|f| match &f.body {
        Body::Credential(c) if !c.secret.is_empty() => Some(c),
        _ => None,
    });
    bodies.collect()
}

/// The detectors that speak of a text, with their variants.
fn named(text: &str) -> Vec<String> {
    let answer = check("notes.txt", text);
    credentials(&answer).iter().filter_map(|c| c.detector.clone()).collect()
}

fn only(text: &str) -> Credential {
    let answer = check("notes.txt", text);
    let found = credentials(&answer);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// The rule's word on a text: severity, confidence, message.
fn said(text: &str) -> (Severity, Confidence, String) {
    let answer = check("notes.txt", text);
    let findings: Vec<_> = answer.findings.iter().filter(|f| f.rule.starts_with("secret/")).collect();
    assert_eq!(findings.len(), 1, "{findings:?}");
    (findings[0].severity, findings[0].confidence, findings[0].message.clone())
}

#[test]
fn the_two_halves_of_an_aws_key_are_one_finding() {
    let id = format!("{}{}", "AKIA", "Y34FZKBOKMUTVV7A");
    let secret = canary("aws-secret-access-key", 3).unwrap().secret_parts.concat();
    for text in [
        format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n"),
        format!("provider \"aws\" {{\n  access_key = \"{id}\"\n  secret_key = \"{secret}\"\n}}\n"),
        format!(
            "- name: AWS_SECRET_ACCESS_KEY\n  value: \"{secret}\"\n- name: AWS_ACCESS_KEY_ID\n  value: {id}\n"
        ),
    ] {
        let (severity, _, message) = said(&text);
        assert_eq!(severity, Severity::Critical, "{text}");
        assert!(message.contains("AWS secret access key of account 609629065308"), "{message}");
    }
    assert!(named(&format!("commit = {secret}\n")).is_empty(), "forty characters alone are nothing");
}

#[test]
fn documentation_values_are_silent_and_counted() {
    let id = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
    let secret = ["wJalrXUtnFEMI", "/K7MDENG/bPxRfiCY", "EXAMPLEKEY"].concat();
    let answer = check("notes.txt", &format!("aws_access_key_id={id}\naws_secret_access_key={secret}\n"));
    assert!(credentials(&answer).is_empty());
    let counted = &answer.coverage[0].silent;
    assert_eq!(counted.get("a value that the issuer's documentation uses"), Some(&2), "{counted:?}");
}

#[test]
fn a_private_key_behind_comment_signs_is_one() {
    let der: Vec<u8> = [0x30_u8, 0x82].into_iter().chain((0..120).map(|i| (i * 37 + 11) as u8)).collect();
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|l| std::str::from_utf8(l).unwrap()).collect();
    for sign in ["# ", "#", "// ", "> ", "  # "] {
        let (key, dashes) = ("RSA PRIVATE KEY", "-----");
        let body: String = lines.iter().map(|line| format!("{sign}{line}\n")).collect();
        let all = format!("{sign}{dashes}BEGIN {key}{dashes}\n{body}{sign}{dashes}END {key}{dashes}\n");
        assert_eq!(named(&all), ["private-key"], "{sign:?}");
    }
}

#[test]
fn signed_addresses_state_their_rights_in_any_order() {
    let one = canary("azure-sas:account", 1).unwrap();
    let (_, _, message) = said(&one.text);
    let expected = "expires on 2031-01-01; account-wide signature: read, add, create, write, delete, delete version, \
                    list, update, process on blobs, files, queues, tables, also over plain http";
    assert!(message.contains(expected), "{message}");
    let (address, query) = one.text.split_once('?').unwrap();
    let mut parts: Vec<&str> = query.split('&').collect();
    parts.reverse();
    let (_, _, turned) = said(&format!("{address}?{}", parts.join("&")));
    assert_eq!(turned, message);
}

#[test]
fn a_pypi_token_without_caveats_is_account_wide() {
    let credential = only(&canary("pypi-token", 5).unwrap().text);
    assert_eq!(credential.evidence, Evidence::Verified);
    assert_eq!(credential.scope.unwrap().known(), Some("every project of its account"));
}

#[test]
fn a_url_shows_user_and_host_and_a_template_is_no_password() {
    let (severity, _, message) = said(&canary("url-credentials", 2).unwrap().text);
    assert_eq!(severity, Severity::High);
    assert!(message.contains("for postgres://db.acme.io"), "{message}");
    let (severity, _, _) = said(&format!("redis://app:{}@localhost:6379", super::canary::random(16, 1)));
    assert_eq!(severity, Severity::Info);
    for text in [
        "https://u:${TOKEN}@h.io",
        "https://u:$TOKEN@h.io",
        "https://u:<password>@h.io",
        "https://u:****@h.io",
        "git+ssh://git@h.io:22/x@y",
    ] {
        assert!(named(text).is_empty(), "{text}");
    }
    let token = canary("github-pat", 9).unwrap().text;
    assert_eq!(named(&format!("https://x-access-token:{token}@github.com/a/b")), ["github-pat"]);
}

#[test]
fn repeated_and_counted_up_bodies_are_silent() {
    let repeated = format!("{}{}", "ghp_", "x".repeat(36));
    let counted = format!("{}{}", "glpat-", "12345678901234567890");
    for text in [repeated, counted] {
        let answer = check("notes.txt", &text);
        assert!(credentials(&answer).is_empty());
        assert_eq!(answer.coverage[0].silent.values().sum::<u32>(), 1);
    }
}

#[test]
fn shapes_of_values_in_places_for_secrets() {
    use shape::Shape::{Literal, Reference, Weak};
    for text in [
        "",
        "${DB}",
        "$DB",
        "{{ .Values.x }}",
        "<password>",
        "$(cat x)",
        "%PASS%",
        "DB_PASSWORD",
        "/run/secrets/x",
        "arn:aws:x",
        "vault:kv/x",
        "op://a/b",
        "****",
        "xxxxxxxx",
        "https://a.b/c",
        "ENC[AES256_GCM,data:x]",
        "true",
    ] {
        assert!(matches!(shape::of(text), Reference(_)), "{text}");
    }
    for text in ["changeme", "Password", "abc"] {
        assert_eq!(shape::of(text), Weak, "{text}");
    }
    for text in ["hunter2-horse", "Kx93jf02kdL", "/Xk9+aTq03bLmZ71TyQwErTyUiOpAsDfGh42kL5z"] {
        assert_eq!(shape::of(text), Literal, "{text}");
    }
}

#[test]
fn names_of_places_for_secrets() {
    for (name, words) in [
        ("DB_PASSWORD", "password"),
        ("clientSecret", "secret"),
        ("api-key", "api key"),
        ("dbpassword", "password"),
    ] {
        assert!(slots::ends_in(&slots::words(name), words), "{name}");
    }
    for (name, words) in [
        ("password_file", "password"),
        ("secretName", "secret"),
        ("mytoken", "token"),
        ("public_key", "private key"),
    ] {
        assert!(!slots::ends_in(&slots::words(name), words), "{name}");
    }
}
