//! Rights that are given by naming them, arguments that decide and are not known, lengths that a run begins.

use super::*;

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
        "resource \"aws_acmpca_certificate\" \"c\" {\n  template_arn = \"arn:aws:acm-pca:::template/RootCACertificate/V1\"\n  validity {\n    type = \"YEARS\"\n    value = 10\n  }\n}\n",
    ] {
        assert!(facts(&[("main.tf", text)]).is_empty(), "{text}");
    }
}
