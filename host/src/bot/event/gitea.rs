//! Events of Gitea and Forgejo, which are nearly GitHub's.
//! <https://docs.gitea.com/usage/webhooks>

use serde_json::Value;

use super::Event;

/// Pull requests are reviewed when one of these happens to them.
const REVIEWED: [&str; 4] = ["opened", "synchronized", "reopened", "edited"];

pub(super) fn event(name: &str, payload: &Value) -> Event {
    let action = payload["action"].as_str().unwrap_or_default();
    match name {
        "pull_request" | "pull_request_sync" | "pull_request_target" => {
            match payload["pull_request"]["number"].as_u64() {
                // `edited` is one only where what it goes to changed.
                Some(_) if action == "edited" && payload["changes"]["ref"].is_null() => {
                    Event::Nothing("only its words changed")
                }
                // The file that a job gets has GitHub's word.
                Some(number) if REVIEWED.contains(&action) || action == "synchronize" => {
                    Event::Review(number)
                }
                Some(_) => Event::Nothing("nothing of it changed"),
                None => Event::Nameless,
            }
        }
        "issue_comment" | "pull_request_comment" if action == "created" => {
            let comment = &payload["comment"];
            let is_pull = payload["is_pull"] == true || payload["issue"]["pull_request"].is_object();
            match is_pull {
                true => Event::asked(
                    &payload["issue"]["number"],
                    &comment["id"],
                    None,
                    &comment["user"]["login"],
                    &comment["body"],
                ),
                false => Event::Nothing("it is no comment of a pull request"),
            }
        }
        _ => Event::Nothing("it is no event that anything follows from"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_changed_pull_request_is_reviewed() {
        let pull = |action: &str| json!({ "action": action, "pull_request": { "number": 7 } });
        for action in ["opened", "synchronized", "synchronize", "reopened"] {
            assert_eq!(event("pull_request", &pull(action)), Event::Review(7), "{action}");
        }
        for action in ["closed", "label_updated", "edited", ""] {
            assert!(matches!(event("pull_request", &pull(action)), Event::Nothing(_)), "{action}");
        }
        let retargeted = json!({ "action": "edited", "changes": { "ref": { "from": "main" } },
            "pull_request": { "number": 7 } });
        assert_eq!(event("pull_request", &retargeted), Event::Review(7));
    }

    #[test]
    fn only_below_pull_requests_something_is_asked() {
        let said = |is_pull: bool| {
            json!({ "action": "created", "is_pull": is_pull, "issue": { "number": 7 },
                "comment": { "id": 9, "body": "/hallpass explain", "user": { "login": "ann" } } })
        };
        assert!(matches!(event("issue_comment", &said(true)), Event::Order(_)));
        assert!(matches!(event("issue_comment", &said(false)), Event::Nothing(_)));
    }
}
