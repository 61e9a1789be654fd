//! Rules that the policy makes: rows of `[[policy]]`, held against the facts of a unit.

use serde_json::{Map, Value as Json};

use super::{At, Verdicts, World};
use crate::fact::Context;
use crate::finding::Confidence;
use crate::policy::rows::PolicyRow;
use crate::policy::rows::condition::Condition;
use crate::policy::rows::field::{self, Kind, Table, WITHIN};
use crate::policy::rows::holds::{self, Seen};
use crate::policy::rows::message::{shown, value};
use crate::policy::rows::pattern::Truth;

/// Whether what it finds is true is for whoever wrote the row to say: it finds what it asks for.
const CONFIDENCE: Confidence = Confidence::High;
/// What entity a fact is about, by its body.
const ABOUT: [&str; 7] = ["is", "holder", "opens", "what", "protects", "from", "to"];

/// Judges every fact by every row. A fact is written as JSON once, whatever the number of rows.
pub(crate) fn judge<'r>(
    rows: impl Iterator<Item = &'r PolicyRow>,
    world: &World<'_>,
    trace: bool,
) -> Vec<(&'r PolicyRow, Verdicts<'r>)> {
    let mut all: Vec<(&PolicyRow, Verdicts<'_>)> =
        rows.map(|row| (row, Verdicts::of(&row.id, row.severity, CONFIDENCE, trace))).collect();
    if all.is_empty() {
        return all;
    }
    let asks_context = all.iter().any(|(row, _)| row.asks_context());
    for at in world.facts() {
        let body = at.fact.body.name();
        let Some(fields) = field::of(body).filter(|_| all.iter().any(|(row, _)| row.body == body)) else {
            continue;
        };
        let fact = written(&at, asks_context);
        for (row, out) in all.iter_mut().filter(|(row, _)| row.body == body && row.speaks_of(at.path())) {
            one(row, &at, fields, &fact, world, out);
        }
    }
    all
}

fn one(row: &PolicyRow, at: &At<'_>, fields: &Table, fact: &Json, world: &World<'_>, out: &mut Verdicts<'_>) {
    let holding = match holds::possibly(&row.conditions, fields, fact, &at.fact.when, world.today) {
        Ok(holding) => holding,
        Err((condition, truth)) => {
            let known = if truth == Truth::Maybe { "is not known to hold" } else { "does not hold" };
            return out.pass(at, format!("its condition on `{}` {known}", condition.field()));
        }
    };
    if row.unless.iter().any(|exception| holds::surely(exception, fields, fact, world.today)) {
        return out.pass(at, "an exception of the row holds");
    }
    let message = row.message.fill(fields, fact);
    let draft = match holding.source {
        Some(source) => out.report_at(at, source, message),
        None => out.report(at, message),
    };
    draft.lesser(holding.lesser);
    if let Some(help) = &row.help {
        draft.help(help.fill(fields, fact));
    }
    // Two facts at one place are two findings.
    draft.judged(ABOUT.iter().filter_map(|name| entity(fields, fact, name)));
    for condition in &row.conditions {
        match items(fields, fact, condition) {
            Some(items) => drop(draft.covers(items)),
            None => {
                let is = shown(&holds::see(fields, fact, &condition.path));
                draft.judged([format!("{}={is}", condition.field())]);
            }
        }
    }
}

/// The name of an entity of the fact.
fn entity(fields: &Table, fact: &Json, name: &str) -> Option<String> {
    let field = fields.get(name)?;
    let json = fact.get(name)?;
    matches!(field.kind.seen(), Kind::Entity(_) | Kind::Choice(..)).then(|| value(&field.kind, json))
}

/// The items of a list that a condition asks about: more of them make a finding wider.
fn items(fields: &Table, fact: &Json, condition: &Condition) -> Option<Vec<String>> {
    let possible = holds::see(fields, fact, &condition.path);
    let mut out = Vec::new();
    for one in &possible {
        let Kind::List(item) = one.kind else { return None };
        let Seen::Is(Json::Array(list)) = one.seen else { continue };
        // What is no text is told apart by its own writing.
        out.extend(list.iter().map(|json| match item.seen() {
            Kind::Table(_) => format!("{}={json}", condition.field()),
            kind => format!("{}={}", condition.field(), value(kind, json)),
        }));
    }
    Some(out)
}

/// The fact as `hallpass facts` prints it, with where it happens in place of that place's number.
fn written(at: &At<'_>, asks_context: bool) -> Json {
    let mut fact = match serde_json::to_value(&at.fact.body) {
        Ok(Json::Object(fact)) => fact,
        _ => Map::new(),
    };
    fact.insert("origin".to_owned(), serde_json::to_value(&at.fact.origin).unwrap_or_default());
    if asks_context {
        fact.insert(WITHIN.to_owned(), Json::Object(within(at)));
    }
    Json::Object(fact)
}

/// What is said of the place, by the innermost that says so.
fn within(at: &At<'_>) -> Map<String, Json> {
    let mut within = Map::new();
    let mut put = |name: &str, json: Option<Json>| {
        if let Some(json) = json.filter(|json| !json.is_null()) {
            within.entry(name).or_insert(json);
        }
    };
    for context in at.contexts() {
        let Context { kind, name, started_by, runs_code_of, environment, tier, .. } = context;
        put("kind", serde_json::to_value(kind).ok());
        put("name", serde_json::to_value(name).ok());
        put("started_by", serde_json::to_value(started_by).ok());
        put("runs_code_of", serde_json::to_value(runs_code_of).ok());
        put("environment", serde_json::to_value(environment).ok());
        put("tier", serde_json::to_value(tier).ok());
    }
    within
}
