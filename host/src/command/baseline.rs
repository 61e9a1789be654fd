//! `hallpass baseline`: the findings that were there when hallpass came.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};

use super::detectors::pool;
use super::save::replace;
use super::setup::{Common, Imports, Tree, processors};
use super::{Ending, print, remark, runtime};
use crate::baseline::{Baseline, Entry};
use crate::report::counted;
use crate::report::text::plain;
use crate::scan::{self, Outcome};
use crate::source::{MAX_FILE_BYTES, Scope, regular, slashes};

/// Where a baseline is kept if nothing is said.
pub(crate) const DEFAULT: &str = ".hallpass-baseline";

/// Arguments of `baseline`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write every finding of the tree into the file; `check --baseline FILE` reports only others.
    Write(On),
    /// Name entries that meet no finding any more, and exit with 1 if there are any.
    Check(On),
    /// Take those entries out of the file.
    Prune(On),
}

#[derive(Debug, clap::Args)]
struct On {
    /// Files and folders [default: the tree around the current folder]. Entries of other paths stay as they are.
    paths: Vec<PathBuf>,
    /// The baseline.
    #[arg(long, value_name = "FILE", default_value = DEFAULT)]
    baseline: PathBuf,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    imports: Imports,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    match &arguments.action {
        Action::Write(on) => write(on),
        Action::Check(on) => check(on),
        Action::Prune(on) => prune(on),
    }
}

fn write(on: &On) -> Result<Ending> {
    let old = match on.baseline.symlink_metadata() {
        Ok(_) => read(&on.baseline)?,
        Err(_) => Baseline::default(),
    };
    let (outcome, scope) = scanned(on)?;
    let mut entries: BTreeSet<Entry> = outcome.findings.iter().map(Entry::of).collect();
    entries.extend(old.entries.into_iter().filter(|entry| !covers(&scope, &entry.path)));
    let baseline = Baseline { entries };
    save(&on.baseline, &baseline)?;
    let written = counted(baseline.entries.len(), "finding is", "findings are");
    remark(&format!("{written} in {}", on.baseline.display()));
    Ok(Ending::Clean)
}

fn check(on: &On) -> Result<Ending> {
    let stale = stale(on, &read(&on.baseline)?)?;
    let lines: String = stale.iter().map(|entry| format!("stale: {entry}\n")).collect();
    print(&lines)?;
    if stale.is_empty() {
        remark("every entry meets a finding");
        return Ok(Ending::Clean);
    }
    let met = counted(stale.len(), "entry meets", "entries meet");
    remark(&format!("{met} no finding; `hallpass baseline prune` takes them out"));
    Ok(Ending::Findings)
}

fn prune(on: &On) -> Result<Ending> {
    let mut baseline = read(&on.baseline)?;
    let stale = stale(on, &baseline)?;
    for entry in &stale {
        baseline.entries.remove(entry);
    }
    if !stale.is_empty() {
        save(&on.baseline, &baseline)?;
    }
    let taken = counted(stale.len(), "entry", "entries");
    remark(&format!("{taken} taken out, {} left", baseline.entries.len()));
    Ok(Ending::Clean)
}

/// The baseline in a file.
///
/// # Errors
/// It cannot be read, or a line of it is none.
pub(crate) fn read(path: &Path) -> Result<Baseline> {
    let bytes = regular(path, MAX_FILE_BYTES).map_err(|why| {
        anyhow!(
            "the baseline {} is not read: {why}; `hallpass baseline write` makes one where there is none",
            path.display()
        )
    })?;
    parse(&path.display().to_string(), bytes)
}

/// The baseline in some bytes.
///
/// # Errors
/// A line of it is none.
pub(crate) fn parse(name: &str, bytes: Vec<u8>) -> Result<Baseline> {
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("{name}: a baseline is UTF-8"))?;
    Baseline::parse(&text).map_err(|why| anyhow!("{name}:{why}"))
}

fn stale(on: &On, baseline: &Baseline) -> Result<Vec<Entry>> {
    let (mut outcome, scope) = scanned(on)?;
    baseline.apply(|path| covers(&scope, path), &mut outcome);
    Ok(outcome.baseline.unwrap_or_default().stale)
}

fn save(path: &Path, baseline: &Baseline) -> Result<()> {
    replace(path, &path.display().to_string(), baseline.render().as_bytes())
}

fn scanned(on: &On) -> Result<(Outcome, Scope)> {
    let mut tree = Tree::open(&on.paths, None)?;
    let runtime = runtime()?;
    let settings = tree.settings(&on.common)?;
    let pool = pool(&runtime, settings, |path| tree.bytes(path))?;
    let modules = tree.modules(&runtime, pool.resolved(), &[])?;
    let scope = tree.scope.clone();
    let import = on.imports.read(&tree)?;
    let mut job = tree.job(&pool, processors())?;
    job.import = import.as_ref();
    Ok((scan::run(&pool, &modules, &job)?, scope))
}

/// Whether a displayed path is below what a run looks at.
pub(crate) fn covers(scope: &Scope, path: &str) -> bool {
    scope.starts.iter().map(|start| plain(&slashes(start))).any(|start| {
        let rest = path.strip_prefix(&start);
        start.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}
