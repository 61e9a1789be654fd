//! Many answers in one file: a head with the digest of module and configuration, entries, and a digest of it all.

use std::collections::BTreeMap;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::Key;

/// How the file begins; the number changes with its form.
const MAGIC: &[u8] = b"hallpass answers 1\n";
const KEY: usize = size_of::<Key>();

/// The entries of a file.
#[derive(Debug, Default)]
pub(super) struct Pack {
    bytes: Vec<u8>,
    index: BTreeMap<Key, Range<usize>>,
}

impl Pack {
    /// Reads a file, if it is whole and of this module and configuration.
    pub(super) fn read(bytes: Vec<u8>, run: &Key) -> Option<Self> {
        let content = bytes.len().checked_sub(KEY)?;
        let (text, sum) = bytes.split_at_checked(content)?;
        let head = text.strip_prefix(MAGIC)?;
        if head.get(..KEY)? != run || Sha256::digest(text).as_slice() != sum {
            return None;
        }
        let mut index = BTreeMap::new();
        let mut at = MAGIC.len() + KEY;
        while at < content {
            let key: Key = bytes.get(at..at + KEY)?.try_into().ok()?;
            let length = bytes.get(at + KEY..at + KEY + 4)?.try_into().ok()?;
            let start = at + KEY + 4;
            at = start.checked_add(u32::from_le_bytes(length) as usize).filter(|end| *end <= content)?;
            index.insert(key, start..at);
        }
        Some(Self { bytes, index })
    }

    pub(super) fn get(&self, key: &Key) -> Option<&[u8]> {
        self.bytes.get(self.index.get(key)?.clone())
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (Key, &[u8])> {
        self.index.iter().filter_map(|(key, range)| Some((*key, self.bytes.get(range.clone())?)))
    }

    /// The file of these entries.
    pub(super) fn bytes<'e>(run: &Key, entries: impl Iterator<Item = (Key, &'e [u8])>) -> Vec<u8> {
        let mut bytes = [MAGIC, run].concat();
        for (key, entry) in entries {
            let Ok(length) = u32::try_from(entry.len()) else { continue };
            bytes.extend(key);
            bytes.extend(length.to_le_bytes());
            bytes.extend(entry);
        }
        let sum = Sha256::digest(&bytes);
        bytes.extend(sum);
        bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_written_is_read_and_what_was_changed_is_not() {
        let (run, key) = ([7; 32], [9; 32]);
        let bytes = Pack::bytes(&run, [(key, &b"answer"[..]), ([1; 32], b"")].into_iter());
        let pack = Pack::read(bytes.clone(), &run).unwrap();
        assert_eq!(pack.get(&key), Some(&b"answer"[..]));
        assert_eq!(pack.entries().count(), 2);
        assert!(Pack::read(bytes.clone(), &[8; 32]).is_none(), "another configuration");
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(Pack::read(other, &run).is_none(), "byte {at}");
            assert!(Pack::read(bytes[..at].to_vec(), &run).is_none(), "cut at {at}");
        }
    }
}
