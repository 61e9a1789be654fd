//! `extends`: a configuration laid over others of the same tree.
//!
//! What the repository's own file says wins over what it extends, and of several files that are extended the later one
//! wins. Rows, files of detectors and approvals are joined: the own ones stand last. No file says more than it could say
//! alone, so that mandatory rules stay out of reach of each. What is laid over a file that is a floor may tighten what holds by
//! that file, and is refused where it loosens it.
//!
//! Invariant: every file lies inside the root, none extends itself, and each is read once.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{self, Layer};
use super::{Origin, Policy, Problem, Written, paths, weaker};
use crate::rule::RULES;
use crate::span::FileId;

/// Most files that extend each other in a row: a policy of an organisation, of a group, of a team is three.
const DEPTH: usize = 8;
/// Most files that a configuration is made of.
const FILES: usize = 32;

/// A file that a configuration extends, as the host hands it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extended {
    /// Its path from the root.
    pub path: String,
    /// Its bytes, or why they cannot be read.
    pub bytes: Result<Vec<u8>, String>,
}

/// The files of a configuration, as far as they are at hand.
#[derive(Debug)]
pub struct Chain {
    /// What is extended stands before what extends it; the own file is the last.
    layers: Vec<(FileId, Layer)>,
    /// The files by their numbers.
    files: Vec<Origin>,
    /// Their texts.
    texts: Vec<String>,
    /// Where each file that is asked for and not at hand is named.
    wanted: BTreeMap<String, Problem>,
}

/// Reads a configuration and what it extends.
///
/// # Errors
/// Every problem of the first file that has any.
pub fn read(path: &str, bytes: &[u8], handed: &[Extended]) -> Result<Chain, Vec<Problem>> {
    let mut reader = Reader {
        handed,
        chain: Chain { layers: Vec::new(), files: Vec::new(), texts: Vec::new(), wanted: BTreeMap::new() },
        open: vec![path.to_owned()],
        done: BTreeSet::new(),
    };
    reader.file(path, bytes)?;
    Ok(reader.chain)
}

impl Chain {
    /// Files that are asked for and were not handed over, as paths from the root. While there are any, nothing is final.
    pub fn wanted(&self) -> impl Iterator<Item = &str> {
        self.wanted.keys().map(String::as_str)
    }

    /// The policy that they come to.
    ///
    /// # Errors
    /// A file is missing, a rule of the policy is named that no row makes, or what a floor says is loosened.
    pub fn policy(self) -> Result<Policy, Vec<Problem>> {
        if !self.wanted.is_empty() {
            return Err(self.wanted.into_values().collect());
        }
        let floors = self.floors();
        let mut policy = laid(self.layers.into_iter(), self.files);
        let mut problems: Vec<Problem> = policy
            .named
            .iter()
            .filter_map(|word| Some((word, policy.selector(RULES, &word.text).err()?)))
            .map(|(word, message)| problem_at(&policy, word, message))
            .collect();
        let text =
            |file: &FileId| Some((*file, policy.path_of(*file), self.texts.get(file.0 as usize)?.as_str()));
        let texts: Vec<(FileId, &str, &str)> = policy.order.iter().filter_map(text).collect();
        for (path, floor) in &floors {
            problems.extend(weaker::looser(floor, &policy, &texts).into_iter().map(|weaker| Problem {
                path: weaker.at.path,
                at: Some(weaker.at.span),
                message: format!(
                    "`{path}` is a floor, which is only tightened: {}; take it away, or have that file changed",
                    weaker.message
                ),
            }));
        }
        problems.sort();
        problems.dedup();
        policy.held = floors;
        if problems.is_empty() { Ok(policy) } else { Err(problems) }
    }

    /// What holds by each file that is a floor, with what it extends itself and nothing else.
    fn floors(&self) -> Vec<(String, Policy)> {
        let is_floor = |layer: &Layer| !layer.policy.floors.is_empty();
        let floors = self.layers.iter().filter(|(_, layer)| is_floor(layer));
        let one = |(file, _): &(FileId, Layer)| {
            let below = self.below(*file);
            let layers = self.layers.iter().filter(|(file, _)| below.contains(file)).cloned();
            let path = self.files.get(file.0 as usize).map(|file| file.path.clone()).unwrap_or_default();
            (path, laid(layers, self.files.clone()))
        };
        floors.map(one).collect()
    }

    /// A file and those that it extends, near or far.
    fn below(&self, file: FileId) -> BTreeSet<FileId> {
        let mut below = BTreeSet::from([file]);
        let mut open = vec![file];
        while let Some(file) = open.pop() {
            let extends =
                self.layers.iter().filter(|(other, _)| *other == file).flat_map(|(_, l)| &l.extends);
            for path in extends.filter_map(|written| paths::inside(&written.text)) {
                let at = self.files.iter().position(|file| file.path == path);
                let next = at.and_then(|at| u32::try_from(at).ok()).map(FileId);
                open.extend(next.filter(|next| below.insert(*next)));
            }
        }
        below
    }
}

fn problem_at(policy: &Policy, word: &Written, message: String) -> Problem {
    Problem { path: policy.path_of(word.file).to_owned(), at: Some(word.span), message }
}

/// What layers come to, the lowest first.
fn laid(layers: impl Iterator<Item = (FileId, Layer)>, files: Vec<Origin>) -> Policy {
    let mut order = Vec::new();
    let mut whole: Option<Layer> = None;
    for (file, layer) in layers {
        order.insert(0, file);
        whole = Some(match whole {
            Some(base) => lay(base, layer),
            None => layer,
        });
    }
    let whole = whole.unwrap_or_default();
    let mut policy = whole.policy;
    policy.ignore.extend(whole.off);
    policy.files = files;
    policy.order = order;
    let mut said = BTreeSet::new();
    policy.remarks.retain(|remark| said.insert(remark.message.clone()));
    policy
}

/// The texts of a policy's files: what wins stands first.
pub(crate) fn texts<'t>(
    policy: &'t Policy,
    own: &'t [u8],
    handed: &'t [Extended],
) -> Vec<(FileId, &'t str, &'t str)> {
    let text = |file: &FileId| {
        let path = policy.path_of(*file);
        let bytes = match file.0 {
            0 => own,
            _ => handed.iter().find(|file| file.path == path)?.bytes.as_deref().ok()?,
        };
        Some((*file, path, std::str::from_utf8(bytes).ok()?))
    };
    policy.order.iter().filter_map(text).collect()
}

/// A file laid over what it extends.
fn lay(base: Layer, over: Layer) -> Layer {
    let Layer { policy: mut under, mut off, selects, ignores, .. } = base;
    let policy = over.policy;
    off.retain(|id| !policy.severities.contains_key(id));
    under.severities.retain(|id, _| !over.off.contains(id));
    under.severities.extend(policy.severities);
    off.extend(over.off);
    if over.selects {
        under.select = policy.select;
    }
    if over.ignores {
        under.ignore = policy.ignore;
    }
    under.preview = policy.preview.or(under.preview);
    under.fail_on = policy.fail_on.or(under.fail_on);
    under.min_confidence = policy.min_confidence.or(under.min_confidence);
    under.ceilings.extend(policy.ceilings);
    under.waiver_days = policy.waiver_days.or(under.waiver_days);
    under.break_glass_days = policy.break_glass_days.or(under.break_glass_days);
    // A row about the same thing takes the other's place.
    under.identities.retain(|row| policy.identities.iter().all(|own| own.id.text != row.id.text));
    under.identities.extend(policy.identities);
    under.keys.extend(policy.keys);
    under.people.known.extend(policy.people.known);
    under.people.left.extend(policy.people.left);
    under.plugins.retain(|row| policy.plugins.iter().all(|own| own.path != row.path));
    under.plugins.extend(policy.plugins);
    under.rules.retain(|row| policy.rules.iter().all(|own| own.id != row.id));
    under.rules.extend(policy.rules);
    under.named.extend(policy.named);
    under.floors.extend(policy.floors);
    under.approved.extend(policy.approved);
    under.waivers.extend(policy.waivers);
    under.detectors.extend(policy.detectors);
    under.paths.extend(policy.paths);
    under.remarks.extend(policy.remarks);
    Layer {
        policy: under,
        off,
        selects: selects || over.selects,
        ignores: ignores || over.ignores,
        extends: Vec::new(),
    }
}

struct Reader<'h> {
    handed: &'h [Extended],
    chain: Chain,
    /// The files that are being read, each extended by the one before it.
    open: Vec<String>,
    done: BTreeSet<String>,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, bytes: &[u8]) -> Result<(), Vec<Problem>> {
        let number = FileId(u32::try_from(self.chain.files.len()).unwrap_or(u32::MAX));
        self.chain.files.push(Origin { path: path.to_owned(), length: bytes.len() });
        self.chain.texts.push(String::from_utf8_lossy(bytes).into_owned());
        let layer = read::layer(path, bytes, number)?;
        for written in &layer.extends {
            self.extended(path, written)?;
        }
        self.done.insert(path.to_owned());
        self.chain.layers.push((number, layer));
        Ok(())
    }

    fn extended(&mut self, by: &str, written: &Written) -> Result<(), Vec<Problem>> {
        let problem = |message: String| Problem { path: by.to_owned(), at: Some(written.span), message };
        let fail = |message: String| Err(vec![problem(message)]);
        let Some(path) = paths::inside(&written.text) else {
            return fail(
                "it leaves the tree: a file that is extended is named from the root and lies inside, with `/`; copy \
                 it into the tree"
                    .to_owned(),
            );
        };
        if crate::detect::without_tokens(&path).is_some() {
            return fail(
                "a path with the shape of a token is not repeated; give the file another name".to_owned(),
            );
        }
        if self.open.contains(&path) {
            let ring: Vec<&str> =
                self.open.iter().skip_while(|open| **open != path).map(String::as_str).collect();
            return fail(match ring.as_slice() {
                [_] => "this file extends itself; take the path away".to_owned(),
                ring => format!(
                    "files extend each other in a ring: {} and this one again; take one of the paths away",
                    ring.join(", ")
                ),
            });
        }
        if self.done.contains(&path) {
            return Ok(());
        }
        if self.open.len() > DEPTH {
            return fail(format!(
                "more than {DEPTH} files extend each other in a row; name them side by side"
            ));
        }
        if self.chain.files.len() >= FILES {
            return fail(format!("a configuration of more than {FILES} files; put some of them together"));
        }
        match self.handed.iter().find(|file| file.path == path).map(|file| &file.bytes) {
            None => {
                let message = format!("`{path}` is extended here and was not handed over");
                self.chain.wanted.entry(path).or_insert_with(|| problem(message));
                Ok(())
            }
            Some(Err(why)) => {
                fail(format!("`{path}` cannot be read: {why}; put the file there, or take the path away"))
            }
            Some(Ok(bytes)) => {
                if !read::has_policy(&path, bytes) {
                    return fail(format!(
                        "`{path}` has no table `tool.hallpass`; add it, or take the path away"
                    ));
                }
                self.open.push(path.clone());
                let read = self.file(&path, bytes);
                self.open.pop();
                read
            }
        }
    }
}

#[cfg(test)]
mod floor_tests;
#[cfg(test)]
mod tests;
