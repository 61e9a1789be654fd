//! `governance/review-outdated`: a change widens what a registered identity may do or who may act as it, and nobody looked at
//! it again.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::fact::Ref;
use crate::rule::analysis::gains::{Way, gains};
use crate::rule::analysis::rows::{Kept, Row, mentions};
use crate::rule::{At, Verdicts, World};

/// Most things that a message names.
const SHOWN: usize = 3;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    if world.before.is_empty() {
        return;
    }
    let before = World::of(world.before, world.policy, world.today);
    // What is not there yet needs a row, and has none that could be outdated.
    let known: BTreeSet<&Ref> = mentions(&before).map(|(_, is)| is).collect();
    for gain in gains(&before, world, |is| known.contains(is)) {
        let Some(outdated) = outdated(world, &before, gain.is) else { continue };
        let what = match gain.way {
            Way::May => format!("may do more than before ({})", several(&gain.what)),
            Way::Opens => format!("opens to more than before ({})", several(&gain.what)),
        };
        told(&outdated, &gain.at, gain.is, &what, gain.what, out);
    }
}

/// What is declared of something, and was not looked at again.
struct Outdated<'w, 'a> {
    row: &'w Row<'a>,
    reviewed: Option<Date>,
}

/// What is declared of something that the earlier version knows and has declared, if nobody looked at it since.
fn outdated<'w, 'a>(world: &'w World<'a>, before: &World<'_>, is: &Ref) -> Option<Outdated<'w, 'a>> {
    let declared = |row: &&Row<'_>| row.kept != Kept::Tags;
    // A day to come is no review.
    let reviewed =
        |row: &Row<'_>| row.record.reviewed.as_ref().map(|said| said.is.0).filter(|day| *day <= world.today);
    let was: Vec<&Row<'_>> = before.rows().of_name(is).filter(declared).collect();
    if was.is_empty() {
        return None;
    }
    let mut rows: Vec<&Row<'a>> = world.rows().of_name(is).filter(declared).collect();
    // A row that comes with the change says nothing of whether those who agreed then have looked again.
    let own = |row: &&Row<'_>| {
        was.iter().any(|known| known.kept == row.kept && known.identity.is == row.identity.is)
    };
    if rows.iter().any(own) {
        rows.retain(own);
    }
    let last = was.into_iter().map(reviewed).max().flatten();
    let now = rows.iter().filter_map(|row| reviewed(row)).max();
    // Without any row left, that is what is told.
    let row = rows.first().filter(|_| now <= last)?;
    Some(Outdated { row, reviewed: last })
}

fn told(
    outdated: &Outdated<'_, '_>,
    at: &At<'_>,
    is: &Ref,
    what: &str,
    wider: BTreeSet<String>,
    out: &mut Verdicts<'_>,
) {
    let row = outdated.row;
    let when = match outdated.reviewed {
        Some(day) => format!("was last reviewed on {day}"),
        None => "was never reviewed".to_owned(),
    };
    let message = format!(
        "`{is}` {what} in this change, and {} {when}: whoever agreed to it agreed to less; accepted: a newer `reviewed` there, \
         by those who looked at this",
        row.its()
    );
    let said = row.record.reviewed.as_ref().map_or(row.at.place().source(), |said| said.at);
    out.report(at, message).judged([is.to_string()]).covers(wider).related(row.its(), row.at.spot(said));
}

fn several(all: &BTreeSet<String>) -> String {
    // What is told in words quotes its names itself.
    let quoted = |one: &String| if one.contains(' ') { one.clone() } else { format!("`{one}`") };
    let shown: Vec<String> = all.iter().take(SHOWN).map(quoted).collect();
    match all.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
