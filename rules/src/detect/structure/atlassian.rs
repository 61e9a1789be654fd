//! Atlassian: API tokens end in a checksum; tokens of the data-centre products are a number and random bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Reading, Refusal, Token};

/// CRC32 of everything before it, as eight hex digits in capitals.
pub(in crate::detect) fn sum(before: &[u8]) -> String {
    format!("{:08X}", crc32fast::hash(before))
}

/// API tokens of the cloud and Bitbucket app passwords. In addresses the `=` before the sum is percent-encoded.
pub(super) fn api_token(token: &Token<'_>) -> Result<Reading, Refusal> {
    let Some(found) = token.range("sum") else { return Err(Refusal::NotOne) };
    let before = token.bytes.get(token.whole.start..found.start).unwrap_or_default();
    let before = String::from_utf8_lossy(before).replace("%3D", "=").replace("%3d", "=");
    Ok(Reading::checked(sum(before.as_bytes()).as_bytes() == token.group("sum")))
}

/// Base64 of `number:random bytes`.
pub(super) fn numbered(token: &Token<'_>) -> Result<Reading, Refusal> {
    let decoded = STANDARD.decode(token.group("body")).unwrap_or_default();
    let digits = decoded.iter().take_while(|b| b.is_ascii_digit()).count();
    let numbered = (1..=20).contains(&digits) && decoded.get(digits) == Some(&b':');
    Ok(Reading::checked(numbered))
}
