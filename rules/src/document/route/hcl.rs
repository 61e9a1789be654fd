//! Routes of HCL: blocks by type and labels, nested ones by type and name, then attributes, keys and items.

use hcl_edit::Span;
use hcl_edit::expr::{Array, Expression, FuncArgs, Object, ObjectKey};
use hcl_edit::structure::{Block, Body, Structure};

use super::item::{self, leaf};
use super::masks::{BLANK, Masks};
use crate::document::hcl::Piece;
use crate::fact::Route;
use crate::span::ByteSpan;

/// Attributes whose value names the block or object they stand in, best first.
const NAMES: [&str; 11] =
    ["sid", "Sid", "id", "Id", "name", "Name", "key", "alias", "type", "variable", "test"];

/// The route of a span.
pub(super) fn route(pieces: &[Piece], span: ByteSpan, masks: Masks<'_>) -> Route {
    let before = pieces.partition_point(|p| p.offset <= span.start as usize);
    let Some(piece) = before.checked_sub(1).and_then(|at| pieces.get(at)) else { return Route::root() };
    let masks = masks.within(piece.offset);
    let span = ByteSpan::new(span.start as usize - piece.offset, span.end as usize - piece.offset);
    let (mut body, mut route, mut top) = (&piece.body, Route::root(), true);
    loop {
        match structure_at(body, span) {
            None => return route,
            Some(Structure::Attribute(attribute)) => {
                return expression(&attribute.value, span, route.key(attribute.key.as_str()), masks);
            }
            Some(Structure::Block(block)) => {
                route = route.key(&segment(block, body, top, masks));
                (body, top) = (&block.body, false);
            }
        }
    }
}

fn holds(item: &impl Span, span: ByteSpan) -> bool {
    item.span().is_some_and(|own| ByteSpan::from(own).contains(span))
}

fn begins_by(item: &impl Span, span: ByteSpan) -> bool {
    item.span().is_some_and(|own| own.start <= span.start as usize)
}

/// The last index of ascending items for which `begins` holds.
fn last(length: usize, begins: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low + (high - low) / 2;
        if begins(middle) { low = middle + 1 } else { high = middle }
    }
    low.checked_sub(1)
}

fn structure_at(body: &Body, span: ByteSpan) -> Option<&Structure> {
    let at = last(body.len(), |at| body.get(at).is_some_and(|s| begins_by(s, span)))?;
    body.get(at).filter(|s| holds(*s, span))
}

fn array_item(array: &Array, span: ByteSpan) -> Option<&Expression> {
    let at = last(array.len(), |at| array.get(at).is_some_and(|e| begins_by(e, span)))?;
    array.get(at).filter(|e| holds(*e, span))
}

/// Type and labels; a nested block also has its name, or a digest if it has brothers. A block that stands alone needs
/// none, so that it may change without moving.
fn segment(block: &Block, parent: &Body, top: bool, masks: Masks<'_>) -> String {
    let mut text = block.ident.as_str().to_owned();
    for label in &block.labels {
        text.push('.');
        text.push_str(label.as_str());
    }
    let named = NAMES.iter().find_map(|name| literal(&block.body.get_attribute(name)?.value, masks));
    match named {
        Some(name) if block.labels.is_empty() || (top && block.has_ident("provider")) => {
            text.push_str(&format!("[{name}]"));
        }
        None if !top
            && block.labels.is_empty()
            && parent.get_blocks(block.ident.as_str()).nth(1).is_some() =>
        {
            let span = block.span().map(ByteSpan::from);
            let digest = masks.digest(span, |content| canonical_body(&block.body, masks, content));
            text.push_str(&format!("[{digest}]"));
        }
        _ => {}
    }
    text
}

/// A name that stands there as it is.
fn literal<'v>(value: &'v Expression, masks: Masks<'_>) -> Option<&'v str> {
    item::known(value.as_str()?).filter(|_| !masks.touch_range(value.span()))
}

fn expression(value: &Expression, span: ByteSpan, mut route: Route, masks: Masks<'_>) -> Route {
    let mut value = value;
    loop {
        let next = match value {
            Expression::Array(array) => array_item(array, span).inspect(|found| {
                route = route.item(&item_name(found, masks));
            }),
            Expression::Object(object) => match member_at(object, span) {
                Some((key, found)) => {
                    route = route.key(&key_name(key, masks));
                    Some(found)
                }
                None => None,
            },
            Expression::Parenthesis(inside) => Some(inside.inner()),
            Expression::FuncCall(call) => argument(&call.args, span),
            Expression::ForExpr(each) => Some(&each.value_expr),
            Expression::Conditional(either) => {
                let branches = [(&either.true_expr, "then"), (&either.false_expr, "else")];
                branches.into_iter().find(|(e, _)| holds(*e, span)).map(|(found, name)| {
                    route = route.item(name);
                    found
                })
            }
            _ => None,
        };
        match next {
            Some(found) if holds(found, span) => value = found,
            _ => return route,
        }
    }
}

fn argument(arguments: &FuncArgs, span: ByteSpan) -> Option<&Expression> {
    arguments.iter().find(|a| holds(*a, span))
}

fn member_at(object: &Object, span: ByteSpan) -> Option<(&ObjectKey, &Expression)> {
    for (key, value) in object {
        let Some(start) = key.span() else { continue };
        if start.start > span.start as usize {
            return None;
        }
        let end = value.expr().span().map_or(start.end, |s| s.end);
        if ByteSpan::new(start.start, end).contains(span) {
            return Some((key, value.expr()));
        }
    }
    None
}

fn key_name(key: &ObjectKey, masks: Masks<'_>) -> String {
    match key {
        ObjectKey::Ident(name) => name.as_str().to_owned(),
        ObjectKey::Expression(key) => match key.as_str() {
            Some(name) => name.to_owned(),
            None => item::short(&plain(key, masks)),
        },
    }
}

fn item_name(value: &Expression, masks: Masks<'_>) -> String {
    if let Expression::Object(object) = value {
        let named = NAMES.iter().find_map(|name| {
            object
                .iter()
                .find(|(key, _)| key_is(key, name))
                .and_then(|(_, value)| literal(value.expr(), masks))
        });
        if let Some(name) = named {
            return name.to_owned();
        }
    }
    masks.digest(value.span().map(ByteSpan::from), |content| canonical(value, masks, content))
}

fn key_is(key: &ObjectKey, name: &str) -> bool {
    match key {
        ObjectKey::Ident(own) => own.as_str() == name,
        ObjectKey::Expression(own) => own.as_str() == Some(name),
    }
}

/// The content of a body without comments and white space: attributes sorted, blocks in order. Bodies and expressions
/// are at most as deep as the depth limit, so recursion is bounded.
fn canonical_body(body: &Body, masks: Masks<'_>, out: &mut String) {
    let mut attributes: Vec<_> = body.attributes().collect();
    attributes.sort_by(|a, b| a.key.as_str().cmp(b.key.as_str()));
    out.push('{');
    for attribute in attributes {
        leaf(attribute.key.as_str(), out);
        canonical(&attribute.value, masks, out);
    }
    for block in body.blocks() {
        leaf(block.ident.as_str(), out);
        block.labels.iter().for_each(|label| leaf(label.as_str(), out));
        canonical_body(&block.body, masks, out);
    }
    out.push('}');
}

fn canonical(value: &Expression, masks: Masks<'_>, out: &mut String) {
    match value {
        Expression::String(text) if !masks.touch_range(value.span()) => leaf(text.as_str(), out),
        Expression::Array(array) => {
            out.push('[');
            array.iter().for_each(|item| canonical(item, masks, out));
            out.push(']');
        }
        Expression::Object(object) => {
            let mut members: Vec<_> = object.iter().map(|(k, v)| (key_name(k, masks), v.expr())).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (key, value) in members {
                leaf(&key, out);
                canonical(value, masks, out);
            }
            out.push('}');
        }
        Expression::Parenthesis(inside) => canonical(inside.inner(), masks, out),
        Expression::FuncCall(call) => {
            leaf(call.name.name.as_str(), out);
            out.push('(');
            call.args.iter().for_each(|argument| canonical(argument, masks, out));
            out.push(')');
        }
        Expression::Conditional(either) => {
            out.push('?');
            canonical(&either.cond_expr, masks, out);
            canonical(&either.true_expr, masks, out);
            canonical(&either.false_expr, masks, out);
        }
        other => leaf(&plain(other, masks), out),
    }
}

/// An expression as written, without white space.
fn plain(value: &Expression, masks: Masks<'_>) -> String {
    if masks.touch_range(value.span()) {
        return BLANK.to_owned();
    }
    value.to_string().chars().filter(|c| !c.is_whitespace()).collect()
}
