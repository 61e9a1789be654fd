//! A secret on the command line of a command that would read it in another way.

use crate::fact::Sink;
use crate::rule::analysis::exposures;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for exposure in exposures::to(world, |sink| matches!(sink, Sink::Argument { .. })) {
        let Sink::Argument { command, instead } = exposure.to else { continue };
        let what = exposure.described();
        let message = format!(
            "{what} stands on the command line of `{command}`, which every process of the machine can read; use `{instead}`"
        );
        exposure.report(out, message).judged([command]);
    }
}
