//! How far a condition narrows a statement (`data/aws/conditions.toml`).

use std::sync::LazyLock;

use serde::Deserialize;

use super::pattern::Pattern;
use crate::fact::{Condition, Text};

/// How far a condition narrows who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Strength {
    /// Not at all.
    None,
    /// A hurdle others can take.
    Weak,
    /// To named callers.
    Strong,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    name: String,
    who: Strength,
    what: bool,
    #[serde(default)]
    always: bool,
    #[allow(dead_code)] // for readers of the table
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    key: Vec<Key>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/aws/conditions.toml"))
        .expect("data/aws/conditions.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
}

/// How far all conditions together narrow who is let in.
#[must_use]
pub(crate) fn who(conditions: &[Condition]) -> Strength {
    conditions.iter().map(narrows_who).max().unwrap_or(Strength::None)
}

/// The first condition that narrows what a statement allows.
#[must_use]
pub(crate) fn what(conditions: &[Condition]) -> Option<&Condition> {
    conditions.iter().find(|c| positive(c) && !open(c) && row(&c.key).is_none_or(|row| row.what))
}

fn row(key: &str) -> Option<&'static Key> {
    let key = Pattern::exact(&Text::literal(key), true);
    TABLE.key.iter().find(|row| Pattern::glob(&Text::literal(row.name.as_str()), true).subsumes(&key))
}

/// Whether the comparison asks for something, rather than taking something away.
fn positive(condition: &Condition) -> bool {
    let operator = condition.operator.rsplit(':').next().unwrap_or_default();
    !operator.contains("Not") && operator != "Null"
}

/// Whether a value lets everything through.
fn open(condition: &Condition) -> bool {
    condition.values.is_empty()
        || condition.values.iter().any(|value| {
            value.known().is_some_and(|v| {
                matches!(v, "*" | "0.0.0.0/0" | "::/0" | "0.0.0.0/1" | "128.0.0.0/1") || every_arn(v)
            })
        })
}

/// `arn:aws:iam::*`: a name of which nothing behind the service is said.
fn every_arn(value: &str) -> bool {
    let mut parts = value.split(':');
    let tail = |part: &str| part.bytes().all(|b| b == b'*');
    parts.next() == Some("arn") && parts.nth(1).is_some() && value.ends_with('*') && parts.all(tail)
}

fn narrows_who(condition: &Condition) -> Strength {
    if !positive(condition) || open(condition) {
        return Strength::None;
    }
    let strength = row(&condition.key).map_or(Strength::Weak, |row| row.who);
    // These hold when the request does not carry the key at all, and a caller without an identity or an organisation
    // carries none.
    let optional =
        condition.operator.ends_with("IfExists") || condition.operator.starts_with("ForAllValues:");
    if optional && !row(&condition.key).is_some_and(|row| row.always) {
        return Strength::None;
    }
    // A name in no particular account can be made by anybody.
    let any_account =
        condition.values.iter().any(|v| v.prefix().starts_with("arn:") && v.prefix().contains("::*:"));
    if any_account { strength.min(Strength::Weak) } else { strength }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(operator: &str, key: &str, value: &str) -> Condition {
        Condition { operator: operator.to_owned(), key: key.to_owned(), values: vec![Text::literal(value)] }
    }

    #[test]
    fn the_table_parses_and_names_its_sources() {
        assert!(TABLE.key.iter().all(|row| row.source.starts_with("https://")));
    }

    #[test]
    fn only_named_callers_narrow_who() {
        for (operator, key, value, expected) in [
            ("StringEquals", "aws:PrincipalOrgID", "o-1", Strength::Strong),
            ("StringEquals", "AWS:SourceAccount", "1", Strength::Strong),
            ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1", Strength::None),
            ("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-1/*", Strength::None),
            ("ArnLikeIfExists", "aws:SourceArn", "arn:aws:s3:::logs", Strength::None),
            ("IpAddressIfExists", "aws:SourceIp", "192.0.2.0/24", Strength::Weak),
            ("StringNotEquals", "aws:PrincipalOrgID", "o-1", Strength::None),
            ("StringLike", "aws:PrincipalOrgID", "*", Strength::None),
            ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/app", Strength::Weak),
            ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*", Strength::None),
            ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*", Strength::None),
            ("IpAddress", "aws:SourceIp", "192.0.2.0/24", Strength::Weak),
            ("IpAddress", "aws:SourceIp", "0.0.0.0/0", Strength::None),
            ("Bool", "aws:SecureTransport", "true", Strength::None),
        ] {
            assert_eq!(who(&[condition(operator, key, value)]), expected, "{operator} {key} {value}");
        }
    }

    #[test]
    fn transport_and_region_do_not_narrow_what() {
        assert!(what(&[condition("Bool", "aws:SecureTransport", "true")]).is_none());
        assert!(what(&[condition("StringEquals", "aws:RequestedRegion", "eu-west-1")]).is_none());
        assert!(what(&[condition("StringEquals", "ec2:ResourceTag/team", "web")]).is_some());
    }
}
