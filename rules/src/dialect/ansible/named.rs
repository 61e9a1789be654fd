//! Files and roles that plays and tasks name. Each is read where it stands; what is not in the tree is not known.

use super::play::{BLOCKS, IMPORTS, LISTS, MAX_NESTING, module_of};
use super::{jinja, role_of, tables};
use crate::dialect::{SourceFile, resolve};
use crate::document::Node;

/// Most names of one file that are followed; the largest real playbooks have some dozens.
const MAX_NAMES: usize = 256;
/// Files by one of which a role is known to be there.
const ROLE: [&str; 4] = ["tasks/main.yml", "tasks/main.yaml", "meta/main.yml", "meta/main.yaml"];
/// Folders of roles beside a playbook, and beside a role.
const ROLES: [&str; 3] = ["roles", "..", "../roles"];

/// A file or role that something names.
pub(super) struct Named<'n> {
    /// Where it is named.
    pub(super) node: &'n Node,
    pub(super) name: String,
    /// The files of which one must be there; none, if the name is filled in.
    pub(super) candidates: Vec<String>,
    /// Whether it holds variables for the file.
    pub(super) fills: bool,
}

/// What a file names, in order.
pub(super) fn of(file: &SourceFile) -> Vec<Named<'_>> {
    let mut names = Names { file, role: role_of(&file.path), found: Vec::new() };
    for root in file.document.nodes() {
        names.root(root);
    }
    names.found
}

struct Names<'n> {
    file: &'n SourceFile,
    role: Option<&'n str>,
    found: Vec<Named<'n>>,
}

impl<'n> Names<'n> {
    fn root(&mut self, root: &'n Node) {
        let mut plays = false;
        for play in root.items() {
            for node in IMPORTS.iter().filter_map(|key| play.get(key)) {
                self.file_at(node, &[""], false);
            }
            if play.get("hosts").is_none() {
                continue;
            }
            plays = true;
            for node in play.get("vars_files").map(Node::one_or_many).unwrap_or_default() {
                self.file_at(node, &[""], true);
            }
            for role in play.get("roles").map(Node::items).unwrap_or_default() {
                let named = ["role", "name"].iter().find_map(|key| role.get(key)).unwrap_or(role);
                self.role_at(named);
            }
            LISTS.iter().filter_map(|key| play.get(key)).for_each(|tasks| self.tasks(tasks, 0));
        }
        if !plays {
            self.tasks(root, 0);
        }
    }

    fn tasks(&mut self, tasks: &'n Node, depth: usize) {
        if depth > MAX_NESTING {
            return;
        }
        for task in tasks.items() {
            BLOCKS.iter().filter_map(|key| task.get(key)).for_each(|inner| self.tasks(inner, depth + 1));
            if let Some((key, arguments)) = module_of(task) {
                self.task(tables::short(key.text().unwrap_or_default()), arguments);
            }
        }
    }

    fn task(&mut self, module: &str, arguments: &'n Node) {
        let argument = |name: &str| arguments.get(name);
        let written = arguments.scalar().map(|_| arguments);
        match module {
            "include_tasks" | "import_tasks" | "include" => {
                if let Some(node) = argument("file").or(written) {
                    self.file_at(node, &["", "tasks"], false);
                }
            }
            "include_vars" => {
                if let Some(node) = argument("file").or(written) {
                    self.file_at(node, &["", "vars"], true);
                }
            }
            "include_role" | "import_role" => {
                argument("name").or(written).into_iter().for_each(|node| self.role_at(node))
            }
            "k8s" => {
                if let Some(node) = argument("src") {
                    self.file_at(node, &["", "files", "templates"], false);
                }
            }
            _ => {}
        }
    }

    /// A file, sought beside what names it and in folders of the role or of the playbook.
    fn file_at(&mut self, node: &'n Node, folders: &[&str], fills: bool) {
        let Some(text) = node.text() else { return };
        let name = text.split_whitespace().next().unwrap_or_default();
        let name = name.strip_prefix("file=").unwrap_or(name);
        let bases = [Some(self.file.folder()), self.role];
        let places =
            bases.iter().flatten().flat_map(|base| folders.iter().map(move |f| format!("{base}/{f}")));
        let candidates = places.filter_map(|place| resolve(&place, name)).collect();
        self.push(node, text, name, candidates, fills);
    }

    fn role_at(&mut self, node: &'n Node) {
        let Some(text) = node.text() else { return };
        let name = text.split_whitespace().next().unwrap_or_default();
        let name = name.strip_prefix("name=").unwrap_or(name);
        let bases = [Some(self.file.folder()), self.role, Some("")];
        let places =
            bases.iter().flatten().flat_map(|base| ROLES.iter().filter_map(move |r| resolve(base, r)));
        let candidates = places
            .flat_map(|place| ROLE.iter().map(move |file| format!("{place}/{name}/{file}")))
            .filter_map(|path| resolve("", &path))
            .collect();
        self.push(node, text, name, candidates, false);
    }

    fn push(&mut self, node: &'n Node, text: &str, name: &str, mut candidates: Vec<String>, fills: bool) {
        if self.found.len() == MAX_NAMES || name.is_empty() {
            return;
        }
        let filled = jinja::is_filled(text);
        if filled {
            candidates.clear();
        }
        let name = if filled { text } else { name }.to_owned();
        self.found.push(Named { node, name, candidates, fills });
    }
}
