//! `hallpass waive`: a row in the policy, where everything else stays as it is; nothing where the module does not take it.

#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

use std::fs;

use hallpass_tests::binary::{Binary, Folder, Run};

const OPEN: &str =
    "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";
const PATH: &str = ".github/workflows/a.yml";
const CONFIG: &str = "hallpass.toml";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write(PATH, OPEN);
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder
}

fn run(folder: &Folder, arguments: &[&str]) -> Run {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test")).run(folder.path(), arguments)
}

fn check(folder: &Folder) -> Run {
    run(folder, &["check", "--today", "2026-11-26", "--report", "json"])
}

/// The fingerprint of the finding of a rule.
fn print(folder: &Folder, rule: &str) -> String {
    let report = check(folder).json();
    let found = report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == rule);
    found.unwrap_or_else(|| panic!("{report}"))["fingerprint"].as_str().unwrap().to_owned()
}

/// Waives with an owner, a reason and these.
fn waive(folder: &Folder, print: &str, until: &str, more: &[&str]) -> Run {
    let fixed = ["--owner", "team-shop", "--reason", "until \"v2\", SHOP-12", "--today", "2026-11-26"];
    run(folder, &[&["waive", print, "--until", until], &fixed[..], more].concat())
}

fn text(folder: &Folder, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn a_row_is_added_and_the_rest_stays() {
    let folder = folder();
    let before = "# ours\nfail-on   = \"low\"  # strict\n\n[[waiver]]\n# an old one\nrule = \"x\"\n";
    let print = print(&folder, "scope/admin-grant");
    for (before, path) in [
        ("", CONFIG),
        ("# ours\nfail-on   = \"low\"  # strict\n\n[ceilings]\nwaiver = '60d'\n", CONFIG),
        ("[project]\nname = \"shop\"\n\n[tool.hallpass]\nfail-on = \"low\" # strict\n", "pyproject.toml"),
    ] {
        let _ = fs::remove_file(folder.path().join(CONFIG));
        if !before.is_empty() {
            folder.write(path, before);
        }
        let done = waive(&folder, print.get(..12).unwrap(), "2026-12-24", &["--ticket", "SHOP-12"]);
        assert_eq!(done.code, 0, "{}", done.err);
        let after = text(&folder, path);
        assert!(after.starts_with(before), "{after}");
        let header = if path == CONFIG { "[[waiver]]" } else { "[[tool.hallpass.waiver]]" };
        let row = format!(
            "{header}\nrule = \"scope/admin-grant\"\nfingerprint = \"{print}\"\nowner = \"team-shop\"\n"
        );
        assert!(after.contains(&row) && after.contains("expires = 2026-12-24\n"), "{after}");
        let report = check(&folder).json();
        assert_eq!(report["waived"].as_array().map(Vec::len), Some(1), "{report}");
        // Once more is the same row with another day.
        assert_eq!(waive(&folder, &print, "2026-12-25", &[]).code, 0);
        let again = text(&folder, path);
        assert_eq!(again, after.replace("2026-12-24", "2026-12-25"));
        fs::remove_file(folder.path().join(path)).unwrap();
    }
    // A row that is no waiver at all is not made worse.
    folder.write(CONFIG, before);
    assert_eq!(waive(&folder, &print, "2026-12-24", &[]).code, 0);
    assert!(text(&folder, CONFIG).starts_with(before));
}

#[test]
fn what_the_module_does_not_take_is_not_written() {
    let folder = folder();
    let admin = print(&folder, "scope/admin-grant");
    for (print, until, more, said) in [
        (
            admin.as_str(),
            "2027-11-26",
            &[][..],
            "at most 90 days from today are accepted, so it does not hold: date it 2027-02-24 or earlier",
        ),
        (&admin, "2026-12-24", &["--break-glass"], "date it 2026-12-03 or earlier"),
        (&admin, "2026-12-24", &["--ticket", "SHOP\u{1b}[2J"], "--ticket holds the character U+001B"),
        (&admin, "2026-12-24", &["--ticket", "SHOP\n[[policy]]"], "--ticket holds the character U+000A"),
        (&admin, "2026-11-25", &[], "nothing was written"),
        (&admin, "soon", &[], "nothing was written"),
        (&admin, "2026-12-24T10:00:00", &[], "nothing was written"),
        ("0123456789abcdef", "2026-12-24", &[], "no finding here has the fingerprint"),
        ("scope/admin-grant", "2026-12-24", &[], "hexadecimal digits"),
        ("ab", "2026-12-24", &[], "hexadecimal digits"),
    ] {
        let run = waive(&folder, print, until, more);
        assert_eq!(run.code, 2, "{print} {until}: {}", run.err);
        assert!(run.err.contains(said), "{print} {until}: {}", run.err);
        assert!(!folder.path().join(CONFIG).exists(), "{print} {until}");
    }
    for (option, other) in [("--owner", "--reason"), ("--reason", "--owner")] {
        let given = ["waive", &admin, "--until", "2026-12-24", option, "a\u{202e}b", other, "c"];
        let refused = run(&folder, &given);
        assert_eq!(refused.code, 2, "{}", refused.err);
        assert!(refused.err.contains(&format!("{option} holds the character U+202E")), "{}", refused.err);
    }
    let empty = run(&folder, &["waive", &admin, "--until", "2026-12-24", "--owner", " ", "--reason", "r"]);
    assert_eq!(empty.code, 2, "{}", empty.err);
    for (path, text) in [
        (CONFIG, "waiver = [{ rule = 'scope' }]\n"),
        ("pyproject.toml", "[tool.hallpass]\nwaiver = [{ rule = 'scope' }]\n"),
    ] {
        folder.write(path, text);
        let run = waive(&folder, &admin, "2026-12-24", &[]);
        assert_eq!(run.code, 2, "{}", run.err);
        assert_eq!(fs::read_to_string(folder.path().join(path)).unwrap(), text);
        fs::remove_file(folder.path().join(path)).unwrap();
    }
}

#[test]
fn what_cannot_be_waived_is_not() {
    let folder = folder();
    folder.write(PATH, "on: push\njobs: [\n");
    let print = print(&folder, "governance/not-checked");
    let run = waive(&folder, &print, "2026-12-24", &[]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(!folder.path().join(CONFIG).exists());
}
