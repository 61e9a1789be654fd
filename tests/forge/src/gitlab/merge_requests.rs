//! Merge requests, their versions and diffs.

use serde_json::{Value, json};

use super::access::REPORTER;
use super::refusal::{invalid, not_found};
use super::route::{Call, Outcome};
use super::state::{MergeRequestState, Project, State, Version};
use crate::diff::FileDiff;
use crate::exchange::Response;

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    call.caller.need(call.project(), REPORTER)?;
    let wanted = |name: &str| call.request.parameter(name);
    let state = wanted("state").unwrap_or_else(|| "all".to_owned());
    if !["opened", "closed", "locked", "merged", "all"].contains(&state.as_str()) {
        return Err(invalid("state does not have a valid value"));
    }
    let (source, target) = (wanted("source_branch"), wanted("target_branch"));
    let fits = |found: &&MergeRequestState| {
        (state == "all" || state == found.state)
            && source.as_ref().is_none_or(|branch| *branch == found.source)
            && target.as_ref().is_none_or(|branch| *branch == found.target)
    };
    let found = call.project().merge_requests.values().rev().filter(fits);
    Ok(call.paged(found.map(|found| call.state.shown_merge_request(call.project(), found)).collect()))
}

pub(crate) fn one(call: &mut Call<'_>, iid: &str) -> Outcome {
    let found = call.merge_request(iid)?;
    let mut shown = call.state.shown_merge_request(call.project(), found);
    // Only here: a list does not tell them.
    shown["diff_refs"] = refs(found.version());
    let files = call.project().git.diff(&found.version().base, &found.version().head);
    shown["changes_count"] = files.len().to_string().into();
    Ok(Response::json(200, shown))
}

pub(crate) fn diffs(call: &mut Call<'_>, iid: &str) -> Outcome {
    let version = call.merge_request(iid)?.version().clone();
    let files = call.project().git.diff(&version.base, &version.head);
    Ok(call.paged(files.iter().map(|file| call.state.file(file)).collect()))
}

pub(crate) fn versions(call: &mut Call<'_>, iid: &str) -> Outcome {
    let found = call.merge_request(iid)?;
    Ok(call.paged(found.versions.iter().rev().map(|version| shown(found, version)).collect()))
}

pub(crate) fn version(call: &mut Call<'_>, iid: &str, id: &str) -> Outcome {
    let found = call.merge_request(iid)?;
    let version = found.versions.iter().find(|version| id.parse() == Ok(version.id));
    let version = version.ok_or_else(|| not_found("Version"))?;
    let mut shown = shown(found, version);
    let files = call.project().git.diff(&version.base, &version.head);
    shown["diffs"] = files.iter().map(|file| call.state.file(file)).collect();
    Ok(Response::json(200, shown))
}

fn shown(of: &MergeRequestState, version: &Version) -> Value {
    json!({
        "id": version.id,
        "head_commit_sha": version.head,
        "base_commit_sha": version.base,
        "start_commit_sha": version.start,
        "created_at": version.created_at,
        "merge_request_id": of.id,
        "state": "collected",
        "real_size": "1",
    })
}

fn refs(version: &Version) -> Value {
    json!({ "base_sha": version.base, "head_sha": version.head, "start_sha": version.start })
}

impl State {
    pub(crate) fn shown_merge_request(&self, project: &Project, of: &MergeRequestState) -> Value {
        let url = format!("{}/{}/-/merge_requests/{}", self.url, project.path, of.iid);
        let source = self.find(&of.source_project).map(|project| project.id);
        let notes: usize = of.discussions.iter().map(|discussion| discussion.notes.len()).sum();
        json!({
            "id": of.id,
            "iid": of.iid,
            "project_id": project.id,
            "title": of.title,
            "description": of.description,
            "state": of.state,
            "created_at": of.created_at,
            "updated_at": of.updated_at,
            "target_branch": of.target,
            "source_branch": of.source,
            "user_notes_count": notes,
            "author": self.person(&of.author),
            "assignees": [],
            "reviewers": [],
            // A fork may be deleted while its merge request is open.
            "source_project_id": source,
            "target_project_id": project.id,
            "labels": [],
            "draft": of.draft,
            "work_in_progress": of.draft,
            "sha": of.version().head,
            "merge_commit_sha": null,
            "discussion_locked": if of.locked { Value::Bool(true) } else { Value::Null },
            "detailed_merge_status": "mergeable",
            "has_conflicts": false,
            "blocking_discussions_resolved": of.discussions.iter().all(|d| d.position.is_none() || d.resolved_by.is_some()),
            "references": { "short": format!("!{}", of.iid), "full": format!("{}!{}", project.path, of.iid) },
            "web_url": url,
        })
    }

    pub(crate) fn file(&self, file: &FileDiff) -> Value {
        let patch = file.patch().map(|patch| patch + "\n").unwrap_or_default();
        let too_large = patch.len() > self.limits.diff_bytes;
        let mode = |mode: &str| if mode == "000000" { "0".to_owned() } else { mode.to_owned() };
        json!({
            "diff": if too_large { String::new() } else { patch },
            "collapsed": false,
            "too_large": too_large,
            "new_path": file.path,
            "old_path": file.old_path(),
            "a_mode": mode(&file.modes.0),
            "b_mode": mode(&file.modes.1),
            "new_file": file.status == 'A',
            "renamed_file": file.status == 'R',
            "deleted_file": file.status == 'D',
            "generated_file": false,
        })
    }
}
