//! A literal of which nothing but the name of its place says that it is a credential.

use crate::rule::analysis::literals;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    literals::judge(world, true, out);
}
