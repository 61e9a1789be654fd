//! The formats, one file for each reader or family of readers.

mod azure;
mod bitbucket;
mod checkstyle;
mod csv;
mod github;
mod gitlab;
mod jenkins;
mod junit;
mod markdown;
mod rdjson;
mod teamcity;
mod xml;

use anyhow::Result;

use super::{Material, html, json, pretty, sarif};

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people, as rustc shows diagnostics.
    Pretty,
    /// Versioned JSON; its schema is printed by `hallpass schema report`.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub Actions and the job's summary.
    Github,
    /// GitLab's code quality report.
    GitlabCodequality,
    /// GitLab's report of detected secrets: what rules of the class `secret` found.
    GitlabSecrets,
    /// GitLab's report of static analysis: what all other rules found.
    GitlabSast,
    /// Logging commands of Azure Pipelines.
    Azure,
    /// Service messages of TeamCity.
    Teamcity,
    /// Markdown for `buildkite-agent annotate`.
    Buildkite,
    /// The own JSON of Jenkins' warnings plugin.
    Jenkins,
    /// A report and its annotations for Bitbucket's Code Insights.
    Bitbucket,
    /// JUnit XML.
    Junit,
    /// Checkstyle XML.
    Checkstyle,
    /// reviewdog's JSON.
    Rdjson,
    /// Markdown.
    Markdown,
    /// A page that needs nothing else.
    Html,
    /// Comma-separated values.
    Csv,
}

impl Format {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pretty => "pretty",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::GitlabCodequality => "gitlab-codequality",
            Self::GitlabSecrets => "gitlab-secrets",
            Self::GitlabSast => "gitlab-sast",
            Self::Azure => "azure",
            Self::Teamcity => "teamcity",
            Self::Buildkite => "buildkite",
            Self::Jenkins => "jenkins",
            Self::Bitbucket => "bitbucket",
            Self::Junit => "junit",
            Self::Checkstyle => "checkstyle",
            Self::Rdjson => "rdjson",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Csv => "csv",
        }
    }

    /// Whether it is lines of a log, which may stand beside other lines.
    #[must_use]
    pub fn is_log(self) -> bool {
        matches!(self, Self::Pretty | Self::Github | Self::Azure | Self::Teamcity)
    }

    /// The whole report.
    ///
    /// # Errors
    /// It cannot be put into the format.
    pub(super) fn render(self, material: &Material<'_>, colour: bool) -> Result<String> {
        Ok(match self {
            Self::Pretty => pretty::render(material, colour),
            Self::Json => json::render(material)?,
            Self::Sarif => sarif::render(material)?,
            Self::Github => github::render(material),
            Self::GitlabCodequality => gitlab::quality(material)?,
            Self::GitlabSecrets => gitlab::secrets(material)?,
            Self::GitlabSast => gitlab::sast(material)?,
            Self::Azure => azure::render(material),
            Self::Teamcity => teamcity::render(material),
            Self::Buildkite => markdown::within(material, markdown::ANNOTATION),
            Self::Jenkins => jenkins::render(material)?,
            Self::Bitbucket => bitbucket::render(material)?,
            Self::Junit => junit::render(material)?,
            Self::Checkstyle => checkstyle::render(material)?,
            Self::Rdjson => rdjson::render(material)?,
            Self::Markdown => markdown::whole(material),
            Self::Html => html::render(material),
            Self::Csv => csv::render(material)?,
        })
    }

    /// What is written besides the report itself, because the reader has a place of its own for it.
    ///
    /// # Errors
    /// That place cannot be written.
    pub(super) fn aside(self, material: &Material<'_>) -> Result<()> {
        match self {
            Self::Github => github::write_summary(material),
            _ => Ok(()),
        }
    }
}
