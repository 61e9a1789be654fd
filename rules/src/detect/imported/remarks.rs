//! What is said of an imported file: each construct that is not honoured, where it stands, what happens instead.

use std::collections::BTreeMap;

use super::limits;
use crate::policy::Problem;
use crate::span::ByteSpan;

/// Collects messages.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    problems: Vec<Problem>,
    /// Messages that came when there were too many.
    more: usize,
    /// Of constructs that are said once for a file: the first place, how often, what is said.
    once: BTreeMap<(String, &'static str), (ByteSpan, usize, &'static str)>,
}

impl Remarks {
    pub(super) fn say(&mut self, path: &str, at: ByteSpan, message: String) {
        if self.is_full() {
            self.more += 1;
            return;
        }
        self.problems.push(Problem { path: path.to_owned(), at: Some(at), message });
    }

    /// Whether no more messages are taken: none need be written then.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= limits::REMARKS * 2
    }

    /// Says something of a construct once for the whole file.
    pub(super) fn once(&mut self, path: &str, at: ByteSpan, construct: &'static str, message: &'static str) {
        let entry = self.once.entry((path.to_owned(), construct)).or_insert((at, 0, message));
        entry.1 += 1;
    }

    /// Everything, by file and place; of each file as much as a person reads.
    pub(super) fn finish(self) -> Vec<Problem> {
        let mut problems = self.problems;
        for ((path, construct), (at, count, message)) in self.once {
            let times = if count == 1 { String::new() } else { format!(" ({count} times, first here)") };
            problems.push(Problem { path, at: Some(at), message: format!("{construct}{times}: {message}") });
        }
        problems.sort();
        problems.dedup();
        let mut of_file: BTreeMap<String, usize> = BTreeMap::new();
        problems.retain(|problem| {
            let count = of_file.entry(problem.path.clone()).or_default();
            *count += 1;
            *count <= limits::REMARKS
        });
        for (path, count) in of_file.into_iter().filter(|(_, count)| *count > limits::REMARKS) {
            let message = format!("{} more messages are left out", count - limits::REMARKS + self.more);
            problems.push(Problem { path, at: None, message });
        }
        problems
    }
}
