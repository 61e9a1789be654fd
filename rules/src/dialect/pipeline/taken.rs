//! Outside code that several jobs use from one place: images that a pipeline names for all of them, packages that it
//! imports once. It is stated where it is written, for the jobs that let it reach a secret.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::Lowering;
use crate::fact::{Body, Case, Component, ContextId, ContextKind, Datum, Origin, Place, Text};
use crate::span::Source;

/// Most jobs of one component that are told apart: each may hold other secrets.
const MAX_USES: usize = 8;

/// A component that a job uses.
pub(crate) struct Used {
    component: Component,
    within: ContextId,
    /// The context of its own in which it takes part; without one it gets one.
    own: Option<ContextId>,
    written: Source,
    at: Place,
    case: Case,
    lesser: bool,
}

/// Everything of the kind that one pipeline uses.
#[derive(Default)]
pub(crate) struct Taken {
    used: Vec<Used>,
}

impl Taken {
    /// Notes the image that a job runs in or beside, as each of what it may be. `of` says which component that is.
    pub(crate) fn image(
        &mut self,
        out: &mut Lowering<'_>,
        within: ContextId,
        datum: &Datum,
        of: impl Fn(&Text) -> Component,
    ) {
        for (found, case, lesser) in datum.alternatives() {
            let text = found.text().unwrap_or_default();
            if text.known() == Some("") {
                continue;
            }
            let component = of(&text);
            if let Some(why) = component.is.name.why().filter(|_| !component.first_party) {
                out.unknown(datum.via.first().copied().unwrap_or(datum.at), why.clone());
            }
            let at = super::value::place(out, found);
            self.used.push(Used { component, within, own: None, written: found.at, at, case, lesser });
        }
    }

    /// Notes code that is named elsewhere and takes part in a context of its own.
    pub(crate) fn code(
        &mut self,
        out: &Lowering<'_>,
        within: ContextId,
        own: ContextId,
        written: Source,
        component: Component,
    ) {
        let at = out.place(written);
        let (own, case) = (Some(own), Case::always());
        self.used.push(Used { component, within, own, written, at, case, lesser: false });
    }

    /// States everything once, or for each job that lets it reach a secret. `holding` are contexts that hold one.
    pub(crate) fn state(self, out: &mut Lowering<'_>, holding: &BTreeSet<ContextId>, everywhere: bool) {
        let mut by_place: BTreeMap<Source, Vec<Used>> = BTreeMap::new();
        for used in self.used {
            by_place.entry(used.written).or_default().push(used);
        }
        for mut uses in by_place.into_values() {
            let handed = |used: &Used| used.own.is_some_and(|own| holding.contains(&own));
            let holds = |used: &Used| everywhere || handed(used) || holding.contains(&used.within);
            let any_holds = uses.iter().any(holds);
            // What is handed a secret by name weighs more than what stands beside one.
            uses.sort_by_key(|used| !handed(used));
            let place = |used: &Used| used.own.unwrap_or(used.within);
            let mut places: Vec<ContextId> =
                uses.iter().filter(|used| !any_holds || holds(used)).map(place).collect();
            places.dedup();
            places.truncate(if any_holds && !everywhere { MAX_USES } else { 1 });
            for used in uses.into_iter().filter(|used| places.contains(&place(used))) {
                // Of its own: what a job's commands log in with, its container can only read.
                let within = used.own.unwrap_or_else(|| {
                    out.context(used.within, ContextKind::Container, "image", used.written)
                });
                let id = out.fact(within, used.at, Origin::Stated, Body::Component(used.component));
                if let Some(fact) = out.fact_mut(id) {
                    fact.when = used.case;
                    fact.lesser = used.lesser;
                }
            }
        }
    }
}
