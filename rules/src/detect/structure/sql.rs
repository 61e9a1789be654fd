//! Passwords in statements of SQL. The words `password = '…'` stand in any program; before those of SQL stands what is
//! made or changed, in the same statement.

use super::super::{plain, tag};
use super::{Reading, Refusal, Token};

/// How far before a password its statement begins, in bytes.
const STATEMENT: usize = 400;
/// Bits from which a password was drawn and not made of words: twelve drawn letters and digits have about 45.
const DRAWN_BITS: u32 = 40;
/// Bits below which it is a word with a number.
const FEWEST_BITS: u32 = 24;
/// What begins a statement that sets a password, and what it is for.
/// Sources: <https://www.postgresql.org/docs/current/sql-alterrole.html>,
/// <https://learn.microsoft.com/sql/t-sql/statements/create-login-transact-sql>.
const VERBS: [&str; 3] = ["create", "alter", "replace"];
const OBJECTS: [&str; 8] = ["user", "role", "login", "server", "mapping", "credential", "key", "group"];
/// What stands directly before `PASSWORD` where a replica is told its source.
/// Source: <https://dev.mysql.com/doc/refman/8.4/en/change-replication-source-to.html>.
const REPLICAS: [&str; 2] = ["master_", "source_"];
const PREFIX: usize = 7;

/// A password in a statement.
pub(super) fn sql(token: &Token<'_>) -> Result<Reading, Refusal> {
    let all = String::from_utf8_lossy(token.all()).to_ascii_lowercase();
    let before = String::from_utf8_lossy(token.before(PREFIX)).to_ascii_lowercase();
    let is_own = all.starts_with("identified") || REPLICAS.contains(&before.as_str());
    // `SET PASSWORD = …` is a statement of MySQL; with another word between them, an assignment: `UPDATE t SET x = …`.
    let is_set = all.starts_with("set") || begins_with_set(token);
    if !is_own && !is_set && !is_in_statement(token) {
        return Err(Refusal::NotOne);
    }
    let body = token.group("body");
    if let Some(reason) = plain::reason("password", body) {
        return Err(Refusal::Proven(reason));
    }
    if is_hash(body) {
        return Err(Refusal::Proven("a digest or hash"));
    }
    let mut reading = Reading::plain();
    match tag::bits(body) {
        ..FEWEST_BITS => return Err(Refusal::NotOne),
        FEWEST_BITS..DRAWN_BITS => reading.variant = Some("chosen"),
        _ => {}
    }
    Ok(reading)
}

/// Whether `SET` stands directly before, and nothing of its statement before that.
fn begins_with_set(token: &Token<'_>) -> bool {
    let before = String::from_utf8_lossy(token.before(STATEMENT)).to_ascii_lowercase();
    let statement = before.trim_end().strip_suffix("set").filter(|_| before.ends_with(char::is_whitespace));
    statement.is_some_and(|rest| {
        rest.trim_end().is_empty() || rest.trim_end().ends_with([';', '"', '\'']) || rest.ends_with('\n')
    })
}

/// Whether a statement that makes or changes who may log in stands before.
fn is_in_statement(token: &Token<'_>) -> bool {
    let before = String::from_utf8_lossy(token.before(STATEMENT)).to_ascii_lowercase();
    let statement = before.rsplit(';').next().unwrap_or_default();
    let mut words = statement.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    // Between the verb and its object stand a few words at most: `create or replace`, `create database scoped`.
    const BETWEEN: usize = 3;
    while let Some(word) = words.next() {
        if VERBS.contains(&word) && words.clone().take(BETWEEN).any(|word| OBJECTS.contains(&word)) {
            return true;
        }
    }
    false
}

/// What PostgreSQL stores in place of a password: `md5` and the digest.
fn is_hash(body: &[u8]) -> bool {
    body.strip_prefix(b"md5").is_some_and(|hex| hex.len() == 32 && hex.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use crate::detect::canary::random;
    use crate::detect::tests::{check, credentials};

    #[test]
    fn passwords_of_statements_are_found_and_those_of_programs_are_not() {
        for (length, before, after, found) in [
            (12, "CREATE USER app IDENTIFIED BY '", "';", 1),
            (14, "GRANT ALL ON shop.* TO 'app'@'%' IDENTIFIED BY '", "';", 1),
            (12, "ALTER ROLE app PASSWORD '", "';", 1),
            (14, "create user app with superuser password '", "';", 1),
            (16, "CREATE LOGIN app WITH PASSWORD = N'", "', CHECK_POLICY = OFF", 1),
            (14, "SET PASSWORD FOR 'app'@'%' = '", "';", 1),
            (14, "SET PASSWORD FOR app = PASSWORD('", "');", 1),
            (14, "SET PASSWORD = '", "';", 1),
            (14, "CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'u', password '", "');", 1),
            (16, "CHANGE MASTER TO MASTER_PASSWORD='", "';", 1),
            (20, "CREATE DATABASE SCOPED CREDENTIAL c WITH IDENTITY = 'u', SECRET = '", "';", 1),
            (16, "x = 1\npassword = '", "'\n", 0),
            (16, "SELECT id FROM users WHERE password = '", "';", 0),
            (16, "CREATE USER app; UPDATE t SET password = '", "';", 0),
        ] {
            let text = format!("{before}{}{after}\n", random(length, 31));
            assert_eq!(credentials(&check("a.sql", &text)).len(), found, "{text}");
        }
    }
}
