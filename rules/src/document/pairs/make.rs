//! Makefiles: `NAME := value` outside recipes. What commands of recipes are handed is read as commands are.

use super::Each;
use super::decode::verbatim;
use crate::document::ground::Ground;

/// Longest first, since each ends in `=`.
const SIGNS: [&str; 6] = [":::=", "::=", ":=", "?=", "+=", "!="];

pub(super) fn read(text: &str, ground: Ground<'_>, each: Each<'_>) {
    for (start, line) in super::lines(text) {
        if line.starts_with('\t') {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        let written = line.get(..name.len() + 1).unwrap_or_default();
        let sign = SIGNS.iter().find(|sign| written.ends_with(*sign)).map_or(1, |sign| sign.len());
        let name = written.get(..written.len() - sign).unwrap_or_default().trim();
        let name = name.strip_prefix("export ").or_else(|| name.strip_prefix("override ")).unwrap_or(name);
        // `!=` runs a command.
        if !super::is_name(name) || written.ends_with("!=") {
            continue;
        }
        let value = value.get(..value.find(" #").unwrap_or(value.len())).unwrap_or(value);
        let bare = value.trim().trim_matches(['"', '\'']);
        let at = super::offset(line, bare).unwrap_or(written.len());
        each(name, verbatim(text, start + at..start + at + bare.len(), ground));
    }
}
