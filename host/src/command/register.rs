//! Rows of the registry for what it should know and does not: with what is known, and a question where nobody says.

use anyhow::Result;
use toml_edit::{Datetime, Item, Table, Value};

use super::rows;
use crate::inventory::{By, Entry, Question};
use crate::runtime::contract::Source;

/// The rows of the registry.
const ROWS: &str = "identity";

/// The policy with a row for each entry, behind those that it has.
///
/// # Errors
/// The policy cannot be written to.
pub(crate) fn with_rows(config: &Source, entries: &[&Entry]) -> Result<Vec<u8>> {
    let mut document = rows::document(config)?;
    let table = rows::named(&mut document, &config.path, ROWS)?;
    for entry in entries {
        table.push(row(entry));
    }
    Ok(rows::written(config, &document).into_bytes())
}

/// Whether a row can hold a name: platform, kind and a name behind the last slash. The module refuses any other, and the whole
/// policy with it.
pub(crate) fn is_reference(id: &str) -> bool {
    let steps: Vec<&str> = id.split('/').collect();
    match steps.as_slice() {
        [platform, kind, .., name] => {
            !platform.is_empty() && !platform.contains('*') && !kind.is_empty() && !name.is_empty()
        }
        _ => false,
    }
}

/// A row with what is known, and a question where something is not.
fn row(entry: &Entry) -> Table {
    let mut row = Table::new();
    row.insert("id", Item::Value(rows::text(&entry.id)));
    row.insert("kind", Item::Value(rows::text(&entry.kind)));
    let keys = [
        ("owner", Question::Owner),
        ("purpose", Question::Purpose),
        ("expires", Question::Until),
        ("revocation", Question::Revocation),
    ];
    for (key, question) in keys {
        let answer = entry.answers().into_iter().find(|(asked, _)| *asked == question).and_then(|(_, a)| a);
        match (question, answer) {
            // A day is a date or nothing: a row may say when its need is looked at again instead.
            (Question::Until, answer) => match answer.and_then(|a| a.is.parse::<Datetime>().ok()) {
                Some(day) => drop(row.insert(key, Item::Value(Value::from(day)))),
                None => {
                    question_before(&mut row, "# until when? expires = 2027-01-31, or review-by = 2027-01-31")
                }
            },
            (_, Some(answer)) if answer.by != By::Itself => {
                row.insert(key, Item::Value(rows::text(&answer.is)));
            }
            _ => {
                let mut blank = Value::from("");
                blank.decor_mut().set_suffix(format!(" # {}", question.asked()));
                row.insert(key, Item::Value(blank));
            }
        }
    }
    if let Some(environment) = entry.environments.first() {
        row.insert("environment", Item::Value(rows::text(environment)));
    }
    row
}

/// A comment on a line of its own, behind the last key.
fn question_before(row: &mut Table, comment: &str) {
    if let Some((_, item)) = row.iter_mut().last()
        && let Some(value) = item.as_value_mut()
    {
        let before = value.decor().suffix().and_then(|raw| raw.as_str()).unwrap_or_default().to_owned();
        value.decor_mut().set_suffix(format!("{before}\n{comment}"));
    }
}
