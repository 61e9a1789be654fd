//! What a row says of a fact: text with `{field}` for what stands there.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::field::{Kind, Table};
use super::holds::{Possible, Seen, see, text, word};
use crate::fact::human_seconds;
use crate::policy::names::{did_you_mean, quoted};

/// Longest text that is put in for a field, in characters.
const LONGEST: usize = 120;
/// Most items of a list that are named.
const MOST: usize = 6;

/// A message in pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Field(Vec<String>),
}

impl Template {
    /// Reads a message; `{{` and `}}` stand for braces.
    ///
    /// # Errors
    /// What is wrong, and where in the text: bytes.
    pub(crate) fn read(written: &str, body: &str, fields: &Table) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = written;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                literal.push_str(from.get(..1).unwrap_or_default());
                rest = after;
                continue;
            }
            let inside = from.strip_prefix('{').and_then(|inside| inside.split_once('}'));
            let Some((name, after)) = inside else {
                return Err(
                    "a brace without its other half; write `{{` or `}}` for a brace itself".to_owned()
                );
            };
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
            pieces.push(Piece::Field(path(name.trim(), body, fields)?));
            rest = after;
        }
        literal.push_str(rest);
        pieces.push(Piece::Text(literal));
        Ok(Self(pieces))
    }

    /// The message for a fact.
    pub(crate) fn fill(&self, fields: &Table, fact: &Json) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Field(path) => out.push_str(&shown(&see(fields, fact, path))),
            }
        }
        out
    }

    /// The fields that it names.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &[String]> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Field(path) => Some(path.as_slice()),
            Piece::Text(_) => None,
        })
    }
}

fn path(name: &str, body: &str, fields: &Table) -> Result<Vec<String>, String> {
    let mut at = Some(fields);
    let mut path = Vec::new();
    let mut kind = None;
    for step in name.split('.') {
        let names = at.into_iter().flat_map(|table| table.keys().map(String::as_str));
        let Some(field) = at.and_then(|table| table.get(step)) else {
            let hint = match did_you_mean(step, names.clone()) {
                none if none.is_empty() => {
                    let known: Vec<String> = names.map(|name| format!("`{name}`")).collect();
                    if known.is_empty() { String::new() } else { format!("; there are {}", known.join(", ")) }
                }
                hint => hint,
            };
            return Err(format!("a `{body}` fact has no field {} to name in a message{hint}", quoted(name)));
        };
        path.push(step.to_owned());
        kind = Some(&field.kind);
        at = field.kind.fields();
    }
    match kind.map(Kind::seen) {
        Some(Kind::Table(_)) => Err(format!("`{name}` is a table; name one of its fields")),
        Some(Kind::List(item)) if matches!(item.seen(), Kind::Table(_)) => {
            Err(format!("`{name}` is a list of tables, which is not put in a message"))
        }
        _ => Ok(path),
    }
}

/// What is known of a field, in words.
pub(crate) fn shown(possible: &[Possible<'_>]) -> String {
    let mut words: Vec<String> = Vec::new();
    for one in possible {
        let said = match one.seen {
            Seen::Absent => "none".to_owned(),
            Seen::Unknown => "unknown".to_owned(),
            Seen::Else => continue,
            Seen::Is(json) => value(one.kind, json),
        };
        if !words.contains(&said) {
            words.push(said);
        }
    }
    cut(&words.join(" or "))
}

pub(crate) fn value(kind: &Kind, json: &Json) -> String {
    match kind {
        Kind::Text | Kind::Word | Kind::Entity(_) => {
            let text = text(kind, json).map_or_else(String::new, |text| text.to_string());
            if text.is_empty() { "none".to_owned() } else { cut(&text) }
        }
        Kind::Lifetime(..) => lifetime(json),
        Kind::Choice(_, table) => {
            let word = word(json).unwrap_or("unknown");
            match table.get(word).zip(json.get(word)) {
                // What is more than a word and less than a table says it all.
                Some((field, inner)) if !matches!(field.kind.seen(), Kind::Table(_)) => {
                    format!("{word} {}", value(&field.kind, inner))
                }
                _ => word.to_owned(),
            }
        }
        Kind::Seconds => json.as_u64().map_or_else(|| "unknown".to_owned(), human_seconds),
        Kind::List(item) => list(item, json),
        Kind::Said(inner) => json.get("is").map_or_else(String::new, |json| value(inner, json)),
        Kind::Flag | Kind::Date | Kind::Table(_) | Kind::Value(_) => match json {
            Json::String(text) => cut(text),
            Json::Bool(flag) => flag.to_string(),
            _ => "unknown".to_owned(),
        },
    }
}

fn list(item: &Kind, json: &Json) -> String {
    let items = json.as_array().map_or(&[][..], Vec::as_slice);
    if items.is_empty() {
        return "none".to_owned();
    }
    let mut named: Vec<String> = items.iter().take(MOST).map(|json| value(item, json)).collect();
    if items.len() > MOST {
        named.push(format!("{} more", items.len() - MOST));
    }
    named.join(", ")
}

fn lifetime(json: &Json) -> String {
    let word = word(json).unwrap_or("unknown");
    let seconds = || json.get(word)?.get("seconds")?.as_u64();
    match word {
        "unbounded" => "no end".to_owned(),
        "bound-to" => format!("until its {} ends", json.get(word).and_then(Json::as_str).unwrap_or("job")),
        "expires" => format!("until {}", json.get(word).and_then(Json::as_str).unwrap_or_default()),
        _ => seconds().map_or_else(|| "as long as the platform says".to_owned(), human_seconds),
    }
}

/// A text of the file may be as long as the file.
fn cut(text: &str) -> String {
    let mut out: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        let _ = write!(out, "…");
    }
    out
}
