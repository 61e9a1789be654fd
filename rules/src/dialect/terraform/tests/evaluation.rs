//! Values through variables, files, modules and conditionals.

use super::*;

#[test]
fn a_tfvars_value_keeps_its_place_through_a_modules_argument() {
    let tree = [
        (
            "env/main.tf",
            "variable \"hours\" {}\n\nmodule \"app\" {\n  source  = \"../app\"\n  seconds = var.hours\n}\n",
        ),
        ("env/terraform.tfvars", "# how long\nhours = 43200\n"),
        (
            "app/main.tf",
            "variable \"seconds\" {\n  default = 3600\n}\n\nresource \"aws_iam_role\" \"app\" {\n  name = \"app\"\n  max_session_duration = var.seconds\n}\n",
        ),
    ];
    assert_eq!(
        facts_with(&tree, "credential"),
        [
            "env/terraform.tfvars:2 credential cloud-session aws/session/module.app.aws_iam_role.app [43200s] Generated [] \
          <- env/main.tf:5 passed as a module argument here <- app/main.tf:7 used here"
        ]
    );
}

#[test]
fn a_default_is_open_and_files_that_must_be_named_are_alternatives() {
    let text = "variable \"life\" {\n  default = 3600\n}\nresource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  max_session_duration = var.life\n}\n";
    let tree = [("main.tf", text), ("prod.tfvars", "life = 7200\n")];
    let unit = unit(&tree);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let lifetime = out.facts.facts.iter().find_map(|f| match &f.body {
        Body::Credential(c) => Some(&c.lifetime),
        _ => None,
    });
    let Some(Value::OneOf { of, open: true }) = lifetime else { panic!("{lifetime:?}") };
    let seen: Vec<(String, bool, bool)> =
        of.iter().map(|a| (spot(&unit, a.source), a.default, a.case.0.contains_key("tfvars"))).collect();
    assert_eq!(seen, [("main.tf:2".to_owned(), true, false), ("prod.tfvars:1".to_owned(), false, true)]);
}

#[test]
fn later_automatic_values_win() {
    let tree = [
        ("main.tf", "variable \"n\" {}\nresource \"aws_iam_user\" \"u\" {\n  name = var.n\n}\n"),
        ("terraform.tfvars", "n = \"first\"\n"),
        ("b.auto.tfvars", "n = \"last\"\n"),
        ("a.auto.tfvars", "n = \"middle\"\n"),
    ];
    assert_eq!(
        facts_with(&tree, "identity"),
        ["main.tf:2 identity aws/user/${account}/last owner - purpose -"]
    );
}

#[test]
fn a_conditional_keeps_both_branches_with_their_case() {
    let tree = [(
        "main.tf",
        "variable \"prod\" {}\nresource \"aws_iam_role_policy\" \"p\" {\n  role = \"app\"\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Resource = \"*\", Action = var.prod ? \"s3:Get*\" : \"s3:*\" }] })\n}\n",
    )];
    let found = facts(&tree);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("allow aws:s3:Get* on * to aws/role/${account}/app"), "{found:?}");
    assert!(found[0].contains("if var.prod=true") && found[1].contains("if var.prod=false"), "{found:?}");
}

#[test]
fn locals_functions_and_templates_shape_names() {
    let tree = [(
        "main.tf",
        "locals {\n  parts = concat([\"app\"], [upper(\"x\")])\n  name = join(\"-\", local.parts)\n}\n\
         resource \"aws_iam_role\" \"r\" {\n  name = format(\"%s-%s\", local.name, replace(\"a.b\", \".\", \"-\"))\n}\n\
         resource \"aws_iam_user\" \"u\" {\n  name = \"ci-${var.env}-${lookup({ a = \"one\" }, \"a\")}\"\n}\n\
         resource \"aws_iam_user\" \"v\" {\n  name = merge({ n = 1 }, { n = \"two\" }).n\n}\n",
    )];
    assert_eq!(
        facts_with(&tree, "identity"),
        [
            "main.tf:5 identity aws/role/${account}/app-X-a-b owner - purpose -",
            "main.tf:8 identity aws/user/${account}/ci-${var.env}-one owner - purpose -",
            "main.tf:11 identity aws/user/${account}/two owner - purpose -",
        ]
    );
}

#[test]
fn count_and_for_each_make_instances() {
    let tree = [(
        "main.tf",
        "variable \"on\" {\n  default = false\n}\n\
         resource \"aws_iam_user\" \"each\" {\n  for_each = toset([\"a\", \"b\"])\n  name = each.key\n}\n\
         resource \"aws_iam_user\" \"never\" {\n  count = 0\n  name = \"never\"\n}\n\
         resource \"aws_iam_user\" \"maybe\" {\n  count = var.on ? 1 : 0\n  name = \"maybe\"\n}\n",
    )];
    assert_eq!(
        facts_with(&tree, "identity"),
        [
            "main.tf:4 identity aws/user/${account}/a owner - purpose -",
            "main.tf:4 identity aws/user/${account}/b owner - purpose -",
            "main.tf:12 identity aws/user/${account}/maybe owner - purpose - lesser if var.on=true",
        ]
    );
}

#[test]
fn arithmetic_is_a_number_at_the_whole_expression() {
    let tree = [(
        "main.tf",
        "resource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  max_session_duration = 60 * 60 * 12\n}\n",
    )];
    assert_eq!(
        facts_with(&tree, "credential"),
        ["main.tf:3 credential cloud-session aws/session/aws_iam_role.r [43200s] Generated []"]
    );
}

#[test]
fn a_remote_module_is_a_component_and_its_content_unknown() {
    let tree = [(
        "main.tf",
        "module \"a\" {\n  source  = \"acme/iam/aws\"\n  version = \"~> 1.0\"\n}\n\
         module \"b\" {\n  source = \"git::https://example.com/x.git?ref=main\"\n}\n\
         resource \"aws_iam_role_policy\" \"p\" {\n  role = \"r\"\n  policy = module.a.policy\n}\n",
    )];
    assert_eq!(
        facts(&tree),
        [
            "main.tf:2 component terraform/module/acme/iam/aws moving ~> 1.0",
            "main.tf:6 component terraform/module/https://example.com/x.git moving main",
        ]
    );
    let unknown = unknowns(&tree);
    assert!(unknown.contains(&"main.tf:10 `module.a.policy` is not in the tree".to_owned()), "{unknown:?}");
}

#[test]
fn owners_come_from_tags_of_the_resource_or_the_provider() {
    let role = |tags: &str| format!("resource \"aws_iam_role\" \"r\" {{\n  name = \"r\"\n{tags}}}\n");
    let owner = |text: &str| {
        facts_with(&[("main.tf", text)], "identity")[0].split(" owner ").nth(1).unwrap().to_owned()
    };
    assert_eq!(owner(&role("  tags = { Owner = \"team-a\" }\n")), "team-a purpose -");
    assert_eq!(owner(&role("  tags = merge(var.tags, { Name = \"x\" })\n")), "? purpose ?");
    assert_eq!(owner(&role("  description = \"deploys\"\n")), "- purpose deploys");
    let provider = "provider \"aws\" {\n  default_tags {\n    tags = { team = \"platform\" }\n  }\n}\n";
    assert_eq!(owner(&format!("{provider}{}", role(""))), "platform purpose -");
}

#[test]
fn try_takes_the_first_that_surely_works() {
    let tree = [(
        "main.tf",
        "locals {\n  o = { a = \"one\" }\n}\n\
         resource \"aws_iam_user\" \"a\" {\n  name = try(local.o.a, \"other\")\n}\n\
         resource \"aws_iam_user\" \"b\" {\n  name = try(local.o.b, \"other\")\n}\n\
         resource \"aws_iam_user\" \"c\" {\n  name = format(\"%s-ci\", try(var.x.name, \"\"))\n}\n\
         resource \"aws_iam_user\" \"d\" {\n  name = coalesce(null, \"\", \"last\")\n}\n",
    )];
    let names: Vec<String> = facts(&tree)
        .iter()
        .map(|f| f.split("${account}/").nth(1).unwrap().split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["one", "other", "${var.x.name}-ci", "last"]);
}
