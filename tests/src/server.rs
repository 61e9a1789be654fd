//! The bot as a server, and who speaks to it.

#![allow(clippy::expect_used, clippy::panic)] // a test that cannot run says so by panicking

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::scene::TODAY;

/// Secret of the webhooks.
pub const SECRET: &str = "a secret of the webhook";
/// Longest wait for anything.
const LONG: Duration = Duration::from_secs(120);

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    /// The process.
    pub child: Child,
    /// `http://address:port`.
    pub url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts `program`, and waits until it listens. Its database is `q.db` in `folder`.
    #[must_use]
    pub fn start(program: &str, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = command(program, folder, arguments, variables).spawn().expect("the server starts");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let at = lines.find_map(|line| {
            let line = line.expect("a line");
            let (_, rest) = line.split_once("listening on ")?;
            Some(rest.split('"').next().unwrap_or_default().to_owned())
        });
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: at.expect("it says where it listens") }
    }

    /// Starts one that ends by itself; what it said.
    #[must_use]
    pub fn refused(program: &str, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let output = command(program, folder, arguments, variables).output().expect("it runs");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Where webhooks are sent.
    #[must_use]
    pub fn webhook(&self) -> String {
        format!("{}/webhook", self.url)
    }

    /// What a page says, with its head.
    #[must_use]
    pub fn get(&self, path: &str) -> String {
        self.said(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
    }

    /// What the server answers to a request, word by word.
    #[must_use]
    pub fn said(&self, request: &str) -> String {
        let at = self.url.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(at).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        text
    }

    /// The status of the answer to a delivery.
    #[must_use]
    pub fn post(&self, headers: &[(&str, &str)], body: &str) -> u16 {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let said = self.said(&format!(
            "POST /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        ));
        said.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    /// Waits until nothing is to be done.
    pub fn is_idle(&self) {
        until("the queue is empty", || self.get("/metrics").contains("hallpass_queue 0"));
    }
}

fn command(program: &str, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--pause", "0", "--today", TODAY, "--database", "q.db"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HALLPASS_WEBHOOK_SECRET", SECRET)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Waits until something is so.
pub fn until(what: &str, is: impl Fn() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < LONG, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
