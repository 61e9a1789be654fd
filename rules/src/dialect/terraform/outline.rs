//! Which unit a file belongs to, and what else must be read to understand it.

use hcl_edit::expr::{Expression, FuncCall, TraversalOperator};
use hcl_edit::structure::Body;
use hcl_edit::template::Element;
use hcl_edit::visit::{Visit, visit_block, visit_body, visit_func_call};

use super::evaluate::is_local;
use super::program::{is_configuration, is_json};
use super::{json, syntax};
use crate::dialect::{Ask, Outline, SourceFile, resolve};

/// Files that make up a module.
const SUFFIXES: [&str; 6] = [".tf", ".tofu", ".tfvars", ".tf.json", ".tofu.json", ".tfvars.json"];

/// The unit of a file: its directory, with what it calls and reads.
pub(super) fn of(file: &SourceFile) -> Outline {
    let folder = file.folder();
    let mut finder = Finder { folder, asks: vec![directory(folder)] };
    if is_configuration(&file.path) {
        for body in syntax::bodies(file) {
            finder.visit_body(body.node);
        }
    } else if is_json(&file.path) {
        json::of(file).pieces.iter().for_each(|piece| finder.visit_body(&piece.body));
    }
    Outline { unit: Some(format!("terraform:{folder}")), asks: finder.asks, takes: Vec::new() }
}

fn directory(path: &str) -> Ask {
    Ask::Directory { path: path.to_owned(), suffixes: SUFFIXES.map(str::to_owned).to_vec() }
}

struct Finder<'f> {
    folder: &'f str,
    asks: Vec<Ask>,
}

impl Visit for Finder<'_> {
    fn visit_body(&mut self, node: &Body) {
        visit_body(self, node);
    }

    fn visit_block(&mut self, node: &hcl_edit::structure::Block) {
        if node.ident.as_str() == "module"
            && let Some(source) = node.body.get_attribute("source").and_then(|a| a.value.as_str())
            && is_local(source)
            && let Some(path) = resolve(self.folder, source)
        {
            self.asks.push(directory(&path));
        }
        visit_block(self, node);
    }

    fn visit_func_call(&mut self, node: &FuncCall) {
        let name = node.name.name.value().as_str();
        if matches!(name, "file" | "templatefile")
            && let Some(path) = node.args.iter().next().and_then(|path| self.path(path))
        {
            self.asks.push(Ask::File(path));
        }
        visit_func_call(self, node);
    }
}

impl Finder<'_> {
    /// A path that is written out, `path.module`, `path.root` and `path.cwd` being this directory.
    fn path(&self, expression: &Expression) -> Option<String> {
        let mut text = String::new();
        match expression {
            Expression::String(path) => text.push_str(path.value()),
            Expression::StringTemplate(template) => {
                for element in template.iter() {
                    match element {
                        Element::Literal(literal) => text.push_str(literal.value()),
                        Element::Interpolation(inner) if is_folder(&inner.expr) => text.push('.'),
                        _ => return None,
                    }
                }
            }
            _ => return None,
        }
        resolve(self.folder, &text)
    }
}

fn is_folder(expression: &Expression) -> bool {
    let Expression::Traversal(traversal) = expression else { return false };
    let root = traversal.expr.as_variable().map(|name| name.as_str());
    let name = traversal.operators.first().map(|operator| operator.value());
    root == Some("path")
        && matches!(name, Some(TraversalOperator::GetAttr(name)) if matches!(name.as_str(), "module" | "root" | "cwd"))
}
