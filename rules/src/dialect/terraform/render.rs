//! Remedies written in HCL.

use std::collections::BTreeMap;

use hcl_edit::Span;
use hcl_edit::structure::Block;
use memchr::memmem;

use super::syntax::{self, Located, block_at};
use super::tables;
use crate::dialect::values::Unit as Written;
use crate::dialect::{SourceFile, Unit, claims};
use crate::document::Format;
use crate::fact::{Place, SafeguardKind};
use crate::remedy::{Edit, Remedy, Rendered, Safety};
use crate::span::{ByteSpan, Source};

pub(super) fn render(unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
    let Some(file) = unit.files.get(target.file.0 as usize) else {
        return Rendered::NotHere("the file is not part of the unit".to_owned());
    };
    // What Terraform prints or a program writes in JSON is mended where it comes from.
    if file.document.format == Format::Json {
        return Rendered::NotHere("no edit is known for Terraform in JSON".to_owned());
    }
    match remedy {
        Remedy::SetLifetime { seconds } => lifetime(unit, file, target, *seconds),
        Remedy::Switch { safeguard: SafeguardKind::Masking, on: true } => mask(file, target),
        Remedy::Claim { asked, value, .. } => claims::require(file, target.span, asked, value),
        Remedy::Declare { what } => Rendered::Snippet(declaration(file, target, what)),
        Remedy::Narrow { remove } => {
            let kind = block_at(file, target.span).map_or("", |b| b.label(0));
            let resources = match kind {
                kind if kind.starts_with("aws_") || kind.is_empty() => "name the resources by ARN",
                kind if kind.starts_with("kube") => "name the API groups, resources and verbs",
                _ => "give the role on the resource that needs it",
            };
            Rendered::Snippet(format!(
                "List the actions that are used, without {}, and {resources}.",
                remove.join(", ")
            ))
        }
        Remedy::Reference { name } => Rendered::Snippet(format!(
            "variable \"{name}\" {{\n  type      = string\n  sensitive = true\n}}\n\nUse var.{name} here and hand the value in from a secret store."
        )),
        _ => Rendered::NotHere("no edit is known for this remedy in Terraform".to_owned()),
    }
}

/// Replaces a number of seconds, minutes, hours or days; other units of time are left to the reader.
fn lifetime(unit: &Unit, file: &SourceFile, target: &Place, seconds: u64) -> Rendered {
    let written = syntax::slice(file, target.span).trim();
    let row = argument(file, target.span).and_then(|(block, name)| {
        tables::sessions(block.label(0)).find(|row| row.argument.rsplit('.').next() == Some(name))
    });
    let (each, called) = match row.map_or(Written::Seconds, |row| row.unit) {
        Written::Seconds => (1, "seconds"),
        Written::Minutes => (60, "minutes"),
        Written::Hours => (60 * 60, "hours"),
        Written::Days => (24 * 60 * 60, "days"),
        _ => (0, ""),
    };
    let number = written.parse::<u64>().ok().filter(|_| written.bytes().all(|b| b.is_ascii_digit()));
    // What does not become smaller counts something else, and less than one is none.
    let wanted = seconds.checked_div(each).filter(|n| *n > 0 && number.is_some_and(|number| *n < number));
    let Some(wanted) = wanted else {
        return Rendered::NotHere("the lifetime is not written as a number that can be lowered".to_owned());
    };
    let replacement = wanted.to_string();
    let shared = named_value(file, target.span).filter(|name| most_readers(unit, name) > 1);
    let title = format!("set the lifetime to {wanted} {called}");
    Rendered::Edit {
        title: shared
            .as_ref()
            .map_or_else(|| title.clone(), |name| format!("{title}, wherever {name} is used")),
        safety: if shared.is_some() { Safety::Unsafe } else { Safety::Safe },
        edits: vec![Edit { at: target.source(), replacement }],
    }
}

/// What other places call the value at a span by: `local.ttl`, `var.session`.
fn named_value(file: &SourceFile, span: ByteSpan) -> Option<String> {
    let Some(block) = block_at(file, span) else {
        let found = syntax::top_at(file, span)?;
        let attribute = found.node.as_attribute().map(|attribute| found.to(attribute))?;
        return Some(format!("var.{}", attribute.name()));
    };
    match block.kind() {
        "variable" => Some(format!("var.{}", block.label(0))),
        "locals" => argument(file, span).map(|(_, name)| format!("local.{name}")),
        // An argument of a module is a variable inside it.
        "module" => argument(file, span).map(|(_, name)| format!("var.{name}")),
        _ => None,
    }
}

/// How often a name is read in the folder of the unit that reads it most. Modules have names of their own, so that
/// folders are looked at one by one. A comment counts as well: then the edit is merely not made by itself.
fn most_readers(unit: &Unit, name: &str) -> usize {
    let mut readers: BTreeMap<&str, usize> = BTreeMap::new();
    for file in &unit.files {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let word =
            |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        let found = memmem::find_iter(&file.bytes, name.as_bytes()).filter(|at| {
            let before = at.checked_sub(1).and_then(|before| file.bytes.get(before));
            let after = file.bytes.get(at + name.len()).filter(|b| **b != b'.');
            !word(before) && !word(after)
        });
        *readers.entry(folder).or_default() += found.count();
    }
    readers.into_values().max().unwrap_or(0)
}

/// The innermost top-level block around a span, and the name of the argument there.
fn argument(file: &SourceFile, span: ByteSpan) -> Option<(Located<'_, Block>, &str)> {
    let block = block_at(file, span)?;
    let found = block.body().attributes().find(|a| a.source(a.node.span()).span.contains(span));
    Some((block, found.map_or("", |a| a.name())))
}

/// `sensitive = true` in the output around the target.
fn mask(file: &SourceFile, target: &Place) -> Rendered {
    let Some(block) = block_at(file, target.span).filter(|b| b.kind() == "output") else {
        return Rendered::NotHere("the target is not in an output block".to_owned());
    };
    let edit = match block.body().attribute("sensitive") {
        Some(stated) => Edit { at: stated.value().at(), replacement: "true".to_owned() },
        None => insertion(block, "sensitive", "true"),
    };
    Rendered::Edit {
        title: format!("mark output `{}` as sensitive", block.label(0)),
        safety: Safety::Safe,
        edits: vec![edit],
    }
}

/// An argument as the first line of a block, indented and aligned as its first argument is.
fn insertion(block: Located<'_, Block>, name: &str, value: &str) -> Edit {
    let whole = block.at();
    let text = block.text(whole);
    let open = text.find('{').map_or(text.len(), |at| at + 1);
    let (body, at) = (text.get(open..).unwrap_or_default(), whole.span.start as usize + open);
    let at = Source::new(whole.file, ByteSpan::at(at));
    let newline = if body.starts_with("\r\n") { "\r\n" } else { "\n" };
    if !body.contains('\n') {
        // A block on one line holds one argument only: break it.
        let inner = body.trim_end_matches('}').trim();
        let span = ByteSpan::new(at.span.start as usize, whole.span.end as usize);
        let lines = format!("{newline}  {inner}{newline}  {name} = {value}{newline}}}");
        return Edit { at: Source::new(whole.file, span), replacement: lines };
    }
    let first = block.body().attributes().next();
    let lead = body.trim_start_matches(['\r', '\n']);
    let indent: String = lead.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let indent = if indent.is_empty() { "  ".to_owned() } else { indent };
    let width = first.map_or(0, |a| {
        let key = a.key().span;
        let upto = a.value().at().span.start as usize;
        let between = syntax::slice(a.file, ByteSpan::new(key.start as usize, upto));
        between.find('=').unwrap_or(0)
    });
    let padded = format!("{name:<width$}", width = width.saturating_sub(1));
    Edit { at, replacement: format!("{newline}{indent}{padded} = {value}") }
}

/// Who owns the resource, as a tag, a label or a description.
fn declaration(file: &SourceFile, target: &Place, what: &str) -> String {
    let kind = block_at(file, target.span).map_or("", |b| b.label(0));
    let mut key = what.chars();
    let title: String = key.next().map_or_else(String::new, |c| c.to_uppercase().chain(key).collect());
    if kind.starts_with("kubernetes_") {
        return format!("metadata {{\n  annotations = {{ \"{what}\" = \"team-name\" }}\n}}");
    }
    match tables::identity(kind) {
        Some(row) if !row.tagged => format!("description = \"{title}: team-name\""),
        _ => format!("tags = {{\n  {title} = \"team-name\"\n}}"),
    }
}
