//! Edits that are the same in pipelines of several platforms: a lifetime, the digest behind an image.

use super::layout::{Layout, Step};
use crate::remedy::{Edit, Rendered, Safety};
use crate::span::ByteSpan;

/// An edit with its title.
pub(crate) fn edit(title: impl Into<String>, safety: Safety, edits: Vec<Edit>) -> Rendered {
    Rendered::Edit { title: title.into(), safety, edits }
}

/// The entry whose value stands at `span`, or the value of a list below it, written there and not taken over.
pub(crate) fn entry_at<'p, 'n>(path: &'p [Step<'n>], span: ByteSpan) -> Option<&'p Step<'n>> {
    path.last().filter(|step| {
        let value = &step.entry.value;
        let is = value.span == span || value.items().iter().any(|item| item.span == span);
        is && value.used_at.is_none()
    })
}

/// A number of seconds, in a variable, an argument or a command. One that is no larger than what is to stand there counts
/// something else: days, years.
pub(crate) fn set_lifetime(layout: Layout<'_>, span: ByteSpan, seconds: u64) -> Option<Rendered> {
    let text = layout.text(span);
    let digits = text.trim_end_matches('s');
    if !digits.bytes().all(|b| b.is_ascii_digit()) || digits.parse::<u64>().ok()? <= seconds {
        return None;
    }
    let written = format!("{seconds}{}", &text[digits.len()..]);
    Some(edit(format!("set the lifetime to {written}"), Safety::Safe, vec![layout.edit(span, written)]))
}

/// The digest behind the name and tag of an image.
pub(crate) fn pin_image(layout: Layout<'_>, span: ByteSpan, digest: &str) -> Option<Rendered> {
    let text = layout.text(span);
    if text.contains(['@', '$', '<', '\n']) {
        return None;
    }
    let edits = vec![layout.insert(span.end as usize, format!("@{digest}"))];
    Some(edit(format!("pin {text} to {digest}"), Safety::Safe, edits))
}
