//! `hallpass lsp`: the language server, over standard input and output.

use anyhow::{Result, bail};

use super::Ending;
use crate::editor;

/// Arguments of `lsp`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Over standard input and output, which is the only way; editors say it.
    #[arg(long)]
    stdio: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    let Arguments { stdio: _ } = arguments;
    let (connection, threads) = editor::standard();
    let farewell = editor::serve(connection)?;
    threads.join()?;
    Ok(match farewell {
        editor::Farewell::Proper => Ending::Clean,
        editor::Farewell::Sudden => Ending::Sudden,
        editor::Farewell::Early => bail!("the editor did not begin with `initialize`"),
    })
}
