//! `--import FILE.sarif`: what other tools found, on the way of our own findings.

#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

use hallpass_rules::detect::canary;
use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::Repository;
use serde_json::{Value, json};

const WORKFLOW: &str = "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: x\n    steps:\n      \
                        - uses: acme/build@0123456789abcdef0123456789abcdef01234567\n      - run: echo ${{ github.ref }}\n";
const PATH: &str = ".github/workflows/a.yml";
const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b\"\n}\n";

/// As zizmor writes it: ids with the tool's name, no score, columns.
fn zizmor() -> Value {
    json!({
        "$schema": "https://example.com/sarif-2.1.0.json", "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "zizmor", "semanticVersion": "1.9.0", "informationUri": "https://docs.zizmor.sh",
                "rules": [{"id": "zizmor/template-injection", "name": "template-injection",
                    "help": {"text": "code injection via template expansion"},
                    "helpUri": "https://docs.zizmor.sh/audits/#template-injection"}]}},
            "invocations": [{"executionSuccessful": true}],
            "results": [{
                "ruleId": "zizmor/template-injection", "kind": "fail", "level": "error",
                "message": {"text": "code injection via template expansion"},
                "locations": [{"logicalLocations": [{"properties": {"symbolic": {}}}],
                    "physicalLocation": {"artifactLocation": {"uri": PATH},
                        "region": {"startLine": 9, "startColumn": 19, "endLine": 9, "endColumn": 35,
                            "sourceLanguage": "yaml", "snippet": {"text": "x"}}},
                    "message": {"text": "may expand into attacker-controllable code"}}],
                "partialFingerprints": {"zizmor/v0": "a"}, "properties": {"zizmor/severity": "High"}}]
        }]
    })
}

/// As checkov writes it: whole blocks, addresses relative to a base, scores in rules.
fn checkov() -> Value {
    json!({
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "Checkov", "version": "3.2.0", "rules": [
                {"id": "CKV_AWS_20", "shortDescription": {"text": "S3 Bucket has an ACL"},
                 "defaultConfiguration": {"level": "error"}, "properties": {"security-severity": "9.1"}},
                {"id": "CKV_AWS_18", "shortDescription": {"text": "Ensure access logging"},
                 "defaultConfiguration": {"level": "note"}}]}},
            "originalUriBaseIds": {"REPO": {"uri": "infra/"}},
            "results": [
                {"ruleId": "CKV_AWS_20", "ruleIndex": 0, "message": {"text": "S3 Bucket has an ACL"},
                 "locations": [{"physicalLocation": {"artifactLocation": {"uri": "main.tf", "uriBaseId": "REPO"},
                     "region": {"startLine": 1, "endLine": 3}}}]},
                {"ruleId": "CKV_AWS_18", "ruleIndex": 1, "message": {"text": "Ensure access logging"},
                 "suppressions": [{"kind": "inSource", "justification": "a log bucket"}],
                 "locations": [{"physicalLocation": {"artifactLocation": {"uri": "main.tf", "uriBaseId": "REPO"},
                     "region": {"startLine": 1, "endLine": 3}}}]}]
        }]
    })
}

fn tree() -> Folder {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write(PATH, WORKFLOW);
    folder.write("infra/main.tf", BUCKET);
    folder.write(".git/zizmor.sarif", zizmor().to_string());
    folder.write(".git/checkov.sarif", checkov().to_string());
    folder
}

const BOTH: [&str; 4] = ["--import", ".git/zizmor.sarif", "--import", ".git/checkov.sarif"];

fn run(folder: &Folder, arguments: &[&str]) -> Run {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test")).run(folder.path(), arguments)
}

fn check(folder: &Folder, arguments: &[&str]) -> Run {
    run(folder, &[&["check", "--today", "2026-11-24", "--report", "json"], arguments].concat())
}

/// What other tools found.
fn theirs(run: &Run) -> Vec<String> {
    let is_theirs =
        |f: &String| f.starts_with("zizmor/") || f.starts_with("checkov/") || f.starts_with("odd/");
    run.findings().into_iter().filter(is_theirs).collect()
}

fn print(run: &Run, rule: &str) -> String {
    let report = run.json();
    let all = report["findings"].as_array().unwrap();
    let found = all.iter().find(|f| f["rule"] == rule).unwrap_or_else(|| panic!("{rule}: {report}"));
    found["fingerprint"].as_str().unwrap().to_owned()
}

const ALL: [&str; 2] =
    ["zizmor/template-injection .github/workflows/a.yml:9", "checkov/CKV_AWS_20 infra/main.tf:1"];

#[test]
fn findings_of_two_tools_stand_beside_ours() {
    let folder = tree();
    assert_eq!(check(&folder, &[]).code, 0);
    let both = check(&folder, &BOTH);
    assert_eq!((both.code, theirs(&both)), (1, ALL.map(str::to_owned).to_vec()), "{}", both.err);
    let report = both.json();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!((&findings[0]["severity"], &findings[0]["place"]["column"]), (&json!("high"), &json!(19)));
    assert_eq!(findings[0]["help"], "see https://docs.zizmor.sh/audits/#template-injection");
    assert_eq!(findings[1]["severity"], "critical");
    assert_eq!(report["imported"][1]["tool"], "Checkov");
    let waived = report["waived"].as_array().unwrap();
    assert_eq!(waived.len(), 1);
    assert_eq!(
        (&waived[0]["rule"], &waived[0]["waived_by"]),
        (&json!("checkov/CKV_AWS_18"), &json!("suppressed by Checkov: a log bucket"))
    );
    let pretty = run(&folder, &[&["check", "--today", "2026-11-24"][..], &BOTH].concat());
    assert!(
        pretty.out.contains("high[zizmor/template-injection]: code injection via template expansion"),
        "{}",
        pretty.out
    );
    // They count for the exit code as ours do.
    assert_eq!(check(&folder, &["--import", ".git/zizmor.sarif", "--fail-on", "critical"]).code, 0);
    assert_eq!(check(&folder, &["--import", ".git/checkov.sarif", "--fail-on", "critical"]).code, 1);
    assert_eq!(theirs(&check(&folder, &[&["infra"][..], &BOTH].concat())), ALL[1..]);
}

#[test]
fn a_report_names_the_tool_of_each() {
    let folder = tree();
    let sarif =
        run(&folder, &[&["check", "--today", "2026-11-24", "--report", "sarif"][..], &BOTH].concat()).json();
    let run = &sarif["runs"][0];
    let extensions = run["tool"]["extensions"].as_array().unwrap();
    assert_eq!((&extensions[0]["name"], &extensions[0]["version"]), (&json!("zizmor"), &json!("1.9.0")));
    assert_eq!(extensions[1]["rules"][1]["shortDescription"]["text"], "S3 Bucket has an ACL");
    let results = run["results"].as_array().unwrap();
    let tools: Vec<_> = results
        .iter()
        .map(|r| {
            (r["ruleId"].as_str().unwrap(), r["rule"]["toolComponent"]["name"].as_str().unwrap_or("hallpass"))
        })
        .collect();
    assert_eq!(
        tools,
        [
            ("zizmor/template-injection", "zizmor"),
            ("checkov/CKV_AWS_20", "Checkov"),
            ("checkov/CKV_AWS_18", "Checkov")
        ]
    );
    assert_eq!(results[2]["suppressions"][0]["justification"], "suppressed by Checkov: a log bucket");
    for format in [
        "csv",
        "junit",
        "checkstyle",
        "rdjson",
        "github",
        "gitlab-sast",
        "markdown",
        "html",
        "jenkins",
        "azure",
    ] {
        let out = self::run(
            &folder,
            &[&["check", "--today", "2026-11-24", "--report", format][..], &BOTH].concat(),
        )
        .out;
        assert!(out.contains("CKV_AWS_20") && out.contains("template"), "{format}: {out}");
    }
}

#[test]
fn a_waiver_holds_when_lines_move_and_ends_with_the_line() {
    let folder = tree();
    let print = print(&check(&folder, &BOTH), "zizmor/template-injection");
    let row = |rule: &str| {
        format!(
            "[[waiver]]\nrule = \"{rule}\"\nfingerprint = \"{print}\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-12-24\n"
        )
    };
    folder.write("hallpass.toml", row("zizmor/template-injection"));
    assert_eq!(theirs(&check(&folder, &BOTH)), ALL[1..]);
    // Further down, and indented otherwise.
    let moved = WORKFLOW.replace("on: push\n", "# a\n# b\non: push\n");
    folder.write(PATH, &moved);
    let mut later = zizmor();
    let region = later.pointer_mut("/runs/0/results/0/locations/0/physicalLocation/region").unwrap();
    (region["startLine"], region["endLine"]) = (json!(11), json!(11));
    folder.write(".git/zizmor.sarif", later.to_string());
    let moved_on = check(&folder, &BOTH);
    assert_eq!(theirs(&moved_on), ALL[1..], "{}", moved_on.out);
    assert!(!moved_on.out.contains("governance/waiver"), "{}", moved_on.out);
    // Another line is another finding, and the waiver is needed no more.
    folder.write(PATH, moved.replace("github.ref", "github.rex"));
    let other = check(&folder, &BOTH);
    assert_eq!(theirs(&other).len(), 2);
    assert!(other.out.contains("matches no finding"), "{}", other.out);
    // Where the tool has no say, that is the reason.
    let unheard = check(&folder, &[]);
    assert!(
        unheard.out.contains("accepts nothing: no rule has that name, and no report of `zizmor` is imported"),
        "{}",
        unheard.out
    );
    assert!(unheard.out.contains("governance/waiver-unused"), "{}", unheard.out);
    folder.write("hallpass.toml", row("secrt/template-injection"));
    assert!(check(&folder, &BOTH).out.contains("governance/waiver-incomplete"));
}

#[test]
fn a_comment_a_row_by_command_and_a_baseline_accept_them() {
    let folder = tree();
    folder.write(
        PATH,
        WORKFLOW.replace(
            "      - run",
            "      # hallpass: allow(zizmor/template-injection) until=2026-12-24 owner=o reason=r\n      - run",
        ),
    );
    let mut later = zizmor();
    let region = later.pointer_mut("/runs/0/results/0/locations/0/physicalLocation/region").unwrap();
    (region["startLine"], region["endLine"]) = (json!(10), json!(10));
    folder.write(".git/zizmor.sarif", later.to_string());
    let run_of = check(&folder, &BOTH);
    assert_eq!(theirs(&run_of), ALL[1..], "{}", run_of.out);
    let print = print(&run_of, "checkov/CKV_AWS_20");
    let fixed = ["--owner", "o", "--reason", "r", "--until", "2026-12-24", "--today", "2026-11-24"];
    let waived = run(&folder, &[&["waive", &print], &fixed[..], &BOTH].concat());
    assert_eq!(waived.code, 0, "{}", waived.err);
    assert_eq!(theirs(&check(&folder, &BOTH)), [""; 0]);
    folder.write("hallpass.toml", "");
    assert_eq!(run(&folder, &[&["baseline", "write", "--today", "2026-11-24"][..], &BOTH].concat()).code, 0);
    let held = check(&folder, &[&["--baseline", ".hallpass-baseline"][..], &BOTH].concat());
    assert_eq!((theirs(&held), &held.json()["baseline"]["held"]), (Vec::new(), &json!(1)));
    assert_eq!(run(&folder, &[&["baseline", "check", "--today", "2026-11-24"][..], &BOTH].concat()).code, 0);
}

#[test]
fn a_change_is_answerable_for_the_lines_it_brings() {
    let repository = Repository::new();
    repository.commit(1, &[(PATH, WORKFLOW), ("infra/main.tf", "# nothing\n")]);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    repository
        .commit(2, &[(PATH, &WORKFLOW.replace("on: push", "# a\non: push")), ("infra/main.tf", BUCKET)]);
    let folder = repository.folder();
    let mut later = zizmor();
    let region = later.pointer_mut("/runs/0/results/0/locations/0/physicalLocation/region").unwrap();
    (region["startLine"], region["endLine"]) = (json!(10), json!(10));
    folder.write(".git/zizmor.sarif", later.to_string());
    folder.write(".git/checkov.sarif", checkov().to_string());
    let run = check(folder, &[&["--base", "main"][..], &BOTH].concat());
    assert_eq!(theirs(&run), ALL[1..], "{}", run.err);
    let report = run.json();
    assert_eq!((&report["change"]["known"], &report["findings"][0]["state"]), (&json!(1), &json!("new")));
    assert_eq!(report["waived"].as_array().unwrap().len(), 1, "what its tool suppresses stays so");
}

/// A tool with one result.
fn odd(result: Value) -> Value {
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "odd"}}, "results": [result]}]})
}

fn at(uri: &str) -> Value {
    json!([{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 9}}}])
}

#[test]
fn what_is_not_of_this_tree_is_told_and_strict_objects() {
    let folder = tree();
    let root = folder.path().canonicalize().unwrap();
    let inside = format!("file://{}/infra/main.tf", root.display());
    for (uri, inside) in [
        (inside.as_str(), true),
        ("./infra/../infra/main.tf", true),
        ("infra/gone.tf", true),
        ("../other/main.tf", false),
        ("%2e%2e/%2E%2E/etc/passwd", false),
        ("file:///etc/passwd", false),
        ("/etc/passwd", false),
        ("https://example.com/main.tf", false),
        ("infra/\u{0}main.tf", false),
    ] {
        folder.write(
            ".git/odd.sarif",
            odd(json!({"ruleId": "r", "message": {"text": "m"}, "locations": at(uri)})).to_string(),
        );
        let run = check(&folder, &["--import", ".git/odd.sarif"]);
        assert_eq!(theirs(&run).len(), usize::from(inside), "{uri}: {}", run.out);
        let told = run.out.contains("import .git/odd.sarif: 1 result is left out, not about this tree");
        assert_eq!(told, !inside, "{uri}: {}", run.out);
        assert_eq!(check(&folder, &["--import", ".git/odd.sarif", "--strict"]).code, 1, "{uri}");
    }
    folder.write(".git/odd.sarif", odd(json!({"ruleId": "r", "message": {"text": "m"}})).to_string());
    let run = check(&folder, &["--import", ".git/odd.sarif"]);
    assert!(run.out.contains("1 result is left out, no file is named"), "{}", run.out);
}

#[test]
fn no_word_of_a_file_shows_a_secret_or_commands_a_log() {
    let folder = tree();
    let token = canary("github-pat", 7).unwrap().text;
    let pass = canary("github-pat", 8).unwrap().text;
    folder.write("deploy.sh", format!("curl -H 'token: {token}' x\n"));
    let text =
        format!("\u{1b}[2Jfound {token} and {pass}\u{0}\n::error::owned ##vso[task.setvariable]x <script>");
    let mut log = odd(json!({
        "ruleId": format!("r\n::error::{pass}"), "message": {"text": text}, "partialFingerprints": {"a": token},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "deploy.sh"}, "region": {"startLine": 1}}}],
        "relatedLocations": [{"message": {"text": text}, "physicalLocation":
            {"artifactLocation": {"uri": "infra/main.tf"}, "region": {"startLine": 1}}}]}));
    log["runs"][0]["tool"]["driver"] = json!({"name": "odd\u{1b}", "version": text, "informationUri": "javascript:alert(1)",
        "rules": [{"id": "x", "shortDescription": {"text": text}}]});
    folder.write(".git/odd.sarif", log.to_string());
    for format in [
        "pretty",
        "json",
        "sarif",
        "github",
        "azure",
        "teamcity",
        "html",
        "markdown",
        "csv",
        "junit",
        "gitlab-sast",
    ] {
        let run = run(
            &folder,
            &["check", "--today", "2026-11-24", "--report", format, "--import", ".git/odd.sarif", "-v"],
        );
        assert_eq!(run.code, 1, "{format}: {}", run.err);
        assert!(run.out.contains("odd/r"), "{format}: {}", run.out);
        for secret in [&token, &pass] {
            assert!(
                !run.out.contains(secret.as_str()) && !run.err.contains(secret.as_str()),
                "{format}: {}",
                run.out
            );
        }
        assert!(!run.out.contains('\u{1b}') && !run.out.contains('\u{0}'), "{format}: {}", run.out);
        let commanded = run.out.lines().any(|line| line.trim_start().starts_with("::error::owned"));
        assert!(!commanded && !run.out.contains("##vso[task.set"), "{format}: {}", run.out);
        assert!(!run.out.contains("javascript:"), "{format}");
    }
}

#[test]
fn a_file_that_is_none_ends_the_run() {
    let folder = tree();
    let report = run(&folder, &["check", "--today", "2026-11-24", "--report", "sarif"]).out;
    for (text, said) in [
        ("not json\n".to_owned(), "--import .git/odd.sarif:1:2: not JSON"),
        (
            "{\"version\": \"2.1.0\",\n".to_owned(),
            "--import .git/odd.sarif:2:1: the file ends in the middle of JSON",
        ),
        ("{}".to_owned(), "--import .git/odd.sarif: no SARIF: it has no `version` that says 2.1.0"),
        (json!({"version": "1.0.0", "runs": []}).to_string(), "SARIF of version 1.0.0, and 2.1.0 is read"),
        (odd(json!({"message": 7})).to_string(), "not what SARIF has there, which is an object"),
        (
            json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "…"}}, "results": []}]})
                .to_string(),
            "its tool has no name of letters or digits",
        ),
        (report, "it is a report of hallpass"),
        (
            format!(
                "{{\"version\": \"2.1.0\", \"runs\": [{{\"results\": [{}]}}]}}",
                vec!["{}"; 100_001].join(",")
            ),
            "more than 100000 in one list",
        ),
    ] {
        folder.write(".git/odd.sarif", text);
        let run = check(&folder, &["--import", ".git/odd.sarif"]);
        let line = run.err.lines().next().unwrap_or_default();
        assert!(run.code == 2 && run.err.contains(said), "{said}: {line}");
    }
    let missing = check(&folder, &["--import", ".git/none.sarif"]);
    assert!(
        missing.code == 2 && missing.err.contains("--import .git/none.sarif: it does not exist"),
        "{}",
        missing.err
    );
    let fix = check(&folder, &["--import", ".git/zizmor.sarif", "--fix"]);
    assert!(fix.code == 2 && fix.err.contains("cannot be used with"), "{}", fix.err);
}
