//! The conditions of a row, from TOML: which field, and what of it. Everything is checked where it stands.

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::field::{Kind, Table};
use super::pattern::Pattern;
use crate::policy::names::{did_you_mean, quoted};
use crate::policy::{ceilings, read};

/// What may be asked of a field, besides naming what it is.
pub(crate) const OPERATORS: [&str; 12] =
    ["is", "not", "covers", "any", "all", "none", "present", "unknown", "over", "under", "before", "after"];
/// Most texts of one list, and most conditions of a row with all its exceptions: more is a list for a file of its own.
const MOST: usize = 200;

/// A field, and what must be true of it. Its `Debug` form is what two versions of a row are compared by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    /// The way to the field; empty for an item itself.
    pub(crate) path: Vec<String>,
    /// All must hold.
    pub(crate) tests: Vec<Test>,
}

impl Condition {
    /// The field as it is written.
    pub(crate) fn field(&self) -> String {
        self.path.join(".")
    }
}

/// What must be true of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    /// A text that one of these matches.
    Text(Vec<Pattern>),
    /// One of these words.
    Word(Vec<String>),
    Flag(bool),
    /// So many seconds.
    Seconds(u64),
    /// On that day.
    On(Day),
    /// Another one; what is not there is another one too.
    Not(Box<Test>),
    /// A text whose own `*` takes in one of these.
    Covers(Vec<String>),
    /// Longer than so many seconds.
    Over(u64),
    /// Shorter.
    Under(u64),
    Before(Day),
    After(Day),
    Present(bool),
    Unknown(bool),
    /// Of the items of a list.
    Items(Quantifier, Vec<Condition>),
}

/// How many items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// At least one.
    Any,
    /// Each, and there is one.
    All,
    /// Not one.
    None,
}

/// A day, or one that moves with today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Day {
    Fixed(Date),
    /// So many days from today.
    FromToday(i64),
}

/// Reads conditions; what is wrong goes to `say`.
pub(crate) struct Reader<'s> {
    pub(crate) body: &'s str,
    pub(crate) say: &'s mut dyn FnMut(std::ops::Range<usize>, String),
    pub(crate) count: usize,
}

type Value<'d> = Spanned<DeValue<'d>>;

impl Reader<'_> {
    /// The conditions of a table, in the order in which they are written.
    pub(crate) fn table(&mut self, table: &DeTable<'_>, fields: &Table) -> Vec<Condition> {
        let mut out = Vec::new();
        self.below(table, fields, &[], &mut out);
        out
    }

    fn say(&mut self, value: std::ops::Range<usize>, message: String) {
        (self.say)(value, message);
    }

    fn below(&mut self, table: &DeTable<'_>, fields: &Table, path: &[String], out: &mut Vec<Condition>) {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            self.entry(key.span(), key.get_ref(), value, fields, path, out);
        }
    }

    fn entry(
        &mut self,
        at: std::ops::Range<usize>,
        key: &str,
        value: &Value<'_>,
        fields: &Table,
        path: &[String],
        out: &mut Vec<Condition>,
    ) {
        self.count += 1;
        if self.count == MOST + 1 {
            self.say(at.clone(), format!("more than {MOST} conditions in one row; make several of it"));
        }
        if self.count > MOST {
            return;
        }
        let (mut path, mut fields) = (path.to_vec(), fields);
        let mut steps = key.split('.').peekable();
        while let Some(step) = steps.next() {
            let Some(field) = fields.get(step) else {
                return self.unknown(at, step, fields, &path);
            };
            path.push(step.to_owned());
            if steps.peek().is_none() {
                return self.field(&field.kind, value, &path, out);
            }
            match field.kind.fields() {
                Some(inner) => fields = inner,
                None => return self.no_fields(at, &field.kind, &path),
            }
        }
    }

    fn unknown(&mut self, at: std::ops::Range<usize>, step: &str, fields: &Table, path: &[String]) {
        let of =
            if path.is_empty() { format!("a `{}` fact", self.body) } else { format!("`{}`", path.join(".")) };
        let names = fields.keys().map(String::as_str);
        let hint = match did_you_mean(step, names.clone()) {
            none if none.is_empty() => {
                format!("; there are {}", names.map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "))
            }
            hint => hint,
        };
        self.say(at, format!("{of} has no field {}{hint}", quoted(step)));
    }

    fn no_fields(&mut self, at: std::ops::Range<usize>, kind: &Kind, path: &[String]) {
        let name = path.join(".");
        let message = match kind.seen() {
            Kind::List(_) => {
                format!(
                    "`{name}` is a list: ask about its items with `{name} = {{ any = {{ … }} }}`, `all` or `none`"
                )
            }
            kind => format!("`{name}` is {} and has no fields", kind.name()),
        };
        self.say(at, message);
    }

    fn field(&mut self, kind: &Kind, value: &Value<'_>, path: &[String], out: &mut Vec<Condition>) {
        let DeValue::Table(table) = value.get_ref() else {
            let tests = self.short(kind, value, path).into_iter().collect();
            out.push(Condition { path: path.to_vec(), tests });
            return;
        };
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        if entries.is_empty() {
            self.say(
                value.span(),
                format!("it asks nothing about `{}`; write {}", path.join("."), takes(kind)),
            );
        }
        let mut tests = Vec::new();
        for (key, value) in entries {
            let word: &str = key.get_ref();
            // `all` is asked of lists, and one of the two things that may flow.
            let is_field = kind.fields().is_some_and(|fields| fields.contains_key(word));
            if OPERATORS.contains(&word) && !is_field {
                tests.extend(self.operator(key.span(), word, kind, value, path));
            } else if let Some(fields) = kind.fields() {
                self.entry(key.span(), word, value, fields, path, out);
            } else {
                let known = OPERATORS.iter().copied().filter(|name| fits(name, kind));
                let hint = match did_you_mean(word, known) {
                    none if none.is_empty() => format!("; it takes {}", takes(kind)),
                    hint => hint,
                };
                let name = path.join(".");
                self.say(key.span(), format!("{} cannot be asked of `{name}`{hint}", quoted(word)));
            }
        }
        if !tests.is_empty() {
            out.push(Condition { path: path.to_vec(), tests });
        }
    }

    fn operator(
        &mut self,
        at: std::ops::Range<usize>,
        word: &str,
        kind: &Kind,
        value: &Value<'_>,
        path: &[String],
    ) -> Option<Test> {
        if !fits(word, kind) {
            let message = format!(
                "`{word}` does not go with `{}`, which is {}; it takes {}",
                path.join("."),
                kind.name(),
                takes(kind)
            );
            self.say(at, message);
            return None;
        }
        match word {
            "is" => self.short(kind, value, path),
            "not" => self.short(kind, value, path).map(|test| Test::Not(Box::new(test))),
            "covers" => self.texts(value).map(Test::Covers),
            "present" => self.flag(value).map(Test::Present),
            "unknown" => self.flag(value).map(Test::Unknown),
            "over" => self.seconds(value).map(Test::Over),
            "under" => self.seconds(value).map(Test::Under),
            "before" => self.day(value).map(Test::Before),
            "after" => self.day(value).map(Test::After),
            _ => {
                let quantifier = match word {
                    "any" => Quantifier::Any,
                    "all" => Quantifier::All,
                    _ => Quantifier::None,
                };
                self.items(quantifier, kind, value, path)
            }
        }
    }

    /// `any`, `all`, `none`: what is asked of an item is written like what is asked of a field.
    fn items(
        &mut self,
        quantifier: Quantifier,
        kind: &Kind,
        value: &Value<'_>,
        path: &[String],
    ) -> Option<Test> {
        let Kind::List(item) = kind.seen() else { return None };
        let mut conditions = Vec::new();
        match (value.get_ref(), item.seen()) {
            (DeValue::Table(table), Kind::Table(fields)) => self.below(table, fields, &[], &mut conditions),
            _ => self.field(item, value, &[], &mut conditions),
        }
        if conditions.iter().all(|condition| condition.tests.is_empty()) {
            // Something was wrong with it and was said, or nothing is asked.
            if matches!(value.get_ref(), DeValue::Table(table) if table.is_empty()) {
                self.say(value.span(), format!("it asks nothing about the items of `{}`", path.join(".")));
            }
            return None;
        }
        Some(Test::Items(quantifier, conditions))
    }

    /// What a field is, without an operator.
    fn short(&mut self, kind: &Kind, value: &Value<'_>, path: &[String]) -> Option<Test> {
        match kind.seen() {
            Kind::Text | Kind::Word | Kind::Entity(_) => {
                Some(Test::Text(self.texts(value)?.iter().map(|text| Pattern::of(text)).collect()))
            }
            Kind::Choice(words, _) | Kind::Lifetime(words, _) => {
                let texts = self.texts(value)?;
                let known = |text: &&String| !words.contains(text);
                if let Some(text) = texts.iter().find(known) {
                    let listed = words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ");
                    let hint = did_you_mean(text, words.iter().map(String::as_str));
                    let hint = hint.trim_end_matches('?');
                    let name = path.last().map_or("it", String::as_str);
                    let message =
                        format!("{} is no value of `{name}`{hint}; there are {listed}", quoted(text));
                    self.say(value.span(), message);
                    return None;
                }
                Some(Test::Word(texts))
            }
            Kind::Flag => self.flag(value).map(Test::Flag),
            Kind::Seconds => self.seconds(value).map(Test::Seconds),
            Kind::Date => self.day(value).map(Test::On),
            Kind::List(_) => self.items(Quantifier::Any, kind, value, path),
            Kind::Table(_) | Kind::Value(_) | Kind::Said(_) => {
                self.say(
                    value.span(),
                    format!("`{}` is a table: ask about one of its fields", path.join(".")),
                );
                None
            }
        }
    }

    fn texts(&mut self, value: &Value<'_>) -> Option<Vec<String>> {
        let texts: Option<Vec<String>> = match value.get_ref() {
            DeValue::String(text) => Some(vec![text.as_ref().to_owned()]),
            DeValue::Array(items) => {
                items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
            }
            _ => None,
        };
        match texts {
            Some(texts) if texts.is_empty() => {
                self.say(value.span(), "an empty list: nothing is one of no texts".to_owned());
                None
            }
            Some(texts) if texts.len() > MOST => {
                self.say(value.span(), format!("more than {MOST} texts; use `*`"));
                None
            }
            None => {
                self.say(value.span(), "not a text, nor a list of texts".to_owned());
                None
            }
            texts => texts,
        }
    }

    fn flag(&mut self, value: &Value<'_>) -> Option<bool> {
        let DeValue::Boolean(flag) = value.get_ref() else {
            self.say(value.span(), "not `true`, nor `false`".to_owned());
            return None;
        };
        Some(*flag)
    }

    fn seconds(&mut self, value: &Value<'_>) -> Option<u64> {
        let seconds = match value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            DeValue::String(text) => ceilings::seconds(text),
            _ => None,
        };
        if seconds.is_none() {
            self.say(value.span(), read::DURATION.to_owned());
        }
        seconds
    }

    fn day(&mut self, value: &Value<'_>) -> Option<Day> {
        let day = match value.get_ref() {
            DeValue::Datetime(date) => read::day(&date.to_string()).map(Day::Fixed),
            DeValue::String(text) => day(text),
            _ => None,
        };
        if day.is_none() {
            let message = "not a date; write `2027-01-31`, `\"today\"`, `\"today+90d\"` or `\"today-30d\"`";
            self.say(value.span(), message.to_owned());
        }
        day
    }
}

fn day(text: &str) -> Option<Day> {
    let text = text.trim();
    let Some(rest) = text.strip_prefix("today") else { return read::day(text).map(Day::Fixed) };
    let rest = rest.trim();
    let (sign, length) = match rest.strip_prefix('+') {
        _ if rest.is_empty() => return Some(Day::FromToday(0)),
        Some(length) => (1, length),
        None => (-1, rest.strip_prefix('-')?),
    };
    let days = ceilings::seconds(length).filter(|s| s.is_multiple_of(ceilings::DAY))? / ceilings::DAY;
    // A thousand years either way is as far as anybody looks.
    Some(Day::FromToday(sign * i64::try_from(days.min(365_000)).ok()?))
}

/// Whether an operator goes with a kind of field.
pub(super) fn fits(operator: &str, kind: &Kind) -> bool {
    match operator {
        "present" => true,
        "unknown" => !matches!(kind.seen(), Kind::Table(_)),
        "any" | "all" | "none" => matches!(kind.seen(), Kind::List(_)),
        "covers" => matches!(kind.seen(), Kind::Text | Kind::Word),
        "over" | "under" => matches!(kind.seen(), Kind::Seconds | Kind::Lifetime(..)),
        "before" | "after" => matches!(kind.seen(), Kind::Date),
        _ => !matches!(kind.seen(), Kind::List(_) | Kind::Table(_)),
    }
}

/// What a kind of field takes.
fn takes(kind: &Kind) -> String {
    let operators = OPERATORS.iter().filter(|name| fits(name, kind)).map(|name| format!("`{name}`"));
    operators.collect::<Vec<_>>().join(", ")
}
