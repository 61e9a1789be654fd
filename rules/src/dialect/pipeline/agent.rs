//! AI agents that a pipeline starts: what they may use without asking, and who tells them what to do:
//! `data/tools/agents.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::tool::{self, Input, Site};
use crate::command::tool::{Ran, option, values};
use crate::dialect::Lowering;
use crate::document::script::{Assigned, Extent, Script, Word};
use crate::document::shell;
use crate::fact::{
    Body, ContextId, Grant, Identity, Naming, Ref, Safeguard, SafeguardKind, Selection, Value,
};
use crate::span::Source;

/// Every tool, in the vocabulary of grants.
const EVERY_TOOL: &str = "agent:tool:*";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    commands: Vec<String>,
    #[serde(default)]
    components: Vec<String>,
    open: Vec<String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    tools: Vec<String>,
    #[serde(default)]
    every: Vec<String>,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    lists: Vec<String>,
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    #[serde(default)]
    asks: bool,
    #[serde(default)]
    anyone: BTreeMap<String, String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    agent: Vec<Row>,
}

struct Table {
    rows: Vec<Row>,
    by_program: BTreeMap<String, Vec<usize>>,
    by_component: BTreeMap<String, usize>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../../data/tools/agents.toml"))
        .expect("data/tools/agents.toml parses");
    let by_program = tool::by_program(file.agent.iter().map(|row| &row.commands));
    let keyed = file.agent.iter().enumerate();
    let by_component = keyed
        .flat_map(|(at, row)| row.components.iter().map(move |c| (c.to_ascii_lowercase(), at)))
        .collect();
    Table { rows: file.agent, by_program, by_component }
});

pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// An agent that a step starts.
pub(crate) struct Started {
    is: Ref,
    at: Source,
    /// Whether it asks by itself if whoever started it may write to the repository.
    asks: bool,
}

/// The agent of this name.
pub(crate) fn reference(name: &str) -> Ref {
    Ref::new("agent", "tool", [], name)
}

/// States an agent.
pub(crate) fn identity(out: &mut Lowering<'_>, within: ContextId, is: &Ref, at: Source) {
    let identity = Identity::plain(is.clone(), "AI agent", Naming::Named);
    out.state(within, at, Body::Identity(identity));
}

/// States that an agent may use every tool without asking.
pub(crate) fn unrestricted(out: &mut Lowering<'_>, within: ContextId, holder: &Ref, at: Source) {
    let grant = Grant::outright(holder.clone(), EVERY_TOOL);
    out.state(within, at, Body::Grant(grant));
}

impl Row {
    /// Where a command line lets the agent use everything.
    fn opened(&self, words: &[&Word]) -> Option<Extent> {
        let open = self.open.iter().find_map(|open| option(words, open));
        let listed = || {
            let lists = self.tools.iter().flat_map(|name| values(words, name));
            lists
                .into_iter()
                .find(|(_, given)| given.iter().any(|list| self.lists_every(list)))
                .map(|(at, _)| at)
        };
        open.or_else(listed)
    }

    /// Where a script sets a variable that lets the agent use everything.
    fn set_open(&self, script: &Script) -> Option<Extent> {
        if self.variables.is_empty() {
            return None;
        }
        let commands = script.commands();
        let mut all = commands.iter().flat_map(|found| found.simple.assigned());
        let set = all.find(|assignment| {
            let Assigned::Word(value) = &assignment.value else { return false };
            let wanted = self.variables.get(script.text(assignment.name));
            wanted.is_some_and(|wanted| value.known().as_ref() == Some(wanted))
        });
        set.map(|assignment| assignment.at)
    }

    /// Whether a list of tools holds every one: `Read, Bash(*)`.
    fn lists_every(&self, list: &str) -> bool {
        let mut depth = 0_i32;
        let parts = list.split(|c: char| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth <= 0 && (c == ',' || c.is_whitespace())
        });
        parts
            .map(|part| part.trim().trim_matches(['"', '\'']))
            .any(|part| self.every.iter().any(|e| e == part))
    }
}

/// States the agent that a command starts.
pub(super) fn of_command(
    out: &mut Lowering<'_>,
    site: &Site<'_>,
    script: &Script,
    ran: &Ran<'_>,
) -> Option<Started> {
    let rows = TABLE.by_program.get(ran.program())?;
    let row =
        rows.iter().filter_map(|index| TABLE.rows.get(*index)).find(|row| tool::runs(ran, &row.commands))?;
    let is = reference(&row.name);
    let at = Source::new(site.file, script.span(ran.at()));
    identity(out, site.within, &is, at);
    if let Some(opened) = row.opened(&ran.words()).or_else(|| row.set_open(script)) {
        unrestricted(out, site.within, &is, Source::new(site.file, script.span(opened)));
    }
    Some(Started { is, at, asks: false })
}

/// States the agent that a component starts.
pub(super) fn of_component(
    out: &mut Lowering<'_>,
    site: &Site<'_>,
    key: &str,
    at: Source,
    input: Input<'_>,
) -> Option<Started> {
    let row = TABLE.rows.get(*TABLE.by_component.get(key)?)?;
    let is = reference(&row.name);
    identity(out, site.within, &is, at);
    let holds = |(name, value): (&String, &String)| {
        let (scalar, at) = input(name)?;
        (scalar.text.trim() == value.as_str()).then_some(at)
    };
    let by_input = row.inputs.iter().find_map(holds);
    let by_list = || {
        let lists = row.lists.iter().filter_map(|name| input(name));
        lists.into_iter().find(|(scalar, _)| row.lists_every(&scalar.text)).map(|(_, at)| at)
    };
    let by_arguments = || {
        row.arguments.iter().filter_map(|name| input(name)).find_map(|(scalar, at)| {
            let script = shell::read(&scalar, &[]);
            let commands = script.commands();
            // Each line of the input goes on with the same command.
            let words: Vec<&Word> = commands.iter().flat_map(|found| &found.simple.words).collect();
            let opened = row.opened(&words)?;
            Some(Source::new(at.file, script.span(opened)))
        })
    };
    if let Some(opened) = by_input.or_else(by_list).or_else(by_arguments) {
        unrestricted(out, site.within, &is, opened);
    }
    let asks = row.asks && !row.anyone.iter().any(|opens| holds(opens).is_some());
    Some(Started { is, at, asks })
}

/// States who instructs the agents of a step: only people with write access if they alone start it, or if the agent
/// itself asks. `outsiders` says where others start it.
pub(crate) fn instructed(
    out: &mut Lowering<'_>,
    within: ContextId,
    agents: &[Started],
    outsiders: Option<Source>,
) {
    for agent in agents {
        let open = outsiders.filter(|_| !agent.asks);
        let mut at = out.place(agent.at);
        if let Some(outsiders) = open {
            at = at.with("anybody can start it here", outsiders);
        }
        let gate = Safeguard {
            kind: SafeguardKind::InstructionGate,
            protects: Some(Selection::One(agent.is.clone())),
            on: Value::known(open.is_none(), agent.at),
        };
        out.fact(within, at, crate::fact::Origin::Stated, Body::Safeguard(gate));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_every_row_has_a_source() {
        for row in &TABLE.rows {
            assert!(row.source.starts_with("https://"), "{}", row.name);
        }
    }

    #[test]
    fn a_list_of_tools_holds_every_one_only_if_it_says_so() {
        let claude = TABLE.rows.iter().find(|row| row.name == "Claude Code");
        let every = |list: &str| claude.is_some_and(|row| row.lists_every(list));
        assert!(every("*") && every("Read,Bash") && every("Read, Bash(*)") && every("Read\nBash"));
        assert!(!every("Read,Bash(gh issue edit:*)") && !every("Bash(git *, x)") && !every(""));
    }
}
