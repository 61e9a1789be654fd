//! What a pipeline takes away of what guards it: the wall around a container, and the failure of a check.

use super::path::Found;
use super::tables::{Holds, Place as Row};
use super::{Here, Walk};
use crate::dialect::pipeline::{check, host};
use crate::fact::{FactId, Value};

impl<'u> Walk<'_, 'u> {
    /// Lowers what stands at such a place. `checks` are those of the level.
    pub(super) fn guard(
        &mut self,
        row: &'static Row,
        here: &Here<'u>,
        found: Found<'u>,
        checks: &[FactId],
    ) -> bool {
        let at = self.source(found.node);
        match row.holds {
            Holds::Privileged => {
                let lifted = found.node.boolean().is_some_and(|(on, _)| on);
                if lifted {
                    host::opened(self.out, here.within, at, "privileged", "privileged");
                }
                lifted
            }
            Holds::HostPath => {
                let path = found.node.text();
                path.into_iter().for_each(|path| host::volume(self.out, here.within, at, path));
                path.is_some()
            }
            _ => {
                check::excuse(self.out, checks, &Value::known(true, at));
                true
            }
        }
    }
}
