//! What lets a service reach the machine that runs it.

use crate::dialect::Lowering;
use crate::dialect::pipeline::host;
use crate::document::Node;
use crate::fact::Why;
use crate::span::Source;

use super::service::Service;

/// Keys by which a service shares a namespace of the machine.
/// <https://docs.docker.com/reference/compose-file/services/#pid>
const NAMESPACES: [&str; 2] = ["pid", "userns_mode"];

/// States what the service itself says.
pub(super) fn lower(service: &Service<'_>, out: &mut Lowering<'_>) {
    let within = service.within;
    if let Some((file, node)) = service.own("privileged") {
        let at = Source::new(file.id, node.span);
        match node.boolean() {
            Some((true, _)) => host::opened(out, within, at, "privileged", "privileged"),
            Some((false, _)) => {}
            None => out.unknown(at, Why::Unsupported("whether a service is privileged".to_owned())),
        }
    }
    for key in NAMESPACES {
        if let Some((file, node)) = service.own(key).filter(|(_, node)| node.text() == Some("host")) {
            host::opened(out, within, Source::new(file.id, node.span), "namespace", key);
        }
    }
    for item in service.own("cap_add").map_or(&[][..], |(_, node)| node.items()) {
        let Some((file, _)) = service.own("cap_add") else { continue };
        if let Some(name) = item.text().filter(|name| host::is_capability(name)) {
            host::opened(out, within, Source::new(file.id, item.span), "privileged", name);
        }
    }
    if let Some((file, volumes)) = service.own("volumes") {
        for volume in volumes.items() {
            let at = Source::new(file.id, volume.span);
            let bound = volume.get("type").and_then(Node::text) == Some("bind");
            let path = volume.get("source").and_then(Node::text).filter(|_| bound);
            let (path, read_only) = match (volume.text(), path) {
                (Some(text), _) => (text.split(':').next().unwrap_or_default(), text.ends_with(":ro")),
                (None, Some(path)) => {
                    (path, volume.get("read_only").and_then(Node::boolean).is_some_and(|(is, _)| is))
                }
                (None, None) => continue,
            };
            host::folder(out, within, at, path, read_only);
        }
    }
}
