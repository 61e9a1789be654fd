//! What has the shape of a token leaves in no answer, also where no file holds it as it is: a companion's value that was
//! decoded, one put together from several, a word of the configuration.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::sync::Arc;

use hallpass_rules::detect::canary;
use hallpass_rules::ledger::Tree;
use hallpass_rules::policy::Problem;
use hallpass_rules::{Engine, Input, Settings};
use jiff::civil::date;

fn engine(config: Option<&str>) -> Result<Engine, Vec<Problem>> {
    Engine::configure(Settings {
        config: config.map(|text| ("hallpass.toml".to_owned(), text.as_bytes().to_vec())),
        trace: true,
        key: b"tests".to_vec(),
        ..Settings::on(date(2026, 11, 24))
    })
}

/// A token, and its secret part.
fn token() -> (String, String) {
    let text = canary("github-pat", 7).unwrap().text;
    let secret = text.strip_prefix("ghp_").unwrap().to_owned();
    (text, secret)
}

fn input(path: &str, text: &str, member: bool) -> Input {
    Input { path: path.to_owned(), bytes: Arc::from(text.as_bytes()), member }
}

/// A role of this name; its long session is a finding in the file that is checked beside it.
fn role(name: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"r\" {{\n  name                 = {name}\n  max_session_duration = 43200\n}}\n"
    )
}

fn answer(companion: &str) -> (String, usize) {
    let files = [input("main.tf", "locals {}\n", true), input("a.tf", companion, false)];
    let answer = engine(None).unwrap().check("dir", &files);
    let masked = answer.masks.iter().filter(|m| m.path == "a.tf").count();
    (format!("{answer:?}{}", serde_json::to_string(&answer.facts).unwrap()), masked)
}

#[test]
fn a_companions_escaped_token_is_masked_and_not_told() {
    let (_, secret) = token();
    let (told, masked) = answer(&role(&format!("\"\\u0067hp_{secret}\"")));
    assert!(!told.contains(&secret) && told.contains("aws_iam_role"), "{told}");
    assert_eq!(masked, 1);
}

#[test]
fn a_token_put_together_is_not_told() {
    let (_, secret) = token();
    let (first, second) = secret.split_at(secret.len() / 2);
    for name in [
        format!("\"${{local.a}}{second}\"\n}}\nlocals {{\n  a = \"ghp_{first}\""),
        format!("join(\"\", [\"gh\", \"p_{first}\", \"{second}\"])"),
    ] {
        let (told, _) = answer(&role(&name));
        assert!(!told.contains(&secret) && told.contains("aws_iam_role"), "{told}");
    }
}

#[test]
fn a_token_in_the_configuration_is_not_told() {
    let (token, secret) = token();
    let weak = "correct horse";
    for (config, said) in [
        (format!("[[waiver]]\nrule = \"scope\"\nfingerprint = \"{token}\"\n"), "hex digits"),
        (format!("[[waiver]]\nrule = \"scope\"\nfingerprint = \"{weak}\"\n"), "hex digits"),
        (format!("[[waiver]]\nrule = \"{token}\"\n"), "no rule and no class"),
        (
            format!(
                "[[waiver]]\nrule = \"lifetime\"\nowner = \"{token}\"\nreason = \"\\u0067hp_{secret}\"\n"
            ),
            "bound to no finding",
        ),
    ] {
        let review = engine(Some(&config)).unwrap().review(Tree { whole: true, ..Tree::default() });
        let told = format!("{review:?}");
        assert!(told.contains(said), "{config}: {told}");
        assert!(!told.contains(&secret) && !told.contains(weak), "{config}: {told}");
    }
    let digest = "0".repeat(64);
    let problems =
        engine(Some(&format!("[[plugin]]\npath = \"{token}.wasm\"\nsha256 = \"{digest}\"\n"))).unwrap_err();
    assert!(problems.iter().all(|p| !p.message.contains(&secret)), "{problems:?}");
    assert!(problems[0].message.contains("shape of a token"), "{problems:?}");
}
