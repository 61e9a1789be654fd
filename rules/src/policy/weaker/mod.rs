//! Two policies held against each other: what of the later one checks, or objects to, less.

mod own;
mod paths;
mod people;

use toml::de::DeTable;

use super::ceilings::NAMED_CLASSES;
use super::names::{self, quoted};
use super::{Policy, Selected, Selection, WaiverRow, Written, read};
use crate::fact::lifetime::human_seconds;
use crate::fact::{Route, Text};
use crate::finding::identity::digest;
use crate::finding::{Confidence, Severity, Spot};
use crate::rule::{Named, RULES};
use crate::span::{ByteSpan, FileId};

/// Most rules that one message names.
const NAMED: usize = 4;

/// A setting that became weaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Weaker {
    /// Where the later version says so; the table around a row that is gone, or the start of the own file.
    pub(crate) at: Spot,
    /// Its logical address.
    pub(crate) route: String,
    /// What became weaker, and from what to what.
    pub(crate) message: String,
    /// What was judged.
    pub(crate) judged: Vec<String>,
    /// How bad it is, if not as the rule says.
    pub(crate) severity: Option<Severity>,
}

/// What of `after` is weaker than `before`. `texts` are the files of `after`; what wins stands first.
pub(crate) fn weaker(before: &Policy, after: &Policy, texts: &[(FileId, &str, &str)]) -> Vec<Weaker> {
    let mut out = Collector { policy: after, texts, out: Vec::new() };
    rules(before, after, &mut out);
    thresholds(before, after, &mut out);
    ceilings(before, after, &mut out);
    approvals(before, after, &mut out);
    waivers(before, after, &mut out);
    modules(before, after, &mut out);
    paths::compare(before, after, &mut out);
    own::compare(before, after, &mut out);
    people::compare(before, after, &mut out);
    own::floors(before, after, &mut out);
    out.out
}

/// What of a whole policy is looser than what holds by a floor that it is laid over. Waivers are no part of it: they have an
/// owner and an end, and lists are only where the floor has one.
pub(crate) fn looser(floor: &Policy, whole: &Policy, texts: &[(FileId, &str, &str)]) -> Vec<Weaker> {
    let mut out = Collector { policy: whole, texts, out: Vec::new() };
    rules(floor, whole, &mut out);
    thresholds(floor, whole, &mut out);
    ceilings(floor, whole, &mut out);
    if !floor.approved.is_empty() {
        approvals(floor, whole, &mut out);
    }
    modules(floor, whole, &mut out);
    paths::compare(floor, whole, &mut out);
    own::compare(floor, whole, &mut out);
    own::registry(floor, whole, &mut out);
    out.out
}

struct Collector<'t> {
    policy: &'t Policy,
    texts: &'t [(FileId, &'t str, &'t str)],
    out: Vec<Weaker>,
}

impl Collector<'_> {
    /// At a key, or at one text of the list there.
    fn say(&mut self, keys: &[&str], item: Option<&str>, message: String, judged: &[&str]) {
        let at = self.place(keys, item);
        self.say_at(at, keys, item, message, judged);
    }

    fn say_at(&mut self, at: Spot, keys: &[&str], item: Option<&str>, message: String, judged: &[&str]) {
        let route = keys.iter().fold(Route::root(), |route, key| route.key(key));
        let route = item.map_or(route.clone(), |item| route.item(item));
        let judged = judged.iter().map(|part| (*part).to_owned()).collect();
        self.out.push(Weaker { at, route: route.0, message, judged, severity: None });
    }

    fn spot(&self, file: FileId, span: ByteSpan) -> Spot {
        Spot { path: self.policy.path_of(file).to_owned(), span }
    }

    /// The bytes of a key, or of a text in its list, in the file that has it and wins. Where none has it, those of the
    /// nearest table around it in the own file; of `extends`, where that names what it is laid over.
    fn place(&self, keys: &[&str], item: Option<&str>) -> Spot {
        self.found(keys, item).or_else(|| self.found(keys, None)).unwrap_or_else(|| {
            let own = self.texts.first();
            let around = (0..keys.len()).rev().filter_map(|end| keys.get(..end));
            let span = own.and_then(|(_, path, text)| {
                around
                    .filter(|keys| !keys.is_empty())
                    .find_map(|keys| span_of(path, text, keys, None))
                    .or_else(|| span_of(path, text, &["extends"], None))
            });
            self.spot(FileId(0), span.unwrap_or(ByteSpan::at(0)))
        })
    }

    /// The same, where a file has it.
    fn found(&self, keys: &[&str], item: Option<&str>) -> Option<Spot> {
        self.texts
            .iter()
            .find_map(|(file, path, text)| Some(self.spot(*file, span_of(path, text, keys, item)?)))
    }
}

/// The bytes of a key in a file, or of a text in its list.
fn span_of(path: &str, text: &str, keys: &[&str], item: Option<&str>) -> Option<ByteSpan> {
    let (root, _) = DeTable::parse_recoverable(text);
    let mut table = read::own_table(path, root.get_ref());
    let mut span = None;
    for key in keys {
        let (written, value) = table?.iter().find(|(written, _)| written.get_ref() == key)?;
        span = Some(ByteSpan::from(written.span()));
        table = value.get_ref().as_table();
        if let Some(item) = item.filter(|_| keys.last() == Some(key)) {
            let items = value.get_ref().as_array()?;
            let found = items.iter().find(|i| i.get_ref().as_str() == Some(item))?;
            span = Some(ByteSpan::from(found.span()));
        }
    }
    span
}

/// Rules by their names, the first few of many.
pub(super) fn listed(rules: &[Named<'_>]) -> String {
    let names = rules.iter().take(NAMED).map(|rule| format!("`{}`", rule.id));
    let more = rules.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    names.chain(more).collect::<Vec<_>>().join(", ")
}

fn rules(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    let runs = |policy: &Policy| policy.select(RULES, Selection::default()).unwrap_or_default();
    let (was, is): (Selected, Selected) = (runs(before), runs(after));
    let in_is = |rule: &Named<'_>| is.named().any(|other| other.id == rule.id);
    // A row that is gone is told by itself.
    let there = |rule: &Named<'_>| !super::rows::is_name(rule.id) || after.rule(rule.id).is_some();
    let mut lost: Vec<Named<'_>> = was.named().filter(|rule| !in_is(rule) && there(rule)).collect();
    for word in &after.ignore {
        let (by_word, others) = lost.into_iter().partition::<Vec<Named<'_>>, _>(|rule| rule.is_called(word));
        lost = others;
        if by_word.is_empty() {
            continue;
        }
        let message = format!("switched off: {}", listed(&by_word));
        // `off` as a severity is kept as an ignored rule.
        match out.found(&["rules", "ignore"], Some(word)) {
            None => out.say(&["rules", "severity", word], None, message, &["off", word]),
            Some(at) => out.say_at(at, &["rules", "ignore"], Some(word), message, &["off", word]),
        }
    }
    if before.preview == Some(true) && after.preview != Some(true) {
        let young = |rule: &Named<'_>| names::rule(RULES, rule.id).is_some_and(|rule| rule.meta.preview);
        let (preview, others) = lost.into_iter().partition::<Vec<Named<'_>>, _>(young);
        lost = others;
        if !preview.is_empty() {
            let message = format!("rules in preview run no longer: {}", listed(&preview));
            out.say(&["preview"], None, message, &["preview"]);
        }
    }
    if !lost.is_empty() {
        let message = format!("no longer among the rules that run: {}", listed(&lost));
        let ids: Vec<&str> = lost.iter().map(|rule| rule.id).collect();
        out.say(&["rules", "select"], None, message, &["unselected", &digest(ids)]);
    }
    for rule in is.named() {
        let id = rule.id;
        let (Some(was), Some(is)) = (severity(before, id), severity(after, id)) else { continue };
        if is < was {
            let message = format!("`{id}` is lowered from {} to {}", name(&was), name(&is));
            let keys = ["rules", "severity", id];
            let row = after.rule(id).map(|row| out.spot(row.file, row.span));
            match row.filter(|_| out.found(&keys, None).is_none()) {
                Some(at) => out.say_at(at, &keys, None, message, &["severity", id, &name(&is)]),
                None => out.say(&keys, None, message, &["severity", id, &name(&is)]),
            }
        }
    }
}

/// How severe a rule is where no row of `[[paths]]` speaks.
fn severity(policy: &Policy, id: &str) -> Option<Severity> {
    let own = || policy.rule(id).map(|row| row.severity);
    policy.severity(id).or_else(own).or_else(|| names::rule(RULES, id).map(|rule| rule.meta.severity))
}

/// A word of the configuration as it is written there.
pub(super) fn name(word: &impl serde::Serialize) -> String {
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
        let at = out.spot(row.file, span);
        let print = digest([fingerprint.as_str()]);
        out.say_at(at, &["waiver"], Some(&print), message, &["waiver", &rule, &print, &until]);
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
            let at = out.spot(is.file, is.span);
            out.say_at(at, &["plugin"], Some(&was.path), message, &["plugin", &is.sha256]);
        }
    }
    for was in &before.detectors {
        if !after.detectors.iter().any(|is| is.text == was.text) {
            let message = "a file of detectors is no longer used".to_owned();
            out.say(&["detectors"], None, message, &["detectors", &was.text]);
        }
    }
}
