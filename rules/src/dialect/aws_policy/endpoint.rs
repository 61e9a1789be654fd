//! Which bare policy document is the policy of a VPC endpoint: that one filters what passes through the endpoint and
//! grants nothing itself, and the document does not say what it is for.

use std::collections::BTreeSet;

use crate::document::Node;

/// Condition keys about whose resource is called. The policy of a resource stands on that resource and has no use for
/// them; a bucket policy may still carry one by mistake, so they are not a proof alone.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html>.
const WHOSE_RESOURCE: [&str; 3] = ["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"];

/// Whether only an endpoint can carry this document: it allows everything on everything as long as the resource is
/// somebody's (no service takes `*` for both in the policy of one resource), or it names several buckets (a bucket's
/// policy may name no other). Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html>.
pub(super) fn is_endpoint(policy: &Node) -> bool {
    let Some(list) = policy.get("Statement") else { return false };
    let allowing = || {
        list.one_or_many()
            .iter()
            .filter(|s| s.get("Principal").is_some() && s.get("Effect").and_then(Node::text) == Some("Allow"))
    };
    let buckets: BTreeSet<&str> = allowing().flat_map(|s| texts(s, "Resource")).filter_map(bucket).collect();
    buckets.len() > 1 || allowing().any(|s| everything(s) && asks_whose(s))
}

/// The texts of an entry that may be a list.
fn texts<'n>(statement: &'n Node, key: &str) -> impl Iterator<Item = &'n str> {
    statement.get(key).map(Node::one_or_many).unwrap_or_default().iter().filter_map(Node::text)
}

/// The bucket that an ARN names in full.
fn bucket(arn: &str) -> Option<&str> {
    let name = arn.strip_prefix("arn:aws:s3:::")?.split('/').next()?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    (!name.is_empty() && name.bytes().all(plain)).then_some(name)
}

fn everything(statement: &Node) -> bool {
    texts(statement, "Action").any(|a| a == "*") && texts(statement, "Resource").any(|r| r == "*")
}

fn asks_whose(statement: &Node) -> bool {
    let operators = statement.get("Condition").map(Node::entries).unwrap_or_default();
    operators
        .iter()
        .flat_map(|operator| operator.value.entries())
        .any(|entry| WHOSE_RESOURCE.contains(&entry.name().to_ascii_lowercase().as_str()))
}
