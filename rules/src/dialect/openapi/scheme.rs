//! Security schemes: what a requirement's name stands for, and which of them put a credential into an address.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::Lowering;
use crate::document::Node;
use crate::fact::{Body, ContextId, Flow, Ref, Selection, Sink, Text};

use super::reference::At;
use super::tables::TABLES;
use super::{NAME, source};

/// The schemes of a description.
#[derive(Debug, Default)]
pub(super) struct Schemes<'u> {
    defined: BTreeMap<&'u str, At<'u>>,
    /// Whether some could not be read: then a name that is missing may be defined all the same.
    pub(super) open: bool,
}

impl<'u> Schemes<'u> {
    /// Those of a description.
    pub(super) fn of(root: At<'u>, out: &mut Lowering<'u>) -> Self {
        let mut schemes = Self::default();
        let components = root.node.get("components").map(|node| root.with(node));
        let components = components.and_then(|at| match at.followed(root, out) {
            Some(at) => Some(at),
            None => {
                schemes.open = true;
                None
            }
        });
        let in_components = components.and_then(|at| Some(at.with(at.node.get("securitySchemes")?)));
        let on_top = root.node.get("securityDefinitions").map(|node| root.with(node));
        for section in [in_components, on_top].into_iter().flatten() {
            let Some(section) = section.followed(root, out) else {
                schemes.open = true;
                continue;
            };
            for entry in section.node.entries() {
                match section.with(&entry.value).followed(root, out) {
                    Some(at) => drop(schemes.defined.insert(entry.name(), at)),
                    // Named, if not known: it is defined.
                    None => drop(schemes.defined.insert(entry.name(), section.with(&entry.value))),
                }
            }
        }
        schemes
    }

    /// Whether it is defined.
    pub(super) fn defines(&self, name: &str) -> bool {
        self.defined.contains_key(name)
    }

    /// What facts call a scheme: its kind, or its own name.
    pub(super) fn mechanism(&self, name: &str) -> String {
        let known = self.defined.get(name).and_then(|at| {
            let text = |key: &str| at.node.get(key).and_then(Node::text).unwrap_or_default();
            TABLES.mechanism(text("type"), text("scheme"))
        });
        known.unwrap_or(name).to_owned()
    }

    /// States which of the schemes that are asked for put a credential into an address: keys in a query, and tokens of
    /// OAuth's implicit flow, which come back in a fragment.
    /// <https://www.rfc-editor.org/rfc/rfc9700#section-2.1.2>
    pub(super) fn in_addresses(&self, used: &BTreeSet<&str>, within: ContextId, out: &mut Lowering<'u>) {
        for (name, at) in self.defined.iter().filter(|(name, _)| used.contains(*name)) {
            let place = at.node.get("in").filter(|place| place.text() == Some("query"));
            let flow = at.node.get("flow").filter(|flow| flow.text() == Some("implicit"));
            let implicit = at.node.path(&["flows", "implicit"]).or(flow);
            let (node, kind) = match (place, implicit) {
                (Some(place), _) => (place, "api-key"),
                (None, Some(implicit)) => (implicit, "token"),
                (None, None) => continue,
            };
            let what = Ref::new(NAME, kind, [Text::literal(at.file.path.clone())], *name);
            let flow = Flow { what: Selection::One(what), to: Sink::Url };
            let id = out.state(within, source(at.file, node.span), Body::Flow(flow));
            if let Some(fact) = out.fact_mut(id) {
                fact.lesser = kind == "token";
            }
        }
    }
}
