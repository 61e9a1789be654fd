//! Pipelines as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod hostile;
mod remedies;
mod secrets;
mod steps;

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::pipeline::tests as told;
use crate::dialect::{Ask, Claim, Dialect, SourceFile};
use crate::span::FileId;

const PATH: &str = "bitbucket-pipelines.yml";

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
    for path in ["bitbucket-pipelines.yml", "a/bitbucket-pipelines.yaml"] {
        assert_eq!(DIALECT.claim(path), Claim::Path, "{path}");
    }
    assert_eq!(DIALECT.claim(".bitbucket/shared-pipelines.yml"), Claim::Content);
    assert_eq!(DIALECT.claim("bitbucket-pipelines.md"), Claim::No);
    let is = |text: &str| {
        let file = SourceFile::read(FileId(0), "ci/a.yml", Arc::from(text.as_bytes()), true);
        DIALECT.recognise(&file)
    };
    for text in [
        "definitions:\n  pipelines:\n    shared:\n      - step: { script: [make] }\n",
        "pipelines:\n  default:\n    - step: { script: [make] }\n",
        "image: a\npipelines:\n  branches:\n    main:\n      - parallel: [{ step: { script: [a] } }]\n",
    ] {
        assert!(is(text), "{text}");
    }
    for text in [
        "pipelines:\n  - name: a\n",
        "pipelines:\n  traces: { receivers: [otlp] }\n",
        "service:\n  pipelines:\n    default: []\n",
        "definitions:\n  pipelines: {}\n",
        "pipelines:\n  default: [a]\n",
    ] {
        assert!(!is(text), "{text}");
    }
}

#[test]
fn pipelines_are_imported_from_the_tree_or_from_the_workspace() {
    let text = "definitions:\n  imports:\n    local: .bitbucket/shared-pipelines.yml\n    far: shared:main:build.yml\npipelines:\n  \
                default:\n    import: build@local\n  branches:\n    main:\n      import: deploy@far\n  custom:\n    old:\n      \
                import: older:v2:release\n";
    let file = SourceFile::read(FileId(0), PATH, Arc::from(text.as_bytes()), true);
    assert_eq!(DIALECT.outline(&file).asks, [Ask::File(".bitbucket/shared-pipelines.yml".to_owned())]);
    assert_eq!(
        facts(text, "component"),
        [
            "import: bitbucket/pipeline/shared moving main first party @ deploy@far",
            "import: bitbucket/pipeline/older tag v2 first party @ older:v2:release",
        ]
    );
    let said = unknown(text);
    assert!(said.iter().any(|line| line.contains("shared-pipelines.yml` is not in the tree")), "{said:#?}");
    let shared = "definitions:\n  pipelines:\n    build:\n      - step: { script: [make] }\n";
    let said = told::unknown(&DIALECT, &[(PATH, text), (".bitbucket/shared-pipelines.yml", shared)]);
    assert!(!said.iter().any(|line| line.contains("shared-pipelines.yml")), "{said:#?}");
}
