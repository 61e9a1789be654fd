//! A credential in clear text, or merely encoded.

use crate::rule::analysis::literals;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    literals::judge(world, false, out);
}
