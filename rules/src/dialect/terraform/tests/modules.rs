//! Modules from elsewhere, and the credentials they are handed.

use super::*;

/// Flows of a tree, and the literals it hands over for the detectors to judge.
fn handed(files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let mut found: Vec<String> = out
        .facts
        .facts
        .iter()
        .filter(|fact| matches!(&fact.body, Body::Flow(f) if matches!(f.to, Sink::Recipient(_))))
        .map(|fact| line(&unit, fact))
        .collect();
    found.extend(
        out.handed
            .iter()
            .map(|h| format!("{} literal {} at {}", spot(&unit, h.at), h.is, spot(&unit, h.value))),
    );
    found.iter().map(|line| line.replace(" -> Recipient(Ref { platform: \"terraform\", kind: \"module\", scope: [], name: Text([Literal(\"acme/db/aws\")]) })", "")).collect()
}

fn call(arguments: &str) -> String {
    format!("module \"db\" {{\n  source  = \"acme/db/aws\"\n  version = \"1.2.3\"\n{arguments}}}\n")
}

#[test]
fn each_kind_of_credential_in_an_argument_is_a_flow() {
    let text = call(
        "  password = random_password.p.result\n  \
         store    = jsondecode(data.aws_secretsmanager_secret_version.v.secret_string)[\"key\"]\n  \
         token    = var.token\n  \
         env      = { USER = \"app\", URL = \"pg://u:${var.token}@h\" }\n  \
         key      = base64encode(tls_private_key.k.private_key_pem)\n  \
         size     = var.size\n  name     = random_password.p.id\n",
    ) + "variable \"token\" {\n  sensitive = true\n}\nvariable \"size\" {}\n\
         resource \"random_password\" \"p\" {}\nresource \"tls_private_key\" \"k\" {}\n\
         data \"aws_secretsmanager_secret_version\" \"v\" {\n  secret_id = \"x\"\n}\n";
    assert_eq!(
        handed(&[("main.tf", &text)]),
        [
            "main.tf:4 flow terraform/key/random_password.p",
            "main.tf:5 flow aws/key/data.aws_secretsmanager_secret_version.v",
            "main.tf:6 flow terraform/variable//var.token",
            "main.tf:7 flow terraform/variable//var.token",
            "main.tf:8 flow terraform/key/tls_private_key.k",
            "main.tf:7 literal terraform/secret/main.tf/module.db.env at main.tf:7",
            "main.tf:7 literal terraform/secret/main.tf/module.db.env at main.tf:7",
        ]
    );
}

#[test]
fn a_sensitive_variable_with_a_value_is_that_variable_and_a_plain_one_is_a_literal() {
    let text = call("  token = var.token\n  other = var.other\n  both  = local.both\n")
        + "variable \"token\" {\n  sensitive = true\n  default = \"\"\n}\nvariable \"other\" {}\n\
           locals {\n  both = [var.token, \"${var.other}\"]\n}\n";
    let tree =
        [("main.tf", text.as_str()), ("terraform.tfvars", "token = \"aaaaaaaa\"\nother = \"bbbbbbbb\"\n")];
    assert_eq!(
        handed(&tree),
        [
            "main.tf:4 flow terraform/variable//var.token",
            "main.tf:6 flow terraform/variable//var.token",
            "main.tf:5 literal terraform/secret/terraform.tfvars/module.db.other at terraform.tfvars:2",
            "main.tf:6 literal terraform/secret/terraform.tfvars/module.db.both at terraform.tfvars:2",
        ]
    );
}

#[test]
fn a_module_of_the_tree_is_handed_nothing_but_what_it_hands_on() {
    let tree = [
        (
            "main.tf",
            "variable \"t\" {\n  sensitive = true\n}\nmodule \"in\" {\n  source = \"./in\"\n  token = var.t\n}\n",
        ),
        (
            "in/main.tf",
            "variable \"token\" {}\nmodule \"out\" {\n  source = \"acme/db/aws\"\n  token = var.token\n}\n",
        ),
    ];
    assert_eq!(handed(&tree), ["in/main.tf:4 flow terraform/variable//var.t"]);
}

#[test]
fn providers_are_handed_over_by_name_or_inherited_by_the_module_made_for_them() {
    let providers = "provider \"aws\" {\n  secret_key = var.key\n}\n\
                     provider \"aws\" {\n  alias = \"admin\"\n  secret_key = \"not-a-real-key\"\n}\n\
                     provider \"vault\" {\n  token = var.key\n}\nvariable \"key\" {\n  sensitive = true\n}\n";
    let told = |call: String| handed(&[("main.tf", &(call + providers))]);
    assert_eq!(told(call("")), ["main.tf:2 flow terraform/variable//var.key"]);
    assert_eq!(
        told(call("  providers = {\n    aws = aws.admin\n  }\n")),
        ["main.tf:5 flow aws/secret/main.tf/provider.aws.secret_key"]
    );
    assert!(told(call("  providers = {}\n")).is_empty(), "an own map cancels inheritance");
    let git = "module \"m\" {\n  source = \"git::https://example.com/net/aws?ref=v1\"\n}\n";
    assert!(told(git.to_owned()).is_empty(), "which providers it is made for is not known");
}
