//! Two policies held against each other: what of the later one checks, or objects to, less.

mod paths;

use toml::de::{DeTable, DeValue};

use super::ceilings::NAMED_CLASSES;
use super::names::{self, quoted};
use super::{Policy, WaiverRow, Written, read};
use crate::fact::lifetime::human_seconds;
use crate::fact::{Route, Text};
use crate::finding::identity::digest;
use crate::finding::{Confidence, Severity};
use crate::rule::{RULES, Rule};
use crate::span::ByteSpan;

/// Most rules that one message names.
const NAMED: usize = 4;

/// A setting that became weaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Weaker {
    /// Where the later text says so; the table around a row that is gone, or the start.
    pub(crate) span: ByteSpan,
    /// Its logical address.
    pub(crate) route: String,
    /// What became weaker, and from what to what.
    pub(crate) message: String,
    /// What was judged.
    pub(crate) judged: Vec<String>,
}

/// What of `after`, whose text is given, is weaker than `before`.
pub(crate) fn weaker(before: &Policy, after: &Policy, text: &str) -> Vec<Weaker> {
    let mut out = Collector { path: &after.path, text, out: Vec::new() };
    rules(before, after, &mut out);
    thresholds(before, after, &mut out);
    ceilings(before, after, &mut out);
    approvals(before, after, &mut out);
    waivers(before, after, &mut out);
    modules(before, after, &mut out);
    paths::compare(before, after, &mut out);
    out.out
}

struct Collector<'t> {
    path: &'t str,
    text: &'t str,
    out: Vec<Weaker>,
}

impl Collector<'_> {
    /// At a key, or at one text of the list there.
    fn say(&mut self, keys: &[&str], item: Option<&str>, message: String, judged: &[&str]) {
        let span = self.place(keys, item);
        self.say_at(span, keys, item, message, judged);
    }

    fn say_at(
        &mut self,
        span: ByteSpan,
        keys: &[&str],
        item: Option<&str>,
        message: String,
        judged: &[&str],
    ) {
        let route = keys.iter().fold(Route::root(), |route, key| route.key(key));
        let route = item.map_or(route.clone(), |item| route.item(item));
        let judged = judged.iter().map(|part| (*part).to_owned()).collect();
        self.out.push(Weaker { span, route: route.0, message, judged });
    }

    /// The bytes of a key, or of a text in its list; of the nearest table around it where it is not there.
    fn place(&self, keys: &[&str], item: Option<&str>) -> ByteSpan {
        let (root, _) = DeTable::parse_recoverable(self.text);
        let mut table = read::own_table(self.path, root.get_ref());
        let mut span = ByteSpan::at(0);
        for key in keys {
            let named = |written: &str| written == *key;
            let entry = table.and_then(|table| table.iter().find(|(written, _)| named(written.get_ref())));
            let Some((key, value)) = entry else { break };
            span = ByteSpan::from(key.span());
            table = value.get_ref().as_table();
            if let (Some(item), DeValue::Array(items)) = (item, value.get_ref()) {
                let found = items.iter().find(|i| i.get_ref().as_str() == Some(item));
                span = found.map_or(span, |found| ByteSpan::from(found.span()));
            }
        }
        span
    }
}

fn listed(rules: &[&Rule]) -> String {
    let names = rules.iter().take(NAMED).map(|rule| format!("`{}`", rule.meta.id));
    let more = rules.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    names.chain(more).collect::<Vec<_>>().join(", ")
}

fn rules(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    let runs = |policy: &Policy| policy.select(RULES, &[], &[]).unwrap_or_default();
    let (was, is) = (runs(before), runs(after));
    let in_is = |rule: &Rule| is.iter().any(|other| other.meta.id == rule.meta.id);
    let mut lost: Vec<&Rule> = was.iter().copied().filter(|rule| !in_is(rule)).collect();
    for word in &after.ignore {
        let (by_word, others) = lost.into_iter().partition::<Vec<&Rule>, _>(|r| names::name_of(word, r));
        lost = others;
        if by_word.is_empty() {
            continue;
        }
        let message = format!("switched off: {}", listed(&by_word));
        // `off` as a severity is kept as an ignored rule.
        let off = ["rules", "severity", word];
        let ignored = out.place(&["rules", "ignore"], Some(word));
        let plain = out.place(&["rules", "ignore"], None);
        match ignored == plain {
            true => out.say(&off, None, message, &["off", word]),
            false => out.say(&["rules", "ignore"], Some(word), message, &["off", word]),
        }
    }
    if !lost.is_empty() {
        let message = format!("no longer among the rules that run: {}", listed(&lost));
        let ids: Vec<&str> = lost.iter().map(|rule| rule.meta.id).collect();
        out.say(&["rules", "select"], None, message, &["unselected", &digest(ids)]);
    }
    for rule in is {
        let id = rule.meta.id;
        let severity = |policy: &Policy| policy.severity(id).unwrap_or(rule.meta.severity);
        let (was, is) = (severity(before), severity(after));
        if is < was {
            let message = format!("`{id}` is lowered from {} to {}", name(&was), name(&is));
            out.say(&["rules", "severity", id], None, message, &["severity", id, &name(&is)]);
        }
    }
}

/// A word of the configuration as it is written there.
fn name(word: &impl serde::Serialize) -> String {
    serde_json::to_value(word).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn thresholds(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    let fail_on = |policy: &Policy| policy.fail_on.unwrap_or(Severity::Medium);
    let (was, is) = (fail_on(before), fail_on(after));
    if is > was {
        let message = format!("a run fails from {} on, no longer from {}", name(&is), name(&was));
        out.say(&["fail-on"], None, message, &["fail-on", &name(&is)]);
    }
    let sure = |policy: &Policy| policy.min_confidence.unwrap_or(Confidence::Low);
    let (was, is) = (sure(before), sure(after));
    if is > was {
        let message =
            format!("findings below confidence {} are left out, no longer below {}", name(&is), name(&was));
        out.say(&["min-confidence"], None, message, &["min-confidence", &name(&is)]);
    }
}

fn ceilings(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    for (class, key) in NAMED_CLASSES {
        let (was, is) = (before.ceiling(class), after.ceiling(class));
        let (from, to) = if is.error > was.error {
            (was.error, is.error)
        } else if is.warn > was.warn {
            (was.warn, is.warn)
        } else {
            continue;
        };
        let message =
            format!("the ceiling of `{key}` is raised from {} to {}", human_seconds(from), human_seconds(to));
        out.say(&["ceilings", key], None, message, &["ceiling", key, &to.to_string()]);
    }
    for (break_glass, key) in [(false, "waiver"), (true, "break-glass")] {
        let (was, is) = (before.waiver_days(break_glass), after.waiver_days(break_glass));
        if is > was {
            let message = format!("waivers may last {is} days (`{key}`), no longer {was}");
            out.say(&["ceilings", key], None, message, &["ceiling", key, &is.to_string()]);
        }
    }
}

fn approvals(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    for pattern in &after.approved {
        let text = Text::literal(pattern.clone());
        if !before.approved.iter().any(|known| names::covers(known, &text)) {
            let message = format!("third parties are approved: {}", quoted(pattern));
            out.say(&["third-party", "approved"], Some(pattern), message, &["approved", pattern]);
        }
    }
}

fn waivers(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    let text = |written: &Option<Written>| {
        written.as_ref().map(|w| w.text.trim().to_ascii_lowercase()).unwrap_or_default()
    };
    let key = |row: &WaiverRow| (text(&row.rule), text(&row.fingerprint));
    for row in &after.waivers {
        let (rule, fingerprint) = key(row);
        let until = text(&row.expires);
        let known = before.waivers.iter().filter(|known| key(known) == key(row));
        let latest = known.map(|known| text(&known.expires)).max();
        let message = match latest {
            // Dates as they are accepted sort as texts do.
            Some(latest) if latest >= until => continue,
            Some(latest) => format!("a waiver of {} is put off from {latest} to {until}", quoted(&rule)),
            None => format!("a waiver of {} is added", quoted(&rule)),
        };
        let span = row.rule.as_ref().or(row.fingerprint.as_ref()).map_or(row.span, |w| w.span);
        let print = digest([fingerprint.as_str()]);
        out.say_at(span, &["waiver"], Some(&print), message, &["waiver", &rule, &print, &until]);
    }
}

fn modules(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    for was in &before.plugins {
        let Some(is) = after.plugins.iter().find(|row| row.path == was.path) else {
            let message = format!("the rule module `{}` is gone", was.path);
            out.say(&["plugin"], None, message, &["plugin", &was.path]);
            continue;
        };
        if is.sha256 != was.sha256 {
            let message = format!(
                "the rule module `{}` is another one: its digest changes from {}… to {}…",
                was.path,
                was.sha256.get(..12).unwrap_or_default(),
                is.sha256.get(..12).unwrap_or_default()
            );
            out.say_at(is.span, &["plugin"], Some(&was.path), message, &["plugin", &is.sha256]);
        }
    }
    for was in &before.detectors {
        if !after.detectors.iter().any(|is| is.text == was.text) {
            let message = "a file of detectors is no longer used".to_owned();
            out.say(&["detectors"], None, message, &["detectors", &was.text]);
        }
    }
}
