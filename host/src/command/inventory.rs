//! `hallpass inventory`: every identity, credential and endpoint, the answers to an audit's questions, and the registry's first
//! rows.

use std::path::PathBuf;

use anyhow::{Result, anyhow};

use super::detectors::pool;
use super::policy::CONFIG;
use super::register::{is_reference, with_rows};
use super::save::replace;
use super::setup::{Common, Tree, processors};
use super::{Ending, colour, remark, runtime, targets};
use crate::inventory::{self, Entry, Format, Inventory};
use crate::report::text::{Sources, plain};
use crate::report::{Target, counted};
use crate::runtime::Runtime;
use crate::runtime::contract::{Settings, Source, Status};
use crate::scan;

/// Most entries that are named when they get no row.
const NAMED: usize = 3;

/// Arguments of `inventory`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Files and folders [default: the tree around the current folder].
    paths: Vec<PathBuf>,
    /// Format, and the file it goes to: table, json, csv, html, markdown, cyclonedx, dot. Repeatable [default: table].
    #[arg(long = "report", aliases = ["format", "output-format"], value_name = "FORMAT[=FILE]")]
    reports: Vec<Target<Format>>,
    /// Write a row into the policy for whatever the registry should know and does not; what nobody says is left blank and
    /// marked.
    #[arg(long)]
    write_registry: bool,
    /// Exit with 1 where nobody says who owns it, why it exists, until when, or how it is switched off.
    #[arg(long)]
    fail_on_blank: bool,
    #[command(flatten)]
    common: Common,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    let mut reports = arguments.reports.clone();
    if reports.is_empty() && !arguments.write_registry {
        reports.push(Target { format: Format::Table, file: None });
    }
    targets::apart(&reports)?;
    let mut tree = Tree::open(&arguments.paths, None)?;
    targets::allowed(&reports, &tree)?;
    if tree.entries.is_empty() {
        remark("nothing to list: the given paths hold no file");
        return Ok(Ending::NoFiles);
    }
    let runtime = runtime()?;
    let settings = tree.settings(&arguments.common)?;
    let pool = pool(&runtime, settings.clone(), |path| tree.bytes(path))?;
    let job = tree.job(&pool, processors())?;
    let outcome = scan::run(&pool, &[], &job)?;
    let sources = Sources::new(&job, &outcome);
    let (inventory, json) = inventory::gather(&pool, &outcome, None, &sources)?;
    for target in &reports {
        let text = target.format.render(&inventory, &json, colour() && target.file.is_none())?;
        target.put(&text)?;
    }
    // What was not read may hold more.
    let failed = outcome.coverage.iter().filter(|entry| entry.status == Status::Failed).count();
    if failed > 0 {
        let files = counted(failed, "file was", "files were");
        remark(&format!("{files} not read whole, and may hold more; `hallpass check` names them"));
    }
    if arguments.write_registry {
        let root = tree.root.path.clone();
        let path = |config: &Source| root.join(&config.path);
        write_registry(&inventory, settings, &runtime, &tree, path)?;
    }
    let blank = inventory.blank().count();
    if arguments.fail_on_blank {
        // Whoever asks for an answer must not take half of one for it.
        if blank > 0 || failed > 0 {
            return Ok(Ending::Findings);
        }
    }
    Ok(Ending::Clean)
}

/// Adds a row for each entry that has none.
fn write_registry(
    inventory: &Inventory,
    settings: Settings,
    runtime: &Runtime,
    tree: &Tree,
    path: impl Fn(&Source) -> PathBuf,
) -> Result<()> {
    let (missing, nameless): (Vec<&Entry>, Vec<&Entry>) =
        inventory.entries.iter().filter(|entry| entry.registrable).partition(|entry| is_reference(&entry.id));
    if !nameless.is_empty() {
        remark(&left_out(&nameless));
    }
    if missing.is_empty() {
        let all = if nameless.is_empty() { "everything" } else { "everything else" };
        remark(&format!("the registry has a row for {all} it should know; nothing was written"));
        return Ok(());
    }
    let config = settings.config.clone();
    let config =
        config.unwrap_or_else(|| Source { path: CONFIG.to_owned(), bytes: Vec::new(), member: true });
    let bytes = with_rows(&config, &missing)?;
    let proposed = Settings { config: Some(Source { bytes: bytes.clone(), ..config.clone() }), ..settings };
    pool(runtime, proposed, |path| tree.bytes(path)).map_err(|error| {
        anyhow!("nothing was written: with the rows, the policy would not be read ({error})")
    })?;
    replace(&path(&config), &config.path, &bytes)?;
    let blanks = missing.iter().filter(|entry| !entry.blanks.is_empty()).count();
    let rows = counted(missing.len(), "row was", "rows were");
    remark(&format!(
        "{rows} written to {}, {blanks} of them with blanks: fill in what stands in a comment, since a blank is a finding \
         (governance/row-incomplete)",
        config.path
    ));
    Ok(())
}

/// Which entries get no row.
fn left_out(entries: &[&Entry]) -> String {
    let named: Vec<String> =
        entries.iter().take(NAMED).map(|entry| format!("`{}`", plain(&entry.id))).collect();
    let more = if entries.len() > named.len() { " …" } else { "" };
    let names = counted(entries.len(), "name ends", "names end");
    format!(
        "{names} in a slash, which no row can hold, and got none: {}{more}; give it another name, or write a row with `*`",
        named.join(", ")
    )
}
