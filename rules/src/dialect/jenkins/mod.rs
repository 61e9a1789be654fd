//! Pipelines of Jenkins: `Jenkinsfile` and programs in Groovy that hold one, declarative and scripted.
//!
//! A stage is a job, and one around stages is a pipeline of its own; what stands in no stage is one job together.
//! Variables hold what `environment`, `withEnv` and bindings of credentials say; what Groovy computes is not evaluated, but
//! for variables that are set once, to a literal. Scripts of shells are read with what Groovy fills in told from the shell's
//! own variables. What a shared library does, and whether forks' pull requests are built, is out of sight.

mod agent;
mod binding;
mod collect;
mod credential;
mod groovy;
mod keep;
mod library;
mod literal;
mod pod;
mod render;
mod scope;
mod script;
mod stage;
mod step;
mod tables;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::pipeline::files::Files;
use super::pipeline::paths::fits;
use super::pipeline::settings::Settings;
use super::pipeline::taken::Taken;
use super::{Claim, Dialect, Lowering, SourceFile, Unit, logins, pipeline};
use crate::document::{Format, text};
use crate::fact::{ContextId, ContextKind, Datum, Place, Text, Why};
use crate::remedy::{Remedy, Rendered};
use crate::span::{ByteSpan, Source};
use groovy::{Block, Expr};
use scope::Scope;
use stage::Here;

/// The dialect.
pub static DIALECT: Jenkins = Jenkins;

/// Pipelines of Jenkins.
#[derive(Clone, Copy, Debug)]
pub struct Jenkins;

/// Names of files that are pipelines.
/// Source: <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/>.
const PATHS: [&str; 6] =
    ["Jenkinsfile", "Jenkinsfile.*", "Jenkinsfile-*", "*.jenkinsfile", "*.Jenkinsfile", "jenkinsfile"];
/// Ends of `Jenkinsfile.*` that are something about pipelines, rather than one.
const OTHERS: [&str; 7] = [".md", ".txt", ".rst", ".adoc", ".html", ".yml", ".yaml"];

impl Dialect for Jenkins {
    fn name(&self) -> &'static str {
        "jenkins"
    }

    fn warm(&self) {
        tables::warm();
        logins::warm();
        pipeline::warm();
    }

    fn claim(&self, path: &str) -> Claim {
        if Format::of_path(path) != Format::Text || OTHERS.iter().any(|end| path.ends_with(end)) {
            return Claim::No;
        }
        let named = PATHS.iter().any(|glob| fits(glob, path));
        match named {
            true => Claim::Path,
            false if path.ends_with(".groovy") => Claim::Content,
            false => Claim::No,
        }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        let source = text::same_length(&file.bytes);
        let in_folder =
            file.path.split('/').rev().skip(1).any(|folder| folder.eq_ignore_ascii_case("jenkins"));
        says_so(&source, in_folder)
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, self.name());
            lower(out, file);
        }
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        render::render(unit, target, remedy)
    }
}

/// Whether a program in Groovy is a pipeline: a line begins one, or in a folder for Jenkins, one runs a shell's script.
fn says_so(source: &str, in_folder: bool) -> bool {
    // Behind these the line is a call, and not the first word of something else.
    let begins = |line: &str, word: &str| {
        let rest = line.strip_prefix(word).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with(['{', '(']))
    };
    let calls = |line: &str| {
        ["sh ", "sh(", "bat ", "bat(", "withCredentials("].iter().any(|call| line.starts_with(call))
    };
    source.lines().map(str::trim).any(|line| {
        begins(line, "pipeline") && line.contains('{')
            || begins(line, "node") && line.ends_with('{')
            || begins(line, "podTemplate")
            || in_folder && calls(line)
    })
}

/// Most calls that are lowered of one file; the largest pipelines seen have some hundreds.
const MAX_CALLS: usize = 50_000;

/// Lowers one file.
fn lower(out: &mut Lowering<'_>, file: &SourceFile) {
    let source: Cow<'_, str> = text::same_length(&file.bytes);
    let whole = Source::new(file.id, ByteSpan::new(0, file.bytes.len()));
    if source.len() > groovy::MAX_BYTES {
        let why = Why::Limit(format!("a pipeline longer than {} bytes", groovy::MAX_BYTES));
        return out.stopped(whole, why);
    }
    let tree = groovy::read(&source);
    for (at, why) in &tree.unknown {
        let (at, why) = (Source::new(file.id, *at), Why::Unsupported((*why).to_owned()));
        match why == Why::Unsupported(groovy::OPEN.to_owned()) {
            // What stands behind it is nobody's: such a file does not start.
            true => out.stopped(at, why),
            false => out.unknown(at, why),
        }
    }
    let collected = collect::of(file.id, &tree.body);
    let around = out.file_context(file.id);
    let within = out.context(around, ContextKind::Workflow, file.name(), whole);
    let mut scope = Scope::of_file(file.id, collected.groovy);
    scope.push(collected.environment, collected.secrets);
    let walk = Walk {
        out,
        file,
        within,
        settings: Settings::new("jenkins", "folder", &file.path, whole).called("credential"),
        folder: Text::hole(Why::Variable("folder".to_owned())),
        images: Taken::default(),
        files: Files::default(),
        literals: collected.literals,
        containers: BTreeMap::new(),
        libraries: Vec::new(),
        approved: None,
        outsiders: None,
        calls: 0,
    };
    walk.pipeline(&tree.body, scope);
}

/// What is gathered while a file is lowered.
struct Walk<'o, 'u, 't> {
    out: &'o mut Lowering<'u>,
    file: &'t SourceFile,
    /// The whole pipeline.
    within: ContextId,
    settings: Settings,
    /// Whose credentials it sees besides those of the controller: its folder's, whichever that is.
    folder: Text,
    /// Images, to be stated when it is known which of them run with a secret.
    images: Taken,
    /// Files that secrets are written to, and paths that are kept.
    files: Files,
    /// Variables of Groovy that are set once, to a literal.
    literals: BTreeMap<String, &'t Expr>,
    /// Images that variables of Groovy hold.
    containers: BTreeMap<String, Datum>,
    libraries: Vec<library::Library>,
    /// Somebody has let what comes from here on run.
    approved: Option<Source>,
    /// Anybody can start it.
    outsiders: Option<Source>,
    calls: usize,
}

impl<'t> Walk<'_, '_, 't> {
    fn source(&self, span: ByteSpan) -> Source {
        Source::new(self.file.id, span)
    }

    fn pipeline(mut self, body: &'t Block, scope: Scope) {
        let here = Here::of_file(self.within, scope, self.source(body.at));
        self.separate(body, &here);
        self.state_libraries();
        let images = std::mem::take(&mut self.images);
        let everywhere = self.settings.holding.contains(&self.within);
        images.state(self.out, &self.settings.holding, everywhere);
        for (within, at, flow) in self.files.flows(self.out) {
            self.out.fact(within, at, crate::fact::Origin::Stated, flow);
        }
        if self.settings.has_secrets() && self.outsiders.is_none() {
            let why = "whether forks' pull requests are built, and with which credentials, which the project's settings say,";
            let at = self.source(ByteSpan::at(0));
            self.out.unknown(at, Why::Unsupported(why.to_owned()));
        }
    }
}
