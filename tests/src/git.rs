//! Real repositories in folders of their own.

#![allow(clippy::expect_used, clippy::panic)] // a test that cannot run says so by panicking

use std::path::Path;
use std::process::Command;

use crate::binary::Folder;

/// Runs git in a folder as if on a day of May 2024; its standard output.
///
/// # Panics
/// Git fails.
pub fn git(folder: &Path, day: u32, arguments: &[&str]) -> String {
    let date = format!("2024-05-{day:02}T12:00:00+0000");
    let output = Command::new("git")
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "core.autocrlf=false",
            "-c",
            "protocol.file.allow=always",
        ])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "Ann Author")
        .env("GIT_AUTHOR_EMAIL", "ann@author.example")
        .env("GIT_COMMITTER_NAME", "Cora Committer")
        .env("GIT_COMMITTER_EMAIL", "cora@committer.example")
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", "2024-06-30T12:00:00+0000")
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A repository with a branch `main`.
#[derive(Debug)]
pub struct Repository(Folder);

impl Default for Repository {
    fn default() -> Self {
        Self::new()
    }
}

impl Repository {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        let new = Self(Folder::new());
        new.git(1, &["init", "-q"]);
        new
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.0
    }

    /// Runs git as if on a day of May 2024; its standard output.
    pub fn git(&self, day: u32, arguments: &[&str]) -> String {
        git(self.path(), day, arguments)
    }

    /// Writes files, and removes those without content.
    ///
    /// # Panics
    /// A file to be removed is not there.
    pub fn write(&self, files: &[(&str, &str)]) {
        for (path, content) in files {
            if content.is_empty() {
                std::fs::remove_file(self.path().join(path)).expect("the file is there");
            } else {
                self.0.write(path, content);
            }
        }
    }

    /// Writes files, removes those without content, and commits on a day of May 2024; the commit's id.
    pub fn commit(&self, day: u32, files: &[(&str, &str)]) -> String {
        self.write(files);
        self.git(day, &["add", "-A"]);
        self.git(day, &["commit", "-q", "--allow-empty", "-m", "message never shown"]);
        self.git(day, &["rev-parse", "HEAD"])
    }
}
