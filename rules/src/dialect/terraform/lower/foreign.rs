//! Resources that say in HCL what is another platform's own resource: `awscc_*` of CloudFormation, `azapi_*` of ARM. They
//! are handed to those dialects, whose tables know them.

use hcl_edit::structure::Block;

use super::manifest::Writer;
use super::site::Site;
use super::stands;
use crate::dialect::terraform::evaluate::default_of;
use crate::dialect::terraform::syntax::Located;
use crate::dialect::{arm, cloudformation};
use crate::document::{Data, Entry, Node};
use crate::fact::{Datum, Known, Text};
use crate::span::Source;

/// Types of CloudFormation.
/// Source: <https://registry.terraform.io/providers/hashicorp/awscc/latest/docs>.
const CLOUDFORMATION: &str = "awscc_";
/// Types of ARM: which resource, and what it holds.
/// Source: <https://registry.terraform.io/providers/Azure/azapi/latest/docs/resources/resource>.
const ARM: [&str; 3] = ["azapi_resource", "azapi_update_resource", "azapi_data_plane_resource"];
/// Endings of arguments that hold a document in a text.
const DOCUMENTS: [&str; 2] = ["policy", "document"];
/// Arguments of Terraform's own, which no platform is sent.
const OWN: [&str; 6] = ["provider", "depends_on", "lifecycle", "count", "for_each", "provisioner"];

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    let slots = site.out.slots.len();
    if let Some(kind) = site.kind().strip_prefix(CLOUDFORMATION) {
        of_cloudformation(site, kind);
    } else if ARM.contains(&site.kind()) {
        of_arm(site);
    }
    // A text that was put together here does not stand in the file.
    let unit = site.out.unit;
    let mut index = 0;
    site.out.slots.retain(|slot| {
        index += 1;
        index <= slots || stands(unit, slot.file, &slot.scalar)
    });
}

/// The arguments of the block in their order.
fn arguments(site: &mut Site<'_, '_, '_>) -> Vec<(Text, Source, Datum)> {
    let (block, scope): (Located<'_, Block>, _) = (site.block, site.scope.clone());
    let value = site.evaluator.body_value(block.body(), block.header(), &scope, 0);
    match value.value {
        Known::Map(entries) => {
            entries.into_iter().filter(|(key, _, _)| !key.known().is_some_and(|k| OWN.contains(&k))).collect()
        }
        _ => Vec::new(),
    }
}

fn of_cloudformation(site: &mut Site<'_, '_, '_>, kind: &str) {
    let Some(kind) = cloudformation::spelled(kind) else { return };
    let header = site.block.header();
    let mut writer = Writer::of(site);
    let mut properties = Vec::new();
    for (key, place, value) in arguments(site) {
        let value = documents(site, &key, value);
        if let Some(node) = writer.value(site, &value) {
            properties.push(writer.entry(&key.to_string(), place.span, node));
        }
    }
    let properties = pascal(&Node::new(header.span, Data::Map(properties.into())));
    let entries = vec![
        writer.entry("Type", header.span, writer.text(kind, header)),
        writer.entry("Properties", header.span, properties),
    ];
    let resource = Node::new(header.span, Data::Map(entries.into()));
    let label = site.address.clone();
    let resources = Node::new(header.span, Data::Map([writer.entry(&label, header.span, resource)].into()));
    let root = Node::new(header.span, Data::Map([writer.entry("Resources", header.span, resources)].into()));
    cloudformation::lower_carried(site.block.file, &root, site.out);
}

/// Documents that stand in texts, as CloudFormation has them.
fn documents(site: &mut Site<'_, '_, '_>, key: &Text, value: Datum) -> Datum {
    let is_document = key.known().is_some_and(|key| DOCUMENTS.iter().any(|end| key.ends_with(end)));
    if is_document && !matches!(default_of(&value).value, Known::Map(_) | Known::List(_)) {
        return site.evaluator.parsed(&value).unwrap_or(value);
    }
    match default_of(&value).clone() {
        Datum { at, via, value: Known::List(items) } => {
            let items = items.into_iter().map(|item| documents(site, &Text::default(), item)).collect();
            Datum { at, via, value: Known::List(items) }
        }
        Datum { at, via, value: Known::Map(entries) } => {
            let within = |(key, place, value): (Text, Source, Datum)| {
                let value = documents(site, &key, value);
                (key, place, value)
            };
            Datum { at, via, value: Known::Map(entries.into_iter().map(within).collect()) }
        }
        _ => value,
    }
}

fn of_arm(site: &mut Site<'_, '_, '_>) {
    let header = site.block.header();
    let (Some(kind), body) = (site.value("type"), site.value("body")) else { return };
    let Some((name, _)) = default_of(&kind).known().and_then(|kind| kind.split_once('@')) else {
        return site.unresolved(&kind);
    };
    let mut writer = Writer::of(site);
    let mut entries = vec![writer.entry("type", header.span, writer.text(name, header))];
    for (argument, called) in
        [("name", "name"), ("parent_id", "scope"), ("location", "location"), ("tags", "tags")]
    {
        let Some(value) = site.value(argument) else { continue };
        if let Some(node) = writer.value(site, &value) {
            entries.push(writer.entry(called, header.span, node));
        }
    }
    if let Some(body) = body {
        let parsed = site.evaluator.parsed(&body).unwrap_or(body);
        match writer.value(site, &parsed) {
            Some(node) if !node.entries().is_empty() => entries.extend(node.entries().iter().cloned()),
            _ => site.unresolved(&parsed),
        }
    }
    let resource = Node::new(header.span, Data::Map(entries.into()));
    arm::lower_carried(site.block.file, resource, site.out);
}

/// `managed_policy_arns` -> `ManagedPolicyArns`; what has capitals or other signs is a name of its own.
fn pascal(node: &Node) -> Node {
    let own = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let data = match &node.data {
        Data::List(items) => Data::List(items.iter().map(pascal).collect()),
        Data::Map(entries) => {
            Data::Map(entries.iter().map(|entry| renamed(entry, own(entry.name()))).collect())
        }
        other => other.clone(),
    };
    Node { data, ..node.clone() }
}

fn renamed(entry: &Entry, rename: bool) -> Entry {
    let mut key = entry.key.clone();
    if let (true, Data::Scalar(scalar)) = (rename, &mut key.data) {
        scalar.text = cloudformation::property(&scalar.text).into();
    }
    Entry { key, value: pascal(&entry.value), merged: entry.merged }
}
