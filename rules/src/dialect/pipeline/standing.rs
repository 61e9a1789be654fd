//! Standing keys and sessions of pipelines that keep their secrets as variables of the settings.

use super::identity;
use super::login::{self, Given, Key, PUBLISH_TOKEN, Session, Standing, StepLogin};
use super::reading::{Names, word_value};
use super::run::{Done, Runs, Set, Written};
use super::settings::{Settings, Site, stores};
use super::value::{place, value};
use crate::command::login::Login;
use crate::dialect::Lowering;
use crate::dialect::logins::{self, Part};
use crate::document::script::Script;
use crate::fact::{Body, Datum, Known, Lifetime, Link, LinkKind, Origin, Ref, Storage, Text, Value, Why};
use crate::span::Source;

/// Where a given value comes from.
enum From {
    Store(String),
    Literal(usize),
    Elsewhere,
}

/// A step that logs in, where it is named.
pub(crate) struct LoginStep<'s> {
    /// The table's row.
    pub(crate) row: &'s logins::Step,
    /// What logs in.
    pub(crate) service: &'s str,
    pub(crate) at: Source,
}

impl Settings {
    /// States the standing keys that variables are: those of a map, and those that a script sets or reads.
    pub(crate) fn standing_keys<'n>(
        &mut self,
        out: &mut Lowering<'_>,
        site: Site<'_>,
        own: impl Iterator<Item = &'n str>,
        resolve: impl Fn(&str) -> Option<Datum>,
        further: &'n [Set],
    ) {
        let mut names: Vec<&str> = own.chain(further.iter().map(|set| set.name.as_str())).collect();
        names.sort_unstable();
        names.dedup();
        let logins = login::of_variables(names.into_iter(), |name, row| {
            let by_script = || further.iter().find(|set| set.name == name).map(|set| set.datum.clone());
            let datum = resolve(name).or_else(by_script)?;
            Some(Given { name: name.to_owned(), datum, secret_half: row.part != Part::Id })
        });
        for (mut standing, given) in logins {
            if self.publishing.contains(standing.platform) {
                standing.kind = PUBLISH_TOKEN;
            }
            self.standing(out, site, &standing, given);
        }
    }

    /// States a standing key from its given halves, at the first of them.
    pub(crate) fn standing(
        &mut self,
        out: &mut Lowering<'_>,
        site: Site<'_>,
        row: &Standing<'_>,
        mut given: Vec<Given>,
    ) {
        given.retain(|g| match origin(site.names, &g.datum) {
            From::Store(_) => true,
            From::Literal(_) => !row.secrets_only,
            From::Elsewhere => false,
        });
        let Some(main) = given.iter().find(|g| g.secret_half).or(given.first()) else { return };
        let Some(first) = given.iter().min_by_key(|g| g.datum.at) else { return };
        let key = match origin(site.names, &main.datum) {
            From::Store(name) => {
                let is = self.mention(out, site.within, site.environment, &name, main.datum.at);
                Key { is, storage: Storage::StoreReference, secret: Vec::new() }
            }
            From::Literal(length) if row.min_length.is_some_and(|least| length < least) => {
                let reason = format!("too short to be a real {}", row.what);
                return out.silent(main.datum.at.file, &reason);
            }
            _ => {
                let path = Text::literal(self.path.clone());
                let is = Ref::new(row.platform, "key", [path], main.name.clone());
                Key { is, storage: Storage::Literal, secret: vec![main.datum.at] }
            }
        };
        login::state(out, self.platform, site.within, row, key, &first.datum, &main.datum);
    }

    /// A command that logs in or takes a session.
    pub(super) fn command_login(
        &mut self,
        out: &mut Lowering<'_>,
        runs: &Runs<'_>,
        written: Written<'_>,
        script: &Script,
        found: &Login,
        done: &mut Done,
    ) {
        let row = found.row;
        let service = row.service();
        let names = runs.site.names;
        if row.kind == PUBLISH_TOKEN && login::publishes_publicly(&script.source()) {
            done.publishes.insert(&row.platform);
        }
        if row.is_session() {
            done.sessions.push(&row.platform);
            self.command_session(out, runs, written, script, found);
        }
        if let Some(word) = &found.user {
            let user = word_value(names, written.file, script, word);
            login::user(out, runs.site.within, &row.platform, &user, runs.holder);
        }
        let Some(word) = &found.secret else { return };
        let datum = word_value(names, written.file, script, word);
        // The job's own token is no standing key.
        let named = match &datum.value {
            Known::Unknown(Why::Variable(name)) => {
                !names.is_predefined(name) && !runs.provided.contains(name)
            }
            Known::Text(_) => true,
            _ => false,
        };
        if !named {
            return;
        }
        let by_name = |name: &str| logins::variable(name).is_some_and(|v| v.platform == row.platform);
        if stores(names, &datum).iter().any(|name| by_name(name)) {
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
        self.standing(out, runs.site, &standing, vec![given]);
    }

    fn command_session(
        &mut self,
        out: &mut Lowering<'_>,
        runs: &Runs<'_>,
        written: Written<'_>,
        script: &Script,
        found: &Login,
    ) {
        let row = found.row;
        let names = runs.site.names;
        let ground = login::Ground {
            within: runs.site.within,
            file: written.file,
            script,
            unique: runs.unique.clone(),
        };
        login::of_command(out, &ground, found, &|word| word_value(names, written.file, script, word));
        if let (true, Some(acts_as), Some(word)) = (row.exchange, &row.acts_as, &found.identity) {
            let datum = word_value(names, written.file, script, word);
            self.acts_as(out, runs, &datum, |text| identity::named(acts_as.form, text));
        }
    }

    /// Lowers a step that logs in. `datum` is asked for the inputs that are given, and `reads` says whether without a secret
    /// it takes the one that the table says.
    pub(crate) fn step_login(
        &mut self,
        out: &mut Lowering<'_>,
        runs: &Runs<'_>,
        step: &LoginStep<'_>,
        reads: bool,
        datum: impl Fn(&str) -> Option<Datum>,
    ) {
        let LoginStep { row, service, at } = *step;
        let StepLogin { standing, federated, takes_session, acts_as, duration } =
            login::of_step(row, service, &datum);
        let handed = standing.is_some();
        if let Some((standing, halves)) = standing {
            self.standing(out, runs.site, &standing, halves);
        }
        let undecided = || row.federated.iter().any(|name| datum(name).is_some());
        if let Some(name) = row.reads.as_ref().filter(|_| reads && !handed && !undecided()) {
            let datum = Datum::unknown(at, Why::Variable(name.clone()));
            let standing = login::of_row(row, service);
            let given = Given { name: name.clone(), datum, secret_half: true };
            self.standing(out, runs.site, &standing, vec![given]);
        }
        if !takes_session {
            return;
        }
        let (lifetime, place, origin) = match &duration {
            Some((datum, unit)) => {
                let seconds = value(datum, "a duration", |text| unit.seconds(text.known()?));
                if let Value::Unknown { why, source } = &seconds {
                    out.unknown(*source, why.clone());
                }
                let lifetime = seconds.map(|s| Lifetime::MaxAge { seconds: *s, renewable: false });
                (lifetime, place(out, datum), Origin::Stated)
            }
            None => {
                let lifetime = Lifetime::PlatformDefault { seconds: login::default_seconds(row, federated) };
                (
                    Value::known(lifetime, at),
                    out.place(at),
                    Origin::PlatformDefault { source: row.source.clone() },
                )
            }
        };
        let (cloud, scope) = (row.kind == "cloud-key", runs.unique.clone());
        let session = Session { platform: &row.platform, service, cloud, federated, scope };
        login::session(out, runs.site.within, &session, lifetime, place, origin);
        if let Some((named, form)) = acts_as.filter(|_| federated) {
            self.acts_as(out, runs, &named, |text| identity::named(form, text));
        }
    }

    /// The job's tokens act as an identity.
    pub(crate) fn acts_as(
        &self,
        out: &mut Lowering<'_>,
        runs: &Runs<'_>,
        named: &Datum,
        is: impl Fn(&Text) -> Ref,
    ) {
        for (found, case, lesser) in named.alternatives() {
            let Some(text) = found.text().filter(|text| text.known() != Some("")) else { continue };
            for subject in runs.subjects {
                let from = Ref::new(self.platform, "oidc-subject", runs.unique.clone(), subject.clone());
                let mut at = place(out, found);
                for via in named.via.iter().filter(|via| !found.via.contains(via)) {
                    at = at.with("used here", *via);
                }
                let link = Link { from, to: is(&text), kind: LinkKind::ActsAs };
                let id = out.fact(runs.site.within, at, Origin::Stated, Body::Link(link));
                if let Some(fact) = out.fact_mut(id) {
                    fact.when = case.clone();
                    fact.lesser = lesser;
                }
            }
        }
    }
}

fn origin(names: &dyn Names, datum: &Datum) -> From {
    if let Some(name) = stores(names, datum).into_iter().next() {
        return From::Store(name);
    }
    let literal = datum.alternatives().into_iter().find_map(|(found, _, _)| found.known().map(str::len));
    literal.filter(|length| *length > 0).map_or(From::Elsewhere, From::Literal)
}
