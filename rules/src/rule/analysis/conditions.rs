//! How far a condition narrows a statement (`data/aws/conditions.toml`).

use std::sync::LazyLock;

use serde::Deserialize;

use super::pattern::Pattern;
use crate::fact::{Condition, Piece, Text};

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
    conditions.iter().map(|c| narrows_who(c, is_required(conditions, &c.key))).max().unwrap_or(Strength::None)
}

/// Whom a statement that forbids leaves in, its own conditions being what lets them pass: nobody where it has none. All
/// of them must hold for it to forbid, so the weakest of them counts.
#[must_use]
pub(crate) fn leaves(conditions: &[Condition]) -> Strength {
    conditions.iter().map(left_in).min().unwrap_or(Strength::Strong)
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

/// The comparison without the words before it (`ForAnyValue:`) and behind it (`IfExists`).
fn base(operator: &str) -> &str {
    let operator = operator.rsplit(':').next().unwrap_or_default();
    operator.strip_suffix("IfExists").unwrap_or(operator)
}

/// Whether the comparison asks for something, rather than taking something away.
fn positive(condition: &Condition) -> bool {
    let operator = base(&condition.operator);
    !operator.contains("Not") && operator != "Null"
}

/// Whether another condition says that requests must carry the key: `Null: {key: false}`.
fn is_required(conditions: &[Condition], key: &str) -> bool {
    conditions.iter().any(|c| {
        base(&c.operator) == "Null"
            && c.key.eq_ignore_ascii_case(key)
            && c.values.iter().all(|v| is(v, "false"))
    })
}

fn is(value: &Text, word: &str) -> bool {
    value.known().is_some_and(|v| v.eq_ignore_ascii_case(word))
}

/// Whether a value lets everything through.
fn open(condition: &Condition) -> bool {
    let operator = base(&condition.operator);
    condition.values.is_empty() || condition.values.iter().any(|v| narrows(operator, v) == Strength::None)
}

fn narrows_who(condition: &Condition, required: bool) -> Strength {
    if !positive(condition) || open(condition) {
        return Strength::None;
    }
    let operator = base(&condition.operator);
    let strength = row(&condition.key).map_or(Strength::Weak, |row| row.who);
    let strength = strength.max(same_owner(condition));
    // A switch that is off asks for the opposite of what its key names.
    if operator == "Bool" && !condition.values.iter().all(|v| !is(v, "false")) {
        return Strength::None;
    }
    // These hold when the request does not carry the key at all, and a caller without an identity or an organisation
    // carries none.
    let optional =
        condition.operator.ends_with("IfExists") || condition.operator.starts_with("ForAllValues:");
    if optional && !required && !row(&condition.key).is_some_and(|row| row.always) {
        return Strength::None;
    }
    let values = condition.values.iter().map(|v| narrows(operator, v)).min().unwrap_or(Strength::None);
    match operator {
        // Addresses are few enough to be somebody's, or a hurdle.
        "IpAddress" if strength != Strength::None => values,
        _ => strength.min(values),
    }
}

/// A key about the resource that is compared with one about the caller: both are of one owner.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.
fn same_owner(condition: &Condition) -> Strength {
    const CALLER: [&str; 2] = ["{aws:principalaccount}", "{aws:principalorgid}"];
    let all = condition.values.iter().all(|v| {
        let value = v.to_string().to_ascii_lowercase();
        CALLER.iter().any(|caller| value.ends_with(caller))
    });
    if all && !condition.values.is_empty() { Strength::Strong } else { Strength::None }
}

/// What one condition of a statement that forbids lets pass.
fn left_in(condition: &Condition) -> Strength {
    let operator = base(&condition.operator);
    // A service that acts for its customers is no caller from outside.
    const SERVICES: [&str; 2] = ["aws:principalisawsservice", "aws:viaawsservice"];
    if operator == "Bool" && SERVICES.contains(&condition.key.to_ascii_lowercase().as_str()) {
        let off = condition.values.iter().all(|v| is(v, "false"));
        return if off { Strength::Strong } else { Strength::None };
    }
    let asks = match operator {
        "NotPrincipal" => {
            return condition.values.iter().map(|v| narrows("StringLike", v)).min().unwrap_or(Strength::None);
        }
        "StringNotEquals" | "StringNotEqualsIgnoreCase" => "StringEquals",
        "StringNotLike" => "StringLike",
        "ArnNotEquals" | "ArnNotLike" => "ArnLike",
        "NotIpAddress" => "IpAddress",
        _ => return Strength::None,
    };
    // Of a request without the key, `ForAnyValue` compares nothing and lets it pass.
    if condition.operator.starts_with("ForAnyValue:") {
        return Strength::None;
    }
    let allowed =
        Condition { operator: asks.to_owned(), key: condition.key.clone(), values: condition.values.clone() };
    narrows_who(&allowed, true)
}

/// How far one value narrows, whatever it is compared with.
fn narrows(operator: &str, value: &Text) -> Strength {
    let written = flat(value);
    if operator == "IpAddress" {
        return addresses(&written);
    }
    match written.as_str() {
        // Switches are read elsewhere.
        _ if operator == "Bool" => Strength::Strong,
        "*" => Strength::None,
        arn if arn.starts_with("arn:") => of_arn(arn),
        // Compared in full, wildcards are letters; who writes them there means something else.
        text => pattern(text),
    }
}

/// A text with a mark for each part that is not known: it is some name.
fn flat(value: &Text) -> String {
    value.0.iter().map(|piece| if let Piece::Literal(l) = piece { l.as_str() } else { "\u{0}" }).collect()
}

fn is_wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

fn is_star(text: &str) -> bool {
    text.bytes().all(|b| b == b'*')
}

/// Beginnings of ids: of organisations and their units, networks and their endpoints.
const KINDS: [&str; 6] = ["", "o-", "r-", "ou-", "vpc-", "vpce-"];

/// A pattern that is no ARN: an account, an organisation with a path in it, an endpoint, a name.
fn pattern(text: &str) -> Strength {
    let Some(end) = text.find(['*', '?']) else { return Strength::Strong };
    let fixed = text.get(..end).unwrap_or_default();
    match text.get(end..) {
        // What every id of a kind begins with says nothing.
        Some(rest) if KINDS.contains(&fixed) && is_star(rest) => Strength::None,
        // Behind an organisation or the id of a role, what is open belongs to its owner.
        _ if fixed.contains(['/', ':']) => Strength::Strong,
        _ => Strength::Weak,
    }
}

/// A name of which the account is open can be made by anybody; one of which nothing is said is everybody's.
fn of_arn(arn: &str) -> Strength {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let (Some(service), Some(account), Some(resource)) = (parts.get(2), parts.get(4), parts.get(5)) else {
        // A star that stands for several parts.
        return if arn.ends_with('*') { Strength::None } else { Strength::Weak };
    };
    match () {
        () if account.is_empty() && is_wild(service) => Strength::None,
        // Names of buckets hold no account: one name is one owner's, a pattern is anybody's.
        () if account.is_empty() => match resource.find(['*', '?']) {
            None => Strength::Strong,
            Some(0) => Strength::None,
            Some(end) if resource.get(..end).is_some_and(|fixed| fixed.contains('/')) => Strength::Strong,
            Some(_) => Strength::Weak,
        },
        () if !is_wild(account) => Strength::Strong,
        () if is_star(resource) => Strength::None,
        () => Strength::Weak,
    }
}

/// A range of addresses. AWS itself calls a policy public whose ranges are wider than /8 (IPv6: /32).
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>.
fn addresses(range: &str) -> Strength {
    /// Addresses of private networks, which nobody has on the internet (RFC 1918).
    const PRIVATE: [&str; 4] = ["10.", "172.16.", "192.168.", "fd"];
    let (address, bits) = range.split_once('/').unwrap_or((range, ""));
    let six = address.contains(':');
    let (public, few) = if six { (32, 48) } else { (8, 16) };
    let bits: u8 = match bits.parse() {
        Ok(bits) => bits,
        Err(_) if is_star(address) => return Strength::None,
        // One address, or a range that is not known.
        Err(_) => u8::MAX,
    };
    match bits {
        0..=1 => Strength::None,
        _ if PRIVATE.iter().any(|start| address.starts_with(start)) => Strength::Strong,
        bits if bits < public => Strength::None,
        bits if bits < few => Strength::Weak,
        _ => Strength::Strong,
    }
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
            ("IpAddressIfExists", "aws:SourceIp", "192.0.2.0/24", Strength::Strong),
            ("StringNotEquals", "aws:PrincipalOrgID", "o-1", Strength::None),
            ("StringLike", "aws:PrincipalOrgID", "*", Strength::None),
            ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/app", Strength::Weak),
            ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*", Strength::None),
            ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*", Strength::None),
            ("IpAddress", "aws:SourceIp", "192.0.2.0/24", Strength::Strong),
            ("IpAddress", "aws:SourceIp", "192.0.0.0/12", Strength::Weak),
            ("IpAddress", "aws:SourceIp", "10.0.0.0/8", Strength::Strong),
            ("IpAddress", "aws:SourceIp", "64.0.0.0/3", Strength::None),
            ("IpAddress", "aws:SourceIp", "0.0.0.0/0", Strength::None),
            ("IpAddress", "aws:SourceIp", "2001:db8::/48", Strength::Strong),
            ("Bool", "aws:SecureTransport", "true", Strength::None),
            ("Bool", "aws:PrincipalIsAWSService", "true", Strength::Strong),
            ("Bool", "aws:PrincipalIsAWSService", "false", Strength::None),
            ("StringLike", "aws:PrincipalOrgID", "o-*", Strength::None),
            ("StringLike", "aws:SourceVpce", "vpce-*", Strength::None),
            ("StringLike", "aws:SourceVpce", "vpce-0a1b*", Strength::Weak),
            ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/*", Strength::Strong),
            ("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}", Strength::Strong),
            ("StringEquals", "aws:ResourceAccount", "1", Strength::None),
            ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:*", Strength::Strong),
            ("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:*", Strength::None),
            ("StringLike", "aws:PrincipalArn", "*:role/app", Strength::Weak),
            ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:alerts", Strength::Weak),
            ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:123456789012:*", Strength::Strong),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:::logs", Strength::Strong),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:::logs-*", Strength::Weak),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*", Strength::None),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:*", Strength::None),
        ] {
            assert_eq!(who(&[condition(operator, key, value)]), expected, "{operator} {key} {value}");
        }
    }

    #[test]
    fn a_key_that_may_be_missing_counts_where_it_is_asked_for() {
        let optional = condition("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1");
        let null = |value| condition("Null", "aws:principalorgid", value);
        assert_eq!(who(&[optional.clone(), null("false")]), Strength::Strong);
        assert_eq!(who(&[optional, null("true")]), Strength::None);
    }

    #[test]
    fn what_a_denial_leaves_is_named_or_not() {
        for (operator, key, value, expected) in [
            ("StringNotEquals", "aws:SourceVpce", "vpce-1", Strength::Strong),
            ("StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-1", Strength::Strong),
            ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/app", Strength::Strong),
            ("NotIpAddress", "aws:SourceIp", "192.0.2.0/24", Strength::Strong),
            ("BoolIfExists", "aws:PrincipalIsAWSService", "false", Strength::Strong),
            ("NotPrincipal", "principal", "arn:aws:iam::123456789012:role/app", Strength::Strong),
            ("StringNotLike", "aws:PrincipalOrgID", "*", Strength::None),
            ("ForAnyValue:StringNotEquals", "aws:PrincipalOrgPaths", "o-1/*", Strength::None),
            ("StringEquals", "aws:SourceVpce", "vpce-1", Strength::None),
            ("Bool", "aws:SecureTransport", "false", Strength::None),
        ] {
            assert_eq!(leaves(&[condition(operator, key, value)]), expected, "{operator} {key} {value}");
        }
        let by_network = condition("StringNotEquals", "aws:SourceVpc", "vpc-1");
        let by_agent = condition("StringNotEquals", "aws:UserAgent", "curl");
        assert_eq!(leaves(&[by_network, by_agent]), Strength::None);
        assert_eq!(leaves(&[]), Strength::Strong);
    }

    #[test]
    fn transport_and_region_do_not_narrow_what() {
        assert!(what(&[condition("Bool", "aws:SecureTransport", "true")]).is_none());
        assert!(what(&[condition("StringEquals", "aws:RequestedRegion", "eu-west-1")]).is_none());
        assert!(what(&[condition("StringEquals", "ec2:ResourceTag/team", "web")]).is_some());
    }
}
