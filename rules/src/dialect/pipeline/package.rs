//! Packages that scripts fetch by name, as outside code.

use crate::command::package;
use crate::dialect::Lowering;
use crate::document::script::Script;
use crate::fact::{Body, Component, ContextId, Ref};
use crate::span::{FileId, Source};

/// States the packages that a script fetches. What the script can read, they can.
pub(crate) fn state(out: &mut Lowering<'_>, file: FileId, within: ContextId, script: &Script) {
    for found in package::packages(script) {
        let is = Ref::new(found.registry, "package", [], found.name);
        let component = Component {
            is,
            kind: "package".to_owned(),
            pin: found.pin,
            released: None,
            first_party: found.own,
        };
        out.state(within, Source::new(file, script.span(found.at)), Body::Component(component));
    }
}
