//! `data/command-leaks.toml`. The columns are described there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::command::call::Call;
use crate::command::rows::{Pattern, Row, Rows};
use crate::document::script::Word;

/// A program that hands on what it reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pass {
    command: Pattern,
    /// Whether what it writes has another form.
    #[serde(default)]
    pub(super) encodes: bool,
    /// A text that an argument must hold.
    #[serde(default)]
    text: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A command that prints the environment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dump {
    command: Pattern,
    /// What stands behind it; nothing if left out.
    #[serde(default)]
    arguments: Vec<String>,
    /// Whether options may stand behind it.
    #[serde(default)]
    options: bool,
    #[serde(rename = "source")]
    _source: String,
}

/// A command that takes a secret as an argument, and in another way.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Argument {
    command: Pattern,
    pub(super) options: Vec<String>,
    pub(super) instead: String,
    #[serde(rename = "source")]
    _source: String,
}

/// A command that builds an image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Build {
    command: Pattern,
    pub(super) options: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    prints: BTreeSet<String>,
    log_commands: Vec<String>,
    encoders: Vec<String>,
    schemes: BTreeSet<String>,
    summaries: BTreeSet<String>,
    directories: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    words: Words,
    pass: Vec<Pass>,
    dump: Vec<Dump>,
    argument: Vec<Argument>,
    build: Vec<Build>,
}

struct Table {
    words: Words,
    passes: Rows<Pass>,
    dumps: Rows<Dump>,
    arguments: Rows<Argument>,
    builds: Rows<Build>,
}

impl Row for Pass {
    fn pattern(&self) -> &Pattern {
        &self.command
    }
}

impl Row for Dump {
    fn pattern(&self) -> &Pattern {
        &self.command
    }
}

impl Row for Argument {
    fn pattern(&self) -> &Pattern {
        &self.command
    }
}

impl Row for Build {
    fn pattern(&self) -> &Pattern {
        &self.command
    }
}

impl Argument {
    /// The command as a person says it.
    pub(super) fn command(&self) -> String {
        self.command.command()
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the tests beside it hold that it parses.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../../data/command-leaks.toml"))
        .expect("data/command-leaks.toml parses");
    Table {
        words: file.words,
        passes: Rows::new(file.pass),
        dumps: Rows::new(file.dump),
        arguments: Rows::new(file.argument),
        builds: Rows::new(file.build),
    }
});

/// Reads the table now.
pub(in crate::command) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether a program prints its arguments.
pub(super) fn prints(program: &str) -> bool {
    TABLE.words.prints.contains(program)
}

/// How a call hands on what it reads, if it does.
pub(super) fn passes(call: &Call<'_>) -> Option<&'static Pass> {
    let holds = |text: &String| {
        let known = |word: &Word| word.known().is_some_and(|known| known.contains(text.as_str()));
        call.arguments.iter().any(known)
    };
    TABLE.passes.of(call).map(|(row, _)| row).find(|row| row.text.as_ref().is_none_or(holds))
}

/// Whether a call prints the whole environment.
pub(super) fn dumps(call: &Call<'_>) -> bool {
    TABLE.dumps.of(call).any(|(row, behind)| {
        let operands: Vec<String> =
            behind.iter().map(|w| w.prefix().to_ascii_lowercase()).filter(|w| !w.starts_with('-')).collect();
        match row.arguments.is_empty() {
            true => operands.is_empty() && (row.options || behind.is_empty()),
            false => !operands.is_empty() && operands.iter().all(|operand| row.arguments.contains(operand)),
        }
    })
}

/// Rows of commands that take a secret as an argument.
pub(super) fn arguments<'w>(call: &Call<'w>) -> Vec<(&'static Argument, &'w [Word])> {
    TABLE.arguments.of(call).collect()
}

/// Rows of commands that build an image.
pub(super) fn builds<'w>(call: &Call<'w>) -> Vec<(&'static Build, &'w [Word])> {
    TABLE.builds.of(call).collect()
}

/// Whether a text is a command that the platform takes out of the log rather than showing it.
pub(super) fn is_log_command(prefix: &str) -> bool {
    TABLE.words.log_commands.iter().any(|sign| prefix.starts_with(sign.as_str()))
}

/// Whether an expression, in small letters, begins with what encodes.
pub(super) fn encodes(begin: &str) -> bool {
    TABLE.words.encoders.iter().any(|encoder| begin.starts_with(encoder.as_str()))
}

/// Whether addresses of this scheme are sent, kept and logged as they are.
pub(super) fn is_scheme(scheme: &str) -> bool {
    TABLE.words.schemes.contains(&scheme.to_ascii_lowercase())
}

/// Whether a variable names a file that the platform shows beside the log.
pub(super) fn is_summary(variable: &str) -> bool {
    let name = variable.rsplit(':').next().unwrap_or(variable);
    TABLE.words.summaries.contains(name)
}

/// How the directory that a variable holds is written in paths of pipelines.
pub(super) fn directory(variable: &str) -> Option<&'static str> {
    let name = variable.rsplit(':').next().unwrap_or(variable);
    TABLE.words.directories.get(name).map(String::as_str)
}
