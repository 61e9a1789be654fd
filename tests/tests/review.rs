//! `hallpass review` on a fake GitHub: what is said of a change, and what is not said twice. Counted in writes and comments.

#![allow(clippy::expect_used, clippy::panic)]

use hallpass_forge::{Answer, Fault, Matching};
use hallpass_rules::detect::canary;
use hallpass_tests::binary::Binary;
use hallpass_tests::scene::{NAME, Scene};

const CI: (&str, &str) = (
    ".github/workflows/ci.yml",
    "name: ci\non: push\npermissions:\n  contents: read\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make test\n",
);
const DEPLOY: (&str, &str) = (
    ".github/workflows/deploy.yml",
    "name: deploy\non: push\npermissions: write-all\njobs:\n  ship:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: octo/deploy@v4\n        with:\n          key: ${{ secrets.DEPLOY_KEY }}\n      - run: make ship\n",
);
const FIXABLE: (&str, &str) = (
    "main.tf",
    "resource \"aws_iam_role\" \"shop\" {\n  name                 = \"shop\"\n  max_session_duration = 43200\n}\n",
);

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

/// Open, and done, comments about findings.
fn threads(scene: &Scene) -> (usize, usize) {
    let threads = scene.conversation().threads;
    let is_done = |body: &str| {
        body.contains("**Fixed in ") || body.contains("**Not of this change") || body.contains("**Accepted**")
    };
    let done = threads.iter().filter(|thread| is_done(&thread.comments[0].body)).count();
    (threads.len() - done, done)
}

fn quiet(scene: &Scene) {
    let writes = scene.writes(|| {
        let run = scene.review(&binary());
        assert!(run.code < 2, "{}", run.err);
    });
    assert_eq!(writes, 0, "{}", scene.conversation().markdown());
}

#[test]
fn a_first_run_says_it_and_a_second_one_writes_nothing() {
    let scene = Scene::new(&[CI], &[DEPLOY, FIXABLE]);
    let run = scene.review(&binary());
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let said = scene.conversation();
    assert_eq!(threads(&scene), (4, 0), "{}", said.markdown());
    assert_eq!(said.comments.len(), 1);
    let reviews =
        scene.forge.journal().iter().filter(|e| e.method == "POST" && e.path.ends_with("/reviews")).count();
    assert_eq!(reviews, 1, "one review holds them all");
    assert!(said.comments[0].body.contains("4 new findings"), "{}", said.markdown());
    let check = &said.checks[0];
    assert_eq!(
        (check.status.as_str(), check.conclusion.as_deref(), check.annotations.len()),
        ("completed", Some("failure"), 4)
    );
    let suggested = said.threads.iter().find(|thread| thread.comments[0].body.contains("```suggestion"));
    let suggested = suggested.expect("a fix is proposed");
    assert_eq!((suggested.path.as_str(), suggested.line), ("main.tf", Some(3)));
    assert!(suggested.comments[0].body.contains("  max_session_duration = 3600"));
    quiet(&scene);
}

#[test]
fn a_change_without_machine_identities_gets_a_check_and_no_word() {
    let scene = Scene::new(&[CI], &[("README.md", "# Shop\n")]);
    assert_eq!(scene.review(&binary()).code, 0);
    let said = scene.conversation();
    assert_eq!((said.comments.len(), said.threads.len(), said.checks.len()), (0, 0, 1));
    assert_eq!(said.checks[0].conclusion.as_deref(), Some("success"));
    quiet(&scene);
}

#[test]
fn what_the_base_has_is_not_told() {
    let scene = Scene::new(&[CI, DEPLOY], &[("README.md", "# Shop\n")]);
    assert_eq!(scene.review(&binary()).code, 0);
    assert_eq!(threads(&scene), (0, 0));
}

#[test]
fn lines_that_move_keep_their_conversation() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    scene.review(&binary());
    scene.push(3, &[(DEPLOY.0, &format!("# Ships the shop.\n\n{}", DEPLOY.1))]);
    let ids =
        |scene: &Scene| scene.conversation().threads.iter().map(|t| t.comments[0].id).collect::<Vec<_>>();
    let before = ids(&scene);
    scene.review(&binary());
    assert_eq!(ids(&scene), before, "{}", scene.conversation().markdown());
    assert_eq!(threads(&scene), (2, 0));
    assert_eq!(scene.conversation().comments.len(), 1);
    quiet(&scene);
}

#[test]
fn a_renamed_file_keeps_its_conversation() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    scene.review(&binary());
    scene.push(3, &[(DEPLOY.0, ""), (".github/workflows/ship.yml", DEPLOY.1)]);
    scene.review(&binary());
    assert_eq!(threads(&scene), (2, 0), "{}", scene.conversation().markdown());
    quiet(&scene);
}

#[test]
fn what_is_mended_is_edited_and_what_comes_back_is_told_again() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    scene.review(&binary());
    let mended = DEPLOY.1.replace("permissions: write-all", "permissions:\n  contents: read");
    let head = scene.push(3, &[(DEPLOY.0, &mended)]);
    scene.review(&binary());
    let said = scene.conversation();
    assert_eq!(threads(&scene), (1, 1), "{}", said.markdown());
    let fixed =
        said.threads.iter().find(|t| t.comments[0].body.contains("**Fixed in ")).expect("one is fixed");
    assert!(fixed.comments[0].body.contains(&head[..10]));
    assert_eq!(fixed.resolved_by, None, "the token may not");
    quiet(&scene);
    scene.push(4, &[(DEPLOY.0, DEPLOY.1)]);
    scene.review(&binary());
    assert_eq!(threads(&scene), (2, 0), "{}", scene.conversation().markdown());
    quiet(&scene);
}

#[test]
fn a_conversation_that_somebody_ended_takes_in_nothing_new() {
    let scene = Scene::new(&[CI], &[DEPLOY, FIXABLE]);
    scene.review(&binary());
    let maintainer = scene.forge.person("maintainer");
    let opener = |path: &str, text: &str| {
        let threads = scene.conversation().threads;
        let found = threads.iter().find(|t| t.path == path && t.comments[0].body.contains(text));
        found.expect("a conversation").comments[0].id
    };
    // One is ended while its finding stands there: that is not said again.
    maintainer.resolve(NAME, scene.number, opener(FIXABLE.0, "**"));
    quiet(&scene);
    // What stands in its place later is another finding.
    scene.push(3, &[(FIXABLE.0, &FIXABLE.1.replace("43200", "40000"))]);
    scene.review(&binary());
    assert_eq!(threads(&scene), (4, 1), "{}", scene.conversation().markdown());
    quiet(&scene);
    // One is ended when its finding is gone, and the finding comes back.
    scene.push(
        4,
        &[(DEPLOY.0, &DEPLOY.1.replace("permissions: write-all", "permissions:\n  contents: read"))],
    );
    scene.review(&binary());
    assert_eq!(threads(&scene), (3, 2), "{}", scene.conversation().markdown());
    maintainer.resolve(NAME, scene.number, opener(DEPLOY.0, "**Fixed in "));
    quiet(&scene);
    scene.push(5, &[DEPLOY]);
    scene.review(&binary());
    assert_eq!(threads(&scene), (4, 2), "{}", scene.conversation().markdown());
    quiet(&scene);
}

#[test]
fn what_a_person_edited_stays() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    scene.review(&binary());
    let said = scene.conversation();
    let (thread, note) = (&said.threads[0].comments[0], &said.comments[0]);
    let maintainer = scene.forge.person("maintainer");
    maintainer.edit(NAME, scene.number, thread.id, &format!("{}\n\nWe know.", thread.body));
    maintainer.edit(NAME, scene.number, note.id, &format!("{}\n\nSee the ticket.", note.body));
    scene.push(3, &[(DEPLOY.0, CI.1)]);
    scene.review(&binary());
    let after = scene.conversation();
    assert!(after.threads[0].comments[0].body.ends_with("We know."));
    assert!(after.comments[0].body.ends_with("See the ticket."));
    assert_eq!(after.comments.len(), 2, "a summary of its own says the rest");
    quiet(&scene);
}

#[test]
fn of_many_findings_the_worst_stand_at_lines_and_none_is_lost() {
    let many: String = (0..500).map(|n| format!("resource \"aws_iam_role\" \"r{n}\" {{\n  name                 = \"r{n}\"\n  max_session_duration = 43200\n}}\n")).collect();
    let scene = Scene::new(&[CI], &[("main.tf", &many)]);
    let run = scene.review(&binary());
    assert_eq!(run.code, 1, "{}", run.err);
    let said = scene.conversation();
    assert_eq!(said.threads.len(), 15);
    assert!(said.comments[0].body.chars().count() <= 65_536);
    assert!(said.comments[0].body.contains("more not shown here"), "the summary says that it is cut");
    // One for each role, and one that says of all of them that nobody owns them.
    assert_eq!(said.checks[0].annotations.len(), 501);
    assert_eq!(said.checks[0].conclusion.as_deref(), Some("failure"));
    quiet(&scene);
}

#[test]
fn a_refused_comment_costs_no_finding() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    let forbidden = || Answer::status(403);
    scene.forge.fault(Fault::always(Matching::new("POST", "/pulls/[0-9]+/reviews"), forbidden()));
    scene.forge.fault(Fault::always(Matching::new("POST", "/issues/[0-9]+/comments"), forbidden()));
    scene.forge.fault(Fault::always(Matching::new("POST", "/check-runs"), forbidden()));
    let run = scene.review_with(&binary(), &[], &[("GITHUB_ACTIONS", "true")]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("::error file=.github/workflows/deploy.yml,line=3"), "{}", run.out);
    assert!(run.err.contains("not said on the forge"), "{}", run.err);
}

#[test]
fn a_comment_that_may_not_stand_at_its_line_stands_in_the_summary() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    scene.forge.fault(Fault {
        requests: Matching::new("POST", "/pulls/[0-9]+/reviews"),
        skip: 0,
        times: 2,
        answer: Answer::status(422),
    });
    let run = scene.review(&binary());
    assert_eq!(run.code, 1, "{}", run.err);
    let said = scene.conversation();
    assert_eq!(said.comments.len(), 1);
    assert!(
        said.comments[0].body.contains("scope/admin-grant")
            && said.comments[0].body.contains("third-party/unpinned-with-credential")
    );
}

#[test]
fn a_forged_mark_is_nobodys() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    let key = [("HALLPASS_REVIEW_KEY", "a key of the organisation")];
    scene.review_with(&binary(), &[], &key);
    let ours = scene.conversation();
    let body = ours.comments[0].body.clone();
    let before = ours.comments.len();
    scene.forge.person("mallory").comment(NAME, scene.number, &body);
    let writes = scene.writes(|| drop(scene.review_with(&binary(), &[], &key)));
    assert_eq!(writes, 0);
    assert_eq!(scene.conversation().comments.len(), before + 1, "somebody else's comment is left alone");
}

#[test]
fn a_head_that_moves_on_is_left_to_its_own_run() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    let next = scene.repository.commit(3, &[(DEPLOY.0, CI.1)]);
    let number = scene.number;
    scene.forge.before(Matching::new("GET", "/issues/[0-9]+/comments"), 0, move |forge| {
        forge.push(NAME, number, &next)
    });
    let run = scene.review(&binary());
    assert!(run.err.contains("the change has moved on"), "{}", run.err);
    assert_eq!(threads(&scene), (0, 0));
    assert!(scene.conversation().checks.is_empty());
}

#[test]
fn a_closed_pull_request_is_left_alone() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    scene.forge.close(NAME, scene.number);
    let writes = scene.writes(|| assert_eq!(scene.review(&binary()).code, 0));
    assert_eq!(writes, 0);
}

/// What somebody says under a finding, as the event of a workflow.
fn said_under_a_finding(scene: &Scene, login: &str, body: &str) -> (hallpass_tests::binary::Folder, u64) {
    let opened =
        scene.conversation().threads.iter().find(|t| t.path == "main.tf").expect("a finding").comments[0].id;
    let id = scene.forge.person(login).reply(NAME, scene.number, opened, body);
    let folder = hallpass_tests::binary::Folder::new();
    let event = serde_json::json!({
        "action": "created",
        "pull_request": { "number": scene.number },
        "comment": { "id": id, "in_reply_to_id": opened, "body": body, "user": { "login": login, "type": "User" } },
    });
    folder.write("event.json", event.to_string());
    (folder, id)
}

fn answered(scene: &Scene, login: &str, body: &str) -> String {
    let (folder, _) = said_under_a_finding(scene, login, body);
    let number = scene.number.to_string();
    let arguments: Vec<String> =
        scene.arguments().into_iter().filter(|a| a != "--pull" && *a != number).collect();
    let path = folder.path().join("event.json");
    let variables = [
        ("HALLPASS_TOKEN", hallpass_tests::scene::TOKEN),
        ("GITHUB_EVENT_NAME", "pull_request_review_comment"),
        ("GITHUB_EVENT_PATH", path.to_str().expect("a path")),
    ];
    let run = || binary().run_within(folder.path(), &arguments, b"", &variables);
    let first = run();
    assert_eq!(first.code, 0, "{}", first.err);
    let again = scene.writes(|| drop(run()));
    assert_eq!(again, 0, "it is answered once");
    let threads = scene.conversation().threads;
    let thread = threads.iter().find(|t| t.path == "main.tf").expect("a finding");
    thread.comments.last().expect("an answer").body.clone()
}

#[test]
fn a_waiver_is_proposed_to_those_who_may_and_pushed_by_nobody() {
    let scene = Scene::new(&[CI], &[FIXABLE]);
    scene.forge.collaborator(NAME, "ann", "write");
    scene.forge.collaborator(NAME, "dev", "write");
    scene.review_with(&binary(), &["--ignore", "identity"], &[]);
    assert!(answered(&scene, "dev", "/hallpass waive 14 please").contains("who proposes a change"));
    assert!(answered(&scene, "rita", "/hallpass waive 14 please").contains("only those who may write"));
    assert!(answered(&scene, "ann", "/hallpass waive 900 please").contains("within 90 days"));
    assert!(answered(&scene, "rita", "/hallpass explain").contains("What it catches"));
    let proposed = answered(&scene, "ann", "/hallpass waive 14 moves with PLAT-12");
    assert!(proposed.contains("```suggestion"), "{proposed}");
    assert!(
        proposed.contains("hallpass: allow(lifetime/above-ceiling) until=2026-12-11 owner=ann"),
        "{proposed}"
    );
    assert!(proposed.contains("[[waiver]]"), "{proposed}");
    // Committed, it is the change's own word: it is told, and in force once it is merged.
    let start = proposed.find("```suggestion\n").expect("a suggestion") + "```suggestion\n".len();
    let text = proposed[start..].split("\n```").next().expect("its end");
    let waived = FIXABLE.1.replace("  max_session_duration = 43200", text);
    scene.push(3, &[(FIXABLE.0, &waived)]);
    scene.review_with(&binary(), &["--ignore", "identity"], &[]);
    assert!(
        scene.conversation().comments[0].body.contains("Waivers that the change brings"),
        "{}",
        scene.conversation().markdown()
    );
}

#[test]
fn no_output_shows_a_secret() {
    let token = canary("github-pat", 1).expect("a value").text;
    let scene = Scene::new(
        &[CI],
        &[(
            "deploy.sh",
            &format!(
                "#!/bin/sh\nexport GITHUB_TOKEN={token}\ncurl -H \"authorization: bearer {token}\" https://api.example.com/@octo\n"
            ),
        )],
    );
    let run = scene.review(&binary());
    assert_eq!(run.code, 1, "{}", run.err);
    let said = scene.conversation();
    assert!(!said.threads.is_empty(), "{}", said.markdown());
    let sent: Vec<String> = scene
        .forge
        .journal()
        .iter()
        .filter(|e| e.method != "GET")
        .map(|e| e.request_body.to_string())
        .collect();
    for text in sent.iter().chain([&run.out, &run.err]) {
        assert!(!text.contains(&token[8..]), "a secret was shown");
    }
}

/// With `HALLPASS_CONVERSATION=FILE` the conversation is written there, for `tests/forge/page` to make a picture of.
#[test]
fn a_conversation_reads_well() {
    let scene = Scene::new(&[CI], &[DEPLOY, FIXABLE]);
    scene.forge.collaborator(NAME, "ann", "write");
    let ignored = ["--ignore", "identity/no-owner"];
    scene.review_with(&binary(), &ignored, &[]);
    let mended = DEPLOY.1.replace("permissions: write-all", "permissions:\n  contents: read");
    scene.push(3, &[(DEPLOY.0, &mended)]);
    scene.review_with(&binary(), &ignored, &[]);
    assert!(answered(&scene, "ann", "/hallpass waive 14 moves with PLAT-12").contains("Proposed by"));
    let said = scene.conversation().markdown();
    for line in said.lines() {
        assert!(!line.contains("undefined") && !line.contains("None)"), "{line}");
    }
    if let Some(file) = std::env::var_os("HALLPASS_CONVERSATION") {
        std::fs::write(file, said).expect("a file");
    }
}

/// What the second of two workflows is told of the first, which ran for a pull request from a fork.
fn after_a_run(branch: &str, commit: &str) -> hallpass_tests::binary::Folder {
    let folder = hallpass_tests::binary::Folder::new();
    let event = serde_json::json!({
        "action": "completed",
        "workflow_run": { "event": "pull_request", "head_branch": branch, "head_sha": commit, "pull_requests": [],
            "head_repository": { "full_name": "mallory/shop", "owner": { "login": "mallory" } } },
    });
    folder.write("event.json", event.to_string());
    // What an outsider's run left lying about says that all is well; nobody asks it.
    folder.write("hallpass.sarif", "{\"version\":\"2.1.0\",\"runs\":[]}");
    folder
}

#[test]
fn a_fork_is_found_by_its_head_and_its_artifact_is_not_asked() {
    let scene = Scene::new(&[CI], &[("README.md", "# Shop\n")]);
    let fork = hallpass_tests::git::Repository::new();
    fork.git(1, &["fetch", "-q", scene.repository.path().to_str().expect("a path"), "main"]);
    fork.git(1, &["checkout", "-q", "-b", "theirs", "FETCH_HEAD"]);
    let head = fork.commit(3, &[DEPLOY]);
    scene.forge.fork(NAME, "mallory/shop", fork.path());
    let pull = hallpass_forge::github::Pull {
        fork: Some("mallory/shop".to_owned()),
        branch: "theirs".to_owned(),
        author: "mallory".to_owned(),
        ..hallpass_forge::github::Pull::of(&head)
    };
    let number = scene.forge.open(NAME, pull);
    let run = |commit: &str| {
        let folder = after_a_run("theirs", commit);
        let path = folder.path().join("event.json");
        let arguments = [
            "review",
            "--api",
            scene.forge.url(),
            "--repository",
            NAME,
            "--pause",
            "0",
            "--today",
            "2026-11-27",
        ];
        let variables = [
            ("HALLPASS_TOKEN", hallpass_tests::scene::TOKEN),
            ("GITHUB_EVENT_NAME", "workflow_run"),
            ("GITHUB_EVENT_PATH", path.to_str().expect("a path")),
        ];
        binary().run_within(folder.path(), arguments, b"", &variables)
    };
    let old = run("0123456789012345678901234567890123456789");
    assert!(old.code == 0 && old.err.contains("no open pull request has this head"), "{}", old.err);
    let found = run(&head);
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    let said = scene.forge.conversation(NAME, number);
    assert_eq!((said.threads.len(), said.comments.len()), (2, 1), "{}", said.markdown());
    assert_eq!(threads(&scene), (0, 0), "the other pull request is left alone");
}

#[test]
fn a_history_that_is_written_again_keeps_its_conversation() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    scene.review(&binary());
    scene.repository.git(3, &["reset", "-q", "--hard", "main"]);
    let head = scene.repository.commit(3, &[DEPLOY, ("README.md", "# Shop\n")]);
    scene.forge.push(NAME, scene.number, &head);
    scene.review(&binary());
    assert_eq!(threads(&scene), (2, 0), "{}", scene.conversation().markdown());
    assert_eq!(scene.conversation().comments.len(), 1);
    quiet(&scene);
}

#[test]
fn what_the_target_branch_has_meanwhile_is_not_of_the_change() {
    let scene = Scene::new(&[CI], &[DEPLOY]);
    scene.review(&binary());
    // Somebody else merged the same file; the change is put on top of that.
    scene.repository.git(3, &["checkout", "-q", "main"]);
    let base = scene.repository.commit(3, &[DEPLOY]);
    scene.forge.rebase_base(NAME, scene.number, &base);
    scene.repository.git(4, &["checkout", "-q", "-B", "change", "main"]);
    let head = scene.repository.commit(4, &[("README.md", "# Shop\n")]);
    scene.forge.push(NAME, scene.number, &head);
    assert_eq!(scene.review(&binary()).code, 0);
    let said = scene.conversation();
    assert_eq!(threads(&scene), (0, 2), "{}", said.markdown());
    assert!(
        said.threads.iter().all(|t| t.comments[0].body.contains("the target branch has it as well")),
        "{}",
        said.markdown()
    );
    quiet(&scene);
}
