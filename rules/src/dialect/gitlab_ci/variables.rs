//! `variables`: literals for the detectors, secrets of the settings that are handed on, tracing that is switched on.

use std::collections::BTreeMap;

use super::scope::{self, Scope};
use super::tables::TABLE;
use super::tree::Item;
use super::{Walk, config};
use crate::dialect::pipeline::run::Set;
use crate::dialect::pipeline::settings::{Site, secrets};
use crate::dialect::pipeline::value::{place, value};
use crate::document::Node;
use crate::fact::{Body, ContextId, Origin, Safeguard, SafeguardKind, Sink, Text};

impl Walk<'_, '_> {
    /// Lowers a map of variables. `scope` is what its values see; `further` are variables that a script sets.
    pub(super) fn variables(
        &mut self,
        within: ContextId,
        environment: &Text,
        scope: &Scope,
        variables: Option<&Item>,
        further: &[Set],
    ) {
        let fields = self.fields(variables);
        for field in &fields {
            self.slot(within, &field.name, &field.value);
            if TABLE.debug.variables.contains(&*field.name) {
                self.debug_trace(within, scope, &field.value);
            }
            let datum = scope.resolve(&field.value);
            for name in secrets(scope, &datum) {
                let at = field.value.at();
                self.settings.flow(
                    self.out,
                    within,
                    environment,
                    &name,
                    at,
                    Sink::Env(field.name.to_string()),
                );
            }
        }
        let own: BTreeMap<&str, &Item> = fields.iter().map(|f| (&*f.name, &f.value)).collect();
        let site = Site { within, environment, names: scope };
        let resolve = |name: &str| own.get(name).map(|item| scope.resolve(item));
        self.settings.standing_keys(self.out, site, own.keys().copied(), resolve, further);
    }

    /// The literals of inputs' defaults.
    pub(super) fn declared_inputs(&mut self) {
        let (header, _) = config::documents(self.file);
        let inputs = header.and_then(|header| header.path(&["spec", "inputs"]));
        for entry in inputs.map(Node::entries).unwrap_or_default() {
            if let Some(default) = entry.value.get("default") {
                let item = Item::new(self.file.id, default.clone(), &std::rc::Rc::default());
                self.slot(self.within, entry.name(), &item);
            }
        }
    }

    /// Hands a literal with a telling name to the detectors, once.
    pub(super) fn slot(&mut self, within: ContextId, name: &str, item: &Item) {
        let inner = item.get("value");
        let item = inner.as_ref().unwrap_or(item);
        let Some(scalar) = item.node.scalar().filter(|scalar| !scalar.text.is_empty()) else { return };
        let literal = !scope::pieces(&scalar.text).iter().any(|p| !matches!(p, scope::Piece::Literal(_)));
        if literal {
            self.settings.slot(self.out, within, name, item.file, scalar);
        }
    }

    fn debug_trace(&mut self, within: ContextId, scope: &Scope, item: &Item) {
        let datum = scope.resolve(item);
        let on = value(&datum, "a boolean", |text| {
            Some(matches!(text.known()?.trim().to_ascii_lowercase().as_str(), "true" | "1" | "yes"))
        });
        let at = place(self.out, &datum);
        let body = Body::Safeguard(Safeguard { kind: SafeguardKind::DebugTrace, protects: None, on });
        self.out.fact(within, at, Origin::Stated, body);
    }
}
