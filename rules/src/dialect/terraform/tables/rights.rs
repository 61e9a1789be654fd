//! Rights that arguments give without a policy, as data: lists of access, and names of what may be done.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::fact::Principal;

/// To whom a right is given that names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::dialect::terraform) enum Who {
    /// Anybody, without signing in.
    Anyone,
    /// Anybody with an account.
    AnyAccount,
}

impl Who {
    fn principal(self) -> Principal {
        match self {
            Self::Anyone => Principal::Anyone,
            Self::AnyAccount => Principal::AnyAccount,
        }
    }
}

/// What one value of an access list opens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opened {
    who: Who,
    actions: Vec<String>,
}

fn bucket() -> String {
    "bucket".to_owned()
}

/// An argument that opens a bucket by a list of its own rather than by a policy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect::terraform) struct Acl {
    pub(super) r#type: String,
    pub(in crate::dialect::terraform) argument: String,
    pub(in crate::dialect::terraform) platform: String,
    /// The kind of what is opened.
    #[serde(default = "bucket")]
    pub(in crate::dialect::terraform) kind: String,
    pub(in crate::dialect::terraform) by: String,
    /// Whether others decide too what is open then.
    #[serde(default)]
    pub(in crate::dialect::terraform) only_lets: bool,
    opens: BTreeMap<String, Opened>,
    #[serde(rename = "source")]
    _source: String,
}

impl Acl {
    /// Who may do what with this value; `None` if it lets nobody in.
    pub(in crate::dialect::terraform) fn opens(&self, value: &str) -> Option<(Principal, &[String])> {
        let opened = self.opens.get(value)?;
        Some((opened.who.principal(), &opened.actions))
    }
}

/// Rights that an argument gives by naming them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect::terraform) struct Given {
    pub(super) r#type: String,
    pub(in crate::dialect::terraform) argument: String,
    pub(in crate::dialect::terraform) holder: String,
    pub(in crate::dialect::terraform) by: Option<String>,
    /// Only where arguments have these values, or not where they have them.
    #[serde(default)]
    pub(in crate::dialect::terraform) only: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::dialect::terraform) unless: BTreeMap<String, String>,
    /// What stands before each name to make an action of it.
    pub(in crate::dialect::terraform) as_action: Option<String>,
    /// Pattern of a name -> the action that it comes to.
    #[serde(default)]
    pub(in crate::dialect::terraform) names: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
}
