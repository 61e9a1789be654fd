//! Every fix that a page's example is offered, applied and checked again: the finding is gone, the file is sound, and
//! nothing worse has come in.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test

use std::collections::{BTreeMap, BTreeSet};

use hallpass_rules::finding::{Finding, Status};
use hallpass_tests::checker::Native;
use hallpass_tests::tree::{self, Files, Outcome};
use hallpass_tests::{book, fixing, verdict};

/// At least so many rules have a fix in two dialects.
const IN_TWO_DIALECTS: usize = 3;

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
    let fix = finding.fixes.first().ok_or("no fix")?;
    let fixed = fixing::apply(files, fix)?;
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
    for page in book::pages().unwrap() {
        for example in &page.examples {
            let Ok((files, _)) = verdict::prepare(example, &book::canary) else { continue };
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
    if std::env::var(book::ONLY).is_err() {
        let twice = fixed_in.values().filter(|dialects| dialects.len() >= 2).count();
        assert!(twice >= IN_TWO_DIALECTS, "only {twice} rules are mended in two dialects: {fixed_in:?}");
    }
}
