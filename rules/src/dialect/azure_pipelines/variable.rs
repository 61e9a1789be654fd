//! `variables` and `parameters`: what they set, and the stores they name.

use super::Walk;
use super::branches;
use super::env::Set;
use super::job::Job;
use super::scope::{Argument, Parameters, Scope};
use crate::dialect::pipeline::value::{MAX_ALTERNATIVES, one_of};
use crate::document::Node;
use crate::fact::{Case, ContextId, Datum, Known, Why};
use crate::span::{FileId, Source};

/// The parameters that a file declares, with their defaults: a list of them, or a map of names.
pub(super) fn declared(file: FileId, root: &Node) -> Parameters {
    let scope = Scope::new(file, Parameters::new());
    let mut parameters = Parameters::new();
    let Some(node) = root.get("parameters") else { return parameters };
    for item in node.items() {
        let Some(name) = item.get("name").and_then(Node::text) else { continue };
        let default = item.get("default");
        let choice = format!("parameters.{}", name.to_ascii_lowercase());
        let values = item.get("values").map(Node::items).unwrap_or_default();
        let datum = match (values, default) {
            ([], None) => {
                Datum::unknown(Source::new(file, item.span), Why::Variable(format!("parameters.{name}")))
            }
            ([], Some(node)) => open(scope.resolve(node), &choice),
            (values, default) => {
                let known = default.map(|node| scope.resolve(node));
                let of = values.iter().map(|node| {
                    let datum = scope.resolve(node);
                    let is_default = known.as_ref().is_some_and(|d| d.known() == datum.known());
                    let case = Case::of(choice.clone(), datum.known().unwrap_or("").to_owned());
                    (datum, case, is_default)
                });
                let of: Vec<_> = of.take(MAX_ALTERNATIVES).collect();
                match one_of(of, values.len() > MAX_ALTERNATIVES) {
                    Some(datum) => datum,
                    None => continue,
                }
            }
        };
        let node = default.map(|node| (file, node.clone()));
        parameters.insert(name.to_ascii_lowercase(), Argument { datum, node });
    }
    for entry in node.entries() {
        let choice = format!("parameters.{}", entry.name().to_ascii_lowercase());
        let datum = open(scope.resolve(&entry.value), &choice);
        let node = Some((file, entry.value.clone()));
        parameters.insert(entry.name().to_ascii_lowercase(), Argument { datum, node });
    }
    parameters
}

/// A default, which a caller may replace.
fn open(datum: Datum, choice: &str) -> Datum {
    if matches!(datum.value, Known::Null | Known::Unknown(_)) {
        return datum;
    }
    let case = Case::of(choice, datum.known().unwrap_or("").to_owned());
    let at = datum.at;
    one_of(vec![(datum, case, true)], true).unwrap_or_else(|| Datum::new(at, Known::Null))
}

/// The declared parameters with a caller's values in their place.
pub(super) fn given(
    callee: FileId,
    root: &Node,
    caller: FileId,
    scope: &Scope,
    with: Option<&Node>,
) -> Parameters {
    let mut parameters = declared(callee, root);
    for (entry, _) in with.map(branches::entries).unwrap_or_default() {
        let argument = match entry.value.written().and_then(|text| scope.argument(text)) {
            // A parameter handed on as it is, whatever it holds.
            Some(argument) => argument.clone(),
            None => {
                Argument { datum: scope.resolve(&entry.value), node: Some((caller, entry.value.clone())) }
            }
        };
        parameters.insert(entry.name().to_ascii_lowercase(), argument);
    }
    parameters
}

impl Walk<'_, '_> {
    /// Hands the defaults of parameters to the detectors.
    pub(super) fn parameters(&mut self, within: ContextId, root: &Node) {
        let Some(node) = root.get("parameters") else { return };
        for item in node.items() {
            if let Some((name, default)) = item.get("name").and_then(Node::text).zip(item.get("default")) {
                self.slot(within, name, default);
            }
        }
        for entry in node.entries() {
            self.slot(within, entry.name(), &entry.value);
        }
    }

    /// Lowers `variables` into the innermost layer: a map of them, or a list with groups and templates.
    pub(super) fn variables(&mut self, within: ContextId, job: Option<&Job>, scope: &mut Scope, node: &Node) {
        let mut set = Vec::new();
        for (entry, case) in branches::entries(node) {
            self.variable(within, job, scope, (entry.name(), &entry.value), &case, &mut set);
        }
        let items = if node.entries().is_empty() { branches::items(node) } else { Vec::new() };
        for (item, case) in items {
            if let Some(group) = item.get("group") {
                self.under(&case, |walk| walk.group(within, scope, group));
            } else if let Some(template) = item.get("template") {
                self.under(&case, |walk| walk.template(within, job, scope, item, template));
            } else if let Some(name) = item.get("name").and_then(Node::text) {
                for (value, inner) in branches::get(item, "value") {
                    let both = case.and(&inner).unwrap_or_else(|| case.clone());
                    self.variable(within, job, scope, (name, value), &both, &mut set);
                }
            } else {
                // `- ${{ parameters.variables }}`, or pairs without `name`.
                for (entry, inner) in branches::entries(item) {
                    let both = case.and(&inner).unwrap_or_else(|| case.clone());
                    self.variable(within, job, scope, (entry.name(), &entry.value), &both, &mut set);
                }
                if item.entries().is_empty() {
                    let why = Why::Unsupported("variables that an expression lists".to_owned());
                    self.unknown(self.source(item.span), why);
                }
            }
        }
        self.logins(within, &set);
    }

    fn variable<'n>(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &mut Scope,
        (name, node): (&'n str, &'n Node),
        case: &Case,
        set: &mut Vec<Set<'n>>,
    ) {
        self.under(case, |walk| walk.becomes(within, job, scope, name, node));
        let datum = scope.resolve(node);
        // A secret under another name is one still.
        if !scope.secrets_of(&datum).is_empty() {
            scope.declare_secret(name);
        }
        scope.set(name, datum.clone(), case);
        set.push(Set { name, datum });
    }
}
