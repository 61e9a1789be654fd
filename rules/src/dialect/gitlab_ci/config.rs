//! The configuration of a pipeline put together: includes of the tree, `extends`, `!reference`, `default`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::include::{self, From, Include};
use super::scope::{self, Inputs};
use super::tables::TABLE;
use super::tree::{Field, Item, is_reference, span_of};
use crate::dialect::{Lowering, SourceFile, resolve};
use crate::document::Node;
use crate::fact::{Component, Why};
use crate::span::{FileId, Source};

/// Most files of one pipeline, as the platform limits them.
/// Source: <https://docs.gitlab.com/administration/settings/continuous_integration/#maximum-includes>.
pub(super) const MAX_INCLUDES: usize = 150;
/// How deep `extends` and `!reference` are followed: the platform stops at 11 and 10.
/// Source: <https://docs.gitlab.com/ci/yaml/#extends>.
const MAX_LEVELS: usize = 11;
/// Most fields that are copied to merge maps, of one pipeline. A template of a hundred keys that a thousand jobs extend
/// makes a tenth of it.
const MAX_MERGED: usize = 1_000_000;
/// Most values that lists with references hold together, of one pipeline.
const MAX_LISTED: usize = 100_000;

/// Code from elsewhere that becomes part of the pipeline.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    pub(super) component: Component,
    pub(super) at: Source,
    pub(super) inputs: Option<Item>,
}

/// A pipeline's configuration.
pub(super) struct Config<'u> {
    files: &'u [SourceFile],
    top: Vec<Field>,
    by_name: BTreeMap<Rc<str>, usize>,
    whole: BTreeMap<Rc<str>, Item>,
    merged: usize,
    listed: usize,
    /// Hidden jobs that others take from.
    pub(super) used: BTreeSet<Rc<str>>,
    pub(super) outside: Vec<Outside>,
}

/// The header of a file, if it has one, and its content.
pub(super) fn documents(file: &SourceFile) -> (Option<&Node>, Option<&Node>) {
    match file.document.nodes() {
        [header, content, ..] if header.get("spec").is_some() => (Some(header), Some(content)),
        [header] if header.get("spec").is_some() && header.entries().len() == 1 => (Some(header), None),
        [content, ..] => (None, Some(content)),
        [] => (None, None),
    }
}

/// What is put together on the way.
struct Loader<'o, 'u> {
    out: &'o mut Lowering<'u>,
    root: &'o str,
    open: Vec<FileId>,
    files: usize,
    /// Local includes that were looked up.
    named: usize,
    merged: usize,
    outside: Vec<Outside>,
}

impl<'u> Config<'u> {
    /// Puts a file and what it includes together.
    pub(super) fn load(out: &mut Lowering<'u>, file: &'u SourceFile, root: &str) -> Self {
        let mut loader =
            Loader { out, root, open: Vec::new(), files: 0, named: 0, merged: 0, outside: Vec::new() };
        let top = loader.file(file, None).map(|item| item.fields()).unwrap_or_default();
        let (merged, outside) = (loader.merged, loader.outside);
        let by_name = top.iter().enumerate().map(|(index, field)| (Rc::clone(&field.name), index)).collect();
        let (whole, used) = (BTreeMap::new(), BTreeSet::new());
        Self { files: &out.unit.files, top, by_name, whole, merged, listed: 0, used, outside }
    }

    /// A top-level value as it is written.
    pub(super) fn top(&self, name: &str) -> Option<&Item> {
        self.by_name.get(name).and_then(|index| self.top.get(*index)).map(|field| &field.value)
    }

    /// Jobs by their place; hidden ones begin with a dot.
    pub(super) fn jobs(&self, hidden: bool) -> Vec<Field> {
        let is_job = |field: &&Field| {
            let global = TABLE.keywords.global.contains(&*field.name);
            !global && field.value.is_map() && field.name.starts_with('.') == hidden
        };
        self.top.iter().filter(is_job).cloned().collect()
    }

    /// A job with everything that it extends.
    pub(super) fn whole(&mut self, out: &mut Lowering<'_>, name: &Rc<str>) -> Option<Item> {
        self.extended(out, name, &mut Vec::new())
    }

    fn extended(&mut self, out: &mut Lowering<'_>, name: &Rc<str>, open: &mut Vec<Rc<str>>) -> Option<Item> {
        if let Some(known) = self.whole.get(name) {
            return Some(known.clone());
        }
        let own = self.top(name)?.clone();
        let Some(extends) = own.get("extends") else { return Some(own) };
        open.push(Rc::clone(name));
        let mut base: Option<Item> = None;
        for parent in extends.one_or_many() {
            let Some(written) = parent.text() else { continue };
            let why = match () {
                () if open.len() >= MAX_LEVELS => {
                    Some(Why::Limit(format!("`extends` over {MAX_LEVELS} levels")))
                }
                () if open.iter().any(|known| **known == *written) => {
                    Some(Why::Unsupported("a job that extends itself".to_owned()))
                }
                () if self.top(written).is_none() => Some(Why::NotInTree(written.to_owned())),
                () => None,
            };
            if let Some(why) = why {
                out.unknown(parent.at(), why);
                continue;
            }
            let parent_name: Rc<str> = written.into();
            self.used.insert(Rc::clone(&parent_name));
            let Some(inherited) = self.extended(out, &parent_name, open) else { continue };
            let inherited = inherited.taken(Some(parent.at()));
            base = Some(match base {
                Some(base) => self.overlaid(out, &base, &inherited),
                None => inherited,
            });
        }
        open.pop();
        let own = own.without("extends");
        let whole = base.map_or(own.clone(), |base| self.overlaid(out, &base, &own));
        let whole = whole.taken(None);
        self.whole.insert(Rc::clone(name), whole.clone());
        Some(whole)
    }

    fn overlaid(&mut self, out: &mut Lowering<'_>, base: &Item, over: &Item) -> Item {
        let merged = &mut self.merged;
        overlaid(out, merged, base, over)
    }

    /// A value, or what it is a reference to.
    pub(super) fn value(&mut self, out: &mut Lowering<'_>, item: Item) -> Option<Item> {
        let mut item = item;
        for _ in 0..MAX_LEVELS {
            let is = self.files.get(item.file.0 as usize).is_some_and(|file| is_reference(file, &item.node));
            if !is {
                return Some(item);
            }
            item = self.referred(out, &item)?;
        }
        out.unknown(item.at(), Why::Limit(format!("`!reference` over {MAX_LEVELS} levels")));
        None
    }

    /// What `!reference [job, key, …]` leads to: as it is written there, or else as that job takes it over.
    fn referred(&mut self, out: &mut Lowering<'_>, reference: &Item) -> Option<Item> {
        let path: Option<Vec<&str>> = reference.node.items().iter().map(Node::text).collect();
        let Some((job, keys)) = path.as_deref().and_then(<[&str]>::split_first) else {
            out.unknown(reference.at(), Why::Unsupported("this `!reference`".to_owned()));
            return None;
        };
        let job: Rc<str> = (*job).into();
        let below = |item: Item| keys.iter().try_fold(item, |item, key| item.get(key));
        let mut found = self.top(&job).cloned().and_then(below);
        if found.is_none() {
            found = self.extended(out, &job, &mut Vec::new()).and_then(below);
        }
        self.used.insert(job);
        if found.is_none() {
            let at = Source::new(reference.file, span_of(reference.node.items()));
            out.unknown(at, Why::NotInTree(format!("!reference [{}]", path.unwrap_or_default().join(", "))));
        }
        found.map(|item| item.taken(Some(reference.at())))
    }

    /// The values of a list, those of lists in it and of references among them.
    pub(super) fn list(&mut self, out: &mut Lowering<'_>, item: Item) -> Vec<Item> {
        let mut flat = Vec::new();
        self.flatten(out, item, MAX_LEVELS, &mut flat);
        flat
    }

    fn flatten(&mut self, out: &mut Lowering<'_>, item: Item, levels: usize, flat: &mut Vec<Item>) {
        let Some(item) = self.value(out, item) else { return };
        for value in item.one_or_many() {
            self.listed += 1;
            if self.listed > MAX_LISTED {
                out.unknown(value.at(), Why::Limit(format!("more than {MAX_LISTED} values of lists")));
                return;
            }
            match (value.node.items().is_empty(), levels.checked_sub(1)) {
                (true, _) => flat.push(value),
                (false, Some(levels)) => self.flatten(out, value, levels, flat),
                (false, None) => {
                    out.unknown(value.at(), Why::Limit(format!("lists in lists over {MAX_LEVELS} levels")));
                }
            }
        }
    }
}

fn overlaid(out: &mut Lowering<'_>, merged: &mut usize, base: &Item, over: &Item) -> Item {
    let mut refused = false;
    let item = base.overlaid(over, &mut |fields| {
        *merged = merged.saturating_add(fields);
        refused |= *merged > MAX_MERGED;
        !refused
    });
    if refused {
        out.unknown(over.at(), Why::Limit(format!("more than {MAX_MERGED} merged fields")));
    }
    item
}

impl<'u> Loader<'_, 'u> {
    /// A file's content over that of its includes.
    fn file(&mut self, file: &'u SourceFile, given: Option<&Item>) -> Option<Item> {
        let (header, content) = documents(file);
        let inputs: Rc<Inputs> = Rc::new(scope::declared(file.id, header, given));
        let own = Item::new(file.id, content?.clone(), &inputs);
        self.open.push(file.id);
        let mut base: Option<Item> = None;
        if let Some(node) = content?.get("include") {
            for include in include::all(node) {
                for included in self.included(file, &include, &inputs) {
                    base = Some(match base {
                        Some(base) => overlaid(self.out, &mut self.merged, &base, &included),
                        None => included,
                    });
                }
            }
        }
        self.open.pop();
        Some(match base {
            Some(base) => overlaid(self.out, &mut self.merged, &base, &own),
            None => own,
        })
    }

    fn included(&mut self, file: &'u SourceFile, include: &Include<'_>, inputs: &Rc<Inputs>) -> Vec<Item> {
        let at = Source::new(file.id, include.at);
        let given = include.inputs.map(|node| Item::new(file.id, node.clone(), inputs));
        let why = match &include.from {
            From::Local(path) => return self.local(path, at, given.as_ref()),
            From::Outside(component) => {
                let name = component.is.name.to_string();
                self.outside.push(Outside { component: component.clone(), at, inputs: given });
                Why::NotInTree(name)
            }
            From::Artifact => Why::Unsupported("a configuration that a job writes".to_owned()),
            From::Unknown => Why::Unsupported("this include".to_owned()),
        };
        self.out.unknown(at, why);
        Vec::new()
    }

    fn local(&mut self, path: &str, at: Source, given: Option<&Item>) -> Vec<Item> {
        let limit = || Why::Limit(format!("more than {MAX_INCLUDES} includes"));
        // Those that name nothing count as well: each is held against every file of the unit.
        self.named += 1;
        if self.named > MAX_INCLUDES {
            self.out.unknown(at, limit());
            return Vec::new();
        }
        let pattern = resolve(self.root, path);
        let unit = self.out.unit;
        let matches =
            |file: &&'u SourceFile| pattern.as_deref().is_some_and(|p| include::names(p, &file.path));
        let found: Vec<&'u SourceFile> = unit.files.iter().filter(matches).collect();
        if found.is_empty() {
            self.out.unknown(at, Why::NotInTree(path.to_owned()));
        }
        let mut items = Vec::new();
        for file in found {
            self.files += 1;
            let why = match () {
                () if self.open.contains(&file.id) => {
                    Why::Unsupported("a file that includes itself".to_owned())
                }
                () if self.files > MAX_INCLUDES => limit(),
                () => {
                    items.extend(self.file(file, given));
                    continue;
                }
            };
            self.out.unknown(at, why);
        }
        items
    }
}
