//! What is done with what waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};

use super::Shared;
use super::hook;
use super::queue::Job;
use crate::bot::client::Failure;
use crate::bot::event::Event;
use crate::bot::order::{self, Answered};
use crate::bot::round;
use crate::report::counted;
use crate::report::text::plain;
use crate::runtime::Runtime;

/// How often is looked for something to do.
const IDLE: Duration = Duration::from_millis(200);

/// Does what waits until the server ends.
pub(super) fn work(runtime: &Runtime, shared: &Shared) {
    while !shared.is_ending() {
        match shared.queue.next() {
            Ok(Some(job)) => one(runtime, shared, &job),
            Ok(None) => std::thread::sleep(IDLE),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the queue cannot be read");
                std::thread::sleep(IDLE * 10);
            }
        }
    }
}

fn one(runtime: &Runtime, shared: &Shared, job: &Job) {
    let started = Instant::now();
    tracing::info!(
        job = job.id,
        repository = job.repository,
        subject = job.subject,
        tries = job.tries + 1,
        "begun"
    );
    // One pull request that makes it panic is not to keep it from the others.
    let ended = catch_unwind(AssertUnwindSafe(|| done(runtime, shared, job)));
    let ended = ended.unwrap_or_else(|_| Err(anyhow!("it panicked; that is a mistake of hallpass")));
    let kept = match &ended {
        Ok(said) => {
            tracing::info!(job = job.id, repository = job.repository, said, "done");
            shared.queue.done(job).map(|()| "done")
        }
        Err(error) => {
            let failure = error.downcast_ref::<Failure>();
            let wait = match failure {
                Some(Failure::Limited { wait, .. }) => Some(*wait),
                _ => None,
            };
            let passes = failure.is_none_or(Failure::passes);
            tracing::warn!(
                job = job.id,
                repository = job.repository,
                error = plain(&format!("{error:#}")),
                passes,
                "failed"
            );
            match passes {
                true => shared.queue.later(job, wait).map(|again| if again { "again" } else { "given up" }),
                false => shared.queue.done(job).map(|()| "refused"),
            }
        }
    };
    match kept {
        Ok(end) => shared.metrics.job(end, started.elapsed()),
        Err(error) => tracing::error!(error = format!("{error:#}"), "the queue cannot be written"),
    }
}

/// What came of it, in one line.
fn done(runtime: &Runtime, shared: &Shared, job: &Job) -> Result<String> {
    let event = hook::read(&job.event).ok_or_else(|| anyhow!("what was kept cannot be read"))?;
    let forge = (shared.setup.open)(&job.repository, job.installation)?;
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let settings = &shared.setup.settings;
    match event {
        Event::Review(number) => {
            let done = round::review(runtime, &forge, number, folder.path(), settings, |_, _| Ok(()))?;
            shared.metrics.wrote(done.writes);
            for refused in &done.refused {
                tracing::warn!(job = job.id, refused, "not said");
            }
            if done.writes > 0 {
                // Until it is done, nothing else begins with this pull request: what was posted is listed by then.
                rest(shared, settings.settle);
            }
            if done.left.is_none() {
                shared.queue.reviewed(&job.repository, number, &done.head)?;
            }
            Ok(format!(
                "{}, {}{}",
                done.title,
                counted(done.writes, "write", "writes"),
                done.left.map(|left| format!(", {left}")).unwrap_or_default()
            ))
        }
        Event::ReviewOf { branch, commit } => match forge.find(branch.as_ref(), &commit)? {
            Some(number) => {
                let job = hook::of(&Event::Review(number), job.repository.clone(), job.installation);
                shared.queue.add(&job)?;
                Ok(format!("it is pull request {number}"))
            }
            None => Ok("no open pull request has this head any more".to_owned()),
        },
        Event::Order(asked) => {
            let answered = order::answer(runtime, &forge, &asked, folder.path(), settings)?;
            shared.metrics.wrote(usize::from(answered == Answered::Now));
            Ok(answered.told().to_owned())
        }
        Event::Nothing(_) | Event::Nameless => Ok("it asks nothing".to_owned()),
    }
}

/// A pause that ends with the server.
fn rest(shared: &Shared, pause: Duration) {
    let until = Instant::now() + pause;
    while Instant::now() < until && !shared.is_ending() {
        std::thread::sleep(IDLE.min(pause));
    }
}

/// Looks for pull requests of which no webhook told, until the server ends.
pub(super) fn sweep(shared: &Shared) {
    let every = shared.setup.sweep;
    // At the start, for what came while nobody listened.
    let mut due = Instant::now();
    while !shared.is_ending() && !every.is_zero() {
        if Instant::now() < due {
            std::thread::sleep(IDLE);
            continue;
        }
        due = Instant::now() + every;
        for (repository, installation) in shared.queue.repositories().unwrap_or_default() {
            if shared.is_ending() {
                return;
            }
            match missed(shared, &repository, installation) {
                Ok(0) => {}
                Ok(found) => tracing::info!(repository, found, "no webhook had told of it"),
                Err(error) => {
                    let failure = error.downcast_ref::<Failure>();
                    let is_gone = matches!(failure, Some(Failure::Missing { .. } | Failure::Invalid { .. }));
                    let forgotten = is_gone && shared.queue.forget(&repository).is_ok();
                    let error = plain(&format!("{error:#}"));
                    tracing::warn!(repository, error, forgotten, "its pull requests cannot be listed");
                }
            }
        }
    }
}

fn missed(shared: &Shared, repository: &str, installation: u64) -> Result<usize> {
    let forge = (shared.setup.open)(repository, installation)?;
    let mut found = 0;
    for (number, head) in forge.open()? {
        let job = || hook::of(&Event::Review(number), repository.to_owned(), installation);
        if shared.queue.is_missing(repository, number, &head)? && shared.queue.add(&job())? {
            found += 1;
        }
    }
    Ok(found)
}
