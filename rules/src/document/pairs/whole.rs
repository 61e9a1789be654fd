//! Files that are one value: `db.password`, as containers and service managers mount them.

use super::Each;
use super::decode::verbatim;
use crate::document::ground::Ground;

/// The one line that is no comment. More lines are some other file.
pub(super) fn read(text: &str, ground: Ground<'_>, each: Each<'_>) {
    let mut filled = super::lines(text).filter(|(_, line)| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    });
    if let (Some((start, line)), None) = (filled.next(), filled.next()) {
        let lead = line.len() - line.trim_start().len();
        each("", verbatim(text, start + lead..start + lead + line.trim().len(), ground));
    }
}
