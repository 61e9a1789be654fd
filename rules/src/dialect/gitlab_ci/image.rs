//! `image` and `services`: containers that jobs run in and beside.

use super::Walk;
use super::scope::Scope;
use super::tables::TABLE;
use super::tree::Item;
use crate::detect::companion::host_of;
use crate::dialect::pipeline::{companion, component, host};
use crate::fact::{Component, ContextId, Text, Why};

impl Walk<'_, '_> {
    /// The image and services of a job.
    pub(super) fn containers(&mut self, within: ContextId, scope: &Scope, job: &Item) {
        if let Some(image) = job.get("image").and_then(|item| self.config.value(self.out, item)) {
            self.image(within, scope, &image);
        }
        let services = job.get("services").map(|item| self.config.list(self.out, item)).unwrap_or_default();
        let nowhere = super::secret::no_environment();
        if !services.is_empty() {
            self.beside(job);
        }
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
            let own = self.fields(variables.as_ref());
            let written =
                resolved.alternatives().iter().filter_map(|(image, _, _)| image.text()).collect::<Vec<_>>();
            let alias = service.get("alias").and_then(|alias| alias.text().map(str::to_owned));
            // Several names, between blanks or commas.
            let alias = alias.as_deref().unwrap_or_default().split([' ', ',']);
            let named = written.iter().filter_map(|text| host_of(text.known()?));
            let own = own.iter().map(|field| (field.name.to_string(), field.value.at()));
            companion::state(self.out, service.file, alias.chain(named), own);
            self.variables(within, &nowhere, scope, variables.as_ref(), &[]);
        }
    }

    /// Whatever variable a job has, its services have as well.
    fn beside(&mut self, job: &Item) {
        let own = self.fields(job.get("variables").as_ref());
        let own = own.iter().map(|field| (field.name.to_string(), field.value.at()));
        companion::state(self.out, self.file.id, [], own);
        if !std::mem::replace(&mut self.has_services, true) {
            let globals = self.config.top("variables").map(Item::fields).unwrap_or_default();
            let globals = globals.iter().map(|field| (field.name.to_string(), field.value.at()));
            companion::state(self.out, self.file.id, [], globals);
        }
    }

    fn image(&mut self, within: ContextId, scope: &Scope, item: &Item) {
        let named = item.get("name");
        let item = named.as_ref().unwrap_or(item);
        if item.node.is_null() || item.text().is_none() {
            return;
        }
        let datum = scope.resolve(item);
        self.images.image(self.out, within, &datum, of);
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
    component.first_party = table
        .iter()
        .any(|prefix| written.starts_with(prefix.as_str()) || prefix.trim_end_matches('/') == written);
    component
}

/// The characters behind the first hole.
fn rest(text: &Text) -> &str {
    match text.0.get(1) {
        Some(crate::fact::Piece::Literal(literal)) => literal,
        _ => "",
    }
}
