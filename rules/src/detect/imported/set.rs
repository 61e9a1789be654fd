//! From what is written to what is searched for: extensions merged, patterns read, limits held, and a message for each
//! construct that is not honoured.
//!
//! One principle decides what happens then. A rule one of whose own conditions cannot be asked is left out: it would
//! report what its author never meant. An exception that cannot be asked excepts nothing and the rule stays: it may
//! report more, where everybody sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::candidate::{Allowlist, Field, Words};
use super::expression::Expression;
use super::go::Fault;
use super::limits;
use super::pattern::Pattern;
use super::remarks::Remarks;
use super::written::{self, File, Text};
use crate::policy::names::quoted;

/// The rules of one file and what it extends.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) rules: Vec<Rule>,
    pub(super) allow: Vec<Allowlist>,
    /// Conditions on which a whole file, or a find, is passed over.
    pub(super) prefilter: Vec<Expression>,
    pub(super) filter: Vec<Expression>,
}

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) pattern: Pattern,
    pub(super) group: usize,
    pub(super) entropy: Option<f64>,
    pub(super) path: Option<Pattern>,
    /// In lower case; without any, the rule is searched for in every file.
    pub(super) keywords: Vec<String>,
    pub(super) allow: Vec<Arc<Allowlist>>,
    pub(super) filter: Option<Expression>,
    pub(super) required: Vec<Required>,
    /// It speaks only where another rule requires it.
    pub(super) silent: bool,
}

/// A rule that must find something near.
#[derive(Debug)]
pub(super) struct Required {
    pub(super) rule: usize,
    pub(super) lines: Option<usize>,
    pub(super) columns: Option<usize>,
}

/// Lays a file over the one that it extends, as gitleaks does: what it says of a rule replaces or, for lists, joins.
pub(super) fn merge(base: File, over: File, remarks: &mut Remarks) -> File {
    let File { use_default, rules, allow, disabled, filters, .. } = over;
    let mut merged = base;
    let known: BTreeSet<&str> = merged.rules.iter().filter_map(name).map(String::as_str).collect();
    for id in disabled.iter().filter(|id| !known.contains(id.text.as_str())) {
        let message =
            format!("`disabledRules`: there is no rule {} to switch off; take it away", quoted(&id.text));
        remarks.say(&id.path, id.at(0), message);
    }
    let off: BTreeSet<&str> = disabled.iter().map(|id| id.text.as_str()).collect();
    merged.rules.retain(|rule| !name(rule).is_some_and(|id| off.contains(id.as_str())));
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    for (index, rule) in merged.rules.iter().enumerate() {
        if let Some(id) = name(rule) {
            at.insert(id.to_owned(), index);
        }
    }
    for rule in rules {
        match name(&rule).and_then(|id| at.get(id)).and_then(|index| merged.rules.get_mut(*index)) {
            Some(base) => lay(base, rule),
            None => merged.rules.push(rule),
        }
    }
    merged.allow.extend(allow);
    merged.use_default = merged.use_default.or(use_default);
    // Either may pass something over.
    merged.filters.extend(filters);
    merged
}

fn name(rule: &written::Rule) -> Option<&String> {
    rule.id.as_ref().map(|id| &id.text)
}

fn lay(base: &mut written::Rule, over: written::Rule) {
    base.description = over.description.or(base.description.take());
    base.regex = over.regex.or(base.regex.take());
    base.path = over.path.or(base.path.take());
    base.group = over.group.filter(|g| *g != 0).or(base.group);
    base.entropy = over.entropy.filter(|e| *e != 0.0).or(base.entropy);
    base.filter = over.filter.or(base.filter.take());
    base.keywords.extend(over.keywords);
    base.allow.extend(over.allow);
    base.required.extend(over.required);
    base.refused = over.refused.or(base.refused.take());
    base.skip_report |= over.skip_report;
}

/// Builds what is searched for.
pub(super) fn build(file: File, remarks: &mut Remarks, states: &mut usize) -> Set {
    Builder { remarks, states, words: 0, keywords: 0 }.set(file)
}

struct Builder<'a> {
    remarks: &'a mut Remarks,
    /// States of all patterns so far.
    states: &'a mut usize,
    /// Bytes of words so far.
    words: usize,
    keywords: usize,
}

impl Builder<'_> {
    fn set(&mut self, file: File) -> Set {
        let mut set = Set::default();
        if let Some(place) = &file.use_default {
            let message = "`extend.useDefault`: the default rules of other programs are not in hallpass, whose own \
                           detectors run instead; nothing is to be done, or name their file with `extend.path`";
            self.remarks.say(&place.path, place.at, message.to_owned());
            for id in &file.disabled {
                let message = "hallpass' own detectors are not switched off by it; write a waiver instead";
                self.remarks.once(&id.path, id.at(0), "`disabledRules` of the default", message);
            }
        }
        let by_default = file.use_default.is_some();
        let mut required = Vec::new();
        for rule in file.rules {
            let wanted = rule.required.clone();
            if let Some(built) = self.rule(rule, by_default, &set.rules) {
                set.rules.push(built);
                required.push(wanted);
            }
        }
        let at: BTreeMap<String, usize> =
            set.rules.iter().enumerate().map(|(index, rule)| (rule.id.clone(), index)).collect();
        self.require(&mut set, &at, required);
        for list in file.allow {
            let targets = list.targets.clone();
            let Some(built) = self.allowlist(&list) else { continue };
            if targets.is_empty() {
                set.allow.push(built);
                continue;
            }
            let built = Arc::new(built);
            for target in targets {
                match at.get(&shown(&target.text)).and_then(|index| set.rules.get_mut(*index)) {
                    Some(rule) => rule.allow.push(Arc::clone(&built)),
                    None => {
                        let what = quoted(&target.text);
                        let message =
                            format!("`targetRules`: {what} is no rule that is read here; take it away");
                        self.remarks.say(&target.path, target.at(0), message);
                    }
                }
            }
        }
        for (text, before) in file.filters {
            let name = if before { "prefilter" } else { "filter" };
            match Expression::read(&text.text, !before).and_then(|read| self.counted(read)) {
                Ok(read) if before => set.prefilter.push(read),
                Ok(read) => set.filter.push(read),
                Err(fault) => {
                    let message = format!(
                        "`{name}` of the file holds {}: it is passed over, and more is reported; write it with \
                         comparisons and lists only",
                        fault.what
                    );
                    self.remarks.say(&text.path, text.at(fault.at), message);
                }
            }
        }
        set
    }

    fn left_out(&mut self, path: &str, at: crate::span::ByteSpan, id: &str, why: &str, advice: &str) {
        let message = format!("rule {} is left out: {why}; {advice}", quoted(id));
        self.remarks.say(path, at, message);
    }

    fn rule(&mut self, rule: written::Rule, by_default: bool, before: &[Rule]) -> Option<Rule> {
        let written::Rule { place, id, .. } = &rule;
        let Some(id) = id else {
            let message = "a rule without `id` is left out; give it one".to_owned();
            self.remarks.say(&place.path, place.at, message);
            return None;
        };
        let name = id.text.clone();
        if before.iter().any(|other| other.id == name) {
            self.left_out(&id.path, id.at(0), &name, "another has its name", "give it another");
            return None;
        }
        if let Some((place, why)) = &rule.refused {
            self.left_out(&place.path, place.at, &name, why, "write the rule without it");
            return None;
        }
        let Some(regex) = &rule.regex else {
            let (why, advice) = match (&rule.path, by_default) {
                (Some(_), _) => (
                    "it has a `path` and no `regex`, and hallpass reports credentials by their bytes",
                    "give it a `regex`",
                ),
                (None, true) => (
                    "it has no `regex`, and the default rule that it changes is not here",
                    "name the file with that rule with `extend.path`",
                ),
                (None, false) => ("it has no `regex`", "give it one"),
            };
            self.left_out(&id.path, id.at(0), &name, why, advice);
            return None;
        };
        let pattern = self.own(regex, "regex", &name)?;
        let group = rule.group.unwrap_or(0);
        if group > pattern.groups {
            let why = format!("`secretGroup` is {group}, and its pattern has {} groups", pattern.groups);
            self.left_out(&regex.path, regex.at(0), &name, &why, "count the groups");
            return None;
        }
        let path = match &rule.path {
            Some(path) => Some(self.own(path, "path", &name)?),
            None => None,
        };
        let filter = match &rule.filter {
            Some(text) => match Expression::read(&text.text, true).and_then(|read| self.counted(read)) {
                Ok(filter) => Some(filter),
                Err(fault) => {
                    let why = format!("its `filter` holds {}", fault.what);
                    let advice = "write it with comparisons and lists only";
                    self.left_out(&text.path, text.at(fault.at), &name, &why, advice);
                    return None;
                }
            },
            None => None,
        };
        let keywords = self.keywords(&rule.keywords, &name, id)?;
        let allow = rule.allow.iter().filter_map(|list| self.allowlist(list)).map(Arc::new).collect();
        let title = rule.description.as_ref().map(|d| d.text.trim()).filter(|d| !d.is_empty());
        Some(Rule {
            title: shown(title.unwrap_or(&name)),
            id: shown(&name),
            pattern,
            group,
            entropy: rule.entropy.filter(|bound| *bound != 0.0),
            path,
            keywords,
            allow,
            filter,
            required: Vec::new(),
            silent: rule.skip_report,
        })
    }

    /// A pattern that the rule cannot be without.
    fn own(&mut self, text: &Text, key: &str, rule: &str) -> Option<Pattern> {
        match self.pattern(text) {
            Ok(pattern) => Some(pattern),
            Err(fault) => {
                let why = format!("its `{key}` holds {}", fault.what);
                self.left_out(
                    &text.path,
                    text.at(fault.at),
                    rule,
                    &why,
                    "write it in Go's syntax (RE2), or smaller",
                );
                None
            }
        }
    }

    fn pattern(&mut self, text: &Text) -> Result<Pattern, Fault> {
        let pattern = Pattern::read(&text.text)?;
        self.count(&pattern)?;
        Ok(pattern)
    }

    fn count(&mut self, pattern: &Pattern) -> Result<(), Fault> {
        let sum = self.states.saturating_add(pattern.states);
        if sum > limits::ALL_STATES {
            let limit = limits::ALL_STATES;
            let what = format!("the pattern with which all together pass {limit} states");
            return Err(Fault { at: 0, what });
        }
        *self.states = sum;
        Ok(())
    }

    fn counted(&mut self, read: Expression) -> Result<Expression, Fault> {
        let mut fault = Ok(());
        read.patterns(&mut |pattern| {
            let counted = self.count(pattern);
            if fault.is_ok() {
                fault = counted;
            }
        });
        fault.map(|()| read)
    }

    fn keywords(&mut self, written: &[Text], rule: &str, id: &Text) -> Option<Vec<String>> {
        let mut keywords = Vec::new();
        for keyword in written {
            let text = &keyword.text;
            if text.len() > limits::KEYWORD {
                let why = format!("a keyword of more than {} bytes", limits::KEYWORD);
                self.left_out(&keyword.path, keyword.at(0), rule, &why, "write a shorter one");
                return None;
            }
            if !text.is_ascii() {
                let message = format!(
                    "rule {}: letters beyond ASCII in a keyword are searched for in this case only; write both cases",
                    quoted(rule)
                );
                self.remarks.say(&keyword.path, keyword.at(0), message);
            }
            if !text.is_empty() {
                keywords.push(text.to_ascii_lowercase());
            }
        }
        self.keywords += keywords.len();
        if self.keywords > limits::KEYWORDS {
            let why = format!("all keywords together are more than {}", limits::KEYWORDS);
            self.left_out(&id.path, id.at(0), rule, &why, "give fewer rules, in several runs");
            return None;
        }
        keywords.sort();
        keywords.dedup();
        Some(keywords)
    }

    fn require(
        &mut self,
        set: &mut Set,
        at: &BTreeMap<String, usize>,
        required: Vec<Vec<written::Required>>,
    ) {
        let mut lost = Vec::new();
        for (index, wanted) in required.into_iter().enumerate() {
            for one in wanted {
                let Some(rule) = set.rules.get_mut(index) else { continue };
                match at.get(&shown(&one.id.text)) {
                    Some(other) => {
                        let required = Required { rule: *other, lines: one.lines, columns: one.columns };
                        rule.required.push(required);
                    }
                    None => lost.push((index, one.id, rule.id.clone())),
                }
            }
        }
        // The places of the others are counted on: a rule that is lost is silent.
        for (index, id, name) in lost {
            let why = format!("it requires {}, which is not read here", quoted(&id.text));
            self.left_out(&id.path, id.at(0), &name, &why, "add that rule");
            if let Some(rule) = set.rules.get_mut(index) {
                rule.silent = true;
            }
        }
    }

    fn allowlist(&mut self, list: &written::Allowlist) -> Option<Allowlist> {
        if list.refused {
            return None;
        }
        let mut built = Allowlist { all: list.all, ..Allowlist::default() };
        if let Some(place) = &list.commits {
            built.never = true;
            let message = "a tree is read as it is, without commits, and this check never holds; name paths or \
                           words instead, or write a waiver";
            self.remarks.once(&place.path, place.at, "`commits` of an allowlist", message);
        }
        if let Some(place) = &list.resources {
            built.never = true;
            let message = "nothing but a path is known of a file, and this check never holds; use `paths`";
            self.remarks.once(&place.path, place.at, "`resources` of an allowlist", message);
        }
        built.target = match list.target.as_ref().map(|t| t.text.as_str()) {
            None | Some("" | "secret") => None,
            Some("match") => Some(Field::Match),
            Some("line") => Some(Field::Line),
            Some(_) => {
                if let Some(target) = &list.target {
                    let message = "`regexTarget` is secret, match or line: this allowlist is left out, and more is \
                                   reported";
                    self.remarks.say(&target.path, target.at(0), message.to_owned());
                }
                return None;
            }
        };
        built.paths = list.paths.as_ref().map(|texts| self.exceptions(texts));
        built.regexes = list.regexes.as_ref().map(|texts| self.exceptions(texts));
        built.stopwords = list.stopwords.as_ref().and_then(|texts| {
            self.words += texts.iter().map(|text| text.text.len()).sum::<usize>();
            if self.words > limits::WORDS {
                let message = format!(
                    "`stopwords`: all together are more than {} KiB: these are passed over, and more is reported; \
                     write fewer",
                    limits::WORDS >> 10
                );
                self.remarks.say(&list.place.path, list.place.at, message);
                built.never = true;
                return None;
            }
            Some(Words::new(texts.iter().map(|t| t.text.clone()).filter(|t| !t.is_empty()).collect()))
        });
        let empty =
            built.paths.is_none() && built.regexes.is_none() && built.stopwords.is_none() && !built.never;
        if empty {
            let message = "an allowlist without any check excepts nothing; take it away".to_owned();
            self.remarks.say(&list.place.path, list.place.at, message);
        }
        (!empty).then_some(built)
    }

    fn exceptions(&mut self, texts: &[Text]) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for text in texts {
            match self.pattern(text) {
                Ok(pattern) => patterns.push(pattern),
                Err(fault) => {
                    let message = format!(
                        "an allowlist's pattern holds {}: it is passed over, and more is reported; write it in Go's \
                         syntax (RE2), or smaller",
                        fault.what
                    );
                    self.remarks.say(&text.path, text.at(fault.at), message);
                }
            }
        }
        patterns
    }
}

/// A text of the file, fit for a message.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(limits::SHOWN).collect()
}
