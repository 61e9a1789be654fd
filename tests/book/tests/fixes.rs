//! Every fix that a page's example is offered, applied and checked again: the finding is gone, the file is sound, and
//! nothing worse has come in.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test

use std::collections::{BTreeMap, BTreeSet};

use hallpass_book::checker::Native;
use hallpass_book::tree::{self, Files, Outcome};
use hallpass_book::{fixing, pages, verdict};
use hallpass_rules::finding::{Finding, Status};

/// Remedies that at least two dialects write, with the rules that ask for them.
const REMEDIES: [(&str, &[&str]); 3] = [
    ("set a lifetime", &["lifetime/above-ceiling"]),
    ("narrow a grant", &["scope/unneeded-permission", "scope/admin-grant", "scope/wildcard-grant"]),
    (
        "switch a safeguard",
        &[
            "identity/default-service-account",
            "secret/exposed-output",
            "secret/persisted-credential",
            "governance/debug-trace",
        ],
    ),
];

fn check(files: &Files) -> Outcome {
    let checker = Native::configure(files.get("hallpass.toml").map(|b| &**b)).unwrap();
    tree::check(files, checker.as_ref())
}

/// Findings counted by rule.
fn counted(findings: &[Finding]) -> BTreeMap<&str, usize> {
    let mut counted = BTreeMap::new();
    for finding in findings {
        *counted.entry(finding.rule.as_str()).or_default() += 1;
    }
    counted
}

/// What is wrong with the tree after the fix.
fn after(before: &Outcome, files: &Files, finding: &Finding) -> Result<(), String> {
    let fixes = fixing::of_each_place(finding);
    let fix = fixes.first().ok_or("no fix")?;
    let fixed = fixing::apply(files, &fixes)?;
    let after = check(&fixed);
    let (was, is) = (counted(&before.findings), counted(&after.findings));
    let count = |of: &BTreeMap<&str, usize>, rule: &str| of.get(rule).copied().unwrap_or(0);
    let shown = || {
        let text = fixed.get(&finding.at.path).map(|b| String::from_utf8_lossy(b).into_owned());
        format!("after `{}`:\n{}", fix.title, text.unwrap_or_default())
    };
    if count(&is, &finding.rule) >= count(&was, &finding.rule) {
        return Err(format!("the finding is still there {}", shown()));
    }
    if let Some((worse, _)) = is.iter().find(|(rule, n)| **n > count(&was, rule)) {
        return Err(format!("{worse} has come in {}", shown()));
    }
    let unsound = |o: &Outcome| o.coverage.iter().filter(|c| c.status != Status::Checked).count();
    if unsound(&after) > unsound(before) {
        return Err(format!("the file can no longer be read {}", shown()));
    }
    Ok(())
}

#[test]
fn fixes_mend_what_they_are_offered_for() {
    let mut fixed_in: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut failures = Vec::new();
    for page in pages::read().unwrap() {
        for example in &page.examples {
            let Ok((files, _)) = verdict::prepare(example, &pages::canary) else { continue };
            let before = check(&files);
            for finding in before.findings.iter().filter(|f| f.rule == page.rule && !f.fixes.is_empty()) {
                if let Err(why) = after(&before, &files, finding) {
                    failures.push(format!("{} `{}`: {why}", page.path, example.name));
                }
                let read = before.coverage.iter().filter(|c| c.path == finding.at.path);
                fixed_in.entry(page.rule.clone()).or_default().extend(read.flat_map(|c| c.dialects.clone()));
            }
        }
    }
    for (rule, dialects) in &fixed_in {
        println!("{rule:<40} {}", dialects.iter().cloned().collect::<Vec<_>>().join(" "));
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    if std::env::var(pages::ONLY).is_err() {
        for (remedy, rules) in REMEDIES {
            let dialects: BTreeSet<&String> =
                rules.iter().filter_map(|rule| fixed_in.get(*rule)).flatten().collect();
            assert!(dialects.len() >= 2, "{remedy}: written only by {dialects:?}");
        }
    }
}
