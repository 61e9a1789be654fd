//! Names of files: what must not be shown of them is not, and one that is no text names its file all the same.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use hallpass_rules::detect::canary;
use hallpass_tests::binary::{Binary, Folder};

const OPEN: &str =
    "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

#[test]
fn a_token_in_a_name_is_shown_nowhere() {
    let folder = Folder::new();
    let tokens = [1, 2].map(|seed| canary("github-pat", seed).unwrap().text);
    for token in &tokens {
        folder.write(&format!(".github/workflows/{token}.yml"), OPEN);
        folder.write(&format!("{token}/main.tf"), "locals {\n");
    }
    let first = format!(".github/workflows/{}.yml", tokens[0]);
    folder.write("main.tf", format!("module \"m\" {{\n  source = \"./{}\"\n}}\n", tokens[0]));
    let line = format!("{first}:2");
    let runs: [&[&str]; 8] = [
        &["check", ".", "-v"],
        &["check", ".", "--report", "json"],
        &["check", ".", "--report", "sarif"],
        &["check", ".", "--diff", "--fix=unsafe"],
        &["check", &first],
        &["check", "main.tf", "-v"],
        &["why", &line],
        &["facts", "."],
    ];
    for arguments in runs {
        let run = binary().run(folder.path(), arguments);
        assert!((0..=1).contains(&run.code), "{arguments:?}: {}", run.err);
        for token in &tokens {
            let secret = token.strip_prefix("ghp_").unwrap();
            assert!(!run.out.contains(secret) && !run.err.contains(secret), "{arguments:?}: {}", run.out);
        }
    }
    // Both files are checked, each under a name of its own.
    let report = binary().run(folder.path(), ["check", ".", "--report", "json", "--select", "scope"]);
    let names = ["ghp_**** (2).yml", "ghp_****.yml"];
    assert_eq!(report.findings(), names.map(|name| format!("scope/admin-grant .github/workflows/{name}:2")));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_is_checked() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::new();
    folder.write(".github/workflows/.keep", "");
    let workflows = folder.path().join(".github/workflows");
    for name in [&b"a\xff.yml"[..], b"a\xfe.yml"] {
        std::fs::write(workflows.join(std::ffi::OsStr::from_bytes(name)), OPEN).unwrap();
    }
    let whole = binary().run(folder.path(), ["check", ".", "--report", "json", "--select", "scope"]);
    assert_eq!(whole.findings().len(), 2, "{:?}", whole.findings());
    let one = std::ffi::OsStr::from_bytes(b".github/workflows/a\xff.yml");
    let arguments = ["check".as_ref(), one, "--report".as_ref(), "json".as_ref()];
    let run = binary().run(folder.path(), arguments);
    assert!(
        run.code == 1 && run.findings().iter().any(|f| f.starts_with("scope/admin-grant")),
        "{}",
        run.err
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_with_advice() {
    let folder = Folder::new();
    folder.write("main.tf", "locals {}\n");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let run = binary().run(folder.path(), ["check", "socket"]);
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.err.contains("socket: it is neither a file nor a folder"), "{}", run.err);
    std::os::unix::fs::symlink("nowhere", folder.path().join("hallpass.toml")).unwrap();
    let run = binary().run(folder.path(), ["check", "."]);
    assert_eq!(run.code, 2, "{}", run.out);
    let said = "hallpass.toml at the root: it is a symbolic link that leads nowhere; put the file there";
    assert!(run.err.contains(said), "{}", run.err);
}
