//! Dockerfiles: which images and files from elsewhere become part of an image, and which secrets stay in its history.
//!
//! <https://docs.docker.com/reference/dockerfile/>. Literals are the detectors' business, which read these files by
//! themselves.

mod fetched;
mod image;
mod kept;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use super::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::detect::asks_for_secret;
use crate::document::dockerfile::{Instruction, stage_of};
use crate::document::{Format, Tree};
use crate::fact::{Body, ContextId, Flow, Ref, Selection, Sink, Text, Why};
use crate::span::{ByteSpan, Source};
use text::Arguments;

/// The dialect.
pub static DIALECT: Dockerfile = Dockerfile;

/// Dockerfiles.
#[derive(Clone, Copy, Debug)]
pub struct Dockerfile;

/// The dialect's name.
const NAME: &str = "dockerfile";
/// Endings of files from which Dockerfiles are made.
const TEMPLATES: [&str; 11] =
    [".j2", ".jinja", ".jinja2", ".tpl", ".tmpl", ".in", ".template", ".erb", ".mustache", ".m4", ".ejs"];

impl Dialect for Dockerfile {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm(&self) {
        kept::warm();
    }

    fn claim(&self, path: &str) -> Claim {
        if Format::of_path(path) != Format::Dockerfile {
            return Claim::No;
        }
        if TEMPLATES.iter().any(|ending| path.ends_with(ending)) { Claim::Content } else { Claim::Path }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        matches!(&file.document.tree, Tree::Dockerfile(instructions) if !instructions.is_empty())
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, NAME);
            if let Tree::Dockerfile(instructions) = &file.document.tree {
                let within = out.file_context(file.id);
                let (stages, arguments) = (Stages::of(instructions), Arguments::default());
                let mut walk = Walk { out, file, instructions, stages, within, arguments };
                walk.lower();
            }
        }
    }
}

/// Lowers one file.
struct Walk<'o, 'u> {
    out: &'o mut Lowering<'u>,
    file: &'u SourceFile,
    instructions: &'u [Instruction],
    stages: Stages,
    within: ContextId,
    arguments: Arguments,
}

/// The indexes of the `FROM`s that begin stages, by the names of these, without case: a file may have thousands.
#[derive(Debug, Default)]
struct Stages(BTreeMap<String, Vec<usize>>);

impl Stages {
    fn of(instructions: &[Instruction]) -> Self {
        let mut named: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, instruction) in instructions.iter().enumerate().filter(|(_, i)| i.keyword == "FROM") {
            if let Some(name) = stage_of(instructions, instruction).and_then(|stage| stage.name) {
                named.entry(name.text.to_ascii_lowercase()).or_default().push(index);
            }
        }
        Self(named)
    }

    /// The last stage of a name before an instruction.
    fn before(&self, before: usize, name: &str) -> Option<usize> {
        let all = self.0.get(&name.to_ascii_lowercase())?;
        all.get(all.partition_point(|index| *index < before).checked_sub(1)?).copied()
    }
}

impl Walk<'_, '_> {
    fn source(&self, span: ByteSpan) -> Source {
        Source::new(self.file.id, span)
    }

    fn lower(&mut self) {
        let kept = self.kept_stages();
        let mut powershell = false;
        for (index, instruction) in self.instructions.iter().enumerate() {
            match instruction.keyword.as_str() {
                "ARG" => {
                    self.arguments.declare(instruction);
                    if instruction.from.is_some_and(|from| kept.contains(&from)) {
                        self.secret_arguments(instruction);
                    }
                }
                "ENV" => {
                    if instruction.from.is_some_and(|from| kept.contains(&from)) {
                        self.secret_variables(instruction);
                    }
                    self.arguments.declare(instruction);
                }
                "FROM" => {
                    self.arguments.enter_stage();
                    self.base(index, instruction);
                }
                "COPY" | "ADD" => {
                    if instruction.from.is_some_and(|from| kept.contains(&from)) {
                        self.files(instruction);
                    }
                    match instruction.keyword.as_str() {
                        "COPY" => self.copied(index, instruction),
                        _ => self.added(instruction),
                    }
                }
                "SHELL" => {
                    let program = instruction.words.first().map_or("", |word| &*word.text);
                    powershell =
                        program.to_ascii_lowercase().contains("powershell") || program.contains("pwsh");
                }
                "RUN" => self.run(index, instruction, powershell),
                _ => {}
            }
        }
    }

    /// The last stage and those it builds on, by the index of their `FROM`: what is in the image and its history.
    fn kept_stages(&self) -> BTreeSet<usize> {
        let mut kept = BTreeSet::new();
        let mut next = self.instructions.last().and_then(|last| last.from);
        while let Some(from) = next.filter(|from| !kept.contains(from)) {
            kept.insert(from);
            let stage = self.instructions.get(from).and_then(|i| stage_of(self.instructions, i));
            let image = stage.and_then(|stage| stage.image);
            next = image.and_then(|image| self.stage(from, &image.text));
        }
        kept
    }

    /// The `FROM` of an earlier stage of this name.
    fn stage(&self, before: usize, name: &str) -> Option<usize> {
        self.stages.before(before, name)
    }

    /// Arguments that are secrets by their names and that the file gives no value: whoever builds hands them over, and
    /// the history of the image keeps them. <https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/>
    fn secret_arguments(&mut self, instruction: &Instruction) {
        for (name, value) in instruction.pairs() {
            let is_given = value.is_some_and(|value| !value.text.is_empty());
            if is_given || !asks_for_secret(&name.text) {
                continue;
            }
            let scope = [Text::literal(self.file.path.clone())];
            let what = Selection::One(Ref::new(NAME, "variable", scope, &*name.text));
            let at = self.source(name.span());
            self.out.state(self.within, at, Body::Flow(Flow { what, to: Sink::ImageLayer }));
        }
    }

    fn unknown(&mut self, span: ByteSpan, why: Why) {
        let at = self.source(span);
        self.out.unknown(at, why);
    }
}
