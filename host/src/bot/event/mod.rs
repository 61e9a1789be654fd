//! What happened on a forge, as a webhook says it, or the file that a CI system hands to a job. Only numbers, ids and names are
//! taken from it; everything else is asked of the forge.

mod gitea;
mod github;
mod gitlab;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::forge::Provider;
use super::order::{self, Order};

/// Why nothing is to be done.
pub type Why = &'static str;

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A pull request is to be reviewed.
    Review(u64),
    /// So is the one that has this head: what runs for a fork's pull request names no number.
    ReviewOf {
        /// Owner and name of its branch, where that is known.
        branch: Option<(String, String)>,
        /// The commit.
        commit: String,
    },
    /// Somebody asks something of us.
    Order(Asked),
    /// Nothing, and why.
    #[serde(skip)]
    Nothing(Why),
    /// It is about a pull request, and does not say about which.
    #[serde(skip)]
    Nameless,
}

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The pull request.
    pub number: u64,
    /// The comment.
    pub comment: u64,
    /// What the conversation about a line is known by, if it may be in one.
    pub thread: Option<String>,
    /// Login of whoever asks.
    pub login: String,
    /// What.
    pub order: Order,
}

impl Event {
    /// Of a forge: the event's name there, and its payload.
    #[must_use]
    pub fn of(provider: Provider, name: &str, payload: &Value) -> Self {
        match provider {
            Provider::Github => github::event(name, payload),
            Provider::Gitlab => gitlab::event(payload),
            Provider::Gitea => gitea::event(name, payload),
        }
    }

    /// What a comment asks, if it asks something.
    fn asked(number: &Value, comment: &Value, thread: Option<String>, login: &Value, body: &Value) -> Self {
        let (Some(number), Some(comment), Some(login)) = (number.as_u64(), comment.as_u64(), login.as_str())
        else {
            return Self::Nameless;
        };
        match order::read(body.as_str().unwrap_or_default()) {
            Some(order) => Self::Order(Asked { number, comment, thread, login: login.to_owned(), order }),
            None => Self::Nothing("it asks nothing of hallpass"),
        }
    }
}

/// The repository that a payload is about, `owner/name`.
#[must_use]
pub fn repository(provider: Provider, payload: &Value) -> Option<&str> {
    match provider {
        Provider::Github | Provider::Gitea => payload["repository"]["full_name"].as_str(),
        Provider::Gitlab => payload["project"]["path_with_namespace"].as_str(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_event_of_ours_is_nothing() {
        let payloads = [
            json!(null),
            json!([]),
            json!({ "action": 1 }),
            json!({ "pull_request": "x" }),
            json!({ "object_kind": "merge_request", "object_attributes": [] }),
            json!({ "object_kind": "note", "object_attributes": { "noteable_type": "MergeRequest" } }),
        ];
        let names = [
            "pull_request",
            "issue_comment",
            "check_run",
            "workflow_run",
            "pull_request_review_comment",
            "push",
            "",
        ];
        for payload in payloads {
            for (provider, name) in
                Provider::ALL.into_iter().flat_map(|provider| names.map(|name| (provider, name)))
            {
                assert!(
                    matches!(Event::of(provider, name, &payload), Event::Nothing(_) | Event::Nameless),
                    "{name} {payload}"
                );
            }
        }
    }
}
