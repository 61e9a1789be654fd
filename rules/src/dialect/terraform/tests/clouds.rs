//! Identities, grants and trusts of Google Cloud, Azure, Vault and others.

use super::*;

fn main(text: &str) -> Vec<String> {
    facts(&[("main.tf", text)])
}

fn with(text: &str, word: &str) -> Vec<String> {
    facts_with(&[("main.tf", text)], word)
}

#[test]
fn an_instance_runs_as_the_default_account_where_no_other_is_named() {
    let instance = |inner: &str| {
        format!("resource \"google_compute_instance\" \"i\" {{\n  name = \"web\"\n{inner}\n}}\n")
    };
    let default = "identity gcp/service-account/${project}/Compute Engine default service account";
    for inner in [
        "  service_account {\n    scopes = [\"cloud-platform\"]\n  }",
        "  service_account {\n    email = \"\"\n  }",
        "  service_account {\n    email = \"123-compute@developer.gserviceaccount.com\"\n  }",
        "  service_account {\n    email = data.google_compute_default_service_account.d.email\n  }\n}\ndata \"google_compute_default_service_account\" \"d\" {",
    ] {
        assert_eq!(with(&instance(inner), default).len(), 1, "{inner}");
    }
    for inner in [
        "",
        "  service_account {\n    email = \"web@p.iam.gserviceaccount.com\"\n  }",
        "  service_account {\n    email = var.account\n  }",
    ] {
        assert!(with(&instance(inner), default).is_empty(), "{inner}");
    }
    let node = instance("  service_account {\n    scopes = []\n  }").replace("\"web\"", "\"gke-a\"");
    assert!(with(&node, default).is_empty());
}

#[test]
fn a_cluster_without_its_default_pool_names_no_account() {
    let cluster = |line: &str| {
        format!(
            "resource \"google_container_cluster\" \"c\" {{\n  name = \"c\"\n  {line}\n  node_config {{\n    tags = []\n  }}\n}}\n"
        )
    };
    assert_eq!(with(&cluster(""), "identity").len(), 1);
    assert!(with(&cluster("remove_default_node_pool = true"), "identity").is_empty());
}

#[test]
fn roles_on_a_whole_project_say_so() {
    let member = |kind: &str, on: &str| {
        format!(
            "resource \"google_{kind}_iam_member\" \"m\" {{\n  {on}\n  role = \"roles/iam.serviceAccountUser\"\n  member = \"serviceAccount:ci@p.iam.gserviceaccount.com\"\n}}\n"
        )
    };
    assert!(main(&member("project", "project = \"shop\""))[0].contains(" on projects/shop "));
    assert!(main(&member("folder", "folder = \"folders/1\""))[0].contains(" on folders/1 "));
    assert!(main(&member("storage_bucket", "bucket = \"b\""))[0].contains(" on b "));
}

#[test]
fn a_policy_document_counts_where_nothing_reads_it() {
    let data = "data \"google_iam_policy\" \"p\" {\n  binding {\n    role = \"roles/viewer\"\n    members = [\"user:jane@acme.example\"]\n  }\n}\n";
    assert_eq!(with(data, "gcp:role:roles/viewer").len(), 1);
    let read = format!(
        "{data}resource \"google_project_iam_policy\" \"p\" {{\n  project = \"shop\"\n  policy_data = data.google_iam_policy.p.policy_data\n}}\n"
    );
    assert!(with(&read, "gcp:role:roles/viewer").len() <= 1);
}

#[test]
fn conditions_of_a_pool_are_claims() {
    let pool = |condition: &str| {
        format!(
            "resource \"google_iam_workload_identity_pool_provider\" \"p\" {{\n  workload_identity_pool_id = \"ci\"\n{condition}\n  oidc {{\n    issuer_uri = \"https://token.actions.githubusercontent.com\"\n  }}\n}}\n"
        )
    };
    let said = |condition: &str| with(&pool(condition), "trust gcp").remove(0);
    assert!(said("").contains("subject"), "{}", said(""));
    let sub = said("  attribute_condition = \"assertion.sub == 'repo:acme/shop:ref:refs/heads/main'\"");
    assert!(sub.contains("subject=repo:acme/shop:ref:refs/heads/main audience="), "{sub}");
    let owner = said("  attribute_condition = \"assertion.repository_owner == 'acme'\"");
    assert!(owner.contains("repository_owner=acme"), "{owner}");
}

#[test]
fn azure_credentials_without_a_subject_or_with_an_expression() {
    let credential = |kind: &str, line: &str| {
        format!(
            "resource \"azuread_application_{kind}federated_identity_credential\" \"c\" {{\n  application_id = \"a\"\n  issuer = \"https://token.actions.githubusercontent.com\"\n  {line}\n}}\n"
        )
    };
    let any = with(&credential("", ""), "trust azure").remove(0);
    assert!(any.contains("subject=any"), "{any}");
    let flexible = with(
        &credential("flexible_", "claims_matching_expression = \"claims['sub'] matches 'repo:acme/*'\""),
        "trust azure",
    )
    .remove(0);
    assert!(flexible.contains("subject~repo:acme/*"), "{flexible}");
}

#[test]
fn azure_roles_by_id_are_their_names() {
    let assignment = |line: &str| {
        format!(
            "data \"azurerm_subscription\" \"s\" {{\n}}\ndata \"azurerm_role_definition\" \"r\" {{\n  name = \"Owner\"\n}}\nresource \"azurerm_role_assignment\" \"a\" {{\n  scope = data.azurerm_subscription.s.id\n  {line}\n  principal_id = \"p\"\n}}\n"
        )
    };
    for line in [
        "role_definition_name = \"Owner\"",
        "role_definition_id = data.azurerm_role_definition.r.id",
        "role_definition_id = \"/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635\"",
    ] {
        let said = with(&assignment(line), "allow azure:role:Owner on /subscriptions/${");
        assert_eq!(said.len(), 1, "{line}: {:#?}", main(&assignment(line)));
    }
    let custom = "resource \"azurerm_role_definition\" \"r\" {\n  name = \"all\"\n  permissions {\n    actions = [\"*\"]\n  }\n}\n";
    assert_eq!(with(custom, "allow azure:* on *").len(), 1);
}

#[test]
fn vault_roles_trust_what_their_backend_issues() {
    let text = "resource \"vault_jwt_auth_backend\" \"gh\" {\n  path = \"gh\"\n  bound_issuer = \"https://token.actions.githubusercontent.com\"\n}\n\
                resource \"vault_jwt_auth_backend_role\" \"r\" {\n  backend = vault_jwt_auth_backend.gh.path\n  role_name = \"ci\"\n  bound_claims_type = \"glob\"\n  bound_claims = {\n    sub = \"repo:acme/*\"\n  }\n}\n";
    let said = with(text, "trust vault");
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].contains("issuer token.actions.githubusercontent.com subject~repo:acme/*"), "{said:#?}");
    let policy = "resource \"vault_policy\" \"p\" {\n  name = \"root\"\n  policy = <<EOT\npath \"*\" {\n  capabilities = [\"sudo\"]\n}\nEOT\n}\n";
    assert_eq!(with(policy, "allow vault:sudo on *").len(), 1);
}

#[test]
fn people_are_told_from_accounts_by_what_stands_before_the_address() {
    let member = |who: &str| {
        format!(
            "resource \"google_project_iam_member\" \"m\" {{\n  project = \"shop\"\n  role = \"roles/viewer\"\n  member = \"{who}\"\n}}\n"
        )
    };
    assert!(main(&member("user:jane@acme.example"))[0].ends_with("to gcp/user/jane@acme.example"));
    assert!(main(&member("group:all@acme.example"))[0].ends_with("to gcp/group/all@acme.example"));
    let account = main(&member("serviceAccount:ci@shop.iam.gserviceaccount.com"));
    assert!(account[0].ends_with("to gcp/service-account/shop/ci"), "{account:?}");
}

#[test]
fn own_keys_of_a_resource_and_ends_that_nobody_wrote() {
    let domain = |line: &str| {
        format!("resource \"azurerm_eventgrid_domain\" \"d\" {{\n  name = \"d\"\n  {line}\n}}\n")
    };
    let key = "credential shared-key azure/shared-key/azurerm_eventgrid_domain.d [Unbounded]";
    assert_eq!(with(&domain(""), key).len(), 1);
    assert_eq!(with(&domain("local_auth_enabled = true"), key).len(), 1);
    assert!(main(&domain("local_auth_enabled = false")).is_empty());
    let secret = |line: &str| {
        format!(
            "resource \"azurerm_key_vault_secret\" \"s\" {{\n  name = \"s\"\n  value = var.v\n  {line}\n}}\n"
        )
    };
    assert_eq!(with(&secret(""), "[Unbounded]").len(), 1);
    assert_eq!(with(&secret("expiration_date = \"2027-01-01T00:00:00Z\""), "[until 2027-01-01]").len(), 1);
}

#[test]
fn zero_may_stand_for_no_end() {
    let role = |ttl: &str| {
        format!(
            "resource \"vault_approle_auth_backend_role\" \"r\" {{\n  role_name = \"r\"\n  secret_id_ttl = {ttl}\n}}\n"
        )
    };
    assert_eq!(with(&role("0"), "[Unbounded]").len(), 1);
    assert_eq!(with(&role("600"), "[600s]").len(), 1);
    let certificate = |ca: &str| {
        format!(
            "resource \"tls_self_signed_cert\" \"c\" {{\n  validity_period_hours = 87600\n  is_ca_certificate = {ca}\n}}\n"
        )
    };
    assert_eq!(main(&certificate("false")).len(), 1);
}

#[test]
fn buckets_of_other_clouds_are_interfaces() {
    let bucket = |acl: &str| {
        format!("resource \"digitalocean_spaces_bucket\" \"b\" {{\n  name = \"b\"\n  acl = \"{acl}\"\n}}\n")
    };
    assert_ne!(main(&bucket("public-read")), main(&bucket("private")));
}

#[test]
fn a_role_of_the_default_account_is_everybodys() {
    let member = |who: &str| {
        format!(
            "resource \"google_project_iam_member\" \"m\" {{\n  project = \"shop\"\n  role = \"roles/viewer\"\n  member = \"serviceAccount:{who}\"\n}}\n"
        )
    };
    assert_eq!(with(&member("123-compute@developer.gserviceaccount.com"), "identity gcp").len(), 1);
    assert!(with(&member("ci@shop.iam.gserviceaccount.com"), "identity gcp").is_empty());
    let yandex = "resource \"yandex_resourcemanager_folder_iam_member\" \"m\" {\n  folder_id = \"f\"\n  role = \"viewer\"\n  member = \"userAccount:jane\"\n}\n";
    assert!(main(yandex)[0].ends_with("to yandex/user/jane"), "{:?}", main(yandex));
}

#[test]
fn a_cluster_that_asks_no_roles_lets_everybody_do_everything() {
    let cluster = |line: &str| {
        format!("resource \"google_container_cluster\" \"c\" {{\n  name = \"c\"\n  {line}\n}}\n")
    };
    assert_eq!(with(&cluster("enable_legacy_abac = true"), "kubernetes:*/*:*").len(), 1);
    assert!(with(&cluster("enable_legacy_abac = false"), "kubernetes:*/*:*").is_empty());
}

#[test]
fn an_app_signs_in_by_either_version_of_its_settings() {
    let app =
        |inner: &str| format!("resource \"azurerm_linux_web_app\" \"a\" {{\n  name = \"a\"\n{inner}\n}}\n");
    let open = with(&app(""), "endpoint");
    let signed = with(&app("  auth_settings_v2 {\n    auth_enabled = true\n  }"), "endpoint");
    assert_eq!((open.len(), signed.len()), (1, 1));
    assert_ne!(open, signed);
}
