//! Lists and tables of a file that somebody else wrote: each has a length.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::sarif::{Found, Run};

/// Most results of one run. A tool that finds more has found one thing many times.
pub(super) const MOST_RESULTS: usize = 100_000;
/// Most rules and files of a run, and runs of a file: more is refused, so that no result loses its rule.
const MOST_ROWS: usize = 100_000;
/// Most places, suppressions and fingerprints of a result that are looked at.
pub(super) const FEW: usize = 16;
/// What a list that is too long is refused with.
pub(super) const TOO_MANY: &str = "more than ";

/// A list, of which more than so many are refused.
struct Bounded<T>(usize, PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut out = Vec::new();
        loop {
            if out.len() == self.0 {
                return match list.next_element::<IgnoredAny>()? {
                    Some(_) => Err(A::Error::custom(format!("{TOO_MANY}{} in one list", self.0))),
                    None => Ok(out),
                };
            }
            match list.next_element()? {
                Some(item) => out.push(item),
                None => return Ok(out),
            }
        }
    }
}

pub(super) fn runs<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Run>>, D::Error> {
    from.deserialize_any(Bounded(MOST_ROWS, PhantomData)).map(Some)
}

pub(super) fn results<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Found>, D::Error> {
    from.deserialize_any(Bounded(MOST_RESULTS, PhantomData))
}

pub(super) fn rows<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    from.deserialize_any(Bounded(MOST_ROWS, PhantomData))
}

/// The first of a list or table; the rest is passed over.
struct First<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for First<Vec<T>> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut out = Vec::new();
        while out.len() < FEW {
            match list.next_element()? {
                Some(item) => out.push(item),
                None => return Ok(out),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(out)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for First<BTreeMap<String, T>> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_unit<E: de::Error>(self) -> Result<BTreeMap<String, T>, E> {
        Ok(BTreeMap::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BTreeMap<String, T>, A::Error> {
        let mut out = BTreeMap::new();
        while out.len() < FEW {
            match map.next_entry()? {
                Some((name, item)) => drop(out.insert(name, item)),
                None => return Ok(out),
            }
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(out)
    }
}

pub(super) fn few<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    from.deserialize_any(First::<Vec<T>>(PhantomData))
}

pub(super) fn few_named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    from.deserialize_any(First::<BTreeMap<String, T>>(PhantomData))
}
