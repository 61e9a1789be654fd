//! Federated credentials: tokens of an issuer, with a subject and an audience, open an identity.

use super::identity::reference;
use super::site::{Site, items};
use crate::dialect::arm::tables;
use crate::dialect::terraform::claims_of;
use crate::dialect::values::text_of;
use crate::fact::{Body, ClaimMatch, Match, Principal, Text, Trust};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    let Some(row) = tables::federation(site.kind) else { return };
    let issuer = site.text(&row.issuer);
    let issuer = match issuer.known() {
        Some(known) => Text::literal(known.trim_start_matches("https://").trim_end_matches('/')),
        None => issuer,
    };
    let expression = row.expression.as_deref().and_then(|path| site.value(path));
    let subject = expression.clone().or_else(|| site.value(&row.subject));
    let asked = |matches| vec![ClaimMatch { claim: "subject".to_owned(), matches }];
    let mut claims = match (&expression, &subject) {
        (Some(value), _) => match text_of(value).known() {
            Some(known) => claims_of(known),
            None => asked(Match::Expression(text_of(value).to_string())),
        },
        (None, Some(value)) => asked(Match::Exact(text_of(value))),
        (None, None) => asked(Match::Any),
    };
    for audience in site.all(&row.audiences).iter().flat_map(items) {
        let matches = Match::Exact(text_of(&audience.value));
        claims.push(ClaimMatch { claim: "audience".to_owned(), matches });
    }
    let name = opened(site);
    let opens = reference(&row.opens, name);
    let trust = Trust { opens, to: vec![Principal::Issuer(issuer)], claims, conditions: Vec::new() };
    match subject {
        Some(value) => site.at_value(&value, Body::Trust(trust)),
        None => site.at_header(Body::Trust(trust)),
    };
}

/// The identity around the credential: what stands before the last part of its name.
fn opened(site: &mut Site<'_, '_, '_>) -> Text {
    let parent = site.evaluator.template.resources.get(site.index).and_then(|r| r.parent);
    if let Some(parent) = parent {
        return site.evaluator.own_name(parent);
    }
    let full = site.evaluator.own_name(site.index);
    let known = full.known().map(|name| name.split('/').next().unwrap_or(name).to_owned());
    known.map_or(full, Text::literal)
}
