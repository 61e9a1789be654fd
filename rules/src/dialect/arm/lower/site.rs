//! One resource being lowered, and what its properties are worth.

use crate::dialect::Lowering;
use crate::dialect::arm::evaluate::Evaluator;
use crate::dialect::values::{default_of, text_of};
use crate::fact::{Body, Case, ContextId, Datum, FactId, Known, Origin, Place, Related, Text, Why};
use crate::span::Source;

/// A value of a property, and when it is there.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) value: Datum,
    pub(super) case: Case,
    pub(super) lesser: bool,
}

/// One resource.
pub(super) struct Site<'s, 'o, 'u> {
    pub(super) evaluator: &'s mut Evaluator<'u>,
    pub(super) out: &'s mut Lowering<'o>,
    /// Which resource of the template it is.
    pub(super) index: usize,
    /// Its type, in lower case.
    pub(super) kind: &'s str,
    /// What it is called where its own name is not: by its symbol, or its type and name.
    pub(super) address: &'s str,
    /// Where it begins.
    pub(super) header: Source,
    pub(super) within: ContextId,
    /// All that it states.
    pub(super) body: Datum,
}

impl Site<'_, '_, '_> {
    /// The values at a path. Lists on the way are followed, `*` is any key; what only holds in a case says so.
    pub(super) fn all(&self, path: &str) -> Vec<Found> {
        below(&self.body, path)
    }

    /// The first value at a path that is not null.
    pub(super) fn value(&self, path: &str) -> Option<Datum> {
        self.all(path).into_iter().map(|found| found.value).find(|v| default_of(v).value != Known::Null)
    }

    /// The name that the resource states, without those around it.
    pub(super) fn name(&mut self) -> Text {
        self.value("name").map_or_else(|| Text::literal(self.address), |value| text_of(&value))
    }

    /// A text, a hole where it is not stated.
    pub(super) fn text(&self, path: &str) -> Text {
        let unsaid = || Text::hole(Why::Computed(format!("{}.{path}", self.address)));
        self.value(path).map_or_else(unsaid, |value| text_of(&value))
    }

    /// States a fact at the head of the resource.
    pub(super) fn at_header(&mut self, body: Body) -> FactId {
        self.out.state(self.within, self.header, body)
    }

    /// States a fact at a value's own place.
    pub(super) fn at_value(&mut self, value: &Datum, body: Body) -> FactId {
        let place = self.place(default_of(value));
        self.out.fact(self.within, place, Origin::Stated, body)
    }

    /// States a fact at a value's own place, in the case in which the value is there.
    pub(super) fn at_found(&mut self, found: &Found, body: Body) -> FactId {
        let id = self.at_value(&found.value, body);
        if let Some(fact) = self.out.fact_mut(id) {
            fact.when = found.case.clone();
            fact.lesser |= found.lesser;
        }
        id
    }

    /// A place that remembers the uses its value passed through.
    pub(super) fn place(&self, value: &Datum) -> Place {
        let mut place = self.out.place(value.at);
        for via in &value.via {
            if *via != value.at && place.related.iter().all(|r| r.source != *via) {
                place.related.push(Related { note: "used here".to_owned(), source: *via });
            }
        }
        place
    }

    /// Reports a value that could not be resolved.
    pub(super) fn unresolved(&mut self, value: &Datum) {
        let why = match &value.value {
            Known::Unknown(why) => Some(why),
            Known::Text(text) => text.why(),
            _ => None,
        };
        if let Some(why) = why {
            self.out.unknown(value.at, why.clone());
        }
    }
}

/// What stands at a path below a value.
pub(super) fn below(value: &Datum, path: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let steps: Vec<&str> = path.split('.').filter(|step| !step.is_empty()).collect();
    follow(value, &Case::always(), false, &steps, &mut found);
    found
}

/// The evaluator bounds how deep values nest.
fn follow(from: &Datum, case: &Case, lesser: bool, steps: &[&str], found: &mut Vec<Found>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(Found { value: from.clone(), case: case.clone(), lesser });
        return;
    };
    for (value, also, only) in from.alternatives() {
        let Some(case) = case.and(&also) else { continue };
        let lesser = lesser || only;
        match &value.value {
            Known::Map(entries) if *step == "*" => {
                entries.iter().for_each(|(_, _, value)| follow(value, &case, lesser, rest, found));
            }
            Known::Map(entries) => match value.get_ignoring_case(step) {
                Some(value) => follow(value, &case, lesser, rest, found),
                // What is merged in and is not known may say it.
                None => found.extend(entries.iter().find(|(key, _, _)| key.known().is_none()).map(
                    |(_, _, value)| {
                        let unknown = match &value.value {
                            Known::Unknown(why) => why.clone(),
                            _ => Why::Expression("union".to_owned()),
                        };
                        Found { value: Datum::unknown(value.at, unknown), case: case.clone(), lesser }
                    },
                )),
            },
            Known::List(items) => items.iter().for_each(|item| follow(item, &case, lesser, steps, found)),
            Known::Unknown(_) => found.push(Found { value: value.clone(), case, lesser }),
            _ => {}
        }
    }
}

/// The single values of a property that may be a list, each in its case.
pub(super) fn items(found: &Found) -> Vec<Found> {
    let mut all = Vec::new();
    for (value, case, lesser) in found.value.alternatives() {
        let Some(case) = found.case.and(&case) else { continue };
        let lesser = found.lesser || lesser;
        match &value.value {
            Known::List(list) => {
                for item in list {
                    all.extend(items(&Found { value: item.clone(), case: case.clone(), lesser }));
                }
            }
            Known::Null => {}
            _ => all.push(Found { value: value.clone(), case, lesser }),
        }
    }
    all
}
