//! Comparisons, commits, trees and blobs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::refusal::{forbidden, missing, not_found, unprocessable};
use super::render::{signature, unverified};
use super::route::{Call, Outcome, linked};
use crate::exchange::Response;
use crate::git::{Entry, is_digest};

const READ: &[&str] = &["contents"];

/// Commits that a comparison without pages lists.
const COMPARED_COMMITS: usize = 250;

/// Characters of base64 in a line, as GitHub breaks it.
const BASE64_LINE: usize = 60;

pub(crate) fn compare(call: &mut Call<'_>, range: &str) -> Outcome {
    call.caller.need(READ, "read")?;
    let (base_name, head_name) = range.split_once("...").ok_or_else(not_found)?;
    let repository = call.repository();
    let resolve = |name: &str| -> Option<String> {
        // `owner:branch` and `owner:repository:branch` reach into the network of forks.
        let parts: Vec<&str> = name.split(':').collect();
        match parts.as_slice() {
            [name] => repository.git.commit(name),
            [owner, name] => {
                let full_name = |r: &&super::state::Repository| {
                    r.owner() == *owner
                        && (r.full_name == repository.full_name
                            || r.fork_of.as_ref() == Some(&repository.full_name))
                };
                call.state.repositories.values().find(full_name)?.git.commit(name)
            }
            [owner, repository, name] => call.state.find(&format!("{owner}/{repository}"))?.git.commit(name),
            _ => None,
        }
    };
    let (base, head) = resolve(base_name).zip(resolve(head_name)).ok_or_else(not_found)?;
    let merge_base = repository.git.merge_base(&base, &head);
    let merge_base = merge_base
        .ok_or_else(|| missing(&format!("No common ancestor between {base_name} and {head_name}.")))?;
    let ahead = repository.git.between(&base, &head);
    let behind = repository.git.between(&head, &base).len();
    let show = |sha: &str| {
        let commit = repository.git.describe(sha);
        commit.map_or(Value::Null, |commit| call.state.commit(repository, &commit))
    };
    let asked = |name: &str| call.request.parameter(name).is_some();
    let total = ahead.len();
    let (listed, link, first) = if asked("per_page") || asked("page") {
        let (page, link) = call.page(ahead);
        let first = page.number == 1;
        (page.items, link, first)
    } else {
        // The newest of them, oldest first.
        let skipped = total.saturating_sub(COMPARED_COMMITS);
        (ahead.into_iter().skip(skipped).collect(), None, true)
    };
    let (api, html) = (call.state.api(repository), call.state.html(repository));
    let page = format!("{html}/compare/{base_name}...{head_name}");
    let mut shown = json!({
        "url": format!("{api}/compare/{base_name}...{head_name}"),
        "html_url": page,
        "permalink_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "base_commit": show(&base),
        "merge_base_commit": show(&merge_base),
        "status": match (total, behind) {
            (0, 0) => "identical",
            (_, 0) => "ahead",
            (0, _) => "behind",
            _ => "diverged",
        },
        "ahead_by": total,
        "behind_by": behind,
        "total_commits": total,
        "commits": listed.iter().map(|sha| show(sha)).collect::<Vec<_>>(),
    });
    if first {
        let files = repository.git.diff(&merge_base, &head);
        let files = files.iter().take(call.state.limits.compare_files);
        shown["files"] = files.map(|file| call.state.file(repository, &head, file)).collect();
    }
    Ok(linked(Response::json(200, shown), link))
}

pub(crate) fn commit(call: &mut Call<'_>, sha: &str) -> Outcome {
    call.caller.need(READ, "read")?;
    let repository = call.repository();
    let whole = is_digest(sha) && repository.git.kind(sha).as_deref() == Some("commit");
    let commit = whole.then(|| repository.git.describe(sha)).flatten().ok_or_else(not_found)?;
    let (api, html) = (call.state.api(repository), call.state.html(repository));
    let parent = |sha: &String| json!({ "sha": sha, "url": format!("{api}/git/commits/{sha}"), "html_url": format!("{html}/commit/{sha}") });
    let shown = json!({
        "sha": commit.sha,
        "node_id": format!("C_{}", commit.sha),
        "url": format!("{api}/git/commits/{}", commit.sha),
        "html_url": format!("{html}/commit/{}", commit.sha),
        "author": signature(&commit.author),
        "committer": signature(&commit.committer),
        "tree": { "sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree) },
        "message": commit.message,
        "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
        "verification": unverified(),
    });
    Ok(Response::json(200, shown))
}

pub(crate) fn tree(call: &mut Call<'_>, name: &str) -> Outcome {
    call.caller.need(READ, "read")?;
    let repository = call.repository();
    let sha = match repository.git.kind(name).as_deref() {
        Some("tree") => Some(name.to_owned()),
        Some("blob") => return Err(unprocessable("The tree could not be read")),
        _ => repository.git.commit(name).and_then(|c| repository.git.describe(&c)).map(|c| c.tree),
    };
    let sha = sha.ok_or_else(not_found)?;
    // Any value, `0` and `false` included, asks for all below. <https://docs.github.com/rest/git/trees#get-a-tree>
    let recursive = call.request.parameter("recursive").is_some();
    let mut entries = repository.git.entries(&sha, recursive).ok_or_else(not_found)?;
    let truncated = recursive && entries.len() > call.state.limits.tree_entries;
    if truncated {
        entries.truncate(call.state.limits.tree_entries);
    }
    let api = call.state.api(repository);
    let show = |entry: &Entry| {
        let mut shown =
            json!({ "path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha });
        if let Some(size) = entry.size {
            shown["size"] = size.into();
        }
        match entry.kind.as_str() {
            "blob" => shown["url"] = format!("{api}/git/blobs/{}", entry.sha).into(),
            "tree" => shown["url"] = format!("{api}/git/trees/{}", entry.sha).into(),
            // A submodule's commit lies in another repository.
            _ => {}
        }
        shown
    };
    let shown = json!({
        "sha": sha,
        "url": format!("{api}/git/trees/{sha}"),
        "tree": entries.iter().map(show).collect::<Vec<_>>(),
        "truncated": truncated,
    });
    Ok(Response::json(200, shown))
}

pub(crate) fn blob(call: &mut Call<'_>, sha: &str) -> Outcome {
    call.caller.need(READ, "read")?;
    if !is_digest(sha) {
        return Err(unprocessable(
            "The sha parameter must be exactly 40 characters and contain only [0-9a-f].",
        ));
    }
    let repository = call.repository();
    let content = repository.git.blob(sha).ok_or_else(not_found)?;
    if content.len() > call.state.limits.blob_bytes {
        return Err(forbidden(
            "This API returns blobs up to 100 MB in size. The requested blob is too large.",
        ));
    }
    let accept = call.request.header("accept").unwrap_or_default();
    if accept.contains("application/vnd.github.raw") {
        return Ok(Response::bytes("application/vnd.github.raw+json; charset=utf-8", content));
    }
    let encoded = STANDARD.encode(&content);
    let mut lines = String::new();
    for line in encoded.as_bytes().chunks(BASE64_LINE) {
        lines.push_str(&String::from_utf8_lossy(line));
        lines.push('\n');
    }
    let shown = json!({
        "sha": sha,
        "node_id": format!("B_{sha}"),
        "size": content.len(),
        "url": format!("{}/git/blobs/{sha}", call.state.api(repository)),
        "content": lines,
        "encoding": "base64",
    });
    Ok(Response::json(200, shown))
}
