//! Plays and their tasks, wherever they nest.

use std::collections::BTreeSet;

use super::task::Task;
use super::{READING, tables};
use crate::dialect::kubernetes::Carried;
use crate::dialect::terraform::Program;
use crate::dialect::{Lowering, SourceFile};
use crate::document::Node;
use crate::fact::Why;
use crate::span::Source;

/// Most tasks of one file: an alias may repeat a block. The largest real files have a few hundred.
pub(super) const MAX_TASKS: usize = 20_000;
/// Deepest nesting of blocks.
pub(super) const MAX_NESTING: usize = 32;
/// Lists of tasks of a play.
pub(super) const LISTS: [&str; 4] = ["pre_tasks", "tasks", "post_tasks", "handlers"];
/// Lists of tasks of a block.
pub(super) const BLOCKS: [&str; 3] = ["block", "rescue", "always"];
/// Keys of a task that name its module in their value.
const ACTIONS: [&str; 2] = ["action", "local_action"];
/// Keys that a play has and no task.
const PLAYS: [&str; 11] = [
    "tasks",
    "roles",
    "pre_tasks",
    "post_tasks",
    "handlers",
    "vars",
    "vars_files",
    "gather_facts",
    "become",
    "connection",
    "collections",
];
/// What takes in another playbook.
pub(super) const IMPORTS: [&str; 3] = ["import_playbook", "ansible.builtin.import_playbook", "include"];

/// Whether a document is a list of plays.
pub(super) fn is_playbook(root: &Node) -> bool {
    let plays = |item: &Node| item.get("hosts").is_some() && PLAYS.iter().any(|key| item.get(key).is_some());
    let imports = |item: &Node| IMPORTS.iter().any(|key| item.get(key).is_some());
    let items = root.items();
    items.iter().any(|item| plays(item) || imports(item))
        && items.iter().all(|item| item.get("hosts").is_some() || imports(item))
}

/// Whether a document is a list of tasks.
pub(super) fn are_tasks(root: &Node) -> bool {
    let is_task = |item: &Node| {
        BLOCKS.iter().any(|key| item.get(key).is_some()) || module_of(item).is_some() || item.is_null()
    };
    !root.items().is_empty() && root.items().iter().all(is_task)
}

/// The key of a task that is none of its directives; `action: {module: …}` names it inside.
pub(super) fn module_of(task: &Node) -> Option<(&Node, &Node)> {
    if let Some(action) = ACTIONS.iter().find_map(|key| task.get(key)) {
        return Some((action.get("module").unwrap_or(action), action));
    }
    let entry =
        task.entries().iter().find(|e| !tables::is_directive(e.name()) && !e.name().starts_with("with_"))?;
    Some((&entry.key, &entry.value))
}

/// Lowers one file.
pub(super) struct Play<'p, 'o, 'u> {
    pub(super) file: &'u SourceFile,
    /// Variables of the role.
    pub(super) fills: &'p [(&'u SourceFile, &'u Node)],
    pub(super) program: &'p mut Program,
    pub(super) carried: &'p mut Vec<Carried>,
    pub(super) out: &'p mut Lowering<'o>,
    pub(super) left: usize,
    /// Variables that were written.
    pub(super) known: BTreeSet<String>,
}

impl Play<'_, '_, '_> {
    pub(super) fn root(&mut self, root: &Node) {
        let plays = || root.items().iter().filter(|item| item.get("hosts").is_some());
        for vars in plays().filter_map(|play| play.get("vars")) {
            self.variables(self.file, vars);
        }
        for play in plays() {
            for tasks in LISTS.iter().filter_map(|key| play.get(key)) {
                self.tasks(tasks, false, 0);
            }
        }
        if plays().next().is_none() {
            self.tasks(root, false, 0);
        }
        // What a task says itself wins over its role.
        for (file, vars) in self.fills.iter().copied() {
            self.variables(file, vars);
        }
    }

    /// What is filled in where its name stands; what is said first wins.
    fn variables(&mut self, file: &SourceFile, vars: &Node) {
        for entry in vars.entries() {
            if self.known.insert(entry.name().to_owned()) {
                let key = Source::new(file.id, entry.key.span);
                self.program.variable(entry.name(), key, &entry.value, READING);
            }
        }
    }

    fn tasks(&mut self, tasks: &Node, hidden: bool, depth: usize) {
        let at = Source::new(self.file.id, tasks.span);
        if depth > MAX_NESTING {
            return self.out.unknown(at, Why::Limit("blocks nested more than 32 deep".to_owned()));
        }
        for task in tasks.items() {
            if self.left == 0 {
                return self.out.unknown(at, Why::Limit(format!("more than {MAX_TASKS} tasks")));
            }
            self.left -= 1;
            if let Some(vars) = task.get("vars") {
                self.variables(self.file, vars);
            }
            let hides = task.get("no_log").and_then(Node::boolean).map(|(value, _)| value);
            for inner in BLOCKS.iter().filter_map(|key| task.get(key)) {
                self.tasks(inner, hides.unwrap_or(hidden), depth + 1);
            }
            if let Some((key, arguments)) =
                module_of(task).filter(|(k, _)| !k.text().is_some_and(|k| BLOCKS.contains(&k)))
            {
                Task { play: self, task, key, arguments, hides: hides.or(hidden.then_some(true)) }.lower();
            }
        }
    }
}
