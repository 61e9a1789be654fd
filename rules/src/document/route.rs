//! The logical address of a span: stable under insertions, comments and reordered keys.
//!
//! Users' baselines depend on routes: a change here is a breaking change.

mod dockerfile;
mod hcl;
mod item;
mod masks;

pub use masks::{Digests, Masks};

use super::{Data, Document, Entry, Node, Style, Tree};
use crate::fact::Route;
use crate::span::ByteSpan;

/// The route of what stands at `span`: down to the deepest node that contains it. A key and its entry have the route
/// that ends with the key; so has a map of one entry, which stands on the same bytes. Files without structure have one
/// route for everything.
///
/// What `masks` cover names no item and enters no digest: a digest in a public baseline would let a guessable secret be
/// searched.
#[must_use]
pub fn route_at(document: &Document, span: ByteSpan, masks: Masks<'_>) -> Route {
    match &document.tree {
        Tree::Yaml(documents) => of_documents(documents, span, masks),
        Tree::Json(Some(node)) => descend(node, span, Route::root(), masks),
        Tree::Hcl(pieces) => hcl::route(pieces, span, masks),
        Tree::Dockerfile(instructions) => dockerfile::route(instructions, span, masks),
        Tree::Json(None) | Tree::Text => Route::root(),
    }
}

fn of_documents(documents: &[Node], span: ByteSpan, masks: Masks<'_>) -> Route {
    match documents {
        [one] => descend(one, span, Route::root(), masks),
        several => match child(several, span, |n| n) {
            Some(node) => descend(node, span, Route::root().item(&item::document(node, masks)), masks),
            None => Route::root(),
        },
    }
}

/// Where a node stands in the text of its parent.
fn position(node: &Node) -> ByteSpan {
    let span = node.used_at.unwrap_or(node.span);
    match node.scalar() {
        Some(scalar) if scalar.style == Style::Quoted && node.used_at.is_none() => {
            ByteSpan { start: span.start.saturating_sub(1), end: span.end.saturating_add(1) }
        }
        _ => span,
    }
}

fn entry_position(entry: &Entry) -> ByteSpan {
    position(&entry.key).join(position(&entry.value))
}

/// The one of several nodes, ascending in the file, that contains `span`.
fn child<T>(children: &[T], span: ByteSpan, node: impl Fn(&T) -> &Node) -> Option<&T> {
    let after = children.partition_point(|c| position(node(c)).start <= span.start);
    let found = children.get(after.checked_sub(1)?)?;
    position(node(found)).contains(span).then_some(found)
}

fn child_entry(entries: &[Entry], span: ByteSpan) -> Option<&Entry> {
    // Merged entries come first and are written elsewhere, but for those of an inline map.
    let own = entries.partition_point(|e| e.merged);
    let (merged, own) = entries.split_at_checked(own)?;
    let after = own.partition_point(|e| position(&e.key).start <= span.start);
    let found = after.checked_sub(1).and_then(|at| own.get(at));
    found
        .filter(|e| entry_position(e).contains(span))
        .or_else(|| merged.iter().find(|e| e.key.used_at.is_none() && entry_position(e).contains(span)))
}

fn descend(root: &Node, span: ByteSpan, mut route: Route, masks: Masks<'_>) -> Route {
    let mut node = root;
    loop {
        match &node.data {
            Data::Map(entries) => {
                let Some(entry) = child_entry(entries, span) else { return route };
                route = route.key(&item::key(&entry.key, masks));
                if entry.value.used_at.is_some() || !position(&entry.value).contains(span) {
                    return route;
                }
                node = &entry.value;
            }
            Data::List(items) => {
                let Some(found) = child(items, span, |n| n) else { return route };
                route = route.item(&item::name(found, masks));
                if found.used_at.is_some() {
                    return route;
                }
                node = found;
            }
            _ => return route,
        }
    }
}

#[cfg(test)]
mod tests;
