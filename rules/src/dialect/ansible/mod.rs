//! Ansible: plays, lists of tasks, and what they take from Galaxy. Nothing is run: what Jinja fills in is followed where
//! the play, or the role's `vars` and `defaults`, say it plainly, and stays unknown elsewhere.
//!
//! `play` finds the tasks, `task` says what a module does, by `data/ansible/modules.toml`: clouds and Vault in
//! Terraform's words, manifests of Kubernetes by its own dialect. Files of variables are data by their names, as any
//! YAML is.
//!
//! Invariant: a list is one of tasks only if every entry that is a map has the key of a module or of a block.

mod galaxy;
mod jinja;
mod named;
mod play;
mod sudoers;
mod tables;
mod task;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::kubernetes;
use super::pipeline::edits::set_lifetime;
use super::pipeline::layout::Layout;
use super::terraform::{self, Program, Reading};
use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, resolve};
use crate::document::Node;
use crate::fact::{Place, Why};
use crate::remedy::{Remedy, Rendered};
use crate::span::{ByteSpan, Source};
use play::Play;

const NAME: &str = "ansible";
/// How values are read.
const READING: Reading = Reading { parts: jinja::parts, key: str::to_owned };
/// Files of a role that say what its tasks are filled with, what wins first.
const FILLS: [&str; 4] = ["vars/main.yml", "vars/main.yaml", "defaults/main.yml", "defaults/main.yaml"];
/// Files beside a playbook that say what its tasks are filled with.
const BESIDE: [&str; 4] =
    ["group_vars/all.yml", "group_vars/all.yaml", "group_vars/all/main.yml", "group_vars/all/main.yaml"];
/// Words in the paths of playbooks, and what those are called elsewhere.
/// Source: <https://docs.ansible.com/ansible/latest/tips_tricks/sample_setup.html>.
const WORDS: [&str; 2] = ["ansible", "playbook"];
const PLAYBOOKS: [&str; 8] =
    ["site", "main", "deploy", "provision", "setup", "install", "bootstrap", "webservers"];

/// The dialect.
pub static DIALECT: Ansible = Ansible;

/// Playbooks, tasks, requirements.
#[derive(Clone, Copy, Debug)]
pub struct Ansible;

impl Dialect for Ansible {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm(&self) {
        tables::warm();
    }

    /// Only a lifetime that is written as a number of seconds is: whatever else a task says, its module makes of it.
    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        let file = unit.files.get(target.file.0 as usize);
        let done = match (file, remedy) {
            (Some(file), Remedy::SetLifetime { seconds }) if !file.is_anchored(target.span) => {
                set_lifetime(Layout::of(file), target.span, *seconds)
            }
            _ => None,
        };
        done.unwrap_or_else(|| Rendered::NotHere("no edit is known for this in Ansible".to_owned()))
    }

    fn claim(&self, path: &str) -> Claim {
        let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
        match role_of(path) {
            _ if !is_yaml => Claim::No,
            Some(role) if role.split('/').rev().nth(1) == Some("roles") => Claim::Path,
            _ => Claim::Content,
        }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        let root = file.document.nodes().first();
        galaxy::is_one(file)
            || root.is_some_and(play::is_playbook)
            || (role_of(&file.path).is_some() && root.is_some_and(play::are_tasks))
    }

    fn grouped(&self, path: &str) -> bool {
        self.claim(path) != Claim::No && reads_along(path)
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        if !self.owns(file) {
            return Outline::default();
        }
        let fills = fills_of(file);
        let named = named::of(file).into_iter().map(|named| Ask::AnyOf(named.candidates));
        let asks = (!fills.is_empty()).then_some(Ask::AnyOf(fills)).into_iter().chain(named).collect();
        Outline { asks, ..Outline::default() }
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, NAME);
            out.data.extend(file.document.nodes().iter().map(|node| (file.id, node.clone())));
            if galaxy::is_one(file) {
                galaxy::lower(file, out);
                continue;
            }
            let mut program = Program::default();
            let mut carried = Vec::new();
            let fills = fills(unit, file, out);
            for root in file.document.nodes() {
                if root.items().is_empty() && !root.is_null() {
                    let at = Source::new(file.id, ByteSpan::at(0));
                    out.unknown(at, Why::Unsupported("a file of tasks that is no list".to_owned()));
                }
                Play {
                    file,
                    fills: &fills,
                    program: &mut program,
                    carried: &mut carried,
                    out,
                    left: play::MAX_TASKS,
                    known: BTreeSet::new(),
                }
                .root(root);
            }
            terraform::lower_carried(program, out);
            kubernetes::lower_carried(&carried, out);
        }
    }
}

/// Whether other files are read along with one of this path: which are there is asked of no other YAML, of which there may
/// be thousands.
fn reads_along(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or_default();
    folder.is_empty()
        || role_of(path).is_some()
        || PLAYBOOKS.contains(&stem)
        || WORDS.iter().any(|word| path.contains(word))
}

/// The folder of the role, or of whatever else has its tasks in a folder of their own.
fn role_of(path: &str) -> Option<&str> {
    let folder = path.rsplit_once('/')?.0;
    let mut at = folder;
    loop {
        let (before, name) = at.rsplit_once('/').unwrap_or(("", at));
        if matches!(name, "tasks" | "handlers") {
            return Some(before);
        }
        if before.is_empty() {
            return None;
        }
        at = before;
    }
}

/// The files that may say what a file's tasks are filled with: those of its role, or those beside a playbook.
fn fills_of(file: &SourceFile) -> Vec<String> {
    let (folder, names) = match role_of(&file.path) {
        Some(role) => (role, FILLS),
        None => (file.folder(), BESIDE),
    };
    names.iter().filter_map(|path| resolve(folder, path)).collect()
}

/// The variables of a file's tasks, by what wins first; what it names and the tree does not hold is not known.
fn fills<'u>(unit: &'u Unit, file: &SourceFile, out: &mut Lowering<'_>) -> Vec<(&'u SourceFile, &'u Node)> {
    let mut found = Vec::new();
    for named in named::of(file) {
        let at = Source::new(file.id, named.node.span);
        let there = named.candidates.iter().find_map(|path| unit.file(path));
        match there {
            Some(there) if named.fills => found.push(there),
            Some(_) => {}
            None if named.candidates.is_empty() => out.unknown(at, Why::Expression(named.name)),
            None if !reads_along(&file.path) => {
                let why = format!("what a playbook outside Ansible's folders names, `{}`,", named.name);
                out.unknown(at, Why::Unsupported(why));
            }
            None => out.unknown(at, Why::NotInTree(named.name)),
        }
    }
    found.extend(fills_of(file).iter().filter_map(|path| unit.file(path)));
    found.into_iter().filter_map(|file| Some((file, file.document.nodes().first()?))).collect()
}
