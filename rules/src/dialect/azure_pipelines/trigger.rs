//! `trigger`, `pr`, `schedules` and the triggers of resources: who can start a run, and whose code it brings in.
//! Source: <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/pr>.

use std::collections::BTreeSet;

use super::{Walk, branches};
use crate::document::Node;
use crate::fact::{Alternative, Author, Case, ContextId, Starter, Value};

fn is_none(node: &Node) -> bool {
    node.is_null() || node.text().is_some_and(|text| text.eq_ignore_ascii_case("none"))
}

impl Walk<'_, '_> {
    /// Says who starts a pipeline. A template is started by whoever uses it, and says nothing.
    pub(super) fn triggers(&mut self, within: ContextId, root: &Node) {
        let keys = ["trigger", "pr", "schedules"];
        let Some(first) = keys.iter().find_map(|key| root.entry(key)) else { return };
        let source = self.source(first.key.span);
        let mut starters = BTreeSet::from([Starter::Maintainer]);
        let mut code = None;
        if root.get("schedules").is_some_and(|node| !is_none(node)) {
            starters.insert(Starter::Schedule);
        }
        let pipelines = root.path(&["resources", "pipelines"]).map(branches::items).unwrap_or_default();
        if pipelines.iter().any(|(p, _)| p.get("trigger").is_some_and(|t| !is_none(t))) {
            starters.insert(Starter::Pipeline);
        }
        match root.entry("pr") {
            Some(pr) if is_none(&pr.value) => {}
            // Without the key, the host of the repository decides, and the file does not say which that is.
            None => return,
            Some(pr) => {
                starters.insert(Starter::Outsider);
                let at = self.source(pr.key.span);
                let one = |value, branch: &str| Alternative {
                    value,
                    source: at,
                    case: Case::of("Build.Reason", branch),
                    default: true,
                };
                let of = vec![one(Author::Outsider, "PullRequest"), one(Author::Maintainer, "IndividualCI")];
                code = Some(Value::OneOf { of, open: false });
            }
        }
        if let Some(context) = self.out.context_mut(within) {
            context.started_by = Some(Value::known(starters, source));
            context.runs_code_of = code;
        }
    }
}
