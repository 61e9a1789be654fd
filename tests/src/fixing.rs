//! Applies a fix to a tree in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_rules::finding::{Fix, FixEdit};

use crate::tree::Files;

/// The tree with the fix applied.
///
/// # Errors
/// An edit outside its file, in a file that does not exist, or over another edit.
pub fn apply(files: &Files, fix: &Fix) -> Result<Files, String> {
    let mut by_path: BTreeMap<&str, Vec<&FixEdit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_path.entry(&edit.spot.path).or_default().push(edit);
    }
    let mut fixed = files.clone();
    for (path, mut edits) in by_path {
        let bytes = files.get(path).ok_or_else(|| format!("an edit of {path}, which is not in the tree"))?;
        edits.sort_by_key(|e| e.spot.span.start);
        let mut text = Vec::new();
        let mut done = 0;
        for edit in edits {
            let range = edit.spot.span.range();
            if range.start < done || range.end > bytes.len() {
                return Err(format!("{path}: edit {range:?} overlaps another or leaves the file"));
            }
            text.extend_from_slice(&bytes[done..range.start]);
            text.extend_from_slice(edit.replacement.as_bytes());
            done = range.end;
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
        Fix { title: "mend".to_owned(), safety: Safety::Safe, edits: edits.collect() }
    }

    #[test]
    fn edits_are_applied_in_any_order_and_never_over_each_other() {
        let files = Files::from([("a".to_owned(), Arc::from(&b"one two three"[..]))]);
        let fixed = apply(&files, &fix(&[(8, 13, "drei"), (0, 3, "eins"), (4, 4, "und ")]));
        assert_eq!(fixed.as_ref().map(|f| f["a"].to_vec()), Ok(b"eins und two drei".to_vec()));
        assert!(apply(&files, &fix(&[(0, 5, ""), (4, 6, "")])).is_err());
        assert!(apply(&files, &fix(&[(0, 99, "")])).is_err());
    }
}
