//! Terraform in JSON: configuration (`*.tf.json`), values (`*.tfvars.json`), and what `terraform show -json` prints of a
//! plan or a state. Each is written anew in HCL, with its way back to the file, so that one reader speaks for both.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/syntax/json>,
//! <https://developer.hashicorp.com/terraform/internals/json-format>.

mod configuration;
mod plan;
mod sensitive;
mod writer;

use hcl_edit::parser::parse_body;
use hcl_edit::structure::Body;

use super::is_state;
use super::program::{is_json, is_values_json};
use crate::dialect::SourceFile;
use crate::document::{Data, Entry, Node};
use crate::span::ByteSpan;
pub(super) use plan::is_plan;
pub(super) use sensitive::literals as sensitive;
pub(super) use writer::Places;
use writer::Writer;

/// Reads the tables now.
pub(super) fn warm() {
    configuration::warm();
}

/// A part of a file in HCL.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) body: Body,
    pub(super) places: Places,
    /// The module that it is part of: `module.a.`; empty for the root.
    pub(super) prefix: String,
}

/// A file in HCL.
#[derive(Debug, Default)]
pub(super) struct Translation {
    pub(super) pieces: Vec<Piece>,
    /// What could not be written in HCL.
    pub(super) breaks: Vec<ByteSpan>,
}

impl Translation {
    fn add(&mut self, writer: Writer, whole: ByteSpan, prefix: &str) {
        if writer.is_cut() {
            self.breaks.push(whole);
        }
        let (text, places) = writer.finish();
        match parse_body(&text) {
            Ok(body) => self.pieces.push(Piece { body, places, prefix: prefix.to_owned() }),
            Err(_) => self.breaks.push(whole),
        }
    }
}

/// A file in HCL; nothing of one that is HCL already or no Terraform.
pub(super) fn of(file: &SourceFile) -> Translation {
    let mut made = Translation::default();
    let Some(root) = file.document.nodes().first() else { return made };
    if is_values_json(&file.path) {
        let mut writer = Writer::literal();
        writer.attributes(root);
        made.add(writer, root.span, "");
    } else if is_json(&file.path) {
        configuration::write(root, &mut made);
    } else if is_plan(file) {
        plan::write(root, &mut made);
    } else if is_state(&file.path) {
        // Of another version than those that are read.
        made.breaks.push(root.span);
    }
    made
}

fn entries(node: &Node) -> &[Entry] {
    if let Data::Map(entries) = &node.data { entries } else { &[] }
}

fn get<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    entries(node).iter().find(|entry| entry.name() == name).map(|entry| &entry.value)
}

fn text(node: &Node) -> Option<&str> {
    if let Data::Scalar(scalar) = &node.data { Some(&scalar.text) } else { None }
}

/// The items of a list; anything else is the only item.
fn items(node: &Node) -> &[Node] {
    if let Data::List(items) = &node.data { items } else { std::slice::from_ref(node) }
}

/// Whether a value is a list of blocks.
fn is_blocks(node: &Node) -> bool {
    matches!(&node.data, Data::List(items) if !items.is_empty() && items.iter().all(is_map))
}

fn is_map(node: &Node) -> bool {
    matches!(node.data, Data::Map(_))
}

/// Whether a text is a name that HCL takes without quotes.
fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && letters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}
