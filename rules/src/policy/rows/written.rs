//! The written form of a row, which is also its schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::schema::Conditions;
use crate::finding::Severity;

/// A rule of your own: what is said of every fact of a kind for which all of `where` and none of `unless` holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PolicyRule {
    /// Its name, in small letters, digits and `-`; `policy/<id>` everywhere else.
    #[schemars(with = "String")]
    pub(crate) id: Spanned<String>,
    /// What it is about.
    pub(crate) body: FactBody,
    /// What must be true of it.
    #[serde(rename = "where", default)]
    #[schemars(with = "Option<Conditions>")]
    #[allow(dead_code, reason = "read from the document itself, which knows where each condition stands")]
    conditions: Option<toml::Value>,
    /// What lets it be all the same: conditions that must all hold, or a list of such, of which one is enough.
    #[serde(default)]
    #[schemars(with = "Option<Exceptions>")]
    #[allow(dead_code, reason = "see above")]
    unless: Option<toml::Value>,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What is said of it; `{field}` stands for what the field holds, `{{` for a brace.
    #[schemars(with = "String")]
    pub(crate) message: Spanned<String>,
    /// What to do; with fields as in the message.
    #[schemars(with = "Option<String>")]
    pub(crate) help: Option<Spanned<String>>,
    /// One line that names it in lists. Default: its id in words.
    #[schemars(with = "Option<String>")]
    pub(crate) title: Option<Spanned<String>>,
    /// The files that it is about: paths from the root, `*` for any text. Default: all.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(crate) paths: Vec<Spanned<String>>,
    /// What it answers to: `cwe = ["798"]`.
    #[serde(default)]
    pub(crate) frameworks: BTreeMap<String, Vec<String>>,
    /// Whether a waiver may accept what it finds.
    #[serde(default = "yes")]
    pub(crate) waivable: bool,
}

fn yes() -> bool {
    true
}

/// One exception or several.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "stands for its two forms in the schema")]
enum Exceptions {
    /// Conditions that must all hold.
    One(Conditions),
    /// Several such, of which one is enough.
    Many(Vec<Conditions>),
}

/// The kinds of facts.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FactBody {
    /// Something that authenticates.
    Credential,
    /// A principal that acts.
    Identity,
    /// What a holder may do.
    Grant,
    /// Who may act as an identity.
    Trust,
    /// An interface others can call.
    Endpoint,
    /// Outside code that takes part.
    Component,
    /// A credential goes somewhere.
    Flow,
    /// An action that a step must be allowed.
    Need,
    /// A protection is on or off.
    Safeguard,
    /// Two entities belong together.
    Link,
}

impl FactBody {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Identity => "identity",
            Self::Grant => "grant",
            Self::Trust => "trust",
            Self::Endpoint => "endpoint",
            Self::Component => "component",
            Self::Flow => "flow",
            Self::Need => "need",
            Self::Safeguard => "safeguard",
            Self::Link => "link",
        }
    }
}
