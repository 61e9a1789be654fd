//! Cloud keys: the account, the identity and the rights their text states.

use super::{Reading, Refusal, Token, key, shown};
use crate::fact::{Evidence, Lifetime};

/// How far the other fields of a service-account file stand from its key id, in bytes: the key itself is about 1.7 kB.
const FILE_REACH: usize = 4_096;
/// How far the other fields of a connection string or signed URL stand, in bytes.
const LINE_REACH: usize = 600;

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

/// The value of `name=` in a connection string around the token.
fn setting<'b>(token: &Token<'b>, name: &str) -> Option<&'b str> {
    let line = |bytes: &'b [u8], last: bool| {
        let mut parts = bytes.split(|b| matches!(b, b'\n' | b'"' | b'\''));
        if last { parts.next_back() } else { parts.next() }
    };
    let before = line(token.before(LINE_REACH), true).unwrap_or_default();
    let after = line(token.after(LINE_REACH), false).unwrap_or_default();
    [before, after].into_iter().find_map(|side| {
        side.split(|b| *b == b';').find_map(|part| {
            let text = std::str::from_utf8(part).ok()?.trim();
            let (key, value) = text.split_once('=')?;
            (key.eq_ignore_ascii_case(name) && !value.is_empty()).then_some(value)
        })
    })
}

pub(super) fn azure_storage(token: &Token<'_>) -> Result<Reading, Refusal> {
    let mut reading = Reading::plain();
    if let Some(name) = setting(token, "AccountName") {
        reading.title = Some(format!("key of Azure storage account {}", shown(name)));
        reading.account = Some(shown(name));
    }
    Ok(reading)
}

pub(super) fn azure_bus(token: &Token<'_>) -> Result<Reading, Refusal> {
    let mut reading = Reading::plain();
    if let Some(policy) = setting(token, "SharedAccessKeyName") {
        let manage =
            if policy == "RootManageSharedAccessKey" { " (full control of the namespace)" } else { "" };
        reading.scope = Some(format!("policy {}{manage}", shown(policy)));
    }
    Ok(reading)
}

/// A signed URL: expiry and rights stand beside the signature, in any order.
pub(super) fn azure_sas(token: &Token<'_>) -> Result<Reading, Refusal> {
    let inner = |b: &u8| b.is_ascii_alphanumeric() || b"%&=._~+:/;-".contains(b);
    let before = token.before(LINE_REACH);
    let start = before.iter().rposition(|b| !inner(b)).map_or(0, |at| at + 1);
    let after = token.after(LINE_REACH);
    let end = after.iter().position(|b| !inner(b)).unwrap_or(after.len());
    let query =
        [before.get(start..).unwrap_or_default(), b"&".as_slice(), after.get(..end).unwrap_or_default()]
            .concat();
    let query = String::from_utf8_lossy(&query).replace("%3A", ":").replace("%3a", ":").replace("&amp;", "&");
    let get = |name: &str| {
        query.split('&').filter_map(|p| p.split_once('=')).find(|(k, _)| *k == name).map(|(_, v)| v)
    };
    // A signature is Azure's only with a service version and either an expiry or a stored policy.
    let (Some(_), true) = (get("sv"), get("se").is_some() || get("si").is_some()) else {
        return Err(Refusal::NotOne);
    };
    let mut reading = Reading::plain();
    if let Some(date) = get("se").and_then(|se| se.get(..10)).and_then(|d| d.parse().ok()) {
        reading.lifetime = Some(Lifetime::Expires(date));
    }
    reading.not_before = get("st").and_then(|st| st.get(..10)).and_then(|d| d.parse().ok());
    let kind = match (get("skoid").is_some(), get("srt").is_some()) {
        (true, _) => "user-delegation",
        (_, true) => "account-wide",
        _ => "service",
    };
    let rights = get("sp").map_or(String::new(), |sp| format!(": {}", rights(sp)));
    reading.scope = Some(format!("{kind} signature{rights}"));
    Ok(reading)
}

fn rights(letters: &str) -> String {
    const NAMES: [(char, &str); 9] = [
        ('r', "read"),
        ('a', "add"),
        ('c', "create"),
        ('w', "write"),
        ('d', "delete"),
        ('x', "delete version"),
        ('l', "list"),
        ('u', "update"),
        ('p', "process"),
    ];
    let names: Vec<&str> =
        NAMES.iter().filter(|(letter, _)| letters.contains(*letter)).map(|(_, name)| *name).collect();
    names.join(", ")
}
