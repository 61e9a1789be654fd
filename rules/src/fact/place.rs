//! Where a fact stands, and the route that still finds it after lines were added above.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::{ByteSpan, FileId, Source};

/// A logical address inside a file: `jobs/deploy/steps/[aws-actions/configure-aws-credentials]/with/role-to-assume`,
/// `aws_iam_role.deploy/max_session_duration`.
///
/// List items are addressed by their own name or a digest of their content, **never by position**, so that a route
/// survives insertions, comments and reordered keys. Users' baselines depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Route(pub String);

impl Route {
    /// The file itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// A step down by key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let separator = if self.0.is_empty() { "" } else { "/" };
        Self(format!("{}{separator}{}", self.0, key.replace('/', "~1")))
    }

    /// A step down to a list item by its own name or digest.
    #[must_use]
    pub fn item(&self, name: &str) -> Self {
        let separator = if self.0.is_empty() { "" } else { "/" };
        Self(format!("{}{separator}[{}]", self.0, name))
    }
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A second place that explains the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Related {
    /// What stands there, as a note: "passed as an argument here".
    pub note: String,
    /// Where.
    pub source: Source,
}

/// Where a fact stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The bytes.
    pub span: ByteSpan,
    /// The logical address.
    pub route: Route,
    /// Other places that explain it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
}

impl Place {
    /// A place from its parts.
    #[must_use]
    pub fn new(source: Source, route: Route) -> Self {
        Self { file: source.file, span: source.span, route, related: Vec::new() }
    }

    /// The file and bytes.
    #[must_use]
    pub fn source(&self) -> Source {
        Source { file: self.file, span: self.span }
    }

    /// The same place with one more explaining place.
    #[must_use]
    pub fn with(mut self, note: impl Into<String>, source: Source) -> Self {
        self.related.push(Related { note: note.into(), source });
        self
    }
}
