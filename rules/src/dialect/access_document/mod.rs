//! Documents of who may do what that stand by themselves: what the command lines of Google Cloud, Azure and Vault print
//! and take, and manifests of apps with the rights they ask for.
//!
//! Which documents there are, and what their keys are called in Terraform's words, are tables
//! (`data/access-documents/`): the same engine speaks of them as of Terraform's resources.
//!
//! Invariant: a document is known by its keys, all of them; whatever of it no row names is somebody else's data.

pub(in crate::dialect) mod path;
mod rights;
mod tables;
#[cfg(test)]
mod tests;
mod vault;

use std::borrow::Cow;

use super::terraform::{self, Given, Part, Program, Reading};
use super::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::document::Node;
use crate::fact::Why;
use crate::span::Source;
use tables::Document;
pub(in crate::dialect) use tables::snake;

const NAME: &str = "access-document";
/// Endings of files that may hold one.
const FORMATS: [&str; 4] = [".json", ".yaml", ".yml", ".hcl"];
/// Most resources that are made of one file: an organisation's list of role assignments has some thousands.
const MAX_RESOURCES: usize = 20_000;
/// How values are read: as they stand.
const READING: Reading = Reading { parts: |text| vec![Part::Literal(text.to_owned())], key: snake };

/// The dialect.
pub static DIALECT: AccessDocument = AccessDocument;

/// Documents of who may do what.
#[derive(Clone, Copy, Debug)]
pub struct AccessDocument;

impl Dialect for AccessDocument {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, path: &str) -> Claim {
        if FORMATS.iter().any(|end| path.ends_with(end)) { Claim::Content } else { Claim::No }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        roots(file).iter().flat_map(Node::one_or_many).any(|root| tables::rows(root).next().is_some())
    }

    fn warm(&self) {
        tables::warm();
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, NAME);
            // Of a manifest its own dialect says what is data.
            let data = file.document.nodes().iter().filter(|node| !is_manifest(node));
            out.data.extend(data.map(|node| (file.id, node.clone())));
            let mut program = Program::default();
            let mut left = MAX_RESOURCES;
            for root in roots(file).iter() {
                for one in root.one_or_many() {
                    for row in tables::rows(one) {
                        document(file, row, one, &mut program, &mut left, out);
                    }
                }
            }
            terraform::lower_carried(program, out);
        }
    }
}

fn is_manifest(root: &Node) -> bool {
    root.get("apiVersion").is_some() && root.get("kind").is_some()
}

/// The trees of a file; a policy of Vault in HCL reads like its JSON.
fn roots(file: &SourceFile) -> Cow<'_, [Node]> {
    match vault::policy(file) {
        Some(node) => Cow::Owned(vec![node]),
        None => Cow::Borrowed(file.document.nodes()),
    }
}

fn document(
    file: &SourceFile,
    row: &'static Document,
    root: &Node,
    program: &mut Program,
    left: &mut usize,
    out: &mut Lowering<'_>,
) {
    rights::state(file, row, root, out);
    let Some(kind) = &row.r#type else { return };
    for found in row.each(root) {
        if *left == 0 {
            let at = Source::new(file.id, root.span);
            return out.unknown(at, Why::Limit(format!("more than {MAX_RESOURCES} entries of a document")));
        }
        *left -= 1;
        let head = found.key.map_or(found.node.span, |key| key.span);
        let at = (Source::new(file.id, head), Source::new(file.id, found.node.span));
        let mut arguments: Vec<(String, Given<'_>)> = Vec::new();
        for (argument, from) in &row.write {
            let given = match from.as_str() {
                "@key" => found.key.map(Given::Value),
                "@name" => Some(Given::Text(stem(file).to_owned(), head)),
                from => path::first(found.node, from).map(|node| match row.json.contains(argument) {
                    true => Given::Json(node),
                    false => Given::Value(node),
                }),
            };
            if let Some(given) = given {
                put(&mut arguments, argument, given);
            }
        }
        for (argument, text) in &row.set {
            put(&mut arguments, argument, Given::Text(text.clone(), head));
        }
        let name = (kind.strip_prefix("data.").unwrap_or(kind), stem(file));
        match kind.starts_with("data.") {
            true => program.data(name, at, &arguments, READING),
            false => program.resource(name, at, &arguments, READING),
        }
    }
}

/// `a.b` is the argument `b` of the block `a`.
fn put<'n>(arguments: &mut Vec<(String, Given<'n>)>, path: &str, given: Given<'n>) {
    let Some((block, rest)) = path.split_once('.') else {
        arguments.push((path.to_owned(), given));
        return;
    };
    if !arguments.iter().any(|(name, _)| name == block) {
        arguments.push((block.to_owned(), Given::Object(Vec::new())));
    }
    if let Some((_, Given::Object(inner))) = arguments.iter_mut().find(|(name, _)| name == block) {
        put(inner, rest, given);
    }
}

/// What a file is called, without its ending.
fn stem(file: &SourceFile) -> &str {
    file.name().split('.').next().unwrap_or_default()
}
