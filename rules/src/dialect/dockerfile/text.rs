//! Variables of a Dockerfile: `ARG` and `ENV`, and texts that name them.

use std::collections::BTreeMap;

use crate::document::dockerfile::Instruction;
use crate::fact::{Text, Why};

/// What variables hold: those before the first stage, which only `FROM` sees, and those of the stage.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    global: BTreeMap<String, Option<Text>>,
    stage: BTreeMap<String, Option<Text>>,
    staged: bool,
}

impl Arguments {
    /// `ARG NAME=value`, `ENV NAME=value`.
    pub(super) fn declare(&mut self, instruction: &Instruction) {
        for (name, value) in instruction.pairs() {
            let value = value.map(|value| self.filled(&value.text, self.staged));
            // Declared anew in a stage, an argument has the value that stands before the first.
            let value = value.or_else(|| self.global.get(&*name.text).cloned().flatten());
            let scope = if self.staged { &mut self.stage } else { &mut self.global };
            scope.insert(name.text.to_string(), value);
        }
    }

    pub(super) fn enter_stage(&mut self) {
        self.stage.clear();
        self.staged = true;
    }

    /// Whether whoever builds gives an argument its value.
    pub(super) fn is_handed_over(&self, name: &str) -> bool {
        matches!(self.stage.get(name), Some(None))
    }

    /// An image's name.
    pub(super) fn image(&self, text: &str) -> Text {
        self.filled(text, false)
    }

    /// Any other text.
    pub(super) fn text(&self, text: &str) -> Text {
        self.filled(text, true)
    }

    /// `$NAME`, `${NAME}`, `${NAME:-default}`. <https://docs.docker.com/reference/dockerfile/#environment-replacement>
    fn filled(&self, text: &str, staged: bool) -> Text {
        let mut result = Text::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            result.push(before);
            let end = |text: &str| {
                text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
            };
            let (inner, after) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some(split) => split,
                None => after.split_at(end(after)),
            };
            rest = after;
            let (name, operator) = inner.split_at(end(inner));
            let scope = if staged { &self.stage } else { &self.global };
            let value = scope.get(name).and_then(Option::as_ref);
            let default = operator.strip_prefix(":-").or_else(|| operator.strip_prefix('-'));
            match (value, default) {
                (Some(value), _) if operator.is_empty() || default.is_some() => result.append(value),
                (None, Some(default)) if !default.contains('$') => result.push(default),
                _ => result.push_hole(Why::Variable(name.to_owned())),
            }
        }
        result.push(rest);
        result
    }
}
