//! `hallpass serve` on a fake GitHub: webhooks in, reviews out, whatever goes wrong between.

#![allow(clippy::expect_used, clippy::panic)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hallpass_forge::github::{App, Event, Key};
use hallpass_forge::{Answer, Fault, Matching};
use hallpass_tests::binary::Folder;
use hallpass_tests::scene::{NAME, RIGHTS, Scene, TODAY};

const SECRET: &str = "a secret of the webhook";
const DEPLOY: (&str, &str) = (
    ".github/workflows/deploy.yml",
    "name: deploy\non: push\npermissions: write-all\njobs:\n  ship:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make ship\n",
);
/// Longest wait for anything.
const LONG: Duration = Duration::from_secs(120);

/// A server and where it keeps its things.
struct Server {
    folder: Folder,
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Folder, scene: &Scene, more: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hallpass-under-test"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--app-id",
            "77",
            "--app-key",
            "app.pem",
            "--pause",
            "0",
            "--today",
            TODAY,
        ])
        .args(["--api", scene.forge.url(), "--database", "q.db"])
        .args(more)
        .current_dir(folder.path())
        .env_clear()
        .env("HALLPASS_WEBHOOK_SECRET", SECRET)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
    let at = lines.find_map(|line| {
        let line = line.expect("a line");
        line.split_once("listening on ").map(|(_, at)| at.to_owned())
    });
    std::thread::spawn(move || lines.for_each(drop));
    (child, at.expect("it says where it listens"))
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
        let (child, url) = spawn(&folder, scene, more);
        Self { folder, child, url }
    }

    /// As after a crash: nothing is asked, nothing is said.
    fn crash_and_restart(&mut self, scene: &Scene) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        (self.child, self.url) = spawn(&self.folder, scene, &[]);
    }

    fn webhook(&self) -> String {
        format!("{}/webhook", self.url)
    }

    fn get(&self, path: &str) -> String {
        let at = self.url.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(at).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        text
    }

    fn deliver(&self, scene: &Scene, event: &Event) -> u16 {
        scene.forge.deliver(&self.webhook(), SECRET, event).expect("an answer").status
    }
}

fn opened(scene: &Scene) -> Event {
    Event::PullRequest(NAME.to_owned(), scene.number, "opened")
}

fn until(what: &str, is: impl Fn() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < LONG, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A review is through once its check is.
fn reviewed(scene: &Scene, server: &Server) {
    until("it is reviewed", || scene.conversation().checks.iter().any(|check| check.status == "completed"));
    until("the queue is empty", || server.get("/metrics").contains("hallpass_queue 0"));
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
    let at = server.url.strip_prefix("http://").expect("an address");
    let mut large = TcpStream::connect(at).expect("it listens");
    write!(large, "POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 104857600\r\n\r\n").expect("a head");
    let chunk = vec![b'x'; 1 << 20];
    // It is cut off somewhere on the way.
    let _ = (0..100).try_for_each(|_| large.write_all(&chunk));
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
}

#[test]
fn concurrent_deliveries_say_it_once() {
    let scene = scene();
    let server = Server::start(&scene, &["--workers", "4"]);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(server.deliver(&scene, &opened(&scene)), 202));
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
    let killed = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    let status = server.child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
    let (child, url) = spawn(&server.folder, &scene, &[]);
    (server.child, server.url) = (child, url);
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
