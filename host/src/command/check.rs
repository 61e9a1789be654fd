//! `hallpass check`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};

use super::baseline::covers;
use super::choice::Choice;
use super::detectors::pool;
use super::setup::{Common, Imports, Tree, processors};
use super::versions::{self, Versions};
use super::{Ending, colour, fix, guardrail, remark, runtime, targets};
use crate::baseline::Baseline;
use crate::change::{self, Version};
use crate::ci::{Automation, Forge, System};
use crate::history::History;
use crate::import;
use crate::report::text::Sources;
use crate::report::{self, Format, Material, Strict, Target, now};
use crate::runtime::Pool;
use crate::runtime::contract::Finding;
use crate::scan::{self, Cache, Job, Outcome};
use crate::{interrupt, inventory};

/// What `--history` without a range means.
const EVERYTHING: &str = "HEAD";

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Files and folders; `-` is standard input [default: the tree around the current folder].
    paths: Vec<PathBuf>,
    /// Report format, and the file it goes to [default: pretty, and what the CI system around it reads]. Repeatable.
    #[arg(long = "report", aliases = ["format", "output-format"], value_name = "FORMAT[=FILE]", env = "HALLPASS_REPORT", long_help = targets::help())]
    reports: Vec<Target>,
    #[command(flatten)]
    choice: Choice,
    /// Also find secrets that commits added, removed since or not: of all that HEAD reaches, or of a range A..B, A.., ..B or
    /// one revision, written with `=`.
    #[arg(long, value_name = "RANGE", num_args = 0..=1, require_equals = true, default_missing_value = EVERYTHING)]
    history: Option<String>,
    /// Report only what came since the merge base of HEAD and this branch or commit; the policy is the merge base's.
    /// Alone, or as `--base=auto`: what the pull request that the CI system runs for goes to.
    #[arg(long, value_name = "REF", num_args = 0..=1, default_missing_value = versions::AUTO, env = "HALLPASS_BASE")]
    pub(super) base: Option<String>,
    /// Check what is staged for the next commit, and report only what it adds to HEAD.
    #[arg(long, conflicts_with_all = ["base", "history", "fix", "diff", "stdin_filename"])]
    pub(super) staged: bool,
    /// Leave out the findings that this file has (see `hallpass baseline`); with --base it is the merge base's.
    #[arg(long, value_name = "FILE", env = "HALLPASS_BASELINE")]
    pub(super) baseline: Option<PathBuf>,
    /// Report what waivers accept as well: an audit looks at everything.
    #[arg(long)]
    pub(super) no_waivers: bool,
    /// With --base or --staged, or in a pull request: take the policy from what is checked.
    #[arg(long)]
    pub(super) trust_head: bool,
    #[command(flatten)]
    pub(super) common: Common,
    /// A third-party rule module. Repeatable.
    #[arg(long = "plugin", value_name = "FILE.wasm", env = "HALLPASS_PLUGIN")]
    plugins: Vec<PathBuf>,
    #[command(flatten)]
    imports: Imports,
    /// Apply fixes; `unsafe` also applies those that may need work elsewhere.
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "safe", conflicts_with = "files")]
    fix: Option<FixKind>,
    /// Show what `--fix` would change, and change nothing.
    #[arg(long)]
    diff: bool,
    /// The name that standard input is checked under.
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    /// Values that stayed unknown and files that failed count as findings.
    #[arg(long, env = "HALLPASS_STRICT", value_parser = clap::builder::BoolishValueParser::new())]
    pub(super) strict: bool,
    /// Exit with 0 even when there are findings.
    #[arg(long)]
    exit_zero: bool,
    /// Threads [default: one per processor].
    #[arg(long, value_name = "N", env = "HALLPASS_JOBS")]
    jobs: Option<NonZeroUsize>,
    /// Keep nothing between runs, and use nothing that an earlier one kept. In a CI system that is always so.
    #[arg(long, env = "HALLPASS_NO_CACHE", value_parser = clap::builder::BoolishValueParser::new())]
    no_cache: bool,
    /// Name everything: skipped files, unknown values, waived findings.
    #[arg(short, long, env = "HALLPASS_VERBOSE", value_parser = clap::builder::BoolishValueParser::new(),
        overrides_with = "verbose")]
    verbose: bool,
    /// No summary and no advice: only findings, and what could not be checked.
    #[arg(short, long, overrides_with = "quiet", conflicts_with = "verbose")]
    quiet: bool,
}

impl Arguments {
    /// What units came to before. Two versions of a tree share most of them, whatever is kept between runs.
    fn cache(&self, tree: &Tree, pool: &Pool<'_>, compares: bool) -> Option<Cache> {
        // A runner's home may outlive the job of somebody who is not to be believed.
        let keeps = !self.no_cache && !System::is_any() && tree.files.buffers.is_empty();
        let of = keeps.then_some(tree.root.path.as_path());
        (keeps || compares).then(|| Cache::new(pool.settings(), of)).flatten()
    }
}

/// Which fixes are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FixKind {
    /// Those that only mend the finding.
    Safe,
    /// All.
    Unsafe,
}

/// Runs the command.
pub(crate) fn run(arguments: Arguments) -> Result<Ending> {
    interrupt::listen();
    let started = now();
    let targets = targets::of(&arguments.reports, arguments.diff, arguments.quiet)?;
    let mut tree = Tree::open(&arguments.paths, arguments.stdin_filename.as_deref())?;
    targets::allowed(&targets, &tree)?;
    if arguments.fix.is_some() && !tree.files.buffers.is_empty() && !arguments.diff {
        return Err(anyhow!("--fix changes files, and standard input is none; use --diff"));
    }
    let versions = Versions::open(&arguments, &tree)?;
    let compares = versions.compares;
    versions.base.iter().flat_map(|base| &base.remarks).for_each(|said| remark(said));
    let history = open_history(&tree, &arguments, versions.base.as_ref().filter(|_| compares))?;
    if let Some(version) = versions.head {
        tree = tree.of_kept(version.kept);
    }
    let base = versions.base.map(|version| (version.name, tree.of_kept(version.kept)));
    let both_empty = base.as_ref().is_none_or(|(_, base)| !compares || base.entries.is_empty());
    if tree.entries.is_empty() && tree.unlisted.is_empty() && history.is_none() && both_empty {
        if arguments.staged {
            remark("nothing is staged");
            return Ok(Ending::Clean);
        }
        remark("nothing to check: the given paths hold no file");
        return Ok(Ending::NoFiles);
    }
    let import = arguments.imports.read(&tree)?;
    let runtime = runtime()?;
    // The judged never governs its judge.
    let governor = versions.governing.map(|version| tree.of_kept(version.kept));
    let judge = governor.as_ref().or(base.as_ref().map(|(_, base)| base)).filter(|_| !arguments.trust_head);
    let governing = judge.unwrap_or(&tree);
    let mut settings = governing.settings(&arguments.common)?;
    arguments.choice.put(&mut settings);
    let pool = pool(&runtime, settings, |path| governing.bytes(path))?;
    let baseline =
        arguments.baseline.as_deref().map(|path| governing_baseline(governing, path)).transpose()?;
    let modules = governing.modules(&runtime, pool.resolved(), &arguments.plugins)?;
    let description = super::explain::described(&pool)?;
    let fail_on = arguments.choice.fails_on(&pool);

    let read = |tree| guardrail::read(tree, &arguments.common, arguments.baseline.as_deref(), &pool);
    let mut guardrails = judge.map(|judge| anyhow::Ok((read(judge)?, read(&tree)?))).transpose()?;
    let scope = tree.scope.clone();
    let jobs = arguments.jobs.map_or_else(processors, NonZeroUsize::get);
    let cache = arguments.cache(&tree, &pool, base.is_some());
    let mut job = tree.job(&pool, jobs)?;
    job.history = history;
    job.import = import.as_ref();
    job.cache = cache.as_ref();
    job.waivers = !arguments.no_waivers;
    job.proposed = guardrails.as_ref().map(|(_, after)| after.clone());
    let mut outcome = scan::run(&pool, &modules, &job)?;
    // Those of the configuration were told when it was read.
    let told = scan::renamed(&pool);
    outcome.renamed.iter().filter(|line| !told.contains(line)).for_each(|line| remark(line));
    if let Some(why) = versions.ungoverned.filter(|_| !outcome.waived.is_empty()) {
        return Err(versions::ungoverned("a waiver", &why));
    }
    let policy = if arguments.trust_head { ", policy from what is checked" } else { "" };
    let (against, mut base) = base.unzip();
    let against = super::masked_by(&pool, &format!("{}{policy}", against.unwrap_or_default()))?;
    let base_job = base.as_mut().map(|base| base.job(&pool, jobs)).transpose()?;
    let base_job = base_job.map(|job| Job { cache: cache.as_ref(), waivers: !arguments.no_waivers, ..job });
    let before = base_job.as_ref().map(|job| scan::run(&pool, &modules, job)).transpose()?;
    let before = before.zip(base_job.as_ref()).map(|(mut before, job)| {
        before.findings.extend(import::known(job, &outcome));
        before
    });
    let sources = base_job.as_ref().zip(before.as_ref()).map(|(job, before)| Sources::new(job, before));
    // What is not reported is not mended either.
    let settle = |outcome: &mut Outcome| -> Result<()> {
        if let (Some(before), Some(sources), true) = (&before, &sources, compares) {
            let line_of = |finding: &Finding| sources.position(&finding.at.path, finding.at.at.start).0;
            change::hold(&pool, &against, before, line_of, outcome)?;
        }
        if let Some(baseline) = &baseline {
            baseline.apply(|path| covers(&scope, path), outcome);
        }
        Ok(())
    };
    settle(&mut outcome)?;
    if (arguments.fix.is_some() || arguments.diff) && !outcome.interrupted {
        let kind = arguments.fix.unwrap_or(FixKind::Safe);
        let mender = fix::Mender { pool: &pool, modules: &modules, job: &job };
        if arguments.diff {
            mender.diff(&outcome, kind)?;
        } else if let Some(again) = mender.apply(&outcome, kind)? {
            outcome = again;
            settle(&mut outcome)?;
        }
    }
    // Their tools do not count them, whatever a change or a baseline says.
    outcome.waived.append(&mut outcome.suppressed);
    outcome.policy = versions.policy.map(|policy| super::masked_by(&pool, &policy)).transpose()?;
    if let Some(cache) = &cache {
        let hits = cache.hits();
        if arguments.verbose && hits > 0 {
            let units = if hits == 1 { "unit is" } else { "units are" };
            remark(&format!("{hits} {units} known from before; --no-cache checks everything"));
        }
        cache.leave(scope.whole && !outcome.interrupted);
    }
    let facts_before = before.map(|before| before.facts).unwrap_or_default();
    // Last: neither waivers nor baselines have a say in it.
    if let Some((before, after)) = &mut guardrails {
        guardrail::hold(&pool, [before, after], &facts_before, &mut outcome)?;
    }

    let sources = Sources::new(&job, &outcome);
    let wanted = targets.iter().any(|target| target.format == Format::Html) && !outcome.interrupted;
    let earlier = compares.then_some(facts_before.as_slice());
    let gathered = wanted.then(|| inventory::gather(&pool, &outcome, earlier, &sources)).transpose()?;
    let material = Material {
        inventory: gathered.map(|(inventory, _)| inventory),
        outcome: &outcome,
        description: &description,
        sources: &sources,
        today: &pool.settings().today,
        fail_on,
        verbose: arguments.verbose,
        quiet: arguments.quiet,
        config: pool.settings().config.as_ref().map(|c| c.path.as_str()),
        strict: arguments.strict.then(|| Strict::of(&outcome)),
        forge: Forge::detected(),
        automation: Automation::detected(),
        started,
        ended: now(),
    };
    for target in &targets {
        report::write(target, &material, colour())?;
    }
    if !arguments.diff && !arguments.quiet && targets.iter().all(|target| target.file.is_some()) {
        remark(&report::summary_line(&material));
    }
    if outcome.interrupted || interrupt::asked() {
        return Ok(Ending::Interrupted);
    }
    Ok(if material.fails() && !arguments.exit_zero { Ending::Findings } else { Ending::Clean })
}

/// The baseline, from the tree that governs if it stands in it.
fn governing_baseline(governing: &Tree, path: &Path) -> Result<Baseline> {
    match governing.inner(path) {
        Some(inner) if governing.files.kept.is_some() => {
            let name = crate::source::slashes(&inner);
            match governing.bytes(&name) {
                Ok(bytes) => super::baseline::parse(&name, bytes),
                // The change brings it.
                Err(_) => Ok(Baseline::default()),
            }
        }
        _ => super::baseline::read(path),
    }
}

/// The commits that `--history` names; those since the merge base where it names none and a base is given.
fn open_history(tree: &Tree, arguments: &Arguments, base: Option<&Version>) -> Result<Option<History>> {
    let Some(range) = arguments.history.as_deref() else { return Ok(None) };
    if !tree.files.buffers.is_empty() {
        return Err(anyhow!(
            "--history reads commits, and standard input has none; give a path instead of `-`"
        ));
    }
    let since = base.and_then(|base| base.commit.as_ref()).filter(|_| range == EVERYTHING);
    let range = since.map_or_else(|| range.to_owned(), |base| format!("{base}..HEAD"));
    let history = History::open(&tree.root, &tree.scope, &range)?;
    history.shallow().into_iter().for_each(remark);
    Ok(Some(history))
}
