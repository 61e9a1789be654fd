//! `hallpass review` on forges, tokens and changes that are not as they should be.

#![allow(clippy::expect_used, clippy::panic)]

use hallpass_forge::{Answer, Fault, Matching};
use hallpass_tests::binary::{Binary, Folder};
use hallpass_tests::scene::{NAME, Scene, TODAY, TOKEN};

const CI: (&str, &str) = (
    ".github/workflows/ci.yml",
    "name: ci\non: push\npermissions:\n  contents: read\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make test\n",
);
const WIDE: &str = "name: deploy\non: push\npermissions: write-all\njobs:\n  ship:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make ship\n";
const DEPLOY: (&str, &str) = (".github/workflows/deploy.yml", WIDE);

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

#[test]
fn what_was_posted_and_is_not_listed_yet_is_not_posted_again() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    for path in ["/pulls/[0-9]+/comments", "/issues/[0-9]+/comments"] {
        let empty = Answer::Status(200, Vec::new(), "[]".to_owned());
        scene.forge.fault(Fault::always(Matching::new("GET", path), empty));
    }
    let run = scene.review(&binary());
    assert_eq!(run.code, 1, "{}", run.err);
    let said = scene.conversation();
    assert_eq!((said.threads.len(), said.comments.len()), (1, 1), "{}", said.markdown());
}

#[test]
fn a_login_that_is_not_the_tokens_is_noticed_before_the_first_word() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    let run = scene.review_with(&binary(), &["--as", "bob"], &[]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("posts as `github-actions[bot]`, not as `bob`"), "{}", run.err);
    let said = scene.conversation();
    assert_eq!(
        (said.threads.len(), said.comments.len(), said.checks.len()),
        (0, 0, 1),
        "the check is nobody's"
    );
    // Forges know no case.
    let scene = Scene::new(&[CI], &[DEPLOY]);
    for _ in 0..2 {
        assert_eq!(scene.review_with(&binary(), &["--as", "GitHub-Actions[bot]"], &[]).code, 1);
    }
    assert_eq!(scene.conversation().comments.len(), 1);
}

#[test]
fn a_token_without_a_name_still_says_the_check() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    for path in ["^/user$", "^/graphql$"] {
        scene.forge.fault(Fault::always(Matching::path(path), Answer::status(403)));
    }
    let run = scene.review(&binary());
    assert!(run.code == 2 && run.err.contains("--as"), "{}", run.err);
    let said = scene.conversation();
    assert_eq!((said.comments.len(), said.checks.len()), (0, 1), "{}", said.markdown());
}

#[test]
fn a_policy_that_the_change_makes_unreadable_is_told_and_the_bases_holds() {
    let second = ("pyproject.toml", "[tool.hallpass]\nfail-on = \"critical\"\n");
    let scene = Scene::new(&[CI], &[DEPLOY, second, (".hallpass.toml", "fail-on = \"critical\"\n")]);
    let run = scene.review(&binary());
    assert_eq!(run.code, 1, "{}", run.err);
    let summary = &scene.conversation().comments[0].body;
    for said in ["scope/admin-grant", "governance/guardrail-weakened", "both hold a policy"] {
        assert!(summary.contains(said), "{said} in {summary}");
    }
    // Nobody is told to ask for what is not to be had.
    let threads = scene.conversation().threads;
    let of = |rule: &str| threads.iter().map(|t| &t.comments[0].body).find(|body| body.contains(rule));
    assert!(of("scope/admin-grant").expect("it is told").contains("/hallpass waive"));
    assert!(!of("governance/guardrail-weakened").expect("it is told").contains("/hallpass waive"));
}

/// A text without what stands between two runs of as many backticks.
fn without_code(text: &str) -> String {
    let Some(start) = text.find('`') else { return text.to_owned() };
    let fence: String = text[start..].chars().take_while(|c| *c == '`').collect();
    let inside = &text[start + fence.len()..];
    let mut at = 0;
    while let Some(found) = inside[at..].find('`') {
        let run = inside[at + found..].bytes().take_while(|b| *b == b'`').count();
        at += found + run;
        if run == fence.len() {
            return format!("{}{}", &text[..start], without_code(&inside[at..]));
        }
    }
    text.to_owned()
}

#[test]
fn what_the_forge_does_not_give_passes_nothing() {
    let wrong = Answer::Status(200, Vec::new(), "another text".to_owned());
    for answer in [Answer::status(403), Answer::status(404), wrong] {
        // In the base as well, it would be nothing new.
        let scene = Scene::new(&[CI, DEPLOY], &[(DEPLOY.0, &format!("{WIDE}      - run: make tea\n"))]);
        scene.forge.fault(Fault::always(Matching::new("GET", "/git/blobs/"), answer));
        let run = scene.review(&binary());
        assert_eq!(run.code, 1, "{}", run.err);
        let said = scene.conversation();
        assert_eq!(said.checks[0].conclusion.as_deref(), Some("failure"));
        let body = &said.comments[0].body;
        assert!(body.contains("1 of its files not given by the forge"), "{body}");
        assert!(body.contains("- `.github/workflows/deploy.yml`"), "{body}");
    }
}

#[test]
fn names_are_nothing_but_names() {
    let path = ".github/workflows/a```<details>@octocat ![i](www.e) `.yml";
    let scene = Scene::new(&[CI], &[(path, WIDE)]);
    assert_eq!(scene.review(&binary()).code, 1);
    let said = scene.conversation();
    let texts = said.comments.iter().map(|c| &c.body).chain(said.threads.iter().map(|t| &t.comments[0].body));
    for text in texts {
        assert!(!without_code(text).contains("octocat"), "{text}");
    }
    assert!(said.comments[0].body.contains("octocat"));
}

#[test]
fn every_place_of_a_finding_is_named() {
    let step = "      - uses: octo/deploy@v4\n        with:\n          key: ${{ secrets.DEPLOY_KEY }}\n";
    let twice = WIDE.replace("      - run: make ship\n", &format!("{step}{step}"));
    let scene = Scene::new(&[CI], &[(DEPLOY.0, &twice)]);
    scene.review(&binary());
    let said = scene.conversation();
    let about =
        said.threads.iter().find(|t| t.comments[0].body.contains("third-party/")).expect("it is told");
    let elsewhere = "The same in `.github/workflows/deploy.yml:11`.";
    assert!(about.comments[0].body.contains(elsewhere), "{}", said.markdown());
    assert!(said.comments[0].body.contains(elsewhere), "{}", said.markdown());
    let named = "The same in .github/workflows/deploy.yml:11";
    assert!(
        said.checks[0].annotations.iter().any(|a| a["message"].as_str().is_some_and(|m| m.contains(named)))
    );
}

#[test]
fn an_event_that_names_no_pull_request_is_no_pass() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    for event in [
        "null",
        "[]",
        "{\"number\":1}",
        "{\"pull_request\":{\"number\":\"1\"}}",
        "{\"pull_request\":{\"number\":-1}}",
    ] {
        let folder = Folder::new();
        folder.write("event.json", event);
        let path = folder.path().join("event.json");
        let arguments = ["review", "--api", scene.forge.url(), "--repository", NAME, "--today", TODAY];
        let variables = [
            ("HALLPASS_TOKEN", TOKEN),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", path.to_str().expect("a path")),
        ];
        let run = binary().run_within(folder.path(), arguments, b"", &variables);
        assert!(
            run.code == 2 && run.err.contains("names no pull request"),
            "{event}: {} {}",
            run.code,
            run.err
        );
    }
}

#[test]
fn nobody_else_gets_the_token_or_says_what_there_is() {
    let elsewhere = || vec![("location".to_owned(), "http://127.0.0.1:9/repos/acme/shop/pulls/1".to_owned())];
    let scene = Scene::new(&[CI], &[DEPLOY]);
    let moved = Answer::Status(302, elsewhere(), String::new());
    scene.forge.fault(Fault::always(Matching::new("GET", "/pulls/[0-9]+$"), moved));
    let run = scene.review(&binary());
    assert!(run.code == 2 && run.err.contains("does not get the token"), "{}", run.err);
    let scene = Scene::new(&[CI], &[DEPLOY]);
    let round = vec![("location".to_owned(), "/repos/acme/shop/pulls/1".to_owned())];
    scene.forge.fault(Fault::always(
        Matching::new("GET", "/pulls/[0-9]+$"),
        Answer::Status(302, round, String::new()),
    ));
    let run = scene.review(&binary());
    assert!(run.code == 2 && run.err.contains("sends on more than"), "{}", run.err);
    let scene = Scene::new(&[CI], &[DEPLOY]);
    let next = vec![("link".to_owned(), "<http://localhost:9/x?page=2>; rel=\"next\"".to_owned())];
    let page = Answer::Status(200, next, "[]".to_owned());
    scene.forge.fault(Fault::always(Matching::new("GET", "/issues/[0-9]+/comments"), page));
    let run = scene.review(&binary());
    assert!(run.code == 2 && run.err.contains("sends on to another address"), "{}", run.err);
    assert!(scene.conversation().comments.is_empty());
}

#[test]
fn a_forge_that_names_what_git_cannot_hold_is_not_believed() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    let tree = r#"{"sha":"x","url":"x","truncated":false,"tree":[{"path":"../evil.yml","mode":"100644","type":"blob",
        "sha":"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391","size":0}]}"#;
    let answer = Answer::Status(200, Vec::new(), tree.to_owned());
    scene.forge.fault(Fault::always(Matching::new("GET", "/git/trees/"), answer));
    let run = scene.review(&binary());
    assert!(run.code == 2 && run.err.contains("`../evil.yml`"), "{}", run.err);
    assert!(scene.conversation().checks.is_empty());
}

#[test]
fn a_token_or_a_key_that_can_be_none_is_told_by_its_name() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    for (variable, value) in [("HALLPASS_TOKEN", "one\ntwo"), ("HALLPASS_REVIEW_KEY", "short")] {
        let run = scene.review_with(&binary(), &[], &[(variable, value)]);
        assert!(run.code == 2 && run.err.contains(variable), "{}", run.err);
        assert!(!run.err.contains("two") && !run.err.contains("short"), "{}", run.err);
    }
    let line = format!("{TOKEN}\n");
    assert_eq!(
        scene.review_with(&binary(), &[], &[("HALLPASS_TOKEN", &line)]).code,
        1,
        "the end of its file"
    );
}

#[test]
fn a_change_that_changes_nothing_gets_a_check_and_no_word() {
    let scene = Scene::new(&[CI], &[("README.md", "# Shop\n")]);
    scene.push(3, &[("README.md", "")]);
    assert_eq!(scene.review(&binary()).code, 0);
    let said = scene.conversation();
    assert_eq!((said.comments.len(), said.threads.len(), said.checks.len()), (0, 0, 1));
    let writes = scene.writes(|| assert_eq!(scene.review(&binary()).code, 0));
    assert_eq!(writes, 0, "{}", scene.conversation().markdown());
}

#[test]
fn many_answers_to_those_who_only_read_end() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    for (login, role) in [("rita", "read"), ("ann", "write")] {
        scene.forge.collaborator(NAME, login, role);
    }
    let asks = |login: &str| {
        let id = scene.forge.person(login).comment(NAME, scene.number, "/hallpass dance");
        let folder = Folder::new();
        let event = serde_json::json!({ "action": "created",
            "issue": { "number": scene.number, "pull_request": {} },
            "comment": { "id": id, "body": "/hallpass dance", "user": { "login": login, "type": "User" } } });
        folder.write("event.json", event.to_string());
        let path = folder.path().join("event.json");
        let arguments = ["review", "--api", scene.forge.url(), "--repository", NAME, "--pause", "0"];
        let variables = [
            ("HALLPASS_TOKEN", TOKEN),
            ("GITHUB_EVENT_NAME", "issue_comment"),
            ("GITHUB_EVENT_PATH", path.to_str().expect("a path")),
        ];
        let run = binary().run_within(folder.path(), arguments, b"", &variables);
        assert_eq!(run.code, 0, "{}", run.err);
    };
    let answers =
        || scene.conversation().comments.iter().filter(|c| c.author == "github-actions[bot]").count();
    (0..25).for_each(|_| asks("rita"));
    assert_eq!(answers(), 20);
    asks("ann");
    assert_eq!(answers(), 21, "who may write is answered");
}
