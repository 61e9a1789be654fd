//! Configurations of Google Deployment Manager: resources in Terraform's words, with the policies that stand beside them.
//!
//! <https://cloud.google.com/deployment-manager/docs/configuration/syntax-reference>. Templates in Jinja and Python are
//! programs, and not read.
//!
//! Invariant: a file is a configuration only if one of its resources is of a type of Google or of a template it imports.

mod tables;

/// `$(ref.name.path)` is an output of a resource.
fn parts(text: &str) -> Vec<Part> {
    Part::split(text, "$(ref.", ')')
}

#[cfg(test)]
mod tests;

use super::access_document::path;
use super::terraform::{self, Given, Part, Program, Reading};
use super::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::document::{Data, Node, Scalar, Style};
use crate::fact::Why;
use crate::span::{ByteSpan, Source};

const NAME: &str = "deployment-manager";
/// Endings of a configuration's name.
const FORMATS: [&str; 2] = [".yaml", ".yml"];
/// Most resources that are made of one file: an alias may repeat what stands once.
const MAX_RESOURCES: usize = 20_000;
/// How values are read.
const READING: Reading = Reading { parts, key: tables::key };

/// The dialect.
pub static DIALECT: DeploymentManager = DeploymentManager;

/// Configurations of Deployment Manager.
#[derive(Clone, Copy, Debug)]
pub struct DeploymentManager;

impl Dialect for DeploymentManager {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm(&self) {
        tables::warm();
    }

    fn claim(&self, path: &str) -> Claim {
        if FORMATS.iter().any(|end| path.ends_with(end)) { Claim::Content } else { Claim::No }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        file.document.nodes().iter().any(|root| {
            let imports = root.get("imports").is_some();
            let is_own = |one: &Resource<'_>| {
                tables::called(one.written).is_some() || (imports && tables::is_template(one.written))
            };
            resources(root).any(|one| is_own(&one))
        })
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, NAME);
            let mut walk = Walk { file, program: Program::default(), left: MAX_RESOURCES };
            for root in file.document.nodes() {
                out.data.push((file.id, root.clone()));
                for one in resources(root) {
                    if let Some(row) = tables::called(one.written).and_then(|called| tables::itself(&called))
                    {
                        walk.program.announce(&row.r#type, one.name.text().unwrap_or_default());
                    }
                }
                for one in resources(root) {
                    walk.resource(&one, out);
                }
                for output in root.get("outputs").map(Node::items).unwrap_or_default() {
                    let named = output.get("name").and_then(|name| Some((name, name.text()?)));
                    if let (Some((name, text)), Some(value)) = (named, output.get("value")) {
                        let at = (Source::new(file.id, name.span), Source::new(file.id, output.span));
                        walk.program.output(text, at, value, READING);
                    }
                }
            }
            terraform::lower_carried(walk.program, out);
        }
    }
}

/// One entry of `resources`.
struct Resource<'n> {
    node: &'n Node,
    name: &'n Node,
    /// Its type, or the action that it stands for.
    written: &'n str,
}

fn resources(root: &Node) -> impl Iterator<Item = Resource<'_>> {
    root.get("resources").map(Node::items).unwrap_or_default().iter().filter_map(|node| {
        let written = node.get("type").or_else(|| node.get("action")).and_then(Node::text)?;
        Some(Resource { node, name: node.get("name")?, written })
    })
}

/// Rewrites one file.
struct Walk<'f> {
    file: &'f SourceFile,
    program: Program,
    /// Resources that may still be made.
    left: usize,
}

impl Walk<'_> {
    fn source(&self, node: &Node) -> Source {
        Source::new(self.file.id, node.span)
    }

    fn resource(&mut self, one: &Resource<'_>, out: &mut Lowering<'_>) {
        let called = tables::called(one.written);
        if called.is_none() {
            let what = if tables::is_template(one.written) { "a template" } else { "a resource" };
            let why = Why::Unsupported(format!("{what} of Deployment Manager of type `{}`", one.written));
            out.unknown(self.source(one.name), why);
        }
        let called = called.unwrap_or_default();
        let empty = Node::new(one.node.span, Data::Map([].into()));
        let properties = one.node.get("properties").unwrap_or(&empty);
        for row in tables::rows(&called) {
            let only = row.only.as_ref().map(|only| only.holds(properties));
            if only == Some(None) {
                continue;
            }
            let whole = row.each.is_none();
            for found in path::all(properties, row.each.as_deref().unwrap_or_default()) {
                let mut arguments: Vec<(String, Given<'_>)> = Vec::new();
                for (argument, from) in &row.write {
                    let given = from.split('|').find_map(|from| match from.strip_prefix('/') {
                        Some(path) => path::first(properties, path),
                        None if from == "@name" => Some(one.name),
                        None => path::first(found.node, from),
                    });
                    arguments.extend(given.map(|node| (argument.clone(), Given::Value(node))));
                }
                let set_at = only.flatten().unwrap_or(found.node).span;
                arguments
                    .extend(row.set.iter().map(|(a, text)| (a.clone(), Given::Text(text.clone(), set_at))));
                let at = if whole { one.node } else { found.node };
                self.make(&row.r#type, one, at, &arguments, out);
            }
        }
        self.policy(&called, one, out);
    }

    /// Who may do what with a resource, beside its properties.
    fn policy(&mut self, called: &str, one: &Resource<'_>, out: &mut Lowering<'_>) {
        let bindings = path::all(one.node, "accessControl.gcpIamPolicy.bindings[]");
        let row = tables::policy(called);
        let itself = text(&format!("$(ref.{}.name)", one.name.text().unwrap_or_default()), one.name.span);
        for binding in bindings {
            let kept = |name: &str| Some((name.to_owned(), Given::Value(binding.node.get(name)?)));
            let mut arguments: Vec<_> =
                ["role", "members", "condition"].into_iter().filter_map(kept).collect();
            arguments.extend(row.map(|row| (row.on.clone(), Given::Value(&itself))));
            let kind = row.map_or(tables::fallback(), |row| &row.r#type);
            self.make(kind, one, binding.node, &arguments, out);
        }
    }

    fn make(
        &mut self,
        kind: &str,
        one: &Resource<'_>,
        whole: &Node,
        arguments: &[(String, Given<'_>)],
        out: &mut Lowering<'_>,
    ) {
        if self.left == 0 {
            let why = Why::Limit(format!("more than {MAX_RESOURCES} resources of one file"));
            return out.unknown(self.source(whole), why);
        }
        self.left -= 1;
        // The head of what stands inside of the resource is its own: the name stands elsewhere.
        let head = if std::ptr::eq(whole, one.node) { one.name } else { whole };
        let at = (self.source(head), self.source(whole));
        self.program.resource((kind, one.name.text().unwrap_or_default()), at, arguments, READING);
    }
}

fn text(text: &str, at: ByteSpan) -> Node {
    let scalar = Scalar { end: at.end, ..Scalar::verbatim(text, Style::Quoted, at.start as usize) };
    Node::new(at, Data::Scalar(scalar))
}
