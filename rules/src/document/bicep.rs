//! Bicep, and the expressions of Azure Resource Manager's JSON, read by one hand-written parser: total, linear, and
//! recursive to a fixed depth only.
//!
//! Both become data trees. What is no literal is a node with a tag: a call has its function's name and the arguments as
//! a list, an operator the name of the function that it is short for (`+` is `add`, as in JSON), and [`NAME`],
//! [`PROPERTY`], [`INDEX`] and the like stand for what only Bicep has a sign for. A statement of a file is an entry under
//! the name that it declares, tagged with its keyword.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/bicep/file>,
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions>.

mod expression;
mod object;
mod parser;
mod statement;
mod string;
#[cfg(test)]
mod tests;

use super::ground::Ground;
use super::{Break, Data, Document, Entry, Format, Node, Scalar, Tree};
use crate::span::ByteSpan;
use parser::Parser;

/// A name that stands for itself: one item, the name.
pub const NAME: &str = "$name";
/// A property of something: what, and the property's name.
pub const PROPERTY: &str = "$property";
/// An item of something: what, and which.
pub const INDEX: &str = "$index";
/// A resource declared inside another: the outer one, and the name.
pub const NESTED: &str = "$nested";
/// A text with expressions in it: its parts.
pub const TEXT: &str = "$text";
/// A list made from another: the item's name, the index's name or nothing, the other list, what each item becomes.
pub const FOR: &str = "$for";
/// The items or entries of something, in place.
pub const SPREAD: &str = "$spread";
/// A function without a name: its parameters, then what it gives.
pub const LAMBDA: &str = "$lambda";
/// A function of something: what, the function's name, the arguments.
pub const METHOD: &str = "$method";

/// Most statements that cannot be read before a file is given up: each may be looked at to the end of the file.
const MAX_BREAKS: usize = 64;

/// Reads a file of Bicep, or of its parameters.
#[must_use]
pub fn read(text: &str) -> Document {
    let mut parser = Parser::new(text, Ground::File, false);
    let (mut entries, mut breaks): (Vec<Entry>, Vec<Break>) = (Vec::new(), Vec::new());
    while let Some(start) = parser.next_statement() {
        match parser.statement() {
            Ok(statement) => entries.extend(statement),
            Err(why) => {
                parser.recover(start, breaks.len() < MAX_BREAKS);
                let line = text.as_bytes().iter().take(start).filter(|b| **b == b'\n').count() + 1;
                let why = format!("a statement cannot be read at line {line}: {why}");
                breaks.push(Break { span: ByteSpan::new(start, parser.at()), why });
            }
        }
    }
    let root = Node::new(ByteSpan::new(0, text.len()), Data::Map(entries.into()));
    Document {
        format: Format::Bicep,
        tree: Tree::Json(Some(root)),
        comments: parser.comments(),
        breaks,
        duplicates: Vec::new(),
        templated: false,
    }
}

/// Reads an expression as JSON writes it, without the brackets around it; `None` if it is none.
#[must_use]
pub fn expression(scalar: &Scalar) -> Option<Node> {
    let mut parser = Parser::new(&scalar.text, Ground::Scalar(scalar), true);
    let node = parser.whole().ok()?;
    Some(node)
}
