//! Markdown: a table for each class. Nothing of an entry is markup.

use std::fmt::Write as _;

use super::Inventory;
use super::model::{At, Class, Entry, Question};
use crate::report::text::plain;
use crate::report::{code, markdown_text};

/// All entries.
pub(super) fn render(inventory: &Inventory) -> String {
    let mut out = format!("## Machine identities\n\n{}\n", markdown_text(&inventory.summary()));
    for class in Class::ALL {
        let entries: Vec<&Entry> = inventory.of(class).collect();
        if entries.is_empty() {
            continue;
        }
        let _ = writeln!(
            out,
            "\n### {}\n\n| What | Who owns it | Why | Until | Switched off by | Used by | Worst right | Where |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- |",
            capital(class.plural())
        );
        for entry in entries {
            let answer = |question| match entry.blanks.contains(&question) {
                true => "**?**".to_owned(),
                false => markdown_text(&entry.answered(question)),
            };
            let place = entry.places.first().map(At::shown).map(|place| code(&place)).unwrap_or_default();
            let _ = writeln!(
                out,
                "| {}<br>{} | {} | {} | {} | {} | {} | {} | {place} |",
                code(&plain(&entry.id)),
                markdown_text(&plain(&entry.kind)),
                answer(Question::Owner),
                answer(Question::Purpose),
                answer(Question::Until),
                answer(Question::Revocation),
                markdown_text(&entry.users()),
                markdown_text(&entry.worst()),
            );
        }
    }
    out
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
