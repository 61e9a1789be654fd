//! Grafana: service-account tokens carry a checksum, cloud access-policy tokens say whose they are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;

use super::{Reading, Refusal, Token, shown};

/// CRC32 of what stands before it, as eight hex digits, lowest byte first. The underscore between belongs to neither.
pub(in crate::detect) fn sum(before: &[u8]) -> String {
    crc32fast::hash(before).to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `glsa_`, 32 characters, `_`, eight hex digits.
pub(super) fn service_account(token: &Token<'_>) -> Result<Reading, Refusal> {
    let Some(body) = token.range("body") else { return Err(Refusal::NotOne) };
    let before = token.bytes.get(token.whole.start..body.end).unwrap_or_default();
    Ok(Reading::checked(sum(before).as_bytes() == token.group("sum")))
}

/// `glc_` and base64 of JSON: organisation `o`, name `n`, key `k`, region `m.r`.
pub(super) fn cloud(token: &Token<'_>) -> Result<Reading, Refusal> {
    let body = token.text("json");
    let decoded = STANDARD_NO_PAD.decode(body).ok().and_then(|raw| serde_json::from_slice(&raw).ok());
    let Some(Value::Object(fields)) = decoded else { return Ok(Reading::checked(false)) };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
    let mut reading = Reading::checked(text("k").is_some() && text("o").is_some());
    if let Some(name) = text("n") {
        reading.title = Some(format!("Grafana Cloud access policy token {}", shown(name)));
    }
    let region = fields.get("m").and_then(|m| m.get("r")).and_then(Value::as_str);
    reading.account = text("o").map(shown);
    reading.scope = text("o").map(|organisation| {
        let region = region.map_or(String::new(), |r| format!(" in {}", shown(r)));
        format!("organisation {}{region}, with the rights of its policy", shown(organisation))
    });
    Ok(reading)
}
