//! Kubernetes manifests that Terraform carries: the same facts as from YAML.

use super::*;

const ROLE: &str = r#"
resource "kubernetes_cluster_role_v1" "reader" {
  metadata { name = "reader" }
  rule {
    api_groups = [""]
    resources  = ["pods"]
    verbs      = ["get"]
  }
  rule {
    api_groups = ["*"]
    resources  = ["*"]
    verbs      = ["*"]
  }
}
"#;

#[test]
fn blocks_are_the_rules_of_a_role() {
    let lines = facts_with(&[("main.tf", ROLE)], "kubernetes:");
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(
        lines[0].starts_with("main.tf:4 ") && lines[0].contains("kubernetes:core/pods:get"),
        "{lines:#?}"
    );
    assert!(lines[1].starts_with("main.tf:9 ") && lines[1].contains("kubernetes:*/*:*"), "{lines:#?}");
}

#[test]
fn a_binding_to_the_administrators_role_is_a_grant() {
    let binding = |role: &str| {
        format!(
            r#"
resource "kubernetes_cluster_role_binding" "b" {{
  metadata {{ name = "b" }}
  role_ref {{
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "{role}"
  }}
  subject {{
    kind      = "ServiceAccount"
    name      = "deployer"
    namespace = "apps"
  }}
}}
"#
        )
    };
    let lines = facts_with(&[("main.tf", &binding("cluster-admin"))], "kubernetes:*/*:*");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(facts_with(&[("main.tf", &binding("view"))], "kubernetes:*/*:*").is_empty());
}

#[test]
fn a_pod_acts_as_an_account_and_runs_images() {
    let pod = r#"
variable "tag" { default = "1.27" }
resource "kubernetes_deployment" "web" {
  metadata { name = "web" }
  spec {
    template {
      metadata { labels = { app = "web" } }
      spec {
        service_account_name = "web"
        container {
          name  = "web"
          image = "nginx:${var.tag}"
          env {
            name = "TOKEN"
            value_from {
              secret_key_ref {
                name = "api"
                key  = "token"
              }
            }
          }
        }
        dynamic "container" {
          for_each = ["a", "b"]
          content {
            name  = container.value
            image = "busybox:${container.value}"
          }
        }
      }
    }
  }
}
"#;
    let lines = facts(&[("main.tf", pod)]);
    let with = |word: &str| lines.iter().filter(|l| l.contains(word)).count();
    assert_eq!(with("nginx"), 1, "{lines:#?}");
    assert_eq!(with("busybox"), 2, "{lines:#?}");
    assert_eq!(with("ServiceAccount"), 2, "{lines:#?}");
    assert!(lines.iter().any(|l| l.starts_with("main.tf:17 ") && l.contains("Secret/")), "{lines:#?}");
    // What nobody stated about the token is told at the block.
    assert!(lines.iter().any(|l| l.starts_with("main.tf:8 ")), "{lines:#?}");
}

#[test]
fn an_image_of_another_file_keeps_its_place() {
    let pod = r#"
resource "kubernetes_pod" "p" {
  metadata { name = "p" }
  spec {
    container {
      name  = "p"
      image = var.image
    }
  }
}
"#;
    let variables = "variable \"image\" {\n  default = \"nginx:latest\"\n}\n";
    let lines = facts_with(&[("main.tf", pod), ("variables.tf", variables)], "nginx");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].starts_with("variables.tf:2 "), "{lines:#?}");
    let unknown = unknowns(&[("main.tf", pod)]);
    assert!(unknown.iter().any(|l| l.starts_with("main.tf:7 ")), "{unknown:#?}");
}

#[test]
fn values_of_a_secret_are_literals_or_references() {
    let secret = r#"
resource "kubernetes_secret_v1" "s" {
  metadata { name = "s" }
  data = {
    password = "correct-horse-battery"
    token    = random_password.token.result
  }
}
"#;
    let lines = facts_with(&[("main.tf", secret)], "kubernetes-secret");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].starts_with("main.tf:5 "), "{lines:#?}");
}

#[test]
fn manifests_stand_in_one_argument_too() {
    let object = r#"
resource "kubernetes_manifest" "m" {
  manifest = {
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "Role"
    metadata   = { name = "m", namespace = "apps" }
    rules = [{
      apiGroups = [""]
      resources = ["secrets"]
      verbs     = ["*"]
    }]
  }
}
"#;
    let yaml = r#"
resource "kubectl_manifest" "m" {
  yaml_body = <<-YAML
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: m
      namespace: ${var.namespace}
    rules:
      - apiGroups: [""]
        resources: ["secrets"]
        verbs: ["*"]
  YAML
}
"#;
    for (text, line) in [(object, "main.tf:7 "), (yaml, "main.tf:10 ")] {
        let lines = facts_with(&[("main.tf", text)], "kubernetes:core/secrets:*");
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert!(lines[0].starts_with(line), "{lines:#?}");
    }
    let unread = "resource \"kubernetes_manifest\" \"m\" {\n  manifest = yamldecode(var.text)\n}\n";
    assert_eq!(unknowns(&[("main.tf", unread)]).len(), 1);
}

#[test]
fn blocks_that_are_written_as_arguments_are_blocks() {
    let pod = r#"
resource "kubernetes_pod" "p" {
  metadata = { name = "p", labels = { container = "x" } }
  spec = [{
    container = [{
      name  = "p"
      image = "nginx:latest"
      env   = { name = "A", value = "b" }
    }]
  }]
}
"#;
    let lines = facts_with(&[("main.tf", pod)], "nginx");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].starts_with("main.tf:7 "), "{lines:#?}");
}
