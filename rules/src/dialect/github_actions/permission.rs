//! `permissions`: what a job's token may do.

use super::Walk;
use super::tables::PERMISSIONS;
use crate::document::Node;
use crate::fact::{Body, ContextId, Grant, Origin, Ref, Why};
use crate::span::Source;

/// What the workflow says for jobs that say nothing.
#[derive(Clone, Debug)]
pub(super) enum Fallback<'n> {
    /// The workflow's own block.
    Stated(&'n Node),
    /// Nothing: the platform's default, at the key before which a block would stand.
    Default(Source),
    /// The caller or the forge decides.
    Elsewhere,
}

impl Walk<'_, '_> {
    /// States the grants of one job.
    pub(super) fn permissions(
        &mut self,
        within: ContextId,
        holder: &Ref,
        own: Option<&Node>,
        fallback: &Fallback<'_>,
    ) {
        match (own, fallback) {
            (Some(node), _) => self.stated(within, holder, node),
            (None, Fallback::Stated(node)) => self.stated(within, holder, node),
            (None, Fallback::Default(source)) => {
                let at = self.out.absent(*source, "permissions");
                let default = &PERMISSIONS.default;
                let origin = Origin::PlatformDefault { source: default.source.clone() };
                self.out.fact(within, at, origin, grant(holder, &default.action));
            }
            (None, Fallback::Elsewhere) => {}
        }
    }

    fn stated(&mut self, within: ContextId, holder: &Ref, node: &Node) {
        let at = self.source(node.span);
        match node.text() {
            Some("write-all") => drop(self.out.state(within, at, grant(holder, "github:*:write"))),
            Some("read-all") => drop(self.out.state(within, at, grant(holder, "github:*:read"))),
            Some(_) if !node.is_null() => {
                self.out.unknown(at, Why::Unsupported("this value of `permissions`".to_owned()));
            }
            _ => {}
        }
        if spells_everything(node) {
            self.out.state(within, at, grant(holder, &PERMISSIONS.everything.action));
        }
        for entry in node.entries() {
            let at = self.source(entry.value.span);
            let known = PERMISSIONS.scopes.get(entry.name());
            match entry.value.text() {
                Some("none") => {}
                Some(level) if known.is_none_or(|levels| levels.iter().any(|l| l == level)) => {
                    if known.is_none() {
                        self.out
                            .unknown(at, Why::Unsupported("a permission hallpass does not know".to_owned()));
                    }
                    let action = format!("github:{}:{level}", entry.name());
                    self.out.state(within, at, grant(holder, &action));
                }
                _ => self.out.unknown(at, Why::Unsupported("this permission level".to_owned())),
            }
        }
    }
}

/// Whether a map writes every scope that matters: `write-all`, one by one.
fn spells_everything(node: &Node) -> bool {
    let is_written = |scope: &String| node.get(scope).and_then(Node::text) == Some("write");
    PERMISSIONS.everything.written.iter().all(is_written)
}

fn grant(holder: &Ref, action: &str) -> Body {
    Body::Grant(Grant::outright(holder.clone(), action))
}
