//! Offsets as JavaScript counts them. The engine counts bytes of UTF-8, strings of JavaScript are indexed by code units of
//! UTF-16.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The places of one text at which the two counts drift apart.
#[derive(Debug, Default)]
struct Drift {
    /// For each character of more than one byte: the byte after it, and the code units before that.
    after: Vec<(u64, u64)>,
}

impl Drift {
    /// Bytes that are no UTF-8 are one code unit for each replacement character that a decoder puts there.
    fn of(text: &[u8]) -> Self {
        let mut drift = Self::default();
        let (mut bytes, mut units) = (0, 0);
        let mut pass = |width: usize, count: usize| {
            bytes += width as u64;
            units += count as u64;
            if width != count {
                drift.after.push((bytes, units));
            }
        };
        for chunk in text.utf8_chunks() {
            chunk.valid().chars().for_each(|c| pass(c.len_utf8(), c.len_utf16()));
            if !chunk.invalid().is_empty() {
                pass(chunk.invalid().len(), 1);
            }
        }
        drift
    }

    fn utf16(&self, offset: u64) -> u64 {
        let index = self.after.partition_point(|(byte, _)| *byte <= offset);
        let before = index.checked_sub(1).and_then(|index| self.after.get(index));
        let (byte, unit) = before.copied().unwrap_or_default();
        unit + (offset - byte)
    }

    fn utf8(&self, units: u64) -> u64 {
        let index = self.after.partition_point(|(_, unit)| *unit <= units);
        let before = index.checked_sub(1).and_then(|index| self.after.get(index));
        let (byte, unit) = before.copied().unwrap_or_default();
        byte + (units - unit)
    }
}

/// Bytes for code units of a text.
pub(crate) fn in_bytes(text: &[u8]) -> impl Fn(u32) -> usize {
    let drift = Drift::of(text);
    move |units| usize::try_from(drift.utf8(units.into())).unwrap_or(usize::MAX)
}

/// Has every place in an answer counted in code units. A place is an object with `start` and `end`, of the file that the
/// nearest object around it names as its `path`.
pub(crate) fn in_utf16<'t>(answer: &mut Value, text: impl Fn(&str) -> Option<&'t [u8]>) {
    let mut drifts = BTreeMap::new();
    walk(answer, "", &mut |path, place| {
        let drift =
            drifts.entry(path.to_owned()).or_insert_with(|| text(path).map(Drift::of).unwrap_or_default());
        for end in ["start", "end"] {
            if let Some(offset) = place.get(end).and_then(Value::as_u64) {
                place.insert(end.to_owned(), drift.utf16(offset).into());
            }
        }
    });
}

fn walk(value: &mut Value, path: &str, turn: &mut impl FnMut(&str, &mut Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, path, turn)),
        Value::Object(fields) => {
            let own = fields.get("path").and_then(Value::as_str).map(str::to_owned);
            let path = own.as_deref().unwrap_or(path);
            if ["start", "end"].iter().all(|end| fields.get(*end).is_some_and(Value::is_u64)) {
                turn(path, fields);
            } else {
                fields.values_mut().for_each(|field| walk(field, path, turn));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_agree_with_strings_of_utf16_at_every_character() {
        let text = "a\u{e9}b\u{1f600}c\u{20ac}\n";
        let drift = Drift::of(text.as_bytes());
        for (byte, _) in text.char_indices() {
            let (before, _) = text.split_at(byte);
            let units = before.encode_utf16().count() as u64;
            assert_eq!((drift.utf16(byte as u64), drift.utf8(units)), (units, byte as u64), "{before}");
        }
        let units = text.encode_utf16().count();
        assert_eq!(drift.utf16(text.len() as u64), units as u64);
        assert_eq!(in_bytes(text.as_bytes())(units as u32), text.len());
    }

    #[test]
    fn bytes_that_are_no_text_count_as_their_replacement() {
        let bytes = b"a\xff\xfe\xe2\x82b";
        let drift = Drift::of(bytes);
        let lossy = String::from_utf8_lossy(bytes);
        assert_eq!(drift.utf16(bytes.len() as u64), lossy.encode_utf16().count() as u64);
    }

    #[test]
    fn places_are_those_of_the_file_that_is_named_around_them() {
        let place = |start: u32, end: u32| json!({"start": start, "end": end});
        let mut answer = json!({
            "path": "a", "span": place(2, 3), "unknown": [{"span": place(2, 2)}],
            "related": [{"path": "b", "span": place(2, 3)}],
        });
        let text = |path: &str| (path == "a").then_some("\u{e9}b".as_bytes());
        in_utf16(&mut answer, text);
        assert_eq!(answer["span"], place(1, 2));
        assert_eq!(answer["unknown"][0]["span"], place(1, 1));
        assert_eq!(answer["related"][0]["span"], place(2, 3));
    }
}
