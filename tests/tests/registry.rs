//! The registry in a change, and waivers against the clock, on real repositories.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;

use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::Repository;

const CONFIG: &str = "hallpass.toml";

fn check(folder: &Path, arguments: &[&str]) -> Run {
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    binary.run(folder, [&["check", "--today", "2026-11-26", "--report", "json"], arguments].concat())
}

/// `severity rule path:line` of each finding.
fn told(run: &Run) -> Vec<String> {
    let report = run.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let findings = report["findings"].as_array().unwrap_or_else(|| panic!("{}", run.err)).iter();
    // Who owns an identity is another question.
    let findings = findings.filter(|f| f["rule"] != "identity/no-owner");
    let one = |f: &serde_json::Value| {
        let place = &f["place"];
        format!("{} {} {}:{}", text(&f["severity"]), text(&f["rule"]), text(&place["path"]), place["line"])
    };
    findings.map(one).collect()
}

fn account(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}\n  namespace: shop\nautomountServiceAccountToken: false\n"
    )
}

fn row(name: &str, more: &str) -> String {
    format!(
        "[[identity]]\nid = \"kubernetes/ServiceAccount/shop/{name}\"\nowner = \"team-shop\"\npurpose = \"Deploys the shop\"\n\
         revocation = \"delete it\"\nreview-by = 2027-05-01\n{more}\n"
    )
}

/// A branch `work` off a `main` with these files.
fn branched(files: &[(&str, &str)]) -> Repository {
    let repository = Repository::new();
    repository.commit(1, files);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    repository
}

#[test]
fn a_new_identity_comes_with_its_row_or_is_told_gravely() {
    let repository = branched(&[(CONFIG, &row("deploy", "")), ("deploy.yaml", &account("deploy"))]);
    repository.commit(2, &[("build.yaml", &account("build"))]);
    let without = check(repository.path(), &["--base", "main"]);
    assert_eq!(told(&without), ["high governance/unregistered build.yaml:4"], "{}", without.err);
    // Without a base, it is one of all that there are.
    let whole = check(repository.path(), &[]);
    assert_eq!(told(&whole), ["medium governance/unregistered build.yaml:4"]);
    repository.commit(3, &[(CONFIG, &(row("deploy", "") + &row("build", "")))]);
    let with = check(repository.path(), &["--base", "main"]);
    assert_eq!((with.code, told(&with)), (0, Vec::new()), "{}", with.err);
    // What the row itself lacks is told at its place in the change.
    let bare = "[[identity]]\nid = \"kubernetes/ServiceAccount/shop/build\"\nowner = \"team-shop\"\n";
    repository.commit(4, &[(CONFIG, &(row("deploy", "") + bare))]);
    let lacking = check(repository.path(), &["--base", "main"]);
    assert_eq!(
        (lacking.code, told(&lacking)),
        (1, vec!["medium governance/row-incomplete hallpass.toml:9".into()])
    );
    // A policy that says how severe it is has the last word.
    let low = "[rules.severity]\n\"governance/unregistered\" = \"low\"\n";
    let repository = branched(&[(CONFIG, &(row("deploy", "") + low)), ("deploy.yaml", &account("deploy"))]);
    repository.commit(2, &[("build.yaml", &account("build"))]);
    assert_eq!(
        told(&check(repository.path(), &["--base", "main"])),
        ["low governance/unregistered build.yaml:4"]
    );
}

#[test]
fn a_row_that_is_renamed_with_its_identity_is_no_row_without_trace() {
    let repository = branched(&[(CONFIG, &row("deploy", "")), ("deploy.yaml", &account("deploy"))]);
    repository.commit(2, &[(CONFIG, &row("ship", "")), ("deploy.yaml", &account("ship"))]);
    let renamed = check(repository.path(), &["--base", "main"]);
    assert_eq!((renamed.code, told(&renamed)), (0, Vec::new()), "{}", renamed.out);
}

#[test]
fn the_first_row_asks_for_no_others_in_its_change() {
    let repository = branched(&[("deploy.yaml", &account("deploy")), ("build.yaml", &account("build"))]);
    repository.commit(2, &[(CONFIG, &row("deploy", ""))]);
    let run = check(repository.path(), &["--base", "main"]);
    assert!(!told(&run).iter().any(|f| f.contains("governance/")), "{:?}", told(&run));
}

const BINDING: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: { name: deploy, namespace: shop }\n\
                       roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: deploy }\n\
                       subjects: [{ kind: ServiceAccount, name: deploy, namespace: shop }]\n";

fn role(verbs: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{ name: deploy, namespace: shop }}\nrules:\n\
         - apiGroups: [apps]\n  resources: [deployments]\n  verbs: [{verbs}]\n"
    )
}

#[test]
fn what_a_registered_identity_gains_is_reviewed() {
    // The binding is the same in both versions, and joins the role with the account all the same.
    let repository = branched(&[
        (CONFIG, &row("deploy", "reviewed = 2026-01-31")),
        ("account.yaml", &account("deploy")),
        ("binding.yaml", BINDING),
        ("role.yaml", &role("get")),
    ]);
    repository.commit(2, &[("role.yaml", &role("get, patch"))]);
    let wider = check(repository.path(), &["--base", "main"]);
    let outdated = |run: &Run| {
        told(run)
            .into_iter()
            .filter(|f| f.contains("review-outdated") || f.contains("weakened"))
            .collect::<Vec<_>>()
    };
    assert_eq!(outdated(&wider).len(), 1, "{:?} {}", told(&wider), wider.err);
    assert!(outdated(&wider).iter().all(|f| f.starts_with("medium governance/review-outdated role.yaml:")));
    for (day, expected) in [("2026-01-31", 1), ("2026-11-26", 0), ("2026-11-27", 1)] {
        repository.commit(3, &[(CONFIG, &row("deploy", &format!("reviewed = {day}"))), ("x", day)]);
        let run = check(repository.path(), &["--base", "main"]);
        assert_eq!(outdated(&run).len(), expected, "{day} {:?}", told(&run));
    }
}

const OPEN: &str = "resource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [\n";

/// A policy with a waiver in a comment above its statement.
fn policy(actions: &str) -> String {
    format!(
        "{OPEN}      # hallpass: allow(scope) until=2026-12-31 owner=o reason=r\n      \
         {{ Effect = \"Allow\", Action = [{actions}], Resource = \"*\" }}\n    ]\n  }})\n}}\n"
    )
}

#[test]
fn a_comment_that_accepts_a_statement_does_not_accept_what_a_change_makes_of_it() {
    let repository = branched(&[("main.tf", &policy("\"s3:*\""))]);
    assert_eq!(check(repository.path(), &[]).code, 0);
    repository.commit(2, &[("main.tf", &policy("\"s3:*\", \"dynamodb:*\""))]);
    let widened = check(repository.path(), &["--base", "main"]);
    assert_eq!(widened.code, 1, "{:?}", told(&widened));
    assert!(
        told(&widened).iter().any(|f| f.contains("scope/wildcard-grant main.tf")),
        "{:?}",
        told(&widened)
    );
    // What only moves, or stays, is accepted as before.
    repository.git(3, &["checkout", "-q", "main"]);
    repository.git(3, &["checkout", "-q", "-b", "moved"]);
    repository.commit(3, &[("main.tf", &format!("# a line more\n{}", policy("\"s3:*\"")))]);
    assert_eq!(check(repository.path(), &["--base", "main"]).code, 0);
}

#[test]
fn without_waivers_everything_counts() {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write("main.tf", policy("\"s3:*\""));
    assert_eq!(check(folder.path(), &[]).code, 0);
    let all = check(folder.path(), &["--no-waivers"]);
    assert_eq!(all.code, 1);
    assert_eq!(all.json()["waived"].as_array().map_or(0, Vec::len), 0);
    assert!(told(&all).iter().any(|f| f.contains("scope/wildcard-grant")), "{:?}", told(&all));
}

#[test]
fn today_is_the_day_in_utc_wherever_the_host_stands() {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write("a.yaml", "a: 1\n");
    let utc = || jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date().to_string();
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC", "no/where"] {
        let before = utc();
        let run = binary.run_within(folder.path(), ["check", "--report", "json"], b"", &[("TZ", zone)]);
        // The day may end while it runs.
        let today = run.json()["today"].as_str().unwrap().to_owned();
        assert!([before, utc()].contains(&today), "{zone} {today}");
    }
    // A waiver of today holds on it, and not on the next day, in any zone.
    folder.write("main.tf", policy("\"s3:*\"").replace("2026-12-31", "2026-11-26"));
    for (today, code) in [("2026-11-26", 0), ("2026-11-27", 1)] {
        for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
            let run = binary.run_within(folder.path(), ["check", "--today", today], b"", &[("TZ", zone)]);
            assert_eq!(run.code, code, "{zone} {today} {}", run.out);
        }
    }
}

#[test]
fn keys_of_tags_are_shown_and_a_wrong_one_is_an_error_with_its_place() {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write(
        "main.tf",
        "resource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  tags = { CostCentre = \"jane\" }\n}\n",
    );
    folder.write(CONFIG, "[people]\nleft = [\"jane\"]\n");
    let rule = "medium governance/owner-unknown main.tf:3";
    assert!(!told(&check(folder.path(), &[])).iter().any(|f| f == rule));
    folder.write(CONFIG, "[people]\nleft = [\"jane\"]\n[registry.keys]\nowner = [\"cost-centre\"]\n");
    assert!(told(&check(folder.path(), &[])).iter().any(|f| f == rule));
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    let shown = binary.run(folder.path(), ["config", "show"]);
    assert!(shown.out.contains("registry.keys.owner") && shown.out.contains("cost-centre"), "{}", shown.out);
    folder.write(CONFIG, "[registry.keys]\nownr = [\"x\"]\n");
    let wrong = check(folder.path(), &[]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("hallpass.toml:2:1: ") && wrong.err.contains("`owner`"), "{}", wrong.err);
    folder.write(CONFIG, "[registry.keys]\nowner = [\"x\"]\npurpose = [\"X\"]\n");
    assert!(check(folder.path(), &[]).err.contains("hallpass.toml:3:12: "));
}

/// A role that workflows of a repository may act as.
fn federated(subject: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"ship\" {{\n  name = \"ship\"\n  assume_role_policy = jsonencode({{ Statement = [{{\n    \
         Effect = \"Allow\", Action = \"sts:AssumeRoleWithWebIdentity\",\n    Principal = {{ Federated = \
         \"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com\" }},\n    Condition = {{\n      \
         StringEquals = {{ \"token.actions.githubusercontent.com:aud\" = \"sts.amazonaws.com\" }}\n      StringLike = {{ \
         \"token.actions.githubusercontent.com:sub\" = \"{subject}\" }}\n    }}\n  }}] }})\n}}\n"
    )
}

#[test]
fn whom_else_a_registered_identity_opens_to_is_named() {
    let registered = "[[identity]]\nid = \"aws/role/*/ship\"\nowner = \"team-shop\"\npurpose = \"Ships\"\nrevocation = \"delete it\"\n\
                      review-by = 2027-05-01\nreviewed = 2026-01-31\n";
    let before = federated("repo:acme/shop:ref:refs/heads/main");
    let repository = branched(&[(CONFIG, registered), ("main.tf", &before)]);
    repository.commit(2, &[("main.tf", &federated("repo:acme/shop:*"))]);
    let report = check(repository.path(), &["--base", "main"]).json();
    let outdated =
        report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "governance/review-outdated");
    let message = outdated.unwrap_or_else(|| panic!("{report}"))["message"].as_str().unwrap();
    assert!(message.contains("opens to more than before (`"), "{message}");
    assert!(message.contains("subject repo:acme/shop:*`)"), "{message}");
}

#[test]
fn a_broken_comment_is_no_registry_row() {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write("main.tf", format!("# hallpass owner=team-shop\n{}", federated("repo:acme/shop:*")));
    let report = check(folder.path(), &[]).json();
    assert!(
        report.to_string().contains("this declaration does not hold as it stands: it does not begin as one"),
        "{report}"
    );
    assert!(!report.to_string().contains("registry row `"), "{report}");
}
