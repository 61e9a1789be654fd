//! `hallpass completions` and `hallpass man`: made from the command line's own definition.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{Ending, print};

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
    let mut command = super::definition();
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
