//! Webhooks: payloads of what happened, signed and delivered as GitHub does.

use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::access::App;
use super::forge::Forge;
use super::render::node_id;
use super::state::{CheckRun, PullState, Repository, State};

/// What happened, to be made a payload of from the forge's state as it is.
#[derive(Debug, Clone)]
pub enum Event {
    /// Full name, number, and `opened`, `synchronize`, `reopened` or `closed`.
    PullRequest(String, u64, &'static str),
    /// Full name, number, and the comment that was created.
    IssueComment(String, u64, u64),
    /// Full name, number, and the comment about a line, or the answer below one, that was created.
    ReviewComment(String, u64, u64),
    /// Full name, the check run that is to run again, and who wants it.
    CheckRunRerequested(String, u64, String),
    /// Full name, the check run, the button's identifier, and who pressed it.
    CheckRunRequestedAction(String, u64, String, String),
    /// Full name, commit, and `requested` or `rerequested`.
    CheckSuite(String, String, &'static str),
    /// Full name.
    Ping(String),
}

/// A payload to deliver: once, twice, changed, or not at all.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// `X-GitHub-Delivery`.
    pub id: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// What the receiver said.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Of the response.
    pub status: u16,
    /// Of the response.
    pub body: String,
}

impl Delivery {
    /// `X-Hub-Signature-256` over the body.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    #[must_use]
    pub fn signature(&self, secret: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
        mac.update(&self.body);
        let digest: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256={digest}")
    }

    /// Sends it with a signature, right or wrong, to an `http://` URL. None: nobody answered.
    ///
    /// # Panics
    /// It is no such URL.
    #[must_use]
    pub fn send(&self, url: &str, signature: &str) -> Option<Delivered> {
        let uri: hyper::Uri = url.parse().expect("a URL");
        assert_eq!(uri.scheme_str(), Some("http"), "{url}");
        let authority = uri.authority().expect("a host").to_string();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = hyper::Request::post(path)
            .header("host", &authority)
            .header("user-agent", "GitHub-Hookshot/fake")
            .header("accept", "*/*")
            .header("content-type", "application/json")
            .header("x-github-event", &self.event)
            .header("x-github-delivery", &self.id)
            .header("x-github-hook-id", "1")
            .header("x-github-hook-installation-target-type", "integration")
            .header("x-hub-signature-256", signature)
            .body(Full::new(Bytes::from(self.body.clone())))
            .expect("headers that HTTP knows");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(&authority).await.ok()?;
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
            let connection = tokio::spawn(connection);
            let response = sender.send_request(request).await.ok()?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.ok()?.to_bytes();
            connection.abort();
            Some(Delivered { status, body: String::from_utf8_lossy(&body).into_owned() })
        })
    }
}

impl Forge {
    /// The payload of what happened, with an id of its own.
    ///
    /// # Panics
    /// It names what is not there.
    #[must_use]
    pub fn event(&self, event: &Event) -> Delivery {
        /// No two deliveries of a process share an id.
        static DELIVERIES: AtomicU64 = AtomicU64::new(1);
        let (name, payload) = self.state().payload(event);
        self.server()
            .control()
            .write(&json!({ "forge": "github-webhook", "event": name, "payload": payload }));
        let number = DELIVERIES.fetch_add(1, Ordering::Relaxed);
        Delivery {
            id: format!("{:08x}-fa4e-11f0-8000-{number:012x}", std::process::id()),
            event: name.to_owned(),
            body: payload.to_string().into_bytes(),
        }
    }

    /// Makes the payload of what happened and delivers it, rightly signed. None: nobody answered.
    ///
    /// # Panics
    /// It names what is not there, or the URL is not an `http://` one.
    #[must_use]
    pub fn deliver(&self, url: &str, secret: &str, event: &Event) -> Option<Delivered> {
        let delivery = self.event(event);
        delivery.send(url, &delivery.signature(secret))
    }
}

fn no_reactions(url: &str) -> Value {
    json!({
        "url": url, "total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "hooray": 0, "confused": 0, "heart": 0,
        "rocket": 0, "eyes": 0,
    })
}

fn at<'a>(payload: &'a mut Map<String, Value>, pointer: &str) -> Option<&'a mut Value> {
    let (first, rest) = pointer[1..].split_once('/').unwrap_or((&pointer[1..], ""));
    let member = payload.get_mut(first)?;
    if rest.is_empty() { Some(member) } else { member.pointer_mut(&format!("/{rest}")) }
}

impl State {
    fn payload(&self, event: &Event) -> (&'static str, Value) {
        let mut payload = Map::new();
        let (name, full_name, sender) = match event {
            Event::PullRequest(full_name, number, action) => {
                let (repository, pull) = (self.repository(full_name), self.pull(full_name, *number));
                payload.insert("action".into(), (*action).into());
                payload.insert("number".into(), pull.number.into());
                payload.insert("pull_request".into(), self.full_pull(repository, pull));
                if *action == "synchronize" {
                    let before = pull.heads.iter().rev().nth(1).unwrap_or(&pull.head);
                    payload.insert("before".into(), before.as_str().into());
                    payload.insert("after".into(), pull.head.as_str().into());
                }
                ("pull_request", full_name, pull.author.clone())
            }
            Event::IssueComment(full_name, number, id) => {
                let (repository, pull) = (self.repository(full_name), self.pull(full_name, *number));
                let comment = pull.comments.iter().find(|comment| comment.id == *id);
                let comment = comment.unwrap_or_else(|| panic!("no comment {id} on {full_name}#{number}"));
                payload.insert("action".into(), "created".into());
                payload.insert("issue".into(), self.issue(repository, pull));
                payload.insert("comment".into(), self.comment(repository, pull, comment));
                ("issue_comment", full_name, comment.author.clone())
            }
            Event::ReviewComment(full_name, number, id) => {
                let (repository, pull) = (self.repository(full_name), self.pull(full_name, *number));
                let comment = pull.review_comments.iter().find(|comment| comment.id == *id);
                let comment = comment.unwrap_or_else(|| panic!("no comment {id} on {full_name}#{number}"));
                let mut shown = self.review_comment(repository, pull, comment);
                shown["reactions"] =
                    no_reactions(&format!("{}/reactions", shown["url"].as_str().unwrap_or_default()));
                payload.insert("action".into(), "created".into());
                payload.insert("comment".into(), shown);
                payload.insert("pull_request".into(), self.simple_pull(repository, pull));
                ("pull_request_review_comment", full_name, comment.author.clone())
            }
            Event::CheckRunRerequested(full_name, id, sender) => {
                payload.insert("action".into(), "rerequested".into());
                payload.insert("check_run".into(), self.hook_check_run(self.repository(full_name), *id));
                ("check_run", full_name, sender.clone())
            }
            Event::CheckRunRequestedAction(full_name, id, identifier, sender) => {
                payload.insert("action".into(), "requested_action".into());
                payload.insert("check_run".into(), self.hook_check_run(self.repository(full_name), *id));
                payload.insert("requested_action".into(), json!({ "identifier": identifier }));
                ("check_run", full_name, sender.clone())
            }
            Event::CheckSuite(full_name, sha, action) => {
                payload.insert("action".into(), (*action).into());
                let suite = self.hook_check_suite(self.repository(full_name), sha);
                payload.insert("check_suite".into(), suite);
                let owner = self.repository(full_name).owner().to_owned();
                ("check_suite", full_name, owner)
            }
            Event::Ping(full_name) => {
                payload.insert("zen".into(), "Keep it logically awesome.".into());
                payload.insert("hook_id".into(), 1.into());
                payload.insert("hook".into(), self.hook(full_name));
                ("ping", full_name, self.repository(full_name).owner().to_owned())
            }
        };
        payload.insert("repository".into(), self.simple_repository(self.repository(full_name)));
        // Here a repository has one member more than in the API, wherever it stands.
        for repository in ["/repository", "/pull_request/head/repo", "/pull_request/base/repo"] {
            if let Some(Value::Object(repository)) = at(&mut payload, repository) {
                repository.insert("custom_properties".to_owned(), json!({}));
            }
        }
        payload.insert("sender".into(), self.user(&sender));
        // A hook of an app says for which installation; a ping does not.
        if let Some(app) = self.installed_app(full_name).filter(|_| name != "ping") {
            let id = app.installation();
            payload.insert("installation".into(), json!({ "id": id, "node_id": node_id("I", id) }));
        }
        (name, payload.into())
    }

    /// The app whose hook it is: the one a test made known.
    fn installed_app(&self, full_name: &str) -> Option<&App> {
        let installed = |app: &&App| {
            app.id != App::ACTIONS
                && (app.repositories.is_empty() || app.repositories.iter().any(|name| name == full_name))
        };
        self.apps.values().find(installed)
    }

    /// A pull request as the issue it also is.
    fn issue(&self, repository: &Repository, pull: &PullState) -> Value {
        let simple = self.simple_pull(repository, pull);
        let url = format!("{}/issues/{}", self.api(repository), pull.number);
        let mut issue = json!({
            "url": url,
            "repository_url": self.api(repository),
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "timeline_url": format!("{url}/timeline"),
            "node_id": simple["node_id"],
            "comments": pull.comments.len(),
            "performed_via_github_app": null,
            "reactions": no_reactions(&format!("{url}/reactions")),
            "pull_request": {
                "url": simple["url"], "html_url": simple["html_url"], "diff_url": simple["diff_url"],
                "patch_url": simple["patch_url"], "merged_at": simple["merged_at"],
            },
        });
        for member in [
            "id",
            "html_url",
            "number",
            "title",
            "user",
            "labels",
            "state",
            "locked",
            "assignee",
            "assignees",
            "milestone",
            "created_at",
            "updated_at",
            "closed_at",
            "author_association",
            "active_lock_reason",
            "draft",
            "body",
        ] {
            issue[member] = simple[member].clone();
        }
        issue
    }

    fn hook_check_run(&self, repository: &Repository, id: u64) -> Value {
        let run = repository.checks.iter().find(|run| run.id == id);
        let run = run.unwrap_or_else(|| panic!("no check run {id} in {}", repository.full_name));
        let mut shown = self.check_run(repository, run);
        shown["check_suite"] = self.suite(repository, &run.head, Some(run), &shown["check_suite"]["id"]);
        shown
    }

    fn suite(&self, repository: &Repository, head: &str, run: Option<&CheckRun>, id: &Value) -> Value {
        let on_head = |pull: &&PullState| pull.head == head && pull.head_repository == repository.full_name;
        let pulls: Vec<&PullState> = repository.pulls.values().filter(on_head).collect();
        let app =
            run.map(|run| run.app).or_else(|| self.installed_app(&repository.full_name).map(|app| app.id));
        let time = run.and_then(|run| run.started_at.clone());
        let time = time.unwrap_or_else(|| "2026-01-01T00:00:00Z".to_owned());
        json!({
            "id": id,
            "node_id": node_id("CS", id.as_u64().unwrap_or_default()),
            "head_branch": pulls.first().map(|pull| pull.head_branch.as_str()),
            "head_sha": head,
            "status": run.map_or("queued", |run| run.status.as_str()),
            "conclusion": run.and_then(|run| run.conclusion.as_deref()),
            "url": format!("{}/check-suites/{id}", self.api(repository)),
            "before": null,
            "after": head,
            "pull_requests": pulls.iter().map(|pull| self.minimal_pull(repository, pull)).collect::<Vec<_>>(),
            "app": self.integration_of(app.or(Some(App::ACTIONS))),
            "created_at": time,
            "updated_at": time,
        })
    }

    fn hook_check_suite(&self, repository: &Repository, sha: &str) -> Value {
        let runs: Vec<&CheckRun> = repository.checks.iter().filter(|run| run.head == sha).collect();
        let mut suite = self.suite(repository, sha, runs.last().copied(), &json!(700_000));
        suite["latest_check_runs_count"] = runs.len().into();
        suite["check_runs_url"] = format!("{}/check-suites/700000/check-runs", self.api(repository)).into();
        let commit = repository.git.describe(sha);
        let commit = commit.unwrap_or_else(|| panic!("no commit {sha} in {}", repository.full_name));
        suite["head_commit"] = json!({
            "id": commit.sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": commit.committer.date,
            "author": { "name": commit.author.name, "email": commit.author.email },
            "committer": { "name": commit.committer.name, "email": commit.committer.email },
        });
        suite
    }

    fn hook(&self, full_name: &str) -> Value {
        let url = format!("{}/repos/{full_name}/hooks/1", self.url);
        json!({
            "type": "Repository",
            "id": 1,
            "name": "web",
            "active": true,
            "events": ["pull_request", "issue_comment", "check_run"],
            "config": { "content_type": "json", "insecure_ssl": "0", "url": "https://hook.example/github" },
            "updated_at": "2026-01-01T00:00:00Z",
            "created_at": "2026-01-01T00:00:00Z",
            "url": url,
            "test_url": format!("{url}/test"),
            "ping_url": format!("{url}/pings"),
            "deliveries_url": format!("{url}/deliveries"),
            "last_response": { "code": null, "status": "unused", "message": null },
        })
    }
}
