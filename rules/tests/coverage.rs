//! What cannot be read on a path that must be checked ends as failed and as a finding; nothing passes silently.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::fmt::Write as _;
use std::sync::Arc;

use hallpass_rules::finding::{Coverage, Status};
use hallpass_rules::ledger::{Review, Tree};
use hallpass_rules::{Engine, Input, Settings};
use jiff::civil::date;

const WORKFLOW: &str = ".github/workflows/deploy.yml";
const SOUND: &str = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n";

fn engine(config: Option<&str>) -> Engine {
    Engine::configure(Settings {
        config: config.map(|text| ("hallpass.toml".to_owned(), text.as_bytes().to_vec())),
        key: b"tests".to_vec(),
        ..Settings::on(date(2026, 11, 24))
    })
    .unwrap()
}

fn check(path: &str, bytes: &[u8]) -> (Coverage, Review) {
    let engine = engine(None);
    let input = Input { path: path.to_owned(), bytes: Arc::from(bytes), member: true };
    let mut answer = engine.check(path, &[input]);
    let coverage = answer.coverage[0].clone();
    let tree = Tree {
        units: vec![answer.facts],
        findings: std::mem::take(&mut answer.findings),
        coverage: answer.coverage,
        whole: true,
        ..Tree::default()
    };
    (coverage, engine.review(tree))
}

fn not_checked(review: &Review) -> Vec<&str> {
    let found = review.findings.iter().filter(|f| f.rule == "governance/not-checked");
    found.map(|f| f.message.as_str()).collect()
}

#[test]
fn what_cannot_be_read_is_a_finding() {
    let deep = format!("{SOUND}      - {}a{}\n", "[".repeat(5_000), "]".repeat(5_000));
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(bomb, "a{level}: &a{level} [{before}]");
    }
    let large = format!("{SOUND}      - run: \"{}\"\n", "x".repeat(17 << 20));
    let cases: [(&str, Vec<u8>); 8] = [
        ("not UTF-8", [SOUND.as_bytes(), b"      - run: \xff\n"].concat()),
        ("a NUL byte", [SOUND.as_bytes(), b"      - run: \0\n"].concat()),
        ("nested too deeply", deep.into_bytes()),
        ("an alias bomb", bomb.into_bytes()),
        ("one key twice", format!("permissions: write-all\n{SOUND}").into_bytes()),
        ("not closed", format!("{SOUND}      - [run\n").into_bytes()),
        ("too large", large.into_bytes()),
        ("UTF-16", "on: push\n".encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ];
    for (name, bytes) in cases {
        let (coverage, review) = check(WORKFLOW, &bytes);
        assert_eq!(coverage.status, Status::Failed, "{name}: {coverage:?}");
        assert!(coverage.must_check && coverage.why.is_some(), "{name}: {coverage:?}");
        assert_eq!(not_checked(&review).len(), 1, "{name}: {:?}", not_checked(&review));
    }
}

#[test]
fn what_is_merely_unusual_is_checked() {
    let mut many = SOUND.to_owned();
    for step in 0..20_000 {
        let _ = writeln!(many, "      - run: make step{step}");
    }
    for (name, text) in [("20,000 steps", many), ("one step", format!("{SOUND}      - run: make\n"))] {
        let (coverage, review) = check(WORKFLOW, text.as_bytes());
        assert_eq!(coverage.status, Status::Checked, "{name}: {:?}", coverage.why);
        assert!(not_checked(&review).is_empty(), "{name}");
    }
}

#[test]
fn a_code_owner_file_that_is_no_text_is_a_finding() {
    let (coverage, review) = check(".github/CODEOWNERS", b"* @a\n/\xff @b\n");
    assert_eq!(coverage.why.as_deref(), Some("not UTF-8 from here on"));
    assert_eq!(not_checked(&review).len(), 1);
}

#[test]
fn other_broken_files_are_named_and_no_finding() {
    for (path, bytes, status) in [
        ("notes/draft.yaml", &b"a: [b\n"[..], Status::Failed),
        ("data/x.json", b"{\"a\": ", Status::Failed),
        ("image.png", b"\x89PNG\0\xff", Status::Checked),
    ] {
        let (coverage, review) = check(path, bytes);
        assert_eq!((coverage.status, coverage.must_check), (status, false), "{path}: {coverage:?}");
        assert!(review.findings.is_empty(), "{path}: {:?}", review.findings);
    }
}

#[test]
fn the_same_finding_of_two_units_comes_out_once() {
    let engine = engine(None);
    let text = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: deploy\n  namespace: shop\n";
    let input = Input { path: "a.yaml".to_owned(), bytes: Arc::from(text.as_bytes()), member: true };
    let (one, two) = (engine.check("one", std::slice::from_ref(&input)), engine.check("two", &[input]));
    let review = engine.review(Tree {
        units: vec![one.facts, two.facts],
        findings: one.findings.into_iter().chain(two.findings).collect(),
        coverage: Vec::new(),
        whole: true,
        ..Tree::default()
    });
    let rules: Vec<&str> = review.findings.iter().map(|f| f.rule.as_str()).collect();
    assert_eq!(rules, ["identity/no-owner"]);
    assert!(review.findings[0].places.is_empty());
}

#[test]
fn absence_is_not_judged_over_a_part_of_the_tree() {
    let config = "[[waiver]]\nrule = \"identity/no-owner\"\nfingerprint = \"00000000000000000000000000000000\"\n\
                  owner = \"o\"\nreason = \"r\"\nexpires = 2026-12-31\n";
    let unused = |engine: &Engine, whole: bool| {
        let review = engine.review(Tree { whole, ..Tree::default() });
        let found = review.findings.iter().any(|f| f.rule == "governance/waiver-unused");
        (found, review.not_judged.iter().any(|r| r == "governance/waiver-unused"))
    };
    let all = engine(Some(config));
    assert_eq!(unused(&all, true), (true, false));
    assert_eq!(unused(&all, false), (false, true));
    // A waiver for a rule that the policy switches off excuses nothing.
    let without = engine(Some(&format!("[rules]\nignore = [\"identity\"]\n{config}")));
    assert_eq!(unused(&without, true), (true, false));
}

#[test]
fn what_is_infrastructure_by_its_content_must_be_read_to_its_end() {
    let statement = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/*"}"#;
    let policy = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statement}, {{\"Effect\": \"Al");
    let plain = "{\"name\": \"app\", \"scripts\": {\"build\": \"ma";
    for (path, text, named) in [("policy.json", policy.as_str(), 1), ("package.json", plain, 0)] {
        let (coverage, review) = check(path, text.as_bytes());
        assert_eq!(coverage.status, Status::Failed, "{path}: {coverage:?}");
        assert_eq!(not_checked(&review).len(), named, "{path}: {:?}", not_checked(&review));
    }
}
