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
mod play;
mod tables;
mod task;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::kubernetes;
use super::terraform::{self, Program, Reading};
use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, resolve};
use crate::document::Node;
use crate::fact::Why;
use crate::span::{ByteSpan, Source};
use play::Play;

const NAME: &str = "ansible";
/// How values are read.
const READING: Reading = Reading { parts: jinja::parts, key: str::to_owned };
/// Files of a role that say what its tasks are filled with, what wins first.
const FILLS: [&str; 4] = ["vars/main.yml", "vars/main.yaml", "defaults/main.yml", "defaults/main.yaml"];

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
        self.claim(path) != Claim::No && role_of(path).is_some()
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        let Some(role) = role_of(&file.path).filter(|_| self.owns(file)) else { return Outline::default() };
        let fills = FILLS.iter().filter_map(|path| resolve(role, path)).collect();
        Outline { asks: vec![Ask::AnyOf(fills)], ..Outline::default() }
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
            let fills = role_of(&file.path).map_or_else(Vec::new, |role| fills(unit, role));
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

/// The variables of a role, by what wins first.
fn fills<'u>(unit: &'u Unit, role: &str) -> Vec<(&'u SourceFile, &'u Node)> {
    let paths = FILLS.iter().filter_map(|path| resolve(role, path));
    paths
        .filter_map(|path| unit.file(&path))
        .filter_map(|file| Some((file, file.document.nodes().first()?)))
        .collect()
}
