//! Waivers as they would be written: for hosts that offer to write one. Whether one holds where it stands is found by
//! checking the text with it, by the same engine.
//!
//! Invariant: this knows what a comment looks like, and no language in which it is one.

use crate::document::{Document, Format, line_end};
use crate::finding::Finding;
use crate::span::ByteSpan;

/// Signs of comments.
const SIGNS: [&str; 2] = ["#", "//"];
/// Files that whoever reads them reads without comments, whatever we do.
const NO_COMMENTS: [&str; 2] = [".json", ".tfstate"];
/// How many lines further out than the finding a comment is tried: above the block that it stands in.
const OUTWARDS: usize = 4;

/// What a waiver says besides what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Who answers for it.
    pub owner: &'a str,
    /// Why it is needed.
    pub reason: &'a str,
    /// Its last day, `YYYY-MM-DD`.
    pub until: &'a str,
}

/// Comments that may waive a rule's finding at a place, the nearest first: each with the place where it is inserted.
#[must_use]
pub fn comments(
    path: &str,
    text: &[u8],
    at: ByteSpan,
    rule: &str,
    terms: &Terms<'_>,
) -> Vec<(ByteSpan, String)> {
    if NO_COMMENTS.iter().any(|ending| path.ends_with(ending)) {
        return Vec::new();
    }
    let Terms { owner, reason, until } = terms;
    let said = format!(
        "hallpass: allow({rule}) until={} owner={} reason=\"{}\"{}",
        word(until),
        word(owner),
        line(reason),
        line_end::of(text)
    );
    let mut comments = Vec::new();
    for line in outwards(text, at.range().start) {
        let rest = text.get(line..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
        let indent = String::from_utf8_lossy(rest.get(..blanks).unwrap_or_default());
        let signed = SIGNS.iter().map(|sign| (ByteSpan::at(line), format!("{indent}{sign} {said}")));
        // What is no comment there would be read as something.
        comments.extend(signed.filter(|(at, comment)| is_comment(path, text, *at, comment)));
    }
    comments
}

/// Whether a text that is inserted is read as a comment.
fn is_comment(path: &str, text: &[u8], at: ByteSpan, said: &str) -> bool {
    let Some((before, after)) = text.split_at_checked(at.range().start) else { return false };
    let document = Document::read(Format::of_file(path, text), &[before, said.as_bytes(), after].concat());
    let inserted = ByteSpan::new(before.len(), before.len() + said.len());
    document.comments.iter().any(|comment| inserted.contains(comment.span))
}

/// A row for the end of a policy, apart from what stands there.
#[must_use]
pub fn row(policy: &str, finding: &Finding, terms: &Terms<'_>) -> String {
    let lines = policy.replace("\r\n", "\n");
    let gap = match lines.as_str() {
        lines if lines.is_empty() || lines.ends_with("\n\n") => "",
        lines if lines.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    // A basic string of TOML takes the escapes of JSON.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let until: Result<jiff::civil::Date, _> = terms.until.parse();
    // What is no date is written as a text: the policy says what is wrong with it.
    let until = until.map_or_else(|_| quoted(terms.until), |date| date.to_string());
    let row = format!(
        "{gap}[[waiver]]\nrule = {}\nfingerprint = {}\nowner = {}\nreason = {}\nexpires = {until}\n",
        quoted(&finding.rule),
        quoted(&finding.fingerprint),
        quoted(terms.owner),
        quoted(terms.reason),
    );
    line_end::own(policy.as_bytes(), ByteSpan::at(policy.len()), row)
}

/// A value of a comment.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/');
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("\"{}\"", line(text)),
    }
}

/// A text that stays on its line and between its quotes.
fn line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Where the line of a place begins, and lines before it that stand further out.
fn outwards(text: &[u8], at: usize) -> Vec<usize> {
    let start = |to: usize| {
        text.get(..to).unwrap_or_default().iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
    };
    let indent = |from: usize| {
        let line = text.get(from..).unwrap_or_default();
        let blanks = line.iter().take_while(|byte| is_blank(**byte)).count();
        let empty = line.get(blanks).is_none_or(|byte| matches!(byte, b'\n' | b'\r'));
        (!empty).then_some(blanks)
    };
    let mut line = start(at.min(text.len()));
    let mut lines = vec![line];
    let mut least = indent(line).unwrap_or_default();
    while line > 0 && least > 0 && lines.len() <= OUTWARDS {
        line = start(line - 1);
        if let Some(blanks) = indent(line).filter(|blanks| *blanks < least) {
            least = blanks;
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TERMS: Terms<'_> =
        Terms { owner: "team-x", reason: "moving, \"soon\"\nenough", until: "2027-01-31" };

    #[test]
    fn a_comment_is_tried_further_out() {
        let text = "jobs:\n  a:\n    env:\n\n      X: y\n      Z: w\n";
        let starts: Vec<&str> = outwards(text.as_bytes(), text.find('w').unwrap())
            .into_iter()
            .map(|at| text[at..].lines().next().unwrap())
            .collect();
        assert_eq!(starts, ["      Z: w", "    env:", "  a:", "jobs:"]);
    }

    #[test]
    fn a_comment_stands_above_the_line_as_far_in_as_it() {
        let text = "a:\n  b: c\n";
        let first = comments("x.yml", text.as_bytes(), ByteSpan::new(5, 6), "scope", &TERMS).remove(0);
        let said = "  # hallpass: allow(scope) until=2027-01-31 owner=team-x reason=\"moving, soonenough\"\n";
        assert_eq!(first, (ByteSpan::at(3), said.to_owned()));
        let signs = |path: &str, text: &str| -> Vec<String> {
            let comments = comments(path, text.as_bytes(), ByteSpan::at(0), "scope", &TERMS);
            comments.iter().map(|(_, said)| said.chars().take(2).collect()).collect()
        };
        assert_eq!(signs("x.yml", text), ["# "]);
        assert_eq!(signs("x.tf", "a = 1\n"), ["# ", "//"]);
        assert!(comments("x.json", text.as_bytes(), ByteSpan::new(5, 6), "scope", &TERMS).is_empty());
    }

    #[test]
    fn what_is_no_word_is_quoted() {
        assert_eq!(
            (word("team-x"), word("a \"b\""), word("")),
            ("team-x".into(), "\"a b\"".into(), "\"\"".into())
        );
    }
}
