//! `hallpass lsp`: the language server, over standard input and output.

use anyhow::{Result, anyhow};
use lsp_server::Connection;

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
    let (connection, threads) = Connection::stdio();
    editor::serve(connection)?;
    // What could not be read may hold whatever is in a document: it is not repeated.
    threads.join().map_err(|error| anyhow!("the connection with the editor broke ({})", error.kind()))?;
    Ok(Ending::Clean)
}
