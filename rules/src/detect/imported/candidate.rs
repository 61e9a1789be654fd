//! A match of an imported pattern, before anybody said whether it counts, and what conditions may ask of it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::pattern::{Pattern, Spent, Work};

/// What a pattern found, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'t> {
    pub(super) path: &'t [u8],
    pub(super) secret: &'t [u8],
    pub(super) matched: &'t [u8],
    pub(super) line: &'t [u8],
    pub(super) rule: &'t [u8],
}

/// What a condition speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Path,
    Secret,
    Match,
    Line,
    Rule,
    Nothing,
}

impl<'t> Candidate<'t> {
    pub(super) fn field(&self, field: Field) -> &'t [u8] {
        match field {
            Field::Path => self.path,
            Field::Secret => self.secret,
            Field::Match => self.matched,
            Field::Line => self.line,
            Field::Rule => self.rule,
            Field::Nothing => b"",
        }
    }
}

/// Shannon's entropy in bits per byte: what a bound in such a file was set against.
pub(super) fn entropy(text: &[u8]) -> f64 {
    let mut counts: BTreeMap<u8, u32> = BTreeMap::new();
    text.iter().for_each(|byte| *counts.entry(*byte).or_default() += 1);
    let length = text.len() as f64;
    counts.values().map(|count| f64::from(*count) / length).map(|share| -share * share.log2()).sum()
}

/// Words of which one stands in a text, in any case of its letters.
#[derive(Debug)]
pub(super) struct Words {
    words: Vec<String>,
    search: OnceLock<Option<AhoCorasick>>,
}

impl Words {
    pub(super) fn new(words: Vec<String>) -> Self {
        Self { words, search: OnceLock::new() }
    }

    pub(super) fn in_text(&self, text: &[u8], work: &mut Work) -> Result<bool, Spent> {
        work.pass(text.len())?;
        let build = || {
            let mut builder = AhoCorasick::builder();
            builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::NoncontiguousNFA));
            builder.build(&self.words).ok()
        };
        Ok(self.search.get_or_init(build).as_ref().ok_or(Spent)?.is_match(text))
    }
}

/// Finds that their author excepts.
#[derive(Debug, Default)]
pub(super) struct Allowlist {
    /// All of its checks must hold, not only one.
    pub(super) all: bool,
    /// It names commits, or something else that no file of a tree has: that check never holds.
    pub(super) never: bool,
    pub(super) paths: Option<Vec<Pattern>>,
    pub(super) regexes: Option<Vec<Pattern>>,
    pub(super) target: Option<Field>,
    pub(super) stopwords: Option<Words>,
}

impl Allowlist {
    /// Whether it excepts a whole file.
    pub(super) fn excepts_path(&self, path: &[u8], work: &mut Work) -> Result<bool, Spent> {
        if self.all && (self.never || self.regexes.is_some() || self.stopwords.is_some()) {
            return Ok(false);
        }
        any(self.paths.as_deref().unwrap_or_default(), path, work)
    }

    /// Whether it excepts a find.
    pub(super) fn excepts(&self, of: &Candidate<'_>, work: &mut Work) -> Result<bool, Spent> {
        let mut checks = Vec::new();
        if self.never {
            checks.push(false);
        }
        if let Some(paths) = &self.paths {
            checks.push(any(paths, of.path, work)?);
        }
        if let Some(words) = &self.stopwords {
            checks.push(words.in_text(of.secret, work)?);
        }
        if let Some(regexes) = &self.regexes {
            checks.push(any(regexes, of.field(self.target.unwrap_or(Field::Secret)), work)?);
        }
        Ok(if self.all { !checks.is_empty() && checks.iter().all(|c| *c) } else { checks.contains(&true) })
    }
}

pub(super) fn any(patterns: &[Pattern], text: &[u8], work: &mut Work) -> Result<bool, Spent> {
    for pattern in patterns {
        if pattern.is_match(text, work)? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_shannons() {
        assert!(entropy(b"").abs() < 1e-9);
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
        assert!((entropy(b"aabb") - 1.0).abs() < 1e-9);
    }
}
