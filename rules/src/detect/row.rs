//! Detector rows: what `data/detectors/*.toml` says of each token format, read once.
//!
//! `build.rs` lists the files and refuses rows without example or source, or whose pattern can match nothing.

use std::sync::{LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::loose;
use crate::fact::{ContextKind, Lifetime, LifetimeClass};
use crate::finding::{Confidence, Severity};

include!(concat!(env!("OUT_DIR"), "/detectors.rs"));

/// Every detector, in the order of the files.
static TABLE: LazyLock<Vec<Detector>> = LazyLock::new(|| {
    FILES
        .iter()
        .filter_map(|(_, text)| crate::table::read::<File>(text).ok())
        .flat_map(|file| file.detector)
        .collect()
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    detector: Vec<Detector>,
}

/// Every detector.
pub fn detectors() -> impl Iterator<Item = &'static Detector> {
    TABLE.iter()
}

/// A detector by the id in a Credential fact: `stripe-key`, or `stripe-key:test` for one of its variants.
#[must_use]
pub fn detector(id: &str) -> Option<&'static Detector> {
    let id = id.split_once(':').map_or(id, |(id, _)| id);
    TABLE.iter().find(|d| d.id == id)
}

pub(super) fn at(index: usize) -> Option<&'static Detector> {
    TABLE.get(index)
}

/// One token format.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detector {
    /// Its name.
    pub id: String,
    /// Who issues it.
    pub issuer: String,
    /// What it is, for rules.
    pub kind: String,
    /// What it is, for people.
    pub title: String,
    /// Literal strings, any case, of which every token holds one; searched for all at once.
    #[serde(default)]
    pub anchors: Vec<String>,
    /// Instead of anchors: names of places for secrets whose value is such a token; words in lower case, with a space
    /// between two. See `names`.
    #[serde(default)]
    pub slots: Vec<String>,
    /// The shape, from the anchor on (or from `back` bytes before it); of slots, the whole value.
    pub pattern: String,
    /// A second shape, accepted near hits of other detectors.
    #[serde(default)]
    pub near: Option<Near>,
    /// Groups of the pattern that must never be displayed.
    pub secret: Vec<String>,
    /// The function that reads its structure; see `structure`.
    #[serde(default)]
    pub verify: String,
    /// How far before the anchor the pattern may begin, in bytes.
    #[serde(default)]
    pub back: usize,
    /// How far behind the anchor it may reach, in bytes.
    #[serde(default = "reach")]
    pub ahead: usize,
    /// Characters besides letters, digits and `_` that may not stand directly before it.
    #[serde(default)]
    pub not_after: String,
    /// It may begin inside a longer word.
    #[serde(default)]
    pub inside_words: bool,
    /// How long it works.
    pub lifetime: Term,
    /// Which ceiling its lifetime is held against.
    pub class: LifetimeClass,
    /// What it opens, where the format says.
    #[serde(default)]
    pub scope: Option<String>,
    /// How bad it is in clear text.
    pub severity: Severity,
    /// How sure a hit is.
    #[serde(default = "sure")]
    pub confidence: Confidence,
    /// Of several detectors on the same bytes the highest speaks.
    #[serde(default = "middle")]
    pub rank: u8,
    /// A person may have chosen the value: its tag is short.
    #[serde(default)]
    pub guessable: bool,
    /// Detector of the public half that stands near it.
    #[serde(default)]
    pub completes: Option<String>,
    /// Near a hit of that detector the finding is that one's.
    #[serde(default)]
    pub reported_with: Option<String>,
    /// Shapes of values that the issuer's own documentation uses.
    #[serde(default)]
    pub documentation: Vec<String>,
    /// Its names are borne by other things too: only a value that nobody writes there by hand counts.
    #[serde(default)]
    pub drawn: bool,
    /// Kinds within the format.
    #[serde(default)]
    pub variant: Vec<Variant>,
    /// How to make it useless.
    pub revoke: String,
    /// What to use in its place.
    pub rotate: String,
    /// How to generate one.
    pub example: Vec<Part>,
    /// Other ways in which one is written.
    #[serde(default)]
    pub more_examples: Vec<Vec<Part>>,
    /// How to generate what looks like one and is none.
    pub look_alike: Vec<Part>,
    /// Where the format is documented.
    pub source: String,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
    #[serde(skip)]
    compiled_loose: OnceLock<Option<Regex>>,
    #[serde(skip)]
    compiled_near: OnceLock<Option<Regex>>,
    #[serde(skip)]
    known: OnceLock<Vec<Regex>>,
}

/// What is accepted near hits of other detectors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// Those detectors.
    pub detectors: Vec<String>,
    /// The shape; the whole match is the secret.
    pub pattern: String,
}

/// A kind within a format. What it leaves out is as in the row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name; facts carry `detector:name`.
    pub name: String,
    /// Beginnings that tell it; without, the structure function does.
    #[serde(default)]
    pub prefix: Vec<String>,
    /// What it is, for people.
    #[serde(default)]
    pub title: Option<String>,
    /// How long it works.
    #[serde(default)]
    pub lifetime: Option<Term>,
    /// Which ceiling its lifetime is held against.
    #[serde(default)]
    pub class: Option<LifetimeClass>,
    /// What it opens.
    #[serde(default)]
    pub scope: Option<String>,
    /// How bad.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// How sure.
    #[serde(default)]
    pub confidence: Option<Confidence>,
    /// Why it is less bad.
    #[serde(default)]
    pub because: Option<String>,
    /// How to generate one of this kind.
    #[serde(default)]
    pub example: Vec<Part>,
}

/// A lifetime in a table.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Term {
    /// Never ends by itself.
    Unbounded,
    /// The format does not say.
    Unknown,
    /// Ends with its job.
    Job,
    /// Seconds after issue.
    Seconds(u64),
}

impl Term {
    /// As facts say it.
    #[must_use]
    pub fn lifetime(self) -> Option<Lifetime> {
        match self {
            Self::Unbounded => Some(Lifetime::Unbounded),
            Self::Unknown => None,
            Self::Job => Some(Lifetime::BoundTo(ContextKind::Job)),
            Self::Seconds(seconds) => Some(Lifetime::MaxAge { seconds, renewable: false }),
        }
    }
}

/// A part of an example.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Part {
    /// As written.
    Plain(String),
    /// As written, perhaps secret.
    Text {
        /// The text.
        text: String,
        /// Whether it must never be displayed.
        #[serde(default)]
        secret: bool,
    },
    /// Random characters.
    Draw {
        /// From this alphabet.
        draw: String,
        /// So many.
        length: usize,
        /// Whether they must never be displayed.
        #[serde(default)]
        secret: bool,
    },
    /// A checksum over the characters drawn before it, or over the whole text so far.
    Sum {
        /// Its kind.
        sum: String,
        /// Whether it must never be displayed.
        #[serde(default)]
        secret: bool,
    },
    /// Made by a function of `canary`; secret as far as it is one.
    Make {
        /// Its name.
        make: String,
        /// What it is to put in.
        #[serde(default)]
        with: String,
    },
}

fn reach() -> usize {
    512
}

fn middle() -> u8 {
    5
}

fn sure() -> Confidence {
    Confidence::High
}

/// Patterns see bytes, not characters: files need not be UTF-8, and the module carries no Unicode tables.
fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

impl Detector {
    /// The pattern, compiled at its first use: most runs need few.
    #[must_use]
    pub fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.pattern)).as_ref()
    }

    /// The pattern without what has to stand around a token; see `loose`.
    pub(super) fn loose_regex(&self) -> Option<&Regex> {
        self.compiled_loose.get_or_init(|| compile(loose::without_edges(&self.pattern))).as_ref()
    }

    pub(super) fn near_regex(&self) -> Option<&Regex> {
        let near = self.near.as_ref()?;
        self.compiled_near.get_or_init(|| compile(&near.pattern)).as_ref()
    }

    /// Whether the issuer's documentation uses this very value.
    pub(super) fn is_documentation(&self, token: &[u8]) -> bool {
        self.known
            .get_or_init(|| self.documentation.iter().filter_map(|p| compile(p)).collect())
            .iter()
            .any(|known| known.is_match(token))
    }

    /// What is read of a value besides its shape, if anything: a checksum, claims, fields.
    #[must_use]
    pub fn verified(&self) -> Option<&'static str> {
        super::structure::reads(&self.verify)
    }

    /// A variant by name.
    #[must_use]
    pub fn variant(&self, name: &str) -> Option<&Variant> {
        self.variant.iter().find(|v| v.name == name)
    }

    /// The variant whose beginning a token has.
    pub(super) fn variant_of(&self, token: &[u8]) -> Option<&Variant> {
        self.variant.iter().find(|v| v.prefix.iter().any(|p| token.starts_with(p.as_bytes())))
    }
}
