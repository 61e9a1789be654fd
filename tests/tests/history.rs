//! `check --history`: what commits added is found whether or not it was removed since, told once, and never shown.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;

use hallpass_rules::detect::canary;
use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::git;
use serde_json::Value;

const RULE: &str = "secret/hardcoded-credential";

fn token(seed: u64) -> String {
    canary("github-pat", seed).unwrap().text
}

/// A repository whose history is checked.
struct Repository(hallpass_tests::git::Repository);

impl std::ops::Deref for Repository {
    type Target = hallpass_tests::git::Repository;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Repository {
    fn new() -> Self {
        Self(hallpass_tests::git::Repository::new())
    }

    fn check(&self, arguments: &[&str]) -> Run {
        check(self.path(), arguments)
    }

    /// `path:line commit date further`, and `gone` for what only history holds.
    fn credentials(&self, arguments: &[&str]) -> Vec<String> {
        credentials(&self.check(&[arguments, &["--report", "json"]].concat()))
    }
}

fn check(folder: &Path, arguments: &[&str]) -> Run {
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    binary.run(folder, [&["check", "--today", "2026-11-26"], arguments].concat())
}

fn credentials(run: &Run) -> Vec<String> {
    let report = run.json();
    let findings = report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == RULE);
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    findings
        .map(|f| {
            let (place, commit) = (&f["place"], &f["commit"]);
            let gone = if commit["gone"] == true { " gone" } else { "" };
            let (path, id, date) = (text(&place["path"]), text(&commit["id"]), text(&commit["date"]));
            format!("{path}:{} {id} {date} {}{gone}", place["line"], commit["further"])
        })
        .collect()
}

#[test]
fn a_secret_added_and_removed_is_found_with_its_commit() {
    let repository = Repository::new();
    let secret = token(1);
    repository.commit(1, &[("a.txt", "one\n")]);
    let brought = repository.commit(2, &[("a.txt", &format!("one\n  use {secret} here\nthree\n"))]);
    repository.commit(3, &[("a.txt", "one\nthree\n")]);
    assert_eq!(repository.credentials(&[]), Vec::<String>::new());
    let expected = [format!("a.txt:2 {brought} 2024-05-02 0 gone")];
    assert_eq!(repository.credentials(&["--history"]), expected);

    let pretty = repository.check(&["--history"]);
    assert_eq!(pretty.code, 1, "{}", pretty.err);
    let place = format!(" --> a.txt:2:7 (commit {}, 2024-05-02)\n", &brought[..12]);
    assert!(pretty.out.contains(&place), "{}", pretty.out);
    assert!(pretty.out.contains("2 |   use ghp_************************************ here"), "{}", pretty.out);
    assert!(pretty.out.contains("until it is revoked"), "{}", pretty.out);
    assert!(pretty.out.contains("in 1 checked file and 3 commits"), "{}", pretty.out);

    let sarif = repository.check(&["--history", "--report", "sarif"]).json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["properties"]["commit"]["id"], brought);
    assert_eq!(result["properties"]["placeInCommit"]["line"], 2);
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!((&location["artifactLocation"]["uri"], &location["region"]), (&"a.txt".into(), &Value::Null));
}

#[test]
fn a_secret_that_still_stands_is_one_finding_that_names_its_commit() {
    let repository = Repository::new();
    let line = format!("use {} here\n", token(1));
    let brought = repository.commit(1, &[("a.txt", &line)]);
    repository.commit(2, &[("a.txt", &format!("one\n{line}")), ("b.txt", "b\n")]);
    repository.commit(3, &[("a.txt", &format!("one\ntwo\n{line}"))]);
    let expected = [format!("a.txt:3 {brought} 2024-05-01 0")];
    assert_eq!(repository.credentials(&["--history"]), expected);
    // Moved to another file in the working tree, which is not committed.
    repository.folder().write("c.txt", &line);
    std::fs::remove_file(repository.0.path().join("a.txt")).unwrap();
    assert_eq!(repository.credentials(&["--history"]), [format!("c.txt:1 {brought} 2024-05-01 0")]);
}

#[test]
fn one_credential_is_told_once_with_the_number_of_its_places() {
    let repository = Repository::new();
    let (first, second) = (token(1), token(2));
    let brought = repository.commit(1, &[("a.txt", &format!("{first}\n"))]);
    repository.commit(2, &[("deep/b.txt", &format!("x\n{first}\n"))]);
    // Renamed and changed, brought back, and another one beside it.
    repository.commit(3, &[("a.txt", ""), ("renamed.txt", &format!("{first}\n"))]);
    let other = repository.commit(4, &[("deep/b.txt", &format!("{second}\n"))]);
    repository.commit(5, &[("deep/b.txt", ""), ("renamed.txt", "")]);
    assert_eq!(
        repository.credentials(&["--history"]),
        [format!("a.txt:1 {brought} 2024-05-01 2 gone"), format!("deep/b.txt:1 {other} 2024-05-04 0 gone"),]
    );
    // Below a folder, only what commits did there.
    let below = repository.0.path().join("deep");
    std::fs::create_dir_all(&below).unwrap();
    let found = repository.credentials(&["deep", "--history"]);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|f| f.starts_with("deep/b.txt:")), "{found:?}");
}

#[test]
fn ranges_are_those_of_git() {
    let repository = Repository::new();
    let of = |n: u64| format!("{}\n", token(n));
    let ids: Vec<String> = (1..=4).map(|n| repository.commit(n, &[("a.txt", &of(u64::from(n)))])).collect();
    repository.commit(5, &[("a.txt", "clean\n")]);
    repository.git(5, &["tag", "-a", "v1", "-m", "x", &ids[1]]);
    repository.git(5, &["branch", "topic", &ids[2]]);
    let days = |range: &str| -> Vec<String> {
        let found = repository.credentials(&[&format!("--history={range}")]);
        let mut days: Vec<String> = found
            .iter()
            .map(|f| f.split(' ').nth(2).unwrap().rsplit('-').next().unwrap().to_owned())
            .collect();
        days.sort();
        days
    };
    assert_eq!(days("HEAD"), ["01", "02", "03", "04"]);
    assert_eq!(days("topic"), ["01", "02", "03"]);
    assert_eq!(days("v1..topic"), ["03"]);
    assert_eq!(days("v1.."), ["03", "04"]);
    assert_eq!(days("..topic"), Vec::<String>::new());
    assert_eq!(days("HEAD~3..HEAD^"), ["03", "04"]);
    assert_eq!(days("@^^..@~1"), ["04"]);
    assert_eq!(days(&format!("{}..{}", &ids[0][..8], ids[1])), ["02"]);
    assert_eq!(days("refs/heads/topic^{commit}"), ["01", "02", "03"]);

    for range in
        ["nowhere", "main..nowhere", "main...topic", "", "..", "main^{tree}", "HEAD~99", "-x", "main^9"]
    {
        let run = repository.check(&[&format!("--history={range}")]);
        assert_eq!(run.code, 2, "{range}: {}", run.out);
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
        assert!(run.err.contains("HEAD") && run.out.is_empty(), "{}", run.err);
    }
    // The value needs `=`: a path after the option stays a path.
    assert_eq!(repository.check(&["--history", "a.txt", "--exit-zero"]).code, 0);
}

#[test]
fn a_merge_brings_only_what_no_parent_has() {
    let repository = Repository::new();
    let (side, merged) = (token(1), token(2));
    repository.commit(1, &[("a.txt", "one\n\n\n\ntwo\n")]);
    repository.git(2, &["checkout", "-q", "-b", "side"]);
    let on_side = repository.commit(2, &[("a.txt", &format!("one\n{side}\n\n\ntwo\n"))]);
    repository.git(3, &["checkout", "-q", "main"]);
    let before = repository.commit(3, &[("a.txt", "one\n\n\n\ntwo\nthree\n")]);
    repository.git(4, &["merge", "-q", "--no-commit", "--no-ff", "side"]);
    let merge = repository.commit(4, &[("a.txt", &format!("one\n{side}\n\n\ntwo\nthree\n{merged}\n"))]);
    repository.commit(5, &[("a.txt", "clean\n")]);
    let both = repository.credentials(&["--history"]);
    assert_eq!(
        both,
        [format!("a.txt:2 {on_side} 2024-05-02 0 gone"), format!("a.txt:7 {merge} 2024-05-04 0 gone")]
    );
    let range = format!("--history={before}..");
    assert_eq!(repository.credentials(&[&range]), both);
    let range = format!("--history={merge}~1..{merge}");
    assert_eq!(repository.credentials(&[&range]), both);
    let range = format!("--history={on_side}..{merge}");
    assert_eq!(repository.credentials(&[&range]), both[1..]);
}

#[test]
fn the_root_counts_and_what_no_branch_reaches_does_not() {
    let repository = Repository::new();
    let root = repository.commit(1, &[("a.txt", &format!("{}\n", token(1)))]);
    repository.commit(2, &[("a.txt", "clean\n")]);
    repository.git(3, &["checkout", "-q", "-b", "gone"]);
    repository.commit(3, &[("a.txt", &format!("{}\n", token(2)))]);
    repository.git(4, &["checkout", "-q", "main"]);
    repository.git(4, &["branch", "-q", "-D", "gone"]);
    assert_eq!(repository.credentials(&["--history"]), [format!("a.txt:1 {root} 2024-05-01 0 gone")]);
}

#[test]
fn worktrees_packs_alternates_and_empty_trees_are_read() {
    let repository = Repository::new();
    let brought = repository.commit(1, &[("a.txt", &format!("{}\n", token(1)))]);
    repository.commit(2, &[("a.txt", "")]);
    let expected = [format!("a.txt:1 {brought} 2024-05-01 0 gone")];
    // The tree holds no file at all; history does.
    assert_eq!(repository.credentials(&["--history"]), expected);
    assert_eq!(repository.check(&[]).code, 3);
    repository.git(3, &["gc", "-q"]);
    assert_eq!(repository.credentials(&["--history"]), expected);

    let others = Folder::new();
    let worktree = others.path().join("worktree");
    repository.git(3, &["worktree", "add", "-q", "-b", "w", worktree.to_str().unwrap()]);
    assert_eq!(credentials(&check(&worktree, &["--history", "--report", "json"])), expected);
    let shared = others.path().join("shared");
    repository.git(3, &["clone", "-q", "--shared", ".", shared.to_str().unwrap()]);
    assert_eq!(credentials(&check(&shared, &["--history=origin/w", "--report", "json"])), expected);
    assert_eq!(credentials(&check(&shared, &["--history", "--report", "json"])), expected);
}

#[test]
fn what_is_not_there_is_said_and_nothing_crashes() {
    let repository = Repository::new();
    repository.commit(1, &[("a.txt", &format!("{}\n", token(1)))]);
    let blob = repository.git(1, &["rev-parse", "HEAD:a.txt"]);
    let second = repository.commit(2, &[("a.txt", &format!("{}\n", token(2)))]);
    repository.commit(3, &[("a.txt", "clean\n")]);

    let others = Folder::new();
    let shallow = others.path().join("shallow");
    let url = format!("file://{}", repository.0.path().display());
    repository.git(3, &["clone", "-q", "--depth", "2", &url, shallow.to_str().unwrap()]);
    let run = check(&shallow, &["--history", "--report", "json"]);
    assert_eq!(credentials(&run), [format!("a.txt:1 {second} 2024-05-02 0 gone")]);
    assert!(run.err.contains("this clone is shallow"), "{}", run.err);
    assert_eq!(run.json()["history"]["shallow"], true);
    let beyond = check(&shallow, &["--history=HEAD~2.."]);
    assert_eq!(beyond.code, 2);
    assert!(beyond.err.contains("shallow"), "{}", beyond.err);

    let object = repository.0.path().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let whole = std::fs::read(&object).unwrap();
    std::fs::remove_file(&object).unwrap();
    for (content, words) in
        [(None, "not in this clone"), (Some(&whole[..9]), "damaged"), (Some(&[7; 40][..]), "damaged")]
    {
        if let Some(content) = content {
            std::fs::write(&object, content).unwrap();
        }
        let run = repository.check(&["--history"]);
        let line = "warning: history: 1 version of a file not checked (a.txt at ";
        assert!(run.out.contains(line) && run.out.contains(words), "{}\n{}", run.out, run.err);
        let run = repository.check(&["--history", "--report", "json", "--strict"]);
        assert_eq!(run.json()["strict"]["warnings"], 1);
    }
    // A commit that is missing hides what came before it.
    let first = repository.git(3, &["rev-parse", "HEAD~2"]);
    let object = repository.0.path().join(".git/objects").join(&first[..2]).join(&first[2..]);
    std::fs::remove_file(object).unwrap();
    let run = repository.check(&["--history"]);
    assert!(run.out.contains("warning: history: 1 commit not checked"), "{}", run.out);
    assert!(run.out.contains(&format!("(commit {}", &second[..12])), "{}", run.out);
}

#[test]
fn outside_a_repository_and_for_standard_input_it_is_an_error() {
    let folder = Folder::new();
    folder.write("a.txt", "a\n");
    for arguments in [&["--history"][..], &["--history", "-", "--stdin-filename", "a.txt"]] {
        let run = check(folder.path(), arguments);
        assert_eq!((run.code, run.err.lines().count()), (2, 1), "{}", run.err);
    }
    // A repository without a commit has no history to hold anything.
    git(folder.path(), 1, &["init", "-q"]);
    let run = check(folder.path(), &["--history"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("and 0 commits"), "{}", run.out);
}

#[test]
fn a_waiver_holds_for_a_credential_whichever_commit_brought_it() {
    let repository = Repository::new();
    let line = format!("{}\n", token(1));
    repository.commit(1, &[("a.txt", &line)]);
    let print = |run: &Run| run.json()["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    let standing = print(&repository.check(&["--report", "json"]));
    repository.commit(2, &[("a.txt", "clean\n")]);
    let gone = print(&repository.check(&["--history", "--report", "json"]));
    assert_eq!(standing, gone, "the same credential at the same place");
    // A comment in today's file speaks of today's lines.
    let until = "until=2026-12-31 owner=team-x reason=\"test\"";
    repository.commit(3, &[("a.txt", &format!("# hallpass: allow({RULE}) {until}\nclean\n"))]);
    assert_eq!(repository.credentials(&["--history"]).len(), 1);
    repository.folder().write(
        "hallpass.toml",
        format!(
            "[[waiver]]\nrule = \"{RULE}\"\nfingerprint = \"{gone}\"\nowner = \"team-x\"\nreason = \"revoked\"\nexpires = \"2026-12-31\"\n"
        ),
    );
    let report = repository.check(&["--history", "--report", "json"]).json();
    assert!(report["findings"].as_array().unwrap().iter().all(|f| f["rule"] != RULE));
    assert_eq!(report["waived"][0]["commit"]["date"], "2024-05-01");
}

#[test]
fn nothing_of_a_commit_is_shown_and_two_runs_say_the_same() {
    let repository = Repository::new();
    let (secret, in_name) = (token(1), token(2));
    let hostile = "evil\u{1b}[31m\nname.txt";
    let workflow = format!(
        "on: push\njobs:\n  a:\n    runs-on: x\n    env:\n      TOKEN: \"{secret}\"\n    steps: []\n"
    );
    repository.commit(
        1,
        &[
            (".github/workflows/a.yml", &workflow),
            (hostile, &format!("bare {}\n{secret}\n", secret.trim_start_matches("ghp_"))),
            (&format!("{in_name}/x.env"), &format!("DB_PASSWORD={}\n", token(3))),
        ],
    );
    repository
        .commit(2, &[(".github/workflows/a.yml", ""), (hostile, ""), (&format!("{in_name}/x.env"), "")]);
    repository.commit(3, &[("a.txt", "clean\n")]);
    let secrets = [&secret, &in_name, &token(3)].map(|text| text.trim_start_matches("ghp_").to_owned());
    let runs: [&[&str]; 5] = [
        &["--history", "-v"],
        &["--history", "--report", "json"],
        &["--history", "--report", "sarif"],
        &["--history", "--diff", "--fix=unsafe"],
        &["--history", "--jobs", "1", "--report", "json"],
    ];
    for arguments in runs {
        let run = repository.check(arguments);
        assert!(run.out.contains(RULE) || arguments.contains(&"--diff"), "{}\n{}", run.out, run.err);
        for text in [&run.out, &run.err] {
            for secret in &secrets {
                assert!(!text.contains(&secret[..6]), "{arguments:?}: {text}");
            }
            let names = ["never shown", "Ann", "Cora", "author.example", "\u{1b}[31m"];
            assert!(names.iter().all(|name| !text.contains(name)), "{arguments:?}: {text}");
        }
        assert_eq!(run.out, repository.check(arguments).out);
    }
    assert_eq!(repository.check(runs[1]).out, repository.check(runs[4]).out);
    let pretty = repository.check(&["--history"]).out;
    assert!(!pretty.contains("evil\u{1b}") && !pretty.contains("evil\n"), "{pretty}");
}

#[test]
fn large_files_are_cut_to_what_was_added() {
    let repository = Repository::new();
    let rows: Vec<String> = (0..60_000).map(|n| format!("  \"row{n}\": \"of no weight\"")).collect();
    let file = |rows: &[String]| format!("{{\n{}\n}}\n", rows.join(",\n"));
    repository.commit(1, &[("data.json", &file(&rows))]);
    let mut with = rows.clone();
    with[31_000] = format!("  \"row31000\": \"{}\"", token(1));
    let brought = repository.commit(2, &[("data.json", &file(&with))]);
    with[100] = "  \"row100\": \"changed\"".to_owned();
    repository.commit(3, &[("data.json", &file(&with))]);
    repository.commit(4, &[("data.json", &file(&rows))]);
    let expected = [format!("data.json:31002 {brought} 2024-05-02 0 gone")];
    assert_eq!(repository.credentials(&["--history"]), expected);
    assert_eq!(repository.credentials(&["--history=HEAD~3.."]), expected);
    assert_eq!(repository.credentials(&["--history=HEAD~2.."]), Vec::<String>::new());
}
