//! What happened on a forge, as a webhook says it, or the file that a CI system hands to a job. Only numbers, ids and names are
//! taken from it; everything else is asked of the forge.

use serde_json::Value;

use super::order::{self, Order};

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A pull request is to be reviewed.
    Review(u64),
    /// So is the one that has this head: a run for a fork's pull request names no number.
    ReviewOf {
        /// Owner of the repository that holds the head.
        owner: String,
        /// The branch there.
        branch: String,
        /// The commit.
        commit: String,
    },
    /// Somebody asks something of us.
    Order(Asked),
    /// Nothing, and why.
    Nothing(&'static str),
}

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The pull request.
    pub number: u64,
    /// The comment.
    pub comment: u64,
    /// The comment that opened the conversation about a line, if it is in one.
    pub thread: Option<u64>,
    /// Login of whoever asks.
    pub login: String,
    /// What.
    pub order: Order,
}

/// Pull requests are reviewed when one of these happens to them.
const REVIEWED: [&str; 5] = ["opened", "synchronize", "reopened", "ready_for_review", "edited"];

impl Event {
    /// Of GitHub: the event's name and its payload.
    #[must_use]
    pub fn github(name: &str, payload: &Value) -> Self {
        let action = payload["action"].as_str().unwrap_or_default();
        match name {
            "pull_request" | "pull_request_target" => match payload["pull_request"]["number"].as_u64() {
                // `edited` is one only where what it goes to changed.
                Some(_) if action == "edited" && payload["changes"]["base"].is_null() => {
                    Self::Nothing("only its words changed")
                }
                Some(number) if REVIEWED.contains(&action) => Self::Review(number),
                Some(_) => Self::Nothing("nothing of it changed"),
                None => Self::Nothing("it names no pull request"),
            },
            "check_run" | "check_suite" if action == "rerequested" => {
                match payload[name]["pull_requests"][0]["number"].as_u64() {
                    Some(number) => Self::Review(number),
                    None => Self::of_head(
                        &payload[name]["head_branch"],
                        &payload["repository"],
                        &payload[name]["head_sha"],
                    ),
                }
            }
            "workflow_run" => {
                let run = &payload["workflow_run"];
                match run["event"].as_str() {
                    Some("pull_request") => {
                        Self::of_head(&run["head_branch"], &run["head_repository"], &run["head_sha"])
                    }
                    _ => Self::Nothing("the workflow did not run for a pull request"),
                }
            }
            "issue_comment" if action == "created" => match payload["issue"]["pull_request"].is_object() {
                true => Self::asked(payload, &payload["issue"], None),
                false => Self::Nothing("it is no comment of a pull request"),
            },
            "pull_request_review_comment" if action == "created" => {
                let comment = &payload["comment"];
                let thread = comment["in_reply_to_id"].as_u64().or_else(|| comment["id"].as_u64());
                Self::asked(payload, &payload["pull_request"], thread)
            }
            _ => Self::Nothing("it is no event that anything follows from"),
        }
    }

    fn of_head(branch: &Value, repository: &Value, commit: &Value) -> Self {
        match (repository["owner"]["login"].as_str(), branch.as_str(), commit.as_str()) {
            (Some(owner), Some(branch), Some(commit)) => Self::ReviewOf {
                owner: owner.to_owned(),
                branch: branch.to_owned(),
                commit: commit.to_owned(),
            },
            _ => Self::Nothing("it names no pull request"),
        }
    }

    fn asked(payload: &Value, pull: &Value, thread: Option<u64>) -> Self {
        let comment = &payload["comment"];
        let (Some(number), Some(id), Some(login)) =
            (pull["number"].as_u64(), comment["id"].as_u64(), comment["user"]["login"].as_str())
        else {
            return Self::Nothing("it names no pull request");
        };
        // Our own answers, and those of other bots: two bots may talk for a long time.
        if comment["user"]["type"] == "Bot" {
            return Self::Nothing("a bot said it");
        }
        match order::read(comment["body"].as_str().unwrap_or_default()) {
            Some(order) => Self::Order(Asked { number, comment: id, thread, login: login.to_owned(), order }),
            None => Self::Nothing("it asks nothing of hallpass"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_changed_pull_request_is_reviewed() {
        let event = |action: &str| json!({ "action": action, "pull_request": { "number": 7 } });
        for action in ["opened", "synchronize", "reopened", "ready_for_review"] {
            assert_eq!(Event::github("pull_request", &event(action)), Event::Review(7), "{action}");
        }
        for action in ["closed", "labeled", "edited", ""] {
            assert!(matches!(Event::github("pull_request", &event(action)), Event::Nothing(_)), "{action}");
        }
        let retargeted =
            json!({ "action": "edited", "changes": { "base": {} }, "pull_request": { "number": 7 } });
        assert_eq!(Event::github("pull_request", &retargeted), Event::Review(7));
    }

    #[test]
    fn a_run_for_a_fork_names_its_head() {
        let run = |event: &str| {
            json!({ "workflow_run": { "event": event, "head_branch": "b", "head_sha": "c",
                "head_repository": { "owner": { "login": "o" } } } })
        };
        let of = Event::ReviewOf { owner: "o".to_owned(), branch: "b".to_owned(), commit: "c".to_owned() };
        assert_eq!(Event::github("workflow_run", &run("pull_request")), of);
        assert!(matches!(Event::github("workflow_run", &run("push")), Event::Nothing(_)));
    }

    #[test]
    fn only_people_ask() {
        let said = |kind: &str, body: &str| {
            json!({ "action": "created", "issue": { "number": 7, "pull_request": {} },
                "comment": { "id": 9, "body": body, "user": { "login": "ann", "type": kind } } })
        };
        assert!(matches!(
            Event::github("issue_comment", &said("User", "/hallpass explain")),
            Event::Order(_)
        ));
        assert!(matches!(
            Event::github("issue_comment", &said("Bot", "/hallpass explain")),
            Event::Nothing(_)
        ));
        assert!(matches!(Event::github("issue_comment", &said("User", "nice")), Event::Nothing(_)));
    }

    #[test]
    fn what_is_no_event_of_ours_is_nothing() {
        for payload in [json!(null), json!([]), json!({ "action": 1 }), json!({ "pull_request": "x" })] {
            for name in [
                "pull_request",
                "issue_comment",
                "check_run",
                "workflow_run",
                "pull_request_review_comment",
                "push",
                "",
            ] {
                assert!(matches!(Event::github(name, &payload), Event::Nothing(_)), "{name} {payload}");
            }
        }
    }
}
