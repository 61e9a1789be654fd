//! `scope/privilege-escalation`: rights that, taken together, let their holder take further rights.

use crate::rule::analysis::causes::{Cause, causes};
use crate::rule::analysis::grants::{shape, subjects};
use crate::rule::analysis::{actions, wildcards};
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    causes(world).iter().for_each(|cause| report(cause, out));
}

fn report(cause: &Cause<'_>, out: &mut Verdicts<'_>) {
    const SHOWN: usize = 3;
    let Some(((at, leading), others)) = cause.by.split_first() else { return };
    let mut ways = cause.ways.clone();
    ways.sort_by_key(|way| std::cmp::Reverse(way.severity(leading)));
    let severity = cause.severity();
    if others.is_empty() && wildcards::severity(leading).is_some_and(|wild| wild > severity) {
        return out.pass(at, "scope/wildcard-grant says worse of it");
    }
    let how: Vec<&str> = ways.iter().take(SHOWN).map(|way| way.how.as_str()).collect();
    let more = match ways.len().saturating_sub(SHOWN) {
        0 => String::new(),
        1 => ", and 1 more way".to_owned(),
        more => format!(", and {more} more ways"),
    };
    let (together, accepted) = match others {
        [] => ("", "these actions on named resources"),
        _ => (
            "together with other statements of its holder, ",
            "these actions on named resources, or in separate hands",
        ),
    };
    let message = format!(
        "{together}this grant lets its holder take further rights: it can {}{more}; accepted: \
         {accepted}",
        how.join("; ")
    );
    let draft = out.report(at, message).severity(severity);
    for (_, grant) in &cause.by {
        draft.judged(shape(grant)).covers(subjects(grant));
    }
    for (other, grant) in others {
        let note = format!("also held: {}", actions::listed(&grant.actions));
        draft.related(note, other.spot(other.place().source()));
        draft.lesser(other.fact.lesser);
    }
}
