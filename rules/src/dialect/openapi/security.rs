//! Who may call: `security` of the document and of its operations.

use std::collections::BTreeSet;

use crate::dialect::Lowering;
use crate::document::{Data, Entry, Node};
use crate::fact::{Body, ContextId, ContextKind, Endpoint, Origin, Place, Ref, Route, Text, Value, Why};

use super::operation::{self, Carried, Operation};
use super::reference::At;
use super::scheme::Schemes;
use super::tables::TABLES;
use super::{NAME, source};

/// Operations that a message names, and that are shown beside it.
const NAMED: usize = 3;
const SHOWN: usize = 8;
/// What facts call what a description describes.
const OPERATION: &str = "operation";
const GROUP: &str = "operation group";
const WHOLE: &str = "interface";
/// The key that says who may call.
const SECURITY: &str = "security";

/// OR of ANDs of mechanisms, as facts have it.
type Ways = Vec<BTreeSet<String>>;

/// A description while it is lowered.
pub(super) struct Api<'o, 'u> {
    out: &'o mut Lowering<'u>,
    root: At<'u>,
    schemes: Schemes<'u>,
    /// Names of schemes that are asked for.
    used: BTreeSet<&'u str>,
    within: ContextId,
}

impl<'o, 'u> Api<'o, 'u> {
    pub(super) fn new(out: &'o mut Lowering<'u>, root: At<'u>) -> Self {
        let file = out.file_context(root.file.id);
        let title = root.node.path(&["info", "title"]).and_then(Node::text).unwrap_or("API");
        let within = out.context(file, ContextKind::Resource, title, source(root.file, root.node.span));
        let schemes = Schemes::of(root, out);
        Self { out, root, schemes, used: BTreeSet::new(), within }
    }

    pub(super) fn lower(mut self) {
        let operations = operation::all(self.root, self.out);
        if operations.is_empty() {
            return;
        }
        let stated = self.root.node.get(SECURITY).map(|node| self.root.with(node));
        let document = stated.map(|at| (at, self.ways(at)));
        let mut inherited = Vec::new();
        let mut alone = 0_usize;
        for operation in &operations {
            if let Some(own) = operation.at.node.get(SECURITY) {
                alone += 1;
                self.own(operation, operation.at.with(own));
            } else if !self.asks_elsewhere(operation) {
                inherited.push(operation);
            }
        }
        self.inherited(document, &inherited, alone > 0);
        self.schemes.in_addresses(&self.used, self.within, self.out);
    }

    /// The alternatives of a `security`; `None`, and counted, where they cannot be read.
    fn ways(&mut self, at: At<'u>) -> Option<Ways> {
        let Data::List(items) = &at.node.data else {
            let why = Why::Unsupported("a `security` that is not a list".to_owned());
            self.out.unknown(source(at.file, at.node.span), why);
            return None;
        };
        if items.is_empty() {
            return Some(vec![BTreeSet::new()]);
        }
        let mut ways = Vec::new();
        for item in items.iter() {
            let Data::Map(names) = &item.data else {
                let why = Why::Unsupported("a security requirement that is not a map".to_owned());
                self.out.unknown(source(at.file, item.span), why);
                return None;
            };
            ways.push(names.iter().map(|name| self.mechanism(at, name)).collect());
        }
        Some(ways)
    }

    fn mechanism(&mut self, at: At<'u>, requirement: &'u Entry) -> String {
        let name = requirement.name();
        self.used.insert(name);
        if !self.schemes.defines(name) && !self.schemes.open {
            let why = Why::NotInTree(format!("security scheme {name}"));
            self.out.unknown(source(at.file, requirement.key.span), why);
        }
        self.schemes.mechanism(name)
    }

    /// An operation that states its own security.
    fn own(&mut self, operation: &Operation<'u>, security: At<'u>) {
        let Some(ways) = self.ways(security) else { return };
        let at = source(security.file, security.node.used_at.unwrap_or(security.node.span));
        if ways.iter().any(BTreeSet::is_empty) {
            if self.asks_elsewhere(operation) {
                return;
            }
            if let Some(because) = operation.open_by_nature() {
                return self.out.silent(operation.at.file.id, because);
            }
        }
        let place = self.out.place(at);
        let is = Ref::new(NAME, OPERATION, self.scope(), operation.name.as_str());
        self.state(place, Origin::Stated, OPERATION, is, Value::known(ways, at));
    }

    /// Whether something besides `security` asks who calls: a gateway's extension, or a parameter of the operation. A
    /// parameter that need not be sent leaves it open.
    fn asks_elsewhere(&mut self, operation: &Operation<'u>) -> bool {
        for row in &TABLES.extension {
            let way = operation.at.node.path(&[row.key.as_str(), row.below.as_str()]).and_then(Node::text);
            if way.is_some_and(|way| !row.anonymous.iter().any(|a| a.eq_ignore_ascii_case(way))) {
                self.out.silent(operation.at.file.id, &format!("a gateway asks for {}", row.means));
                return true;
            }
        }
        match operation.carried(self.root, self.out) {
            Carried::Required(_) => {
                self.out.silent(operation.at.file.id, "a parameter that must be sent carries a credential");
                true
            }
            Carried::Optional(name) => {
                let why = Why::Unsupported(format!("who may call without parameter `{name}`"));
                self.out.unknown(source(operation.at.file, operation.key), why);
                true
            }
            Carried::Nothing => false,
        }
    }

    /// Operations that take the document's security, or have none.
    fn inherited(
        &mut self,
        document: Option<(At<'u>, Option<Ways>)>,
        operations: &[&Operation<'u>],
        others: bool,
    ) {
        let mut open = Vec::new();
        for operation in operations {
            match operation.open_by_nature() {
                Some(because) => self.out.silent(operation.at.file.id, because),
                None => open.push(*operation),
            }
        }
        if open.is_empty() {
            return;
        }
        let (place, origin, ways) = match document {
            Some((_, None)) => return,
            Some((at, Some(ways))) => {
                let written = source(at.file, at.node.span);
                (self.out.place(written), Origin::Stated, Value::known(ways, written))
            }
            // A file that breaks off may have said it further down.
            None if !self.root.file.document.breaks.is_empty() => return,
            None => {
                let version = ["openapi", "swagger"].iter().find_map(|key| self.root.node.entry(key));
                let at = source(self.root.file, version.map_or(self.root.node.span, Entry::span));
                let place = Place::new(at, Route::root().key(SECURITY));
                (place, Origin::Absent, Value::known(vec![BTreeSet::new()], at))
            }
        };
        let anonymous = ways.possible().any(|p| p.value.iter().any(BTreeSet::is_empty));
        let shown = open.iter().take(if anonymous { SHOWN } else { 0 });
        let place = shown.fold(place, |place, operation| {
            place.with("asks nobody", source(operation.at.file, operation.key))
        });
        let kind = match open.len() {
            _ if !(anonymous && others) => WHOLE,
            1 => OPERATION,
            _ => GROUP,
        };
        // What is left of a description has the names of its operations: one more is another matter.
        let is = match kind {
            WHOLE => Ref::new(NAME, "interface", [], self.root.file.path.as_str()),
            _ => Ref::new(NAME, OPERATION, self.scope(), named(&open)),
        };
        self.state(place, origin, kind, is, ways);
    }

    fn scope(&self) -> [Text; 1] {
        [Text::literal(self.root.file.path.clone())]
    }

    fn state(&mut self, place: Place, origin: Origin, kind: &str, is: Ref, auth: Value<Ways>) {
        let reach = Value::unknown(Why::Unsupported("who can reach it".to_owned()), place.source());
        let endpoint = Endpoint { is, kind: kind.to_owned(), auth, reach };
        self.out.fact(self.within, place, origin, Body::Endpoint(endpoint));
    }
}

/// The first operations by name, and how many there are more.
fn named(operations: &[&Operation<'_>]) -> String {
    let names: Vec<&str> = operations.iter().take(NAMED).map(|o| o.name.as_str()).collect();
    let more = operations.len() - names.len();
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}
