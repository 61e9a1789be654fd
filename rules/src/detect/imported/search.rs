//! One file against one set: keywords of all rules at once, then the pattern of each whose keyword is there.
//!
//! Linear: a file is searched in parts of a bounded length, and [`Work`] bounds what patterns may look at. What could not
//! be searched is said, never passed.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::candidate::{self, Candidate};
use super::limits;
use super::pattern::{Spent, Work};
use super::set::{Rule, Set};
use crate::detect::scan::MAX_HITS;

/// The keywords of a set, and the rules each is of.
#[derive(Debug, Default)]
pub(super) struct Keywords(OnceLock<Option<(AhoCorasick, Vec<Vec<usize>>)>>);

impl Keywords {
    fn of(&self, set: &Set) -> Option<&(AhoCorasick, Vec<Vec<usize>>)> {
        let build = || {
            let mut owners: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (index, rule) in set.rules.iter().enumerate() {
                rule.keywords.iter().for_each(|word| owners.entry(word).or_default().push(index));
            }
            let search = AhoCorasick::builder().ascii_case_insensitive(true).build(owners.keys()).ok()?;
            Some((search, owners.into_values().collect()))
        };
        self.0.get_or_init(build).as_ref()
    }
}

/// A credential that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Find {
    pub(super) rule: usize,
    pub(super) whole: Range<usize>,
    pub(super) secret: Range<usize>,
}

/// What a search came to.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) finds: Vec<Find>,
    /// So many finds were excepted by an allowlist.
    pub(super) excepted: usize,
    /// The whole file was excepted by its path.
    pub(super) passed_over: bool,
    /// From here on not everything was searched.
    pub(super) stopped_at: Option<usize>,
}

/// Searches a file.
pub(super) fn search(set: &Set, keywords: &Keywords, path: &str, bytes: &[u8]) -> Found {
    let mut pass = Pass {
        set,
        path: path.as_bytes(),
        work: Work::of(bytes.len()),
        found: Found::default(),
        seen: BTreeSet::new(),
    };
    match pass.passes_over() {
        Ok(true) => {
            pass.found.passed_over = true;
            return pass.found;
        }
        Ok(false) => {}
        Err(Spent) => pass.found.stopped_at = Some(0),
    }
    for part in parts(bytes) {
        if pass.found.stopped_at.is_some() {
            break;
        }
        let start = part.start;
        if pass.part(keywords, bytes.get(part).unwrap_or_default(), start).is_err() {
            pass.found.stopped_at = Some(start);
        }
    }
    set.rules.iter().for_each(|rule| rule.pattern.settle());
    pass.found
}

/// Where a file is cut: behind a blank line, or else a line, or else anywhere, and then with an overlap.
fn parts(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut from = 0;
    while bytes.len() - from > limits::PART + limits::WAIT {
        let wait = from + limits::PART..from + limits::PART + limits::WAIT;
        let waited = bytes.get(wait.clone()).unwrap_or_default();
        if let Some(blank) = waited.windows(2).position(|pair| pair == b"\n\n") {
            let end = wait.start + blank + 2;
            parts.push(from..end);
            from = end;
            continue;
        }
        let end = waited.iter().rposition(|b| *b == b'\n').map_or(wait.end, |at| wait.start + at + 1);
        parts.push(from..end);
        let again = end - limits::OVERLAP;
        let line = bytes.get(again..end).and_then(|tail| tail.iter().position(|b| *b == b'\n'));
        from = again + line.map_or(0, |at| at + 1);
    }
    parts.push(from..bytes.len());
    parts
}

/// One pass over a file.
struct Pass<'s> {
    set: &'s Set,
    path: &'s [u8],
    work: Work,
    found: Found,
    seen: BTreeSet<(usize, usize, usize)>,
}

/// A match of a rule within a part.
#[derive(Clone, Debug)]
struct Match {
    whole: Range<usize>,
    secret: Range<usize>,
}

impl<'s> Pass<'s> {
    fn passes_over(&mut self) -> Result<bool, Spent> {
        for list in &self.set.allow {
            if list.excepts_path(self.path, &mut self.work)? {
                return Ok(true);
            }
        }
        let of = Candidate { path: self.path, secret: b"", matched: b"", line: b"", rule: b"" };
        for expression in &self.set.prefilter {
            if expression.holds(&of, &mut self.work)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn part(&mut self, keywords: &Keywords, text: &[u8], start: usize) -> Result<(), Spent> {
        let wanted = self.wanted(keywords, text)?;
        let mut of_others: BTreeMap<usize, Vec<Match>> = BTreeMap::new();
        for (index, rule) in self.set.rules.iter().enumerate() {
            if rule.silent || wanted.get(index) != Some(&true) {
                continue;
            }
            for found in self.matches(rule, text, true)? {
                if !self.complete(rule, &found, text, &mut of_others)? {
                    continue;
                }
                let secret = start + found.secret.start..start + found.secret.end;
                if !self.seen.insert((index, secret.start, secret.end)) {
                    continue;
                }
                if self.found.finds.len() >= MAX_HITS {
                    return Err(Spent);
                }
                let whole = start + found.whole.start..start + found.whole.end;
                self.found.finds.push(Find { rule: index, whole, secret });
            }
        }
        Ok(())
    }

    /// Which rules a part is searched for.
    fn wanted(&mut self, keywords: &Keywords, text: &[u8]) -> Result<Vec<bool>, Spent> {
        let mut wanted: Vec<bool> = self.set.rules.iter().map(|rule| rule.keywords.is_empty()).collect();
        let (search, owners) = keywords.of(self.set).ok_or(Spent)?;
        self.work.pass(text.len())?;
        // Keywords may stand in each other: past this, all are taken to be there.
        let mut left = text.len().saturating_mul(4).saturating_add(1_024);
        for met in search.find_overlapping_iter(text) {
            for index in owners.get(met.pattern().as_usize()).into_iter().flatten() {
                if let Some(wanted) = wanted.get_mut(*index) {
                    *wanted = true;
                }
                left = left.saturating_sub(1);
            }
            if left == 0 {
                wanted.fill(true);
                break;
            }
        }
        Ok(wanted)
    }

    /// What a rule finds in a part, without what it or the file excepts.
    fn matches(&mut self, rule: &'s Rule, text: &[u8], counts: bool) -> Result<Vec<Match>, Spent> {
        if let Some(path) = &rule.path
            && !path.is_match(self.path, &mut self.work)?
        {
            return Ok(Vec::new());
        }
        rule.pattern.begin(&mut self.work)?;
        let mut matches = Vec::new();
        let mut at = 0;
        while let Some(found) = rule.pattern.find(text, at, &mut self.work)? {
            at = if found.end > found.start { found.end } else { found.end + 1 };
            let groups = rule.pattern.groups(text, found, &mut self.work)?;
            // A line's end that a pattern took along is no part of what it found.
            let whole = trimmed(text, found.start..found.end);
            let group = |index: usize| groups.get(index).copied().flatten().map(|s| s.start..s.end);
            let secret = match rule.group {
                0 => groups.iter().flatten().find(|s| s.start < s.end).map(|s| s.start..s.end),
                chosen => group(chosen - 1),
            };
            let value = secret.clone().unwrap_or(if rule.group == 0 { whole.clone() } else { 0..0 });
            let secret = secret.filter(|s| !s.is_empty()).unwrap_or_else(|| whole.clone());
            if secret.is_empty() {
                if at > text.len() {
                    break;
                }
                continue;
            }
            let of = Candidate {
                path: self.path,
                secret: text.get(value).unwrap_or_default(),
                matched: text.get(whole.clone()).unwrap_or_default(),
                line: line(text, &whole),
                rule: rule.id.as_bytes(),
            };
            if self.counts(rule, &of, counts)? {
                matches.push(Match { whole, secret });
                if matches.len() > 2 * MAX_HITS {
                    return Err(Spent);
                }
            }
            if at > text.len() {
                break;
            }
        }
        Ok(matches)
    }

    /// Whether a match meets the rule's own conditions, and nobody excepts it.
    fn counts(&mut self, rule: &Rule, of: &Candidate<'_>, counts: bool) -> Result<bool, Spent> {
        let work = &mut self.work;
        work.pass(of.matched.len())?;
        if rule.entropy.is_some_and(|bound| candidate::entropy(of.secret) <= bound) {
            return Ok(false);
        }
        for filter in rule.filter.iter().chain(&self.set.filter) {
            if filter.holds(of, work)? {
                return Ok(false);
            }
        }
        for list in self.set.allow.iter().chain(rule.allow.iter().map(AsRef::as_ref)) {
            if list.excepts(of, work)? {
                self.found.excepted += usize::from(counts);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether every rule that this one requires finds something near.
    fn complete(
        &mut self,
        rule: &Rule,
        found: &Match,
        text: &[u8],
        of_others: &mut BTreeMap<usize, Vec<Match>>,
    ) -> Result<bool, Spent> {
        for required in &rule.required {
            let Some(other) = self.set.rules.get(required.rule) else { return Ok(false) };
            let others = match of_others.entry(required.rule) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => free.insert(self.matches(other, text, false)?),
            };
            let mut near = false;
            for other in others.iter() {
                let between = found.whole.start.abs_diff(other.whole.start);
                self.work.pass(if required.lines.is_some() { between } else { 0 })?;
                near = required.lines.is_none_or(|most| lines_between(text, found, other) <= most)
                    && required.columns.is_none_or(|most| {
                        column(text, found.whole.start).abs_diff(column(text, other.whole.start)) <= most
                    });
                if near {
                    break;
                }
            }
            if !near {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let matched = text.get(range.clone()).unwrap_or_default();
    let lead = matched.iter().take_while(|b| **b == b'\n').count();
    if lead == matched.len() {
        return range.start..range.start;
    }
    let tail = matched.iter().rev().take_while(|b| **b == b'\n').count();
    range.start + lead..range.end - tail
}

/// The lines that a match stands on.
fn line<'t>(text: &'t [u8], whole: &Range<usize>) -> &'t [u8] {
    let start = text.get(..whole.start).and_then(|t| memchr::memrchr(b'\n', t)).map_or(0, |at| at + 1);
    let end =
        text.get(whole.end..).and_then(|t| memchr::memchr(b'\n', t)).map_or(text.len(), |at| whole.end + at);
    text.get(start..end).unwrap_or_default()
}

fn lines_between(text: &[u8], one: &Match, other: &Match) -> usize {
    let (from, to) = (one.whole.start.min(other.whole.start), one.whole.start.max(other.whole.start));
    memchr::memchr_iter(b'\n', text.get(from..to).unwrap_or_default()).count()
}

fn column(text: &[u8], at: usize) -> usize {
    at - text.get(..at).and_then(|t| memchr::memrchr(b'\n', t)).map_or(0, |before| before + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_a_file_and_prefer_blank_lines() {
        assert_eq!((parts(b"ab").len(), parts(b"ab").first().cloned()), (1, Some(0..2)));
        let mut text = vec![b'a'; 300_000];
        text[110_000] = b'\n';
        text[110_001] = b'\n';
        let cut = parts(&text);
        assert_eq!(cut[0], 0..110_002);
        assert_eq!(cut[1].start, 110_002, "no overlap behind a blank line");
        assert_eq!(cut[2].start, cut[1].end - limits::OVERLAP);
        assert_eq!(cut.last().map(|p| p.end), Some(300_000));
    }
}
