//! Remedies as edits of a pipeline. Comments, quotes and indentation stay; whatever is not written in the plain way that
//! an edit expects is left alone.

use super::config::documents;
use super::federate;
use super::tables::TABLE;
use crate::dialect::Unit;
use crate::dialect::pipeline::edits::{edit, entry_at, pin_image, set_lifetime};
use crate::dialect::pipeline::layout::{Layout, Step, path_to};
use crate::document::Style;
use crate::fact::{Place, SafeguardKind};
use crate::remedy::{Remedy, Rendered, Safety};
use crate::span::ByteSpan;

/// Writes a remedy at the place of the fact it mends.
pub(super) fn render(unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
    let not = |why: &str| Rendered::NotHere(why.to_owned());
    let Some(file) = unit.files.get(target.file.0 as usize) else {
        return not("the file is not in the unit");
    };
    let (header, content) = documents(file);
    let roots = header.into_iter().chain(content);
    let Some(root) = roots.into_iter().find(|root| root.span.contains(target.span)) else {
        return not("the file could not be read");
    };
    let layout = Layout::of(file);
    let path = path_to(root, target.span);
    let done = match remedy {
        Remedy::SetLifetime { .. } | Remedy::Switch { .. } | Remedy::PinTo { .. }
            if file.is_anchored(target.span) =>
        {
            return not("other places share this value by its anchor");
        }
        Remedy::SetLifetime { seconds } => set_lifetime(layout, target.span, *seconds),
        Remedy::Switch { safeguard: SafeguardKind::DebugTrace, on: false } => {
            stop_tracing(layout, &path, target.span)
        }
        Remedy::PinTo { digest } => pin(layout, &path, target.span, digest),
        Remedy::Reference { name } => reference(layout, &path, target.span, name),
        Remedy::Federate { platform } => return federate::render(layout, &path, target.span, platform),
        _ => return not("GitLab CI has no place for this"),
    };
    done.unwrap_or_else(|| not("the place is not written in a way that an edit can keep"))
}

/// `false` for a variable that switches tracing on.
fn stop_tracing(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan) -> Option<Rendered> {
    let mut steps = path.iter().rev();
    let step = entry_at(path, span)?;
    let name = match step.entry.name() {
        "value" => steps.nth(1)?.entry.name(),
        name => name,
    };
    let name = TABLE.debug.variables.get(name)?;
    Some(edit(
        format!("set {name} to false"),
        Safety::Safe,
        vec![layout.edit(layout.quoted(span), "\"false\"")],
    ))
}

/// The digest behind an image, or in place of the version of an include or component.
fn pin(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, digest: &str) -> Option<Rendered> {
    let step = entry_at(path, span)?;
    let text = layout.text(span);
    if text.contains(['$', '\n']) {
        return None;
    }
    let end = layout.quoted(span).end as usize;
    let rest = ByteSpan::new(end, layout.content_end(end));
    let comment = |version: &str| match layout.text(rest).trim().is_empty() && !layout.is_flow(step.map) {
        true => Some(layout.insert(end, format!(" # {version}"))),
        false => None,
    };
    let (name, edits) = match step.entry.name() {
        "ref" => {
            let mut edits = vec![layout.edit(span, digest)];
            edits.extend(comment(text));
            ("the include", edits)
        }
        "component" | "step" => {
            let (name, version) = text.rsplit_once('@')?;
            let at = ByteSpan::new(span.start as usize + name.len() + 1, span.end as usize);
            let mut edits = vec![layout.edit(at, digest)];
            edits.extend(comment(version));
            (name, edits)
        }
        "image" | "name" | "services" => return pin_image(layout, span, digest),
        _ => return None,
    };
    Some(edit(format!("pin {name} to {digest}"), Safety::Safe, edits))
}

/// A variable of the settings in place of a literal. The literal may be the only copy of the value.
fn reference(layout: Layout<'_>, path: &[Step<'_>], span: ByteSpan, name: &str) -> Option<Rendered> {
    let step = path.last().filter(|s| s.entry.value.span == span && s.entry.value.used_at.is_none())?;
    // A variable that is set to itself is empty: the entry has to go, so that the setting takes its place.
    if step.entry.value.scalar()?.style == Style::Block
        || layout.is_flow(step.map)
        || step.entry.name() == name
    {
        return None;
    }
    let title = format!("read it from the variable {name}");
    Some(edit(title, Safety::Unsafe, vec![layout.edit(layout.quoted(span), format!("${name}"))]))
}
