//! Lists rules, dialects and tables, so that adding one touches its own files only, and refuses what does not fit:
//! a rule without a page, a page without a rule, front matter that does not parse, a detector row without example,
//! look-alike or source, with an anchor that no example shows, or whose pattern could match nothing.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // a build script stops the build by panicking

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    id: String,
    title: String,
    severity: String,
    /// Severity of what a change brings, where that is graver.
    #[serde(rename = "severity-new")]
    severity_new: Option<String>,
    confidence: String,
    /// `unit`, `tree` or `whole-tree`.
    scope: String,
    /// `facts`, `waivers` for rules that judge how findings were waived, or `change` for those that judge what a change does
    /// to the guardrail.
    #[serde(default = "facts")]
    stage: String,
    #[serde(default = "yes")]
    waivable: bool,
    #[serde(default)]
    mandatory: bool,
    since: String,
    /// It runs only where it is asked for.
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    aliases: Vec<String>,
    frameworks: BTreeMap<String, Vec<String>>,
}

fn yes() -> bool {
    true
}

fn facts() -> String {
    "facts".to_owned()
}

const CLASSES: [&str; 7] =
    ["secret", "identity", "lifetime", "scope", "anonymous", "third-party", "governance"];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=book");
    println!("cargo::rerun-if-changed=src/rule");
    println!("cargo::rerun-if-changed=src/dialect");
    println!("cargo::rerun-if-changed=data");
    fs::write(out.join("rules.rs"), rules(&root)).expect("OUT_DIR is writable");
    fs::write(out.join("dialects.rs"), dialects(&root)).expect("OUT_DIR is writable");
    fs::write(out.join("detectors.rs"), detectors(&root)).expect("OUT_DIR is writable");
    fs::write(out.join("systems.rs"), systems(&root)).expect("OUT_DIR is writable");
    fs::write(out.join("words.rs"), words(&root)).expect("OUT_DIR is writable");
}

/// The files of a folder with an ending, by stem, sorted.
fn stems(folder: &Path, extension: &str) -> BTreeMap<String, PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .filter_map(|p| Some((p.file_stem()?.to_str()?.to_owned(), p)))
        .collect()
}

fn rules(root: &Path) -> String {
    let mut modules = String::new();
    let mut rows = String::new();
    for class in CLASSES {
        let folder = class.replace('-', "_");
        let mut code = stems(&root.join("src/rule").join(&folder), "rs");
        for (name, page) in stems(&root.join("book").join(class), "md") {
            let stem = name.replace('-', "_");
            let id = format!("{class}/{name}");
            let source = code
                .remove(&stem)
                .unwrap_or_else(|| panic!("book/{id}.md has no rule: write src/rule/{folder}/{stem}.rs"));
            let _ = writeln!(modules, "#[path = {source:?}]\nmod {folder}_{stem};");
            rows.push_str(&row(&id, &page, &format!("{folder}_{stem}")));
        }
        if let Some(name) = code.keys().next() {
            panic!(
                "src/rule/{folder}/{name}.rs has no page: write book/{class}/{}.md",
                name.replace('_', "-")
            );
        }
    }
    format!("{modules}\n/// Every rule, by id.\npub static RULES: &[Rule] = &[\n{rows}];\n")
}

fn row(id: &str, page: &Path, module: &str) -> String {
    let text = fs::read_to_string(page).expect("a page is UTF-8");
    let (front, body) =
        text.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++\n")).unwrap_or_else(|| {
            panic!("{}: the page must begin with TOML front matter between +++ lines", page.display())
        });
    let front: FrontMatter = toml::from_str(front).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
    assert_eq!(front.id, id, "{}: the id must be the page's path", page.display());
    for heading in
        ["## What it catches", "## Why it matters", "## How to fix", "## Blind spots", "## Examples"]
    {
        assert!(body.contains(heading), "{}: the heading `{heading}` is missing", page.display());
    }
    assert!(!(front.preview && front.mandatory), "{}: a mandatory rule is not in preview", page.display());
    for alias in &front.aliases {
        let class = alias.split_once('/').map(|(class, _)| class);
        assert!(
            class.is_some_and(|class| CLASSES.contains(&class)),
            "{}: `{alias}`: another name is class/name too",
            page.display()
        );
        let taken = page.ancestors().nth(2).is_some_and(|book| book.join(format!("{alias}.md")).exists());
        assert!(!taken, "{}: `{alias}` is the id of a rule", page.display());
    }
    let frameworks: Vec<(&String, &String)> =
        front.frameworks.iter().flat_map(|(f, ids)| ids.iter().map(move |i| (f, i))).collect();
    format!(
        "    Rule {{ meta: Meta {{ id: {:?}, title: {:?}, severity: Severity::{}, severity_new: {}, confidence: Confidence::{}, \
         scope: Scope::{}, stage: Stage::{}, waivable: {}, mandatory: {}, preview: {}, since: {:?}, aliases: &{:?}, frameworks: &{:?}, page: {:?} }}, \
         judge: {module}::judge }},\n",
        front.id,
        front.title,
        variant(&front.severity, &["info", "low", "medium", "high", "critical"], page),
        front.severity_new.map_or("None".to_owned(), |severity| {
            format!(
                "Some(Severity::{})",
                variant(&severity, &["info", "low", "medium", "high", "critical"], page)
            )
        }),
        variant(&front.confidence, &["low", "medium", "high"], page),
        variant(&front.scope, &["unit", "tree", "whole-tree"], page),
        variant(&front.stage, &["facts", "waivers", "change"], page),
        front.waivable,
        front.mandatory,
        front.preview,
        front.since,
        front.aliases,
        frameworks,
        body.trim_start(),
    )
}

fn variant(word: &str, known: &[&str], page: &Path) -> String {
    assert!(known.contains(&word), "{}: `{word}` is not one of {known:?}", page.display());
    word.split('-')
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}

fn dialects(root: &Path) -> String {
    let folder = root.join("src/dialect");
    let mut names: Vec<(String, PathBuf)> = fs::read_dir(&folder)
        .expect("src/dialect is a folder")
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.join("mod.rs").is_file())
        .filter_map(|p| Some((p.file_name()?.to_str()?.to_owned(), p.join("mod.rs"))))
        .collect();
    names.sort();
    let mut modules = String::new();
    let mut rows = String::new();
    for (name, path) in names {
        let _ = writeln!(modules, "#[path = {path:?}]\npub mod {name};");
        let _ = writeln!(rows, "    &{name}::DIALECT,");
    }
    format!("{modules}\n/// Every dialect, by name.\npub static DIALECTS: &[&dyn Dialect] = &[\n{rows}];\n")
}

/// The files of detector rows, each row checked.
fn detectors(root: &Path) -> String {
    let mut rows = String::new();
    let mut ids = BTreeMap::new();
    for (name, path) in stems(&root.join("data/detectors"), "toml") {
        let text = fs::read_to_string(&path).expect("a table is UTF-8");
        let table: toml::Table =
            toml::from_str(&text).unwrap_or_else(|e| panic!("data/detectors/{name}.toml: {e}"));
        for row in table.get("detector").and_then(|d| d.as_array()).into_iter().flatten() {
            let id = row
                .get("id")
                .and_then(|v| v.as_str())
                .unwrap_or_else(|| panic!("{name}.toml: a row without id"));
            detector(row, &format!("data/detectors/{name}.toml, {id}"));
            if let Some(other) = ids.insert(id.to_owned(), name.clone()) {
                panic!("{id} stands twice: in {other}.toml and {name}.toml");
            }
        }
        let _ = writeln!(rows, "    ({name:?}, include_str!({path:?})),");
    }
    format!("/// The tables of detector rows: name, text.\nstatic FILES: &[(&str, &str)] = &[\n{rows}];\n")
}

/// The tables of pipelines, one for each system. What a table's paths lead to is held against its example by a test, which
/// has the readers that a build script has not.
fn systems(root: &Path) -> String {
    let mut rows = String::new();
    for (name, path) in stems(&root.join("data/dialects"), "toml") {
        let at = format!("data/dialects/{name}.toml");
        let text = fs::read_to_string(&path).expect("a table is UTF-8");
        let table: toml::Table = toml::from_str(&text).unwrap_or_else(|e| panic!("{at}: {e}"));
        assert_eq!(
            table.get("name").and_then(|n| n.as_str()),
            Some(name.as_str()),
            "{at}: `name` is the file's name"
        );
        for key in ["place", "example", "look_alike"] {
            let rows = table.get(key).and_then(|rows| rows.as_array()).map_or(0, Vec::len);
            assert!(rows > 0, "{at}: a table needs [[{key}]]");
        }
        let places = table.get("place").and_then(|rows| rows.as_array()).into_iter().flatten();
        let sources = std::iter::once(table.get("source")).chain(places.map(|row| row.get("source")));
        for source in sources {
            let source = source.and_then(|s| s.as_str()).unwrap_or_default();
            assert!(
                source.starts_with("https://"),
                "{at}: `source` must be an address, at the top and of each place"
            );
        }
        let _ = writeln!(rows, "    ({name:?}, include_str!({path:?})),");
    }
    format!(
        "/// The tables of pipelines: name, text.\npub(super) static FILES: &[(&str, &str)] = &[\n{rows}];\n"
    )
}

/// Every anchor stands in an example of the row: one that none shows is one that nothing tests.
fn shown_anchors(row: &toml::Value, at: &str) {
    let examples = row.get("example").into_iter().chain(
        row.get("more_examples").and_then(|m| m.as_array()).into_iter().flatten().chain(
            row.get("variant")
                .and_then(|v| v.as_array())
                .into_iter()
                .flatten()
                .filter_map(|variant| variant.get("example")),
        ),
    );
    let shown: Vec<String> = examples.map(literal).collect();
    let anchors = row.get("anchors").and_then(|a| a.as_array()).into_iter().flatten();
    for anchor in anchors.filter_map(|a| a.as_str()) {
        let lower = anchor.to_ascii_lowercase();
        assert!(
            shown.iter().any(|text| text.contains(&lower)),
            "{at}: no example holds the anchor `{anchor}`"
        );
    }
}

/// What stands in an example as written, in lower case; a zero byte for what is drawn or made.
fn literal(parts: &toml::Value) -> String {
    let parts = parts.as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |part: &toml::Value| {
        let plain = part.as_str().or_else(|| part.get("text")?.as_str());
        plain.map_or("\0".to_owned(), str::to_ascii_lowercase)
    };
    parts.iter().map(text).collect()
}

/// Every name in the tables, by its parts, in small letters: platforms, kinds, services, actions, resources, verbs.
fn words(root: &Path) -> String {
    let mut words = BTreeSet::new();
    let mut folders = vec![root.join("data")];
    while let Some(folder) = folders.pop() {
        folders.extend(
            fs::read_dir(&folder)
                .expect("data is a folder")
                .filter_map(|e| Some(e.ok()?.path()))
                .filter(|p| p.is_dir()),
        );
        for (name, path) in
            stems(&folder, "toml").into_iter().filter(|(name, _)| !OF_FILES.contains(&name.as_str()))
        {
            let text = fs::read_to_string(&path).expect("a table is UTF-8");
            let table: toml::Table =
                toml::from_str(&text).unwrap_or_else(|e| panic!("{}, {name}: {e}", path.display()));
            match folder.ends_with("data/dialects") {
                true => kinds(&table, &mut words),
                false => names(&toml::Value::Table(table), &mut words),
            }
        }
    }
    let rows: String = words.iter().map(|word| format!("    {word:?},\n")).collect();
    format!("/// Names of the tables, sorted.\nstatic NAMES: &[&str] = &[\n{rows}];\n")
}

/// What a table of a pipeline makes hallpass write; the rest says where things stand in files.
fn kinds(table: &toml::Table, words: &mut BTreeSet<String>) {
    let secrets = table.get("secrets").and_then(|s| s.get("kind"));
    let places = table.get("place").and_then(|p| p.as_array()).into_iter().flatten();
    let written = [table.get("name"), table.get("platform"), secrets].into_iter().flatten();
    written.chain(places.filter_map(|place| place.get("kind"))).for_each(|value| names(value, words));
}

/// Tables of what files hold, and of what we say of rules: no fact is written with their words, and guessable secrets are
/// among them.
const OF_FILES: [&str; 10] = [
    "commands",
    "configurations",
    "controls",
    "frameworks",
    "outsiders",
    "pairs",
    "people",
    "steps",
    "switches",
    "values",
];

/// Columns that hold no names: prose, addresses, patterns.
const NO_NAMES: [&str; 8] =
    ["source", "pattern", "example", "look_alike", "revoke", "rotate", "because", "title"];

fn names(value: &toml::Value, words: &mut BTreeSet<String>) {
    match value {
        toml::Value::String(text) if !text.contains(char::is_whitespace) => {
            words.extend(
                text.split([':', '/', '.']).filter(|part| is_name(part)).map(str::to_ascii_lowercase),
            );
        }
        toml::Value::Array(items) => items.iter().for_each(|item| names(item, words)),
        toml::Value::Table(table) => {
            table
                .iter()
                .filter(|(key, _)| !NO_NAMES.contains(&key.as_str()))
                .for_each(|(_, v)| names(v, words));
        }
        _ => {}
    }
}

fn is_name(part: &str) -> bool {
    (2..=64).contains(&part.len())
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn detector(row: &toml::Value, at: &str) {
    let list = |key: &str| row.get(key).and_then(|v| v.as_array()).map_or(0, Vec::len);
    let text = |key: &str| row.get(key).and_then(|v| v.as_str()).unwrap_or_default();
    for key in ["example", "look_alike", "secret"] {
        assert!(list(key) > 0, "{at}: `{key}` is missing");
    }
    assert!(list("anchors") + list("slots") > 0, "{at}: a row needs `anchors` or `slots`");
    for anchor in row.get("anchors").and_then(|v| v.as_array()).into_iter().flatten() {
        let length = anchor.as_str().map_or(0, str::len);
        // `detect::prefilter::SHORTEST`: two bytes stand everywhere.
        assert!(length >= 3, "{at}: the anchor {anchor:?} has fewer than 3 bytes; use `slots`");
    }
    assert!(text("source").starts_with("https://"), "{at}: `source` must be an address");
    for key in ["issuer", "kind", "title", "revoke", "rotate"] {
        assert!(!text(key).trim().is_empty(), "{at}: `{key}` is missing");
    }
    shown_anchors(row, at);
    if list("slots") > 0 {
        let pattern = text("pattern").trim_start_matches("(?s)");
        assert!(
            pattern.starts_with('^') && pattern.ends_with('$'),
            "{at}: the pattern of `slots` speaks of the whole value: ^…$"
        );
    }
    let near = row.get("near").and_then(|n| n.get("pattern")).and_then(|p| p.as_str());
    for pattern in std::iter::once(text("pattern")).chain(near) {
        let shape = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(pattern)
            .unwrap_or_else(|e| panic!("{at}: {e}"));
        assert!(
            shape.properties().minimum_len().is_some_and(|n| n > 0),
            "{at}: the pattern can match nothing at all"
        );
    }
    let groups =
        row.get("secret").and_then(|v| v.as_array()).into_iter().flatten().filter_map(|g| g.as_str());
    for group in groups {
        assert!(
            text("pattern").contains(&format!("(?P<{group}>")),
            "{at}: the pattern has no group `{group}`"
        );
    }
}
