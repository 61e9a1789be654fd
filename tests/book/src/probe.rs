//! The probe: planted faults and innocent look-alikes of every system, as data in `tests/probe/**/*.toml`.
//!
//! A planted fault names the rule that must speak on its line; of a look-alike nothing at medium or above may be said.
//! Values that look like tokens are written as templates and made when the test runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use hallpass_rules::finding::{Finding, Severity, Spot};
use hallpass_rules::rule::RULES;
use serde::Deserialize;

use crate::checker::Configure;
use crate::pages;
use crate::template::fill;
use crate::tree::{self, Files};
use crate::verdict::{line_of, word};

/// Only the cases whose names begin so are run, if it is set: `HALLPASS_CASE=gitlab-`.
pub const ONLY: &str = "HALLPASS_CASE";

/// One file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    case: Vec<Case>,
}

/// A small repository, and what must be said of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name among all cases.
    pub name: String,
    /// The rule that must speak.
    rule: Option<String>,
    /// The text on the line where it must speak; it occurs once.
    fault: Option<String>,
    /// Why nothing may be said, of a look-alike.
    innocent: Option<String>,
    path: String,
    text: String,
    #[serde(default)]
    file: Vec<File>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    path: String,
    text: String,
}

/// What must be said of a case.
enum Wanted<'c> {
    Fault { rule: &'c str, path: &'c str, line: usize },
    Nothing,
}

/// Every case on disk, by name.
///
/// # Errors
/// A folder or file that cannot be read, or a file that holds something other than cases.
pub fn read() -> io::Result<Vec<Case>> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../probe")];
    let mut cases = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path: PathBuf = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "toml") {
                let sheet: Sheet = toml::from_str(&fs::read_to_string(&path)?)
                    .map_err(|why| io::Error::other(format!("{}: {why}", path.display())))?;
                cases.extend(sheet.case);
            }
        }
    }
    let only = std::env::var(ONLY).unwrap_or_default();
    cases.retain(|case| case.name.starts_with(&only));
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

/// How many faults and look-alikes these are.
#[must_use]
pub fn count(cases: &[Case]) -> (usize, usize) {
    let faults = cases.iter().filter(|case| case.rule.is_some()).count();
    (faults, cases.len() - faults)
}

/// Runs the cases; what differs from what they say, a paragraph each.
#[must_use]
pub fn differences(cases: &[Case], configure: Configure<'_>) -> Vec<String> {
    let mut names = BTreeSet::new();
    let mut told: Vec<String> = cases
        .iter()
        .filter(|case| !names.insert(&case.name))
        .map(|case| format!("{}: two cases have this name", case.name))
        .collect();
    for case in cases {
        match run(case, configure) {
            Ok(differences) => told.extend(differences.iter().map(|d| format!("{}: {d}", case.name))),
            Err(why) => told.push(format!("{}: {why}", case.name)),
        }
    }
    told
}

fn run(case: &Case, configure: Configure<'_>) -> Result<Vec<String>, String> {
    let (files, wanted) = prepare(case)?;
    let checker = configure(files.get("hallpass.toml").map(|bytes| &**bytes))?;
    let outcome = tree::check(&files, checker.as_ref());
    let shown = |finding: &Finding| {
        let line = line_of(&files, &finding.at);
        format!("{}:{line} {} {}: {}", finding.at.path, finding.rule, word(finding.severity), finding.message)
    };
    Ok(match wanted {
        Wanted::Nothing => {
            let loud = outcome.findings.iter().filter(|finding| finding.severity >= Severity::Medium);
            loud.map(|finding| format!("innocent, but {}", shown(finding))).collect()
        }
        Wanted::Fault { rule, path, line } => {
            let here = |spot: &Spot| spot.path == path && line_of(&files, spot) == line;
            let speaks = |finding: &&Finding| {
                let related = finding.related.iter().map(|related| &related.spot);
                finding.rule == rule
                    && std::iter::once(&finding.at).chain(&finding.places).chain(related).any(here)
            };
            match outcome.findings.iter().find(speaks) {
                Some(_) => Vec::new(),
                None => {
                    let others: String =
                        outcome.findings.iter().map(|f| format!("\n    {}", shown(f))).collect();
                    vec![format!("{rule} says nothing of {path}:{line}; said is{others}")]
                }
            }
        }
    })
}

/// The case's tree with its templates filled, and what is wanted of it.
fn prepare(case: &Case) -> Result<(Files, Wanted<'_>), String> {
    let written = || {
        let further = case.file.iter().map(|file| (file.path.as_str(), file.text.as_str()));
        std::iter::once((case.path.as_str(), case.text.as_str())).chain(further)
    };
    let mut files = Files::new();
    let mut places = Vec::new();
    for (path, text) in written() {
        let filled = fill(text, &value).map_err(|why| format!("{path}: {why}"))?;
        if let Some(fault) = &case.fault {
            let lines = text.match_indices(fault.as_str()).map(|(at, _)| text[..at].matches('\n').count());
            places.extend(lines.filter_map(|line| Some((path, *filled.lines.get(line)?))));
        }
        if files.insert(path.to_owned(), Arc::from(filled.text.into_bytes())).is_some() {
            return Err(format!("{path} stands there twice"));
        }
    }
    let wanted = match (&case.rule, &case.innocent, places.as_slice()) {
        (None, Some(_), []) => Wanted::Nothing,
        (Some(rule), None, &[(path, line)]) if RULES.iter().any(|known| known.meta.id == rule) => {
            Wanted::Fault { rule, path, line }
        }
        (Some(rule), None, [_]) => return Err(format!("there is no rule {rule}")),
        (Some(_), None, places) => {
            return Err(format!("`fault` stands in it {} times, not once", places.len()));
        }
        _ => return Err("a case has a `rule` and a `fault`, or is `innocent`".to_owned()),
    };
    Ok((files, wanted))
}

/// The value of a template: `canary:DETECTOR`, a commit (`sha`), an image's digest (`digest`).
fn value(template: &str, seed: u64) -> Option<String> {
    match template {
        "sha" => Some(hex(40, seed)),
        "digest" => Some(format!("sha256:{}", hex(64, seed))),
        _ => pages::canary(template.strip_prefix("canary:")?, seed),
    }
}

/// Hexadecimal digits that look random and are the same in every run.
fn hex(length: usize, seed: u64) -> String {
    let mut state = seed.wrapping_add(length as u64);
    let digit = |_| {
        // Knuth's linear congruential generator; its high bits are the random ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b"0123456789abcdef"[(state >> 60) as usize])
    };
    (0..length).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::Native;

    /// What differs in the only case of a sheet.
    fn told(case: &str) -> Vec<String> {
        let sheet: Sheet =
            toml::from_str(&format!("[[case]]\nname = \"c\"\n{case}")).unwrap_or(Sheet { case: Vec::new() });
        assert_eq!(sheet.case.len(), 1, "{case}");
        differences(&sheet.case, &Native::configure)
    }

    #[test]
    fn a_fault_is_asked_for_on_its_line_and_a_look_alike_is_asked_for_nothing() {
        let text = "path = \"a.txt\"\ntext = '''\none\nkey: {{canary:github-pat}}\n'''\n";
        let rule = "rule = \"secret/hardcoded-credential\"\n";
        assert_eq!(told(&format!("{rule}fault = \"key:\"\n{text}")), Vec::<String>::new());
        let elsewhere = told(&format!("{rule}fault = \"one\"\n{text}"));
        assert!(
            elsewhere[0].starts_with("c: secret/hardcoded-credential says nothing of a.txt:1"),
            "{elsewhere:?}"
        );
        let innocent = told(&format!("innocent = \"so\"\n{text}"));
        assert!(
            innocent[0].starts_with("c: innocent, but a.txt:2 secret/hardcoded-credential critical"),
            "{innocent:?}"
        );
        assert_eq!(told("innocent = \"so\"\npath = \"a.txt\"\ntext = \"one\"\n"), Vec::<String>::new());
    }

    #[test]
    fn a_case_that_asks_for_nothing_is_told() {
        let text = "path = \"a.txt\"\ntext = \"one one\"\n";
        for (case, why) in [
            ("", "c: a case has a `rule` and a `fault`, or is `innocent`"),
            ("rule = \"a/b\"\nfault = \"one o\"\n", "c: there is no rule a/b"),
            ("rule = \"a/b\"\nfault = \"one\"\n", "c: `fault` stands in it 2 times, not once"),
            ("rule = \"a/b\"\n", "c: `fault` stands in it 0 times, not once"),
        ] {
            assert_eq!(told(&format!("{case}{text}")), [why]);
        }
    }
}
