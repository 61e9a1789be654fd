//! Events of GitLab. What kind they are of stands in the payload.
//! <https://docs.gitlab.com/user/project/integrations/webhook_events/>

use serde_json::Value;

use super::Event;

pub(super) fn event(payload: &Value) -> Event {
    let about = &payload["object_attributes"];
    match payload["object_kind"].as_str() {
        Some("merge_request") => match about["iid"].as_u64() {
            Some(number) if is_changed(about, &payload["changes"]) => Event::Review(number),
            Some(_) => Event::Nothing("nothing of it changed"),
            None => Event::Nameless,
        },
        // Older ones tell of new notes only, and say no action.
        Some("note") if matches!(about["action"].as_str(), None | Some("create")) => {
            if about["noteable_type"] != "MergeRequest" {
                return Event::Nothing("it is no comment of a merge request");
            }
            let thread = about["discussion_id"].as_str().map(str::to_owned);
            let (number, login) = (&payload["merge_request"]["iid"], &payload["user"]["username"]);
            Event::asked(number, &about["id"], thread, login, &about["note"])
        }
        _ => Event::Nothing("it is no event that anything follows from"),
    }
}

/// Whether its lines, or what they are held against, are others now.
fn is_changed(about: &Value, changes: &Value) -> bool {
    match about["action"].as_str() {
        Some("open" | "reopen") => true,
        // `oldrev` is there only where something was pushed.
        Some("update") => {
            about["oldrev"].is_string()
                || changes["target_branch"].is_object()
                || changes["draft"]["current"] == false
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bot::event::Asked;
    use crate::bot::order::Order;

    #[test]
    fn a_changed_merge_request_is_reviewed() {
        let of = |about: Value, changes: Value| {
            let mut payload =
                json!({ "object_kind": "merge_request", "object_attributes": about, "changes": changes });
            payload["object_attributes"]["iid"] = 7.into();
            event(&payload)
        };
        let review = Event::Review(7);
        assert_eq!(of(json!({ "action": "open" }), json!({})), review);
        assert_eq!(of(json!({ "action": "reopen" }), json!({})), review);
        assert_eq!(of(json!({ "action": "update", "oldrev": "a" }), json!({})), review);
        assert_eq!(
            of(json!({ "action": "update" }), json!({ "target_branch": { "previous": "main" } })),
            review
        );
        assert_eq!(of(json!({ "action": "update" }), json!({ "draft": { "current": false } })), review);
        for action in ["update", "close", "merge", "approved"] {
            let told = of(json!({ "action": action }), json!({ "title": {} }));
            assert!(matches!(told, Event::Nothing(_)), "{action}");
        }
    }

    #[test]
    fn a_new_note_may_ask() {
        let said = |kind: &str, action: &str| {
            event(
                &json!({ "object_kind": "note", "user": { "username": "ann" }, "merge_request": { "iid": 7 },
                "object_attributes": { "id": 9, "note": "/hallpass explain", "noteable_type": kind,
                    "discussion_id": "d", "action": action } }),
            )
        };
        let asked = Event::Order(Asked {
            number: 7,
            comment: 9,
            thread: Some("d".to_owned()),
            login: "ann".to_owned(),
            order: Order::Explain(None),
        });
        assert_eq!(said("MergeRequest", "create"), asked);
        assert!(matches!(said("MergeRequest", "update"), Event::Nothing(_)), "an edit asks nothing again");
        assert!(matches!(said("Issue", "create"), Event::Nothing(_)));
    }
}
