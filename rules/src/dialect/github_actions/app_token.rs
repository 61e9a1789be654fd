//! Tokens of GitHub Apps that a step makes, and inputs that show a secret in the log.

use super::Walk;
use super::job::Job;
use super::login::input;
use super::scope::{Scope, place, value};
use super::tables::STEPS;
use crate::dialect::pipeline::credential::credential;
use crate::document::Node;
use crate::fact::{
    Body, ContextId, Credential, Datum, Known, Lifetime, LifetimeClass, Origin, Ref, Safeguard,
    SafeguardKind, Selection, Storage, Text, Value, Why,
};

/// How long an installation's token works, in seconds.
/// Source: <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app>.
const WORKS_FOR: u64 = 3600;

fn switch(datum: &Datum) -> Value<bool> {
    value(datum, "a boolean", |text| match text.known()?.trim() {
        t if t.eq_ignore_ascii_case("true") => Some(true),
        t if t.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    })
}

impl Walk<'_, '_> {
    /// States the token that a step makes, what it opens, and whether it is revoked when the job ends.
    pub(super) fn app_token(
        &mut self,
        job: &Job,
        within: ContextId,
        scope: &Scope,
        uses: &Node,
        name: &str,
        with: Option<&Node>,
    ) {
        let Some(row) = STEPS.app_token.iter().find(|row| name.eq_ignore_ascii_case(&row.uses)) else {
            return;
        };
        let at = self.source(uses.span);
        let given = |name: &str| {
            let datum = scope.resolve(input(with, name)?);
            let empty = matches!(datum.value, Known::Null) || datum.known() == Some("");
            (!empty).then_some(datum)
        };
        let owner = row.owner.as_deref().and_then(given);
        let listed = given(&row.repositories);
        let of = |datum: Option<&Datum>, what: &str| {
            let text = datum.and_then(Datum::text);
            text.unwrap_or_else(|| Text::hole(Why::Variable(what.to_owned())))
        };
        let opens = match &listed {
            Some(listed) => of(Some(listed), "repositories"),
            None if owner.is_some() || row.wide => {
                let mut text = of(owner.as_ref(), "owner");
                text.push("/*");
                text
            }
            None => Text::hole(Why::Variable("repository".to_owned())),
        };
        let unique = [Text::literal(job.path.clone()), Text::literal(job.id.clone())];
        let is = Ref::new("github", "app-token", unique, name);
        let lifetime = Value::known(Lifetime::MaxAge { seconds: WORKS_FOR, renewable: false }, at);
        let token = Credential {
            title: "token of a GitHub App".to_owned(),
            class: LifetimeClass::AccessToken,
            scope: Some(opens),
            ..credential(is.clone(), "github", "app-token", Storage::Generated, lifetime)
        };
        self.out.state(within, at, Body::Credential(token));
        let stated = row.revocation.as_deref().and_then(given);
        let (on, at, origin) = match stated {
            Some(datum) => {
                let kept = row.kept == "true";
                (switch(&datum).map(|said| *said != kept), place(self.out, &datum), Origin::Stated)
            }
            None => {
                let origin = Origin::PlatformDefault { source: row.source.clone() };
                (Value::known(row.revoked, at), self.out.place(at), origin)
            }
        };
        let revocation =
            Safeguard { kind: SafeguardKind::Revocation, protects: Some(Selection::One(is)), on };
        self.out.fact(within, at, origin, Body::Safeguard(revocation));
    }

    /// States whether a secret that a step makes is hidden in the log, where an input says so.
    pub(super) fn masking(&mut self, within: ContextId, scope: &Scope, name: &str, with: Option<&Node>) {
        for row in STEPS.masking.iter().filter(|row| name.eq_ignore_ascii_case(&row.uses)) {
            let Some(node) = input(with, &row.input) else { continue };
            let datum = scope.resolve(node);
            let path = Text::literal(self.file.path.clone());
            let is = Ref::new(row.platform.as_str(), row.kind.as_str(), [path], name);
            let on = switch(&datum);
            let masking = Safeguard { kind: SafeguardKind::Masking, protects: Some(Selection::One(is)), on };
            let at = place(self.out, &datum);
            self.out.fact(within, at, Origin::Stated, Body::Safeguard(masking));
        }
    }
}
