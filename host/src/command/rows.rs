//! Rows of the policy, written so that whatever else stands there stays as it is.

use anyhow::{Context as _, Result, anyhow};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use super::policy::PYTHON_PROJECT;
use crate::report::spelled;
use crate::report::text::is_steering;
use crate::runtime::contract::Source;

/// The tables around the policy in a Python project.
const PYTHON: [&str; 2] = ["tool", "hallpass"];

/// The policy, to be written to.
///
/// # Errors
/// It is not TOML.
pub(crate) fn document(config: &Source) -> Result<DocumentMut> {
    let text = std::str::from_utf8(&config.bytes).with_context(|| format!("{} is not UTF-8", config.path))?;
    text.parse().map_err(|_| anyhow!("{} is not TOML that can be written to", config.path))
}

/// The rows of a name, `[[name]]`, made if there is none.
///
/// # Errors
/// They are written in a form that no row can be added to.
pub(crate) fn named<'d>(
    document: &'d mut DocumentMut,
    path: &str,
    name: &str,
) -> Result<&'d mut ArrayOfTables> {
    let mut table: &mut Table = document.as_table_mut();
    if path == PYTHON_PROJECT {
        for outer in PYTHON {
            let inner = table.entry(outer).or_insert_with(|| {
                let mut table = Table::new();
                table.set_implicit(true);
                Item::Table(table)
            });
            table = inner.as_table_mut().with_context(|| {
                format!("{path}: `tool.hallpass` is written in one line; write it as a table")
            })?;
        }
    }
    let rows = table.entry(name).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    rows.as_array_of_tables_mut()
        .with_context(|| format!("{path}: `{name}` is written as a list; write its rows as `[[{name}]]`"))
}

/// The policy as it is written to now, with the line ends that it had.
pub(crate) fn written(config: &Source, document: &DocumentMut) -> String {
    let text = document.to_string();
    let first = config.bytes.iter().position(|byte| *byte == b'\n');
    let ends_so = first.and_then(|at| at.checked_sub(1)).and_then(|at| config.bytes.get(at));
    match ends_so {
        Some(b'\r') => text.replace("\r\n", "\n").replace('\n', "\r\n"),
        _ => text,
    }
}

/// A text as a value of a row. What steers a terminal or turns the direction of writing is spelled, so that whoever reviews the row
/// sees it.
pub(super) fn text(text: &str) -> Value {
    if !text.contains(is_steering) {
        return text.into();
    }
    let mut inner = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '"' | '\\' => inner.extend(['\\', c]),
            '\n' => inner.push_str("\\n"),
            '\t' => inner.push_str("\\t"),
            c => inner.push(c),
        }
    }
    format!("\"{}\"", spelled(&inner)).parse().unwrap_or_else(|_| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_spelled_and_stays_the_same_value() {
        let name = "a\u{202e}\"\\\u{1b}[2J\r\n\tb";
        let value = text(name);
        assert_eq!(value.as_str(), Some(name));
        assert_eq!(value.to_string(), "\"a\\u202E\\\"\\\\\\u001B[2J\\u000D\\n\\tb\"");
        assert_eq!(text("plain").to_string(), "\"plain\"");
    }
}
