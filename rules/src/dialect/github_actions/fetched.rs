//! Tools that actions fetch, at a version that an input says: `data/github/tools.toml`.

use super::Walk;
use super::login::input;
use super::scope::{Scope, place};
use super::tables::{TOOLS, Tool};
use crate::dialect::pipeline::names;
use crate::document::Node;
use crate::fact::{Body, Component, ContextId, Origin, Pin, Ref, Text};

impl Walk<'_, '_> {
    /// States the tool that an action fetches.
    pub(super) fn fetched(
        &mut self,
        within: ContextId,
        scope: &Scope,
        uses: &Node,
        name: &str,
        with: Option<&Node>,
    ) {
        let Some(row) = TOOLS.get(&name.to_ascii_lowercase()) else { return };
        let given = |name: &str| input(with, name).filter(|node| node.text().is_some_and(|t| !t.is_empty()));
        if row.unless.iter().any(|name| given(name).is_some()) {
            return;
        }
        let Some(node) = given(&row.input) else {
            let at = self.out.absent(self.source(uses.span), &row.input);
            let origin = Origin::PlatformDefault { source: row.source.clone() };
            let pin = Pin::Moving(Text::literal(&*row.default));
            self.out.fact(within, at, origin, Body::Component(row.component(pin)));
            return;
        };
        let datum = scope.resolve(node);
        for (found, case, lesser) in datum.alternatives() {
            let version = found.text().unwrap_or_default();
            let pin = match version.known() {
                Some(known) if names::moves(known) || row.moving.iter().any(|moving| moving == known) => {
                    Pin::Moving(version)
                }
                Some(known) if !known.is_empty() => Pin::Digest(known.to_owned()),
                Some(_) => Pin::Moving(Text::literal(&*row.default)),
                None => Pin::Tag(version),
            };
            let at = place(self.out, found);
            let id = self.out.fact(within, at, Origin::Stated, Body::Component(row.component(pin)));
            self.under(id, case, lesser);
        }
    }
}

impl Tool {
    fn component(&self, pin: Pin) -> Component {
        Component {
            is: Ref::new("github", "tool", [], self.tool.clone()),
            kind: "tool".to_owned(),
            pin,
            released: None,
            first_party: false,
        }
    }
}
