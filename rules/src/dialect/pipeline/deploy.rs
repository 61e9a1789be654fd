//! What changes a running system, and which: `data/tools/deploys.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::names;
use super::tool::{self, Site};
use crate::command::tool::Ran;
use crate::dialect::Lowering;
use crate::document::script::Script;
use crate::fact::{Body, ContextId, Link, LinkKind, Ref, Text, Tier, Value, Why};
use crate::span::Source;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    platform: String,
    commands: Vec<String>,
    #[serde(default)]
    components: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    deploy: Vec<Row>,
}

struct Table {
    rows: Vec<Row>,
    by_program: BTreeMap<String, Vec<usize>>,
    by_component: BTreeMap<String, usize>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../../data/tools/deploys.toml"))
        .expect("data/tools/deploys.toml parses");
    let by_program = tool::by_program(file.deploy.iter().map(|row| &row.commands));
    let keyed = file.deploy.iter().enumerate();
    let by_component = keyed
        .flat_map(|(at, row)| row.components.iter().map(move |c| (c.to_ascii_lowercase(), at)))
        .collect();
    Table { rows: file.deploy, by_program, by_component }
});

pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

fn state(out: &mut Lowering<'_>, site: &Site<'_>, row: &Row, at: Source, target: Option<String>) {
    let Some(holder) = site.holder else { return };
    let unnamed = || Text::hole(Why::Unsupported("what is deployed to".to_owned()));
    let to = Ref::new(row.platform.as_str(), "target", [], target.map_or_else(unnamed, Text::literal));
    let link = Link { from: holder.clone(), to, kind: LinkKind::Deploys };
    out.state(site.within, at, Body::Link(link));
}

/// States the deploy that a command is. Of its arguments, the one whose name tells the tier names the target.
pub(super) fn of_command(out: &mut Lowering<'_>, site: &Site<'_>, script: &Script, ran: &Ran<'_>) {
    let Some(rows) = TABLE.by_program.get(ran.program()) else { return };
    let mut rows = rows.iter().filter_map(|index| TABLE.rows.get(*index));
    let Some(row) = rows.find(|row| tool::runs(ran, &row.commands)) else { return };
    let mut named = ran.words().into_iter().filter_map(|word| word.known());
    let target = named.find(|text| names::tier(text).is_some());
    let at = Source::new(site.file, script.span(ran.at()));
    state(out, site, row, at, target);
}

/// States the deploy that a component is.
pub(super) fn of_component(out: &mut Lowering<'_>, site: &Site<'_>, key: &str, at: Source) {
    if let Some(row) = TABLE.by_component.get(key).and_then(|index| TABLE.rows.get(*index)) {
        state(out, site, row, at, None);
    }
}

/// Notes how much a job that deploys without an environment matters, by its own names and those of what it acts as and
/// deploys to. `before` is the number of facts before the job's own.
pub(crate) fn settle(out: &mut Lowering<'_>, job: ContextId, before: usize, named: &[(&str, Source)]) {
    let facts = out.facts.facts.get(before..).unwrap_or_default();
    let links = || {
        facts.iter().filter_map(|fact| match &fact.body {
            Body::Link(link) => Some((fact.at.source(), link)),
            _ => None,
        })
    };
    if !links().any(|(_, link)| link.kind == LinkKind::Deploys) {
        return;
    }
    let of_links = links().filter(|(_, l)| matches!(l.kind, LinkKind::Deploys | LinkKind::ActsAs));
    let texts = of_links.filter_map(|(at, link)| Some((link.to.name.known()?, at)));
    let mut found = None;
    for (text, at) in named.iter().copied().chain(texts) {
        match names::tier(text) {
            // What is for another environment too is not told apart.
            Some(Tier::NonProduction) => return,
            Some(Tier::Production) => found = found.or(Some(at)),
            None => {}
        }
    }
    let Some(at) = found else { return };
    if let Some(context) = out.context_mut(job).filter(|c| c.environment.is_none() && c.tier.is_none()) {
        context.tier = Some(Value::known(Tier::Production, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_every_row_has_a_source() {
        for row in &TABLE.rows {
            assert!(row.source.starts_with("https://"), "{:?}", row.commands);
        }
    }
}
