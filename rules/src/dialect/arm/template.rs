//! The sections of a template, whichever way it is written.

use std::collections::BTreeMap;

use crate::dialect::SourceFile;
use crate::document::{Data, Entry, Node, bicep};

/// Deepest nesting of resources inside resources; the platform allows five levels.
const MAX_NESTING: usize = 8;

/// One template.
#[derive(Clone, Debug)]
pub(super) struct Template<'u> {
    pub(super) file: &'u SourceFile,
    pub(super) root: &'u Node,
    /// Parameters in order.
    pub(super) parameters: Vec<&'u Entry>,
    pub(super) variables: BTreeMap<String, &'u Node>,
    pub(super) functions: BTreeMap<String, &'u Node>,
    pub(super) resources: Vec<Resource<'u>>,
    pub(super) outputs: Vec<&'u Entry>,
    /// What brings in names that are not read.
    pub(super) imports: Vec<&'u Entry>,
    /// What it is deployed to.
    pub(super) scope: Scope,
}

/// What a template is deployed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scope {
    /// A resource group.
    #[default]
    Group,
    /// A subscription.
    Subscription,
    /// A management group.
    Management,
    /// The whole tenant.
    Tenant,
}

impl Scope {
    /// The scope that the address of a schema or a word of Bicep names.
    fn named(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        if text.contains("managementgroup") {
            Self::Management
        } else if text.contains("subscription") {
            Self::Subscription
        } else if text.contains("tenant") {
            Self::Tenant
        } else {
            Self::Group
        }
    }
}

/// A resource, or what deploys another template.
#[derive(Clone, Debug)]
pub(super) struct Resource<'u> {
    /// The name that the template itself gives it.
    pub(super) symbol: Option<&'u str>,
    /// Where it begins: its symbol, or its type.
    pub(super) header: &'u Node,
    pub(super) node: &'u Node,
    /// Its type, with that of the resources around it.
    pub(super) kind: String,
    /// The resource around it, or the one that it names as its parent.
    pub(super) parent: Option<usize>,
    pub(super) existing: bool,
    /// The file or registry that a module comes from.
    pub(super) module: Option<&'u Node>,
}

impl<'u> Template<'u> {
    /// The template that a file is.
    pub(super) fn of_file(file: &'u SourceFile) -> Option<Self> {
        let root = file.document.nodes().first()?;
        Some(if super::is_bicep(&file.path) {
            Self::of_bicep(file, root)
        } else {
            Self::of_json(file, unwrapped(root))
        })
    }

    fn empty(file: &'u SourceFile, root: &'u Node) -> Self {
        Self {
            file,
            root,
            parameters: Vec::new(),
            variables: BTreeMap::new(),
            functions: BTreeMap::new(),
            resources: Vec::new(),
            outputs: Vec::new(),
            imports: Vec::new(),
            scope: Scope::Group,
        }
    }

    /// A template in JSON: a file, or one inside another.
    pub(super) fn of_json(file: &'u SourceFile, root: &'u Node) -> Self {
        let mut all = Self::empty(file, root);
        all.scope = get(root, "$schema").and_then(Node::text).map(Scope::named).unwrap_or_default();
        all.parameters = section(root, "parameters").iter().collect();
        for entry in section(root, "variables") {
            if entry.name().eq_ignore_ascii_case("copy") {
                let copies = entry.value.items().iter();
                all.variables
                    .extend(copies.filter_map(|c| Some((get(c, "name")?.text()?.to_lowercase(), c))));
            } else {
                all.variables.insert(entry.name().to_lowercase(), &entry.value);
            }
        }
        for space in get(root, "functions").map(Node::items).unwrap_or_default() {
            let name = get(space, "namespace").and_then(Node::text).unwrap_or_default();
            for member in section(space, "members") {
                all.functions.insert(format!("{name}.{}", member.name()).to_lowercase(), &member.value);
            }
        }
        if let Some(resources) = get(root, "resources") {
            all.listed(resources, None, 0);
        }
        all.outputs = section(root, "outputs").iter().collect();
        all
    }

    /// Resources of JSON, in a list or under their symbols.
    fn listed(&mut self, resources: &'u Node, parent: Option<usize>, depth: usize) {
        if depth == MAX_NESTING {
            return;
        }
        let named = resources.entries().iter().map(|entry| (Some(entry), &entry.value));
        for (entry, node) in named.chain(resources.items().iter().map(|node| (None, node))) {
            let Some(kind) = get(node, "type") else { continue };
            let own = kind.text().unwrap_or_default();
            let outer = parent.and_then(|at| self.resources.get(at)).map(|outer| outer.kind.as_str());
            let full = match outer {
                Some(outer) if !own.contains('.') => format!("{outer}/{own}"),
                _ => own.to_owned(),
            };
            let existing = get(node, "existing").is_some_and(|e| e.boolean().is_some_and(|(yes, _)| yes));
            let at = self.resources.len();
            self.resources.push(Resource {
                symbol: entry.map(Entry::name),
                header: entry.map_or(kind, |entry| &entry.key),
                node,
                kind: full,
                parent,
                existing,
                module: None,
            });
            if let Some(inner) = get(node, "resources") {
                self.listed(inner, Some(at), depth + 1);
            }
        }
    }

    fn of_bicep(file: &'u SourceFile, root: &'u Node) -> Self {
        let mut all = Self::empty(file, root);
        for entry in root.entries() {
            let value = &entry.value;
            match value.tag.as_deref() {
                Some("param") => all.parameters.push(entry),
                Some("var") => {
                    let stated = value.get("value").map(|v| (entry.name().to_lowercase(), v));
                    all.variables.extend(stated);
                }
                Some("func") => {
                    let stated = value.get("value").map(|v| (entry.name().to_lowercase(), v));
                    all.functions.extend(stated);
                }
                Some("output") => all.outputs.push(entry),
                Some("targetScope") => {
                    all.scope = value.get("value").and_then(Node::text).map(Scope::named).unwrap_or_default();
                }
                Some("resource" | "module") => all.declared(entry, None, 0),
                Some("import" | "extension" | "provider") => all.imports.push(entry),
                _ => {}
            }
        }
        all.adopt();
        all
    }

    fn declared(&mut self, entry: &'u Entry, parent: Option<usize>, depth: usize) {
        if depth == MAX_NESTING {
            return;
        }
        let node = &entry.value;
        let own = node.get("type").and_then(Node::text).unwrap_or_default();
        let own = own.split('@').next().unwrap_or_default();
        let outer = parent.and_then(|at| self.resources.get(at)).map(|outer| outer.kind.as_str());
        let module = node.get("$path");
        let full = match outer {
            _ if module.is_some() => "Microsoft.Resources/deployments".to_owned(),
            Some(outer) if !own.contains('.') => format!("{outer}/{own}"),
            _ => own.to_owned(),
        };
        let at = self.resources.len();
        self.resources.push(Resource {
            symbol: Some(entry.name()),
            header: &entry.key,
            node,
            kind: full,
            parent,
            existing: node.get("existing").is_some_and(|e| matches!(e.data, Data::Bool(true))),
            module,
        });
        for inner in node.entries().iter().filter(|e| e.value.tag.as_deref() == Some("resource")) {
            self.declared(inner, Some(at), depth + 1);
        }
    }

    /// `parent: other` says whose child a resource is.
    fn adopt(&mut self) {
        let named: BTreeMap<&str, usize> =
            self.resources.iter().enumerate().filter_map(|(at, r)| Some((r.symbol?, at))).collect();
        for (at, resource) in self.resources.iter_mut().enumerate() {
            let Some(parent) = resource.node.get("parent") else { continue };
            let symbol = symbol(parent).and_then(|symbol| named.get(symbol)).copied();
            resource.parent = resource.parent.or(symbol.filter(|parent| *parent != at));
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&'u Entry> {
        self.parameters.iter().find(|entry| entry.name().eq_ignore_ascii_case(name)).copied()
    }

    /// A resource by the name that the template gives it.
    pub(super) fn named(&self, symbol: &str) -> Option<usize> {
        self.resources.iter().position(|resource| resource.symbol == Some(symbol))
    }
}

/// The symbol that an expression names: itself, one of a loop's, or one inside another.
pub(super) fn symbol(node: &Node) -> Option<&str> {
    match (node.tag.as_deref(), node.items()) {
        (Some(bicep::NAME), [name]) => name.text(),
        (Some(bicep::INDEX), [of, _]) => symbol(of),
        (Some(bicep::NESTED), [_, name]) => name.text(),
        _ => None,
    }
}

/// The value under a key, whatever its case: the platform does not tell them apart.
pub(super) fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.entries().iter().rev().find(|entry| entry.name().eq_ignore_ascii_case(key)).map(|entry| &entry.value)
}

fn section<'n>(root: &'n Node, name: &str) -> &'n [Entry] {
    get(root, name).map(Node::entries).unwrap_or_default()
}

/// Whether a file is a template in JSON: by its schema, or by the types of its resources.
pub(super) fn is_template(file: &SourceFile) -> bool {
    if !speaks_of_azure(&file.bytes) {
        return false;
    }
    let Some(root) = file.document.nodes().first() else { return !file.document.breaks.is_empty() };
    says_so(unwrapped(root))
}

/// The template that a file is, or that stands in it: in what a blueprint or a template spec is made of.
fn unwrapped(root: &Node) -> &Node {
    let inner = get(root, "properties").and_then(|p| get(p, "template").or_else(|| get(p, "mainTemplate")));
    inner.filter(|inner| says_so(inner) && !says_so(root)).unwrap_or(root)
}

fn says_so(root: &Node) -> bool {
    let schema = get(root, "$schema").and_then(Node::text).unwrap_or_default();
    if schema.to_ascii_lowercase().contains("deploymenttemplate") {
        return true;
    }
    let Some(resources) = get(root, "resources").filter(|_| get(root, "contentVersion").is_some()) else {
        return false;
    };
    let all = resources.items().iter().chain(resources.entries().iter().map(|entry| &entry.value));
    all.filter_map(|node| get(node, "type")?.text())
        .any(|kind| kind.to_ascii_lowercase().starts_with("microsoft."))
}

/// A word that every template holds: most JSON is none, and need not be looked at further.
fn speaks_of_azure(bytes: &[u8]) -> bool {
    ["eploymentTemplate.json", "eploymentParameters.json", "icrosoft."]
        .iter()
        .any(|word| memchr::memmem::find(bytes, word.as_bytes()).is_some())
}
