//! Takes secret text out of everything that leaves the engine.
//!
//! A guessable secret may be a word that hallpass itself uses (`github`, `secrets`): see [`super::words`].

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, Input};
use hallpass_hiding::{Case, Search};
use serde_json::Value;

use crate::detect::{self, BLANK};
use crate::dialect::Unit;
use crate::fact::{Body, UnitFacts};
use crate::finding::{Coverage, Finding, Pass, Status};
use crate::ledger::Waived;
use crate::policy::Problem;
use crate::span::Source;

use super::{strings, words};

/// What stands in place of a secret in facts: no wildcard in any platform's patterns, and no part of a route.
const GAP: &str = "<secret>";
/// So many first characters of a secret give it away: a message may have cut it.
const CUT: usize = 8;
/// Bits from which those characters cannot be an ordinary word.
const CUT_BITS: u32 = 24;
/// Bits from which a secret cannot be a word that hallpass uses.
const STRONG_BITS: u32 = 40;
/// What rules put around what they quote.
const QUOTE: char = '`';
/// Longest part of a text that is cut away behind the beginning of a secret.
const LONGEST_TAIL: usize = 4_096;

/// Fields in which hallpass writes words of its own, alone or beside text of a file. Of what stands there, known names
/// stay.
pub(super) const OWN_FIELDS: [&str; 7] =
    ["kind", "platform", "issuer", "class", "detector", "action", "actions"];

/// Knows the secret texts of one unit.
#[derive(Debug)]
pub(super) struct Scrubber {
    /// Those that may be words, as they are written: in another case one may be a word of ours, `github`.
    weak: Option<Texts>,
    /// Those that cannot be words, whatever their case: platforms fold names.
    strong: Option<Texts>,
}

/// Texts to take out, and the beginnings by which a cut one is known.
#[derive(Debug)]
struct Texts {
    whole: AhoCorasick,
    /// The same, however it is quoted and escaped.
    spelt: Option<Search>,
    beginnings: Option<(AhoCorasick, Vec<String>)>,
}

impl Texts {
    fn of(texts: Vec<String>, case: Case) -> Option<Self> {
        let search = |texts: Vec<&str>| hallpass_hiding::searcher(texts, case);
        let whole = search(texts.iter().map(String::as_str).collect())?;
        let spelt = Search::of(&texts, case);
        let cut: Vec<String> = texts.into_iter().filter(|t| beginning(t).is_some()).collect();
        let starts: Vec<&str> = cut.iter().filter_map(|t| beginning(t)).collect();
        let beginnings = if starts.is_empty() { None } else { search(starts) };
        Some(Self { whole, spelt, beginnings: beginnings.map(|b| (b, cut)) })
    }

    /// The text without secrets, if it had any. `own`: words of ours stand in it, and stay.
    fn clean(&self, text: &str, blank: &str, own: bool) -> Option<String> {
        let clean = self.clean_written(text, blank, own);
        // What is spelt otherwise is no word of ours.
        let search = self.spelt.as_ref().filter(|_| !own);
        let current = clean.as_deref().unwrap_or(text);
        let ranges = search.map_or_else(Vec::new, |search| search.ranges(current.as_bytes()));
        if ranges.is_empty() {
            return clean;
        }
        let mut rest = String::with_capacity(current.len());
        let mut from = 0;
        for range in ranges {
            let start = current.floor_char_boundary(range.start).max(from);
            rest.push_str(current.get(from..start).unwrap_or_default());
            rest.push_str(blank);
            from = current.ceil_char_boundary(range.end);
        }
        rest.push_str(current.get(from..).unwrap_or_default());
        Some(rest)
    }

    fn clean_written(&self, text: &str, blank: &str, own: bool) -> Option<String> {
        let mut clean: Option<String> = None;
        let (mut copied, mut from) = (0, 0);
        while let Some(found) = self.whole.find(Input::new(text).range(from..)) {
            let spared = own
                && detect::tag::bits(text.get(found.range()).unwrap_or_default().as_bytes()) < STRONG_BITS
                && words::touches_known(text, found.range());
            if spared {
                // Another secret may begin inside this one.
                from = found.start()
                    + text.get(found.start()..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8);
                continue;
            }
            let so_far = clean.get_or_insert_default();
            so_far.push_str(text.get(copied..found.start()).unwrap_or_default());
            so_far.push_str(blank);
            (copied, from) = (found.end(), found.end());
        }
        if let Some(clean) = &mut clean {
            clean.push_str(text.get(copied..).unwrap_or_default());
        }
        let Some((beginnings, cut)) = &self.beginnings else { return clean };
        let current = clean.as_deref().unwrap_or(text);
        let mut rest = String::new();
        let mut from = 0;
        for found in beginnings.find_iter(current) {
            if found.start() < from {
                continue;
            }
            let tail = current.get(found.start()..).unwrap_or_default();
            // Several secrets may begin alike; the longest common run is cut.
            let run = cut
                .get(found.pattern().as_usize())
                .map_or(found.len(), |secret| common(tail, secret).max(found.len()));
            rest.push_str(current.get(from..found.start()).unwrap_or_default());
            rest.push_str(blank);
            from = found.start() + run;
        }
        if from == 0 {
            return clean;
        }
        rest.push_str(current.get(from..).unwrap_or_default());
        Some(rest)
    }
}

/// Length in bytes of what two texts begin with together.
fn common(a: &str, b: &str) -> usize {
    a.chars()
        .zip(b.chars())
        .take(LONGEST_TAIL)
        .take_while(|(x, y)| x.eq_ignore_ascii_case(y))
        .map(|(x, _)| x.len_utf8())
        .sum()
}

/// The first characters of a secret, if they give it away.
fn beginning(text: &str) -> Option<&str> {
    let start = text.get(..CUT)?;
    (text.len() > CUT && detect::tag::bits(start.as_bytes()) >= CUT_BITS).then_some(start)
}

impl Scrubber {
    /// Knows no secret but those that their shape tells: for words of the configuration.
    pub(super) fn of_shapes() -> Self {
        Self { weak: None, strong: None }
    }

    /// Knows these texts, in all their disguises.
    pub(super) fn of_texts(secrets: &[Vec<u8>]) -> Self {
        let mut texts = BTreeSet::new();
        secrets.iter().for_each(|secret| detect::disguises(secret, &mut texts));
        Self::searching(&texts)
    }

    /// Collects the secret texts behind the masks and behind each credential, in all their disguises; and what has the
    /// shape of a token in the facts and in words on them. That may stand in no file as it is: a dialect decoded it, or
    /// put it together.
    pub(super) fn new(unit: &Unit, masks: &[Source], facts: &UnitFacts, covered: &[Coverage]) -> Self {
        let mut texts = BTreeSet::new();
        let stated = strings::strings(facts, covered.iter().flat_map(words_of));
        // A find across two texts pairs what does not belong together.
        let secrets = detect::tokens(&stated).into_iter().filter_map(|range| stated.get(range));
        secrets.filter(|s| !s.contains(&strings::BETWEEN)).for_each(|s| detect::disguises(s, &mut texts));
        let credentials = facts.facts.iter().filter_map(|f| match &f.body {
            Body::Credential(credential) => Some(&credential.secret),
            _ => None,
        });
        for source in masks.iter().chain(credentials.flatten()) {
            let Some(file) = unit.files.get(source.file.0 as usize) else { continue };
            if let Some(bytes) = file.bytes.get(source.span.range()) {
                detect::disguises(bytes, &mut texts);
            }
        }
        Self::searching(&texts)
    }

    fn searching(texts: &BTreeSet<Vec<u8>>) -> Self {
        let texts = texts.iter().map(|t| String::from_utf8_lossy(t).into_owned());
        // Whatever is hidden in other files is hidden in any case: platforms fold the names that it stands in.
        let (strong, weak) = texts
            .partition(|t| detect::tag::bits(t.as_bytes()) >= STRONG_BITS || detect::is_strong(t.as_bytes()));
        Self { weak: Texts::of(weak, Case::Kept), strong: Texts::of(strong, Case::Folded) }
    }

    fn knows_none(&self) -> bool {
        self.weak.is_none() && self.strong.is_none()
    }

    /// The text without secrets, if it had any.
    fn clean(&self, text: &str, blank: &str, own: bool) -> Option<String> {
        let strong = self.strong.as_ref().and_then(|strong| strong.clean(text, blank, own));
        let rest = strong.as_deref().unwrap_or(text);
        self.weak.as_ref().and_then(|weak| weak.clean(rest, blank, own)).or(strong)
    }

    fn text(&self, text: &mut String) {
        if let Some(clean) = self.clean(text, BLANK, false) {
            *text = clean;
        }
        // Words may put together what no fact holds whole.
        if let Some(clean) = detect::without_tokens(text) {
            *text = clean;
        }
    }

    /// Scrubs every string of the facts. If what is left cannot be read again, the facts are given up and the files
    /// end as failed: no rule may pass what it could not judge.
    pub(super) fn facts(&self, facts: &mut UnitFacts, coverage: &mut [Coverage]) {
        if self.knows_none() {
            return;
        }
        // Facts are plain data: the shortest way through every string of every body is their own serialised form.
        let files = std::mem::take(&mut facts.files);
        let clean = match serde_json::to_value(&*facts) {
            Ok(mut value) => {
                if self.json(&mut value, false) {
                    serde_json::from_value(value).ok()
                } else {
                    Some(std::mem::take(facts))
                }
            }
            Err(_) => None,
        };
        *facts = clean.unwrap_or_else(|| {
            for entry in coverage.iter_mut() {
                entry.status = Status::Failed;
                entry.why = Some("its facts could not be cleared of secret text".to_owned());
            }
            UnitFacts { version: crate::fact::SCHEMA_VERSION.to_owned(), ..UnitFacts::default() }
        });
        facts.files = files;
    }

    /// Scrubs every string below a value, keys of maps included; whether it changed any. `own`: words of ours stand
    /// there. The facts' depth is bounded by their types.
    fn json(&self, value: &mut Value, own: bool) -> bool {
        match value {
            Value::String(text) => self.string(text, own),
            Value::Array(items) => {
                items.iter_mut().fold(false, |changed, item| changed | self.json(item, own))
            }
            Value::Object(map) => {
                let mut changed = false;
                let mut renamed = Vec::new();
                for (key, item) in map.iter_mut() {
                    changed |= match item {
                        Value::String(tag) if key == "tag" && is_tag(tag) => false,
                        _ => self.json(item, own || OWN_FIELDS.contains(&key.as_str())),
                    };
                    if !words::is_field(key) {
                        let mut clean = key.clone();
                        if self.string(&mut clean, false) {
                            renamed.push((key.clone(), clean));
                        }
                    }
                }
                changed |= !renamed.is_empty();
                for (key, clean) in renamed {
                    if let Some(item) = map.remove(&key) {
                        map.insert(clean, item);
                    }
                }
                changed
            }
            _ => false,
        }
    }

    fn string(&self, text: &mut String, own: bool) -> bool {
        let Some(clean) = self.clean(text, GAP, own) else { return false };
        if words::of_schema(text) || text.parse::<jiff::civil::Date>().is_ok() {
            return false;
        }
        *text = clean;
        true
    }

    /// Scrubs what a rule says. It read scrubbed facts, so that a guessable secret which stands in its own words is a word:
    /// `password`. What it quotes is scrubbed of those too, since it may put together what no fact holds whole.
    fn prose(&self, text: &mut String) {
        if let Some(clean) = self.strong.as_ref().and_then(|strong| strong.clean(text, BLANK, false)) {
            *text = clean;
        }
        if !self.knows_none() && text.contains(QUOTE) {
            let part = |(index, part): (usize, &str)| {
                let clean = if index % 2 == 1 { self.clean(part, BLANK, false) } else { None };
                clean.unwrap_or_else(|| part.to_owned())
            };
            let parts: Vec<String> = text.split(QUOTE).enumerate().map(part).collect();
            *text = parts.join("`");
        }
        if let Some(clean) = detect::without_tokens(text) {
            *text = clean;
        }
    }

    /// Scrubs the words of a finding that are its rule's, before dialects add theirs.
    pub(super) fn judgement(&self, finding: &mut Finding) {
        self.prose(&mut finding.message);
        if let Some(help) = &mut finding.help {
            self.prose(help);
        }
        for related in &mut finding.related {
            self.prose(&mut related.note);
        }
    }

    /// Scrubs what dialects wrote for a finding out of the files themselves, and what is no prose. `advice`: what they
    /// added to its help.
    pub(super) fn remedies(&self, finding: &mut Finding, advice: Option<String>) {
        if let Some(mut advice) = advice {
            self.text(&mut advice);
            finding.add_help(&advice);
        }
        self.text(&mut finding.route);
        for fix in &mut finding.fixes {
            self.text(&mut fix.title);
        }
        // A blanked replacement would destroy the file: such a fix is dropped.
        finding.fixes.retain(|fix| fix.edits.iter().all(|edit| self.is_clean(&edit.replacement)));
        finding.pending.retain(|wanted| {
            serde_json::to_string(&wanted.remedy).is_ok_and(|remedy| self.is_clean(&remedy))
        });
        finding.subjects = std::mem::take(&mut finding.subjects)
            .into_iter()
            .map(|mut subject| {
                self.text(&mut subject);
                subject
            })
            .collect();
    }

    fn is_clean(&self, text: &str) -> bool {
        self.strong.as_ref().is_none_or(|t| t.clean(text, BLANK, false).is_none())
    }

    /// Scrubs what is said of a configuration that is refused.
    pub(super) fn problem(&self, problem: &mut Problem) {
        self.text(&mut problem.message);
    }

    /// Scrubs who waived a finding, and why.
    pub(super) fn waived(&self, waived: &mut Waived) {
        self.text(&mut waived.by);
    }

    /// Scrubs why a rule said nothing.
    pub(super) fn pass(&self, pass: &mut Pass) {
        self.prose(&mut pass.why);
    }

    /// Scrubs a coverage entry's words.
    pub(super) fn coverage(&self, entry: &mut Coverage) {
        if let Some(why) = &mut entry.why {
            self.text(why);
        }
        for unknown in &mut entry.unknown {
            self.text(&mut unknown.why);
        }
    }
}

/// The words of a coverage entry.
fn words_of(entry: &Coverage) -> impl Iterator<Item = &str> {
    entry.why.iter().chain(entry.unknown.iter().map(|u| &u.why)).map(String::as_str)
}

/// Whether it is a value tag. A component's version is called `tag` too, and is the file's own text.
fn is_tag(text: &str) -> bool {
    text.len() <= 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
