//! `hallpass frameworks`, and where else standards are named: the page of a rule, SARIF.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use hallpass_tests::binary::{Binary, Folder, Run};
use serde_json::Value;

const OPEN: &str =
    "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";
const PATH: &str = ".github/workflows/a.yml";
const KEYS: [&str; 9] =
    ["owasp-nhi", "cicd-sec", "owasp-api", "owasp-agentic", "csf", "sp800-53", "sp800-207", "cis", "cwe"];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write(PATH, OPEN);
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder
}

fn run(folder: &Folder, arguments: &[&str]) -> Run {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test")).run(folder.path(), arguments)
}

fn list<'v>(value: &'v Value, key: &str) -> &'v Vec<Value> {
    value[key].as_array().unwrap_or_else(|| panic!("{key} of {value}"))
}

#[test]
fn every_framework_is_listed_with_what_covers_it() {
    let folder = folder();
    let all = run(&folder, &["frameworks", "--report", "json"]);
    assert_eq!(all.code, 0, "{}", all.err);
    let all = all.json();
    let keys: Vec<&str> = list(&all, "frameworks").iter().map(|f| f["key"].as_str().unwrap()).collect();
    assert_eq!(keys, KEYS);
    assert!(all.get("findings").is_none() && all.get("today").is_none());
    for framework in list(&all, "frameworks") {
        for entry in list(framework, "entries") {
            let covered = !list(entry, "rules").is_empty();
            assert!(
                covered != entry["not_checked"].is_string() && entry.get("findings").is_none(),
                "{entry}"
            );
        }
    }
    let table = run(&folder, &["frameworks", "owasp-nhi"]);
    assert!(
        table.out.starts_with("OWASP Non-Human Identities Top 10 2025 (owasp-nhi): 10 of 10"),
        "{}",
        table.out
    );
    assert!(!table.out.contains("CWE") && table.out.contains("NHI10  Human Use of NHI\n"), "{}", table.out);
    let other = run(&folder, &["frameworks", "owasp-nih"]);
    assert!(
        other.code == 2 && other.err.contains("neither a framework nor a path; frameworks are owasp-nhi, ")
    );
}

#[test]
fn findings_of_a_tree_are_counted_for_each_entry() {
    let folder = folder();
    let run_json = |arguments: &[&str]| {
        let run = run(&folder, &[arguments, &["--report", "json", "--today", "2026-11-24"]].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        run.json()
    };
    let coverage = run_json(&["frameworks", "owasp-nhi", "."]);
    let framework = &list(&coverage, "frameworks")[0];
    let entry = list(framework, "entries").iter().find(|entry| entry["id"] == "NHI5").unwrap();
    let found = entry["findings"]["high"].as_u64().unwrap();
    assert!(found >= 1 && coverage["findings"]["high"].as_u64().unwrap() >= found, "{entry}");
    let other = list(framework, "entries").iter().find(|entry| entry["id"] == "NHI8").unwrap();
    assert_eq!(other["findings"]["high"], 0);
    assert_eq!(coverage["today"], "2026-11-24");
    // A waived finding stands in no count.
    let waiver =
        "# hallpass: allow(scope/admin-grant) until=2026-12-31 owner=team-a reason=\"being split up\"\n";
    folder.write(PATH, OPEN.replace("permissions:", &format!("{waiver}permissions:")));
    let less = run_json(&["frameworks", "."]);
    assert_eq!(list(&less, "frameworks").len(), KEYS.len());
    assert!(less["findings"]["high"].as_u64() < coverage["findings"]["high"].as_u64());
}

#[test]
fn each_format_is_written_to_its_file() {
    let folder = folder();
    let formats = ["html=out/f.html", "csv=out/f.csv", "markdown=out/f.md"];
    let reports = formats.iter().flat_map(|format| ["--report", format]);
    let arguments: Vec<&str> = ["frameworks", "cwe", PATH].into_iter().chain(reports).collect();
    assert_eq!(run(&folder, &arguments).code, 2, "a folder that is not there is an error");
    folder.write("out/keep", "");
    let written = run(&folder, &arguments);
    assert_eq!(written.code, 0, "{}", written.err);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("out/f.html").contains("Execution with Unnecessary Privileges"));
    assert!(read("out/f.csv").contains("\r\ncwe,4,250,"));
    assert!(read("out/f.md").contains("https://cwe.mitre.org/data/definitions/250.html"));
    let over = run(&folder, &["frameworks", PATH, "--report", &format!("html={PATH}")]);
    assert!(over.code == 2 && over.err.contains("one of the files that are checked"), "{}", over.err);
    assert_eq!(read(PATH), OPEN);
}

#[test]
fn the_page_of_a_rule_names_titles_beside_ids() {
    let folder = folder();
    let page = run(&folder, &["explain", "scope/admin-grant"]);
    assert!(page.out.contains("\nowasp-nhi: NHI5 Overprivileged NHI\n"), "{}", page.out);
    assert!(page.out.contains("\ncwe: 250 Execution with Unnecessary Privileges · 269 "), "{}", page.out);
    assert!(
        page.out.contains("AC-6 Least Privilege") && page.out.contains("\n\n## What it catches"),
        "{}",
        page.out
    );
    let json = run(&folder, &["explain", "scope/admin-grant", "--json"]).json();
    let named = list(&json, "frameworks");
    assert!(named.iter().any(|f| f["name"] == "cwe" && f["id"] == "250" && f["title"].is_string()), "{json}");
}

#[test]
fn sarif_holds_the_taxonomies_that_its_rules_refer_to() {
    let folder = folder();
    let log = run(&folder, &["check", ".", "--report", "sarif"]).json();
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    let taxonomies = list(run, "taxonomies");
    let names: Vec<&str> = taxonomies.iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["OWASP-NHI", "CICD-SEC", "CWE"]);
    for (index, supported) in list(driver, "supportedTaxonomies").iter().enumerate() {
        assert_eq!(
            (&supported["name"], supported["index"].as_u64()),
            (&taxonomies[index]["name"], Some(index as u64))
        );
    }
    let mut relations = 0;
    for rule in list(driver, "rules") {
        for relation in rule["relationships"].as_array().unwrap_or(&Vec::new()) {
            let target = &relation["target"];
            let taxonomy = &taxonomies[target["toolComponent"]["index"].as_u64().unwrap() as usize];
            assert_eq!(taxonomy["name"], target["toolComponent"]["name"]);
            let taxon = &list(taxonomy, "taxa")[target["index"].as_u64().unwrap() as usize];
            assert_eq!(taxon["id"], target["id"]);
            relations += 1;
        }
    }
    assert!(relations > 100, "{relations}");
}

#[test]
fn the_schema_names_what_is_written() {
    let folder = folder();
    let schema = run(&folder, &["schema", "frameworks"]).json();
    let written = run(&folder, &["frameworks", ".", "--report", "json"]).json();
    for key in written.as_object().unwrap().keys() {
        assert!(schema["properties"].get(key).is_some(), "{key}");
    }
    let entries = schema.pointer("/$defs/Covered/properties").unwrap();
    let entry = &list(&list(&written, "frameworks")[0], "entries")[0];
    for key in entry.as_object().unwrap().keys() {
        assert!(entries.get(key).is_some(), "{key}");
    }
}
