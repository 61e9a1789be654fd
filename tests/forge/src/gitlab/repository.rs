//! Trees, files, comparisons, commits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::access::REPORTER;
use super::parameters::Parameters;
use super::refusal::{bad_request, invalid, not_found};
use super::route::{Call, Outcome};
use crate::exchange::Response;
use crate::git::Commit;

/// The reference a request names, and its commit.
fn reference(call: &Call<'_>, required: bool) -> Result<(String, String), Response> {
    call.caller.need(call.project(), REPORTER)?;
    let name = call.request.parameter("ref");
    if required && name.as_deref().unwrap_or_default().is_empty() {
        // Newer versions fall back to HEAD; the older ones are the stricter.
        return Err(invalid("ref is missing, ref is empty"));
    }
    let name = name.unwrap_or_else(|| "main".to_owned());
    let commit = call.project().git.commit(&name).ok_or_else(|| not_found("Commit"))?;
    Ok((name, commit))
}

pub(crate) fn tree(call: &mut Call<'_>) -> Outcome {
    let (_, commit) = reference(call, false)?;
    let path = call.request.parameter("path").unwrap_or_default();
    let recursive = call.request.parameter("recursive").is_some_and(|value| value == "true" || value == "1");
    let git = &call.project().git;
    let missing = || not_found("Tree");
    let tree = git.file(&commit, path.trim_matches('/')).ok_or_else(missing)?;
    let entries = git.entries(&tree, recursive).ok_or_else(missing)?;
    let prefix = if path.is_empty() { String::new() } else { format!("{}/", path.trim_matches('/')) };
    let shown = entries.iter().map(|entry| {
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        let path = format!("{prefix}{}", entry.path);
        json!({ "id": entry.sha, "name": name, "type": entry.kind, "path": path, "mode": entry.mode })
    });
    Ok(call.paged(shown.collect()))
}

pub(crate) fn file(call: &mut Call<'_>, path: &str, raw: bool) -> Outcome {
    let (name, commit) = reference(call, !raw)?;
    let git = &call.project().git;
    let blob = git.file(&commit, path).filter(|sha| git.kind(sha).as_deref() == Some("blob"));
    let blob = blob.ok_or_else(|| not_found("File"))?;
    let content = git.blob(&blob).ok_or_else(|| not_found("File"))?;
    if raw {
        return Ok(Response::bytes("text/plain; charset=utf-8", content)
            .with("x-gitlab-blob-id", blob)
            .with("x-gitlab-ref", name));
    }
    let digest: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let shown = json!({
        "file_name": path.rsplit('/').next().unwrap_or_default(),
        "file_path": path,
        "size": content.len(),
        "encoding": "base64",
        "content_sha256": digest,
        "ref": name,
        "blob_id": blob,
        "commit_id": commit,
        "last_commit_id": commit,
        "execute_filemode": false,
        "content": STANDARD.encode(&content),
    });
    Ok(Response::json(200, shown))
}

/// <https://docs.gitlab.com/api/repositories/#get-a-blobs-raw-content>
pub(crate) fn blob(call: &mut Call<'_>, sha: &str) -> Outcome {
    call.caller.need(call.project(), REPORTER)?;
    let git = &call.project().git;
    let content = git.blob(sha).filter(|_| git.kind(sha).as_deref() == Some("blob"));
    Ok(Response::bytes("text/plain; charset=utf-8", content.ok_or_else(|| not_found("Blob"))?))
}

pub(crate) fn compare(call: &mut Call<'_>) -> Outcome {
    call.caller.need(call.project(), REPORTER)?;
    let parameters = Parameters::of(call.request)?;
    let straight = parameters.boolean("straight")?.unwrap_or(false);
    let git = &call.project().git;
    let commit = |name: &str| -> Result<String, Response> {
        git.commit(&parameters.required(name, name)?).ok_or_else(|| not_found("Ref"))
    };
    let (from, to) = (commit("from")?, commit("to")?);
    let base = if straight { Some(from.clone()) } else { git.merge_base(&from, &to) };
    let base = base.ok_or_else(|| bad_request("No merge base"))?;
    let commits = git.between(&from, &to);
    let show = |sha: &str| git.describe(sha).map_or(Value::Null, |commit| shown(&call.state.url, &commit));
    let shown = json!({
        "commit": if commits.is_empty() { Value::Null } else { show(&to) },
        "commits": commits.iter().map(|sha| show(sha)).collect::<Vec<_>>(),
        "diffs": git.diff(&base, &to).iter().map(|file| call.state.file(file)).collect::<Vec<_>>(),
        "compare_timeout": false,
        "compare_same_ref": from == to,
        "web_url": format!("{}/{}/-/compare/{from}...{to}", call.state.url, call.path),
    });
    Ok(Response::json(200, shown))
}

pub(crate) fn merge_base(call: &mut Call<'_>) -> Outcome {
    call.caller.need(call.project(), REPORTER)?;
    let refs = Parameters::of(call.request)?.value("refs");
    let refs: Vec<&str> = refs.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let [one, other] = refs.as_slice() else { return Err(bad_request("Provide exactly 2 refs")) };
    let git = &call.project().git;
    let (one, other) =
        git.commit(one).zip(git.commit(other)).ok_or_else(|| bad_request("Could not find ref"))?;
    let base = git.merge_base(&one, &other).and_then(|sha| git.describe(&sha));
    let base = base.ok_or_else(|| not_found("Merge Base"))?;
    Ok(Response::json(200, shown(&call.state.url, &base)))
}

pub(crate) fn commit(call: &mut Call<'_>, sha: &str) -> Outcome {
    call.caller.need(call.project(), REPORTER)?;
    let git = &call.project().git;
    let commit = git.commit(sha).and_then(|sha| git.describe(&sha));
    Ok(Response::json(200, shown(&call.state.url, &commit.ok_or_else(|| not_found("Commit"))?)))
}

fn shown(url: &str, commit: &Commit) -> Value {
    json!({
        "id": commit.sha,
        "short_id": &commit.sha[..8],
        "created_at": commit.committer.date,
        "parent_ids": commit.parents,
        "title": commit.message.lines().next().unwrap_or_default(),
        "message": commit.message,
        "author_name": commit.author.name,
        "author_email": commit.author.email,
        "authored_date": commit.author.date,
        "committer_name": commit.committer.name,
        "committer_email": commit.committer.email,
        "committed_date": commit.committer.date,
        "trailers": {},
        "web_url": format!("{url}/-/commit/{}", commit.sha),
    })
}
