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

/// A file of a tree of its own before and after `--fix=unsafe`, which has nothing left to do a second time.
fn unsafely(path: &str, before: &str, rule: &str) -> String {
    let folder = Folder::new();
    folder.write(path, before);
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    let check = |arguments: &[&str]| {
        let all = [&["check", "--no-cache", "--select", rule, "--report", "json"], arguments].concat();
        binary().run(folder.path(), all)
    };
    let offered = check(&[]);
    assert_eq!(offered.findings().len(), 1, "{}", offered.out);
    let finding = &offered.json()["findings"][0];
    assert_eq!(finding["fixes"][0]["safe"], false, "{finding}");
    assert!(!finding["help"].as_str().unwrap().is_empty(), "{finding}");
    check(&["--fix"]);
    assert_eq!(read(&folder, path), before, "nobody is logged in by a fix that leaves gaps");
    let fixed = check(&["--fix=unsafe"]);
    assert_eq!(fixed.findings(), Vec::<String>::new(), "{}", fixed.out);
    let after = read(&folder, path);
    check(&["--fix=unsafe"]);
    assert_eq!(read(&folder, path), after, "a second time changes nothing");
    after
}

#[test]
fn a_stored_key_of_a_cloud_gives_way_to_the_job_s_token() {
    let rule = "lifetime/static-cloud-key";
    let pin = "1a".repeat(20);
    let head = "on: push\npermissions:\n  contents: read\njobs:\n  deploy:\n    runs-on: ubuntu-24.04\n";
    let own = "    permissions:\n      contents: read\n      id-token: write\n";
    for (uses, before, after) in [
        (
            "aws-actions/configure-aws-credentials",
            "          aws-access-key-id: ${{ secrets.ID }}\n          aws-secret-access-key: ${{ secrets.KEY }}\n",
            "          role-to-assume: arn:aws:iam::<account>:role/<role>\n",
        ),
        (
            "google-github-actions/auth",
            "          credentials_json: ${{ secrets.KEY }}\n",
            "          workload_identity_provider: projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>\n          \
             service_account: <account>@<project>.iam.gserviceaccount.com\n",
        ),
        (
            "azure/login",
            "          creds: ${{ secrets.KEY }}\n",
            "          client-id: <application id>\n          tenant-id: <tenant id>\n          subscription-id: <subscription id>\n",
        ),
    ] {
        let steps = format!("    steps:\n      - uses: {uses}@{pin} # v1\n        with:\n");
        let text = unsafely(PINNED, &format!("{head}{steps}{before}"), rule);
        assert_eq!(text, format!("{head}{own}{steps}{after}"));
    }
    for (before, after) in [
        (
            "deploy:\n  variables:\n    AWS_ACCESS_KEY_ID: $ID\n    AWS_SECRET_ACCESS_KEY: $KEY # of the shop\n  script: make deploy\n",
            "deploy:\n  id_tokens:\n    AWS_TOKEN: { aud: sts.amazonaws.com }\n  variables:\n    \
             AWS_ROLE_ARN: arn:aws:iam::<account>:role/<role>\n    AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/aws-token\n  script:\n    \
             - printenv AWS_TOKEN > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"\n    - make deploy\n",
        ),
        (
            "deploy:\n  script:\n    - gcloud auth activate-service-account --key-file \"$GCP_KEY_FILE\"\n",
            "deploy:\n  id_tokens:\n    GCP_TOKEN: { aud: https://gitlab.com }\n  script:\n    \
             - printenv GCP_TOKEN > /tmp/gcp-token\n    - gcloud iam workload-identity-pools create-cred-config \
             \"projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>\" --service-account \
             \"<account>@<project>.iam.gserviceaccount.com\" --credential-source-file /tmp/gcp-token --output-file \
             /tmp/gcp.json\n    - gcloud auth login --cred-file /tmp/gcp.json\n",
        ),
        (
            "deploy:\n  script:\n    - az login --service-principal -u \"$APP\" -p \"$SP_PASSWORD\" --tenant \"$TENANT\"\n",
            "deploy:\n  id_tokens:\n    AZURE_TOKEN: { aud: https://gitlab.com }\n  script:\n    \
             - az login --service-principal -u \"$APP\" --federated-token \"$AZURE_TOKEN\" --tenant \"$TENANT\"\n",
        ),
    ] {
        assert_eq!(unsafely(".gitlab-ci.yml", before, rule), after);
    }
}
