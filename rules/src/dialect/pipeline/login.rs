//! Standing keys that log in to clouds and registries: which variables and inputs together are one, and what is said of
//! it. Where each comes from, the dialect knows.

use std::collections::BTreeMap;

use super::credential::credential;
use super::value::{place, value};
use crate::command::login::Login;
use crate::dialect::Lowering;
use crate::dialect::logins::{self, IdentityForm, LifetimeInput, Part, Variable};
use crate::document::script::{Script, Word};
use crate::fact::{
    Body, ContextId, Credential, Datum, Flow, Identity, Lifetime, LifetimeClass, Link, LinkKind, Naming,
    Origin, Place, Ref, Selection, Sink, Storage, Text, Value, Why,
};
use crate::span::{FileId, Source};

/// The kind of credentials that are short-lived by design: no standing key.
const SESSION_TOKEN: &str = "session-token";

/// The kind of credentials of a secret store, whose end the store's operator sets.
const VAULT_TOKEN: &str = "vault-token";

/// The kind of a registry's token with which something is published.
pub(crate) const PUBLISH_TOKEN: &str = "publish-token";

/// The host of npm's public registry. Another one has no trusted publishing.
pub(crate) const PUBLIC_NPM: &str = "registry.npmjs.org";

/// Whether a script that publishes names no registry but the public one.
pub(crate) fn publishes_publicly(script: &str) -> bool {
    let names_one = ["--registry", "registry="].iter().any(|sign| script.contains(sign));
    !names_one || script.contains(PUBLIC_NPM)
}

/// A value that was handed to a login.
pub(crate) struct Given {
    /// The input or variable.
    pub(crate) name: String,
    pub(crate) datum: Datum,
    /// Whether it is the half that must stay secret.
    pub(crate) secret_half: bool,
}

/// What a standing credential is, from a table row.
pub(crate) struct Standing<'r> {
    pub(crate) platform: &'r str,
    pub(crate) kind: &'r str,
    pub(crate) what: &'r str,
    pub(crate) service: &'r str,
    pub(crate) min_length: Option<usize>,
    /// Whether a literal is no credential (a path).
    pub(crate) secrets_only: bool,
    /// What it opens, where the platform's name does not say it all.
    pub(crate) opens: Option<Text>,
}

/// A standing credential, named: where it is kept, and where it is written if it stands in the file.
pub(crate) struct Key {
    pub(crate) is: Ref,
    pub(crate) storage: Storage,
    pub(crate) secret: Vec<Source>,
}

/// Where a command runs that takes a session.
pub(crate) struct Ground<'s> {
    pub(crate) within: ContextId,
    pub(crate) file: FileId,
    pub(crate) script: &'s Script,
    /// Where something of its job is unique: the pipeline's path and the job.
    pub(crate) unique: [Text; 2],
}

/// States the session that a command takes. `word` is asked for the values of its words.
pub(crate) fn of_command(
    out: &mut Lowering<'_>,
    ground: &Ground<'_>,
    found: &Login,
    word: &dyn Fn(&Word) -> Datum,
) {
    let row = found.row;
    let command = Source::new(ground.file, ground.script.span(found.at));
    let (lifetime, at, origin) = match (&found.lifetime, &row.lifetime) {
        (Some(length), Some(unit)) => {
            let datum = word(length);
            let seconds = value(&datum, "a duration", |text| unit.seconds(text.known()?));
            if let Value::Unknown { why, source } = &seconds {
                out.unknown(*source, why.clone());
            }
            let lifetime = seconds.map(|s| Lifetime::MaxAge { seconds: *s, renewable: false });
            (lifetime, place(out, &datum), Origin::Stated)
        }
        (None, Some(unit)) => {
            let lifetime = Lifetime::PlatformDefault { seconds: unit.default };
            let origin = Origin::PlatformDefault { source: row.source.clone() };
            (Value::known(lifetime, command), out.place(command), origin)
        }
        (_, None) => return,
    };
    let taken = Session {
        platform: &row.platform,
        service: &row.service(),
        cloud: true,
        federated: row.exchange,
        scope: ground.unique.clone(),
    };
    session(out, ground.within, &taken, lifetime, at, origin);
}

/// The logins that variables are, each with its halves. `given` is asked for the value of each variable that logs in.
pub(crate) fn of_variables<'n>(
    names: impl Iterator<Item = &'n str>,
    mut given: impl FnMut(&str, &'static Variable) -> Option<Given>,
) -> Vec<(Standing<'static>, Vec<Given>)> {
    let mut logins: BTreeMap<(&str, &str), Vec<(&'static Variable, Given)>> = BTreeMap::new();
    for name in names {
        if let Some(row) = logins::variable(name)
            && let Some(given) = given(name, row)
        {
            logins.entry((&row.platform, base_kind(&row.kind))).or_default().push((row, given));
        }
    }
    // With a session token next to it, the key is a temporary one.
    logins.retain(|_, variables| !variables.iter().any(|(row, _)| row.kind == SESSION_TOKEN));
    let standing = logins.into_iter().filter_map(|((platform, kind), variables)| {
        let main = variables.iter().find(|(_, g)| g.secret_half).or(variables.first());
        let (row, _) = main?;
        let standing = Standing {
            platform,
            kind,
            what: &row.what,
            service: &row.name,
            min_length: row.min_length,
            secrets_only: row.part == Part::Path,
            opens: None,
        };
        Some((standing, variables.into_iter().map(|(_, given)| given).collect()))
    });
    standing.collect()
}

/// What a step that logs in is handed.
pub(crate) struct StepLogin<'r> {
    /// The standing key, with its halves.
    pub(crate) standing: Option<(Standing<'r>, Vec<Given>)>,
    /// Whether the pipeline's own token is exchanged.
    pub(crate) federated: bool,
    /// Whether a session is taken, with either.
    pub(crate) takes_session: bool,
    /// The identity that it names.
    pub(crate) acts_as: Option<(Datum, IdentityForm)>,
    /// The session's length as it is given.
    pub(crate) duration: Option<(Datum, &'r LifetimeInput)>,
}

/// What the standing key of a step's row is.
pub(crate) fn of_row<'r>(row: &'r logins::Step, service: &'r str) -> Standing<'r> {
    Standing {
        platform: &row.platform,
        kind: &row.kind,
        what: &row.what,
        service,
        min_length: row.min_length,
        secrets_only: false,
        opens: None,
    }
}

/// What the key is that a command logs in with.
pub(crate) fn of_login<'r>(found: &Login, service: &'r str) -> Standing<'r> {
    let row = found.row;
    Standing {
        platform: &row.platform,
        kind: &row.kind,
        what: &row.what,
        service,
        min_length: None,
        secrets_only: false,
        opens: None,
    }
}

/// What a step of a row is handed. `datum` is asked for the inputs that are given, an empty one not among them.
pub(crate) fn of_step<'r>(
    row: &'r logins::Step,
    service: &'r str,
    datum: impl Fn(&str) -> Option<Datum>,
) -> StepLogin<'r> {
    let given = |names: &[String], secret_half: bool| -> Vec<Given> {
        names
            .iter()
            .filter_map(|name| Some(Given { name: name.clone(), datum: datum(name)?, secret_half }))
            .collect()
    };
    let mut halves = given(&row.secrets, true);
    halves.extend(given(&row.ids, false));
    let keyed = !halves.is_empty();
    let temporary = row.temporary.iter().any(|name| datum(name).is_some());
    let one_of_several = || Text::hole(Why::Unsupported("one of several values".to_owned()));
    let standing = (keyed && !temporary).then(|| {
        let opens = row.opens.as_ref().map(|opens| match datum(&opens.input) {
            Some(given) => given.text().unwrap_or_else(one_of_several),
            None => Text::literal(opens.default.clone()),
        });
        let standing = Standing { opens, ..of_row(row, service) };
        (standing, halves)
    });
    let acts_as = row.acts_as.as_ref().and_then(|a| Some((datum(&a.input)?, a.form)));
    let federated = !keyed && (row.implied || row.federated.iter().any(|name| datum(name).is_some()));
    let assumed = keyed && acts_as.is_some() && row.lifetime.is_some();
    let duration = row.lifetime.as_ref().and_then(|l| Some((datum(&l.input)?, l)));
    StepLogin { standing, federated, takes_session: federated || assumed, acts_as, duration }
}

/// A session's length in seconds when none is given.
pub(crate) fn default_seconds(row: &logins::Step, federated: bool) -> Option<u64> {
    row.lifetime.as_ref().and_then(|l| match federated {
        true => l.default,
        false => l.default_with_secret.or(l.default),
    })
}

/// States a standing key and that it logs in, in a pipeline of `system`. `first` is the first of its halves, `main` the
/// secret one.
pub(crate) fn state(
    out: &mut Lowering<'_>,
    system: &str,
    within: ContextId,
    row: &Standing<'_>,
    key: Key,
    first: &Datum,
    main: &Datum,
) {
    let mut at = place(out, first);
    if first.at != main.at {
        at = at.with("its secret half", main.at);
    }
    let lifetime = match row.kind {
        "cloud-key" | "registry-token" | PUBLISH_TOKEN => Value::known(Lifetime::Unbounded, main.at),
        // Its operator decides, and a root or periodic token has no end: one that is kept is there for the next run.
        VAULT_TOKEN => Value::known(Lifetime::PlatformDefault { seconds: None }, main.at),
        _ => Value::unknown(Why::Unsupported("the lifetime of a stored token".to_owned()), main.at),
    };
    let body = Credential {
        title: row.what.to_owned(),
        secret: key.secret,
        scope: row.opens.clone(),
        federation: match row.kind {
            PUBLISH_TOKEN => logins::publishing_from(row.platform, system),
            _ => logins::federation_from(row.platform, system),
        },
        ..credential(key.is.clone(), row.platform, row.kind, key.storage, lifetime)
    };
    out.fact(within, at.clone(), Origin::Stated, Body::Credential(body));
    flow(out, within, at, row.platform, row.service, key.is);
}

/// States that a credential logs in.
pub(crate) fn flow(
    out: &mut Lowering<'_>,
    within: ContextId,
    at: Place,
    platform: &str,
    service: &str,
    is: Ref,
) {
    let to = Sink::Login { platform: platform.to_owned(), service: service.to_owned() };
    out.fact(within, at, Origin::Stated, Body::Flow(Flow { what: Selection::One(is), to }));
}

/// States who a job logs in as, where the login says a name.
pub(crate) fn user(
    out: &mut Lowering<'_>,
    within: ContextId,
    platform: &str,
    datum: &Datum,
    holder: Option<&Ref>,
) {
    for (found, _, _) in datum.alternatives() {
        let Some(name) = found.known().filter(|name| !name.trim().is_empty()) else { continue };
        let is = Ref::new(platform, "user", [], name);
        let at = place(out, found);
        let identity = Identity::plain(is.clone(), "user", Naming::Named);
        out.fact(within, at.clone(), Origin::Stated, Body::Identity(identity));
        if let Some(holder) = holder {
            let link = Link { from: holder.clone(), to: is, kind: LinkKind::ActsAs };
            out.fact(within, at, Origin::Stated, Body::Link(link));
        }
    }
}

/// A session that is taken, and of what.
pub(crate) struct Session<'r> {
    pub(crate) platform: &'r str,
    pub(crate) service: &'r str,
    /// Whether it is a cloud's, rather than a registry's or a store's.
    pub(crate) cloud: bool,
    /// Whether the pipeline's own token is exchanged for it, so that nothing is stored.
    pub(crate) federated: bool,
    /// Where it is unique: the pipeline's path and the job.
    pub(crate) scope: [Text; 2],
}

/// States a session with its lifetime, and that it logs in.
pub(crate) fn session(
    out: &mut Lowering<'_>,
    within: ContextId,
    row: &Session<'_>,
    lifetime: Value<Lifetime>,
    at: Place,
    origin: Origin,
) {
    let is = Ref::new(row.platform, "session", row.scope.clone(), row.service);
    let kind = if row.cloud { "cloud-session" } else { "federated-session" };
    let storage = if row.federated { Storage::Federated } else { Storage::Generated };
    let label = logins::platform(row.platform).map_or(row.platform, |p| p.label.as_str());
    let body = Credential {
        title: format!("{label} session"),
        class: LifetimeClass::CloudSession,
        ..credential(is.clone(), row.platform, kind, storage, lifetime)
    };
    out.fact(within, at.clone(), origin, Body::Credential(body));
    flow(out, within, at, row.platform, row.service, is);
}

/// A session token belongs with the key that it makes temporary.
fn base_kind(kind: &str) -> &str {
    match kind {
        SESSION_TOKEN => "cloud-key",
        other => other,
    }
}
