//! What is to be done, in a database that outlives the process.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Seconds for which a delivery is known: GitHub offers to deliver again for three days.
const REMEMBERED: i64 = 7 * 86_400;
/// How often something is tried before it is given up.
const TRIES: u32 = 8;
/// Longest pause before it is tried again, in seconds.
const LONGEST: u64 = 3_600;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS delivery (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository TEXT NOT NULL,
    subject TEXT NOT NULL,
    event TEXT NOT NULL,
    installation INTEGER NOT NULL,
    due INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS waiting ON job (repository, subject) WHERE running = 0;
CREATE TABLE IF NOT EXISTS repository (name TEXT PRIMARY KEY, installation INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS reviewed (repository TEXT NOT NULL, number INTEGER NOT NULL, head TEXT NOT NULL, PRIMARY KEY (repository, number)) STRICT;
";

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// `owner/name`.
    pub repository: String,
    /// What of it: of two that are about the same, the later one is enough.
    pub subject: String,
    /// The event, as JSON.
    pub event: String,
    /// The App's installation there.
    pub installation: u64,
    /// How often it was tried.
    pub tries: u32,
}

/// What a delivery came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is kept.
    New,
    /// It was delivered before.
    Again,
}

/// The queue.
pub struct Queue(Mutex<Connection>);

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

impl Queue {
    /// Opens the database, and makes it if there is none.
    ///
    /// # Errors
    /// It cannot be opened, or is no database of ours.
    pub fn open(path: &Path) -> Result<Self> {
        let opened = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // A delivery that was answered is on disk.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch(TABLES)?;
            Ok(connection)
        };
        let connection =
            opened().with_context(|| format!("the database {} cannot be opened", path.display()))?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what a delivery asks for; a second delivery of the same changes nothing.
    ///
    /// # Errors
    /// The database cannot be written: the sender is to deliver again.
    pub fn take(&self, delivery: &str, job: Option<&Job>) -> Result<Taken> {
        let mut connection = self.connection();
        let change = connection.transaction()?;
        change.execute("DELETE FROM delivery WHERE at < ?1", params![now() - REMEMBERED])?;
        let new = change
            .execute("INSERT OR IGNORE INTO delivery (id, at) VALUES (?1, ?2)", params![delivery, now()])?;
        if let Some(job) = job.filter(|_| new > 0) {
            put(&change, job)?;
        }
        change.commit()?;
        Ok(if new > 0 { Taken::New } else { Taken::Again })
    }

    /// Keeps something to do that no delivery asked for.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn add(&self, job: &Job) -> Result<()> {
        Ok(put(&self.connection(), job)?)
    }

    /// The next thing to do, of whose pull request nothing else is being done.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn next(&self) -> Result<Option<Job>> {
        let mut connection = self.connection();
        let change = connection.transaction()?;
        let found = change
            .query_row(
                "SELECT id, repository, subject, event, installation, tries FROM job AS waiting
                 WHERE running = 0 AND due <= ?1 AND NOT EXISTS (
                     SELECT 1 FROM job AS other
                     WHERE other.running = 1 AND other.repository = waiting.repository AND other.subject = waiting.subject)
                 ORDER BY due, id LIMIT 1",
                params![now()],
                |row| {
                    Ok(Job {
                        id: row.get(0)?,
                        repository: row.get(1)?,
                        subject: row.get(2)?,
                        event: row.get(3)?,
                        installation: row.get::<_, i64>(4)?.unsigned_abs(),
                        tries: row.get(5)?,
                    })
                },
            )
            .optional()?;
        if let Some(job) = &found {
            change.execute("UPDATE job SET running = 1, tries = tries + 1 WHERE id = ?1", params![job.id])?;
        }
        change.commit()?;
        Ok(found)
    }

    /// It is done, or will never be.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn done(&self, job: &Job) -> Result<()> {
        self.connection().execute("DELETE FROM job WHERE id = ?1", params![job.id])?;
        Ok(())
    }

    /// It is to be tried again, after a pause that grows, or after `wait`; `false` where it was tried often enough.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn later(&self, job: &Job, wait: Option<Duration>) -> Result<bool> {
        let mut connection = self.connection();
        let change = connection.transaction()?;
        // Something newer about the same is enough.
        let newer: i64 = change.query_row(
            "SELECT COUNT(*) FROM job WHERE running = 0 AND repository = ?1 AND subject = ?2",
            params![job.repository, job.subject],
            |row| row.get(0),
        )?;
        let goes_on = job.tries + 1 < TRIES;
        match goes_on && newer == 0 {
            false => change.execute("DELETE FROM job WHERE id = ?1", params![job.id])?,
            true => {
                let pause = (2_u64 << job.tries.min(16)).min(LONGEST);
                let wait = wait.map_or(pause, |wait| wait.as_secs().clamp(1, LONGEST));
                let due = now().saturating_add_unsigned(wait);
                change.execute("UPDATE job SET running = 0, due = ?2 WHERE id = ?1", params![job.id, due])?
            }
        };
        change.commit()?;
        Ok(goes_on)
    }

    /// What was being done when the process ended is to be done again; how much that is.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn resume(&self) -> Result<usize> {
        let connection = self.connection();
        // Where the same waits already, that is enough.
        connection.execute(
            "DELETE FROM job WHERE running = 1 AND EXISTS (
                SELECT 1 FROM job AS other
                WHERE other.running = 0 AND other.repository = job.repository AND other.subject = job.subject)",
            [],
        )?;
        Ok(connection.execute("UPDATE job SET running = 0, due = ?1 WHERE running = 1", params![now()])?)
    }

    /// How much waits or is being done.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn depth(&self) -> Result<i64> {
        Ok(self.connection().query_row("SELECT COUNT(*) FROM job", [], |row| row.get(0))?)
    }

    /// Remembers a head that was reviewed.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn reviewed(&self, repository: &str, number: u64, head: &str) -> Result<()> {
        self.connection().execute(
            "INSERT OR REPLACE INTO reviewed (repository, number, head) VALUES (?1, ?2, ?3)",
            params![repository, number.cast_signed(), head],
        )?;
        Ok(())
    }

    /// Whether this head was reviewed.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn was_reviewed(&self, repository: &str, number: u64, head: &str) -> Result<bool> {
        let known: Option<String> = self
            .connection()
            .query_row(
                "SELECT head FROM reviewed WHERE repository = ?1 AND number = ?2",
                params![repository, number.cast_signed()],
                |row| row.get(0),
            )
            .optional()?;
        Ok(known.as_deref() == Some(head))
    }

    /// Repositories that deliveries spoke of, with their installations.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn repositories(&self) -> Result<Vec<(String, u64)>> {
        let connection = self.connection();
        let mut asked = connection.prepare("SELECT name, installation FROM repository ORDER BY name")?;
        let rows = asked.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn put(connection: &Connection, job: &Job) -> rusqlite::Result<()> {
    let installation = job.installation.cast_signed();
    connection.execute(
        "INSERT OR REPLACE INTO repository (name, installation) VALUES (?1, ?2)",
        params![job.repository, installation],
    )?;
    connection.execute(
        "INSERT INTO job (repository, subject, event, installation, due) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (repository, subject) WHERE running = 0
         DO UPDATE SET event = excluded.event, installation = excluded.installation, due = excluded.due, tries = 0",
        params![job.repository, job.subject, job.event, installation, now()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn job(subject: &str) -> Job {
        Job {
            id: 0,
            repository: "acme/shop".to_owned(),
            subject: subject.to_owned(),
            event: "{}".to_owned(),
            installation: 7,
            tries: 0,
        }
    }

    fn queue() -> (tempfile::TempDir, Queue) {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(&folder.path().join("q.db")).unwrap();
        (folder, queue)
    }

    #[test]
    fn a_delivery_counts_once() {
        let (_folder, queue) = queue();
        assert_eq!(queue.take("d1", Some(&job("7"))).unwrap(), Taken::New);
        let taken = queue.next().unwrap().unwrap();
        queue.done(&taken).unwrap();
        assert_eq!(queue.take("d1", Some(&job("7"))).unwrap(), Taken::Again);
        assert_eq!(queue.next().unwrap(), None);
    }

    #[test]
    fn of_one_pull_request_one_thing_is_done_at_a_time() {
        let (_folder, queue) = queue();
        queue.take("d1", Some(&job("7"))).unwrap();
        queue.take("d2", Some(&job("7"))).unwrap();
        assert_eq!(queue.depth().unwrap(), 1, "the second replaces the first, which waits");
        let first = queue.next().unwrap().unwrap();
        queue.take("d3", Some(&job("7"))).unwrap();
        queue.take("d4", Some(&job("8"))).unwrap();
        assert_eq!(queue.next().unwrap().unwrap().subject, "8");
        assert_eq!(queue.next().unwrap(), None, "7 is being done");
        queue.done(&first).unwrap();
        assert_eq!(queue.next().unwrap().unwrap().subject, "7");
    }

    #[test]
    fn what_was_under_way_when_the_process_ended_is_done_again() {
        let (folder, queue) = queue();
        queue.take("d1", Some(&job("7"))).unwrap();
        queue.next().unwrap().unwrap();
        drop(queue);
        let queue = Queue::open(&folder.path().join("q.db")).unwrap();
        assert_eq!(queue.next().unwrap(), None);
        assert_eq!(queue.resume().unwrap(), 1);
        assert_eq!(queue.next().unwrap().unwrap().tries, 1);
        assert_eq!(queue.take("d1", Some(&job("7"))).unwrap(), Taken::Again);
    }

    #[test]
    fn what_fails_is_tried_later_and_not_for_ever() {
        let (_folder, queue) = queue();
        queue.take("d1", Some(&job("7"))).unwrap();
        let taken = queue.next().unwrap().unwrap();
        assert!(queue.later(&taken, None).unwrap());
        assert_eq!(queue.next().unwrap(), None, "not at once");
        assert!(!queue.later(&Job { tries: TRIES - 1, ..taken }, None).unwrap());
        assert_eq!(queue.depth().unwrap(), 0);
    }

    #[test]
    fn heads_that_were_reviewed_are_known() {
        let (_folder, queue) = queue();
        queue.add(&job("7")).unwrap();
        assert_eq!(queue.repositories().unwrap(), [("acme/shop".to_owned(), 7)]);
        queue.reviewed("acme/shop", 7, "a").unwrap();
        assert!(queue.was_reviewed("acme/shop", 7, "a").unwrap());
        assert!(!queue.was_reviewed("acme/shop", 7, "b").unwrap());
    }
}
