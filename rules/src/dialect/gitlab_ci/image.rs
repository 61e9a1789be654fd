//! `image` and `services`: containers that jobs run in and beside.

use std::collections::BTreeMap;

use super::Walk;
use super::scope::Scope;
use super::tables::TABLE;
use super::tree::Item;
use crate::dialect::pipeline::{component, host, value};
use crate::fact::{Body, Case, Component, ContextId, ContextKind, Origin, Place, Text, Why};
use crate::span::Source;

/// Most jobs of one image that are told apart: each may hold other secrets.
const MAX_USES: usize = 8;

/// An image that a job uses.
pub(super) struct Used {
    component: Component,
    within: ContextId,
    written: Source,
    at: Place,
    case: Case,
    lesser: bool,
}

impl Walk<'_, '_> {
    /// The image and services of a job.
    pub(super) fn containers(&mut self, within: ContextId, scope: &Scope, job: &Item) {
        if let Some(image) = job.get("image").and_then(|item| self.config.value(self.out, item)) {
            self.image(within, scope, &image);
        }
        let services = job.get("services").map(|item| self.config.list(self.out, item)).unwrap_or_default();
        let nowhere = super::secret::no_environment();
        for service in services {
            self.image(within, scope, &service);
            let named = service.get("name");
            let image = named.as_ref().unwrap_or(&service);
            let resolved = scope.resolve(image);
            for (found, _, _) in resolved.alternatives() {
                let text = found.text().map(|text| text.to_string()).unwrap_or_default();
                host::image(self.out, within, found.at, &text);
            }
            let variables = service.get("variables");
            self.variables(within, &nowhere, scope, variables.as_ref(), &[]);
        }
    }

    fn image(&mut self, within: ContextId, scope: &Scope, item: &Item) {
        let named = item.get("name");
        let item = named.as_ref().unwrap_or(item);
        if item.node.is_null() || item.text().is_none() {
            return;
        }
        let datum = scope.resolve(item);
        for (found, case, lesser) in datum.alternatives() {
            let text = found.text().unwrap_or_default();
            if text.known() == Some("") {
                continue;
            }
            let component = of(&text);
            if let Some(why) = component.is.name.why().filter(|_| !component.first_party) {
                self.out.unknown(item.at(), why.clone());
            }
            let at = value::place(self.out, found);
            self.images.push(Used { component, within, written: found.at, at, case, lesser });
        }
    }

    /// States every image once, or for each job that runs it with a secret.
    pub(super) fn state_images(&mut self) {
        let mut by_place: BTreeMap<Source, Vec<Used>> = BTreeMap::new();
        for used in std::mem::take(&mut self.images) {
            by_place.entry(used.written).or_default().push(used);
        }
        let everywhere = self.holding.contains(&self.within);
        for uses in by_place.into_values() {
            let holds = |used: &Used| everywhere || self.holding.contains(&used.within);
            let any_holds = uses.iter().any(holds);
            let mut jobs: Vec<ContextId> =
                uses.iter().filter(|used| !any_holds || holds(used)).map(|used| used.within).collect();
            jobs.dedup();
            jobs.truncate(if any_holds && !everywhere { MAX_USES } else { 1 });
            let stated: Vec<Used> = uses.into_iter().filter(|used| jobs.contains(&used.within)).collect();
            for used in stated {
                // Of its own: what a job's commands log in with, its container can only read.
                let within = self.out.context(used.within, ContextKind::Container, "image", used.written);
                let id = self.out.fact(within, used.at, Origin::Stated, Body::Component(used.component));
                if let Some(fact) = self.out.fact_mut(id) {
                    fact.when = used.case;
                    fact.lesser = used.lesser;
                }
            }
        }
    }
}

/// The component that an image is.
fn of(text: &Text) -> Component {
    let mut component = component::image_of(text);
    let written = match component.is.name.0.first() {
        Some(crate::fact::Piece::Hole(Why::Variable(name))) => format!("${name}{}", rest(&component.is.name)),
        _ => component.is.name.to_string(),
    };
    let table = &TABLE.first_party.images;
    component.first_party = table.iter().any(|prefix| {
        written.starts_with(prefix.as_str()) || prefix.trim_end_matches('/') == written
    });
    component
}

/// The characters behind the first hole.
fn rest(text: &Text) -> &str {
    match text.0.get(1) {
        Some(crate::fact::Piece::Literal(literal)) => literal,
        _ => "",
    }
}
