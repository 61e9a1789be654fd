//! Azure keys in Microsoft's common annotated format: they say when they were made.

use jiff::civil::Date;

use super::{Reading, Refusal, Token};
use crate::fact::Evidence;

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The year that the first digit stands for. Source: the format's specification, `microsoft/cask`.
const FIRST_YEAR: usize = 2024;

/// Fifty-two random characters, `JQQJ99`, a digit for the year and one for the month (`A` is January), sixteen of the
/// platform, four that name the provider, four of a checksum whose seed is not public.
pub(super) fn annotated(token: &Token<'_>) -> Result<Reading, Refusal> {
    let mut reading = Reading::of(Evidence::NotVerifiable);
    let made = match token.group("made") {
        [year, month] => date(*year, *month),
        _ => None,
    };
    let Some(made) = made else { return Ok(Reading::checked(false)) };
    reading.not_before = Some(made);
    reading.scope = Some(format!("made in {}-{:02}", made.year(), made.month()));
    reading.variant = match token.group("provider") {
        b"AZDO" => Some("devops"),
        b"ACOG" => Some("ai-services"),
        _ => None,
    };
    Ok(reading)
}

fn date(year: u8, month: u8) -> Option<Date> {
    let year = FIRST_YEAR + BASE64URL.iter().position(|b| *b == year)?;
    let month = month.checked_sub(b'A').filter(|m| *m < 12)? + 1;
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()
}
