//! An imported file as it is written: TOML to rules and allowlists, each text with its place. Nothing is judged here
//! but types and names of keys. Keys are taken in any case, as those programs do.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::limits;
use super::remarks::Remarks;
use crate::policy::Problem;
use crate::policy::names::{did_you_mean, quoted};
use crate::span::ByteSpan;

/// A text and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) path: String,
    span: ByteSpan,
    /// The byte that its first character stands at, if it is written as it is meant.
    first: Option<usize>,
}

impl Text {
    /// The place of a byte of the text.
    pub(super) fn at(&self, offset: usize) -> ByteSpan {
        self.first.map_or(self.span, |first| ByteSpan::new(first + offset, self.span.end as usize))
    }
}

/// A place in a file.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) at: ByteSpan,
}

#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) use_default: Option<Place>,
    pub(super) extends: Option<Text>,
    pub(super) disabled: Vec<Text>,
    pub(super) rules: Vec<Rule>,
    pub(super) allow: Vec<Allowlist>,
    /// Expressions of this file and those it extends; whether they are asked before a search.
    pub(super) filters: Vec<(Text, bool)>,
}

#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) place: Place,
    pub(super) id: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) regex: Option<Text>,
    pub(super) path: Option<Text>,
    pub(super) group: Option<usize>,
    pub(super) entropy: Option<f64>,
    pub(super) keywords: Vec<Text>,
    pub(super) allow: Vec<Allowlist>,
    pub(super) filter: Option<Text>,
    pub(super) required: Vec<Required>,
    pub(super) skip_report: bool,
    /// A condition that cannot be asked: where, and what.
    pub(super) refused: Option<(Place, String)>,
}

#[derive(Clone, Debug)]
pub(super) struct Required {
    pub(super) id: Text,
    pub(super) lines: Option<usize>,
    pub(super) columns: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Allowlist {
    pub(super) place: Place,
    pub(super) all: bool,
    pub(super) commits: Option<Place>,
    pub(super) resources: Option<Place>,
    pub(super) paths: Option<Vec<Text>>,
    pub(super) regexes: Option<Vec<Text>>,
    pub(super) target: Option<Text>,
    pub(super) stopwords: Option<Vec<Text>>,
    pub(super) targets: Vec<Text>,
    /// Its condition is not known: it excepts nothing.
    pub(super) refused: bool,
}

const FILE: [&str; 11] = [
    "title",
    "description",
    "minversion",
    "betterleaksminversion",
    "extend",
    "rules",
    "allowlist",
    "allowlists",
    "prefilter",
    "filter",
    "version",
];
const EXTEND: [&str; 4] = ["usedefault", "path", "disabledrules", "url"];
const RULE: [&str; 20] = [
    "id",
    "description",
    "regex",
    "path",
    "secretgroup",
    "entropy",
    "keywords",
    "tags",
    "allowlist",
    "allowlists",
    "required",
    "components",
    "skipreport",
    "tokenefficiency",
    "filter",
    "validate",
    "analyze",
    "revoke",
    "specificity",
    "confidence",
];
const ALLOWLIST: [&str; 9] = [
    "description",
    "condition",
    "commits",
    "paths",
    "regextarget",
    "regexes",
    "stopwords",
    "targetrules",
    "resources",
];

/// Reads a file.
pub(super) fn read(path: &str, bytes: &[u8], remarks: &mut Remarks) -> Result<File, Vec<Problem>> {
    let problem =
        |at: Option<ByteSpan>, message: String| vec![Problem { path: path.to_owned(), at, message }];
    if bytes.len() > limits::FILE {
        return Err(problem(None, format!("larger than {} MiB; no set of rules is", limits::FILE >> 20)));
    }
    let source = std::str::from_utf8(bytes).map_err(|error| {
        let at = ByteSpan::at(error.valid_up_to());
        problem(Some(at), "not UTF-8 from here on; save the file as UTF-8".to_owned())
    })?;
    let table = DeTable::parse(source)
        .map_err(|e| problem(e.span().map(ByteSpan::from), format!("not TOML: {}", e.message())))?;
    let mut reader = Reader { path, source, remarks };
    Ok(reader.file(table.get_ref()))
}

struct Reader<'a> {
    path: &'a str,
    source: &'a str,
    remarks: &'a mut Remarks,
}

type Value<'v> = Spanned<DeValue<'v>>;

impl Reader<'_> {
    fn say(&mut self, at: Range<usize>, message: String) {
        self.remarks.say(self.path, at.into(), message);
    }

    fn place(&self, at: Range<usize>) -> Place {
        Place { path: self.path.to_owned(), at: at.into() }
    }

    /// The keys that are known, in lower case; others are named.
    fn keys<'t, 'v>(
        &mut self,
        table: &'t DeTable<'v>,
        known: &[&str],
        within: &str,
    ) -> Vec<(String, &'t Value<'v>, Range<usize>)> {
        let mut keys = Vec::new();
        for (key, value) in table {
            let word: &str = key.get_ref();
            let lower = word.to_ascii_lowercase();
            if known.contains(&lower.as_str()) {
                keys.push((lower, value, key.span()));
            } else if self.remarks.is_full() {
                self.say(key.span(), String::new());
            } else {
                let hint = did_you_mean(&lower, known.iter().copied());
                let hint = hint.trim_end_matches('?');
                let message = format!(
                    "unknown key {} in {within}: it is passed over{hint}; take it away or correct it",
                    quoted(word)
                );
                self.say(key.span(), message);
            }
        }
        keys
    }

    fn file(&mut self, table: &DeTable<'_>) -> File {
        let mut file = File::default();
        for (key, value, at) in self.keys(table, &FILE, "the file") {
            match key.as_str() {
                "extend" => self.extend(value, &mut file),
                "rules" => {
                    let tables = self.tables(value, "rules");
                    if tables.len() > limits::RULES {
                        let message = format!(
                            "more than {} rules: those behind are left out; give fewer, in several files",
                            limits::RULES
                        );
                        self.say(at, message);
                    }
                    let tables = tables.into_iter().take(limits::RULES);
                    file.rules = tables.map(|(table, at)| self.rule(table, at)).collect();
                }
                "allowlist" | "allowlists" => {
                    let tables = self.tables(value, &key);
                    file.allow.extend(tables.into_iter().map(|(table, at)| self.allowlist(table, at)));
                }
                "prefilter" | "filter" => {
                    let text = self.text(value, &key).filter(|text| !text.text.trim().is_empty());
                    file.filters.extend(text.map(|text| (text, key == "prefilter")));
                }
                _ => {}
            }
        }
        file
    }

    fn extend(&mut self, value: &Value<'_>, file: &mut File) {
        let Some(table) = value.get_ref().as_table() else {
            return self.say(value.span(), "`extend` takes a table: it is passed over".to_owned());
        };
        for (key, value, at) in self.keys(table, &EXTEND, "`[extend]`") {
            match key.as_str() {
                "usedefault" if value.get_ref().as_bool() == Some(true) => {
                    file.use_default = Some(self.place(at));
                }
                "path" => file.extends = self.text(value, "path").filter(|t| !t.text.is_empty()),
                "disabledrules" => file.disabled = self.texts(value, "disabledRules"),
                "url" => self.say(
                    at,
                    "`extend.url`: nothing is fetched, and the rules there are missing; put the file into the tree \
                     and name it with `extend.path`"
                        .to_owned(),
                ),
                _ => {}
            }
        }
    }

    fn rule(&mut self, table: &DeTable<'_>, at: Range<usize>) -> Rule {
        let mut rule = Rule {
            place: self.place(at),
            id: None,
            description: None,
            regex: None,
            path: None,
            group: None,
            entropy: None,
            keywords: Vec::new(),
            allow: Vec::new(),
            filter: None,
            required: Vec::new(),
            skip_report: false,
            refused: None,
        };
        for (key, value, at) in self.keys(table, &RULE, "a rule") {
            match key.as_str() {
                "id" => rule.id = self.text(value, "id").filter(|t| !t.text.is_empty()),
                "description" => rule.description = self.text(value, "description"),
                "regex" => rule.regex = self.condition(value, "regex", &mut rule.refused),
                "path" => rule.path = self.condition(value, "path", &mut rule.refused),
                "filter" => rule.filter = self.condition(value, "filter", &mut rule.refused),
                "entropy" => match number(value) {
                    Some(bound) => rule.entropy = Some(bound),
                    None => {
                        rule.refused = Some((self.place(value.span()), "`entropy` takes a number".to_owned()))
                    }
                },
                "secretgroup" => match number(value).filter(|n| *n >= 0.0 && n.fract() == 0.0 && *n < 1e6) {
                    Some(group) => rule.group = Some(group as usize),
                    None => {
                        let what = "`secretGroup` takes a whole number".to_owned();
                        rule.refused = Some((self.place(value.span()), what));
                    }
                },
                "keywords" => rule.keywords = self.texts(value, "keywords"),
                "allowlist" | "allowlists" => {
                    let tables = self.tables(value, &key);
                    rule.allow.extend(tables.into_iter().map(|(table, at)| self.allowlist(table, at)));
                }
                "required" | "components" => self.required(value, &key, &mut rule),
                "skipreport" => rule.skip_report = value.get_ref().as_bool() == Some(true),
                "tokenefficiency" if value.get_ref().as_bool() != Some(false) => {
                    let what = "`tokenEfficiency`, for which hallpass has no tokeniser,".to_owned();
                    rule.refused = Some((self.place(at), what));
                }
                "validate" => self.not_asked(at, "`validate`"),
                "analyze" => self.not_asked(at, "`analyze`"),
                "revoke" => self.not_asked(at, "`revoke`"),
                _ => {}
            }
        }
        rule
    }

    fn not_asked(&mut self, at: Range<usize>, construct: &'static str) {
        let message = "hallpass asks no issuer, and the rule is honoured without it; nothing is to be done";
        self.remarks.once(self.path, at.into(), construct, message);
    }

    /// `[[rules.required]]`, and `components = [{ id, optional, within = "5L,100C" }]` of later versions.
    fn required(&mut self, value: &Value<'_>, key: &str, rule: &mut Rule) {
        for (table, at) in self.tables(value, key) {
            let (mut id, mut lines, mut columns, mut optional) = (None, None, None, false);
            let mut sound = true;
            let known = ["id", "withinlines", "withincolumns", "optional", "within"];
            for (key, value, _) in self.keys(table, &known, "a required rule") {
                let count = || number(value).filter(|n| *n >= 0.0 && *n < 1e9).map(|n| n as usize);
                match key.as_str() {
                    "id" => id = self.text(value, "id"),
                    "withinlines" => {
                        lines = count();
                        sound &= lines.is_some();
                    }
                    "withincolumns" => {
                        columns = count();
                        sound &= columns.is_some();
                    }
                    "optional" => optional = value.get_ref().as_bool() == Some(true),
                    _ => match self.text(value, "within").and_then(|text| within(&text.text)) {
                        Some(bounds) => (lines, columns) = bounds,
                        None => sound = false,
                    },
                }
            }
            match id.filter(|_| sound) {
                Some(id) if !optional => rule.required.push(Required { id, lines, columns }),
                Some(_) => {}
                None => {
                    let what = format!("`{key}` without a rule's id, or with a distance that is none,");
                    rule.refused = Some((self.place(at), what));
                }
            }
        }
    }

    fn allowlist(&mut self, table: &DeTable<'_>, at: Range<usize>) -> Allowlist {
        let mut list = Allowlist {
            place: self.place(at),
            all: false,
            commits: None,
            resources: None,
            paths: None,
            regexes: None,
            target: None,
            stopwords: None,
            targets: Vec::new(),
            refused: false,
        };
        for (key, value, at) in self.keys(table, &ALLOWLIST, "an allowlist") {
            let some = |texts: Vec<Text>| Some(texts).filter(|t| !t.is_empty());
            match key.as_str() {
                "condition" => match value.get_ref().as_str().map(str::to_ascii_uppercase).as_deref() {
                    Some("AND" | "&&") => list.all = true,
                    Some("" | "OR" | "||") => {}
                    _ => {
                        list.refused = true;
                        let message =
                            "`condition` is AND or OR: this allowlist is left out, and more is reported";
                        self.say(value.span(), message.to_owned());
                    }
                },
                "commits" => {
                    list.commits = Some(self.place(at)).filter(|_| !self.texts(value, "commits").is_empty());
                }
                "resources" => list.resources = Some(self.place(at)),
                "paths" => list.paths = some(self.texts(value, "paths")),
                "regexes" => list.regexes = some(self.texts(value, "regexes")),
                "regextarget" => list.target = self.text(value, "regexTarget"),
                "stopwords" => list.stopwords = some(self.texts(value, "stopwords")),
                "targetrules" => list.targets = self.texts(value, "targetRules"),
                _ => {}
            }
        }
        list
    }

    /// Tables of a list, or one alone.
    fn tables<'t, 'v>(&mut self, value: &'t Value<'v>, name: &str) -> Vec<(&'t DeTable<'v>, Range<usize>)> {
        let wrong =
            |reader: &mut Self, at| reader.say(at, format!("`{name}` takes tables: this is passed over"));
        match value.get_ref() {
            DeValue::Table(table) => vec![(table, value.span())],
            DeValue::Array(items) => {
                let mut tables = Vec::new();
                for item in items.iter() {
                    match item.get_ref() {
                        DeValue::Table(table) => tables.push((table, item.span())),
                        _ => wrong(self, item.span()),
                    }
                }
                tables
            }
            _ => {
                wrong(self, value.span());
                Vec::new()
            }
        }
    }

    fn text(&mut self, value: &Value<'_>, name: &str) -> Option<Text> {
        let Some(text) = value.get_ref().as_str() else {
            self.say(value.span(), format!("`{name}` takes a text: it is passed over"));
            return None;
        };
        let span = value.span();
        let raw = self.source.get(span.clone()).unwrap_or_default();
        let lead = ["'''\r\n", "'''\n", "\"\"\"\r\n", "\"\"\"\n", "'''", "\"\"\"", "'", "\""]
            .into_iter()
            .find(|lead| raw.starts_with(lead))
            .map_or(0, str::len);
        let as_meant = raw.get(lead..).is_some_and(|inner| inner.starts_with(text));
        Some(Text {
            text: text.to_owned(),
            path: self.path.to_owned(),
            first: as_meant.then_some(span.start + lead),
            span: span.into(),
        })
    }

    /// A text that narrows the rule: of another type, the rule is not understood.
    fn condition(
        &mut self,
        value: &Value<'_>,
        name: &str,
        refused: &mut Option<(Place, String)>,
    ) -> Option<Text> {
        if value.get_ref().as_str().is_none() {
            *refused = Some((self.place(value.span()), format!("`{name}` takes a text")));
            return None;
        }
        self.text(value, name).filter(|text| !text.text.is_empty())
    }

    /// Texts of a list; one alone is a list by commas, as in those programs.
    fn texts(&mut self, value: &Value<'_>, name: &str) -> Vec<Text> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|item| self.text(item, name)).collect(),
            DeValue::String(_) => {
                let Some(whole) = self.text(value, name) else { return Vec::new() };
                let part = |text: &str| Text { text: text.to_owned(), first: None, ..whole.clone() };
                whole.text.split(',').map(part).collect()
            }
            _ => {
                self.say(value.span(), format!("`{name}` takes a list of texts: it is passed over"));
                Vec::new()
            }
        }
    }
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value.get_ref() {
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
        DeValue::Float(n) => n.as_str().parse().ok(),
        DeValue::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|n: &f64| n.is_finite())
}

/// `5L`, `100C`, `5L,100C`: lines and columns.
fn within(text: &str) -> Option<(Option<usize>, Option<usize>)> {
    let (mut lines, mut columns) = (None, None);
    for part in text.split(',').map(str::trim) {
        if let Some(count) = part.strip_suffix(['L', 'l']) {
            lines = Some(count.trim().parse().ok()?);
        } else {
            columns = Some(part.strip_suffix(['C', 'c'])?.trim().parse().ok()?);
        }
    }
    Some((lines, columns))
}
