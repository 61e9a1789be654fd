//! Events of GitHub: a webhook's, and those of the file that a job gets.
//! <https://docs.github.com/webhooks/webhook-events-and-payloads>

use serde_json::Value;

use super::Event;

/// Pull requests are reviewed when one of these happens to them.
const REVIEWED: [&str; 5] = ["opened", "synchronize", "reopened", "ready_for_review", "edited"];

pub(super) fn event(name: &str, payload: &Value) -> Event {
    let action = payload["action"].as_str().unwrap_or_default();
    match name {
        "pull_request" | "pull_request_target" => match payload["pull_request"]["number"].as_u64() {
            // `edited` is one only where what it goes to changed.
            Some(_) if action == "edited" && payload["changes"]["base"].is_null() => {
                Event::Nothing("only its words changed")
            }
            Some(number) if REVIEWED.contains(&action) => Event::Review(number),
            Some(_) => Event::Nothing("nothing of it changed"),
            None => Event::Nameless,
        },
        "check_run" | "check_suite" if action == "rerequested" => {
            match payload[name]["pull_requests"][0]["number"].as_u64() {
                Some(number) => Event::Review(number),
                // Of a fork neither the number nor the branch is said.
                None => of_head(None, &payload[name]["head_sha"]),
            }
        }
        "workflow_run" => {
            let run = &payload["workflow_run"];
            let branch = run["head_repository"]["owner"]["login"].as_str().zip(run["head_branch"].as_str());
            match (run["event"].as_str(), branch) {
                (Some("pull_request"), Some(branch)) => of_head(Some(branch), &run["head_sha"]),
                (Some("pull_request"), None) => Event::Nameless,
                _ => Event::Nothing("the workflow did not run for a pull request"),
            }
        }
        "issue_comment" if action == "created" => match payload["issue"]["pull_request"].is_object() {
            true => asked(payload, &payload["issue"], None),
            false => Event::Nothing("it is no comment of a pull request"),
        },
        "pull_request_review_comment" if action == "created" => {
            let comment = &payload["comment"];
            let thread = comment["in_reply_to_id"].as_u64().or_else(|| comment["id"].as_u64());
            asked(payload, &payload["pull_request"], thread.map(|id| id.to_string()))
        }
        _ => Event::Nothing("it is no event that anything follows from"),
    }
}

fn of_head(branch: Option<(&str, &str)>, commit: &Value) -> Event {
    match commit.as_str() {
        Some(commit) => Event::ReviewOf {
            branch: branch.map(|(owner, name)| (owner.to_owned(), name.to_owned())),
            commit: commit.to_owned(),
        },
        None => Event::Nameless,
    }
}

fn asked(payload: &Value, pull: &Value, thread: Option<String>) -> Event {
    let comment = &payload["comment"];
    // Our own answers, and those of other bots: two bots may talk for a long time.
    if comment["user"]["type"] == "Bot" {
        return Event::Nothing("a bot said it");
    }
    Event::asked(&pull["number"], &comment["id"], thread, &comment["user"]["login"], &comment["body"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_changed_pull_request_is_reviewed() {
        let pull = |action: &str| json!({ "action": action, "pull_request": { "number": 7 } });
        for action in ["opened", "synchronize", "reopened", "ready_for_review"] {
            assert_eq!(event("pull_request", &pull(action)), Event::Review(7), "{action}");
        }
        for action in ["closed", "labeled", "edited", ""] {
            assert!(matches!(event("pull_request", &pull(action)), Event::Nothing(_)), "{action}");
        }
        let retargeted =
            json!({ "action": "edited", "changes": { "base": {} }, "pull_request": { "number": 7 } });
        assert_eq!(event("pull_request", &retargeted), Event::Review(7));
    }

    #[test]
    fn a_run_for_a_fork_names_its_head() {
        let run = |event: &str| {
            json!({ "workflow_run": { "event": event, "head_branch": "b", "head_sha": "c",
                "head_repository": { "owner": { "login": "o" } } } })
        };
        let of = Event::ReviewOf { branch: Some(("o".to_owned(), "b".to_owned())), commit: "c".to_owned() };
        assert_eq!(event("workflow_run", &run("pull_request")), of);
        assert!(matches!(event("workflow_run", &run("push")), Event::Nothing(_)));
    }

    #[test]
    fn only_people_ask() {
        let said = |kind: &str, body: &str| {
            json!({ "action": "created", "issue": { "number": 7, "pull_request": {} },
                "comment": { "id": 9, "body": body, "user": { "login": "ann", "type": kind } } })
        };
        assert!(matches!(event("issue_comment", &said("User", "/hallpass explain")), Event::Order(_)));
        assert!(matches!(event("issue_comment", &said("Bot", "/hallpass explain")), Event::Nothing(_)));
        assert!(matches!(event("issue_comment", &said("User", "nice")), Event::Nothing(_)));
    }

    #[test]
    fn a_check_that_is_to_run_again_says_whose() {
        for name in ["check_run", "check_suite"] {
            let of = |pulls| {
                json!({ "action": "rerequested",
                    name: { "head_sha": "c", "head_branch": null, "pull_requests": pulls } })
            };
            assert_eq!(event(name, &of(json!([{ "number": 7 }]))), Event::Review(7));
            let head = Event::ReviewOf { branch: None, commit: "c".to_owned() };
            assert_eq!(event(name, &of(json!([]))), head, "of a fork");
        }
    }
}
