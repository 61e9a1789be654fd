//! Policy documents that no resource of the unit was given: they are written for a module elsewhere or for another
//! tree, and no less wrong for that.

use std::collections::BTreeSet;

use crate::dialect::terraform::evaluate::{Evaluator, Scope, default_of};
use crate::dialect::{Lowering, aws_policy};
use crate::fact::{Body, ContextKind, Datum, Known, Ref, Text, Why};
use crate::span::Source;

/// The data source that writes policies.
const DOCUMENT: &str = "aws_iam_policy_document";

/// Lowers what of the unit's documents was not lowered where it was given.
pub(super) fn lower(evaluator: &mut Evaluator<'_>, out: &mut Lowering<'_>) {
    let lowered: BTreeSet<Source> = out
        .facts
        .facts
        .iter()
        .filter(|fact| matches!(fact.body, Body::Grant(_) | Body::Trust(_)))
        .flat_map(|fact| std::iter::once(fact.at.source()).chain(fact.at.related.iter().map(|r| r.source)))
        .collect();
    let mut instance = 0;
    while let Some(directory) = evaluator.instance(instance).map(|i| i.directory) {
        for block in directory.blocks.iter().filter(|b| b.kind() == "data" && b.label(0) == DOCUMENT) {
            for expansion in evaluator.expansions(*block, &Scope::of(instance)) {
                let Some(policy) = evaluator.data_attribute(*block, "json", &expansion.scope) else {
                    continue;
                };
                let left = left(&policy, &lowered);
                if left.is_empty() {
                    continue;
                }
                let at = policy.at;
                let list = Datum::new(at, Known::List(left));
                let policy = Datum::new(at, Known::Map(vec![(Text::literal("Statement"), at, list)]));
                let address = evaluator.address(instance, &format!("data.{DOCUMENT}.{}", block.label(1)));
                let file = out.file_context(block.file.id);
                let within = out.context(file, ContextKind::Resource, &address, block.header());
                let first = out.facts.facts.len();
                one(out, within, block.label(1), &policy);
                super::adjust(out, first, &expansion);
            }
        }
        instance += 1;
    }
}

/// The statements that are not among those lowered.
fn left(policy: &Datum, lowered: &BTreeSet<Source>) -> Vec<Datum> {
    let statements = policy.get("Statement").map(Datum::items).unwrap_or_default();
    let known = |statement: &&Datum| matches!(default_of(statement).value, Known::Map(_));
    statements.iter().filter(known).filter(|s| !lowered.contains(&s.at)).cloned().collect()
}

fn one(out: &mut Lowering<'_>, within: crate::fact::ContextId, label: &str, policy: &Datum) {
    let why = || Why::NotInTree("what this policy document is for".to_owned());
    if aws_policy::is_trust(policy) {
        let role = Ref::new("aws", "role", [Text::hole(why())], Text::hole(why()));
        aws_policy::lower_trust(out, within, &role, policy);
    } else {
        let kind = if aws_policy::is_filter(policy) { "vpc_endpoint" } else { "policy" };
        let holder = Ref::new("aws", kind, [Text::hole(why())], label);
        aws_policy::lower_policy(out, within, &holder, policy);
    }
}
