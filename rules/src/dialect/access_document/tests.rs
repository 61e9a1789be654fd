#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

//! Documents as a user has them, and what is said of them: line and rule.

use std::sync::Arc;

use super::*;
use crate::dialect::told;
use crate::span::FileId;

fn said(path: &str, text: &str) -> Vec<String> {
    told::findings(&[(path, text)])
}

#[test]
fn policies_of_google_cloud_are_grants() {
    let policy = "bindings:\n- role: roles/owner\n  members:\n  - serviceAccount:ci@shop.iam.gserviceaccount.com\n\
                  - role: roles/storage.objectViewer\n  members: [allUsers]\nversion: 3\n";
    assert_eq!(said("policy.yaml", policy), ["4 scope/admin-grant", "6 anonymous/principal"]);
    let json = r#"{"bindings": [{"role": "roles/editor", "members": ["serviceAccount:a@b.iam.gserviceaccount.com"]}]}"#;
    assert_eq!(said("policy.json", json), ["1 scope/admin-grant"]);
    let narrow = "bindings:\n- role: roles/run.viewer\n  members: ['serviceAccount:ci@shop.iam.gserviceaccount.com']\n";
    assert!(said("policy.yaml", narrow).is_empty());
    // The same keys in a document of another system.
    assert!(said("x.yaml", &format!("apiVersion: x/v1\nkind: Thing\n{policy}")).is_empty());
}

#[test]
fn a_policy_of_an_account_opens_it() {
    let policy = |member: &str| {
        format!(
            "bindings:\n- role: roles/iam.workloadIdentityUser\n  members:\n  - principalSet://iam.googleapis.com/\
             projects/1/locations/global/workloadIdentityPools/p/{member}\n"
        )
    };
    assert_eq!(said("sa.yaml", &policy("*")), ["4 third-party/oidc-trust"]);
    assert!(said("sa.yaml", &policy("attribute.repository/acme/shop")).is_empty());
}

#[test]
fn custom_roles_say_what_they_allow() {
    let google = "title: deploy\nincludedPermissions:\n- run.services.update\n- resourcemanager.projects.setIamPolicy\n";
    assert_eq!(said("role.yaml", google), ["3 scope/privilege-escalation"]);
    assert!(said("role.yaml", "title: deploy\nincludedPermissions: [run.services.update]\n").is_empty());
    let plain = |actions: &str| {
        format!(
            r#"{{"Name": "x", "IsCustom": true, "Actions": [{actions}], "AssignableScopes": ["/subscriptions/0"]}}"#
        )
    };
    assert_eq!(said("role.json", &plain(r#""*""#)), ["1 scope/admin-grant"]);
    assert!(said("role.json", &plain(r#""Microsoft.Web/sites/read""#)).is_empty());
    let printed = r#"[{"roleName": "x", "permissions": [{"actions": ["*"], "notActions": []}], "assignableScopes": ["/"]}]"#;
    assert_eq!(said("roles.json", printed), ["1 scope/admin-grant"]);
    let excepted = printed.replace(r#""notActions": []"#, r#""notActions": ["*/write"]"#);
    assert!(said("roles.json", &excepted).is_empty());
}

#[test]
fn assignments_and_federated_credentials_of_azure() {
    let assignment = |role: &str| {
        format!(r#"[{{"principalId": "a", "roleDefinitionName": "{role}", "scope": "/subscriptions/0"}}]"#)
    };
    assert_eq!(said("a.json", &assignment("Owner")), ["1 scope/admin-grant"]);
    assert!(said("a.json", &assignment("Reader")).is_empty());
    let flexible = |claims: &str| {
        format!(
            r#"{{"name": "ci", "issuer": "https://token.actions.githubusercontent.com", "audiences": ["api://AzureADTokenExchange"],
             "claimsMatchingExpression": {{"languageVersion": 1, "value": "claims['sub'] matches '{claims}'"}}}}"#
        )
    };
    assert_eq!(said("fed.json", &flexible("repo:acme/*")), ["2 third-party/oidc-trust"]);
    assert!(said("fed.json", &flexible("repo:acme/shop:environment:production")).is_empty());
}

#[test]
fn a_pool_that_takes_every_token() {
    let provider = |more: &str| {
        format!(
            "attributeMapping: {{google.subject: assertion.sub}}\n{more}oidc:\n  issuerUri: https://token.actions.githubusercontent.com\n"
        )
    };
    assert_eq!(said("provider.yaml", &provider("")), ["3 third-party/oidc-trust"]);
    let kept = provider(
        "attributeCondition: assertion.repository == 'acme/shop' && assertion.ref == 'refs/heads/main'\n",
    );
    assert!(said("provider.yaml", &kept).is_empty());
}

#[test]
fn policies_of_vault_in_both_syntaxes() {
    let hcl = "# everything\npath \"*\" {\n  capabilities = [\"read\", \"sudo\"]\n}\n";
    assert_eq!(said("admin.hcl", hcl), ["2 scope/admin-grant"]);
    assert_eq!(said("a.json", r#"{"path": {"*": {"capabilities": ["read"]}}}"#), ["1 scope/wildcard-grant"]);
    for (path, says) in [
        ("sys/policies/acl/*", true),
        ("auth/*", true),
        ("sys/*", true),
        ("secret/data/app/*", false),
        ("auth/token/renew-self", false),
    ] {
        let policy = format!("path \"{path}\" {{ capabilities = [\"create\", \"update\"] }}\n");
        let expected: &[&str] = if says { &["1 scope/privilege-escalation"] } else { &[] };
        assert_eq!(said("p.hcl", &policy), expected, "{path}");
    }
    assert!(said("p.hcl", "path \"*\" { capabilities = [\"deny\"] }\n").is_empty());
    // Consul writes other blocks.
    assert!(said("p.hcl", "path \"*\" { capabilities = [\"sudo\"] }\nlistener \"tcp\" {}\n").is_empty());
}

#[test]
fn roles_of_vault_have_claims_and_ends() {
    let open = r#"{"role_type": "jwt", "user_claim": "sub", "policies": ["ci"], "ttl": "24h"}"#;
    assert_eq!(said("role.json", open), ["1 lifetime/above-ceiling", "1 third-party/oidc-trust"]);
    let bound = r#"{"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"], "bound_claims": {"repository": "acme/shop"}, "ttl": "15m"}"#;
    assert!(said("role.json", bound).is_empty());
    let secret =
        |ttl: &str| format!(r#"{{"token_policies": ["x"], "secret_id_ttl": "{ttl}", "token_ttl": "10m"}}"#);
    assert_eq!(said("role.json", &secret("0")), ["1 lifetime/above-ceiling"]);
    assert!(said("role.json", &secret("24h")).is_empty());
    let pki = r#"{"allowed_domains": ["example.com"], "allow_subdomains": true, "max_ttl": "87600h"}"#;
    assert_eq!(said("pki.json", pki), ["1 lifetime/above-ceiling"]);
}

#[test]
fn manifests_of_apps_ask_for_rights() {
    let github = |right: &str| {
        format!("name: bot\npublic: false\ndefault_permissions:\n  metadata: read\n  {right}\n")
    };
    assert_eq!(said("app.yml", &github("administration: write")), ["5 scope/admin-grant"]);
    assert_eq!(said("app.yml", &github("members: write")), ["5 scope/privilege-escalation"]);
    assert!(said("app.yml", &github("administration: read")).is_empty());
    let slack = |scope: &str| {
        format!(
            "display_information: {{name: bot}}\noauth_config:\n  scopes:\n    bot: [chat:write, '{scope}']\n"
        )
    };
    assert_eq!(said("manifest.yaml", &slack("admin")), ["4 scope/admin-grant"]);
    assert!(said("manifest.yaml", &slack("channels:read")).is_empty());
    let entra = |kind: &str| {
        format!(
            r#"{{"displayName": "shop", "requiredResourceAccess": [{{"resourceAccess": [
                {{"id": "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8", "type": "{kind}"}}]}}]}}"#
        )
    };
    assert_eq!(said("app.json", &entra("Role")), ["2 scope/admin-grant"]);
    assert!(said("app.json", &entra("Scope")).is_empty());
}

#[test]
fn secrets_of_apps_have_ends() {
    let entra = |end: &str| {
        format!(
            r#"{{"appId": "x", "passwordCredentials": [{{"startDateTime": "2026-10-01T00:00:00Z", "endDateTime": "{end}T00:00:00Z"}}]}}"#
        )
    };
    assert!(said("app.json", &entra("2099-12-31"))[0].contains("lifetime/"));
    let client = |end: &str| {
        format!(
            r#"{{"client_id": "x", "client_name": "shop", "redirect_uris": [], "client_secret_expires_at": {end}}}"#
        )
    };
    assert_eq!(said("client.json", &client("0")), ["1 lifetime/above-ceiling"]);
    assert!(said("client.json", &client("1798761600")).is_empty());
}

#[test]
fn other_documents_are_not_taken() {
    for (path, text) in [
        ("a.json", "{}"),
        ("a.json", "[]"),
        ("a.yaml", "path: /x\n"),
        ("a.hcl", "path = \"x\"\n"),
        ("a.json", r#"{"bindings": [1, null], "path": {"a": []}, "issuer": "x"}"#),
    ] {
        let file = SourceFile::read(FileId(0), path, Arc::from(text.as_bytes()), true);
        assert!(!DIALECT.recognise(&file), "{path} {text}");
    }
}

#[test]
fn what_is_cut_or_odd_ends() {
    let texts = [
        ("p.hcl", "path \"*\" {\n  capabilities = [\"sudo\", x, <<E\na\nE\n]\n}\n".to_owned()),
        ("p.json", r#"{"bindings": [{"role": {"a": []}, "members": {"b": "${c}"}}, {"role": "r", "members": ["\u0000%{x}"]}]}"#.to_owned()),
        ("d.json", format!(r#"{{"Name": "x", "Actions": {}1{}, "AssignableScopes": ["/"]}}"#, "[".repeat(90), "]".repeat(90))),
    ];
    for (path, text) in texts {
        for end in (0..=text.len()).step_by(7).filter(|end| text.is_char_boundary(*end)) {
            said(path, &text[..end]);
        }
    }
}

#[test]
fn older_policies_of_vault_are_read_by_their_word() {
    let policy =
        |path: &str, word: &str| said("p.hcl", &format!("path \"{path}\" {{\n  policy = \"{word}\"\n}}\n"));
    assert_eq!(policy("*", "sudo"), ["1 scope/admin-grant"]);
    assert_eq!(policy("*", "write"), ["1 scope/privilege-escalation"]);
    assert!(policy("*", "deny").is_empty() && policy("secret/app/*", "read").is_empty());
    let path = |path: &str, rights: &str| {
        said("p.hcl", &format!("path \"{path}\" {{\n  capabilities = [{rights}]\n}}\n"))
    };
    assert_eq!(path("+/*", "\"create\", \"read\", \"sudo\""), ["1 scope/admin-grant"]);
    assert_eq!(path("auth/token/create", "\"update\", \"sudo\""), ["1 scope/privilege-escalation"]);
    assert!(path("auth/token/create", "\"update\"").is_empty());
    assert_eq!(path("sys/raw/*", "\"update\""), ["1 scope/privilege-escalation"]);
}

#[test]
fn an_assignment_is_known_by_what_the_api_takes() {
    let assignment = |role: &str| {
        format!(
            r#"{{"properties": {{"roleDefinitionId": "/subscriptions/0/providers/Microsoft.Authorization/roleDefinitions/{role}", "principalId": "p"}}}}"#
        )
    };
    assert_eq!(said("a.json", &assignment("8e3af657-a8ff-443c-a75c-2fe8c4bcb635")), ["1 scope/admin-grant"]);
    assert!(said("a.json", &assignment("acdd72a7-3385-48ef-bd42-f606fba81ae7")).is_empty());
}

#[test]
fn an_application_says_whose_users_sign_in() {
    let manifest = |audience: &str| {
        said("app.json", &format!("{{\"displayName\": \"shop\",\n\"signInAudience\": \"{audience}\"}}"))
    };
    assert_eq!(manifest("AzureADMultipleOrgs"), ["2 anonymous/principal"]);
    assert!(manifest("AzureADMyOrg").is_empty());
}

#[test]
fn rights_of_apps_that_lead_to_more_are_told() {
    let github = |rights: &str| {
        said(
            "app.json",
            &format!(
                "{{\"name\": \"shop\", \"url\": \"https://shop.example\", \"default_permissions\": {{{rights}}}}}"
            ),
        )
    };
    for rights in [
        r#""secrets": "write""#,
        r#""organization_secrets": "write""#,
        r#""organization_self_hosted_runners": "write""#,
        r#""contents": "write", "actions": "write""#,
    ] {
        assert_eq!(github(rights), ["1 scope/privilege-escalation"], "{rights}");
    }
    for rights in
        [r#""secrets": "read""#, r#""contents": "write", "checks": "write""#, r#""actions": "write""#]
    {
        assert!(github(rights).is_empty(), "{rights}");
    }
    let slack = |scope: &str| {
        said(
            "app.yaml",
            &format!(
                "display_information: {{name: shop}}\noauth_config:\n  scopes:\n    user: ['{scope}']\n"
            ),
        )
    };
    for scope in ["admin.roles:write", "admin.apps:write", "admin.conversations:write", "admin.teams:write"] {
        assert_eq!(slack(scope), ["4 scope/admin-grant"], "{scope}");
    }
    assert!(slack("admin.users:read").is_empty() && slack("users:write").is_empty());
}

#[test]
fn a_role_of_the_token_method_is_read() {
    let role = |more: &str| {
        said("deploy.json", &format!("{{\"allowed_policies\": [\"app\"], \"orphan\": true{more}}}"))
    };
    assert_eq!(role(r#", "period": "24h""#), ["1 lifetime/above-ceiling"]);
    assert!(role(r#", "period": "24h", "explicit_max_ttl": "1h""#).is_empty());
    assert!(role("").is_empty());
}

/// What is said of a manifest besides that nobody owns what it makes.
fn of_manifest(kind: &str, body: &str) -> Vec<String> {
    let text = format!(
        "apiVersion: any.example/v1\nkind: {kind}\nmetadata: {{name: shop, namespace: shop}}\n{body}\n"
    );
    let all = said("k8s/cloud.yaml", &text);
    all.into_iter().filter(|line| !line.ends_with("identity/no-owner")).collect()
}

#[test]
fn manifests_of_google_cloud_say_what_its_policies_say() {
    let member = |on: &str, role: &str, who: &str| {
        of_manifest(
            "IAMPolicyMember",
            &format!(
                "spec:\n  member: {who}\n  role: {role}\n  resourceRef: {{kind: {on}, external: projects/shop}}"
            ),
        )
    };
    let ci = "serviceAccount:ci@shop.iam.gserviceaccount.com";
    assert_eq!(member("Project", "roles/owner", ci), ["5 scope/admin-grant"]);
    assert_eq!(member("Project", "roles/iam.serviceAccountUser", ci), ["5 scope/privilege-escalation"]);
    assert_eq!(member("StorageBucket", "roles/storage.objectViewer", "allUsers"), ["5 anonymous/principal"]);
    assert!(member("StorageBucket", "roles/storage.objectViewer", ci).is_empty());
    let policy = |who: &str| {
        of_manifest(
            "IAMPolicy",
            &format!(
                "spec:\n  resourceRef: {{kind: StorageBucket, name: b}}\n  bindings:\n  - role: roles/storage.objectViewer\n    members: ['{who}']"
            ),
        )
    };
    assert_eq!(policy("allUsers"), ["8 anonymous/principal"]);
    assert!(policy(ci).is_empty());
    assert_eq!(
        of_manifest("IAMServiceAccountKey", "spec:\n  serviceAccountRef: {name: ci}"),
        ["4 lifetime/static-cloud-key"]
    );
    let entry = |who: &str| {
        of_manifest(
            "StorageBucketAccessControl",
            &format!("spec:\n  bucketRef: {{name: b}}\n  role: READER\n  entity: {who}"),
        )
    };
    assert_eq!(entry("allUsers").len(), 1);
    assert!(entry("user-a@b.example").is_empty());
}

#[test]
fn manifests_and_files_for_aws_say_what_its_policies_say() {
    let role = |who: &str, policy: &str| {
        of_manifest(
            "Role",
            &format!(
                "spec:\n  name: shop\n  assumeRolePolicyDocument: '{{\"Statement\": [{{\"Effect\": \"Allow\", \"Principal\": {who}, \"Action\": \"sts:AssumeRole\"}}]}}'\n  policies: ['arn:aws:iam::aws:policy/{policy}']"
            ),
        )
    };
    let service = r#"{"Service": "ec2.amazonaws.com"}"#;
    assert_eq!(role(service, "AdministratorAccess"), ["7 scope/admin-grant"]);
    assert!(role(r#"{"AWS": "*"}"#, "ReadOnlyAccess").contains(&"6 anonymous/principal".to_owned()));
    assert!(role(service, "ReadOnlyAccess").is_empty());
    let policy = |action: &str| {
        of_manifest(
            "Policy",
            &format!(
                "spec:\n  name: shop\n  policyDocument: '{{\"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"*\"}}]}}'"
            ),
        )
    };
    assert_eq!(policy("*"), ["6 scope/admin-grant"]);
    assert!(policy("s3:ListAllMyBuckets").is_empty());
    for (body, expected) in [
        ("iamIdentityMappings:\n- arn: arn:aws:iam::123456789012:role/ci\n  groups: [system:masters]", 1),
        ("iamIdentityMappings:\n- arn: arn:aws:iam::123456789012:role/ci\n  groups: [viewers]", 0),
        (
            "accessConfig:\n  accessEntries:\n  - principalARN: a\n    accessPolicies:\n    - policyARN: arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy\n      accessScope: {type: cluster}",
            1,
        ),
        (
            "accessConfig:\n  accessEntries:\n  - principalARN: a\n    accessPolicies:\n    - policyARN: arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy\n      accessScope: {type: cluster}",
            0,
        ),
        (
            "iam:\n  serviceAccounts:\n  - metadata: {name: shop}\n    attachPolicyARNs: ['arn:aws:iam::aws:policy/AdministratorAccess']",
            1,
        ),
        (
            "iam:\n  serviceAccounts:\n  - metadata: {name: shop}\n    attachPolicy: {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}",
            1,
        ),
        (
            "managedNodeGroups:\n- name: nodes\n  iam: {attachPolicyARNs: ['arn:aws:iam::aws:policy/AdministratorAccess']}",
            1,
        ),
        (
            "managedNodeGroups:\n- name: nodes\n  iam: {attachPolicyARNs: ['arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy']}",
            0,
        ),
    ] {
        let found = of_manifest("ClusterConfig", body);
        assert_eq!(found.len(), expected, "{body}: {found:?}");
        assert!(found.iter().all(|line| line.ends_with("scope/admin-grant")), "{found:?}");
    }
}

#[test]
fn a_secret_beside_such_a_manifest_is_what_its_own_dialect_says() {
    let key = "apiVersion: iam.cnrm.cloud.google.com/v1beta1\nkind: IAMCustomRole\nmetadata: {name: a, namespace: shop}\nspec: {permissions: [run.services.get]}\n";
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\ndata: {password: 'e3suVmFsdWVzLnBhc3N3b3JkfX0='}\n";
    assert_eq!(said("k8s/a.yaml", secret), said("k8s/a.yaml", &format!("{key}{secret}")));
}
