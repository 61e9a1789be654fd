//! What the programs and components of a step are: checks, agents, deploys. Said once for every dialect.

use super::agent::{self, Started};
use super::{check, component, deploy, host};
use crate::command::tool::{self, Excused, Ran};
use crate::dialect::Lowering;
use crate::document::Scalar;
use crate::document::script::Script;
use crate::fact::{Component, ContextId, Datum, FactId, Ref};
use crate::span::{FileId, Source};

/// Where a step runs.
#[derive(Clone, Copy)]
pub(crate) struct Site<'s> {
    pub(crate) file: FileId,
    pub(crate) within: ContextId,
    /// The job's identity; `None` in a template, which runs with its caller's.
    pub(crate) holder: Option<&'s Ref>,
    /// Whether its shell ends at the first command that fails, if the script says nothing else.
    pub(crate) stops: bool,
    /// What sets an environment variable around the step, if the pipeline does.
    pub(crate) variable: Variable<'s>,
}

/// The value of an environment variable, by name; `None` if nothing in the pipeline sets it.
pub(crate) type Variable<'v> = &'v dyn Fn(&str) -> Option<Datum>;

/// What was found in a step.
#[derive(Default)]
pub(crate) struct Tools {
    /// Checks, as they were stated.
    pub(crate) checks: Vec<FactId>,
    pub(crate) agents: Vec<Started>,
}

impl Tools {
    pub(crate) fn extend(&mut self, other: Self) {
        self.checks.extend(other.checks);
        self.agents.extend(other.agents);
    }
}

/// States what the programs of a script are.
pub(crate) fn of_script(out: &mut Lowering<'_>, site: &Site<'_>, script: &Script) -> Tools {
    let mut tools = Tools::default();
    let all = tool::ran(script);
    let excused =
        if all.iter().any(check::is_one) { Excused::of(script, site.stops) } else { Excused::default() };
    for ran in &all {
        tools.checks.extend(check::of_command(out, site, script, ran, &excused));
        tools.agents.extend(agent::of_command(out, site, script, ran));
        deploy::of_command(out, site, script, ran);
        host::of_command(out, site, script, ran);
    }
    tools
}

/// An input of a component: its text as it is written, and where.
pub(crate) type Input<'i> = &'i dyn Fn(&str) -> Option<(Scalar, Source)>;

/// States what a component is.
pub(crate) fn of_component(
    out: &mut Lowering<'_>,
    site: &Site<'_>,
    used: &Component,
    at: Source,
    input: Input<'_>,
) -> Tools {
    let Some(key) = component::key(&used.is) else { return Tools::default() };
    deploy::of_component(out, site, &key, at);
    Tools {
        checks: check::of_component(out, site, &key, at, input).into_iter().collect(),
        agents: agent::of_component(out, site, &key, at, input).into_iter().collect(),
    }
}

/// Rows of a table by the programs that their commands begin with.
pub(crate) fn by_program<'r>(
    rows: impl Iterator<Item = &'r Vec<String>>,
) -> std::collections::BTreeMap<String, Vec<usize>> {
    let mut by_program: std::collections::BTreeMap<String, Vec<usize>> = std::collections::BTreeMap::new();
    for (index, commands) in rows.enumerate() {
        for command in commands {
            let program = command.split(' ').next().unwrap_or_default().to_owned();
            let rows = by_program.entry(program).or_default();
            if rows.last() != Some(&index) {
                rows.push(index);
            }
        }
    }
    by_program
}

/// Whether one of these commands is run.
pub(crate) fn runs(ran: &Ran<'_>, commands: &[String]) -> bool {
    commands.iter().any(|command| ran.is(command))
}
