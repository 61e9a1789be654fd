//! `governance/row-incomplete`: a row that does not answer who, why, until when and how it is switched off.

use crate::fact::{Text, Value};
use crate::rule::analysis::rows::Row;
use crate::rule::{Verdicts, World};

/// What people write to fill a field. Compared without case and signs around it.
const BOILERPLATE: [&str; 16] = [
    "",
    "todo",
    "tbd",
    "tba",
    "fixme",
    "xxx",
    "n/a",
    "na",
    "none",
    "unknown",
    "test",
    "purpose",
    "description",
    "service account",
    "fill in",
    "to be defined",
];

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for row in world.rows().iter() {
        let missing = missing(row);
        if missing.is_empty() {
            out.pass(&row.at, "it answers who, why, until when and how it is switched off");
            continue;
        }
        let name = row.name();
        let message = format!("registry row `{name}` does not say {}", missing.join("; nor "));
        out.report(&row.at, message)
            .judged([name])
            .covers(missing.iter().copied().map(str::to_owned))
            .help("fill it in; what nobody can say of an identity is a reason to switch it off");
    }
}

/// What a row should say and does not.
fn missing(row: &Row<'_>) -> Vec<&'static str> {
    let record = row.record;
    let said = |value: &Option<Value<Text>>| {
        value.as_ref().and_then(Value::only).and_then(Text::known).is_some_and(says)
    };
    let mut missing = Vec::new();
    let mut ask = |answered: bool, what: &'static str| {
        if !answered {
            missing.push(what);
        }
    };
    ask(said(&row.identity.owner), "who owns it (`owner`)");
    ask(said(&row.identity.purpose), "what it is for (`purpose`)");
    if record.revoked.is_some() {
        return missing;
    }
    ask(record.revocation.as_ref().is_some_and(|r| says(&r.is)), "how it is switched off (`revocation`)");
    let ends = record.expires.is_some() || record.review_by.is_some();
    ask(ends, "until when (`expires`), or when its need is looked at again (`review-by`)");
    ask(
        record.rotation.is_none() || record.last_rotated.is_some(),
        "when its credentials were last changed (`last-rotated`)",
    );
    let restricted = record.data_class.as_ref().is_some_and(|class| class.is == "restricted");
    ask(
        !restricted || record.approved_by.is_some(),
        "who allowed it to reach restricted data (`approved-by`)",
    );
    ask(
        record.third_party.is_none() || record.review_by.is_some(),
        "when the outside party's need is looked at again (`review-by`)",
    );
    ask(
        !record.is_break_glass() || record.monitored_by.is_some(),
        "what raises an alarm when the emergency identity is used (`monitored-by`)",
    );
    ask(
        record.scopes.iter().all(|scope| scope.is.why.is_some()),
        "which business function needs each right (`scopes = [{ scope = …, why = … }]`)",
    );
    missing
}

/// Whether a text says something.
fn says(text: &str) -> bool {
    let bare =
        text.trim().trim_matches(|c: char| "?.-_*<>[]()".contains(c) || c.is_whitespace()).to_lowercase();
    !BOILERPLATE.contains(&bare.as_str())
}
