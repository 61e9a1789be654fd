//! Policy documents that no resource of the unit was given: they are written for a module elsewhere or for another
//! tree, and no less wrong for that.

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::structure::Block;

use crate::dialect::terraform::evaluate::{Evaluator, Scope, default_of};
use crate::dialect::terraform::syntax::Located;
use crate::dialect::{Lowering, aws_policy};
use crate::fact::{Body, ContextKind, Datum, Known, Ref, Text, Why};
use crate::span::Source;

/// The data source that writes policies.
const DOCUMENT: &str = "aws_iam_policy_document";

/// Identities that a policy may bound.
const BOUNDED: [&str; 2] = ["aws_iam_role", "aws_iam_user"];
/// The argument that names it.
const BOUNDARY: &str = "permissions_boundary";

/// Lowers what of the unit's documents was not lowered where it was given.
pub(super) fn lower(evaluator: &mut Evaluator<'_>, out: &mut Lowering<'_>) {
    let boundaries = boundaries(evaluator);
    aws_policy::bound(out, &boundaries);
    let lowered: BTreeSet<Source> = out
        .facts
        .facts
        .iter()
        .filter(|fact| matches!(fact.body, Body::Grant(_) | Body::Trust(_)))
        .flat_map(|fact| std::iter::once(fact.at.source()).chain(fact.at.related.iter().map(|r| r.source)))
        .collect();
    let mut instance = 0;
    while let Some(directory) = evaluator.instance(instance).map(|i| i.directory) {
        let documents = directory.of("data", DOCUMENT);
        let takers = takers(documents);
        for block in documents {
            for expansion in evaluator.expansions(*block, &Scope::of(instance)) {
                let Some(policy) = evaluator.data_attribute(*block, "json", &expansion.scope) else {
                    continue;
                };
                let replacing = replacing(evaluator, takers.get(block.label(1)), instance);
                let left = left(&policy, &lowered, &replacing);
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

/// The statements that are not among those lowered, and that no document which takes this one in has replaced: those have
/// the same name (`sid`) and stand elsewhere.
fn left(policy: &Datum, lowered: &BTreeSet<Source>, replacing: &[(String, Source)]) -> Vec<Datum> {
    let statements = policy.get("Statement").map(Datum::items).unwrap_or_default();
    let known = |statement: &&Datum| matches!(default_of(statement).value, Known::Map(_));
    let replaced = |statement: &Datum| {
        let sid = statement.get("Sid").and_then(Datum::known);
        sid.is_some_and(|sid| replacing.iter().any(|(name, at)| name == sid && *at != statement.at))
    };
    let still = |statement: &&Datum| !lowered.contains(&statement.at) && !replaced(statement);
    statements.iter().filter(known).filter(still).cloned().collect()
}

/// The documents that take others in, by the names of these.
fn takers<'u>(documents: &[Located<'u, Block>]) -> BTreeMap<String, Vec<Located<'u, Block>>> {
    const TAKE: [&str; 2] = ["source_policy_documents", "source_json"];
    let mut takers: BTreeMap<String, Vec<Located<'u, Block>>> = BTreeMap::new();
    for block in documents {
        let taken = TAKE.iter().filter_map(|argument| block.body().attribute(argument));
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for value in taken.map(|attribute| attribute.value()) {
            let named = value.text(value.at()).split(DOCUMENT).skip(1);
            names.extend(named.filter_map(|behind| Some(behind.strip_prefix('.')?.split_once('.')?.0)));
        }
        for name in names {
            takers.entry(name.to_owned()).or_default().push(*block);
        }
    }
    takers
}

/// The named statements of the documents that take a document in.
fn replacing<'u>(
    evaluator: &mut Evaluator<'u>,
    taking: Option<&Vec<Located<'u, Block>>>,
    instance: usize,
) -> Vec<(String, Source)> {
    let mut all = Vec::new();
    for other in taking.into_iter().flatten().copied() {
        let Some(policy) = evaluator.data_attribute(other, "json", &Scope::of(instance)) else { continue };
        let statements = policy.get("Statement").map(Datum::items).unwrap_or_default();
        let named = statements.iter().filter_map(|s| Some((s.get("Sid")?.known()?.to_owned(), s.at)));
        all.extend(named);
    }
    all
}

/// The policies that bound what an identity may be given.
fn boundaries(evaluator: &mut Evaluator<'_>) -> Vec<Text> {
    let mut all = Vec::new();
    let mut instance = 0;
    while let Some(directory) = evaluator.instance(instance).map(|i| i.directory) {
        let bounded = |b: &&Located<'_, Block>| b.kind() == "resource" && BOUNDED.contains(&b.label(0));
        for block in directory.blocks.iter().filter(bounded) {
            if let Some(attribute) = block.body().attribute(BOUNDARY) {
                let value = evaluator.value(attribute.value(), &Scope::of(instance));
                all.extend(default_of(&value).text());
            }
        }
        instance += 1;
    }
    all
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
