//! What is known of the repositories that components come from: `data/third-party/{archived,well-known}.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::fact::Ref;

/// The platform whose repositories the tables name.
const PLATFORM: &str = "github";
/// Its address, where a component is named by one.
const ADDRESS: &str = "https://github.com/";
/// Kinds of components that are named by the repository that they come from.
const KINDS: [&str; 2] = ["action", "reusable-workflow"];
/// What facts call images, and the registry that names without one mean.
const REGISTRY: &str = "oci";
const IMAGE: &str = "image";
const DEFAULT_REGISTRY: &str = "docker.io/";
/// Longest name of an owner that is compared. Source: <https://docs.github.com/en/enterprise-server/admin/managing-iam>.
const LONGEST: usize = 39;
/// Shortest well-known owner of which a name with a letter less is taken for a copy: of three letters, any two are a word.
const SHORTEST: usize = 5;
/// Signs that are taken for others.
const ALIKE: [(&str, &str); 5] = [("0", "o"), ("1", "l"), ("rn", "m"), ("vv", "w"), ("5", "s")];

/// A repository that nobody maintains.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Archived {
    repository: String,
    pub(crate) since: String,
    pub(crate) instead: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchivedFile {
    archived: Vec<Archived>,
    image: Vec<Archived>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Owner {
    owner: String,
    names: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnerFile {
    owner: Vec<Owner>,
}

struct Tables {
    archived: BTreeMap<String, Archived>,
    /// By what the names of the images begin with.
    images: Vec<Archived>,
    owners: BTreeSet<String>,
    /// Well-known owners by the names of their repositories.
    owners_of: BTreeMap<String, Vec<String>>,
}

// The tables are part of the module; the test below holds that they parse.
#[allow(clippy::expect_used)]
fn rows() -> (ArchivedFile, Vec<Owner>) {
    let archived: ArchivedFile = crate::table::read(include_str!("../../../data/third-party/archived.toml"))
        .expect("data/third-party/archived.toml parses");
    let known: OwnerFile = crate::table::read(include_str!("../../../data/third-party/well-known.toml"))
        .expect("data/third-party/well-known.toml parses");
    (archived, known.owner)
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let (archived, known) = rows();
    let mut owners_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in &known {
        for name in &row.names {
            owners_of.entry(name.clone()).or_default().push(row.owner.clone());
        }
    }
    Tables {
        archived: archived.archived.into_iter().map(|row| (row.repository.clone(), row)).collect(),
        images: archived.image,
        owners: known.into_iter().map(|row| row.owner).collect(),
        owners_of,
    }
});

/// Reads the tables now.
pub(crate) fn warm() {
    LazyLock::force(&TABLES);
}

/// The owner and the name of the repository that a component comes from, in small letters.
fn repository(is: &Ref) -> Option<(String, String)> {
    if is.platform != PLATFORM || !KINDS.contains(&is.kind.as_str()) {
        return None;
    }
    let name = is.name.known()?.to_ascii_lowercase();
    let mut parts = name.strip_prefix(ADDRESS).unwrap_or(&name).split('/');
    let (owner, name) = (parts.next()?, parts.next()?);
    // `https://elsewhere.example/…`, `./local`
    let is_owner = owner.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !owner.is_empty();
    (is_owner && owner.len() <= LONGEST).then(|| (owner.to_owned(), name.to_owned()))
}

/// What is known of the end of the repository that a component comes from.
pub(crate) fn archived(is: &Ref) -> Option<&'static Archived> {
    if is.platform == REGISTRY && is.kind == IMAGE {
        let name = is.name.prefix();
        let name = name.strip_prefix(DEFAULT_REGISTRY).unwrap_or(name);
        return TABLES.images.iter().find(|row| name.starts_with(&row.repository));
    }
    let (owner, name) = repository(is)?;
    let of = |name: &str| TABLES.archived.get(&format!("{owner}/{name}"));
    of(&name).or_else(|| of("*"))
}

/// The well-known repository that the name of a component is taken for.
pub(crate) fn imitated(is: &Ref) -> Option<String> {
    let (owner, name) = repository(is)?;
    if TABLES.owners.contains(&owner) {
        return None;
    }
    let known = TABLES.owners_of.get(&name)?.iter().find(|known| is_taken_for(&owner, known))?;
    Some(format!("{known}/{name}"))
}

/// Whether a name is another with a letter left out, doubled, swapped with its neighbour, or replaced by its look-alike.
fn is_taken_for(name: &str, known: &str) -> bool {
    let (name_bytes, known_bytes) = (name.as_bytes(), known.as_bytes());
    let same = name_bytes.iter().zip(known_bytes).take_while(|(a, b)| a == b).count();
    let rest = |bytes: &'_ [u8], from: usize| bytes.get(from..).unwrap_or_default().to_vec();
    let omitted = || known.len() >= SHORTEST && rest(name_bytes, same) == rest(known_bytes, same + 1);
    let doubled = || {
        let again = same.checked_sub(1).and_then(|before| name_bytes.get(before));
        again.is_some()
            && name_bytes.get(same) == again
            && rest(name_bytes, same + 1) == rest(known_bytes, same)
    };
    let swapped = || {
        name_bytes.get(same) == known_bytes.get(same + 1)
            && name_bytes.get(same + 1) == known_bytes.get(same)
            && rest(name_bytes, same + 2) == rest(known_bytes, same + 2)
    };
    let plain = |text: &str| ALIKE.iter().fold(text.to_owned(), |text, (sign, of)| text.replace(sign, of));
    name != known && (omitted() || doubled() || swapped() || plain(name) == plain(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_small_letters_and_has_a_source() {
        let (archived, known) = rows();
        assert!(archived.image.iter().all(|row| row.repository.ends_with('/')));
        for row in archived.archived.iter().chain(&archived.image) {
            assert_eq!(row.repository, row.repository.to_ascii_lowercase());
            assert!(row.source.starts_with("https://"), "{}", row.repository);
        }
        for row in &known {
            assert!(row.source.starts_with("https://"), "{}", row.owner);
            assert!(row.names.iter().chain([&row.owner]).all(|name| *name == name.to_ascii_lowercase()));
        }
        // No well-known owner is another's copy.
        for row in &known {
            assert!(!known.iter().any(|other| is_taken_for(&row.owner, &other.owner)), "{}", row.owner);
        }
    }

    #[test]
    fn one_slip_makes_a_copy_and_two_do_not() {
        for copy in [
            "action", "ctions", "cations", "actinos", "actiosn", "acti0ns", "actiions", "aactions",
            "actionss",
        ] {
            assert!(is_taken_for(copy, "actions"), "{copy}");
        }
        for other in
            ["actions", "actor", "reactions", "action-s", "actionsx", "octions", "aciton", "my-actions", ""]
        {
            assert!(!is_taken_for(other, "actions"), "{other}");
        }
        assert!(is_taken_for("harnden", "hamden") && is_taken_for("dokcer", "docker"));
        assert!(!is_taken_for("pyp", "pypa") && is_taken_for("pypaa", "pypa"));
    }

    #[test]
    fn repositories_are_named_in_several_ways() {
        let of = |kind: &str, name: &str| repository(&Ref::new("github", kind, [], name));
        let found = Some(("a".to_owned(), "b".to_owned()));
        assert_eq!(of("action", "A/B"), found);
        assert_eq!(of("action", "https://github.com/a/b/c"), found);
        assert_eq!(of("reusable-workflow", "a/b/.github/workflows/c.yml"), found);
        assert_eq!(of("action", "https://code.example/a/b"), None);
        assert_eq!(of("action", "./a/b"), None);
        assert_eq!(of("tool", "a/b"), None);
    }
}
