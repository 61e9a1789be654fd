//! What goes wrong on the way to a forge, at each call of a review: no finding is lost, none is said twice.

#![allow(clippy::expect_used, clippy::panic)]

use hallpass_forge::{Answer, Fault, Matching};
use hallpass_tests::binary::Binary;
use hallpass_tests::scene::{NAME, Scene};

const DEPLOY: (&str, &str) = (
    ".github/workflows/deploy.yml",
    "name: deploy\non: push\npermissions: write-all\njobs:\n  ship:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make ship\n",
);
const RULE: &str = "scope/admin-grant";
/// What is said of a file that the forge does not give.
const NOT_READ: &str = "governance/not-checked";

fn scene() -> Scene {
    Scene::new(&[("README.md", "# Shop\n")], &[DEPLOY])
}

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

/// How many calls a review makes when nothing goes wrong.
fn calls() -> usize {
    let scene = scene();
    scene.review(&binary());
    scene.forge.journal().len()
}

/// Plants an answer at each call in turn. The run that meets it says the finding somewhere; the next one leaves the forge as if
/// nothing had been.
fn at_each_call(answer: &Answer) {
    for call in 0..calls() {
        let scene = scene();
        scene.forge.fault(Fault { requests: Matching::any(), skip: call, times: 1, answer: answer.clone() });
        let run = scene.review_with(&binary(), &["--patience", "5"], &[]);
        let said = scene.conversation();
        let on_forge = said.threads.iter().any(|thread| thread.comments[0].body.contains(RULE));
        let told = [RULE, NOT_READ].iter().any(|rule| run.out.contains(rule));
        match run.code {
            1 => assert!(on_forge || told, "call {call}: {}{}", run.out, run.err),
            // It could not be read or judged, and says so.
            2 => assert!(run.err.contains("error: "), "call {call}: {}", run.err),
            code => panic!("call {call} ended with {code}: {}{}", run.out, run.err),
        }
        let again = scene.review(&binary());
        assert_eq!(again.code, 1, "call {call}: {}", again.err);
        let said = scene.forge.conversation(NAME, scene.number);
        let open =
            said.threads.iter().filter(|thread| !thread.comments[0].body.contains("**Fixed in ")).count();
        assert_eq!((open, said.comments.len()), (1, 1), "call {call}: {}", said.markdown());
        assert!(
            said.checks.iter().any(|check| check.conclusion.as_deref() == Some("failure")),
            "call {call}"
        );
        let writes = scene.writes(|| drop(scene.review(&binary())));
        assert_eq!(writes, 0, "call {call}: {}", said.markdown());
    }
}

#[test]
fn refused() {
    at_each_call(&Answer::status(403));
}

#[test]
fn not_found() {
    at_each_call(&Answer::status(404));
}

#[test]
fn in_conflict() {
    at_each_call(&Answer::status(409));
}

#[test]
fn not_accepted() {
    at_each_call(&Answer::status(422));
}

#[test]
fn too_many() {
    at_each_call(&Answer::too_many(1));
}

#[test]
fn out_of_order() {
    at_each_call(&Answer::status(502));
}

#[test]
fn no_answer() {
    at_each_call(&Answer::Hangup);
}

#[test]
fn an_answer_that_never_arrives() {
    at_each_call(&Answer::HangupAfterDoing);
}
