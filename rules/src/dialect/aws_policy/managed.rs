//! Policies that AWS manages: templates name them and never hold them.

use std::sync::LazyLock;

use serde::Deserialize;

use super::arn;
use crate::fact::{Approval, Effect, Grant, Ref, Text};

/// A policy that AWS manages, and what it amounts to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Managed {
    /// Its name in the partition `aws`.
    pub arn: String,
    actions: Vec<String>,
    #[serde(default)]
    except: bool,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    managed: Vec<Managed>,
}

#[allow(clippy::panic)] // a table is part of the program; a unit test reads it
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    crate::table::read(include_str!("../../../data/aws/managed.toml"))
        .unwrap_or_else(|error| panic!("data/aws/managed.toml: {error}"))
});

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// The row of an ARN. Its name is the same in every partition, known or not.
#[must_use]
pub fn of_arn(text: &Text) -> Option<&'static Managed> {
    let arn = arn::parse(text).filter(|arn| arn.account.known() == Some("aws"))?;
    let wanted = format!("arn:aws:{}::aws:{}", arn.service.known()?, arn.resource.known()?);
    TABLE.managed.iter().find(|row| row.arn == wanted)
}

/// The row of a name alone: the last part of its ARN.
#[must_use]
pub fn named(name: &str) -> Option<&'static Managed> {
    TABLE.managed.iter().find(|row| row.arn.rsplit('/').next() == Some(name))
}

impl Managed {
    /// What it allows, as a grant of `holder`.
    #[must_use]
    pub fn grant(&self, holder: Ref) -> Grant {
        Grant {
            holder,
            effect: Effect::Allow,
            actions: self.actions.iter().map(|a| Text::literal(a.clone())).collect(),
            actions_except: self.except,
            resources: vec![Text::literal("*")],
            resources_except: false,
            principals: Vec::new(),
            conditions: Vec::new(),
            approval: Approval::None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_managed_policy_is_known_in_every_partition() {
        let mut text = Text::literal("arn:");
        text.push_hole(crate::fact::Why::Variable("partition".to_owned()));
        text.push(":iam::aws:policy/AdministratorAccess");
        assert_eq!(of_arn(&text).unwrap().actions, ["aws:*:*"]);
        assert!(of_arn(&Text::literal("arn:aws:iam::1:policy/AdministratorAccess")).is_none());
        assert!(named("AdministratorAccess").is_some() && named("Administrator").is_none());
    }
}
