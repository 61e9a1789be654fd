//! Conditions: operator → key → values.

use super::choice::{Choice, alternatives, both, texts};
use crate::dialect::Lowering;
use crate::fact::{ClaimMatch, Condition, Datum, Known, Match, Piece, Text, Why};
use crate::span::Source;

/// One comparison.
#[derive(Clone, Debug)]
pub(super) struct Row {
    operator: String,
    key: Text,
    values: Vec<Text>,
}

type Entries = [(Text, Source, Datum)];

/// The comparisons of a statement, in every combination.
pub(super) fn rows(out: &mut Lowering<'_>, datum: Option<&Datum>) -> Vec<Choice<Vec<Row>>> {
    let Some(datum) = datum else { return vec![Choice::certain(Vec::new())] };
    maps(out, datum, |out, operator, keys| {
        maps(out, keys, |out, key, values| {
            let row = |values| vec![Row { operator: operator.to_string(), key: key.clone(), values }];
            texts(out, Some(values)).into_iter().map(|c| c.map(row)).collect()
        })
    })
}

/// Reads every entry of a map that may be one of several; whatever is no map is reported.
fn maps(
    out: &mut Lowering<'_>,
    datum: &Datum,
    mut read: impl FnMut(&mut Lowering<'_>, &Text, &Datum) -> Vec<Choice<Vec<Row>>>,
) -> Vec<Choice<Vec<Row>>> {
    let mut all = Vec::new();
    for alternative in alternatives(datum) {
        let empty: &Entries = &[];
        let entries = match &alternative.value.value {
            Known::Map(entries) => entries.as_slice(),
            Known::Null => empty,
            Known::Unknown(why) => {
                out.unknown(alternative.value.at, why.clone());
                empty
            }
            _ => {
                out.unknown(alternative.value.at, Why::Unsupported("this form of condition".to_owned()));
                empty
            }
        };
        let mut found = vec![Choice {
            lesser: alternative.lesser,
            case: alternative.case,
            ..Choice::certain(Vec::new())
        }];
        for (key, _, value) in entries {
            let next = read(out, key, value);
            found =
                both(out, datum.at, &found, &next, |a: &Vec<Row>, b| a.iter().chain(b).cloned().collect());
        }
        all.extend(found);
    }
    all
}

impl Row {
    pub(super) fn condition(&self) -> Condition {
        Condition { operator: self.operator.clone(), key: self.key.to_string(), values: self.values.clone() }
    }

    /// The claim of an identity provider that is compared, and the provider's host:
    /// `token.actions.githubusercontent.com:sub`. Keys of AWS itself (`aws:SourceIp`) have no host before the colon.
    pub(super) fn claim(&self) -> Option<(Text, &str)> {
        let (host, name) = self.key.suffix().rsplit_once(':')?;
        let mut issuer = Text(self.key.0.get(..self.key.0.len().saturating_sub(1))?.to_vec());
        issuer.push(host);
        let is_host = issuer.has_hole() || host.contains('.') || host.contains('/');
        is_host.then_some((issuer, name))
    }

    /// How the claim is matched: nothing for a comparison that only takes values away.
    pub(super) fn matches(&self) -> Vec<Match> {
        let base = self.operator.rsplit(':').next().unwrap_or_default();
        let base = base.strip_suffix("IfExists").unwrap_or(base);
        match base {
            "StringEquals" | "StringEqualsIgnoreCase" | "ArnEquals" => {
                self.values.iter().cloned().map(Match::Exact).collect()
            }
            "StringLike" | "ArnLike" => self.values.iter().map(like).collect(),
            "StringNotEquals" | "StringNotEqualsIgnoreCase" | "StringNotLike" | "Null" => Vec::new(),
            _ => vec![Match::Expression(self.operator.clone())],
        }
    }

    /// The claims, under the names facts use.
    pub(super) fn claims(&self) -> Vec<ClaimMatch> {
        let Some((_, name)) = self.claim() else { return Vec::new() };
        let claim = match name {
            "sub" => "subject",
            "aud" | "app_id" => "audience",
            other => other,
        };
        self.matches().into_iter().map(|matches| ClaimMatch { claim: claim.to_owned(), matches }).collect()
    }
}

/// `*` and `?` stand for anything; without them a pattern is an exact text.
fn like(pattern: &Text) -> Match {
    let wild = pattern.0.iter().any(|p| matches!(p, Piece::Literal(l) if l.contains(['*', '?'])));
    match pattern.known() {
        Some(text) if !text.is_empty() && text.bytes().all(|b| b == b'*') => Match::Any,
        _ if wild => Match::Glob(pattern.clone()),
        _ => Match::Exact(pattern.clone()),
    }
}
