//! `hallpass init`: what it writes is accepted, and nothing that is there is touched.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use hallpass_tests::binary::{Binary, Folder};

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

fn read(folder: &Folder, path: &str) -> String {
    std::fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn a_policy_and_a_workflow_are_written_and_pass() {
    let folder = Folder::new();
    folder.write(".github/workflows/ci.yml", "on: push\npermissions: {}\njobs: {}\n");
    let run = binary().run(folder.path(), ["init"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("wrote hallpass.toml\nwrote .github/workflows/hallpass.yml\n"), "{}", run.out);
    let check = binary().run(folder.path(), ["check", "--strict", "--fail-on", "info"]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    assert!(check.out.contains("2 checked files") || check.out.contains("3 checked files"), "{}", check.out);
}

#[test]
fn every_line_of_the_policy_is_true() {
    let folder = Folder::new();
    assert_eq!(binary().run(folder.path(), ["init"]).code, 0);
    let policy = read(&folder, "hallpass.toml");
    // Everything is switched on but the module, which is not there.
    let (all, _) = policy.split_once("#[[plugin]]").unwrap();
    let on: String = all
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(code) if !code.starts_with(' ') => format!("{code}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    folder.write("hallpass.toml", on);
    folder.write("policy/shared.toml", "fail-on = \"low\"\n");
    folder.write("rules.toml", "[[rules]]\nid = \"acme\"\nregex = '''acme-[0-9a-f]{32}'''\n");
    let check = binary().run(folder.path(), ["check", "--today", "2026-11-24"]);
    assert!(check.code < 2, "{}", check.err);
    let schema = binary().run(folder.path(), ["schema", "config"]).json();
    for key in schema["properties"].as_object().unwrap().keys() {
        assert!(policy.contains(key), "the policy says nothing of `{key}`");
    }
}

#[test]
fn nothing_is_overwritten() {
    let folder = Folder::new();
    folder.write("hallpass.toml", "fail-on = \"low\"\n");
    folder.write(".github/workflows/hallpass.yml", "on: push\n");
    let run = binary().run(folder.path(), ["init"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(read(&folder, "hallpass.toml"), "fail-on = \"low\"\n");
    assert_eq!(read(&folder, ".github/workflows/hallpass.yml"), "on: push\n");
    assert!(run.out.contains("hallpass.toml is there and stays as it is"), "{}", run.out);
    assert!(run.out.contains("    name: hallpass\n"), "{}", run.out);
    let dry = Folder::new();
    let run = binary().run(dry.path(), ["init", "--dry-run", "--ci", "github"]);
    assert!(run.out.contains(".github/workflows/hallpass.yml would be written"), "{}", run.out);
    assert_eq!(std::fs::read_dir(dry.path()).unwrap().count(), 0);
}

#[test]
#[cfg(unix)]
fn nothing_is_written_through_a_link() {
    let (folder, outside) = (Folder::new(), Folder::new());
    std::os::unix::fs::symlink(outside.path(), folder.path().join(".github")).unwrap();
    let run = binary().run(folder.path(), ["init", "--ci", "github"]);
    assert_eq!(run.code, 2, "{}", run.out);
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn systems_with_one_file_get_a_snippet() {
    for (file, title) in [
        (".gitlab-ci.yml", "GitLab CI"),
        ("azure-pipelines.yml", "Azure Pipelines"),
        (".circleci/config.yml", "CircleCI"),
        ("bitbucket-pipelines.yml", "Bitbucket Pipelines"),
        ("Jenkinsfile", "Jenkins"),
        (".buildkite/pipeline.yml", "Buildkite"),
        (".woodpecker.yml", "Woodpecker"),
    ] {
        let folder = Folder::new();
        folder.write(file, "before\n");
        let run = binary().run(folder.path(), ["init"]);
        assert_eq!(run.code, 0, "{file}: {}", run.err);
        assert!(run.out.contains(&format!("{title}: put this into {file}:\n")), "{file}: {}", run.out);
        assert_eq!(read(&folder, file), "before\n");
    }
    let woodpecker = Folder::new();
    woodpecker.write(".woodpecker/test.yaml", "steps: []\n");
    assert_eq!(binary().run(woodpecker.path(), ["init"]).code, 0);
    assert!(read(&woodpecker, ".woodpecker/hallpass.yaml").contains("$$folder/hallpass"));
}

#[test]
fn snippets_are_pipelines_without_findings() {
    for (name, file) in [
        ("gitlab", ".gitlab-ci.yml"),
        ("azure", "azure-pipelines.yml"),
        ("woodpecker", ".woodpecker/hallpass.yaml"),
        ("buildkite", ".buildkite/pipeline.yml"),
    ] {
        let folder = Folder::new();
        let run = binary().run(folder.path(), ["init", "--dry-run", "--ci", name]);
        let shown = run.out.split(file).nth(1).unwrap();
        let text: String = shown
            .lines()
            .skip(1)
            .take_while(|line| line.is_empty() || line.starts_with("    "))
            .map(|line| format!("{}\n", line.get(4..).unwrap_or("")))
            .collect();
        folder.write(file, text);
        let check = binary().run(folder.path(), ["check", "--fail-on", "info"]);
        assert_eq!(check.code, 0, "{name}: {}{}", check.out, check.err);
    }
}

#[test]
fn the_remote_tells_the_forge_where_no_file_does() {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write(".git/config", "[remote \"origin\"]\n\turl = git@gitlab.com:acme/shop.git\n");
    let run = binary().run(folder.path(), ["init"]);
    assert!(run.err.contains("the git remote says GitLab CI"), "{}", run.err);
    assert!(run.out.contains("put this into .gitlab-ci.yml"), "{}", run.out);
    let bare = Folder::new();
    let run = binary().run(bare.path(), ["init"]);
    assert!(run.err.contains("name one with --ci"), "{}", run.err);
    assert!(bare.path().join("hallpass.toml").exists());
}

#[test]
fn the_sample_has_every_class_and_a_sound_twin() {
    let folder = Folder::new();
    let run = binary().run(folder.path(), ["init", "--sample", "org"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let faulty = binary().run(folder.path(), ["check", "org/faulty", "--report", "json"]);
    assert_eq!(faulty.code, 1, "{}", faulty.err);
    let findings = faulty.findings();
    for class in ["secret", "identity", "lifetime", "scope", "anonymous", "third-party", "governance"] {
        assert!(findings.iter().any(|f| f.starts_with(&format!("{class}/"))), "{class}: {findings:?}");
    }
    let hardcoded = findings.iter().filter(|f| f.starts_with("secret/hardcoded-credential")).count();
    assert_eq!(hardcoded, 2, "{findings:?}");
    let sound = binary().run(folder.path(), ["check", "org/sound", "--fail-on", "info"]);
    assert_eq!(sound.code, 0, "{}{}", sound.out, sound.err);
    // Another value each time, and never into a folder that holds something.
    let workflow = "org/faulty/.github/workflows/deploy.yml";
    let first = read(&folder, workflow);
    assert_eq!(binary().run(folder.path(), ["init", "--sample", "org"]).code, 2);
    assert_eq!(read(&folder, workflow), first);
    std::fs::create_dir(folder.path().join("other")).unwrap();
    assert_eq!(binary().run(folder.path(), ["init", "--sample", "other"]).code, 0);
    assert_ne!(read(&folder, &workflow.replace("org", "other")), first);
}

/// How often each rule of a class speaks.
fn counted(run: &hallpass_tests::binary::Run, class: &str) -> std::collections::BTreeMap<String, usize> {
    let mut counted = std::collections::BTreeMap::new();
    for finding in run.findings() {
        let rule = finding.split(' ').next().unwrap().to_owned();
        if rule.starts_with(class) {
            *counted.entry(rule).or_default() += 1;
        }
    }
    counted
}

#[test]
fn every_fault_of_governance_is_in_the_sample_once_and_none_in_its_twin() {
    let folder = Folder::new();
    assert_eq!(binary().run(folder.path(), ["init", "--sample", "org"]).code, 0);
    let all = binary().run(folder.path(), ["rules", "--json"]).json();
    let faulty = binary().run(folder.path(), ["check", "org/ungoverned", "--report", "json"]);
    let mut said = counted(&faulty, "governance/");
    // The change from one twin to the other weakens the guardrail, and what is only told of a change is told there.
    let repository = hallpass_tests::git::Repository::new();
    let files = |twin: &str| -> Vec<(String, String)> {
        [
            "CODEOWNERS",
            "hallpass.toml",
            "infra/main.tf",
            ".github/workflows/check.yml",
            ".github/workflows/deploy.yml",
        ]
        .map(|path| (path.to_owned(), read(&folder, &format!("org/{twin}/{path}"))))
        .to_vec()
    };
    for (day, twin) in [(1, "governed"), (2, "ungoverned")] {
        let files = files(twin);
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        repository.commit(day, &files);
    }
    let change = binary().run(repository.path(), ["check", "--base", "HEAD~1", "--report", "json"]);
    for (rule, _) in counted(&change, "governance/") {
        said.entry(rule).or_insert(1);
    }
    for rule in all.as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        if id.starts_with("governance/") {
            assert_eq!(said.get(id), Some(&1), "{id}: {said:?}");
        }
    }
    let sound = binary().run(folder.path(), ["check", "org/governed", "--fail-on", "info"]);
    assert_eq!(sound.code, 0, "{}{}", sound.out, sound.err);
    let audit = binary().run(folder.path(), ["inventory", "org/governed", "--fail-on-blank"]);
    assert_eq!(audit.code, 0, "{}", audit.out);
}
