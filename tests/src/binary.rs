//! Runs the binary under test in a folder of its own.

#![allow(clippy::expect_used, clippy::panic)] // a test that cannot run says so by panicking

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A temporary folder, removed at the end.
#[derive(Debug)]
pub struct Folder(tempfile::TempDir);

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Folder {
    /// An empty folder that is the root of its own tree.
    ///
    /// # Panics
    /// The system gives no temporary folder.
    #[must_use]
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, with its folders.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let full = self.path().join(path);
        std::fs::create_dir_all(full.parent().expect("inside the folder")).expect("folders");
        std::fs::write(&full, content).expect("a file");
        full
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    /// Exit code; -1 for a signal.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Run {
    /// Standard output as JSON.
    ///
    /// # Panics
    /// It is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|e| panic!("not JSON: {e}\n{}\n{}", self.out, self.err))
    }

    /// `rule path:line` of each finding of a JSON report.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let report = self.json();
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        findings
            .iter()
            .map(|f| {
                let place = &f["place"];
                format!("{} {}:{}", text(&f["rule"]), text(&place["path"]), place["line"])
            })
            .collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The binary.
#[derive(Clone, Debug)]
pub struct Binary(PathBuf);

impl Binary {
    /// The binary at a path; tests write `Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))`.
    #[must_use]
    pub fn at(path: &str) -> Self {
        Self(PathBuf::from(path))
    }

    /// Runs in `folder`.
    ///
    /// # Panics
    /// The binary cannot be started.
    pub fn run(&self, folder: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
        self.run_with(folder, arguments, b"")
    }

    /// Runs in `folder` with something on standard input. The environment is emptied, so that the machine's own CI
    /// variables change nothing.
    ///
    /// # Panics
    /// The binary cannot be started.
    pub fn run_with(
        &self,
        folder: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        input: &[u8],
    ) -> Run {
        self.run_within(folder, arguments, input, &[])
    }

    /// The same, with variables in the environment.
    ///
    /// # Panics
    /// The binary cannot be started.
    pub fn run_within(
        &self,
        folder: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        input: &[u8],
        variables: &[(&str, &str)],
    ) -> Run {
        let mut child = Command::new(&self.0)
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        if let Some(mut stdin) = child.stdin.take() {
            // A run that ends before it has read everything closes the pipe; its exit code says the rest.
            let _ = stdin.write_all(input);
        }
        let Output { status, stdout, stderr } = child.wait_with_output().expect("the binary ends");
        Run {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&stdout).into_owned(),
            err: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }
}
