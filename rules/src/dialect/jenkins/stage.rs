//! Stages and what stands around them: who runs, where, with which variables.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Walk;
use super::collect::{fails, holds_stages};
use super::groovy::{Block, Call, Expr, Statement, Value as Written};
use super::scope::Scope;
use crate::dialect::pipeline::run::{Done, Runs};
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::settings::{Settings, Site};
use crate::dialect::pipeline::{agent, deploy, names};
use crate::document::script::Template;
use crate::fact::{
    Body, ContextId, ContextKind, Datum, Identity, LinkKind, Naming, Ref, Safeguard, SafeguardKind, Text,
    Value,
};
use crate::span::Source;

/// What Groovy fills before a shell sees the script.
const HOLES: [Template; 1] = [Template::DollarBraces];

/// What holds at a place of a pipeline.
#[derive(Clone)]
pub(super) struct Here {
    /// The pipeline or stage around, in which jobs stand.
    pub(super) around: ContextId,
    /// The block of the job at hand, if it is in one of its own.
    pub(super) within: Option<ContextId>,
    pub(super) scope: Scope,
    /// The image in which what runs here runs.
    pub(super) image: Option<Datum>,
    /// Images of the pod's containers by name.
    pub(super) containers: Rc<BTreeMap<String, Datum>>,
    /// What a job is called that is no stage, and where it begins.
    name: String,
    at: Source,
    /// Whether what fails here is passed over.
    pub(super) excused: Option<Value<bool>>,
    /// Somebody has let it run.
    approved: Option<Source>,
}

impl Here {
    pub(super) fn of_file(around: ContextId, scope: Scope, at: Source) -> Self {
        Self {
            around,
            within: None,
            scope,
            image: None,
            containers: Rc::default(),
            name: "pipeline".to_owned(),
            at,
            excused: None,
            approved: None,
        }
    }
}

/// A job while it is lowered.
pub(super) struct Job {
    pub(super) within: ContextId,
    name: String,
    at: Source,
    /// How many facts there were before.
    before: usize,
    unique: [Text; 2],
    pub(super) holder: Ref,
    pub(super) done: Done,
    scope: Scope,
}

impl Job {
    /// How its scripts run in a block of its own.
    pub(super) fn runs<'s>(
        &'s self,
        here: &'s Here,
        folder: &'s Text,
        interpreter: Interpreter,
        provided: &'s std::collections::BTreeSet<String>,
        filled: bool,
    ) -> Runs<'s> {
        Runs {
            site: Site {
                within: here.within.unwrap_or(self.within),
                environment: folder,
                names: &here.scope,
            },
            interpreter,
            holes: if filled { &HOLES } else { &[] },
            provided,
            dotenv: None,
            kept: &[],
            unique: &self.unique,
            holder: Some(&self.holder),
            subjects: &[],
            one_shell: false,
        }
    }

    pub(super) fn unique(&self) -> [Text; 2] {
        self.unique.clone()
    }
}

impl<'t> Walk<'_, '_, 't> {
    /// A context inside another: what stands in the environment of the one stands in the other's.
    pub(super) fn inner(
        &mut self,
        parent: ContextId,
        kind: ContextKind,
        name: &str,
        at: Source,
    ) -> ContextId {
        let inner = self.out.context(parent, kind, name, at);
        if self.settings.holding.contains(&parent) {
            self.settings.holding.insert(inner);
        }
        inner
    }

    /// A block whose steps outside of stages are a job of their own.
    pub(super) fn separate(&mut self, block: &'t Block, here: &Here) {
        let mut job = None;
        self.block(block, here, &mut job);
        self.finish(job);
    }

    /// Statements in order.
    pub(super) fn block(&mut self, block: &'t Block, here: &Here, job: &mut Option<Job>) {
        for statement in &block.statements {
            match statement {
                Statement::Value(value) => self.value(value, here, job, false),
                Statement::Set { name, value } => {
                    self.literal(here, job, &name.text, value);
                    self.note_container(&name.text, value, here);
                    self.value(value, here, job, true);
                }
                Statement::Block(inner) => self.block(inner, here, job),
                Statement::Try { body, caught } => {
                    let mut around = here.clone();
                    if !caught.is_empty() && !caught.iter().any(fails) {
                        around.excused =
                            caught.first().map(|block| Value::known(true, self.source(block.at)));
                    }
                    self.block(body, &around, job);
                    caught.iter().for_each(|inner| self.block(inner, here, job));
                }
                Statement::Method { name, body } => {
                    let (name, at) = (name.text.clone(), self.source(name.at));
                    let inner = Here { name, at, within: None, ..here.clone() };
                    self.separate(body, &inner);
                }
            }
        }
    }

    /// A pipeline, a stage or what else has directives: those first, then the rest.
    pub(super) fn directed(&mut self, block: &'t Block, here: &Here, job: &mut Option<Job>) {
        let mut inner = here.clone();
        let calls = block.statements.iter().filter_map(|statement| match statement {
            Statement::Value(value) => value.calls().first(),
            _ => None,
        });
        for call in calls {
            match (call.name.text.as_str(), &call.block) {
                ("environment", Some(variables)) => self.environment(variables, &mut inner, job),
                ("agent", _) => self.agent(call, &mut inner, job.as_ref()),
                ("input", block) if block.is_some() || job.is_some() => {
                    let at = self.source(call.name.at);
                    inner.approved = Some(at);
                    if let Some(job) = job {
                        self.approve(job.within, job, at);
                    }
                }
                ("axes", Some(axes)) => self.axes(axes, &mut inner),
                _ => {}
            }
        }
        if let Some(job) = job {
            job.scope = inner.scope.clone();
        }
        self.block(block, &inner, job);
    }

    /// `stage('a') { … }`
    pub(super) fn stage(&mut self, call: &'t Call, here: &Here) {
        let Some(block) = &call.block else { return };
        let named = call.positional(0).or_else(|| call.named("name"));
        let name = named.and_then(Expr::literal).unwrap_or("stage").to_owned();
        let at = self.source(named.map_or(call.name.at, Expr::content));
        let whole = self.source(call.name.at.join(block.at));
        let mut inner = Here { name: name.clone(), at, within: None, ..here.clone() };
        if holds_stages(block) {
            inner.around = self.inner(here.around, ContextKind::Workflow, &name, whole);
            let mut job = None;
            self.directed(block, &inner, &mut job);
            return self.finish(job);
        }
        let mut job = Some(self.begin(&inner, whole));
        self.directed(block, &inner, &mut job);
        self.finish(job);
    }

    /// `parallel a: { … }, b: { … }`
    pub(super) fn branches(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        for argument in &call.arguments {
            let Written::Block(block) = &argument.value.value else { continue };
            if job.is_some() {
                self.block(block, here, job);
                continue;
            }
            let mut inner = here.clone();
            if let Some(label) = &argument.name {
                (inner.name, inner.at) = (label.text.clone(), self.source(label.at));
            }
            self.separate(block, &inner);
        }
    }

    /// The job at hand; what stands in no stage begins one.
    pub(super) fn job<'j>(&mut self, here: &Here, job: &'j mut Option<Job>) -> &'j mut Job {
        match job {
            Some(job) => job,
            None => {
                let begun = self.begin(here, here.at);
                job.insert(begun)
            }
        }
    }

    /// Where something stands: the block or job at hand, or what is around.
    pub(super) fn place(here: &Here, job: &Option<Job>) -> ContextId {
        let of_job = here.within.or_else(|| job.as_ref().map(|job| job.within));
        of_job.unwrap_or(here.around)
    }

    fn begin(&mut self, here: &Here, whole: Source) -> Job {
        let before = self.out.facts.facts.len();
        let within = self.inner(here.around, ContextKind::Job, &here.name, whole);
        let path = Text::literal(self.file.path.clone());
        let holder = Ref::new("jenkins", "job", [path.clone()], here.name.clone());
        let identity = Identity::plain(holder.clone(), "job token", Naming::Named);
        self.out.state(within, here.at, Body::Identity(identity));
        if let Some(image) = &here.image {
            self.images.image(self.out, within, image, super::agent::image_of);
        }
        let job = Job {
            within,
            name: here.name.clone(),
            at: here.at,
            before,
            unique: [path, Text::literal(here.name.clone())],
            holder,
            done: Done::default(),
            scope: here.scope.clone(),
        };
        if let Some(at) = here.approved.or(self.approved) {
            self.approve(within, &job, at);
        }
        job
    }

    /// States that somebody lets a job run.
    fn approve(&mut self, within: ContextId, job: &Job, at: Source) {
        let on = Value::known(true, at);
        let gate = Safeguard { kind: SafeguardKind::ApprovalGate, protects: None, on };
        self.out.state(within, at, Body::Safeguard(gate));
        let is = Ref::new("jenkins", "environment", [self.folder.clone()], job.name.clone());
        if let Some(context) = self.out.context_mut(job.within) {
            context.environment = Some(Value::known(is, at));
        }
    }

    /// `input`: what comes behind it runs once somebody has let it.
    pub(super) fn input(&mut self, call: &Call, here: &Here, job: &mut Option<Job>) {
        let at = self.source(call.name.at);
        self.job(here, job);
        if let Some(job) = job {
            self.approve(here.within.unwrap_or(job.within), job, at);
        }
        self.approved = Some(at);
    }

    /// States what is known of a job when all of it was read.
    pub(super) fn finish(&mut self, job: Option<Job>) {
        let Some(mut job) = job else { return };
        let done = std::mem::take(&mut job.done);
        agent::instructed(self.out, job.within, &done.tools.agents, self.outsiders);
        let further = Settings::further(&job.scope, done);
        let site = Site { within: job.within, environment: &self.folder, names: &job.scope };
        self.settings.standing_keys(self.out, site, std::iter::empty(), |_| None, &further);
        let acts = self.out.facts.facts.get(job.before..).unwrap_or_default().iter().any(
            |fact| matches!(&fact.body, Body::Link(link) if link.kind == LinkKind::ActsAs && link.to.kind == "role"),
        );
        let tier = names::tier(&job.name).filter(|_| acts);
        if let (Some(tier), Some(context)) = (tier, self.out.context_mut(job.within)) {
            context.tier = Some(Value::known(tier, job.at));
        }
        deploy::settle(self.out, job.within, job.before, &[(job.name.as_str(), job.at)]);
    }
}
