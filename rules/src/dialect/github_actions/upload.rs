//! Packages that a job publishes though it has no identity for it and shows no key.

use super::Walk;
use super::job::{Frame, Job};
use super::permission::Fallback;
use super::script::commands_of;
use super::tables::PERMISSIONS;
use crate::command::{self, upload};
use crate::dialect::pipeline;
use crate::document::Node;
use crate::fact::{Body, ContextId, Effect, Fact, Selection, Text};
use crate::span::Source;

/// Actions of which one lets a job ask for its identity token.
const IDENTITY: [&str; 2] = ["github:id-token:write", "github:*:write"];

impl Walk<'_, '_> {
    /// States the keys with which a job must publish. `before` is the number of facts before the job's own, `steps` are the
    /// contexts of its steps.
    pub(super) fn keyless_uploads(
        &mut self,
        job: &Job,
        frame: &Frame<'_>,
        before: usize,
        body: &Node,
        steps: &[ContextId],
    ) {
        let nodes = body.get("steps").map(Node::items).unwrap_or_default();
        let text = |step: &Node| step.get("run").and_then(Node::text).map(str::to_owned);
        if !nodes.iter().filter_map(text).any(|text| upload::may_publish(&text)) || !self.on_github() {
            return;
        }
        // A caller decides what the job may do.
        let elsewhere = matches!(frame.permissions, Fallback::Elsewhere) && body.get("permissions").is_none();
        let facts = self.out.facts.facts.get(before..).unwrap_or_default();
        if elsewhere || self.own_registry || self.workflow_holds || facts.iter().any(helps) {
            return;
        }
        let root = self.file.document.nodes().first().and_then(|root| root.get("env"));
        let maps = nodes.iter().map(|step| step.get("env")).chain([root, body.get("env")]);
        let mut variables = maps.flatten().flat_map(Node::entries);
        if variables.any(|variable| upload::is_setting(variable.name())) {
            return;
        }
        if nodes.iter().filter_map(text).any(|text| upload::puts_in_place(&text)) {
            return;
        }
        let mut found = Vec::new();
        for (step, within) in nodes.iter().zip(steps) {
            let Some(script) = commands_of(step, job.interpreter) else { continue };
            let commands = command::called(&script);
            if upload::signs_in(&commands) {
                return;
            }
            for upload in upload::uploads(&commands) {
                found.push((*within, Source::new(self.file.id, script.span(upload.at)), upload));
            }
        }
        let unique = [Text::literal(job.path.clone()), Text::literal(job.id.clone())];
        for (within, at, upload) in found {
            pipeline::upload::state(self.out, "github", within, at, &unique, &upload);
        }
    }
}

/// Whether a fact of a job is something that it could publish with.
fn helps(fact: &Fact) -> bool {
    match &fact.body {
        Body::Credential(_) => true,
        Body::Flow(flow) => !matches!(&flow.what, Selection::One(is) if is.kind == "job"),
        Body::Grant(grant) => {
            grant.effect == Effect::Allow
                && grant.actions.iter().any(|action| {
                    let known = action.known();
                    known.is_none_or(|known| {
                        IDENTITY.contains(&known) || known == PERMISSIONS.everything.action
                    })
                })
        }
        _ => false,
    }
}
