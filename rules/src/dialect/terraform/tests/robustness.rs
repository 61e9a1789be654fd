//! Input that wants to hang, overflow or mislead.

use super::*;

#[test]
fn values_that_need_themselves_end() {
    let tree = [(
        "main.tf",
        "locals {\n  a = local.b\n  b = \"${local.a}x\"\n}\nresource \"aws_iam_user\" \"u\" {\n  name = local.a\n}\n\
             module \"self\" {\n  source = \"./\"\n  n = local.a\n}\n",
    )];
    let found = facts_with(&tree, "identity");
    assert!(!found.is_empty() && found.len() < 64, "{}", found.len());
}

#[test]
fn a_value_that_doubles_ends_at_the_budget() {
    let mut text = "locals {\n  a0 = [\"x\", \"y\"]\n".to_owned();
    for n in 1..60 {
        text.push_str(&format!("  a{n} = concat(local.a{}, local.a{})\n", n - 1, n - 1));
    }
    text.push_str(
        "}\nresource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  managed_policy_arns = local.a59\n}\n",
    );
    let tree = [("main.tf", text.as_str())];
    assert_eq!(facts_with(&tree, "identity").len(), 1);
}

#[test]
fn alternatives_do_not_multiply_without_end() {
    let mut text = String::new();
    for n in 0..20 {
        text.push_str(&format!("variable \"v{n}\" {{}}\n"));
    }
    text.push_str("resource \"aws_iam_user\" \"u\" {\n  name = \"");
    for n in 0..20 {
        text.push_str(&format!("${{var.v{n} ? \"a\" : \"b\"}}"));
    }
    text.push_str("\"\n}\n");
    assert_eq!(facts_with(&[("main.tf", text.as_str())], "identity").len(), 1);
}

#[test]
fn a_broken_block_leaves_the_others_their_facts() {
    let tree = [(
        "main.tf",
        "resource \"aws_iam_user\" \"a\" {\n  name = = \"a\"\n}\nresource \"aws_iam_user\" \"b\" {\n  name = \"b\"\n}\n",
    )];
    assert_eq!(facts(&tree), ["main.tf:4 identity aws/user/${account}/b owner - purpose -"]);
}

#[test]
fn a_statement_key_that_stands_twice_keeps_both_readings_in_order() {
    let text = "resource \"aws_iam_role_policy\" \"p\" {\n  role = \"r\"\n  policy = jsonencode({\n    Statement = [{\n      Effect = \"Allow\"\n      Action = \"s3:Get*\"\n      Action = \"iam:*\"\n      Resource = \"*\"\n    }]\n  })\n}\n";
    let found = facts(&[("main.tf", text)]);
    assert_eq!(found.len(), 1, "{found:?}");
    // Terraform reads the later one.
    assert!(found[0].contains("allow aws:iam:* on *"), "{found:?}");
}

#[test]
fn a_text_that_doubles_ends_at_the_budget() {
    let mut text = "locals {\n  a0 = \"0123456789abcdef0123456789abcdef\"\n".to_owned();
    for n in 1..80 {
        text.push_str(&format!("  a{n} = \"${{local.a{}}}${{local.a{}}}\"\n", n - 1, n - 1));
    }
    text.push_str("}\nresource \"aws_iam_user\" \"u\" {\n  name = local.a79\n}\n");
    assert_eq!(facts_with(&[("main.tf", text.as_str())], "identity").len(), 1);
}

#[test]
fn a_chain_of_locals_ends_at_the_depth_limit() {
    let mut text = "locals {\n  a0 = \"end\"\n".to_owned();
    for n in 1..400 {
        text.push_str(&format!("  a{n} = upper(join(\"\", [lower(local.a{})]))\n", n - 1));
    }
    text.push_str("}\nresource \"aws_iam_user\" \"u\" {\n  name = local.a399\n}\nresource \"aws_iam_user\" \"v\" {\n  name = local.a9\n}\n");
    let found = facts_with(&[("main.tf", text.as_str())], "identity");
    assert_eq!(found.len(), 2);
    assert!(found[1].contains("/END"), "{found:?}");
}
