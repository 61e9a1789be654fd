//! What runs where: executors, images, orbs, commands, workflows.

use super::{PATH, facts, told, unknown};
use crate::fact::{Author, ContextKind, Starter, Value};

const SHARED: &str = "\
version: 2.1
orbs:
  scan: acme/scan@2
  win: circleci/windows@5.0
executors:
  node:
    parameters:
      tag: { type: string, default: '22' }
    docker:
      - image: acme/node:<< parameters.tag >>
      - image: cimg/postgres:17.2
        environment: { POSTGRES_PASSWORD: postgres }
commands:
  check:
    parameters:
      after: { type: steps, default: [] }
    steps:
      - run: npm test
      - steps: << parameters.after >>
jobs:
  test:
    parameters:
      node: { type: string, default: '20' }
    executor: { name: node, tag: << parameters.node >> }
    steps:
      - checkout
      - check:
          after:
            - scan/run:
                token: $SCAN_TOKEN
  app:
    executor: win/default
    steps: [checkout, { run: 'deploy $env:DEPLOY_TOKEN' }]
workflows:
  main:
    jobs:
      - test: { matrix: { parameters: { node: ['20', '22'] } } }
      - scan/report: { context: reports }
      - app
";

#[test]
fn jobs_are_put_together_from_executors_commands_and_orbs() {
    assert_eq!(
        facts(SHARED, "component"),
        [
            "acme/scan/run: circleci/orb/acme/scan tag 2 @ acme/scan@2",
            "acme/scan/report: circleci/orb/acme/scan tag 2 @ acme/scan@2",
            "app: circleci/orb/circleci/windows tag 5.0 first party @ circleci/windows@5.0",
            "test: oci/image/acme/node tag 20 lesser @ acme/node:<< parameters.tag >>",
            "test: oci/image/acme/node tag 22 lesser @ acme/node:<< parameters.tag >>",
            "test: oci/image/cimg/postgres tag 17.2 first party @ cimg/postgres:17.2",
        ]
    );
    assert_eq!(
        facts(SHARED, "flow"),
        [
            "scan/report: all -> env * @ reports",
            "app: DEPLOY_TOKEN -> env DEPLOY_TOKEN @ DEPLOY_TOKEN",
            "acme/scan/run: SCAN_TOKEN -> circleci/orb/acme/scan @ $SCAN_TOKEN",
        ]
    );
    assert!(unknown(SHARED).iter().any(|said| said.contains("what a job of an orb does")));
}

#[test]
fn an_orb_in_the_file_is_read() {
    let text = "version: 2.1\norbs:\n  own:\n    orbs:\n      inner: acme/inner@1\n    commands:\n      go:\n        steps:\n          \
                - help\n          - inner/x\n      help:\n        steps: [{ run: 'echo $A_TOKEN' }]\n    jobs:\n      j:\n        \
                docker: [{ image: 'a/b:1' }]\n        steps: [go]\nworkflows:\n  w: { jobs: [own/j] }\n";
    assert_eq!(
        facts(text, "component"),
        ["acme/inner/x: circleci/orb/acme/inner tag 1 @ acme/inner@1", "j: oci/image/a/b tag 1 @ a/b:1",]
    );
    assert!(facts(text, "flow").contains(&"j: A_TOKEN -> env A_TOKEN @ A_TOKEN".to_owned()));
}

#[test]
fn what_nothing_uses_is_said_once() {
    let text = "version: 2.1\norbs: { a: x/a@volatile }\nexecutors:\n  e: { docker: [{ image: 'x/e' }] }\ncommands:\n  c:\n    \
                steps: [{ run: 'x $C_TOKEN' }]\njobs:\n  j: { machine: true, steps: [checkout] }\n";
    assert_eq!(
        facts(text, "component"),
        ["config.yml: circleci/orb/x/a moving volatile @ x/a@volatile", "e: oci/image/x/e no version @ x/e",]
    );
    assert_eq!(facts(text, "flow"), ["c: C_TOKEN -> env C_TOKEN @ C_TOKEN"]);
}

#[test]
fn filters_say_whether_forks_can_start_a_job() {
    let text = "version: 2.1\njobs:\n  a: { machine: true, steps: [{ run: 'x $A_TOKEN' }] }\n  b: { machine: true, steps: [] }\n  \
                c: { machine: true, steps: [] }\n  d: { machine: true, steps: [] }\n  e: { machine: true, steps: [] }\n\
                workflows:\n  w:\n    jobs:\n      - a\n      - b: { filters: { branches: { only: [main, /release.*/] } } }\n      \
                - c: { filters: { branches: { ignore: /.*/ }, tags: { only: /v.*/ } } }\n      \
                - e: { filters: pipeline.git.branch == \"main\" }\n  n:\n    triggers: [{ schedule: { cron: '0 0 * * *' } }]\n    \
                jobs: [d]\n";
    let unit = told::unit(&[(PATH, text)]);
    let out = told::lowered(&super::DIALECT, &unit);
    let jobs = out.facts.contexts.iter().filter(|c| c.kind == ContextKind::Job);
    let said: Vec<String> = jobs
        .map(|job| {
            let own = job.runs_code_of.as_ref().and_then(Value::only) == Some(&Author::Maintainer);
            let by = job.started_by.as_ref().and_then(Value::only);
            let clock = by.is_some_and(|by| by.contains(&Starter::Schedule));
            format!("{} {own} {clock}", job.name)
        })
        .collect();
    assert_eq!(said, ["a false false", "b true false", "c true false", "d true true", "e true false"]);
    assert!(unknown(text).iter().any(|said| said.contains("builds of forks")));
    let without = text.replace("x $A_TOKEN", "x");
    assert!(unknown(&without).is_empty());
}

#[test]
fn contexts_and_approvals_of_a_job() {
    let text = "version: 2.1\njobs:\n  a: { machine: true, steps: [] }\nworkflows:\n  w:\n    jobs:\n      \
                - hold: { type: approval }\n      - build: { requires: [hold], name: b }\n      \
                - a: { requires: [b], context: [shop, production] }\n";
    assert_eq!(facts(text, "safeguard"), ["a: ApprovalGate on @ hold"]);
    assert_eq!(facts(text, "flow"), ["a: all -> env * @ shop", "a: all -> env * @ production"]);
    let unit = told::unit(&[(PATH, text)]);
    let out = told::lowered(&super::DIALECT, &unit);
    let job = out.facts.contexts.iter().find(|c| c.name == "a").unwrap();
    assert_eq!(job.environment.as_ref().and_then(Value::only).unwrap().name.known(), Some("production"));
    assert!(unknown(text).iter().any(|said| said.contains("`build`")));
}

#[test]
fn whoever_starts_a_pipeline_may_choose_among_what_it_lists() {
    let text = |parameter: &str| {
        format!(
            "version: 2.1\nparameters:\n  go: {parameter}\njobs:\n  j:\n    docker: [{{ image: 'x/go:<< pipeline.parameters.go >>' }}]\n    steps: []\n"
        )
    };
    let listed = text("{ type: enum, enum: ['1', '2'], default: '1' }");
    assert_eq!(
        facts(&listed, "component"),
        [
            "j: oci/image/x/go tag 1 @ x/go:<< pipeline.parameters.go >>",
            "j: oci/image/x/go tag 2 lesser @ x/go:<< pipeline.parameters.go >>",
        ]
    );
    assert_eq!(
        facts(&text("{ type: string, default: '3' }"), "component"),
        ["j: oci/image/x/go tag 3 @ x/go:<< pipeline.parameters.go >>"]
    );
}
