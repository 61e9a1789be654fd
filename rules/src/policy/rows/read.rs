//! Rows from their written form, each thing checked where it stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::condition::{self, Condition};
use super::field::{self, Table};
use super::message::Template;
use super::written::PolicyRule;
use super::{CLASS, PolicyRow};
use crate::policy::names::quoted;
use crate::policy::read::{Reader, not_a_pattern};
use crate::span::ByteSpan;

/// Longest id, in bytes.
const LONGEST_ID: usize = 64;
/// Longest message or help, in bytes: a page of text.
const LONGEST_TEXT: usize = 2_000;
/// Most exceptions of one row.
const MOST_EXCEPTIONS: usize = 50;
/// Most rows of one file. A run takes the product of rows and facts.
const MOST_ROWS: usize = 1_000;

/// The rows of a file. `own` is the table that holds them, of which conditions are read: they are named by what they ask.
pub(crate) fn rows(
    reader: &mut Reader<'_>,
    written: Vec<Spanned<PolicyRule>>,
    own: Option<&DeTable<'_>>,
) -> Vec<Arc<PolicyRow>> {
    let list = own.and_then(|own| own.get(CLASS)).and_then(|rows| rows.get_ref().as_array());
    let tables = list.into_iter().flat_map(|list| list.iter().map(|row| row.get_ref().as_table()));
    let mut known = BTreeSet::new();
    let mut rows = Vec::new();
    for (row, table) in written.into_iter().zip(tables) {
        if known.len() == MOST_ROWS {
            reader.say(row.span(), format!("more than {MOST_ROWS} rows in one file"));
            break;
        }
        let id = row.get_ref().id.clone();
        if !known.insert(id.get_ref().clone()) {
            let message = format!("two rows have the id {}; give one another", quoted(id.get_ref()));
            reader.say(id.span(), message);
        }
        rows.extend(table.and_then(|table| read(reader, row.into_inner(), table)).map(Arc::new));
    }
    rows
}

fn read(reader: &mut Reader<'_>, row: PolicyRule, table: &DeTable<'_>) -> Option<PolicyRow> {
    let id = row.id.get_ref();
    if !is_id(id) {
        reader.say(
            row.id.span(),
            format!(
                "not an id: 1 to {LONGEST_ID} of a-z, 0-9 and single `-` between them, a letter first, as in \
                 `no-stored-cloud-keys`; it is called `{CLASS}/<id>` everywhere else"
            ),
        );
    }
    let body = row.body.name();
    let fields = field::of(body)?;
    let mut questions = Questions { reader, body, fields, count: 0 };
    let conditions = match table.get("where").map(|value| (value.span(), value.get_ref())) {
        Some((at, DeValue::Table(inner))) if inner.is_empty() => {
            let message =
                format!("it asks nothing, so that every {body} is a finding; leave it out if that is meant");
            questions.reader.say(at, message);
            Vec::new()
        }
        Some((_, DeValue::Table(inner))) => questions.table(inner),
        _ => Vec::new(),
    };
    let unless = table.get("unless").map(|value| questions.exceptions(value)).unwrap_or_default();
    let message = text(reader, &row.message, body, fields);
    let help = row.help.as_ref().map(|help| text(reader, help, body, fields));
    let paths = row.paths.iter().map(|path| path.get_ref().clone()).collect();
    for path in &row.paths {
        if let Some(message) = not_a_pattern(path.get_ref()) {
            reader.say(path.span(), message.to_owned());
        }
    }
    let title = row.title.as_ref().map_or_else(|| titled(id), |title| title.get_ref().clone());
    Some(PolicyRow {
        id: format!("{CLASS}/{id}"),
        span: ByteSpan::from(row.id.span()),
        file: reader.file,
        title,
        severity: row.severity,
        waivable: row.waivable,
        paths,
        frameworks: row.frameworks,
        body: body.to_owned(),
        conditions,
        unless,
        message: message?,
        help: match help {
            Some(help) => Some(help?),
            None => None,
        },
        written: (row.message.into_inner(), row.help.map(Spanned::into_inner)),
    })
}

struct Questions<'q, 'r> {
    reader: &'q mut Reader<'r>,
    body: &'q str,
    fields: &'q Table,
    /// Of the whole row.
    count: usize,
}

impl Questions<'_, '_> {
    fn table(&mut self, table: &DeTable<'_>) -> Vec<Condition> {
        let mut say = |at, message| self.reader.say(at, message);
        let mut reader = condition::Reader { body: self.body, say: &mut say, count: self.count };
        let conditions = reader.table(table, self.fields);
        self.count = reader.count;
        conditions
    }

    /// One exception, or several of which one is enough.
    fn exceptions(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Vec<Condition>> {
        let rows: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
            DeValue::Array(rows) => rows.iter().collect(),
            _ => vec![value],
        };
        if rows.len() > MOST_EXCEPTIONS {
            self.reader.say(value.span(), format!("more than {MOST_EXCEPTIONS} exceptions in one row"));
            return Vec::new();
        }
        let mut out = Vec::new();
        for row in rows {
            match row.get_ref() {
                DeValue::Table(table) if !table.is_empty() => out.push(self.table(table)),
                _ => self.reader.say(
                    row.span(),
                    "an exception that asks nothing excepts everything; say of what, or take it away"
                        .to_owned(),
                ),
            }
        }
        out
    }
}

fn text(reader: &mut Reader<'_>, written: &Spanned<String>, body: &str, fields: &Table) -> Option<Template> {
    let text = written.get_ref();
    let wrong = match Template::read(text, body, fields) {
        _ if text.trim().is_empty() => "it says nothing".to_owned(),
        _ if text.len() > LONGEST_TEXT => format!("longer than {LONGEST_TEXT} bytes; say the rest elsewhere"),
        Ok(template) => return Some(template),
        Err(wrong) => wrong,
    };
    reader.say(written.span(), wrong);
    None
}

fn is_id(id: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.len() <= LONGEST_ID
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.split('-').all(word)
        && crate::detect::without_tokens(id).is_none()
}

/// `no-stored-cloud-keys` as a line: `No stored cloud keys`.
fn titled(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}
