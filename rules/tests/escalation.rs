//! Rights that several statements open together: whoever holds them all is named, and each cause once.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use hallpass_rules::ledger::Tree;
use hallpass_rules::{Engine, Input, Settings};

/// The findings of a tree of files: place and note of what is related, each finding in a line of its own.
fn related(files: &[(&str, String)]) -> Vec<Vec<String>> {
    let engine = Engine::configure(Settings::on(jiff::civil::date(2026, 11, 24))).unwrap();
    let mut tree = Tree { whole: true, ..Tree::default() };
    for (path, text) in files {
        let input = Input { path: (*path).to_owned(), bytes: text.as_bytes().into(), member: true };
        let answer = engine.check(path, &[input]);
        tree.units.push(answer.facts);
        tree.coverage.extend(answer.coverage);
    }
    let found = engine.review(tree).findings.into_iter().filter(|f| f.rule == "scope/privilege-escalation");
    found.map(|f| f.related.into_iter().map(|r| format!("{} {}", r.spot.path, r.note)).collect()).collect()
}

fn statement(action: &str) -> String {
    format!("jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = {action}, Resource = \"*\" }}] }})")
}

/// Who runs functions by a policy of its own and is given the right to pass roles by an attachment.
fn given(to: &str) -> String {
    let passing = statement("[\"iam:PassRole\"]");
    let running = statement("[\"lambda:CreateFunction\", \"lambda:InvokeFunction\"]");
    format!(
        "resource \"aws_iam_user\" \"one\" {{\n  name = \"one\"\n}}\n\
         resource \"aws_iam_role\" \"two\" {{\n  name = \"two\"\n}}\n\
         resource \"aws_iam_policy\" \"running\" {{\n  name = \"running\"\n  policy = {running}\n}}\n\
         resource \"aws_iam_policy\" \"passing\" {{\n  name = \"passing\"\n  policy = {passing}\n}}\n\
         resource \"aws_iam_policy_attachment\" \"running\" {{\n  name = \"a\"\n  policy_arn = aws_iam_policy.running.arn\n  \
         users = [aws_iam_user.one.name]\n  roles = [aws_iam_role.two.name]\n}}\n\
         resource \"aws_iam_policy_attachment\" \"passing\" {{\n  name = \"b\"\n  policy_arn = aws_iam_policy.passing.arn\n  \
         {to}\n}}\n"
    )
}

#[test]
fn everybody_who_holds_the_statements_is_named_in_one_finding() {
    let both = given("users = [aws_iam_user.one.name]\n  roles = [aws_iam_role.two.name]");
    let found = related(&[("main.tf", both)]);
    assert_eq!(found.len(), 1, "{found:?}");
    for holder in ["held together by this user", "held together by this role", "also held"] {
        assert!(found.iter().flatten().any(|note| note.contains(holder)), "{holder}: {found:?}");
    }
}

#[test]
fn what_no_one_hand_holds_opens_nothing() {
    assert_eq!(related(&[("main.tf", given("roles = [\"other\"]"))]), Vec::<Vec<String>>::new());
}
