//! `third-party/oidc-trust`: a trust in an OIDC provider that does not say whose tokens, or not narrowly.

use crate::fact::{Match, Text, Trust};
use crate::finding::Severity;
use crate::rule::analysis::trust::{Issuer, Reach, claims, issuers, reach};
use crate::rule::{At, Verdicts, World};

/// What holds federated identities before any is given an identity of the platform.
const POOL: &str = "workload-identity-pool";

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, trust) in world.trusts() {
        for (host, issuer) in issuers(trust) {
            match issuer {
                Some(issuer) => known(&at, trust, issuer, out),
                None => unknown(&at, trust, host, out),
            }
        }
    }
}

fn known(at: &At<'_>, trust: &Trust, issuer: &Issuer, out: &mut Verdicts<'_>) {
    let audience = asked(trust, "audience");
    let accepted: Vec<String> = issuer.accepted.iter().map(|shape| format!("`{shape}`")).collect();
    let accepted = accepted.join(" or ");
    let also = if audience { "" } else { ", and for whom they were issued is not checked (no audience)" };
    match reach(issuer, trust) {
        // A pool gives nothing: whom of its members an identity trusts is said where the identity is given to them.
        Reach::Open { severity, .. } if trust.opens.kind == POOL && severity < Severity::Critical => {
            out.pass(at, "a pool of federated identities, kept to some of the issuer's tokens");
        }
        Reach::Open { whom, severity } => {
            let subject = subjects(trust);
            let message = format!(
                "{} tokens of {whom} may act as this identity ({subject}){also}; accepted: a subject such as {accepted}",
                issuer.label
            );
            finish(out.report(at, message).severity(severity), trust);
        }
        Reach::Nobody => {
            let subject = subjects(trust);
            let message = format!(
                "{subject} is compared in full and is none that {} issues: nobody gets in, or a wildcard was \
                 meant; accepted: {accepted}",
                issuer.label
            );
            finish(out.report(at, message).severity(Severity::Low), trust);
        }
        Reach::Unknown => out.pass(at, "a part of the subject that is not known decides"),
        Reach::Fixed if !audience => {
            let message = format!(
                "{} tokens are accepted whatever audience they were issued for; accepted: an audience such as `{}`",
                issuer.label, issuer.audience
            );
            finish(out.report(at, message).severity(Severity::Low), trust);
        }
        Reach::Fixed => out.pass(at, "the subject is fixed and the audience is checked"),
    }
}

/// Of an issuer without a row only one thing is certain: asking for nothing at all lets in all of its tokens.
fn unknown(at: &At<'_>, trust: &Trust, host: &Text, out: &mut Verdicts<'_>) {
    if trust.claims.iter().any(|c| c.matches != Match::Any) {
        out.pass(at, "some claim of the token is asked for");
        return;
    }
    let name = host.known().map_or("the provider".to_owned(), |h| format!("`{h}`"));
    let message = format!(
        "every token of {name} may act as this identity: neither subject nor audience is asked for; accepted: a \
         subject and an audience, each in full"
    );
    finish(out.report(at, message).severity(Severity::Medium), trust);
}

fn asked(trust: &Trust, claim: &str) -> bool {
    claims(trust, claim).any(|m| *m != Match::Any)
}

fn subjects(trust: &Trust) -> String {
    let written: Vec<String> = claims(trust, "subject")
        .map(|m| match m {
            Match::Exact(text) | Match::Glob(text) => format!("`{text}`"),
            Match::Any => "`*`".to_owned(),
            Match::Expression(text) => text.clone(),
        })
        .collect();
    match written.as_slice() {
        [] => "no subject is asked for".to_owned(),
        some => format!("subject {}", some.join(" or ")),
    }
}

fn finish(draft: &mut crate::rule::Draft, trust: &Trust) {
    draft
        .judged(trust.to.iter().map(|p| format!("{p:?}")))
        .covers(trust.claims.iter().map(|c| format!("{} {:?}", c.claim, c.matches)));
}
