//! Logins to clouds and registries: standing keys that are handed over, and sessions that the job's OIDC token is
//! exchanged for.

use super::expression::is_job_token;
use super::job::Job;
use super::scope::{Scope, place, secrets_of, value};
use super::{Walk, is_action_file};
use crate::dialect::logins::{self, IdentityForm, LifetimeInput};
use crate::dialect::pipeline::identity;
use crate::dialect::pipeline::login::{self, Given, Key, Session, Standing};
use crate::document::Node;
use crate::fact::{
    Body, ContextId, Datum, Known, Lifetime, Link, LinkKind, Need, Origin, Piece, Place, Ref, Storage, Text,
    Value, Why,
};

/// Where a given value comes from.
enum Origins {
    Secret(String),
    Literal(usize),
    /// An input of the workflow or a configuration variable: whoever starts it, or may read the settings, has it.
    Handed(String),
    Elsewhere,
}

fn origin(datum: &Datum) -> Origins {
    if let Some(name) = secrets_of(datum).into_iter().find(|n| !is_job_token(n)) {
        return Origins::Secret(name);
    }
    let literal = datum.alternatives().into_iter().find_map(|(found, _, _)| found.known().map(str::len));
    match literal {
        Some(length) if length > 0 => Origins::Literal(length),
        Some(_) => Origins::Elsewhere,
        None => handed(datum).map_or(Origins::Elsewhere, Origins::Handed),
    }
}

/// The input or configuration variable that a value is.
fn handed(datum: &Datum) -> Option<String> {
    datum.alternatives().into_iter().find_map(|(found, _, _)| match found.text()?.0.as_slice() {
        [Piece::Hole(Why::Variable(name))] if name.starts_with("inputs.") || name.starts_with("vars.") => {
            Some(name.clone())
        }
        _ => None,
    })
}

/// A step's input by name; inputs know no case.
pub(super) fn input<'n>(with: Option<&'n Node>, name: &str) -> Option<&'n Node> {
    let entries = with.map(Node::entries).unwrap_or_default();
    entries.iter().rev().find(|e| e.name().eq_ignore_ascii_case(name)).map(|e| &e.value)
}

impl Walk<'_, '_> {
    /// Whether a fact that rests on this value is to be stated: while following a call, only values of the caller are
    /// news; the rest is said where the called file is checked itself.
    fn is_news(&self, datum: &Datum) -> bool {
        // An action has no secrets but its caller's, whatever it makes of them.
        let of_caller = || is_action_file(&self.file.path) && !secrets_of(datum).is_empty();
        self.caller.is_none_or(|caller| datum.at.file == caller || of_caller())
    }

    /// States a standing credential from its given halves, at the first of them.
    pub(super) fn standing(
        &mut self,
        within: ContextId,
        environment: &Text,
        row: &Standing<'_>,
        mut given: Vec<Given>,
    ) {
        // An action's own inputs are its caller's to fill; the key is found there.
        let in_workflow = !is_action_file(&self.file.path);
        given.retain(|g| match origin(&g.datum) {
            Origins::Secret(_) => true,
            Origins::Literal(_) => !row.secrets_only,
            Origins::Handed(_) => g.secret_half && in_workflow && !row.secrets_only,
            Origins::Elsewhere => false,
        });
        let Some(main) = given.iter().find(|g| g.secret_half).or(given.first()) else { return };
        let Some(first) = given.iter().min_by_key(|g| g.datum.at) else { return };
        if !self.is_news(&main.datum) {
            return;
        }
        let (is, storage, secret) = match origin(&main.datum) {
            Origins::Secret(name) => {
                (self.mention(within, environment, &name, main.datum.at), Storage::StoreReference, Vec::new())
            }
            Origins::Handed(name) => {
                let path = Text::literal(self.file.path.clone());
                (Ref::new("github", "input", [path], name), Storage::StoreReference, Vec::new())
            }
            Origins::Literal(length) if row.min_length.is_some_and(|least| length < least) => {
                let reason = format!("too short to be a real {}", row.what);
                self.out.silent(main.datum.at.file, &reason);
                return;
            }
            _ => {
                let path = Text::literal(self.file.path.clone());
                let is = Ref::new(row.platform, "key", [path], main.name.clone());
                (is, Storage::Literal, vec![main.datum.at])
            }
        };
        let key = Key { is, storage, secret };
        login::state(self.out, "github", within, row, key, &first.datum, &main.datum);
    }

    /// Lowers a step that logs in.
    pub(super) fn login(
        &mut self,
        job: &Job,
        within: ContextId,
        scope: &Scope,
        uses: &Node,
        row: &logins::Step,
        with: Option<&Node>,
    ) {
        let datum = |name: &str| {
            let datum = scope.resolve(input(with, name)?);
            let empty = matches!(datum.value, Known::Null) || datum.known() == Some("");
            (!empty).then_some(datum)
        };
        if let Some(user) = row.user.as_deref().and_then(datum).filter(|user| self.is_news(user)) {
            login::user(self.out, within, &row.platform, &user, job.holder.as_ref());
        }
        let login::StepLogin { standing, federated, takes_session, acts_as, duration } =
            login::of_step(row, &row.service, datum);
        if let Some((standing, halves)) = standing {
            self.standing(within, &job.environment, &standing, halves);
        }
        if !takes_session {
            return;
        }
        self.session(job, within, uses, row, federated, duration);
        if federated && self.caller.is_none() {
            self.exchange_need(job, within, uses, &row.service);
        }
        if let Some((identity, form)) = acts_as.filter(|_| federated) {
            self.acts_as(job, within, &identity, form);
        }
    }

    /// A session: its lifetime is the number that was given, or the action's default.
    fn session(
        &mut self,
        job: &Job,
        within: ContextId,
        uses: &Node,
        row: &logins::Step,
        federated: bool,
        duration: Option<(Datum, &LifetimeInput)>,
    ) {
        if let Some((datum, _)) = &duration
            && let (Value::Unknown { why, source }, None) =
                (value(datum, "a duration", |t| t.known().map(str::len)), self.caller)
        {
            self.out.unknown(source, why);
        }
        let (lifetime, at, origin) = match duration {
            Some((datum, _)) if !self.is_news(&datum) => return,
            None if self.caller.is_some() => return,
            Some((datum, unit)) => {
                let seconds = value(&datum, "a duration", |text| unit.seconds(text.known()?));
                let lifetime = seconds.map(|s| Lifetime::MaxAge { seconds: *s, renewable: false });
                (lifetime, self.place_among(&datum), Origin::Stated)
            }
            None => {
                let at = self.source(uses.span);
                let default = login::default_seconds(row, federated);
                let lifetime = Value::known(Lifetime::PlatformDefault { seconds: default }, at);
                (lifetime, self.out.place(at), Origin::PlatformDefault { source: row.source.clone() })
            }
        };
        let session = Session {
            platform: &row.platform,
            service: &row.service,
            cloud: row.kind == "cloud-key",
            federated,
            scope: [Text::literal(job.path.clone()), Text::literal(job.id.clone())],
        };
        login::session(self.out, within, &session, lifetime, at, origin);
    }

    /// The place of a value: the only literal's own; of several alternatives, where the value is used.
    fn place_among(&self, datum: &Datum) -> Place {
        let several = datum.alternatives();
        match (several.len() > 1, datum.via.first()) {
            (true, Some(used)) => {
                let place = self.out.place(*used);
                several.iter().fold(place, |place, (d, _, _)| place.with("one of its values", d.at))
            }
            _ => place(self.out, datum),
        }
    }

    fn exchange_need(&mut self, job: &Job, within: ContextId, uses: &Node, service: &str) {
        let need = Need {
            holder: job.holder.clone(),
            action: "github:id-token:write".into(),
            because: format!("{service} exchanges the job's OIDC token"),
        };
        let at = self.source(uses.span);
        self.out.state(within, at, Body::Need(need));
    }

    /// The job's tokens act as the identity that the step names.
    fn acts_as(&mut self, job: &Job, within: ContextId, named: &Datum, form: IdentityForm) {
        for (found, case, lesser) in named.alternatives() {
            let Some(text) = found.text().filter(|_| self.is_news(found)) else { continue };
            let to = identity::named(form, &text);
            for subject in &job.subjects {
                let scope = [Text::literal(job.path.clone()), Text::literal(job.id.clone())];
                let from = Ref::new("github", "oidc-subject", scope, subject.clone());
                let mut at = place(self.out, found);
                for via in &named.via {
                    at = at.with("used here", *via);
                }
                let link = Link { from, to: to.clone(), kind: LinkKind::ActsAs };
                let id = self.out.fact(within, at, Origin::Stated, Body::Link(link));
                if let Some(fact) = self.out.fact_mut(id) {
                    fact.when = case.clone();
                    fact.lesser = lesser;
                }
            }
        }
    }
}
