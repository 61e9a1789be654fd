//! Which forge a review is on: as said, or as the CI system around the run says.

use std::sync::Arc;

use anyhow::{Result, anyhow, bail};

use super::review::{Reviewing, event, secret, variable};
use crate::bot::client::Fixed;
use crate::bot::event::Event;
use crate::bot::forge::gitea::Gitea;
use crate::bot::forge::github::{self, GitHub, Identity};
use crate::bot::forge::gitlab::{self, GitLab};
use crate::bot::forge::{Forge, Provider};

impl Provider {
    /// What the CI system around the run is a part of.
    pub(crate) fn detected() -> Self {
        // Gitea sets GitHub's variables too.
        let gitea = ["GITEA_ACTIONS", "FORGEJO_ACTIONS"].iter().any(|name| variable(name).is_some());
        match (variable("GITLAB_CI").is_some(), gitea) {
            (true, _) => Self::Gitlab,
            (false, true) => Self::Gitea,
            (false, false) => Self::Github,
        }
    }

    /// Where tokens are looked for, in this order.
    fn tokens(self) -> &'static [&'static str] {
        match self {
            Self::Github => &["HALLPASS_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"],
            Self::Gitlab => &["HALLPASS_TOKEN", "GITLAB_TOKEN"],
            Self::Gitea => &["HALLPASS_TOKEN", "GITHUB_TOKEN", "GITEA_TOKEN"],
        }
    }

    /// The repository that the CI system names.
    pub(crate) fn repository(self) -> Option<String> {
        match self {
            Self::Github | Self::Gitea => variable("GITHUB_REPOSITORY"),
            // In a fork's pipeline the merge request is the other project's.
            Self::Gitlab => variable("CI_MERGE_REQUEST_PROJECT_PATH").or_else(|| variable("CI_PROJECT_PATH")),
        }
    }

    /// The token of the environment.
    ///
    /// # Errors
    /// There is none, or it can be none.
    pub(crate) fn token(self) -> Result<String> {
        let set = self.tokens().iter().find(|name| variable(name).is_some());
        set.map(|name| secret(name)).transpose()?.flatten().ok_or_else(|| {
            let names = self.tokens().join(" or ");
            anyhow!("no token: set {names} to one that may read this repository and comment in it")
        })
    }

    /// A repository there, with a token from the environment.
    ///
    /// # Errors
    /// There is no token, or no such repository can be.
    pub(crate) fn open(
        self,
        reviewing: &Reviewing,
        repository: &str,
        login: Option<String>,
    ) -> Result<Arc<dyn Forge>> {
        let token = self.token()?;
        let (credentials, patience) = (Box::new(Fixed::bearer(&token)), reviewing.patience());
        Ok(match self {
            Self::Github => {
                let api = reviewing.api(Some("GITHUB_API_URL"), github::PUBLIC);
                let web = reviewing.web(Some("GITHUB_SERVER_URL"), github::WEB)?;
                let identity = Identity::Asked(login);
                Arc::new(GitHub::new(&api, &web, repository, identity, credentials, patience)?)
            }
            Self::Gitlab => {
                let api = reviewing.api(Some("CI_API_V4_URL"), gitlab::PUBLIC);
                let web = reviewing.web(Some("CI_SERVER_URL"), gitlab::WEB)?;
                Arc::new(GitLab::new(&api, &web, repository, login, credentials, patience)?)
            }
            Self::Gitea => {
                let api = reviewing.api(Some("GITHUB_API_URL"), "");
                let web = reviewing
                    .web(Some("GITHUB_SERVER_URL"), api.strip_suffix("/api/v1").unwrap_or_default())?;
                if api.is_empty() {
                    bail!("there is no public Gitea: give --api https://HOST/api/v1");
                }
                Arc::new(Gitea::new(&api, &web, repository, login, credentials, patience)?)
            }
        })
    }

    /// The event that the CI system runs for.
    ///
    /// # Errors
    /// It runs for none.
    pub(crate) fn event(self) -> Result<Event> {
        match self {
            Self::Github | Self::Gitea => event(self),
            Self::Gitlab => {
                let number = variable("CI_MERGE_REQUEST_IID").and_then(|number| number.parse().ok());
                match (number, variable("CI_PIPELINE_SOURCE")) {
                    (Some(number), _) => Ok(Event::Review(number)),
                    (None, Some(_)) => Ok(Event::Nothing("the pipeline runs for no merge request")),
                    (None, None) => {
                        bail!(
                            "no merge request is named; give --pull NUMBER, or run it in a pipeline for merge requests"
                        )
                    }
                }
            }
        }
    }
}
