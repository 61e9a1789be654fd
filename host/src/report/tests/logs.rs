//! Formats that are lines of a log, each read by the rules of the system that reads them.

use std::collections::BTreeMap;

use super::{Numbers, Pairs, ROUNDS, finding, plainly, read_back, rendered};
use crate::report::Format;
use crate::report::text::plain;
use crate::runtime::contract::{Finding, Severity};

/// The runner's rules: the properties end at `::`, each at a comma; then the escapes are undone, `%25` last.
fn github_command(line: &str) -> (BTreeMap<String, String>, String) {
    let rest = line.strip_prefix("::").unwrap();
    let (head, message) = rest.split_once("::").unwrap();
    let (_, properties) = head.split_once(' ').unwrap();
    let undone = |text: &str| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%25", "%")
    };
    let properties = properties
        .split(',')
        .map(|p| p.split_once('=').map(|(k, v)| (k.to_owned(), undone(v))).unwrap())
        .collect();
    (properties, undone(message))
}

#[test]
fn github_commands() {
    let mut numbers = Numbers(7);
    for number in 0..ROUNDS {
        let (path, message) = (numbers.text(), numbers.text());
        let report = rendered(&[finding(&path, &message, number)], Format::Github);
        let lines: Vec<&str> = report.lines().collect();
        let [line] = lines.as_slice() else { panic!("{report}") };
        let (properties, read) = github_command(line);
        assert_eq!(
            (properties["file"].as_str(), read.as_str()),
            (plain(&path).as_str(), plain(&message).as_str())
        );
        assert_eq!(properties["line"], "1");
    }
}

#[test]
fn github_shows_the_worst_ten_of_a_kind() {
    let mut findings: Vec<Finding> = (0..35).map(|n| finding("a", &format!("m{n}"), n)).collect();
    findings.iter_mut().for_each(|f| f.severity = Severity::High);
    findings[34].severity = Severity::Critical;
    let report = rendered(&findings, Format::Github);
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines.len(), 11);
    assert!(lines[0].ends_with("m34"));
    assert!(lines[10].starts_with("hallpass: 25 more findings"));
}

/// As the agent reads a logging command: properties at `;`, up to the first `]`.
fn azure_command(line: &str) -> Option<(BTreeMap<String, String>, String)> {
    let rest = line.strip_prefix("##vso[task.logissue ")?;
    let (head, message) = rest.split_once(']')?;
    let undone = |text: &str| {
        text.replace("%3B", ";")
            .replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%5D", "]")
            .replace("%AZP25", "%")
    };
    let properties = head.split(';').filter(|p| !p.is_empty());
    let pairs = properties.map(|p| p.split_once('=').map(|(k, v)| (k.to_owned(), undone(v))));
    Some((pairs.collect::<Option<_>>()?, undone(message)))
}

#[test]
fn azure_commands() {
    let decode = |r: &str| -> Pairs {
        let commands = r.lines().filter(|line| !line.starts_with("##vso[task.complete"));
        commands
            .map(|line| azure_command(line).unwrap())
            .map(|(properties, message)| (properties["sourcepath"].clone(), message))
            .collect()
    };
    read_back(Format::Azure, decode, plainly);
}

#[test]
fn a_step_that_passes_with_findings_says_so() {
    let low = rendered(&[finding("a", "m", 1)], Format::Azure);
    assert!(low.contains("##vso[task.complete result=SucceededWithIssues;]"));
    let medium = rendered(&[finding("a", "m", 2)], Format::Azure);
    assert!(!medium.contains("task.complete"));
}

fn teamcity_values(line: &str) -> BTreeMap<String, String> {
    let mut rest = line.split_once(' ').unwrap().1.strip_suffix(']').unwrap();
    let mut values = BTreeMap::new();
    while let Some((name, tail)) = rest.split_once("='") {
        let mut units: Vec<u16> = Vec::new();
        let mut chars = tail.char_indices();
        let mut end = tail.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => {
                    end = at;
                    break;
                }
                '|' => match chars.next().unwrap().1 {
                    'n' => units.push(10),
                    'r' => units.push(13),
                    '0' => {
                        let digits: String = chars.by_ref().skip(1).take(4).map(|(_, c)| c).collect();
                        units.push(u16::from_str_radix(&digits, 16).unwrap());
                    }
                    c => units.push(c as u16),
                },
                c => units.push(c as u16),
            }
        }
        values.insert(name.trim().to_owned(), String::from_utf16(&units).unwrap());
        rest = tail.get(end + 1..).unwrap_or_default();
    }
    values
}

#[test]
fn teamcity_messages() {
    let decode = |r: &str| -> Pairs {
        let lines = r.lines().filter(|line| line.starts_with("##teamcity[inspection "));
        lines.map(teamcity_values).map(|values| (values["file"].clone(), values["message"].clone())).collect()
    };
    read_back(Format::Teamcity, decode, plainly);
}
