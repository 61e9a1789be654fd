//! Every fix that a page's example is offered, applied and checked again: the finding is gone, the file is sound, nothing
//! worse has come in, and what the edits do not touch is what it was. Fixes come to an end.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test

use std::collections::{BTreeMap, BTreeSet};

use hallpass_book::checker::Native;
use hallpass_book::tree::{self, Files, Outcome};
use hallpass_book::{fixing, pages, verdict};
use hallpass_rules::finding::{Finding, Fix, Status};
use hallpass_rules::remedy::proof;
use hallpass_rules::span::ByteSpan;

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
    proved(files, &fixes)?;
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

/// Whether the edits change what they touch and nothing else, file by file.
fn proved(files: &Files, fixes: &[&Fix]) -> Result<(), String> {
    let mut by_path: BTreeMap<&str, BTreeSet<(ByteSpan, &str)>> = BTreeMap::new();
    for edit in fixes.iter().flat_map(|fix| &fix.edits) {
        by_path.entry(&edit.spot.path).or_default().insert((edit.spot.span, &edit.replacement));
    }
    for (path, edits) in by_path {
        let edits: Vec<_> = edits.into_iter().collect();
        proof::prove(path, &files[path], &edits).map_err(|why| format!("{path}: {why}, with {edits:?}"))?;
    }
    Ok(())
}

/// Fixes of one rule, made one after the other until none is offered. Each mends a finding, so that they end.
fn come_to_an_end(rule: &str, files: &Files, before: &Outcome) -> Result<(), String> {
    let mut files = files.clone();
    let mut outcome = before.clone();
    for _ in 0..=before.findings.len() {
        let Some(finding) = outcome.findings.iter().find(|f| f.rule == rule && !f.fixes.is_empty()) else {
            return Ok(());
        };
        files = fixing::apply(&files, &fixing::of_each_place(finding))?;
        outcome = check(&files);
    }
    Err("fixes are offered without end".to_owned())
}

#[test]
fn fixes_mend_what_they_are_offered_for() {
    let mut fixed_in: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut failures = Vec::new();
    for page in pages::read().unwrap() {
        for example in &page.examples {
            let Ok((files, _)) = verdict::prepare(example, &pages::canary) else { continue };
            let before = check(&files);
            if let Err(why) = come_to_an_end(&page.rule, &files, &before) {
                failures.push(format!("{} `{}`: {why}", page.path, example.name));
            }
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
