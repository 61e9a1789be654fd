//! `hallpass check`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::ValueEnum as _;

use super::detectors::pool;
use super::setup::{Common, Tree, processors};
use super::{Ending, colour, fix, remark, runtime};
use crate::ci::{Forge, System};
use crate::history::History;
use crate::report::text::Sources;
use crate::report::{self, Format, Material, Strict, Target};
use crate::runtime::contract::{Confidence, Severity};
use crate::scan;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Files and folders; `-` is standard input [default: the tree around the current folder].
    paths: Vec<PathBuf>,
    /// Report format, and the file it goes to [default: pretty, and what the CI system around it reads]. Repeatable.
    #[arg(long = "report", value_name = "FORMAT[=FILE]", long_help = reports_help())]
    reports: Vec<Target>,
    /// Exit with 1 for findings of at least this severity [default: medium].
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<SeverityName>,
    /// Leave out findings less sure than this.
    #[arg(long, value_name = "CONFIDENCE")]
    min_confidence: Option<ConfidenceName>,
    /// Only these rules or classes. Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// Not these rules or classes. Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Also find secrets that commits added, removed since or not: of all that HEAD reaches, or of a range A..B, A.., ..B or
    /// one revision, written with `=`.
    #[arg(long, value_name = "RANGE", num_args = 0..=1, require_equals = true, default_missing_value = "HEAD")]
    history: Option<String>,
    #[command(flatten)]
    common: Common,
    /// A third-party rule module. Repeatable.
    #[arg(long = "plugin", value_name = "FILE.wasm")]
    plugins: Vec<PathBuf>,
    /// Apply fixes; `unsafe` also applies those that may need work elsewhere.
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "safe")]
    fix: Option<FixKind>,
    /// Show what `--fix` would change, and change nothing.
    #[arg(long)]
    diff: bool,
    /// The name that standard input is checked under.
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    /// Values that stayed unknown and files that failed count as findings.
    #[arg(long)]
    strict: bool,
    /// Exit with 0 even when there are findings.
    #[arg(long)]
    exit_zero: bool,
    /// Threads [default: one per processor].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Name everything: skipped files, unknown values, waived findings.
    #[arg(short, long)]
    verbose: bool,
}

/// Which fixes are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FixKind {
    /// Those that only mend the finding.
    Safe,
    /// All.
    Unsafe,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum SeverityName {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl From<SeverityName> for Severity {
    fn from(name: SeverityName) -> Self {
        match name {
            SeverityName::Info => Self::Info,
            SeverityName::Low => Self::Low,
            SeverityName::Medium => Self::Medium,
            SeverityName::High => Self::High,
            SeverityName::Critical => Self::Critical,
        }
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ConfidenceName {
    Low,
    Medium,
    High,
}

/// Runs the command.
pub(crate) fn run(arguments: Arguments) -> Result<Ending> {
    let started = now();
    let targets = targets(&arguments)?;
    let mut tree = Tree::open(&arguments.paths, arguments.stdin_filename.as_deref())?;
    if arguments.fix.is_some() && !tree.files.buffers.is_empty() && !arguments.diff {
        return Err(anyhow!("--fix changes files, and standard input is none; use --diff"));
    }
    let history = open_history(&tree, arguments.history.as_deref())?;
    if tree.entries.is_empty() && tree.unlisted.is_empty() && history.is_none() {
        remark("nothing to check: the given paths hold no file");
        return Ok(Ending::NoFiles);
    }
    let runtime = runtime()?;
    let mut settings = tree.settings(&arguments.common)?;
    settings.select = arguments.select.clone();
    settings.ignore = arguments.ignore.clone();
    settings.min_confidence = arguments.min_confidence.map(|name| match name {
        ConfidenceName::Low => Confidence::Low,
        ConfidenceName::Medium => Confidence::Medium,
        ConfidenceName::High => Confidence::High,
    });
    let pool = pool(&runtime, settings, &tree.root)?;
    let modules = tree.modules(&runtime, pool.resolved(), &arguments.plugins)?;
    let description = super::explain::described(&pool)?;
    let fail_on =
        arguments.fail_on.map(Severity::from).or(pool.resolved().fail_on).unwrap_or(Severity::Medium);

    let mut job = tree.job(&pool, arguments.jobs.map_or_else(processors, NonZeroUsize::get))?;
    job.history = history;
    let mut outcome = scan::run(&pool, &modules, &job)?;
    if arguments.fix.is_some() || arguments.diff {
        let kind = arguments.fix.unwrap_or(FixKind::Safe);
        let mender = fix::Mender { pool: &pool, modules: &modules, job: &job };
        if arguments.diff {
            mender.diff(&outcome, kind)?;
        } else {
            outcome = mender.apply(outcome, kind)?;
        }
    }

    let sources = Sources::new(&job, &outcome);
    let material = Material {
        outcome: &outcome,
        description: &description,
        sources: &sources,
        today: &pool.settings().today,
        fail_on,
        verbose: arguments.verbose,
        config: pool.settings().config.as_ref().map(|c| c.path.as_str()),
        strict: arguments.strict.then(|| Strict::of(&outcome)),
        forge: Forge::detected(),
        started,
        ended: now(),
    };
    for target in &targets {
        report::write(target, &material, colour())?;
    }
    if !arguments.diff && targets.iter().all(|target| target.file.is_some()) {
        remark(&report::summary_line(&material));
    }
    Ok(if material.fails() && !arguments.exit_zero { Ending::Findings } else { Ending::Clean })
}

/// The reports that are asked for; else one for people, and what the CI system around the run reads from its log.
fn targets(arguments: &Arguments) -> Result<Vec<Target>> {
    let mut targets = arguments.reports.clone();
    for (index, target) in targets.iter().enumerate() {
        let same = targets.iter().take(index).find(|other| other.file == target.file);
        match (same, &target.file) {
            (Some(_), Some(file)) => {
                return Err(anyhow!("two reports go to {}; give each a file of its own", file.display()));
            }
            (Some(other), None) if !(other.format.is_log() && target.format.is_log()) => {
                return Err(anyhow!(
                    "{} and {} both go to standard output; send one to a file: --report {}=FILE",
                    other.format.name(),
                    target.format.name(),
                    target.format.name()
                ));
            }
            _ => {}
        }
    }
    if targets.is_empty() && !arguments.diff {
        targets.push(Target { format: Format::Pretty, file: None });
        if let Some(system) = System::detected() {
            if let Some(format) = system.native {
                targets.push(Target { format, file: None });
                remark(&format!(
                    "{}: its own format is added (--report {}); --report says otherwise",
                    system.name,
                    format.name()
                ));
            }
            if !system.advice.is_empty() {
                remark(&format!("{}: {}", system.name, system.advice));
            }
        }
    }
    Ok(targets)
}

/// The formats, for the long help.
fn reports_help() -> String {
    let values = Format::value_variants().iter().filter_map(clap::ValueEnum::to_possible_value);
    let lines = values.map(|value| {
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        format!("\n  {:19}{help}", value.get_name())
    });
    format!(
        "Report format, and the file it goes to [default: pretty, and what the CI system around it reads]. Repeatable.\n{}",
        lines.collect::<String>()
    )
}

/// UTC, as reports write it.
fn now() -> String {
    jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The commits that `--history` names.
fn open_history(tree: &Tree, range: Option<&str>) -> Result<Option<History>> {
    let Some(range) = range else { return Ok(None) };
    if !tree.files.buffers.is_empty() {
        return Err(anyhow!(
            "--history reads commits, and standard input has none; give a path instead of `-`"
        ));
    }
    let history = History::open(&tree.root, &tree.scope, range)?;
    history.shallow().into_iter().for_each(remark);
    Ok(Some(history))
}
