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

const UNATTACHED: &str = r#"
data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["ACTION"]
    resources = ["*"]
  }
}
"#;

const VARIABLE: &str = r#"
variable "actions" {
  default = ["ACTION"]
}
resource "aws_iam_role_policy" "all" {
  role   = "ci"
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = var.actions, Resource = "*" }]
  })
}
"#;

const TEMPLATE: &str = r"
Resources:
  All:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement:
          - Effect: Allow
            Action: 'ACTION'
            Resource: '*'
";

const JSON_TEMPLATE: &str = r#"{
  "Resources": { "All": { "Type": "AWS::IAM::Policy", "Properties": { "PolicyName": "all", "Roles": ["ci"],
    "PolicyDocument": { "Statement": [
      { "Effect": "Allow", "Action": ["ACTION"], "Resource": "*" } ] } } } }
}"#;

const PARAMETER: &str = r"
Parameters:
  Actions:
    Type: String
    Default: 'ACTION'
Resources:
  All:
    Type: AWS::IAM::Role
    Properties:
      Tags: [{ Key: owner, Value: team-shop }]
      AssumeRolePolicyDocument: { Statement: [] }
      Policies:
        - PolicyName: all
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: !Ref Actions
                Resource: '*'
";

const SERVERLESS: &str = r"
Transform: AWS::Serverless-2016-10-31
Resources:
  All:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement:
            - Effect: Allow
              Action: ['ACTION']
              Resource: '*'
";

const SET: &str = r#"
resource "aws_ssoadmin_permission_set_inline_policy" "all" {
  permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
  inline_policy      = jsonencode({
    Statement = [{ Effect = "Allow", Action = "ACTION", Resource = "*" }]
  })
}
"#;

const PLAYBOOK: &str = r"
- hosts: localhost
  vars:
    action: 'ACTION'
  tasks:
    - amazon.aws.iam_managed_policy:
        name: all
        policy:
          Statement:
            - Effect: Allow
              Action: '{{ action }}'
              Resource: '*'
";

const TASK: &str = r#"
- name: all
  iam_policy:
    iam_type: role
    iam_name: ci
    policy_name: all
    policy_json: '{ "Statement": [{ "Effect": "Allow", "Action": "ACTION", "Resource": "*" }] }'
"#;

const PULUMI: &str = r"
name: shop
runtime: yaml
resources:
  all:
    type: aws:iam:Policy
    properties:
      policy:
        fn::toJSON:
          Statement: [{ Effect: Allow, Action: 'ACTION', Resource: '*' }]
";

const FRAMEWORK: &str = r"
service: shop
provider:
  name: aws
  iam:
    role:
      statements:
        - Effect: Allow
          Action: ['ACTION']
          Resource: '*'
";

/// Where the policy stands, and the line of the finding: of the value where that stands elsewhere, else of the statement.
const CARRIERS: [(&str, &str, usize); 17] = [
    ("encoded/main.tf", ENCODED, 4),
    ("heredoc/main.tf", HEREDOC, 5),
    ("interpolated/main.tf", INTERPOLATED, 6),
    ("document/main.tf", DOCUMENT, 3),
    ("unattached/main.tf", UNATTACHED, 3),
    ("variable/main.tf", VARIABLE, 3),
    ("set/main.tf", SET, 5),
    ("manifests/policy.yaml", MOUNTED, 8),
    ("policies/all.json", BARE, 2),
    ("all.cfn.yaml", TEMPLATE, 8),
    ("all.cfn.json", JSON_TEMPLATE, 4),
    ("parameter.cfn.yaml", PARAMETER, 5),
    ("template.yaml", SERVERLESS, 9),
    ("site.yml", PLAYBOOK, 4),
    ("roles/ci/tasks/main.yml", TASK, 7),
    ("Pulumi.yaml", PULUMI, 10),
    ("serverless.yml", FRAMEWORK, 8),
];

#[test]
fn one_policy_has_one_message_in_every_carrier() {
    for (action, rule) in [("*", "scope/admin-grant"), ("s3:*", "scope/wildcard-grant")] {
        let mut messages = BTreeSet::new();
        for (path, text, expected) in CARRIERS {
            let found = said(path, &text.replace("ACTION", action), rule);
            let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [expected], "{rule} in {path}");
            messages.extend(found.into_iter().map(|(_, message)| message));
        }
        assert_eq!(messages.len(), 1, "{messages:#?}");
    }
}

#[test]
fn an_accepted_policy_is_accepted_in_every_carrier() {
    for (path, text, _) in CARRIERS {
        for rule in ["scope/admin-grant", "scope/wildcard-grant", "scope/privilege-escalation"] {
            assert!(
                said(path, &text.replace("ACTION", "s3:ListAllMyBuckets"), rule).is_empty(),
                "{rule} in {path}"
            );
        }
    }
}

const OWNER_BLOCK: &str = r#"
resource "google_project_iam_binding" "ci" {
  project = "shop"
  role    = "ROLE"
  members = ["serviceAccount:ci@shop.iam.gserviceaccount.com"]
}
"#;

const OWNER_POLICY: &str = r"
bindings:
  - role: ROLE
    members: ['serviceAccount:ci@shop.iam.gserviceaccount.com']
version: 3
";

const OWNER_JSON: &str = r#"{
  "bindings": [{ "role": "ROLE",
    "members": ["serviceAccount:ci@shop.iam.gserviceaccount.com"] }]
}"#;

const OWNER_PULUMI: &str = r"
resources:
  ci:
    type: gcp:projects:IAMMember
    properties: { project: shop, role: ROLE, member: 'serviceAccount:ci@shop.iam.gserviceaccount.com' }
";

const VAULT_BLOCK: &str = r#"
data "vault_policy_document" "ci" {
  rule {
    path         = "PATH"
    capabilities = ["sudo"]
  }
}
"#;

const VAULT_TEXT: &str = r#"
resource "vault_policy" "ci" {
  name   = "ci"
  policy = "path \"PATH\" { capabilities = [\"sudo\"] }"
}
"#;

const VAULT_FILE: &str = r#"
path "PATH" {
  capabilities = ["sudo"]
}
"#;

const VAULT_JSON: &str = r#"{ "path": { "PATH": { "capabilities": ["sudo"] } } }"#;

const ROLE_BLOCK: &str = r#"
resource "azurerm_role_definition" "ci" {
  name  = "ci"
  scope = "/subscriptions/0"
  permissions {
    actions = ["RIGHT"]
  }
}
"#;

const ROLE_FILE: &str = r#"{
  "Name": "ci", "IsCustom": true,
  "Actions": ["RIGHT"], "AssignableScopes": ["/subscriptions/0"]
}"#;

const ROLE_PRINTED: &str = r#"[{ "roleName": "ci", "assignableScopes": ["/subscriptions/0"],
  "permissions": [{ "actions": ["RIGHT"], "notActions": [] }] }]"#;

const ROLE_TASK: &str = r"
- hosts: localhost
  tasks:
    - azure.azcollection.azure_rm_roledefinition:
        name: ci
        permissions: [{ actions: ['RIGHT'] }]
";

/// What is written, in which file, and how often it is said.
type Carried<'a> = &'a [(&'a str, &'a str, usize)];

/// Where a right of another platform stands, what stands for it, a right that is too wide and one that is accepted.
const OTHERS: [(Carried<'_>, &str, &str, &str); 3] = [
    (
        &[
            ("main.tf", OWNER_BLOCK, 5),
            ("policy.yaml", OWNER_POLICY, 4),
            ("policy.json", OWNER_JSON, 3),
            ("Pulumi.yaml", OWNER_PULUMI, 5),
        ],
        "ROLE",
        "roles/owner",
        "roles/run.viewer",
    ),
    (
        &[
            ("main.tf", VAULT_BLOCK, 4),
            ("vault.tf", VAULT_TEXT, 4),
            ("ci.hcl", VAULT_FILE, 2),
            ("ci.json", VAULT_JSON, 1),
        ],
        "PATH",
        "*",
        "secret/data/ci/*",
    ),
    (
        &[
            ("main.tf", ROLE_BLOCK, 6),
            ("role.json", ROLE_FILE, 3),
            ("roles.json", ROLE_PRINTED, 2),
            ("site.yml", ROLE_TASK, 6),
        ],
        "RIGHT",
        "*",
        "Microsoft.Web/sites/read",
    ),
];

#[test]
fn other_platforms_have_one_message_in_every_carrier_too() {
    for (carriers, place, wide, accepted) in OTHERS {
        let mut messages = BTreeSet::new();
        for (path, text, expected) in carriers {
            let found = said(path, &text.replace(place, wide), "scope/admin-grant");
            let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [*expected], "{path} {text}");
            messages.extend(found.into_iter().map(|(_, message)| message));
            assert!(said(path, &text.replace(place, accepted), "scope/admin-grant").is_empty(), "{path}");
        }
        assert_eq!(messages.len(), 1, "{messages:#?}");
    }
}
