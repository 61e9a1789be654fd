//! Rights that are given by naming them, arguments that decide and are not known, lengths that a run begins.

use super::*;
use crate::dialect::told;

#[test]
fn names_of_administrators_are_grants_and_others_are_not() {
    for (text, expected) in [
        ("resource \"vault_token\" \"t\" {\n  policies = [\"app\", \"root\"]\n}\n", "vault:sudo"),
        (
            "resource \"aws_eks_access_policy_association\" \"a\" {\n  policy_arn = \"arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy\"\n}\n",
            "kubernetes:*/*:*",
        ),
        (
            "resource \"kubernetes_config_map_v1\" \"auth\" {\n  data = {\n    mapRoles = yamlencode([{ rolearn = \"r\", groups = [\"system:masters\"] }])\n  }\n}\n",
            "kubernetes:*/*:*",
        ),
        (
            "resource \"kubernetes_config_map\" \"auth\" {\n  data = {\n    mapRoles = <<-EOT\n      - rolearn: r\n        groups: [\"system:masters\"]\n    EOT\n  }\n}\n",
            "kubernetes:*/*:*",
        ),
        (
            "data \"azuread_service_principal\" \"graph\" {\n  client_id = \"g\"\n}\nresource \"azuread_app_role_assignment\" \"a\" {\n  app_role_id = data.azuread_service_principal.graph.app_role_ids[\"RoleManagement.ReadWrite.Directory\"]\n}\n",
            "graph:RoleManagement.ReadWrite.Directory",
        ),
        (
            "resource \"azuread_directory_role\" \"g\" {\n  display_name = \"Global Administrator\"\n}\nresource \"azuread_directory_role_assignment\" \"a\" {\n  role_id = azuread_directory_role.g.template_id\n}\n",
            "azure:directory-role:Global Administrator",
        ),
        (
            "resource \"google_project_iam_custom_role\" \"r\" {\n  role_id = \"deploy\"\n  permissions = [\"run.services.create\", \"iam.serviceAccounts.actAs\"]\n}\n",
            "gcp:run.services.create gcp:iam.serviceAccounts.actAs on * to gcp/role-definition/deploy",
        ),
    ] {
        let found = facts_with(&[("main.tf", text)], "allow");
        assert!(found.iter().any(|line| line.contains(expected)), "{text}: {found:?}");
    }
    for text in [
        "resource \"vault_token\" \"t\" {\n  policies = [\"app\"]\n}\n",
        "resource \"aws_eks_access_policy_association\" \"a\" {\n  policy_arn = \"arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy\"\n}\n",
        "resource \"kubernetes_config_map\" \"c\" {\n  data = {\n    mapRoles = \"- groups: [viewers]\"\n  }\n}\n",
        "resource \"azuread_app_role_assignment\" \"a\" {\n  app_role_id = data.azuread_service_principal.graph.app_role_ids[\"User.Read.All\"]\n}\n",
    ] {
        assert!(facts_with(&[("main.tf", text)], "allow").is_empty(), "{text}");
    }
}

#[test]
fn arguments_that_decide_and_are_not_known_are_said() {
    for (text, name) in [
        (
            "resource \"azurerm_role_assignment\" \"r\" {\n  role_definition_name = var.x\n  principal_id = \"p\"\n}\n",
            "var.x",
        ),
        (
            "resource \"google_project_iam_member\" \"m\" {\n  role = var.x\n  member = \"user:a@b.example\"\n}\n",
            "var.x",
        ),
        (
            "resource \"azurerm_role_definition\" \"d\" {\n  permissions {\n    actions = var.x\n  }\n}\n",
            "var.x",
        ),
        (
            "resource \"kubernetes_cluster_role_binding\" \"b\" {\n  role_ref {\n    name = var.x\n  }\n}\n",
            "var.x",
        ),
        (
            "resource \"azurerm_federated_identity_credential\" \"f\" {\n  subject = var.x\n  issuer = \"https://i.example\"\n}\n",
            "var.x",
        ),
        ("resource \"vault_jwt_auth_backend_role\" \"r\" {\n  bound_claims = var.x\n}\n", "var.x"),
        ("resource \"aws_s3_bucket_acl\" \"a\" {\n  acl = var.x\n}\n", "var.x"),
        ("resource \"azuread_application_password\" \"p\" {\n  end_date = var.x\n}\n", "var.x"),
        ("resource \"gitlab_project_access_token\" \"t\" {\n  expires_at = var.x\n}\n", "var.x"),
        ("resource \"aws_iam_role\" \"r\" {\n  max_session_duration = var.x\n}\n", "var.x"),
    ] {
        let found = unknowns(&[("main.tf", text)]);
        assert!(found.iter().any(|line| line.contains(name)), "{text}: {found:?}");
        let known = text.replace("var.x", "\"${var.x}\"").replace("var.x", "local.y");
        let with = format!("{known}locals {{\n  y = \"known-value\"\n}}\n");
        assert!(unknowns(&[("main.tf", &with)]).iter().all(|line| !line.contains("local.y")), "{with}");
    }
}

#[test]
fn a_length_from_the_run_on_is_known() {
    for (end, seconds) in [
        ("timeadd(timestamp(), \"8760h\")", "31536000s"),
        ("formatdate(\"YYYY-MM-DD\", timeadd(plantimestamp(), \"720h\"))", "2592000s"),
        ("time_rotating.r.rotation_rfc3339", "2592000s"),
        ("time_offset.o.rfc3339", "63244800s"),
        ("timeadd(\"2027-01-01T00:00:00Z\", \"24h\")", "until 2027-01-02"),
    ] {
        let text = format!(
            "resource \"time_rotating\" \"r\" {{\n  rotation_days = 30\n}}\nresource \"time_offset\" \"o\" {{\n  offset_years = 2\n}}\n\
             resource \"gitlab_project_access_token\" \"t\" {{\n  expires_at = {end}\n}}\n"
        );
        let found = facts_with(&[("main.tf", &text)], "credential");
        assert!(found[0].contains(&format!("[{seconds}]")), "{found:?}");
        assert!(unknowns(&[("main.tf", &text)]).is_empty());
    }
}

#[test]
fn a_key_that_is_made_anew_in_time_ends_then() {
    for tie in [
        "rotate_when_changed = {\n    r = time_rotating.r.id\n  }",
        "keepers = {\n    r = time_rotating.r.rotation_rfc3339\n  }",
        "lifecycle {\n    replace_triggered_by = [time_rotating.r]\n  }",
    ] {
        let text = format!(
            "resource \"time_rotating\" \"r\" {{\n  rotation_days = 30\n}}\nresource \"google_service_account_key\" \"k\" {{\n  {tie}\n}}\n"
        );
        let found = facts_with(&[("main.tf", &text)], "credential");
        assert!(found[0].contains("[2592000s]"), "{found:?}");
    }
    let other = "resource \"google_service_account_key\" \"k\" {\n  keepers = { a = \"b\" }\n}\n";
    assert!(facts_with(&[("main.tf", other)], "credential")[0].contains("[Unbounded]"));
}

#[test]
fn families_that_rotate_or_let_guests_in_are_read() {
    for (text, expected) in [
        (
            "resource \"aws_cognito_identity_pool\" \"p\" {\n  allow_unauthenticated_identities = true\n}\n",
            "endpoint",
        ),
        (
            "resource \"aws_msk_cluster\" \"m\" {\n  client_authentication {\n    unauthenticated = true\n  }\n}\n",
            "auth Some([{}])",
        ),
        (
            "resource \"aws_appsync_api_key\" \"k\" {\n  expires = \"2030-01-01T00:00:00Z\"\n}\n",
            "until 2030-01-01",
        ),
        (
            "resource \"aws_secretsmanager_secret_rotation\" \"r\" {\n  rotation_rules {\n    schedule_expression = \"rate(730 days)\"\n  }\n}\n",
            "[63072000s]",
        ),
        (
            "resource \"aws_acmpca_certificate\" \"c\" {\n  validity {\n    type = \"YEARS\"\n    value = 2\n  }\n}\n",
            "[63072000s]",
        ),
        ("resource \"google_kms_crypto_key\" \"k\" {\n  rotation_period = \"63072000s\"\n}\n", "[63072000s]"),
        ("resource \"github_repository_deploy_key\" \"k\" {\n  read_only = false\n}\n", "[Unbounded]"),
        (
            "resource \"azurerm_pim_active_role_assignment\" \"a\" {\n  scope = \"/subscriptions/s\"\n  role_definition_id = \"/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635\"\n  principal_id = \"p\"\n}\n",
            "azure:role:Owner",
        ),
    ] {
        let found = facts(&[("main.tf", text)]);
        assert!(found.iter().any(|line| line.contains(expected)), "{text}: {found:?}");
    }
    for text in [
        "resource \"github_repository_deploy_key\" \"k\" {\n  read_only = true\n}\n",
        "resource \"github_repository_deploy_key\" \"k\" {}\n",
    ] {
        assert!(facts(&[("main.tf", text)]).is_empty(), "{text}");
    }
}

#[test]
fn resources_of_other_platforms_interfaces_are_theirs() {
    let awscc = |policy: &str| {
        format!(
            "resource \"awscc_iam_role\" \"r\" {{\n  role_name = \"ci\"\n  max_session_duration = 43200\n  policies = [{{\n    policy_name = \"p\"\n    policy_document = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"{policy}\", Resource = \"*\" }}] }})\n  }}]\n}}\n"
        )
    };
    let found = told::findings(&[("main.tf", &awscc("*"))]);
    assert_eq!(found, ["1 identity/no-owner", "3 lifetime/above-ceiling", "6 scope/admin-grant"]);
    assert!(
        !told::findings(&[("main.tf", &awscc("s3:ListAllMyBuckets"))]).iter().any(|l| l.contains("scope"))
    );
    let azapi = |body: &str| {
        format!(
            "variable \"id\" {{}}\nresource \"azapi_resource\" \"a\" {{\n  type = \"Microsoft.Authorization/roleAssignments@2022-04-01\"\n  body = {body}\n}}\n"
        )
    };
    let given = |role: &str| {
        format!(
            "{{ properties = {{ principalId = \"p\", roleDefinitionId = \"${{var.id}}/roleDefinitions/{role}\" }} }}"
        )
    };
    let owner = given("8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
    assert_eq!(told::findings(&[("main.tf", &azapi(&owner))]), ["4 scope/admin-grant"]);
    assert_eq!(
        told::findings(&[("main.tf", &azapi(&format!("jsonencode({owner})")))]),
        ["4 scope/admin-grant"]
    );
    assert!(
        told::findings(&[("main.tf", &azapi(&given("acdd72a7-3385-48ef-bd42-f606fba81ae7")))]).is_empty()
    );
    assert_eq!(told::unknown(&[("main.tf", &azapi("var.id"))]), ["`var.id` has no value in the tree"]);
}

#[test]
fn types_that_no_table_knows_and_that_give_rights_are_named() {
    let unknown = |kind: &str| {
        told::unknown(&[("main.tf", &format!("resource \"{kind}\" \"x\" {{\n  name = \"x\"\n}}\n"))])
    };
    for kind in ["oci_identity_policy", "okta_app_oauth_role_assignment", "datadog_role"] {
        assert_eq!(unknown(kind), [format!("a resource of type `{kind}` is not evaluated")]);
    }
    for kind in [
        "aws_appautoscaling_policy",
        "aws_instance",
        "aws_ecr_lifecycle_policy",
        "aws_iam_role",
        "kubernetes_role",
    ] {
        assert!(!unknown(kind).iter().any(|why| why.contains("a resource of type")), "{kind}");
    }
}

#[test]
fn what_an_empty_default_leaves_open_is_not_known() {
    let attached = |variable: &str, repeats: &str, policy: &str| {
        format!(
            "variable \"all\" {{\n{variable}}}\nresource \"aws_iam_role_policy_attachment\" \"a\" {{\n  {repeats}\n  role = \"r\"\n  policy_arn = {policy}\n}}\n"
        )
    };
    let open = attached("  default = {}\n", "for_each = var.all", "each.value");
    assert_eq!(told::unknown(&[("main.tf", &open)]), ["`each.value` is evaluated by the platform"]);
    let admin = "\"arn:aws:iam::aws:policy/AdministratorAccess\"";
    let counted = attached("  default = []\n", "count = length(var.all)", admin);
    assert_eq!(told::findings(&[("main.tf", &counted)]), ["7 scope/admin-grant"]);
    // Nobody else can say it: the set is empty by itself, or was set.
    for none in [
        attached("  default = {}\n", "for_each = {}", admin),
        attached("  default = {}\n", "count = 0", admin),
    ] {
        assert!(told::findings(&[("main.tf", &none)]).is_empty(), "{none}");
    }
    let told = [("main.tf", open.as_str()), ("terraform.tfvars", "all = {}\n")];
    assert!(told::unknown(&told).is_empty());
}

#[test]
fn a_plan_says_what_it_does_not_know_yet() {
    let plan = |unknown: &str| {
        format!(
            r#"{{"format_version": "1.2", "planned_values": {{"root_module": {{"resources": [{{"address": "aws_iam_role_policy.p", "mode": "managed", "type": "aws_iam_role_policy", "name": "p", "values": {{"name": "p"}}}}]}}}}, "resource_changes": [{{"address": "aws_iam_role_policy.p", "change": {{"actions": ["create"], "after": {{"name": "p"}}, "after_unknown": {unknown}}}}}]}}"#
        )
    };
    let unknown = |after: &str| told::unknown(&[("plan.json", &plan(after))]);
    assert_eq!(unknown(r#"{"policy": true}"#), ["`terraform.known_after_apply` has no value in the tree"]);
    assert!(unknown(r#"{"id": true}"#).is_empty());
}

#[test]
fn roles_of_vault_say_which_accounts_log_in() {
    let role = |space: &str, account: &str| {
        format!(
            "resource \"vault_kubernetes_auth_backend_role\" \"r\" {{\n  role_name = \"app\"\n  token_max_ttl = 900\n  bound_service_account_names = [\"{account}\"]\n  bound_service_account_namespaces = [\"{space}\"]\n}}\n"
        )
    };
    let said = |space: &str, account: &str| told::findings(&[("main.tf", &role(space, account))]);
    assert_eq!(said("*", "*"), ["5 third-party/oidc-trust"]);
    assert_eq!(said("shop", "*"), ["4 third-party/oidc-trust"]);
    assert!(said("shop", "app").is_empty());
}

#[test]
fn a_choice_that_is_not_the_default_counts_less() {
    let attached = |default: &str, other: &str| {
        format!(
            "variable \"admin\" {{\n  default = {default}\n}}\nresource \"aws_iam_role_policy_attachment\" \"a\" {{\n  role = \"r\"\n  policy_arn = var.admin ? \"arn:aws:iam::aws:policy/{other}\" : \"arn:aws:iam::aws:policy/ReadOnlyAccess\"\n}}\n"
        )
    };
    let grants = |text: &str| {
        let all = facts_with(&[("main.tf", text)], "allow");
        all.into_iter().filter(|line| line.contains("aws:*:*")).collect::<Vec<_>>()
    };
    let open = grants(&attached("false", "AdministratorAccess"));
    assert!(open.len() == 1 && open.iter().all(|line| line.contains(" lesser")), "{open:?}");
    let chosen = grants(&attached("true", "AdministratorAccess"));
    assert!(chosen.len() == 1 && chosen.iter().all(|line| !line.contains(" lesser")), "{chosen:?}");
    assert!(grants(&attached("false", "ReadOnlyAccess")).is_empty());
}
