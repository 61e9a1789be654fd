//! GitHub Actions: workflows, reusable workflows and composite actions, also as Gitea and Forgejo read them.
//!
//! Of `run` scripts it is known what the commands are handed and which secrets expressions put into them. Expressions are
//! resolved as far as `env`, `inputs` and `matrix` go; everything else is a hole with its reason.

mod app_token;
mod around;
mod call;
mod command_login;
mod component;
mod computed;
mod env;
mod expression;
mod federate;
mod fetched;
mod handed_on;
mod injected;
mod inside;
mod job;
mod literal;
mod login;
mod need;
mod order;
mod output;
mod outsider;
mod passed_on;
mod permission;
mod render;
mod scope;
pub mod script;
mod secret;
mod step;
mod tables;
#[cfg(test)]
mod tests;
mod trigger;
mod upload;
mod workflow;

use std::collections::{BTreeMap, BTreeSet};

use super::lowering::{Slot, Told};
use super::pipeline::files::Files;
use super::pipeline::{self, names};
use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, logins, resolve};
use crate::document::{Format, Node};
use crate::fact::{ContextId, FactId, Place, Ref, Why};
use crate::remedy::{Remedy, Rendered};
use crate::span::{ByteSpan, FileId, Source};
use component::Uses;

/// The dialect.
pub static DIALECT: GithubActions = GithubActions;

/// Workflows and actions.
#[derive(Clone, Copy, Debug)]
pub struct GithubActions;

/// Folders whose files are workflows.
const WORKFLOWS: [&str; 3] = [".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/"];
/// Folders that stand at a repository's root.
const ROOTS: [&str; 3] = [".github/", ".gitea/", ".forgejo/"];

/// Where one of the folders begins in a path, as a whole component.
fn folder_at(path: &str, folders: &[&str]) -> Option<(usize, usize)> {
    folders.iter().find_map(|folder| {
        let at = match path.starts_with(folder) {
            true => 0,
            false => path.rfind(&format!("/{folder}"))? + 1,
        };
        Some((at, at + folder.len()))
    })
}

/// The repository that a file belongs to: the path before `.github/`, or the root of the tree.
fn repository_root(path: &str) -> &str {
    folder_at(path, &ROOTS).map_or("", |(at, _)| path[..at].trim_end_matches('/'))
}

fn is_action_file(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("action.yml" | "action.yaml"))
}

fn is_workflow(root: &Node) -> bool {
    root.get("jobs").is_some() && root.get("on").is_some()
}

impl Dialect for GithubActions {
    fn name(&self) -> &'static str {
        "github-actions"
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
        let workflow = folder_at(path, &WORKFLOWS).is_some_and(|(_, end)| !path[end..].contains('/'));
        let action = is_action_file(path) && folder_at(path, &ROOTS).is_some();
        if workflow || action { Claim::Path } else { Claim::Content }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        let Some(root) = file.document.nodes().first() else { return false };
        is_workflow(root) || is_action_file(&file.path) && root.get("runs").is_some()
    }

    fn grouped(&self, path: &str) -> bool {
        self.claim(path) == Claim::Path || is_action_file(path)
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        let mut asks = BTreeSet::new();
        let root = repository_root(&file.path);
        let mut ask = |path: String| {
            if let Some(path) = resolve(root, &path) {
                asks.insert(Ask::File(path));
            }
        };
        let mut action = |node: &Node| {
            if let Some(Uses::Local(path)) = node.get("uses").and_then(Node::text).map(Uses::read) {
                ask(format!("{path}/action.yml"));
                ask(format!("{path}/action.yaml"));
            }
        };
        let Some(tree) = file.document.nodes().first() else { return Outline::default() };
        let jobs = tree.get("jobs").map(Node::entries).unwrap_or_default();
        for steps in jobs.iter().filter_map(|j| j.value.get("steps")).chain(tree.path(&["runs", "steps"])) {
            steps.items().iter().for_each(&mut action);
        }
        for job in jobs {
            if let Some(Uses::Local(path)) = job.value.get("uses").and_then(Node::text).map(Uses::read) {
                ask(path);
            }
        }
        Outline { unit: None, asks: asks.into_iter().collect(), takes: Vec::new() }
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        let files: BTreeMap<&str, &SourceFile> = unit.files.iter().map(|f| (f.path.as_str(), f)).collect();
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, self.name());
            let Some(root) = file.document.nodes().first() else { continue };
            if let Some(second) = file.document.nodes().get(1) {
                let why = "a second document, which the platform does not take".to_owned();
                out.stopped(Source::new(file.id, second.span), Why::Unsupported(why));
            }
            let mut walk = Walk {
                out,
                file,
                root: repository_root(&file.path),
                files: &files,
                secrets: BTreeSet::new(),
                composites: BTreeMap::new(),
                caller: None,
                followed: 0,
                looked_inside: 0,
                depth: 0,
                unclear_inside: false,
                left_on_disk: None,
                publishing: BTreeSet::new(),
                own_registry: false,
                workflow_holds: false,
                steps: Vec::new(),
                kept: Files::default(),
                checks: Vec::new(),
            };
            match is_action_file(&file.path) && root.get("runs").is_some() {
                true => walk.composite(root),
                false => walk.workflow(root),
            }
        }
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        render::render(unit, target, remedy)
    }
}

/// Most literals of one value that are handed to the detectors, each with its name: people choose among a handful.
const MAX_LITERALS: usize = 64;

/// What a composite action needs (action and reason), and whether that is all.
type CompositeNeeds = (BTreeSet<(String, String)>, bool);

/// Lowers one file.
struct Walk<'o, 'u> {
    out: &'o mut Lowering<'u>,
    /// The file whose nodes are read.
    file: &'u SourceFile,
    /// The repository's root in the tree.
    root: &'u str,
    /// The unit's files by path.
    files: &'o BTreeMap<&'u str, &'u SourceFile>,
    /// Secrets stated so far.
    secrets: BTreeSet<Ref>,
    /// What local actions need.
    composites: BTreeMap<FileId, CompositeNeeds>,
    /// The calling file, while a called one is looked at.
    caller: Option<FileId>,
    /// Steps of called files looked at so far.
    followed: usize,
    /// Steps of called files that were looked at for what outsiders bring in.
    looked_inside: usize,
    /// How many calls deep the current file is.
    depth: usize,
    /// Whether a step of a followed action was handed what may be made of a secret. Said where the action is called: only
    /// files of the unit itself are accounted for.
    unclear_inside: bool,
    /// The credential that a checkout of the current job left on disk.
    left_on_disk: Option<Ref>,
    /// The registries that the current step publishes to.
    publishing: BTreeSet<&'static str>,
    /// Whether the current job has set up a registry of its own.
    own_registry: bool,
    /// Whether the workflow's own environment holds a credential.
    workflow_holds: bool,
    /// The contexts of the current job's steps.
    steps: Vec<ContextId>,
    /// What the current job writes and stores.
    kept: Files,
    /// Checks that the steps of the current job run.
    checks: Vec<FactId>,
}

impl Walk<'_, '_> {
    fn source(&self, span: ByteSpan) -> Source {
        Source::new(self.file.id, span)
    }

    /// Whether GitHub itself runs the file; Gitea and Forgejo have other defaults.
    fn on_github(&self) -> bool {
        folder_at(&self.file.path, &[".gitea/", ".forgejo/"]).is_none()
    }

    /// Hands a literal with a telling name to the detectors, and the literals that an expression there can become.
    fn slot(&mut self, within: ContextId, name: &str, node: &Node) {
        let Some(scalar) = node.scalar().filter(|scalar| !scalar.text.is_empty()) else { return };
        if !names::may_hold_secret(name) {
            return;
        }
        let values = match scalar.text.contains("${{") {
            true => literal::values_of(scalar),
            false => vec![scalar.clone()],
        };
        if values.len() > MAX_LITERALS {
            let why = Why::Limit(format!("more than {MAX_LITERALS} literals in one value"));
            self.out.unknown(self.source(node.span), why);
        }
        let values = values.into_iter().take(MAX_LITERALS);
        for scalar in values.filter(|scalar| !scalar.text.is_empty()) {
            let (name, file) = (name.to_owned(), self.file.id);
            self.out.slots.push(Slot { name, file, scalar, base64: false, within, told: Told::Place });
        }
    }
}
