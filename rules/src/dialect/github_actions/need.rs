//! What the steps of a job need of its token, and whether all of it is known.

use std::collections::BTreeSet;

use super::Walk;
use super::component::Uses;
use super::job::Job;
use super::login::input;
use super::scope::{Inputs, Scope};
use super::tables::ACTIONS;
use crate::dialect::logins;
use crate::dialect::pipeline::needless;
use crate::document::Node;
use crate::fact::{Body, ContextId, Need};

/// Composite actions inside composite actions, followed this deep.
const MAX_NESTING: usize = 4;

impl Walk<'_, '_> {
    /// States what a step needs; `false` if it may need more.
    pub(super) fn step_needs(&mut self, job: &Job, within: ContextId, scope: &Scope, step: &Node) -> bool {
        let mut needs = BTreeSet::new();
        let complete = self.gather(scope, step, MAX_NESTING, &mut needs);
        let at = step.get("uses").or(step.get("run")).map_or(step.span, |n| n.span);
        let at = self.source(at);
        for (action, because) in needs {
            let need = Need { holder: job.holder.clone(), action: action.into(), because };
            self.out.state(within, at, Body::Need(need));
        }
        complete
    }

    /// What a composite action of the tree needs; looked at once, as a job may use it in every step.
    fn composite_needs(&mut self, path: &str, depth: usize) -> (BTreeSet<(String, String)>, bool) {
        let Some(callee) = self.local_action(path) else { return (BTreeSet::new(), false) };
        if let Some(known) = self.composites.get(&callee.id) {
            return known.clone();
        }
        // Stands while it is looked at, so that an action that uses itself ends.
        self.composites.insert(callee.id, (BTreeSet::new(), false));
        let mut needs = BTreeSet::new();
        let steps = callee.document.nodes().first().and_then(|n| n.path(&["runs", "steps"]));
        let scope = Scope::new(callee.id, Inputs::new());
        // Every step is looked at, so that the needs that are known are stated even if others are not.
        let mut complete = steps.is_some();
        for step in steps.map(Node::items).unwrap_or_default() {
            complete &= self.gather(&scope, step, depth, &mut needs);
        }
        self.composites.insert(callee.id, (needs.clone(), complete));
        (needs, complete)
    }

    fn gather(
        &mut self,
        scope: &Scope,
        step: &Node,
        depth: usize,
        needs: &mut BTreeSet<(String, String)>,
    ) -> bool {
        if let Some(script) = step.get("run").and_then(Node::text) {
            let plain_shell =
                step.get("shell").and_then(Node::text).is_none_or(|s| matches!(s, "bash" | "sh"));
            return plain_shell && !names_token(step.get("env")) && script_needs_nothing(script);
        }
        let Some(text) = step.get("uses").and_then(Node::text) else { return step.get("uses").is_none() };
        let uses = Uses::read(text);
        if let Uses::Local(path) = &uses {
            let Some(depth) = depth.checked_sub(1) else { return false };
            let (inner, complete) = self.composite_needs(path, depth);
            needs.extend(inner);
            return complete;
        }
        let Some(name) = uses.table_name() else { return false };
        let Some(row) = ACTIONS.action(name) else {
            // A login's own need is stated with the login; what else the action does is not known.
            return logins::step(name).is_some_and(|row| row.platform != "docker");
        };
        let mut add = |need: &String| {
            needs.insert((format!("github:{need}"), format!("{name} needs `{}`", need.replace(':', ": "))));
        };
        row.needs.iter().for_each(&mut add);
        for when in &row.when {
            let given = input(step.get("with"), &when.input).map(|node| scope.resolve(node));
            match given.as_ref().map(|datum| datum.known()) {
                None => {}
                Some(Some(value)) if value != when.value => {}
                Some(_) => when.needs.iter().for_each(&mut add),
            }
        }
        true
    }
}

/// Whether an `env` map hands the job token over.
fn names_token(env: Option<&Node>) -> bool {
    let values = env.map(Node::entries).unwrap_or_default();
    values.iter().any(|e| e.value.text().is_some_and(mentions_token))
}

fn mentions_token(text: &str) -> bool {
    text.contains("github.token") || text.contains("_TOKEN")
}

/// Whether every command of a script is known to need nothing of the job token.
fn script_needs_nothing(script: &str) -> bool {
    !mentions_token(script) && needless::script(script)
}

#[cfg(test)]
mod tests {
    use super::script_needs_nothing;

    #[test]
    fn only_known_commands_need_nothing() {
        assert!(script_needs_nothing("npm ci\nCI=1 npm test && echo done # fine"));
        assert!(script_needs_nothing("# nothing\n"));
        assert!(!script_needs_nothing("./deploy.sh"));
        assert!(!script_needs_nothing("echo $(gh api user)"));
        assert!(!script_needs_nothing("echo $ACTIONS_ID_TOKEN_REQUEST_URL; echo $GITHUB_TOKEN"));
        assert!(!script_needs_nothing("npm publish --provenance"));
    }
}
