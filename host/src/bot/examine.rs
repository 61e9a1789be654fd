//! A change, judged: base and head as trees, the base's policy, the module over both.

use anyhow::Result;

use super::tree::Versions;
use super::verdict::{Before, Verdict};
use crate::change;
use crate::command::choice::Choice;
use crate::command::detectors::pool;
use crate::command::guardrail;
use crate::command::setup::{Common, Tree, processors};
use crate::command::{explain, masked_by};
use crate::inventory;
use crate::report::text::Sources;
use crate::report::{Material, now};
use crate::runtime::contract::{Finding, Settings, Source};
use crate::runtime::{Pool, Runtime};
use crate::scan::{self, Cache, Job, Outcome};

/// What a run asks for besides the versions.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The date that expiries are held against, and a policy that is named.
    pub(crate) common: Common,
    /// What is said of the policy besides.
    pub(crate) choice: Choice,
    /// Threads; one per processor if absent.
    pub jobs: Option<usize>,
}

/// Checks the head again, with another text for one file, or by another policy.
pub type Try<'t> = dyn Fn(Option<(String, Vec<u8>)>, Option<Source>) -> Result<Outcome> + 't;

/// A change that was judged.
pub struct Judged<'j> {
    /// What the run came to.
    pub verdict: Verdict,
    /// What reports are made from.
    pub material: &'j Material<'j>,
    /// Workers by the policy of the base.
    pub pool: &'j Pool<'j>,
    /// What would be, were something different.
    pub tried: &'j Try<'j>,
}

impl std::fmt::Debug for Judged<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judged").field("verdict", &self.verdict).finish_non_exhaustive()
    }
}

/// Judges a change, and has what it came to looked at.
///
/// # Errors
/// The policy of the base has problems, or the module cannot run.
pub fn examine<T>(
    runtime: &Runtime,
    versions: Versions,
    options: &Options,
    then: impl FnOnce(Judged<'_>) -> Result<T>,
) -> Result<T> {
    let Versions { base: mut before_tree, head: mut tree, name, unread, withheld } = versions;
    let common = &options.common;
    let started = now();
    // The judged never governs its judge: policy, waivers, registry and modules are the base's.
    let mut settings = before_tree.settings(common)?;
    options.choice.put(&mut settings);
    let pool = pool(runtime, settings, |path| before_tree.bytes(path))?;
    let modules = before_tree.modules(runtime, pool.resolved(), &[])?;
    let description = explain::described(&pool)?;
    let fail_on = options.choice.fails_on(&pool);
    let read = |tree: &Tree| guardrail::read(tree, common, None, &pool);
    let [mut before, mut after] = [read(&before_tree)?, read(&tree)?];
    let against = masked_by(&pool, &name)?;
    let jobs = options.jobs.unwrap_or_else(processors);
    // Two versions share most of their units.
    let cache = Cache::new(pool.settings(), None);
    let mut job = tree.job(&pool, jobs)?;
    (job.cache, job.proposed) = (cache.as_ref(), Some(after.clone()));
    let mut outcome = scan::run(&pool, &modules, &job)?;
    let base_job = Job { cache: cache.as_ref(), ..before_tree.job(&pool, jobs)? };
    let base = scan::run(&pool, &modules, &base_job)?;
    let old = Sources::new(&base_job, &base);
    let earlier = Before::of(&outcome, &pool.settings().today);
    let line_of = |finding: &Finding| old.position(&finding.at.path, finding.at.at.start).0;
    change::hold(&pool, &against, &base, line_of, &mut outcome)?;
    let weakened = guardrail::hold(&pool, [&mut before, &mut after], &base.facts, &mut outcome)?;
    let sources = Sources::new(&job, &outcome);
    let (gathered, _) = inventory::gather(&pool, &outcome, Some(&base.facts), &sources)?;
    let material = Material {
        outcome: &outcome,
        description: &description,
        sources: &sources,
        today: &pool.settings().today,
        fail_on,
        verbose: false,
        quiet: false,
        config: pool.settings().config.as_ref().map(|config| config.path.as_str()),
        strict: None,
        inventory: Some(gathered),
        forge: None,
        automation: None,
        started,
        ended: now(),
    };
    let verdict = Verdict::of(&material, earlier, weakened, unread).without(withheld);
    let tried = |file: Option<(String, Vec<u8>)>, config: Option<Source>| {
        let mut files = job.files.clone();
        files.buffers.extend(file);
        let again = Job {
            files: &files,
            entries: job.entries.clone(),
            unlisted: job.unlisted.clone(),
            whole: job.whole,
            jobs,
            cache: None,
            history: None,
            import: None,
            proposed: None,
            waivers: true,
        };
        match config {
            None => scan::run(&pool, &[], &again),
            Some(config) => {
                let settings = Settings { config: Some(config), ..pool.settings().clone() };
                let pool = runtime.pool(settings).map_err(scan::explain_refusal)?;
                scan::run(&pool, &[], &again)
            }
        }
    };
    then(Judged { verdict, material: &material, pool: &pool, tried: &tried })
}
