//! Images and other outside code, and what it is handed.

use std::collections::BTreeMap;

use super::path::Found;
use super::scope::plain;
use super::tables::{Holds, Place as Row};
use super::variables::Pair;
use super::{Here, Walk};
use crate::dialect::pipeline::component::{image_of, pin};
use crate::dialect::pipeline::host;
use crate::document::Node;
use crate::fact::{Body, Component, ContextId, ContextKind, Datum, Pin, Ref, Sink, Text, Why};
use crate::span::Source;

/// Most jobs of one image that are told apart: each may hold other secrets.
const MAX_USES: usize = 8;

/// A component that takes part.
pub(super) struct Used {
    component: Component,
    at: Source,
    /// The job or step that it takes part in.
    within: ContextId,
    /// Its own context.
    own: ContextId,
}

/// What a step's component is handed goes to it, in its own context.
#[derive(Clone)]
pub(super) struct Taker {
    is: Ref,
    own: ContextId,
    first_party: bool,
}

impl<'u> Walk<'_, 'u> {
    /// An image, or code that is named by text or by the one key of a map.
    pub(super) fn component(
        &mut self,
        row: &'static Row,
        here: &Here<'u>,
        found: Found<'u>,
        takers: &mut Vec<Taker>,
    ) -> bool {
        let (name, given) = match found.node.entries() {
            [] => (found.node, None),
            [only] if row.keyed => (&only.key, Some(&only.value)),
            // Keys that name code, each with what it is handed.
            entries if row.keyed => {
                let mut any = false;
                for entry in entries {
                    any |= self.code(row, here, &entry.key, (Some(&entry.value), None), takers);
                }
                return any;
            }
            _ => return false,
        };
        match row.holds {
            Holds::Image => self.image(row, here, name, found.map, takers),
            _ => self.code(row, here, name, (given, found.map), takers),
        }
    }

    /// What a path leads to from the map that something stands in, or from its level.
    pub(super) fn beside(
        &self,
        path: &super::path::Path,
        here: &Here<'u>,
        map: Option<&'u Node>,
    ) -> Option<&'u Node> {
        map.and_then(|map| path.first(map, &self.budget)).or_else(|| path.first(here.node, &self.budget))
    }

    fn resolved(&self, here: &Here<'u>, node: &Node) -> Datum {
        here.scope.resolve(self.file.id, node, "", &self.budget).datum
    }

    fn image(
        &mut self,
        row: &'static Row,
        here: &Here<'u>,
        node: &'u Node,
        beside: Option<&'u Node>,
        takers: &mut Vec<Taker>,
    ) -> bool {
        let Some(mut text) = node.written().and_then(|_| plain(&self.resolved(here, node))) else {
            return false;
        };
        // `docker://image`, as some write it.
        if let Some(rest) = text.known().and_then(|known| known.strip_prefix("docker://")) {
            text = Text::literal(rest);
        }
        let at = self.source(node);
        host::image(self.out, here.within, at, &text.to_string());
        let version = row.version.iter().find_map(|path| self.beside(path, here, beside));
        if let Some(version) = version.and_then(|node| plain(&self.resolved(here, node))) {
            text.push(if version.prefix().starts_with("sha256:") { "@" } else { ":" });
            text.append(&version);
        }
        let mut component = image_of(&text);
        component.first_party = first_party(row, &component.is.name);
        if let Some(why) = component.is.name.why().filter(|_| !component.first_party) {
            self.out.unknown(at, why.clone());
        }
        self.take(here, component, at, takers);
        true
    }

    fn code(
        &mut self,
        row: &'static Row,
        here: &Here<'u>,
        node: &Node,
        (given, beside): (Option<&Node>, Option<&'u Node>),
        takers: &mut Vec<Taker>,
    ) -> bool {
        let Some(text) = node.text().filter(|text| !text.is_empty()) else { return false };
        let resolved = self.resolved(here, node);
        let Some(known) = resolved.known() else {
            let why = plain(&resolved).and_then(|text| text.why().cloned());
            self.out
                .unknown(self.source(node), why.unwrap_or_else(|| Why::Unsupported("this name".to_owned())));
            return false;
        };
        let (name, version) = match row.separator.as_deref().and_then(|sign| known.rsplit_once(sign)) {
            Some((name, version)) => (name, Some(version)),
            None => (known, None),
        };
        let apart =
            row.version.iter().find_map(|path| self.beside(path, here, beside)).filter(|n| !n.is_null());
        let local = text.starts_with("./") || text.starts_with("../") || text.starts_with('/');
        let name = Text::literal(name);
        let component = Component {
            is: Ref::new(self.system.name.as_str(), row.kind.as_deref().unwrap_or("code"), [], name.clone()),
            kind: row.kind.clone().unwrap_or_else(|| "code".to_owned()),
            pin: if local { Pin::Local } else { pin(version.or(apart.and_then(Node::written))) },
            released: None,
            first_party: first_party(row, &name),
        };
        // What is to be pinned is the version.
        let at = self.source(apart.filter(|_| version.is_none()).unwrap_or(node));
        let before = takers.len();
        self.take(here, component, at, takers);
        if let Some(given) = given {
            let pairs = self.pairs(row, given);
            self.hand(here, &pairs, takers.get(before..).unwrap_or_default());
        }
        true
    }

    fn take(&mut self, here: &Here<'u>, component: Component, at: Source, takers: &mut Vec<Taker>) {
        // Of its own: what a job's commands log in with, its container can only read.
        let own = self.out.context(here.within, ContextKind::Container, "image", at);
        self.around.insert(own, here.within);
        let taker = Taker { is: component.is.clone(), own, first_party: component.first_party };
        if let Some(level) = here.level {
            self.takers.insert((level, here.name.clone()), taker.clone());
        }
        takers.push(taker);
        self.used.push(Used { component, at, within: here.within, own });
    }

    /// Names and values that the step's component is handed.
    pub(super) fn handed(
        &mut self,
        row: &'static Row,
        here: &Here<'u>,
        found: Found<'u>,
        takers: &[Taker],
    ) -> bool {
        let pairs = self.pairs(row, found.node);
        let elsewhere = row.by.as_ref().and_then(|by| {
            let name = by.at.first(here.node, &self.budget)?.text()?;
            self.takers.get(&(by.level.as_str(), name.to_owned())).cloned()
        });
        match elsewhere {
            Some(taker) => self.hand(here, &pairs, &[taker]),
            None => self.hand(here, &pairs, takers),
        }
        !pairs.is_empty()
    }

    fn hand(&mut self, here: &Here<'u>, pairs: &[Pair], takers: &[Taker]) {
        for pair in pairs {
            let within = takers.first().map_or(here.within, |taker| taker.own);
            let (_, secrets) = self.value(within, here, pair, false);
            for name in secrets {
                for taker in takers.iter().filter(|taker| !taker.first_party) {
                    let to = Sink::Recipient(taker.is.clone());
                    self.settings.flow(self.out, taker.own, &here.environment, &name, pair.key, to);
                }
                if takers.is_empty() {
                    self.settings.mention(self.out, here.within, &here.environment, &name, pair.key);
                }
            }
        }
    }

    /// States every component once: where it is written, or in the jobs below that let it reach a secret.
    pub(super) fn state_components(&mut self) {
        let mut below: BTreeMap<ContextId, Vec<ContextId>> = BTreeMap::new();
        for holding in &self.settings.holding {
            let mut at = *holding;
            while let Some(outer) = self.around.get(&at) {
                let inside = below.entry(*outer).or_default();
                if inside.len() < MAX_USES {
                    inside.push(*holding);
                }
                at = *outer;
            }
        }
        for used in std::mem::take(&mut self.used) {
            let reached = below.get(&used.within).map(Vec::as_slice).unwrap_or_default();
            // A secret of the step itself, or of what stands around it, reaches it where it is.
            let here = self.settings.holding.contains(&used.within) || reached.is_empty();
            if here {
                self.out.state(used.own, used.at, Body::Component(used.component));
                continue;
            }
            for within in reached {
                let own = self.out.context(*within, ContextKind::Container, "image", used.at);
                self.out.state(own, used.at, Body::Component(used.component.clone()));
            }
        }
    }
}

/// Whether a component is the system's own.
fn first_party(row: &Row, name: &Text) -> bool {
    let written = name.to_string();
    let is = |own: &String| match own.as_str() {
        // A name without an owner.
        "/" => !written.contains('/'),
        own => written.starts_with(own),
    };
    row.first_party.iter().any(is)
}
