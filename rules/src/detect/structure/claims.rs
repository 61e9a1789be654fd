//! Tokens that state their own limits: JSON web tokens and macaroons.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::{Reading, Refusal, Token, date_of, shown};
use crate::fact::{Evidence, Lifetime};

/// The variant of a token without an expiry.
const UNENDING: &str = "unending";

fn json(part: &[u8]) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn claim<'v>(payload: &'v Value, name: &str) -> Option<&'v str> {
    payload.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn seconds(payload: &Value, name: &str) -> Option<i64> {
    let value = payload.get(name)?;
    value.as_i64().or_else(|| value.as_f64().map(|f| f as i64))
}

/// JSON web tokens: header and payload are read, the signature cannot be.
pub(super) fn jwt(token: &Token<'_>) -> Result<Reading, Refusal> {
    let header = json(token.group("header")).ok_or(Refusal::NotOne)?;
    let payload = json(token.group("payload")).ok_or(Refusal::NotOne)?;
    let (true, true) = (header.is_object(), payload.is_object()) else { return Err(Refusal::NotOne) };
    // The token on jwt.io's front page, which tutorials copy.
    if claim(&payload, "sub") == Some("1234567890") && claim(&payload, "name").is_some() {
        return Err(Refusal::Proven("a value that the issuer's documentation uses"));
    }
    let mut reading = Reading::of(Evidence::NotVerifiable);
    // An expiry that is no date (a text, milliseconds) is one nobody can rely on, and not none.
    reading.lifetime = match payload.get("exp") {
        Some(_) => seconds(&payload, "exp").and_then(date_of).map(Lifetime::Expires),
        None => Some(Lifetime::Unbounded),
    };
    reading.not_before = seconds(&payload, "nbf").or_else(|| seconds(&payload, "iat")).and_then(date_of);
    let issuer = claim(&payload, "iss");
    let subject = claim(&payload, "sub");
    let unsigned = token.group("signature").is_empty()
        || header.get("alg").and_then(Value::as_str).is_some_and(|alg| alg.eq_ignore_ascii_case("none"));
    // The claims are public; the signature makes them worth something. Without one, they are the whole token.
    if token.group("signature").is_empty() {
        reading.secret = token.range("payload").map(|payload| vec![payload]);
    }
    reading.variant = match (issuer, claim(&payload, "role")) {
        _ if unsigned => Some("unsigned"),
        (Some("supabase"), Some("anon")) => Some("supabase-anon"),
        (Some("supabase"), Some("service_role")) => Some("supabase-service"),
        _ if issuer == Some("kubernetes/serviceaccount") || payload.get("kubernetes.io").is_some() => {
            Some(if seconds(&payload, "exp").is_some() { "kubernetes" } else { "kubernetes-legacy" })
        }
        _ if payload.get("exp").is_none() => Some(UNENDING),
        _ => None,
    };
    if reading.variant.is_none_or(|variant| variant == UNENDING) {
        reading.title = issuer.map(|iss| format!("JSON web token issued by {}", shown(iss)));
    }
    reading.account = subject.map(shown);
    let rights = ["scope", "scp", "role", "roles"].iter().find_map(|name| match payload.get(*name)? {
        Value::String(text) => Some(shown(text)),
        Value::Array(items) => {
            Some(shown(&items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")))
        }
        _ => None,
    });
    reading.scope = match (subject.map(shown), rights) {
        (Some(subject), Some(rights)) => Some(format!("acts as {subject} with {rights}")),
        (Some(subject), None) => Some(format!("acts as {subject}")),
        (None, Some(rights)) => Some(format!("with {rights}")),
        (None, None) => None,
    };
    if let Some(bound) = payload.get("kubernetes.io").and_then(|k| k.get("pod")?.get("name")?.as_str()) {
        let scope = reading.scope.take().unwrap_or_default();
        reading.scope = Some(format!("{scope}; bound to pod {}", shown(bound)));
    }
    Ok(reading)
}

/// PyPI tokens are macaroons: their caveats say for which projects and until when.
pub(super) fn pypi(token: &Token<'_>) -> Result<Reading, Refusal> {
    let Some(raw) = URL_SAFE_NO_PAD.decode(token.group("macaroon")).ok() else {
        return Ok(Reading::checked(false));
    };
    let Some(packets) = packets(&raw) else { return Ok(Reading::checked(false)) };
    let signed = packets.iter().any(|(kind, data)| *kind == SIGNATURE && data.len() == 32);
    let mut reading = Reading::checked(signed);
    let index =
        packets.iter().find(|(kind, _)| *kind == LOCATION).map(|(_, data)| String::from_utf8_lossy(data));
    reading.title = index.filter(|i| i != "pypi.org").map(|i| format!("API token of {}", shown(&i)));
    let mut scope = None;
    // The first identifier is the token's own; the others are caveats.
    for (_, data) in packets.iter().filter(|(kind, _)| *kind == IDENTIFIER).skip(1) {
        let Ok(caveat) = serde_json::from_slice::<Value>(data) else { continue };
        match &caveat {
            Value::Array(items) => match items.first().and_then(Value::as_i64) {
                Some(0) => {
                    reading.lifetime =
                        items.get(1).and_then(Value::as_i64).and_then(date_of).map(Lifetime::Expires);
                    reading.not_before = items.get(2).and_then(Value::as_i64).and_then(date_of);
                }
                Some(1) => scope = names(items.get(1)).map(|n| format!("project {n}")),
                Some(2) => scope = scope.or(Some("chosen projects".to_owned())),
                _ => {}
            },
            Value::Object(_) => {
                let projects = caveat.get("permissions").and_then(|p| names(p.get("projects")));
                scope = projects.map(|n| format!("project {n}")).or(scope);
            }
            _ => {}
        }
    }
    reading.scope = Some(scope.unwrap_or_else(|| "every project of its account".to_owned()));
    Ok(reading)
}

fn names(list: Option<&Value>) -> Option<String> {
    let names: Vec<&str> = list?.as_array()?.iter().filter_map(Value::as_str).collect();
    (!names.is_empty()).then(|| shown(&names.join(", ")))
}

const LOCATION: u8 = 1;
const IDENTIFIER: u8 = 2;
const SIGNATURE: u8 = 6;

/// Packets of a binary macaroon, version 2: kind, length, data; a zero ends a section.
fn packets(raw: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let (2, mut rest) = (*raw.first()?, raw.get(1..)?) else { return None };
    let mut packets = Vec::new();
    while let Some((kind, tail)) = rest.split_first() {
        rest = tail;
        if *kind == 0 {
            continue;
        }
        let (length, used) = varint(rest)?;
        let data = rest.get(used..used.checked_add(length)?)?;
        packets.push((*kind, data));
        rest = rest.get(used + length..)?;
    }
    Some(packets)
}

fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}
