//! The inventory, written for its readers: what the module gathered, with the lines of its places.

mod csv;
mod cyclonedx;
mod dot;
mod html;
mod markdown;
mod model;
mod picture;
mod table;

use anyhow::{Context as _, Result, anyhow};
use serde_json::Value;

use crate::report::text::Sources;
use crate::runtime::Pool;
use crate::scan::{Outcome, explain_refusal};

pub use html::section;
pub use model::{By, Class, Entry, Inventory, Question};

/// How an inventory is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: a line for each, the four answers and how far it reaches.
    Table,
    /// Everything; its schema is printed by `hallpass schema inventory`.
    Json,
    /// Comma-separated values, a line for each.
    Csv,
    /// A page that needs nothing else, with the graph.
    Html,
    /// Markdown.
    Markdown,
    /// A bill of materials: CycloneDX 1.6 as JSON.
    Cyclonedx,
    /// The graph in the language of Graphviz.
    Dot,
}

impl Format {
    /// The whole text.
    ///
    /// # Errors
    /// It cannot be put into the format.
    pub fn render(self, inventory: &Inventory, json: &Value, colour: bool) -> Result<String> {
        Ok(match self {
            Self::Table => table::render(inventory, colour),
            Self::Json => crate::report::disarmed(serde_json::to_string_pretty(json)?) + "\n",
            Self::Csv => csv::render(inventory)?,
            Self::Html => html::page(inventory),
            Self::Markdown => markdown::render(inventory),
            Self::Cyclonedx => cyclonedx::render(inventory)?,
            Self::Dot => dot::render(inventory),
        })
    }
}

/// Asks the module for the inventory of a run; with the facts of an earlier version, also for what came since.
///
/// # Errors
/// The module was stopped.
pub fn gather(
    pool: &Pool<'_>,
    outcome: &Outcome,
    before: Option<&[Vec<u8>]>,
    sources: &Sources<'_>,
) -> Result<(Inventory, Value)> {
    let secrets = outcome.secrets.texts();
    let bytes = pool
        .with(|worker| worker.inventory(&outcome.facts, before, secrets))
        .map_err(explain_refusal)?
        .map_err(|stop| anyhow!("the rule module failed while it gathered the inventory: {stop}"))?;
    read(&bytes, sources)
}

/// Reads what the module wrote, and says for each place in which line it stands: as JSON, and as what formats are made from.
///
/// # Errors
/// It is not what this host knows.
fn read(bytes: &[u8], sources: &Sources<'_>) -> Result<(Inventory, Value)> {
    let mut json: Value = serde_json::from_slice(bytes).context("the rule module's inventory is not JSON")?;
    add_lines(&mut json, sources);
    let inventory = serde_json::from_value(json.clone())
        .context("the rule module's inventory is another than this host knows")?;
    Ok((inventory, json))
}

/// Adds `line` to whatever has a path and a span.
fn add_lines(value: &mut Value, sources: &Sources<'_>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| add_lines(item, sources)),
        Value::Object(map) => {
            let start = map.get("span").and_then(|span| span.get("start")).and_then(Value::as_u64);
            let path = map.get("path").and_then(Value::as_str);
            if let (Some(path), Some(start)) = (path, start) {
                let start = u32::try_from(start).unwrap_or(u32::MAX);
                let (line, _) = sources.position(path, start);
                map.insert("line".to_owned(), line.into());
            }
            map.values_mut().for_each(|item| add_lines(item, sources));
        }
        _ => {}
    }
}
