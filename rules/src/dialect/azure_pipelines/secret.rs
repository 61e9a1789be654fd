//! Secret variables: references to them, once per file, and where their values go.

use std::collections::BTreeSet;

use super::Walk;
use super::expression::{Piece, is_filled, split};
use super::job::Job;
use super::scope::{Scope, is_parameter, variables_of};
use super::tables;
use crate::dialect::pipeline::credential::{credential, kind_of};
use crate::dialect::pipeline::value::place;
use crate::document::{Node, Scalar, Style};
use crate::fact::{
    Body, ContextId, Datum, Flow, Origin, Place, Ref, Selection, Sink, Storage, Text, Value, Why,
};
use crate::span::ByteSpan;

/// The project that a name belongs to: the file does not say.
pub(super) fn project() -> Text {
    Text::hole(Why::Variable("project".to_owned()))
}

/// The secret variable of this name: of the pipeline, of a group or of a vault.
pub(super) fn reference(name: &str) -> Ref {
    Ref::new("azure-devops", "secret", [project()], name)
}

/// A use of a secret.
pub(super) struct Use {
    /// The variable.
    pub(super) name: String,
    pub(super) at: Place,
}

impl Walk<'_, '_> {
    /// The secrets that a scalar holds, directly or through variables and parameters, each once, with the first place that says so.
    pub(super) fn uses(&self, scope: &Scope, node: &Node) -> Vec<Use> {
        let Some(scalar) = node.scalar().filter(|scalar| is_filled(&scalar.text)) else { return Vec::new() };
        let mut uses: Vec<Use> = Vec::new();
        let mut seen = BTreeSet::new();
        for piece in split(&scalar.text) {
            let (Piece::Expression(_, range) | Piece::Macro(_, range)) = &piece else { continue };
            let at = self.source(place_of(node, scalar, range.clone()));
            let datum = scope.piece(&piece, at);
            for name in scope.secrets_of(&datum) {
                if !seen.insert(name.clone()) {
                    continue;
                }
                let mut place = place(self.out, &datum);
                if datum.at != at {
                    place = place.with("used here", at);
                }
                uses.push(Use { name, at: place });
            }
        }
        uses
    }

    /// States that the secrets of a scalar go to `sink`, and the job's token to whom it is handed.
    pub(super) fn flows(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &Scope,
        node: &Node,
        sink: impl Fn() -> Sink,
    ) {
        for Use { name, at } in self.uses(scope, node) {
            let what = match tables::is_job_token(&name) {
                true => match job.and_then(|job| job.holder.clone()) {
                    Some(holder) => holder,
                    None => continue,
                },
                false => self.mention(within, &name, &at),
            };
            self.state(
                within,
                at,
                Origin::Stated,
                Body::Flow(Flow { what: Selection::One(what), to: sink() }),
            );
        }
    }

    /// States a reference to a secret, the first time the file has it.
    pub(super) fn mention(&mut self, within: ContextId, name: &str, at: &Place) -> Ref {
        let is = reference(name);
        if self.speaks_of(at.source()) && self.stated.insert(is.clone()) {
            let lifetime = Value::unknown(Why::Variable(name.to_owned()), at.source());
            let body = crate::fact::Credential {
                title: format!("secret variable {name}"),
                ..credential(is.clone(), "azure-devops", kind_of(name), Storage::StoreReference, lifetime)
            };
            self.out.fact(within, at.clone(), Origin::Stated, Body::Credential(body));
        }
        is
    }
}

/// The variable that a value is, where the place alone says that it is a secret: not one that the platform sets, and not a
/// caller's parameter.
pub(super) fn stored_in(datum: &Datum) -> Option<String> {
    variables_of(datum).find(|name| !is_parameter(name) && !tables::is_predefined(name))
}

/// Where a range of a scalar stands: a block scalar has many lines, of which only this one matters.
pub(super) fn place_of(node: &Node, scalar: &Scalar, range: std::ops::Range<usize>) -> ByteSpan {
    match scalar.style {
        Style::Block => scalar.span_of(range),
        Style::Plain | Style::Quoted => node.span,
    }
}
