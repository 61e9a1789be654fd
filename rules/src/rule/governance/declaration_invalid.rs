//! `governance/declaration-invalid`: a declaration in a comment that is not understood, or stands beside nothing.

use crate::fact::Route;
use crate::finding::identity::digest;
use crate::rule::world::spot;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for unit in world.units {
        for note in &unit.notes {
            let Some(first) = note.wrong.first() else { continue };
            let said: Vec<&str> = note.wrong.iter().map(|wrong| wrong.is.as_str()).collect();
            let route = Route::root().key("hallpass").item(&digest([note.text.trim()]));
            let message = format!("this declaration does not hold as it stands: {}", said.join("; "));
            out.report_spot(spot(unit, first.at), route.0, message).judged(said);
        }
    }
}
