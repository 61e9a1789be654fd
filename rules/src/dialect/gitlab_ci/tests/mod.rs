//! Pipelines as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod configuration;
mod hostile;
mod jobs;
mod remedies;
mod secrets;

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::pipeline::tests as told;
pub(super) use crate::dialect::pipeline::tests::unit;
use crate::dialect::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::span::FileId;

fn lowered(unit: &Unit) -> Lowering<'_> {
    told::lowered(&DIALECT, unit)
}

fn facts_of(files: &[(&str, &str)], body: &str) -> Vec<String> {
    told::facts_of(&DIALECT, files, body)
}

/// The same for one file.
fn facts(text: &str, body: &str) -> Vec<String> {
    facts_of(&[(".gitlab-ci.yml", text)], body)
}

fn unknown(files: &[(&str, &str)]) -> Vec<String> {
    told::unknown(&DIALECT, files)
}

fn slots(text: &str) -> Vec<String> {
    told::slots(&DIALECT, &[(".gitlab-ci.yml", text)])
}

fn starters(text: &str) -> Vec<String> {
    told::starters(&DIALECT, &[(".gitlab-ci.yml", text)])
}

#[test]
fn files_are_known_by_path_or_by_what_only_such_files_say() {
    for path in [".gitlab-ci.yml", "a/b/.gitlab-ci.yaml", "ci/Build.gitlab-ci.yml"] {
        assert_eq!(DIALECT.claim(path), Claim::Path, "{path}");
    }
    assert_eq!(DIALECT.claim(".gitlab/ci/a.yml"), Claim::Content);
    assert_eq!(DIALECT.claim("a.json"), Claim::No);
    let is = |text: &str| {
        let file = SourceFile::read(FileId(0), "ci/a.yml", Arc::from(text.as_bytes()), true);
        DIALECT.recognise(&file)
    };
    for text in [
        "build:\n  stage: build\n  script: make\n",
        ".base:\n  image: a\nx:\n  extends: .base\n  rules: []\n",
        "include:\n  - local: /a.yml\n",
        "spec:\n  inputs:\n    a: {}\n---\nx:\n  script: $[[ inputs.a ]]\n",
        "stages: [a]\nx:\n  script: make\n",
        "deploy:\n  stage: b\n  trigger: g/p\n",
    ] {
        assert!(is(text), "{text}");
    }
    for text in [
        "services:\n  web:\n    image: a\n",
        "on: push\njobs: {}\n",
        "language: go\nscript: make\n",
        "scripts:\n  script: a\n",
        "apiVersion: v1\nkind: Pod\nspec: {}\n",
        "spec:\n  a: b\n",
        "version: 2.1\njobs:\n  a:\n    steps: []\n",
        "include:\n  - a.yml\n",
        "a: 1\n",
        "- script: x\n",
        "steps:\n- script: x\n",
    ] {
        assert!(!is(text), "{text}");
    }
}
