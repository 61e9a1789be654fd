//! For people: a line for each entry, columns as wide as what stands in them.

use anstyle::{AnsiColor, Style};

use super::Inventory;
use super::model::{Class, Entry, Power, Question};
use crate::report::text::plain;

/// Widest column, in characters; what is longer makes its own line longer.
const WIDEST: usize = 44;

/// All entries.
pub(super) fn render(inventory: &Inventory, colour: bool) -> String {
    let mut out = String::new();
    for class in Class::ALL {
        let entries: Vec<&Entry> = inventory.of(class).collect();
        if entries.is_empty() {
            continue;
        }
        let head = match class {
            Class::Endpoint => ["ENDPOINT", "KIND", "OWNER", "WHY", "CALLERS", "", "", ""],
            Class::Identity => {
                ["IDENTITY", "KIND", "OWNER", "WHY", "UNTIL", "SWITCHED OFF BY", "USED BY", "WORST RIGHT"]
            }
            Class::Credential => {
                ["CREDENTIAL", "KIND", "OWNER", "WHY", "UNTIL", "SWITCHED OFF BY", "USED BY", "WORST RIGHT"]
            }
        };
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(entries.iter().map(|entry| cells(entry)));
        let mut widths = [0; 8];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count().min(WIDEST));
            }
        }
        for (index, row) in rows.iter().enumerate() {
            let entry = index.checked_sub(1).and_then(|index| entries.get(index));
            out.push_str(&line(row, &widths, |column, cell| style(entry.copied(), column, cell), colour));
        }
        out.push('\n');
    }
    out.push_str(&inventory.summary());
    out.push('\n');
    out
}

fn cells(entry: &Entry) -> [String; 8] {
    if entry.class == Class::Endpoint {
        let callers: Vec<String> = entry.scope.iter().map(|text| plain(text)).collect();
        let none = String::new;
        return [
            plain(&entry.id),
            plain(&entry.kind),
            entry.answered(Question::Owner),
            entry.answered(Question::Purpose),
            callers.join(", "),
            none(),
            none(),
            none(),
        ];
    }
    [
        plain(&entry.id),
        plain(&entry.kind),
        entry.answered(Question::Owner),
        entry.answered(Question::Purpose),
        entry.answered(Question::Until),
        entry.answered(Question::Revocation),
        entry.users(),
        entry.worst(),
    ]
}

fn style(entry: Option<&Entry>, column: usize, cell: &str) -> Style {
    let Some(entry) = entry else { return Style::new().bold() };
    let power = entry.reach.worst.as_ref().map(|worst| worst.power);
    match column {
        7 if power >= Some(Power::Escalates) => AnsiColor::Red.on_default(),
        _ if cell == "?" => AnsiColor::Yellow.on_default().bold(),
        _ => Style::new(),
    }
}

fn line(
    cells: &[String; 8],
    widths: &[usize; 8],
    style: impl Fn(usize, &str) -> Style,
    colour: bool,
) -> String {
    let mut out = String::new();
    let last = cells.iter().rposition(|cell| !cell.is_empty()).unwrap_or_default();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate().take(last + 1) {
        let look = style(column, cell);
        match colour && look != Style::new() {
            true => out.push_str(&format!("{look}{cell}{look:#}")),
            false => out.push_str(cell),
        }
        if column < last {
            let gap = width.saturating_sub(cell.chars().count()) + 2;
            out.extend(std::iter::repeat_n(' ', gap));
        }
    }
    out.push('\n');
    out
}
