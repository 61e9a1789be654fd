#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Digests, Masks, route_at};
use crate::document::{Document, Format};
use crate::span::ByteSpan;

/// The route of the first place where `needle` stands.
fn route(format: Format, text: &str, needle: &str) -> String {
    let at = text.find(needle).unwrap_or_else(|| panic!("{needle} is not in {text}"));
    route_at(&Document::read(format, text.as_bytes()), ByteSpan::new(at, at + needle.len()), Masks::default())
        .0
}

fn yaml(text: &str, needle: &str) -> String {
    route(Format::Yaml, text, needle)
}

const WORKFLOW: &str = "\
on: push
jobs:
  deploy:
    permissions:
      id-token: write
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: \"arn:aws:iam::1:role/x\"
      - name: Greet
        run: |
          echo hello
      - run: echo ${{ secrets.A }}
";

#[test]
fn keys_and_items_have_their_own_names() {
    let step = "jobs/deploy/steps/[aws-actions/configure-aws-credentials]";
    for (needle, expected) in [
        ("push", "on"),
        ("id-token", "jobs/deploy/permissions/id-token"),
        ("id-token: write", "jobs/deploy/permissions/id-token"),
        ("aws-actions/configure-aws-credentials@v4", &format!("{step}/uses")),
        ("arn:aws:iam::1:role/x", &format!("{step}/with/role-to-assume")),
        ("\"arn:aws:iam::1:role/x\"", &format!("{step}/with/role-to-assume")),
        ("hello", "jobs/deploy/steps/[Greet]/run"),
        ("deploy", "jobs/deploy"),
        ("on: push\njobs", ""),
    ] {
        assert_eq!(yaml(WORKFLOW, needle), expected, "{needle}");
    }
}

#[test]
fn an_item_without_a_name_has_a_digest_that_comments_and_key_order_do_not_change() {
    let first = yaml("- a: 1\n  b: {c: 2, d: 3}\n", "1");
    assert!(
        first.starts_with('[') && first.ends_with("]/a") && first.len() == "[01234567]/a".len(),
        "{first}"
    );
    assert_eq!(yaml("# new\n\n- b:\n    d: 3\n    # why\n\n    c: 2\n  a: 1\n", "1"), first);
    assert_eq!(yaml("- x: 0\n- a: 1\n  b: {c: 2, d: 3}\n", "1"), first, "not its position");
    assert_ne!(yaml("- a: 1\n  b: {c: 2, d: 4}\n", "1"), first);
}

#[test]
fn a_name_with_an_expression_is_not_a_name() {
    let routed = yaml("- name: x-${{ matrix.a }}\n  b: 1\n", "1");
    assert!(!routed.contains("matrix"), "{routed}");
}

#[test]
fn documents_are_told_apart_by_kind_and_name() {
    let role = "apiVersion: v1\nkind: Role\nmetadata:\n  name: a\n  namespace: ns\nrules: []\n";
    assert_eq!(yaml(role, "rules"), "rules");
    let several = format!("---\n{role}---\nx: 1\n");
    assert_eq!(yaml(&several, "rules"), "[Role/ns/a]/rules");
    let unnamed = yaml(&several, "x: 1");
    assert!(unnamed.starts_with('[') && unnamed.ends_with("]/x"), "{unnamed}");
}

#[test]
fn what_came_through_an_alias_is_where_it_is_written() {
    let text = "a: &x\n  k: value\nb: *x\nc:\n  <<: *x\n  own: 1\nd:\n  <<: {in: line}\n";
    assert_eq!(yaml(text, "value"), "a/k");
    assert_eq!(yaml(text, "*x\nc"), "");
    assert_eq!(yaml(text, "*x"), "b");
    assert_eq!(yaml(text, "own"), "c/own");
    assert_eq!(yaml(text, "line"), "d/in");
}

#[test]
fn versions_are_no_part_of_a_name() {
    for image in ["reg:5000/app:1.2", "reg:5000/app@sha256:0", "reg:5000/app"] {
        let text = format!("- image: {image}\n  x: y\n");
        assert_eq!(yaml(&text, "y"), "[reg:5000/app]/x");
    }
}

#[test]
fn json_has_routes_too() {
    let text = r#"{"Statement": [{"Sid": "Read", "Action": "s3:*"}], "a/b": 1}"#;
    assert_eq!(route(Format::Json, text, "s3:*"), "Statement/[Read]/Action");
    assert_eq!(route(Format::Json, text, "\"s3:*\""), "Statement/[Read]/Action");
    assert_eq!(route(Format::Json, text, "a/b"), "a~1b");
}

#[test]
fn hcl_is_addressed_by_type_label_and_key() {
    let text = r#"
provider "aws" {
  alias = "west"
  token = "t0"
}
resource "aws_iam_role" "deploy" {
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Statement = [
      { Sid = "Read", "Action" = "s3:Get*" },
      { Action = "s3:Put*", Effect = "Allow" },
    ]
  })
  tags = { owner = "team-a" }
  lifecycle {
    prevent_destroy = true
  }
}
data "aws_iam_policy_document" "p" {
  statement {
    sid     = "One"
    actions = ["a:One", "a:Two"]
  }
  statement {
    actions = ["a:Three"]
  }
}
"#;
    let hcl = |needle: &str| route(Format::Hcl, text, needle);
    let role = "resource.aws_iam_role.deploy";
    assert_eq!(hcl("3600"), format!("{role}/max_session_duration"));
    assert_eq!(hcl("max_session_duration"), format!("{role}/max_session_duration"));
    assert_eq!(hcl("s3:Get*"), format!("{role}/assume_role_policy/Statement/[Read]/Action"));
    assert_eq!(hcl("team-a"), format!("{role}/tags/owner"));
    assert_eq!(hcl("true"), format!("{role}/lifecycle/prevent_destroy"));
    assert_eq!(hcl("t0"), "provider.aws[west]/token");
    assert_eq!(hcl("aws_iam_role"), role);
    let statement = "data.aws_iam_policy_document.p/statement";
    assert_eq!(hcl("[\"a:One\", \"a:Two\"]"), format!("{statement}[One]/actions"));
    assert!(hcl("a:Three").starts_with(&format!("{statement}[")), "{}", hcl("a:Three"));

    // Comments, white space and the order of keys are no content.
    let moved = text
        .replace(
            "{ Action = \"s3:Put*\", Effect = \"Allow\" }",
            "# new\n\n{ Effect = \"Allow\"\n# b\nAction = \"s3:Put*\" }",
        )
        .replace(
            "    actions = [\"a:Three\"]",
            "    # new\n\n    actions   = [\n      # c\n      \"a:Three\", ]",
        );
    assert_ne!(moved, text);
    for needle in ["s3:Put*", "a:Three"] {
        assert_eq!(route(Format::Hcl, &moved, needle), hcl(needle));
    }
}

#[test]
fn a_broken_hcl_file_has_the_routes_of_its_blocks() {
    let text =
        "variable \"a\" {}\nresource \"x\" \"y\" {\n  a = = 1\n}\nvariable \"b\" {\n  default = 1\n}\n";
    assert_eq!(route(Format::Hcl, text, "default"), "variable.b/default");
    assert_eq!(route(Format::Hcl, text, "= 1"), "");
}

#[test]
fn dockerfiles_are_addressed_by_stage_and_instruction() {
    let text =
        "ARG V=1\nFROM golang:1.22 AS build\nENV A=1 TOKEN=abc\nRUN make all\nFROM alpine:3\nUSER root\n";
    let docker = |needle: &str| route(Format::Dockerfile, text, needle);
    assert_eq!(docker("V=1"), "ARG/V");
    assert_eq!(docker("golang:1.22"), "build/FROM");
    assert_eq!(docker("abc"), "build/ENV/TOKEN");
    assert_eq!(docker("root"), "[alpine]/USER");
    let run = docker("make");
    assert!(run.starts_with("build/RUN["), "{run}");
    let moved = text.replace("RUN make all", "# c\n\nRUN  make \\\n  all");
    assert_eq!(route(Format::Dockerfile, &moved, "make"), run);
}

#[test]
fn an_item_is_read_once_however_much_of_it_is_asked_for() {
    let text = "- a: 1\n  b: {c: 2, d: 3}\n- a: 2\n  b: {c: 2, d: 3}\n";
    let document = Document::read(Format::Yaml, text.as_bytes());
    let digests = Digests::default();
    for at in 0..text.len() {
        let span = ByteSpan::new(at, at + 1);
        let remembered = route_at(&document, span, Masks::default().remember(&digests));
        assert_eq!(remembered, route_at(&document, span, Masks::default()), "{at}");
    }
    assert_eq!(digests.len(), 2);
}
