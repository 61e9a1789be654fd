//! What is declared of an identity besides its owner and purpose: a registry row, or a comment beside it.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Source;

/// Something that is said, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Said<T> {
    /// What.
    pub is: T,
    /// Where.
    pub at: Source,
}

/// A day that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Day(#[schemars(with = "String", extend("format" = "date"))] pub Date);

impl Day {
    /// A day as `YYYY-MM-DD`, nothing else.
    ///
    /// # Errors
    /// Why it is none, and what to write.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let shaped = |text: &str| {
            let is = |at: usize, b: &u8| if at == 4 || at == 7 { *b == b'-' } else { b.is_ascii_digit() };
            text.len() == 10 && text.bytes().enumerate().all(|(at, b)| is(at, &b))
        };
        if let Some((day, rest)) = text.split_at_checked(10)
            && shaped(day)
            && rest.starts_with(['T', 't', ' '])
        {
            return Err(format!("not a date alone: a day is whole and has no hour; write {day}"));
        }
        if !shaped(text) {
            return Err("not a date; write 2027-01-31".to_owned());
        }
        text.parse().map(Self).map_err(|_| format!("no day of the calendar{}", last_day(text)))
    }
}

/// Until which day the month of a text goes on that has the shape of a day and is none.
fn last_day(text: &str) -> String {
    if text.ends_with("-02-29") {
        return ": that year has no 29 February".to_owned();
    }
    let month = text.get(..8).and_then(|month| format!("{month}01").parse::<Date>().ok());
    month.map_or_else(String::new, |month| format!(": that month ends on {}", month.last_of_month()))
}

/// A right and the business function that needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeclaredScope {
    /// The right: an action as in [`super::Grant`], with or without its platform; `*` for any text.
    pub scope: String,
    /// What it is needed for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a registry row, a comment beside it or its tags say of an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Record {
    /// Who runs it, if not the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technical_owner: Option<Said<String>>,
    /// Where it acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Said<String>>,
    /// What it may do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Said<DeclaredScope>>,
    /// Since when it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Said<Day>>,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Said<Day>>,
    /// When somebody must have looked at it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_by: Option<Said<Day>>,
    /// When somebody last looked at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<Said<Day>>,
    /// How often its credentials are changed, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Said<u64>>,
    /// When they were last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_rotated: Option<Said<Day>>,
    /// How it is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Said<String>>,
    /// Since when it is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Said<Day>>,
    /// Paths it may be used in; `*` for any text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub used_in: Vec<Said<String>>,
    /// The outside party that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_party: Option<Said<String>>,
    /// Whether it is for emergencies only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<Said<bool>>,
    /// What watches its use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitored_by: Option<Said<String>>,
    /// Who allowed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Said<String>>,
    /// What data it reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_class: Option<Said<String>>,
    /// Whether it stands in a comment, and speaks of what stands beside it only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
}

impl Record {
    /// Whether it is for emergencies only.
    #[must_use]
    pub fn is_break_glass(&self) -> bool {
        self.break_glass.as_ref().is_some_and(|said| said.is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_the_calendar_and_nothing_else() {
        for day in ["2028-02-29", "2026-12-31", "2027-01-01", " 2000-02-29 ", "9999-12-31"] {
            assert!(Day::read(day).is_ok(), "{day}");
        }
        for (text, why) in [
            ("2027-02-29", "no day of the calendar: that year has no 29 February"),
            ("2100-02-29", "no day of the calendar: that year has no 29 February"),
            ("2027-04-31", "no day of the calendar: that month ends on 2027-04-30"),
            ("2027-13-01", "no day of the calendar"),
            ("2027-01-31T00:00:00Z", "not a date alone: a day is whole and has no hour; write 2027-01-31"),
            (
                "2027-01-31 00:00:00+14:00",
                "not a date alone: a day is whole and has no hour; write 2027-01-31",
            ),
            ("12027-01-31", "not a date; write 2027-01-31"),
            ("+2027-01-3", "not a date; write 2027-01-31"),
            ("31.01.2027", "not a date; write 2027-01-31"),
            ("", "not a date; write 2027-01-31"),
        ] {
            assert_eq!(Day::read(text), Err(why.to_owned()), "{text}");
        }
    }
}
