//! `oidc: true`: the token that says who a step is, what needs it, and the roles that it opens.

use super::Walk;
use super::step::Job;
use super::tables::{self, TABLE};
use crate::dialect::logins::IdentityForm;
use crate::dialect::pipeline::credential::credential;
use crate::dialect::pipeline::identity;
use crate::dialect::pipeline::run::AWS_ROLE;
use crate::dialect::pipeline::script::Interpreter;
use crate::document::{Node, Scalar};
use crate::fact::{
    Approval, Body, ContextKind, Credential, Datum, Effect, Grant, Lifetime, LifetimeClass, Need, Ref,
    Selection, Sink, Storage, Text, Value, Why,
};

/// What `oidc: true` grants.
const ACTION: &str = "bitbucket:id-token:write";

/// What a step needs of its token.
pub(super) struct Needs {
    /// Why it needs it, where that is known.
    because: Option<String>,
    /// Whether nothing else of it can need it.
    complete: bool,
}

impl Default for Needs {
    fn default() -> Self {
        Self { because: None, complete: true }
    }
}

impl Needs {
    /// Notes what a script needs.
    pub(super) fn script(&mut self, scalar: &Scalar, interpreter: Interpreter) {
        let token = &TABLE.variables.token;
        if scalar.text.contains(token.as_str()) {
            self.because = Some(format!("a script reads {token}"));
            return;
        }
        self.complete &= interpreter.read(scalar, &[]).is_some_and(|script| {
            let understood = script.unknown.is_empty();
            understood
                && script.commands().iter().all(|found| {
                    let words: Option<Vec<String>> =
                        found.simple.words.iter().take(3).map(|w| w.known()).collect();
                    let assigns = found.simple.words.is_empty();
                    assigns || words.is_some_and(|words| tables::is_quiet(&words))
                })
        });
    }

    /// Notes that something needs the token.
    pub(super) fn certain(&mut self, because: String) {
        self.because = Some(because);
    }

    /// Notes that something may need it.
    pub(super) fn possible(&mut self) {
        self.complete = false;
    }
}

/// What a step's token has for a subject: the ids of the repository, of the deployment if there is one, and of the step.
/// Source: <https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/>.
pub(super) fn subject(deployed: bool) -> Text {
    let mut text = Text::default();
    let parts =
        ["repository", "environment", "step"].into_iter().filter(|part| deployed || *part != "environment");
    for (index, part) in parts.enumerate() {
        text.push(if index == 0 { "{" } else { ":{" });
        text.push_hole(Why::Variable(part.to_owned()));
        text.push("}");
    }
    text
}

impl<'u> Walk<'_, 'u> {
    /// States the token that a step asks for, and that it may ask.
    pub(super) fn token(&mut self, job: &Job<'u>) {
        let Some(node) = job.oidc else { return };
        let at = self.source(node.span);
        let name = TABLE.variables.token.as_str();
        let is = Ref::new("bitbucket", "id-token", job.unique.clone(), name);
        let lifetime = Value::known(Lifetime::BoundTo(ContextKind::Job), at);
        let body = Credential {
            title: format!("ID token {name}"),
            class: LifetimeClass::AccessToken,
            ..credential(is.clone(), "bitbucket", "id-token", Storage::Federated, lifetime)
        };
        self.out.state(job.within, at, Body::Credential(body));
        self.settings.hand(self.out, job.within, Selection::One(is), at, Sink::Env(name.to_owned()));
        let grant = Grant {
            holder: job.holder.clone(),
            effect: Effect::Allow,
            actions: vec![ACTION.into()],
            actions_except: false,
            resources: vec!["*".into()],
            resources_except: false,
            principals: Vec::new(),
            conditions: Vec::new(),
            approval: Approval::None,
        };
        self.out.state(job.within, at, Body::Grant(grant));
    }

    /// States what a step needs of its token, and whether that is all.
    pub(super) fn needs(&mut self, job: &Job<'u>, node: &Node, mut needs: Needs) {
        let Some(oidc) = job.oidc else { return };
        let image = node.get("image").or_else(|| self.root.get("image"));
        if image.is_some_and(|image| image.path(&["aws", "oidc-role"]).is_some()) {
            needs.certain("the image is pulled with a role".to_owned());
        }
        if let Some(because) = needs.because {
            let need = Need { holder: Some(job.holder.clone()), action: ACTION.into(), because };
            self.out.state(job.within, self.source(oidc.span), Body::Need(need));
        }
        if let Some(context) = self.out.context_mut(job.within) {
            context.needs_complete = needs.complete;
        }
    }

    /// The role that an AWS SDK takes with the step's token, where a script names it.
    pub(super) fn role(&mut self, job: &mut Job<'u>) {
        if job.oidc.is_none() {
            return;
        }
        let named = job.done.set.iter().find(|set| set.name == AWS_ROLE).map(|set| set.datum.clone());
        if let Some(datum) = named {
            self.acts_as_role(job, &datum);
            job.done.sessions.push("aws");
        }
    }

    /// The step's token opens a role of AWS.
    pub(super) fn acts_as_role(&mut self, job: &Job<'u>, named: &Datum) {
        let of_role = |text: &Text| identity::named(IdentityForm::AwsRoleArn, text);
        self.settings.acts_as(self.out, &job.runs(), named, of_role);
    }
}
