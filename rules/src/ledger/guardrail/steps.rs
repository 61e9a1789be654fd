//! The steps of pipelines that run hallpass: gone, unable to stop anything, or told to look at less.

use std::collections::{BTreeMap, BTreeSet};

use super::{Guardrail, Weakening};
use crate::engine::Engine;
use crate::fact::{Body, ContextKind, Route, SafeguardKind, Selection, UnitFacts, Value};
use crate::finding::{Confidence, Severity, Spot};
use crate::policy::Policy;
use crate::policy::names::quoted;
use crate::rule::At;

/// The check that is meant, as `data/tools/scanners.toml` calls it.
const GUARD: &str = "hallpass";

/// A step that runs it.
#[derive(Clone, Debug)]
struct Step {
    at: Spot,
    route: String,
    /// Names of what it stands in, innermost first, without the step itself.
    within: Vec<String>,
    /// Whether it may stop its pipeline.
    stops: bool,
    /// What lets the pipeline go on all the same.
    excuse: Option<Spot>,
    /// Where it depends on what nobody can tell here whether the pipeline goes on.
    depends: Option<Spot>,
    /// Options that leave something out, and where they stand.
    narrowed: Vec<(String, Spot)>,
}

/// The steps of a version, each once, though several units may read its file.
fn steps(units: &[UnitFacts]) -> Vec<Step> {
    let mut steps: BTreeMap<Spot, Step> = BTreeMap::new();
    let mut options: BTreeSet<(Spot, String)> = BTreeSet::new();
    for (unit, facts) in units.iter().enumerate() {
        for fact in &facts.facts {
            let Body::Safeguard(safeguard) = &fact.body else { continue };
            let Some(Selection::One(is)) = &safeguard.protects else { continue };
            let at = At { unit, facts, fact };
            let spot = at.spot(at.place().source());
            let named = |name: &str| is.name.known() == Some(name);
            match safeguard.kind {
                SafeguardKind::CheckGate if named(GUARD) => {
                    let said = || safeguard.on.possible().map(|p| *p.value);
                    let inner = |kind: ContextKind| !matches!(kind, ContextKind::Step | ContextKind::File);
                    let step = Step {
                        at: spot.clone(),
                        route: at.place().route.0.clone(),
                        within: at.contexts().filter(|c| inner(c.kind)).map(|c| c.name.clone()).collect(),
                        stops: said().next().is_none() || said().any(|stops| stops),
                        excuse: safeguard.on.possible().find(|p| !*p.value).map(|p| at.spot(p.source)),
                        depends: match &safeguard.on {
                            Value::Unknown { source, .. } => Some(at.spot(*source)),
                            _ => None,
                        },
                        narrowed: Vec::new(),
                    };
                    steps.insert(spot, step);
                }
                SafeguardKind::CheckReach if is.scope.first().is_some_and(|of| of.known() == Some(GUARD)) => {
                    options.insert((spot, is.name.to_string()));
                }
                _ => {}
            }
        }
    }
    let mut steps: Vec<Step> = steps.into_values().collect();
    for (spot, option) in options {
        let of = |step: &&mut Step| {
            step.at.path == spot.path
                && step.at.span.start <= spot.span.start
                && spot.span.end <= step.at.span.end
        };
        // The smallest command around it, where one runs another.
        if let Some(step) =
            steps.iter_mut().filter(of).min_by_key(|step| step.at.span.end - step.at.span.start)
        {
            step.narrowed.push((option, spot));
        }
    }
    steps
}

pub(super) fn compare(before: &Guardrail, after: &Guardrail, was: &Policy, out: &mut Vec<Weakening>) {
    let mut new: Vec<Option<Step>> = steps(&after.units).into_iter().map(Some).collect();
    // What could stop nothing protected nothing.
    let mut old: Vec<Step> = steps(&before.units).into_iter().filter(|step| step.stops).collect();
    // Where it was, elsewhere in its file, or in another file that the system reads as well.
    let alike: [fn(&Step, &Step) -> bool; 3] = [
        |a, b| a.at.path == b.at.path && a.within == b.within,
        |a, b| a.at.path == b.at.path,
        |a, b| runs(&b.at.path) || !runs(&a.at.path),
    ];
    for alike in alike {
        old.retain(|old| {
            let found = new.iter_mut().find(|new| new.as_ref().is_some_and(|new| alike(old, new)));
            let Some(step) = found.and_then(Option::take) else { return true };
            weaker(old, &step, was, out);
            false
        });
    }
    out.extend(old.iter().map(|step| gone(step, &after.units)));
}

/// Whether a file's path alone makes a system run it.
fn runs(path: &str) -> bool {
    Engine::recognise(path).must_check
}

fn weaker(old: &Step, new: &Step, was: &Policy, out: &mut Vec<Weakening>) {
    let mut say = |at: &Spot, message: String, judged: &str| {
        out.push(Weakening {
            at: at.clone(),
            route: new.route.clone(),
            message,
            judged: vec!["step".to_owned(), judged.to_owned()],
            severity: None,
        });
    };
    if let (Some(excuse), None) = (&new.excuse, &old.excuse) {
        say(excuse, "hallpass runs here and cannot stop anything any more".to_owned(), "excused");
    }
    if let (Some(depends), None, None) = (&new.depends, &old.depends, &old.excuse) {
        let message = "whether hallpass can stop anything here depends on an expression now";
        say(depends, message.to_owned(), "depends");
    }
    for (option, at) in &new.narrowed {
        if is_weaker(option, old, was) {
            let words = option.split(' ').map(quoted).collect::<Vec<_>>().join(" ");
            out.push(Weakening {
                at: at.clone(),
                route: new.route.clone(),
                message: format!("hallpass is told to report less: {words}"),
                judged: vec!["step".to_owned(), option.clone()],
                // The step that runs now may be this one: what it is told must not decide whether that is told.
                severity: option.starts_with("--fail-on").then_some(Severity::Critical),
            });
        }
    }
}

/// Whether an option makes a step weaker than it was. Of those that name a step on a scale, only a higher one does.
fn is_weaker(option: &str, old: &Step, was: &Policy) -> bool {
    let (name, value) = option.split_once(' ').unwrap_or((option, ""));
    let given = old.narrowed.iter().filter_map(|(option, _)| option.strip_prefix(name)?.strip_prefix(' '));
    match name {
        "--fail-on" => {
            let before = given.filter_map(word::<Severity>).next_back();
            let before = before.or(was.fail_on()).unwrap_or(Severity::Medium);
            word::<Severity>(value).is_none_or(|value| value > before)
        }
        "--min-confidence" => {
            let before = given.filter_map(word::<Confidence>).next_back();
            let before = before.or(was.min_confidence()).unwrap_or(Confidence::Low);
            word::<Confidence>(value).is_none_or(|value| value > before)
        }
        _ => old.narrowed.iter().all(|(known, _)| known != option),
    }
}

fn word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

/// A step that nothing stands for: told where it stood, as far as that is still there.
fn gone(step: &Step, after: &[UnitFacts]) -> Weakening {
    let job = step.within.first();
    let contexts = after.iter().flat_map(|unit| unit.contexts.iter().map(move |c| (unit, c)));
    let left = contexts.filter(|(_, c)| Some(&c.name) == job && c.kind != ContextKind::File);
    let mut left = left.map(|(unit, c)| crate::rule::world::spot(unit, c.at.source()));
    let at = left.find(|at| at.path == step.at.path);
    let whose = job.map_or_else(String::new, |job| format!(" of {}", quoted(job)));
    Weakening {
        at: at.unwrap_or_else(|| Spot { path: step.at.path.clone(), ..Spot::default() }),
        route: Route::root().key(GUARD).0,
        message: format!("the step{whose} that ran hallpass is gone, and no other stands for it"),
        judged: vec!["step".to_owned(), "gone".to_owned(), step.within.join("/")],
        severity: None,
    }
}
