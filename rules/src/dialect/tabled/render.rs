//! Remedies: a digest behind an image, a lifetime in a command, and how a table says that a secret is referred to.

use super::recognise;
use crate::dialect::pipeline::edits::set_lifetime;
use crate::dialect::pipeline::layout::{Layout, path_to};
use crate::dialect::{Unit, logins};
use crate::fact::Place;
use crate::remedy::{Remedy, Rendered, Safety};

pub(super) fn render(unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
    let not = |why: &str| Rendered::NotHere(why.to_owned());
    let Some(file) = unit.files.get(target.file.0 as usize) else {
        return not("the file is not in the unit");
    };
    let systems = recognise::of(file);
    let Some(system) = systems.first() else { return not("no table knows this file") };
    match remedy {
        Remedy::Reference { name } => match &system.secrets.write {
            Some(write) => Rendered::Snippet(format!(
                "keep the value as a secret of {} and refer to it:\n\n{}",
                system.label,
                write.replace("NAME", name)
            )),
            None => not("the system has no place for secrets in this file"),
        },
        Remedy::Federate { platform } => match (&system.federates, logins::federation(platform)) {
            (Some(source), Some(federation)) => {
                Rendered::Snippet(format!("use {federation}; {} says how: {source}", system.label))
            }
            _ => not("the system has no tokens of its own"),
        },
        Remedy::SetLifetime { .. } if file.is_anchored(target.span) => {
            not("other places share this value by its anchor")
        }
        Remedy::SetLifetime { seconds } => set_lifetime(Layout::of(file), target.span, *seconds)
            .unwrap_or_else(|| not("the lifetime is not written as a number of seconds")),
        Remedy::PinTo { digest } if digest.starts_with("sha256:") => {
            if file.is_anchored(target.span) {
                return not("other places share this value by its anchor");
            }
            let root = file.document.nodes().iter().find(|node| node.span.contains(target.span));
            let layout = Layout::of(file);
            let is_image = root.map(|root| path_to(root, target.span)).is_some_and(|path| {
                path.last().is_some_and(|step| {
                    step.entry.value.span == target.span && matches!(step.entry.name(), "image" | "name")
                })
            });
            let text = layout.text(target.span);
            if !is_image || text.contains(['$', '\n', '@', '{', '<', ' ']) {
                return not("the place is not written in a way that an edit can keep");
            }
            let edit = layout.insert(target.span.end as usize, format!("@{digest}"));
            Rendered::Edit {
                title: "pin the image to its digest".to_owned(),
                safety: Safety::Safe,
                edits: vec![edit],
            }
        }
        _ => not("the system has no place for this"),
    }
}
