//! A hostile third-party module cannot stop a run, exceed its memory, forge a rule or leak text.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::PathBuf;
use std::process::Command;

use hallpass_tests::binary::{Binary, Folder, Run};

const WORKFLOW: &str = "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      DEPLOY_TOKEN: SECRET\n    steps:\n      - run: echo\n";

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

/// Builds the module that misbehaves in one way and packs it as a component.
fn module(way: &str, folder: &Folder) -> PathBuf {
    build("hallpass-hostile-plugin", "hallpass_hostile_plugin", Some(way), folder)
}

fn build(package: &str, artefact: &str, feature: Option<&str>, folder: &Folder) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf();
    // Where the rule module is built, and as it is: the crates that both need are compiled once.
    let target = PathBuf::from(env!("CARGO_BIN_EXE_hallpass-under-test"));
    let target = target.ancestors().nth(2).unwrap().join("module");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(&root)
        .args([
            "build",
            "--locked",
            "--quiet",
            "--profile",
            "module",
            "--target",
            "wasm32-unknown-unknown",
            "--package",
            package,
        ])
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTFLAGS", format!("-C target-feature=+simd128 --remap-path-prefix={}=", root.display()))
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    if let Some(feature) = feature {
        cargo.args(["--features", feature]);
    }
    // One build at a time: the ways share an artefact's name.
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let core = target.join(format!("wasm32-unknown-unknown/module/{artefact}.wasm"));
    let component = folder.path().join(format!("{}.wasm", feature.unwrap_or(package)));
    let packed = binary().run(
        folder.path(),
        ["plugin".into(), "pack".into(), core.into_os_string(), component.clone().into_os_string()],
    );
    assert_eq!(packed.code, 0, "{}", packed.err);
    component
}

fn check(way: &str) -> (Folder, Run) {
    let modules = Folder::new();
    let component = module(way, &modules);
    let folder = Folder::new();
    folder.write(".github/workflows/a.yml", WORKFLOW);
    let arguments = ["check", ".", "--report", "json", "--plugin"].map(std::ffi::OsString::from);
    let run = binary().run(folder.path(), arguments.into_iter().chain([component.into_os_string()]));
    (folder, run)
}

/// Our own finding is there, and the module's fault is named.
fn survived(run: &Run, trouble: &str) {
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(
        run.findings().iter().any(|f| f == "scope/admin-grant .github/workflows/a.yml:2"),
        "{:?}",
        run.findings()
    );
    let report = run.json();
    let troubles = report["troubles"].as_array().unwrap();
    assert!(
        troubles.iter().any(|t| t.as_str().unwrap().contains(trouble)),
        "{troubles:?} do not say `{trouble}`"
    );
}

#[test]
fn endless_loop_is_stopped() {
    let (_, run) = check("endless-loop");
    survived(&run, "stopped after");
}

#[test]
fn memory_hog_is_stopped() {
    let (_, run) = check("memory-hog");
    survived(&run, "memory limit");
}

#[test]
fn trap_is_contained() {
    let (_, run) = check("trap");
    survived(&run, "fault inside the module");
}

#[test]
fn spans_and_paths_outside_the_unit_are_dropped() {
    let (_, run) = check("out-of-range");
    survived(&run, "4 findings outside the files they name dropped");
    assert!(!run.findings().iter().any(|f| f.starts_with("hostile/")), "{:?}", run.findings());
}

#[test]
fn a_flood_is_capped() {
    let (_, run) = check("flood");
    assert_eq!(run.code, 1, "{}", run.err);
    let kept = run.findings().iter().filter(|f| f.starts_with("hostile/")).count();
    assert!(kept <= 1_000, "{kept} findings kept");
    assert!(!run.json()["troubles"].as_array().unwrap().is_empty());
    assert!(run.findings().iter().any(|f| f == "scope/admin-grant .github/workflows/a.yml:2"));
}

#[test]
fn forged_rule_ids_are_dropped() {
    let (_, run) = check("forged-rule");
    survived(&run, "2 findings of rules it did not describe dropped");
    assert!(!run.findings().iter().any(|f| f.starts_with("governance/not-checked")), "{:?}", run.findings());
}

#[test]
fn a_module_that_names_itself_like_a_class_is_refused() {
    let (_, run) = check("imposter");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("none of hallpass's classes"), "{}", run.err);
}

#[test]
fn echoed_text_holds_no_secret_and_no_control_sequence() {
    let modules = Folder::new();
    let component = module("echo-text", &modules);
    let folder = Folder::new();
    // Assembled here, so that no token-shaped text stands in this repository.
    let secret = ["xoxb", "123456789012", "123456789012", "aBcDeFgHiJkLmNoPqRsTuVwX"].join("-");
    folder.write(".github/workflows/a.yml", WORKFLOW.replace("SECRET", &secret));
    for format in ["json", "sarif", "pretty"] {
        let arguments = ["check", ".", "-v", "--report", format, "--plugin"].map(std::ffi::OsString::from);
        let run =
            binary().run(folder.path(), arguments.into_iter().chain([component.clone().into_os_string()]));
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.out.contains("hostile/hostile"), "{}", run.out);
        let random = secret.rsplit('-').next().unwrap();
        for window in random.as_bytes().windows(6) {
            let part = std::str::from_utf8(window).unwrap();
            assert!(!run.out.contains(part) && !run.err.contains(part), "{format} shows `{part}`");
        }
        assert!(!run.out.contains('\u{1b}'), "{format} passes a control sequence");
    }
}

#[test]
fn the_sample_module_judges_every_dialect() {
    let modules = Folder::new();
    let component = build("hallpass-example-plugin", "hallpass_example_plugin", None, &modules);
    let folder = Folder::new();
    folder.write(
        "sa.yaml",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: deployer, namespace: ci}\n",
    );
    folder.write("main.tf", "resource \"aws_iam_role\" \"deploy\" {\n  name = \"deploy\"\n  assume_role_policy = jsonencode({Statement = []})\n}\n");
    let arguments = ["check", ".", "--report", "json", "--plugin"].map(std::ffi::OsString::from);
    let run = binary().run(folder.path(), arguments.into_iter().chain([component.clone().into_os_string()]));
    let findings = run.findings();
    for path in ["sa.yaml:3", "main.tf:1"] {
        assert!(
            findings.iter().any(|f| f == &format!("purpose/identity-purpose {path}")),
            "{path}: {findings:?}"
        );
    }
    let inspected =
        binary().run(folder.path(), ["plugin".into(), "inspect".into(), component.into_os_string()]);
    assert!(inspected.out.contains("imports: none"), "{}", inspected.out);
    assert!(inspected.out.contains("purpose/identity-purpose"), "{}", inspected.out);
}

/// An editor's session, of which every message is known before: what the server said.
fn session(folder: &Folder, messages: &[serde_json::Value]) -> Vec<serde_json::Value> {
    let mut input = String::new();
    for message in messages {
        let text = message.to_string();
        input.push_str(&format!("Content-Length: {}\r\n\r\n{text}", text.len()));
    }
    let run = binary().run_with(folder.path(), ["lsp"], input.as_bytes());
    assert_eq!(run.code, 0, "{}", run.err);
    run.out
        .split("Content-Length: ")
        .filter_map(|part| serde_json::from_str(part.split_once("\r\n\r\n")?.1).ok())
        .collect()
}

#[test]
fn an_editor_is_served_whatever_a_module_does() {
    use serde_json::json;
    let folder = Folder::new();
    folder.write(".git/HEAD", "");
    folder.write(".github/workflows/a.yml", WORKFLOW);
    let tools = Folder::new();
    let bytes = std::fs::read(module("trap", &tools)).unwrap();
    folder.write("tools/trap.wasm", &bytes);
    let row = format!(
        "[[plugin]]\npath = \"tools/trap.wasm\"\nsha256 = \"{}\"\n",
        hallpass::runtime::digest(&bytes)
    );
    folder.write("hallpass.toml", row);
    let root = format!("file://{}", folder.path().display());
    let uri = format!("{root}/.github/workflows/a.yml");
    let change = |version: i32, text: &str| {
        json!({"method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}],
        }})
    };
    let pull = |id: i32| json!({"id": id, "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": uri}}});
    let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": WORKFLOW});
    let options = json!({"trusted": true, "today": "2026-01-15"});
    let said = session(
        &folder,
        &[
            json!({"id": 1, "method": "initialize", "params": {
                "processId": null, "rootUri": root, "capabilities": {}, "initializationOptions": options,
            }}),
            json!({"method": "initialized", "params": {}}),
            json!({"method": "textDocument/didOpen", "params": {"textDocument": document}}),
            pull(2),
            change(2, ""),
            change(3, WORKFLOW),
            pull(3),
            json!({"id": 4, "method": "shutdown"}),
            json!({"method": "exit"}),
        ],
    );
    let told: Vec<_> = said.iter().filter(|m| m["method"] == "window/showMessage").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].to_string().contains("fault inside the module"), "{told:?}");
    let last = said.iter().find(|message| message["id"] == 3).expect("an answer");
    assert!(last["result"]["items"].to_string().contains("scope/admin-grant"), "{last}");
}
