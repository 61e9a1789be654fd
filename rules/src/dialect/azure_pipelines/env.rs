//! `env` maps and variables: secrets that become variables, variables that log in, variables that switch tracing on.

use std::collections::BTreeMap;

use super::Walk;
use super::job::Job;
use super::scope::Scope;
use super::secret::stored_in;
use super::tables;
use crate::dialect::logins::Part;
use crate::dialect::pipeline::login::{self, Given, Key, Standing};
use crate::dialect::pipeline::value::{place, value};
use crate::document::Node;
use crate::fact::{Body, ContextId, Datum, Origin, Ref, Safeguard, SafeguardKind, Sink, Storage, Text};

/// A variable that is set, as far as its value is known.
pub(super) struct Set<'n> {
    pub(super) name: &'n str,
    pub(super) datum: Datum,
}

impl Walk<'_, '_> {
    /// Lowers an `env` map; gives what it sets.
    pub(super) fn env<'n>(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &Scope,
        env: Option<&'n Node>,
    ) -> Vec<Set<'n>> {
        let entries = env.map(super::branches::entries).unwrap_or_default();
        let mut set = Vec::with_capacity(entries.len());
        for (entry, case) in entries {
            self.under(&case, |walk| walk.becomes(within, job, scope, entry.name(), &entry.value));
            set.push(Set { name: entry.name(), datum: scope.resolve(&entry.value) });
        }
        self.logins(within, &set);
        set
    }

    /// A value becomes an environment variable.
    pub(super) fn becomes(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &Scope,
        name: &str,
        node: &Node,
    ) {
        self.flows(within, job, scope, node, || Sink::Env(name.to_owned()));
        self.slot(within, name, node);
        if tables::is_debug(name) {
            let datum = scope.resolve(node);
            let on =
                value(&datum, "a boolean", |text| Some(text.known()?.trim().eq_ignore_ascii_case("true")));
            let at = place(self.out, &datum);
            let body = Body::Safeguard(Safeguard { kind: SafeguardKind::DebugTrace, protects: None, on });
            self.state(within, at, Origin::Stated, body);
        }
    }

    /// States the standing keys that variables are.
    pub(super) fn logins(&mut self, within: ContextId, set: &[Set<'_>]) {
        let values: BTreeMap<&str, &Datum> = set.iter().map(|s| (s.name, &s.datum)).collect();
        let logins = login::of_variables(values.keys().copied(), |name, row| {
            let datum = (*values.get(name)?).clone();
            Some(Given { name: name.to_owned(), datum, secret_half: row.part != Part::Id })
        });
        for (row, given) in logins {
            self.standing(within, &row, given);
        }
    }

    /// States a standing credential from its given halves, at the first of them.
    pub(super) fn standing(&mut self, within: ContextId, row: &Standing<'_>, mut given: Vec<Given>) {
        let is_path = |datum: &Datum| {
            // The path of a file that the platform keeps safe; any other path says nothing of what it leads to.
            stored_in(datum).filter(|name| name.to_ascii_lowercase().ends_with(".securefilepath"))
        };
        let stored = |datum: &Datum| if row.secrets_only { is_path(datum) } else { stored_in(datum) };
        let literal = |datum: &Datum| {
            let found =
                datum.alternatives().into_iter().find_map(|(found, _, _)| found.known().map(str::len));
            found.filter(|length| *length > 0 && !row.secrets_only)
        };
        given.retain(|g| stored(&g.datum).is_some() || literal(&g.datum).is_some());
        let Some(main) = given.iter().find(|g| g.secret_half).or(given.first()) else { return };
        let Some(first) = given.iter().min_by_key(|g| g.datum.at) else { return };
        if !self.speaks_of(first.datum.at) {
            return;
        }
        let key = match (stored(&main.datum), literal(&main.datum)) {
            (Some(name), _) => {
                let at = place(self.out, &main.datum);
                Key {
                    is: self.mention(within, &name, &at),
                    storage: Storage::StoreReference,
                    secret: Vec::new(),
                }
            }
            (None, Some(length)) if row.min_length.is_some_and(|least| length < least) => {
                let reason = format!("too short to be a real {}", row.what);
                return self.out.silent(main.datum.at.file, &reason);
            }
            (None, _) => {
                let path = Text::literal(self.file.path.clone());
                let is = Ref::new(row.platform, "key", [path], main.name.clone());
                Key { is, storage: Storage::Literal, secret: vec![main.datum.at] }
            }
        };
        login::state(self.out, "azure-devops", within, row, key, &first.datum, &main.datum);
    }
}
