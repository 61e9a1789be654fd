//! Cloud keys: the account and the identity their text states.

use super::{Reading, Refusal, Token, key, shown};
use crate::fact::Evidence;

/// How far the other fields of a service-account file stand from its key id, in bytes: the key itself is about 1.7 kB.
const FILE_REACH: usize = 4_096;

/// The account number that an AWS key id holds: 40 bits behind the prefix.
fn account(body: &[u8]) -> Option<u64> {
    let mut bits: u64 = 0;
    for byte in body.iter().take(10) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u64::from(digit);
    }
    // Ten digits are 50 bits; the first 48 are the six bytes that count.
    Some(((bits >> 2) & 0x7fff_ffff_ff80) >> 7)
}

/// An account number has twelve digits.
const ACCOUNTS: u64 = 1_000_000_000_000;

pub(super) fn aws_key_id(token: &Token<'_>) -> Result<Reading, Refusal> {
    let number = account(token.group("body")).filter(|n| *n < ACCOUNTS);
    let mut reading =
        Reading::of(if number.is_some() { Evidence::NotVerifiable } else { Evidence::Contradicted });
    if let Some(number) = number {
        let temporary = if token.all().starts_with(b"ASIA") { "temporary " } else { "" };
        reading.account = Some(format!("{number:012}"));
        reading.title = Some(format!("{temporary}AWS access key id of account {number:012}"));
    }
    Ok(reading)
}

/// Forty characters have no shape; they must at least be mixed as drawn ones are.
pub(super) fn aws_secret(token: &Token<'_>) -> Result<Reading, Refusal> {
    let body = token.group("body");
    let upper = body.iter().any(u8::is_ascii_uppercase);
    let lower = body.iter().any(u8::is_ascii_lowercase);
    let digit = body.iter().any(u8::is_ascii_digit);
    let letters = body.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if upper && lower && digit && letters >= 16 { Ok(Reading::plain()) } else { Err(Refusal::NotOne) }
}

/// The value of a JSON string field near the token, quotes escaped or not.
fn field<'b>(near: &'b [u8], name: &str) -> Option<&'b str> {
    let at = find(near, name.as_bytes())?;
    let rest = near.get(at + name.len()..)?;
    let skip = rest
        .iter()
        .take(16)
        .position(|b| !matches!(b, b'"' | b'\\' | b':' | b' ' | b'\t' | b'\n' | b'\r'))?;
    let rest = rest.get(skip..)?;
    let end = rest.iter().take(256).position(|b| matches!(b, b'"' | b'\\' | b'\n'))?;
    std::str::from_utf8(rest.get(..end)?).ok().filter(|t| !t.is_empty())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// A service-account file: its secret is the private key; the key id and the address are public.
pub(super) fn gcp_service_account(token: &Token<'_>) -> Result<Reading, Refusal> {
    let from = token.whole.start.saturating_sub(FILE_REACH);
    let to = token.whole.end.saturating_add(FILE_REACH).min(token.bytes.len());
    let near = token.bytes.get(from..to).unwrap_or_default();
    let here = token.whole.start - from;
    let after = near.get(here..).unwrap_or_default();
    let at = match find(after, key::BEGIN) {
        Some(at) => token.whole.start + at,
        None => from + find(near, key::BEGIN).ok_or(Refusal::NotOne)?,
    };
    let (secret, found) = key::at(token.bytes, at).ok_or(Refusal::NotOne)?;
    let mut reading = Reading::of(found.evidence);
    reading.whole = Some(at..secret.end);
    reading.secret = Some(vec![secret]);
    let mail = field(after, "client_email").or_else(|| field(near, "client_email"));
    if let Some(mail) = mail {
        reading.title = Some(format!("Google Cloud service-account key of {}", shown(mail)));
        reading.account = Some(shown(mail));
        let default = mail.ends_with("-compute@developer.gserviceaccount.com")
            || mail.ends_with("@appspot.gserviceaccount.com");
        reading.scope = default
            .then(|| "a default service account, which is editor of its project unless changed".to_owned());
    }
    Ok(reading)
}
