//! GitLab CI/CD: `.gitlab-ci.yml`, the files it includes from the tree, and component templates.
//!
//! A pipeline is put together as the platform does it (`include`, `extends`, `!reference`, `default`, `variables`), and
//! every value keeps the file it is written in. What a variable holds that no file sets is a setting of the project: by its
//! name a secret of the store, or unknown.

mod condition;
mod config;
mod federate;
mod image;
mod include;
mod job;
mod need;
mod recognise;
mod render;
mod scope;
mod script;
mod secret;
mod starts;
mod tables;
#[cfg(test)]
mod tests;
mod tree;
mod trigger;
mod variables;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::pipeline::settings::{Settings, secrets};
use super::pipeline::taken::Taken;
use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, logins, pipeline};
use crate::document::{Format, Node};
use crate::fact::{Body, ContextId, ContextKind, Place, Selection, Sink, Why};
use crate::remedy::{Remedy, Rendered};
use crate::span::Source;
use config::Config;
use scope::Scope;

/// The dialect.
pub static DIALECT: GitlabCi = GitlabCi;

/// Pipelines of GitLab.
#[derive(Clone, Copy, Debug)]
pub struct GitlabCi;

impl Dialect for GitlabCi {
    fn name(&self) -> &'static str {
        "gitlab-ci"
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
        if recognise::is_pipeline(path) { Claim::Path } else { Claim::Content }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        recognise::by_content(file)
    }

    fn grouped(&self, path: &str) -> bool {
        Format::of_path(path) == Format::Yaml && (recognise::is_pipeline(path) || recognise::in_folder(path))
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        let root = recognise::repository_root(&file.path);
        let mut asks: BTreeSet<Ask> = BTreeSet::new();
        let mut ask = |node: &Node| {
            for include in include::all(node) {
                if let include::From::Local(path) = include.from
                    && asks.len() < config::MAX_INCLUDES
                {
                    asks.extend(include::ask(root, path));
                }
            }
        };
        let (_, content) = config::documents(file);
        if let Some(node) = content.and_then(|content| content.get("include")) {
            ask(node);
        }
        Outline { unit: None, asks: asks.into_iter().collect(), takes: Vec::new() }
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, self.name());
            Walk::new(out, file).pipeline();
        }
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        render::render(unit, target, remedy)
    }
}

/// Keys that say something of a hidden job that no job extends.
const SAYING: [&str; 10] = [
    "image",
    "services",
    "variables",
    "script",
    "before_script",
    "after_script",
    "run",
    "id_tokens",
    "secrets",
    "trigger",
];

/// Most variables, tokens and the like that are lowered of one pipeline, counted for each job that takes them over: a
/// thousand jobs with a hundred variables each are a hundred thousand.
const MAX_LOWERED: usize = 200_000;

/// Most values of jobs that are walked through in one pipeline, counted for each job that takes them over. A thousand jobs
/// of a hundred lines are a tenth of it.
const MAX_WALKED: usize = 1_000_000;

/// Lowers one pipeline.
struct Walk<'o, 'u> {
    out: &'o mut Lowering<'u>,
    /// The file that the platform begins with.
    file: &'u SourceFile,
    config: Config<'u>,
    /// The whole pipeline.
    within: ContextId,
    /// The pipelines that there are, and what a job without rules is part of.
    kinds: condition::Kinds,
    unruled: condition::Kinds,
    /// Secrets of the settings, and where they go.
    settings: Settings,
    /// Images, to be stated when it is known which of them run with a secret.
    images: Taken,
    lowered: usize,
    walked: usize,
    /// Bytes that were searched for the names of ID tokens.
    asked: usize,
    looked_up: Rc<Cell<usize>>,
    globals: Rc<scope::Layer>,
    /// Whether a job before has services, which get the global variables as well.
    has_services: bool,
}

impl<'o, 'u> Walk<'o, 'u> {
    fn new(out: &'o mut Lowering<'u>, file: &'u SourceFile) -> Self {
        let config = Config::load(out, file, recognise::repository_root(&file.path));
        let around = out.file_context(file.id);
        let span = config::documents(file).1.map(|content| content.span).unwrap_or_default();
        let within = out.context(around, ContextKind::Workflow, file.name(), Source::new(file.id, span));
        Self {
            out,
            file,
            config,
            within,
            kinds: condition::every(),
            unruled: condition::without_rules(),
            settings: Settings::new("gitlab", "project", &file.path, Source::new(file.id, span)),
            images: Taken::default(),
            lowered: 0,
            walked: 0,
            asked: 0,
            looked_up: Rc::default(),
            globals: Rc::default(),
            has_services: false,
        }
    }

    /// Lowers the pipeline: what all jobs share, then each job.
    fn pipeline(&mut self) {
        self.declared_inputs();
        self.workflow();
        let globals = self.config.top("variables").cloned();
        self.globals = scope::layer(globals.as_ref().map(tree::Item::fields).unwrap_or_default());
        let mut scope = Scope::counted(&self.looked_up);
        scope.push(Rc::clone(&self.globals));
        let nowhere = secret::no_environment();
        self.variables(self.within, &nowhere, &scope, globals.as_ref(), &[]);
        for field in self.config.jobs(false) {
            self.job(&field);
        }
        // What no job takes from is a template for others: it says what it says.
        for field in self.config.jobs(true) {
            let says = SAYING.iter().any(|key| field.value.get(key).is_some());
            if says && !self.config.used.contains(&field.name) {
                self.job(&field);
            }
        }
        self.outside();
        let images = std::mem::take(&mut self.images);
        let everywhere = self.settings.holding.contains(&self.within);
        images.state(self.out, &self.settings.holding, everywhere);
    }

    /// Code from elsewhere runs with every variable of the project, and with what it is given.
    fn outside(&mut self) {
        let nowhere = secret::no_environment();
        // An ID token is none of the settings, but what is included may ask for the same one.
        let has_secrets = self.settings.has_secrets() || !self.settings.holding.is_empty();
        for outside in std::mem::take(&mut self.config.outside) {
            let component = outside.component;
            let is = component.is.clone();
            // Of its own: what it can read is no other code's.
            let within = self.out.context(self.within, ContextKind::Step, "include", outside.at);
            if has_secrets && !component.first_party {
                let what = Selection::All(self.settings.reference(&nowhere, "*"));
                self.settings.hand(self.out, within, what, outside.at, Sink::Env("*".to_owned()));
            }
            self.out.state(within, outside.at, Body::Component(component));
            let scope = Scope::counted(&self.looked_up);
            for field in self.fields(outside.inputs.as_ref()) {
                self.slot(within, &field.name, &field.value);
                let datum = scope.resolve(&field.value);
                for name in secrets(&scope, &datum) {
                    let to = Sink::Recipient(is.clone());
                    self.settings.flow(self.out, within, &nowhere, &name, datum.at, to);
                }
            }
        }
    }

    /// The fields of a map that is lowered; none, and that is told, when too many were.
    fn fields(&mut self, item: Option<&tree::Item>) -> Vec<tree::Field> {
        let Some(item) = item else { return Vec::new() };
        self.lowered = self.lowered.saturating_add(item.len());
        if self.lowered > MAX_LOWERED {
            let why = Why::Limit(format!("more than {MAX_LOWERED} variables of jobs"));
            self.out.unknown(item.at(), why);
            return Vec::new();
        }
        item.fields()
    }

    /// Whether a job may be walked through; if so its values are counted.
    fn walks(&mut self, job: &tree::Item) -> bool {
        if self.walked <= MAX_WALKED {
            self.walked += job.weight(MAX_WALKED);
        }
        if self.walked > MAX_WALKED {
            self.out.unknown(job.at(), Why::Limit(format!("more than {MAX_WALKED} values of jobs")));
        }
        self.walked <= MAX_WALKED
    }

    fn whole_span(&self) -> crate::span::ByteSpan {
        config::documents(self.file).1.map(|content| content.span).unwrap_or_default()
    }
}
