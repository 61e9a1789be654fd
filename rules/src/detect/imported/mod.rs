//! Rules of gitleaks and betterleaks: `--detectors FILE.toml`. What their format can say and hallpass can honour is
//! honoured; each construct that is not is said, with its place and what happens instead.
//!
//! `written` reads the TOML, `set` makes of it what is searched for, `go` and `pattern` are its patterns, `expression`
//! (made of `token`s) and `candidate` its conditions, `search` finds, and `state` makes facts of what was found. The
//! format, not any rule, is described at <https://github.com/gitleaks/gitleaks#configuration> and
//! <https://github.com/betterleaks/betterleaks/blob/main/docs/config.md>.
//!
//! Invariant: a hostile file costs no more than `limits` says, and no rule is lost without a message.

mod candidate;
mod expression;
mod go;
mod limits;
mod pattern;
mod remarks;
mod search;
mod set;
mod state;
#[cfg(test)]
mod tests;
mod token;
mod written;

use std::collections::BTreeSet;

use search::Keywords;
use set::Set;
use written::File;

use crate::policy::paths::inside;
use crate::policy::{Policy, Problem};

/// A file of detectors as the host hands it over.
#[derive(Clone, Debug)]
pub struct Handed {
    /// Its path: from the root if it lies inside.
    pub path: String,
    /// It was asked for, by the configuration or by another file; not named on the command line.
    pub asked: bool,
    /// Its bytes, or why they cannot be read.
    pub bytes: Result<Vec<u8>, String>,
}

/// Imported detectors, ready to be searched for.
#[derive(Debug, Default)]
pub struct Imported {
    sets: Vec<(Set, Keywords)>,
    /// Files of detectors: their own patterns and words are no credentials.
    own: BTreeSet<String>,
    remarks: Vec<Problem>,
    wanted: BTreeSet<String>,
}

impl Imported {
    /// Reads the files that are named, on the command line or in the configuration, and what they extend.
    ///
    /// # Errors
    /// A file that cannot be read at all, or of which no rule can be used.
    pub(crate) fn read(handed: &[Handed], policy: &Policy) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { handed, remarks: remarks::Remarks::default(), wanted: BTreeSet::new() };
        let mut imported = Self::default();
        let mut roots: Vec<&Handed> = handed.iter().filter(|h| !h.asked).collect();
        for row in policy.detectors() {
            let problem = |message: String| {
                vec![Problem { path: policy.path_of(row.file).to_owned(), at: Some(row.span), message }]
            };
            let Some(path) = inside(&row.text) else {
                return Err(problem(
                    "a file of detectors is named from the root and lies inside, with `/`".to_owned(),
                ));
            };
            match handed.iter().find(|h| h.path == path) {
                Some(found) => {
                    if let Err(why) = &found.bytes {
                        return Err(problem(format!("the file of detectors cannot be read: {why}")));
                    }
                    roots.push(found);
                }
                None => drop(reader.wanted.insert(path)),
            }
        }
        if handed.len() > limits::FILES || reader.wanted.len() > limits::FILES {
            let message = format!("more than {} files of detectors; give fewer", limits::FILES);
            return Err(vec![Problem { path: String::new(), at: None, message }]);
        }
        let mut done = BTreeSet::new();
        let mut states = 0;
        for root in roots.into_iter().filter(|root| done.insert(root.path.as_str())) {
            let read = reader.file(root, 0)?;
            let set = set::build(read, &mut reader.remarks, &mut states);
            let usable = set.rules.iter().any(|rule| !rule.silent);
            if !usable && reader.wanted.is_empty() {
                let mut problems = reader.remarks.finish();
                let message =
                    "no rule of it can be used; name another file, or mend what is named above".to_owned();
                problems.push(Problem { path: root.path.clone(), at: None, message });
                return Err(problems);
            }
            imported.sets.push((set, Keywords::default()));
        }
        imported.own = handed.iter().map(|h| h.path.clone()).collect();
        imported.remarks = reader.remarks.finish();
        imported.wanted = reader.wanted;
        Ok(imported)
    }

    /// What is not honoured.
    #[must_use]
    pub fn remarks(&self) -> &[Problem] {
        &self.remarks
    }

    /// Files that are asked for and were not handed over, as paths from the root. While there are any, nothing is final.
    pub fn wanted(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().map(String::as_str)
    }

    /// Every detector that speaks: its name, and what it finds.
    pub fn rows(&self) -> impl Iterator<Item = (String, &str)> {
        let rules = self.sets.iter().flat_map(|(set, _)| &set.rules).filter(|rule| !rule.silent);
        rules.map(|rule| (format!("{}{}", state::PREFIX, rule.id), rule.title.as_str()))
    }
}

struct Reader<'h> {
    handed: &'h [Handed],
    remarks: remarks::Remarks,
    wanted: BTreeSet<String>,
}

impl Reader<'_> {
    /// A file laid over what it extends; `depth` files extend each other so far.
    fn file(&mut self, handed: &Handed, depth: usize) -> Result<File, Vec<Problem>> {
        let bytes = handed.bytes.as_ref().map_err(|why| {
            vec![Problem { path: handed.path.clone(), at: None, message: format!("cannot be read: {why}") }]
        })?;
        let mut file = written::read(&handed.path, bytes, &mut self.remarks)?;
        let Some(extends) = file.extends.take() else { return Ok(file) };
        let missing = "; its rules are missing";
        let why = match inside(&extends.text) {
            _ if depth >= limits::CHAIN => {
                format!("more than {} files extend each other{missing}", limits::CHAIN)
            }
            None => format!("it leaves the tree{missing}; copy the file into the tree"),
            Some(path) => match self.handed.iter().find(|h| h.path == path) {
                None => {
                    self.wanted.insert(path);
                    return Ok(file);
                }
                Some(found) => match self.file(found, depth + 1) {
                    Ok(base) => return Ok(set::merge(base, file, &mut self.remarks)),
                    Err(problems) => {
                        let first = problems.into_iter().next().map(|p| p.message).unwrap_or_default();
                        format!("{first}{missing}; mend or name another file")
                    }
                },
            },
        };
        self.remarks.say(&extends.path, extends.at(0), format!("`extend.path`: {why}"));
        Ok(file)
    }
}
