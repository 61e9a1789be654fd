//! `hallpass waive FINGERPRINT`: accepts a finding until a day, as a row of the policy that somebody reviews.
//!
//! The row is written only if the module, with the row in its policy, says that the finding is waived: what a waiver needs is
//! the module's to say.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use toml_edit::{Datetime, Item, Table, Value};

use super::detectors::pool;
use super::policy::CONFIG;
use super::save::replace;
use super::setup::{Common, Imports, Tree, processors};
use super::{Ending, remark, rows, runtime};
use crate::import::Import;
use crate::report::text::is_steering;
use crate::runtime::Runtime;
use crate::runtime::contract::{Finding, Settings, Source};
use crate::scan::{self, Outcome};

/// Fewest digits of a fingerprint that name one: shorter ones are mistyped.
const FEWEST: usize = 8;
/// The rows.
const ROWS: &str = "waiver";

/// Arguments of `waive`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The finding: its fingerprint in `hallpass check --report json`, or the first eight digits of it or more.
    fingerprint: String,
    /// Files and folders [default: the tree around the current folder].
    paths: Vec<PathBuf>,
    /// Who answers for the exception: a team, a mail address.
    #[arg(long)]
    owner: String,
    /// Why it is needed.
    #[arg(long)]
    reason: String,
    /// Its last day. How far ahead it may be is `ceilings.waiver` of the policy.
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: String,
    /// Where it is discussed.
    #[arg(long)]
    ticket: Option<String>,
    /// An emergency: `ceilings.break-glass` holds.
    #[arg(long)]
    break_glass: bool,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    imports: Imports,
}

/// What a row says besides what it is about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms<'a> {
    /// Who answers for it.
    pub(crate) owner: &'a str,
    /// Why it is needed.
    pub(crate) reason: &'a str,
    /// Its last day.
    pub(crate) until: &'a str,
    /// Where it is discussed.
    pub(crate) ticket: Option<&'a str>,
    /// An emergency.
    pub(crate) break_glass: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    let print = arguments.fingerprint.to_ascii_lowercase();
    if print.len() < FEWEST || !print.bytes().all(|b| b.is_ascii_hexdigit()) {
        bail!(
            "a fingerprint is {FEWEST} hexadecimal digits or more; `hallpass check --report json` prints those of the findings"
        );
    }
    let ticket = arguments.ticket.as_deref().unwrap_or_default();
    for (option, text) in
        [("owner", arguments.owner.as_str()), ("reason", &arguments.reason), ("ticket", ticket)]
    {
        if let Some(sign) = text.chars().find(|c| is_steering(*c) || c.is_control()) {
            bail!(
                "--{option} holds the character U+{:04X}: whoever reviews the row would not see what it does; write one line of \
                 plain text",
                u32::from(sign)
            );
        }
    }
    let runtime = runtime()?;
    let mut tree = Tree::open(&arguments.paths, None)?;
    let settings = tree.settings(&arguments.common)?;
    let import = arguments.imports.read(&tree)?;
    let before = scanned(&mut tree, &runtime, settings.clone(), import.as_ref())?;
    let finding = named(&before, &print)?;
    let config = settings.config.clone();
    let config =
        config.unwrap_or_else(|| Source { path: CONFIG.to_owned(), bytes: Vec::new(), member: true });
    let terms = Terms {
        owner: &arguments.owner,
        reason: &arguments.reason,
        until: &arguments.until,
        ticket: arguments.ticket.as_deref(),
        break_glass: arguments.break_glass,
    };
    let bytes = with_row(&config, &finding, terms)?;
    let proposed = Settings { config: Some(Source { bytes: bytes.clone(), ..config.clone() }), ..settings };
    let after = scanned(&mut tree, &runtime, proposed, import.as_ref())?;
    if !after.waived.iter().any(|(waived, _)| waived.fingerprint == finding.fingerprint) {
        bail!("nothing was written: {}", refusal(&before, &after, &finding));
    }
    let path = tree.root.path.join(&config.path);
    replace(&path, &config.path, &bytes)?;
    remark(&format!(
        "{} at {} is waived until {}, in {}; whoever reviews that file decides",
        finding.rule, finding.at.path, arguments.until, config.path
    ));
    Ok(Ending::Clean)
}

fn scanned(
    tree: &mut Tree,
    runtime: &Runtime,
    settings: Settings,
    import: Option<&Import>,
) -> Result<Outcome> {
    let pool = pool(runtime, settings, |path| tree.bytes(path))?;
    let modules = tree.modules(runtime, pool.resolved(), &[])?;
    let mut job = tree.job(&pool, processors())?;
    job.import = import;
    scan::run(&pool, &modules, &job)
}

/// The one finding whose fingerprint begins so.
fn named(outcome: &Outcome, print: &str) -> Result<Finding> {
    let all = outcome.findings.iter().chain(outcome.waived.iter().map(|(finding, _)| finding));
    let found: BTreeMap<&str, &Finding> = all
        .filter(|finding| finding.fingerprint.starts_with(print))
        .map(|finding| (finding.fingerprint.as_str(), finding))
        .collect();
    let mut found = found.into_values();
    match (found.next(), found.next()) {
        (Some(finding), None) => Ok(finding.clone()),
        (None, _) => Err(anyhow!(
            "no finding here has the fingerprint {print}; `hallpass check --report json` prints those of the findings"
        )),
        (Some(_), Some(_)) => {
            Err(anyhow!("several findings have a fingerprint that begins with {print}; give more of it"))
        }
    }
}

/// The policy with a row for the finding: a new one at its end, or the one that it has, with what is said now. Whatever else
/// stands there stays as it is.
///
/// # Errors
/// The policy cannot be written to.
pub(crate) fn with_row(config: &Source, finding: &Finding, terms: Terms<'_>) -> Result<Vec<u8>> {
    let mut document = rows::document(config)?;
    let rows = rows::named(&mut document, &config.path, ROWS)?;
    let same =
        |row: &Table| row.get("fingerprint").and_then(Item::as_str) == Some(finding.fingerprint.as_str());
    let at = rows.iter().position(same);
    match at.and_then(|at| rows.get_mut(at)) {
        Some(row) => fill(row, finding, terms),
        None => {
            let mut row = Table::new();
            fill(&mut row, finding, terms);
            rows.push(row);
        }
    }
    Ok(rows::written(config, &document).into_bytes())
}

fn fill(row: &mut Table, finding: &Finding, terms: Terms<'_>) {
    let mut set = |key: &str, value: Value| {
        row.insert(key, Item::Value(value));
    };
    set("rule", finding.rule.as_str().into());
    set("fingerprint", finding.fingerprint.as_str().into());
    set("owner", terms.owner.into());
    set("reason", terms.reason.into());
    // What is no date is written as a text: the module says what is wrong with it.
    let date = terms.until.parse::<Datetime>();
    set("expires", date.map_or_else(|_| terms.until.into(), Value::from));
    if let Some(ticket) = terms.ticket {
        set("ticket", ticket.into());
    }
    if terms.break_glass {
        set("break-glass", true.into());
    }
}

/// Why the module does not take the row.
fn refusal(before: &Outcome, after: &Outcome, finding: &Finding) -> String {
    let known: Vec<&str> = before.findings.iter().map(|f| f.fingerprint.as_str()).collect();
    let new = after.findings.iter().filter(|f| !known.contains(&f.fingerprint.as_str()));
    let said: Vec<String> = new
        .map(|f| match &f.help {
            // The last day that would do, for one.
            Some(help) => format!("{}: {help}", f.message),
            None => f.message.clone(),
        })
        .collect();
    if said.is_empty() {
        return format!("{} cannot be waived", finding.rule);
    }
    said.join("; ")
}
