//! `--import FILE.sarif`: what other tools found goes the way of our own findings, through waivers, the baseline, `--base`,
//! `--fail-on` and every report.
//!
//! The host reads the file and says where in the tree each result is; the module names it, says how bad it is and what it is
//! known by. Invariant: a result that is left out is counted and told, and no word of the file is shown before secrets are
//! taken out of it.

mod adopt;
mod before;
mod lists;
mod place;
mod sarif;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, anyhow};

use crate::source::{MAX_FILE_BYTES, Root, Scope, bounded, regular};
use sarif::Run;

pub(crate) use adopt::add;
pub(crate) use before::known;

/// Largest file, in bytes. Code scanning takes far smaller ones.
const LARGEST: u64 = MAX_FILE_BYTES;
/// Longest message, help or note that is kept, in bytes.
const LONGEST_TEXT: usize = 2_000;

/// Results of other tools, as read.
#[derive(Debug)]
pub struct Import {
    /// Each run, and the file that it is of.
    runs: Vec<(String, Run)>,
    root: PathBuf,
    scope: Scope,
}

/// A tool that had a say.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// What its rules begin with.
    pub name: String,
    /// What it calls itself.
    pub tool: String,
    /// Its version, as it says.
    pub version: String,
    /// Where it is at home, an `https:` address.
    pub home: Option<String>,
    /// The rules that it found something by.
    pub rules: BTreeMap<String, ImportedRule>,
}

/// What a tool says of a rule.
#[derive(Clone, Debug, Default)]
pub struct ImportedRule {
    /// One line.
    pub title: Option<String>,
    /// What it means.
    pub about: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// Where it is explained, an `https:` address.
    pub home: Option<String>,
}

/// What a finding of another tool was known by, to look for it in the base of a change.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The lines that it names.
    lines: String,
    /// Its tool held it against an earlier run of its own, and found it there.
    unchanged: bool,
}

impl Import {
    /// Reads the files that the command line names.
    ///
    /// # Errors
    /// One cannot be read, or is no SARIF of the version that is read: which, where, and what is wrong.
    pub(crate) fn read(paths: &[PathBuf], root: &Root, scope: &Scope) -> Result<Option<Self>> {
        let mut runs = Vec::new();
        for path in paths {
            let name = path.display().to_string();
            // Who writes `--import <(…)` waits for it; what stands in the tree is not the user's word.
            let read = if root.holds(path) { regular } else { bounded };
            let bytes = read(path, LARGEST).map_err(|why| anyhow!("--import {name}: {why}"))?;
            let read = sarif::read(&bytes).map_err(|why| anyhow!("--import {name}:{why}"))?;
            runs.extend(read.into_iter().map(|run| (name.clone(), run)));
        }
        let import = Self { runs, root: root.path.clone(), scope: scope.clone() };
        Ok((!paths.is_empty()).then_some(import))
    }
}

/// An address that a browser may be sent to; nothing of any other.
fn address(uri: Option<&str>) -> Option<String> {
    let uri = uri?.trim();
    let fits = |c: char| c.is_ascii_graphic() && !"\"'<>\\`{}|^()[]".contains(c);
    (uri.starts_with("https://") && uri.len() < 512 && uri.chars().all(fits)).then(|| uri.to_owned())
}

/// A text that is no longer than it should be.
fn short(text: &str) -> String {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_kept() {
        assert_eq!(address(Some("https://docs.example/a#b")).as_deref(), Some("https://docs.example/a#b"));
        for other in
            ["http://x", "javascript:alert(1)", "https://x\"onload=", "https://x\u{1b}[", "https://a b", ""]
        {
            assert_eq!(address(Some(other)), None, "{other}");
        }
    }

    #[test]
    fn long_words_are_cut_between_two_characters() {
        assert_eq!(short(&"é".repeat(LONGEST_TEXT)).len(), LONGEST_TEXT);
        assert_eq!(short("a"), "a");
    }
}
