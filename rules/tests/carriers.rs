//! The same policy in every carrier: one rule, one message, whatever syntax it came in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;

use hallpass_rules::{Engine, Input, Settings};

/// What is said of one file, by one rule: line and message.
fn said(path: &str, text: &str, rule: &str) -> Vec<(usize, String)> {
    let settings = Settings::on(jiff::civil::date(2026, 11, 24));
    let input = Input { path: path.to_owned(), bytes: text.as_bytes().into(), member: true };
    let answer = Engine::configure(settings).unwrap().check(path, &[input]);
    let line = |at: u32| text.as_bytes().iter().take(at as usize).filter(|b| **b == b'\n').count() + 1;
    answer
        .findings
        .into_iter()
        .filter(|f| f.rule == rule)
        .map(|f| (line(f.at.span.start), f.message))
        .collect()
}

const ENCODED: &str = r#"
resource "aws_iam_policy" "all" {
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "ACTION", Resource = "*" }]
  })
}
"#;

const HEREDOC: &str = r#"
resource "aws_iam_policy" "all" {
  policy = <<-JSON
    { "Version": "2012-10-17", "Statement": [
      { "Effect": "Allow", "Action": ["ACTION"], "Resource": "*" } ] }
  JSON
}
"#;

const INTERPOLATED: &str = r#"
variable "team" {}
resource "aws_iam_policy" "all" {
  policy = <<-JSON
    { "Version": "2012-10-17", "Statement": [
      { "Sid": "${var.team}", "Effect": "Allow", "Action": "ACTION", "Resource": "*" } ] }
  JSON
}
"#;

const DOCUMENT: &str = r#"
data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["ACTION"]
    resources = ["*"]
  }
}
resource "aws_iam_policy" "all" {
  policy = data.aws_iam_policy_document.all.json
}
"#;

const MOUNTED: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata:
  name: policy
data:
  policy.json: |
    { "Statement": { "Effect": "Allow", "Action": "ACTION", "Resource": ["*"] } }
"#;

const BARE: &str = r#"{
  "Statement": [{ "Effect": "Allow", "Action": "ACTION", "Resource": "*" }]
}"#;

#[test]
fn one_policy_has_one_message_in_every_carrier() {
    for (action, rule) in [("*", "scope/admin-grant"), ("s3:*", "scope/wildcard-grant")] {
        let mut messages = BTreeSet::new();
        for (path, text, expected) in [
            ("encoded/main.tf", ENCODED, 4),
            ("heredoc/main.tf", HEREDOC, 5),
            ("interpolated/main.tf", INTERPOLATED, 6),
            ("document/main.tf", DOCUMENT, 3),
            ("manifests/policy.yaml", MOUNTED, 8),
            ("policies/all.json", BARE, 2),
        ] {
            let found = said(path, &text.replace("ACTION", action), rule);
            let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [expected], "{rule} in {path}");
            messages.extend(found.into_iter().map(|(_, message)| message));
        }
        assert_eq!(messages.len(), 1, "{messages:#?}");
    }
}
