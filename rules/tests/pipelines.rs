//! Pipelines through the engine: hostile input on their paths is checked, or said not to be; and long files take the time
//! that they are long.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::fmt::Write as _;
use std::sync::Arc;

use hallpass_rules::finding::Status;
use hallpass_rules::{Engine, Settings};

/// A path, and what stands there before and behind a list of steps: with a moving image, so that something is said.
struct Kind {
    path: &'static str,
    before: &'static str,
    step: fn(usize) -> String,
}

const KINDS: [Kind; 5] = [
    Kind {
        path: ".gitlab-ci.yml",
        before: "a:\n  image: acme/tool\n  script:\n",
        step: |number| format!("    - echo {number}\n"),
    },
    Kind {
        path: "azure-pipelines.yml",
        before: "trigger: [main]\npr: none\npool: { vmImage: ubuntu-24.04 }\ncontainer: acme/tool\nsteps:\n",
        step: |number| format!("- bash: echo {number}\n"),
    },
    Kind {
        path: ".tekton/a.yaml",
        before: "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: { name: a }\nspec:\n  steps:\n",
        step: |number| format!("    - {{ name: s{number}, image: acme/tool, script: echo {number} }}\n"),
    },
    Kind {
        path: ".circleci/config.yml",
        before: "version: 2.1\njobs:\n  a:\n    docker: [{ image: acme/tool }]\n    steps:\n",
        step: |number| format!("      - run: echo {number}\n"),
    },
    Kind {
        path: "bitbucket-pipelines.yml",
        before: "image: acme/tool\npipelines:\n  default:\n    - step:\n        script:\n",
        step: |number| format!("          - echo {number}\n"),
    },
];

/// How the file ended, and the rules that speak of it.
fn ended(kind: &Kind, content: impl AsRef<[u8]>) -> (Status, Vec<String>) {
    let engine = Engine::configure(Settings::on(jiff::civil::date(2026, 11, 26))).unwrap();
    let files = [(kind.path.to_owned(), Arc::from(content.as_ref()))].into();
    let outcome = engine.check_tree(&files, true);
    let status = outcome.coverage.iter().find(|c| c.path == kind.path).unwrap().status;
    (status, outcome.review.findings.into_iter().map(|f| f.rule).collect())
}

fn not_checked(kind: &Kind, content: impl AsRef<[u8]>) -> Vec<String> {
    let (status, rules) = ended(kind, content);
    assert_ne!(status, Status::Checked, "{}", kind.path);
    assert!(rules.iter().any(|rule| rule == "governance/not-checked"), "{}: {rules:?}", kind.path);
    rules
}

#[test]
fn what_cannot_be_read_whole_is_a_finding() {
    for kind in &KINDS {
        let whole = format!("{}{}", kind.before, (kind.step)(1));
        not_checked(kind, [whole.as_bytes(), b"# \xff\xfe\n"].concat());
        not_checked(kind, format!("{whole}# a\0b\n"));
        not_checked(kind, format!("{whole}x: {}{}\n", "[".repeat(10_000), "]".repeat(10_000)));
        not_checked(kind, format!("{whole}x: 1\nx: 2\n"));
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let row = vec![format!("*a{}", level - 1); 10].join(", ");
            let _ = writeln!(bomb, "a{level}: &a{level} [{row}]");
        }
        not_checked(kind, format!("{bomb}{whole}"));
    }
}

#[test]
fn what_stands_before_a_break_is_judged() {
    for kind in &KINDS {
        let rules = not_checked(kind, format!("{}{}x: [\n", kind.before, (kind.step)(1)));
        assert!(rules.iter().any(|rule| rule == "third-party/unpinned"), "{}: {rules:?}", kind.path);
    }
}

#[test]
fn twenty_thousand_steps_are_checked() {
    for kind in &KINDS {
        let mut content = kind.before.to_owned();
        (0..20_000).for_each(|number| content.push_str(&(kind.step)(number)));
        let (status, rules) = ended(kind, content);
        assert_eq!(status, Status::Checked, "{}", kind.path);
        assert_eq!(rules, ["third-party/unpinned"], "{}", kind.path);
    }
}

#[test]
fn shapes_that_nobody_writes_are_checked() {
    for kind in &KINDS {
        for content in ["a: b\n", "[]\n", "", "jobs: [a]\npipelines: [b]\n", "? [a]\n: b\n", "- - - a\n"] {
            let (_, rules) = ended(kind, content);
            assert!(rules.iter().all(|rule| rule == "governance/not-checked"), "{}: {rules:?}", kind.path);
        }
    }
}

/// A pipeline that is no YAML.
const JENKINS: Kind = Kind {
    path: "Jenkinsfile",
    before: "pipeline {\n  agent { docker { image 'acme/tool' } }\n  stages {\n    stage('a') {\n      steps {\n",
    step: |number| format!("        sh 'echo {number}'\n"),
};
/// Ends its blocks.
const JENKINS_END: &str = "      }\n    }\n  }\n}\n";

#[test]
fn a_jenkinsfile_that_cannot_be_read_whole_is_a_finding() {
    let begun = format!("{}{}", JENKINS.before, (JENKINS.step)(1));
    let whole = format!("{begun}{JENKINS_END}");
    not_checked(&JENKINS, [whole.as_bytes(), b"// \xff\xfe\n"].concat());
    not_checked(&JENKINS, format!("{whole}// a\0b\n"));
    not_checked(&JENKINS, format!("{whole}// {}\n", "a".repeat(3 << 20)));
    for open in [begun.clone(), format!("{begun}{}", "{".repeat(1 << 20))] {
        let rules = not_checked(&JENKINS, open);
        assert!(rules.iter().any(|rule| rule == "third-party/unpinned"), "{rules:?}");
    }
    let many: String = (0..20_000).map(JENKINS.step).collect();
    let (status, rules) = ended(&JENKINS, format!("{}{many}{JENKINS_END}", JENKINS.before));
    assert_eq!((status, rules), (Status::Checked, vec!["third-party/unpinned".to_owned()]));
}
