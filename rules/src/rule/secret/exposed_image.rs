//! A secret that becomes part of an image's history.

use crate::fact::Sink;
use crate::rule::analysis::exposures;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for exposure in exposures::to(world, |sink| *sink == Sink::ImageLayer) {
        let what = exposure.described();
        exposure.report(out, format!("{what} goes into the image as a build argument, which its history shows to everybody who can pull it; mount it as a build secret"));
    }
}
