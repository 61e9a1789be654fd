//! Logins: standing keys in variables and commands, and sessions that commands take.

use std::collections::BTreeMap;

use super::Walk;
use super::job::Job;
use super::scope::Scope;
use super::script::{Done, word_value};
use super::tables::is_predefined;
use super::tree::Item;
use crate::command::login::Login;
use crate::dialect::logins::{self, Part};
use crate::dialect::pipeline::login::{self, Given, Key, Session, Standing};
use crate::dialect::pipeline::value::{place, value};
use crate::dialect::pipeline::identity;
use crate::document::script::Script;
use crate::fact::{
    Body, ContextId, Datum, Known, Lifetime, Link, LinkKind, Origin, Ref, Storage, Text, Value, Why,
};
use crate::span::Source;

/// A variable that a script sets.
pub(super) struct Set {
    pub(super) name: String,
    pub(super) datum: Datum,
}

/// Where a given value comes from.
enum From {
    Store(String),
    Literal(usize),
    Elsewhere,
}

fn origin(scope: &Scope, datum: &Datum) -> From {
    if let Some(name) = scope.stores(datum).into_iter().next() {
        return From::Store(name);
    }
    let literal = datum.alternatives().into_iter().find_map(|(found, _, _)| found.known().map(str::len));
    literal.filter(|length| *length > 0).map_or(From::Elsewhere, From::Literal)
}

impl Walk<'_, '_> {
    /// States the standing keys that variables are: those of a map, and those that a script sets or reads.
    pub(super) fn standing_keys(
        &mut self,
        within: ContextId,
        environment: &Text,
        scope: &Scope,
        own: &BTreeMap<&str, &Item>,
        further: &[Set],
    ) {
        let mut names: Vec<&str> = own.keys().copied().collect();
        names.extend(further.iter().map(|set| set.name.as_str()).filter(|name| !own.contains_key(name)));
        names.sort_unstable();
        names.dedup();
        let logins = login::of_variables(names.into_iter(), |name, row| {
            let by_script = || further.iter().find(|set| set.name == name).map(|set| set.datum.clone());
            let datum = match own.get(name) {
                Some(item) => scope.resolve(item),
                None => by_script()?,
            };
            Some(Given { name: name.to_owned(), datum, secret_half: row.part != Part::Id })
        });
        for (standing, given) in logins {
            self.standing(within, environment, scope, &standing, given);
        }
    }

    fn standing(
        &mut self,
        within: ContextId,
        environment: &Text,
        scope: &Scope,
        row: &Standing<'_>,
        mut given: Vec<Given>,
    ) {
        given.retain(|g| match origin(scope, &g.datum) {
            From::Store(_) => true,
            From::Literal(_) => !row.secrets_only,
            From::Elsewhere => false,
        });
        let Some(main) = given.iter().find(|g| g.secret_half).or(given.first()) else { return };
        let Some(first) = given.iter().min_by_key(|g| g.datum.at) else { return };
        let key = match origin(scope, &main.datum) {
            From::Store(name) => {
                let is = self.mention(within, environment, &name, main.datum.at);
                Key { is, storage: Storage::StoreReference, secret: Vec::new() }
            }
            From::Literal(length) if row.min_length.is_some_and(|least| length < least) => {
                let reason = format!("too short to be a real {}", row.what);
                return self.out.silent(main.datum.at.file, &reason);
            }
            _ => {
                let path = Text::literal(self.file.path.clone());
                let is = Ref::new(row.platform, "key", [path], main.name.clone());
                Key { is, storage: Storage::Literal, secret: vec![main.datum.at] }
            }
        };
        login::state(self.out, within, row, key, &first.datum, &main.datum);
    }

    /// A command that logs in or takes a session.
    pub(super) fn command_login(&mut self, job: &Job, item: &Item, script: &Script, found: &Login, done: &mut Done) {
        let row = found.row;
        let service = row.service();
        if row.is_session() {
            done.sessions.push(&row.platform);
            self.session(job, item, script, found, &service);
        }
        if let Some(word) = &found.user {
            let user = word_value(&job.scope, item, script, word);
            login::user(self.out, job.within, &row.platform, &user, job.holder.as_ref());
        }
        let Some(word) = &found.secret else { return };
        let datum = word_value(&job.scope, item, script, word);
        // The job's own token is no standing key.
        let named = match &datum.value {
            Known::Unknown(Why::Variable(name)) => !is_predefined(name) && !job.provided.contains(name),
            Known::Text(_) => true,
            _ => false,
        };
        if !named {
            return;
        }
        let by_name = |name: &str| logins::variable(name).is_some_and(|v| v.platform == row.platform);
        if job.scope.stores(&datum).iter().any(|name| by_name(name)) {
            // The variable by itself is the same key, and is stated as that.
            return;
        }
        let standing = Standing {
            platform: &row.platform,
            kind: &row.kind,
            what: &row.what,
            service: &service,
            min_length: None,
            // A literal in a command is the shell reader's to hand over, and a path is none.
            secrets_only: true,
            opens: None,
        };
        let given = Given { name: row.what.clone(), datum, secret_half: true };
        self.standing(job.within, &job.environment, &job.scope, &standing, vec![given]);
    }

    fn session(&mut self, job: &Job, item: &Item, script: &Script, found: &Login, service: &str) {
        let row = found.row;
        let command = Source::new(item.file, script.span(found.at));
        let (lifetime, at, origin) = match (&found.lifetime, &row.lifetime) {
            (Some(word), Some(unit)) => {
                let datum = word_value(&job.scope, item, script, word);
                let seconds = value(&datum, "a duration", |text| unit.seconds(text.known()?));
                if let Value::Unknown { why, source } = &seconds {
                    self.out.unknown(*source, why.clone());
                }
                let lifetime = seconds.map(|s| Lifetime::MaxAge { seconds: *s, renewable: false });
                (lifetime, place(self.out, &datum), Origin::Stated)
            }
            (None, Some(unit)) => {
                let lifetime = Lifetime::PlatformDefault { seconds: unit.default };
                let origin = Origin::PlatformDefault { source: row.source.clone() };
                (Value::known(lifetime, command), self.out.place(command), origin)
            }
            (_, None) => return,
        };
        let session = Session {
            platform: &row.platform,
            service,
            cloud: true,
            federated: row.exchange,
            scope: job.unique(),
        };
        login::session(self.out, job.within, &session, lifetime, at, origin);
        if let (true, Some(acts_as), Some(word)) = (row.exchange, &row.acts_as, &found.identity) {
            let datum = word_value(&job.scope, item, script, word);
            self.acts_as(job, &datum, |text| identity::named(acts_as.form, text));
        }
    }

    /// The job's tokens act as an identity.
    pub(super) fn acts_as(&mut self, job: &Job, named: &Datum, is: impl Fn(&Text) -> Ref) {
        for (found, case, lesser) in named.alternatives() {
            let Some(text) = found.text().filter(|text| text.known() != Some("")) else { continue };
            for subject in &job.subjects {
                let from = Ref::new("gitlab", "oidc-subject", job.unique(), subject.clone());
                let mut at = place(self.out, found);
                for via in named.via.iter().filter(|via| !found.via.contains(via)) {
                    at = at.with("used here", *via);
                }
                let link = Link { from, to: is(&text), kind: LinkKind::ActsAs };
                let id = self.out.fact(job.within, at, Origin::Stated, Body::Link(link));
                if let Some(fact) = self.out.fact_mut(id) {
                    fact.when = case.clone();
                    fact.lesser = lesser;
                }
            }
        }
    }
}
