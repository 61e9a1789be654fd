//! The one comment about the change as a whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::finding::places;
use super::page::Page;
use super::{cut, line, name, rule};
use crate::bot::verdict::{Delta, Item, Reach, Verdict};
use crate::change::State;
use crate::report::{counted, severity_name};

/// Most entries of each list but that of findings.
const MOST: usize = 20;
/// Longest message in a table, in characters.
const LONGEST: usize = 500;
/// What the mark takes, in characters.
const MARK: usize = 300;

/// Where a finding can be read.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Addresses of the comments about findings, by fingerprint.
    pub threads: BTreeMap<String, String>,
    /// Address of a line of the head.
    pub lines: BTreeMap<String, String>,
}

/// One line about the run.
#[must_use]
pub fn title(verdict: &Verdict) -> String {
    let of = |state: State| verdict.items.iter().filter(|item| item.state == state).count();
    let mut parts = vec![counted(of(State::New), "new finding", "new findings")];
    let more = [
        (of(State::Widened), "widened"),
        (of(State::Changed), "changed"),
        (verdict.moved, "moved"),
        (verdict.fixed.len(), "fixed"),
        (verdict.withheld.len(), "of its files not given by the forge"),
    ];
    parts.extend(
        more.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")),
    );
    parts.join(", ")
}

/// The whole, of at most so many characters. The same as long as the verdict is.
#[must_use]
pub fn summary(verdict: &Verdict, shown: &Shown, most: usize) -> String {
    let mut page = Page::of(most, MARK);
    let sign = if verdict.fails { "❌" } else { "✅" };
    page.add(&format!("### {sign} hallpass: {}\n\n", title(verdict)));
    page.add(&standing(verdict));
    findings(&mut page, verdict, shown);
    weakened(&mut page, verdict);
    proposed(&mut page, verdict);
    inventory(&mut page, &verdict.delta);
    let fixed = verdict
        .fixed
        .iter()
        .map(|gone| format!("- {} {}\n", name(&gone.rule), name(&format!("{}:{}", gone.path, gone.line))));
    page.list("\n**Fixed**\n\n", fixed, MOST);
    let ending = verdict
        .ending
        .iter()
        .map(|ending| format!("- {}: {}\n", name(&ending.day), line(&cut(&ending.what, LONGEST))));
    page.list("\n**Ends soon**\n\n", ending, MOST);
    let withheld = verdict.withheld.iter().map(|path| format!("- {}\n", name(path)));
    page.list(
        "\n**Not given by the forge**, so that nobody knows what the change brings\n\n",
        withheld,
        MOST,
    );
    let failed =
        verdict.failed.iter().map(|(path, why)| format!("- {}: {}\n", name(path), line(&cut(why, LONGEST))));
    page.list("\n**Not checked whole**\n\n", failed, MOST);
    let troubles = verdict.troubles.iter().map(|trouble| format!("- {}\n", line(&cut(trouble, LONGEST))));
    page.list("\n**Troubles**\n\n", troubles, MOST);
    page.text()
}

/// What the change was held against, and how much was not told or not read.
fn standing(verdict: &Verdict) -> String {
    let mut out = format!("Held against {}. The policy is that version's.", line(&verdict.against));
    if verdict.known > 0 {
        let _ = write!(
            out,
            " {} not told: the base has {}.",
            counted(verdict.known, "finding is", "findings are"),
            if verdict.known == 1 { "it as well" } else { "them as well" }
        );
    }
    if verdict.unread > 0 {
        let _ = write!(
            out,
            " {} not read: the change leaves them as they are.",
            counted(verdict.unread, "file was", "files were")
        );
    }
    out.push('\n');
    out
}

fn findings(page: &mut Page, verdict: &Verdict, shown: &Shown) {
    let rows = verdict.items.iter().map(|item| row(item, shown));
    page.list("\n| Severity | Where | What |\n| --- | --- | --- |\n", rows, usize::MAX);
}

fn row(item: &Item, shown: &Shown) -> String {
    let place = name(&format!("{}:{}", item.path, item.lines.0));
    let place = match shown.threads.get(&item.fingerprint).or_else(|| shown.lines.get(&item.fingerprint)) {
        Some(url) if super::is_address(url) => format!("[{place}]({url})"),
        _ => place,
    };
    let state = if item.state == State::New { String::new() } else { format!(" ({})", item.state.name()) };
    let mut what = line(&cut(&item.message, LONGEST));
    if !item.places.is_empty() {
        what = format!("{what}. {}", places(item));
    }
    format!(
        "| {}{state} | {place} | {}: {what} |\n",
        severity_name(item.severity),
        rule(&item.rule, item.url.as_deref())
    )
}

fn weakened(page: &mut Page, verdict: &Verdict) {
    if verdict.weakened > 0 {
        page.add(&format!(
            "\n⚠️ **The change weakens what guards it**, in {}: whoever owns the policy should approve it.\n",
            counted(verdict.weakened, "place", "places")
        ));
    }
}

fn proposed(page: &mut Page, verdict: &Verdict) {
    let waivers: Vec<String> = verdict
        .items
        .iter()
        .filter_map(|item| {
            Some(format!(
                "- {} {}: {}\n",
                name(&item.rule),
                name(&format!("{}:{}", item.path, item.lines.0)),
                line(&cut(item.proposed.as_ref()?, LONGEST))
            ))
        })
        .collect();
    page.list(
        "\n**Waivers that the change brings**, not in force before it is merged\n\n",
        waivers.into_iter(),
        MOST,
    );
}

fn inventory(page: &mut Page, delta: &Delta) {
    page.list("\n**New identities, credentials and endpoints**\n\n", delta.new.iter().map(reach), MOST);
    page.list("\n**Reach further than before**\n\n", delta.further.iter().map(reach), MOST);
    page.list("\n**Gone**\n\n", delta.gone.iter().map(|id| format!("- {}\n", name(id))), MOST);
}

fn reach(of: &Reach) -> String {
    let mut out = format!("- {}", name(&of.id));
    if !of.worst.is_empty() {
        let _ = write!(out, ": {}", line(&cut(&of.worst, LONGEST)));
    }
    if !of.more.is_empty() {
        let _ = write!(out, "; may now {}", line(&cut(&of.more.join(", "), LONGEST)));
    }
    if !of.blanks.is_empty() {
        let _ = write!(out, "; nobody says: {}", of.blanks.join(", "));
    }
    out.push('\n');
    out
}
