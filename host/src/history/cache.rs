//! Objects that others are deltas of, kept while they are likely to be asked for again.

use std::collections::HashMap;

use gix_object::Kind;
use gix_odb::pack::cache::DecodeEntry;

/// An object by its pack and its place there.
type Place = (u32, u64);

struct Object {
    data: Vec<u8>,
    kind: Kind,
    compressed: usize,
}

/// Two generations: what is asked for again moves to the young one, and when that is full, the old one is dropped.
#[derive(Default)]
pub(super) struct Generations {
    /// Most bytes of one generation.
    most: usize,
    young: HashMap<Place, Object>,
    old: HashMap<Place, Object>,
    /// Bytes of the young generation.
    bytes: usize,
}

impl Generations {
    /// Keeps at most twice this many bytes.
    pub(super) fn of(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    fn keep(&mut self, place: Place, object: Object) {
        let length = object.data.len();
        if length > self.most {
            return;
        }
        if self.bytes + length > self.most {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += length;
        self.young.insert(place, object);
    }
}

impl DecodeEntry for Generations {
    fn put(&mut self, pack_id: u32, offset: u64, data: &[u8], kind: Kind, compressed_size: usize) {
        let place = (pack_id, offset);
        if !self.young.contains_key(&place) {
            self.keep(place, Object { data: data.to_vec(), kind, compressed: compressed_size });
        }
    }

    fn get(&mut self, pack_id: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let place = (pack_id, offset);
        if let Some(object) = self.old.remove(&place) {
            self.keep(place, object);
        }
        let object = self.young.get(&place)?;
        out.clear();
        out.extend_from_slice(&object.data);
        Some((object.kind, object.compressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_memory_is_bounded() {
        let mut cache = Generations::of(10);
        let mut out = Vec::new();
        cache.put(0, 1, b"abcd", Kind::Blob, 2);
        for place in 2..50 {
            cache.put(0, place, b"efgh", Kind::Blob, 2);
            assert_eq!(cache.get(0, 1, &mut out), Some((Kind::Blob, 2)));
            assert_eq!(out, b"abcd");
            assert!(cache.young.len() + cache.old.len() <= 4);
        }
        assert_eq!(cache.get(0, 2, &mut out), None);
        cache.put(0, 99, b"larger than any", Kind::Blob, 2);
        assert_eq!(cache.get(0, 99, &mut out), None);
    }
}
