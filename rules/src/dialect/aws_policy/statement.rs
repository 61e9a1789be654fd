//! A policy's statements, and the grants they make.

use std::collections::BTreeSet;

use super::choice::{Choice, alternatives, both, texts};
use super::condition::{self, Row};
use super::principal::{Star, principals};
use super::tree;
use crate::dialect::Lowering;
use crate::fact::{
    Approval, Body, Case, Condition, ContextId, Datum, Effect, FactId, Grant, Known, Origin, Principal, Ref,
    Related, Text, Why,
};
use crate::span::Source;

/// Deepest nesting of statement lists.
const MAX_NESTING: usize = 8;

/// A statement and what is known of its way here.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) statement: Datum,
    pub(super) case: Case,
    pub(super) lesser: bool,
}

/// Visits every statement of every alternative of a policy.
pub(super) fn each(out: &mut Lowering<'_>, policy: &Datum, mut visit: impl FnMut(&mut Lowering<'_>, Found)) {
    for alternative in alternatives(policy) {
        let document = match &alternative.value.value {
            // A document that is still a text: read it as JSON, holes and all.
            Known::Text(text) => match tree::of_text(text, alternative.value.at) {
                Some(read) => Datum { via: alternative.value.via.clone(), ..read },
                None => {
                    let why = Why::Unsupported("a policy text that is not JSON".to_owned());
                    out.unknown(alternative.value.at, text.why().cloned().unwrap_or(why));
                    continue;
                }
            },
            _ => alternative.value,
        };
        match (&document.value, document.get("Statement")) {
            (_, Some(list)) => {
                let outer =
                    Found { statement: document.clone(), case: alternative.case, lesser: alternative.lesser };
                flatten(out, list, &outer, 0, &mut visit);
            }
            (Known::Null, _) => {}
            (Known::Unknown(why), _) => out.unknown(document.at, why.clone()),
            _ => out.unknown(document.at, Why::Unsupported("a policy without statements".to_owned())),
        }
    }
}

fn flatten(
    out: &mut Lowering<'_>,
    datum: &Datum,
    outer: &Found,
    depth: usize,
    visit: &mut impl FnMut(&mut Lowering<'_>, Found),
) {
    if depth == MAX_NESTING {
        out.unknown(datum.at, Why::Limit("statements nested more than 8 deep".to_owned()));
        return;
    }
    for alternative in alternatives(datum) {
        let Some(case) = outer.case.and(&alternative.case) else { continue };
        let mut statement = alternative.value;
        let via: Vec<Source> = outer.statement.via.clone();
        statement.via.extend(via.into_iter().filter(|v| *v != statement.at));
        let found = Found { statement, case, lesser: outer.lesser || alternative.lesser };
        match &found.statement.value {
            Known::Map(_) => visit(out, found),
            Known::List(items) => {
                for item in items {
                    flatten(out, item, &found, depth + 1, visit);
                }
            }
            Known::Null => {}
            Known::Unknown(why) => out.unknown(found.statement.at, why.clone()),
            _ => {
                let why = Why::Unsupported("a statement that is no object".to_owned());
                out.unknown(found.statement.at, why);
            }
        }
    }
}

/// What a statement says, for one combination of its alternatives.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) effect: Effect,
    pub(super) actions: Vec<Text>,
    pub(super) actions_except: bool,
    pub(super) resources: Vec<Text>,
    pub(super) resources_except: bool,
    pub(super) principals: Vec<Principal>,
    pub(super) rows: Vec<Row>,
    /// What an exception in place of a list of principals amounts to.
    pub(super) exception: Option<Condition>,
}

/// Reads a statement in every combination.
pub(super) fn read(out: &mut Lowering<'_>, statement: &Datum, star: Star) -> Vec<Choice<Said>> {
    let at = statement.at;
    let (actions, actions_except) = either(statement, "Action", "NotAction");
    let (resources, resources_except) = either(statement, "Resource", "NotResource");
    let actions = texts(out, actions);
    let resources = texts(out, resources);
    let effects = effects(out, statement);
    let rows = condition::rows(out, statement.get("Condition"));
    let who = who(out, statement, star);
    let said = both(out, at, &actions, &resources, |actions, resources| Said {
        effect: Effect::Allow,
        actions: actions.iter().map(action).collect(),
        actions_except,
        resources: resources.clone(),
        resources_except,
        principals: Vec::new(),
        rows: Vec::new(),
        exception: None,
    });
    let said = both(out, at, &said, &effects, |said: &Said, effect| Said { effect: *effect, ..said.clone() });
    let said = both(out, at, &said, &rows, |said: &Said, rows: &Vec<Row>| Said {
        rows: rows.clone(),
        ..said.clone()
    });
    both(out, at, &said, &who, |said: &Said, (principals, exception)| Said {
        principals: principals.clone(),
        exception: exception.clone(),
        ..said.clone()
    })
}

type Who = (Vec<Principal>, Option<Condition>);

/// `NotPrincipal` speaks of everybody else: anyone, with the exception kept as a condition.
fn who(out: &mut Lowering<'_>, statement: &Datum, star: Star) -> Vec<Choice<Who>> {
    match statement.get("NotPrincipal") {
        None => principals(out, statement.get("Principal"), star)
            .into_iter()
            .map(|choice| choice.map(|principals| (principals, None)))
            .collect(),
        Some(but) => {
            let names = match &but.value {
                Known::Map(entries) => entries.iter().flat_map(|(_, _, v)| v.items()).collect(),
                _ => vec![but],
            };
            let values = names.into_iter().filter_map(Datum::text).collect();
            let exception =
                Condition { operator: "NotPrincipal".to_owned(), key: "principal".to_owned(), values };
            vec![Choice::certain((vec![Principal::Anyone], Some(exception)))]
        }
    }
}

fn either<'d>(statement: &'d Datum, key: &str, except: &str) -> (Option<&'d Datum>, bool) {
    match (statement.get(key), statement.get(except)) {
        (None, Some(datum)) => (Some(datum), true),
        (datum, _) => (datum, false),
    }
}

/// An effect that is not known may allow.
fn effects(out: &mut Lowering<'_>, statement: &Datum) -> Vec<Choice<Effect>> {
    texts(out, statement.get("Effect"))
        .into_iter()
        .map(|mut choice| {
            let word = choice.value.first().cloned();
            choice.lesser |= word.as_ref().is_some_and(Text::has_hole);
            choice.map(|_| match word.as_ref().and_then(Text::known) {
                Some("Deny") => Effect::Deny,
                _ => Effect::Allow,
            })
        })
        .collect()
}

/// An action in the vocabulary of [`Grant`].
fn action(written: &Text) -> Text {
    let mut text = Text::literal("aws:");
    match written.known() {
        Some("*") => text.push("*:*"),
        _ => text.append(written),
    }
    text
}

/// States what a statement allows or forbids.
pub(super) fn grant(out: &mut Lowering<'_>, within: ContextId, holder: &Ref, found: &Found) {
    for choice in read(out, &found.statement, Star::Anyone) {
        let body = Body::Grant(choice.value.granted(holder));
        state(out, within, found, &choice, body);
    }
}

impl Said {
    /// What is allowed or forbidden, with `holder` carrying the statement.
    pub(super) fn granted(&self, holder: &Ref) -> Grant {
        Grant {
            holder: holder.clone(),
            effect: self.effect,
            actions: self.actions.clone(),
            actions_except: self.actions_except,
            resources: self.resources.clone(),
            resources_except: self.resources_except,
            principals: self.principals.clone(),
            conditions: self.conditions(|_| true),
            approval: Approval::None,
        }
    }

    /// The conditions whose rows are wanted.
    pub(super) fn conditions(&self, wanted: impl Fn(&Row) -> bool) -> Vec<Condition> {
        let rows = self.rows.iter().filter(|r| wanted(r)).map(Row::condition);
        rows.chain(self.exception.clone()).collect()
    }
}

/// States a fact about a statement at the literal's own place; the places it passed through are related.
pub(super) fn state(
    out: &mut Lowering<'_>,
    within: ContextId,
    found: &Found,
    choice: &Choice<Said>,
    body: Body,
) -> Option<FactId> {
    let case = found.case.and(&choice.case)?;
    let leading = choice.moved.unwrap_or(found.statement.at);
    let mut place = out.place(leading);
    let statement = ("part of this statement", found.statement.at);
    let passed = found.statement.via.iter().map(|via| ("used here", *via));
    let mut seen: BTreeSet<Source> = place.related.iter().map(|r| r.source).chain([place.source()]).collect();
    for (note, source) in std::iter::once(statement).chain(choice.related.iter().copied()).chain(passed) {
        if seen.insert(source) {
            place.related.push(Related { note: note.to_owned(), source });
        }
    }
    let id = out.fact(within, place, Origin::Stated, body);
    if let Some(fact) = out.fact_mut(id) {
        fact.when = case;
        fact.lesser = found.lesser || choice.lesser;
    }
    Some(id)
}
