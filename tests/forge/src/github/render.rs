//! People, apps and repositories as GitHub shows them, with every member its OpenAPI requires.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde_json::{Map, Value, json};

use super::access::App;
use super::state::{Repository, State};
use crate::clock;
use crate::git::{Commit, Signature};

/// What a login keeps in a URL: the brackets of `[bot]` are encoded.
const LOGIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// When everyone signed up.
const BEGINNING: &str = "2026-01-01T00:00:00Z";

/// An opaque id as GraphQL takes it.
pub(crate) fn node_id(prefix: &str, id: u64) -> String {
    format!("{prefix}_fake{id:012}")
}

/// The number in an id made by `node_id`.
pub(crate) fn number_of(prefix: &str, node_id: &str) -> Option<u64> {
    node_id.strip_prefix(prefix)?.strip_prefix("_fake")?.parse().ok()
}

impl State {
    pub(crate) fn user(&self, login: &str) -> Value {
        let name = percent_encoding::utf8_percent_encode(login, LOGIN);
        let url = format!("{}/users/{name}", self.url);
        let id = clock::person(login);
        let bot = login.ends_with("[bot]");
        let mut user = Map::new();
        for name in ["followers", "organizations", "received_events", "repos", "subscriptions"] {
            let part = if name == "organizations" { "orgs" } else { name };
            user.insert(format!("{name}_url"), format!("{url}/{part}").into());
        }
        for (name, rest) in [
            ("following", "/following{/other_user}"),
            ("gists", "/gists{/gist_id}"),
            ("starred", "/starred{/owner}{/repo}"),
            ("events", "/events{/privacy}"),
        ] {
            user.insert(format!("{name}_url"), format!("{url}{rest}").into());
        }
        user.insert("avatar_url".into(), format!("{}/avatars/{id}", self.url).into());
        user.insert("gravatar_id".into(), "".into());
        user.insert("html_url".into(), format!("{}/people/{name}", self.url).into());
        user.insert("id".into(), id.into());
        user.insert("node_id".into(), node_id("U", id).into());
        user.insert("login".into(), login.into());
        user.insert("site_admin".into(), false.into());
        user.insert("type".into(), if bot { "Bot" } else { "User" }.into());
        user.insert("url".into(), url.into());
        user.into()
    }

    /// What `/user` tells of the token's own person.
    pub(crate) fn own_user(&self, login: &str) -> Value {
        let mut user = self.user(login);
        for name in ["bio", "blog", "company", "email", "hireable", "location", "name"] {
            user[name] = Value::Null;
        }
        for name in ["followers", "following", "public_gists", "public_repos"] {
            user[name] = 0.into();
        }
        user["user_view_type"] = "public".into();
        user["created_at"] = BEGINNING.into();
        user["updated_at"] = BEGINNING.into();
        user
    }

    pub(crate) fn integration(&self, app: &App) -> Value {
        let permissions: Map<String, Value> =
            app.permissions.iter().map(|(name, level)| (name.clone(), level.clone().into())).collect();
        json!({
            "id": app.id,
            "slug": app.slug,
            "node_id": node_id("A", app.id),
            "owner": self.user("github"),
            "name": app.slug,
            "description": null,
            "external_url": format!("{}/apps/{}/home", self.url, app.slug),
            "html_url": format!("{}/apps/{}", self.url, app.slug),
            "created_at": BEGINNING,
            "updated_at": BEGINNING,
            "permissions": permissions,
            "events": [],
        })
    }

    pub(crate) fn integration_of(&self, app: Option<u64>) -> Value {
        app.and_then(|id| self.apps.get(&id)).map_or(Value::Null, |app| self.integration(app))
    }

    /// Of a repository.
    pub(crate) fn api(&self, repository: &Repository) -> String {
        format!("{}/repos/{}", self.url, repository.full_name)
    }

    /// Of the page.
    pub(crate) fn html(&self, repository: &Repository) -> String {
        format!("{}/{}", self.url, repository.full_name)
    }

    /// The members every form of a repository has.
    pub(crate) fn minimal_repository(&self, repository: &Repository) -> Value {
        let (api, html) = (self.api(repository), self.html(repository));
        let mut shown = Map::new();
        for (name, rest) in URLS {
            shown.insert(format!("{name}_url"), format!("{api}/{rest}").into());
        }
        shown.insert("id".into(), repository.id.into());
        shown.insert("node_id".into(), node_id("R", repository.id).into());
        shown.insert("name".into(), repository.name().into());
        shown.insert("full_name".into(), repository.full_name.clone().into());
        shown.insert("owner".into(), self.user(repository.owner()));
        shown.insert("private".into(), true.into());
        shown.insert("fork".into(), repository.fork_of.is_some().into());
        shown.insert("description".into(), Value::Null);
        shown.insert("url".into(), api.into());
        shown.insert("html_url".into(), html.into());
        shown.into()
    }

    /// As it stands in a pull request, and among a token's repositories.
    pub(crate) fn simple_repository(&self, repository: &Repository) -> Value {
        let mut shown = self.minimal_repository(repository);
        let html = self.html(repository);
        for name in ["has_issues", "has_projects", "has_wiki", "has_downloads"] {
            shown[name] = true.into();
        }
        for name in ["has_pages", "archived", "disabled", "has_discussions"] {
            shown[name] = false.into();
        }
        for name in ["homepage", "language", "mirror_url", "license"] {
            shown[name] = Value::Null;
        }
        for name in ["forks", "forks_count", "size", "stargazers_count", "watchers", "watchers_count"] {
            shown[name] = 0.into();
        }
        let open = repository.pulls.values().filter(|pull| pull.open).count();
        shown["open_issues"] = open.into();
        shown["open_issues_count"] = open.into();
        for name in ["pushed_at", "created_at", "updated_at"] {
            shown[name] = BEGINNING.into();
        }
        shown["visibility"] = "private".into();
        shown["is_template"] = false.into();
        shown["web_commit_signoff_required"] = false.into();
        shown["topics"] = json!([]);
        shown["default_branch"] = repository.default_branch.clone().into();
        shown["clone_url"] = format!("{html}.git").into();
        shown["git_url"] = format!("{html}.git").into();
        shown["ssh_url"] = format!("{html}.git").into();
        shown["svn_url"] = html.into();
        shown
    }

    pub(crate) fn full_repository(&self, repository: &Repository) -> Value {
        let mut shown = self.simple_repository(repository);
        shown["network_count"] = 0.into();
        shown["subscribers_count"] = 0.into();
        shown["custom_properties"] = json!({});
        if let Some(parent) = repository.fork_of.as_ref().and_then(|name| self.find(name)) {
            shown["parent"] = self.simple_repository(parent);
            shown["source"] = self.simple_repository(parent);
        }
        shown
    }

    /// As comparisons list it.
    pub(crate) fn commit(&self, repository: &Repository, commit: &Commit) -> Value {
        let (api, html) = (self.api(repository), self.html(repository));
        let sha = &commit.sha;
        let parent = |sha: &String| json!({ "sha": sha, "url": format!("{api}/commits/{sha}"), "html_url": format!("{html}/commit/{sha}") });
        json!({
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "url": format!("{api}/commits/{sha}"),
            "html_url": format!("{html}/commit/{sha}"),
            "comments_url": format!("{api}/commits/{sha}/comments"),
            "author": null,
            "committer": null,
            "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
            "commit": {
                "url": format!("{api}/git/commits/{sha}"),
                "author": signature(&commit.author),
                "committer": signature(&commit.committer),
                "message": commit.message,
                "comment_count": 0,
                "tree": { "sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree) },
                "verification": unverified(),
            },
        })
    }

    /// `OWNER`, `COLLABORATOR` or `NONE`.
    pub(crate) fn association(&self, repository: &Repository, login: &str) -> &'static str {
        match repository.permission(login) {
            "none" => "NONE",
            _ if login == repository.owner() => "OWNER",
            _ => "COLLABORATOR",
        }
    }
}

pub(crate) fn signature(signature: &Signature) -> Value {
    json!({ "name": signature.name, "email": signature.email, "date": signature.date })
}

pub(crate) fn unverified() -> Value {
    json!({
        "verified": false,
        "reason": "unsigned",
        "signature": null,
        "payload": null,
        "verified_at": null,
    })
}

/// Members that end in `_url`, and what follows the repository's own.
const URLS: [(&str, &str); 36] = [
    ("archive", "{archive_format}{/ref}"),
    ("assignees", "assignees{/user}"),
    ("blobs", "git/blobs{/sha}"),
    ("branches", "branches{/branch}"),
    ("collaborators", "collaborators{/collaborator}"),
    ("comments", "comments{/number}"),
    ("commits", "commits{/sha}"),
    ("compare", "compare/{base}...{head}"),
    ("contents", "contents/{+path}"),
    ("contributors", "contributors"),
    ("deployments", "deployments"),
    ("downloads", "downloads"),
    ("events", "events"),
    ("forks", "forks"),
    ("git_commits", "git/commits{/sha}"),
    ("git_refs", "git/refs{/sha}"),
    ("git_tags", "git/tags{/sha}"),
    ("hooks", "hooks"),
    ("issue_comment", "issues/comments{/number}"),
    ("issue_events", "issues/events{/number}"),
    ("issues", "issues{/number}"),
    ("keys", "keys{/key_id}"),
    ("labels", "labels{/name}"),
    ("languages", "languages"),
    ("merges", "merges"),
    ("milestones", "milestones{/number}"),
    ("notifications", "notifications{?since,all,participating}"),
    ("pulls", "pulls{/number}"),
    ("releases", "releases{/id}"),
    ("stargazers", "stargazers"),
    ("statuses", "statuses/{sha}"),
    ("subscribers", "subscribers"),
    ("subscription", "subscription"),
    ("tags", "tags"),
    ("teams", "teams"),
    ("trees", "git/trees{/sha}"),
];
