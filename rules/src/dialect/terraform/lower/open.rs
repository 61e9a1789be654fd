//! Arguments on which a fact hangs. Where one of them is not known, nothing would be said of the resource at all: so it
//! is said that it is not known, here, for every type.

use std::sync::LazyLock;

use serde::Deserialize;

use super::site::Site;
use crate::dialect::terraform::evaluate::{default_of, seconds_from_now};
use crate::dialect::terraform::tables;
use crate::dialect::values::glob;
use crate::fact::{Datum, Known, Piece, Text, Why};

/// Deepest nesting of collections that is looked into.
const MAX_NESTING: usize = 4;

/// Names of types that decide who may do what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Telling {
    words: Vec<String>,
    harmless: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

static TELLING: LazyLock<Telling> =
    LazyLock::new(|| tables::read(include_str!("../../../../data/terraform/unread.toml")));

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&TELLING);
}

/// Names a resource whose type says that it decides who may do what, and that no table knows. Whether a fact was stated
/// of it all the same is the caller's to say: documents are read wherever they stand.
pub(super) fn unread(site: &mut Site<'_, '_, '_>, stated: bool) {
    let kind = site.kind();
    let is_telling = kind.split('_').any(|word| TELLING.words.iter().any(|own| own == word));
    let is_known = || tables::knows(kind) || super::manifest::knows(kind);
    if stated || !is_telling || TELLING.harmless.iter().any(|pattern| glob(pattern, kind)) || is_known() {
        return;
    }
    site.out.unknown(site.block.header(), Why::Unsupported(format!("a resource of type `{kind}`")));
}

/// Names the arguments of a block that decide what it says and are not known.
pub(super) fn report(site: &mut Site<'_, '_, '_>, kind: &str) {
    for argument in tables::deciding(kind) {
        for value in site.values(argument) {
            unknown(site, default_of(&value), 0);
        }
    }
}

fn unknown(site: &mut Site<'_, '_, '_>, value: &Datum, depth: usize) {
    match &value.value {
        Known::Unknown(why) if seconds_from_now(value).is_none() => site.out.unknown(value.at, why.clone()),
        Known::Text(text) => {
            if let Some(why) = nothing_of(text) {
                site.out.unknown(value.at, why.clone());
            }
        }
        Known::List(items) if depth < MAX_NESTING => {
            items.iter().for_each(|item| unknown(site, default_of(item), depth + 1));
        }
        Known::Map(entries) if depth < MAX_NESTING => {
            entries.iter().for_each(|(_, _, item)| unknown(site, default_of(item), depth + 1));
        }
        _ => {}
    }
}

/// Why nothing of a text is known. One that is known in part says enough: a name with an account in it.
fn nothing_of(text: &Text) -> Option<&Why> {
    let is_hole = |piece: &Piece| match piece {
        Piece::Hole(_) => true,
        Piece::Literal(text) => text.is_empty(),
    };
    text.0.iter().all(is_hole).then(|| text.why()).flatten()
}
