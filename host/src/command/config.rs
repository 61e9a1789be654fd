//! `hallpass config show`: what is in force, and where each value came from.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::parser::ValueSource;
use clap::{ArgMatches, Subcommand};
use serde_json::json;

use super::choice::Choice;
use super::detectors::pool;
use super::setup::{Common, Tree};
use super::{Ending, print, runtime};
use crate::report::text::{line_column, plain};
use crate::report::{disarmed, severity_name};
use crate::runtime::contract::{Setting, Severity, Spot};

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Every key in force, its value, and where it came from: a default, a line, a variable or an option.
    Show(Show),
}

/// Arguments of `config show`.
#[derive(Debug, clap::Args)]
struct Show {
    /// Files and folders, as `check` would be given them.
    paths: Vec<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    common: Common,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Default,
    File { path: String, line: usize },
    Variable(String),
    Option(String),
}

/// A key in force.
struct Row {
    key: String,
    /// As TOML.
    value: String,
    origin: Origin,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, matches: &ArgMatches) -> Result<Ending> {
    let Command::Show(show) = &arguments.command;
    let given = |id: &str| given(matches.subcommand_matches("show")?, id);
    let tree = Tree::open(&show.paths, None)?;
    let mut settings = tree.settings(&show.common)?;
    show.choice.put(&mut settings);
    let runtime = runtime()?;
    let pool = pool(&runtime, settings, |path| tree.bytes(path))?;
    let config = pool.settings().config.as_ref();
    // The pool has read the file before: there is nothing left to say against it.
    let extended = &pool.settings().extended;
    let written = super::explain::asked(&pool, |worker| worker.effective(config, extended))?
        .map_err(|_| anyhow!("the configuration was read and then refused"))?;
    let line = |at: &Spot| {
        let own = config.filter(|file| file.path == at.path).map(|file| &file.bytes);
        let other = || extended.iter().find(|file| file.path == at.path)?.content.as_ref().ok();
        own.or_else(other).map_or(1, |bytes| line_column(bytes, at.at.start as usize).0)
    };
    let mut rows: Vec<Row> = written
        .into_iter()
        .map(|Setting { key, value, at }| {
            let origin = match at {
                Some(at) => Origin::File { line: line(&at), path: at.path },
                None => Origin::Default,
            };
            Row { key, value, origin }
        })
        .collect();
    overlay(&mut rows, show, &given);
    let config_path = config.map_or_else(|| "none".to_owned(), |file| file.path.clone());
    let from = |id| given(id).unwrap_or(Origin::Default);
    rows.push(Row { key: "(file)".to_owned(), value: quoted(&config_path), origin: from("config") });
    rows.push(Row { key: "(today)".to_owned(), value: pool.settings().today.clone(), origin: from("today") });
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    print(&if show.json { as_json(&rows)? } else { as_text(&rows) })?;
    Ok(Ending::Clean)
}

/// What options and variables say, over what the file says.
fn overlay(rows: &mut Vec<Row>, show: &Show, given: &impl Fn(&str) -> Option<Origin>) {
    let choice = &show.choice;
    let mut replace = |key: &str, id: &str, value: String| {
        if let Some(origin) = given(id) {
            rows.retain(|row| row.key != key);
            rows.push(Row { key: key.to_owned(), value, origin });
        }
    };
    if let Some(severity) = choice.fail_on {
        replace("fail-on", "fail_on", quoted(severity_name(Severity::from(severity))));
    }
    if let Some(confidence) = choice.min_confidence {
        replace(
            "min-confidence",
            "min_confidence",
            quoted(crate::report::confidence_name(confidence.into())),
        );
    }
    if choice.preview {
        replace("preview", "preview", "true".to_owned());
    }
    replace("rules.select", "select", list(&choice.select));
    if !choice.select.is_empty() {
        // Who selects by hand selects among all rules.
        rows.retain(|row| row.key != "rules.ignore");
    }
    // These come on top.
    let detectors: Vec<String> =
        show.common.detectors.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    for (key, id, values) in
        [("rules.ignore", "ignore", &choice.ignore), ("detectors", "detectors", &detectors)]
    {
        if let Some(origin) = given(id) {
            rows.retain(|row| row.key != key || row.origin != Origin::Default);
            rows.push(Row { key: key.to_owned(), value: list(values), origin });
        }
    }
}

/// Where an argument came from, if it was given.
fn given(matches: &ArgMatches, id: &str) -> Option<Origin> {
    let name = id.replace('_', "-");
    match matches.value_source(id)? {
        ValueSource::CommandLine => Some(Origin::Option(format!("--{name}"))),
        ValueSource::EnvVariable => Some(Origin::Variable(format!("HALLPASS_{}", id.to_ascii_uppercase()))),
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    json!(text).to_string()
}

fn list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    format!("[{}]", values.join(", "))
}

fn as_text(rows: &[Row]) -> String {
    let line = |row: &Row| plain(&format!("{} = {}", row.key, row.value));
    let width = rows.iter().map(|row| line(row).chars().count()).filter(|w| *w <= WIDTH).max().unwrap_or(0);
    let mut out = String::new();
    for row in rows {
        let origin = match &row.origin {
            Origin::Default => "default".to_owned(),
            Origin::File { path, line } => format!("{path}:{line}"),
            Origin::Variable(name) | Origin::Option(name) => name.clone(),
        };
        let _ = writeln!(out, "{:width$}  # {}", line(row), plain(&origin));
    }
    out
}

/// Longest line that the origins of the others are aligned with.
const WIDTH: usize = 60;

fn as_json(rows: &[Row]) -> Result<String> {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let origin = match &row.origin {
                Origin::Default => json!({"kind": "default"}),
                Origin::File { path, line } => json!({"kind": "file", "path": path, "line": line}),
                Origin::Variable(name) => json!({"kind": "variable", "name": name}),
                Origin::Option(name) => json!({"kind": "option", "name": name}),
            };
            json!({"key": row.key, "value": row.value, "origin": origin})
        })
        .collect();
    Ok(disarmed(serde_json::to_string_pretty(&json!({"version": 1, "settings": rows}))?) + "\n")
}
