//! Waivers that are written, and taken away, by the editor. The module writes them, and whether one would hold is its to say:
//! the text with it is checked before it is offered.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::ToSpan as _;
use jiff::civil::Date;
use lsp_types::WorkspaceEdit;
use toml_edit::{Document as Read, Item};

use super::edits::{self, Change};
use super::session::Session;
use super::tree::OpenTree;
use crate::command::policy::CONFIG;
use crate::command::rows;
use crate::command::waive::{Terms, with_row};
use crate::runtime::contract::{self, Finding, Source, Span};
use crate::scan::{self, Outcome};

/// Signs of comments.
const SIGNS: [&str; 2] = ["#", "//"];
/// Days that a waiver is first written for; the policy may admit fewer.
const DAYS: [i64; 3] = [30, 7, 1];
/// Who answers for it, and why, until somebody says so.
const OWNER: &str = "TODO";
const REASON: &str = "TODO: why, and where it is tracked";
/// The rows of waivers.
const ROWS: &str = "waiver";

/// What waives a finding: a comment where it stands, if one would hold there; else a row of the policy.
pub(super) fn waives(
    session: &Session<'_>,
    tree: &OpenTree<'_>,
    name: &str,
    at: Span,
    finding: &Finding,
) -> Result<Option<WorkspaceEdit>> {
    let today: Option<Date> = tree.today().and_then(|today| today.parse().ok());
    let Some(today) = today else { return Ok(None) };
    let owner = session.client.options.owner.as_deref().unwrap_or(OWNER);
    for days in DAYS {
        let Ok(until) = today.checked_add(days.days()) else { continue };
        let until = until.to_string();
        if let Some(change) = comment(tree, name, at, finding, owner, &until)? {
            return Ok(Some(edits::of(session, tree, [(name.to_owned(), vec![change])])));
        }
        if let Some(edit) = row(session, tree, finding, owner, &until)? {
            return Ok(Some(edit));
        }
    }
    Ok(None)
}

/// A comment above a finding, or above what it stands in.
fn comment(
    tree: &OpenTree<'_>,
    name: &str,
    at: Span,
    finding: &Finding,
    owner: &str,
    until: &str,
) -> Result<Option<Change>> {
    let Some((pool, ..)) = tree.asking() else { return Ok(None) };
    let file = Source { path: name.to_owned(), bytes: tree.bytes(name), member: true };
    let terms =
        contract::Terms { owner: owner.to_owned(), reason: REASON.to_owned(), until: until.to_owned() };
    let comments = pool.with(|worker| worker.waivers(&file, at, &finding.rule, &terms));
    let comments = comments.map_err(scan::explain_refusal)?.unwrap_or_default();
    for edit in comments {
        let change = (edit.at.at, edit.replacement);
        let tried = tree.tried(name, edits::made(&file.bytes, std::slice::from_ref(&change)))?;
        if tried.is_some_and(|tried| waived(&tried, finding) && adds_nothing(tree, &tried)) {
            return Ok(Some(change));
        }
    }
    Ok(None)
}

/// A row of the policy.
fn row(
    session: &Session<'_>,
    tree: &OpenTree<'_>,
    finding: &Finding,
    owner: &str,
    until: &str,
) -> Result<Option<WorkspaceEdit>> {
    let missing = Source { path: CONFIG.to_owned(), bytes: Vec::new(), member: true };
    let config = tree.config().cloned();
    let terms = Terms { owner, reason: REASON, until, ..Terms::default() };
    let Ok(bytes) = with_row(config.as_ref().unwrap_or(&missing), finding, terms) else { return Ok(None) };
    let path = config.as_ref().map_or(CONFIG, |config| config.path.as_str());
    let tried = tree.tried(path, bytes.clone())?;
    if !tried.is_some_and(|tried| waived(&tried, finding)) {
        return Ok(None);
    }
    Ok(edits::of_policy(session, tree, bytes))
}

fn waived(outcome: &Outcome, finding: &Finding) -> bool {
    outcome.waived.iter().any(|(waived, _)| waived.fingerprint == finding.fingerprint)
}

/// Whether an outcome has no finding that the tree has not.
fn adds_nothing(tree: &OpenTree<'_>, tried: &Outcome) -> bool {
    let known: BTreeSet<&str> =
        tree.outcome.iter().flat_map(|o| &o.findings).map(|finding| finding.fingerprint.as_str()).collect();
    tried.findings.iter().all(|finding| known.contains(finding.fingerprint.as_str()))
}

/// What takes away the waiver that a finding is about, if it is about one and nothing else comes of it.
pub(super) fn removes(
    session: &Session<'_>,
    tree: &OpenTree<'_>,
    name: &str,
    at: Span,
    finding: &Finding,
) -> Result<Option<WorkspaceEdit>> {
    let text = tree.bytes(name);
    let is_policy = tree.config().is_some_and(|config| config.path == name);
    let change = if is_policy { without_row(&text, name, at) } else { without_comment(&text, at) };
    let Some(change) = change else { return Ok(None) };
    let tried = tree.tried(name, edits::made(&text, std::slice::from_ref(&change)))?;
    let gone = |tried: &Outcome| tried.findings.iter().all(|other| other.fingerprint != finding.fingerprint);
    let helps = tried.is_some_and(|tried| gone(&tried) && adds_nothing(tree, &tried));
    Ok(helps.then(|| edits::of(session, tree, [(name.to_owned(), vec![change])])))
}

/// A comment to hallpass, and its line if nothing else stands there.
fn without_comment(text: &[u8], at: Span) -> Option<Change> {
    let (start, end) = (at.start as usize, at.end as usize);
    let said = std::str::from_utf8(text.get(start..end)?).ok()?;
    let begins = SIGNS.iter().any(|sign| {
        said.trim_start()
            .strip_prefix(sign)
            .is_some_and(|said| said.trim_start().to_ascii_lowercase().starts_with("hallpass"))
    });
    if !begins || said.contains('\n') {
        return None;
    }
    let line = text.get(..start)?.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let before = text.get(line..start)?;
    let blanks = before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let rest = text.get(end..)?;
    let end_of_line = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
    let alone = blanks == before.len() && rest.get(..end_of_line)?.iter().all(u8::is_ascii_whitespace);
    Some((if alone { span(line, end + end_of_line) } else { span(start - blanks, end) }, String::new()))
}

/// The policy without the row at a place.
fn without_row(text: &[u8], name: &str, at: Span) -> Option<Change> {
    let text = std::str::from_utf8(text).ok()?;
    let read = Read::parse(text).ok()?;
    let mut table = read.as_table();
    if name == crate::command::policy::PYTHON_PROJECT {
        table = table.get("tool")?.as_table()?.get("hallpass")?.as_table()?;
    }
    let found = table.get(ROWS).and_then(Item::as_array_of_tables)?.iter().position(|row| {
        row.span().is_some_and(|span| span.contains(&(at.start as usize)))
            || row.iter().any(|(_, item)| item.span().is_some_and(|span| span.contains(&(at.start as usize))))
    })?;
    let source = Source { path: name.to_owned(), bytes: text.as_bytes().to_vec(), member: true };
    let mut document = rows::document(&source).ok()?;
    let rows = rows::named(&mut document, name, ROWS).ok()?;
    rows.remove(found);
    Some(edits::between(text, &rows::written(&source, &document)))
}

fn span(start: usize, end: usize) -> Span {
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { start: narrow(start), end: narrow(end) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn without(text: &str, what: &str) -> Option<String> {
        let start = text.find(what).unwrap();
        let change = without_comment(text.as_bytes(), span(start, start + what.len()))?;
        Some(String::from_utf8(edits::made(text.as_bytes(), &[change])).unwrap())
    }

    #[test]
    fn a_comment_goes_with_its_line_if_it_stands_alone() {
        let said = "# hallpass: allow(scope)";
        assert_eq!(without(&format!("a:\n  {said}\n  b: c\n"), said).unwrap(), "a:\n  b: c\n");
        assert_eq!(without(&format!("a: b  {said}\nc: d\n"), said).unwrap(), "a: b\nc: d\n");
        assert_eq!(without("a: b # else\n", "# else"), None);
    }

    #[test]
    fn a_row_goes_and_the_rest_stays() {
        let text = "fail-on = \"low\" # ours\n\n[[waiver]]\nrule = \"a\"\n\n[[waiver]]\nrule = \"b\"\n";
        let at = text.find("\"b\"").unwrap();
        let change = without_row(text.as_bytes(), "hallpass.toml", span(at, at + 3)).unwrap();
        let left = String::from_utf8(edits::made(text.as_bytes(), &[change])).unwrap();
        assert_eq!(left, "fail-on = \"low\" # ours\n\n[[waiver]]\nrule = \"a\"\n");
    }
}
