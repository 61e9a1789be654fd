//! Rows of tables about commands: which command a row speaks of, and the rows of a program.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::call::{self, Call};
use crate::document::script::Word;

/// Which command a row speaks of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pattern {
    /// File names of programs in small letters, without `.exe`.
    programs: Vec<String>,
    /// The sub-command: arguments that stand together, options between them aside.
    #[serde(default)]
    words: Vec<String>,
    /// Options of which one must be given.
    #[serde(default)]
    with: Vec<String>,
    /// Options of which none may be given.
    #[serde(default)]
    without: Vec<String>,
}

/// A row that speaks of commands.
pub(super) trait Row {
    fn pattern(&self) -> &Pattern;
}

/// The rows of a table.
#[derive(Debug)]
pub(super) struct Rows<R> {
    pub(super) all: Vec<R>,
    of_program: BTreeMap<String, Vec<usize>>,
}

impl Pattern {
    /// The arguments behind the sub-command, if a call is such a command.
    pub(super) fn behind<'w>(&self, call: &Call<'w>) -> Option<&'w [Word]> {
        let behind = call::behind_words(call.arguments, &self.words)?;
        let given = |option: &String| call.arguments.iter().any(|word| is_option(&word.prefix(), option));
        let wanted = self.with.is_empty() || self.with.iter().any(given);
        (wanted && !self.without.iter().any(given)).then(|| call.arguments.get(behind..).unwrap_or_default())
    }

    /// The command as a person says it: `aws iam create-access-key`.
    pub(crate) fn command(&self) -> String {
        let program = self.programs.first().map(String::as_str);
        program.into_iter().chain(self.words.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
    }
}

/// Whether an argument is this option, alone or with its value.
fn is_option(prefix: &str, option: &str) -> bool {
    prefix.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', ':']))
}

impl<R: Row> Rows<R> {
    pub(super) fn new(all: Vec<R>) -> Self {
        let mut of_program: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, row) in all.iter().enumerate() {
            for program in &row.pattern().programs {
                of_program.entry(program.clone()).or_default().push(index);
            }
        }
        Self { all, of_program }
    }

    /// The rows that speak of a call, each with the arguments behind its sub-command.
    pub(super) fn of<'r, 'w>(&'r self, call: &Call<'w>) -> impl Iterator<Item = (&'r R, &'w [Word])> {
        let rows = self.of_program.get(&call.program).map(Vec::as_slice).unwrap_or_default();
        let rows = rows.iter().filter_map(move |index| self.all.get(*index));
        rows.filter_map(move |row| Some((row, row.pattern().behind(call)?)))
    }
}
