//! Roles and collections that `requirements.yml` asks Galaxy or a repository for.
//!
//! <https://docs.ansible.com/ansible/latest/galaxy/user_guide.html#installing-multiple-roles-from-a-file>

use crate::dialect::pipeline::component::pin;
use crate::dialect::{Lowering, SourceFile};
use crate::document::Node;
use crate::fact::{Body, Component, Pin, Ref};
use crate::span::Source;

/// Lists of a file, and what is in them.
const LISTS: [(&str, &str); 2] = [("roles", "role"), ("collections", "collection")];
/// Keys that name what is taken: the address before the name that it is given here.
const NAMES: [&str; 3] = ["source_url", "src", "name"];

/// Whether a file asks for roles or collections.
pub(super) fn is_one(file: &SourceFile) -> bool {
    let named = matches!(file.name(), "requirements.yml" | "requirements.yaml");
    let asks = |node: &Node| {
        let listed = LISTS.iter().any(|(key, _)| node.get(key).is_some_and(|list| !list.items().is_empty()));
        listed || node.items().iter().any(|item| NAMES.iter().any(|key| item.get(key).is_some()))
    };
    named && file.document.nodes().first().is_some_and(asks)
}

pub(super) fn lower(file: &SourceFile, out: &mut Lowering<'_>) {
    let Some(root) = file.document.nodes().first() else { return };
    root.items().iter().for_each(|item| required(file, item, "role", out));
    for (key, kind) in LISTS {
        for item in root.get(key).map_or(&[][..], Node::items) {
            required(file, item, kind, out);
        }
    }
}

fn required(file: &SourceFile, item: &Node, kind: &str, out: &mut Lowering<'_>) {
    let named = item.scalar().map(|_| item);
    let Some(node) = named.or_else(|| NAMES.iter().find_map(|key| item.get(key))) else { return };
    let Some(written) = node.text().filter(|text| !text.contains("{{")) else { return };
    // `name,version`, `name:version` of a collection, `git+address,version`.
    let (name, inline) = match written.split_once(',') {
        Some((name, version)) => (name, Some(version)),
        None if kind == "collection" && !written.contains("://") && !written.contains('@') => {
            written.split_once(':').map_or((written, None), |(name, version)| (name, Some(version)))
        }
        None => (written, None),
    };
    let version = item.get("version").and_then(Node::written).or(inline).map(str::trim);
    let name = name.trim_start_matches("git+");
    if name.starts_with(['.', '/']) || item.get("type").and_then(Node::text).is_some_and(|t| t == "dir") {
        return;
    }
    let repository = name.contains("://") || name.starts_with("git@");
    let pin = match version {
        None | Some("") => Pin::None,
        Some(version) if repository => pin(Some(version)),
        Some(version) if is_exact(version) => Pin::Alone(version.to_owned()),
        Some(version) => Pin::Moving(version.into()),
    };
    let component = Component {
        is: Ref::new("ansible", kind, [], name),
        kind: format!("Ansible {kind}"),
        pin,
        released: None,
        first_party: false,
    };
    let within = out.file_context(file.id);
    out.state(within, Source::new(file.id, node.span), Body::Component(component));
}

/// `1.2.3`, `v1.2`, `==1.2.3`: one version, not a range or a branch.
fn is_exact(version: &str) -> bool {
    let version = version.trim_start_matches("==").trim_start_matches('v');
    version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'))
}
