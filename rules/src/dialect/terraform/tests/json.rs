//! Terraform in JSON: the same facts as in HCL, at their places in the file.

use super::*;

const ROLE: &str = r#"{
  "//": "written by a program",
  "variable": {"session": {"type": "string", "default": 43200}},
  "locals": {"name": "deploy"},
  "data": {"aws_iam_policy_document": {"trust": {
    "statement": [{
      "actions": ["sts:AssumeRoleWithWebIdentity"],
      "principals": {"type": "Federated", "identifiers": ["arn:aws:iam::1:oidc-provider/gitlab.com"]},
      "condition": [{"test": "StringLike", "variable": "gitlab.com:sub", "values": ["project_path:*"]}]
    }]
  }}},
  "resource": [{
    "aws_iam_role": {"deploy": {
      "name": "${local.name}-${\"x\"}",
      "max_session_duration": "${var.session}",
      "assume_role_policy": "${data.aws_iam_policy_document.trust.json}",
      "tags": {"Owner": "team-\"shop\""}
    }},
    "aws_iam_role_policy": {"all": {
      "role": "${aws_iam_role.deploy.id}",
      "policy": "${jsonencode({Statement = [{\"Effect\" = \"Allow\", Action = \"*\", Resource = \"*\"}]})}"
    }},
    "aws_iam_policy": {"text": {
      "name": "text",
      "policy": "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"iam:*\",\n \"Resource\": \"*\"}]}"
    }}
  }]
}"#;

#[test]
fn configuration_in_json_says_what_hcl_says() {
    let found = facts(&[("main.tf.json", ROLE)]);
    let has = |wanted: &str| assert!(found.iter().any(|line| line.contains(wanted)), "{wanted}: {found:#?}");
    has("main.tf.json:13 identity aws/role/${account}/deploy-x owner team-\"shop\" purpose -");
    has("main.tf.json:3 credential cloud-session aws/session/aws_iam_role.deploy [43200s]");
    has("trust aws/role/${account}/deploy-x opens to issuer gitlab.com subject~project_path:*");
    has("main.tf.json:21 allow aws:*:* on * to aws/role/${account}/deploy-x");
    has("main.tf.json:25 allow aws:iam:* on * to aws/policy/${account}/text");
}

#[test]
fn blocks_that_are_written_several_times_or_dynamically_are_read() {
    let text = r#"{"resource": {"google_project_iam_member": {"m": {
      "for_each": "${toset([\"roles/owner\"])}", "project": "p", "role": "${each.value}", "member": "user:a@b.example"}},
      "kubernetes_cluster_role": {"all": {"metadata": {"name": "all"},
      "dynamic": {"rule": {"for_each": [["*"]], "iterator": "it", "content": {"api_groups": ["*"], "resources": ["*"], "verbs": "${it.value}"}}}}}}}"#;
    let found = facts(&[("a.tofu.json", text)]);
    assert!(found.iter().any(|line| line.contains("gcp:role:roles/owner")), "{found:#?}");
    assert!(found.iter().any(|line| line.contains("kubernetes:*")), "{found:#?}");
}

#[test]
fn values_in_json_are_given_to_variables_and_are_no_expressions() {
    let tree = [
        (
            "main.tf",
            "variable \"n\" {}\nvariable \"s\" {}\nresource \"aws_iam_role\" \"r\" {\n  name = var.n\n  max_session_duration = var.s\n}\n",
        ),
        ("terraform.tfvars.json", "{\"n\": \"a${b}\",\n \"s\": 43200}"),
    ];
    let found = facts(&tree);
    assert!(found.iter().any(|line| line.contains("/a${b} owner")), "{found:#?}");
    assert!(
        found.iter().any(|line| line.starts_with("terraform.tfvars.json:2 credential")
            && line.contains("[43200s]")
            && line.contains("<- main.tf:5 used here")),
        "{found:#?}"
    );
}

#[test]
fn what_is_no_hcl_is_said() {
    let tree = [("main.tf.json", "{\"resource\": {\"aws_iam_role\": {\"r\": {\"name\": \"${a b}\"}}}}")];
    assert_eq!(unknowns(&tree), ["main.tf.json:1 a block in JSON that is no HCL is not evaluated"]);
}

const PLAN: &str = r#"{
  "format_version": "1.2",
  "terraform_version": "1.9.0",
  "variables": {"region": {"value": "eu-west-1"}},
  "planned_values": {
    "root_module": {
      "resources": [
        {"address": "aws_iam_role.deploy", "mode": "managed", "type": "aws_iam_role", "name": "deploy",
         "values": {"name": "deploy", "max_session_duration": 43200, "tags": {"Owner": "team"}, "description": null,
           "assume_role_policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}"}},
        {"address": "aws_iam_role_policy_attachment.admin", "mode": "managed", "type": "aws_iam_role_policy_attachment",
         "name": "admin", "values": {"role": "deploy", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}},
        {"address": "aws_iam_policy.all", "mode": "managed", "type": "aws_iam_policy", "name": "all",
         "values": {"name": "all"}}
      ],
      "child_modules": [{"address": "module.k8s", "resources": [
        {"address": "module.k8s.kubernetes_cluster_role.all[0]", "mode": "managed", "type": "kubernetes_cluster_role",
         "name": "all", "index": 0, "values": {"metadata": [{"name": "all"}],
           "rule": [{"api_groups": ["*"], "resources": ["*"], "verbs": ["*"]}]}}]}]
    }
  },
  "resource_changes": [
    {"address": "aws_iam_policy.all", "change": {"after": {"name": "all"}, "after_unknown": {"arn": true, "policy": true}}}
  ],
  "configuration": {
    "provider_config": {"aws": {"name": "aws", "expressions": {"secret_key": {"constant_value": "not-a-real-secret-key"}}}},
    "root_module": {"resources": [
      {"address": "aws_iam_policy.all", "mode": "managed", "type": "aws_iam_policy", "name": "all",
       "expressions": {"name": {"constant_value": "all"},
         "policy": {"references": ["data.aws_iam_policy_document.all.json", "data.aws_iam_policy_document.all"]}}},
      {"address": "data.aws_iam_policy_document.all", "mode": "data", "type": "aws_iam_policy_document", "name": "all",
       "expressions": {"statement": [{"actions": {"constant_value": ["*"]}, "resources": {"constant_value": ["*"]}}]}}
    ]}
  }
}"#;

#[test]
fn a_plan_says_what_its_configuration_says() {
    let found = facts(&[("plan.json", PLAN)]);
    let has = |wanted: &str| assert!(found.iter().any(|line| line.contains(wanted)), "{wanted}: {found:#?}");
    has("plan.json:8 identity aws/role/${account}/deploy owner team purpose -");
    has("plan.json:9 credential cloud-session aws/session/aws_iam_role.deploy [43200s]");
    has("plan.json:10 trust aws/role/${account}/deploy opens to any account");
    has("AdministratorAccess");
    has("plan.json:32 allow aws:*:* on * to aws/policy/${account}/all");
    has("kubernetes:*");
    has("plan.json:26 credential cloud-key");
}

#[test]
fn what_a_plan_does_not_know_is_unknown() {
    let plan = r#"{"format_version": "1.2", "planned_values": {"root_module": {"resources": [
      {"address": "aws_iam_policy.p", "mode": "managed", "type": "aws_iam_policy", "name": "p", "values": {"name": "p"}}]}},
      "resource_changes": [{"address": "aws_iam_policy.p", "change": {"after_unknown": {"policy": true}}}],
      "configuration": {"root_module": {"resources": [{"address": "aws_iam_policy.p", "type": "aws_iam_policy", "name": "p",
      "expressions": {"policy": {}}}]}}}"#;
    let found = unknowns(&[("plan.json", plan)]);
    assert_eq!(found, ["plan.json:5 `terraform.known_after_apply` has no value in the tree"]);
}

#[test]
fn states_are_read_and_other_json_is_not() {
    let printed = r#"{"format_version": "1.0", "values": {"root_module": {"resources": [
      {"address": "aws_iam_role_policy_attachment.a", "mode": "managed", "type": "aws_iam_role_policy_attachment", "name": "a",
       "values": {"role": "r", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}}]}}}"#;
    let kept = r#"{"version": 4, "terraform_version": "1.9.0", "lineage": "x", "resources": [
      {"mode": "managed", "type": "aws_iam_role_policy_attachment", "name": "a", "instances": [
       {"attributes": {"role": "r", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}}]}]}"#;
    for (path, text) in [("state.json", printed), ("terraform.tfstate", kept)] {
        assert!(!facts_with(&[(path, text)], "allow").is_empty(), "{path}");
        let file = SourceFile::read(FileId(0), path, Arc::from(text.as_bytes()), true);
        assert!(DIALECT.owns(&file));
    }
    // A state is one by its path: what of it cannot be read is said.
    assert_eq!(DIALECT.claim("terraform.tfstate"), Claim::Path);
    assert_eq!(unknowns(&[("old.tfstate", "{\"version\": 3, \"modules\": []}")]).len(), 1);
    let empty = r#"{"version": 4, "terraform_version": "1.9.0", "lineage": "x", "resources": []}"#;
    assert_eq!(unknowns(&[("new.tfstate", empty)]), [""; 0]);
    let other = SourceFile::read(FileId(0), "a.json", Arc::from(&b"{\"values\": {\"a\": 1}}"[..]), true);
    assert!(!DIALECT.owns(&other));
}
