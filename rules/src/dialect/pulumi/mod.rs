//! Pulumi programs in YAML: resources in Terraform's words, those of Kubernetes as its manifests.
//!
//! <https://www.pulumi.com/docs/iac/languages-sdks/yaml/yaml-language-reference/>. Programs in other languages are not
//! read: what they come to is in the plan or template that they write.
//!
//! Invariant: a project is a program only if it has `resources`; its settings alone say nothing.

mod invoke;
mod tables;

/// `${name}` is a setting or an output of a resource.
fn parts(text: &str) -> Vec<Part> {
    Part::split(text, "${", '}')
}

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::kubernetes::{self, Carried};
use super::terraform::{self, Given, Part, Program, Reading};
use super::{Claim, Dialect, Lowering, SourceFile, Unit, arm, cloudformation};
use crate::document::{Data, Entry, Node, Scalar, Style};
use crate::fact::{Case, Why};
use crate::span::{ByteSpan, Source};

const NAME: &str = "pulumi";
/// Files of a program.
const FILES: [&str; 4] = ["Pulumi.yaml", "Pulumi.yml", "Main.yaml", "Main.yml"];
/// How values are read.
const READING: Reading = Reading { parts, key: super::access_document::snake };
/// The function that makes text of a document.
const JSON: [&str; 2] = ["fn::toJSON", "Fn::ToJSON"];

/// The dialect.
pub static DIALECT: Pulumi = Pulumi;

/// Programs in YAML.
#[derive(Clone, Copy, Debug)]
pub struct Pulumi;

impl Dialect for Pulumi {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm(&self) {
        tables::warm();
    }

    fn claim(&self, path: &str) -> Claim {
        let name = path.rsplit('/').next().unwrap_or(path);
        if FILES.contains(&name) { Claim::Content } else { Claim::No }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        let typed =
            |entry: &Entry| entry.value.get("type").and_then(Node::text).is_some_and(|t| t.contains(':'));
        file.document.nodes().iter().any(|root| resources(root).iter().any(typed))
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, NAME);
            let mut program = Program::default();
            let mut carried = Vec::new();
            for root in file.document.nodes() {
                out.data.push((file.id, root.clone()));
                for entry in ["config", "configuration"]
                    .into_iter()
                    .filter_map(|key| root.get(key))
                    .flat_map(Node::entries)
                {
                    if let Some(default) = entry.value.get("default").or_else(|| entry.value.get("value")) {
                        program.variable(
                            entry.name(),
                            Source::new(file.id, entry.key.span),
                            default,
                            READING,
                        );
                    }
                }
                for entry in root.get("variables").map(Node::entries).unwrap_or_default() {
                    let at = Source::new(file.id, entry.key.span);
                    match invoke::policy(&entry.value) {
                        // Keys of a policy are its own.
                        Some(policy) => {
                            let reading = Reading { key: str::to_owned, ..READING };
                            program.variable(entry.name(), at, &policy, reading);
                        }
                        None => program.variable(entry.name(), at, &entry.value, READING),
                    }
                }
                for entry in resources(root) {
                    let token = entry.value.get("type").and_then(Node::text);
                    if let Some(kind) = token.and_then(tables::terraform) {
                        program.announce(&kind, entry.name());
                    }
                }
                for entry in resources(root) {
                    resource(file, entry, &mut program, &mut carried, out);
                }
            }
            terraform::lower_carried(program, out);
            kubernetes::lower_carried(&carried, out);
        }
    }
}

fn resources(root: &Node) -> &[Entry] {
    root.get("resources").map(Node::entries).unwrap_or_default()
}

fn resource(
    file: &SourceFile,
    entry: &Entry,
    program: &mut Program,
    carried: &mut Vec<Carried>,
    out: &mut Lowering<'_>,
) {
    let Some(token) = entry.value.get("type").and_then(Node::text) else { return };
    let at = (Source::new(file.id, entry.key.span), Source::new(file.id, entry.span()));
    let empty = Node::new(entry.value.span, Data::Map([].into()));
    let properties = entry.value.get("properties").unwrap_or(&empty);
    if let Some((version, kind)) = token.strip_prefix("kubernetes:").and_then(|rest| rest.split_once(':')) {
        let within = out.file_context(file.id);
        let node = manifest(version, kind, entry, properties);
        let (elsewhere, when) = (BTreeMap::new(), Case::always());
        carried.push(Carried { file: file.id, node, elsewhere, within, when, lesser: false });
        return;
    }
    if native(file, (token, entry.name()), properties, out) {
        return;
    }
    let Some(kind) = tables::terraform(token) else {
        return out.unknown(at.0, Why::Unsupported(format!("a resource of type `{token}`")));
    };
    let mut arguments: Vec<(String, Given<'_>)> = Vec::new();
    for property in properties.entries() {
        let name = super::access_document::snake(property.name());
        let value = &property.value;
        let given = match JSON.iter().find_map(|name| value.get(name)) {
            Some(document) => Given::Json(document),
            None if tables::is_document(&name) => Given::Json(value),
            None => Given::Value(value),
        };
        arguments.push((name, given));
    }
    program.resource((&kind, entry.name()), at, &arguments, READING);
}

/// Lowers a resource of a provider that is the platform's own interface, by the platform's dialect.
fn native(file: &SourceFile, (token, name): (&str, &str), properties: &Node, out: &mut Lowering<'_>) -> bool {
    let at = properties.span;
    if let Some(kind) = token.strip_prefix("aws-native:").and_then(cloudformation::spelled) {
        let properties = Node::new(at, Data::Map(properties.entries().iter().map(capital).collect()));
        let resource = map(at, vec![said("Type", kind, at), under("Properties", properties)]);
        let resources = map(at, vec![under(name, resource)]);
        cloudformation::lower_carried(file, &map(at, vec![under("Resources", resources)]), out);
        return true;
    }
    let Some(kind) = token.strip_prefix("azure-native:").and_then(tables::arm) else { return false };
    if !arm::knows(&kind) {
        return false;
    }
    // What stands beside `properties` in a template stands among them here.
    let mut entries = vec![said("type", &kind, at), said("name", name, at)];
    entries.extend(properties.entries().iter().cloned());
    // Where a type has a property of that name, the template's own properties are those in it.
    let own = properties.get("properties").map(Node::entries).unwrap_or_default();
    let all: Vec<Entry> = properties.entries().iter().chain(own).cloned().collect();
    entries.push(under("properties", map(at, all)));
    arm::lower_carried(file, map(at, entries), out);
    true
}

/// A property and those below it as CloudFormation calls them; documents have capitals already.
fn capital(entry: &Entry) -> Entry {
    let begins = |name: &str| name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(':');
    let value = match &entry.value.data {
        Data::Map(entries) => {
            Node { data: Data::Map(entries.iter().map(capital).collect()), ..entry.value.clone() }
        }
        Data::List(items) => {
            let item = |item: &Node| match &item.data {
                Data::Map(entries) => {
                    Node { data: Data::Map(entries.iter().map(capital).collect()), ..item.clone() }
                }
                _ => item.clone(),
            };
            Node { data: Data::List(items.iter().map(item).collect()), ..entry.value.clone() }
        }
        _ => entry.value.clone(),
    };
    let mut key = entry.key.clone();
    if let Data::Scalar(scalar) = &mut key.data
        && begins(&scalar.text)
    {
        scalar.text = cloudformation::property(&scalar.text).into();
    }
    Entry { key, value, merged: entry.merged }
}

fn map(at: ByteSpan, entries: Vec<Entry>) -> Node {
    Node::new(at, Data::Map(entries.into()))
}

fn under(key: &str, value: Node) -> Entry {
    Entry { key: text(key, value.span), value, merged: false }
}

/// A resource of Kubernetes as its manifest.
fn manifest(version: &str, kind: &str, entry: &Entry, properties: &Node) -> Node {
    let at = entry.key.span;
    let version: Cow<'_, str> = match version.strip_prefix("core/") {
        Some(version) => version.into(),
        None => version.into(),
    };
    let mut entries = vec![said("apiVersion", &version, at), said("kind", kind, at)];
    entries.extend(properties.entries().iter().cloned());
    if properties.get("metadata").is_none() {
        let name = Node::new(at, Data::Map([said("name", entry.name(), at)].into()));
        entries.push(Entry { key: text("metadata", at), value: name, merged: false });
    }
    Node::new(entry.value.span, Data::Map(entries.into()))
}

fn said(key: &str, value: &str, at: ByteSpan) -> Entry {
    Entry { key: text(key, at), value: text(value, at), merged: false }
}

fn text(text: &str, at: ByteSpan) -> Node {
    let scalar = Scalar { end: at.end, ..Scalar::verbatim(text, Style::Quoted, at.start as usize) };
    Node::new(at, Data::Scalar(scalar))
}
