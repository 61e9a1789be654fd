//! Runs one example and compares what was found with what the page expects.

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass_rules::finding::{Finding, Severity, Spot};
use hallpass_rules::ledger::Guardrail;

use crate::checker::Configure;
use crate::page::{BASE, Example, Expectation, Page};
use crate::pages::canary;
use crate::template::{Canary, fill};
use crate::tree::{self, Files, Outcome};

/// The policy.
const CONFIG: &str = "hallpass.toml";

/// What one example came to.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Differences from the page, one paragraph each.
    pub failures: Vec<String>,
    /// The dialects that read the files in which the page's rule fired; `text` where none did.
    pub fired_in: BTreeSet<String>,
    /// The dialects that read any file of the example.
    pub read_by: BTreeSet<String>,
}

/// Runs every example of these pages: their number, and the differences from what the pages say.
#[must_use]
pub fn of(pages: &[Page], configure: Configure<'_>) -> (usize, Vec<String>) {
    let mut failures: Vec<String> = pages.iter().flat_map(|page| page.problems.iter().cloned()).collect();
    let mut examples = 0;
    for verdict in pages.iter().flat_map(|page| of_page(page, configure)) {
        examples += 1;
        failures.extend(verdict.failures);
    }
    (examples, failures)
}

/// Runs the examples of a page.
pub fn of_page<'p>(page: &'p Page, configure: Configure<'p>) -> impl Iterator<Item = Verdict> + 'p {
    page.examples.iter().map(move |example| run(page, example, configure, &canary))
}

/// Runs an example.
#[must_use]
pub fn run(page: &Page, example: &Example, configure: Configure<'_>, canary: Canary<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    let title = format!("{} `{}`", page.path, example.name);
    let (files, expected) = match prepare(example, canary) {
        Ok(prepared) => prepared,
        Err(why) => {
            verdict.failures.push(format!("{title}\n  {why}"));
            return verdict;
        }
    };
    let (base, files) = split(files);
    // The judged never governs its judge.
    let governing = if base.is_empty() { &files } else { &base };
    let checker = match configure(governing.get(CONFIG).map(|b| &**b)) {
        Ok(checker) => checker,
        Err(why) => {
            verdict.failures.push(format!("{title}\n  hallpass.toml: {why}"));
            return verdict;
        }
    };
    let proposed = (!base.is_empty()).then(|| guardrail(&files, &Outcome::default()));
    let mut outcome = tree::check_change(&files, proposed, checker.as_ref());
    if !base.is_empty() {
        let before = tree::check(&base, checker.as_ref());
        let found = checker.weakened(guardrail(&base, &before), guardrail(&files, &outcome));
        outcome.findings.extend(found);
    }
    let dialects_of = |path: &str| -> BTreeSet<String> {
        let read =
            outcome.coverage.iter().filter(|c| c.path == path).flat_map(|c| c.dialects.iter().cloned());
        let read: BTreeSet<String> = read.collect();
        if read.is_empty() { BTreeSet::from(["text".to_owned()]) } else { read }
    };
    for path in files.keys() {
        verdict.read_by.extend(dialects_of(path));
    }
    let found: Vec<&Finding> = outcome.findings.iter().filter(|f| f.rule == page.rule).collect();
    for finding in &found {
        verdict.fired_in.extend(dialects_of(&finding.at.path));
    }
    for difference in compare(&expected, &found, &files) {
        verdict.failures.push(format!("{title}\n{difference}"));
    }
    verdict
}

/// Files of the base, and those of the change.
fn split(files: Files) -> (Files, Files) {
    let mut base = Files::new();
    let mut head = Files::new();
    for (path, bytes) in files {
        match path.strip_prefix(BASE) {
            Some(path) => base.insert(path.to_owned(), bytes),
            None => head.insert(path, bytes),
        };
    }
    (base, head)
}

fn guardrail(files: &Files, outcome: &Outcome) -> Guardrail {
    let held = |path: &str| Some((path.to_owned(), files.get(path)?.to_vec()));
    Guardrail { config: held(CONFIG), units: outcome.units.clone(), ..Guardrail::default() }
}

/// The example's tree with its templates filled, and what is expected where.
///
/// # Errors
/// A template that cannot be filled.
pub fn prepare(example: &Example, canary: Canary<'_>) -> Result<(Files, Vec<Expectation>), String> {
    let mut files = Files::new();
    let mut expected = example.expected.clone();
    for (path, text) in &example.files {
        let filled = fill(text, canary).map_err(|why| format!("{path}: {why}"))?;
        for wanted in expected.iter_mut().filter(|e| e.path == *path) {
            wanted.line = filled.lines.get(wanted.line - 1).copied().unwrap_or(wanted.line);
        }
        files.insert(path.clone(), Arc::from(filled.text.into_bytes()));
    }
    Ok((files, expected))
}

/// Every expected line must be the place, or one of the places, of a finding of that severity; every finding must be
/// expected where it stands.
fn compare(expected: &[Expectation], found: &[&Finding], files: &Files) -> Vec<String> {
    let mut differences = Vec::new();
    let at = |spot: &Spot| (spot.path.clone(), line_of(files, spot));
    for wanted in expected {
        let here: Vec<&&Finding> = found
            .iter()
            .filter(|f| {
                std::iter::once(&f.at).chain(&f.places).any(|s| at(s) == (wanted.path.clone(), wanted.line))
            })
            .collect();
        let severity = wanted.severity.as_deref();
        if here.is_empty() {
            differences.push(format!(
                "  expected {}:{} {} {}, found nothing there{}",
                wanted.path,
                wanted.line,
                wanted.rule,
                severity.unwrap_or(""),
                context(files, &wanted.path, wanted.line)
            ));
        } else if !here.iter().any(|f| severity.is_none_or(|s| s == word(f.severity))) {
            let got: Vec<&str> = here.iter().map(|f| word(f.severity)).collect();
            differences.push(format!(
                "  expected {}:{} to be {}, it is {}",
                wanted.path,
                wanted.line,
                severity.unwrap_or(""),
                got.join(", ")
            ));
        }
    }
    for finding in found {
        let (path, line) = at(&finding.at);
        if !expected.iter().any(|e| e.path == path && e.line == line) {
            differences.push(format!(
                "  unexpected {path}:{line} {} {}: {}{}",
                finding.rule,
                word(finding.severity),
                finding.message,
                context(files, &path, line)
            ));
        }
    }
    differences
}

/// The line on which a spot begins, from 1.
#[must_use]
pub fn line_of(files: &Files, spot: &Spot) -> usize {
    let bytes: &[u8] = files.get(&spot.path).map_or(&[], |b| b);
    let end = (spot.span.start as usize).min(bytes.len());
    1 + bytes[..end].iter().filter(|b| **b == b'\n').count()
}

fn context(files: &Files, path: &str, line: usize) -> String {
    let bytes: &[u8] = files.get(path).map_or(&[], |b| b);
    let text = String::from_utf8_lossy(bytes);
    text.lines().nth(line.saturating_sub(1)).map_or(String::new(), |l| format!("\n      | {}", l.trim_end()))
}

/// A severity as pages write it.
#[must_use]
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hallpass_rules::finding::Confidence;
    use hallpass_rules::span::ByteSpan;

    fn finding(path: &str, start: usize, severity: Severity) -> Finding {
        Finding {
            rule: "x/y".to_owned(),
            severity,
            confidence: Confidence::High,
            at: Spot { path: path.to_owned(), span: ByteSpan::at(start) },
            route: String::new(),
            message: "so it is".to_owned(),
            help: None,
            related: Vec::new(),
            places: Vec::new(),
            fixes: Vec::new(),
            pending: Vec::new(),
            place_id: String::new(),
            content_id: String::new(),
            subjects: BTreeSet::new(),
            fingerprint: String::new(),
        }
    }

    fn told(wanted: &[(usize, &str)], found: &[Finding]) -> Vec<String> {
        let files = Files::from([("a".to_owned(), Arc::from(&b"one\ntwo\nthree\n"[..]))]);
        let expected: Vec<Expectation> = wanted
            .iter()
            .map(|(line, severity)| Expectation {
                path: "a".to_owned(),
                line: *line,
                rule: "x/y".to_owned(),
                severity: Some((*severity).to_owned()),
            })
            .collect();
        compare(&expected, &found.iter().collect::<Vec<_>>(), &files)
    }

    #[test]
    fn missing_unexpected_and_misjudged_findings_are_told() {
        let high = || finding("a", 4, Severity::High);
        assert!(told(&[(2, "high")], &[high()]).is_empty());
        assert_eq!(told(&[(1, "high")], &[]), ["  expected a:1 x/y high, found nothing there\n      | one"]);
        assert_eq!(told(&[(2, "low")], &[high()]), ["  expected a:2 to be low, it is high"]);
        assert_eq!(told(&[], &[high()]), ["  unexpected a:2 x/y high: so it is\n      | two"]);
    }

    #[test]
    fn a_second_place_of_one_cause_may_be_expected_and_need_not_be() {
        let mut twice = finding("a", 0, Severity::High);
        twice.places.push(Spot { path: "a".to_owned(), span: ByteSpan::at(8) });
        assert!(told(&[(1, "high"), (3, "high")], std::slice::from_ref(&twice)).is_empty());
        assert!(told(&[(1, "high")], &[twice]).is_empty());
    }
}
