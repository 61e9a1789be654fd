//! What is kept between runs changes no word of a report, and what somebody else may have written is not believed.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::{Path, PathBuf};

use hallpass_tests::binary::{Binary, Folder, Run};

const WORKFLOW: &str =
    "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";

fn check(folder: &Path, home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    let arguments = [&["check", "--today", "2026-11-26", "--report", "json", "-v"], arguments].concat();
    let home = home.to_str().unwrap();
    let variables = [&[("XDG_CACHE_HOME", home), ("LOCALAPPDATA", home)], variables].concat();
    binary.run_within(folder, arguments, b"", &variables)
}

fn kept(home: &Path) -> Vec<PathBuf> {
    let entries = home.join("hallpass").read_dir().into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn is_known(run: &Run) -> bool {
    run.err.contains("known from before")
}

fn tree() -> (Folder, Folder) {
    let tree = Folder::new();
    tree.write(".github/workflows/a.yml", WORKFLOW.as_bytes());
    tree.write("main.tf", b"resource \"aws_iam_access_key\" \"a\" {\n  user = \"ci\"\n}\n");
    (tree, Folder::new())
}

#[test]
fn a_second_run_says_the_same_and_judges_only_what_changed() {
    let (tree, home) = tree();
    let cold = check(tree.path(), home.path(), &[], &[]);
    assert!(!is_known(&cold), "{}", cold.err);
    assert_eq!(kept(home.path()).len(), 1);
    let warm = check(tree.path(), home.path(), &[], &[]);
    assert!(warm.err.contains("2 units are known"), "{}", warm.err);
    assert_eq!((cold.code, &cold.json()["findings"]), (warm.code, &warm.json()["findings"]));
    assert_eq!(cold.json()["coverage"], warm.json()["coverage"]);

    tree.write("main.tf", b"# nothing\n");
    let changed = check(tree.path(), home.path(), &[], &[]);
    assert!(changed.err.contains("1 unit is known"), "{}", changed.err);
    assert!(changed.findings().iter().all(|f| !f.contains("main.tf")), "{:?}", changed.findings());
    // Another configuration is another question.
    tree.write("hallpass.toml", b"[rules]\nignore = [\"scope\"]\n");
    let other = check(tree.path(), home.path(), &[], &[]);
    assert!(!is_known(&other), "{}", other.err);
    assert!(other.findings().iter().all(|f| !f.starts_with("scope/")), "{:?}", other.findings());
}

#[test]
fn no_secret_is_kept() {
    let (tree, home) = tree();
    let password = format!("Vx9{}qL2", "hT7wz");
    tree.write("compose.yml", format!("services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: {password}\n").as_bytes());
    let run = check(tree.path(), home.path(), &[], &[]);
    assert!(run.findings().iter().any(|f| f.starts_with("secret/")), "{:?}", run.findings());
    for path in kept(home.path()) {
        let bytes = std::fs::read(path).unwrap();
        assert!(!bytes.windows(password.len()).any(|part| part == password.as_bytes()));
    }
}

#[test]
fn nothing_is_kept_where_it_is_not_wanted() {
    let (tree, home) = tree();
    for (arguments, variables) in [
        (&["--no-cache"][..], &[][..]),
        (&[], &[("HALLPASS_NO_CACHE", "1")]),
        // A runner's home may be shared by jobs that do not trust each other.
        (&[], &[("CI", "true")]),
    ] {
        check(tree.path(), home.path(), arguments, variables);
        assert_eq!(kept(home.path()), Vec::<PathBuf>::new(), "{arguments:?} {variables:?}");
    }
}

#[cfg(unix)]
#[test]
fn what_others_may_write_to_is_not_believed() {
    use std::os::unix::fs::PermissionsExt as _;
    let (tree, home) = tree();
    check(tree.path(), home.path(), &[], &[]);
    assert!(is_known(&check(tree.path(), home.path(), &[], &[])));
    let mode = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let file = kept(home.path()).remove(0);
    mode(&file, 0o666);
    assert!(!is_known(&check(tree.path(), home.path(), &[], &[])));
    mode(&home.path().join("hallpass"), 0o777);
    assert!(!is_known(&check(tree.path(), home.path(), &[], &[])));
}
