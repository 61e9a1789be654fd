//! Private keys in PEM armour: what kind, and whether a passphrase protects them.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Reading, Refusal, Token, certificate, der, shown};
use crate::fact::{Evidence, Lifetime};

/// How the armour begins.
pub(super) const BEGIN: &[u8] = b"-----BEGIN ";
/// Fewer characters hold no key; an Ed25519 key in PKCS#8 has 64.
const SHORTEST: usize = 60;
/// Longest armoured key looked at, in bytes: RSA with 16,384 bits has 12.8 kB.
const LONGEST: usize = 16_384;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn private_key(token: &Token<'_>) -> Result<Reading, Refusal> {
    let (secret, mut reading) = at(token.bytes, token.whole.start)
        .ok_or(Refusal::Proven("the armour of a private key without a key in it"))?;
    if reading.variant.is_none() {
        certified(token, &secret, &mut reading);
    }
    reading.whole = Some(token.whole.start..secret.end);
    reading.secret = Some(vec![secret]);
    Ok(reading)
}

/// What the certificate of a plain key says, if it stands near: proven by the public half in both.
fn certified(token: &Token<'_>, secret: &Range<usize>, reading: &mut Reading) {
    let key = token.bytes.get(secret.clone()).and_then(|body| decoded(&text(body)));
    let Some(public) = key.as_deref().and_then(public) else { return };
    let from = token.whole.start.saturating_sub(LONGEST / 2);
    let to = secret.end.saturating_add(LONGEST / 2).min(token.bytes.len());
    let near = certificate::armoured(token.bytes, from..token.whole.start)
        .into_iter()
        .chain(certificate::armoured(token.bytes, secret.end..to));
    let Some(found) = near.into_iter().find(|c| c.belongs_to(&public)) else { return };
    let name = found.name.as_deref().or(found.organisations.first().map(String::as_str));
    let name = name.map_or(String::new(), |n| format!(" of {}", shown(n)));
    reading.variant = Some(if found.ca { "ca" } else { "certificate" });
    let kind = if found.ca { "certificate authority" } else { "certificate" };
    reading.title = Some(format!("private key of the {kind}{name}"));
    reading.lifetime = found.not_after.map(Lifetime::Expires);
    reading.not_before = found.not_before;
    reading.ca = found.ca;
}

/// The public half that a private key in DER holds: an RSA modulus or a point on a curve.
pub(super) fn public(key: &[u8]) -> Option<Vec<u8>> {
    let mut body = der::inside(key, der::SEQUENCE)?;
    // PKCS#8 wraps the other two forms once.
    for _ in 0..2 {
        let fields: Vec<der::Value<'_>> = der::values(body).collect();
        let second = fields.get(1)?;
        match second.tag {
            der::INTEGER => {
                return Some(second.content.iter().copied().skip_while(|b| *b == 0).collect());
            }
            der::OCTETS => {
                let point = fields.iter().find(|f| f.tag == 0xa1)?;
                return der::inside(point.content, der::BITS)?.get(1..).map(<[u8]>::to_vec);
            }
            _ => body = der::inside(fields.get(2).filter(|f| f.tag == der::OCTETS)?.content, der::SEQUENCE)?,
        }
    }
    None
}

/// Whether a byte belongs to base64.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// The base64 text in an armour's body, joined.
pub(super) fn text(body: &[u8]) -> Vec<u8> {
    content(body).0.text
}

/// What base64 text stands for, padded or not.
pub(super) fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    LENIENT.decode(text).ok()
}

/// Reads the armoured private key that begins at `start`: the bytes of its content, and what they say.
pub(super) fn at(bytes: &[u8], start: usize) -> Option<(Range<usize>, Reading)> {
    let end = start.saturating_add(LONGEST).min(bytes.len());
    let rest = bytes.get(start + BEGIN.len()..end)?;
    let dashes = rest.iter().take(64).position(|b| *b == b'-')?;
    let label = std::str::from_utf8(rest.get(..dashes)?).ok().filter(|l| l.contains("PRIVATE KEY"))?;
    let from = start + BEGIN.len() + dashes + 5;
    let body = bytes.get(from..end)?;
    let (stop, closed) = match body.windows(5).position(|w| w == b"-----") {
        Some(at) => (at, true),
        None => (body.len(), false),
    };
    let (content, headers) = content(body.get(..stop)?);
    if content.text.len() < SHORTEST {
        return None;
    }
    let decoded = LENIENT.decode(&content.text).unwrap_or_default();
    // Documentation leaves the middle out; a whole key keeps its length.
    let body = body.get(..stop)?;
    if body.windows(3).any(|w| w == b"...") && der::inside(&decoded, der::SEQUENCE).is_none() {
        return None;
    }
    let ssh = decoded.starts_with(b"openssh-key-v1\0");
    let der = decoded.first() == Some(&0x30);
    let pgp = label.contains("PGP");
    // A key in clear begins with its version, whatever the armour says of it (RFC 5208, RFC 8017).
    let clear = der::inside(&decoded, der::SEQUENCE)
        .and_then(|body| der::values(body).next())
        .is_some_and(|first| first.tag == der::INTEGER);
    let encrypted = !clear && (label.starts_with("ENCRYPTED") || headers)
        || (ssh && !decoded.get(15..).unwrap_or_default().starts_with(b"\0\0\0\x04none"));
    // Ciphertext has no structure; the headers before it say that it is some (RFC 1421, 4.6.1.1).
    let sealed = headers && !decoded.is_empty();
    let mut reading = Reading::of(match (pgp, closed && (ssh || der || sealed)) {
        (true, _) => Evidence::NotVerifiable,
        (_, true) => Evidence::Verified,
        _ => Evidence::Contradicted,
    });
    let algorithm = label.trim_end_matches("BLOCK").trim().trim_end_matches("PRIVATE KEY").trim();
    let algorithm = algorithm.trim_start_matches("ENCRYPTED").trim();
    if encrypted {
        reading.variant = Some("encrypted");
    }
    if !algorithm.is_empty() {
        let encrypted = if encrypted { "encrypted " } else { "" };
        let name = if algorithm == "OPENSSH" { "OpenSSH" } else { algorithm };
        reading.title = Some(format!("{encrypted}{name} private key"));
    }
    Some((from + content.first..from + content.last, reading))
}

struct Content {
    /// The base64 text, joined.
    text: Vec<u8>,
    first: usize,
    last: usize,
}

/// What may stand between the lines of a key: layout, the quoting of the languages that hold one, and comment
/// signs.
fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\"'\\,;:.()@|>#-".contains(&byte)
}

/// Joins the base64 lines, whatever quotes, indentation or `\n` escapes stand between them; also whether headers say
/// that the key is encrypted. Ends at anything else: that is the text after a key, or a placeholder.
fn content(body: &[u8]) -> (Content, bool) {
    let mut content = Content { text: Vec::new(), first: 0, last: 0 };
    let mut encrypted = false;
    let mut at = 0;
    while let Some(rest) = body.get(at..).filter(|r| !r.is_empty()) {
        let run = rest.iter().take_while(|b| is_base64(**b)).count();
        let escape = run > 0 && at > 0 && body.get(at - 1) == Some(&b'\\');
        // A header line, `Proc-Type: 4,ENCRYPTED`, ends with the line (or its escape).
        let header = matches!(rest.get(run), Some(b':' | b'-')) && !escape;
        if run == 0 {
            if !rest.first().is_some_and(|b| is_between(*b)) {
                break;
            }
            at += 1;
        } else if header {
            let line = rest.iter().position(|b| matches!(b, b'\n' | b'\\')).unwrap_or(rest.len());
            encrypted |= rest.get(..line).is_some_and(|l| l.windows(9).any(|w| w == b"ENCRYPTED"));
            at += line.max(1);
        } else {
            let skip = usize::from(escape && matches!(rest.first(), Some(b'n' | b'r' | b't')));
            if run > skip {
                if content.text.is_empty() {
                    content.first = at + skip;
                }
                content.text.extend_from_slice(rest.get(skip..run).unwrap_or_default());
                content.last = at + run;
            }
            at += run;
        }
    }
    (content, encrypted)
}
