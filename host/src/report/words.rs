//! What the readers of reports call a severity.

use crate::runtime::contract::Severity;

/// The words of each reader for one severity.
#[derive(Debug)]
pub(super) struct Words {
    /// Ours.
    pub(super) own: &'static str,
    /// SARIF 2.1.0 §3.27.10.
    pub(super) sarif: &'static str,
    /// GitHub's bands of `security-severity`: critical above 9, high from 7, medium from 4.
    pub(super) score: &'static str,
    /// Workflow commands of GitHub Actions.
    pub(super) github: &'static str,
    /// GitLab's code quality report.
    pub(super) quality: &'static str,
    /// GitLab's security reports.
    pub(super) security: &'static str,
    /// `task.logissue` of Azure Pipelines, which has no third kind.
    pub(super) azure: &'static str,
    /// Checkstyle.
    pub(super) checkstyle: &'static str,
    /// reviewdog's `Severity`.
    pub(super) rdjson: &'static str,
    /// Jenkins' warnings plugin.
    pub(super) jenkins: &'static str,
    /// Bitbucket's Code Insights.
    pub(super) bitbucket: &'static str,
    /// TeamCity's inspections.
    pub(super) teamcity: &'static str,
}

const INFO: Words = Words {
    own: "info",
    sarif: "note",
    score: "1.0",
    github: "notice",
    quality: "info",
    security: "Info",
    azure: "warning",
    checkstyle: "info",
    rdjson: "INFO",
    jenkins: "LOW",
    bitbucket: "LOW",
    teamcity: "INFO",
};

const LOW: Words =
    Words { own: "low", score: "3.0", quality: "minor", security: "Low", teamcity: "WEAK WARNING", ..INFO };

const MEDIUM: Words = Words {
    own: "medium",
    sarif: "warning",
    score: "5.5",
    github: "warning",
    quality: "major",
    security: "Medium",
    azure: "warning",
    checkstyle: "warning",
    rdjson: "WARNING",
    jenkins: "NORMAL",
    bitbucket: "MEDIUM",
    teamcity: "WARNING",
};

const HIGH: Words = Words {
    own: "high",
    sarif: "error",
    score: "8.0",
    github: "error",
    quality: "critical",
    security: "High",
    azure: "error",
    checkstyle: "error",
    rdjson: "ERROR",
    jenkins: "HIGH",
    bitbucket: "HIGH",
    teamcity: "ERROR",
};

const CRITICAL: Words = Words {
    own: "critical",
    score: "9.5",
    quality: "blocker",
    security: "Critical",
    jenkins: "ERROR",
    bitbucket: "CRITICAL",
    ..HIGH
};

/// The words for a severity.
pub(super) const fn of(severity: Severity) -> &'static Words {
    match severity {
        Severity::Info => &INFO,
        Severity::Low => &LOW,
        Severity::Medium => &MEDIUM,
        Severity::High => &HIGH,
        Severity::Critical => &CRITICAL,
    }
}
