//! Docker Compose: which images services run, what reaches the machine, and which interfaces ask nobody.
//!
//! <https://docs.docker.com/reference/compose-file/>. A service that extends another of the tree has what that one says.
//! Literals are the detectors' business: names in `environment` tell them apart.

mod machine;
mod program;
mod service;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, resolve};
use crate::document::{Data, Format, Node};
use crate::fact::Why;
use crate::span::Source;

/// The dialect.
pub static DIALECT: Compose = Compose;

/// Docker Compose.
#[derive(Clone, Copy, Debug)]
pub struct Compose;

/// The dialect's name.
const NAME: &str = "compose";
/// Keys of the root, besides extensions (`x-…`).
const ROOT: [&str; 9] =
    ["version", "name", "services", "networks", "volumes", "secrets", "configs", "include", "models"];
/// Keys of which a service has one.
const RUNS: [&str; 4] = ["image", "build", "extends", "provider"];

impl Dialect for Compose {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm(&self) {
        std::sync::LazyLock::force(&super::kubernetes::tables::ENDPOINTS);
    }

    fn claim(&self, path: &str) -> Claim {
        if Format::of_path(path) != Format::Yaml {
            return Claim::No;
        }
        if is_named(path) { Claim::Path } else { Claim::Content }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        file.document.nodes().first().is_some_and(is_compose)
    }

    fn grouped(&self, path: &str) -> bool {
        is_named(path)
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        let roots = file.document.nodes().iter();
        let services = roots.filter_map(|root| root.get("services")).flat_map(Node::entries);
        let files = services.flat_map(|service| {
            let variables = service.value.get("env_file").map_or(&[][..], Node::one_or_many).iter();
            let variables = variables.map(|item| item.get("path").unwrap_or(item));
            variables.chain(service.value.path(&["extends", "file"]))
        });
        let files = files.filter_map(Node::text);
        let asks: BTreeSet<Ask> =
            files.filter_map(|path| resolve(file.folder(), path)).map(Ask::File).collect();
        Outline { unit: None, asks: asks.into_iter().collect(), takes: Vec::new() }
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            let within = out.file_context(file.id);
            for root in file.document.nodes().iter().filter(|root| !root.is_null()) {
                out.reads(file.id, NAME);
                out.data.push((file.id, root.clone()));
                if !is_compose(root) {
                    let why = Why::Unsupported("what is no Compose file by its content".to_owned());
                    out.unknown(Source::new(file.id, root.span), why);
                }
                for entry in root.get("services").map_or(&[][..], Node::entries) {
                    service::lower(file, within, entry, out);
                }
            }
        }
    }
}

/// `compose.yaml`, `docker-compose.prod.yml`, `compose.override.yaml`.
fn is_named(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    let rest = stem.and_then(|s| s.strip_prefix("docker-compose").or_else(|| s.strip_prefix("compose")));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
}

/// Services that run something, and nothing that Compose does not know beside them.
fn is_compose(root: &Node) -> bool {
    let services = root.get("services").map_or(&[][..], Node::entries);
    let runs = |node: &Node| RUNS.iter().any(|key| node.get(key).is_some());
    let is_known = |key: &str| ROOT.contains(&key) || key.starts_with("x-");
    services.iter().any(|s| runs(&s.value))
        && services.iter().all(|s| matches!(s.value.data, Data::Map(_)) || s.value.is_null())
        && root.entries().iter().all(|entry| entry.merged || is_known(entry.name()))
}
