//! Keys, secrets in arguments, outputs, endpoints.

use super::*;

#[test]
fn a_key_resource_is_a_standing_key_and_its_printed_secret_is_a_flow() {
    let tree = [(
        "main.tf",
        "resource \"aws_iam_user\" \"ci\" {\n  name = \"ci\"\n}\n\
         resource \"aws_iam_access_key\" \"ci\" {\n  user = aws_iam_user.ci.name\n}\n\
         output \"secret\" {\n  value = aws_iam_access_key.ci.secret\n}\n\
         output \"masked\" {\n  value     = \"key: ${aws_iam_access_key.ci.secret}\"\n  sensitive = true\n}\n\
         output \"id\" {\n  value = aws_iam_access_key.ci.id\n}\n",
    )];
    assert_eq!(
        facts(&tree)[1..],
        [
            "main.tf:4 credential cloud-key aws/key/aws_iam_access_key.ci [Unbounded] Generated []",
            "main.tf:2 link ActsAs aws/key/aws_iam_access_key.ci -> aws/user/${account}/ci <- main.tf:5 used here",
            "main.tf:8 flow aws/key/aws_iam_access_key.ci -> output secret",
            "main.tf:7 safeguard Masking Some(false)",
            "main.tf:11 flow aws/key/aws_iam_access_key.ci -> output masked",
            "main.tf:12 safeguard Masking Some(true)",
        ]
    );
}

#[test]
fn a_modules_secret_output_is_seen_where_the_root_prints_it() {
    let tree = [
        (
            "main.tf",
            "module \"m\" {\n  source = \"./m\"\n}\noutput \"p\" {\n  value = module.m.password\n}\n",
        ),
        (
            "m/main.tf",
            "resource \"random_password\" \"p\" {\n  length = 20\n}\noutput \"password\" {\n  value = random_password.p.result\n}\n",
        ),
    ];
    let found = facts_with(&tree, "flow");
    assert_eq!(found, ["main.tf:5 flow terraform/key/module.m.random_password.p -> output p"]);
}

#[test]
fn a_literal_secret_is_found_where_it_is_written() {
    let tree = [
        (
            "main.tf",
            "variable \"db\" {\n  sensitive = true\n}\nresource \"aws_db_instance\" \"d\" {\n  engine = \"x\"\n  password = var.db\n}\n\
             resource \"aws_db_instance\" \"e\" {\n  password = random_password.p.result\n}\n\
             provider \"aws\" {\n  secret_key = \"not-a-real-key\"\n}\n",
        ),
        ("terraform.tfvars", "db = \"hunter2hunter2\"\n"),
    ];
    assert_eq!(
        facts(&tree),
        [
            "terraform.tfvars:1 credential password aws/secret/terraform.tfvars/aws_db_instance.d.password [] Literal [\"hunter2hunter2\"] <- main.tf:6 used here",
            "main.tf:12 credential cloud-key aws/secret/main.tf/provider.aws.secret_key [Unbounded] Literal [\"not-a-real-key\"]",
            "main.tf:12 flow aws/secret/main.tf/provider.aws.secret_key -> login aws provider aws",
        ]
    );
}

#[test]
fn ends_and_units_are_read() {
    let tree = [(
        "main.tf",
        "resource \"azuread_application_password\" \"a\" {\n  end_date = \"2030-01-31T00:00:00Z\"\n}\n\
         resource \"azuread_application_password\" \"b\" {\n  end_date_relative = \"17520h\"\n}\n\
         resource \"aws_ssoadmin_permission_set\" \"s\" {\n  session_duration = \"PT12H\"\n}\n",
    )];
    let found = facts_with(&tree, "credential");
    assert!(found[0].contains("[until 2030-01-31]") && found[0].starts_with("main.tf:2"), "{found:?}");
    assert!(found[1].contains("[63072000s]"), "{found:?}");
    assert!(found[2].contains("[43200s]"), "{found:?}");
}

#[test]
fn a_function_url_without_sign_in_is_anonymous() {
    let tree = [(
        "main.tf",
        "resource \"aws_lambda_function_url\" \"u\" {\n  function_name = \"f\"\n  authorization_type = \"NONE\"\n}\n\
         resource \"aws_apigatewayv2_route\" \"r\" {\n  route_key = \"GET /\"\n}\n\
         resource \"aws_api_gateway_method\" \"m\" {\n  http_method = \"GET\"\n  authorization = \"AWS_IAM\"\n}\n",
    )];
    assert_eq!(
        facts(&tree),
        [
            "main.tf:3 endpoint aws/lambda-function-url/f auth Some([{}])",
            "main.tf:5 endpoint aws/apigatewayv2-route/GET / auth Some([{}])",
            "main.tf:10 endpoint aws/api-gateway-method/GET auth Some([{\"aws-iam\"}])",
        ]
    );
}

#[test]
fn literals_are_handed_to_the_detectors_with_their_names() {
    let tree = [(
        "main.tf",
        "variable \"token\" {\n  default = \"value-of-token\"\n}\nlocals {\n  env = { API_KEY = \"value\\\"key\" }\n}\n",
    )];
    let unit = unit(&tree);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let slots: Vec<(&str, &str)> = out.slots.iter().map(|s| (s.name.as_str(), &*s.scalar.text)).collect();
    assert_eq!(slots, [("token", "value-of-token"), ("API_KEY", "value\"key")]);
}

#[test]
fn an_instance_without_an_account_runs_as_the_default_one() {
    let tree = [(
        "main.tf",
        "resource \"google_compute_instance\" \"a\" {\n  service_account {\n    scopes = [\"cloud-platform\"]\n  }\n}\n\
         resource \"google_compute_instance\" \"b\" {\n  service_account {\n    email = google_service_account.x.email\n  }\n}\n\
         resource \"google_compute_instance\" \"c\" {\n}\n",
    )];
    assert_eq!(
        facts(&tree),
        [
            "main.tf:1 identity gcp/service-account/${project}/Compute Engine default service account owner - purpose -",
            "main.tf:1 link ActsAs gcp/compute-instance/google_compute_instance.a -> gcp/service-account/${project}/Compute Engine default service account",
            "main.tf:1 flow gcp/service-account-token/${project}/Compute Engine default service account -> Mount",
        ]
    );
}
