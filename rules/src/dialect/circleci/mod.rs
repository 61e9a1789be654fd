//! CircleCI: `.circleci/config.yml`, what it goes on with beside it, and orbs in files of their own.
//!
//! Jobs are put together as the platform does it (executors, commands, orbs that stand in the file, parameters, matrices),
//! and every value keeps the place it is written at. A variable that nothing sets is one of the project or of a context: by
//! its name a secret, or unknown. What orbs from elsewhere do, and whether builds of forks get secrets, is out of sight.

mod executor;
mod expression;
mod job;
mod orb;
mod recognise;
mod render;
mod scope;
mod script;
mod space;
mod step;
mod tables;
#[cfg(test)]
mod tests;
mod workflow;

use std::collections::BTreeSet;

use super::pipeline::settings::Settings;
use super::pipeline::taken::Taken;
use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, logins, pipeline, resolve};
use crate::document::{Format, Node};
use crate::fact::{ContextId, ContextKind, Place, Why};
use crate::remedy::{Remedy, Rendered};
use crate::span::{ByteSpan, Source};
use scope::Scope;
use space::Spaces;
use tables::TABLE;

/// The dialect.
pub static DIALECT: CircleCi = CircleCi;

/// Configurations of CircleCI.
#[derive(Clone, Copy, Debug)]
pub struct CircleCi;

impl Dialect for CircleCi {
    fn name(&self) -> &'static str {
        "circleci"
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
        if recognise::by_path(path) { Claim::Path } else { Claim::Content }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        file.document.nodes().first().is_some_and(recognise::by_content)
    }

    fn grouped(&self, path: &str) -> bool {
        Format::of_path(path) == Format::Yaml && recognise::by_path(path)
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        let root = recognise::repository_root(&file.path);
        let nodes = file.document.nodes().first();
        let setup = nodes.filter(|node| is_setup(node));
        let mut asks = BTreeSet::new();
        if let Some(node) = setup {
            let mut paths: BTreeSet<&str> =
                TABLE.continues.iter().filter_map(|row| row.default.as_deref()).collect();
            continued(node, &mut paths);
            let paths = paths.into_iter().filter(|path| expression::is_literal(path));
            asks.extend(paths.filter_map(|path| resolve(root, path)).map(Ask::File));
        }
        Outline { unit: None, asks: asks.into_iter().collect(), takes: Vec::new() }
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, self.name());
            if let Some(root) = file.document.nodes().first() {
                Walk::new(out, file, root).configuration();
            }
        }
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        render::render(unit, target, remedy)
    }
}

/// Whether a configuration only decides with what to go on.
fn is_setup(root: &Node) -> bool {
    root.get("setup").and_then(Node::boolean).is_some_and(|(on, _)| on)
}

/// Paths of configurations that orbs of a file go on with. Documents are no deeper than their own limit.
fn continued<'n>(node: &'n Node, paths: &mut BTreeSet<&'n str>) {
    // A setup has one or two.
    const MOST: usize = 16;
    for entry in node.entries() {
        let names = TABLE.continues.iter().any(|row| row.argument == entry.name());
        if let Some(path) = entry.value.text().filter(|_| names && paths.len() < MOST) {
            paths.insert(path);
        }
        continued(&entry.value, paths);
    }
    for item in node.items() {
        continued(item, paths);
    }
}

/// Most steps that are looked at in one file, those of commands again for every call: a hundred jobs of a hundred steps
/// are a fifth.
const MAX_STEPS: usize = 50_000;
/// Most variables and arguments that are lowered of one file, counted for each use.
const MAX_LOWERED: usize = 200_000;

/// Lowers one configuration.
struct Walk<'o, 'u> {
    out: &'o mut Lowering<'u>,
    file: &'u SourceFile,
    root: &'u Node,
    /// The whole configuration.
    within: ContextId,
    spaces: Spaces<'u>,
    settings: Settings,
    /// Images and orbs, to be stated when it is known which of them can reach a secret.
    taken: Taken,
    /// Commands, executors and orbs that something uses, by their places.
    used: BTreeSet<Source>,
    /// The subject of the jobs' tokens.
    subjects: Vec<crate::fact::Text>,
    steps: usize,
    lowered: usize,
}

impl<'o, 'u> Walk<'o, 'u> {
    fn new(out: &'o mut Lowering<'u>, file: &'u SourceFile, root: &'u Node) -> Self {
        let around = out.file_context(file.id);
        let whole = Source::new(file.id, root.span);
        let within = out.context(around, ContextKind::Workflow, file.name(), whole);
        Self {
            out,
            file,
            root,
            within,
            spaces: Spaces::read(file.id, root),
            settings: Settings::new("circleci", "project", &file.path, whole),
            taken: Taken::default(),
            used: BTreeSet::new(),
            subjects: vec![job::subject()],
            steps: 0,
            lowered: 0,
        }
    }

    fn source(&self, span: ByteSpan) -> Source {
        Source::new(self.file.id, span)
    }

    /// Lowers the configuration: its jobs, then what no job uses.
    fn configuration(&mut self) {
        let pipeline = scope::of_pipeline(self.file.id, self.root);
        self.defaults(self.within, self.root.get("parameters"));
        let scope = Scope::of_file(self.file.id, pipeline);
        let usages = workflow::usages(self.file.id, self.root);
        self.jobs(&scope, &usages);
        self.unused(&scope);
        self.continues();
        let taken = std::mem::take(&mut self.taken);
        let everywhere = self.settings.holding.contains(&self.within);
        taken.state(self.out, &self.settings.holding, everywhere);
        self.forks(&usages);
    }

    /// Counts what is lowered; `false`, and that is told, when it is too much.
    fn allows(&mut self, further: usize, at: ByteSpan) -> bool {
        self.lowered = self.lowered.saturating_add(further);
        let allowed = self.lowered <= MAX_LOWERED;
        if !allowed {
            let why = Why::Limit(format!("more than {MAX_LOWERED} variables and arguments"));
            self.out.unknown(self.source(at), why);
        }
        allowed
    }

    /// What a setup goes on with is read as a file of its own, if it stands in the tree.
    fn continues(&mut self) {
        if !is_setup(self.root) {
            return;
        }
        let mut paths = BTreeSet::new();
        continued(self.root, &mut paths);
        if paths.is_empty() {
            let named = |row: &&tables::Continues| {
                self.spaces.outside().iter().any(|(c, _)| c.is.name.known() == Some(&*row.orb))
            };
            paths.extend(TABLE.continues.iter().filter(named).filter_map(|row| row.default.as_deref()));
        }
        let root = recognise::repository_root(&self.file.path);
        let in_tree =
            |path: &&str| resolve(root, path).is_some_and(|path| self.out.unit.file(&path).is_some());
        let missing: Vec<String> =
            paths.iter().filter(|path| !in_tree(path)).map(|path| (*path).to_owned()).collect();
        let at = self.source(self.root.get("setup").map_or(self.root.span, |node| node.span));
        if paths.is_empty() {
            self.out.unknown(at, Why::Unsupported("a configuration that a job writes".to_owned()));
        }
        for path in missing {
            self.out.unknown(at, Why::NotInTree(path));
        }
    }

    /// Whether forks' builds run, and with the project's secrets, only the settings say.
    fn forks(&mut self, usages: &[workflow::Usage<'_>]) {
        let secrets = self.settings.has_secrets();
        let open = usages.iter().find(|usage| usage.open && (secrets || !usage.contexts().is_empty()));
        if let Some(usage) = open {
            let why = "whether builds of forks run and get secrets, which the project's settings say,";
            self.out.unknown(usage.at, Why::Unsupported(why.to_owned()));
        }
    }
}
