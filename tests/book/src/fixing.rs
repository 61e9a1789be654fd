//! Applies fixes to a tree in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hallpass_rules::finding::{Finding, Fix, FixEdit};

use crate::tree::Files;

/// The first fix of each place of a finding.
#[must_use]
pub fn of_each_place(finding: &Finding) -> Vec<&Fix> {
    let mut mended = BTreeSet::new();
    finding.fixes.iter().filter(|fix| mended.insert(&fix.mends)).collect()
}

/// The tree with the fixes applied. Edits that stand in several fixes are made once.
///
/// # Errors
/// An edit outside its file, in a file that does not exist, or over another edit.
pub fn apply(files: &Files, fixes: &[&Fix]) -> Result<Files, String> {
    let mut by_path: BTreeMap<&str, BTreeSet<(usize, usize, &str)>> = BTreeMap::new();
    for FixEdit { spot, replacement } in fixes.iter().flat_map(|fix| &fix.edits) {
        let range = spot.span.range();
        by_path.entry(&spot.path).or_default().insert((range.start, range.end, replacement));
    }
    let mut fixed = files.clone();
    for (path, edits) in by_path {
        let bytes = files.get(path).ok_or_else(|| format!("an edit of {path}, which is not in the tree"))?;
        let mut text = Vec::new();
        let mut done = 0;
        for (start, end, replacement) in edits {
            if start < done || end > bytes.len() {
                return Err(format!("{path}: edit {start}..{end} overlaps another or leaves the file"));
            }
            text.extend_from_slice(&bytes[done..start]);
            text.extend_from_slice(replacement.as_bytes());
            done = end;
        }
        text.extend_from_slice(&bytes[done..]);
        fixed.insert(path.to_owned(), Arc::from(text));
    }
    Ok(fixed)
}

#[cfg(test)]
mod tests {
    use hallpass_rules::finding::Spot;
    use hallpass_rules::remedy::Safety;
    use hallpass_rules::span::ByteSpan;

    use super::*;

    fn fix(edits: &[(usize, usize, &str)]) -> Fix {
        let edits = edits.iter().map(|(start, end, text)| FixEdit {
            spot: Spot { path: "a".to_owned(), span: ByteSpan::new(*start, *end) },
            replacement: (*text).to_owned(),
        });
        Fix { title: "mend".to_owned(), safety: Safety::Safe, edits: edits.collect(), mends: Spot::default() }
    }

    #[test]
    fn edits_are_applied_in_any_order_and_never_over_each_other() {
        let files = Files::from([("a".to_owned(), Arc::from(&b"one two three"[..]))]);
        let fixed = apply(
            &files,
            &[&fix(&[(8, 13, "drei"), (0, 3, "eins")]), &fix(&[(4, 4, "und "), (0, 3, "eins")])],
        );
        assert_eq!(fixed.as_ref().map(|f| f["a"].to_vec()), Ok(b"eins und two drei".to_vec()));
        assert!(apply(&files, &[&fix(&[(0, 5, "")]), &fix(&[(4, 6, "")])]).is_err());
        assert!(apply(&files, &[&fix(&[(0, 99, "")])]).is_err());
    }
}
