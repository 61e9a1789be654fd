//! Holds a TOML document against the schema and reports every key and value that does not fit, each with its bytes and,
//! for a name, the nearest known one. serde would stop at the first and name no neighbour.

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Problem;
use super::names::{did_you_mean, nearest, quoted};
use crate::span::ByteSpan;

/// Collects what does not fit.
pub(super) struct Shape<'a> {
    pub(super) path: &'a str,
    pub(super) problems: Vec<Problem>,
}

impl Shape<'_> {
    fn say(&mut self, span: std::ops::Range<usize>, message: String) {
        self.problems.push(Problem { path: self.path.to_owned(), at: Some(ByteSpan::from(span)), message });
    }

    /// A table against a schema of type object. `name` is how messages call it: `[rules]`, or the file. The depth is the
    /// schema's, which holds no reference.
    pub(super) fn table(
        &mut self,
        schema: &Value,
        table: &DeTable<'_>,
        at: std::ops::Range<usize>,
        name: &str,
    ) {
        let known = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        // A key that is misspelt is one mistake: it is not missed as well.
        let mut meant: Vec<&str> = Vec::new();
        for (key, value) in table {
            let word: &str = key.get_ref();
            let inner = if name.is_empty() { word.to_owned() } else { format!("{name}.{word}") };
            if let Some(schema) = known.and_then(|k| k.get(word)) {
                self.value(schema, value, &inner);
            } else if let Some(schema) = others.filter(|o| o.is_object()) {
                self.value(schema, value, &inner);
            } else {
                let place = if name.is_empty() { String::new() } else { format!(" in `{name}`") };
                let names = known.into_iter().flatten().map(|(name, _)| name.as_str());
                meant.extend(nearest(word, names.clone()));
                let hint = match did_you_mean(word, names.clone()) {
                    none if none.is_empty() => format!("; known are {}", list(names)),
                    hint => hint,
                };
                self.say(key.span(), format!("unknown key {}{place}{hint}", quoted(word)));
            }
        }
        for needed in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if let Some(needed) = needed.as_str().filter(|n| !table.contains_key(*n) && !meant.contains(n)) {
                self.say(at.clone(), format!("`{name}` needs a key `{needed}`"));
            }
        }
    }

    fn value(&mut self, schema: &Value, value: &Spanned<DeValue<'_>>, name: &str) {
        let found = value.get_ref();
        let alternatives = alternatives(schema);
        let Some(fitting) = alternatives.iter().find(|s| fits(s, found)) else {
            let words: Vec<&str> =
                alternatives.iter().flat_map(|s| words(s)).filter(|w| !w.is_empty()).collect();
            let message = match found.as_str() {
                Some(word) if !words.is_empty() => format!(
                    "{} is not a value of `{name}`{}; it takes {}",
                    quoted(word),
                    did_you_mean(word, words.iter().copied()).trim_end_matches('?'),
                    list(words.iter().copied())
                ),
                _ if !words.is_empty() => {
                    format!("`{name}` takes {}, not {}", list(words.iter().copied()), kind(found))
                }
                _ => format!("`{name}` takes {}, not {}", kinds(&alternatives), kind(found)),
            };
            self.say(value.span(), message);
            return;
        };
        if says_nothing(fitting) {
            return;
        }
        match found {
            DeValue::Table(table) => self.table(fitting, table, value.span(), name),
            DeValue::Array(items) => {
                if let Some(inner) = fitting.get("items") {
                    for item in items.iter() {
                        self.value(inner, item, name);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The schemas of which one must fit, nested choices laid flat.
fn alternatives(schema: &Value) -> Vec<&Value> {
    let mut open = vec![schema];
    let mut flat = Vec::new();
    while let Some(next) = open.pop() {
        match next.get("anyOf").or_else(|| next.get("oneOf")).and_then(Value::as_array) {
            Some(choices) => open.extend(choices.iter().rev()),
            None => flat.push(next),
        }
    }
    flat
}

/// The types a schema names, without null: TOML has none.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).filter(|t| *t != "null").collect(),
        _ => Vec::new(),
    }
}

/// The texts a schema admits, if it admits only some.
fn words(schema: &Value) -> Vec<&str> {
    let many = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    schema.get("const").into_iter().chain(many).filter_map(Value::as_str).collect()
}

/// Whether a schema leaves it to whoever reads the value what stands there.
fn says_nothing(schema: &Value) -> bool {
    schema.get("type").is_none() && words(schema).is_empty()
}

fn fits(schema: &Value, value: &DeValue<'_>) -> bool {
    let words = words(schema);
    if says_nothing(schema) {
        return true;
    }
    types(schema).into_iter().any(|wanted| match (wanted, value) {
        ("string", DeValue::String(text)) => words.is_empty() || words.contains(&text.as_ref()),
        ("string", DeValue::Datetime(_)) => schema.get("format").is_some_and(|f| f == "date"),
        ("integer", DeValue::Integer(number)) => {
            let minimum = schema.get("minimum").and_then(Value::as_i64).unwrap_or(i64::MIN);
            i64::from_str_radix(number.as_str(), number.radix()).is_ok_and(|n| n >= minimum)
        }
        ("boolean", DeValue::Boolean(_)) | ("object", DeValue::Table(_)) | ("array", DeValue::Array(_)) => {
            true
        }
        _ => false,
    })
}

fn kinds(alternatives: &[&Value]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for schema in alternatives {
        let date = schema.get("format").is_some_and(|f| f == "date");
        for wanted in types(schema) {
            let name = match wanted {
                "string" if date => "a date such as 2027-01-31",
                "string" => "a text",
                "integer" => "a whole number",
                "boolean" => "true or false",
                "object" => "a table",
                _ => "a list",
            };
            if wanted != "null" && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.join(" or ")
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(number) if number.as_str().starts_with('-') => "a negative number",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
