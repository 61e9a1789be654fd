//! `hallpass facts`.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::Value;

use super::detectors::pool;
use super::setup::{Common, Tree, processors};
use super::{Ending, print, runtime};
use crate::report::disarmed;
use crate::scan;

/// Arguments of `facts`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Files and folders.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The name that standard input is read under.
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    let mut tree = Tree::open(&arguments.paths, arguments.stdin_filename.as_deref())?;
    if tree.entries.is_empty() {
        return Ok(Ending::NoFiles);
    }
    let runtime = runtime()?;
    let settings = tree.settings(&arguments.common)?;
    let pool = pool(&runtime, settings, |path| tree.bytes(path))?;
    let outcome = scan::run(&pool, &[], &tree.job(&pool, processors())?)?;
    let units: Vec<Value> =
        outcome.facts.iter().filter_map(|bytes| serde_json::from_slice(bytes).ok()).collect();
    print(&(disarmed(serde_json::to_string_pretty(&Value::Array(units))?) + "\n"))?;
    Ok(Ending::Clean)
}
