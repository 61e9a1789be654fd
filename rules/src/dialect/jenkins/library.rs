//! Shared libraries: programs of other repositories that run as part of the pipeline, with all that it can reach.

use super::Walk;
use super::groovy::{Call, Expr};
use crate::dialect::pipeline::component;
use crate::fact::{Body, Component, ContextKind, Datum, Pin, Ref, Selection, Sink, Text, Why};
use crate::span::Source;

/// A library, where it is named.
pub(super) struct Library {
    component: Component,
    at: Source,
}

/// `name@version`
fn of(datum: &Datum) -> Component {
    let text = datum.text().unwrap_or_else(|| Text::hole(Why::Expression("library".to_owned())));
    let known = text.known().map(str::to_owned);
    let (name, pin) = match known.as_deref().map(|known| known.split_once('@').unwrap_or((known, ""))) {
        Some((name, version)) => (Text::literal(name), component::pin(Some(version))),
        // What is not known may be the version.
        None => (text.clone(), Pin::Tag(text)),
    };
    Component {
        is: Ref::new("jenkins", "library", [], name),
        kind: "shared-library".to_owned(),
        pin,
        released: None,
        first_party: false,
    }
}

impl<'t> Walk<'_, '_, 't> {
    /// `@Library(['a@1', 'b']) _`, `library 'a@1'`, `libraries { lib('a@1') }`
    pub(super) fn library(&mut self, call: &'t Call) {
        let named = call.named("identifier").or_else(|| call.named("value")).or_else(|| call.positional(0));
        for one in named.map(Expr::one_or_many).unwrap_or_default() {
            let at = self.source(one.content());
            let datum = self.written(one, 1).map(|text| super::scope::Scope::default().text(&text));
            let Some(datum) = datum else {
                self.out.unknown(at, Why::Unsupported("a library that Groovy names".to_owned()));
                continue;
            };
            self.libraries.push(Library { component: of(&datum), at });
        }
    }

    /// States the libraries once it is known whether there is something that they can reach.
    pub(super) fn state_libraries(&mut self) {
        let has_secrets = self.settings.has_secrets();
        for Library { component, at } in std::mem::take(&mut self.libraries) {
            let name = component.is.name.to_string();
            let within = self.inner(self.within, ContextKind::Step, &name, at);
            if has_secrets {
                let what = Selection::All(self.settings.reference(&self.folder, "*"));
                self.settings.hand(self.out, within, what, at, Sink::Env("*".to_owned()));
            }
            self.out.state(within, at, Body::Component(component));
        }
    }
}
