//! `hallpass inventory`: one list in seven forms, the answers to an audit's questions, and the registry's first rows.

#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

use std::fs;

use hallpass_rules::detect::canary;
use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::Repository;

const WORKFLOW: &str = "on: push\npermissions: {contents: read}\njobs:\n  ship:\n    runs-on: x\n    environment: production\n    \
                        steps:\n      - run: ./ship\n        env:\n          TOKEN: ${{ secrets.SHIP_TOKEN }}\n";
const TERRAFORM: &str = "resource \"aws_iam_role\" \"ship\" {\n  name = \"ship\"\n  assume_role_policy = jsonencode({ Statement = [{ \
                         Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"ec2.amazonaws.com\" } }] })\n}\n";
const FORMATS: [&str; 7] = ["table", "json", "csv", "html", "markdown", "cyclonedx", "dot"];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write(".github/workflows/ship.yml", WORKFLOW);
    folder.write("infra/main.tf", TERRAFORM);
    folder
}

fn run(folder: &Folder, arguments: &[&str]) -> Run {
    let fixed = ["inventory", "--today", "2026-11-26"];
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test")).run(folder.path(), [&fixed[..], arguments].concat())
}

fn text(folder: &Folder, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn every_form_names_every_entry() {
    let folder = folder();
    for format in FORMATS {
        let listed = run(&folder, &["--report", format]);
        assert_eq!(listed.code, 0, "{format}: {}", listed.err);
        for id in ["aws/role/*/ship", "github/secret/*/production/SHIP_TOKEN"] {
            assert!(listed.out.contains(id), "{format}: {}", listed.out);
        }
    }
    let json = run(&folder, &["--report", "json"]).json();
    let entries = json["entries"].as_array().unwrap();
    let role = entries.iter().find(|entry| entry["id"] == "aws/role/*/ship").unwrap();
    assert_eq!(role["places"][0]["path"], "infra/main.tf");
    assert_eq!(role["places"][0]["line"], 1, "{role}");
    assert_eq!(role["blanks"], serde_json::json!(["owner", "purpose", "until", "revocation"]));
}

#[test]
fn one_run_writes_several_forms_and_no_two_into_one_place() {
    let folder = folder();
    let done = run(&folder, &["--report", "json=out/a.json", "--report", "csv=out.csv"]);
    assert_eq!(done.code, 2, "a folder that is not there: {}", done.err);
    let done = run(&folder, &["--report", "json=a.json", "--report", "csv=out.csv", "--report", "table"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(text(&folder, "a.json").starts_with('{') && text(&folder, "out.csv").starts_with("class,id,"));
    let refused = run(&folder, &["--report", "json", "--report", "csv"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("both go to standard output"), "{}", refused.err);
    let refused = run(&folder, &["--report", "yaml"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("table, json, csv, html, markdown, cyclonedx, dot"), "{}", refused.err);
    let refused = run(&folder, &["--report", "csv=infra/main.tf", "infra/main.tf"]);
    assert_eq!((refused.code, text(&folder, "infra/main.tf").as_str()), (2, TERRAFORM), "{}", refused.err);
}

#[test]
fn the_first_registry_is_written_with_its_blanks_marked() {
    let folder = folder();
    let before = "# ours\nfail-on = \"low\" # strict\n";
    folder.write("hallpass.toml", before);
    let done = run(&folder, &["--write-registry"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("2 rows were written to hallpass.toml, 2 of them with blanks"), "{}", done.err);
    let after = text(&folder, "hallpass.toml");
    assert!(after.starts_with(before), "{after}");
    for line in [
        "[[identity]]\nid = \"aws/role/*/ship\"\n",
        "owner = \"\" # who owns it?\n",
        "purpose = \"\" # why does it exist?\n",
        "# until when? expires = 2027-01-31, or review-by = 2027-01-31\n",
        "revocation = \"\" # how is it switched off?\n",
        "id = \"github/secret/*/production/SHIP_TOKEN\"\n",
        "environment = \"production\"\n",
    ] {
        assert!(after.contains(line), "{line}\n{after}");
    }
    // A blank is no answer.
    assert_eq!(run(&folder, &["--fail-on-blank", "--report", "csv=a.csv"]).code, 1);
    let again = run(&folder, &["--write-registry"]);
    assert!(again.err.contains("nothing was written"), "{}", again.err);
    assert_eq!(text(&folder, "hallpass.toml"), after);
}

#[test]
fn an_audit_ends_with_one_until_everything_is_answered() {
    let folder = folder();
    let arguments = ["--fail-on-blank", "--report", "csv=a.csv"];
    assert_eq!(run(&folder, &arguments).code, 1);
    let row = |id: &str| {
        format!(
            "[[identity]]\nid = \"{id}\"\nowner = \"team\"\npurpose = \"ships\"\nexpires = 2027-01-31\nrevocation = \"delete it\"\n"
        )
    };
    folder.write("hallpass.toml", row("aws/role/*/ship") + &row("github/secret/*/*/SHIP_TOKEN"));
    let done = run(&folder, &arguments);
    assert_eq!(done.code, 0, "{}\n{}", done.err, text(&folder, "a.csv"));
    // What was not read may hold more.
    folder.write("infra/broken.tf", "resource \"aws_iam_user\" \"x\" {\n  name = \"x\n");
    let done = run(&folder, &arguments);
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(done.err.contains("not read whole"), "{}", done.err);
}

#[test]
fn no_form_shows_a_secret_or_takes_a_name_for_markup() {
    let folder = folder();
    let token = canary("github-pat", 3).unwrap().text;
    folder.write("infra/secret.tf", format!("variable \"token\" {{\n  default = \"{token}\"\n}}\n"));
    folder.write(
        "k8s/a.yaml",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: '<img src=x onerror=alert(1)>\"]; evil [x=\"'\n",
    );
    folder.write(
        "hallpass.toml",
        format!("[[identity]]\nid = \"aws/role/*/ship\"\nowner = \"=cmd|' /C calc'!A0\"\npurpose = \"uses {token}\"\n"),
    );
    for format in FORMATS {
        let listed = run(&folder, &["--report", format]);
        assert_eq!(listed.code, 0, "{format}: {}", listed.err);
        assert!(!listed.out.contains(&token) && !listed.err.contains(&token), "{format}");
        let armed = match format {
            "html" => "<img src",
            "markdown" => "\n<img",
            "dot" => "\"]; evil [x=\"",
            "csv" => ",=cmd",
            _ => "\u{1b}",
        };
        assert!(!listed.out.contains(armed), "{format}: {}", listed.out);
    }
}

#[test]
fn a_changes_page_says_what_reaches_further() {
    let repository = Repository::new();
    repository.commit(1, &[("infra/main.tf", TERRAFORM)]);
    let policy = "resource \"aws_iam_role_policy\" \"ship\" {\n  role = aws_iam_role.ship.name\n  policy = jsonencode({ Statement = [{ \
                  Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n";
    repository.commit(2, &[("infra/policy.tf", policy), (".github/workflows/ship.yml", WORKFLOW)]);
    let arguments = ["check", "--base", "HEAD~1", "--today", "2026-11-26", "--report", "html"];
    let page = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test")).run(repository.path(), arguments);
    assert_eq!(page.code, 1, "{}", page.err);
    for said in [
        "What the change does to it",
        "github/secret/*/production/SHIP_TOKEN",
        "aws/role/*/ship: +1 resource, controls, before: has no right",
        "everything of aws",
    ] {
        assert!(page.out.contains(said), "{said}\n{}", page.out);
    }
}

fn user(name: &str) -> String {
    format!("resource \"aws_iam_user\" \"u{}\" {{\n  name = \"{name}\"\n}}\n", name.len())
}

#[test]
fn a_name_that_no_row_can_hold_is_left_out_and_told() {
    let folder = folder();
    folder.write("infra/users.tf", user("x/") + &user("…; //") + &user("robot"));
    let done = run(&folder, &["--write-registry"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.err.contains("2 names end in a slash, which no row can hold, and got none: `aws/user/*/x/`"),
        "{}",
        done.err
    );
    assert!(done.err.contains("3 rows were written to hallpass.toml"), "{}", done.err);
    let written = text(&folder, "hallpass.toml");
    assert!(written.contains("id = \"aws/user/*/robot\"") && !written.contains("x/\""), "{written}");
    let again = run(&folder, &["--write-registry"]);
    assert!(
        again.err.contains("a row for everything else it should know; nothing was written"),
        "{}",
        again.err
    );
    assert_eq!(text(&folder, "hallpass.toml"), written);
}

#[test]
fn what_says_nothing_is_a_blank_as_it_is_for_the_check() {
    let folder = folder();
    let row = |id: &str, purpose: &str, revocation: &str| {
        format!(
            "[[identity]]\nid = \"{id}\"\nowner = \"team\"\npurpose = \"{purpose}\"\nexpires = 2027-01-31\nrevocation = \"{revocation}\"\n"
        )
    };
    folder.write(
        "hallpass.toml",
        row("aws/role/*/ship", "TODO", "tbd") + &row("github/secret/*/*/SHIP_TOKEN", "ships", "delete it"),
    );
    let done = run(&folder, &["--fail-on-blank", "--report", "json"]);
    assert_eq!(done.code, 1, "{}", done.err);
    let json = done.json();
    let role =
        json["entries"].as_array().unwrap().iter().find(|entry| entry["id"] == "aws/role/*/ship").unwrap();
    assert_eq!(role["blanks"], serde_json::json!(["purpose", "revocation"]));
}

#[test]
fn no_name_steers_a_terminal_or_turns_the_direction_of_writing() {
    let folder = folder();
    folder.write("infra/users.tf", user("a\\u001b[2J\\u202eb"));
    for format in FORMATS {
        let listed = run(&folder, &["--report", format]);
        assert_eq!(listed.code, 0, "{format}: {}", listed.err);
        assert!(!listed.out.contains(['\u{1b}', '\u{202e}']), "{format}: {:?}", listed.out);
    }
    // Where a form has a way to write them, it is the same name.
    let name = "aws/user/*/a\u{1b}[2J\u{202e}b";
    for format in ["json", "cyclonedx"] {
        let listed = run(&folder, &["--report", format]).json();
        let entries = listed.get("entries").or(listed.get("components")).unwrap().as_array().unwrap();
        assert!(
            entries.iter().any(|entry| entry["id"] == name || entry["name"] == name),
            "{format}: {listed}"
        );
    }
    assert_eq!(run(&folder, &["--write-registry"]).code, 0);
    let written = text(&folder, "hallpass.toml");
    assert!(written.contains("id = \"aws/user/*/a\\u001B[2J\\u202Eb\""), "{written}");
    assert!(run(&folder, &["--write-registry"]).err.contains("nothing was written"));
}
