//! Credentials that stand in files, in clear text or merely encoded: what is said of each, and how grave it is.

use std::collections::BTreeSet;

use crate::detect::{Detector, GENERIC, Variant, detector};
use crate::fact::{Credential, Evidence, Lifetime, LifetimeClass, Storage, human_seconds};
use crate::finding::{Confidence, Severity};
use crate::rule::{At, Verdicts, World};
use crate::span::Source;

/// Up to this lifetime a token in a committed file is dead before anybody reads it: one working day, in seconds.
const EPHEMERAL: u64 = 86_400;
/// How far apart, in bytes, the halves of one key may stand and still be one finding.
const NEAR: u32 = 400;

/// Judges the credentials that nothing but a name tells, or all others.
pub(crate) fn judge(world: &World<'_>, generic: bool, out: &mut Verdicts<'_>) {
    let mut seen: BTreeSet<(usize, Source)> = BTreeSet::new();
    let credentials: Vec<_> = world.credentials().collect();
    for (at, credential) in &credentials {
        if !matches!(credential.storage, Storage::Literal | Storage::Encoded) {
            continue;
        }
        let Some(first) = credential.secret.first() else {
            out.pass(at, "no value stands here");
            continue;
        };
        if !seen.insert((at.unit, *first)) {
            out.pass(at, "reported where the same bytes were seen first");
            continue;
        }
        let row = credential.detector.as_deref().and_then(detector);
        if (credential.kind == GENERIC) != generic {
            continue;
        }
        let half = row.and_then(|r| r.reported_with.as_deref());
        if half.is_some_and(|other| stands_near(&credentials, at, first, other)) {
            out.pass(at, "reported with its secret half");
            continue;
        }
        report(world, at, credential, row, out);
    }
}

/// Whether a credential of that detector stands near, or in the same place of the file's structure.
fn stands_near(credentials: &[(At<'_>, &Credential)], at: &At<'_>, first: &Source, other: &str) -> bool {
    credentials.iter().any(|(there, credential)| {
        there.unit == at.unit
            && credential.detector.as_deref().is_some_and(|d| d.split(':').next() == Some(other))
            && credential.secret.iter().any(|s| {
                s.file == first.file
                    && (s.span.start.abs_diff(first.span.start) < NEAR || there.fact.within == at.fact.within)
            })
    })
}

fn report(
    world: &World<'_>,
    at: &At<'_>,
    credential: &Credential,
    row: Option<&'static Detector>,
    out: &mut Verdicts<'_>,
) {
    let named = credential.detector.as_deref().and_then(|d| d.split_once(':')).map(|(_, name)| name);
    let variant = named.and_then(|name| row?.variant(name));
    let (severity, confidence, reasons) = weigh(world, credential, row, variant);

    let encoded = match credential.storage {
        Storage::Encoded => "merely base64-encoded",
        _ => "in clear text",
    };
    let mut message = format!("{} {encoded}: {}", credential.title, lifetime(world, credential));
    if let Some(scope) = &credential.scope {
        message.push_str(&format!("; {scope}"));
    }
    for reason in &reasons {
        message.push_str(&format!("; {reason}"));
    }
    message.push_str(". Accepted here: a reference to a secret store");
    if let Some(federation) = &credential.federation {
        message.push_str(&format!(", or {federation}"));
    }

    let tag = credential.tag.as_ref().map_or("", |t| t.0.as_str());
    let kind = row.map_or(credential.kind.as_str(), |r| r.id.as_str());
    let draft = out.report(at, message);
    draft.severity(severity).confidence(confidence).judged([kind, tag]);
    // The same value is the same credential, in whatever file; without a tag nobody knows.
    if !tag.is_empty() {
        draft.everywhere();
    }
    if let Some(row) = row {
        draft.help(format!("Revoke: {}.\nInstead: {}.", row.revoke, row.rotate));
    } else {
        let found =
            credential.detector.as_ref().map_or_else(String::new, |name| format!("Found by `{name}`.\n"));
        let advice = "Revoke: change it where it is checked.\nInstead: keep it in a secret store and refer to it by name.";
        draft.help(found + advice);
    }
}

/// Severity and confidence, and why they are lower than the format's own.
fn weigh(
    world: &World<'_>,
    credential: &Credential,
    row: Option<&'static Detector>,
    variant: Option<&'static Variant>,
) -> (Severity, Confidence, Vec<String>) {
    // A standing key of a platform that offers federation is what `lifetime/static-cloud-key` calls grave elsewhere.
    let unnamed = if credential.federation.is_some() { Severity::High } else { Severity::Medium };
    let mut severity = row.map_or(unnamed, |r| r.severity);
    let mut confidence = row.map_or(Confidence::Medium, |r| r.confidence);
    let mut reasons = Vec::new();
    if let Some(variant) = variant {
        severity = variant.severity.unwrap_or(severity);
        confidence = variant.confidence.unwrap_or(confidence);
        reasons.extend(variant.because.clone());
    }
    for possible in credential.lifetime.possible() {
        match possible.value {
            Lifetime::Expires(date) if *date < world.today => {
                severity = severity.min(Severity::Low);
                reasons.push("it no longer works, and still names what it opened".to_owned());
            }
            // A variant with such a lifetime has said so itself.
            Lifetime::MaxAge { seconds, renewable: false } if *seconds <= EPHEMERAL && variant.is_none() => {
                severity = severity.min(Severity::Medium);
                reasons.push("it is short-lived".to_owned());
            }
            _ => {}
        }
    }
    if credential.evidence == Evidence::Contradicted {
        confidence = match confidence {
            Confidence::High => Confidence::Medium,
            _ => Confidence::Low,
        };
        severity = severity.lower().max(severity.min(Severity::Low));
        reasons.push("its checksum or structure does not hold, so it may be altered or made up".to_owned());
    }
    (severity, confidence, reasons)
}

/// How long it works, as a person says it.
fn lifetime(world: &World<'_>, credential: &Credential) -> String {
    let standing = if credential.class == LifetimeClass::StandingKey { "long-lived, " } else { "" };
    let Some(possible) = credential.lifetime.possible().next() else {
        return format!("{standing}its expiry is known to the issuer only");
    };
    match possible.value {
        Lifetime::Unbounded => format!("{standing}no expiry"),
        Lifetime::Expires(date) if *date < world.today => format!("expired on {date}"),
        Lifetime::Expires(date) => format!("expires on {date}"),
        Lifetime::MaxAge { seconds, .. } => format!("works for {}", human_seconds(*seconds)),
        Lifetime::BoundTo(_) => "ends with its job".to_owned(),
        Lifetime::PlatformDefault { seconds: Some(seconds) } => {
            format!("works for {}", human_seconds(*seconds))
        }
        Lifetime::PlatformDefault { seconds: None } => "its platform decides how long it works".to_owned(),
    }
}
