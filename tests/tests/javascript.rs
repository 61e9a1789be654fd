//! The JavaScript package says the same as the binary.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

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

/// The package, built once for all tests.
fn package() -> &'static Path {
    static PACKAGE: OnceLock<Folder> = OnceLock::new();
    PACKAGE
        .get_or_init(|| {
            let target = Path::new(env!("CARGO_BIN_EXE_hallpass-under-test")).ancestors().nth(2).unwrap();
            let package = Folder::new();
            let built = Command::new(env!("CARGO"))
                .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
                .arg(root().join("plugin/js/Cargo.toml"))
                .arg("--")
                .arg(package.path())
                .env("CARGO_TARGET_DIR", target)
                .output()
                .unwrap();
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            package
        })
        .path()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn node(arguments: &[&OsStr]) -> Output {
    let node = Command::new("node").args(arguments).env("JS_PACKAGE", package()).output();
    let node = node.expect("node is installed");
    let said =
        format!("{}\n{}", String::from_utf8_lossy(&node.stdout), String::from_utf8_lossy(&node.stderr));
    assert!(node.status.success(), "{said}");
    node
}

#[test]
fn every_function_does_what_its_types_say() {
    let tests = root().join("plugin/js/tests/api.test.mjs");
    node(&[OsStr::new("--test"), tests.as_os_str()]);
}

/// What a browser has to fetch, as servers compress it.
#[test]
fn the_package_is_small() {
    let script = "const {readFileSync} = require('fs'); const {brotliCompressSync} = require('zlib');
        console.log(brotliCompressSync(readFileSync(process.argv[1])).length)";
    let wasm = package().join("web/hallpass_bg.wasm");
    let size = node(&[OsStr::new("-e"), OsStr::new(script), wasm.as_os_str()]);
    let size: usize = String::from_utf8_lossy(&size.stdout).trim().parse().unwrap();
    assert!(size < 2_500_000, "{size} bytes");
}

#[test]
fn the_package_says_the_same_as_the_binary() {
    let examples = root().join("examples");
    // A tree of its own, so that both see the same root.
    for sample in ["vulnerable", "clean"] {
        let tree = Folder::new();
        copy(&examples.join(sample), tree.path());
        let script = root().join("plugin/js/compare.cjs");
        let said = node(&[script.as_os_str(), tree.path().as_os_str(), OsStr::new("2026-11-24")]);
        let js: Value = serde_json::from_slice(&said.stdout).unwrap();
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
