//! Rights and openings that one argument says, each beside a look-alike that says none; lifetimes of authorities and of
//! tokens that are renewed.

use super::*;
use crate::dialect::told;

/// What is said of one resource, without its owner: line and rule.
fn said(kind: &str, body: &str) -> Vec<String> {
    let text = format!("resource \"{kind}\" \"r\" {{\n{body}\n}}\n");
    let all = told::findings(&[("main.tf", &text)]);
    all.into_iter().filter(|line| !line.ends_with("identity/no-owner")).collect()
}

#[test]
fn a_vault_that_gives_everything_or_the_purge_says_so() {
    for what in ["secret", "key", "certificate", "storage"] {
        for right in ["All", "all", "Purge", "purge"] {
            let policy = format!("  {what}_permissions = [\"Get\", \"{right}\"]");
            assert_eq!(
                said("azurerm_key_vault_access_policy", &policy),
                ["2 scope/wildcard-grant"],
                "{policy}"
            );
            let inside = format!("  access_policy {{\n  {policy}\n  }}");
            assert_eq!(said("azurerm_key_vault", &inside), ["3 scope/wildcard-grant"], "{inside}");
        }
        let narrow = format!("  {what}_permissions = [\"Get\", \"List\", \"Recover\"]");
        assert!(said("azurerm_key_vault_access_policy", &narrow).is_empty(), "{narrow}");
    }
    let found = unknowns(&[(
        "main.tf",
        "resource \"azurerm_key_vault_access_policy\" \"p\" {\n  secret_permissions = var.x\n}\n",
    )]);
    assert!(found.iter().any(|line| line.contains("var.x")), "{found:?}");
}

#[test]
fn a_rule_that_manages_a_namespace_or_an_entity_says_so() {
    for (kind, severity) in [
        ("azurerm_eventhub_namespace_authorization_rule", "namespace"),
        ("azurerm_servicebus_namespace_authorization_rule", "namespace"),
        ("azurerm_relay_namespace_authorization_rule", "namespace"),
        ("azurerm_eventhub_authorization_rule", "entity"),
        ("azurerm_servicebus_queue_authorization_rule", "entity"),
        ("azurerm_servicebus_topic_authorization_rule", "entity"),
    ] {
        assert_eq!(said(kind, "  listen = true\n  manage = true"), ["3 scope/wildcard-grant"], "{kind}");
        let text = format!("resource \"{kind}\" \"r\" {{\n  manage = true\n}}\n");
        assert_eq!(facts_with(&[("main.tf", &text)], severity).len(), 1, "{kind}");
        assert!(said(kind, "  listen = true\n  manage = false").is_empty(), "{kind}");
    }
}

#[test]
fn an_application_of_every_directory_lets_anyone_sign_in() {
    for (audience, expected) in [
        ("AzureADMultipleOrgs", 1),
        ("AzureADandPersonalMicrosoftAccount", 1),
        ("PersonalMicrosoftAccount", 1),
        ("AzureADMyOrg", 0),
    ] {
        let found = said(
            "azuread_application",
            &format!("  display_name = \"shop\"\n  sign_in_audience = \"{audience}\""),
        );
        assert_eq!(found.len(), expected, "{audience}: {found:?}");
        assert!(found.iter().all(|line| line == "3 anonymous/principal"), "{found:?}");
    }
}

#[test]
fn access_lists_of_google_cloud_open_buckets_and_objects() {
    for (kind, argument) in [
        ("google_storage_bucket", "predefined_acl = \"publicRead\""),
        ("google_storage_bucket_acl", "predefined_acl = \"publicReadWrite\""),
        ("google_storage_bucket_acl", "default_acl = \"authenticatedRead\""),
        ("google_storage_bucket_acl", "role_entity = [\"OWNER:user-a@b.example\", \"READER:allUsers\"]"),
        ("google_storage_default_object_acl", "role_entity = [\"READER:allAuthenticatedUsers\"]"),
        ("google_storage_object_acl", "predefined_acl = \"publicRead\""),
        ("google_storage_bucket_object", "predefined_acl = \"publicRead\""),
        ("google_storage_object_access_control", "role = \"READER\"\n  entity = \"allUsers\""),
        ("google_storage_default_object_access_control", "role = \"READER\"\n  entity = \"allUsers\""),
    ] {
        let found = said(kind, &format!("  bucket = \"b\"\n  {argument}"));
        assert_eq!(found.len(), 1, "{kind} {argument}: {found:?}");
        assert!(found[0].ends_with("anonymous/principal"), "{found:?}");
    }
    for (kind, argument) in [
        ("google_storage_bucket_acl", "predefined_acl = \"projectPrivate\""),
        ("google_storage_bucket_acl", "role_entity = [\"READER:group-readers@b.example\"]"),
        ("google_storage_object_access_control", "role = \"READER\"\n  entity = \"user-a@b.example\""),
    ] {
        assert!(said(kind, &format!("  bucket = \"b\"\n  {argument}")).is_empty(), "{kind} {argument}");
    }
}

#[test]
fn stores_that_ask_nobody_say_so() {
    for (kind, open, closed) in [
        (
            "aws_opensearch_domain",
            "  advanced_security_options {\n    anonymous_auth_enabled = true\n  }",
            "  advanced_security_options {\n    enabled = true\n  }",
        ),
        ("aws_elasticache_user", "  no_password_required = true", "  passwords = [var.a, var.b]"),
        (
            "aws_elasticache_user",
            "  authentication_mode {\n    type = \"no-password-required\"\n  }",
            "  authentication_mode {\n    type = \"iam\"\n  }",
        ),
        ("aws_memorydb_cluster", "  acl_name = \"open-access\"", "  acl_name = \"shop\""),
        (
            "aws_neptune_cluster",
            "  iam_database_authentication_enabled = false",
            "  iam_database_authentication_enabled = true",
        ),
        (
            "aws_neptune_cluster",
            "  cluster_identifier = \"n\"",
            "  iam_database_authentication_enabled = true",
        ),
    ] {
        let found = said(kind, open);
        assert!(found.len() == 1 && found[0].ends_with("anonymous/endpoint"), "{kind}: {found:?}");
        assert!(said(kind, closed).is_empty(), "{kind} {closed}");
    }
    let list = "resource \"aws_memorydb_acl\" \"a\" {\n  name = \"shop\"\n}\nresource \"aws_memorydb_cluster\" \"c\" {\n  acl_name = aws_memorydb_acl.a.id\n}\n";
    assert!(told::findings(&[("main.tf", list)]).is_empty() && unknowns(&[("main.tf", list)]).is_empty());
}

#[test]
fn an_administrator_of_named_namespaces_is_less_than_one_of_the_cluster() {
    let policy = |scope: &str| {
        format!(
            "resource \"aws_eks_access_policy_association\" \"a\" {{\n  policy_arn = \"arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy\"\n  access_scope {{\n    type = \"{scope}\"\n  }}\n}}\n"
        )
    };
    let to = |scope: &str, holder: &str| facts_with(&[("main.tf", &policy(scope))], holder).len();
    assert_eq!((to("cluster", "to aws/eks-access"), to("cluster", "kubernetes/Role")), (1, 0));
    assert_eq!((to("namespace", "to aws/eks-access"), to("namespace", "kubernetes/Role")), (0, 1));
}

#[test]
fn an_authority_has_a_ceiling_of_its_own() {
    for (kind, short, long) in [
        (
            "tls_self_signed_cert",
            "  is_ca_certificate = true\n  validity_period_hours = 87600",
            "  is_ca_certificate = true\n  validity_period_hours = 876000",
        ),
        (
            "aws_acmpca_certificate",
            "  template_arn = \"arn:aws:acm-pca:::template/RootCACertificate/V1\"\n  validity {\n    type = \"YEARS\"\n    value = 10\n  }",
            "  template_arn = \"arn:aws:acm-pca:::template/RootCACertificate/V1\"\n  validity {\n    type = \"YEARS\"\n    value = 100\n  }",
        ),
        (
            "google_privateca_certificate_authority",
            "  lifetime = \"315360000s\"",
            "  lifetime = \"3153600000s\"",
        ),
        ("vault_pki_secret_backend_root_cert", "  ttl = \"87600h\"", "  ttl = \"876000h\""),
        ("vault_pki_secret_backend_root_sign_intermediate", "  ttl = \"43800h\"", "  ttl = \"876000h\""),
    ] {
        assert!(said(kind, short).is_empty(), "{kind}");
        let found = said(kind, long);
        assert!(found.len() == 1 && found[0].ends_with("lifetime/above-ceiling"), "{kind}: {found:?}");
    }
    // What it signs is held to another.
    assert_eq!(said("vault_pki_secret_backend_sign", "  ttl = \"87600h\"").len(), 1);
    assert!(said("vault_pki_secret_backend_sign", "  ttl = \"720h\"").is_empty());
}

#[test]
fn a_token_with_a_period_is_renewed_without_end_unless_it_has_a_last_one() {
    for (kind, period, end) in [
        ("vault_token_auth_backend_role", "token_period", "token_explicit_max_ttl"),
        ("vault_kubernetes_auth_backend_role", "token_period", "token_explicit_max_ttl"),
        ("vault_token", "period", "explicit_max_ttl"),
    ] {
        let long = "lifetime/above-ceiling";
        let line = format!("  {period} = \"24h\"");
        assert_eq!(said(kind, &line), [format!("2 {long}")], "{kind}");
        assert!(said(kind, &format!("{line}\n  {end} = \"1h\"")).is_empty(), "{kind}");
        assert!(said(kind, &format!("  {period} = 0")).is_empty(), "{kind}");
        assert!(said(kind, &format!("{line}\n  {end} = 0")).contains(&format!("2 {long}")), "{kind}");
    }
}

#[test]
fn a_policy_on_the_root_of_an_engine_is_wide() {
    let policy = |path: &str, rights: &str| {
        said(
            "vault_policy",
            &format!(
                "  name = \"p\"\n  policy = <<-EOT\n    path \"{path}\" {{\n      capabilities = [{rights}]\n    }}\n  EOT"
            ),
        )
    };
    let all = "\"create\", \"read\", \"update\", \"delete\", \"list\"";
    assert_eq!(policy("secret/*", all).len(), 1);
    assert_eq!(policy("kv/data/*", &format!("{all}, \"sudo\"")).len(), 1);
    assert!(policy("secret/*", "\"read\", \"list\"").is_empty());
    assert!(policy("secret/data/shop/*", all).is_empty());
}

#[test]
fn what_a_plan_calls_sensitive_and_shows_is_a_secret_and_hidden() {
    let drawn = format!("{}{}", "Zk3vQ9pLx2", "Rt7Ws4Nb8Y");
    let plan = |marks: &str| {
        format!(
            r#"{{"format_version": "1.2", "planned_values": {{"root_module": {{"resources": [
{{"address": "shop_thing.a", "mode": "managed", "type": "shop_thing", "name": "a",
"values": {{"label": "front", "nested": [{{"opaque": "{drawn}", "size": 3}}]}},
"sensitive_values": {marks}}}]}}}}, "configuration": {{"root_module": {{}}}}}}"#
        )
    };
    let of = |marks: &str| told::findings(&[("plan.json", &plan(marks))]);
    assert_eq!(of(r#"{"nested": [{"opaque": true}]}"#), ["3 secret/generic-credential"]);
    assert!(of(r#"{"nested": [{}]}"#).is_empty());
    assert!(of(r#"{"label": true, "nested": [{}]}"#).is_empty());
    let text = plan(r#"{"label": true, "nested": [{"size": true}]}"#);
    let unit = unit(&[("plan.json", &text)]);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let hidden: Vec<&str> = out.hidden.iter().map(|at| &text[at.span.range()]).collect();
    assert_eq!(hidden, ["front", "3"]);
}

#[test]
fn a_state_hides_what_it_calls_sensitive() {
    let state = r#"{"version": 4, "terraform_version": "1.7.0", "lineage": "a", "outputs": {"door": {"value": "open sesame", "sensitive": true}},
"resources": [{"mode": "managed", "type": "shop_thing", "name": "a", "instances": [{"attributes":
{"label": "front", "nested": [{"opaque": "closed sesame"}], "size": 3},
"sensitive_attributes": [[{"type": "get_attr", "value": "nested"}, {"type": "index", "value": {"value": 0, "type": "number"}},
{"type": "get_attr", "value": "opaque"}]]}]}]}"#;
    let unit = unit(&[("terraform.tfstate", state)]);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let mut hidden: Vec<&str> = out.hidden.iter().map(|at| &state[at.span.range()]).collect();
    hidden.sort_unstable();
    assert_eq!(hidden, ["closed sesame", "open sesame"]);
}
