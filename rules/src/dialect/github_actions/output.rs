//! Outputs of `run` steps: what `echo "name=$VALUE" >> "$GITHUB_OUTPUT"` hands to later steps, as far as the script's
//! own words say it.

use super::Walk;
use super::computed::telling;
use super::passed_on::{made_of_a_secret, perhaps_secret};
use super::scope::{MAX_TEXT, Scope};
use super::script::{Interpreter, commands_of};
use crate::dialect::lowering::MAX_SCRIPTS;
use crate::dialect::pipeline::value::length;
use crate::document::Node;
use crate::document::script::{Operator, PieceKind, Script, Word};
use crate::fact::{Datum, Known, Text, Why};

/// The file that outputs are written to.
/// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-output-parameter>.
const FILE: &str = "GITHUB_OUTPUT";

impl Walk<'_, '_> {
    /// Notes what a step writes to its outputs, for the steps behind it.
    pub(super) fn outputs(&mut self, scope: &mut Scope, step: &Node) {
        let Some(id) = step.get("id").and_then(Node::text) else { return };
        let Some(run) = step.get("run") else { return };
        // Whatever else the script runs gets the step's variables as well.
        let secret = scope.is_handed_secrets(step.get("env")) || self.reads_secret(scope, run);
        if secret {
            scope.steps.unclear(id, made_of_a_secret());
        }
        let Some(text) = step.get("run").and_then(Node::text).filter(|script| script.contains(FILE)) else {
            return;
        };
        if !self.out.reads_script(text.len()) {
            let why = Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts"));
            return self.out.unknown(self.source(step.span), why);
        }
        let Some(script) = commands_of(step, Interpreter::Shell) else { return };
        for found in script.commands() {
            if !found.command.redirections.iter().any(|r| is_file(&script, &r.target)) {
                continue;
            }
            for word in found.simple.words.iter().skip(1) {
                let prefix = word.prefix();
                let Some((name, _)) = prefix.split_once('=') else { continue };
                let Some(value) = word.after(name.len() + 1) else { continue };
                let at = self.source(script.span(value.inner()));
                let text = written(scope, &script, &value, at);
                scope.steps.set(id, name, if secret { perhaps_secret(text) } else { text });
            }
        }
    }
}

fn is_file(script: &Script, word: &Word) -> bool {
    let name = |kind: &PieceKind| match kind {
        PieceKind::Parameter(expansion) => Some(script.text(expansion.name)),
        _ => None,
    };
    word.pieces
        .iter()
        .filter_map(|piece| name(&piece.kind))
        .any(|n| n == FILE || n.ends_with("env:GITHUB_OUTPUT"))
}

/// A word with variables and expressions resolved.
fn written(scope: &Scope, script: &Script, word: &Word, at: crate::span::Source) -> Datum {
    let mut text = Text::default();
    for piece in &word.pieces {
        let found = match &piece.kind {
            PieceKind::Literal(literal) => Text::literal(literal.to_string()),
            PieceKind::Parameter(expansion) if expansion.operator == Operator::None => {
                held(&scope.environment(script.text(expansion.name), at))
            }
            PieceKind::Hole(hole) => held(&scope.evaluate(script.text(*hole).trim(), at)),
            _ => Text::hole(Why::Computed("the output of a command".to_owned())),
        };
        text.append(&found);
        if length(&text) > MAX_TEXT {
            return Datum::unknown(at, Why::Limit(format!("a text longer than {MAX_TEXT} bytes")));
        }
    }
    Datum::new(at, Known::Text(text))
}

/// A value as one text: of several, holes for the secrets among them.
fn held(datum: &Datum) -> Text {
    if let Some(text) = datum.text() {
        return text;
    }
    let mut text = Text::default();
    telling(datum).into_iter().for_each(|hole| text.push_hole(hole));
    if text.0.is_empty() {
        text.push_hole(Why::Unsupported("one of several values".to_owned()));
    }
    text
}
