//! What is written into a file ends its lines as the file does.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use hallpass_rules::engine::tree::{Files, Outcome, Standing};
use hallpass_rules::ledger::offer::{self, Terms};
use hallpass_rules::remedy::choice::{self, Wanted};
use hallpass_rules::{Engine, Settings};

const TERMS: Terms<'_> = Terms { owner: "team-x", reason: "moving", until: "2026-12-20" };

fn outcome(config: Option<&str>, path: &str, text: &str) -> (Files, Outcome) {
    let config = config.map(|text| ("hallpass.toml".to_owned(), text.as_bytes().to_vec()));
    let engine = Engine::configure(Settings { config, ..Settings::on(jiff::civil::date(2026, 11, 24)) });
    let files = Files::from([(path.to_owned(), Arc::from(text.as_bytes()))]);
    let outcome = Standing::of(files.clone()).check(&engine.unwrap(), false);
    (files, outcome)
}

fn windows(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// A file with every fix made.
fn mended(path: &str, text: &str) -> String {
    let (files, outcome) = outcome(None, path, text);
    let wanted = Wanted { r#unsafe: true, only: None };
    let mended = choice::mend(&files, &outcome.coverage, &outcome.review.findings, &wanted);
    mended.files.get(path).cloned().unwrap_or_default()
}

const FILES: [(&str, &str); 4] = [
    (
        ".github/workflows/a.yml",
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make\n        env:\n          T: ${{ secrets.GITHUB_TOKEN }}\n",
    ),
    (
        "pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: c\n      image: nginx\n      securityContext:\n        privileged: true\n",
    ),
    (
        "main.tf",
        "resource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  max_session_duration = 43200\n  assume_role_policy = \"{}\"\n}\noutput \"k\" {\n  value = aws_iam_access_key.k.secret\n}\nresource \"aws_iam_access_key\" \"k\" {\n  user = \"u\"\n}\n",
    ),
    ("Dockerfile", "FROM alpine:3.20\nENV API_TOKEN=abc\nRUN make\n"),
];

#[test]
fn fixes_of_a_file_with_other_line_ends_are_the_same_fixes() {
    let mut lines = 0;
    for (path, text) in FILES {
        let after = mended(path, text);
        assert_eq!(mended(path, &windows(text)), windows(&after), "{path}");
        lines += usize::from(after.lines().count() > text.lines().count());
    }
    assert!(lines > 1, "only {lines} files got lines");
}

#[test]
fn a_waiver_holds_where_it_is_written() {
    for (path, text) in FILES {
        let text = windows(text);
        let (_, before) = outcome(None, path, &text);
        let mut held = 0;
        for finding in &before.review.findings {
            let comments = offer::comments(path, text.as_bytes(), finding.at.span, &finding.rule, &TERMS);
            held += usize::from(comments.into_iter().any(|(at, comment)| {
                assert!(comment.ends_with("\"\r\n"), "{comment:?}");
                let mut with = text.clone();
                with.insert_str(at.range().start, &comment);
                let (_, after) = outcome(None, path, &with);
                after.review.waived.iter().any(|waived| waived.fingerprint == finding.fingerprint)
            }));
        }
        assert!(held > 0, "{path}: {:?}", before.review.findings);
    }
}

#[test]
fn a_row_holds_at_the_end_of_whatever_policy() {
    let (path, text) = FILES[1];
    let (_, before) = outcome(None, path, text);
    let finding = before.review.findings.first().unwrap();
    for policy in ["", "preview = true\r\n", "preview = true\r\nfail-on = \"low\"", "preview = true\n\n"] {
        let with = format!("{policy}{}", offer::row(policy, finding, &TERMS));
        assert_eq!(with.contains("\r\n"), policy.contains("\r\n"));
        assert_eq!(with.replace("\r\n", "").contains(['\r', '\n']), !policy.contains("\r\n"), "{with:?}");
        assert!(policy.is_empty() || with.replace("\r\n", "\n").contains("\n\n[[waiver]]\n"), "{with:?}");
        let (_, after) = outcome(Some(&with), path, text);
        assert!(after.review.waived.iter().any(|waived| waived.fingerprint == finding.fingerprint));
    }
}
