//! `hallpass review` on a fake Gitea, and on a fake Forgejo.

#![allow(clippy::expect_used, clippy::panic)]

use hallpass_forge::gitea::{Conversation, Gitea, Pull, Token};
use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::Repository;
use hallpass_tests::scene::TODAY;

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
