//! Amazon resource names, perhaps with holes.

use crate::fact::{Piece, Ref, Text, Why};

/// The parts of `arn:partition:service:region:account:resource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arn {
    /// `iam`.
    pub service: Text,
    /// The account; empty where the resource has none.
    pub account: Text,
    /// Everything behind the fifth colon.
    pub resource: Text,
}

/// Takes a name apart. A hole at the front that may hold the leading parts gives `None`.
#[must_use]
pub fn parse(text: &Text) -> Option<Arn> {
    if !text.prefix().starts_with("arn:") {
        return None;
    }
    let mut parts = split(text, ':', 6).into_iter().skip(2);
    let service = parts.next()?;
    let _region = parts.next()?;
    Some(Arn { service, account: parts.next()?, resource: parts.next()? })
}

/// The entity a name of IAM or STS speaks of: role, user, account, provider.
#[must_use]
pub fn reference(text: &Text) -> Option<Ref> {
    let arn = parse(text)?;
    if arn.resource.known() == Some("root") {
        return Some(Ref::new("aws", "account", [], arn.account));
    }
    let mut path = split(&arn.resource, '/', usize::MAX);
    let kind = path.first()?.known()?.to_owned();
    let name = match kind.as_str() {
        // Behind an assumed role comes the name of the session.
        "assumed-role" => path.get(1)?.clone(),
        // A provider's name is a host with a path.
        "oidc-provider" => after(&arn.resource, "oidc-provider/")?,
        _ if path.len() > 1 => path.pop()?,
        _ => return None,
    };
    let kind = if kind == "assumed-role" { "role" } else { kind.as_str() };
    Some(Ref::new("aws", kind, [arn.account], name))
}

/// Splits at a character of the known parts, into at most `limit` parts.
pub(in crate::dialect) fn split(text: &Text, at: char, limit: usize) -> Vec<Text> {
    let mut parts = vec![Text::default()];
    for piece in &text.0 {
        match piece {
            Piece::Hole(why) => {
                if let Some(last) = parts.last_mut() {
                    last.push_hole(why.clone());
                }
            }
            Piece::Literal(literal) => {
                let room = limit.saturating_sub(parts.len()).saturating_add(1);
                for (index, part) in literal.splitn(room, at).enumerate() {
                    if index > 0 {
                        parts.push(Text::default());
                    }
                    if let Some(last) = parts.last_mut() {
                        last.push(part);
                    }
                }
            }
        }
    }
    parts
}

/// What stands behind the first known occurrence of `mark`.
pub(super) fn after(text: &Text, mark: &str) -> Option<Text> {
    let index = text.0.iter().position(|p| matches!(p, Piece::Literal(l) if l.contains(mark)))?;
    let mut rest = Text::default();
    if let Some(Piece::Literal(literal)) = text.0.get(index) {
        rest.push(literal.split_once(mark)?.1);
    }
    for piece in text.0.iter().skip(index + 1) {
        match piece {
            Piece::Literal(literal) => rest.push(literal),
            Piece::Hole(why) => rest.push_hole(why.clone()),
        }
    }
    Some(rest)
}

/// An entity of which only a text is known.
pub(super) fn opaque(kind: &str, text: &Text) -> Ref {
    let scope = Text::hole(Why::Variable("account".to_owned()));
    Ref::new("aws", kind, [scope], text.clone())
}
