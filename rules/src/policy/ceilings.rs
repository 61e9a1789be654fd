//! How long credentials and waivers may last: `data/ceilings.toml`, and durations as people write them.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::fact::LifetimeClass;
pub use crate::fact::lifetime::seconds;

/// What a configuration calls the classes that have a ceiling.
pub(super) const NAMED_CLASSES: [(LifetimeClass, &str); 8] = [
    (LifetimeClass::CloudSession, "cloud-session"),
    (LifetimeClass::WorkloadToken, "workload-token"),
    (LifetimeClass::AccessToken, "access-token"),
    (LifetimeClass::RefreshToken, "refresh-token"),
    (LifetimeClass::StandingKey, "standing-key"),
    (LifetimeClass::Certificate, "certificate"),
    (LifetimeClass::Authority, "authority"),
    (LifetimeClass::Rotation, "rotation"),
];

/// What a lifetime is held against, in seconds; `warn <= error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// A longer lifetime is a finding.
    pub warn: u64,
    /// A longer lifetime is a graver one.
    pub error: u64,
}

/// Seconds of a day.
pub const DAY: u64 = crate::fact::lifetime::DAY;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    ceiling: Vec<CeilingRow>,
    exception: Vec<ExceptionRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CeilingRow {
    class: LifetimeClass,
    warn: u64,
    error: u64,
    #[allow(dead_code, reason = "for the reader of the table; the test asks for it")]
    source: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Exception {
    Waiver,
    BreakGlass,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionRow {
    kind: Exception,
    days: u32,
    #[allow(dead_code, reason = "for the reader of the table; the test asks for it")]
    source: String,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A table that does not parse stops the tests below, never a user.
    crate::table::read(include_str!("../../data/ceilings.toml"))
        .unwrap_or(Table { ceiling: Vec::new(), exception: Vec::new() })
});

/// Builds the table now.
pub fn warm() {
    LazyLock::force(&TABLE);
}

/// The ceiling of a class when the configuration says nothing.
#[must_use]
pub fn default_ceiling(class: LifetimeClass) -> Ceiling {
    TABLE
        .ceiling
        .iter()
        .find(|row| row.class == class)
        .map_or(Ceiling { warn: 0, error: 0 }, |row| Ceiling { warn: row.warn, error: row.error })
}

/// How many days a waiver may last when the configuration says nothing.
#[must_use]
pub fn default_waiver_days(break_glass: bool) -> u32 {
    let kind = if break_glass { Exception::BreakGlass } else { Exception::Waiver };
    TABLE.exception.iter().find(|row| row.kind == kind).map_or(0, |row| row.days)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_class_has_a_row_with_a_source() {
        let table: Table = crate::table::read(include_str!("../../data/ceilings.toml")).unwrap();
        let all = [
            LifetimeClass::CloudSession,
            LifetimeClass::WorkloadToken,
            LifetimeClass::AccessToken,
            LifetimeClass::RefreshToken,
            LifetimeClass::StandingKey,
            LifetimeClass::Certificate,
            LifetimeClass::Authority,
            LifetimeClass::Rotation,
        ];
        for class in all {
            let rows: Vec<_> = table.ceiling.iter().filter(|r| r.class == class).collect();
            assert_eq!(rows.len(), 1, "{class:?}");
            assert!(rows[0].warn > 0 && rows[0].warn <= rows[0].error, "{class:?}");
            assert!(!rows[0].source.is_empty(), "{class:?}");
        }
        assert!(table.exception.iter().all(|row| !row.source.is_empty()));
        assert_eq!((default_waiver_days(false), default_waiver_days(true)), (90, 7));
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        let read = ["1h", "90d", "45 min", "3600", "2 weeks", "0d", "", "h", "1.5h", "-1h", "1 fortnight"]
            .map(seconds);
        let expected = [
            Some(3_600),
            Some(7_776_000),
            Some(2_700),
            Some(3_600),
            Some(1_209_600),
            None,
            None,
            None,
            None,
            None,
            None,
        ];
        assert_eq!(read, expected);
        assert_eq!(seconds("99999999999999999999d"), None, "too large to count");
    }
}
