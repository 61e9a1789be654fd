//! What is known of repositories: where they are, which heads were reviewed, and which could not be.

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Queue, now};

/// Longest time until what could not be reviewed is looked at again though nobody pushed, in seconds.
const LONGEST: i64 = 86_400;
/// The first such time.
const SHORTEST: i64 = 1_800;

pub(super) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS repository (name TEXT PRIMARY KEY, installation INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS head (
    repository TEXT NOT NULL,
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    failed INTEGER NOT NULL,
    due INTEGER NOT NULL,
    PRIMARY KEY (repository, number)
) STRICT;
";

/// Remembers where a repository is.
pub(super) fn know(connection: &Connection, repository: &str, installation: u64) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO repository (name, installation) VALUES (?1, ?2)",
        params![repository, installation.cast_signed()],
    )?;
    Ok(())
}

impl Queue {
    /// Remembers a head that was reviewed.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn reviewed(&self, repository: &str, number: u64, head: &str) -> Result<()> {
        self.connection().execute(
            "INSERT OR REPLACE INTO head (repository, number, id, failed, due) VALUES (?1, ?2, ?3, 0, ?4)",
            params![repository, number.cast_signed(), head, i64::MAX],
        )?;
        Ok(())
    }

    /// Whether this head is to be reviewed though no webhook told of it: it never was, or what went wrong with it is some time
    /// ago, longer each time. Asking counts as a try; a review that succeeds ends it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn is_missing(&self, repository: &str, number: u64, head: &str) -> Result<bool> {
        let connection = self.connection();
        let known: Option<(String, i64, i64)> = connection
            .query_row(
                "SELECT id, failed, due FROM head WHERE repository = ?1 AND number = ?2",
                params![repository, number.cast_signed()],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        let (failed, due) =
            known.filter(|(id, ..)| id == head).map_or((0, 0), |(_, failed, due)| (failed, due));
        if now() < due {
            return Ok(false);
        }
        let pause = SHORTEST.saturating_mul(1 << failed.clamp(0, 10)).min(LONGEST);
        connection.execute(
            "INSERT OR REPLACE INTO head (repository, number, id, failed, due) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                repository,
                number.cast_signed(),
                head,
                failed.saturating_add(1),
                now().saturating_add(pause)
            ],
        )?;
        Ok(true)
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

    /// Forgets a repository that cannot be reached any more; the next delivery about it makes it known again.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn forget(&self, repository: &str) -> Result<()> {
        self.connection().execute("DELETE FROM repository WHERE name = ?1", params![repository])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn heads_that_were_reviewed_are_known_and_others_are_tried_ever_more_rarely() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(&folder.path().join("q.db")).unwrap();
        queue.reviewed("acme/shop", 7, "a").unwrap();
        assert!(!queue.is_missing("acme/shop", 7, "a").unwrap());
        assert!(queue.is_missing("acme/shop", 7, "b").unwrap());
        let mut pauses = Vec::new();
        for _ in 0..8 {
            assert!(!queue.is_missing("acme/shop", 7, "b").unwrap(), "it was tried just now");
            let connection = queue.connection();
            let due: i64 = connection.query_row("SELECT due FROM head", [], |row| row.get(0)).unwrap();
            pauses.push(due - now());
            connection.execute("UPDATE head SET due = 0", []).unwrap();
            drop(connection);
            assert!(queue.is_missing("acme/shop", 7, "b").unwrap());
        }
        assert!(pauses.is_sorted() && pauses[0] <= SHORTEST && pauses[7] > LONGEST - 60, "{pauses:?}");
        queue.reviewed("acme/shop", 7, "b").unwrap();
        assert!(!queue.is_missing("acme/shop", 7, "b").unwrap());
    }

    #[test]
    fn a_repository_is_known_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(&folder.path().join("q.db")).unwrap();
        know(&queue.connection(), "acme/shop", 7).unwrap();
        know(&queue.connection(), "acme/shop", 8).unwrap();
        assert_eq!(queue.repositories().unwrap(), [("acme/shop".to_owned(), 8)]);
        queue.forget("acme/shop").unwrap();
        assert!(queue.repositories().unwrap().is_empty());
    }
}
