//! Checks that a pipeline runs, and whether they can stop it: `data/tools/scanners.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::tool::{self, Site};
use crate::command::tool::{Excused, Ran, option, values};
use crate::dialect::Lowering;
use crate::document::script::{Assigned, Extent, Script, Word};
use crate::fact::{Body, Datum, FactId, Ref, Safeguard, SafeguardKind, Selection, Text, Value};
use crate::span::Source;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    commands: Vec<String>,
    #[serde(default)]
    soft: Vec<String>,
    #[serde(default)]
    narrows: Vec<String>,
    /// What the environment variables begin with that stand for options with a value; empty for none.
    #[serde(default)]
    variables: String,
    #[serde(default)]
    components: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scanner: Vec<Row>,
}

struct Table {
    rows: Vec<Row>,
    by_program: BTreeMap<String, Vec<usize>>,
    by_component: BTreeMap<String, usize>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../../data/tools/scanners.toml"))
        .expect("data/tools/scanners.toml parses");
    let by_program = tool::by_program(file.scanner.iter().map(|row| &row.commands));
    let keyed = file.scanner.iter().enumerate();
    let by_component = keyed
        .flat_map(|(at, row)| row.components.iter().map(move |c| (c.to_ascii_lowercase(), at)))
        .collect();
    Table { rows: file.scanner, by_program, by_component }
});

pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

fn row(ran: &Ran<'_>) -> Option<&'static Row> {
    let rows = TABLE.by_program.get(ran.program())?;
    rows.iter().filter_map(|index| TABLE.rows.get(*index)).find(|row| tool::runs(ran, &row.commands))
}

/// Whether a program is a check.
pub(super) fn is_one(ran: &Ran<'_>) -> bool {
    row(ran).is_some()
}

fn state(out: &mut Lowering<'_>, site: &Site<'_>, row: &Row, at: Source, on: Value<bool>) -> FactId {
    let is = Ref::new("check", "scanner", [], row.name.as_str());
    let protects = Some(Selection::One(is));
    let gate = Safeguard { kind: SafeguardKind::CheckGate, protects, on };
    out.state(site.within, at, Body::Safeguard(gate))
}

/// States the check that a command is.
pub(super) fn of_command(
    out: &mut Lowering<'_>,
    site: &Site<'_>,
    script: &Script,
    ran: &Ran<'_>,
    excused: &Excused,
) -> Option<FactId> {
    let row = row(ran)?;
    let words = ran.words();
    let soft = row.soft.iter().find_map(|soft| option(&words, soft));
    let excuse = soft.or_else(|| excused.around(ran.at()));
    let at = |extent: Extent| Source::new(site.file, script.span(extent));
    let command = at(ran.at());
    let on = excuse.map_or_else(|| Value::known(true, command), |excuse| Value::known(false, at(excuse)));
    let gate = state(out, site, row, command, on);
    for (extent, option) in narrowed(row, &words) {
        reaches(out, site, row, at(extent), &option);
    }
    by_variable(out, site, row, command);
    for (extent, name, value) in assigned(script, row) {
        told(out, site, row, at(extent), &name, &value);
    }
    Some(gate)
}

/// What a script itself gives the variables of a check: before the command, by `export`, through `env`.
fn assigned(script: &Script, row: &Row) -> Vec<(Extent, String, String)> {
    let mut all = Vec::new();
    if row.variables.is_empty() {
        return all;
    }
    for found in script.commands() {
        for assignment in found.simple.assigned() {
            let name = script.text(assignment.name);
            if let Assigned::Word(word) = &assignment.value
                && let Some(value) = word.known()
            {
                all.push((assignment.at, name.to_owned(), value));
            }
        }
        for word in &found.simple.words {
            if let Some((name, value)) = word.known().as_deref().and_then(|known| known.split_once('=')) {
                all.push((word.at, name.to_owned(), value.to_owned()));
            }
        }
    }
    all.retain(|(_, name, _)| name.starts_with(&row.variables));
    all
}

/// What a variable tells a check, if it stands for one of its options.
fn told(out: &mut Lowering<'_>, site: &Site<'_>, row: &Row, at: Source, name: &str, value: &str) {
    let Some(option) = with_value(row).find(|option| variable(row, option) == name) else { return };
    for value in value.split(',').map(str::trim).filter(|value| !value.is_empty()) {
        reaches(out, site, row, at, &format!("{option} {value}"));
    }
}

/// The variable that stands for an option.
fn variable(row: &Row, option: &str) -> String {
    let plain = option.trim_start_matches('-').replace('-', "_").to_ascii_uppercase();
    format!("{}{plain}", row.variables)
}

/// States that a check is told to look at less.
fn reaches(out: &mut Lowering<'_>, site: &Site<'_>, row: &Row, at: Source, option: &str) {
    let is = Ref::new("check", "option", [Text::literal(row.name.as_str())], option);
    let (kind, protects) = (SafeguardKind::CheckReach, Some(Selection::One(is)));
    let on = Value::known(false, at);
    out.state(site.within, at, Body::Safeguard(Safeguard { kind, protects, on }));
}

/// The options that a variable or an input can stand for.
fn with_value(row: &Row) -> impl Iterator<Item = &str> {
    row.narrows.iter().filter_map(|option| Some(option.split_once(' ')?.0))
}

/// What variables around a check tell it. They are told where the check stands, which is what they change.
fn by_variable(out: &mut Lowering<'_>, site: &Site<'_>, row: &Row, at: Source) {
    for option in with_value(row).filter(|_| !row.variables.is_empty()) {
        let name = variable(row, option);
        let set = (site.variable)(&name);
        for value in set.iter().filter_map(Datum::known) {
            told(out, site, row, at, &name, value);
        }
    }
}

/// The options of a command that leave something out, each value of a list by itself.
fn narrowed(row: &Row, words: &[&Word]) -> Vec<(Extent, String)> {
    let mut all = Vec::new();
    for option in &row.narrows {
        let (name, takes_value) = option.split_once(' ').map_or((option.as_str(), false), |(n, _)| (n, true));
        for (at, given) in values(words, name) {
            match given.first().filter(|_| takes_value) {
                Some(list) => all.extend(list.split(',').map(|value| (at, format!("{name} {value}")))),
                None => all.push((at, name.to_owned())),
            }
        }
    }
    all
}

/// States the check that a component is.
pub(super) fn of_component(
    out: &mut Lowering<'_>,
    site: &Site<'_>,
    key: &str,
    at: Source,
    input: tool::Input<'_>,
) -> Option<FactId> {
    let row = TABLE.rows.get(*TABLE.by_component.get(key)?)?;
    let gate = state(out, site, row, at, Value::known(true, at));
    for option in with_value(row) {
        if let Some((value, _)) = input(option.trim_start_matches('-')) {
            reaches(out, site, row, at, &format!("{option} {}", value.text));
        }
    }
    by_variable(out, site, row, at);
    Some(gate)
}

/// Says that what is around these checks passes over their failure, as far as `passes` is known to.
pub(crate) fn excuse(out: &mut Lowering<'_>, checks: &[FactId], passes: &Value<bool>) {
    for check in checks {
        if let Some(fact) = out.fact_mut(*check)
            && let Body::Safeguard(gate) = &mut fact.body
            && gate.on.only() == Some(&true)
        {
            gate.on = passes.map(|passes| !passes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_every_row_has_a_source() {
        for row in &TABLE.rows {
            assert!(row.source.starts_with("https://"), "{}", row.name);
            assert!(!row.commands.is_empty() || !row.components.is_empty(), "{}", row.name);
        }
    }
}
