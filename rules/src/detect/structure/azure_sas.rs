//! Shared access signatures of Azure: expiry and rights stand beside the signature, in any order.

use super::{Reading, Refusal, Token, date_of, shown};
use crate::fact::Lifetime;

/// How far the other parameters stand from the signature, in bytes.
const REACH: usize = 600;

/// The parameters around the signature, percent-encoding undone.
struct Query(Vec<(String, String)>);

impl Query {
    fn around(token: &Token<'_>) -> Self {
        let inner = |b: &u8| b.is_ascii_alphanumeric() || b"%&=._~+:/;,-".contains(b);
        let before = token.before(REACH);
        let start = before.iter().rposition(|b| !inner(b)).map_or(0, |at| at + 1);
        let after = token.after(REACH);
        let end = after.iter().position(|b| !inner(b)).unwrap_or(after.len());
        let query = [before.get(start..), Some(b"&".as_slice()), after.get(..end)];
        let query = query.into_iter().flatten().collect::<Vec<_>>().concat();
        let query = String::from_utf8_lossy(&query).replace("&amp;", "&").replace("\\u0026", "&");
        let pairs = query.split('&').filter_map(|p| p.split_once('='));
        Self(pairs.map(|(key, value)| (key.to_owned(), unescaped(value))).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Percent-encoding undone, where it stands for a printable character.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(u8::is_ascii_graphic) {
            Some(byte) => {
                plain.push(char::from(byte));
                plain.push_str(part.get(2..).unwrap_or_default());
            }
            None => plain.push_str(part),
        }
    }
    plain
}

/// A signature for storage, Service Bus, Event Hubs or IoT Hub.
pub(super) fn signature(token: &Token<'_>) -> Result<Reading, Refusal> {
    let query = Query::around(token);
    if query.get("sv").is_some() && (query.get("se").is_some() || query.get("si").is_some()) {
        return Ok(storage(&query));
    }
    let expiry = query.get("se").and_then(|se| se.parse::<i64>().ok()).and_then(date_of);
    match (query.get("sr"), expiry) {
        (Some(resource), Some(date)) => {
            let mut reading = Reading::plain();
            let policy = query.get("skn").map(shown);
            let root = policy.as_deref().is_some_and(|p| p.eq_ignore_ascii_case("RootManageSharedAccessKey"));
            reading.variant = Some(if root { "bus-root" } else { "bus" });
            reading.lifetime = Some(Lifetime::Expires(date));
            let policy = policy.map_or(String::new(), |p| format!(" by policy {p}"));
            reading.scope = Some(format!("{}{policy}", shown(resource)));
            Ok(reading)
        }
        // A signature is Azure's only with a version or a resource, and an expiry or a stored policy.
        _ => Err(Refusal::NotOne),
    }
}

fn storage(query: &Query) -> Reading {
    let mut reading = Reading::plain();
    let day = |name: &str| query.get(name).and_then(|v| v.get(..10)).and_then(|d| d.parse().ok());
    reading.lifetime = day("se").map(Lifetime::Expires);
    reading.not_before = day("st");
    let letters = query.get("sp").unwrap_or_default();
    let delegated = query.get("skoid").is_some();
    let account = query.get("srt").is_some();
    let reads = !letters.is_empty() && letters.chars().all(|c| matches!(c, 'r' | 'l'));
    reading.variant = match (delegated, account, reads) {
        (true, ..) => Some("delegated"),
        (_, _, true) => Some("read-only"),
        (_, true, _) => Some("account"),
        _ => None,
    };
    let kind = match (delegated, account) {
        (true, _) => "user-delegation",
        (_, true) => "account-wide",
        _ => "service",
    };
    let mut scope = format!("{kind} signature");
    match (rights(letters).as_str(), query.get("si")) {
        ("", Some(policy)) => scope.push_str(&format!(" by stored policy {}", shown(policy))),
        ("", None) => {}
        (rights, _) => scope.push_str(&format!(": {rights}")),
    }
    let services: Vec<&str> = [('b', "blobs"), ('f', "files"), ('q', "queues"), ('t', "tables")]
        .into_iter()
        .filter(|(letter, _)| query.get("ss").is_some_and(|ss| ss.contains(*letter)))
        .map(|(_, name)| name)
        .collect();
    if !services.is_empty() {
        scope.push_str(&format!(" on {}", services.join(", ")));
    }
    // Without `spr` both are allowed.
    if query.get("spr").is_none_or(|protocols| protocols.split(',').any(|p| p == "http")) {
        scope.push_str(", also over plain http");
    }
    if let Some(addresses) = query.get("sip") {
        scope.push_str(&format!(", from {}", shown(addresses)));
    }
    reading.scope = Some(scope);
    reading
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
