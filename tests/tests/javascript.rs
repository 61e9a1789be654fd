//! The JavaScript package says the same as the binary.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;
use std::process::Command;

use hallpass_tests::binary::{Binary, Folder};
use serde_json::Value;

/// What both must agree on, one line per finding.
fn findings(report: &Value, native: bool) -> Vec<String> {
    let mut lines: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let (path, start, end) = if native {
                (&f["place"]["path"], &f["place"]["start"], &f["place"]["end"])
            } else {
                (&f["path"], &f["span"]["start"], &f["span"]["end"])
            };
            let fixes = f["fixes"].as_array().map_or(0, Vec::len);
            format!(
                "{} {} {path} {start}..{end} {} {} {fixes} fixes",
                f["rule"], f["severity"], f["message"], f["fingerprint"]
            )
        })
        .collect();
    lines.sort();
    lines
}

fn coverage(report: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().map_or(0, Vec::len);
    let mut lines: Vec<String> = report["coverage"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            let dialects = c["dialects"].as_array().cloned().unwrap_or_default();
            format!("{} {} {dialects:?} {} unknown", c["path"], c["status"], list(&c["unknown"]))
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn the_package_says_the_same_as_the_binary() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples");
    let target = Path::new(env!("CARGO_BIN_EXE_hallpass-under-test")).ancestors().nth(2).unwrap();
    let package = Folder::new();
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("plugin/js/Cargo.toml");
    let built = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(tool)
        .arg("--")
        .arg(package.path())
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    for folder in ["node", "web"] {
        let types = std::fs::read_to_string(package.path().join(folder).join("hallpass.d.ts")).unwrap();
        assert!(
            types.contains("export function checkTree(files: Record<string, string | Uint8Array>"),
            "{types}"
        );
    }

    // A tree of its own, so that both see the same root.
    for sample in ["vulnerable", "clean"] {
        let tree = Folder::new();
        copy(&examples.join(sample), tree.path());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("plugin/js/compare.cjs");
        let node = Command::new("node")
            .arg(script)
            .arg(package.path().join("node"))
            .arg(tree.path())
            .arg("2026-11-24")
            .output()
            .expect("node is installed");
        assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
        let js: Value = serde_json::from_slice(&node.stdout).unwrap();
        let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
            .run(tree.path(), ["check", ".", "--report", "json", "--today", "2026-11-24"]);
        let native = binary.json();
        assert_eq!(findings(&js, false), findings(&native, true));
        assert_eq!(coverage(&js), coverage(&native));
        assert_eq!(findings(&native, true).is_empty(), sample == "clean", "{:?}", findings(&native, true));
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
