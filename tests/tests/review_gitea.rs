//! `hallpass review` and `hallpass serve` on a fake Gitea, and on a fake Forgejo.

#![allow(clippy::expect_used, clippy::panic)]

use hallpass_forge::gitea::{Conversation, Gitea, Pull, Token};
use hallpass_forge::github::Delivery;
use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::Repository;
use hallpass_tests::scene::TODAY;
use hallpass_tests::server::{SECRET, Server, until};

const NAME: &str = "acme/shop";
const TOKEN: &str = "robot-token";
const BASE: (&str, &str) = ("main.tf", "resource \"aws_iam_role\" \"shop\" {\n  name = \"shop\"\n}\n");
const CHANGE: (&str, &str) = (
    "main.tf",
    "resource \"aws_iam_role\" \"shop\" {\n  name                 = \"shop\"\n  max_session_duration = 43200\n}\n",
);

struct Scene {
    forge: Gitea,
    repository: Repository,
    number: u64,
}

impl Scene {
    fn new(forge: Gitea) -> Self {
        let repository = Repository::new();
        repository.commit(1, &[BASE]);
        repository.git(2, &["checkout", "-q", "-b", "change"]);
        let head = repository.commit(2, &[CHANGE]);
        forge.repository(NAME, repository.path());
        forge.collaborator(NAME, "hallpass", "write");
        forge.token(TOKEN, Token::new("hallpass", &["write:repository", "write:issue", "read:user"]));
        let number = forge.open(NAME, Pull::of(&head));
        Self { forge, repository, number }
    }

    fn review(&self) -> Run {
        let number = self.number.to_string();
        let api = format!("{}/api/v1", self.forge.url());
        let variables = [
            ("HALLPASS_TOKEN", TOKEN),
            ("GITEA_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", NAME),
            ("GITHUB_API_URL", api.as_str()),
        ];
        let arguments = ["review", "--pull", &number, "--pause", "0", "--today", TODAY];
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
}

#[test]
fn it_is_said_once_and_edited_when_mended() {
    for forge in [Gitea::start(), Gitea::forgejo()] {
        let scene = Scene::new(forge);
        let run = scene.review();
        assert_eq!(run.code, 1, "{}{}", run.out, run.err);
        let said = scene.conversation();
        assert_eq!(
            (said.reviews.len(), said.comments.len(), said.statuses.len()),
            (1, 1, 1),
            "{}",
            said.markdown()
        );
        assert_eq!(said.reviews[0].comments[0].new_line, Some(3));
        let before = scene.forge.writes();
        scene.review();
        assert_eq!(scene.forge.writes(), before, "{}", scene.conversation().markdown());
        let head = scene.repository.commit(3, &[BASE]);
        scene.forge.push(NAME, scene.number, &head);
        assert_eq!(scene.review().code, 0);
        let said = scene.conversation();
        assert!(said.reviews[0].comments[0].body.contains("**Fixed in "), "{}", said.markdown());
        assert_eq!((said.reviews.len(), said.comments.len()), (1, 1), "{}", said.markdown());
    }
}

#[test]
fn a_resolved_conversation_takes_in_nothing_and_nobody_is_sent_where_nobody_listens() {
    let scene = Scene::new(Gitea::start());
    scene.review();
    let comment = scene.conversation().reviews[0].comments[0].clone();
    assert!(comment.body.contains("`/hallpass explain lifetime/above-ceiling` below the pull request"));
    assert!(!comment.body.contains("waive"), "{}", comment.body);
    scene.forge.resolve(NAME, scene.number, "ann", comment.id);
    let before = scene.forge.writes();
    scene.review();
    assert_eq!(scene.forge.writes(), before, "{}", scene.conversation().markdown());
    let head = scene.repository.commit(3, &[(CHANGE.0, &CHANGE.1.replace("43200", "40000"))]);
    scene.forge.push(NAME, scene.number, &head);
    scene.review();
    let said = scene.conversation();
    assert_eq!(
        said.reviews.iter().map(|review| review.comments.len()).sum::<usize>(),
        2,
        "{}",
        said.markdown()
    );
}

/// A webhook as Gitea sends it; its signature is GitHub's without the name of the method.
fn told(server: &Server, secret: &str, id: &str, event: &str, payload: &serde_json::Value) -> u16 {
    let mut payload = payload.clone();
    payload["repository"] = serde_json::json!({ "id": 1, "full_name": NAME });
    let body = payload.to_string();
    let delivery = Delivery { id: id.to_owned(), event: event.to_owned(), body: body.clone().into_bytes() };
    let signature = delivery.signature(secret);
    let code = signature.trim_start_matches("sha256=");
    server.post(&[("x-gitea-event", event), ("x-gitea-delivery", id), ("x-gitea-signature", code)], &body)
}

#[test]
fn webhooks_are_taken_and_people_answered() {
    let scene = Scene::new(Gitea::start());
    let api = format!("{}/api/v1", scene.forge.url());
    let folder = Folder::new();
    let program = env!("CARGO_BIN_EXE_hallpass-under-test");
    let arguments = ["--forge", "gitea", "--api", &api];
    let server = Server::start(program, folder.path(), &arguments, &[("HALLPASS_TOKEN", TOKEN)]);
    let opened = serde_json::json!({ "action": "opened", "number": scene.number,
        "pull_request": { "number": scene.number } });
    assert_eq!(told(&server, "another secret altogether", "d1", "pull_request", &opened), 401);
    assert_eq!(told(&server, SECRET, "d1", "pull_request", &opened), 202);
    assert_eq!(told(&server, SECRET, "d2", "pull_request", &opened), 200, "the same again");
    until("it is reviewed", || !scene.conversation().statuses.is_empty());
    server.is_idle();
    let id = scene.forge.say(NAME, scene.number, "ann", "/hallpass explain lifetime/above-ceiling");
    let asked = serde_json::json!({ "action": "created", "is_pull": true, "issue": { "number": scene.number },
        "comment": { "id": id, "body": "/hallpass explain lifetime/above-ceiling", "user": { "login": "ann" } } });
    assert_eq!(told(&server, SECRET, "d3", "issue_comment", &asked), 202);
    let answered = || scene.conversation().comments.iter().any(|c| c.body.contains("What it catches"));
    until("there is an answer", answered);
}
