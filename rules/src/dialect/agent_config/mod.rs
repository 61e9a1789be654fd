//! Configuration files of AI agents: the servers whose tools they use (Model Context Protocol), and what they may do
//! without asking. JSON with comments, and TOML.
//!
//! <https://modelcontextprotocol.io/docs/develop/connect-local-servers>. Which files, keys and values: a table.

mod package;
mod server;
mod tables;
#[cfg(test)]
mod tests;
mod toml;

use super::pipeline::agent;
use super::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::document::{Data, Node};
use crate::fact::{ContextId, Ref, Why};
use crate::span::{ByteSpan, Source};
use tables::{File, TABLE, What};

/// The dialect.
pub static DIALECT: AgentConfig = AgentConfig;

/// Configurations of AI agents.
#[derive(Clone, Copy, Debug)]
pub struct AgentConfig;

impl Dialect for AgentConfig {
    fn name(&self) -> &'static str {
        "agent-config"
    }

    fn warm(&self) {
        tables::warm();
        super::pipeline::warm();
    }

    fn claim(&self, path: &str) -> Claim {
        match tables::file(path) {
            Some(file) if file.shared => Claim::Path,
            Some(_) => Claim::Content,
            None => Claim::No,
        }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        let Some((row, root)) = tables::file(&file.path).zip(file.document.nodes().first()) else {
            return false;
        };
        let opens = TABLE.open.iter().filter(|open| open.agent == row.agent);
        let mut keys = row.servers.iter().chain(opens.filter_map(|open| open.path.first()));
        keys.any(|key| root.get(key).is_some())
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, self.name());
            let Some(row) = tables::file(&file.path) else { continue };
            let within = out.file_context(file.id);
            let own =
                if toml::is_one(file) { toml::read(file) } else { file.document.nodes().first().cloned() };
            match own {
                Some(root) => Walk { out, file, row }.configuration(within, &root),
                None if toml::is_one(file) => {
                    let whole = Source::new(file.id, ByteSpan::new(0, file.bytes.len()));
                    out.stopped(whole, Why::Unsupported("TOML that does not parse".to_owned()));
                }
                None => {}
            }
        }
    }
}

/// Lowers one file.
struct Walk<'o, 'u> {
    out: &'o mut Lowering<'u>,
    file: &'u SourceFile,
    row: &'static File,
}

impl Walk<'_, '_> {
    fn source(&self, span: ByteSpan) -> Source {
        Source::new(self.file.id, span)
    }

    fn configuration(&mut self, within: ContextId, root: &Node) {
        // What is no server is somebody else's data: there a name alone tells a secret.
        let rest =
            root.entries().iter().filter(|entry| !self.row.servers.iter().any(|key| key == entry.name()));
        let rest = Node::new(root.span, Data::Map(rest.cloned().collect()));
        // A text is looked at as that, whoever reads it.
        if !toml::is_one(self.file) {
            self.out.data.push((self.file.id, rest));
        }
        let is = agent::reference(&self.row.agent);
        for open in TABLE.open.iter().filter(|open| open.agent == self.row.agent) {
            let keys: Vec<&str> = open.path.iter().map(String::as_str).collect();
            let Some(found) = root.path(&keys).and_then(|node| said(node, &open.values)) else { continue };
            let at = self.source(found.span);
            let holder = match open.what {
                What::Tools => is.clone(),
                What::Servers => Ref::new("agent", "server", [], "every server of the project"),
            };
            agent::identity(self.out, within, &holder, at);
            agent::unrestricted(self.out, within, &holder, at);
        }
        for servers in self.row.servers.iter().filter_map(|key| root.get(key)) {
            if servers.entries().is_empty() && !servers.is_null() && servers.scalar().is_some() {
                let why = Why::Unsupported("servers that are not a map".to_owned());
                self.out.unknown(self.source(servers.span), why);
            }
            for entry in servers.entries() {
                self.server(within, entry);
            }
        }
    }
}

/// Where a value is one of these texts, or a list holds one.
fn said<'n>(node: &'n Node, values: &[String]) -> Option<&'n Node> {
    let is = |node: &&Node| {
        let text = match node.boolean() {
            Some((true, _)) => Some("true"),
            _ => node.text(),
        };
        text.is_some_and(|text| values.iter().any(|value| value == text))
    };
    node.one_or_many().iter().find(is)
}
