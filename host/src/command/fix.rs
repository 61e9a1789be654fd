//! `--fix` and `--diff`: fixes are applied together where they do not overlap. Before a file is written, the module reads
//! it with the edits made and compares: what no edit touches must be the same. Afterwards the tree is checked again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Result, bail};
use similar::TextDiff;

use super::check::FixKind;
use super::save::replace;
use super::{print, remark};
use crate::report::counted;
use crate::report::text::{displayable, plain};
use crate::runtime::{Foreign, Pool, contract};
use crate::scan::{self, Job, Outcome};
use crate::source::Read;

/// What is needed to check again.
#[derive(Debug)]
pub(crate) struct Mender<'a, 'r> {
    pub(crate) pool: &'a Pool<'r>,
    pub(crate) modules: &'a [Foreign],
    pub(crate) job: &'a Job<'a>,
}

/// The edits of one file, none over another: start and end, replacement.
pub(crate) type Edits = BTreeMap<(usize, usize), String>;
/// A file's path, its bytes before and after.
type Change = (String, Vec<u8>, Vec<u8>);

/// Fixes that can be applied together.
#[derive(Debug, Default)]
struct Chosen {
    edits: BTreeMap<String, Edits>,
    /// Fingerprints that should be gone afterwards.
    mends: BTreeSet<String>,
}

impl Chosen {
    fn of(chosen: contract::Chosen) -> Self {
        let mut edits: BTreeMap<String, Edits> = BTreeMap::new();
        for edit in chosen.edits {
            let span = (edit.at.at.start as usize, edit.at.at.end as usize);
            edits.entry(edit.at.path).or_default().insert(span, edit.replacement);
        }
        Self { edits, mends: chosen.mends.into_iter().collect() }
    }
}

/// An edit as the module takes it.
fn handed(path: &str, (start, end): (usize, usize), by: &str) -> contract::Edit {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let at = contract::Span { start: offset(start), end: offset(end) };
    contract::Edit { at: contract::Spot { path: path.to_owned(), at }, replacement: by.to_owned() }
}

/// The bytes with the edits made; `None` if an edit does not fit.
fn edited(bytes: &[u8], edits: &Edits) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for ((start, end), by) in edits {
        out.extend_from_slice(bytes.get(at..*start)?);
        out.extend_from_slice(by.as_bytes());
        bytes.get(*start..*end)?;
        at = *end;
    }
    out.extend_from_slice(bytes.get(at..)?);
    Some(out)
}

impl Mender<'_, '_> {
    /// The fixes that can be made together, and every changed file with its bytes before and after. Files in which they
    /// would not be sound are named and left as they are, with every fix that reaches into them.
    fn changes(&self, outcome: &Outcome, kind: FixKind) -> Result<(Chosen, Vec<Change>)> {
        let unread: BTreeMap<&str, &str> = outcome
            .coverage
            .iter()
            .filter(|c| c.status == contract::Status::Failed)
            .map(|c| (c.path.as_str(), c.why.as_deref().unwrap_or("unknown reason")))
            .collect();
        let mut left = BTreeSet::new();
        loop {
            let chosen = self.choose(outcome, kind, &left)?;
            let known = left.len();
            let mut changes = Vec::new();
            for (path, edits) in &chosen.edits {
                // What stands in the part that was not read, nobody knows; a fix could be wrong there.
                let change = match unread.get(path.as_str()) {
                    Some(why) => Err(format!("it was not checked whole ({})", plain(why))),
                    None => self.change(path, edits),
                };
                match change {
                    Ok(change) => changes.push(change),
                    Err(why) => {
                        remark(&format!("{}: {why}; it was left as it is, mend it by hand", plain(path)));
                        left.insert(path.clone());
                    }
                }
            }
            if left.len() == known {
                return Ok((chosen, changes));
            }
        }
    }

    /// The module says which fixes go together.
    fn choose(&self, outcome: &Outcome, kind: FixKind, left: &BTreeSet<String>) -> Result<Chosen> {
        let left: Vec<String> = left.iter().cloned().collect();
        let unsafe_too = kind == FixKind::Unsafe;
        let chosen = self.pool.with(|worker| worker.choose(&outcome.findings, unsafe_too, &left));
        match chosen.map_err(scan::explain_refusal)? {
            Ok(chosen) => Ok(Chosen::of(chosen)),
            Err(stop) => bail!("which fixes go together is not known: the comparison was {stop}"),
        }
    }

    /// A file before and after its edits, or why they are not to be made.
    fn change(&self, path: &str, edits: &Edits) -> Result<Change, String> {
        let Read::Text(before) = self.job.files.read(path) else {
            return Err("it can no longer be read".to_owned());
        };
        if self.job.files.is_transcoded(path) {
            return Err("it is in UTF-16".to_owned());
        }
        let after = edited(&before, edits).ok_or("it has changed meanwhile")?;
        let file = contract::Source { path: path.to_owned(), bytes: before.clone(), member: true };
        let asked: Vec<contract::Edit> = edits.iter().map(|(span, by)| handed(path, *span, by)).collect();
        match self.pool.with(|worker| worker.prove(&file, &asked)) {
            Ok(Ok(Ok(()))) => Ok((path.to_owned(), before, after)),
            Ok(Ok(Err(why))) => Err(format!("with the fix, {why}")),
            Ok(Err(stop)) => Err(format!("whether the fix is sound is not known: the comparison was {stop}")),
            Err(_) => Err("whether the fix is sound is not known: no worker could be made".to_owned()),
        }
    }

    /// The edits that can be made together, by path: what an editor makes itself.
    pub(crate) fn edits(&self, outcome: &Outcome, kind: FixKind) -> Result<BTreeMap<String, Edits>> {
        let (chosen, changes) = self.changes(outcome, kind)?;
        let sound: BTreeSet<String> = changes.into_iter().map(|(path, ..)| path).collect();
        Ok(chosen.edits.into_iter().filter(|(path, _)| sound.contains(path)).collect())
    }

    /// Prints the changes as a unified diff, masked.
    pub(crate) fn diff(&self, outcome: &Outcome, kind: FixKind) -> Result<()> {
        let (chosen, changes) = self.changes(outcome, kind)?;
        let mut out = String::new();
        for (path, before, after) in changes {
            let masks = outcome.masks_of(&path, &before);
            let edits = chosen.edits.get(&path).cloned().unwrap_or_default();
            let old = displayable(&before, 0, &masks);
            let mut masks = moved(&masks, &edits);
            masks.extend(outcome.secrets.spans(&after));
            let new = displayable(&after, 0, &masks);
            let diff = TextDiff::from_lines(&old, &new);
            let shown = plain(&path);
            let _ = write!(
                out,
                "{}",
                diff.unified_diff().context_radius(3).header(&format!("a/{shown}"), &format!("b/{shown}"))
            );
        }
        if out.is_empty() {
            remark("nothing to fix");
        }
        print(&out)
    }

    /// Writes the changes and checks again, if there are any. A file whose fix did not help, or that no longer reads, is put
    /// back.
    pub(crate) fn apply(&self, outcome: &Outcome, kind: FixKind) -> Result<Option<Outcome>> {
        let (chosen, changes) = self.changes(outcome, kind)?;
        if changes.is_empty() {
            return Ok(None);
        }
        for (path, _, after) in &changes {
            self.write(path, after)?;
        }
        let again = scan::run(self.pool, self.modules, self.job)?;
        let failed: BTreeSet<&str> = again
            .coverage
            .iter()
            .filter(|c| c.status == contract::Status::Failed)
            .map(|c| c.path.as_str())
            .collect();
        let failed_before: BTreeSet<&str> = outcome
            .coverage
            .iter()
            .filter(|c| c.status == contract::Status::Failed)
            .map(|c| c.path.as_str())
            .collect();
        let mut put_back = false;
        for (path, before, _) in &changes {
            if failed.contains(path.as_str()) && !failed_before.contains(path.as_str()) {
                self.write(path, before)?;
                remark(&format!(
                    "{path}: the fix would leave a file that does not read; it was left as it was"
                ));
                put_back = true;
            }
        }
        let left = again.findings.iter().filter(|f| chosen.mends.contains(&f.fingerprint)).count();
        remark(&format!(
            "fixed {} of {} in {}",
            chosen.mends.len() - left,
            counted(chosen.mends.len(), "finding", "findings"),
            counted(changes.len(), "file", "files")
        ));
        let last = if put_back { scan::run(self.pool, self.modules, self.job)? } else { again };
        Ok(Some(last))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let disk = self.job.files.disk(path).map_err(|why| anyhow::anyhow!("{path}: {why}"))?;
        replace(&disk, path, bytes)
    }
}

/// Masks of a file after edits: shifted, and those that an edit touched cover its replacement too.
fn moved(masks: &[contract::Span], edits: &Edits) -> Vec<contract::Span> {
    let shift = |offset: usize| {
        let mut at = offset;
        let mut moved: isize = 0;
        for ((start, end), by) in edits {
            if *end <= offset {
                moved += by.len() as isize - (*end - *start) as isize;
            } else if *start < offset {
                at = *start;
            }
        }
        u32::try_from(at.saturating_add_signed(moved)).unwrap_or(u32::MAX)
    };
    masks
        .iter()
        .map(|m| contract::Span {
            start: shift(m.start as usize),
            end: shift(m.end as usize).max(shift(m.start as usize)),
        })
        .collect()
}
