//! X.509 certificates: whose, how long, and which key they belong to. What a certificate says is public.

use std::ops::Range;

use jiff::civil::Date;

use super::der::{self, Value};
use super::key;

/// How a certificate's armour begins.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
/// Longest certificate looked at, in armour, in bytes; those of large organisations have 8 kB.
const LONGEST: usize = 16_384;
/// Most certificates looked at around a key: a chain has three or four.
const MOST: usize = 4;
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];

/// What a certificate says.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) not_before: Option<Date>,
    pub(super) not_after: Option<Date>,
    /// The subject's common name.
    pub(super) name: Option<String>,
    /// The subject's organisations: groups, to Kubernetes.
    pub(super) organisations: Vec<String>,
    /// Whether it may sign others.
    pub(super) ca: bool,
    /// The public key's bits.
    public: Vec<u8>,
}

impl Certificate {
    /// Whether its public key holds this modulus or point.
    pub(super) fn belongs_to(&self, public: &[u8]) -> bool {
        public.len() >= 32 && self.public.windows(public.len()).any(|window| window == public)
    }
}

/// The certificates whose armour stands in a range of the bytes.
pub(super) fn armoured(bytes: &[u8], range: Range<usize>) -> Vec<Certificate> {
    let slice = bytes.get(range).unwrap_or_default();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = slice.get(at..).filter(|_| found.len() < MOST) {
        let Some(start) = memchr(rest, BEGIN) else { break };
        let from = start + BEGIN.len();
        let body = rest.get(from..(from + LONGEST).min(rest.len())).unwrap_or_default();
        let end = memchr(body, b"-----").unwrap_or(body.len());
        let text = key::text(body.get(..end).unwrap_or_default());
        found.extend(key::decoded(&text).as_deref().and_then(read));
        at += from;
    }
    found
}

/// A certificate in DER.
pub(super) fn read(der: &[u8]) -> Option<Certificate> {
    let signed = der::inside(der::inside(der, der::SEQUENCE)?, der::SEQUENCE)?;
    let mut fields = der::values(signed).peekable();
    // The version is explicit from version 2 on.
    fields.next_if(|v| v.tag == 0xa0);
    let (_serial, _algorithm, _issuer) = (fields.next()?, fields.next()?, fields.next()?);
    let mut validity = der::values(fields.next().filter(|v| v.tag == der::SEQUENCE)?.content);
    let (not_before, not_after) = (validity.next()?, validity.next()?);
    let subject = fields.next().filter(|v| v.tag == der::SEQUENCE)?.content;
    let public = fields.next().filter(|v| v.tag == der::SEQUENCE)?.content;
    let names = |kind: &[u8]| -> Vec<String> {
        der::values(subject)
            .filter(|v| v.tag == der::SET)
            .flat_map(|set| der::values(set.content))
            .filter_map(|pair| {
                let mut pair = der::values(pair.content);
                let key = pair.next().filter(|k| k.tag == der::OBJECT && k.content == kind);
                key.and(pair.next()).map(|v| String::from_utf8_lossy(v.content).into_owned())
            })
            .collect()
    };
    let bits = der::values(public).find(|v| v.tag == der::BITS).map(|v| v.content.to_vec());
    Some(Certificate {
        not_before: date(not_before),
        not_after: date(not_after),
        name: names(COMMON_NAME).into_iter().next(),
        organisations: names(ORGANISATION),
        ca: fields.filter(|v| v.tag == 0xa3).any(|v| is_ca(v.content)),
        public: bits.unwrap_or_default(),
    })
}

/// Whether the extensions hold basic constraints that say so.
fn is_ca(extensions: &[u8]) -> bool {
    let list = der::inside(extensions, der::SEQUENCE).unwrap_or_default();
    der::values(list).any(|extension| {
        let fields: Vec<Value<'_>> = der::values(extension.content).collect();
        let constraints = fields.first().is_some_and(|k| k.content == BASIC_CONSTRAINTS);
        let value = fields.iter().find(|f| f.tag == der::OCTETS).map(|f| f.content);
        let flag =
            value.and_then(|v| der::inside(v, der::SEQUENCE)).and_then(|v| der::inside(v, der::BOOLEAN));
        constraints && flag.is_some_and(|f| f.first().is_some_and(|b| *b != 0))
    })
}

/// The date of a time: two digits of the year before 2050, four from then on.
fn date(value: Value<'_>) -> Option<Date> {
    let text = std::str::from_utf8(value.content).ok()?;
    let (year, rest) = match value.tag {
        der::UTC_TIME => {
            let year: i16 = text.get(..2)?.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        der::TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    Date::new(year, rest.get(..2)?.parse().ok()?, rest.get(2..4)?.parse().ok()?).ok()
}

fn memchr(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}
