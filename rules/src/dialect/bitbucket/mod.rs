//! Bitbucket Pipelines: `bitbucket-pipelines.yml`, and files of pipelines that it imports.
//!
//! Each step is lowered in each pipeline that runs it, with the image, services, deployment and variables that hold there.
//! A variable that nothing declares is one of the repository, its deployment or its workspace: by its name a secret, or
//! unknown. Pull requests of forks start nothing, so every pipeline runs the repository's own code.

mod image;
mod import;
mod oidc;
mod pipe;
mod render;
mod scope;
mod step;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::pipeline::settings::Settings;
use super::pipeline::taken::Taken;
use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, logins, pipeline};
use crate::document::{Data, Format, Node};
use crate::fact::{Author, ContextId, ContextKind, Place, Starter, Value, Why};
use crate::remedy::{Remedy, Rendered};
use crate::span::{ByteSpan, Source};
use scope::Scope;

/// The dialect.
pub static DIALECT: Bitbucket = Bitbucket;

/// Pipelines of Bitbucket.
#[derive(Clone, Copy, Debug)]
pub struct Bitbucket;

impl Dialect for Bitbucket {
    fn name(&self) -> &'static str {
        "bitbucket-pipelines"
    }

    fn warm(&self) {
        tables::warm();
        logins::warm();
        pipeline::warm();
    }

    fn claim(&self, path: &str) -> Claim {
        if Format::of_path(path) != Format::Yaml {
            return Claim::No;
        }
        if is_pipeline(path) { Claim::Path } else { Claim::Content }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        file.document.nodes().first().is_some_and(by_content)
    }

    fn grouped(&self, path: &str) -> bool {
        is_pipeline(path)
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        let root = file.document.nodes().first();
        let paths: BTreeSet<Ask> = root
            .map(|root| import::paths(file, root))
            .unwrap_or_default()
            .into_iter()
            .map(Ask::File)
            .collect();
        Outline { unit: None, asks: paths.into_iter().collect(), takes: Vec::new() }
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, self.name());
            if let Some(root) = file.document.nodes().first() {
                Walk::new(out, file, root).pipelines();
            }
        }
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        render::render(unit, target, remedy)
    }
}

/// Whether the path alone makes a file one.
fn is_pipeline(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "bitbucket-pipelines.yml" | "bitbucket-pipelines.yaml")
}

/// What starts pipelines, as keys below `pipelines`.
/// Source: <https://support.atlassian.com/bitbucket-cloud/docs/pipeline-start-conditions/>.
const STARTS: [&str; 6] = ["default", "branches", "tags", "bookmarks", "pull-requests", "custom"];

/// Whether a file says what only pipelines of Bitbucket say: pipelines that start by its conditions, or that it exports.
fn by_content(root: &Node) -> bool {
    let has_steps = |node: &Node| {
        let items = node.items();
        !items.is_empty()
            && items.iter().any(|item| ["step", "parallel", "stage"].iter().any(|k| item.get(k).is_some()))
    };
    let each =
        |node: Option<&Node>| node.is_some_and(|node| node.entries().iter().any(|e| has_steps(&e.value)));
    let exported = each(root.path(&["definitions", "pipelines"]));
    let started = root.get("pipelines").is_some_and(|pipelines| {
        let entries = pipelines.entries();
        let own = entries.iter().all(|entry| STARTS.contains(&entry.name()));
        !entries.is_empty() && own && entries.iter().any(|e| has_steps(&e.value) || each(Some(&e.value)))
    });
    exported || started
}

/// Most steps that are lowered of one file, those behind an alias again for every pipeline that runs them: fifty
/// pipelines of fifty steps are a quarter.
const MAX_STEPS: usize = 10_000;
/// Most items of scripts and variables of services and pipes that are lowered of one file, counted for each step that runs
/// them.
const MAX_LOWERED: usize = 200_000;
/// How deep groups of steps are followed: a stage with a group is two.
const MAX_GROUPED: usize = 4;

/// Lowers one file.
struct Walk<'o, 'u> {
    out: &'o mut Lowering<'u>,
    file: &'u SourceFile,
    root: &'u Node,
    /// The whole file.
    within: ContextId,
    settings: Settings,
    /// Images, to be stated when it is known which of them run with a secret.
    images: Taken,
    services: BTreeMap<&'u str, &'u Node>,
    /// Services and steps that something uses, by their places, and logins of images that were stated.
    used: BTreeSet<ByteSpan>,
    /// Caches that the file defines, by name.
    caches: BTreeMap<&'u str, &'u Node>,
    steps: usize,
    lowered: usize,
}

/// What the steps of a pipeline share.
#[derive(Clone)]
struct Around<'u> {
    within: ContextId,
    /// The pipeline's name among others: `branches/main`.
    name: String,
    scope: Scope,
    /// Deployment and trigger of the stage.
    stage: Option<&'u Node>,
}

impl<'o, 'u> Walk<'o, 'u> {
    fn new(out: &'o mut Lowering<'u>, file: &'u SourceFile, root: &'u Node) -> Self {
        let around = out.file_context(file.id);
        let whole = Source::new(file.id, root.span);
        let within = out.context(around, ContextKind::Workflow, file.name(), whole);
        if let Some(context) = out.context_mut(within) {
            context.started_by = Some(Value::known(BTreeSet::from([Starter::Maintainer]), whole));
            context.runs_code_of = Some(Value::known(Author::Maintainer, whole));
        }
        let defined =
            |key: &str| root.path(&["definitions", key]).map(Node::entries).unwrap_or_default().iter();
        Self {
            out,
            file,
            root,
            within,
            settings: Settings::new("bitbucket", "repository", &file.path, whole),
            images: Taken::default(),
            services: defined("services").map(|entry| (entry.name(), &entry.value)).collect(),
            used: BTreeSet::new(),
            caches: defined("caches").map(|entry| (entry.name(), &entry.value)).collect(),
            steps: 0,
            lowered: 0,
        }
    }

    fn source(&self, span: ByteSpan) -> Source {
        Source::new(self.file.id, span)
    }

    /// Counts what is lowered; `false`, and that is told, when it is too much.
    fn allows(&mut self, further: usize, at: ByteSpan) -> bool {
        self.lowered = self.lowered.saturating_add(further);
        let allowed = self.lowered <= MAX_LOWERED;
        if !allowed {
            let why = Why::Limit(format!("more than {MAX_LOWERED} items of scripts and variables"));
            self.out.unknown(self.source(at), why);
        }
        allowed
    }

    /// Lowers every pipeline of the file, those that it exports among them, then what none of them uses.
    fn pipelines(&mut self) {
        for entry in self.root.get("pipelines").map(Node::entries).unwrap_or_default() {
            match matches!(entry.value.data, Data::List(_)) || entry.value.get("import").is_some() {
                true => self.pipeline(entry.name().to_owned(), &entry.value),
                false => self.named(entry.name(), &entry.value),
            }
        }
        if let Some(exported) = self.root.path(&["definitions", "pipelines"]) {
            self.named("definitions", exported);
        }
        self.unused();
        let images = std::mem::take(&mut self.images);
        images.state(self.out, &self.settings.holding, false);
    }

    /// Pipelines by the branch, tag or name that they are for.
    fn named(&mut self, kind: &str, node: &'u Node) {
        for entry in node.entries() {
            self.pipeline(format!("{kind}/{}", entry.name()), &entry.value);
        }
    }

    fn pipeline(&mut self, name: String, node: &'u Node) {
        let within = self.out.context(self.within, ContextKind::Workflow, &name, self.source(node.span));
        if let Some(import) = node.get("import") {
            return self.import(within, import);
        }
        let mut around = Around { within, name, scope: Scope::of_file(self.file.id), stage: None };
        for item in node.items() {
            if let Some(variables) = item.get("variables") {
                around.scope.declare(variables);
                self.declared(within, variables);
            }
        }
        self.grouped(&around, node, MAX_GROUPED);
    }

    /// The defaults of a pipeline's variables, for the detectors.
    fn declared(&mut self, within: ContextId, variables: &'u Node) {
        for node in variables.one_or_many() {
            let named = node.get("name").and_then(Node::text).zip(node.get("default"));
            if let Some((name, default)) = named {
                self.literal(within, name, default);
            }
        }
    }

    /// The steps of a list, of its groups and stages.
    fn grouped(&mut self, around: &Around<'u>, list: &'u Node, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else {
            let why = Why::Limit(format!("groups of steps over {MAX_GROUPED} levels"));
            return self.out.unknown(self.source(list.span), why);
        };
        for item in list.one_or_many() {
            if let Some(step) = item.get("step") {
                self.step(around, step);
            }
            if let Some(parallel) = item.get("parallel") {
                self.grouped(around, parallel.get("steps").unwrap_or(parallel), depth);
            }
            if let Some(stage) = item.get("stage") {
                let inner = Around { stage: Some(stage), ..around.clone() };
                if let Some(steps) = stage.get("steps") {
                    self.grouped(&inner, steps, depth);
                }
            }
        }
    }

    /// Steps and services that are defined and that no pipeline of the file runs say what they say all the same.
    fn unused(&mut self) {
        let scope = Scope::of_file(self.file.id);
        let around = Around { within: self.within, name: "definitions".to_owned(), scope, stage: None };
        for item in self.root.path(&["definitions", "steps"]).map(Node::one_or_many).unwrap_or_default() {
            if let Some(step) = item.get("step").filter(|step| !self.used.contains(&step.span)) {
                self.step(&around, step);
            }
        }
        let services: Vec<&'u Node> = self.services.values().copied().collect();
        for service in
            services.into_iter().filter(|service| !self.used.contains(&service.span)).collect::<Vec<_>>()
        {
            self.service(self.within, &around.scope, service);
        }
    }

    /// Hands a literal with a telling name to the detectors.
    fn literal(&mut self, within: ContextId, name: &str, node: &Node) {
        let Some(scalar) = node.scalar().filter(|scalar| !scalar.text.is_empty()) else { return };
        let pieces = pipeline::reading::pieces(&scalar.text);
        if pieces.iter().all(|piece| matches!(piece, pipeline::reading::Piece::Literal(_))) {
            self.settings.slot(self.out, within, name, self.file.id, scalar);
        }
    }
}
