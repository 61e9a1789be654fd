//! Takes secret text out of everything that leaves the engine.
//!
//! Strong secrets are taken out of every string. A guessable one may be a word that hallpass itself uses (`github`,
//! `secrets`): it is left where only hallpass writes, else a password in a manifest could switch rules off.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use serde_json::Value;

use crate::detect;
use crate::dialect::Unit;
use crate::fact::{Body, UnitFacts};
use crate::finding::{Coverage, Finding, Pass, Status};
use crate::span::Source;

/// What stands in place of a secret.
const BLANK: &str = "****";
/// So many first characters of a secret give it away: a message may have cut it.
const CUT: usize = 8;
/// Bits from which those characters cannot be an ordinary word.
const CUT_BITS: u32 = 24;
/// Bits from which a secret cannot be a word that hallpass uses.
const STRONG_BITS: u32 = 40;
/// Longest part of a text that is cut away behind the beginning of a secret.
const LONGEST_TAIL: usize = 4_096;

/// Fields that only hallpass writes: its own words, never text of a file.
const OWN_WORDS: [&str; 14] = [
    "version", "fact", "kind", "platform", "issuer", "storage", "class", "evidence", "detector", "effect",
    "action", "actions", "tag", "dialects",
];

/// The words of the facts schema: a string that is wholly one of them is no secret's.
static VOCABULARY: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut words = BTreeSet::new();
    let mut open = vec![schemars::schema_for!(UnitFacts).to_value()];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    match (key.as_str(), &value) {
                        ("const", Value::String(word)) => {
                            words.insert(word.clone());
                        }
                        ("enum", Value::Array(list)) => {
                            words.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                        }
                        _ => open.push(value),
                    }
                }
            }
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
    words
});

/// Knows the secret texts of one unit.
#[derive(Debug)]
pub(super) struct Scrubber {
    all: Option<Texts>,
    strong: Option<Texts>,
}

/// Texts to take out, and the beginnings by which a cut one is known.
#[derive(Debug)]
struct Texts {
    whole: AhoCorasick,
    beginnings: Option<(AhoCorasick, Vec<String>)>,
}

impl Texts {
    fn of(texts: Vec<String>) -> Option<Self> {
        if texts.is_empty() {
            return None;
        }
        let build = |patterns: &[&str]| {
            // Searched through few short strings: a full table would take longer to build than it saves.
            let kind = Some(AhoCorasickKind::ContiguousNFA);
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).kind(kind).build(patterns).ok()
        };
        let whole = build(&texts.iter().map(String::as_str).collect::<Vec<_>>())?;
        let cut: Vec<String> = texts.into_iter().filter(|t| beginning(t).is_some()).collect();
        let starts: Vec<&str> = cut.iter().filter_map(|t| beginning(t)).collect();
        let beginnings = if starts.is_empty() { None } else { build(&starts) };
        Some(Self { whole, beginnings: beginnings.map(|b| (b, cut)) })
    }

    /// The text without secrets, if it had any.
    fn clean(&self, text: &str) -> Option<String> {
        let mut clean = None;
        if self.whole.is_match(text) {
            let blanks = vec![BLANK; self.whole.patterns_len()];
            clean = Some(self.whole.replace_all(text, &blanks));
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
            rest.push_str(BLANK);
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
    a.chars().zip(b.chars()).take(LONGEST_TAIL).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum()
}

/// The first characters of a secret, if they give it away.
fn beginning(text: &str) -> Option<&str> {
    let start = text.get(..CUT)?;
    (text.len() > CUT && detect::tag::bits(start.as_bytes()) >= CUT_BITS).then_some(start)
}

impl Scrubber {
    /// Collects the secret texts behind the masks and behind each credential, in all their disguises.
    pub(super) fn new(unit: &Unit, masks: &[Source], facts: &UnitFacts) -> Self {
        let mut texts = BTreeSet::new();
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
        let texts: Vec<String> = texts.iter().map(|t| String::from_utf8_lossy(t).into_owned()).collect();
        let strong =
            texts.iter().filter(|t| detect::tag::bits(t.as_bytes()) >= STRONG_BITS).cloned().collect();
        Self { all: Texts::of(texts), strong: Texts::of(strong) }
    }

    fn text(&self, text: &mut String) {
        if let Some(clean) = self.all.as_ref().and_then(|all| all.clean(text)) {
            *text = clean;
        }
    }

    /// Scrubs every string of the facts. If what is left cannot be read again, the facts are given up and the files
    /// end as failed: no rule may pass what it could not judge.
    pub(super) fn facts(&self, facts: &mut UnitFacts, coverage: &mut [Coverage]) {
        if self.all.is_none() {
            return;
        }
        // Facts are plain data: the shortest way through every string of every body is their own serialised form.
        let files = std::mem::take(&mut facts.files);
        let clean = match serde_json::to_value(&*facts) {
            Ok(mut value) => {
                if self.json(&mut value) {
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

    /// Scrubs every string below a value; whether it changed any. The facts' depth is bounded by their types.
    fn json(&self, value: &mut Value) -> bool {
        let mut changed = false;
        match value {
            Value::String(text) => changed = self.string(text, self.all.as_ref()),
            Value::Array(items) => {
                for item in items {
                    changed |= self.json(item);
                }
            }
            Value::Object(map) => {
                for (key, item) in map.iter_mut() {
                    // A value tag is a word of ours; a component's pin of kind `tag` is the file's own text.
                    let ours = OWN_WORDS.contains(&key.as_str()) && (key != "tag" || item.is_string());
                    changed |= if ours { self.own_words(item) } else { self.json(item) };
                }
            }
            _ => {}
        }
        changed
    }

    /// Only strong secrets are taken out of hallpass' own words.
    fn own_words(&self, value: &mut Value) -> bool {
        let mut changed = false;
        match value {
            Value::String(text) => changed = self.string(text, self.strong.as_ref()),
            Value::Array(items) => {
                for item in items {
                    changed |= self.own_words(item);
                }
            }
            Value::Object(map) => {
                for item in map.values_mut() {
                    changed |= self.own_words(item);
                }
            }
            _ => {}
        }
        changed
    }

    fn string(&self, text: &mut String, texts: Option<&Texts>) -> bool {
        let Some(clean) = texts.and_then(|t| t.clean(text)) else { return false };
        if VOCABULARY.contains(text.as_str()) || text.parse::<jiff::civil::Date>().is_ok() {
            return false;
        }
        *text = clean;
        true
    }

    /// Scrubs a finding's words.
    pub(super) fn finding(&self, finding: &mut Finding) {
        if self.all.is_none() {
            return;
        }
        self.text(&mut finding.message);
        if let Some(help) = &mut finding.help {
            self.text(help);
        }
        self.text(&mut finding.route);
        for related in &mut finding.related {
            self.text(&mut related.note);
        }
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
        self.strong.as_ref().is_none_or(|t| t.clean(text).is_none())
    }

    /// Scrubs why a rule said nothing.
    pub(super) fn pass(&self, pass: &mut Pass) {
        self.text(&mut pass.why);
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
