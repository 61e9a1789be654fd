//! Sightings in versions of files become credentials: one for each, with the first commit that brought it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{Brought, Commit};
use crate::report::text::{Numbered, Past, touching};
use crate::runtime::contract::{Answer, Finding, Source, Span, Spot};
use crate::runtime::{digest, short_digest};
use crate::scan::{Job, Outcome, merge};
use crate::source::Read;

/// From this many bytes on, two secrets that the module tags alike are one, however they are written. The tags of shorter
/// ones may be cut short, so that nobody can search for them, and then different ones may share a tag.
const LONG: usize = 100;

/// A version with what the module said of it.
pub(super) struct Checked<'a> {
    path: &'a str,
    file: Numbered<'a>,
    /// What must not be displayed, sorted, without overlaps.
    masks: Vec<Span>,
    /// Secrets that no ordinary word can be, likewise.
    secrets: Vec<Span>,
}

impl<'a> Checked<'a> {
    pub(super) fn of(file: &'a Source, answer: &Answer) -> Self {
        let spans = |spots: &[Spot]| {
            let own = spots.iter().filter(|spot| spot.path == file.path);
            let mut spans: Vec<Span> = own.map(|spot| spot.at).collect();
            merge(&mut spans);
            spans
        };
        Self {
            path: &file.path,
            file: Numbered::of(&file.bytes),
            masks: spans(&answer.masks),
            secrets: spans(&answer.secrets),
        }
    }
}

/// Where a finding was seen.
pub(super) struct Sighting<'a> {
    pub(super) finding: &'a Finding,
    /// The finding's place, or one of its further ones.
    pub(super) at: Span,
    pub(super) file: &'a Checked<'a>,
    /// The number of the first commit that put it there.
    pub(super) commit: usize,
    /// How many commits added it there.
    pub(super) additions: usize,
}

/// What tells credentials apart: the rule, what was judged, and of secrets short enough to share a tag their digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    rule: String,
    content: String,
    text: Option<String>,
}

/// A credential that history holds.
#[derive(Debug)]
struct Credential {
    /// Where it was seen first: commit's number, path, offset.
    rank: (usize, String, u32),
    finding: Finding,
    /// The line it stood in.
    past: Past,
    /// The digest of its text there.
    text: String,
    additions: usize,
}

/// All credentials that history holds.
#[derive(Debug, Default)]
pub(super) struct Credentials(BTreeMap<Key, Credential>);

impl Credentials {
    /// Adds a sighting. Only that of the first commit is kept, so that memory does not grow with the number of versions.
    pub(super) fn add(&mut self, seen: &Sighting<'_>) {
        let Checked { path, file, masks, secrets } = seen.file;
        let Some(secret) = masked(file.bytes(), masks, seen.at) else { return };
        let alone = secret.len() >= LONG || !touching(secrets, seen.at).is_empty();
        let text = digest(&secret);
        let key = Key {
            rule: seen.finding.rule.clone(),
            content: seen.finding.content_id.clone(),
            text: (!alone).then(|| text.clone()),
        };
        let rank = (seen.commit, (*path).to_owned(), seen.at.start);
        let first = |rank| Credential {
            rank,
            finding: seen.finding.clone(),
            past: Past::of(file, seen.at, masks),
            text,
            additions: seen.additions,
        };
        match self.0.entry(key) {
            Entry::Vacant(free) => drop(free.insert(first(rank))),
            Entry::Occupied(mut known) => {
                let additions = known.get().additions;
                if rank < known.get().rank {
                    known.insert(first(rank));
                    known.get_mut().additions += additions;
                } else {
                    known.get_mut().additions += seen.additions;
                }
            }
        }
    }

    /// Adds them to a run's findings: a credential that still stands in the tree is a finding already, and learns which
    /// commit brought it.
    pub(super) fn settle(self, commits: &[Commit], job: &Job<'_>, outcome: &mut Outcome) {
        let mut tree = Tree::of(job, outcome);
        let mut taken: BTreeSet<String> = outcome.findings.iter().map(|f| f.fingerprint.clone()).collect();
        let mut gone = Vec::new();
        for (key, credential) in self.0 {
            let Some(commit) = commits.get(credential.rank.0) else { continue };
            let standing = tree.holding(&key, &credential.text, outcome);
            let brought = Brought {
                commit: commit.id.to_string(),
                date: commit.date(),
                further: credential.additions.saturating_sub(1),
                past: None,
            };
            if standing.is_empty() {
                gone.push((credential, brought));
                continue;
            }
            for at in standing {
                let Some(finding) = outcome.findings.get_mut(at) else { continue };
                let note = format!("In git's history since {}: deleting it is not enough.", named(&brought));
                add_help(finding, &note);
                outcome.brought.insert(finding.fingerprint.clone(), brought.clone());
            }
        }
        for (credential, mut brought) in gone {
            let mut finding = past_finding(credential.finding, &brought);
            while !taken.insert(finding.fingerprint.clone()) {
                // Guessable secrets of one place may share a tag; they are two findings all the same.
                finding.fingerprint = short_digest(&[&finding.fingerprint, "another"]);
            }
            finding.at = nowhere(&finding.at.path);
            brought.past = Some(credential.past);
            outcome.brought.insert(finding.fingerprint.clone(), brought);
            outcome.findings.push(finding);
        }
    }
}

/// The finding of a credential that only history holds.
fn past_finding(mut finding: Finding, brought: &Brought) -> Finding {
    finding.message.push_str(
        ". It is gone from the checked files and stays in git's history: whoever has a clone can read it until it is revoked",
    );
    let further = match brought.further {
        0 => String::new(),
        1 => "; history adds it in 1 further place".to_owned(),
        n => format!("; history adds it in {n} further places"),
    };
    let note = format!("Brought by {}{further}. Deleting the line does not help.", named(brought));
    add_help(&mut finding, &note);
    finding.fixes.clear();
    finding.pending.clear();
    finding.related.clear();
    finding.places.clear();
    finding
}

fn named(brought: &Brought) -> String {
    let short = brought.short();
    match &brought.date {
        Some(date) => format!("commit {short} of {date}"),
        None => format!("commit {short}"),
    }
}

fn add_help(finding: &mut Finding, note: &str) {
    finding.help = Some(match finding.help.take() {
        Some(help) => format!("{help}\n{note}"),
        None => note.to_owned(),
    });
}

/// Where a past finding stands while the tree is reviewed: at its path, past every line of the file that may have that
/// path today, so that no comment there speaks of it.
fn nowhere(path: &str) -> Spot {
    Spot { path: path.to_owned(), at: Span { start: u32::MAX, end: u32::MAX } }
}

/// The secret bytes of a place; `None` if no secret stands there.
fn masked(bytes: &[u8], masks: &[Span], at: Span) -> Option<Vec<u8>> {
    let parts = touching(masks, at).iter().filter_map(|mask| {
        let (start, end) = (mask.start.max(at.start) as usize, mask.end.min(at.end) as usize);
        bytes.get(start..end)
    });
    let secret: Vec<u8> = parts.flatten().copied().collect();
    (!secret.is_empty()).then_some(secret)
}

/// The credentials that the tree holds.
struct Tree<'a> {
    job: &'a Job<'a>,
    /// Numbers of findings, by rule and content.
    by_content: BTreeMap<(String, String), Vec<usize>>,
    /// Digests of the secrets of a finding's places.
    texts: BTreeMap<usize, BTreeSet<String>>,
    /// Files that were read for that.
    read: BTreeMap<String, Vec<u8>>,
}

impl<'a> Tree<'a> {
    fn of(job: &'a Job<'a>, outcome: &Outcome) -> Self {
        let mut by_content: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (at, finding) in outcome.findings.iter().enumerate() {
            by_content.entry((finding.rule.clone(), finding.content_id.clone())).or_default().push(at);
        }
        Self { job, by_content, texts: BTreeMap::new(), read: BTreeMap::new() }
    }

    /// The findings of the same credential.
    fn holding(&mut self, key: &Key, text: &str, outcome: &Outcome) -> Vec<usize> {
        let alike =
            self.by_content.get(&(key.rule.clone(), key.content.clone())).cloned().unwrap_or_default();
        if key.text.is_none() {
            return alike;
        }
        let mut same = alike;
        same.retain(|at| self.texts_of(*at, outcome).contains(text));
        same
    }

    /// Digests of the secrets at a finding's places.
    fn texts_of(&mut self, at: usize, outcome: &Outcome) -> &BTreeSet<String> {
        let Self { job, texts, read, .. } = self;
        texts.entry(at).or_insert_with(|| {
            let Some(finding) = outcome.findings.get(at) else { return BTreeSet::new() };
            let of = |spot: &Spot| {
                let bytes =
                    read.entry(spot.path.clone()).or_insert_with(|| match job.files.read(&spot.path) {
                        Read::Text(bytes) => bytes,
                        _ => Vec::new(),
                    });
                masked(bytes, outcome.masks.get(&spot.path)?, spot.at).map(|secret| digest(&secret))
            };
            std::iter::once(&finding.at).chain(&finding.places).filter_map(of).collect()
        })
    }
}
