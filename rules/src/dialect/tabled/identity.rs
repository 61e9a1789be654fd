//! Whom a job acts as, what it deploys to, and who starts it.

use std::collections::BTreeSet;

use super::path::Found;
use super::scope::plain;
use super::tables::{Form, Holds, Place as Row};
use super::{Here, Walk};
use crate::dialect::pipeline::{identity, names};
use crate::document::Node;
use crate::fact::{
    Body, Flow, Identity, Naming, Origin, Piece, Place, Ref, Selection, Sink, Starter, Text, Value, Why,
};

/// The name of the service account that a namespace has by itself.
const DEFAULT: &str = "default";

impl<'u> Walk<'_, 'u> {
    /// The identity that is named.
    pub(super) fn identity(&mut self, row: &'static Row, here: &Here<'u>, found: Found<'u>) -> bool {
        if found.node.written().is_none_or(str::is_empty) {
            return false;
        }
        let datum = here.scope.resolve(self.file.id, found.node, "", &self.budget).datum;
        let Some(text) = plain(&datum) else { return false };
        let (is, text) = self.named(row, &text);
        let shared = row.shared.iter().any(|ending| text.suffix().ends_with(ending.as_str()))
            || row.form == Some(Form::ServiceAccount) && text.known() == Some(DEFAULT);
        let at = self.out.place(self.source(found.node));
        self.acts(row, here, is, at, Origin::Stated, shared);
        true
    }

    /// Nobody is named where somebody could be: the shared identity acts.
    pub(super) fn absent_identity(&mut self, row: &'static Row, here: &Here<'u>) {
        let Some(source) = &row.absent else { return };
        let is = row.when.hold(here.node, &self.budget)
            && !row.unless.iter().any(|path| path.first(here.node, &self.budget).is_some());
        let key = row.at.first().and_then(|path| path.last_key());
        if !is || !self.file.document.breaks.is_empty() {
            return;
        }
        let inside =
            row.absent_at.as_ref().and_then(|path| path.all(here.node, &self.budget).first().copied());
        let key_at = match (&row.absent_at, inside) {
            (Some(_), None) => return,
            (_, Some(found)) => found.entry.map_or(self.source(found.node), |entry| self.source(&entry.key)),
            (None, None) => here.key,
        };
        let (is, _) = self.named(row, &Text::literal(DEFAULT));
        let at = self.out.absent(key_at, key.unwrap_or("identity"));
        self.acts(row, here, is, at, Origin::PlatformDefault { source: source.clone() }, true);
    }

    fn acts(&mut self, row: &'static Row, here: &Here<'u>, is: Ref, at: Place, origin: Origin, shared: bool) {
        let identity = Identity::plain(
            is.clone(),
            row.kind.as_deref().unwrap_or("identity"),
            if shared { Naming::Default } else { Naming::Named },
        );
        self.out.fact(here.within, at.clone(), origin, Body::Identity(identity));
        if shared {
            // Whoever acts as it is handed its token.
            let token = match row.form {
                Some(Form::ServiceAccount) => Ref { kind: "ServiceAccountToken".to_owned(), ..is },
                _ => is,
            };
            let flow = Flow { what: Selection::One(token), to: Sink::Mount };
            let origin = Origin::PlatformDefault { source: row.source.clone() };
            self.out.fact(here.within, at, origin, Body::Flow(flow));
        }
    }

    /// The identity that a text names, and its text without what stands before it.
    fn named(&self, row: &Row, text: &Text) -> (Ref, Text) {
        let form = row.form.unwrap_or(Form::Name);
        if let Some(cloud) = form.of_cloud() {
            let bare = if form == Form::GcpEmail { behind_slash(text) } else { text.clone() };
            return (identity::named(cloud, &bare), bare);
        }
        if form == Form::ServiceAccount {
            let namespace = self.document.path(&["metadata", "namespace"]).and_then(Node::text);
            let namespace =
                namespace.map_or_else(|| Text::hole(Why::Variable("namespace".to_owned())), Text::literal);
            return (Ref::new("kubernetes", "ServiceAccount", [namespace], text.clone()), text.clone());
        }
        let kind = row.kind.as_deref().unwrap_or("identity");
        (Ref::new(self.system.name.as_str(), kind, [], text.clone()), text.clone())
    }

    /// The environment or the events of a level.
    pub(super) fn surroundings(&mut self, row: &'static Row, here: &Here<'u>, found: Found<'u>) -> bool {
        match row.holds {
            Holds::Events => self.events(here, found.node),
            _ => self.environment(here, found.node),
        }
    }

    fn environment(&mut self, here: &Here<'u>, node: &Node) -> bool {
        let datum = here.scope.resolve(self.file.id, node, "", &self.budget).datum;
        let Some(name) = plain(&datum).filter(|_| node.written().is_some()) else { return false };
        let project = Text::hole(Why::Variable("project".to_owned()));
        let tier = name.known().and_then(names::tier);
        let is = Ref::new(self.system.name.as_str(), "environment", [project], name);
        if let Some(context) = self.out.context_mut(here.within) {
            context.environment = Some(Value::known(is, datum.at));
            context.tier = tier.map(|tier| Value::known(tier, datum.at));
        }
        true
    }

    /// The name of the environment that a level deploys to, if it has one of its own.
    pub(super) fn environment_of(&self, here: &Here<'u>) -> Option<Text> {
        let context = self.out.facts.contexts.get(here.within.0 as usize)?;
        Some(context.environment.as_ref()?.only()?.name.clone())
    }

    /// Names of events, as a list or as keys.
    fn events(&mut self, here: &Here<'u>, node: &Node) -> bool {
        let items = node.one_or_many().iter().filter_map(|item| item.text());
        let keys = node.entries().iter().map(|entry| entry.name());
        let mut starters: BTreeSet<Starter> = BTreeSet::new();
        for event in items.chain(keys) {
            starters.extend(self.system.events.get(event).into_iter().flatten().copied());
        }
        let at = self.source(node);
        if starters.is_empty() {
            return false;
        }
        if let Some(context) = self.out.context_mut(here.within) {
            let known =
                context.started_by.as_ref().and_then(|value| value.only().cloned()).unwrap_or_default();
            context.started_by = Some(Value::known(known.union(&starters).copied().collect(), at));
        }
        true
    }
}

/// What stands behind the last slash of a text's known characters.
fn behind_slash(text: &Text) -> Text {
    let mut pieces = text.0.clone();
    let at =
        pieces.iter().rposition(|piece| matches!(piece, Piece::Literal(literal) if literal.contains('/')));
    if let Some(at) = at {
        pieces.drain(..at);
        if let Some(Piece::Literal(literal)) = pieces.first_mut()
            && let Some((_, rest)) = literal.rsplit_once('/')
        {
            *literal = rest.to_owned();
        }
    }
    Text(pieces)
}
