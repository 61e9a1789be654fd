//! What hallpass prints is what its published schemas say, whatever was asked for.

#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeSet;
use std::path::Path;

use hallpass_rules::detect::canary;
use hallpass_tests::binary::{Binary, Run};
use hallpass_tests::git::Repository;
use hallpass_tests::schema::violations;
use serde_json::{Value, json};

const WORKFLOW: &str = ".github/workflows/a.yml";
const OPEN: &str = "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    environment: production\n    steps:\n      \
                    - run: ./ship\n        env: {TOKEN: '${{ secrets.SHIP_TOKEN }}'}\n      - uses: some-org/some-action@v1\n";
const ROLE: &str = "resource \"aws_iam_role\" \"ship\" {\n  name = \"ship\"\n  max_session_duration = 43200\n  assume_role_policy = \
                    jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { AWS = \"*\" } }] })\n}\n";
const POLICY: &str = "[[identity]]\nid = \"aws/role/*/ship\"\nowner = \"team\"\npurpose = \"ships\"\nexpires = 2027-01-31\n\
                      revocation = \"delete it\"\nrotation = \"90d\"\nlast-rotated = 2026-11-01\nused-in = [\".github/*\"]\n\
                      [[policy]]\nid = \"mine\"\nbody = \"identity\"\nseverity = \"low\"\nmessage = \"m\"\n";

fn run(folder: &Path, arguments: &[&str]) -> Run {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test")).run(folder, arguments)
}

fn schema(name: &str) -> Value {
    run(Path::new("."), &["schema", name]).json()
}

/// A tree with a history: a token that is gone again, a policy, and a change that grants something.
fn repository() -> Repository {
    let repository = Repository::new();
    let token = canary("github-pat", 3).unwrap().text;
    repository.commit(1, &[("deploy.sh", &format!("TOKEN={token}\n")), ("infra/main.tf", ROLE)]);
    repository.commit(2, &[("deploy.sh", "true\n"), (WORKFLOW, OPEN), ("hallpass.toml", POLICY)]);
    let admin = "resource \"aws_iam_role_policy\" \"ship\" {\n  role = aws_iam_role.ship.name\n  policy = jsonencode({ Statement = [{ \
                 Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n";
    repository.commit(3, &[("infra/policy.tf", admin), ("infra/broken.tf", "resource \"x\" {\n  a = \"\n")]);
    let found = json!({"ruleId": "r", "message": {"text": "m"}, "locations": [{"physicalLocation":
        {"artifactLocation": {"uri": "infra/main.tf"}, "region": {"startLine": 2}}}]});
    let log = json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "odd", "version": "1"}}, "results": [found]}]});
    repository.folder().write(".git/odd.sarif", log.to_string());
    repository
}

#[test]
fn every_report_is_what_its_schema_says() {
    let repository = repository();
    let folder = repository.path();
    let report = schema("report");
    let base = ["check", "--today", "2026-11-26", "--report", "json"];
    let first = run(folder, &base).json();
    let print = first["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    let waived = format!(
        "{POLICY}[[waiver]]\nrule = \"{}\"\nfingerprint = \"{print}\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-12-01\n",
        first["findings"][0]["rule"].as_str().unwrap()
    );
    assert_eq!(run(folder, &["baseline", "write"]).code, 0);
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for (policy, more) in [
        (POLICY, &[][..]),
        (POLICY, &["infra/main.tf"]),
        (POLICY, &["--base", "HEAD~1"]),
        (POLICY, &["--import", ".git/odd.sarif"]),
        (POLICY, &["--history"]),
        (POLICY, &["--history=HEAD~2..HEAD", "--strict"]),
        (POLICY, &["--baseline", ".hallpass-baseline"]),
        (&waived, &["--import", ".git/odd.sarif", "--strict"]),
        (&waived, &["--no-waivers"]),
        ("", &[]),
    ] {
        match policy {
            "" => std::fs::remove_file(folder.join("hallpass.toml")).unwrap(),
            policy => std::fs::write(folder.join("hallpass.toml"), policy).unwrap(),
        }
        let printed = run(folder, &[&base[..], more].concat());
        assert!(printed.code < 2, "{more:?}: {}", printed.err);
        let printed = printed.json();
        assert_eq!(violations(&report, &printed), [""; 0], "{more:?}");
        keys.extend(printed.as_object().unwrap().keys().cloned());
        if policy == waived && !more.contains(&"--no-waivers") {
            assert_eq!(printed["waived"].as_array().map(Vec::len), Some(1), "{more:?}");
        }
    }
    // Whatever the schema names at the top was there at least once, but for what only a pull request has.
    let named: BTreeSet<String> = report["properties"].as_object().unwrap().keys().cloned().collect();
    let never: Vec<&String> = named.difference(&keys).filter(|key| *key != "policy").collect();
    assert_eq!(never, [""; 0]);
}

#[test]
fn inventories_frameworks_and_facts_are_what_their_schemas_say() {
    let repository = repository();
    let folder = repository.path();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples");
    let sample = folder.join("sample");
    assert_eq!(run(folder, &["init", "--sample", "sample"]).code, 0);
    let (listed, covered, facts) = (schema("inventory"), schema("frameworks"), schema("facts"));
    for place in [folder, &examples, &sample] {
        let printed = run(place, &["inventory", "--today", "2026-11-26", "--report", "json"]).json();
        assert_eq!(violations(&listed, &printed), [""; 0], "{}", place.display());
        let printed =
            run(place, &["frameworks", "--today", "2026-11-26", "--report", "json", "cwe", "."]).json();
        assert_eq!(violations(&covered, &printed), [""; 0], "{}", place.display());
        let printed = run(place, &["facts", "."]).json();
        let units = printed.as_array().unwrap();
        assert!(!units.is_empty());
        for unit in units {
            assert_eq!(violations(&facts, unit), [""; 0], "{}", place.display());
        }
    }
    let printed = run(folder, &["frameworks", "--report", "json"]).json();
    assert_eq!(violations(&covered, &printed), [""; 0]);
}

#[test]
fn the_schemas_themselves_are_of_words_that_are_looked_at() {
    for name in ["facts", "config", "inventory", "frameworks", "report"] {
        let schema = schema(name);
        // Of a schema of the whole, nothing fits, and nothing else is told.
        let told = violations(&schema, &json!(0));
        assert!(
            !told.is_empty() && told.iter().all(|line| !line.contains("nobody looks at")),
            "{name}: {told:?}"
        );
    }
}
