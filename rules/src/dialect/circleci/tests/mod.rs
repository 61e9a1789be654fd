//! Configurations as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod hostile;
mod jobs;
mod remedies;
mod secrets;

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::pipeline::tests as told;
use crate::dialect::{Ask, Claim, Dialect, SourceFile};
use crate::span::FileId;

const PATH: &str = ".circleci/config.yml";

fn facts(text: &str, body: &str) -> Vec<String> {
    told::facts_of(&DIALECT, &[(PATH, text)], body)
}

fn unknown(text: &str) -> Vec<String> {
    told::unknown(&DIALECT, &[(PATH, text)])
}

fn slots(text: &str) -> Vec<String> {
    told::slots(&DIALECT, &[(PATH, text)])
}

#[test]
fn files_are_known_by_path_or_by_what_only_such_files_say() {
    for path in [".circleci/config.yml", "a/.circleci/continue_config.yaml"] {
        assert_eq!(DIALECT.claim(path), Claim::Path, "{path}");
    }
    assert_eq!(DIALECT.claim("src/@orb.yml"), Claim::Content);
    assert_eq!(DIALECT.claim(".circleci/README.md"), Claim::No);
    let is = |text: &str| {
        let file = SourceFile::read(FileId(0), "ci/a.yml", Arc::from(text.as_bytes()), true);
        DIALECT.recognise(&file)
    };
    for text in [
        "version: 2.1\njobs:\n  a:\n    docker: [{ image: b }]\n    steps: [checkout]\n",
        "version: 2.1\norbs:\n  node: circleci/node@5\n",
        "version: '2.1'\ncommands:\n  a:\n    steps: []\nexecutors:\n  b:\n    machine: true\n",
    ] {
        assert!(is(text), "{text}");
    }
    for text in [
        "version: 2.1\nservices:\n  web:\n    image: a\n",
        "version: 2\nupdates: []\n",
        "jobs:\n  a:\n    steps: []\n",
        "version: 2\njobs:\n  a: b\n",
        "version: 2.1\njobs: {}\n",
        "a: 1\n",
    ] {
        assert!(!is(text), "{text}");
    }
}

#[test]
fn a_setup_goes_on_with_files_of_the_tree() {
    let text = "version: 2.1\nsetup: true\norbs:\n  continuation: circleci/continuation@1.0.0\njobs:\n  a:\n    \
                steps:\n      - continuation/continue:\n          configuration_path: .circleci/more.yml\n";
    let file = SourceFile::read(FileId(0), PATH, Arc::from(text.as_bytes()), true);
    assert!(DIALECT.outline(&file).asks.contains(&Ask::File(".circleci/more.yml".to_owned())));
    assert!(unknown(text).iter().any(|said| said.contains("`.circleci/more.yml` is not in the tree")));
    let more = [(PATH, text), (".circleci/more.yml", "version: 2.1\n")];
    assert!(!told::unknown(&DIALECT, &more).iter().any(|said| said.contains("more.yml")));
    let written = text.replace(".circleci/more.yml", "<< parameters.x >>");
    assert!(unknown(&written).iter().any(|said| said.contains("not in the tree @ true")));
    let computed = "version: 2.1\nsetup: true\njobs:\n  a:\n    steps:\n      - run: ./generate\n";
    assert_eq!(unknown(computed), ["a configuration that a job writes is not evaluated @ true"]);
}
