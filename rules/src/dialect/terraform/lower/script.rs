//! Scripts that a machine runs when it starts, and the values of charts: texts in another language, with values of
//! their own in them. A script that is a file of the tree is read where it stands.

use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;

use super::site::Site;
use crate::command;
use crate::dialect::terraform::syntax::{self, Located};
use crate::dialect::terraform::tables::{self, Language};
use crate::document::{Scalar, powershell, shell, yaml};

/// Deepest nesting of blocks in which scripts are looked for.
const MAX_NESTING: usize = 6;
/// How a script for PowerShell begins in the user data of a machine.
/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>.
const POWERSHELL: &str = "<powershell>";

/// Reads the scripts of a block.
pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    let body = site.block.body();
    search(site, body, "", 0);
}

fn search<'u>(site: &mut Site<'_, '_, 'u>, body: Located<'u, Body>, path: &str, depth: usize) {
    for attribute in body.attributes() {
        let argument = format!("{path}{}", attribute.name());
        if let Some(language) = tables::script(site.kind(), &argument) {
            texts(attribute.value(), &mut |value| read(site, value, language));
        } else if let Expression::Object(object) = &attribute.node.value {
            // `metadata = { startup-script = … }`.
            for (name, value) in object.iter() {
                let value = attribute.value().to(value.expr());
                let name = syntax::key(value.to(name), value).0.unwrap_or_default();
                if let Some(language) = tables::script(site.kind(), &format!("{argument}.{name}")) {
                    texts(value, &mut |value| read(site, value, language));
                }
            }
        }
    }
    if depth == MAX_NESTING {
        return;
    }
    for block in body.blocks() {
        let name = if block.kind() == "dynamic" { block.label(0) } else { block.kind() };
        search(site, block.body(), &format!("{path}{name}."), depth + 1);
    }
}

/// The texts that are written in a value: alone, in a list, or handed to a function that only writes them otherwise.
fn texts<'u>(value: Located<'u, Expression>, read: &mut dyn FnMut(Located<'u, Expression>)) {
    match value.node {
        Expression::String(_) | Expression::StringTemplate(_) | Expression::HeredocTemplate(_) => read(value),
        Expression::Array(items) => items.iter().for_each(|item| texts(value.to(item), read)),
        Expression::Parenthesis(inner) => texts(value.to(inner.inner()), read),
        Expression::FuncCall(call) if !matches!(call.name.name.as_str(), "file" | "templatefile") => {
            call.args.iter().for_each(|argument| texts(value.to(argument), read));
        }
        Expression::Conditional(choice) => {
            texts(value.to(&choice.true_expr), read);
            texts(value.to(&choice.false_expr), read);
        }
        _ => {}
    }
}

fn read(site: &mut Site<'_, '_, '_>, value: Located<'_, Expression>, language: Language) {
    let scalar = syntax::decoded(value.file, value.content());
    if scalar.text.trim().is_empty() || !site.out.reads_script(scalar.text.len()) {
        return;
    }
    match language {
        Language::Script => script(site, value, &scalar),
        Language::Values => {
            let file = value.file.id;
            let document = yaml::read(&scalar.text);
            site.out.data.extend(document.nodes().iter().map(|root| (file, yaml::moved(root, &scalar))));
        }
    }
}

/// What the commands of a script are handed.
fn script(site: &mut Site<'_, '_, '_>, value: Located<'_, Expression>, scalar: &Scalar) {
    let script = match scalar.text.trim_start().starts_with(POWERSHELL) {
        true => powershell::read(scalar, &[]),
        false => shell::read(scalar, &[]),
    };
    command::offer(site.out, value.file.id, site.within, &script);
}
