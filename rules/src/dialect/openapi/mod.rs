//! Descriptions of interfaces: OpenAPI 3 and Swagger 2, in YAML and JSON, under any name. Each operation's effective
//! security: its own, or the document's; none at all asks nobody.
//!
//! One fact per cause: what a document leaves unsaid is said once, however many operations inherit it.
//! <https://spec.openapis.org/oas/v3.1.1.html#security-requirement-object>.

mod operation;
mod reference;
mod scheme;
mod security;
mod tables;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeSet;

use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, resolve};
use crate::document::{Format, Node};
use crate::fact::Why;
use crate::span::{ByteSpan, Source};
use reference::At;
use security::Api;

/// The dialect.
pub static DIALECT: OpenApi = OpenApi;

/// Descriptions of interfaces.
#[derive(Clone, Copy, Debug)]
pub struct OpenApi;

/// The dialect's name.
const NAME: &str = "openapi";
/// Names by which such descriptions go; under these a broken file is a finding.
const FILES: [&str; 6] =
    ["openapi.yaml", "openapi.yml", "openapi.json", "swagger.yaml", "swagger.yml", "swagger.json"];
/// Parts of paths, in small letters, under which descriptions are kept that consist of several files.
const FOLDERS: [&str; 5] = ["api", "swagger", "oas", "spec", "contract"];
/// Where files of a description are named whose security matters: paths, and what declares security schemes.
const PARTS: [&str; 4] = ["paths", "components", "securitySchemes", "securityDefinitions"];

impl Dialect for OpenApi {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm(&self) {
        std::sync::LazyLock::force(&tables::TABLES);
    }

    fn claim(&self, path: &str) -> Claim {
        if !matches!(Format::of_path(path), Format::Yaml | Format::Json) {
            return Claim::No;
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        // A chart's template is no description before Helm renders it.
        let by_path = FILES.contains(&name) && !folder.split('/').any(|f| f == "templates");
        if by_path { Claim::Path } else { Claim::Content }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        file.document.nodes().iter().any(is_description)
            || (!file.document.breaks.is_empty() && looks_like_description(&file.bytes))
    }

    fn grouped(&self, path: &str) -> bool {
        let path = path.to_ascii_lowercase();
        FOLDERS.iter().any(|part| path.contains(part))
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        let mut asks = BTreeSet::new();
        for root in file.document.nodes().iter().filter(|root| is_description(root)) {
            named_files(file, root, &mut asks);
        }
        Outline { unit: None, asks: asks.into_iter().collect(), takes: Vec::new() }
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            let mut described = false;
            for root in file.document.nodes().iter().filter(|root| is_description(root)) {
                described = true;
                Api::new(out, At { file, node: root }).lower();
                values::hand_over(out, file, root);
            }
            let broken = file.document.breaks.first();
            if described || broken.is_some() {
                out.reads(file.id, NAME);
            }
            if let Some(broken) = broken {
                let at = Source::new(file.id, broken.span);
                out.stopped(at, Why::Unsupported(format!("a description of an interface: {}", broken.why)));
            }
        }
    }
}

/// Why operations of this path cannot ask who calls: probes, sign-in, descriptions of the interface.
pub(in crate::dialect) fn open_path(path: &str) -> Option<&'static str> {
    tables::TABLES.open(path)
}

/// Lowers a description that stands inside another document. Returns whether there is one.
pub(in crate::dialect) fn lower_embedded(out: &mut Lowering<'_>, at: Source) -> bool {
    let unit = out.unit;
    let Some(file) = unit.files.get(at.file.0 as usize) else { return false };
    let Some(node) = file.document.nodes().iter().find_map(|root| node_at(root, at.span)) else {
        return false;
    };
    if !is_description(node) {
        return false;
    }
    Api::new(out, At { file, node }).lower();
    values::hand_over(out, file, node);
    true
}

/// The map that stands at a place.
fn node_at(root: &Node, span: ByteSpan) -> Option<&Node> {
    let mut node = root;
    while node.span != span || node.entries().is_empty() {
        let holds = |n: &&Node| n.used_at.is_none() && n.span.contains(span);
        let mut below = node.entries().iter().map(|entry| &entry.value).chain(node.items());
        node = below.find(holds)?;
    }
    Some(node)
}

/// Whether a document is a description: its version, and something to describe.
fn is_description(root: &Node) -> bool {
    let version = |key: &str, major: &str| {
        let written = root.get(key).and_then(Node::written);
        written.is_some_and(|v| {
            v.strip_prefix(major).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    (version("openapi", "3") || version("swagger", "2"))
        && ["paths", "webhooks", "components", "info"].iter().any(|key| root.get(key).is_some())
}

/// Lines that begin with a version of the syntax and with its paths, for files that break off before they are a tree.
fn looks_like_description(bytes: &[u8]) -> bool {
    let (mut version, mut paths) = (false, false);
    for line in bytes.split(|b| *b == b'\n') {
        let line = line.trim_ascii_start();
        let is = |key: &str| {
            line.strip_prefix(key.as_bytes()).is_some_and(|rest| {
                rest.iter().find(|b| !b" \"'".contains(b)).is_some_and(|b| b"23".contains(b))
            })
        };
        version |= is("openapi:") || is("swagger:") || is("\"openapi\":") || is("\"swagger\":");
        paths |= line.starts_with(b"paths:") || line.starts_with(b"\"paths\":");
        if version && paths {
            return true;
        }
    }
    false
}

/// The files that a description names where security is said or inherited: those of paths, and of security schemes.
fn named_files(file: &SourceFile, root: &Node, asks: &mut BTreeSet<Ask>) {
    let mut ask = |node: &Node| {
        let path =
            node.get("$ref").and_then(Node::text).map(|text| text.split('#').next().unwrap_or_default());
        let path = path.filter(|path| !path.is_empty() && !path.contains("://"));
        if let Some(path) = path.and_then(|path| resolve(file.folder(), path)) {
            asks.insert(Ask::File(path));
        }
    };
    let mut parts: Vec<&Node> = PARTS.iter().filter_map(|key| root.get(key)).collect();
    parts.extend(PARTS.iter().filter_map(|key| root.path(&["components", key])));
    for part in parts {
        ask(part);
        for entry in part.entries() {
            ask(&entry.value);
            entry.value.entries().iter().for_each(|below| ask(&below.value));
        }
    }
}

/// Where something stands.
fn source(file: &SourceFile, span: ByteSpan) -> Source {
    Source::new(file.id, span)
}
