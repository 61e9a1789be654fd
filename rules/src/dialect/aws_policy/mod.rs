//! AWS policy documents: the one grammar behind every carrier. A Terraform role, a bucket policy in a heredoc, a
//! ConfigMap that holds policy JSON and a bare `*.json` file all come here as a [`Datum`] and leave as the same facts,
//! so that the same policy is judged the same wherever it stands.
//!
//! The dialect itself owns bare policy files; the `lower_*` functions are for the dialects of the other carriers.
//! Grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

mod arn;
mod choice;
mod condition;
mod endpoint;
pub mod managed;
mod organization;
mod principal;
mod statement;
#[cfg(test)]
mod tests;
mod tree;
mod trust;

use super::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::document::{Data, Node, Scalar, json};
use crate::fact::{Body, ContextId, Datum, Known, LinkKind, Ref, Text, Why};
use crate::span::FileId;

pub(super) use arn::split;
pub use arn::{parse as parse_arn, reference as arn_reference};
pub use tree::{of_node, of_text};

/// Bare policy files.
#[derive(Debug)]
pub struct AwsPolicy;

/// Endings of files that may hold a policy alone.
const FORMATS: [&str; 3] = [".json", ".yaml", ".yml"];

/// The dialect.
pub static DIALECT: AwsPolicy = AwsPolicy;

impl Dialect for AwsPolicy {
    fn name(&self) -> &'static str {
        "aws-policy"
    }

    fn claim(&self, path: &str) -> Claim {
        if FORMATS.iter().any(|end| path.ends_with(end)) { Claim::Content } else { Claim::No }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        // A file that breaks off has one statement at least that is whole.
        let broken = !file.document.breaks.is_empty();
        let begun = |root: &Node| broken && stated(root).iter().any(statement_like);
        file.document.nodes().first().is_some_and(|root| policy_like(root) || begun(root))
    }

    fn warm(&self) {
        managed::warm();
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            let Some(node) = file.document.nodes().first() else { continue };
            out.reads(file.id, self.name());
            let within = out.file_context(file.id);
            let stem = file.name().rsplit_once('.').map_or(file.name(), |(stem, _)| stem);
            let mut holder = policy_ref(stem);
            if endpoint::is_endpoint(node) {
                "vpc_endpoint".clone_into(&mut holder.kind);
            } else if organization::is_organization_policy(node, &file.path) {
                "organization-policy".clone_into(&mut holder.kind);
            }
            lower_node(out, within, &holder, node, file.id);
        }
    }
}

/// Lowers a permission or resource policy: one `Grant` per statement (and per alternative of what is not certain).
/// `holder` is the identity or policy that carries it, or the resource a resource policy stands on.
pub fn lower_policy(out: &mut Lowering<'_>, within: ContextId, holder: &Ref, policy: &Datum) {
    statement::each(out, policy, |out, found| statement::grant(out, within, holder, &found));
}

/// Lowers the trust policy of a role: one `Trust` per statement that lets somebody become `opens`.
pub fn lower_trust(out: &mut Lowering<'_>, within: ContextId, opens: &Ref, policy: &Datum) {
    statement::each(out, policy, |out, found| trust::trust(out, within, opens, &found));
}

/// Marks the policies that bound what identities may be given, by their ARNs or names: a boundary grants nothing. One that
/// is given to somebody too grants all the same.
pub fn bound(out: &mut Lowering<'_>, boundaries: &[Text]) {
    let named: Vec<Text> = boundaries
        .iter()
        .filter_map(|text| match arn_reference(text) {
            Some(policy) => Some(policy.name),
            None => text.known().map(Text::literal),
        })
        .collect();
    let given: Vec<Ref> = out
        .facts
        .facts
        .iter()
        .filter_map(|fact| match &fact.body {
            Body::Link(link) if link.kind == LinkKind::Attaches => Some(link.from.clone()),
            _ => None,
        })
        .collect();
    for fact in &mut out.facts.facts {
        if let Body::Grant(grant) = &mut fact.body
            && grant.holder.platform == "aws"
            && grant.holder.kind == "policy"
            && named.contains(&grant.holder.name)
            && !given.iter().any(|policy| policy.kind == "policy" && policy.name == grant.holder.name)
        {
            "permissions-boundary".clone_into(&mut grant.holder.kind);
        }
    }
}

/// Whether a policy says who may become a role: [`trust_like`], of a value.
#[must_use]
pub fn is_trust(policy: &Datum) -> bool {
    let assumes =
        |action: &Datum| action.known().is_some_and(|a| a.to_ascii_lowercase().starts_with("sts:assumerole"));
    statements(policy).iter().any(|s| {
        s.get("Principal").is_some() && s.get("Action").is_some_and(|a| each_of(a).iter().any(assumes))
    })
}

/// Whether a policy lets anyone do everything with everything: no resource takes that, so it filters what passes an
/// endpoint of a network.
#[must_use]
pub fn is_filter(policy: &Datum) -> bool {
    let all =
        |value: Option<&Datum>| value.is_some_and(|v| each_of(v).iter().any(|v| v.known() == Some("*")));
    statements(policy)
        .iter()
        .any(|s| s.get("Principal").is_some() && all(s.get("Action")) && all(s.get("Resource")))
}

fn statements(policy: &Datum) -> &[Datum] {
    policy.get("Statement").map(each_of).unwrap_or_default()
}

/// The items of a list, or the one value in place of it.
fn each_of(value: &Datum) -> &[Datum] {
    match value.value {
        Known::List(_) => value.items(),
        _ => std::slice::from_ref(value),
    }
}

/// Lowers policy JSON that stands inside a text scalar. Returns whether the text was a policy.
pub fn lower_embedded(
    out: &mut Lowering<'_>,
    within: ContextId,
    holder: &Ref,
    scalar: &Scalar,
    file: FileId,
) -> bool {
    // Reading is not free and most scalars are no policies.
    if !scalar.text.contains("\"Statement\"") {
        return false;
    }
    match json::read_embedded(scalar) {
        Some(node) if policy_like(&node) => {
            lower_node(out, within, holder, &node, file);
            true
        }
        _ => false,
    }
}

/// Whether a JSON value is a policy document: a `Statement` of which every item has an effect and says what is done
/// or by whom.
#[must_use]
pub fn policy_like(node: &Node) -> bool {
    let statements = stated(node);
    !statements.is_empty() && statements.iter().all(statement_like)
}

fn stated(node: &Node) -> &[Node] {
    let Some(statement) = node.get("Statement") else { return &[] };
    match &statement.data {
        Data::Map(_) => std::slice::from_ref(statement),
        _ => statement.items(),
    }
}

fn statement_like(node: &Node) -> bool {
    node.get("Effect").is_some()
        && ["Action", "NotAction", "Principal"].iter().any(|key| node.get(key).is_some())
}

/// Whether a policy document says who may become a role, rather than what somebody may do.
#[must_use]
pub fn trust_like(node: &Node) -> bool {
    let Some(statement) = node.get("Statement") else { return false };
    let assumes =
        |action: &Node| action.text().is_some_and(|a| a.to_ascii_lowercase().starts_with("sts:assumerole"));
    statement.one_or_many().iter().any(|s| {
        s.get("Principal").is_some() && s.get("Action").is_some_and(|a| a.one_or_many().iter().any(assumes))
    })
}

/// Lowers a policy that was read as JSON.
fn lower_node(out: &mut Lowering<'_>, within: ContextId, holder: &Ref, node: &Node, file: FileId) {
    let policy = of_node(node, file);
    if trust_like(node) {
        // Which role the file is meant for is not written in it.
        let why = || Why::NotInTree("the role this trust policy is for".to_owned());
        let role = Ref::new("aws", "role", [Text::hole(why())], Text::hole(why()));
        lower_trust(out, within, &role, &policy);
    } else {
        lower_policy(out, within, holder, &policy);
    }
}

/// A policy by name, in an account that is not known.
fn policy_ref(name: &str) -> Ref {
    Ref::new("aws", "policy", [Text::hole(Why::Variable("account".to_owned()))], name)
}
