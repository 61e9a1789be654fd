//! Trees, blobs, files, comparisons.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::refusal::not_found;
use super::route::{Call, Outcome};
use crate::exchange::Response;
use crate::git::is_digest;
use crate::page::Page;

pub(crate) fn tree(call: &mut Call<'_>, name: &str) -> Outcome {
    let git = &call.repository().git;
    let sha = match git.kind(name).as_deref() {
        Some("tree") => Some(name.to_owned()),
        _ => git.commit(name).and_then(|commit| git.describe(&commit)).map(|commit| commit.tree),
    };
    let sha = sha.ok_or_else(not_found)?;
    let recursive = matches!(call.request.parameter("recursive").as_deref(), Some("1" | "true"));
    let entries = git.entries(&sha, recursive).ok_or_else(not_found)?;
    let api = call.state.api(call.repository());
    let most = call.state.limits.tree_entries;
    let page = Page::of(call.request, "per_page", most, most, entries);
    let shown = page.items.iter().map(|entry| {
        let kind = if entry.kind == "tree" { "trees" } else { "blobs" };
        json!({
            "path": entry.path,
            "mode": entry.mode,
            "type": entry.kind,
            "size": entry.size.unwrap_or_default(),
            "sha": entry.sha,
            "url": if entry.kind == "commit" { String::new() } else { format!("{api}/git/{kind}/{}", entry.sha) },
        })
    });
    let shown = json!({
        "sha": sha,
        "url": format!("{api}/git/trees/{sha}"),
        "tree": shown.collect::<Vec<_>>(),
        // Whether there are further pages.
        "truncated": page.number < page.last(),
        "page": page.number,
        "total_count": page.total,
    });
    Ok(Response::json(200, shown))
}

/// Without the content if it is too large.
fn encoded(call: &Call<'_>, content: &[u8]) -> (Value, Value) {
    if content.len() > call.state.limits.blob_bytes {
        return (Value::Null, Value::Null);
    }
    (STANDARD.encode(content).into(), "base64".into())
}

pub(crate) fn blob(call: &mut Call<'_>, sha: &str) -> Outcome {
    let content = call.repository().git.blob(sha).filter(|_| is_digest(sha)).ok_or_else(not_found)?;
    let (text, encoding) = encoded(call, &content);
    let url = format!("{}/git/blobs/{sha}", call.state.api(call.repository()));
    let shown =
        json!({ "sha": sha, "url": url, "size": content.len(), "content": text, "encoding": encoding });
    Ok(Response::json(200, shown))
}

/// Digest and content of a file, and the commit it is read at.
fn file(call: &Call<'_>, path: &str) -> Result<(String, Vec<u8>, String), Response> {
    let git = &call.repository().git;
    let revision = call.request.parameter("ref").filter(|name| !name.is_empty());
    let commit = git.commit(&revision.unwrap_or_else(|| "main".to_owned())).ok_or_else(not_found)?;
    let sha = git.file(&commit, path).ok_or_else(not_found)?;
    let content = git.blob(&sha).ok_or_else(not_found)?;
    Ok((sha, content, commit))
}

/// A file; folders are read as trees.
pub(crate) fn contents(call: &mut Call<'_>, path: &str) -> Outcome {
    let (sha, content, commit) = file(call, path)?;
    let (text, encoding) = encoded(call, &content);
    let api = call.state.api(call.repository());
    let shown = json!({
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": sha,
        "last_commit_sha": commit,
        "type": "file",
        "size": content.len(),
        "encoding": encoding,
        "content": text,
        "target": null,
        "url": format!("{api}/contents/{path}?ref={commit}"),
        "html_url": format!("{}/src/commit/{commit}/{path}", call.state.html(call.repository())),
        "git_url": format!("{api}/git/blobs/{sha}"),
        "download_url": format!("{}/raw/commit/{commit}/{path}", call.state.html(call.repository())),
        "submodule_git_url": null,
    });
    Ok(Response::json(200, shown))
}

pub(crate) fn raw(call: &mut Call<'_>, path: &str) -> Outcome {
    let (_, content, _) = file(call, path)?;
    Ok(Response::bytes("application/octet-stream", content))
}

pub(crate) fn compare(call: &mut Call<'_>, range: &str) -> Outcome {
    let (base, head) = range.split_once("...").ok_or_else(not_found)?;
    let git = &call.repository().git;
    let (base, head) = git.commit(base).zip(git.commit(head)).ok_or_else(not_found)?;
    let commits = git.between(&base, &head);
    let api = call.state.api(call.repository());
    let shown = commits.iter().filter_map(|sha| git.describe(sha)).map(|commit| {
        json!({
            "sha": commit.sha,
            "url": format!("{api}/git/commits/{}", commit.sha),
            "commit": {
                "message": commit.message,
                "author": { "name": commit.author.name, "email": commit.author.email, "date": commit.author.date },
                "tree": { "sha": commit.tree },
            },
            "parents": commit.parents.iter().map(|sha| json!({ "sha": sha })).collect::<Vec<_>>(),
        })
    });
    let shown: Vec<Value> = shown.collect();
    Ok(Response::json(200, json!({ "total_commits": shown.len(), "commits": shown })))
}
