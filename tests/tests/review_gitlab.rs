//! `hallpass review` and `hallpass serve` on a fake GitLab.

#![allow(clippy::expect_used, clippy::panic)]

use hallpass_forge::gitlab::{Conversation, GitLab, MergeRequest, Token};
use hallpass_forge::{Answer, Fault, Matching};
use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::Repository;
use hallpass_tests::scene::TODAY;
use hallpass_tests::server::{SECRET, Server, until};

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
        self.review_with(&[])
    }

    fn review_with(&self, more: &[(&str, &str)]) -> Run {
        let number = self.number.to_string();
        let api = format!("{}/api/v4", self.forge.url());
        let variables = [
            ("HALLPASS_TOKEN", TOKEN),
            ("GITLAB_CI", "true"),
            ("CI_PROJECT_PATH", NAME),
            ("CI_API_V4_URL", api.as_str()),
            ("CI_MERGE_REQUEST_IID", number.as_str()),
        ];
        let variables: Vec<(&str, &str)> = variables.iter().chain(more).copied().collect();
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
fn whose_merge_request_it_is_and_who_posts_is_asked_first() {
    let scene = Scene::new(&[CHANGE]);
    let other = scene.review_with(&[("HALLPASS_LOGIN", "somebody")]);
    assert!(other.code == 2 && other.err.contains("posts as `hallpass`"), "{}", other.err);
    assert!(scene.conversation().discussions.is_empty());
    let nothing = scene.review_with(&[("CI_MERGE_REQUEST_IID", ""), ("CI_PIPELINE_SOURCE", "push")]);
    assert!(nothing.code == 0 && nothing.err.contains("nothing to review"), "{}", nothing.err);
    let fork = [("CI_PROJECT_PATH", "mallory/shop"), ("CI_MERGE_REQUEST_PROJECT_PATH", NAME)];
    let run = scene.review_with(&fork);
    assert_eq!(run.code, 1, "{}", run.err);
    // One discussion and one note: the first run could say the status.
    assert!(run.err.contains("2 writes"), "{}", run.err);
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

/// A webhook as GitLab sends it, with what of it stands in its documentation.
/// <https://docs.gitlab.com/user/project/integrations/webhook_events/>
fn told(server: &Server, token: &str, event: &str, payload: &serde_json::Value) -> u16 {
    let mut payload = payload.clone();
    payload["project"] = serde_json::json!({ "id": 1, "path_with_namespace": NAME });
    server.post(&[("x-gitlab-event", event), ("x-gitlab-token", token)], &payload.to_string())
}

#[test]
fn webhooks_are_taken_and_people_answered_where_they_ask() {
    let scene = Scene::new(&[CHANGE]);
    scene.forge.member(NAME, "ann", 30);
    let api = format!("{}/api/v4", scene.forge.url());
    let folder = Folder::new();
    let program = env!("CARGO_BIN_EXE_hallpass-under-test");
    let arguments = ["--forge", "gitlab", "--api", &api];
    let server = Server::start(program, folder.path(), &arguments, &[("HALLPASS_TOKEN", TOKEN)]);
    let opened = serde_json::json!({ "object_kind": "merge_request",
        "object_attributes": { "iid": scene.number, "action": "open" } });
    for bad in ["", "a secret of the webhoo", "another secret altogether"] {
        assert_eq!(told(&server, bad, "Merge Request Hook", &opened), 401, "{bad}");
    }
    assert_eq!(told(&server, SECRET, "Merge Request Hook", &opened), 202);
    assert_eq!(told(&server, SECRET, "Merge Request Hook", &opened), 200, "the same again");
    until("it is reviewed", || !scene.conversation().statuses.is_empty());
    server.is_idle();
    let at_line =
        || scene.conversation().discussions.into_iter().find(|d| d.path.is_some()).expect("one at a line");
    let asks = |body: &str| {
        let thread = at_line();
        let id = scene.forge.say(NAME, scene.number, "ann", Some(&thread.id), body);
        let note = serde_json::json!({ "object_kind": "note", "user": { "username": "ann" },
            "merge_request": { "iid": scene.number },
            "object_attributes": { "id": id, "note": body, "noteable_type": "MergeRequest",
                "discussion_id": thread.id, "action": "create" } });
        assert_eq!(told(&server, SECRET, "Note Hook", &note), 202);
        until("there is an answer below it", || at_line().notes.len() >= thread.notes.len() + 2);
        at_line().notes.last().expect("an answer").body.clone()
    };
    assert!(asks("/hallpass explain").contains("What it catches"));
    let proposed = asks("/hallpass waive 14 moves with PLAT-12");
    assert!(proposed.contains("[[waiver]]") && proposed.contains("ann"), "{proposed}");
}
