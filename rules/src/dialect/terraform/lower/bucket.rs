//! Buckets: access lists that open them, and the block on public access that takes such openings back.

use super::site::{Site, text_of};
use crate::dialect::terraform::evaluate::{Scope, as_bool, default_of};
use crate::dialect::terraform::tables::{self, Acl};
use crate::fact::{Approval, Body, Condition, Datum, Effect, Grant, Known, Principal, Ref, Text, Why};

/// The resource that blocks public access to a bucket.
const BLOCK: &str = "aws_s3_bucket_public_access_block";
/// What makes it ignore access lists, and what makes it close policies to all but the account.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.
const IGNORES_LISTS: [&str; 2] = ["ignore_public_acls", "block_public_acls"];
const CLOSES_POLICIES: [&str; 1] = ["restrict_public_buckets"];

/// Lowers the access list of a resource.
pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    for row in tables::acls(site.kind()) {
        let name = site.named(&row.by);
        for value in site.values(&row.argument) {
            for (alternative, case, lesser) in value.alternatives() {
                // A list names who gets in one by one.
                let items = match &alternative.value {
                    Known::List(items) => items.iter().map(default_of).collect(),
                    _ => vec![alternative],
                };
                for item in items {
                    let opened = item.known().and_then(|acl| row.opens(acl));
                    let Some((who, actions)) = opened else { continue };
                    if row.platform == "aws" && blocked(site, &name, &IGNORES_LISTS) {
                        site.out.silent(site.block.file.id, "public access is blocked for the bucket");
                        continue;
                    }
                    let grant = open(row, text_of(&name), who, actions);
                    let id = site.at_value(item, Body::Grant(grant));
                    if let Some(fact) = site.out.fact_mut(id) {
                        fact.when = case.clone();
                        fact.lesser |= lesser || row.only_lets;
                    }
                }
            }
        }
    }
}

fn open(row: &Acl, name: Text, who: Principal, actions: &[String]) -> Grant {
    Grant {
        holder: Ref::new(row.platform.as_str(), row.kind.as_str(), [], name.clone()),
        effect: Effect::Allow,
        actions: actions.iter().map(|a| Text::literal(a.clone())).collect(),
        actions_except: false,
        resources: vec![name],
        resources_except: false,
        principals: vec![who],
        conditions: Vec::new(),
        approval: Approval::None,
    }
}

/// A bucket's policy that opens it to everybody opens it to the account only where public access is restricted.
pub(super) fn guard(site: &mut Site<'_, '_, '_>, first: usize, bucket: &Datum) {
    let opens = |grant: &Grant| {
        grant.principals.iter().any(|p| matches!(p, Principal::Anyone | Principal::AnyAccount))
    };
    let facts = site.out.facts.facts.get(first..).unwrap_or_default();
    if !facts.iter().any(|fact| matches!(&fact.body, Body::Grant(grant) if opens(grant)))
        || !blocked(site, bucket, &CLOSES_POLICIES)
    {
        return;
    }
    let account = || Text::hole(Why::Variable("account".to_owned()));
    for fact in site.out.facts.facts.iter_mut().skip(first) {
        if let Body::Grant(grant) = &mut fact.body
            && opens(grant)
        {
            grant.conditions.push(Condition {
                operator: "StringEquals".to_owned(),
                key: "aws:PrincipalAccount".to_owned(),
                values: vec![account()],
            });
        }
    }
}

/// Whether a block of the same module stands before a bucket, with one of the switches on.
fn blocked(site: &mut Site<'_, '_, '_>, bucket: &Datum, switches: &[&str]) -> bool {
    let Known::Text(name) = &default_of(bucket).value else { return false };
    let scope = Scope::of(site.scope.instance);
    let named = site.evaluator.by_argument(scope.instance, BLOCK, "bucket", false);
    let blocks = named.get(name).map(Vec::as_slice).unwrap_or_default();
    blocks.iter().any(|block| {
        switches.iter().any(|switch| {
            let found = block.body().attribute(switch);
            let value = found.map(|found| site.evaluator.value(found.value(), &scope));
            value.is_some_and(|value| as_bool(default_of(&value)) == Some(true))
        })
    })
}
