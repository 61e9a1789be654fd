//! Dependabot configuration, version 2: which registries it logs in to, with what, and which updates use them.
//!
//! <https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference>. Dependabot's
//! secrets are a store of their own: a name says nothing of the secret of that name that workflows see.

mod reference;
mod registry;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::document::Node;
use crate::fact::{Body, ContextId, ContextKind, Flow, Selection, Starter, Value, Why};
use crate::span::{ByteSpan, Source};
use registry::Registry;

/// The dialect.
pub static DIALECT: Dependabot = Dependabot;

/// Dependabot configurations.
#[derive(Clone, Copy, Debug)]
pub struct Dependabot;

/// Where a repository keeps it.
const FILES: [&str; 2] = [".github/dependabot.yml", ".github/dependabot.yaml"];
/// The version of the syntax that is read.
const VERSION: i64 = 2;
/// Most uses of registries by updates that are looked at per file: a hostile file may let thousands of updates use
/// thousands of registries, a real one has a handful of each.
const MAX_USES: usize = 10_000;

impl Dialect for Dependabot {
    fn name(&self) -> &'static str {
        "dependabot"
    }

    fn warm(&self) {
        std::sync::LazyLock::force(&tables::TABLES);
    }

    fn claim(&self, path: &str) -> Claim {
        let ends_in = |file: &str| path.strip_suffix(file).is_some_and(|f| f.is_empty() || f.ends_with('/'));
        if FILES.into_iter().any(ends_in) { Claim::Path } else { Claim::No }
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, self.name());
            let Some((root, others)) = file.document.nodes().split_first() else { continue };
            let within = out.file_context(file.id);
            let mut walk = Walk { out, file, uses: 0 };
            for other in others {
                walk.unknown(other, "a second YAML document");
            }
            walk.configuration(within, root);
        }
    }
}

/// Lowers one file.
struct Walk<'o, 'u> {
    out: &'o mut Lowering<'u>,
    file: &'u SourceFile,
    /// Uses of registries, and of their credentials, looked at so far.
    uses: usize,
}

impl Walk<'_, '_> {
    fn source(&self, span: ByteSpan) -> Source {
        Source::new(self.file.id, span)
    }

    fn unknown(&mut self, node: &Node, what: &str) {
        let at = self.source(node.span);
        self.out.unknown(at, Why::Unsupported(what.to_owned()));
    }

    fn configuration(&mut self, within: ContextId, root: &Node) {
        let version = root.get("version");
        if version.and_then(Node::integer) != Some(VERSION) {
            self.unknown(version.unwrap_or(root), "a Dependabot configuration of another version than 2");
        }
        let mut registries: BTreeMap<&str, Vec<Registry>> = BTreeMap::new();
        for section in root.entries() {
            match section.name() {
                "registries" if section.value.entries().is_empty() && !section.value.is_null() => {
                    self.unknown(&section.value, "a `registries` section that is not a map");
                }
                "registries" => {
                    for entry in section.value.entries() {
                        let registry = self.registry(within, entry);
                        // A name that stands twice may mean either.
                        registries.entry(entry.name()).or_default().extend(registry);
                    }
                }
                _ => {}
            }
        }
        for section in root.entries().iter().filter(|e| e.name() == "updates") {
            if section.value.items().is_empty() && !section.value.is_null() {
                self.unknown(&section.value, "an `updates` section that is not a list");
            }
            for update in section.value.items() {
                self.update(within, update, &registries);
            }
        }
    }

    /// One entry of `updates`: a job of its own, which logs in to the registries it names.
    fn update(&mut self, within: ContextId, update: &Node, registries: &BTreeMap<&str, Vec<Registry>>) {
        if update.entries().is_empty() {
            return self.unknown(update, "an update that is not a map");
        }
        let at = self.source(update.span);
        let ecosystem = update.get("package-ecosystem").and_then(Node::text).unwrap_or("update");
        let context = self.out.context(within, ContextKind::Job, ecosystem, at);
        if let Some(context) = self.out.context_mut(context) {
            context.started_by = Some(Value::known([Starter::Schedule].into(), at));
        }
        if let Some(execution) = update.get("insecure-external-code-execution")
            && execution.text() != Some("deny")
        {
            self.unknown(execution, "external code that runs beside the registries' credentials");
        }
        for named in update.get("registries").map(Node::one_or_many).unwrap_or_default() {
            let meant: Box<dyn Iterator<Item = &Registry>> = match named.text() {
                Some("*") => Box::new(registries.values().flatten()),
                Some(name) if registries.contains_key(name) => {
                    Box::new(registries.get(name).into_iter().flatten())
                }
                _ => {
                    self.unknown(named, "a registry that the file does not define");
                    continue;
                }
            };
            for registry in meant {
                if !self.uses(context, named, registry) {
                    return;
                }
            }
        }
    }

    /// An update logs in to a registry; whether there is room for more.
    fn uses(&mut self, within: ContextId, named: &Node, registry: &Registry) -> bool {
        let at = self.source(named.span);
        if self.uses_up(at) {
            return false;
        }
        for what in &registry.stated {
            if self.uses_up(at) {
                return false;
            }
            let flow = Flow { what: Selection::One(what.clone()), to: registry.login() };
            self.out.state(within, at, Body::Flow(flow));
        }
        for handed in &registry.handed {
            if self.uses_up(at) {
                return false;
            }
            let mut handed = handed.clone();
            (handed.at, handed.within) = (at, within);
            self.out.handed.push(handed);
        }
        true
    }

    /// Counts a registry of an update, or a credential of it; whether it is one too many. A registry without credentials
    /// counts as well: looking at it takes time.
    fn uses_up(&mut self, at: Source) -> bool {
        self.uses += 1;
        if self.uses == MAX_USES + 1 {
            self.out.unknown(at, Why::Limit(format!("more than {MAX_USES} uses of registries in one file")));
        }
        self.uses > MAX_USES
    }
}
