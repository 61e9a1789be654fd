//! `hallpass completions` and `hallpass man`: made from the command line's own definition.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::ValueEnum as _;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::explain::describe;
use super::{Ending, print};
use crate::report::Format;

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
    Nushell,
}

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// Write a page for each command into this folder instead of the main page to standard output.
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Prints a script that completes commands and arguments.
pub(crate) fn completions(arguments: &Completions) -> Result<Ending> {
    use clap_complete::{Shell as Known, generate};
    let mut command = known(super::definition())?;
    let name = command.get_name().to_owned();
    let mut out = Vec::new();
    match arguments.shell {
        Shell::Bash => generate(Known::Bash, &mut command, name, &mut out),
        Shell::Zsh => generate(Known::Zsh, &mut command, name, &mut out),
        Shell::Fish => generate(Known::Fish, &mut command, name, &mut out),
        Shell::Powershell => generate(Known::PowerShell, &mut command, name, &mut out),
        Shell::Elvish => generate(Known::Elvish, &mut command, name, &mut out),
        Shell::Nushell => generate(clap_complete_nushell::Nushell, &mut command, name, &mut out),
    }
    print(&String::from_utf8_lossy(&out))?;
    Ok(Ending::Clean)
}

/// The command line with every value that an argument can have, where those are names: formats, rules and classes, schemas.
fn known(command: clap::Command) -> Result<clap::Command> {
    let description = describe()?;
    let classes: BTreeSet<&str> =
        description.rules.iter().filter_map(|rule| Some(rule.id.split_once('/')?.0)).collect();
    let rules: Vec<&str> = description.rules.iter().map(|rule| rule.id.as_str()).collect();
    let chosen: Vec<&str> = classes.into_iter().chain(rules.iter().copied()).collect();
    let formats: Vec<PossibleValue> =
        Format::value_variants().iter().filter_map(clap::ValueEnum::to_possible_value).collect();
    let one_of = |command: clap::Command, argument: &'static str, values: &[&str]| {
        // The process ends with the script that holds them.
        let values: Vec<&'static str> = values.iter().map(|value| &*(*value).to_owned().leak()).collect();
        let values = PossibleValuesParser::new(values);
        command.mut_arg(argument, |argument| argument.value_parser(values))
    };
    Ok(command
        .mut_subcommand("check", |command| {
            let command = command.mut_arg("reports", |argument| {
                argument.value_parser(PossibleValuesParser::new(formats.clone()))
            });
            one_of(one_of(command, "select", &chosen), "ignore", &chosen)
        })
        .mut_subcommand("config", |command| {
            command.mut_subcommand("show", |show| one_of(one_of(show, "select", &chosen), "ignore", &chosen))
        })
        .mut_subcommand("explain", |command| one_of(command, "rule", &rules))
        .mut_subcommand("schema", |command| one_of(command, "name", &["facts", "config", "report"])))
}

/// Prints the manual page, or writes one for each command.
pub(crate) fn man(arguments: &Man) -> Result<Ending> {
    let command = super::definition();
    match &arguments.folder {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            print(&String::from_utf8_lossy(&page))?;
        }
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
            clap_mangen::generate_to(command, folder)
                .with_context(|| format!("cannot write the manual pages into {}", folder.display()))?;
        }
    }
    Ok(Ending::Clean)
}
