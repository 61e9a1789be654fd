//! Identity of findings through the real engine: what an edit that means nothing must not change, and what an edit that
//! means something must. Users' baselines and waivers depend on it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

use std::sync::Arc;

use hallpass_rules::finding::Finding;
use hallpass_rules::finding::identity::{Kind, compare};
use hallpass_rules::ledger::Tree;
use hallpass_rules::{Engine, Input, Settings};
use jiff::civil::date;
use proptest::prelude::*;

/// A document as a tree, so that keys can be reordered and items inserted before it is written.
#[derive(Clone, Debug)]
enum Yaml {
    Map(Vec<(&'static str, Yaml)>),
    List(Vec<Yaml>),
    Text(String),
}

use Yaml::{List, Map, Text};

fn text(text: &str) -> Yaml {
    Text(text.to_owned())
}

impl Yaml {
    fn get(&mut self, path: &[&str]) -> &mut Self {
        path.iter().fold(self, |node, step| match node {
            Map(entries) => &mut entries.iter_mut().find(|(key, _)| key == step).unwrap().1,
            List(items) => &mut items[step.parse::<usize>().unwrap()],
            Text(_) => panic!("{step} is below a text"),
        })
    }

    fn set(&mut self, path: &[&str], value: &str) {
        *self.get(path) = text(value);
    }

    fn items(&mut self, path: &[&str]) -> &mut Vec<Self> {
        match self.get(path) {
            List(items) => items,
            other => panic!("{other:?} is no list"),
        }
    }

    /// Reorders the keys of every map.
    fn reorder(&mut self, seed: &mut u64) {
        match self {
            Map(entries) => {
                for at in (1..entries.len()).rev() {
                    *seed =
                        seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    entries.swap(at, (*seed >> 33) as usize % (at + 1));
                }
                entries.iter_mut().for_each(|(_, value)| value.reorder(seed));
            }
            List(items) => items.iter_mut().for_each(|item| item.reorder(seed)),
            Text(_) => {}
        }
    }

    fn lines(&self, indent: usize, out: &mut Vec<String>) {
        let pad = " ".repeat(indent);
        match self {
            Map(entries) => {
                for (key, value) in entries {
                    match value {
                        Text(text) => out.push(format!("{pad}{key}: {text}")),
                        nested => {
                            out.push(format!("{pad}{key}:"));
                            nested.lines(indent + 2, out);
                        }
                    }
                }
            }
            List(items) => {
                for item in items {
                    let mut lines = Vec::new();
                    item.lines(indent + 2, &mut lines);
                    lines[0].replace_range(indent..indent + 2, "- ");
                    out.append(&mut lines);
                }
            }
            Text(text) => out.push(format!("{pad}{text}")),
        }
    }

    fn write(&self) -> String {
        let mut lines = Vec::new();
        self.lines(0, &mut lines);
        lines.join("\n") + "\n"
    }
}

const WORKFLOW: &str = ".github/workflows/deploy.yml";
const JOB: [&str; 3] = ["jobs", "deploy", "steps"];

/// A workflow with a finding on the whole file, on steps, on a number and on what a third party receives.
fn workflow() -> Yaml {
    let sha = "0123456789abcdef0123456789abcdef01234567";
    Map(vec![
        ("name", text("deploy")),
        ("on", text("push")),
        (
            "jobs",
            Map(vec![(
                "deploy",
                Map(vec![
                    ("runs-on", text("ubuntu-24.04")),
                    (
                        "steps",
                        List(vec![
                            Map(vec![("run", text("make"))]),
                            Map(vec![
                                ("uses", text("some-org/scan-action@v3")),
                                ("with", Map(vec![("token", text("${{ secrets.SCAN_TOKEN }}"))])),
                            ]),
                            Map(vec![
                                ("uses", text(&format!("aws-actions/configure-aws-credentials@{sha}"))),
                                (
                                    "with",
                                    Map(vec![
                                        ("role-to-assume", text("arn:aws:iam::123456789012:role/deploy")),
                                        ("aws-region", text("eu-west-1")),
                                        ("role-duration-seconds", text("43200")),
                                    ]),
                                ),
                            ]),
                        ]),
                    ),
                ]),
            )]),
        ),
    ])
}

const POD: &str = "pod.yaml";

/// A pod whose token lives too long, in a list of items without names.
fn pod() -> Yaml {
    let source = |key: &'static str, entries: Vec<(&'static str, Yaml)>| Map(vec![(key, Map(entries))]);
    let token =
        source("serviceAccountToken", vec![("path", text("token")), ("expirationSeconds", text("172800"))]);
    let labels = source("configMap", vec![("name", text("settings"))]);
    Map(vec![
        ("apiVersion", text("v1")),
        ("kind", text("Pod")),
        ("metadata", Map(vec![("name", text("app")), ("namespace", text("shop"))])),
        (
            "spec",
            Map(vec![
                (
                    "containers",
                    List(vec![Map(vec![("name", text("app")), ("image", text("registry.example/app:1"))])]),
                ),
                (
                    "volumes",
                    List(vec![Map(vec![
                        ("name", text("identity")),
                        ("projected", Map(vec![("sources", List(vec![labels, token]))])),
                    ])]),
                ),
            ]),
        ),
    ])
}

/// Checks a tree of files, each a unit of its own.
fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let engine =
        Engine::configure(Settings { key: b"tests".to_vec(), ..Settings::on(date(2026, 11, 24)) }).unwrap();
    let mut tree = Tree::default();
    for (path, text) in files {
        let input = Input { path: (*path).to_owned(), bytes: Arc::from(text.as_bytes()), member: true };
        let answer = engine.check(path, &[input]);
        tree.findings.extend(answer.findings);
        tree.units.push(answer.facts);
        tree.coverage.extend(answer.coverage);
    }
    engine.review(tree).findings
}

/// Rule and kind of every change, known ones left out.
fn changes(old: &[Finding], new: &[Finding]) -> Vec<(String, Kind)> {
    compare(old, new)
        .into_iter()
        .filter(|c| c.kind != Kind::Known)
        .map(|c| {
            let finding = match c.new {
                Some(index) => &new[index],
                None => &old[c.old.unwrap()],
            };
            (finding.rule.clone(), c.kind)
        })
        .collect()
}

fn edited(path: &str, original: Yaml, edit: impl FnOnce(&mut Yaml)) -> Vec<(String, Kind)> {
    let old = findings(&[(path, &original.write())]);
    let mut after = original;
    edit(&mut after);
    changes(&old, &findings(&[(path, &after.write())]))
}

fn one(rule: &str, kind: Kind) -> Vec<(String, Kind)> {
    vec![(rule.to_owned(), kind)]
}

#[test]
fn the_samples_have_findings_to_lose() {
    let rules = |path, yaml: Yaml| -> Vec<String> {
        let mut rules: Vec<String> = findings(&[(path, &yaml.write())]).into_iter().map(|f| f.rule).collect();
        rules.sort();
        rules
    };
    let found = rules(WORKFLOW, workflow());
    for rule in
        ["lifetime/above-ceiling", "scope/default-permissions", "third-party/unpinned-with-credential"]
    {
        assert!(found.iter().any(|f| f == rule), "{rule}: {found:?}");
    }
    let found = rules(POD, pod());
    assert!(found.iter().any(|f| f == "lifetime/above-ceiling"), "{found:?}");
}

#[test]
fn every_finding_of_a_tree_has_a_fingerprint_of_its_own() {
    let text = workflow().write();
    let found = findings(&[(WORKFLOW, &text), (".github/workflows/other.yml", &text)]);
    let mut prints: Vec<&str> = found.iter().map(|f| f.fingerprint.as_str()).collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), found.len());
}

#[test]
fn another_number_is_a_change() {
    let path = [&JOB[..], &["2", "with", "role-duration-seconds"]].concat();
    let found = edited(WORKFLOW, workflow(), |w| w.set(&path, "28800"));
    assert_eq!(found, one("lifetime/above-ceiling", Kind::Changed));
}

#[test]
fn another_number_below_an_item_without_a_name_is_a_change() {
    let path =
        ["spec", "volumes", "0", "projected", "sources", "1", "serviceAccountToken", "expirationSeconds"];
    let found = edited(POD, pod(), |p| p.set(&path, "259200"));
    assert_eq!(found, one("lifetime/above-ceiling", Kind::Changed));
}

#[test]
fn a_second_secret_for_the_same_recipient_widens() {
    let found = edited(WORKFLOW, workflow(), |w| match w.get(&[&JOB[..], &["1", "with"]].concat()) {
        Map(inputs) => inputs.push(("key", text("${{ secrets.SIGNING_KEY }}"))),
        other => panic!("{other:?}"),
    });
    assert_eq!(found, one("third-party/unpinned-with-credential", Kind::Widened));
}

#[test]
fn a_mended_finding_is_fixed_and_nothing_else_changes() {
    let path = [&JOB[..], &["2", "with", "role-duration-seconds"]].concat();
    let found = edited(WORKFLOW, workflow(), |w| w.set(&path, "3600"));
    assert_eq!(found, one("lifetime/above-ceiling", Kind::Fixed));
}

#[test]
fn a_moved_file_moves_its_findings() {
    let text = workflow().write();
    let old = findings(&[(WORKFLOW, &text)]);
    let new = findings(&[(".github/workflows/release.yml", &text)]);
    let kinds: Vec<Kind> = compare(&old, &new).iter().map(|c| c.kind).collect();
    assert_eq!(kinds, vec![Kind::Moved; old.len()]);
}

#[test]
fn a_copied_file_is_new() {
    let text = workflow().write();
    let old = findings(&[(WORKFLOW, &text)]);
    let new = findings(&[(WORKFLOW, &text), (".github/workflows/copy.yml", &text)]);
    let kinds: Vec<Kind> = changes(&old, &new).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, vec![Kind::New; old.len()]);
}

/// An edit that means nothing.
#[derive(Clone, Debug)]
struct Noise {
    /// Where, as a fraction of the lines, and whether a comment or a blank line goes there.
    lines: Vec<(f64, bool)>,
    order: u64,
    windows: bool,
}

impl Noise {
    fn apply(&self, mut yaml: Yaml) -> String {
        let mut seed = self.order;
        if seed != 0 {
            yaml.reorder(&mut seed);
        }
        let mut lines: Vec<String> = yaml.write().lines().map(str::to_owned).collect();
        for (at, comment) in &self.lines {
            let at = (*at * (lines.len() + 1) as f64) as usize;
            lines.insert(
                at.min(lines.len()),
                if *comment { "  # why this is so".to_owned() } else { String::new() },
            );
        }
        let end = if self.windows { "\r\n" } else { "\n" };
        lines.join(end) + end
    }
}

fn noise() -> impl Strategy<Value = Noise> {
    (prop::collection::vec((0.0..1.0, any::<bool>()), 0..6), any::<u64>(), any::<bool>())
        .prop_map(|(lines, order, windows)| Noise { lines, order, windows })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blank_lines_comments_and_the_order_of_keys_change_nothing(noise in noise()) {
        for (path, yaml) in [(WORKFLOW, workflow()), (POD, pod())] {
            let old = findings(&[(path, &yaml.write())]);
            let text = noise.apply(yaml);
            prop_assert_eq!(changes(&old, &findings(&[(path, &text)])), vec![], "{}", text);
        }
    }

    #[test]
    fn steps_inserted_anywhere_change_nothing(at in 0_usize..4, count in 1_usize..4, noise in noise()) {
        let old = findings(&[(WORKFLOW, &workflow().write())]);
        let mut after = workflow();
        for number in 0..count {
            let step = Map(vec![("name", text(&format!("step {number}"))), ("run", text("make more"))]);
            after.items(&JOB).insert(at.min(3), step);
        }
        let text = noise.apply(after);
        prop_assert_eq!(changes(&old, &findings(&[(WORKFLOW, &text)])), vec![], "{}", text);
    }

    #[test]
    fn every_finding_points_into_its_file(noise in noise()) {
        let text = noise.apply(workflow());
        for finding in findings(&[(WORKFLOW, &text)]) {
            prop_assert!(text.get(finding.at.span.range()).is_some(), "{:?}", finding.at);
        }
    }
}
