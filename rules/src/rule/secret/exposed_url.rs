//! A secret that is put into an address.

use crate::fact::Sink;
use crate::rule::analysis::exposures;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for exposure in exposures::to(world, |sink| *sink == Sink::Url) {
        let what = exposure.described();
        exposure.report(out, format!("{what} stands in an address, which is logged and kept along the way; hand it over in a header, by a credential helper or from standard input"));
    }
}
