//! Whatever a path or a message holds, each format's reader gets it back as it was, in the place where it belongs.
#![allow(clippy::unwrap_used, clippy::panic)]

mod logs;

use std::collections::BTreeMap;

use super::text::{Sources, plain};
use super::{Format, Material};
use crate::runtime::contract::{Confidence, Coverage, Description, Finding, Severity, Span, Spot, Status};
use crate::scan::{Job, Outcome};
use crate::source::Files;

/// What readers of some format take for more than text.
const PIECES: [&str; 44] = [
    ",",
    ":",
    ";",
    "%",
    "]",
    "[",
    "|",
    "'",
    "\"",
    "\n",
    "\r",
    "\t",
    "\\",
    "`",
    "<",
    ">",
    "&",
    "=",
    "@",
    "#",
    "::error::",
    "::",
    "##vso[task.complete]",
    "##[error]",
    "##teamcity[x]",
    "%0A",
    "%AZP25",
    "]]>",
    "</script>",
    "<!--",
    "-->",
    "|n",
    "é",
    "\u{1f600}",
    "\u{202e}",
    "\u{1b}[31m",
    "\u{0}",
    "\u{ffff}",
    "www.",
    "https://",
    "a",
    "b c",
    "../",
    "-",
];
const ROUNDS: usize = 10_000;
/// Findings of one report.
const AT_ONCE: usize = 500;

/// Numbers that are the same in each run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }

    fn text(&mut self) -> String {
        let length = 1 + self.below(6);
        (0..length).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }
}

fn finding(path: &str, message: &str, number: usize) -> Finding {
    let severities = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let class = if number.is_multiple_of(2) { "secret" } else { "scope" };
    let at = Spot { path: path.to_owned(), at: Span { start: 0, end: 1 } };
    Finding {
        rule: format!("{class}/a-rule"),
        severity: severities[number % severities.len()],
        confidence: Confidence::High,
        at,
        route: "a/b".to_owned(),
        message: message.to_owned(),
        help: None,
        related: Vec::new(),
        places: Vec::new(),
        fixes: Vec::new(),
        pending: Vec::new(),
        place_id: String::new(),
        content_id: String::new(),
        subjects: Vec::new(),
        fingerprint: format!("{number:032x}"),
    }
}

fn rendered(findings: &[Finding], format: Format) -> String {
    let outcome = Outcome { findings: findings.to_vec(), ..Outcome::default() };
    of_outcome(&outcome, format)
}

fn of_outcome(outcome: &Outcome, format: Format) -> String {
    let buffers: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let files = Files::of_buffers(buffers);
    let job = Job {
        files: &files,
        entries: Vec::new(),
        unlisted: Vec::new(),
        whole: true,
        jobs: 1,
        history: None,
        import: None,
        proposed: None,
        waivers: true,
        cache: None,
    };
    let description = Description {
        version: "1.2.3".to_owned(),
        rules: Vec::new(),
        detectors: Vec::new(),
        dialects: Vec::new(),
        standards: Vec::new(),
    };
    let sources = Sources::new(&job, outcome);
    let material = Material {
        outcome,
        description: &description,
        sources: &sources,
        today: "2026-01-01",
        fail_on: Severity::Medium,
        verbose: false,
        quiet: false,
        config: None,
        strict: None,
        forge: None,
        automation: None,
        inventory: None,
        started: "2026-01-01T00:00:00".to_owned(),
        ended: "2026-01-01T00:00:01".to_owned(),
    };
    format.render(&material, false).unwrap()
}

/// Every path and message of a report, as its reader decodes them, sorted.
type Pairs = Vec<(String, String)>;

fn read_back(
    format: Format,
    decode: impl Fn(&str) -> Pairs,
    expected: impl Fn(&str, &str) -> (String, String),
) {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut number = 0;
    for _ in 0..ROUNDS / AT_ONCE {
        let findings: Vec<Finding> = (0..AT_ONCE)
            .map(|_| {
                number += 1;
                finding(&numbers.text(), &numbers.text(), number)
            })
            .collect();
        let mut expected: Pairs = findings.iter().map(|f| expected(&f.at.path, &f.message)).collect();
        let mut read = decode(&rendered(&findings, format));
        expected.sort();
        read.sort();
        for (read, expected) in read.iter().zip(&expected) {
            assert_eq!(read, expected, "{}", format.name());
        }
        assert_eq!(read.len(), expected.len(), "{}", format.name());
    }
}

fn plainly(path: &str, message: &str) -> (String, String) {
    (plain(path), plain(message))
}

/// As [`super::escape::xml`] has it: what XML cannot hold is spelled out.
fn in_xml(path: &str, message: &str) -> (String, String) {
    let spelled = |text: &str| plain(text).replace('\u{ffff}', "\\u{ffff}");
    (spelled(path), spelled(message))
}

fn json_pairs(list: &serde_json::Value, path: &str, message: &str) -> Pairs {
    let text = |value: &serde_json::Value, pointer: &str| {
        value.pointer(pointer).unwrap().as_str().unwrap().to_owned()
    };
    list.as_array().unwrap().iter().map(|item| (text(item, path), text(item, message))).collect()
}

fn parsed(report: &str) -> serde_json::Value {
    for mark in ["##vso[", "##[", "##teamcity["] {
        assert!(!report.contains(mark), "a log takes a part for a command");
    }
    serde_json::from_str(report).unwrap()
}

#[test]
fn json() {
    let exact = |path: &str, message: &str| (path.to_owned(), message.to_owned());
    read_back(Format::Json, |r| json_pairs(&parsed(r)["findings"], "/place/path", "/message"), exact);
    let quality = |path: &str, message: &str| (path.to_owned(), plain(message));
    let untitled = |pairs: Pairs| -> Pairs {
        pairs.into_iter().map(|(path, m)| (path, m.split_once(": ").unwrap().1.to_owned())).collect()
    };
    read_back(
        Format::GitlabCodequality,
        |r| untitled(json_pairs(&parsed(r), "/location/path", "/description")),
        quality,
    );
    read_back(
        Format::Rdjson,
        |r| json_pairs(&parsed(r)["diagnostics"], "/location/path", "/message"),
        quality,
    );
    read_back(Format::Jenkins, |r| json_pairs(&parsed(r)["issues"], "/fileName", "/message"), quality);
    let calls = |r: &str| {
        let report = parsed(r);
        let calls = report["annotations"].as_array().unwrap();
        assert!(calls.iter().all(|call| call.as_array().unwrap().len() <= 100));
        let all: Pairs = calls.iter().flat_map(|call| json_pairs(call, "/path", "/summary")).collect();
        untitled(all)
    };
    read_back(Format::Bitbucket, calls, quality);
}

#[test]
fn sarif_paths_are_relative_addresses() {
    let decoded = |uri: &str| {
        let mut bytes = Vec::new();
        let mut rest = uri.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            match first {
                b'%' => {
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
                    rest = &tail[2..];
                }
                byte => {
                    assert!(byte.is_ascii_alphanumeric() || b"-._~/".contains(byte));
                    bytes.push(*byte);
                    rest = tail;
                }
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let pairs = |r: &str| -> Pairs {
        let uri = "/locations/0/physicalLocation/artifactLocation/uri";
        let results = json_pairs(&parsed(r)["runs"][0]["results"], uri, "/message/text");
        results.into_iter().map(|(path, message)| (decoded(&path), message)).collect()
    };
    read_back(Format::Sarif, pairs, |path, message| (path.to_owned(), message.to_owned()));
}

#[test]
fn gitlab_security_reports_share_the_findings() {
    let findings: Vec<Finding> = (0..6).map(|n| finding("a", "m", n)).collect();
    for (format, kind) in [(Format::GitlabSecrets, "secret_detection"), (Format::GitlabSast, "sast")] {
        let report = parsed(&rendered(&findings, format));
        assert_eq!(report["scan"]["type"], kind);
        let found = report["vulnerabilities"].as_array().unwrap();
        assert_eq!(found.len(), 3);
        for vulnerability in found {
            assert_eq!(vulnerability["location"].get("commit").is_some(), kind == "secret_detection");
            assert!(!vulnerability["identifiers"].as_array().unwrap().is_empty());
        }
    }
}

#[test]
fn xml() {
    use quick_xml::events::Event;
    // Path and message stand in attributes: of the element itself or of one around it.
    let decode = |outer: &'static str, name: &'static str, inner: &'static [&'static str]| {
        move |report: &str| -> Pairs {
            let mut reader = quick_xml::Reader::from_str(report);
            let (mut path, mut pairs) = (String::new(), Pairs::new());
            loop {
                let element = match reader.read_event().unwrap() {
                    Event::Start(element) | Event::Empty(element) => element.into_owned(),
                    Event::Eof => return pairs,
                    _ => continue,
                };
                let value = |wanted: &str| {
                    let attribute =
                        element.attributes().map(Result::unwrap).find(|a| a.key.as_ref() == wanted);
                    attribute
                        .map(|a| a.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap().into_owned())
                };
                let tag = element.name().as_ref().to_owned();
                if tag == outer {
                    path = value(name).unwrap();
                }
                if inner.contains(&tag.as_str()) {
                    pairs.push((path.clone(), value("message").unwrap()));
                }
            }
        }
    };
    read_back(Format::Checkstyle, decode("file", "name", &["error"]), in_xml);
    // Of JUnit only what fails has its message in an attribute.
    let mut findings: Vec<Finding> = Vec::new();
    let mut numbers = Numbers(3);
    for number in 0..AT_ONCE {
        findings
            .push(Finding { severity: Severity::High, ..finding(&numbers.text(), &numbers.text(), number) });
    }
    let mut expected: Pairs = findings.iter().map(|f| in_xml(&f.at.path, &f.message)).collect();
    let mut read = decode("testcase", "classname", &["failure"])(&rendered(&findings, Format::Junit));
    expected.sort();
    read.sort();
    assert_eq!(read, expected);
}

#[test]
fn a_clean_run_is_a_test_that_passes() {
    let report = rendered(&[], Format::Junit);
    assert!(report.contains("tests=\"1\" failures=\"0\""));
    let outcome = Outcome {
        coverage: vec![Coverage {
            path: "a.yml".to_owned(),
            status: Status::Failed,
            why: Some("it is broken".to_owned()),
            at: None,
            must_check: true,
            dialects: Vec::new(),
            unknown: Vec::new(),
            silent: Vec::new(),
        }],
        ..Outcome::default()
    };
    assert!(of_outcome(&outcome, Format::Junit).contains("<skipped message=\"it is broken\"/>"));
}

#[test]
fn csv() {
    let guarded = |text: String| match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text,
    };
    let decode = |r: &str| -> Pairs {
        let mut reader = csv::Reader::from_reader(r.as_bytes());
        let record = |record: Result<csv::StringRecord, csv::Error>| {
            let record = record.unwrap();
            (record[5].to_owned(), record[10].to_owned())
        };
        reader.records().map(record).collect()
    };
    read_back(Format::Csv, decode, |path, message| (guarded(plain(path)), guarded(plain(message))));
}

/// A line without its code: what stands between two runs of as many backticks.
fn without_code(line: &str) -> String {
    let Some(start) = line.find('`') else { return line.to_owned() };
    let fence = &line[start..start + line[start..].bytes().take_while(|b| *b == b'`').count()];
    let inside = &line[start + fence.len()..];
    let mut at = 0;
    while let Some(found) = inside[at..].find('`') {
        let run = inside[at + found..].bytes().take_while(|b| *b == b'`').count();
        at += found + run;
        if run == fence.len() {
            return format!("{}{}", &line[..start], without_code(&inside[at..]));
        }
    }
    line.to_owned()
}

#[test]
fn pages_hold_no_markup_of_findings() {
    let mut numbers = Numbers(11);
    let findings: Vec<Finding> =
        (0..AT_ONCE).map(|number| finding(&numbers.text(), &numbers.text(), number)).collect();
    let page = rendered(&findings, Format::Html);
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<article").count(), AT_ONCE);
    assert!(!page.contains("\u{202e}") && !page.contains('\u{1b}'));
    // In Markdown each finding is one line of the table with three cells.
    let text = rendered(&findings, Format::Markdown);
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    assert_eq!(lines.len(), AT_ONCE + 2);
    for line in lines {
        let bars = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(bars, 4, "{line}");
        // Code is shown as it stands.
        let text = without_code(&line.replace("\\`", ""));
        assert!(!text.contains("<script") && !text.replace("<!-- -->", "").contains("<!--"), "{line}");
    }
}

#[test]
fn markdown_keeps_to_its_size() {
    let findings: Vec<Finding> =
        (0..20_000).map(|n| finding("some/path/of/a/file.yml", "a message", n)).collect();
    let text = rendered(&findings, Format::Buildkite);
    assert!(text.len() <= 1 << 20);
    assert!(text.contains("cut off here"));
}
