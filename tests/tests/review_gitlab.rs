//! `hallpass review` on a fake GitLab.

#![allow(clippy::expect_used, clippy::panic)]

use hallpass_forge::gitlab::{Conversation, GitLab, MergeRequest, Token};
use hallpass_forge::{Answer, Fault, Matching};
use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::Repository;
use hallpass_tests::scene::TODAY;

const NAME: &str = "acme/web/shop";
const TOKEN: &str = "project-token";
const BASE: (&str, &str) = ("main.tf", "resource \"aws_iam_role\" \"shop\" {\n  name = \"shop\"\n}\n");
const CHANGE: (&str, &str) = (
    "main.tf",
    "resource \"aws_iam_role\" \"shop\" {\n  name                 = \"shop\"\n  max_session_duration = 43200\n}\n",
);

struct Scene {
    forge: GitLab,
    repository: Repository,
    number: u64,
}

impl Scene {
    fn new(change: &[(&str, &str)]) -> Self {
        let repository = Repository::new();
        repository.commit(1, &[BASE]);
        repository.git(2, &["checkout", "-q", "-b", "change"]);
        let head = repository.commit(2, change);
        let forge = GitLab::start();
        forge.project(NAME, repository.path());
        forge.member(NAME, "hallpass", 30);
        forge.token(TOKEN, Token::access("hallpass", &["api"]));
        let number = forge.open(NAME, MergeRequest::of(&head));
        Self { forge, repository, number }
    }

    fn review(&self) -> Run {
        let number = self.number.to_string();
        let api = format!("{}/api/v4", self.forge.url());
        let variables = [
            ("HALLPASS_TOKEN", TOKEN),
            ("GITLAB_CI", "true"),
            ("CI_PROJECT_PATH", NAME),
            ("CI_API_V4_URL", api.as_str()),
            ("CI_MERGE_REQUEST_IID", number.as_str()),
        ];
        let arguments = ["review", "--pause", "0", "--today", TODAY];
        Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test")).run_within(
            Folder::new().path(),
            arguments,
            b"",
            &variables,
        )
    }

    fn conversation(&self) -> Conversation {
        self.forge.conversation(NAME, self.number)
    }

    fn is_quiet(&self) {
        let before = self.forge.writes();
        self.review();
        assert_eq!(self.forge.writes(), before, "{:#?}", self.conversation());
    }
}

#[test]
fn a_first_run_says_it_and_a_second_one_writes_nothing() {
    let scene = Scene::new(&[CHANGE]);
    let run = scene.review();
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let said = scene.conversation();
    let at_lines: Vec<_> = said.discussions.iter().filter(|d| d.path.is_some()).collect();
    let notes: Vec<_> = said.discussions.iter().filter(|d| d.individual).collect();
    assert_eq!((at_lines.len(), notes.len()), (1, 1), "{said:#?}");
    assert_eq!(at_lines[0].new_line, Some(3));
    assert!(
        at_lines[0].notes[0].body.contains("```suggestion:-0+0\n  max_session_duration = 3600\n```"),
        "{said:#?}"
    );
    assert_eq!(said.statuses.len(), 1);
    assert!(said.commands.is_empty(), "nothing of it was carried out: {:?}", said.commands);
    scene.is_quiet();
}

#[test]
fn what_is_mended_is_edited_and_resolved() {
    let scene = Scene::new(&[CHANGE]);
    scene.review();
    let head = scene.repository.commit(3, &[BASE]);
    scene.forge.push(NAME, scene.number, &head);
    let run = scene.review();
    assert_eq!(run.code, 0, "{}", run.err);
    let said = scene.conversation();
    let at_line = said.discussions.iter().find(|d| d.path.is_some()).expect("it stays");
    assert!(at_line.notes[0].body.contains("**Fixed in "), "{said:#?}");
    assert_eq!(at_line.resolved_by.as_deref(), Some("hallpass"), "a developer's token may");
    scene.is_quiet();
}

#[test]
fn a_line_that_the_change_leaves_takes_a_comment_too() {
    // The finding stands at the head of the resource, which the change shows and does not touch.
    let scene = Scene::new(&[(
        "main.tf",
        "resource \"aws_iam_role\" \"shop\" {\n  name               = \"shop\"\n  assume_role_policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"sts:AssumeRole\" }] })\n}\n",
    )]);
    let run = scene.review();
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(scene.conversation().discussions.iter().any(|d| d.path.is_some()));
    scene.is_quiet();
}

#[test]
fn a_refused_discussion_costs_no_finding() {
    let scene = Scene::new(&[CHANGE]);
    scene.forge.fault(Fault::always(Matching::new("POST", "/discussions"), Answer::status(403)));
    let run = scene.review();
    assert_eq!(run.code, 1, "{}", run.err);
    let said = scene.conversation();
    assert!(
        said.discussions.iter().any(|d| d.individual && d.notes[0].body.contains("lifetime/above-ceiling")),
        "{said:#?}"
    );
    assert!(run.err.contains("not said on the forge"), "{}", run.err);
}
