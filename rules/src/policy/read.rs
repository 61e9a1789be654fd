//! From the written form to a [`Policy`]: dates, durations, references, rule names and digests, each checked where it
//! stands. Waivers are taken as written: what is wrong with one is a finding of the ledger, not a reason to stop.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ceilings::{Ceiling, DAY};
use super::file::{self, Duration, File, Level, Limit};
use super::shape::Shape;
use super::{PathRow, People, PluginRow, Policy, Problem, WaiverRow, Written, names, paths, rows};
use crate::fact::declared::{is_glob, is_pattern};
use crate::fact::{Day, LifetimeClass};
use crate::finding::Severity;
use crate::rule::{RULES, Rule};
use crate::span::{ByteSpan, FileId};

/// A file by itself, before it is laid over those that it extends.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    /// What it says. Rules that a severity of `off` names are not among those ignored yet.
    pub(super) policy: Policy,
    /// Rules whose severity is `off`.
    pub(super) off: BTreeSet<String>,
    /// Whether it says which rules run, or which do not, be it none.
    pub(super) selects: bool,
    /// See [`Self::selects`].
    pub(super) ignores: bool,
    /// The files that it extends, as written.
    pub(super) extends: Vec<Written>,
}

/// Reads the file; every problem at once.
pub(super) fn layer(path: &str, bytes: &[u8], file: FileId) -> Result<Layer, Vec<Problem>> {
    let problem = |at: Option<ByteSpan>, message: String| Problem { path: path.to_owned(), at, message };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = ByteSpan::at(error.valid_up_to());
        vec![problem(Some(at), "not UTF-8 from here on; save the file as UTF-8".to_owned())]
    })?;
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(errors
            .iter()
            .map(|e| problem(e.span().map(ByteSpan::from), format!("not TOML: {}", e.message())))
            .collect());
    }
    let own = own_table(path, table.get_ref());
    let mut shape = Shape { path, problems: Vec::new() };
    if let Some(own) = own {
        shape.table(&file::schema(), own, table.span(), "");
    }
    if !shape.problems.is_empty() {
        shape.problems.sort();
        return Err(shape.problems);
    }
    let written: Result<File, _> = if is_python_project(path) {
        toml::from_str::<PythonProject>(text).map(|project| project.tool.hallpass)
    } else {
        toml::from_str(text)
    };
    let written = written.map_err(|e| vec![problem(e.span().map(ByteSpan::from), e.message().to_owned())])?;
    let mut reader =
        Reader { path, file, text, problems: Vec::new(), remarks: Vec::new(), named: Vec::new() };
    let mut layer = Layer {
        selects: written.rules.select.is_some(),
        ignores: written.rules.ignore.is_some(),
        extends: own.map(|own| extends(own, file)).unwrap_or_default(),
        ..Layer::default()
    };
    layer.policy = reader.policy(written, own, &mut layer.off);
    if reader.problems.is_empty() {
        layer.policy.remarks = reader.remarks;
        return Ok(layer);
    }
    reader.problems.sort();
    Err(reader.problems)
}

/// The files that a table extends, each with its place.
fn extends(table: &DeTable<'_>, file: FileId) -> Vec<Written> {
    let Some(value) = table.get("extends") else { return Vec::new() };
    let one = |value: &Spanned<DeValue<'_>>| {
        let text = value.get_ref().as_str()?.to_owned();
        Some(Written { text, span: ByteSpan::from(value.span()), file })
    };
    match value.get_ref() {
        DeValue::Array(items) => items.iter().filter_map(one).collect(),
        _ => one(value).into_iter().collect(),
    }
}

/// A `pyproject.toml`, as far as it is ours.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PythonProject {
    tool: Tools,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tools {
    hallpass: File,
}

/// Whether a file is a Python project's, of which `[tool.hallpass]` is ours.
fn is_python_project(path: &str) -> bool {
    path.rsplit(['/', '\\']).next() == Some("pyproject.toml")
}

/// The table of a document that is the policy; `None` for a Python project without one.
pub(super) fn own_table<'t, 'd>(path: &str, document: &'t DeTable<'d>) -> Option<&'t DeTable<'d>> {
    if !is_python_project(path) {
        return Some(document);
    }
    let tool = document.get("tool")?.get_ref().as_table()?;
    tool.get("hallpass")?.get_ref().as_table()
}

/// Whether a file holds a policy at all; one that cannot be read is thought to, and then says why.
pub(super) fn has_policy(path: &str, bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return true };
    let (table, errors) = DeTable::parse_recoverable(text);
    !errors.is_empty() || own_table(path, table.get_ref()).is_some()
}

pub(super) struct Reader<'a> {
    path: &'a str,
    pub(super) file: FileId,
    text: &'a str,
    problems: Vec<Problem>,
    remarks: Vec<Problem>,
    /// Rules of the policy that are named: whether there is such a row is known once all files are.
    named: Vec<Written>,
}

impl Reader<'_> {
    pub(super) fn say(&mut self, span: std::ops::Range<usize>, message: String) {
        self.problems.push(Problem { path: self.path.to_owned(), at: Some(ByteSpan::from(span)), message });
    }

    /// Line and column of a place, as messages have them.
    pub(super) fn line_column(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{line}:{column}")
    }

    /// Where a text stands.
    pub(super) fn text(&self, written: Spanned<String>) -> Written {
        Written { span: ByteSpan::from(written.span()), text: written.into_inner(), file: self.file }
    }

    /// Remarks on a name that holds and is not a rule's own.
    fn remark(&mut self, word: &Spanned<String>) {
        if let Some(message) = names::renamed(RULES, word.get_ref()) {
            let at = Some(ByteSpan::from(word.span()));
            self.remarks.push(Problem { path: self.path.to_owned(), at, message });
        }
    }

    fn policy(&mut self, file: File, own: Option<&DeTable<'_>>, off: &mut BTreeSet<String>) -> Policy {
        let mut policy = Policy {
            preview: file.preview,
            fail_on: file.fail_on,
            min_confidence: file.min_confidence,
            select: self.selectors(&file.rules.select.unwrap_or_default()),
            ignore: self.ignored(&file.rules.ignore.unwrap_or_default()),
            detectors: file.detectors.into_iter().map(|path| self.text(path)).collect(),
            approved: file.third_party.approved.into_iter().map(Spanned::into_inner).collect(),
            ..Policy::default()
        };
        let (severities, without) = self.severities(file.rules.severity);
        policy.severities = severities;
        off.extend(without);
        policy.paths = file.paths.into_iter().map(|row| self.paths(row)).collect();
        self.ceilings(&file.ceilings, &mut policy);
        policy.people = People {
            known: file.people.known.into_iter().map(|name| self.text(name)).collect(),
            left: file.people.left.into_iter().map(|name| self.text(name)).collect(),
        };
        policy.keys = self.keys(file.registry.keys);
        policy.identities = self.identities(file.identity);
        policy.waivers = file.waiver.into_iter().map(|row| self.waiver(row)).collect();
        policy.rules = rows::rows(self, file.policy, own);
        if file.floor {
            let at = own.and_then(|own| own.get("floor")).map_or(0..0, Spanned::span);
            let text = self.path.to_owned();
            policy.floors.push(Written { text, span: ByteSpan::from(at), file: self.file });
        }
        policy.plugins = file.plugin.into_iter().filter_map(|row| self.plugin(row)).collect();
        policy.named = std::mem::take(&mut self.named);
        policy
    }

    /// Whether a word names a rule of the policy; such a word is kept.
    fn is_own(&mut self, word: &Spanned<String>) -> bool {
        let is = rows::is_name(word.get_ref());
        if is {
            let (span, file) = (ByteSpan::from(word.span()), self.file);
            self.named.push(Written { text: word.get_ref().clone(), span, file });
        }
        is
    }

    /// Severities by rule, and the rules that are off.
    fn severities(
        &mut self,
        written: BTreeMap<Spanned<String>, Level>,
    ) -> (BTreeMap<String, Severity>, Vec<String>) {
        let (mut severities, mut off) = (BTreeMap::new(), Vec::new());
        for (word, level) in written {
            self.remark(&word);
            if self.is_own(&word) {
                match level.severity() {
                    Some(severity) => drop(severities.insert(word.into_inner(), severity)),
                    None => off.push(word.into_inner()),
                }
                continue;
            }
            match names::rule(RULES, word.get_ref()) {
                None => match names::selector(RULES, word.get_ref()) {
                    Ok(()) => self.say(
                        word.span(),
                        format!("`{}` is a class; severities are set rule by rule", word.get_ref()),
                    ),
                    Err(message) => self.say(word.span(), message),
                },
                Some(rule)
                    if severities.contains_key(rule.meta.id) || off.iter().any(|id| id == rule.meta.id) =>
                {
                    let message = format!("`{}` stands twice, once by another name; keep one", rule.meta.id);
                    self.say(word.span(), message);
                }
                Some(rule) => match level.severity() {
                    below if rule.meta.mandatory && below.is_none_or(|s| s < rule.meta.severity) => {
                        self.say(word.span(), mandatory(rule));
                    }
                    Some(severity) => {
                        severities.insert(rule.meta.id.to_owned(), severity);
                    }
                    None => off.push(rule.meta.id.to_owned()),
                },
            }
        }
        (severities, off)
    }

    fn paths(&mut self, row: file::Paths) -> PathRow {
        let pattern = row.matches.get_ref();
        if let Some(message) = not_a_pattern(pattern) {
            self.say(row.matches.span(), message.to_owned());
        }
        let (severities, off) = self.severities(row.severity);
        let mut ignore = self.ignored(&row.ignore);
        ignore.extend(off);
        PathRow { matches: row.matches.into_inner(), ignore, severities }
    }

    fn selectors(&mut self, words: &[Spanned<String>]) -> Vec<String> {
        for word in words {
            self.remark(word);
            if self.is_own(word) {
                continue;
            }
            if let Err(message) = names::selector(RULES, word.get_ref()) {
                self.say(word.span(), message);
            }
        }
        words.iter().map(|w| w.get_ref().clone()).collect()
    }

    fn ignored(&mut self, words: &[Spanned<String>]) -> Vec<String> {
        for word in words {
            if let Some(rule) = names::rule(RULES, word.get_ref()).filter(|rule| rule.meta.mandatory) {
                self.say(word.span(), mandatory(rule));
            }
        }
        self.selectors(words)
    }

    fn ceilings(&mut self, written: &file::Ceilings, policy: &mut Policy) {
        let rows = [
            (LifetimeClass::CloudSession, &written.cloud_session),
            (LifetimeClass::WorkloadToken, &written.workload_token),
            (LifetimeClass::AccessToken, &written.access_token),
            (LifetimeClass::RefreshToken, &written.refresh_token),
            (LifetimeClass::StandingKey, &written.standing_key),
            (LifetimeClass::Certificate, &written.certificate),
            (LifetimeClass::Authority, &written.authority),
            (LifetimeClass::Rotation, &written.rotation),
        ];
        for (class, limit) in rows {
            let Some(limit) = limit else { continue };
            let (warn, error) = match limit.get_ref() {
                Limit::One(both) => (both, both),
                Limit::Two(steps) => (&steps.warn, &steps.error),
            };
            match (warn.seconds(), error.seconds()) {
                (Some(warn), Some(error)) if warn <= error => {
                    policy.ceilings.insert(class, Ceiling { warn, error });
                }
                (Some(_), Some(_)) => {
                    self.say(limit.span(), "`warn` must not be longer than `error`".to_owned());
                }
                _ => self.say(limit.span(), DURATION.to_owned()),
            }
        }
        policy.waiver_days = self.days(written.waiver.as_ref());
        policy.break_glass_days = self.days(written.break_glass.as_ref());
    }

    fn days(&mut self, written: Option<&Spanned<Duration>>) -> Option<u32> {
        let written = written?;
        let days = written.get_ref().seconds().filter(|s| s.is_multiple_of(DAY)).map(|s| s / DAY);
        let days = days.and_then(|d| u32::try_from(d).ok());
        if days.is_none() {
            self.say(written.span(), "not a number of whole days; write `\"90d\"`".to_owned());
        }
        days
    }

    fn plugin(&mut self, row: Spanned<file::Plugin>) -> Option<PluginRow> {
        let span = ByteSpan::from(row.span());
        let row = row.into_inner();
        let path = row.path.get_ref();
        let inside = paths::inside(path);
        if inside.is_none() {
            self.say(
                row.path.span(),
                "a plugin's path is relative to the root and stays inside it, with `/`".to_owned(),
            );
        }
        // The host names the module by its path wherever it speaks of it.
        let is_token = crate::detect::without_tokens(path).is_some();
        if is_token {
            self.say(
                row.path.span(),
                "a plugin's path with the shape of a token is not repeated; give the file another name"
                    .to_owned(),
            );
        }
        let sha256 = row.sha256.get_ref().to_ascii_lowercase();
        let digest = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
        if !digest {
            let message = "not a SHA-256 digest: 64 hex digits; `hallpass plugin inspect FILE` prints it";
            self.say(row.sha256.span(), message.to_owned());
        }
        Some(PluginRow { path: inside.filter(|_| digest && !is_token)?, sha256, span, file: self.file })
    }

    /// A waiver's fields as they stand.
    fn waiver(&mut self, row: Spanned<file::Waiver>) -> WaiverRow {
        let span = ByteSpan::from(row.span());
        let row = row.into_inner();
        if let Some(word) = &row.rule {
            self.remark(word);
        }
        let text = |written: Option<Spanned<String>>| written.map(|written| self.text(written));
        WaiverRow {
            span,
            file: self.file,
            rule: text(row.rule),
            fingerprint: text(row.fingerprint),
            owner: text(row.owner),
            reason: text(row.reason),
            ticket: text(row.ticket),
            expires: row.expires.map(|date| Written {
                span: ByteSpan::from(date.span()),
                text: date_text(date.get_ref()),
                file: self.file,
            }),
            break_glass: row.break_glass,
        }
    }
}

/// Why a configuration file has no say in a rule.
fn mandatory(rule: &Rule) -> String {
    let id = rule.meta.id;
    format!(
        "`{id}` is mandatory: no configuration file switches it off or lowers it; take the line away, or give \
         `--ignore {id}` on the command line"
    )
}

/// What is wrong with a pattern of paths, if anything is.
pub(crate) fn not_a_pattern(pattern: &str) -> Option<&'static str> {
    if !is_pattern(pattern) {
        return Some(PATHS);
    }
    is_glob(pattern).then_some(GLOB)
}

const GLOB: &str = "`?`, `[…]`, `{…}` and a leading `!` mean nothing here: `*` alone stands for any text, `/` and such signs \
                    included; write one row for each pattern";

const PATHS: &str = "not a pattern of paths; write them from the root, with `/`: `examples/*`";

pub(super) const DURATION: &str = "not a duration; write `\"90d\"`, `\"1h\"` or `\"45 min\"`, with its unit, or a number of seconds \
                                   above 0 without quotes";

/// A date as written, with or without quotes.
pub(super) fn date_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(date) => date.to_string(),
        _ => String::new(),
    }
}

/// A day as `YYYY-MM-DD`, nothing else.
#[must_use]
pub(crate) fn day(text: &str) -> Option<Date> {
    Day::read(text).ok().map(|day| day.0)
}
