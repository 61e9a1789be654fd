//! `env` maps: secrets that become variables, variables that log in, variables that switch tracing on.

use std::collections::BTreeMap;

use super::Walk;
use super::login::{Given, Standing};
use super::scope::{Scope, place, value};
use super::tables::PERMISSIONS;
use crate::dialect::logins::{self, Part};
use crate::document::Node;
use crate::fact::{Body, ContextId, Safeguard, SafeguardKind, Sink, Text};

/// The kind of credentials that are short-lived by design: no standing key.
const SESSION_TOKEN: &str = "session-token";

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
        let mut logins: BTreeMap<(&str, &str), Vec<(&logins::Variable, Given)>> = BTreeMap::new();
        for entry in env.map(Node::entries).unwrap_or_default() {
            let name = entry.name();
            if let Some(row) = logins::variable(name) {
                let given = Given {
                    name: name.to_owned(),
                    datum: scope.resolve(&entry.value),
                    secret_half: row.part != Part::Id,
                };
                logins.entry((&row.platform, base_kind(&row.kind))).or_default().push((row, given));
            }
        }
        for ((platform, kind), variables) in logins {
            // With a session token next to it, the key is a temporary one.
            if variables.iter().any(|(row, _)| row.kind == SESSION_TOKEN) {
                continue;
            }
            let main = variables.iter().find(|(_, g)| g.secret_half).or(variables.first());
            let Some((row, _)) = main else { continue };
            let standing = Standing {
                platform,
                kind,
                what: &row.what,
                service: &row.name,
                min_length: row.min_length,
                secrets_only: row.part == Part::Path,
                opens: None,
            };
            let given = variables.into_iter().map(|(_, given)| given).collect();
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

/// A session token belongs with the key that it makes temporary.
fn base_kind(kind: &str) -> &str {
    match kind {
        SESSION_TOKEN => "cloud-key",
        other => other,
    }
}
