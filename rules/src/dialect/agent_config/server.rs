//! One server: what runs it, what it is handed, and whether its tools are used unasked.

use super::tables::TABLE;
use super::{Walk, package, said};
use crate::command;
use crate::detect::asks_for_secret;
use crate::dialect::lowering::{Handed, MAX_SCRIPTS, Slot, Told};
use crate::dialect::pipeline::agent;
use crate::document::{Entry, Node, Scalar};
use crate::fact::{
    Body, Case, ContextId, ContextKind, Flow, Identity, Naming, Ref, Selection, Sink, Text, Why,
};

/// Signs of what is filled in before a server sees a value.
const FILLED: [&str; 3] = ["${", "$(", "{{"];

fn is_filled(text: &str) -> bool {
    FILLED.iter().any(|sign| text.contains(sign))
        // Codex and others take a whole value for the name of a variable.
        || text.strip_prefix('$').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

impl Walk<'_, '_> {
    pub(super) fn server(&mut self, within: ContextId, entry: &Entry) {
        let (name, body) = (entry.name(), &entry.value);
        let within = self.out.context(within, ContextKind::Resource, name, self.source(entry.span()));
        let path = Text::literal(self.file.path.clone());
        let is = Ref::new("agent", "server", [path], name);
        let identity = Identity::plain(is.clone(), "MCP server", Naming::Named);
        self.out.state(within, self.source(entry.key.span), Body::Identity(identity));
        for trust in &TABLE.trust {
            if let Some(found) = body.get(&trust.key).and_then(|node| said(node, &trust.values)) {
                agent::unrestricted(self.out, within, &is, self.source(found.span));
            }
        }
        for variable in body.get("env").map(Node::entries).unwrap_or_default() {
            self.handed(within, &is, variable);
        }
        for header in
            body.get("headers").or_else(|| body.get("http_headers")).map(Node::entries).unwrap_or_default()
        {
            let Some(scalar) = header.value.scalar().filter(|scalar| !is_filled(&scalar.text)) else {
                continue;
            };
            if let Some(value) = command::header(header.name(), scalar.clone()) {
                command::offer_value(self.out, self.file.id, within, value);
            }
        }
        self.command(within, body);
    }

    /// A variable of the server's environment: a literal, or the name of one that the agent's own environment has.
    fn handed(&mut self, within: ContextId, server: &Ref, variable: &Entry) {
        let Some(scalar) = variable.value.scalar().filter(|scalar| !scalar.text.is_empty()) else { return };
        let name = variable.name().to_owned();
        let at = self.source(variable.value.span);
        let path = Text::literal(self.file.path.clone());
        let credential = Ref::new("agent", "variable", [path], &*name);
        if !is_filled(&scalar.text) {
            let (file, scalar) = (self.file.id, scalar.clone());
            let to = Sink::Env(name.clone());
            self.out.handed.push(Handed {
                value: at,
                is: credential,
                at,
                within,
                to,
                when: Case::always(),
                lesser: false,
            });
            self.out.slots.push(Slot { name, file, scalar, base64: false, within, told: Told::Place });
        } else if asks_for_secret(&name) {
            let flow = Flow { what: Selection::One(credential), to: Sink::Env(name) };
            self.out.state(within, at, Body::Flow(flow));
        } else {
            let why = Why::Variable(format!("{name} of server {}", server.name));
            self.out.unknown(at, why);
        }
    }

    /// What runs the server: a package or an image that is fetched, or a program that is there.
    fn command(&mut self, within: ContextId, body: &Node) {
        let Some(program) = body.get("command") else { return };
        let parts = program.one_or_many().iter();
        let words: Vec<Scalar> = parts
            .chain(body.get("args").map(Node::items).unwrap_or_default())
            .filter_map(|node| node.scalar().cloned())
            .collect();
        let length = words.iter().map(|word| word.text.len()).sum();
        if !self.out.reads_script(length) {
            let why = Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts"));
            return self.out.unknown(self.source(program.span), why);
        }
        if let Some(script) = command::of_list(&words, false, &[]) {
            command::offer(self.out, self.file.id, within, &script);
        }
        if let Some((component, word)) = package::of(&words) {
            let at = self.source(word.span());
            self.out.state(within, at, Body::Component(component));
        }
    }
}
