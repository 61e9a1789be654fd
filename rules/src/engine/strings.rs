//! The texts of facts, each once: most of their written form are names of fields and numbers, and hold no secret.

use std::io::{Result, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

use super::words;

/// What stands between two texts. It is part of no token, so that a find across it is known.
pub(super) const BETWEEN: u8 = b'"';
/// Shortest text with a token in it: no format has so few characters.
const SHORTEST: usize = 8;

/// The texts of something and those given, one behind the other in an order of their own. Values and keys of maps; no
/// fields. What cannot be written leaves out what follows, which facts, being plain data, never do.
pub(super) fn strings<'t>(of: &impl Serialize, more: impl Iterator<Item = &'t str>) -> Vec<u8> {
    let mut written = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut written, Texts::default());
    let _plain_data = of.serialize(&mut serializer);
    for text in more {
        written.extend_from_slice(text.as_bytes());
        written.push(BETWEEN);
    }
    let mut each: Vec<&[u8]> =
        written.split(|byte| *byte == BETWEEN).filter(|text| text.len() >= SHORTEST).collect();
    each.sort_unstable();
    each.dedup();
    each.join(&BETWEEN)
}

/// Writes JSON of which only the texts are left.
#[derive(Default)]
struct Texts {
    /// What of a key was read; none outside of keys.
    key: Option<Vec<u8>>,
}

/// Methods that write nothing.
macro_rules! silent {
    ($($name:ident($($type:ty)?);)*) => {
        $(
            fn $name<W: ?Sized + Write>(&mut self, _: &mut W $(, _: $type)?) -> Result<()> {
                Ok(())
            }
        )*
    };
}

impl Formatter for Texts {
    silent! {
        write_null();
        write_bool(bool);
        write_i8(i8);
        write_i16(i16);
        write_i32(i32);
        write_i64(i64);
        write_i128(i128);
        write_u8(u8);
        write_u16(u16);
        write_u32(u32);
        write_u64(u64);
        write_u128(u128);
        write_f32(f32);
        write_f64(f64);
        write_number_str(&str);
        begin_string();
        begin_array();
        end_array();
        begin_array_value(bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_value();
        end_object_value();
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, _: &mut W, _: bool) -> Result<()> {
        self.key = Some(Vec::new());
        Ok(())
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        match self.key.take().filter(|key| !std::str::from_utf8(key).is_ok_and(words::is_field)) {
            Some(key) => {
                writer.write_all(&key)?;
                writer.write_all(&[BETWEEN])
            }
            None => Ok(()),
        }
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        match self.key {
            Some(_) => Ok(()),
            None => writer.write_all(&[BETWEEN]),
        }
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> Result<()> {
        self.part(writer, fragment.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> Result<()> {
        let byte = match escape {
            CharEscape::Quote => BETWEEN,
            CharEscape::ReverseSolidus => b'\\',
            CharEscape::Solidus => b'/',
            CharEscape::Backspace => 0x08,
            CharEscape::FormFeed => 0x0c,
            CharEscape::LineFeed => b'\n',
            CharEscape::CarriageReturn => b'\r',
            CharEscape::Tab => b'\t',
            CharEscape::AsciiControl(byte) => byte,
        };
        self.part(writer, &[byte])
    }
}

impl Texts {
    fn part<W: ?Sized + Write>(&mut self, writer: &mut W, bytes: &[u8]) -> Result<()> {
        match &mut self.key {
            Some(key) => {
                key.extend_from_slice(bytes);
                Ok(())
            }
            None => writer.write_all(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;

    #[test]
    fn texts_and_keys_that_are_no_fields_stand_there_once() {
        let value = serde_json::json!({
            "lifetime": {"kind": "a value that stands here", "span": [1, 2.5, null, true]},
            "key/of/a/map": "a value that stands here",
            "name": ["with \"a quote\"\nand a line", "short"],
        });
        let all = strings(&value, ["why it is so"].into_iter());
        let mut texts: Vec<&str> = std::str::from_utf8(&all).expect("texts").split('"').collect();
        texts.sort_unstable();
        let expected = ["\nand a line", "a value that stands here", "key/of/a/map", "why it is so"];
        assert_eq!(texts, expected);
    }
}
