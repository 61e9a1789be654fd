//! Code from outside, and how firmly its version is fixed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Ref;
use super::text::Text;

/// Outside code that takes part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Component {
    /// Its name across files, without version.
    pub is: Ref,
    /// What it is, for messages: `action`, `container image`, `module`.
    pub kind: String,
    /// How firmly its version is fixed.
    pub pin: Pin,
    /// The version that its digest is said to be: the tag that stands before it, or a comment beside it. A claim of
    /// whoever wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<String>,
    /// Whether its publisher is the platform itself or the repository's own organisation (a table or the path says so).
    pub first_party: bool,
}

impl Component {
    /// Its name across files as one text; `None` if it is not known.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        let Ref { platform, kind, name, .. } = &self.is;
        Some(format!("{platform}/{kind}/{}", name.known()?).to_ascii_lowercase())
    }
}

/// How firmly a version is fixed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pin {
    /// A digest or full commit id: what runs tomorrow is what ran today.
    Digest(String),
    /// An exact version that cannot be published anew, of which what it depends on is chosen anew each time.
    Alone(String),
    /// A tag or version, which its publisher can move.
    Tag(Text),
    /// A branch, `latest`, or a range: moves by design.
    Moving(Text),
    /// No version at all.
    None,
    /// Part of this tree.
    Local,
}
