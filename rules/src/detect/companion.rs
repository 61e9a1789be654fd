//! Passwords of containers that a pipeline starts beside a job and throws away with it: the database of a test. They open
//! nothing that lasts, so they weigh less wherever the file repeats them.
//!
//! Invariant: only literals without a format of their own. A token that somebody issued works outside of the container.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::Hit;
use crate::dialect::{Lowering, Unit};
use crate::span::{ByteSpan, FileId, Source};

/// The variant of rows that may be such a password.
const COMPANION: &str = "companion";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    variables: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    image: Vec<Image>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../data/companions.toml")).expect("data/companions.toml parses")
});

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// The companions of one file.
#[derive(Default)]
struct Known<'u> {
    hosts: BTreeSet<&'u str>,
    /// Where passwords of theirs begin and end.
    places: BTreeMap<u32, u32>,
    passwords: BTreeSet<&'u [u8]>,
}

/// Says of the hits which of them are passwords of companions, and addresses with one.
pub(super) fn settle(unit: &Unit, out: &Lowering<'_>, hits: &mut [Hit]) {
    if out.companions.is_empty() {
        return;
    }
    let text = |at: Source| unit.files.get(at.file.0 as usize)?.bytes.get(at.span.range());
    let mut files: BTreeMap<FileId, Known<'_>> = BTreeMap::new();
    for companion in &out.companions {
        let known = files.entry(companion.file).or_default();
        known.hosts.extend(companion.hosts.iter().map(String::as_str));
        let own = |name: &String| TABLE.image.iter().any(|image| image.variables.contains(name));
        for (_, at) in companion.variables.iter().filter(|(name, _)| own(name)) {
            let known = files.entry(at.file).or_default();
            known.places.insert(at.span.start, at.span.end);
            known.passwords.extend(text(*at).map(<[u8]>::trim_ascii));
        }
    }
    for hit in hits.iter_mut().filter(|hit| matches!(hit.reading.variant, None | Some("random"))) {
        let Some(variant) = hit.detector.variant(COMPANION) else { continue };
        let Some(known) = files.get(&hit.file) else { continue };
        let host =
            || text(Source::new(hit.file, hit.whole)).and_then(|whole| whole.rsplit(|b| *b == b'@').next());
        let is_own = match hit.detector.rank {
            0 => {
                let inside = |secret: &ByteSpan| {
                    known.places.range(..=secret.start).next_back().is_some_and(|(_, end)| secret.end <= *end)
                };
                known.passwords.contains(hit.value.as_slice()) || hit.secret.iter().any(inside)
            }
            _ => host()
                .and_then(|host| std::str::from_utf8(host).ok())
                .is_some_and(|host| known.hosts.contains(host)),
        };
        if is_own {
            hit.reading.variant = Some(variant.name.as_str());
            hit.reading.title = None;
            hit.reading.scope = None;
        }
    }
}

/// The names by which jobs reach a container of this image, if nothing else names it: `mysql` for `docker.io/mysql:8`.
/// What holds a dot could be a host elsewhere.
/// Source: <https://docs.gitlab.com/ci/services/#accessing-the-services>.
pub(crate) fn host_of(image: &str) -> Option<&str> {
    let name = image.rsplit('/').next().unwrap_or_default();
    let name = name.split([':', '@']).next().unwrap_or_default();
    is_host(name).then_some(name)
}

/// Whether a name is one that only the network of a job knows.
pub(crate) fn is_host(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_without_a_domain() {
        assert_eq!(host_of("postgres:16"), Some("postgres"));
        assert_eq!(host_of("docker.io/library/mysql@sha256:00"), Some("mysql"));
        assert_eq!(host_of("$IMAGE"), None);
        assert!(!is_host("db.acme.io"));
        assert!(TABLE.image.iter().all(|image| !image.variables.is_empty()));
    }
}
