//! The command line as a user meets it: exit codes, reports, configuration, fixes.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use hallpass_tests::binary::{Binary, Folder};

const OPEN: &str =
    "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";
const SOUND: &str =
    "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";
const PATH: &str = ".github/workflows/a.yml";

const FORMATS: [&str; 18] = [
    "pretty",
    "json",
    "sarif",
    "github",
    "gitlab-codequality",
    "gitlab-secrets",
    "gitlab-sast",
    "azure",
    "teamcity",
    "buildkite",
    "jenkins",
    "bitbucket",
    "junit",
    "checkstyle",
    "rdjson",
    "markdown",
    "html",
    "csv",
];

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

fn folder(workflow: &str) -> Folder {
    let folder = Folder::new();
    folder.write(PATH, workflow);
    folder
}

#[test]
fn exit_codes_are_the_same_in_every_format() {
    let open = folder(OPEN);
    let sound = folder(SOUND);
    let empty = Folder::new();
    for format in FORMATS {
        let code = |folder: &Folder, more: &[&str]| {
            binary().run(folder.path(), [&["check", ".", "--report", format], more].concat()).code
        };
        assert_eq!(code(&open, &[]), 1, "{format}");
        assert_eq!(code(&sound, &[]), 0, "{format}");
        assert_eq!(code(&empty, &[]), 3, "{format}");
        assert_eq!(code(&open, &["--exit-zero"]), 0, "{format}");
        assert_eq!(code(&open, &["--fail-on", "critical"]), 0, "{format}");
        assert_eq!(code(&open, &["--select", "lifetime"]), 0, "{format}");
        assert_eq!(code(&open, &["--ignore", "scope/admin-grant"]), 0, "{format}");
        assert_eq!(code(&open, &["--select", "nonsense"]), 2, "{format}");
        assert_eq!(code(&open, &["--today", "soon"]), 2, "{format}");
    }
    let unknown = binary().run(open.path(), ["check", ".", "--report", "morse"]);
    assert_eq!(unknown.code, 2);
    assert!(FORMATS.iter().all(|format| unknown.err.contains(format)), "{}", unknown.err);
    assert_eq!(binary().run(open.path(), ["check", "nowhere"]).code, 2);
    assert_eq!(binary().run(open.path(), ["chekc"]).code, 2);
}

#[test]
fn one_scan_writes_several_reports() {
    let folder = folder(OPEN);
    let run = binary().run(
        folder.path(),
        ["check", ".", "--report", "pretty", "--report", "json=r.json", "--report", "sarif=r.sarif"],
    );
    assert_eq!(run.code, 1);
    assert!(run.out.contains("high[scope/admin-grant]"), "{}", run.out);
    assert!(run.out.contains("1 finding (1 high) in 1 checked file"), "{}", run.out);
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(json["findings"][0]["place"]["line"], 2);
    let sarif: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("r.sarif")).unwrap()).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "scope/admin-grant");
    assert_eq!(result["properties"]["class"], "scope");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
}

#[test]
fn reports_do_not_get_into_each_others_way() {
    let folder = folder(OPEN);
    let run = |arguments: &[&str]| binary().run(folder.path(), [&["check", "."], arguments].concat());
    let both = run(&["--report", "json", "--report", "csv"]);
    assert_eq!(both.code, 2);
    assert!(both.err.contains("--report csv=FILE"), "{}", both.err);
    assert_eq!(run(&["--report", "json=a", "--report", "csv=a"]).code, 2);
    // What is written to files only leaves a word for whoever looks on.
    let file = run(&["--report", "json=r.json"]);
    assert_eq!((file.code, file.out.as_str()), (1, ""));
    assert!(file.err.contains("1 finding (1 high) in 1 checked file"), "{}", file.err);
}

#[test]
fn the_ci_system_gets_its_own_format() {
    let folder = folder(OPEN);
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        binary().run_within(folder.path(), [&["check", "."], arguments].concat(), b"", variables)
    };
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let github = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let annotated = run(&[], &github);
    assert!(annotated.out.contains("high[scope/admin-grant]"), "{}", annotated.out);
    assert!(annotated.out.contains("\n::error file=.github/workflows/a.yml,line=2,"), "{}", annotated.out);
    assert!(
        annotated.err.contains("GitHub Actions: its own format is added (--report github)"),
        "{}",
        annotated.err
    );
    let text = std::fs::read_to_string(&summary).unwrap();
    assert!(
        text.starts_with("before\n## hallpass\n") && text.contains("| high | `.github/workflows/a.yml:2` |"),
        "{text}"
    );
    let overridden = run(&["--report", "csv"], &github);
    assert!(!overridden.out.contains("::error"), "{}", overridden.out);
    let azure = run(&[], &[("TF_BUILD", "True")]);
    assert!(azure.out.contains("\n##vso[task.logissue type=error;"), "{}", azure.out);
    let gitlab = run(&[], &[("GITLAB_CI", "true")]);
    assert!(gitlab.err.contains("--report gitlab-codequality="), "{}", gitlab.err);
    let linked = [
        ("GITHUB_SERVER_URL", "https://github.example"),
        ("GITHUB_REPOSITORY", "octo/app"),
        ("GITHUB_SHA", "0123456789abcdef"),
    ];
    let link = "](https://github.example/octo/app/blob/0123456789abcdef/.github/workflows/a.yml#L2)";
    assert!(run(&["--report", "markdown"], &linked).out.contains(link));
}

#[test]
fn standard_input_is_checked_under_a_name() {
    let folder = Folder::new();
    let arguments = ["check", "-", "--stdin-filename", PATH, "--report", "json"];
    let run = binary().run_with(folder.path(), arguments, OPEN.as_bytes());
    assert_eq!(run.code, 1);
    assert_eq!(run.findings(), [format!("scope/admin-grant {PATH}:2")]);
    assert_eq!(binary().run_with(folder.path(), ["check", "-"], b"").code, 2);
    let outside = ["check", "-", "--stdin-filename", "../a.yml"];
    assert_eq!(binary().run_with(folder.path(), outside, b"").code, 2);
}

#[test]
fn an_unknown_key_is_an_error_with_place_and_nearest_name() {
    let folder = folder(SOUND);
    folder.write("hallpass.toml", "fail-on = \"high\"\n\n[ceilngs]\ncloud-session = \"1h\"\n");
    let run = binary().run(folder.path(), ["check", "."]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("hallpass.toml:3:"), "{}", run.err);
    assert!(run.err.contains("ceilngs") && run.err.contains("ceilings"), "{}", run.err);
}

#[test]
fn a_configuration_sets_what_fails() {
    let folder = folder(OPEN);
    folder.write("hallpass.toml", "fail-on = \"critical\"\n");
    assert_eq!(binary().run(folder.path(), ["check", "."]).code, 0);
    assert_eq!(binary().run(folder.path(), ["check", ".", "--fail-on", "high"]).code, 1);
}

#[test]
fn the_configuration_that_was_used_is_named() {
    let folder = folder(SOUND);
    let shown = |more: &[&str]| binary().run(folder.path(), [&["check", "."], more].concat());
    assert!(shown(&["-v"]).out.contains("configuration: none\n"));
    assert!(shown(&["--report", "json"]).json()["config"].is_null());
    folder.write("hallpass.toml", "");
    assert!(shown(&["-v"]).out.contains("configuration: hallpass.toml\n"));
    folder.write("policy/own.toml", "");
    let run = shown(&["--report", "json", "--config", "policy/own.toml"]);
    assert_eq!(run.json()["config"], "policy/own.toml");
}

#[test]
fn strict_makes_the_unknown_count() {
    let folder = Folder::new();
    folder.write(
        "main.tf",
        "variable \"policy\" {}\nresource \"aws_iam_policy\" \"p\" {\n  name   = \"p\"\n  policy = var.policy\n}\n",
    );
    assert_eq!(binary().run(folder.path(), ["check", "."]).code, 0);
    let strict = binary().run(folder.path(), ["check", ".", "--strict", "-v"]);
    assert_eq!(strict.code, 1, "{}", strict.out);
    assert!(strict.out.contains("unknown: main.tf:"), "{}", strict.out);
    assert!(strict.out.contains("; --strict counts 1 unknown value as findings"), "{}", strict.out);
    let report = binary().run(folder.path(), ["check", ".", "--strict", "--report", "json"]).json();
    assert_eq!(report["strict"], serde_json::json!({"unknown": 1, "failed": 0, "warnings": 0}));
}

#[test]
fn a_fix_is_shown_then_applied_then_gone() {
    let before = "on: push\npermissions: {contents: read}\njobs:\n  a:\n    runs-on: x\n    permissions:\n      id-token: write\n    \
                  steps:\n      # how long the session lasts\n      - uses: aws-actions/configure-aws-credentials@7474bc4690e29a8392af63c5b98e7449536d5c3a\n        \
                  with:\n          role-to-assume: arn:aws:iam::111122223333:role/a\n          role-duration-seconds: 43200 # half a day\n          aws-region: eu-west-1\n";
    let folder = folder(before);
    let shown = binary().run(folder.path(), ["check", ".", "--diff"]);
    assert!(shown.out.contains("-          role-duration-seconds: 43200 # half a day"), "{}", shown.out);
    assert!(shown.out.contains("+          role-duration-seconds: 3600 # half a day"), "{}", shown.out);
    assert_eq!(std::fs::read_to_string(folder.path().join(PATH)).unwrap(), before, "--diff changes nothing");

    let fixed = binary().run(folder.path(), ["check", ".", "--fix", "--select", "lifetime/above-ceiling"]);
    assert_eq!(fixed.code, 0, "{}{}", fixed.out, fixed.err);
    let after = std::fs::read_to_string(folder.path().join(PATH)).unwrap();
    assert_eq!(after, before.replace("43200", "3600"));
    let left: Vec<String> = std::fs::read_dir(folder.path().join(".github/workflows"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, ["a.yml"], "nothing is left beside the file");
}

#[test]
fn a_value_from_tfvars_is_found_where_it_is_written() {
    let folder = Folder::new();
    folder.write(
        "infra/main.tf",
        "variable \"hours\" {}\nmodule \"m\" {\n  source  = \"./m\"\n  seconds = var.hours\n}\n",
    );
    folder.write("infra/m/main.tf", "variable \"seconds\" {}\nresource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  max_session_duration = var.seconds\n  assume_role_policy = jsonencode({Statement = []})\n}\n");
    folder.write("infra/terraform.tfvars", "# how long\nhours = 43200\n");
    let run =
        binary().run(folder.path(), ["check", ".", "--report", "json", "--select", "lifetime/above-ceiling"]);
    assert_eq!(run.findings(), ["lifetime/above-ceiling infra/terraform.tfvars:2"]);
    let report = run.json();
    let related: Vec<&str> = report["findings"][0]["related"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["place"]["path"].as_str().unwrap())
        .collect();
    assert!(related.contains(&"infra/m/main.tf") && related.contains(&"infra/main.tf"), "{related:?}");
}

#[test]
fn why_says_what_met_on_a_line() {
    let folder = folder(OPEN);
    let run = binary().run(folder.path(), ["why", &format!("{PATH}:2")]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("read by github-actions"), "{}", run.out);
    assert!(run.out.contains("grant {"), "{}", run.out);
    assert!(run.out.contains("high scope/admin-grant"), "{}", run.out);
    assert_eq!(binary().run(folder.path(), ["why", &format!("{PATH}:999")]).code, 2);
    assert_eq!(binary().run(folder.path(), ["why", PATH]).code, 2);
}

#[test]
fn the_module_imports_nothing() {
    let folder = Folder::new();
    let run = binary().run(folder.path(), ["plugin", "inspect"]);
    assert!(run.out.contains("imports: none"), "{}", run.out);
    assert!(run.out.contains("exports: hallpass:rules/checker@0.1.0"), "{}", run.out);
    let exported = binary().run(folder.path(), ["plugin", "export", "rules.wasm"]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    let again = binary().run(folder.path(), ["plugin", "inspect", "rules.wasm"]);
    assert_eq!(again.out, run.out);
    assert_eq!(
        binary().run(folder.path(), ["plugin", "export", "rules.wasm"]).code,
        2,
        "an existing file is kept"
    );
}

#[test]
fn pages_lists_and_schemas_are_printed() {
    let folder = Folder::new();
    let page = binary().run(folder.path(), ["explain", "scope/admin-grant"]);
    assert!(page.out.contains("## What it catches") && page.out.contains("## Blind spots"), "{}", page.out);
    assert_eq!(binary().run(folder.path(), ["explain", "no/rule"]).code, 2);
    for (word, hint) in [
        ("scope/admin-grnat", "did you mean `scope/admin-grant`?"),
        ("admin-grant", "did you mean `scope/admin-grant`?"),
        ("anonymous", "name one: anonymous/endpoint, anonymous/principal"),
    ] {
        let run = binary().run(folder.path(), ["explain", word]);
        assert!(run.code == 2 && run.err.contains(hint), "{word}: {}", run.err);
    }
    let rules = binary().run(folder.path(), ["rules", "--json"]);
    assert!(rules.json().as_array().unwrap().len() >= 12);
    for name in ["facts", "config"] {
        let schema = binary().run(folder.path(), ["schema", name]);
        assert!(schema.json()["$schema"].is_string(), "{name}");
    }
    let selftest = binary().run(folder.path(), ["selftest"]);
    assert_eq!(selftest.code, 0, "{}{}", selftest.out, selftest.err);
}

#[test]
fn a_waiver_in_place_silences_and_a_bad_one_does_not() {
    let good = OPEN.replace(
        "permissions:",
        "# hallpass: allow(scope/admin-grant) until=2026-12-31 owner=team-a reason=\"being split up\"\npermissions:",
    );
    let folder = folder(&good);
    let arguments = ["check", ".", "--report", "json", "--today", "2026-11-24"];
    let run = binary().run(folder.path(), arguments);
    assert_eq!(run.code, 0, "{:?}", run.findings());
    assert_eq!(run.json()["waived"].as_array().unwrap().len(), 1);
    folder.write(PATH, good.replace(" owner=team-a", ""));
    let run = binary().run(folder.path(), arguments);
    assert_eq!(run.code, 1);
    let rules: Vec<String> = run.findings().iter().map(|f| f.split(' ').next().unwrap().to_owned()).collect();
    assert!(rules.contains(&"governance/waiver-incomplete".to_owned()), "{rules:?}");
    assert!(rules.contains(&"scope/admin-grant".to_owned()), "{rules:?}");
}

#[test]
fn a_fix_mends_every_place_of_a_cause() {
    let step = "      - uses: actions/checkout@7474bc4690e29a8392af63c5b98e7449536d5c3a\n        with: { persist-credentials: true }\n";
    let workflow = format!(
        "on: push\npermissions: {{contents: read}}\njobs:\n  a:\n    runs-on: x\n    steps:\n{step}      - run: make\n{step}{step}"
    );
    let folder = folder(&workflow);
    let only = ["check", ".", "--select", "secret/persisted-credential", "--fail-on", "low"];
    let report = binary().run(folder.path(), [&only[..], &["--report", "json"]].concat()).json();
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1), "one cause");
    assert_eq!(report["findings"][0]["places"].as_array().map(Vec::len), Some(2), "two more places");
    let fixed = binary().run(folder.path(), [&only[..], &["--fix"]].concat());
    assert_eq!(fixed.code, 0, "{}{}", fixed.out, fixed.err);
    let after = std::fs::read_to_string(folder.path().join(PATH)).unwrap();
    assert_eq!(after.matches("persist-credentials: false").count(), 3, "{after}");
}

#[test]
fn debug_tracing_is_switched_off() {
    let workflow = SOUND.replace("jobs:", "env:\n  ACTIONS_STEP_DEBUG: true\njobs:");
    let folder = folder(&workflow);
    let fixed = binary().run(folder.path(), ["check", ".", "--fix"]);
    assert_eq!(fixed.code, 0, "{}{}", fixed.out, fixed.err);
    let after = std::fs::read_to_string(folder.path().join(PATH)).unwrap();
    assert_eq!(after, workflow.replace("DEBUG: true", "DEBUG: false"));
}

#[test]
fn one_policy_is_one_rule_and_one_message_in_every_carrier() {
    let folder = Folder::new();
    folder.write(
        "encoded/main.tf",
        "resource \"aws_iam_policy\" \"all\" {\n  policy = jsonencode({\n    Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }]\n  })\n}\n",
    );
    folder.write(
        "document/main.tf",
        "data \"aws_iam_policy_document\" \"all\" {\n  statement {\n    actions   = [\"*\"]\n    resources = [\"*\"]\n  }\n}\n\
         resource \"aws_iam_policy\" \"all\" {\n  policy = data.aws_iam_policy_document.all.json\n}\n",
    );
    folder.write(
        "k8s/policy.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: policy\ndata:\n  policy.json: |\n    \
         { \"Statement\": { \"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": [\"*\"] } }\n",
    );
    let run = binary().run(folder.path(), ["check", ".", "--select", "scope", "--report", "json"]);
    let places = ["document/main.tf:2", "encoded/main.tf:3", "k8s/policy.yaml:7"];
    assert_eq!(run.findings(), places.map(|place| format!("scope/admin-grant {place}")));
    let report = run.json();
    let messages: std::collections::BTreeSet<&str> =
        report["findings"].as_array().unwrap().iter().filter_map(|f| f["message"].as_str()).collect();
    assert_eq!(messages.len(), 1, "{messages:#?}");
}

#[test]
fn what_people_write_out_of_habit_is_understood() {
    let folder = folder(OPEN);
    let run = |arguments: &[&str]| binary().run(folder.path(), arguments);
    let plain = run(&["check", "."]);
    for format in ["--format", "--output-format"] {
        let json = run(&["check", ".", format, "json"]);
        assert_eq!(json.findings(), ["scope/admin-grant .github/workflows/a.yml:2"], "{}", json.err);
    }
    assert_eq!(run(&["check", ".", "-vv"]).out, run(&["check", ".", "-v"]).out);
    let quiet = run(&["check", ".", "-q"]);
    assert_eq!(quiet.code, 1);
    assert!(
        quiet.out.contains("high[scope/admin-grant]") && !quiet.out.contains("checked file"),
        "{}",
        quiet.out
    );
    let never = run(&["check", ".", "--color", "never"]);
    assert_eq!((never.code, never.out.as_str()), (1, plain.out.as_str()));
    assert!(run(&["--color=always", "check", "."]).out.contains("\u{1b}["));
    let help = run(&["help", "check"]);
    assert!(help.code == 0 && help.out.contains("--report"), "{}{}", help.out, help.err);
    let unknown = run(&["check", "--foo"]);
    assert_eq!(unknown.code, 2);
    assert!(!unknown.err.contains("as a value"), "{}", unknown.err);
    let similar = run(&["check", "--basee", "main"]);
    assert!(similar.err.contains("'--base'"), "{}", similar.err);
}

#[test]
fn a_variable_that_nobody_reads_is_named() {
    let folder = folder(OPEN);
    let run = |variables: &[(&str, &str)]| binary().run_within(folder.path(), ["check", "."], b"", variables);
    let told = run(&[("HALLPASS_FAILON", "critical")]);
    assert_eq!(told.code, 1);
    assert!(told.err.contains("HALLPASS_FAILON is no variable of hallpass"), "{}", told.err);
    assert!(told.err.contains("did you mean HALLPASS_FAIL_ON?"), "{}", told.err);
    let silent = run(&[("HALLPASS_FAIL_ON", "low"), ("HALLPASS_VERSION", "0.1.0"), ("HALLPASS_BASE", "")]);
    assert_eq!(silent.err, "");
}

#[test]
fn shells_are_told_formats_and_rules() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish", "nushell"] {
        let script = binary().run(folder.path(), ["completions", shell]);
        assert_eq!(script.code, 0, "{shell}: {}", script.err);
        // Elvish's scripts name options only.
        let told = ["gitlab-codequality", "scope/admin-grant"].iter().all(|value| script.out.contains(value));
        assert!(told || matches!(shell, "powershell" | "elvish"), "{shell}");
    }
}

#[test]
fn fixes_are_counted_before_they_are_made() {
    let folder = Folder::new();
    let role = "resource \"aws_iam_role\" \"r\" {\n  name                 = \"r\"\n  max_session_duration = 43200\n}\n";
    folder.write("a.tf", role);
    let run = |arguments: &[&str]| binary().run(folder.path(), [&["check", "."], arguments].concat());
    assert!(run(&[]).out.contains("; `--fix` mends 1"), "{}", run(&[]).out);
    assert!(run(&["--fix"]).err.contains("fixed 1 of 1 finding in 1 file"));
    assert!(!run(&[]).out.contains("mends"));
    // What is not read to its end is not mended.
    folder.write("a.tf", format!("{role}}}}}}}{{\n"));
    assert!(!run(&[]).out.contains("mends"), "{}", run(&[]).out);
    folder.write("a.tf", role);
    let baseline = |action: &str| binary().run(folder.path(), ["baseline", action]).err;
    let written = baseline("write");
    folder.write("a.tf", "");
    assert!(written.contains("findings are in") || written.contains("1 finding is in"), "{written}");
    assert!(baseline("check").contains(" meet"), "{}", baseline("check"));
}

#[test]
fn the_page_marks_what_was_found_and_links_it() {
    let folder = folder(OPEN);
    let variables = [
        ("GITHUB_SERVER_URL", "https://github.example"),
        ("GITHUB_REPOSITORY", "octo/app"),
        ("GITHUB_SHA", "0123abcd"),
    ];
    let page = binary().run_within(folder.path(), ["check", ".", "--report", "html"], b"", &variables).out;
    assert!(page.contains("permissions: <mark>write-all</mark>"), "{page}");
    assert!(page.contains(&format!("https://github.example/octo/app/blob/0123abcd/{PATH}#L2")), "{page}");
    assert!(page.contains("<title>hallpass: 1 finding</title>"));
}
