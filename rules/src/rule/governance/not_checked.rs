//! `governance/not-checked`: a file that must be checked was not, or not whole.

use crate::fact::Route;
use crate::finding::{Spot, Status};
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for entry in world.coverage.iter().filter(|c| c.must_check && c.status != Status::Checked) {
        let why = entry.why.as_deref().unwrap_or("no reason was given").trim_end_matches('.');
        let (message, help) = match entry.status {
            Status::Skipped => (
                format!(
                    "this file was left out: {why}; what it does with credentials and identities is not known"
                ),
                "take it back into the check, or move it away from the path that makes it part of a pipeline or of \
                 infrastructure",
            ),
            Status::Failed | Status::Checked => (
                format!("this file could not be checked whole: {why}; what stands there is not known"),
                "mend what is named, so that the file can be read to its end",
            ),
        };
        let spot = Spot { path: entry.path.clone(), span: entry.at.unwrap_or_default() };
        let status = if entry.status == Status::Skipped { "skipped" } else { "failed" };
        out.report_spot(spot, Route::root().0, message).judged([status, why]).help(help);
    }
}
