//! Secrets that git keeps: every version of every file that a range of commits brought goes through the rule module as a
//! unit of its own, and a credential is told once, by the first commit that brought it.
//!
//! Invariants: nothing of a commit is shown but its id, its date, and lines of its files under their own masks; no git
//! program is run; what cannot be read is named and never taken for clean.

mod cache;
mod changes;
mod check;
pub(crate) mod commits;
mod credentials;
mod cut;
mod lines;
pub(crate) mod repository;
pub(crate) mod revision;
mod troubles;
mod versions;

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};

use crate::report::text::Past;
use crate::runtime::{Pool, contract};
use crate::scan::{Job, Outcome};
use crate::source::{Root, Scope};
use commits::{Commit, Commits};
use repository::Repository;
use revision::Ends;
use troubles::Troubles;

/// Paths asked about in one call: each call has one deadline.
const PATHS: usize = 4_096;
/// The class of the rules that speak of secrets.
const CLASS: &str = "secret";

/// The commits of a range, ready to be checked.
#[derive(Debug)]
pub struct History {
    repository: Repository,
    commits: Commits,
    ends: Ends,
    /// Folders and files that are checked, from the root, with `/`; the empty path for everything.
    starts: Vec<String>,
}

/// What is known of a credential's past.
#[derive(Clone, Debug)]
pub struct Brought {
    /// The full id of the first commit that brought it.
    pub commit: String,
    /// The author's date of that commit, `YYYY-MM-DD`, if it has one.
    pub date: Option<String>,
    /// How often else commits of the range added it, at this path or at others.
    pub further: usize,
    /// Where it stood, if it is gone from the tree. Otherwise the finding's place is in the tree.
    pub past: Option<Past>,
}

/// What was read of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Commits of the range.
    pub commits: usize,
    /// Contents at paths that they brought.
    pub versions: usize,
    /// Commits, folders and versions that could not be checked.
    pub not_checked: usize,
    /// Whether the clone is shallow.
    pub shallow: bool,
}

impl Brought {
    /// The commit's id as people read it.
    #[must_use]
    pub fn short(&self) -> &str {
        self.commit.get(..troubles::SHORT).unwrap_or(&self.commit)
    }
}

impl History {
    /// The commits that a range names, as git reads it.
    ///
    /// # Errors
    /// There is no repository, or the range names no commits, in one sentence.
    pub fn open(root: &Root, scope: &Scope, range: &str) -> Result<Self> {
        let repository = Repository::open(&root.path, "--history")?;
        let objects = repository.objects();
        let ends = revision::range(&repository, &objects, range)?;
        let commits = commits::between(&repository, &objects, ends);
        let slashes = |path: &std::path::PathBuf| {
            let parts = path.components().map(|c| c.as_os_str().to_string_lossy().into_owned());
            parts.collect::<Vec<_>>().join("/")
        };
        let starts = scope.starts.iter().map(slashes).collect();
        Ok(Self { repository, commits, ends, starts })
    }

    /// What must be said of a shallow clone.
    #[must_use]
    pub fn shallow(&self) -> Option<&'static str> {
        (!self.repository.shallow.is_empty()).then_some(
            "history: this clone is shallow, so only the commits it has are checked; `git fetch --unshallow` brings the rest",
        )
    }

    fn wants(&self, path: &[u8]) -> bool {
        self.starts.iter().map(String::as_bytes).any(|start| {
            let inside = path.strip_prefix(start);
            start.is_empty() || inside.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        })
    }
}

/// Checks a history and adds what it holds to a run that is not reviewed yet.
///
/// # Errors
/// The module cannot run at all.
pub fn add(pool: &Pool<'_>, job: &Job<'_>, history: &History, outcome: &mut Outcome) -> Result<()> {
    let troubles = Troubles::default();
    for (id, why) in &history.commits.unread {
        troubles.commit(*why, id);
    }
    let commits = &history.commits.list;
    let wanted = |path: &[u8]| history.wants(path);
    let versions = versions::of(&history.repository, commits, job.jobs, &wanted, &troubles);
    let names = names(pool, &versions.paths)?;
    let run = check::Run {
        repository: &history.repository,
        commits,
        versions: &versions,
        names: &names,
        rules: &rules(pool)?,
        whole: history.ends.from.is_none(),
        troubles: &troubles,
    };
    let found = run.check(pool, job.jobs);
    found.credentials.settle(commits, job, outcome);
    outcome.secrets.learn(found.secrets);
    outcome.troubles.extend(history.shallow().map(str::to_owned));
    outcome.troubles.extend(troubles.lines());
    outcome.history = Some(Summary {
        commits: commits.len(),
        versions: versions.list.len(),
        not_checked: troubles.count(),
        shallow: history.shallow().is_some(),
    });
    Ok(())
}

/// Gives findings that only history holds, after the review, the places where they stood.
pub fn place(outcome: &mut Outcome) {
    let waived = outcome.waived.iter_mut().map(|(finding, _)| finding);
    for finding in outcome.findings.iter_mut().chain(waived) {
        if let Some(past) =
            outcome.brought.get(&finding.fingerprint).and_then(|brought| brought.past.as_ref())
        {
            finding.at.at = past.span();
            finding.places.clear();
        }
    }
}

/// The rules that speak of secrets.
fn rules(pool: &Pool<'_>) -> Result<BTreeSet<String>> {
    let described = asked(pool, |worker| worker.describe())?;
    let class = |rule: &contract::Rule| rule.id.split('/').next() == Some(CLASS);
    Ok(described.rules.into_iter().filter(class).map(|rule| rule.id).collect())
}

/// The names under which paths may be shown.
fn names(pool: &Pool<'_>, paths: &[Vec<u8>]) -> Result<Vec<String>> {
    let mut names: Vec<String> =
        paths.iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect();
    for some in names.chunks_mut(PATHS) {
        let shown = asked(pool, |worker| worker.shown(some))?;
        for (name, shown) in some.iter_mut().zip(shown) {
            if let Some(shown) = shown {
                *name = shown;
            }
        }
    }
    Ok(names)
}

fn asked<T>(
    pool: &Pool<'_>,
    question: impl FnOnce(&mut crate::runtime::Worker<'_>) -> Result<T, crate::runtime::Stop>,
) -> Result<T> {
    pool.with(question)
        .map_err(crate::scan::explain_refusal)?
        .map_err(|stop| anyhow!("the rule module failed while it looked at git's history: {stop}"))
}
