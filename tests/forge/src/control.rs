//! What a test plants between the client and the fake: faults, hooks, and the journal of all that was exchanged.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use regex::Regex;

use crate::exchange::{Exchange, Request};

/// Which requests are meant.
#[derive(Debug, Clone, Default)]
pub struct Matching {
    method: Option<String>,
    path: Option<Regex>,
}

impl Matching {
    /// All of them.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Those of a method whose path and query match a regular expression; plain text is one, too.
    ///
    /// # Panics
    /// It is no regular expression.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: Some(method.to_owned()), ..Self::path(path) }
    }

    /// Those whose path and query match a regular expression.
    ///
    /// # Panics
    /// It is no regular expression.
    #[must_use]
    pub fn path(path: &str) -> Self {
        Self { method: None, path: Some(Regex::new(path).expect("a regular expression")) }
    }

    fn covers(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.path.as_ref().is_none_or(|path| path.is_match(&request.target()))
    }
}

/// Something that goes wrong on the way.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Where.
    pub requests: Matching,
    /// How many of them pass first.
    pub skip: usize,
    /// How many are hit after that; `usize::MAX` for all.
    pub times: usize,
    /// What happens to them.
    pub answer: Answer,
}

impl Fault {
    /// Hits the next request only.
    #[must_use]
    pub fn once(requests: Matching, answer: Answer) -> Self {
        Self { requests, skip: 0, times: 1, answer }
    }

    /// Hits every request from now on.
    #[must_use]
    pub fn always(requests: Matching, answer: Answer) -> Self {
        Self { requests, skip: 0, times: usize::MAX, answer }
    }
}

/// What a fault does.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Answers by itself: status, headers, body. The fake never sees the request.
    Status(u16, Vec<(String, String)>, String),
    /// Closes the connection; the fake never sees the request.
    Hangup,
    /// The fake does what was asked, then the connection is closed: the client never hears of it.
    HangupAfterDoing,
    /// The fake sees the request after this time.
    Slow(Duration),
}

impl Answer {
    /// Status and JSON body of an error without headers of its own.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status(status, Vec::new(), format!(r#"{{"message":"planted {status}"}}"#))
    }

    /// 429 with `Retry-After`, in seconds.
    #[must_use]
    pub fn too_many(retry_after: u64) -> Self {
        let headers = vec![("retry-after".to_owned(), retry_after.to_string())];
        Self::Status(429, headers, r#"{"message":"You have exceeded a secondary rate limit"}"#.to_owned())
    }
}

pub(crate) type Hook = Box<dyn FnOnce() + Send>;

struct Planned {
    requests: Matching,
    /// How many matching requests pass before it runs.
    passing: usize,
    hook: Hook,
}

/// Faults, hooks and journal of one server.
#[derive(Default)]
pub(crate) struct Control {
    faults: Vec<Fault>,
    hooks: Vec<Planned>,
    pub(crate) journal: Vec<Exchange>,
    arrived: usize,
    recording: Option<File>,
}

impl Control {
    /// Records into the folder that `HALLPASS_EXCHANGES` names, if it is set.
    pub(crate) fn recording(forge: &str) -> Self {
        /// Distinguishes the fakes of a process.
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let open = |folder: &Path| {
            std::fs::create_dir_all(folder).expect("the folder of HALLPASS_EXCHANGES");
            let number = STARTED.fetch_add(1, Ordering::Relaxed);
            let now = jiff::Timestamp::now().as_nanosecond();
            let name = format!("{forge}-{now}-{}-{number}.jsonl", std::process::id());
            OpenOptions::new()
                .create_new(true)
                .append(true)
                .open(folder.join(name))
                .expect("a file of its own")
        };
        let folder = std::env::var_os("HALLPASS_EXCHANGES");
        Self { recording: folder.map(|folder| open(Path::new(&folder))), ..Self::default() }
    }

    pub(crate) fn plant(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// `nth` counts from 1.
    pub(crate) fn plan(&mut self, requests: Matching, nth: usize, hook: Hook) {
        self.hooks.push(Planned { requests, passing: nth.saturating_sub(1), hook });
    }

    /// A request arrived: its number, and the hooks to run before it.
    pub(crate) fn arrival(&mut self, request: &Request) -> (usize, Vec<Hook>) {
        self.arrived += 1;
        let mut due = Vec::new();
        for mut planned in std::mem::take(&mut self.hooks) {
            match planned.passing {
                0 if planned.requests.covers(request) => due.push(planned.hook),
                passing => {
                    planned.passing = passing - usize::from(passing > 0 && planned.requests.covers(request));
                    self.hooks.push(planned);
                }
            }
        }
        (self.arrived, due)
    }

    /// The fault that hits a request: the first planted that covers it and is due.
    pub(crate) fn fault(&mut self, request: &Request) -> Option<Answer> {
        for fault in self.faults.iter_mut().filter(|fault| fault.requests.covers(request)) {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if fault.times > 0 {
                fault.times -= usize::from(fault.times != usize::MAX);
                return Some(fault.answer.clone());
            }
        }
        None
    }

    pub(crate) fn remember(&mut self, forge: &str, exchange: Exchange) {
        self.write(&exchange.record(forge));
        self.journal.push(exchange);
    }

    /// Appends a line to the recording.
    pub(crate) fn write(&mut self, line: &serde_json::Value) {
        if let Some(file) = &mut self.recording {
            writeln!(file, "{line}").expect("the recording can be written");
        }
    }
}
