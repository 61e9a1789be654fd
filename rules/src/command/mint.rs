//! Commands that make a credential which outlives the script: `data/command-mints.toml`.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use super::Called;
use super::call;
use super::rows::{Pattern, Rows};
use crate::document::script::{Extent, Word};
use crate::fact::{Lifetime, LifetimeClass};

const SECONDS: [(char, u64); 5] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('w', 604_800)];
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// A year as it is counted for lifetimes.
const YEAR: u64 = 365 * DAY;

/// How a length is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Unit {
    Seconds,
    Days,
    Years,
    /// `8760h`, `1h30m`; a number alone is seconds.
    Duration,
    /// `2027-01-31`, with or without a time behind it.
    Date,
}

/// An option that says how long the credential works.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Length {
    option: String,
    unit: Unit,
    /// Whether it can be renewed without end.
    #[serde(default)]
    renewable: bool,
    /// Whether nought stands for no end.
    #[serde(default)]
    zero_is_endless: bool,
}

/// A command that makes a credential. The columns are described in the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    command: Pattern,
    pub(crate) platform: String,
    pub(crate) what: String,
    pub(crate) class: LifetimeClass,
    #[serde(default)]
    lengths: Vec<Length>,
    /// Seconds when no option says it; `None` if it works until somebody revokes it.
    pub(crate) default: Option<u64>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    example: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    look_alike: String,
    pub(crate) source: String,
}

impl super::rows::Row for Row {
    fn pattern(&self) -> &Pattern {
        &self.command
    }
}

impl Row {
    /// The command as a person says it.
    pub(crate) fn command(&self) -> String {
        self.command.command()
    }
}

/// A credential that a script makes.
#[derive(Clone, Debug)]
pub(crate) struct Mint {
    pub(crate) row: &'static Row,
    /// The command.
    pub(crate) at: Extent,
    /// The option that says how long it works, and its value.
    pub(crate) length: Option<(&'static Length, Word)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mint: Vec<Row>,
}

static MINTS: LazyLock<Rows<Row>> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../data/command-mints.toml"))
        .expect("data/command-mints.toml parses");
    Rows::new(file.mint)
});

pub(super) fn warm() {
    LazyLock::force(&MINTS);
}

/// The credentials that the commands of a script make, in order.
pub(crate) fn mints(commands: &[Called<'_>]) -> Vec<Mint> {
    let mut mints = Vec::new();
    for Called { found, calls } in commands {
        for call in calls {
            for (row, _) in MINTS.of(call) {
                let length = row
                    .lengths
                    .iter()
                    .find_map(|length| Some((length, call::option_value(call.arguments, &length.option)?)));
                mints.push(Mint { row, at: found.command.at, length });
            }
        }
    }
    mints
}

impl Length {
    /// A written length as a lifetime; `None` if it is not understood.
    pub(crate) fn lifetime(&self, written: &str) -> Option<Lifetime> {
        let written = written.trim();
        let number = || written.parse::<u64>().ok();
        let seconds = match self.unit {
            Unit::Seconds => number()?,
            Unit::Days => number()?.checked_mul(DAY)?,
            Unit::Years => number()?.checked_mul(YEAR)?,
            Unit::Duration => duration(written)?,
            Unit::Date => return Some(Lifetime::Expires(written.get(..10)?.parse::<Date>().ok()?)),
        };
        match seconds {
            0 if self.zero_is_endless => Some(Lifetime::Unbounded),
            0 => None,
            seconds => Some(Lifetime::MaxAge { seconds, renewable: self.renewable }),
        }
    }
}

/// `8760h`, `1h30m`, `3600`.
fn duration(written: &str) -> Option<u64> {
    if let Ok(seconds) = written.parse() {
        return Some(seconds);
    }
    let mut total: u64 = 0;
    let mut rest = written;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        let unit = rest.get(digits..)?.chars().next()?;
        let (_, seconds) = SECONDS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(*seconds)?)?;
        rest = rest.get(digits + unit.len_utf8()..)?;
    }
    (!written.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::command::called;
    use crate::dialect::logins::platform;
    use crate::document::{Scalar, Style, shell};

    fn read(text: &str) -> Vec<Mint> {
        mints(&called(&shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[])))
    }

    #[test]
    fn every_example_is_one_and_no_look_alike_is() {
        for row in &MINTS.all {
            assert!(row.source.starts_with("https://"), "{}", row.example);
            assert!(read(&row.example).iter().any(|m| std::ptr::eq(m.row, row)), "{}", row.example);
            assert!(!read(&row.look_alike).iter().any(|m| std::ptr::eq(m.row, row)), "{}", row.look_alike);
            assert!(row.platform.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", row.platform);
        }
        assert!(platform("aws").is_some());
    }

    fn lifetime(text: &str) -> Option<Lifetime> {
        let mints = read(text);
        let (length, word) = mints.first().unwrap().length.as_ref()?;
        length.lifetime(&word.known().unwrap())
    }

    #[test]
    fn lengths_are_read_in_every_unit() {
        let hours = |hours, renewable| Some(Lifetime::MaxAge { seconds: hours * HOUR, renewable });
        assert_eq!(lifetime("kubectl create token x --duration=8760h"), hours(8_760, false));
        assert_eq!(lifetime("kubectl -n a create token x --duration 1h30m0s").map(|_| ()), Some(()));
        assert_eq!(lifetime("vault token create -period=720h -ttl=1h"), hours(720, true));
        assert_eq!(lifetime("az ad sp create-for-rbac --years 10"), hours(10 * 8_760, false));
        assert_eq!(lifetime("kubeadm token create --ttl 0"), Some(Lifetime::Unbounded));
        assert_eq!(lifetime("aws iam create-access-key --user-name a"), None);
        assert_eq!(duration("99999999999999999999h"), None);
        assert_eq!(duration("h"), None);
    }
}
