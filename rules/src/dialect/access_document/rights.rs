//! Rights that the manifest of an app asks for.

use super::path;
use super::tables::{self, Document, Right};
use crate::dialect::{Lowering, SourceFile, values};
use crate::document::Node;
use crate::fact::{Approval, Body, Effect, Grant, Lifetime, Principal, Ref, Storage, Text, Value};
use crate::span::Source;

/// Most rights of one document: the largest platforms know some five hundred.
const MAX_RIGHTS: usize = 2_000;

pub(super) fn state(file: &SourceFile, row: &Document, root: &Node, out: &mut Lowering<'_>) {
    let Some((platform, kind)) = row.holder.as_deref().and_then(|holder| holder.split_once('/')) else {
        return;
    };
    let named = row.name.as_deref().and_then(|path| path::first(root, path)).and_then(Node::text);
    let holder = Ref::new(platform, kind, [], named.unwrap_or(&file.path));
    endless(file, row, &holder, root, out);
    let within = out.file_context(file.id);
    for right in &row.right {
        for found in path::all(root, &right.at).into_iter().take(MAX_RIGHTS) {
            let Some(value) = said(right, found.node) else { continue };
            let key = found.key.and_then(Node::text).unwrap_or_default();
            let name = value.written().unwrap_or_default();
            if !right.values.is_empty() && !right.values.iter().any(|one| one == name) {
                continue;
            }
            let name = tables::called(name).unwrap_or(name);
            let action = right.action.replace("{key}", key).replace("{value}", name);
            let grant = Grant {
                holder: holder.clone(),
                effect: Effect::Allow,
                actions: vec![Text::literal(action)],
                actions_except: false,
                resources: vec![Text::literal("*")],
                resources_except: false,
                principals: right.to_any_account.then_some(Principal::AnyAccount).into_iter().collect(),
                conditions: Vec::new(),
                approval: Approval::None,
            };
            let id = out.state(within, Source::new(file.id, value.span), Body::Grant(grant));
            // Whom an application lets sign in may still be nobody in it.
            if let Some(fact) = out.fact_mut(id) {
                fact.lesser |= right.to_any_account;
            }
        }
    }
}

/// Credentials that never end, as the document says.
fn endless(file: &SourceFile, row: &Document, holder: &Ref, root: &Node, out: &mut Lowering<'_>) {
    let within = out.file_context(file.id);
    for endless in &row.endless {
        let stated = path::first(root, &endless.at);
        let Some(node) =
            stated.filter(|n| n.written().is_some_and(|w| endless.values.iter().any(|v| v == w)))
        else {
            continue;
        };
        let at = Source::new(file.id, node.span);
        let is = Ref::new(
            holder.platform.as_str(),
            "secret",
            [Text::literal(file.path.as_str())],
            endless.at.as_str(),
        );
        let lifetime = Value::known(Lifetime::Unbounded, at);
        let made = values::credential(is, "client-secret", &endless.title, Storage::Generated, lifetime);
        out.state(within, at, Body::Credential(made));
    }
}

/// The value that names the right, if this is one.
fn said<'n>(right: &Right, node: &'n Node) -> Option<&'n Node> {
    if let Some((key, wanted)) = right.only.as_deref().and_then(|only| only.split_once('='))
        && path::first(node, key).and_then(Node::text) != Some(wanted)
    {
        return None;
    }
    let value = match &right.value {
        Some(key) => path::first(node, key)?,
        None => node,
    };
    value.written().map(|_| value)
}
