//! Actions: what a pattern covers, which actions know no resources, which matter on every resource
//! (`data/aws/actions.toml`).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::pattern::{Pattern, begin_apart};
use super::services::{self, Manner};
use crate::fact::Text;

/// Whether a pattern takes in an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Covers {
    /// Surely not.
    No,
    /// If an unknown part is what it may be.
    Perhaps,
    /// Surely.
    Yes,
}

/// Characters that make a name a pattern.
const WILD: [char; 2] = ['*', '?'];

/// Whether a granted action, perhaps a pattern, takes in all of another. AWS actions are blind to case.
#[must_use]
pub(crate) fn covers(granted: &Text, action: &str) -> Covers {
    let fold = action.starts_with("aws:");
    // Most of both are plain names, and there are many of both.
    if let Some(plain) = granted.known().filter(|text| !text.contains(WILD) && !action.contains(WILD)) {
        let equal = if fold { plain.eq_ignore_ascii_case(action) } else { plain == action };
        return if equal { Covers::Yes } else { Covers::No };
    }
    if begin_apart(granted, action, fold) {
        return Covers::No;
    }
    let wanted = Pattern::glob(&Text::literal(action), fold);
    let own = Pattern::glob(granted, fold);
    if own.subsumes(&wanted) {
        Covers::Yes
    } else if granted.has_hole() && own.intersects(&wanted) {
        Covers::Perhaps
    } else {
        Covers::No
    }
}

/// An action without its platform, as its users write it: `s3:GetObject`.
#[must_use]
pub(crate) fn written(action: &Text) -> String {
    let text = action.to_string();
    match text.split_once(':') {
        Some(("aws", "*:*")) => "*".to_owned(),
        Some(("aws" | "github", rest)) => rest.to_owned(),
        Some(("kubernetes", rest)) => rest.strip_prefix("core/").unwrap_or(rest).to_owned(),
        _ => text,
    }
}

/// Actions as one text, the first few of many.
#[must_use]
pub(crate) fn listed<'a>(actions: impl IntoIterator<Item = &'a Text>) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<String> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for action in actions {
        let name = format!("`{}`", written(action));
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StarOnly {
    action: String,
    #[allow(dead_code)] // for readers of the table
    source: String,
}

/// An action that opens a great deal when it is allowed on every resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sensitive {
    /// The action.
    pub(crate) action: String,
    /// What it opens then, for messages.
    pub(crate) opens: String,
    /// Where that is documented.
    #[allow(dead_code)] // for readers of the table, and a test
    pub(crate) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    star_only: Vec<StarOnly>,
    usual: Vec<StarOnly>,
    sensitive: Vec<Sensitive>,
    reading: Vec<String>,
    making: Vec<String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/aws/actions.toml")).expect("data/aws/actions.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether everything this action or pattern may be accepts only `*` as resource.
#[must_use]
pub(crate) fn star_only(action: &Text) -> bool {
    if parts(action).and_then(|(service, verb)| services::manner(service, verb)) == Some(Manner::StarOnly) {
        return true;
    }
    let own = Pattern::glob(action, true);
    TABLE
        .star_only
        .iter()
        .filter(|row| !begin_apart(action, &row.action, true))
        .any(|row| Pattern::glob(&Text::literal(row.action.as_str()), true).subsumes(&own))
}

/// Service and verb of a known action of AWS.
fn parts(action: &Text) -> Option<(&str, &str)> {
    action.known()?.strip_prefix("aws:")?.split_once(':')
}

/// What a named action that can be held to some resources changes there: nothing for one that only reads, that makes what is
/// not there yet, that AWS itself allows on every resource where a service needs it, or of which it is not known.
#[must_use]
pub(crate) fn changes(action: &Text) -> Option<Manner> {
    let (service, verb) = parts(action).filter(|(_, verb)| !verb.contains(['*', '?']))?;
    let manner = services::manner(service, verb)?;
    let makes = manner == Manner::Writes && begins(verb, &TABLE.making);
    let changes = manner >= Manner::Writes && !makes && !reading(action);
    (changes && !TABLE.usual.iter().any(|row| covers(action, &row.action) == Covers::Yes)).then_some(manner)
}

/// The first sensitive action that a granted action takes in.
#[must_use]
pub(crate) fn sensitive(granted: &Text) -> Option<&'static Sensitive> {
    TABLE.sensitive.iter().find(|row| covers(granted, &row.action) == Covers::Yes)
}

/// Whether a pattern with a wildcard can only be verbs that read what is there: `aws:ec2:Describe*`.
#[must_use]
pub(crate) fn reading(granted: &Text) -> bool {
    let Some(verb) = granted.known().and_then(|text| text.splitn(3, ':').nth(2)) else { return false };
    begins(verb.split('*').next().unwrap_or_default(), &TABLE.reading)
}

fn begins(verb: &str, words: &[String]) -> bool {
    words.iter().any(|word| verb.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Why;

    #[test]
    fn the_table_parses_and_names_its_sources() {
        for row in TABLE.star_only.iter().chain(&TABLE.usual) {
            assert!(row.source.starts_with("https://") && row.action.starts_with("aws:"), "{}", row.action);
        }
        for row in &TABLE.sensitive {
            assert!(row.source.starts_with("https://"), "{}", row.action);
            assert!(!star_only(&Text::literal(row.action.as_str())), "{} stands in both lists", row.action);
        }
    }

    #[test]
    fn aws_actions_are_blind_to_case_and_holes_are_perhaps() {
        assert_eq!(covers(&"aws:IAM:passrole".into(), "aws:iam:PassRole"), Covers::Yes);
        assert_eq!(covers(&"aws:*:*".into(), "aws:iam:PassRole"), Covers::Yes);
        assert_eq!(covers(&"kubernetes:core/Pods:get".into(), "kubernetes:core/pods:get"), Covers::No);
        let mut holed = Text::literal("aws:iam:");
        holed.push_hole(Why::Variable("verb".to_owned()));
        assert_eq!(covers(&holed, "aws:iam:PassRole"), Covers::Perhaps);
        assert_eq!(covers(&holed, "aws:s3:GetObject"), Covers::No);
    }

    #[test]
    fn what_cannot_be_narrowed_is_known() {
        assert!(star_only(&"aws:ec2:DescribeInstances".into()));
        assert!(star_only(&"aws:ec2:describe*".into()));
        assert!(!star_only(&"aws:ec2:*".into()));
        assert!(star_only(&"aws:kms:CreateKey".into()) && star_only(&"aws:xray:Put*".into()));
        assert_eq!(changes(&"aws:s3:PutObjectTagging".into()), Some(Manner::Writes));
        assert_eq!(changes(&"aws:sns:AddPermission".into()), Some(Manner::Permits));
        for silent in [
            "logs:PutLogEvents",
            "kms:CreateKey",
            "dynamodb:CreateTable",
            "s3:GetObject",
            "s3:Put*",
            "nosuch:Put",
        ] {
            assert_eq!(changes(&format!("aws:{silent}").as_str().into()), None, "{silent}");
        }
        assert!(reading(&"aws:s3:List*".into()));
        assert!(!reading(&"aws:s3:L*".into()));
        assert_eq!(sensitive(&"aws:s3:Get*".into()).map(|s| s.opens.as_str()), Some("every object"));
        assert!(sensitive(&"aws:s3:GetBucketLocation".into()).is_none());
    }
}
