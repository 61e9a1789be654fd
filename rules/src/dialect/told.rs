//! What is told of files, for tests: `<line> <rule>` of every finding, and the reasons of what stayed unknown.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use crate::Engine;
use crate::engine::tree::{Files, Outcome};

fn checked(files: &[(&str, &str)]) -> Outcome {
    let settings = crate::Settings::on(jiff::civil::date(2026, 11, 24));
    let tree: Files = files.iter().map(|(p, text)| ((*p).to_owned(), Arc::from(text.as_bytes()))).collect();
    Engine::configure(settings).unwrap().check_tree(&tree, false)
}

/// Findings in the order of their places.
pub(crate) fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let line = |path: &str, at: u32| {
        let text = files.iter().find(|(own, _)| *own == path).map_or("", |(_, text)| text);
        1 + text.bytes().take(at as usize).filter(|b| *b == b'\n').count()
    };
    let findings = checked(files).review.findings;
    let mut lines: Vec<(usize, String)> =
        findings.iter().map(|f| (line(&f.at.path, f.at.span.start), f.rule.clone())).collect();
    lines.sort();
    lines.into_iter().map(|(line, rule)| format!("{line} {rule}")).collect()
}

/// Why values stayed unknown, and files were not checked whole.
pub(crate) fn unknown(files: &[(&str, &str)]) -> Vec<String> {
    let coverage = checked(files).coverage;
    let all = coverage.iter().flat_map(|c| c.unknown.iter().map(|u| u.why.to_string()).chain(c.why.clone()));
    // That a file is not there, the engine says of every dialect.
    all.filter(|why| !why.contains(" is asked for here, but ")).collect()
}
