//! What other tools found, held against the base of a change. There is no report of theirs on the base, so that a finding is
//! taken to have been there if the lines that it names were: in the file of that path, in that order.

use std::collections::BTreeMap;

use crate::runtime::contract::Finding;
use crate::scan::{Job, Outcome};
use crate::source::Read;

/// The findings of other tools that the base has too.
pub(crate) fn known(base: &Job<'_>, head: &Outcome) -> Vec<Finding> {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    let waived = head.waived.iter().map(|(finding, _)| finding);
    let mut known = Vec::new();
    for finding in head.findings.iter().chain(waived) {
        let Some(anchor) = head.anchors.get(&finding.fingerprint) else { continue };
        let path = finding.at.path.as_str();
        let text = files.entry(path).or_insert_with(|| match base.files.read(path) {
            Read::Text(bytes) => trimmed(&String::from_utf8_lossy(&bytes)),
            Read::Binary(_) | Read::Refused(_) => String::new(),
        });
        let times = occurrences(text, &trimmed(&anchor.lines));
        if times == 0 && !anchor.unchanged {
            continue;
        }
        // One more line like those that were there is more of the same.
        let mut finding = finding.clone();
        if !anchor.unchanged {
            finding.places.truncate(times - 1);
        }
        known.push(finding);
    }
    known
}

/// The lines of a text that say something, without indentation, each between two line ends.
fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { String::new() } else { format!("\n{}\n", lines.join("\n")) }
}

/// How often lines stand among others.
fn occurrences(text: &str, lines: &str) -> usize {
    let mut count = 0;
    let mut from = 0;
    while let Some(at) = text.get(from..).filter(|_| !lines.is_empty()).and_then(|rest| rest.find(lines)) {
        count += 1;
        // The line end behind is the one before the next.
        from += at + lines.len() - 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_whole_and_in_their_order() {
        let text = trimmed("a: 1\n\n  b: 2\n  a: 1\r\nb: 22\n");
        for (lines, times) in [
            ("a: 1", 2),
            ("b: 2\na: 1", 1),
            ("  b: 2", 1),
            ("b: 22", 1),
            ("b:", 0),
            ("a: 1\nb: 22", 1),
            ("", 0),
        ] {
            assert_eq!(occurrences(&text, &trimmed(lines)), times, "{lines}");
        }
    }
}
