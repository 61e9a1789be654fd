//! `[[policy]]`: an organisation's own rules, in several dialects, and the floor that they stand on.

#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::Repository;

const WORKFLOW: &str = "on: push\npermissions:\n  contents: read\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    \
                        environment: production\n    container: node:20\n    steps:\n      - run: npm publish\n        \
                        env:\n          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}\n";
const GITLAB: &str = "test:\n  image: node:20\n  script: [echo]\n";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec:\n  \
                   automountServiceAccountToken: false\n  containers:\n    - name: a\n      image: node:20\n";
const TERRAFORM: &str = "variable \"seconds\" {}\nresource \"aws_iam_role\" \"deploy\" {\n  name = \"deploy\"\n  \
                         max_session_duration = var.seconds\n  tags = { owner = \"team-shop\" }\n  \
                         assume_role_policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", \
                         Principal = { Service = \"ec2.amazonaws.com\" } }] })\n}\n";

const ROWS: &str = r#"
[[policy]]
id = "own-registry"
title = "An image comes from elsewhere than our registry"
body = "component"
where = { is.platform = "oci", is.name.not = "registry.acme.example/*" }
severity = "high"
message = "image {is.name} ({pin}) does not come from our registry"
help = "mirror it: registry.acme.example/mirror/{is.name}"
frameworks = { cwe = ["829"] }

[[policy]]
id = "short-sessions"
body = "credential"
where.lifetime = { is = "max-age", over = "30 min" }
severity = "medium"
message = "{title} works for {lifetime}, and 30 min is what we agreed on"

[[policy]]
id = "production-publishes-with-oidc"
body = "credential"
where = { kind = "publish-token", within.tier = "production", federation.present = true }
unless = [{ is.name = "LEGACY_*" }]
severity = "critical"
message = "{is.name} publishes from production ({within.environment.name}); use {federation}"
"#;

fn tree(config: &str) -> Folder {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write("hallpass.toml", config);
    folder.write(".github/workflows/a.yml", WORKFLOW);
    folder.write(".gitlab-ci.yml", GITLAB);
    folder.write("k8s/pod.yaml", POD);
    folder.write("infra/main.tf", TERRAFORM);
    folder.write("infra/terraform.tfvars", "seconds = 3600\n");
    folder
}

fn run(folder: &Folder, arguments: &[&str]) -> Run {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test")).run(folder.path(), arguments)
}

fn check(folder: &Folder, arguments: &[&str]) -> Run {
    run(folder, &[&["check", "--today", "2026-11-24", "--report", "json"], arguments].concat())
}

/// The findings of rules that the policy makes.
fn own(run: &Run) -> Vec<String> {
    run.findings().into_iter().filter(|finding| finding.starts_with("policy/")).collect()
}

const ALL: [&str; 5] = [
    "policy/own-registry .github/workflows/a.yml:8",
    "policy/production-publishes-with-oidc .github/workflows/a.yml:12",
    "policy/own-registry .gitlab-ci.yml:2",
    "policy/short-sessions infra/terraform.tfvars:1",
    "policy/own-registry k8s/pod.yaml:8",
];

#[test]
fn one_row_speaks_in_every_dialect() {
    let folder = tree(ROWS);
    let all = check(&folder, &[]);
    assert_eq!(own(&all), ALL, "{}", all.err);
    assert_eq!(all.code, 1);
    let report = all.json();
    let of = |rule: &str| {
        let found = report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == rule);
        found.unwrap_or_else(|| panic!("{rule}: {report}")).clone()
    };
    let image = of("policy/own-registry");
    assert_eq!(image["message"], "image node (tag 20) does not come from our registry");
    assert_eq!(image["help"], "mirror it: registry.acme.example/mirror/node");
    assert_eq!((image["severity"].as_str(), image["class"].as_str()), (Some("high"), Some("policy")));
    let session = of("policy/short-sessions");
    assert_eq!(session["message"], "session of an AWS role works for 1 h, and 30 min is what we agreed on");
    let publish = of("policy/production-publishes-with-oidc");
    assert_eq!(publish["severity"], "critical");
    assert!(
        publish["message"]
            .as_str()
            .unwrap()
            .starts_with("NPM_TOKEN publishes from production (production); use ")
    );
    // A value that cannot be known is neither too long nor short.
    folder.write("infra/terraform.tfvars", "");
    assert!(own(&check(&folder, &[])).iter().all(|finding| !finding.contains("short-sessions")));
}

#[test]
fn rows_are_chosen_lowered_and_limited_like_any_rule() {
    let with = |more: &str| own(&check(&tree(&format!("{more}\n{ROWS}")), &[]));
    let registry: Vec<&str> = ALL.into_iter().filter(|f| f.contains("own-registry")).collect();
    assert_eq!(with("rules.select = [\"policy/own-registry\"]"), registry);
    assert_eq!(with("rules.ignore = [\"policy\"]"), [""; 0]);
    assert_eq!(with("rules.severity.\"policy/own-registry\" = \"off\"").len(), 2);
    assert_eq!(with("paths = [{ match = \"k8s/*\", ignore = [\"policy/own-registry\"] }]"), ALL[..4]);
    let folder = tree(ROWS);
    assert_eq!(
        own(&check(&folder, &["--select", "policy/short-sessions"])),
        ["policy/short-sessions infra/terraform.tfvars:1"]
    );
    assert_eq!(own(&check(&folder, &["--ignore", "policy"])), [""; 0]);
    let limited = ROWS.replace("id = \"own-registry\"", "id = \"own-registry\"\npaths = [\"k8s/*\"]");
    assert_eq!(
        own(&check(&tree(&limited), &["--select", "policy/own-registry"])),
        ["policy/own-registry k8s/pod.yaml:8"]
    );
    let unknown = check(&folder, &["--select", "policy/short-session"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("did you mean `policy/short-sessions`?"), "{}", unknown.err);
}

#[test]
fn what_rows_find_is_waived_listed_and_compared() {
    let folder = tree(ROWS);
    let report = check(&folder, &[]).json();
    let print =
        report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "policy/short-sessions").unwrap()
            ["fingerprint"]
            .as_str()
            .unwrap()
            .to_owned();
    let waiver = format!(
        "[[waiver]]\nrule = \"policy/short-sessions\"\nfingerprint = \"{print}\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-12-24\n"
    );
    folder.write("hallpass.toml", format!("{ROWS}\n{waiver}"));
    let inline = POD.replace(
        "      image",
        "      # hallpass: allow(policy/own-registry) until=2026-12-24 owner=o reason=r\n      image",
    );
    folder.write("k8s/pod.yaml", inline);
    let waived = check(&folder, &[]);
    assert_eq!(own(&waived), ALL[..3], "{}", waived.out);
    assert_eq!(waived.json()["waived"].as_array().unwrap().len(), 2);
    assert!(!waived.out.contains("governance/waiver"), "{}", waived.out);
    // A row says that nothing of it is waived.
    let strict = ROWS.replace("id = \"short-sessions\"", "id = \"short-sessions\"\nwaivable = false");
    folder.write("hallpass.toml", format!("{strict}\n{waiver}"));
    let refused = check(&folder, &[]);
    assert!(
        own(&refused).contains(&ALL[3].to_owned()) && refused.out.contains("cannot be waived"),
        "{}",
        refused.out
    );
    folder.write("hallpass.toml", ROWS);
    folder.write("k8s/pod.yaml", POD);
    assert_eq!(run(&folder, &["baseline", "write", "--today", "2026-11-24"]).code, 0);
    assert_eq!(own(&check(&folder, &["--baseline", ".hallpass-baseline"])), [""; 0]);
}

#[test]
fn rows_are_rules_to_whoever_lists_or_reads_them() {
    let folder = tree(ROWS);
    let sarif = run(&folder, &["check", "--today", "2026-11-24", "--report", "sarif"]).json();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().clone();
    let at = rules.iter().position(|rule| rule["id"] == "policy/own-registry").unwrap();
    assert_eq!(rules[at]["shortDescription"]["text"], "An image comes from elsewhere than our registry");
    assert!(rules[at]["properties"]["tags"].as_array().unwrap().contains(&"external/cwe/cwe-829".into()));
    assert!(rules[at]["helpUri"].as_str().unwrap().contains("#rules-of-your-own-policy"), "{}", rules[at]);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(
        results.iter().any(|r| r["ruleId"] == "policy/own-registry" && r["ruleIndex"] == at),
        "{results:?}"
    );
    let listed = run(&folder, &["rules"]);
    assert!(listed.out.contains("policy/short-sessions"), "{}", listed.out);
    let page = run(&folder, &["explain", "policy/own-registry"]);
    let head = "policy/own-registry · high · confidence high · made by hallpass.toml\ncwe: 829 ";
    assert!(page.out.starts_with(head), "{}", page.out);
    let other = run(&folder, &["explain", "policy/own-regstry"]);
    assert!(other.code == 2 && other.err.contains("did you mean `policy/own-registry`?"), "{}", other.err);
    let shown = run(&folder, &["config", "show"]);
    assert!(shown.out.contains("policy.1.where.is.platform"), "{}", shown.out);
    let why = run(&folder, &["why", "infra/main.tf:2", "--today", "2026-11-24"]);
    assert_eq!(why.code, 0, "{}", why.err);
    folder.write("hallpass.toml", "fail-on = 1\n");
    let listed = run(&folder, &["rules"]);
    assert!(
        listed.code == 0 && listed.err.contains("without the rules of the policy here"),
        "{}",
        listed.err
    );
}

#[test]
fn a_mistake_in_a_row_ends_the_run_with_its_place() {
    let text = ROWS.replace("is.platform = \"oci\"", "is.plattform = \"oci\"");
    let wrong = check(&tree(&text), &[]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.err.contains("hallpass.toml:6:14: `is` has no field `plattform`, did you mean `platform`?"),
        "{}",
        wrong.err
    );
}

#[test]
fn a_floor_is_not_loosened_by_options_or_variables() {
    let floor = format!("floor = true\n{ROWS}");
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write(
        ".github/workflows/a.yml",
        "on: push\npermissions: {}\njobs: {a: {runs-on: x, steps: [{run: a}]}}\n",
    );
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    let ran = |arguments: &[&str], variables: &[(&str, &str)]| {
        binary.run_within(
            folder.path(),
            [&["check", "--today", "2026-11-26"], arguments].concat(),
            b"",
            variables,
        )
    };
    for (path, extends) in [("org.toml", "extends = \"org.toml\"\n"), ("hallpass.toml", "")] {
        folder.write(path, &floor);
        if !extends.is_empty() {
            folder.write("hallpass.toml", extends);
        }
        let start = format!("`{path}` is a floor, which is only tightened: ");
        for (arguments, variables, said) in [
            (
                &["--ignore", "policy/own-registry"][..],
                &[][..],
                "`--ignore` leaves out `policy/own-registry`",
            ),
            (&["--select", "scope"], &[], "`--select` leaves out `"),
            (
                &["--fail-on", "critical"],
                &[],
                "`--fail-on` lets a run fail from critical on, no longer from medium",
            ),
            (
                &["--min-confidence", "high"],
                &[],
                "`--min-confidence` leaves out findings below confidence high",
            ),
            (&[], &[("HALLPASS_SELECT", "scope")], "`--select` leaves out `"),
            (&[], &[("HALLPASS_FAIL_ON", "high")], "`--fail-on` lets a run fail from high on"),
        ] {
            let run = ran(arguments, variables);
            assert_eq!(run.code, 2, "{arguments:?} {variables:?}: {} {}", run.out, run.err);
            assert!(run.err.contains(&format!("{start}{said}")), "{arguments:?} {variables:?}: {}", run.err);
        }
        for tighter in [&["--fail-on", "low"][..], &["--preview", "--min-confidence", "low"]] {
            assert!(ran(tighter, &[]).code < 2, "{tighter:?}");
        }
    }
    folder.write("hallpass.toml", ROWS);
    assert!(ran(&["--select", "scope", "--fail-on", "critical"], &[]).code < 2);
}

#[test]
fn a_floor_is_not_loosened_by_what_stands_on_it() {
    let floor = format!("floor = true\n[rules.severity]\n\"identity/no-owner\" = \"high\"\n{ROWS}");
    let stand = |own: &str| {
        let folder = tree(&format!("extends = \"policy/org.toml\"\n{own}"));
        folder.write("policy/org.toml", &floor);
        check(&folder, &[])
    };
    assert_eq!(own(&stand("")), ALL);
    let tighter = stand("[rules.severity]\n\"policy/short-sessions\" = \"critical\"\n");
    assert_eq!(own(&tighter), ALL, "{}", tighter.err);
    for (own, place) in [
        (
            "[rules]\nignore = [\"policy/own-registry\"]\n",
            "hallpass.toml:3:11: `policy/org.toml` is a floor, which is only tightened: switched off: `policy/own-registry`",
        ),
        (
            "[rules.severity]\n\"identity/no-owner\" = \"low\"\n",
            "hallpass.toml:3:1: `policy/org.toml` is a floor, which is only tightened: `identity/no-owner` is lowered from high to low",
        ),
        (
            "[[policy]]\nid = \"own-registry\"\nbody = \"link\"\nseverity = \"low\"\nmessage = \"m\"\n",
            "hallpass.toml:3:6: `policy/org.toml` is a floor, which is only tightened: `policy/own-registry` is lowered from high to low",
        ),
    ] {
        let refused = stand(own);
        assert!(refused.code == 2 && refused.err.contains(place), "{own}\n{}", refused.err);
    }
}

#[test]
fn a_change_does_not_take_its_own_rules_away() {
    let repository = Repository::new();
    let org = format!("floor = true\n{ROWS}");
    repository.commit(
        1,
        &[("hallpass.toml", "extends = \"org.toml\"\n"), ("org.toml", &org), (".gitlab-ci.yml", GITLAB)],
    );
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    let states = |files: &[(&str, &str)]| {
        repository.write(files);
        let run = check(repository.folder(), &["--base", "main"]);
        let report = run.json();
        let findings = report["findings"].as_array().unwrap().clone();
        let text =
            |f: &serde_json::Value| format!("{} {} {}", f["state"], f["rule"], f["message"]).replace('"', "");
        let ours = |said: &String| said.contains(" policy/") || said.contains(" governance/");
        findings.iter().map(text).filter(ours).collect::<Vec<_>>()
    };
    assert_eq!(states(&[]), [""; 0]);
    let two = GITLAB.replace("test:", "again:\n  image: ruby:3\n  script: [echo]\ntest:");
    assert_eq!(
        states(&[(".gitlab-ci.yml", &two)]),
        ["new policy/own-registry image ruby (tag 3) does not come from our registry"]
    );
    let weaker = "new governance/guardrail-weakened this change weakens the guardrail: ";
    let said = states(&[(".gitlab-ci.yml", GITLAB), ("org.toml", ROWS)]);
    assert_eq!(said, [format!("{weaker}`org.toml` is no longer a floor, which is only tightened")]);
    let narrow = org.replace("where = { is.platform", "where = { is.kind = \"x\", is.platform");
    assert_eq!(
        states(&[("org.toml", &narrow)]),
        [format!("{weaker}`policy/own-registry` speaks of something else, and perhaps of less, than before")]
    );
    let gone = states(&[("org.toml", "floor = true\n")]);
    assert_eq!(gone.len(), 3, "{gone:?}");
    assert!(gone.iter().all(|said| said.ends_with(" is gone")), "{gone:?}");
}

#[test]
fn the_rows_of_readme_are_rows() {
    let readme = include_str!("../../README.md").split("### Rules of your own").nth(1).unwrap();
    let rows = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tree(rows);
    let shown = run(&folder, &["rules"]);
    assert!(shown.out.contains("policy/no-stored-cloud-keys") && shown.err.is_empty(), "{}", shown.err);
    assert!(own(&check(&folder, &[])).contains(&ALL[0].to_owned()));
}
