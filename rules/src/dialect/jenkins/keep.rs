//! Files of a build that are kept for others.

use super::Walk;
use super::groovy::{Call, Expr, named};
use super::stage::{Here, Job};
use crate::fact::Sink;

/// Most patterns of one step that are looked at.
const MAX_PATTERNS: usize = 64;

impl<'t> Walk<'_, '_, 't> {
    /// `archiveArtifacts artifacts: 'a, b/**'`, `stash includes: 'a', name: 'b'`
    pub(super) fn keep(&mut self, call: &'t Call, argument: &str, here: &Here, job: &mut Option<Job>) {
        let only = || call.positional(0);
        let inner = only().and_then(|map| named(map.entries(), argument));
        let named = call.named(argument).or(inner);
        let stash = call.name.text == "stash";
        let found = if stash { named } else { named.or_else(only) };
        self.job(here, job);
        let within = Self::place(here, job);
        let Some(text) = found.and_then(Expr::text) else {
            // Unless it says otherwise, a stash takes the whole workspace.
            if stash && found.is_none() {
                self.files.store(within, self.source(call.name.at), ".", Sink::Artifact);
            }
            return;
        };
        let at = self.source(text.scalar.span());
        for pattern in text.scalar.text.split(',').take(MAX_PATTERNS) {
            // A pattern is kept as far as it has none: what is written below is what it finds.
            let path = pattern.split('*').next().unwrap_or_default().trim();
            let path = if path.is_empty() { "." } else { path };
            self.files.store(within, at, path, Sink::Artifact);
        }
    }
}
