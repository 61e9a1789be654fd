//! A delivery: believed if it is signed, kept if it asks for something.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use super::queue::{Job, Queue, Taken};
use crate::bot::event::{Asked, Event};
use crate::bot::order::Order;

/// Longest id of a delivery, in characters.
const ID: usize = 64;

/// What a delivery says of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery<'d> {
    /// `X-GitHub-Event`.
    pub(super) event: &'d str,
    /// `X-GitHub-Delivery`.
    pub(super) id: &'d str,
    /// `X-Hub-Signature-256`.
    pub(super) signature: &'d str,
    /// As it came.
    pub(super) body: &'d [u8],
}

/// How a delivery was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Kept,
    Again,
    Nothing(&'static str),
    Unsigned,
    Malformed(&'static str),
    /// It could not be kept: it is to be delivered again.
    Failed,
}

impl Answer {
    /// Status, word for logs and metrics, and text.
    pub(super) fn told(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Kept => (202, "kept", "kept"),
            Self::Again => (200, "again", "known already"),
            Self::Nothing(why) => (200, "nothing", why),
            Self::Unsigned => (401, "unsigned", "the signature is not that of this body"),
            Self::Malformed(why) => (400, "malformed", why),
            Self::Failed => (503, "failed", "it could not be kept; deliver it again"),
        }
    }
}

/// Takes a delivery. Nothing of its body is looked at before its signature.
pub(super) fn take(queue: &Queue, secret: &[u8], delivery: Delivery<'_>) -> Answer {
    if !is_signed(secret, delivery.body, delivery.signature) {
        return Answer::Unsigned;
    }
    let is_id = !delivery.id.is_empty()
        && delivery.id.len() <= ID
        && delivery.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_id {
        return Answer::Malformed("X-GitHub-Delivery is no id");
    }
    let Ok(payload) = serde_json::from_slice::<Value>(delivery.body) else {
        return Answer::Malformed("the body is not JSON; choose application/json as the content type");
    };
    let event = Event::github(delivery.event, &payload);
    let job = match &event {
        Event::Nothing(why) => return Answer::Nothing(why),
        event => job(event, &payload),
    };
    let Some(job) = job else { return Answer::Malformed("it names no repository or no installation") };
    match queue.take(delivery.id, Some(&job)) {
        Ok(Taken::New) => Answer::Kept,
        Ok(Taken::Again) => Answer::Again,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "a delivery could not be kept");
            Answer::Failed
        }
    }
}

/// In constant time, over the bytes as they came.
fn is_signed(secret: &[u8], body: &[u8], signature: &str) -> bool {
    let digits = signature.strip_prefix("sha256=").filter(|digits| digits.len() == 64 && digits.is_ascii());
    let byte = |at: usize, digits: &str| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let code: Option<Vec<u8>> =
        digits.and_then(|digits| (0..64).step_by(2).map(|at| byte(at, digits)).collect());
    let (Some(code), Ok(mut mac)) = (code, Hmac::<Sha256>::new_from_slice(secret)) else { return false };
    mac.update(body);
    !secret.is_empty() && mac.verify_slice(&code).is_ok()
}

fn job(event: &Event, payload: &Value) -> Option<Job> {
    let repository = payload["repository"]["full_name"].as_str()?.to_owned();
    let installation = payload["installation"]["id"].as_u64()?;
    Some(of(event, repository, installation))
}

/// What an event asks for, as it is kept.
pub(super) fn of(event: &Event, repository: String, installation: u64) -> Job {
    let subject = match event {
        Event::Review(number) => format!("review {number}"),
        Event::ReviewOf { commit, .. } => format!("review of {commit}"),
        Event::Order(asked) => format!("order {}", asked.comment),
        Event::Nothing(_) => String::new(),
    };
    Job { id: 0, repository, subject, event: written(event).to_string(), installation, tries: 0 }
}

fn written(event: &Event) -> Value {
    match event {
        Event::Review(number) => serde_json::json!({ "review": number }),
        Event::ReviewOf { owner, branch, commit } => {
            serde_json::json!({ "owner": owner, "branch": branch, "commit": commit })
        }
        Event::Order(Asked { number, comment, thread, login, order }) => {
            let mut json =
                serde_json::json!({ "number": number, "comment": comment, "thread": thread, "login": login });
            match order {
                Order::Explain(rule) => json["explain"] = serde_json::json!({ "rule": rule }),
                Order::Waive { days, reason } => {
                    json["waive"] = serde_json::json!({ "days": days, "reason": reason })
                }
                Order::Unknown => {}
            }
            json
        }
        Event::Nothing(_) => Value::Null,
    }
}

/// An event that was kept.
pub(super) fn read(text: &str) -> Option<Event> {
    let json: Value = serde_json::from_str(text).ok()?;
    let word = |name: &str| json[name].as_str().map(str::to_owned);
    if let Some(number) = json["review"].as_u64() {
        return Some(Event::Review(number));
    }
    if let Some(commit) = word("commit") {
        return Some(Event::ReviewOf { owner: word("owner")?, branch: word("branch")?, commit });
    }
    let order = if json["explain"].is_object() {
        Order::Explain(json["explain"]["rule"].as_str().map(str::to_owned))
    } else if json["waive"].is_object() {
        Order::Waive {
            days: json["waive"]["days"].as_i64()?,
            reason: json["waive"]["reason"].as_str()?.to_owned(),
        }
    } else {
        Order::Unknown
    };
    Some(Event::Order(Asked {
        number: json["number"].as_u64()?,
        comment: json["comment"].as_u64()?,
        thread: json["thread"].as_u64(),
        login: word("login")?,
        order,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const BODY: &[u8] = br#"{"action":"opened","pull_request":{"number":7},"repository":{"full_name":"a/b"},"installation":{"id":3}}"#;

    fn signature(secret: &[u8], body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(body);
        let code: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256={code}")
    }

    fn queue() -> (tempfile::TempDir, Queue) {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(&folder.path().join("q.db")).unwrap();
        (folder, queue)
    }

    fn taken(queue: &Queue, id: &str, signature: &str, body: &[u8]) -> Answer {
        take(queue, b"secret", Delivery { event: "pull_request", id, signature, body })
    }

    #[test]
    fn only_what_is_signed_is_believed() {
        let (_folder, queue) = queue();
        let good = signature(b"secret", BODY);
        for bad in [
            "",
            "sha256=",
            &good[..70],
            &good.replace("sha256=", "sha1="),
            &signature(b"other", BODY),
            &signature(b"secret", b"{}"),
        ] {
            assert_eq!(taken(&queue, "d1", bad, BODY), Answer::Unsigned, "{bad}");
        }
        assert_eq!(queue.depth().unwrap(), 0);
        assert_eq!(taken(&queue, "d1", &good, BODY), Answer::Kept);
        assert_eq!(taken(&queue, "d1", &good, BODY), Answer::Again, "replayed");
        assert!(!is_signed(b"", BODY, &signature(b"", BODY)), "an empty secret signs nothing");
    }

    #[test]
    fn what_is_signed_may_still_be_nonsense() {
        let (_folder, queue) = queue();
        for body in
            [&b"payload=%7B%7D"[..], b"\xff\xfe", br#"{"action":"opened","pull_request":{"number":7}}"#]
        {
            let answer = taken(&queue, "d1", &signature(b"secret", body), body);
            assert!(matches!(answer, Answer::Malformed(_)), "{answer:?}");
        }
        let good = signature(b"secret", BODY);
        assert!(matches!(taken(&queue, "a b", &good, BODY), Answer::Malformed(_)));
    }

    #[test]
    fn what_is_kept_is_read_as_it_was() {
        let asked = |order| {
            Event::Order(Asked { number: 7, comment: 9, thread: Some(8), login: "ann".to_owned(), order })
        };
        let events = [
            Event::Review(7),
            Event::ReviewOf { owner: "o".to_owned(), branch: "b".to_owned(), commit: "c".to_owned() },
            asked(Order::Explain(None)),
            asked(Order::Explain(Some("a/b".to_owned()))),
            asked(Order::Waive { days: 3, reason: "r".to_owned() }),
            asked(Order::Unknown),
        ];
        for event in events {
            let job = of(&event, "a/b".to_owned(), 3);
            assert_eq!(read(&job.event), Some(event));
        }
    }
}
