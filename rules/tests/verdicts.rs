//! What is said of whole files, through the engine: that nothing passes silently, and that what is harmless is let be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use hallpass_rules::finding::{Confidence, Finding};
use hallpass_rules::{Answer, Engine, Input, Settings};

/// The answer about files of one unit, of which the first is the member.
fn answer(files: &[(&str, &str)]) -> Answer {
    let settings = Settings {
        today: jiff::civil::date(2026, 11, 24),
        config: None,
        select: Vec::new(),
        ignore: Vec::new(),
        min_confidence: Confidence::Low,
        trace: false,
        key: Vec::new(),
    };
    let inputs: Vec<Input> = files
        .iter()
        .enumerate()
        .map(|(index, (path, text))| Input {
            path: (*path).to_owned(),
            bytes: text.as_bytes().into(),
            member: index == 0,
        })
        .collect();
    Engine::configure(settings).unwrap().check(files[0].0, &inputs)
}

/// What a rule says: line, severity and message.
fn said(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    let line = |f: &Finding| {
        let (_, text) = files.iter().find(|(path, _)| *path == f.at.path).expect("a file of the unit");
        text.as_bytes().iter().take(f.at.span.start as usize).filter(|b| **b == b'\n').count() + 1
    };
    let findings = answer(files).findings.into_iter().filter(|f| f.rule == rule);
    findings.map(|f| format!("{} {:?} {}", line(&f), f.severity, f.message).to_lowercase()).collect()
}

/// The same of one workflow.
fn workflow(text: &str, rule: &str) -> Vec<String> {
    said(&[(".github/workflows/w.yml", text)], rule)
}

#[test]
fn a_setting_about_credentials_is_no_credential() {
    let text = "
on: push
jobs:
  a:
    steps:
      - uses: a/b@v1
        with:
          persist-credentials: \"no\"
          use-token: always
          with-credentials: include
          credentials: anonymous
      - uses: a/b@v1
        with:
          password: hunter-forever
";
    let found = workflow(text, "secret/hardcoded-credential");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("14 "), "{found:?}");
}

const ENDPOINT: &str = r#"
resource "TYPE" "s3" {
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }]
  })
}
"#;

#[test]
fn an_endpoint_policy_lets_nobody_in() {
    let open =
        |kind: &str| said(&[("main.tf", &ENDPOINT.replace("TYPE", kind))], "anonymous/principal").len();
    assert_eq!(open("aws_vpc_endpoint"), 0);
    assert_eq!(open("aws_vpc_endpoint_policy"), 0);
    assert_eq!(open("aws_sqs_queue_policy"), 1);
}

#[test]
fn a_bare_policy_is_an_endpoints_only_where_nothing_else_could_carry_it() {
    let statement = |action: &str, resource: &str, condition: &str| {
        let text = format!(
            r#"{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "{action}", "Resource": {resource},
                "Condition": {{{condition}}}}}]}}"#
        );
        said(&[("policy.json", &text)], "anonymous/principal").len()
    };
    let whose = r#""StringEquals": {"aws:ResourceOrgID": "o-1"}"#;
    assert_eq!(statement("*", r#""*""#, whose), 0);
    assert_eq!(statement("s3:GetObject", r#"["arn:aws:s3:::one/*", "arn:aws:s3:::two/*"]"#, ""), 0);
    // A bucket policy that mistakes the resource's organisation for the caller's.
    assert_eq!(statement("s3:GetObject", r#"["arn:aws:s3:::one", "arn:aws:s3:::one/*"]"#, whose), 1);
    assert_eq!(statement("*", r#""*""#, ""), 1);
}
