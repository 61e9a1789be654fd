//! One resource being lowered, and what its properties are worth.

use crate::dialect::Lowering;
use crate::dialect::aws_policy;
use crate::dialect::cloudformation::evaluate::Evaluator;
use crate::dialect::values::{default_of, text_of};
use crate::fact::{Body, Case, ContextId, Datum, FactId, Known, Origin, Place, Ref, Related, Text, Why};
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
    /// Its type.
    pub(super) kind: &'s str,
    /// Its logical id.
    pub(super) logical: &'s str,
    /// The key with its logical id.
    pub(super) header: Source,
    pub(super) within: ContextId,
    pub(super) properties: Datum,
}

impl Site<'_, '_, '_> {
    /// The values at a path. Lists on the way are followed, `*` is any key; what only holds in a case says so.
    pub(super) fn all(&self, path: &str) -> Vec<Found> {
        below(&self.properties, path)
    }

    /// The first value at a path that is not null.
    pub(super) fn value(&self, path: &str) -> Option<Datum> {
        self.all(path).into_iter().map(|found| found.value).find(|v| v.value != Known::Null)
    }

    /// The name that the resource has in its account.
    pub(super) fn name(&mut self) -> Text {
        self.evaluator.physical(self.logical, self.header)
    }

    /// The resource's own name, or what stands at a path.
    pub(super) fn name_at(&mut self, path: &str) -> Text {
        match path {
            "" => self.name(),
            _ => self.value(path).map_or_else(|| Text::literal(self.logical), |v| text_of(first(&v))),
        }
    }

    /// States a fact at the resource's logical id.
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
    fn place(&self, value: &Datum) -> Place {
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

/// The first item of a list, or the value itself.
fn first(value: &Datum) -> &Datum {
    match &default_of(value).value {
        Known::List(items) => items.first().map_or(value, first),
        _ => value,
    }
}

/// An entity of AWS: from an ARN, or by name where the account is not known.
pub(super) fn reference(kind: &str, name: Text) -> Ref {
    match aws_policy::arn_reference(&name) {
        Some(found) => found,
        None => Ref::new("aws", kind, [Text::hole(Why::Variable("account".to_owned()))], name),
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
            Known::Map(_) => {
                if let Some(value) = value.get(step) {
                    follow(value, &case, lesser, rest, found);
                }
            }
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
