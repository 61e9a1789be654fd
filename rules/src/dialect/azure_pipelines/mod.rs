//! Azure Pipelines: pipelines and their templates.
//!
//! Variables and parameters are resolved as far as the unit's files set them; everything else is a hole with its reason.
//! Whether a variable that no file sets is a secret, the platform knows and the file does not: its name says so, the place
//! it goes to, or a command that declares it.

mod around;
mod branches;
mod component;
mod connection;
mod container;
mod env;
mod expression;
mod job;
mod logging;
mod login;
mod pipeline;
mod recognise;
mod render;
mod scope;
mod script;
mod secret;
mod step;
mod tables;
mod task;
mod template;
#[cfg(test)]
mod tests;
mod trigger;
mod variable;

use std::collections::{BTreeMap, BTreeSet};

use super::lowering::{Slot, Told};
use super::pipeline::files::Files;
use super::pipeline::names;
use super::pipeline::tool::Tools;
use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, logins};
use crate::document::{Format, Node};
use crate::fact::{Body, Case, ContextId, FactId, Origin, Place, Ref, Why};
use crate::remedy::{Remedy, Rendered};
use crate::span::{ByteSpan, FileId, Source};
use component::{Container, Repository};

/// The dialect.
pub static DIALECT: AzurePipelines = AzurePipelines;

/// Pipelines and templates.
#[derive(Clone, Copy, Debug)]
pub struct AzurePipelines;

impl Dialect for AzurePipelines {
    fn name(&self) -> &'static str {
        "azure-pipelines"
    }

    fn warm(&self) {
        tables::warm();
        logins::warm();
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
        self.claim(path) != Claim::No && recognise::may_use_templates(path)
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        let Some(root) = file.document.nodes().first() else { return Outline::default() };
        let asks: BTreeSet<Ask> = template::paths(file, root).into_iter().map(Ask::File).collect();
        Outline { unit: None, asks: asks.into_iter().collect(), takes: Vec::new() }
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        let files: BTreeMap<&str, &SourceFile> = unit.files.iter().map(|f| (f.path.as_str(), f)).collect();
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, self.name());
            let Some(root) = file.document.nodes().first() else { continue };
            let mut walk = Walk {
                out,
                file,
                files: &files,
                stated: BTreeSet::new(),
                repositories: BTreeMap::new(),
                containers: BTreeMap::new(),
                caller: None,
                called_at: None,
                followed: 0,
                depth: 0,
                left_on_disk: None,
                kept: Files::default(),
                tools: Tools::default(),
                checks: Vec::new(),
            };
            walk.pipeline(root);
        }
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        render::render(unit, target, remedy)
    }
}

/// Lowers one file.
struct Walk<'o, 'u> {
    out: &'o mut Lowering<'u>,
    /// The file whose nodes are read.
    file: &'u SourceFile,
    /// The unit's files by path.
    files: &'o BTreeMap<&'u str, &'u SourceFile>,
    /// Secrets and connections stated so far.
    stated: BTreeSet<Ref>,
    /// Other repositories by the name that the file gives them.
    repositories: BTreeMap<String, Repository>,
    /// Containers by the name that the file gives them.
    containers: BTreeMap<String, Container>,
    /// The file that the unit is about, while a template is looked at on its behalf.
    caller: Option<FileId>,
    /// Where that file uses the template.
    called_at: Option<Source>,
    /// Items of templates looked at so far.
    followed: usize,
    /// How many templates deep the current file is.
    depth: usize,
    /// The credential that a checkout of the current job left on disk.
    left_on_disk: Option<Ref>,
    /// What the current job writes and stores.
    kept: Files,
    /// What the current step runs.
    tools: Tools,
    /// Checks that the steps of the current job run.
    checks: Vec<FactId>,
}

impl Walk<'_, '_> {
    fn source(&self, span: ByteSpan) -> Source {
        Source::new(self.file.id, span)
    }

    /// Whether something at this place is said: while a template is looked at for its caller, only what the caller wrote
    /// is news. The rest is said where the template itself is checked.
    fn speaks_of(&self, at: Source) -> bool {
        self.caller.is_none_or(|caller| at.file == caller)
    }

    /// States a fact, unless it is no news.
    fn state(&mut self, within: ContextId, at: Place, origin: Origin, body: Body) -> Option<FactId> {
        self.speaks_of(at.source()).then(|| self.out.fact(within, at, origin, body))
    }

    /// States a fact that stands at a node.
    fn state_at(&mut self, within: ContextId, span: ByteSpan, body: Body) -> Option<FactId> {
        let place = self.out.place(self.source(span));
        self.state(within, place, Origin::Stated, body)
    }

    /// Something could not be resolved.
    fn unknown(&mut self, at: Source, why: Why) {
        if self.speaks_of(at) {
            self.out.unknown(at, why);
        }
    }

    /// Does something of which all facts hold in one case only.
    fn under(&mut self, case: &Case, act: impl FnOnce(&mut Self)) {
        let before = self.out.facts.facts.len();
        act(self);
        if case.is_always() {
            return;
        }
        for fact in self.out.facts.facts.iter_mut().skip(before) {
            if let Some(both) = fact.when.and(case) {
                fact.when = both;
            }
        }
    }

    /// Hands a literal with a telling name to the detectors.
    fn slot(&mut self, within: ContextId, name: &str, node: &Node) {
        let Some(scalar) = node.scalar().filter(|scalar| !scalar.text.is_empty()) else { return };
        if !self.speaks_of(self.source(node.span)) || !names::may_hold_secret(name) {
            return;
        }
        // What is filled in is no literal.
        if expression::is_filled(&scalar.text) {
            return;
        }
        let (name, file, scalar) = (name.to_owned(), self.file.id, scalar.clone());
        self.out.slots.push(Slot { name, file, scalar, base64: false, within, told: Told::Place });
    }
}
