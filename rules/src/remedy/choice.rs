//! Which fixes are made together: for each place of each finding the best that is wanted, unless its edits lie over others.
//!
//! Invariant: knows no dialect and no remedy, only edits.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::Safety;
use super::proof::prove;
use crate::engine::tree::Files;
use crate::finding::{Coverage, Finding, Fix, FixEdit, Spot, Status};
use crate::span::ByteSpan;

/// The edits of one file, none over another.
pub type Edits = BTreeMap<ByteSpan, String>;

/// What is to be mended.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Fixes that may need work elsewhere as well.
    pub r#unsafe: bool,
    /// Only findings with these fingerprints.
    pub only: Option<BTreeSet<String>>,
}

impl Wanted {
    fn finding(&self, finding: &Finding) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&finding.fingerprint))
    }

    fn fix(&self, fix: &Fix) -> bool {
        fix.safety == Safety::Safe || self.r#unsafe
    }
}

/// Fixes that can be made together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Their edits, by path.
    pub edits: BTreeMap<String, Edits>,
    /// Fingerprints that should be gone afterwards.
    pub mends: BTreeSet<String>,
}

impl Chosen {
    /// Takes a fix; not one whose edits overlap others. An edit that is already taken is no overlap.
    fn take(&mut self, fix: &Fix) -> bool {
        let free = fix.edits.iter().all(|edit| {
            self.edits
                .get(&edit.spot.path)
                .is_none_or(|taken| is_free(taken, edit.spot.span, &edit.replacement))
        });
        if free {
            for edit in &fix.edits {
                let edits = self.edits.entry(edit.spot.path.clone()).or_default();
                edits.insert(edit.spot.span, edit.replacement.clone());
            }
        }
        free
    }

    /// The edits one by one, by path and place.
    pub fn each(&self) -> impl Iterator<Item = FixEdit> {
        self.edits.iter().flat_map(|(path, edits)| {
            edits.iter().map(|(span, by)| FixEdit {
                spot: Spot { path: path.clone(), span: *span },
                replacement: by.clone(),
            })
        })
    }
}

/// Whether an edit lies beside all that are taken, or is one of them. Two edits at one place are never beside each other.
fn is_free(taken: &Edits, span: ByteSpan, by: &str) -> bool {
    let before = taken.range(..ByteSpan::at(span.start as usize)).next_back();
    let mut from_here = taken
        .range(ByteSpan::at(span.start as usize)..)
        .take_while(|(other, _)| other.start < span.end || other.start == span.start);
    before.is_none_or(|(other, _)| other.end <= span.start)
        && from_here.all(|(other, text)| *other == span && text == by)
}

/// Takes the first wanted fix for each place of each finding, unless it overlaps one already taken or edits a file that is
/// to stay as it is: a fix of several files is made in all of them or in none.
#[must_use]
pub fn choose(findings: &[Finding], wanted: &Wanted, stay: &BTreeSet<String>) -> Chosen {
    let mut chosen = Chosen::default();
    for finding in findings.iter().filter(|finding| wanted.finding(finding)) {
        let mut mended = BTreeSet::new();
        for fix in finding.fixes.iter().filter(|fix| wanted.fix(fix) && mended.insert(&fix.mends)) {
            if fix.edits.iter().all(|edit| !stay.contains(&edit.spot.path)) && chosen.take(fix) {
                chosen.mends.insert(finding.fingerprint.clone());
            }
        }
    }
    chosen
}

/// Fixes that were made on texts in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// The fixes.
    pub chosen: Chosen,
    /// Each file that changed, as it is now.
    pub files: BTreeMap<String, String>,
    /// Files that stay as they are although they have fixes, and why.
    pub left: BTreeMap<String, String>,
}

/// Makes the fixes that can be made together, as far as each file stays sound.
#[must_use]
pub fn mend(files: &Files, coverage: &[Coverage], findings: &[Finding], wanted: &Wanted) -> Mended {
    let failed = coverage.iter().filter(|entry| entry.status == Status::Failed);
    let unread: BTreeMap<&str, &str> =
        failed.map(|entry| (entry.path.as_str(), entry.why.as_deref().unwrap_or("unknown reason"))).collect();
    let mut mended = Mended::default();
    loop {
        let stay = mended.left.keys().cloned().collect();
        let chosen = choose(findings, wanted, &stay);
        mended.files.clear();
        for (path, edits) in &chosen.edits {
            // What stands in the part that was not read, nobody knows; a fix could be wrong there.
            let after = match unread.get(path.as_str()) {
                Some(why) => Err(format!("it was not checked whole ({why})")),
                None => after(files, path, edits),
            };
            match after {
                Ok(after) => mended.files.insert(path.clone(), after),
                Err(why) => mended.left.insert(path.clone(), why),
            };
        }
        if mended.left.len() == stay.len() {
            mended.chosen = chosen;
            return mended;
        }
    }
}

/// A file after its edits, or why they are not to be made.
fn after(files: &Files, path: &str, edits: &Edits) -> Result<String, String> {
    let before = files.get(path).ok_or("it is not at hand")?;
    let asked: Vec<(ByteSpan, &str)> = edits.iter().map(|(span, by)| (*span, by.as_str())).collect();
    prove(path, before, &asked).map_err(|why| format!("with the fix, {why}"))?;
    let (after, _) = super::proof::edited(before, &asked).ok_or("the edits do not fit the file")?;
    String::from_utf8(after).map_err(|_| "it is not UTF-8".to_owned())
}
