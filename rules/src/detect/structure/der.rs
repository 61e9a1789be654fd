//! A reader for the little of DER that certificates and keys need: tag, length, content. It never recurses by itself,
//! and every step goes forward.

/// A value: its tag byte and its content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'b> {
    pub(super) tag: u8,
    pub(super) content: &'b [u8],
}

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BITS: u8 = 0x03;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// Longest length field, in bytes: four say 4 GB.
const LENGTH_BYTES: usize = 4;

/// The values that stand one after another in `bytes`, up to the first that is broken.
pub(super) fn values(bytes: &[u8]) -> impl Iterator<Item = Value<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (value, after) = first(rest)?;
        rest = after;
        Some(value)
    })
}

/// The first value, if it has this tag.
pub(super) fn inside(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    first(bytes).filter(|(value, _)| value.tag == tag).map(|(value, _)| value.content)
}

fn first(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = if length & 0x80 == 0 {
        (usize::from(*length), rest)
    } else {
        let count = usize::from(length & 0x7f);
        let digits = rest.get(..count).filter(|_| (1..=LENGTH_BYTES).contains(&count))?;
        let length = digits.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
        (length, rest.get(count..)?)
    };
    let content = rest.get(..length)?;
    Some((Value { tag: *tag, content }, rest.get(length..)?))
}
