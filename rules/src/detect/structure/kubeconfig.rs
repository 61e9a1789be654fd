//! The key of a client certificate in a kubeconfig: the certificate beside it says who it is, and until when.

use super::certificate::{self, Certificate};
use super::{Reading, Refusal, Token, key, shown};
use crate::fact::Lifetime;

/// How far the certificate stands from the key, in bytes: both are about 2 kB.
const REACH: usize = 8_192;
const CERTIFICATE: &[u8] = b"client-certificate-data";
/// The group that every cluster's authoriser lets do everything; no rule can take that back.
const MASTERS: &str = "system:masters";

/// `client-key-data` beside `client-certificate-data`, in either order.
pub(super) fn client_key(token: &Token<'_>) -> Result<Reading, Refusal> {
    let armour = key::decoded(token.group("body")).ok_or(Refusal::NotOne)?;
    let (secret, key) = key::at(&armour, 0).ok_or(Refusal::NotOne)?;
    let der = armour.get(secret).and_then(|body| key::decoded(&key::text(body))).unwrap_or_default();
    let mut reading = Reading::of(key.evidence);
    if key.variant == Some("encrypted") {
        reading.variant = Some("encrypted");
    }
    let Some(found) = beside(token, &der) else { return Ok(reading) };
    let admin = found.organisations.iter().any(|o| o == MASTERS);
    let name = found.name.as_deref().map_or("a user".to_owned(), shown);
    reading.lifetime = found.not_after.map(Lifetime::Expires);
    reading.not_before = found.not_before;
    reading.account = found.name.as_deref().map(shown);
    if reading.variant.is_none() && admin {
        reading.variant = Some("cluster-admin");
    }
    reading.title = Some(format!("Kubernetes client certificate key of {name}"));
    reading.scope = Some(match (admin, found.organisations.as_slice()) {
        (true, _) => format!("group {MASTERS}: cluster-admin that no role binding can take back"),
        (_, []) => "no group".to_owned(),
        (_, groups) => format!("group {}", shown(&groups.join(", "))),
    });
    Ok(reading)
}

/// The certificate of the same user, which stands just before the key or just behind it: the one that holds the key's
/// public half, or else, where the key does not show that, the one before, as tools write it.
fn beside(token: &Token<'_>, key: &[u8]) -> Option<Certificate> {
    let before = token.before(REACH);
    let after = token.after(REACH);
    let is_name = |w: &&[u8]| *w == CERTIFICATE;
    let last = before.windows(CERTIFICATE.len()).rposition(|w| is_name(&w));
    let next = after.windows(CERTIFICATE.len()).position(|w| is_name(&w));
    let sides = [last.and_then(|at| before.get(at..)), next.and_then(|at| after.get(at..))];
    let mut found = sides.into_iter().flatten().filter_map(certificate_at).collect::<Vec<_>>();
    let public = key::public(key).unwrap_or_default();
    let own = found.iter().position(|c| c.belongs_to(&public)).unwrap_or(0);
    (own < found.len()).then(|| found.swap_remove(own))
}

/// The certificate in base64 whose name the text begins with.
fn certificate_at(text: &[u8]) -> Option<Certificate> {
    /// Quotes, colon and blanks between name and value.
    const BETWEEN: usize = 8;
    let rest = text.get(CERTIFICATE.len()..)?;
    let from = rest.iter().take(BETWEEN).position(u8::is_ascii_alphanumeric)?;
    let base64 = rest.get(from..)?;
    let end = base64.iter().position(|b| !key::is_base64(*b)).unwrap_or(base64.len());
    let armour = key::decoded(base64.get(..end)?)?;
    certificate::armoured(&armour, 0..armour.len()).into_iter().next()
}
