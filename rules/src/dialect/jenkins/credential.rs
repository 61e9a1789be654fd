//! Steps that log in with a credential of the store, or take a role.

use super::Walk;
use super::binding::texts;
use super::groovy::{Call, Expr};
use super::stage::{Here, Job};
use crate::dialect::logins::{IdentityForm, LifetimeInput, Unit};
use crate::dialect::pipeline::identity;
use crate::dialect::pipeline::login::{self, Given, Session, Standing};
use crate::dialect::pipeline::settings::Site;
use crate::dialect::pipeline::value::{place, value};
use crate::fact::{Body, ContextId, Datum, Lifetime, Link, LinkKind, Origin, Sink, Text, Value, Why};

/// How long a role is taken for, and where that is said.
const DURATION: LifetimeInput = LifetimeInput {
    input: String::new(),
    unit: Unit::Seconds,
    default: Some(3600),
    default_with_secret: None,
};
const DURATION_SOURCE: &str = "https://plugins.jenkins.io/pipeline-aws/#plugin-content-withaws";

fn aws() -> Standing<'static> {
    Standing {
        platform: "aws",
        kind: "cloud-key",
        what: "AWS access key",
        service: "withAWS",
        min_length: None,
        secrets_only: true,
        opens: None,
    }
}

impl<'t> Walk<'_, '_, 't> {
    /// `withAWS(role: 'a', roleAccount: '1', duration: 900, credentials: 'b') { … }`
    pub(super) fn with_aws(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        self.job(here, job);
        self.scoped(call, here, job, |walk, within, inner, job| {
            if let Some(id) = call.named("credentials").filter(|id| id.literal() != Some("")) {
                walk.key(within, inner, id, &aws());
                let at = walk.source(id.content());
                for id in walk.ids(id, inner) {
                    let to = Sink::Env("AWS_SECRET_ACCESS_KEY".to_owned());
                    walk.settings.flow(walk.out, within, &walk.folder, &id, at, to);
                }
            }
            if let Some(role) = call.named("role").filter(|role| role.literal() != Some("")) {
                walk.role(call, within, inner, job, role);
            }
        });
    }

    fn role(&mut self, call: &'t Call, within: ContextId, here: &Here, job: Option<&Job>, role: &'t Expr) {
        let at = self.source(role.content());
        let (lifetime, said, origin) = match call.named("duration") {
            Some(given) => {
                let datum = here.scope.resolve(given);
                let seconds = value(&datum, "a duration", |text| DURATION.seconds(text.known()?));
                if let Value::Unknown { why, source } = &seconds {
                    self.out.unknown(*source, why.clone());
                }
                let lifetime = seconds.map(|s| Lifetime::MaxAge { seconds: *s, renewable: false });
                (lifetime, place(self.out, &datum), Origin::Stated)
            }
            None => {
                let lifetime = Lifetime::PlatformDefault { seconds: DURATION.default };
                let origin = Origin::PlatformDefault { source: DURATION_SOURCE.to_owned() };
                (Value::known(lifetime, at), self.out.place(at), origin)
            }
        };
        let unique = || [Text::literal(self.file.path.clone()), Text::literal(call.name.text.clone())];
        let scope = job.map_or_else(unique, Job::unique);
        let session = Session { platform: "aws", service: "withAWS", cloud: true, federated: false, scope };
        login::session(self.out, within, &session, lifetime, said, origin);
        let Some(job) = job else { return };
        let named = here.scope.resolve(role);
        let account = call.named("roleAccount").map(|account| here.scope.resolve(account));
        for (found, case, lesser) in named.alternatives() {
            let Some(mut text) = found.text().filter(|text| text.known() != Some("")) else { continue };
            if let Some(account) =
                account.as_ref().and_then(Datum::text).filter(|_| !text.prefix().starts_with("arn:"))
            {
                let mut arn = Text::literal("arn:aws:iam::");
                arn.append(&account);
                arn.push(":role/");
                arn.append(&text);
                text = arn;
            }
            let to = identity::named(IdentityForm::AwsRoleArn, &text);
            let link = Link { from: job.holder.clone(), to, kind: LinkKind::ActsAs };
            let at = place(self.out, found);
            let id = self.out.fact(within, at, Origin::Stated, Body::Link(link));
            if let Some(fact) = self.out.fact_mut(id) {
                (fact.when, fact.lesser) = (case.clone(), lesser);
            }
        }
    }

    /// A standing key that a step names.
    fn key(&mut self, within: ContextId, here: &Here, id: &'t Expr, row: &Standing<'_>) {
        let at = self.source(id.content());
        for id in self.ids(id, here) {
            let datum = Datum::unknown(at, Why::Variable(id));
            let given = vec![Given { name: row.what.to_owned(), datum, secret_half: true }];
            let site = Site { within, environment: &self.folder, names: &here.scope };
            self.settings.standing(self.out, site, row, given);
        }
    }

    /// `docker.withRegistry('https://…', 'a') { … }`
    pub(super) fn with_registry(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        let id = call.named("credentialsId").or_else(|| call.positional(1));
        self.scoped(call, here, job, |walk, within, inner, _| {
            if let Some(id) = id.filter(|id| id.literal() != Some("")) {
                walk.registry(within, inner, id);
            }
        });
    }

    /// A registry that is logged in to.
    pub(super) fn registry(&mut self, within: ContextId, here: &Here, id: &'t Expr) {
        let row = Standing {
            platform: "docker",
            kind: "registry-token",
            what: "registry password",
            service: "docker.withRegistry",
            min_length: None,
            secrets_only: true,
            opens: None,
        };
        self.key(within, here, id, &row);
    }

    /// `sshagent(credentials: ['a']) { … }`: whoever runs in it can sign with the key.
    pub(super) fn ssh_agent(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        let list = call.named_or_only("credentials");
        self.scoped(call, here, job, |walk, within, inner, _| {
            for item in list.map(texts).unwrap_or_default() {
                let at = walk.source(item.content());
                for id in walk.ids(item, inner) {
                    let to = Sink::Disk { until: within };
                    walk.settings.flow(walk.out, within, &walk.folder, &id, at, to);
                    walk.settings.holding.insert(within);
                }
            }
        });
    }

    /// `container('a') { … }`: what runs in it runs in that container's image.
    pub(super) fn container(&mut self, call: &'t Call, here: &mut Here) {
        let name = call.named_or_only("name").and_then(Expr::literal);
        let image = name.and_then(|name| here.containers.get(name)).cloned();
        if image.is_some() {
            here.image = image;
        }
    }
}
