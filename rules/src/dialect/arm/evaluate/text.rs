//! Functions that make texts.

use super::{Evaluator, length};
use crate::dialect::values::{Draft, default_of, joined, map_alternatives, one_of, through};
use crate::fact::{Case, Datum, Known, Piece, Text, Why};
use crate::span::Source;

/// Longest text that is put together, in bytes: more than the platform lets a template hold.
const MAX_TEXT: usize = 4 << 20;

impl Evaluator<'_> {
    /// `format('{0}-{1}', a, b)`.
    pub(super) fn formatted(&mut self, values: &[Datum], at: Source) -> Datum {
        let [pattern, values @ ..] = values else {
            return Datum::unknown(at, Why::Expression("format".to_owned()));
        };
        let Some(known) = default_of(pattern).known().map(str::to_owned) else {
            return Datum::unknown(at, Why::Expression("format".to_owned()));
        };
        let mut parts = Vec::new();
        let mut rest = known.as_str();
        let place = pattern.at;
        let text = |text: &str| Datum::new(place, Known::Text(Text::literal(text)));
        while let Some((before, after)) = rest.split_once('{') {
            parts.push(text(before));
            if let Some(escaped) = after.strip_prefix('{') {
                parts.push(text("{"));
                rest = escaped;
                continue;
            }
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            let index = name.split([':', ',']).next().and_then(|index| index.trim().parse::<usize>().ok());
            parts.push(match index.and_then(|index| values.get(index)) {
                Some(value) => value.clone(),
                None => Datum::unknown(at, Why::Expression("format".to_owned())),
            });
            rest = behind;
        }
        parts.push(text(rest));
        concatenated(at, parts)
    }
}

/// Most holes of a text: what has more is not known any better for them.
const MAX_PIECES: usize = 256;

/// Texts put together; every alternative of a part is one of the whole.
pub(super) fn concatenated(at: Source, mut parts: Vec<Datum>) -> Datum {
    let mut drafts: Vec<Draft> = vec![(Text::default(), Case::always(), true)];
    let mut open = false;
    parts.retain(
        |part| !matches!(&part.value, Known::Text(text) if text.0.is_empty() || text.known() == Some("")),
    );
    if let [only] = parts.as_slice() {
        return through(only.clone(), at);
    }
    let longest = |part: &Datum| {
        let texts = part.alternatives().into_iter().filter_map(|(v, _, _)| v.text());
        texts.map(|text| length(&text)).max().unwrap_or(0)
    };
    if parts.iter().map(longest).sum::<usize>() > MAX_TEXT {
        return Datum::unknown(at, Why::Limit("a text of more than 4 MiB".to_owned()));
    }
    let pieces = |part: &Datum| default_of(part).text().map_or(0, |text| text.0.len());
    if parts.iter().map(pieces).sum::<usize>() > MAX_PIECES {
        return Datum::unknown(at, Why::Limit("a text of many parts that are not known".to_owned()));
    }
    for part in &parts {
        open |= matches!(part.value, Known::OneOf { open: true, .. });
        drafts = joined(&drafts, part);
    }
    let text = |text: Text| Datum::new(at, Known::Text(text));
    one_of(at, drafts.into_iter().map(|(t, case, default)| (text(t), case, default)).collect(), open)
}

/// A function of one text, where the text is known; the value keeps its place.
pub(super) fn of_known(value: &Datum, name: &str, apply: impl Fn(&str) -> Known) -> Datum {
    map_alternatives(value, |plain| match (plain.known(), &plain.value) {
        (Some(known), _) => Datum { value: apply(known), ..plain.clone() },
        (None, Known::Unknown(_)) => plain.clone(),
        _ => Datum::unknown(plain.at, Why::Expression(name.to_owned())),
    })
}

/// A text with its letters changed, what is known of it.
pub(super) fn lettered(value: &Datum, change: fn(&str) -> String) -> Datum {
    map_alternatives(value, |plain| match &plain.value {
        Known::Text(text) => {
            let pieces = text.0.iter().map(|piece| match piece {
                Piece::Literal(literal) => Piece::Literal(change(literal)),
                hole => hole.clone(),
            });
            Datum { value: Known::Text(Text(pieces.collect())), ..plain.clone() }
        }
        _ => plain.clone(),
    })
}
