//! `--detectors FILE.toml` through the binary: found, excepted, said, bounded, and no secret in any output. Values are
//! drawn when a test runs.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fmt::Write as _;

use hallpass_tests::binary::{Binary, Folder, Run};

const RULES: &str = r#"
title = "ours"

[[rules]]
id = "acme-deploy"
description = "Acme deploy key"
regex = '''(?i)\bacme_(?P<key>[a-z0-9]{24})\b'''
keywords = ["acme_"]
entropy = 2.5

[[rules]]
id = "acme-pair"
description = "Acme password"
regex = '''user=(\w+) pass=(\w+)'''
secretGroup = 2
path = '''\.conf$'''

[[allowlists]]
paths = ['''^fixtures/''']
"#;

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

fn check(folder: &Folder, more: &[&str]) -> Run {
    let arguments = ["check", "--detectors", "rules.toml", "."].into_iter().chain(more.iter().copied());
    binary().run(folder.path(), arguments)
}

/// Letters and digits that no detector of ours knows.
fn drawn(seed: u64, length: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b"abcdefghjkmnpqrstuvwxyz23456789"[(state % 31) as usize])
    };
    (0..length).map(|_| draw()).collect()
}

/// A folder with the rules, and the secrets in it that are to be found.
fn folder() -> (Folder, [String; 2]) {
    let folder = Folder::new();
    let (key, word) = (drawn(1, 24), drawn(2, 20));
    folder.write("rules.toml", RULES);
    folder.write("notes.txt", format!("# keys\n\nours: acme_{key}\nflat: acme_{}\n", "ab".repeat(12)));
    folder.write("a.conf", format!("user=anna pass={word}\n"));
    folder.write("a.cfg", format!("user=anna pass={}\n", drawn(3, 20)));
    folder.write("fixtures/notes.txt", format!("ours: acme_{}\n", drawn(4, 24)));
    (folder, [key, word])
}

#[test]
fn what_the_rules_describe_is_found_where_it_stands() {
    let (folder, _) = folder();
    let run = check(&folder, &["--report", "json"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(
        run.findings(),
        ["secret/hardcoded-credential a.conf:1", "secret/hardcoded-credential notes.txt:3"]
    );
    let report = run.json();
    let message = report["findings"][1]["message"].as_str().unwrap();
    assert!(message.starts_with("Acme deploy key in clear text"), "{message}");
    assert!(report["findings"][1]["help"].as_str().unwrap().contains("imported/acme-deploy"));
    assert_eq!(report["troubles"].as_array().map(Vec::len), Some(0));
    let passed_over =
        report["coverage"].as_array().unwrap().iter().find(|c| c["path"] == "fixtures/notes.txt");
    assert!(passed_over.unwrap()["silent"].to_string().contains("imported detectors"));
    assert_eq!(run.err, "");
    let without = binary().run(folder.path(), ["check", "."]);
    assert_eq!(without.code, 0, "{}", without.out);
}

#[test]
fn no_output_shows_a_secret_and_two_runs_are_equal() {
    let (folder, secrets) = folder();
    folder.write(".github/workflows/ci.yml", format!("on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: deploy --key acme_{} \n", secrets[0]));
    for more in [["--report", "pretty"], ["--report", "json"], ["--report", "sarif"], ["--diff", "-v"]] {
        let run = check(&folder, &more);
        assert_eq!(run.code, 1, "{}", run.err);
        for secret in &secrets {
            assert!(!run.out.contains(secret.as_str()) && !run.err.contains(secret.as_str()), "{more:?}");
        }
        assert_eq!(check(&folder, &more).out, run.out);
    }
    for command in [
        vec!["facts", "--detectors", "rules.toml", "."],
        vec!["why", "--detectors", "rules.toml", "notes.txt:3"],
    ] {
        let run = binary().run(folder.path(), command);
        assert!(run.out.contains("imported/acme-deploy"), "{}{}", run.out, run.err);
        assert!(!secrets.iter().any(|s| run.out.contains(s.as_str()) || run.err.contains(s.as_str())));
    }
    let listed = binary().run(folder.path(), ["rules", "--detectors=rules.toml"]);
    assert!(
        listed.out.contains("imported/acme-deploy") && listed.out.contains("github-pat"),
        "{}",
        listed.err
    );
    let plain = binary().run(folder.path(), ["rules", "--detectors"]);
    assert!(!plain.out.contains("imported/") && plain.out.contains("github-pat"), "{}", plain.err);
}

#[test]
fn what_is_not_honoured_is_said_on_standard_error_and_in_the_report() {
    let (folder, _) = folder();
    folder.write("rules.toml", format!("{RULES}\n[[rules]]\nid = \"ahead\"\nregex = '''x(?=y)'''\n"));
    let run = check(&folder, &["--report", "json", "--exit-zero"]);
    let line = "rules.toml:23:13: rule `ahead` is left out: its `regex` holds a look-ahead `(?=`";
    assert!(run.err.starts_with(line), "{}", run.err);
    assert!(run.json()["troubles"][0].as_str().unwrap().starts_with(line));
    assert_eq!(run.findings().len(), 2, "the others are honoured");
    assert_eq!(
        check(&folder, &["--strict", "--ignore", "secret"]).code,
        1,
        "a lost rule counts under --strict"
    );
    let sarif = check(&folder, &["--report", "sarif"]);
    assert!(sarif.out.contains("rule `ahead` is left out"));
}

#[test]
fn a_file_that_cannot_be_used_is_an_error_with_its_place() {
    let (folder, _) = folder();
    for (text, words) in [
        ("[[rules]\n", "rules.toml:1:"),
        ("title = \"x\"\n", "no rule of it can be used"),
        ("[[rules]]\nid = \"a\"\nregex = '''(?!a)'''\n", "rules.toml:3:12: rule `a` is left out"),
    ] {
        folder.write("rules.toml", text);
        let run = check(&folder, &[]);
        assert_eq!(run.code, 2, "{text}: {}", run.out);
        assert!(run.err.contains(words), "{text}: {}", run.err);
    }
    let run = binary().run(folder.path(), ["check", "--detectors", "nowhere.toml", "."]);
    assert_eq!((run.code, run.err.contains("nowhere.toml")), (2, true), "{}", run.err);
}

#[test]
fn the_configuration_names_files_and_files_extend_others() {
    let (folder, _) = folder();
    folder.write("hallpass.toml", "detectors = [\"policy/over.toml\"]\n");
    folder.write("policy/over.toml", "[extend]\npath = \"rules.toml\"\ndisabledRules = [\"acme-pair\"]\n");
    let run = binary().run(folder.path(), ["check", "--report", "json", "."]);
    assert_eq!(run.findings(), ["secret/hardcoded-credential notes.txt:3"], "{}", run.err);
    for (config, words) in [
        ("detectors = [\"nowhere.toml\"]\n", "hallpass.toml:1:14: "),
        ("detectors = [\"../out.toml\"]\n", "lies inside"),
    ] {
        folder.write("hallpass.toml", config);
        let run = binary().run(folder.path(), ["check", "."]);
        assert_eq!(run.code, 2, "{}", run.out);
        assert!(run.err.contains(words), "{}", run.err);
    }
    folder.write("hallpass.toml", "detectors = [\"policy/over.toml\"]\n");
    folder.write("policy/over.toml", format!("[extend]\npath = \"../../etc/rules.toml\"\n{RULES}"));
    let run = binary().run(folder.path(), ["check", "."]);
    assert!(run.err.contains("policy/over.toml:2:9: `extend.path`: it leaves the tree"), "{}", run.err);
}

#[test]
fn a_find_where_a_name_asks_for_a_secret_is_no_generic_one() {
    let (folder, _) = folder();
    folder.write("a.env", format!("API_TOKEN=acme_{}\n", drawn(5, 24)));
    let run = check(&folder, &["--report", "json", "--ignore", "secret/generic-credential"]);
    assert!(
        run.findings().contains(&"secret/hardcoded-credential a.env:1".to_owned()),
        "{:?}",
        run.findings()
    );
}

#[test]
fn hostile_files_of_detectors_stop_nothing() {
    let (folder, _) = folder();
    let mut many = RULES.to_owned();
    for n in 0..100_000 {
        let _ = writeln!(many, "[[rules]]\nid='r{n}'\nregex='x{n}'");
    }
    let nested = "[[rules]]\nid = \"nested\"\nregex = '''((a{1,100}){1,100}){1,100}'''\n";
    let long = format!("[[rules]]\nid = \"long\"\nregex = '''{}'''\n", "a?".repeat(500_000));
    let line = "[[rules]]\nid = \"line\"\nregex = '''.*.*.*=.*.*0'''\n";
    let ahead = "[[rules]]\nid = \"ahead\"\nregex = '''a[^\\n]*b|a'''\n";
    let counted = "[[rules]]\nid = \"counted\"\nregex = '''([a-z]{1,90}){1,90}0'''\n";
    folder.write("long.txt", "a".repeat(5 << 20));
    for rules in [
        many,
        format!("{RULES}{nested}{long}"),
        format!("{RULES}{line}"),
        format!("{RULES}{ahead}"),
        format!("{RULES}{counted}"),
    ] {
        folder.write("rules.toml", &rules);
        let run = check(&folder, &["--report", "json"]);
        assert_eq!(run.code, 1, "{}", run.err);
        let found = run.findings();
        assert!(found.iter().any(|f| f.ends_with("notes.txt:3")), "{found:?}");
        let report = run.json();
        let long = report["coverage"].as_array().unwrap().iter().find(|c| c["path"] == "long.txt").unwrap();
        // Its own limit may stop the search and says so; the deadline, behind which nothing is known, never does.
        let own = "limit reached: the work of imported detectors";
        let stopped = long["why"].as_str().is_some_and(|why| why.starts_with(own));
        assert!(long["status"] == "checked" || stopped, "{long}");
    }
}
