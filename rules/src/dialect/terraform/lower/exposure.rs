//! Interfaces others can call, identities opened to other issuers, and what resources need of their role.

use std::collections::BTreeSet;

use super::claims;
use super::credential::platform;
use super::site::{Site, knowledge, reference, text_of};
use crate::dialect::terraform::evaluate::{as_bool, default_of};
use crate::dialect::terraform::tables;
use crate::fact::{
    Approval, Body, ClaimMatch, Datum, Effect, Endpoint, Grant, Known, Match, Need, Principal, Reach, Ref,
    Text, Trust, Value, Why,
};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    for row in tables::endpoints(site.kind()) {
        endpoint(site, row);
    }
    for row in tables::everything(site.kind()) {
        everything(site, row);
    }
    federation(site);
    needs(site);
}

/// A switch at which whoever signs in may do everything.
fn everything(site: &mut Site<'_, '_, '_>, row: &tables::Everything) {
    for value in site.values(&row.argument) {
        if as_bool(default_of(&value)) != Some(row.on) {
            continue;
        }
        let own = site.kind().split_once('_').map_or(site.kind(), |(_, own)| own).replace('_', "-");
        let grant = Grant {
            holder: Ref::new(platform(site.kind()), own, [], site.address.clone()),
            effect: Effect::Allow,
            actions: vec![Text::literal(row.action.clone())],
            actions_except: false,
            resources: vec![Text::literal("*")],
            resources_except: false,
            principals: vec![Principal::AnyAccount],
            conditions: Vec::new(),
            approval: Approval::None,
        };
        site.at_value(&value, Body::Grant(grant));
    }
}

fn endpoint(site: &mut Site<'_, '_, '_>, row: &tables::Endpoint) {
    let header = site.block.header();
    let named = if row.except.is_empty() { None } else { site.value(&row.name).map(|value| text_of(&value)) };
    if named.is_some_and(|name| row.except.iter().any(|start| name.prefix().starts_with(start))) {
        site.out.silent(site.block.file.id, "an interface that asks nobody by design");
        return;
    }
    let other = row.alternative.as_deref();
    let stated = site.value(&row.auth).or_else(|| other.and_then(|argument| site.value(argument)));
    let (value, written) = match (stated, &row.default) {
        (Some(value), _) => (value, true),
        (None, Some(default)) => (Datum::new(header, Known::Text(Text::literal(default.clone()))), false),
        (None, None) => {
            (Datum::unknown(header, Why::Computed(format!("{}.{}", site.address, row.auth))), false)
        }
    };
    let key = row.key.as_deref().and_then(|argument| site.value(argument));
    let asks_key = key.as_ref().is_some_and(|value| as_bool(default_of(value)) == Some(true));
    let auth = knowledge(&value, |plain| {
        let text = plain.text()?;
        let known = text.known()?;
        let mut all = BTreeSet::new();
        if !row.anonymous.iter().any(|a| a.eq_ignore_ascii_case(known)) {
            all.insert(known.to_ascii_lowercase().replace('_', "-"));
        }
        if asks_key {
            all.insert("api-key".to_owned());
        }
        Some(vec![all])
    });
    if auth.why().is_some() {
        site.unresolved(&value);
    }
    let reach = match row.reach {
        Some(tables::Reach::Internet) => Value::known(Reach::Internet, header),
        Some(tables::Reach::Private) => Value::known(Reach::Private, header),
        None => Value::unknown(Why::Unsupported("who can reach it".to_owned()), header),
    };
    let name = match site.value(&row.name) {
        Some(value) => text_of(&value),
        None => Text::literal(site.address.clone()),
    };
    let own = site.kind().split_once('_').map_or(site.kind(), |(_, own)| own).replace('_', "-");
    let is = Ref::new(platform(site.kind()), own, [], name);
    let body = Body::Endpoint(Endpoint { is, kind: row.label.clone(), auth, reach });
    let fact = if written {
        site.at_value(&value, body)
    } else {
        let place = site.out.absent(header, &row.auth);
        site.out.fact(site.within, place, crate::fact::Origin::Absent, body)
    };
    if let Some(fact) = site.out.fact_mut(fact) {
        fact.lesser |= row.only_lets;
    }
}

/// A federated credential: tokens of an issuer, with a subject and an audience, open the identity.
fn federation(site: &mut Site<'_, '_, '_>) {
    let Some(row) = tables::federation(site.kind()) else { return };
    let Some((platform, kind)) = row.kind.split_once('/') else { return };
    let opens = site.value(&row.opens).or_else(|| row.alternative.as_deref().and_then(|a| site.value(a)));
    let name = opens.map_or_else(|| Text::literal(site.address.clone()), |value| text_of(&value));
    let issuer = site.text(&row.issuer);
    let issuer = match issuer.known() {
        Some(known) => Text::literal(known.trim_start_matches("https://").trim_end_matches('/')),
        None => issuer,
    };
    let expression = row.expression.as_deref().and_then(|argument| site.value(argument));
    let subject = expression.clone().or_else(|| site.value(&row.subject));
    let asked = |matches| vec![ClaimMatch { claim: "subject".to_owned(), matches }];
    let mut claims = match (&expression, &subject) {
        (Some(value), _) => match text_of(value).known() {
            Some(known) => claims::of(known),
            None => asked(Match::Expression(text_of(value).to_string())),
        },
        (None, Some(value)) => asked(Match::Exact(text_of(value))),
        (None, None) => asked(Match::Any),
    };
    for audience in site.values(&row.audiences) {
        for item in default_of(&audience).items() {
            let text = text_of(item);
            claims.push(ClaimMatch { claim: "audience".to_owned(), matches: Match::Exact(text) });
        }
    }
    let opens = reference(platform, kind, name);
    let trust = Trust { opens, to: vec![Principal::Issuer(issuer)], claims, conditions: Vec::new() };
    match subject {
        Some(value) => site.at_value(&value, Body::Trust(trust)),
        None => site.at_block(Body::Trust(trust)),
    };
}

/// Rights that a resource needs of the role behind it.
fn needs(site: &mut Site<'_, '_, '_>) {
    for row in tables::needs(site.kind()) {
        let Some(source) = site.value(&row.argument) else { continue };
        let mark = format!(":{}:", row.service);
        if !text_of(&source).prefix().contains(&mark) {
            continue;
        }
        let holder = role_of(site, &row.through);
        for action in &row.actions {
            let need = Need {
                holder: holder.clone(),
                action: Text::literal(action.clone()),
                because: row.because.clone(),
            };
            site.at_value(&source, Body::Need(need));
        }
    }
}

/// A function, and the argument that names it.
const FUNCTION: &str = "aws_lambda_function";
const NAME: &str = "function_name";

/// The role of the function that an argument names.
fn role_of(site: &mut Site<'_, '_, '_>, through: &str) -> Option<Ref> {
    let name = text_of(&site.value(through)?);
    let name = match name.0.last() {
        Some(crate::fact::Piece::Literal(last)) => last.rsplit(':').next().map(Text::literal)?,
        _ => name,
    };
    let (scope, evaluator) = (&site.scope, &mut *site.evaluator);
    let block = match scope.names.is_empty() {
        true => evaluator.by_argument(scope.instance, FUNCTION, NAME, true).get(&name)?.first().copied()?,
        // Both may be made of the same list.
        false => evaluator
            .instance(scope.instance)?
            .directory
            .of("resource", FUNCTION)
            .iter()
            .copied()
            .find(|block| text_of(&evaluator.attribute(*block, NAME, scope, block.header())) == name)?,
    };
    let role = site.evaluator.attribute(block, "role", &site.scope, block.header());
    Some(reference("aws", "role", text_of(&role)))
}
