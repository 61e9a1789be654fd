//! `hallpass serve` on a fake GitHub: webhooks in, reviews out, whatever goes wrong between.

#![allow(clippy::expect_used, clippy::panic)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
#[cfg(unix)]
use std::process::Command;
use std::time::Duration;

use hallpass_forge::github::{App, Event, Key, Pull};
use hallpass_forge::{Answer, Fault, Matching};
use hallpass_tests::binary::Folder;
use hallpass_tests::git::Repository;
use hallpass_tests::scene::{NAME, RIGHTS, Scene, TOKEN};
use hallpass_tests::server::{self, SECRET, until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hallpass-under-test");
const DEPLOY: (&str, &str) = (
    ".github/workflows/deploy.yml",
    "name: deploy\non: push\npermissions: write-all\njobs:\n  ship:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make ship\n",
);

/// A server that is an App, and where it keeps its things.
struct Server {
    folder: Folder,
    running: server::Server,
}

impl std::ops::Deref for Server {
    type Target = server::Server;

    fn deref(&self) -> &Self::Target {
        &self.running
    }
}

fn arguments<'a>(scene: &'a Scene, more: &[&'a str]) -> Vec<&'a str> {
    let app = ["--app-id", "77", "--app-key", "app.pem", "--api", scene.forge.url()];
    app.iter().chain(more).copied().collect()
}

fn spawn(folder: &Folder, scene: &Scene, more: &[&str]) -> server::Server {
    server::Server::start(PROGRAM, folder.path(), &arguments(scene, more), &[])
}

impl Server {
    fn start(scene: &Scene, more: &[&str]) -> Self {
        Self::start_with(scene, more, None)
    }

    /// The same, with tokens that are good for so many requests.
    fn start_with(scene: &Scene, more: &[&str], good_for: Option<usize>) -> Self {
        let folder = Folder::new();
        let key = Key::generate();
        folder.write("app.pem", key.private());
        let permissions = RIGHTS.iter().chain(&[("issues", "write")]);
        scene.forge.app(App {
            id: 77,
            slug: "hallpass".to_owned(),
            public_key: key.public(),
            permissions: permissions.map(|(name, level)| ((*name).to_owned(), (*level).to_owned())).collect(),
            repositories: Vec::new(),
            tokens_expire_after_requests: good_for,
        });
        let running = spawn(&folder, scene, more);
        Self { folder, running }
    }

    /// As after a crash: nothing is asked, nothing is said.
    fn crash_and_restart(&mut self, scene: &Scene) {
        self.running.child.kill().expect("it runs");
        self.running.child.wait().expect("it ends");
        self.running = spawn(&self.folder, scene, &[]);
    }

    fn deliver(&self, scene: &Scene, event: &Event) -> u16 {
        scene.forge.deliver(&self.webhook(), SECRET, event).expect("an answer").status
    }
}

fn opened(scene: &Scene) -> Event {
    Event::PullRequest(NAME.to_owned(), scene.number, "opened")
}

/// A review is through once its check is.
fn reviewed(scene: &Scene, server: &Server) {
    until("it is reviewed", || scene.conversation().checks.iter().any(|check| check.status == "completed"));
    server.is_idle();
}

fn scene() -> Scene {
    Scene::new(&[("README.md", "# Shop\n")], &[DEPLOY])
}

#[test]
fn a_webhook_becomes_a_review_and_a_second_one_writes_nothing() {
    let scene = scene();
    let server = Server::start(&scene, &[]);
    assert_eq!(server.deliver(&scene, &opened(&scene)), 202);
    reviewed(&scene, &server);
    let said = scene.conversation();
    assert_eq!(
        (said.threads.len(), said.comments.len(), said.checks.len()),
        (1, 1, 1),
        "{}",
        said.markdown()
    );
    assert_eq!(said.comments[0].author, "hallpass[bot]");
    let writes = scene.writes(|| {
        let delivery = scene.forge.event(&Event::PullRequest(NAME.to_owned(), scene.number, "reopened"));
        for _ in 0..2 {
            let answer = delivery.send(&server.webhook(), &delivery.signature(SECRET)).expect("an answer");
            assert!(matches!(answer.status, 200 | 202), "{answer:?}");
        }
        until("both jobs are done", || {
            server.get("/metrics").contains("hallpass_jobs_total{end=\"done\"} 2")
        });
    });
    // A token is asked for again; nothing is said again.
    assert!(writes <= 1, "{writes}");
    assert_eq!(scene.conversation().comments.len(), 1);
    assert!(server.get("/healthz").ends_with("ok"));
    assert!(server.get("/metrics").contains("hallpass_deliveries_total{answer=\"again\"} 1"));
}

#[test]
fn what_is_not_signed_is_refused_and_the_server_lives() {
    let scene = scene();
    let server = Server::start(&scene, &[]);
    let delivery = scene.forge.event(&opened(&scene));
    for signature in ["", "sha256=00", &delivery.signature("another secret")] {
        assert_eq!(
            delivery.send(&server.webhook(), signature).expect("an answer").status,
            401,
            "{signature}"
        );
    }
    // Nobody waits for a body that is too large, or that nobody signed.
    let signed = format!("x-hub-signature-256: sha256={}\r\n", "0".repeat(64));
    for (header, status) in [("", 401), ("x-hub-signature-256: sha256=x\r\n", 401), (&signed, 413)] {
        let answer = server
            .said(&format!("POST /webhook HTTP/1.1\r\nhost: x\r\n{header}content-length: 104857600\r\n\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    let at = server.url.strip_prefix("http://").expect("an address");
    let mut large = TcpStream::connect(at).expect("it listens");
    write!(large, "POST /webhook HTTP/1.1\r\nhost: x\r\n{signed}transfer-encoding: chunked\r\n\r\n")
        .expect("a head");
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(1 << 20));
    // It is cut off somewhere on the way.
    let _ = (0..100).try_for_each(|_| large.write_all(chunk.as_bytes()));
    let mut answer = String::new();
    let _ = large.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    // Slow ones hold nobody up.
    let slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(at).expect("it listens");
            write!(stream, "POST /webhook HTTP/1.1\r\n").expect("a line");
            stream
        })
        .collect();
    assert_eq!(server.deliver(&scene, &opened(&scene)), 202);
    reviewed(&scene, &server);
    drop(slow);
}

#[test]
fn what_is_delivered_again_under_another_id_is_known() {
    let scene = scene();
    let server = Server::start(&scene, &["--metrics", "127.0.0.1:0"]);
    let delivery = scene.forge.event(&opened(&scene));
    let send = |id: &str| {
        let delivery = hallpass_forge::github::Delivery { id: id.to_owned(), ..delivery.clone() };
        delivery.send(&server.webhook(), &delivery.signature(SECRET)).expect("an answer").status
    };
    assert_eq!((send("a"), send("a"), send("b"), send("a b")), (202, 200, 200, 400));
    assert!(server.get("/metrics").starts_with("HTTP/1.1 404"), "it is told elsewhere");
    assert!(server.get("/healthz").ends_with("ok"));
}

#[test]
fn a_database_is_one_servers() {
    let scene = scene();
    let server = Server::start(&scene, &[]);
    let said = server::Server::refused(PROGRAM, server.folder.path(), &arguments(&scene, &[]), &[]);
    assert!(said.contains("q.db is another server's"), "{said}");
}

#[test]
fn without_an_app_a_token_will_do() {
    let scene = scene();
    let folder = Folder::new();
    let arguments = ["--api", scene.forge.url()];
    let said = server::Server::refused(PROGRAM, folder.path(), &arguments, &[]);
    assert!(said.contains("--app-id") && said.contains("HALLPASS_TOKEN"), "{said}");
    // What can never work is told at once.
    let refused = |api: &str, token: &str| {
        server::Server::refused(PROGRAM, folder.path(), &["--api", api], &[("HALLPASS_TOKEN", token)])
    };
    let said = refused(&["http://bot", "s3cr3t@forge.example/api"].join(":"), TOKEN);
    assert!(said.contains("a name or a password") && !said.contains("s3cr3t"), "{said}");
    assert!(refused(scene.forge.url(), "nobodys-token").contains("the token is not accepted"));
    let server = server::Server::start(PROGRAM, folder.path(), &arguments, &[("HALLPASS_TOKEN", TOKEN)]);
    assert_eq!(
        scene.forge.deliver(&server.webhook(), SECRET, &opened(&scene)).expect("an answer").status,
        202
    );
    until("it is reviewed", || scene.conversation().checks.iter().any(|check| check.status == "completed"));
    assert_eq!(scene.conversation().threads.len(), 1);
}

#[test]
fn a_check_is_run_again_for_a_fork_as_well() {
    let scene = scene();
    let fork = Repository::new();
    fork.git(1, &["fetch", "-q", scene.repository.path().to_str().expect("a path"), "main"]);
    fork.git(1, &["checkout", "-q", "-b", "theirs", "FETCH_HEAD"]);
    let head = fork.commit(3, &[DEPLOY]);
    scene.forge.fork(NAME, "mallory/shop", fork.path());
    let pull = Pull {
        fork: Some("mallory/shop".to_owned()),
        branch: "theirs".to_owned(),
        author: "mallory".to_owned(),
        ..Pull::of(&head)
    };
    let number = scene.forge.open(NAME, pull);
    let server = Server::start(&scene, &["--sweep", "0"]);
    let event = Event::CheckSuite(NAME.to_owned(), head, "rerequested");
    assert_eq!(server.deliver(&scene, &event), 202);
    until("it is found by its head", || !scene.forge.conversation(NAME, number).checks.is_empty());
    server.is_idle();
    assert_eq!(scene.forge.conversation(NAME, number).threads.len(), 1);
    assert!(scene.conversation().checks.is_empty(), "the other pull request is left alone");
}

#[test]
fn a_limit_is_waited_for_whatever_is_pushed() {
    let scene = scene();
    scene.forge.fault(Fault::once(Matching::new("GET", "/pulls/[0-9]+$"), Answer::too_many(3_000)));
    let server = Server::start(&scene, &[]);
    assert_eq!(server.deliver(&scene, &opened(&scene)), 202);
    until("the limit is met", || server.get("/metrics").contains("hallpass_jobs_total{end=\"again\"} 1"));
    scene.push(3, &[("README.md", "# Shop of ours\n")]);
    assert_eq!(
        server.deliver(&scene, &Event::PullRequest(NAME.to_owned(), scene.number, "synchronize")),
        202
    );
    std::thread::sleep(Duration::from_secs(2));
    assert!(server.get("/metrics").contains("hallpass_queue 1"), "it waits on");
    assert!(scene.conversation().checks.is_empty());
}

#[test]
fn a_crash_loses_nothing_and_doubles_nothing() {
    let scene = scene();
    // The first write is done, and the server dies before it hears of it.
    scene.forge.fault(Fault::once(
        Matching::new("POST", "/pulls/[0-9]+/reviews"),
        Answer::Slow(Duration::from_secs(2)),
    ));
    let mut server = Server::start(&scene, &[]);
    assert_eq!(server.deliver(&scene, &opened(&scene)), 202);
    let asked = || scene.forge.journal().iter().any(|exchange| exchange.path.ends_with("/files"));
    until("the review has begun", asked);
    server.crash_and_restart(&scene);
    reviewed(&scene, &server);
    let said = scene.conversation();
    assert_eq!((said.threads.len(), said.comments.len()), (1, 1), "{}", said.markdown());
}

#[test]
fn a_webhook_that_got_lost_is_made_up_for() {
    let scene = scene();
    let mut server = Server::start(&scene, &[]);
    assert_eq!(server.deliver(&scene, &opened(&scene)), 202);
    reviewed(&scene, &server);
    let mended = DEPLOY.1.replace("permissions: write-all", "permissions:\n  contents: read");
    let head = scene.push(3, &[(DEPLOY.0, &mended)]);
    server.crash_and_restart(&scene);
    let is_new =
        || scene.conversation().checks.iter().any(|check| check.head == head && check.status == "completed");
    until("the new head is reviewed", is_new);
    assert!(scene.conversation().threads[0].comments[0].body.contains("**Fixed in "));
}

#[test]
fn people_are_answered() {
    let scene = scene();
    scene.forge.collaborator(NAME, "ann", "write");
    scene.forge.collaborator(NAME, "rita", "read");
    let server = Server::start(&scene, &[]);
    assert_eq!(server.deliver(&scene, &opened(&scene)), 202);
    reviewed(&scene, &server);
    let asks = |login: &str, body: &str| {
        let before = scene.conversation().comments.len();
        let id = scene.forge.person(login).comment(NAME, scene.number, body);
        assert_eq!(server.deliver(&scene, &Event::IssueComment(NAME.to_owned(), scene.number, id)), 202);
        until("there is an answer", || scene.conversation().comments.len() >= before + 2);
        scene.conversation().comments.last().expect("an answer").body.clone()
    };
    assert!(asks("rita", "/hallpass explain scope/admin-grant").contains("What it catches"));
    assert!(asks("rita", "/hallpass waive 14 please").contains("only those who may write"));
    assert!(asks("dev", "/hallpass waive 14 please").contains("who proposes a change"));
    assert!(asks("ann", "/hallpass waive 14 moves with PLAT\\-12").contains("under the finding"));
    assert!(asks("ann", "/hallpass dance").contains("there are"));
    // Below the finding, it is answered there.
    let threads = || scene.conversation().threads;
    let opener = threads()[0].comments[0].id;
    let below = |login: &str, body: &str| {
        let before = threads()[0].comments.len();
        let id = scene.forge.person(login).reply(NAME, scene.number, opener, body);
        assert_eq!(server.deliver(&scene, &Event::ReviewComment(NAME.to_owned(), scene.number, id)), 202);
        until("there is an answer", || threads()[0].comments.len() >= before + 2);
        threads()[0].comments.last().expect("an answer").body.clone()
    };
    assert!(below("rita", "/hallpass explain").contains("What it catches"));
    assert!(below("ann", "/hallpass waive 14 moves with PLAT-12").contains("[[waiver]]"));
}

#[test]
fn concurrent_deliveries_say_it_once() {
    let scene = scene();
    let server = Server::start(&scene, &["--workers", "4"]);
    std::thread::scope(|scope| {
        for nth in 0..8 {
            let mut delivery = scene.forge.event(&opened(&scene));
            // No two tell of the same.
            delivery.body.extend(" ".repeat(nth).into_bytes());
            let server = &server;
            scope.spawn(move || {
                let signature = delivery.signature(SECRET);
                assert_eq!(delivery.send(&server.webhook(), &signature).expect("an answer").status, 202);
            });
        }
    });
    reviewed(&scene, &server);
    let said = scene.conversation();
    assert_eq!((said.threads.len(), said.comments.len()), (1, 1), "{}", said.markdown());
}

#[cfg(unix)]
#[test]
fn it_ends_in_good_order() {
    let scene = scene();
    let mut server = Server::start(&scene, &[]);
    assert_eq!(server.deliver(&scene, &opened(&scene)), 202);
    let killed =
        Command::new("kill").args(["-TERM", &server.running.child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    let status = server.running.child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
    server.running = spawn(&server.folder, &scene, &[]);
    until("what was asked is done", || !scene.conversation().checks.is_empty());
}

#[test]
fn a_token_that_ends_on_the_way_is_followed_by_another() {
    let scene = scene();
    let server = Server::start_with(&scene, &[], Some(5));
    assert_eq!(server.deliver(&scene, &opened(&scene)), 202);
    reviewed(&scene, &server);
    let said = scene.conversation();
    assert_eq!((said.threads.len(), said.comments.len()), (1, 1), "{}", said.markdown());
    let tokens = scene.forge.journal().iter().filter(|e| e.path.ends_with("/access_tokens")).count();
    assert!(tokens > 1, "{tokens}");
    let asked =
        scene.forge.journal().into_iter().find(|e| e.path.ends_with("/access_tokens")).expect("a token");
    let narrow = serde_json::json!({ "contents": "read", "checks": "write", "pull_requests": "write" });
    assert_eq!(
        (&asked.request_body["repositories"], &asked.request_body["permissions"]),
        (&serde_json::json!(["shop"]), &narrow)
    );
}

#[test]
fn a_write_whose_answer_never_came_is_not_done_again() {
    let scene = scene();
    for path in ["/pulls/[0-9]+/reviews", "/issues/[0-9]+/comments", "/check-runs"] {
        scene.forge.fault(Fault::once(Matching::new("POST", path), Answer::HangupAfterDoing));
    }
    let server = Server::start(&scene, &[]);
    assert_eq!(server.deliver(&scene, &opened(&scene)), 202);
    reviewed(&scene, &server);
    let said = scene.conversation();
    assert_eq!(
        (said.threads.len(), said.comments.len(), said.checks.len()),
        (1, 1, 1),
        "{}",
        said.markdown()
    );
}
