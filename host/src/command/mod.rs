//! The command line. Names and exit codes are fixed: 0 nothing at or above `--fail-on` · 1 findings · 2 usage,
//! configuration or internal error · 3 the given paths hold no file at all ·
//! 130 interrupted, with reports of what was done. The same in every format.

mod baseline;
pub(crate) mod check;
pub(crate) mod choice;
mod config;
pub(crate) mod detectors;
pub(crate) mod explain;
mod facts;
pub(crate) mod fix;
#[cfg(feature = "bot")]
mod forge;
mod frameworks;
pub(crate) mod guardrail;
mod init;
mod inventory;
mod lsp;
mod plugin;
pub(crate) mod policy;
pub(crate) mod register;
#[cfg(feature = "bot")]
pub(crate) mod review;
pub(crate) mod rows;
mod save;
mod selftest;
#[cfg(feature = "bot")]
mod serve;
pub(crate) mod setup;
mod shell;
mod targets;
mod variables;
mod versions;
pub(crate) mod waive;
mod why;

use std::io::{IsTerminal, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::report::to_stdout;
use crate::runtime::{Pool, Runtime};

/// Checks pipelines and infrastructure code for the ways in which machine identities go wrong.
#[derive(Debug, Parser)]
#[command(name = "hallpass", version, max_term_width = 110)]
struct Arguments {
    /// Colours: on a terminal, always or never.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        alias = "colour"
    )]
    color: Colour,
    #[command(subcommand)]
    command: Command,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check files and folders and report what is wrong.
    Check(Box<check::Arguments>),
    /// Write a policy and a pipeline step for this repository, or a sample organisation to try things on.
    Init(init::Arguments),
    /// Keep a list of the findings that were there when hallpass came, and report only others.
    Baseline(baseline::Arguments),
    /// Accept a finding until a day: a row in the policy, with an owner and a reason.
    Waive(waive::Arguments),
    /// List every identity, credential and endpoint: who owns it, why, until when, how it is switched off, and what it reaches.
    Inventory(inventory::Arguments),
    /// List what standards ask for (OWASP, NIST, CIS, CWE) and which rules speak to it; with paths, also what they found there.
    Frameworks(frameworks::Arguments),
    /// Print what was understood of files: their facts, as JSON.
    Facts(facts::Arguments),
    /// Say which facts and rules met on a line, and why nothing was said.
    Why(why::Arguments),
    /// Print a rule's page.
    Explain(explain::Arguments),
    /// List rules and detectors.
    Rules(explain::ListArguments),
    /// Print a JSON schema: facts, config, inventory, frameworks, report.
    Schema(explain::SchemaArguments),
    /// Say which configuration is in force.
    Config(config::Arguments),
    /// Serve an editor: findings while you type, fixes, waivers and explanations, over the Language Server Protocol.
    Lsp(lsp::Arguments),
    /// Review a pull request on its forge: findings at their lines, a summary, a check.
    #[cfg(feature = "bot")]
    Review(Box<review::Arguments>),
    /// Serve webhooks: review each pull request that they tell of, as a GitHub App or with a token.
    #[cfg(feature = "bot")]
    Serve(Box<serve::Arguments>),
    /// Look at rule modules.
    Plugin(plugin::Arguments),
    /// Print a script that completes commands and arguments in a shell.
    Completions(shell::Completions),
    /// Print the manual page, or write the pages of all commands into a folder.
    Man(shell::Man),
    /// Plant a generated value for every detector and an example for every rule, and see that the module finds them.
    Selftest,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Clean,
    Findings,
    /// An editor let the server end without having told it to get ready.
    Sudden,
    NoFiles,
    /// Reports hold what was done until then.
    Interrupted,
}

/// Parses the arguments and runs.
pub(crate) fn main() -> ExitCode {
    let parsed = definition().try_get_matches().and_then(|matches| {
        let arguments = Arguments::from_arg_matches(&matches)?;
        Ok((arguments, matches))
    });
    let (arguments, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refused(error),
    };
    match arguments.color {
        Colour::Auto => {}
        Colour::Always => anstream::ColorChoice::Always.write_global(),
        Colour::Never => anstream::ColorChoice::Never.write_global(),
    }
    variables::unheard(&definition()).iter().for_each(|said| remark(said));
    match run(arguments.command, &matches) {
        Ok(Ending::Clean) => ExitCode::SUCCESS,
        Ok(Ending::Findings | Ending::Sudden) => ExitCode::from(1),
        Ok(Ending::NoFiles) => ExitCode::from(3),
        Ok(Ending::Interrupted) => ExitCode::from(crate::interrupt::EXIT),
        Err(error) => {
            complain(&error);
            ExitCode::from(2)
        }
    }
}

/// Says what is wrong with the command line; help that was asked for is no error.
fn refused(mut error: clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // If the stream is closed there is nobody to tell.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == clap::error::ErrorKind::UnknownArgument {
        // That whoever mistyped an option meant a file of that name.
        error.remove(clap::error::ContextKind::Suggested);
    }
    let text = error.render().to_string();
    match masked(&text) {
        shown if shown == text => drop(error.print()),
        shown => to_stderr(shown.trim_end()),
    }
    ExitCode::from(2)
}

/// The command line. A variable that is set to nothing says nothing: pipelines hand over empty ones for what was left out.
fn definition() -> clap::Command {
    Arguments::command().mut_subcommands(heard).mut_subcommands(|command| command.mut_subcommands(heard))
}

fn heard(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| {
        let empty =
            argument.get_env().is_some_and(|name| std::env::var_os(name).is_some_and(|v| v.is_empty()));
        if empty { argument.env(None::<&'static str>) } else { argument.hide_env_values(true) }
    })
}

fn run(command: Command, matches: &ArgMatches) -> Result<Ending> {
    match command {
        Command::Check(arguments) => check::run(*arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Baseline(arguments) => baseline::run(&arguments),
        Command::Waive(arguments) => waive::run(&arguments),
        Command::Inventory(arguments) => inventory::run(&arguments),
        Command::Frameworks(arguments) => frameworks::run(&arguments),
        Command::Facts(arguments) => facts::run(&arguments),
        Command::Why(arguments) => why::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Rules(arguments) => explain::list(&arguments),
        Command::Schema(arguments) => explain::schema(&arguments),
        Command::Config(arguments) => {
            config::run(&arguments, matches.subcommand_matches("config").unwrap_or(matches))
        }
        Command::Lsp(arguments) => lsp::run(&arguments),
        #[cfg(feature = "bot")]
        Command::Review(arguments) => review::run(&arguments),
        #[cfg(feature = "bot")]
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Plugin(arguments) => plugin::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
        Command::Selftest => selftest::run(),
    }
}

/// An error on standard error: what, and each cause on a line of its own.
fn complain(error: &anyhow::Error) {
    let mut lines = vec![format!("error: {error}")];
    lines.extend(error.chain().skip(1).map(|cause| format!("  because: {cause}")));
    for line in lines {
        let line = masked(&line);
        let shown: Vec<String> = line.lines().map(crate::report::text::plain).collect();
        to_stderr(&shown.join("\n"));
    }
}

/// A text from the command line or the environment, without the secret parts of tokens in it: a branch may have the name of
/// one. The module knows them; where it does not run, nothing of a run is told but that.
pub(crate) fn masked(text: &str) -> String {
    let settings = explain::plain_settings(explain::NO_DATE);
    let known = runtime().and_then(|runtime| masked_by(&setup::pool(&runtime, settings)?, text));
    known.unwrap_or_else(|_| text.to_owned())
}

/// The same, where the module is at hand.
pub(crate) fn masked_by(pool: &Pool<'_>, text: &str) -> Result<String> {
    let shown = explain::asked(pool, |worker| worker.shown(&[text.to_owned()]))?;
    Ok(shown.into_iter().next().flatten().unwrap_or_else(|| text.to_owned()))
}

/// A line on standard error that is no error.
pub(crate) fn remark(line: &str) {
    to_stderr(&crate::report::text::plain(line));
}

/// A line on standard error; if nobody listens there, there is nobody to tell, and `eprintln!` would panic.
fn to_stderr(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Whether standard output takes colour.
pub(crate) fn colour() -> bool {
    match anstream::AutoStream::choice(&std::io::stdout()) {
        anstream::ColorChoice::Never => false,
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
        anstream::ColorChoice::Auto => std::io::stdout().is_terminal(),
    }
}

/// Prints to standard output.
pub(crate) fn print(text: &str) -> Result<()> {
    to_stdout(text)
}

/// The runtime, which every command but help needs.
pub(crate) fn runtime() -> Result<Runtime> {
    Runtime::embedded()
}
