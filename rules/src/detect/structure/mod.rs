//! What a token says of itself: checksums, expiry, account, rights. A row names its function; there are few of them.
//!
//! Verified, contradicted and not verifiable are three answers: a contradicted checksum lowers confidence and never
//! hides a finding, since issuers change formats without telling.

mod atlassian;
mod azure_key;
mod azure_sas;
mod certificate;
mod checksum;
mod claims;
mod cloud;
mod connection;
mod der;
mod grafana;
mod key;
mod kubeconfig;
mod login;
mod sql;

use std::ops::Range;

use jiff::civil::Date;

use super::row::Detector;
use crate::fact::{Evidence, Lifetime};

pub(super) use atlassian::sum as atlassian_sum;
pub(super) use checksum::{base62_crc, fine_grained_sum, gitlab_tail};
pub(super) use grafana::sum as grafana_sum;

/// A matched token in its surroundings.
#[derive(Debug)]
pub(super) struct Token<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) whole: Range<usize>,
    pub(super) groups: Vec<(&'static str, Range<usize>)>,
}

impl<'b> Token<'b> {
    pub(super) fn range(&self, name: &str) -> Option<Range<usize>> {
        self.groups.iter().find(|(n, _)| *n == name).map(|(_, r)| r.clone())
    }

    fn group(&self, name: &str) -> &'b [u8] {
        self.range(name).and_then(|r| self.bytes.get(r)).unwrap_or_default()
    }

    fn text(&self, name: &str) -> &'b str {
        std::str::from_utf8(self.group(name)).unwrap_or_default()
    }

    fn all(&self) -> &'b [u8] {
        self.bytes.get(self.whole.clone()).unwrap_or_default()
    }

    /// Up to `count` bytes before the token.
    fn before(&self, count: usize) -> &'b [u8] {
        self.bytes.get(self.whole.start.saturating_sub(count)..self.whole.start).unwrap_or_default()
    }

    /// Up to `count` bytes behind the token.
    fn after(&self, count: usize) -> &'b [u8] {
        let end = self.whole.end.saturating_add(count).min(self.bytes.len());
        self.bytes.get(self.whole.end..end).unwrap_or_default()
    }
}

/// What the structure says. What it leaves open is as in the row.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) evidence: Evidence,
    pub(crate) variant: Option<&'static str>,
    pub(crate) title: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) lifetime: Option<Lifetime>,
    pub(crate) not_before: Option<Date>,
    /// The identity it speaks for, as a name that other facts may join: an account number, a mail address.
    pub(crate) account: Option<String>,
    /// Whether it can issue further certificates.
    pub(crate) ca: bool,
    /// Secret parts, where the pattern's groups do not tell.
    pub(super) secret: Option<Vec<Range<usize>>>,
    /// The token's bytes, where they are not the match up to its last secret part.
    pub(super) whole: Option<Range<usize>>,
}

impl Reading {
    /// Nothing but the evidence.
    fn of(evidence: Evidence) -> Self {
        Self {
            evidence,
            variant: None,
            title: None,
            scope: None,
            lifetime: None,
            not_before: None,
            account: None,
            ca: false,
            secret: None,
            whole: None,
        }
    }

    fn checked(holds: bool) -> Self {
        Self::of(if holds { Evidence::Verified } else { Evidence::Contradicted })
    }

    /// Nothing but what the row says.
    pub(crate) fn plain() -> Self {
        Self::of(Evidence::NotVerifiable)
    }
}

/// Why a match is no credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It only looked like one.
    NotOne,
    /// Its value proves it; counted in coverage.
    Proven(&'static str),
}

/// Reads what a token says of itself.
type Read = fn(&Token<'_>) -> Result<Reading, Refusal>;

/// The functions, by the names that rows use, with what they read.
const FUNCTIONS: [(&str, Read, &str); 30] = [
    ("atlassian", atlassian::api_token, "CRC32 at its end"),
    ("atlassian-numbered", atlassian::numbered, "CRC32 at its end"),
    ("aws-key-id", cloud::aws_key_id, "account number and kind in its letters"),
    ("aws-secret", cloud::aws_secret, "its shape beside a key id"),
    ("azure-annotated", azure_key::annotated, "checksum, issuer and date in its letters"),
    ("azure-bus", connection::azure_bus, "fields of the connection string: policy, entity"),
    ("azure-sas", azure_sas::signature, "fields of the address: rights, expiry, kind of signature"),
    ("azure-storage", connection::azure_storage, "fields of the connection string; length of the key"),
    ("crc32-base62", checksum::crc32_base62, "CRC32 in base62 at its end"),
    ("database", connection::database, "fields of the connection string"),
    ("docker-auth", login::docker_auth, "base64 of user and password; the token that the password is"),
    ("gcp-service-account", cloud::gcp_service_account, "fields of the JSON file: account, project, key id"),
    ("default", login::default, "the variable's name; words and placeholders are told from drawn values"),
    ("drawn", login::drawn, "words, names and placeholders are told from drawn values"),
    ("generic", login::generic, "words, references and placeholders are told from values"),
    ("github-fine-grained", checksum::github_fine_grained, "CRC32 in base62 at its end"),
    ("gitlab-routable", checksum::gitlab_routable, "payload, its length and CRC32"),
    ("grafana-cloud", grafana::cloud, "JSON in its middle: organisation, name, region"),
    ("grafana-service-account", grafana::service_account, "CRC32 at its end"),
    ("jdbc", connection::jdbc, "fields of the address"),
    ("jwt", claims::jwt, "claims: issuer, subject, audience, expiry; signed or not"),
    ("kubeconfig", kubeconfig::client_key, "the certificate beside it: subject, groups, expiry"),
    ("password", login::password, "words, references and placeholders are told from values"),
    ("private-key", key::private_key, "its container: encrypted or not; the certificate beside it"),
    ("pypi", claims::pypi, "caveats of the macaroon: project, expiry"),
    ("url-user", login::user, "user and host of the address"),
    ("maven", login::maven, "the `<server>` around it"),
    ("redis", connection::redis, "fields of the connection string"),
    ("sql", sql::sql, "the statement around it; words and placeholders are told from values"),
    ("url", login::url, "user, host and password of the address"),
];

fn function(name: &str) -> Option<Read> {
    FUNCTIONS.iter().find(|(known, ..)| *known == name).map(|(_, read, _)| *read)
}

/// What the structure function of a row reads.
pub(super) fn reads(name: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(known, ..)| *known == name).map(|(.., what)| *what)
}

/// Reads a token's structure by the function that its row names.
pub(super) fn read(detector: &'static Detector, token: &Token<'_>) -> Result<Reading, Refusal> {
    let mut reading = match function(&detector.verify) {
        Some(read) => read(token)?,
        None => Reading::plain(),
    };
    if reading.variant.is_none() {
        reading.variant = detector.variant_of(token.all()).map(|v| v.name.as_str());
    }
    Ok(reading)
}

/// Whether the row's `verify` names a function.
#[cfg(test)]
pub(super) fn is_known(name: &str) -> bool {
    name.is_empty() || function(name).is_some()
}

/// Public text out of a token, fit for a message: short, printable.
fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if text.chars().count() > LONGEST {
        short.push('…');
    }
    short
}

/// The UTC date of a Unix time in seconds.
fn date_of(seconds: i64) -> Option<Date> {
    let days = i32::try_from(seconds.div_euclid(86_400)).ok()?;
    let span = jiff::Span::new().try_days(days).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}
