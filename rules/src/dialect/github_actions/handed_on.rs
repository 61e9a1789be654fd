//! What the steps of a local action do with the secrets that its caller hands it. An action has no secrets of its own:
//! whatever secret its values hold is the caller's.

use super::Walk;
use super::component::Uses;
use super::computed::{ANY_SECRET, is_unclear, telling};
use super::expression::is_job_token;
use super::job::Job;
use super::scope::{Scope, place, secrets_of};
use super::secret::reference;
use super::step::step_name;
use crate::dialect::pipeline::component::image as image_component;
use crate::document::Node;
use crate::fact::{Body, Component, ContextId, ContextKind, Datum, Flow, Origin, Selection, Sink};

/// A value that holds secrets of the caller.
struct Carried {
    datum: Datum,
    names: Vec<String>,
    /// The variable it becomes; `None` for an argument.
    variable: Option<String>,
}

impl Walk<'_, '_> {
    /// States what one step of a followed action is handed.
    pub(super) fn handed_on(&mut self, job: &Job, within: ContextId, scope: &Scope, step: &Node) {
        self.unclear_inside |= ["env", "with"].iter().any(|key| is_unclear_among(scope, step.get(key)));
        let mut carried = self::carried(scope, step.get("env"), true);
        carried.extend(self::carried(scope, step.get("with"), false));
        if carried.is_empty() {
            return;
        }
        let name = step_name(step).to_owned();
        let within = self.out.context(within, ContextKind::Step, &name, self.source(step.span));
        self.login_variables(within, &job.environment, scope, step.get("env"));
        let uses = step.get("uses").map(|node| (node, Uses::read(node.text().unwrap_or(""))));
        let component = match &uses {
            Some((node, parsed)) if !matches!(parsed, Uses::Local(_)) => {
                Some((*node, parsed.component(false)))
            }
            _ => None,
        };
        self.hand_on(job, within, &carried, component);
    }

    /// States what the image of a followed action is handed: its `env` and `args`, and every input as a variable.
    pub(super) fn handed_to_image(
        &mut self,
        job: &Job,
        within: ContextId,
        scope: &Scope,
        runs: &Node,
        with: &Scope,
        given: Option<&Node>,
    ) {
        let Some(node) = runs.get("image") else { return };
        let Some(image) = node.text().and_then(|text| text.strip_prefix("docker://")) else { return };
        let mut carried = self::carried(scope, runs.get("env"), true);
        for argument in runs.get("args").map(Node::items).unwrap_or_default() {
            carried.extend(of_value(scope, argument, None));
        }
        carried.extend(self::carried(with, given, false));
        if !carried.is_empty() {
            let within = self.out.context(within, ContextKind::Step, image, self.source(node.span));
            self.login_variables(within, &job.environment, scope, runs.get("env"));
            self.hand_on(job, within, &carried, Some((node, image_component(image))));
        }
    }

    fn hand_on(
        &mut self,
        job: &Job,
        within: ContextId,
        carried: &[Carried],
        component: Option<(&Node, Component)>,
    ) {
        if let (Some((node, component)), Some(first)) = (&component, carried.first()) {
            let at = place(self.out, &first.datum).with("handed on here", self.source(node.span));
            self.out.fact(within, at, Origin::Stated, Body::Component(component.clone()));
        }
        for value in carried {
            let to = match (&value.variable, &component) {
                (Some(name), _) => Sink::Env(name.clone()),
                (None, Some((_, component))) => Sink::Recipient(component.is.clone()),
                (None, None) => continue,
            };
            for name in &value.names {
                let at = place(self.out, &value.datum);
                let what = match name.as_str() {
                    ANY_SECRET => Selection::All(reference(&job.environment, ANY_SECRET)),
                    name => Selection::One(self.mention(within, &job.environment, name, at.source())),
                };
                let flow = Body::Flow(Flow { what, to: to.clone() });
                self.out.fact(within, at, Origin::Stated, flow);
            }
        }
    }
}

fn is_unclear_among(scope: &Scope, map: Option<&Node>) -> bool {
    map.map(Node::entries).unwrap_or_default().iter().any(|entry| {
        entry.value.text().is_some_and(|text| text.contains("${{"))
            && telling(&scope.resolve(&entry.value)).iter().any(is_unclear)
    })
}

fn carried(scope: &Scope, map: Option<&Node>, variables: bool) -> Vec<Carried> {
    let entries = map.map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|e| of_value(scope, &e.value, variables.then(|| e.name().to_owned()))).collect()
}

fn of_value(scope: &Scope, node: &Node, variable: Option<String>) -> Option<Carried> {
    if !node.text()?.contains("${{") {
        return None;
    }
    let datum = scope.resolve(node);
    let mut names = secrets_of(&datum);
    names.retain(|name| !is_job_token(name));
    (!names.is_empty()).then_some(Carried { datum, names, variable })
}
