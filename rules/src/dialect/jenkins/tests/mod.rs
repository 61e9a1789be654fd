//! Pipelines as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod hostile;
mod remedies;
mod scripts;
mod stages;

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::pipeline::tests as told;
use crate::dialect::{Claim, Dialect, SourceFile};
use crate::span::FileId;

const PATH: &str = "Jenkinsfile";

fn facts(text: &str, body: &str) -> Vec<String> {
    told::facts_of(&DIALECT, &[(PATH, text)], body)
}

fn unknown(text: &str) -> Vec<String> {
    told::unknown(&DIALECT, &[(PATH, text)])
}

fn slots(text: &str) -> Vec<String> {
    told::slots(&DIALECT, &[(PATH, text)])
}

/// A stage with these steps.
fn stage(steps: &str) -> String {
    format!(
        "pipeline {{\n  agent any\n  stages {{\n    stage('a') {{\n      steps {{\n{steps}\n      }}\n    }}\n  }}\n}}\n"
    )
}

#[test]
fn files_are_known_by_path_or_by_what_only_pipelines_say() {
    for path in ["Jenkinsfile", "ci/Jenkinsfile.release", "Jenkinsfile-nightly", "a/b.jenkinsfile"] {
        assert_eq!(DIALECT.claim(path), Claim::Path, "{path}");
    }
    assert_eq!(DIALECT.claim("jenkins/build.groovy"), Claim::Content);
    for path in ["Jenkinsfile.md", "Jenkinsfile.yaml", "a.java", "docs/jenkinsfile.txt"] {
        assert_eq!(DIALECT.claim(path), Claim::No, "{path}");
    }
    let is = |path: &str, text: &str| {
        let file = SourceFile::read(FileId(0), path, Arc::from(text.as_bytes()), true);
        DIALECT.recognise(&file)
    };
    assert!(is("a.groovy", "def x = 1\npipeline {\n}\n"));
    assert!(is("vars/a.groovy", "def call() {\n  node('linux') {\n  }\n}\n"));
    assert!(is("jenkins/steps/a.groovy", "def f() {\n  sh 'make'\n}\n"));
    assert!(!is("src/a.groovy", "class A {\n  def node(x) { x }\n  String pipeline\n}\n"));
}
