//! Text that outsiders write and that becomes part of a script: expressions are filled in before any interpreter reads it,
//! so that a title such as `"; curl …` is a command.

use super::Walk;
use super::component::Uses;
use super::expression::{Piece, Reference, references, split};
use super::job::Job;
use super::login::input;
use super::scope::Scope;
use super::secret::place_of;
use super::tables::OUTSIDERS;
use crate::document::Node;
use crate::fact::{ContextId, Known, Piece as TextPiece, Ref, Selection, Why};
use crate::span::Source;

/// Most expressions of one script that are looked up; scripts hold a dozen.
const MAX_EXPRESSIONS: usize = 256;

/// Text of an outsider in a script: where, and which.
pub(super) struct Injected {
    pub(super) at: Source,
    pub(super) name: String,
}

impl Injected {
    /// What the fact about it names.
    pub(super) fn selection(&self) -> Selection {
        Selection::One(Ref::new("github", "text", [], self.name.as_str()))
    }
}

impl Walk<'_, '_> {
    /// Says that text of outsiders runs in a step, where outsiders start its job.
    pub(super) fn injected(&mut self, job: &Job, within: ContextId, scope: &Scope, step: &Node) {
        if job.outsiders.is_none() {
            return;
        }
        if let Some(found) = step.get("run").and_then(|script| self.text_of_others(scope, script)) {
            return self.let_in(job, within, step, found.at, Some(found.selection()));
        }
        let uses = Uses::read(step.get("uses").and_then(Node::text).unwrap_or(""));
        let with = step.get("with");
        let Some(name) = uses.table_name() else { return };
        let row = OUTSIDERS.script.iter().find(|row| row.uses.eq_ignore_ascii_case(name));
        let scripts = row.into_iter().flat_map(|row| &row.inputs).filter_map(|name| input(with, name));
        let found = scripts.filter_map(|node| self.text_of_others(scope, node)).next();
        if let Some(found) = found {
            self.let_in_and_run(job, scope, step, found.at, Some(found.selection()));
        }
    }

    /// The first text of an outsider that an expression puts into a script.
    pub(super) fn text_of_others(&self, scope: &Scope, script: &Node) -> Option<Injected> {
        let scalar = script.scalar().filter(|scalar| scalar.text.contains("${{"))?;
        let expressions = split(&scalar.text).into_iter().filter_map(|piece| match piece {
            Piece::Expression(expression, range) => Some((expression, range)),
            Piece::Literal(_) => None,
        });
        for (expression, range) in expressions.take(MAX_EXPRESSIONS) {
            if is_harmless(expression) {
                continue;
            }
            let at = self.source(place_of(script, scalar, range));
            let read: Vec<Reference> = references(expression).into_iter().filter(|r| !r.compared).collect();
            let own = read.iter().map(Reference::written).find(|name| is_text_of_others(name));
            let passed_on = read.iter().any(|r| matches!(r.context.as_str(), "env" | "inputs"));
            let name = own.or_else(|| if passed_on { passed(scope, expression, at) } else { None });
            if let Some(name) = name {
                return Some(Injected { at, name });
            }
        }
        None
    }
}

/// The text of an outsider that an expression reads through variables and inputs.
fn passed(scope: &Scope, expression: &str, at: Source) -> Option<String> {
    let datum = scope.evaluate(expression, at);
    let named = |why: &Why| match why {
        Why::Variable(name) if is_text_of_others(name) => Some(name.clone()),
        _ => None,
    };
    datum.alternatives().into_iter().find_map(|(found, _, _)| match &found.value {
        Known::Unknown(why) => named(why),
        _ => found.text()?.0.iter().find_map(|piece| match piece {
            TextPiece::Hole(why) => named(why),
            TextPiece::Literal(_) => None,
        }),
    })
}

/// Whether a context is one with text that outsiders write.
pub(super) fn is_text_of_others(name: &str) -> bool {
    OUTSIDERS.written.contexts.iter().any(|context| context.eq_ignore_ascii_case(name))
}

/// Whether nothing of what an expression reads comes out of it.
fn is_harmless(expression: &str) -> bool {
    let lower = expression.to_ascii_lowercase();
    OUTSIDERS.written.harmless.iter().any(|function| {
        lower.match_indices(function.as_str()).any(|(at, _)| {
            lower.get(at + function.len()..).is_some_and(|rest| rest.trim_start().starts_with('('))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_answers_a_question_carries_no_text() {
        assert!(is_harmless("contains( github.event.comment.body, '/deploy')"));
        assert!(is_harmless("startsWith (github.head_ref, 'x')"));
        assert!(!is_harmless("format('{0}', github.head_ref)"));
        assert!(is_text_of_others("github.event.issue.title"));
        assert!(!is_text_of_others("github.event.issue.number"));
    }
}
