//! A secret that becomes part of an image's history.

use crate::fact::{Selection, Sink};
use crate::rule::analysis::exposures;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for exposure in exposures::to(world, |sink| *sink == Sink::ImageLayer) {
        let what = exposure.described();
        let is_file = |what: &&&Selection| matches!(what, Selection::One(is) if is.kind == "file");
        let (how, shown) = match exposure.what.iter().find(is_file) {
            Some(_) => (
                "by its name holds a credential, and goes into the image as a file",
                "which stays in its layers for",
            ),
            None => ("goes into the image as a build argument", "which its history shows to"),
        };
        exposure.report(
            out,
            format!("{what} {how}, {shown} everybody who can pull it; mount it as a build secret"),
        );
    }
}
