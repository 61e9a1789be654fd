//! Fixes through the real binary: what they write, what they leave, and that they prove themselves.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use hallpass_tests::binary::{Binary, Folder};
use hallpass_tests::built::prove;

const PINNED: &str = ".github/workflows/a.yml";
const LOOSE: &str = ".github/workflows/b.yml";

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

fn workflow(uses: &[&str]) -> String {
    let steps: String = uses.iter().map(|uses| format!("      - uses: {uses}\n")).collect();
    format!(
        "on: push\npermissions: {{contents: read}}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}"
    )
}

fn read(folder: &Folder, path: &str) -> String {
    std::fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn a_version_is_pinned_to_the_commit_that_the_tree_states_elsewhere() {
    let (one, two) = ("1a".repeat(20), "2b".repeat(20));
    let folder = Folder::new();
    let pinned = workflow(&[
        &format!("acme/lint@{one} # v3.1.0"),
        &format!("acme/scan@{one} # v2"),
        &format!("acme/both@{one} # v1.0.0"),
        &format!("acme/both@{two} # v1.0.0"),
    ]);
    let loose = workflow(&["acme/lint@v3.1.0", "acme/scan@v2", "acme/both@v1.0.0", "acme/lint@v3.0.0"]);
    folder.write(PINNED, &pinned);
    folder.write(LOOSE, &loose);
    let check = |arguments: &[&str]| {
        let all =
            [&["check", ".", "--select", "third-party/unpinned", "--fail-on", "low"], arguments].concat();
        binary().run(folder.path(), all)
    };

    let safe = loose.replacen("acme/lint@v3.1.0", &format!("acme/lint@{one} # v3.1.0"), 1);
    check(&["--fix"]);
    assert_eq!(read(&folder, LOOSE), safe, "one release, one commit");
    // `v2` is moved from release to release; of `v1.0.0` the tree says two commits; of `v3.0.0` none.
    check(&["--fix=unsafe"]);
    let all = safe.replace("acme/scan@v2", &format!("acme/scan@{one} # v2"));
    assert_eq!(read(&folder, LOOSE), all);
    assert_eq!(read(&folder, PINNED), pinned);
    let again = check(&["--fix=unsafe", "--report", "json"]);
    assert_eq!(read(&folder, LOOSE), all, "a second time changes nothing");
    assert_eq!(again.findings().len(), 2, "{}", again.out);
}

#[test]
fn a_wide_subject_is_narrowed_to_that_of_the_job_which_uses_the_role() {
    let folder = Folder::new();
    folder.write(
        PINNED,
        "on: {push: {branches: [main]}}\npermissions: {id-token: write, contents: read}\njobs:\n  deploy:\n    \
         runs-on: ubuntu-24.04\n    environment: production\n    steps:\n      \
         - uses: aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502\n        with:\n          \
         role-to-assume: arn:aws:iam::123456789012:role/deploy\n          aws-region: eu-west-1\n",
    );
    let role = r#"resource "aws_iam_role" "deploy" {
  name               = "deploy"
  assume_role_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
      Condition = {
        StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }
        StringLike   = { "token.actions.githubusercontent.com:sub" = "repo:acme/shop:*" } # every branch
      }
    }]
  })
}
"#;
    folder.write("role.tf", role);
    let check = |fix: &str| {
        binary().run(folder.path(), ["check", ".", "--select", "third-party/oidc-pair", fix]);
        read(&folder, "role.tf")
    };
    assert_eq!(check("--fix"), role, "others may use the role");
    assert_eq!(check("--fix=unsafe"), role.replace("acme/shop:*", "acme/shop:environment:production"));
}

#[test]
fn the_module_refuses_edits_that_change_more_than_they_touch() {
    let text = "a:\n  b: 1\n  c: 2\nd: 3\n";
    assert_eq!(prove("a.yml", text, &[("1", "9")]), Ok(()));
    let refused = |edits: &[(&str, &str)]| prove("a.yml", text, edits).unwrap_err();
    assert_eq!(
        refused(&[("b: 1\n", "b:\n  ")]),
        "line 3, which is not to be changed, would mean something else"
    );
    assert!(refused(&[("1", "[")]).starts_with("the file would not read: "));
    assert_eq!(refused(&[("b: 1", "c: 1")]), "a key would stand twice");
}
