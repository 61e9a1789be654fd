//! Commands that publish and are told to say nobody's name: `data/command-publishes.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Called;
use super::rows::{Pattern, Rows};
use crate::document::script::{Extent, Word};

/// A command that publishes. The columns are described in the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    command: Pattern,
    pub(crate) platform: String,
    /// What an argument that names the destination begins with.
    #[serde(default)]
    to: Option<String>,
    /// Whether only the last argument names it.
    #[serde(default)]
    last: bool,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    example: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    look_alike: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

impl super::rows::Row for Row {
    fn pattern(&self) -> &Pattern {
        &self.command
    }
}

impl Row {
    /// The command as a person says it.
    pub(crate) fn command(&self) -> String {
        self.command.command()
    }

    fn goes_there(&self, arguments: &[Word]) -> bool {
        let Some(to) = &self.to else { return true };
        let mut operands = arguments.iter().filter(|word| !word.prefix().starts_with('-'));
        let begins = |word: &Word| word.prefix().starts_with(to.as_str());
        if self.last { operands.next_back().is_some_and(begins) } else { operands.any(begins) }
    }
}

/// Something that a script publishes without identity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub(crate) row: &'static Row,
    /// The command.
    pub(crate) at: Extent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    publish: Vec<Row>,
}

static PUBLISHES: LazyLock<Rows<Row>> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../data/command-publishes.toml"))
        .expect("data/command-publishes.toml parses");
    Rows::new(file.publish)
});

pub(super) fn warm() {
    LazyLock::force(&PUBLISHES);
}

/// What the commands of a script publish without identity, in order.
pub(crate) fn published(commands: &[Called<'_>]) -> Vec<Published> {
    let mut published = Vec::new();
    for Called { found, calls } in commands {
        for call in calls {
            let rows = PUBLISHES.of(call).filter(|(row, behind)| row.goes_there(behind));
            published.extend(rows.map(|(row, _)| Published { row, at: found.command.at }));
        }
    }
    published
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::called;
    use crate::document::{Scalar, Style, shell};

    #[test]
    fn every_example_is_one_and_no_look_alike_is() {
        let read =
            |text: &str| published(&called(&shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[])));
        for row in &PUBLISHES.all {
            assert!(row.source.starts_with("https://"), "{}", row.example);
            assert!(read(&row.example).iter().any(|p| std::ptr::eq(p.row, row)), "{}", row.example);
            assert!(!read(&row.look_alike).iter().any(|p| std::ptr::eq(p.row, row)), "{}", row.look_alike);
        }
    }
}
