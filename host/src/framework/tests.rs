//! What is covered, and what was found, in every format.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::runtime::contract::{Confidence, Framework as Named, Span, Spot};

fn entry(id: &str, title: Option<&str>, rules: &[&str], not_checked: Option<&str>) -> Entry {
    Entry {
        id: id.to_owned(),
        title: title.map(str::to_owned),
        address: None,
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        not_checked: not_checked.map(str::to_owned),
    }
}

fn standards() -> Vec<Standard> {
    let entries = vec![
        entry("A1", Some("Locks"), &["door/open", "door/ajar"], None),
        entry("A2", Some("Weather"), &[], Some("nobody knows it")),
    ];
    let house = Standard {
        key: "house".to_owned(),
        name: "House".to_owned(),
        version: "1".to_owned(),
        source: "https://house.example".to_owned(),
        note: None,
        whole: true,
        entries,
    };
    let entries = vec![entry("B1", None, &[], Some("the table knows no rule"))];
    let note = Some("ids only".to_owned());
    let yard = Standard {
        key: "yard".to_owned(),
        name: "Yard".to_owned(),
        whole: false,
        note,
        entries,
        ..house.clone()
    };
    vec![house, yard]
}

fn rule(id: &str, frameworks: &[(&str, &str)]) -> Rule {
    Rule {
        id: id.to_owned(),
        title: String::new(),
        severity: Severity::High,
        confidence: Confidence::High,
        waivable: true,
        since: String::new(),
        frameworks: frameworks
            .iter()
            .map(|(name, id)| Named { name: (*name).to_owned(), id: (*id).to_owned() })
            .collect(),
        preview: false,
        aliases: Vec::new(),
        page: String::new(),
        written: None,
    }
}

/// A rule whose page says nothing, one that is of its own mind, and one that speaks to nothing.
fn rules() -> Vec<Rule> {
    vec![
        rule("door/ajar", &[]),
        rule("door/open", &[("yard", "B1"), ("street", "C1")]),
        rule("roof/leak", &[]),
    ]
}

fn finding(rule: &str, severity: Severity) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        confidence: Confidence::High,
        at: Spot { path: "a".to_owned(), at: Span { start: 0, end: 0 } },
        route: String::new(),
        message: String::new(),
        help: None,
        related: Vec::new(),
        places: Vec::new(),
        fixes: Vec::new(),
        pending: Vec::new(),
        place_id: String::new(),
        content_id: String::new(),
        subjects: Vec::new(),
        fingerprint: String::new(),
    }
}

fn rendered(format: Format, findings: Option<&[Finding]>) -> String {
    let description = Description {
        version: "0.1.0".to_owned(),
        rules: rules(),
        detectors: Vec::new(),
        dialects: Vec::new(),
        standards: standards(),
    };
    let checked = findings.map(|findings| ("2026-01-01", findings));
    format.render(&Coverage::of(&description, description.standards.iter(), checked), false).unwrap()
}

#[test]
fn without_a_tree_an_entry_names_its_rules_or_says_why_not() {
    assert_eq!(
        rendered(Format::Table, None),
        "House 1 (house): 1 of 2 entries covered, 1 not checkable in files\nhttps://house.example\n  A1  Locks\n    \
         door/ajar, door/open\n  A2  Weather\n    not checkable: nobody knows it\n\n\
         Yard 1 (yard): 1 of 1 entries that machine identities are about covered\nhttps://house.example\nids only\n  B1\n    \
         door/open\n\n"
    );
    let csv = rendered(Format::Csv, None);
    assert!(csv.contains("\r\nhouse,1,A1,Locks,,door/ajar; door/open,,,,,,\r\n"), "{csv}");
    let markdown = rendered(Format::Markdown, None);
    assert!(markdown.contains("| A2 Weather | *not checkable:* nobody knows it |\n"), "{markdown}");
}

#[test]
fn with_a_tree_an_entry_counts_what_its_rules_found() {
    let findings = [
        finding("door/open", Severity::High),
        finding("door/ajar", Severity::Low),
        finding("door/open", Severity::High),
        finding("roof/leak", Severity::Medium),
    ];
    let table = rendered(Format::Table, Some(&findings));
    assert!(table.contains("  A1  Locks    2 high, 1 low\n"), "{table}");
    assert!(
        table.contains("  A2  Weather\n") && table.contains("in the tree: 2 high, 1 medium, 1 low;"),
        "{table}"
    );
    let csv = rendered(Format::Csv, Some(&findings));
    assert!(csv.contains(",0,2,0,1,0\r\n") && csv.contains("nobody knows it,,,,,\r\n"), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&rendered(Format::Json, Some(&findings))).unwrap();
    assert_eq!(json.pointer("/frameworks/0/entries/0/findings/high").unwrap(), 2);
    assert!(json.pointer("/frameworks/0/entries/1/findings").is_none());
    assert_eq!(json.pointer("/frameworks/1/entries/0/findings/high").unwrap(), 2);
    let html = rendered(Format::Html, Some(&findings));
    assert!(html.contains("2 high") && !html.contains("<script"), "{html}");
}

#[test]
fn a_rule_knows_its_entries() {
    let standards = standards();
    let of = |rule: &Rule| -> Vec<String> {
        let told = of_rule(&standards, rule).into_iter();
        told.map(|(key, id, title)| format!("{key} {}", entitled(id, title))).collect()
    };
    let told: Vec<Vec<String>> = rules().iter().map(of).collect();
    assert_eq!(told, [vec!["house A1 Locks"], vec!["house A1 Locks", "yard B1", "street C1"], vec![]]);
}
