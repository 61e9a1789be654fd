//! Pipelines of systems that differ in where things stand and in little else: one table each, `data/dialects/*.toml`.
//!
//! A table says how a file is recognised, which levels it has (jobs, steps) and where variables, scripts, images, services,
//! secrets and identities stand. What they mean stands in `dialect/pipeline`, for these and all other pipelines. Nothing in
//! here names a system.

mod component;
mod guard;
mod identity;
mod kept;
mod path;
mod recognise;
mod render;
mod scope;
mod script;
mod tables;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use super::{Claim, Dialect, Lowering, SourceFile, Unit, logins, pipeline};
use crate::document::Node;
use crate::fact::{Body, ContextId, ContextKind, Place, Sink, Text, Why};
use crate::remedy::{Remedy, Rendered};
use crate::span::Source;
use component::{Taker, Used};
use path::{Budget, Found};
use pipeline::reading::plain_path;
use pipeline::run::Set;
use pipeline::settings::Settings;
use scope::Scope;
use tables::{DOCUMENT, Holds, Level, Place as Row, System};

/// The dialect.
pub static DIALECT: Tabled = Tabled;

/// Pipelines by tables.
#[derive(Clone, Copy, Debug)]
pub struct Tabled;

impl Dialect for Tabled {
    fn name(&self) -> &'static str {
        "tabled"
    }

    fn warm(&self) {
        let _ = tables::systems().len();
        logins::warm();
        pipeline::warm();
    }

    fn claim(&self, path: &str) -> Claim {
        recognise::claim(path)
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        !recognise::of(file).is_empty()
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        for file in unit.files.iter().filter(|f| f.member) {
            for system in recognise::of(file) {
                out.reads(file.id, &system.name);
                Walk::new(out, file, system).file();
            }
        }
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        render::render(unit, target, remedy)
    }
}

/// Lowers one file as a system reads it.
struct Walk<'o, 'u> {
    out: &'o mut Lowering<'u>,
    file: &'u SourceFile,
    system: &'static System,
    settings: Settings,
    budget: Budget,
    /// The document that is lowered.
    document: &'u Node,
    /// Images and other code, to be stated when it is known what reaches them.
    used: Vec<Used>,
    /// Components by level and name.
    takers: BTreeMap<(&'static str, String), Taker>,
    /// The contexts around each: to know whose secrets an outer image can read.
    around: BTreeMap<ContextId, ContextId>,
    /// Rows that something came of, for the tables' tests.
    reached: BTreeSet<usize>,
}

/// A job or step, or the whole, while it is lowered.
struct Here<'n> {
    /// The document, or what a level's path led to.
    node: &'n Node,
    /// What the level around it is.
    outer: Option<&'n Node>,
    /// Its key, or itself: where something that it lacks is told.
    key: Source,
    within: ContextId,
    /// The level's row; none for the document.
    level: Option<&'static str>,
    name: String,
    scope: Scope,
    /// The environment that it deploys to, or a hole.
    environment: Text,
    /// Files that are kept when it ends, and where.
    kept: Vec<(String, Sink)>,
}

/// Most files of one level that are known to be kept; jobs keep a handful.
const MAX_KEPT: usize = 256;

/// Where a file goes that is kept at such a place.
fn kept_as(row: &Row, path: &str) -> Sink {
    match row.holds {
        // Its name in the run is its writer's own matter: the file's stands for it.
        Holds::Outputs => Sink::Output(path.rsplit('/').next().unwrap_or(path).to_owned()),
        _ => Sink::Artifact,
    }
}

fn no_environment() -> Text {
    Text::hole(Why::Variable("environment".to_owned()))
}

impl<'o, 'u> Walk<'o, 'u> {
    fn new(out: &'o mut Lowering<'u>, file: &'u SourceFile, system: &'static System) -> Self {
        static NOTHING: Node = Node {
            span: crate::span::ByteSpan { start: 0, end: 0 },
            used_at: None,
            tag: None,
            data: crate::document::Data::Null,
        };
        let whole = file.document.nodes().iter().map(|node| node.span).reduce(|all, span| all.join(span));
        let whole = Source::new(file.id, whole.unwrap_or_default());
        let settings =
            Settings::new(system.platform.as_ref().unwrap_or(&system.name), "project", &file.path, whole)
                .called(system.secret_kind());
        Self {
            out,
            file,
            system,
            settings,
            budget: Budget::new(),
            document: &NOTHING,
            used: Vec::new(),
            takers: BTreeMap::new(),
            around: BTreeMap::new(),
            reached: BTreeSet::new(),
        }
    }

    /// Lowers the file; gives the rows of which something came.
    fn file(mut self) -> BTreeSet<usize> {
        let first = self.out.facts.facts.len();
        let around = self.out.file_context(self.file.id);
        for node in self.file.document.nodes() {
            if !recognise::is_document(self.system, node, &self.budget) {
                continue;
            }
            self.document = node;
            let at = self.source(node);
            let within = self.out.context(around, ContextKind::Workflow, self.file.name(), at);
            let here = Here {
                node,
                outer: None,
                key: at,
                within,
                level: None,
                name: self.file.name().to_owned(),
                scope: Scope::new(self.system),
                environment: no_environment(),
                kept: Vec::new(),
            };
            self.level(DOCUMENT, here);
            self.companions(node);
        }
        if self.budget.is_spent() {
            let at = self.file.document.nodes().first().map(|node| self.source(node));
            let why = Why::Limit("places that a pipeline's table names".to_owned());
            self.out.unknown(at.unwrap_or_else(|| Source::new(self.file.id, Default::default())), why);
        }
        self.state_components();
        self.without_federation(first);
        self.reached
    }

    /// Notes the containers that run beside the jobs of a document.
    fn companions(&mut self, document: &'u Node) {
        for row in &self.system.companion {
            let found: Vec<_> = row.at.iter().flat_map(|path| path.all(document, &self.budget)).collect();
            for found in found {
                let named = row.name.as_ref().and_then(|path| path.first(found.node, &self.budget)?.text());
                let name = named.or_else(|| found.entry.map(|entry| entry.name()));
                let variables = row.variables.first(found.node, &self.budget);
                let entries = variables.map(Node::entries).unwrap_or_default();
                let own: Vec<_> = entries.iter().map(|e| (e.name(), self.source(&e.value))).collect();
                pipeline::companion::state(self.out, self.file.id, name, own);
            }
        }
    }

    fn source(&self, node: &Node) -> Source {
        Source::new(self.file.id, node.span)
    }

    /// Lowers what stands at a level, and the levels below it.
    fn level(&mut self, id: &str, mut here: Here<'u>) {
        let rows = |holds: &'static [Holds]| {
            let of = self.system.place.iter().enumerate();
            of.filter(move |(_, row)| row.levels().iter().any(|of| of == id) && holds.contains(&row.holds))
                .collect::<Vec<_>>()
        };
        let variables = rows(&[Holds::Variables, Holds::Stored, Holds::Sealed, Holds::Assignments]);
        let scripts = rows(&[Holds::Assignments, Holds::Script, Holds::Words]);
        let before = rows(&[Holds::Environment, Holds::Events]);
        let code = rows(&[Holds::Image, Holds::Code]);
        let rest = rows(&[
            Holds::SecretSets,
            Holds::Mounts,
            Holds::Values,
            Holds::Headers,
            Holds::Identity,
            Holds::Kept,
            Holds::Passed,
        ]);
        let settings = rows(&[Holds::Settings]);
        let guards = rows(&[Holds::Privileged, Holds::HostPath, Holds::Passes]);
        for (index, row) in before {
            self.each(index, row, &here, |walk, here, found| walk.surroundings(row, here, found));
        }
        let environment = self.environment_of(&here);
        here.environment = environment.unwrap_or(here.environment);
        for (index, row) in rows(&[Holds::Artifacts, Holds::Outputs]) {
            for path in
                self.found(row, here.node).into_iter().filter_map(|found| found.node.text()).take(MAX_KEPT)
            {
                here.kept.push((plain_path(path).to_owned(), kept_as(row, path)));
                self.reached.insert(index);
            }
        }
        self.variables(&mut here, &variables);
        let (further, checks) = self.scripts(&here, &scripts);
        self.further(&here, &further);
        for (index, row) in guards {
            self.each(index, row, &here, |walk, here, found| walk.guard(row, here, found, &checks));
        }
        let mut components = Vec::new();
        for (index, row) in code {
            self.each(index, row, &here, |walk, here, found| {
                walk.component(row, here, found, &mut components)
            });
        }
        for (index, row) in settings {
            self.each(index, row, &here, |walk, here, found| walk.handed(row, here, found, &components));
        }
        for (index, row) in rest {
            let any = self.each(index, row, &here, |walk, here, found| match row.holds {
                Holds::SecretSets | Holds::Mounts => walk.secret_set(row, here, found),
                Holds::Identity => walk.identity(row, here, found),
                Holds::Kept => walk.content(here, found),
                Holds::Passed => walk.passed(row, here, found),
                _ => walk.values(row, here, found),
            });
            if !any && row.holds == Holds::Identity {
                self.absent_identity(row, &here);
            }
        }
        for (number, row) in
            self.system.unseen.iter().enumerate().filter(|(_, row)| row.levels().iter().any(|of| of == id))
        {
            let found: Vec<_> = row.at.iter().flat_map(|path| path.all(here.node, &self.budget)).collect();
            for found in found {
                self.reached.insert(self.system.place.len() + number);
                self.out
                    .unknown(Source::new(self.file.id, found.node.span), Why::Unsupported(row.why.clone()));
            }
        }
        for level in self.system.level.iter().filter(|level| level.of == id) {
            let found: Vec<_> = level.at.iter().flat_map(|path| path.all(here.node, &self.budget)).collect();
            for found in found {
                let has = level.has.is_empty() || level.has.iter().any(|key| found.node.get(key).is_some());
                if has && !found.node.is_null() && level.when.hold(found.node, &self.budget) {
                    self.below(level, &here, found);
                }
            }
        }
    }

    fn below(&mut self, level: &'static Level, outer: &Here<'u>, found: Found<'u>) {
        let named = level.name.as_ref().and_then(|path| {
            let of = |node| path.first(node, &self.budget)?.text();
            of(found.node).or_else(|| of(self.document))
        });
        let key = found.entry.map(|entry| entry.name()).filter(|key| !key.is_empty());
        let name = named.or(key).unwrap_or(&level.id).to_owned();
        let at = self.source(found.node);
        let within = self.out.context(outer.within, level.kind.context(), &name, at);
        self.around.insert(within, outer.within);
        let here = Here {
            node: found.node,
            outer: Some(outer.node),
            key: found.entry.map_or(at, |entry| Source::new(self.file.id, entry.key.span)),
            within,
            level: Some(&level.id),
            name,
            scope: outer.scope.clone(),
            environment: outer.environment.clone(),
            kept: outer.kept.clone(),
        };
        self.level(&level.id, here);
    }

    /// Lowers what stands at a row's paths; whether anything came of it.
    fn each(
        &mut self,
        index: usize,
        row: &'static Row,
        here: &Here<'u>,
        mut lower: impl FnMut(&mut Self, &Here<'u>, Found<'u>) -> bool,
    ) -> bool {
        let mut any = false;
        for found in self.found(row, here.node) {
            if lower(self, here, found) {
                any = true;
                self.reached.insert(index);
            }
        }
        any
    }

    /// What a row's paths lead to from a node, where its conditions hold.
    fn found(&self, row: &Row, node: &'u Node) -> Vec<Found<'u>> {
        let is = row.when.hold(node, &self.budget)
            && !row.unless.iter().any(|path| path.first(node, &self.budget).is_some());
        let paths = row.at.iter().filter(|_| is);
        paths.flat_map(|path| path.all(node, &self.budget)).filter(|found| !found.node.is_null()).collect()
    }

    /// Variables that log in and that scripts set, or read from the settings.
    fn further(&mut self, here: &Here<'_>, further: &[Set]) {
        let site = pipeline::settings::Site {
            within: here.within,
            environment: &here.environment,
            names: &here.scope,
        };
        self.settings.standing_keys(self.out, site, std::iter::empty(), |_| None, further);
    }

    /// Where jobs have no token and no identity of the platform, nothing stands in for a stored key.
    fn without_federation(&mut self, first: usize) {
        if self.system.federates.is_some() {
            return;
        }
        for fact in self.out.facts.facts.iter_mut().skip(first) {
            if let Body::Credential(credential) = &mut fact.body {
                credential.federation = None;
            }
        }
    }
}
