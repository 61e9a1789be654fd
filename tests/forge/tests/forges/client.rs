//! A client, and folders with git repositories, to try the fakes with.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The base's `app.yml`: twenty numbered lines.
pub(crate) fn lines(changed: &[(usize, &str)]) -> String {
    let line = |number: usize| {
        let changed = changed.iter().find(|(n, _)| *n == number);
        changed.map_or_else(|| format!("line {number}\n"), |(_, text)| (*text).to_owned())
    };
    (1..=20).map(line).collect()
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "init.defaultBranch=main", "-c", "user.name=Ann", "-c", "user.email=ann@author.example"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Writes files (removes those without content) and commits; the commit's digest.
pub(crate) fn commit(folder: &Path, files: &[(&str, &str)]) -> String {
    for (path, content) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if content.is_empty() { fs::remove_file(path).unwrap() } else { fs::write(path, content).unwrap() }
    }
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "--allow-empty", "-m", "a message"]);
    git(folder, &["rev-parse", "HEAD"])
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The text of an answer that must have this status.
    #[track_caller]
    pub(crate) fn text_of(self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        self.text
    }

    /// That it is refused so, in words that hold these.
    #[track_caller]
    pub(crate) fn refuses(self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.text.contains(words), "{words:?} is not in {}", self.text);
    }
}

pub(crate) struct Client {
    agent: ureq::Agent,
    url: String,
    headers: Vec<(String, String)>,
}

impl Client {
    pub(crate) fn new(url: &str, headers: &[(&str, &str)]) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).user_agent("").build().into();
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Self { agent, url: url.to_owned(), headers }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Nothing if the connection was closed.
    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Reply> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string()).unwrap())
            }
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut response = response.ok()?;
        let headers = response.headers().iter();
        let headers = headers.map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).collect();
        let status = response.status().as_u16();
        Some(Reply { status, headers, text: response.body_mut().read_to_string().ok()? })
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).expect("an answer")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, Some(body)).expect("an answer")
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send("PATCH", path, Some(body)).expect("an answer")
    }
}
