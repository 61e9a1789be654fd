//! Pull requests, the files they change, and who may do what.

use serde_json::json;

use super::refusal::{forbidden, not_found, unprocessable};
use super::route::{Call, Outcome};
use crate::diff::FileDiff;
use crate::exchange::Response;

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let state = call.request.parameter("state").unwrap_or_else(|| "open".to_owned());
    if !["open", "closed", "all"].contains(&state.as_str()) {
        return Err(unprocessable("state"));
    }
    let repository = call.repository();
    let pulls =
        repository.pulls.values().rev().filter(|pull| state == "all" || (state == "open") == pull.open);
    let login = &call.caller.login;
    Ok(call.paged(pulls.map(|pull| call.state.shown_pull(repository, pull, login)).collect()))
}

/// With `.diff` after the number it is the diff, as text.
pub(crate) fn one(call: &mut Call<'_>, number: &str) -> Outcome {
    let repository = call.repository();
    if let Some(number) = number.strip_suffix(".diff") {
        let pull = call.pull(number)?;
        let base = call.state.merge_base(repository, pull, &pull.head);
        let arguments =
            ["diff", "-p", "-M50%", "--no-color", "--no-ext-diff", "--no-textconv", &base, &pull.head];
        let text = repository.git.immutable(&arguments).ok_or_else(not_found)?;
        return Ok(Response::bytes("text/plain; charset=utf-8", text));
    }
    let pull = call.pull(number)?;
    Ok(Response::json(200, call.state.shown_pull(repository, pull, &call.caller.login)))
}

/// Without patches: those are only in the `.diff`.
pub(crate) fn files(call: &mut Call<'_>, number: &str) -> Outcome {
    let pull = call.pull(number)?;
    let repository = call.repository();
    let base = call.state.merge_base(repository, pull, &pull.head);
    let html = call.state.html(repository);
    let api = call.state.api(repository);
    let show = |file: &FileDiff| {
        let mut shown = json!({
            "filename": file.path,
            "status": match file.status {
                'A' => "added",
                'D' => "deleted",
                'R' => "renamed",
                'C' => "copied",
                _ if file.additions + file.deletions == 0 => "unchanged",
                _ => "changed",
            },
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
            "html_url": format!("{html}/src/commit/{}/{}", pull.head, file.path),
            "contents_url": format!("{api}/contents/{}?ref={}", file.path, pull.head),
            "raw_url": format!("{html}/raw/commit/{}/{}", pull.head, file.path),
        });
        if let Some(previous) = &file.previous {
            shown["previous_filename"] = previous.as_str().into();
        }
        shown
    };
    Ok(call.paged(repository.git.diff(&base, &pull.head).iter().map(show).collect()))
}

/// A repository's administrators may ask for anyone, others for themselves.
pub(crate) fn permission(call: &mut Call<'_>, login: &str) -> Outcome {
    let repository = call.repository();
    let asking = &call.caller.login;
    if asking != login && !["owner", "admin"].contains(&repository.permission(asking)) {
        return Err(forbidden(
            "Only admins can query all permissions, repo admins can query all repo permissions, collaborators can \
             query only their own",
        ));
    }
    let permission = repository.permission(login);
    let shown = json!({ "permission": permission, "role_name": permission, "user": call.state.user(login) });
    Ok(Response::json(200, shown))
}
