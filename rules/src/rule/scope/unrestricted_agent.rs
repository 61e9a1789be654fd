//! An AI agent that may use every tool without asking anybody.

use crate::fact::Text;
use crate::fact::{Approval, Effect};
use crate::rule::analysis::actions::{self, Covers};
use crate::rule::{Verdicts, World};

/// Any tool at all, in the vocabulary of grants.
const ANY_TOOL: &str = "agent:tool:any";

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, grant) in
        world.grants().filter(|(_, g)| g.holder.platform == "agent" && g.effect == Effect::Allow)
    {
        let every =
            |action: &Text| action.known().is_some() && actions::covers(action, ANY_TOOL) == Covers::Yes;
        if grant.approval == Approval::Human || !grant.actions.iter().any(every) {
            out.pass(&at, "its tools are named, or somebody is asked");
            continue;
        }
        let agent = &grant.holder.name;
        let what = match grant.holder.kind.as_str() {
            "server" => format!("the tools of server `{agent}` are used without asking anybody"),
            _ => format!("`{agent}` may use every tool without asking anybody"),
        };
        out.report(
            &at,
            format!("{what}: whatever text it reads may tell it what to do; name the tools it needs"),
        )
        .judged([agent.to_string()]);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, Ref};
    use crate::rule::analysis::sample::{Sample, grant, judge};

    #[test]
    fn only_every_tool() {
        let mut sample = Sample::new("ci.yml");
        let agent = || Ref::new("agent", "tool", [], "Codex");
        sample.state(ContextId(0), grant(agent(), &["agent:tool:Read", "agent:tool:Edit"]));
        sample.state(ContextId(0), grant(agent(), &["agent:tool:*"]));
        let said = judge("scope/unrestricted-agent", &[&sample]);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("medium @10 `codex` may use every tool"), "{said:?}");
    }
}
