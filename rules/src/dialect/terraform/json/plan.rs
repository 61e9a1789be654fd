//! What `terraform show -json` prints of a plan or a state, and the file of a state itself. Values are worked out there;
//! what is known only after apply is what the configuration, which a plan repeats, refers to.
//!
//! Source: <https://developer.hashicorp.com/terraform/internals/json-format>.

use std::collections::{BTreeMap, BTreeSet};

use super::writer::{UNKNOWN, Writer};
use super::{Translation, entries, get, is_blocks, is_name, items, text};
use crate::dialect::SourceFile;
use crate::dialect::terraform::tables;
use crate::document::{Data, Format, Node};
use crate::span::ByteSpan;

/// Data sources that say something of themselves, and are read along where a plan has not worked them out.
const DOCUMENTS: [&str; 2] = ["aws_iam_policy_document", "google_iam_policy"];

/// Whether a file is one that Terraform prints.
pub(in crate::dialect::terraform) fn is_plan(file: &SourceFile) -> bool {
    let Some(root) = file.document.nodes().first().filter(|_| file.document.format == Format::Json) else {
        return false;
    };
    let has = |name: &str| get(root, name).is_some();
    let printed = has("format_version")
        && (has("planned_values")
            || has("resource_changes")
            || get(root, "values").is_some_and(|v| get(v, "root_module").is_some()));
    printed || is_state(root)
}

/// Whether this is the file of a state (version 4), which Terraform keeps.
fn is_state(root: &Node) -> bool {
    ["version", "terraform_version", "lineage", "resources"].iter().all(|name| get(root, name).is_some())
}

/// Writes the resources.
pub(super) fn write(root: &Node, made: &mut Translation) {
    if is_state(root) {
        get(root, "resources").map(items).unwrap_or_default().iter().for_each(|one| kept(one, made));
        return;
    }
    let plan = Plan::of(root);
    let values = get(root, "planned_values").or_else(|| get(root, "values"));
    match values.and_then(|values| get(values, "root_module")) {
        Some(module) => plan.module(module, "", made),
        None => plan.changes(root, made),
    }
    if let Some(configuration) = get(root, "configuration") {
        plan.settings(root, configuration, made);
        let deferred = plan.worked_out(root);
        for (prefix, address, resource) in &plan.documents {
            if !deferred.contains(address) {
                let body = get(resource, "expressions");
                block(made, "data", resource, prefix, address_of(resource), |writer| {
                    body.into_iter().for_each(|body| expressions(writer, body));
                });
            }
        }
    }
}

/// What a plan says of a resource elsewhere than among its values.
struct Plan<'n> {
    /// What is known only after apply, by address.
    unknown: BTreeMap<&'n str, &'n Node>,
    /// The configuration's expressions, by address without indexes.
    expressions: BTreeMap<String, &'n Node>,
    /// Data sources of the configuration: module prefix, address, block.
    documents: Vec<(String, String, &'n Node)>,
}

impl<'n> Plan<'n> {
    fn of(root: &'n Node) -> Self {
        let mut plan = Self { unknown: BTreeMap::new(), expressions: BTreeMap::new(), documents: Vec::new() };
        for change in get(root, "resource_changes").map(items).unwrap_or_default() {
            let after = get(change, "change").and_then(|change| get(change, "after_unknown"));
            if let (Some(address), Some(after)) = (get(change, "address").and_then(text), after) {
                plan.unknown.insert(address, after);
            }
        }
        let module = get(root, "configuration").and_then(|c| get(c, "root_module"));
        module.into_iter().for_each(|module| plan.configured(module, ""));
        plan
    }

    fn configured(&mut self, module: &'n Node, prefix: &str) {
        for resource in get(module, "resources").map(items).unwrap_or_default() {
            let Some(address) = get(resource, "address").and_then(text) else { continue };
            let address = format!("{prefix}{address}");
            if let Some(found) = get(resource, "expressions") {
                self.expressions.insert(address.clone(), found);
            }
            if is_document(resource) {
                self.documents.push((prefix.to_owned(), address, resource));
            }
        }
        for call in get(module, "module_calls").map(entries).unwrap_or_default() {
            if let Some(module) = get(&call.value, "module") {
                self.configured(module, &format!("{prefix}module.{}.", call.name()));
            }
        }
    }

    /// A module of planned or kept values, and those it calls.
    fn module(&self, module: &'n Node, prefix: &str, made: &mut Translation) {
        for resource in get(module, "resources").map(items).unwrap_or_default() {
            if let Some(values) = get(resource, "values").filter(|_| !self.is_repeated(resource)) {
                self.resource(resource, values, prefix, made);
            }
        }
        for child in get(module, "child_modules").map(items).unwrap_or_default() {
            let address = get(child, "address").and_then(text).unwrap_or_default();
            self.module(child, &format!("{address}."), made);
        }
    }

    /// Whether a data source of a state: what it came to stands in the values of others.
    fn is_repeated(&self, resource: &Node) -> bool {
        is_document(resource) && self.expressions.is_empty()
    }

    /// A plan without values: what its changes come to.
    fn changes(&self, root: &'n Node, made: &mut Translation) {
        for change in get(root, "resource_changes").map(items).unwrap_or_default() {
            let prefix = get(change, "module_address").and_then(text);
            let prefix = prefix.map_or_else(String::new, |address| format!("{address}."));
            if let Some(after) = get(change, "change").and_then(|change| get(change, "after")) {
                self.resource(change, after, &prefix, made);
            }
        }
    }

    fn resource(&self, resource: &'n Node, values: &'n Node, prefix: &str, made: &mut Translation) {
        let address = get(resource, "address").and_then(text).unwrap_or_default();
        let unknown = self.unknown.get(address).copied();
        let expressions = self.expressions.get(&without_indexes(address)).copied();
        let mode = get(resource, "mode").and_then(text);
        let kind = if mode == Some("data") { "data" } else { "resource" };
        // A plan without its configuration does not say what was written: what a fact hangs on is not known.
        let asked = get(resource, "type").and_then(text).filter(|_| expressions.is_none());
        let asked = asked.map(tables::asked).unwrap_or_default();
        block(made, kind, resource, prefix, address_of(resource), |writer| {
            body(writer, values, unknown, expressions);
            for entry in unknown.map(entries).unwrap_or_default() {
                if matches!(entry.value.data, Data::Bool(true)) && asked.contains(&entry.name()) {
                    writer.assign(entry.name(), entry.key.span);
                    writer.placed(UNKNOWN, entry.value.span);
                    writer.plain("\n");
                }
            }
        });
    }

    /// Variables with their values, providers and outputs.
    fn settings(&self, root: &'n Node, configuration: &'n Node, made: &mut Translation) {
        let named = |kind: &str, name: &str, header: ByteSpan| {
            let mut writer = Writer::literal();
            writer.open(kind, &[name], header);
            writer
        };
        for entry in get(root, "variables").map(entries).unwrap_or_default() {
            if let Some(value) = get(&entry.value, "value") {
                let mut writer = named("variable", entry.name(), entry.key.span);
                writer.attribute("default", entry.key.span, value);
                writer.close(&entry.value);
                made.add(writer, entry.value.span, "");
            }
        }
        for entry in get(configuration, "provider_config").map(entries).unwrap_or_default() {
            let name = get(&entry.value, "name").and_then(text).unwrap_or(entry.name());
            if let Some(found) = get(&entry.value, "expressions") {
                let mut writer = named("provider", name, entry.key.span);
                expressions(&mut writer, found);
                writer.close(&entry.value);
                made.add(writer, entry.value.span, "");
            }
        }
        let module = get(configuration, "root_module");
        for entry in module.and_then(|m| get(m, "outputs")).map(entries).unwrap_or_default() {
            let Some(value) = get(&entry.value, "expression") else { continue };
            let mut writer = named("output", entry.name(), entry.key.span);
            writer.assign("value", entry.key.span);
            expression(&mut writer, value);
            writer.plain("\n");
            if let Some(sensitive) = get(&entry.value, "sensitive") {
                writer.attribute("sensitive", sensitive.span, sensitive);
            }
            writer.close(&entry.value);
            made.add(writer, entry.value.span, "");
        }
    }

    /// Addresses of what is worked out: of data sources that were read while planning, what they came to stands in the
    /// values of others; others are among the values themselves.
    fn worked_out(&self, root: &'n Node) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let read = get(root, "prior_state").and_then(|state| get(state, "values"));
        let values = read.into_iter().chain(get(root, "planned_values"));
        let mut modules: Vec<&Node> = values.filter_map(|v| get(v, "root_module")).collect();
        while let Some(module) = modules.pop() {
            let resources = get(module, "resources").map(items).unwrap_or_default();
            found.extend(
                resources.iter().filter_map(|r| get(r, "address").and_then(text)).map(without_indexes),
            );
            modules.extend(get(module, "child_modules").map(items).unwrap_or_default());
        }
        found
    }
}

fn is_document(resource: &Node) -> bool {
    get(resource, "type").and_then(text).is_some_and(|kind| DOCUMENTS.contains(&kind))
}

/// A resource of a state's own file: one block for each instance.
fn kept(resource: &Node, made: &mut Translation) {
    let prefix = get(resource, "module").and_then(text);
    let prefix = prefix.map_or_else(String::new, |module| format!("{module}."));
    let mode = get(resource, "mode").and_then(text);
    let kind = if mode == Some("data") { "data" } else { "resource" };
    for instance in get(resource, "instances").map(items).unwrap_or_default() {
        if is_document(resource) {
            break;
        }
        if let Some(values) = get(instance, "attributes") {
            let header = get(resource, "name").map_or(resource.span, |name| name.span);
            block(made, kind, resource, &prefix, header, |writer| body(writer, values, None, None));
        }
    }
}

/// Where a resource is named.
fn address_of(resource: &Node) -> ByteSpan {
    get(resource, "address").map_or(resource.span, |address| address.span)
}

fn block(
    made: &mut Translation,
    kind: &str,
    resource: &Node,
    prefix: &str,
    header: ByteSpan,
    write: impl FnOnce(&mut Writer),
) {
    let named = |name: &str| get(resource, name).and_then(text);
    let (Some(of), Some(name)) = (named("type"), named("name")) else { return };
    let mut writer = Writer::literal();
    writer.open(kind, &[of, name], header);
    write(&mut writer);
    writer.close(resource);
    made.add(writer, resource.span, prefix);
}

/// Values as a body; `unknown` and `expressions` say of the same names what is not known yet and what was written.
fn body(writer: &mut Writer, values: &Node, unknown: Option<&Node>, expressions: Option<&Node>) {
    let by_name = |node: Option<&'_ Node>| -> BTreeMap<String, Node> {
        let all = node.map(entries).unwrap_or_default().iter();
        all.map(|entry| (entry.name().to_owned(), entry.value.clone())).collect()
    };
    let (unknown, written) = (by_name(unknown), by_name(expressions));
    let mut seen = BTreeSet::new();
    for entry in writer.limited(entries(values)).iter().filter(|entry| is_name(entry.name())) {
        let (name, value) = (entry.name(), &entry.value);
        if matches!(value.data, Data::Null) || !seen.insert(name) {
            continue;
        }
        if !is_blocks(value) {
            writer.attribute(name, entry.key.span, value);
            continue;
        }
        let (unknown, written) = (unknown.get(name).map(items), written.get(name).map(items));
        for (index, item) in items(value).iter().enumerate() {
            writer.open(name, &[], entry.key.span);
            let nth = |all: Option<&'_ [Node]>| all.and_then(|all| all.get(index)).cloned();
            body(writer, item, nth(unknown).as_ref(), nth(written).as_ref());
            writer.close(item);
        }
    }
    for (name, flag) in &unknown {
        if !is_name(name) || seen.contains(name.as_str()) || !matches!(flag.data, Data::Bool(true)) {
            continue;
        }
        // What no one wrote is the provider's to make up, as an ARN: others read it by what the type lets conclude.
        if let Some(written) = written.get(name) {
            writer.assign(name, written.span);
            expression(writer, written);
            writer.plain("\n");
        }
    }
}

/// The expressions of a block as they were written.
fn expressions(writer: &mut Writer, node: &Node) {
    let mut seen = BTreeSet::new();
    for entry in writer.limited(entries(node)) {
        let (name, value) = (entry.name(), &entry.value);
        if !is_name(name) || !seen.insert(name) {
            continue;
        }
        if is_blocks(value) {
            for item in items(value) {
                writer.open(name, &[], entry.key.span);
                expressions(writer, item);
                writer.close(item);
            }
        } else {
            writer.assign(name, entry.key.span);
            expression(writer, value);
            writer.plain("\n");
        }
    }
}

/// One expression: a constant, or the first of what it refers to.
fn expression(writer: &mut Writer, node: &Node) {
    if let Some(constant) = get(node, "constant_value") {
        return writer.value(constant);
    }
    let references = get(node, "references").map(items).unwrap_or_default();
    let first = references.first().and_then(|first| Some((text(first)?, first.span)));
    match first.filter(|(name, _)| is_reference(name)) {
        Some((name, at)) => writer.placed(name, at),
        None => writer.placed(UNKNOWN, node.span),
    }
}

/// Whether a text can stand as an expression: `aws_iam_role.x[0].arn`.
fn is_reference(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']' | '"');
    let first = name.split('.').next().unwrap_or_default();
    name.contains('.') && is_name(first) && name.chars().all(plain) && !name.ends_with('.')
}

/// `module.a[0].aws_iam_role.x["k"]` without what stands in brackets.
fn without_indexes(address: &str) -> String {
    let mut plain = String::with_capacity(address.len());
    let mut depth = 0_usize;
    for letter in address.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    plain
}
