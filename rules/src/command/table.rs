//! `data/commands.toml`: which arguments of which commands hold secrets. The columns are described there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::usage::{Form, Operands, Usage};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    programs: Vec<String>,
    #[serde(default)]
    words: String,
    #[serde(default)]
    options: Vec<String>,
    #[serde(default)]
    arguments: String,
    #[serde(default)]
    switches: BTreeSet<String>,
    #[serde(default)]
    letters: String,
    #[serde(default)]
    stdin: String,
    with: Option<String>,
    #[serde(default = "password")]
    name: String,
    #[serde(rename = "example")]
    _example: String,
    #[serde(rename = "look_alike")]
    _look_alike: String,
    #[serde(rename = "source")]
    _source: String,
}

fn password() -> String {
    "password".to_owned()
}

/// A command that runs the command in its arguments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrapper {
    programs: Vec<String>,
    /// Sub-command that does.
    #[serde(default)]
    pub(super) words: String,
    /// Options that take the next argument.
    #[serde(default)]
    pub(super) valued: BTreeSet<String>,
    /// Arguments before the command.
    #[serde(default)]
    pub(super) operands: usize,
    /// Whether variables may stand before the command.
    #[serde(default)]
    pub(super) assigns: bool,
    /// Argument behind which the command begins.
    pub(super) after: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Long options that hold a secret in every program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Anywhere {
    endings: Vec<String>,
    one_dash: BTreeSet<String>,
    flags: BTreeSet<String>,
    elsewhere: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Commands that write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Writing {
    programs: BTreeSet<String>,
    receivers: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    command: Vec<Row>,
    wrapper: Vec<Wrapper>,
    anywhere: Anywhere,
    writing: Writing,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Command {
    /// The sub-command's words.
    pub(super) words: Vec<String>,
    /// Options of interest.
    pub(super) options: Vec<Usage>,
    /// Arguments behind the sub-command.
    pub(super) operands: Operands,
    /// Options that take no value.
    pub(super) switches: BTreeSet<String>,
    /// Letters of options without a value, which may stand before another in one argument.
    pub(super) letters: String,
    /// What it reads from its input.
    pub(super) stdin: Option<Form>,
    /// Option without which it reads nothing there.
    pub(super) with: Option<String>,
    /// What its secret is called.
    pub(super) name: String,
}

struct Table {
    commands: Vec<Command>,
    of_program: BTreeMap<String, Vec<usize>>,
    wrappers: Vec<Wrapper>,
    anywhere: Anywhere,
    writing: Writing,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the tests hold that it parses. An empty one would silence detectors.
    #[allow(clippy::expect_used)]
    parse(include_str!("../../data/commands.toml")).expect("data/commands.toml parses")
});

fn parse(text: &str) -> Result<Table, String> {
    let file: File = crate::table::read(text)?;
    let mut of_program: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut commands = Vec::new();
    for row in file.command {
        for program in &row.programs {
            of_program.entry(program.clone()).or_default().push(commands.len());
        }
        let wrong = |what: &str| format!("{}: `{what}` is no usage", row.programs.join(", "));
        let usage = |text: &String| Usage::read(text).ok_or_else(|| wrong(text));
        let stdin = Some(&row.stdin).filter(|form| !form.is_empty());
        commands.push(Command {
            words: row.words.split_whitespace().map(str::to_owned).collect(),
            options: row.options.iter().map(usage).collect::<Result<_, _>>()?,
            operands: Operands::read(&row.arguments).ok_or_else(|| wrong(&row.arguments))?,
            switches: row.switches.iter().map(|option| option.to_ascii_lowercase()).collect(),
            letters: row.letters,
            stdin: stdin.map(|form| Form::read(form).ok_or_else(|| wrong(form))).transpose()?,
            with: row.with,
            name: row.name,
        });
    }
    let (wrappers, anywhere, writing) = (file.wrapper, file.anywhere, file.writing);
    Ok(Table { commands, of_program, wrappers, anywhere, writing })
}

/// Forces the table.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// The rows of a program, by its name in small letters.
pub(super) fn commands(program: &str) -> impl Iterator<Item = &'static Command> {
    let table = &*TABLE;
    table.of_program.get(program).into_iter().flatten().filter_map(|index| table.commands.get(*index))
}

/// The ways in which a program runs another.
pub(super) fn wrappers(program: &str) -> impl Iterator<Item = &'static Wrapper> {
    TABLE.wrappers.iter().filter(move |wrapper| wrapper.programs.iter().any(|name| name == program))
}

/// Whether a long option of this name holds a secret whatever the program. Longer names are none.
pub(super) fn is_secret_option(name: &str) -> bool {
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return false;
    }
    let letters: String =
        name.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect();
    let anywhere = &TABLE.anywhere;
    anywhere.endings.iter().any(|ending| letters.ends_with(ending.as_str()))
        && !anywhere.flags.contains(&letters)
}

/// Whether this is a long option that some programs take with one dash, and no short one with its value.
pub(super) fn is_long_with_one_dash(name: &str) -> bool {
    TABLE.anywhere.one_dash.contains(&name.to_ascii_lowercase())
}

/// Whether a value of this name is public or only names a secret that is kept elsewhere: `existingSecret`.
pub(super) fn names_elsewhere(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    TABLE.anywhere.elsewhere.iter().any(|word| lower.contains(word.as_str()))
}

/// Whether a program writes its arguments.
pub(super) fn writes(program: &str) -> bool {
    TABLE.writing.programs.contains(program)
}

/// Whether a program writes its input to a file.
pub(super) fn receives(program: &str) -> bool {
    TABLE.writing.receivers.contains(program)
}

/// Example and look-alike of every row.
#[cfg(test)]
pub(super) fn examples() -> Vec<(String, String)> {
    let file: Result<File, String> = crate::table::read(include_str!("../../data/commands.toml"));
    let rows = file.map(|file| file.command).unwrap_or_default();
    rows.into_iter().map(|row| (row._example, row._look_alike)).collect()
}
