//! Service accounts, roles and bindings.

use super::{said, said_of};

#[test]
fn a_service_account_is_an_identity_with_its_owner() {
    let said = said(
        "apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
  namespace: shop
  labels:
    example.com/team: payments
  annotations:
    kubernetes.io/description: serves the shop
    eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/apps/web
automountServiceAccountToken: false
",
    );
    assert_eq!(
        said.facts,
        [
            "identity kubernetes/ServiceAccount/shop/web Named owner=payments purpose=serves the shop created @ web",
            "safeguard TokenAutomount of kubernetes/ServiceAccountToken/shop/web false @ false",
            "link kubernetes/ServiceAccount/shop/web ActsAs aws/role/123456789012/web @ arn:aws:iam::123456789012:role/apps/web",
        ]
    );
}

#[test]
fn a_silent_service_account_mounts_its_token() {
    let said = said("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n");
    assert_eq!(
        said.facts,
        [
            "identity kubernetes/ServiceAccount/${namespace}/web Named created @ web",
            "safeguard TokenAutomount of kubernetes/ServiceAccountToken/${namespace}/web true (default) @ apiVersion: v1…",
        ]
    );
}

#[test]
fn a_boolean_of_yaml_1_1_has_two_readings() {
    let said = said(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\nautomountServiceAccountToken: no\n",
    );
    assert_eq!(
        said.of("safeguard"),
        ["TokenAutomount of kubernetes/ServiceAccountToken/${namespace}/web false or true (lesser) @ no"]
    );
}

#[test]
fn a_role_is_a_grant_per_rule() {
    let said = said(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
- apiGroups: ['', apps]
  resources: [pods, pods/log]
  verbs: [get, '*']
- apiGroups: ['*']
  resources: ['*']
  resourceNames: [one]
  verbs: ['*']
- nonResourceURLs: [/metrics, '*']
  verbs: [get]
",
    );
    assert_eq!(
        said.of("grant"),
        [
            "kubernetes/Role/shop/reader [kubernetes:core/pods:get kubernetes:core/pods:* kubernetes:core/pods/log:get \
             kubernetes:core/pods/log:* kubernetes:apps/pods:get kubernetes:apps/pods:* kubernetes:apps/pods/log:get \
             kubernetes:apps/pods/log:*] on [*] @ apiGroups: ['', apps]…",
            "kubernetes/Role/shop/reader [kubernetes:*/*:*] on [one] @ apiGroups: ['*']…",
            "kubernetes/Role/shop/reader [kubernetes:url/metrics:get kubernetes:url*:get] on [*] @ nonResourceURLs: [/metrics, '*']…",
        ]
    );
}

#[test]
fn an_aggregated_role_is_not_read_to_its_end() {
    let said = said(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: monitoring}
aggregationRule:
  clusterRoleSelectors: [{matchLabels: {a: b}}]
rules: []
",
    );
    assert!(said.facts.is_empty());
    assert_eq!(
        said.unknown,
        ["an aggregated role (the cluster fills in its rules) is not evaluated @ aggregationRule"]
    );
}

#[test]
fn a_binding_to_cluster_admin_is_a_grant_to_its_subject() {
    let said = said(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- kind: ServiceAccount
  name: ci
  namespace: build
- kind: User
  name: system:serviceaccount:build:bot
",
    );
    assert_eq!(
        said.facts,
        [
            "link kubernetes/ClusterRole/cluster-admin Attaches kubernetes/ServiceAccount/build/ci @ ci",
            "grant kubernetes/ServiceAccount/build/ci [kubernetes:*/*:*] on [*] @ cluster-admin",
            "link kubernetes/ClusterRole/cluster-admin Attaches kubernetes/ServiceAccount/build/bot @ system:serviceaccount:build:bot",
            "grant kubernetes/ServiceAccount/build/bot [kubernetes:*/*:*] on [*] @ cluster-admin",
        ]
    );
}

#[test]
fn admin_of_one_namespace_is_no_grant_of_its_own() {
    let binding = |kind: &str, role: &str| {
        let text = format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: b, namespace: shop}}\n\
             roleRef: {{kind: ClusterRole, name: {role}}}\nsubjects: [{{kind: Group, name: devs}}]\n"
        );
        said(&text).of("grant").len()
    };
    assert_eq!(binding("RoleBinding", "admin"), 0);
    assert_eq!(binding("ClusterRoleBinding", "admin"), 1);
    assert_eq!(binding("RoleBinding", "cluster-admin"), 1);
    assert_eq!(binding("ClusterRoleBinding", "view"), 0);
}

#[test]
fn a_binding_to_everyone_says_what_everyone_may() {
    let said = said(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: peek}
rules:
- apiGroups: ['']
  resources: [secrets]
  verbs: [list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: peek}
roleRef: {kind: ClusterRole, name: peek}
subjects:
- kind: Group
  name: system:unauthenticated
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: other, namespace: shop}
roleRef: {kind: Role, name: elsewhere}
subjects:
- kind: Group
  name: system:authenticated
",
    );
    assert_eq!(
        said.of("grant")[1..],
        [
            "kubernetes/ClusterRole/peek [kubernetes:core/secrets:list] on [*] to anyone @ system:unauthenticated",
            "kubernetes/Role/shop/elsewhere [kubernetes:role:elsewhere] on [*] to any account @ system:authenticated",
        ]
    );
}

#[test]
fn items_of_a_list_are_manifests_in_json_too() {
    let said = said_of(
        "deploy/all.json",
        r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "automountServiceAccountToken": false}
]}"#,
    );
    assert_eq!(said.of("identity"), ["kubernetes/ServiceAccount/${namespace}/a Named created @ a"]);
}

#[test]
fn a_rule_of_billions_of_actions_is_cut_and_told() {
    let many = |n: usize| (0..n).map(|i| format!("r{i}")).collect::<Vec<_>>().join(", ");
    let rule = format!("- {{apiGroups: [{0}], resources: [{0}, {{}}], verbs: [{0}]}}\n", many(300));
    let text = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: r}}\nrules:\n{}",
        rule.repeat(60)
    );
    let said = said(&text);
    let actions: usize = said.of("grant").iter().map(|g| g.matches("kubernetes:").count()).sum();
    assert!(actions <= 200_000, "{actions}");
    assert_eq!(said.unknown.len(), 60);
}

#[test]
fn which_paths_are_manifests_for_certain() {
    use crate::dialect::{Claim, Dialect};
    let claim = |path: &str| super::DIALECT.claim(path);
    assert_eq!(claim("deploy/k8s/base/app.yaml"), Claim::Path);
    assert_eq!(claim("manifests/app.yml"), Claim::Path);
    assert_eq!(claim("k8s/chart/templates/app.yaml"), Claim::Content);
    assert_eq!(claim("k8s/chart/values.yaml"), Claim::Content);
    assert_eq!(claim("k8s/app.json"), Claim::Content);
    assert_eq!(claim("app.yaml"), Claim::Content);
    assert_eq!(claim("k8s/app.tf"), Claim::No);
}

#[test]
fn a_broken_manifest_is_recognised_by_what_stands_before_the_break() {
    use crate::dialect::{Dialect, SourceFile};
    let text = "{%- if x %}\napiVersion: v1\nkind: Secret\n";
    let file =
        SourceFile::read(crate::span::FileId(0), "a.yaml", std::sync::Arc::from(text.as_bytes()), true);
    assert!(!file.document.breaks.is_empty());
    assert!(super::DIALECT.owns(&file));
}

#[test]
fn what_a_template_leaves_open_in_a_role_or_binding_is_unknown() {
    let of = |text: &str| said(&format!("apiVersion: rbac.authorization.k8s.io/v1\n{text}")).unknown;
    let role = "kind: Role\nmetadata: {name: r}\n";
    assert_eq!(of(&format!("{role}rules: '{{{{ toYaml .Values.rules }}}}'\n")).len(), 1);
    assert_eq!(of(&format!("{role}rules: ['{{{{ .Values.rule }}}}']\n")).len(), 1);
    assert_eq!(
        of(&format!("{role}rules: [{{apiGroups: [''], resources: [pods], verbs: [{{}}]}}]\n")).len(),
        1
    );
    let binding = "kind: RoleBinding\nmetadata: {name: b}\n";
    let named = "roleRef: {kind: Role, name: r}\n";
    assert_eq!(of(binding).len(), 1);
    assert_eq!(of(&format!("{binding}roleRef: '{{{{ .Values.role }}}}'\n")).len(), 1);
    assert_eq!(of(&format!("{binding}{named}subjects: '{{{{ .Values.all }}}}'\n")).len(), 1);
    assert_eq!(of(&format!("{binding}{named}subjects: ['{{{{ .Values.one }}}}']\n")).len(), 1);
    assert_eq!(
        of(&format!("{binding}{named}subjects: [{{kind: User, name: '{{{{ .Values.user }}}}'}}]\n")).len(),
        1
    );
    assert!(of(&format!("{binding}{named}subjects: [{{kind: User, name: jo}}]\n")).is_empty());
}

#[test]
fn what_the_api_server_brings_along_is_its_own() {
    let role = |name: &str| {
        said(&format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: {name}\n  labels: \
             {{kubernetes.io/bootstrapping: rbac-defaults}}\nrules:\n- {{apiGroups: [''], resources: [pods/exec], \
             verbs: [create]}}\n"
        ))
        .facts
        .len()
    };
    assert_eq!(role("edit"), 0);
    assert_eq!(role("system:controller:job-controller"), 0);
    // A label is said by whoever writes it.
    assert_eq!(role("mine"), 1);
    let binding = |name: &str, kind: &str, subject: &str| {
        said(&format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {name}}}\nroleRef: \
             {{kind: ClusterRole, name: cluster-admin}}\nsubjects: [{{kind: {kind}, name: '{subject}'}}]\n"
        ))
        .facts
        .len()
    };
    assert_eq!(binding("cluster-admin", "Group", "system:masters"), 0);
    assert_eq!(binding("cluster-admin", "User", "jo"), 2);
    assert_eq!(binding("mine", "Group", "system:masters"), 2);
}
