//! `governance/row-overdue`: a day that the registry set has passed.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::fact::{Day, Said};
use crate::rule::analysis::rows::Row;
use crate::rule::{Verdicts, World};
use crate::span::Source;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for row in world.rows().iter() {
        if row.record.revoked.is_some() {
            continue;
        }
        let overdue = overdue(row, world.today);
        let Some((at, _)) = overdue.first() else {
            out.pass(&row.at, "no day of it has passed");
            continue;
        };
        let said: Vec<&str> = overdue.iter().map(|(_, why)| why.as_str()).collect();
        let message = format!(
            "{}: {}; accepted: the identity revoked and marked so, or looked at again and a new day set",
            row.title(),
            said.join("; ")
        );
        let route = row.at.place().route.0.clone();
        out.report_spot(row.at.spot(*at), route, message).judged([row.name()]).judged(said);
    }
}

/// The days that have passed, with the place of each.
fn overdue(row: &Row<'_>, today: Date) -> Vec<(Source, String)> {
    let mut overdue = Vec::new();
    let past = |said: &Option<Said<Day>>| said.clone().filter(|said| said.is.0 < today);
    if let Some(said) = past(&row.record.expires) {
        overdue.push((said.at, format!("its last day was {}", said.is.0)));
    }
    if let Some(said) = past(&row.record.review_by) {
        // Who looked at it after that day only forgot to set the next.
        let looked = row.record.reviewed.as_ref().is_some_and(|reviewed| reviewed.is.0 > said.is.0);
        let what = if looked { "the next review has no day since" } else { "it was to be reviewed by" };
        overdue.push((said.at, format!("{what} {}", said.is.0)));
    }
    if let (Some(rotation), Some(last)) = (&row.record.rotation, &row.record.last_rotated) {
        let days = i64::try_from(rotation.is.div_ceil(DAY)).unwrap_or(i64::MAX);
        // A day that the calendar does not have is never reached.
        let due = last.is.0.checked_add(days.min(4_000_000).days()).ok();
        if let Some(due) = due.filter(|due| *due < today) {
            overdue.push((last.at, format!("its credentials were due to be changed on {due}")));
        }
    }
    overdue
}
