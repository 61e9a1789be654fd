//! What the command line says of the policy itself, shared by `check` and `config show`.

use crate::runtime::Pool;
use crate::runtime::contract::{Confidence, Settings, Severity};

/// Arguments that stand for keys of the configuration.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Choice {
    /// Exit with 1 for findings of at least this severity [default: medium].
    #[arg(long, value_name = "SEVERITY", env = "HALLPASS_FAIL_ON")]
    pub(crate) fail_on: Option<SeverityName>,
    /// Leave out findings less sure than this.
    #[arg(long, value_name = "CONFIDENCE", env = "HALLPASS_MIN_CONFIDENCE")]
    pub(crate) min_confidence: Option<ConfidenceName>,
    /// Only these rules or classes. Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',', env = "HALLPASS_SELECT")]
    pub(crate) select: Vec<String>,
    /// Not these rules or classes. Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',', env = "HALLPASS_IGNORE")]
    pub(crate) ignore: Vec<String>,
    /// Rules in preview as well; one alone with --select and its name.
    #[arg(long, env = "HALLPASS_PREVIEW", value_parser = clap::builder::BoolishValueParser::new())]
    pub(crate) preview: bool,
}

impl Choice {
    /// Puts it over what the configuration says.
    pub(crate) fn put(&self, settings: &mut Settings) {
        settings.select.clone_from(&self.select);
        settings.ignore.clone_from(&self.ignore);
        settings.preview = self.preview;
        settings.fail_on = self.fail_on.map(Severity::from);
        settings.min_confidence = self.min_confidence.map(Confidence::from);
    }

    /// From which severity on a run fails.
    pub(crate) fn fails_on(&self, pool: &Pool<'_>) -> Severity {
        self.fail_on.map(Severity::from).or(pool.resolved().fail_on).unwrap_or(Severity::Medium)
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum SeverityName {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl From<SeverityName> for Severity {
    fn from(name: SeverityName) -> Self {
        match name {
            SeverityName::Info => Self::Info,
            SeverityName::Low => Self::Low,
            SeverityName::Medium => Self::Medium,
            SeverityName::High => Self::High,
            SeverityName::Critical => Self::Critical,
        }
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum ConfidenceName {
    Low,
    Medium,
    High,
}

impl From<ConfidenceName> for Confidence {
    fn from(name: ConfidenceName) -> Self {
        match name {
            ConfidenceName::Low => Self::Low,
            ConfidenceName::Medium => Self::Medium,
            ConfidenceName::High => Self::High,
        }
    }
}
