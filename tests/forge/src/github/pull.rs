//! Pull requests and the files they change.

use serde_json::{Value, json};

use super::refusal::{not_found, unprocessable};
use super::render::node_id;
use super::route::{Call, Outcome};
use super::state::{PullState, Repository, State};
use crate::diff::FileDiff;
use crate::exchange::Response;
use crate::git::is_digest;

const READ: &[&str] = &["pull_requests"];

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    call.caller.need(READ, "read")?;
    let asked = call.request.parameter("state").unwrap_or_else(|| "open".to_owned());
    if !["open", "closed", "all"].contains(&asked.as_str()) {
        return Err(unprocessable("Validation Failed: state"));
    }
    let (head, base) = (call.request.parameter("head"), call.request.parameter("base"));
    let repository = call.repository();
    let owner = |pull: &PullState| pull.head_repository.split('/').next().unwrap_or_default().to_owned();
    let wanted = |pull: &&PullState| {
        (asked == "all" || (asked == "open") == pull.open)
            && base.as_ref().is_none_or(|base| *base == pull.base)
            && head.as_ref().is_none_or(|head| *head == format!("{}:{}", owner(pull), pull.head_branch))
    };
    // Newest first, unless asked otherwise.
    let mut pulls: Vec<&PullState> = repository.pulls.values().filter(wanted).collect();
    let by = call.request.parameter("sort").unwrap_or_default();
    let direction = call.request.parameter("direction").unwrap_or_else(|| "desc".to_owned());
    if by == "updated" {
        pulls.sort_by(|a, b| a.updated_at.cmp(&b.updated_at));
    }
    if direction != "asc" {
        pulls.reverse();
    }
    let shown = pulls.into_iter().map(|pull| call.state.simple_pull(repository, pull)).collect();
    Ok(call.paged(shown))
}

pub(crate) fn one(call: &mut Call<'_>, number: &str) -> Outcome {
    call.caller.need(READ, "read")?;
    let pull = call.pull(number)?;
    Ok(Response::json(200, call.state.full_pull(call.repository(), pull)))
}

pub(crate) fn files(call: &mut Call<'_>, number: &str) -> Outcome {
    call.caller.need(READ, "read")?;
    let pull = call.pull(number)?;
    let repository = call.repository();
    let base = call.state.merge_base(repository, pull, &pull.head);
    let files = repository.git.diff(&base, &pull.head);
    let files = files.iter().take(call.state.limits.pull_files);
    let shown = files.map(|file| call.state.file(repository, &pull.head, file)).collect();
    Ok(call.paged(shown))
}

/// Pull requests whose commits hold one: the open ones, and those that were merged with it.
pub(crate) fn of_commit(call: &mut Call<'_>, sha: &str) -> Outcome {
    call.caller.need(READ, "read")?;
    let repository = call.repository();
    let commit = repository.git.commit(sha).filter(|_| is_digest(sha));
    let commit = commit.ok_or_else(|| unprocessable(&format!("No commit found for SHA: {sha}")))?;
    let holds = |pull: &&PullState| {
        let base = call.state.merge_base(repository, pull, &pull.head);
        repository.git.between(&base, &pull.head).contains(&commit)
    };
    let pulls = repository.pulls.values().filter(holds);
    let shown = pulls.map(|pull| call.state.simple_pull(repository, pull)).collect();
    Ok(call.paged(shown))
}

/// The pull request whose comments an endpoint below `issues` asks for. The fake knows no issues.
pub(crate) fn as_issue<'a>(call: &'a Call<'_>, number: &str) -> Result<&'a PullState, Response> {
    call.pull(number).map_err(|_| not_found())
}

impl State {
    /// As lists show it.
    pub(crate) fn simple_pull(&self, repository: &Repository, pull: &PullState) -> Value {
        let (api, html) = (self.api(repository), self.html(repository));
        let number = pull.number;
        let url = format!("{api}/pulls/{number}");
        let issue = format!("{api}/issues/{number}");
        let page = format!("{html}/pull/{number}");
        let statuses = format!("{api}/statuses/{}", pull.head);
        let review_comment = format!("{api}/pulls/comments{{/number}}");
        let link = |href: &str| json!({ "href": href });
        let end = |full_name: &str, branch: &str, sha: &str| {
            let repository = self.find(full_name);
            let owner = full_name.split('/').next().unwrap_or_default();
            json!({
                "label": format!("{owner}:{branch}"),
                "ref": branch,
                "sha": sha,
                "user": self.user(owner),
                // A fork may be deleted while its pull request is open.
                "repo": repository.map_or(Value::Null, |repository| self.simple_repository(repository)),
            })
        };
        json!({
            "url": url,
            "id": pull.id,
            "node_id": node_id("PR", pull.id),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "issue_url": issue,
            "commits_url": format!("{url}/commits"),
            "review_comments_url": format!("{url}/comments"),
            "review_comment_url": review_comment,
            "comments_url": format!("{issue}/comments"),
            "statuses_url": statuses,
            "number": number,
            "state": if pull.open { "open" } else { "closed" },
            "locked": pull.locked,
            "active_lock_reason": null,
            "title": pull.title,
            "body": pull.body,
            "user": self.user(&pull.author),
            "labels": [],
            "milestone": null,
            "assignee": null,
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            "created_at": pull.created_at,
            "updated_at": pull.updated_at,
            "closed_at": pull.closed_at,
            "merged_at": if pull.merged { pull.closed_at.clone() } else { None },
            "merge_commit_sha": null,
            "draft": pull.draft,
            "head": end(&pull.head_repository, &pull.head_branch, &pull.head),
            "base": end(&repository.full_name, &pull.base, &pull.base_sha),
            "author_association": self.association(repository, &pull.author),
            "auto_merge": null,
            "_links": {
                "self": link(&url),
                "html": link(&page),
                "issue": link(&issue),
                "comments": link(&format!("{issue}/comments")),
                "review_comments": link(&format!("{url}/comments")),
                "review_comment": link(&review_comment),
                "commits": link(&format!("{url}/commits")),
                "statuses": link(&statuses),
            },
        })
    }

    pub(crate) fn full_pull(&self, repository: &Repository, pull: &PullState) -> Value {
        let base = self.merge_base(repository, pull, &pull.head);
        let files = repository.git.diff(&base, &pull.head);
        let mut shown = self.simple_pull(repository, pull);
        shown["additions"] = files.iter().map(|file| file.additions).sum::<u64>().into();
        shown["deletions"] = files.iter().map(|file| file.deletions).sum::<u64>().into();
        shown["changed_files"] = files.len().into();
        shown["commits"] = repository.git.between(&base, &pull.head).len().into();
        shown["comments"] = pull.comments.len().into();
        shown["review_comments"] = pull.review_comments.len().into();
        shown["merged"] = pull.merged.into();
        shown["mergeable"] = if pull.open { true.into() } else { Value::Null };
        shown["rebaseable"] = shown["mergeable"].clone();
        shown["mergeable_state"] = if pull.open { "clean" } else { "unknown" }.into();
        shown["merged_by"] = Value::Null;
        shown["maintainer_can_modify"] = false.into();
        shown
    }

    /// As a check run refers to it.
    pub(crate) fn minimal_pull(&self, repository: &Repository, pull: &PullState) -> Value {
        let end = |repository: Option<&Repository>, branch: &str, sha: &str| {
            let shown = repository.map_or(Value::Null, |repository| {
                json!({ "id": repository.id, "url": self.api(repository), "name": repository.name() })
            });
            json!({ "ref": branch, "sha": sha, "repo": shown })
        };
        json!({
            "id": pull.id,
            "number": pull.number,
            "url": format!("{}/pulls/{}", self.api(repository), pull.number),
            "head": end(self.find(&pull.head_repository), &pull.head_branch, &pull.head),
            "base": end(Some(repository), &pull.base, &pull.base_sha),
        })
    }

    /// A changed file. Without hunks (binary, pure rename) and above the limits there is no patch.
    pub(crate) fn file(&self, repository: &Repository, head: &str, file: &FileDiff) -> Value {
        let (api, html) = (self.api(repository), self.html(repository));
        let path =
            percent_encoding::utf8_percent_encode(&file.path, percent_encoding::NON_ALPHANUMERIC).to_string();
        let mut shown = json!({
            "sha": file.sha,
            "filename": file.path,
            "status": match file.status {
                'A' => "added",
                'D' => "removed",
                'R' => "renamed",
                'C' => "copied",
                'T' => "changed",
                _ => "modified",
            },
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
            "blob_url": format!("{html}/blob/{head}/{path}"),
            "raw_url": format!("{html}/raw/{head}/{path}"),
            "contents_url": format!("{api}/contents/{path}?ref={head}"),
        });
        if let Some(previous) = &file.previous {
            shown["previous_filename"] = previous.clone().into();
        }
        if let Some(patch) = file.patch().filter(|_| self.has_patch(file)) {
            shown["patch"] = patch.into();
        }
        shown
    }

    /// Whether the API shows a file's patch. Where it does not, the fake takes no comment on a line either: GitHub does
    /// not say, and its pages offer none.
    pub(crate) fn has_patch(&self, file: &FileDiff) -> bool {
        let lines = file.hunks.iter().map(|hunk| hunk.text.len()).sum::<usize>();
        let bytes = file.hunks.iter().flat_map(|hunk| &hunk.text).map(|line| line.len() + 1).sum::<usize>();
        lines > 0 && lines <= self.limits.patch_lines && bytes <= self.limits.patch_bytes
    }
}
