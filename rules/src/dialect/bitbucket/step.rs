//! Steps: where they run, what they log in to, which scripts and pipes they run, what they keep.

use std::collections::BTreeSet;

use super::scope::Scope;
use super::tables::TABLE;
use super::{Around, MAX_STEPS, Walk, oidc};
use crate::dialect::pipeline::reading::plain_path;
use crate::dialect::pipeline::run::{Done, Runs, Written};
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::settings::{Settings, Site};
use crate::dialect::pipeline::value::value;
use crate::dialect::pipeline::{check, deploy, names};
use crate::document::Node;
use crate::fact::{
    Body, ContextId, ContextKind, Identity, Known, Naming, Ref, Safeguard, SafeguardKind, Sink, Text, Value,
    Why,
};

/// How a step that fails is passed over.
/// Source: <https://support.atlassian.com/bitbucket-cloud/docs/step-options/#On-fail>.
const PASSES: &str = "ignore";
/// Most paths that a step keeps which are held against what its scripts write.
const MAX_KEPT: usize = 64;

/// What the parts of a step share.
pub(super) struct Job<'u> {
    pub(super) within: ContextId,
    pub(super) unique: [Text; 2],
    pub(super) holder: Ref,
    /// The deployment's name, or a hole.
    pub(super) environment: Text,
    pub(super) scope: Scope,
    pub(super) interpreter: Interpreter,
    /// Where it asks for a token that says who it is.
    pub(super) oidc: Option<&'u Node>,
    pub(super) provided: BTreeSet<String>,
    pub(super) kept: Vec<(String, Sink)>,
    pub(super) outputs: Option<String>,
    pub(super) subjects: Vec<Text>,
    pub(super) done: Done,
}

impl Job<'_> {
    pub(super) fn site(&self) -> Site<'_> {
        Site { within: self.within, environment: &self.environment, names: &self.scope }
    }

    pub(super) fn runs(&self) -> Runs<'_> {
        Runs {
            site: self.site(),
            interpreter: self.interpreter,
            holes: &[],
            provided: &self.provided,
            dotenv: self.outputs.as_deref(),
            kept: &self.kept,
            unique: &self.unique,
            holder: Some(&self.holder),
            subjects: &self.subjects,
            one_shell: true,
        }
    }
}

impl<'u> Walk<'_, 'u> {
    /// Lowers one step of a pipeline.
    pub(super) fn step(&mut self, around: &Around<'u>, node: &'u Node) {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            let why = Why::Limit(format!("more than {MAX_STEPS} steps"));
            return self.out.unknown(self.source(node.span), why);
        }
        self.used.insert(node.span);
        let name = node.get("name").and_then(Node::text).unwrap_or(&around.name).to_owned();
        let at = self.source(node.get("name").map_or(node.span, |node| node.span));
        let before = self.out.facts.facts.len();
        let within = self.out.context(around.within, ContextKind::Job, &name, self.source(node.span));
        let path = Text::literal(self.file.path.clone());
        let holder = Ref::new("bitbucket", "job", [path.clone()], format!("{}/{name}", around.name));
        let identity = Identity::plain(holder.clone(), "job token", Naming::Named);
        self.out.state(within, at, Body::Identity(identity));
        let of_stage = |key: &str| node.get(key).or_else(|| around.stage.and_then(|stage| stage.get(key)));
        let environment = self.environment(within, &around.scope, of_stage("deployment"));
        if let Some(trigger) = of_stage("trigger").filter(|trigger| trigger.text() == Some("manual")) {
            let at = self.source(trigger.span);
            let gate =
                Safeguard { kind: SafeguardKind::ApprovalGate, protects: None, on: Value::known(true, at) };
            self.out.state(within, at, Body::Safeguard(gate));
        }
        let oidc = node.get("oidc").filter(|oidc| oidc.boolean().is_some_and(|(on, _)| on));
        let mut job = Job {
            within,
            unique: [path, holder.name.clone()],
            holder,
            subjects: vec![oidc::subject(of_stage("deployment").is_some())],
            environment,
            scope: around.scope.clone(),
            interpreter: interpreter(node.get("runs-on").or_else(|| self.root.path(&["options", "runs-on"]))),
            oidc,
            provided: oidc.map(|_| TABLE.variables.token.clone()).into_iter().collect(),
            kept: self.kept(node),
            outputs: node.get("output-variables").map(|_| format!("${}", TABLE.variables.outputs)),
            done: Done::default(),
        };
        self.token(&job);
        if let Some(image) = node.get("image").or_else(|| self.root.get("image")) {
            self.image(&job, image);
        }
        self.services_of(&job, node);
        let mut needs = oidc::Needs::default();
        for key in ["script", "after-script"] {
            let items = node.get(key).map(Node::one_or_many).unwrap_or_default();
            if !self.allows(items.len(), node.span) {
                needs.possible();
                break;
            }
            for item in items {
                self.item(&mut job, item, &mut needs);
            }
        }
        self.role(&mut job);
        self.needs(&job, node, needs);
        if let Some(strategy) = node.path(&["on-fail", "strategy"])
            && strategy.text() == Some(PASSES)
        {
            check::excuse(self.out, &job.done.tools.checks, &Value::known(true, self.source(strategy.span)));
        }
        let further = Settings::further(&job.scope, std::mem::take(&mut job.done));
        self.settings.standing_keys(self.out, job.site(), std::iter::empty(), |_| None, &further);
        deploy::settle(self.out, within, before, &[(name.as_str(), at)]);
    }

    /// An item of a script: commands, or a pipe.
    fn item(&mut self, job: &mut Job<'u>, item: &'u Node, needs: &mut oidc::Needs) {
        if let Some(pipe) = item.get("pipe") {
            return self.pipe(job, pipe, item.get("variables"), needs);
        }
        let Some(scalar) = item.scalar() else { return };
        if job.oidc.is_some() {
            needs.script(scalar, job.interpreter);
        }
        let mut done = std::mem::take(&mut job.done);
        let written = Written { file: self.file.id, scalar, at: self.source(item.span) };
        self.settings.script(self.out, &job.runs(), written, &[], &mut done);
        job.done = done;
    }

    /// The deployment that a step is for. Gives its name, or a hole.
    fn environment(&mut self, within: ContextId, scope: &Scope, node: Option<&'u Node>) -> Text {
        let nowhere = || Text::hole(Why::Variable("deployment".to_owned()));
        let Some(node) = node else { return nowhere() };
        let datum = scope.resolve(node);
        if matches!(datum.value, Known::Null) || datum.known() == Some("") {
            return nowhere();
        }
        let repository = || Text::hole(Why::Variable("repository".to_owned()));
        let environment = value(&datum, "a name", |text| {
            Some(Ref::new("bitbucket", "environment", [repository()], text.clone()))
        });
        let tier = value(&datum, "a name", |text| names::tier(text.known()?));
        if let Some(context) = self.out.context_mut(within) {
            context.environment = Some(environment);
            context.tier = Some(tier).filter(|tier| !matches!(tier, Value::Unknown { .. }));
        }
        match datum.alternatives().as_slice() {
            [(only, _, _)] => only.text().unwrap_or_else(nowhere),
            _ => nowhere(),
        }
    }

    /// What a step keeps: artifacts, and the paths of caches that the file defines.
    fn kept(&self, node: &Node) -> Vec<(String, Sink)> {
        let mut kept = Vec::new();
        let mut keep = |path: &Node, sink: Sink| {
            // A pattern is kept as far as it has none: what is written below is what it finds.
            let path = path.text().map(|path| path.split('*').next().unwrap_or_default()).map(plain_path);
            if let Some(path) = path.filter(|path| !path.is_empty() && kept.len() < MAX_KEPT) {
                kept.push((path.to_owned(), sink));
            }
        };
        if let Some(artifacts) = node.get("artifacts") {
            let uploads = artifacts.get("upload").map(Node::one_or_many).unwrap_or_default();
            let lists = uploads.iter().chain([artifacts]).map(|node| node.get("paths").unwrap_or(node));
            lists.flat_map(Node::one_or_many).take(MAX_KEPT).for_each(|path| keep(path, Sink::Artifact));
        }
        for name in
            node.get("caches").map(Node::one_or_many).unwrap_or_default().iter().filter_map(Node::text)
        {
            if let Some(cache) = self.caches.get(name) {
                keep(cache.get("path").unwrap_or(cache), Sink::Cache);
            }
        }
        kept
    }
}

/// What runs a step's scripts: PowerShell on a runner of Windows, by its labels, a shell elsewhere.
fn interpreter(labels: Option<&Node>) -> Interpreter {
    let labels = labels.map(Node::one_or_many).unwrap_or_default();
    let windows =
        labels.iter().filter_map(Node::text).any(|label| label.to_ascii_lowercase().contains("windows"));
    if windows { Interpreter::PowerShell } else { Interpreter::Shell }
}
