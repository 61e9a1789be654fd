//! People, repositories and pull requests as Gitea shows them.

use serde_json::{Value, json};

use super::state::{Comment, PullState, Repository, State};
use crate::clock;

impl State {
    pub(crate) fn user(&self, login: &str) -> Value {
        json!({
            "id": clock::person(login),
            "login": login,
            "login_name": "",
            "full_name": "",
            "email": format!("{login}@noreply.example"),
            "avatar_url": format!("{}/avatars/{login}", self.url),
            "html_url": format!("{}/{login}", self.url),
            "is_admin": false,
            "active": false,
            "restricted": false,
            "visibility": "public",
            "username": login,
        })
    }

    pub(crate) fn html(&self, repository: &Repository) -> String {
        format!("{}/{}", self.url, repository.full_name)
    }

    pub(crate) fn api(&self, repository: &Repository) -> String {
        format!("{}/api/v1/repos/{}", self.url, repository.full_name)
    }

    pub(crate) fn shown_repository(&self, repository: &Repository, viewer: &str) -> Value {
        let permission = repository.permission(viewer);
        let html = self.html(repository);
        json!({
            "id": repository.id,
            "owner": self.user(repository.owner()),
            "name": repository.full_name.split('/').nth(1),
            "full_name": repository.full_name,
            "description": "",
            "private": true,
            "fork": repository.fork_of.is_some(),
            "archived": false,
            "url": self.api(repository),
            "html_url": html,
            "clone_url": format!("{html}.git"),
            "default_branch": "main",
            "permissions": {
                "admin": matches!(permission, "owner" | "admin"),
                "push": repository.can_write(viewer),
                "pull": permission != "none",
            },
            "has_pull_requests": true,
        })
    }

    pub(crate) fn shown_pull(&self, repository: &Repository, pull: &PullState, viewer: &str) -> Value {
        let html = format!("{}/pulls/{}", self.html(repository), pull.number);
        let base = self.merge_base(repository, pull, &pull.head);
        let files = repository.git.diff(&base, &pull.head);
        let end = |repository: Option<&Repository>, branch: &str, sha: &str| {
            json!({
                "label": branch,
                "ref": branch,
                "sha": sha,
                "repo_id": repository.map_or(0, |repository| repository.id),
                "repo": repository.map_or(Value::Null, |repository| self.shown_repository(repository, viewer)),
            })
        };
        let tip = repository.git.commit(&pull.base).unwrap_or_default();
        json!({
            "id": pull.id,
            "url": html,
            "number": pull.number,
            "user": self.user(&pull.author),
            "title": pull.title,
            "body": "",
            "labels": [],
            "state": if pull.open { "open" } else { "closed" },
            "draft": false,
            "is_locked": pull.locked,
            "comments": pull.comments.len(),
            "review_comments": pull.reviews.iter().map(|review| review.comments.len()).sum::<usize>(),
            "additions": files.iter().map(|file| file.additions).sum::<u64>(),
            "deletions": files.iter().map(|file| file.deletions).sum::<u64>(),
            "changed_files": files.len(),
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "mergeable": pull.open,
            "merged": false,
            "merged_at": null,
            "base": end(Some(repository), &pull.base, &tip),
            "head": end(self.find(&pull.head_repository), &pull.head_branch, &pull.head),
            "merge_base": base,
            "created_at": pull.created_at,
            "updated_at": pull.updated_at,
            "closed_at": if pull.open { Value::Null } else { pull.updated_at.clone().into() },
        })
    }

    pub(crate) fn shown_comment(&self, repository: &Repository, number: u64, comment: &Comment) -> Value {
        let pull = format!("{}/pulls/{number}", self.html(repository));
        json!({
            "id": comment.id,
            "html_url": format!("{pull}#issuecomment-{}", comment.id),
            "pull_request_url": pull,
            "issue_url": "",
            "user": self.user(&comment.author),
            "original_author": "",
            "original_author_id": 0,
            "body": comment.body,
            "assets": [],
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
        })
    }
}
