//! What reports of one line per finding say of it.

use super::text::plain;
use super::words::{self, Words};
use super::{HOME, Material};
use crate::runtime::contract::{Finding, Rule};

/// A region, from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

/// A finding, ready to be written by any reader's rules.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) finding: &'a Finding,
    pub(super) words: &'static Words,
    /// The path, without what steers a terminal.
    pub(super) path: String,
    /// Its place in the tree; `None` if only a commit has it.
    pub(super) region: Option<Region>,
    /// What is wrong, on one line, without what steers a terminal.
    pub(super) message: String,
    /// The title of its rule, or the rule's id, without what steers a terminal: a policy and other tools write titles too.
    pub(super) title: String,
}

impl<'a> Row<'a> {
    fn of(material: &'a Material<'a>, finding: &'a Finding) -> Self {
        let [(line, column), (end_line, end_column)] = material.sources.ends_of(finding);
        let past = material.sources.past(finding).is_some();
        let mut message = plain(&finding.message);
        if let Some(state) = material.state(finding) {
            message = format!("{} {message}", state.bracketed());
        }
        if let (true, Some(brought)) = (past, material.outcome.brought.get(&finding.fingerprint)) {
            message = format!("{message} (line {line} of commit {}, gone since)", brought.short());
        }
        Self {
            finding,
            words: words::of(finding.severity),
            path: plain(&finding.at.path),
            region: (!past).then_some(Region { line, column, end_line, end_column }),
            message,
            title: plain(material.title(&finding.rule)),
        }
    }

    /// The class of its rule.
    pub(super) fn class(&self) -> &'a str {
        self.finding.rule.split('/').next().unwrap_or_default()
    }

    /// The line, or the first where no place in the tree is known.
    pub(super) fn line(&self) -> usize {
        self.region.map_or(1, |region| region.line)
    }

    /// The help, without what steers a terminal; empty if there is none. What stands below its first line is an example.
    pub(super) fn help(&self) -> String {
        let lines: Vec<String> = self.finding.help.iter().flat_map(|help| help.lines().map(plain)).collect();
        lines.join("\n")
    }

    /// The message and the first line of the help, on one line.
    pub(super) fn sentence(&self) -> String {
        match self.help().lines().next() {
            Some(help) => format!("{}. {help}", self.message),
            None => self.message.clone(),
        }
    }

    /// Where the rule is explained.
    pub(super) fn url(&self, material: &Material<'_>) -> Option<String> {
        material.rule_url(&self.finding.rule)
    }
}

/// Where rules that a policy makes are explained.
const OWN_RULES: &str = "#rules-of-your-own-policy";

/// Where a rule of the module is explained.
pub(crate) fn rule_url(rule: &Rule) -> String {
    match rule.written {
        Some(_) => format!("{HOME}{OWN_RULES}"),
        None => format!("{HOME}/blob/main/rules/book/{}.md", rule.id),
    }
}

impl<'a> Material<'a> {
    /// Where a rule is explained: ours, or one of another tool that says so.
    pub(crate) fn rule_url(&self, id: &str) -> Option<String> {
        self.rule(id).map(rule_url).or_else(|| self.imported(id)?.1.home.clone())
    }

    /// The title of a rule, or its id.
    pub(crate) fn title(&'a self, id: &'a str) -> &'a str {
        let ours = self.rule(id).map(|rule| rule.title.as_str());
        let theirs = || self.imported(id).and_then(|(_, rule)| rule.title.as_deref());
        ours.or_else(theirs).unwrap_or(id)
    }

    /// Every finding that counts, by place.
    pub(super) fn rows(&'a self) -> Vec<Row<'a>> {
        self.outcome.findings.iter().map(|finding| Row::of(self, finding)).collect()
    }

    /// Every finding that counts, the worst first.
    pub(super) fn worst_first(&'a self) -> Vec<Row<'a>> {
        worst_first(self.rows())
    }

    /// The same for people, to whom files that an interrupted run did not come to are told in one line.
    pub(super) fn worst_of_reached(&'a self) -> Vec<Row<'a>> {
        worst_first(self.outcome.findings_of_reached().map(|finding| Row::of(self, finding)).collect())
    }
}

fn worst_first(mut rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.finding.severity as u8));
    rows
}
