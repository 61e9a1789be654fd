//! What is to be done, in a database that outlives the process.

mod heads;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

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
pub struct Queue {
    connection: Mutex<Connection>,
    /// Held as long as the queue is: what another process has under way is not to be taken up again.
    _lock: File,
}

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
    /// It cannot be opened, is no database of ours, or another process has it.
    pub fn open(path: &Path) -> Result<Self> {
        let lock = locked(path)?;
        let opened = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // A delivery that was answered is on disk.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch(TABLES)?;
            connection.execute_batch(heads::TABLES)?;
            Ok(connection)
        };
        let connection =
            opened().with_context(|| format!("the database {} cannot be opened", path.display()))?;
        Ok(Self { connection: Mutex::new(connection), _lock: lock })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what a delivery asks for. One of which any of the `names` is known changes nothing.
    ///
    /// # Errors
    /// The database cannot be written: the sender is to deliver again.
    pub fn take(&self, names: &[&str], job: &Job) -> Result<Taken> {
        let mut connection = self.connection();
        let change = begun(&mut connection)?;
        change.execute("DELETE FROM delivery WHERE at < ?1", params![now() - REMEMBERED])?;
        let mut is_new = true;
        for name in names {
            let sql = "INSERT OR IGNORE INTO delivery (id, at) VALUES (?1, ?2)";
            is_new &= change.execute(sql, params![name, now()])? > 0;
        }
        if is_new {
            put(&change, job)?;
        }
        change.commit()?;
        Ok(if is_new { Taken::New } else { Taken::Again })
    }

    /// Keeps something to do that no delivery asked for, unless the same waits or is being done: `false`.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn add(&self, job: &Job) -> Result<bool> {
        let mut connection = self.connection();
        let change = begun(&mut connection)?;
        let sql = "SELECT COUNT(*) FROM job WHERE repository = ?1 AND subject = ?2";
        let same: i64 = change.query_row(sql, params![job.repository, job.subject], |row| row.get(0))?;
        if same == 0 {
            put(&change, job)?;
        }
        change.commit()?;
        Ok(same == 0)
    }

    /// The next thing to do, of whose pull request nothing else is being done.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn next(&self) -> Result<Option<Job>> {
        let mut connection = self.connection();
        let change = begun(&mut connection)?;
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

    /// It is to be tried again, after a pause that grows, or after `wait`, which a limit asks of all that waits for the same
    /// installation; `false` where it was tried often enough.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn later(&self, job: &Job, wait: Option<Duration>) -> Result<bool> {
        let mut connection = self.connection();
        let change = begun(&mut connection)?;
        // Something newer about the same is enough.
        let newer: i64 = change.query_row(
            "SELECT COUNT(*) FROM job WHERE running = 0 AND repository = ?1 AND subject = ?2",
            params![job.repository, job.subject],
            |row| row.get(0),
        )?;
        let goes_on = job.tries + 1 < TRIES;
        let pause = (2_u64 << job.tries.min(16)).min(LONGEST);
        let pause = wait.map_or(pause, |wait| wait.as_secs().clamp(1, LONGEST));
        let due = now().saturating_add_unsigned(pause);
        match goes_on && newer == 0 {
            false => change.execute("DELETE FROM job WHERE id = ?1", params![job.id])?,
            true => {
                change.execute("UPDATE job SET running = 0, due = ?2 WHERE id = ?1", params![job.id, due])?
            }
        };
        if wait.is_some() {
            change.execute(
                "UPDATE job SET due = MAX(due, ?2) WHERE running = 0 AND installation = ?1",
                params![job.installation.cast_signed(), due],
            )?;
        }
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
}

/// A change that nobody else can come between.
fn begun(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// The file beside the database that only one process has at a time.
fn locked(database: &Path) -> Result<File> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let lock = File::options().create(true).append(true).open(&path);
    let lock = lock.with_context(|| format!("the database {} cannot be opened", database.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!(
                "the database {} is another server's; give each its own with --database",
                database.display()
            )
        }
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}

/// What waits already about the same is replaced. A pause that was asked for goes on: whoever pushes does not end it.
fn put(connection: &Connection, job: &Job) -> rusqlite::Result<()> {
    heads::know(connection, &job.repository, job.installation)?;
    connection.execute(
        "INSERT INTO job (repository, subject, event, installation, due) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (repository, subject) WHERE running = 0
         DO UPDATE SET event = excluded.event, installation = excluded.installation, tries = 0",
        params![job.repository, job.subject, job.event, job.installation.cast_signed(), now()],
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
        assert_eq!(queue.take(&["d1"], &job("7")).unwrap(), Taken::New);
        let taken = queue.next().unwrap().unwrap();
        queue.done(&taken).unwrap();
        assert_eq!(queue.take(&["d1"], &job("7")).unwrap(), Taken::Again);
        assert_eq!(queue.take(&["d2", "of the body"], &job("7")).unwrap(), Taken::New);
        queue.done(&queue.next().unwrap().unwrap()).unwrap();
        assert_eq!(
            queue.take(&["d3", "of the body"], &job("7")).unwrap(),
            Taken::Again,
            "one name is enough"
        );
        assert_eq!(queue.next().unwrap(), None);
    }

    #[test]
    fn of_one_pull_request_one_thing_is_done_at_a_time() {
        let (_folder, queue) = queue();
        queue.take(&["d1"], &job("7")).unwrap();
        queue.take(&["d2"], &job("7")).unwrap();
        assert_eq!(queue.depth().unwrap(), 1, "the second replaces the first, which waits");
        let first = queue.next().unwrap().unwrap();
        queue.take(&["d3"], &job("7")).unwrap();
        queue.take(&["d4"], &job("8")).unwrap();
        assert_eq!(queue.next().unwrap().unwrap().subject, "8");
        assert_eq!(queue.next().unwrap(), None, "7 is being done");
        queue.done(&first).unwrap();
        assert_eq!(queue.next().unwrap().unwrap().subject, "7");
    }

    #[test]
    fn what_was_under_way_when_the_process_ended_is_done_again() {
        let (folder, queue) = queue();
        queue.take(&["d1"], &job("7")).unwrap();
        queue.next().unwrap().unwrap();
        drop(queue);
        let queue = Queue::open(&folder.path().join("q.db")).unwrap();
        assert_eq!(queue.next().unwrap(), None);
        assert_eq!(queue.resume().unwrap(), 1);
        assert_eq!(queue.next().unwrap().unwrap().tries, 1);
        assert_eq!(queue.take(&["d1"], &job("7")).unwrap(), Taken::Again);
    }

    #[test]
    fn what_fails_is_tried_later_and_not_for_ever() {
        let (_folder, queue) = queue();
        queue.take(&["d1"], &job("7")).unwrap();
        let taken = queue.next().unwrap().unwrap();
        assert!(queue.later(&taken, None).unwrap());
        assert_eq!(queue.next().unwrap(), None, "not at once");
        assert!(!queue.later(&Job { tries: TRIES - 1, ..taken }, None).unwrap());
        assert_eq!(queue.depth().unwrap(), 0);
    }

    #[test]
    fn a_database_is_one_servers() {
        let (folder, queue) = queue();
        let path = folder.path().join("q.db");
        let refused = Queue::open(&path).unwrap_err().to_string();
        assert!(refused.contains("another server's"), "{refused}");
        drop(queue);
        Queue::open(&path).unwrap();
    }

    #[test]
    fn a_pause_that_a_limit_asked_for_is_everybodys_and_nobody_ends_it() {
        let (_folder, queue) = queue();
        for (delivery, subject) in [("d1", "7"), ("d2", "8")] {
            queue.take(&[delivery], &job(subject)).unwrap();
        }
        let taken = queue.next().unwrap().unwrap();
        assert!(queue.later(&taken, Some(Duration::from_secs(60))).unwrap());
        assert_eq!(queue.next().unwrap(), None, "8 is of the same installation");
        queue.take(&["d3"], &job("7")).unwrap();
        assert!(!queue.add(&job("8")).unwrap());
        assert_eq!(queue.next().unwrap(), None, "neither a push nor a sweep ends it");
        queue.take(&["d4"], &Job { installation: 9, repository: "a/b".to_owned(), ..job("1") }).unwrap();
        assert!(queue.next().unwrap().is_some(), "another installation goes on");
    }
}
