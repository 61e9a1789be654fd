//! `env` maps: secrets that become variables, variables that log in, variables that switch tracing on.

use std::collections::BTreeMap;

use super::Walk;
use super::scope::{Scope, place, value};
use super::tables::PERMISSIONS;
use crate::dialect::logins::Part;
use crate::dialect::pipeline::login::{self, Given, PUBLISH_TOKEN};
use crate::document::Node;
use crate::fact::{Body, ContextId, Safeguard, SafeguardKind, Sink, Text};

impl Walk<'_, '_> {
    /// Lowers an `env` map. `scope` is what its values see: the layers further out.
    pub(super) fn env(&mut self, within: ContextId, environment: &Text, scope: &Scope, env: Option<&Node>) {
        let Some(env) = env else { return };
        if env.scalar().is_some() {
            return self.mentions(within, environment, env);
        }
        for entry in env.entries() {
            let name = entry.name();
            self.flows(within, environment, scope, &entry.value, || Sink::Env(name.to_owned()));
            self.slot(within, name, &entry.value);
            if PERMISSIONS.debug.variables.contains(name) {
                self.debug_trace(within, scope, &entry.value);
            }
        }
        self.login_variables(within, environment, scope, Some(env));
    }

    /// States the standing keys that variables of an `env` map are.
    pub(super) fn login_variables(
        &mut self,
        within: ContextId,
        environment: &Text,
        scope: &Scope,
        env: Option<&Node>,
    ) {
        let entries = env.map(Node::entries).unwrap_or_default();
        let values: BTreeMap<&str, &Node> = entries.iter().map(|e| (e.name(), &e.value)).collect();
        let logins = login::of_variables(values.keys().copied(), |name, row| {
            Some(Given {
                name: name.to_owned(),
                datum: scope.resolve(values.get(name)?),
                secret_half: row.part != Part::Id,
            })
        });
        for (mut standing, given) in logins {
            if self.publishing.contains(standing.platform) {
                standing.kind = PUBLISH_TOKEN;
            }
            self.standing(within, environment, &standing, given);
        }
    }

    fn debug_trace(&mut self, within: ContextId, scope: &Scope, node: &Node) {
        let datum = scope.resolve(node);
        let on = value(&datum, "a boolean", |text| Some(text.known()?.trim().eq_ignore_ascii_case("true")));
        let at = place(self.out, &datum);
        let body = Body::Safeguard(Safeguard { kind: SafeguardKind::DebugTrace, protects: None, on });
        self.out.fact(within, at, crate::fact::Origin::Stated, body);
    }
}
