//! A delivery: believed if it is proved, kept if it asks for something.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::queue::{Job, Queue, Taken};
use crate::bot::event::{Event, repository};
use crate::bot::forge::Provider;

/// Longest id of a delivery, in characters.
const ID: usize = 64;
/// Hexadecimal digits of a code.
const CODE: usize = 64;

/// Headers of a kind of forge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Headers {
    /// The event's name.
    pub(super) event: &'static str,
    /// What the delivery is known by, and again where it is delivered once more.
    pub(super) id: &'static str,
    /// What logs know it by where there is none.
    pub(super) otherwise: &'static str,
    /// What proves whose it is.
    pub(super) proof: &'static str,
    /// Whether there are deliveries without an id.
    has_id: bool,
}

/// Those of a kind.
pub(super) fn headers(provider: Provider) -> Headers {
    match provider {
        // <https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers>
        Provider::Github => Headers {
            event: "x-github-event",
            id: "x-github-delivery",
            otherwise: "x-github-delivery",
            proof: "x-hub-signature-256",
            has_id: true,
        },
        // <https://docs.gitlab.com/user/project/integrations/webhooks/#delivery-headers>; before 17.4 there is no key.
        Provider::Gitlab => Headers {
            event: "x-gitlab-event",
            id: "idempotency-key",
            otherwise: "x-gitlab-event-uuid",
            proof: "x-gitlab-token",
            has_id: false,
        },
        // <https://docs.gitea.com/usage/webhooks>; Forgejo has the same besides its own.
        Provider::Gitea => Headers {
            event: "x-gitea-event",
            id: "x-gitea-delivery",
            otherwise: "x-gitea-delivery",
            proof: "x-gitea-signature",
            has_id: true,
        },
    }
}

/// Where deliveries come from.
#[derive(Clone)]
pub struct Sender {
    /// The kind of forge.
    pub provider: Provider,
    /// What both sides know.
    pub secret: Vec<u8>,
    /// Whether an App is told, which acts as one of its installations.
    pub is_app: bool,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("provider", &self.provider)
            .field("is_app", &self.is_app)
            .finish_non_exhaustive()
    }
}

/// What a delivery says of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery<'d> {
    /// The event's name.
    pub(super) event: &'d str,
    /// Its id; none is empty.
    pub(super) id: &'d str,
    /// What proves whose it is.
    pub(super) proof: &'d str,
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
            Self::Unsigned => (401, "unsigned", "it is not signed with the secret of this server"),
            Self::Malformed(why) => (400, "malformed", why),
            Self::Failed => (503, "failed", "it could not be kept; deliver it again"),
        }
    }
}

/// Whether a delivery may be one of ours, before its body is waited for: GitLab's is known by then, others are signed in some way.
pub(super) fn may_be(sender: &Sender, proof: &str) -> bool {
    match sender.provider {
        Provider::Gitlab => is_proved(sender, proof, &[]),
        provider => code(provider, proof).is_some(),
    }
}

/// Takes a delivery. Nothing of its body is looked at before it is proved.
pub(super) fn take(queue: &Queue, sender: &Sender, delivery: Delivery<'_>) -> Answer {
    let (provider, Delivery { id, body, .. }) = (sender.provider, delivery);
    if !is_proved(sender, delivery.proof, body) {
        return Answer::Unsigned;
    }
    let is_id = id.len() <= ID && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_id || (id.is_empty() && headers(provider).has_id) {
        return Answer::Malformed("its id is none");
    }
    let Ok(payload) = serde_json::from_slice::<Value>(body) else {
        return Answer::Malformed("the body is not JSON; choose application/json as the content type");
    };
    let event = Event::of(provider, delivery.event, &payload);
    match &event {
        Event::Nothing(why) => return Answer::Nothing(why),
        Event::Nameless => return Answer::Malformed("it names no pull request"),
        _ => {}
    }
    let repository = repository(provider, &payload).filter(|name| provider.names(name));
    let Some(repository) = repository else {
        return Answer::Malformed("it names no repository");
    };
    let installation = payload["installation"]["id"].as_u64();
    if installation.is_none() && sender.is_app {
        return Answer::Malformed(
            "it names no installation: let the App's webhook deliver it, not the repository's",
        );
    }
    let installation = installation.filter(|_| sender.is_app).unwrap_or_default();
    let job = of(&event, repository.to_owned(), installation);
    // Nobody signs an id: what was delivered once does not count under another one.
    let digest: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let names = [id, &digest];
    match queue.take(if id.is_empty() { &names[1..] } else { &names }, &job) {
        Ok(Taken::New) => Answer::Kept,
        Ok(Taken::Again) => Answer::Again,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "a delivery could not be kept");
            Answer::Failed
        }
    }
}

/// In constant time, over the bytes as they came. An empty secret proves nothing.
fn is_proved(sender: &Sender, proof: &str, body: &[u8]) -> bool {
    let (provider, secret) = (sender.provider, sender.secret.as_slice());
    let mac = |key: &[u8], text: &[u8]| Some(Hmac::<Sha256>::new_from_slice(key).ok()?.chain_update(text));
    let proved = || match provider {
        // The secret itself: both are compared as codes, which tell nothing of where they differ.
        Provider::Gitlab => {
            let expected = mac(secret, secret)?.finalize().into_bytes();
            mac(secret, proof.as_bytes())?.verify(&expected).ok()
        }
        Provider::Github | Provider::Gitea => mac(secret, body)?.verify_slice(&code(provider, proof)?).ok(),
    };
    !secret.is_empty() && proved().is_some()
}

/// The code of a signature, if it has the form of one.
fn code(provider: Provider, proof: &str) -> Option<Vec<u8>> {
    let digits = if provider == Provider::Github { proof.strip_prefix("sha256=")? } else { proof };
    let is_code = digits.len() == CODE && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..CODE).step_by(2).map(byte).collect::<Option<_>>().filter(|_| is_code)
}

/// What an event asks for, as it is kept.
pub(super) fn of(event: &Event, repository: String, installation: u64) -> Job {
    let subject = match event {
        Event::Review(number) => format!("review {number}"),
        Event::ReviewOf { commit, .. } => format!("review of {commit}"),
        Event::Order(asked) => format!("order {}", asked.comment),
        Event::Nothing(_) | Event::Nameless => String::new(),
    };
    let event = serde_json::to_string(event).unwrap_or_default();
    Job { id: 0, repository, subject, event, installation, tries: 0 }
}

/// An event that was kept.
pub(super) fn read(text: &str) -> Option<Event> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::bot::event::Asked;
    use crate::bot::order::Order;

    const BODY: &[u8] = br#"{"action":"opened","pull_request":{"number":7},"repository":{"full_name":"a/b"},"installation":{"id":3}}"#;

    fn sender(provider: Provider) -> Sender {
        Sender { provider, secret: b"secret".to_vec(), is_app: provider == Provider::Github }
    }

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
        take(queue, &sender(Provider::Github), Delivery { event: "pull_request", id, proof: signature, body })
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
        assert_eq!(taken(&queue, "d2", &good, BODY), Answer::Again, "replayed under another id");
        assert_eq!(taken(&queue, "", &good, BODY), Answer::Malformed("its id is none"));
        let nobody = Sender { secret: Vec::new(), ..sender(Provider::Github) };
        assert!(!is_proved(&nobody, &signature(b"", BODY), BODY), "an empty secret signs nothing");
    }

    #[test]
    fn each_kind_of_forge_proves_itself_in_its_way() {
        let signed = signature(b"secret", BODY);
        let digits = signed.trim_start_matches("sha256=");
        assert!(is_proved(&sender(Provider::Gitea), digits, BODY));
        assert!(!is_proved(&sender(Provider::Gitea), &signed, BODY));
        assert!(!is_proved(&sender(Provider::Gitea), digits, b"{}"));
        assert!(is_proved(&sender(Provider::Gitlab), "secret", BODY));
        for bad in ["", "secre", "secrets", "Secret"] {
            assert!(!is_proved(&sender(Provider::Gitlab), bad, BODY), "{bad}");
            assert!(!may_be(&sender(Provider::Gitlab), bad));
        }
        assert!(!is_proved(&Sender { secret: Vec::new(), ..sender(Provider::Gitlab) }, "", BODY));
        assert!(may_be(&sender(Provider::Github), &signed) && !may_be(&sender(Provider::Github), digits));
        assert!(may_be(&sender(Provider::Gitea), &signature(b"other", BODY)[7..]), "the body tells");
    }

    #[test]
    fn what_is_signed_may_still_be_nonsense() {
        let (_folder, queue) = queue();
        for body in [
            &b"payload=%7B%7D"[..],
            b"\xff\xfe",
            br#"{"action":"opened","pull_request":{"number":7}}"#,
            b"7\0",
        ] {
            let answer = taken(&queue, "d1", &signature(b"secret", body), body);
            assert!(matches!(answer, Answer::Malformed(_)), "{answer:?}");
        }
        let good = signature(b"secret", BODY);
        assert!(matches!(taken(&queue, "a b", &good, BODY), Answer::Malformed(_)));
    }

    #[test]
    fn what_is_kept_is_read_as_it_was() {
        let asked = |order| {
            Event::Order(Asked {
                number: 7,
                comment: 9,
                thread: Some("8".to_owned()),
                login: "ann".to_owned(),
                order,
            })
        };
        let events = [
            Event::Review(7),
            Event::ReviewOf { branch: None, commit: "c".to_owned() },
            Event::ReviewOf { branch: Some(("o".to_owned(), "b".to_owned())), commit: "c".to_owned() },
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
