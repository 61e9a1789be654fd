//! One run: plan the units, check them on all processors, review the tree. Order of output never depends on threads.

mod cache;
mod foreign;
mod parallel;
mod progress;
mod remedies;
mod secrets;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow, bail};

use crate::baseline::Applied;
use crate::change::Changes;
use crate::history::{self, Brought, History};
use crate::import::{self, Anchor, Import, Imported};
use crate::interrupt;
use crate::report::text::Masker;
use crate::runtime::{Foreign, Pool, Refused, Worker, contract};
use crate::source::{self, Entry, Files, Plan};

pub use cache::Cache;
pub use remedies::{fix_of_each_place, mended};
pub use secrets::Secrets;
pub(crate) use secrets::texts as secret_texts;
pub use standing::Standing;

/// What a run is about.
#[derive(Debug)]
pub struct Job<'a> {
    /// Where bytes come from.
    pub files: &'a Files,
    /// The files.
    pub entries: Vec<Entry>,
    /// What could not even be listed.
    pub unlisted: Vec<(String, String)>,
    /// Whether the whole tree is given.
    pub whole: bool,
    /// Threads.
    pub jobs: usize,
    /// What units came to before.
    pub cache: Option<&'a Cache>,
    /// The commits whose files are checked as well.
    pub history: Option<History>,
    /// What other tools found.
    pub import: Option<&'a Import>,
    /// What a change proposes to be governed by, where its base governs it.
    pub proposed: Option<contract::Guardrail>,
    /// Whether what a waiver accepts is left out of what counts.
    pub waivers: bool,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Findings that count, sorted by place.
    pub findings: Vec<contract::Finding>,
    /// Findings that a waiver accepts, with who and why.
    pub waived: Vec<(contract::Finding, String)>,
    /// The last day of each waiver that accepts a finding, `YYYY-MM-DD`, by the finding's fingerprint.
    pub waived_until: BTreeMap<String, String>,
    /// One entry per file, sorted by path.
    pub coverage: Vec<contract::Coverage>,
    /// Bytes that must not be displayed, by path.
    pub masks: BTreeMap<String, Vec<contract::Span>>,
    /// Texts that must not be displayed wherever they stand.
    pub secrets: Secrets,
    /// Files that the module has looked at, so that it is known what must not be displayed. Nothing else is shown.
    pub seen: BTreeSet<String>,
    /// What is known of the past of credentials, by the fingerprints of their findings.
    pub brought: BTreeMap<String, Brought>,
    /// What was read of git's history.
    pub history: Option<history::Summary>,
    /// Whose policy it is, where not the tree's own.
    pub policy: Option<String>,
    /// What a change did, where the run is about one.
    pub changes: Option<Changes>,
    /// What a baseline did, where there is one.
    pub baseline: Option<Applied>,
    /// Facts of the units, as JSON.
    pub facts: Vec<Vec<u8>>,
    /// Why rules said nothing, while tracing.
    pub passes: Vec<contract::Pass>,
    /// Rules of absence that did not run.
    pub not_judged: Vec<String>,
    /// What files of detectors hold that is not honoured.
    pub remarks: Vec<String>,
    /// Names of rules that have another, where the tree, the configuration or the command line says them.
    pub renamed: Vec<String>,
    /// What went wrong beside single files: plugins that were stopped, verdicts that were dropped.
    pub troubles: Vec<String>,
    /// Other tools that had a say.
    pub imported: Vec<Imported>,
    /// Why the tools of other findings do not count them, by fingerprint.
    pub suppressions: BTreeMap<String, String>,
    /// Findings that their own tools do not count.
    pub suppressed: Vec<(contract::Finding, String)>,
    /// What findings of other tools are known by, by fingerprint.
    pub anchors: BTreeMap<String, Anchor>,
    /// Third-party modules that ran: name, version, digest, rules.
    pub modules: Vec<(String, String, String, Vec<String>)>,
    /// Those of them that were stopped, by name.
    pub stopped: Vec<String>,
    /// Whether the run was asked to end before all was done.
    pub interrupted: bool,
    /// The units, to find a file's companions again.
    pub plan: Plan,
}

/// Why a file was not checked that an interrupted run did not come to.
pub(crate) const UNREACHED: &str = "not reached: the run was interrupted before";

impl Outcome {
    /// Files that an interrupted run did not come to, by path.
    pub fn unreached(&self) -> impl Iterator<Item = &contract::Coverage> {
        self.coverage.iter().filter(|entry| is_unreached(entry))
    }

    /// The findings of files that the run came to. Of the others there is only to say that they were not checked.
    pub fn findings_of_reached(&self) -> impl Iterator<Item = &contract::Finding> {
        let unreached: BTreeSet<&str> = self.unreached().map(|entry| entry.path.as_str()).collect();
        self.findings.iter().filter(move |finding| !unreached.contains(finding.at.path.as_str()))
    }

    /// What must not be displayed of a file: what its units said, and secrets of others.
    #[must_use]
    pub fn masks_of(&self, path: &str, bytes: &[u8]) -> Vec<contract::Span> {
        let mut masks = self.masks.get(path).cloned().unwrap_or_default();
        masks.extend(self.secrets.spans(bytes));
        merge(&mut masks);
        masks
    }
}

/// Turns the module's word on the configuration into one error, for settings that were accepted before.
pub fn explain_refusal(refused: Refused) -> anyhow::Error {
    refusal(refused, |_| None)
}

/// The same, where files of the configuration or of detectors are what it speaks of.
pub fn explain(refused: Refused, settings: &contract::Settings) -> anyhow::Error {
    refusal(refused, |path| text(settings, path))
}

/// What files of detectors hold that is not honoured, each with its place.
#[must_use]
pub fn remarks(pool: &Pool<'_>) -> Vec<String> {
    of_settings(pool, &pool.resolved().remarks)
}

/// Names of rules that have another, in the configuration and on the command line, each with its place.
#[must_use]
pub fn renamed(pool: &Pool<'_>) -> Vec<String> {
    of_settings(pool, &pool.resolved().renamed)
}

fn of_settings(pool: &Pool<'_>, problems: &[contract::Problem]) -> Vec<String> {
    problems.iter().map(|problem| placed(problem, text(pool.settings(), &problem.path))).collect()
}

fn text<'s>(settings: &'s contract::Settings, path: &str) -> Option<&'s [u8]> {
    let config = settings.config.iter().map(|c| (&c.path, &c.bytes));
    let extended = settings.extended.iter().filter_map(|f| Some((&f.path, f.content.as_ref().ok()?)));
    let read = settings.detectors.iter().filter_map(|f| Some((&f.path, f.content.as_ref().ok()?)));
    config.chain(extended).chain(read).find(|(known, _)| *known == path).map(|(_, bytes)| bytes.as_slice())
}

fn refusal<'t>(refused: Refused, text: impl Fn(&str) -> Option<&'t [u8]>) -> anyhow::Error {
    match refused {
        Refused::Stopped(stop) => anyhow!("the rule module could not be configured: {stop}"),
        Refused::Problems(problems) => {
            let lines: Vec<String> = problems.iter().map(|p| placed(p, text(&p.path))).collect();
            anyhow!("{}", lines.join("\n"))
        }
    }
}

/// What is said of a file, behind its place.
fn placed(problem: &contract::Problem, text: Option<&[u8]>) -> String {
    let place = match (text, &problem.at) {
        (Some(text), Some(at)) => {
            let (line, column) = crate::report::text::line_column(text, at.start as usize);
            format!("{}:{line}:{column}: ", problem.path)
        }
        _ if problem.path.is_empty() => String::new(),
        _ => format!("{}: ", problem.path),
    };
    format!("{place}{}", problem.message)
}

/// Runs.
///
/// # Errors
/// The configuration has problems, or the module cannot run at all. A unit that stops is no error: it is coverage.
pub fn run(pool: &Pool<'_>, modules: &[Foreign], job: &Job<'_>) -> Result<Outcome> {
    let plan = pool
        .with(|worker| source::plan(worker, job.files, &job.entries))
        .map_err(explain_refusal)?
        .map_err(|stop| anyhow!("the rule module failed while it looked at path names: {stop}"))?;
    let results = parallel::check(pool, job, &plan);
    finish(pool, modules, job, plan, results, Remedies::Written)
}

/// Whether the remedies of findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedies {
    Written,
    /// Until somebody asks for them.
    Pending,
}

/// What the units of a tree come to together.
fn finish(
    pool: &Pool<'_>,
    modules: &[Foreign],
    job: &Job<'_>,
    plan: Plan,
    results: Vec<parallel::Checked>,
    remedies: Remedies,
) -> Result<Outcome> {
    let (mut outcome, lengths) = gather(plan, results);
    if let Some(history) = &job.history {
        history::add(pool, job, history, &mut outcome)?;
    }
    outcome.interrupted = ended(pool);
    if outcome.interrupted {
        outcome
            .troubles
            .push("the run was interrupted: what was not reached by then is not checked".to_owned());
    }
    outcome.remarks = remarks(pool);
    outcome.renamed = renamed(pool);
    pool.with(|worker| {
        add_unlisted(worker, job, &mut outcome)?;
        outcome.coverage.sort_by(|a, b| a.path.cmp(&b.path));
        outcome.coverage.dedup_by(|a, b| a.path == b.path);
        if let Some(import) = job.import {
            import::add(worker, job, import, &mut outcome)?;
        }
        review(worker, job, &mut outcome)?;
        if remedies == Remedies::Written {
            let mut findings = std::mem::take(&mut outcome.findings);
            remedies::write(worker, job, &outcome.plan, &mut findings);
            outcome.findings = findings;
        }
        anyhow::Ok(())
    })
    .map_err(explain_refusal)??;
    history::place(&mut outcome);
    hide(&mut outcome);
    foreign::judge(modules, job, &lengths, &mut outcome);
    sort(&mut outcome.findings);
    Ok(outcome)
}

/// Whether the run was asked to end: by whoever started it, or since what it is about has changed.
fn ended(pool: &Pool<'_>) -> bool {
    interrupt::asked() || pool.halted()
}

/// Puts what the units came to together; also the length in bytes of each file, by path.
fn gather(plan: Plan, results: Vec<parallel::Checked>) -> (Outcome, BTreeMap<String, usize>) {
    let mut outcome = Outcome { plan, ..Outcome::default() };
    let mut lengths: BTreeMap<String, usize> = BTreeMap::new();
    let mut secrets = BTreeSet::new();
    for result in results {
        secrets.extend(result.secrets);
        outcome.seen.extend(result.lengths.iter().map(|(path, _)| path.clone()));
        lengths.extend(result.lengths);
        outcome.findings.extend(result.answer.findings);
        outcome.coverage.extend(result.answer.coverage);
        outcome.passes.extend(result.answer.passes);
        for mask in result.answer.masks {
            outcome.masks.entry(mask.path).or_default().push(mask.at);
        }
        if !result.answer.facts.is_empty() {
            outcome.facts.push(result.answer.facts);
        }
    }
    outcome.masks.values_mut().for_each(merge);
    outcome.secrets = Secrets::of(secrets);
    (outcome, lengths)
}

/// Sorts spans and joins those that overlap.
pub(crate) fn merge(spans: &mut Vec<contract::Span>) {
    spans.sort_by_key(|s| (s.start, s.end));
    spans.dedup_by(|later, first| {
        let overlaps = later.start <= first.end;
        if overlaps {
            first.end = first.end.max(later.end);
        }
        overlaps
    });
}

/// Takes the secrets of all units out of what was said of each; the review did so for findings.
fn hide(outcome: &mut Outcome) {
    let secrets = &outcome.secrets;
    outcome.coverage.iter_mut().for_each(|entry| secrets.hide_in_coverage(entry));
    outcome.facts.iter_mut().for_each(|facts| secrets.hide_in_facts(facts));
    let waived = outcome.waived.iter_mut().map(|(finding, _)| finding);
    outcome.findings.iter_mut().chain(waived).for_each(|finding| secrets.hide_in_fixes(finding));
}

/// Names what could not be listed or was refused to a unit.
fn add_unlisted(worker: &mut Worker<'_>, job: &Job<'_>, outcome: &mut Outcome) -> Result<()> {
    let mut must_check = |path: &str| {
        let recognition = worker.recognise(path);
        recognition
            .map(|r| r.must_check)
            .map_err(|stop| anyhow!("the rule module failed while it looked at path names: {stop}"))
    };
    for (path, why) in &job.unlisted {
        // It may be a folder, and then a file in it may be one that must be checked.
        let must_check = must_check(path)? || must_check(&format!("{path}/any.yml"))?;
        outcome.coverage.push(not_checked(path, contract::Status::Failed, why.clone(), must_check));
    }
    if outcome.plan.refused.is_empty() {
        return Ok(());
    }
    // What is asked for is text of a file that no module has cleared of secrets.
    let masker = Masker::of(job, outcome);
    for (asker, path, why) in &outcome.plan.refused {
        // Either spelling of the ending serves.
        let other = path.strip_suffix(".yaml").map(|stem| format!("{stem}.yml"));
        let other = other.or_else(|| path.strip_suffix(".yml").map(|stem| format!("{stem}.yaml")));
        if other.is_some_and(|other| outcome.seen.contains(&other)) {
            continue;
        }
        if let Some(entry) = outcome.coverage.iter_mut().find(|c| c.path == *asker) {
            let at = contract::Span { start: 0, end: 0 };
            let why = masker.text(&format!("`{path}` is asked for here, but {why}"));
            entry.unknown.push(contract::Unresolved { at, why });
        }
    }
    Ok(())
}

/// Reviews the tree; fails the run rather than reporting an unreviewed tree as clean.
fn review(worker: &mut Worker<'_>, job: &Job<'_>, outcome: &mut Outcome) -> Result<()> {
    let noteworthy = |c: &&contract::Coverage| c.status != contract::Status::Checked;
    let tree = contract::Tree {
        units: outcome.facts.clone(),
        coverage: outcome.coverage.iter().filter(noteworthy).cloned().collect(),
        findings: std::mem::take(&mut outcome.findings),
        tools: outcome.imported.iter().map(|tool| tool.name.clone()).collect(),
        // Nothing is missing from a tree of which a part was not looked at.
        whole: job.whole && !outcome.interrupted,
        secrets: outcome.secrets.texts().to_vec(),
        proposed: job.proposed.clone(),
    };
    let reviewed = match worker.review(&tree) {
        Ok(reviewed) => reviewed,
        Err(stop) => bail!("the review of the whole tree was {stop}; nothing was reported"),
    };
    let waived: BTreeMap<&str, &str> =
        reviewed.waived.iter().map(|w| (w.fingerprint.as_str(), w.by.as_str())).collect();
    for finding in reviewed.findings {
        match waived.get(finding.fingerprint.as_str()) {
            Some(by) if job.waivers => outcome.waived.push((finding, (*by).to_owned())),
            _ => match outcome.suppressions.get(&finding.fingerprint) {
                Some(by) => outcome.suppressed.push((finding, by.clone())),
                None => outcome.findings.push(finding),
            },
        }
    }
    outcome.waived_until = reviewed.waived.iter().map(|w| (w.fingerprint.clone(), w.until.clone())).collect();
    outcome.passes.extend(reviewed.passes);
    outcome.not_judged = reviewed.not_judged;
    for problem in &reviewed.renamed {
        let bytes = match job.files.read(&problem.path) {
            source::Read::Text(bytes) => Some(bytes),
            _ => None,
        };
        outcome.renamed.push(placed(problem, bytes.as_deref()));
    }
    Ok(())
}

/// Whether a file is one that an interrupted run did not come to.
pub(crate) fn is_unreached(entry: &contract::Coverage) -> bool {
    entry.why.as_deref() == Some(UNREACHED)
}

/// An entry for a file that was not checked.
pub(crate) fn not_checked(
    path: &str,
    status: contract::Status,
    why: String,
    must_check: bool,
) -> contract::Coverage {
    contract::Coverage {
        path: path.to_owned(),
        status,
        why: Some(why),
        at: None,
        must_check,
        dialects: Vec::new(),
        unknown: Vec::new(),
        silent: Vec::new(),
    }
}

pub(crate) fn sort(findings: &mut [contract::Finding]) {
    findings.sort_by(|a, b| {
        let key = |f: &contract::Finding| (f.at.path.clone(), f.at.at.start, f.at.at.end, f.rule.clone());
        key(a).cmp(&key(b)).then_with(|| a.fingerprint.cmp(&b.fingerprint))
    });
}

/// The rules that a set of findings names.
#[must_use]
pub fn rules_named(findings: &[contract::Finding]) -> BTreeSet<&str> {
    findings.iter().map(|f| f.rule.as_str()).collect()
}
