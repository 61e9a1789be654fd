//! Conditions on the claims of a token, as Google Cloud (CEL) and Azure (flexible federated credentials) write them.
//!
//! Only what is a plain conjunction of comparisons is taken apart; all else stays an expression, which is not judged.

use crate::fact::{ClaimMatch, Match, Text};

/// Longest condition that is read; the platforms allow 4,096 characters.
const MAX_CONDITION: usize = 8_192;

/// The claims that a condition asks for.
pub(in crate::dialect) fn of(condition: &str) -> Vec<ClaimMatch> {
    let whole = || {
        let text = Match::Expression(condition.to_owned());
        vec![ClaimMatch { claim: "subject".to_owned(), matches: text }]
    };
    if condition.len() > MAX_CONDITION {
        return whole();
    }
    let Some(clauses) = clauses(condition) else { return whole() };
    let mut claims = Vec::new();
    for clause in clauses {
        match comparison(clause) {
            Some(more) => claims.extend(more),
            None => return whole(),
        }
    }
    claims
}

/// The parts of a conjunction; nothing if there are alternatives or a negation.
fn clauses(condition: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut start = 0;
    for (at, sign) in condition.char_indices() {
        let rest = condition.get(at..).unwrap_or_default();
        match quote {
            Some(open) if sign == open => quote = None,
            Some(_) => {}
            None if matches!(sign, '\'' | '"') => quote = Some(sign),
            None if rest.starts_with("||") || rest.starts_with('!') || rest.starts_with(" or ") => {
                return None;
            }
            None => {
                if let Some(mark) = ["&&", " and "].iter().find(|mark| rest.starts_with(**mark)) {
                    found.push(condition.get(start..at)?);
                    start = at + mark.len();
                }
            }
        }
    }
    found.push(condition.get(start..)?);
    Some(found)
}

fn comparison(clause: &str) -> Option<Vec<ClaimMatch>> {
    let clause = clause.trim().trim_start_matches('(').trim();
    if let Some((left, right)) = clause.split_once(".startsWith(") {
        let mut pattern = quoted(right.trim_end_matches(')').trim())?.to_owned();
        pattern.push('*');
        return Some(vec![claim(left, Match::Glob(Text::literal(pattern)))?]);
    }
    let signs = ["==", " eq ", " matches ", " in "];
    let (sign, at) = signs.iter().filter_map(|sign| Some((*sign, clause.find(sign)?))).min_by_key(|f| f.1)?;
    let left = clause.get(..at)?;
    let right = clause.get(at + sign.len()..)?.trim().trim_end_matches(')').trim();
    match sign {
        " in " => {
            let list = right.strip_prefix('[')?.strip_suffix(']')?;
            list.split(',').map(|item| claim(left, exact(item)?)).collect()
        }
        " matches " => Some(vec![claim(left, Match::Glob(Text::literal(quoted(right)?)))?]),
        _ => Some(vec![claim(left, exact(right)?)?]),
    }
}

fn exact(written: &str) -> Option<Match> {
    Some(Match::Exact(Text::literal(quoted(written.trim())?)))
}

/// A text in quotes without the quotes.
fn quoted(written: &str) -> Option<&str> {
    let inner = ['\'', '"'].iter().find_map(|q| written.strip_prefix(*q)?.strip_suffix(*q))?;
    (!inner.contains(['\'', '"'])).then_some(inner)
}

/// `assertion.sub`, `google.subject`, `attribute.repository`, `claims['sub']`.
fn claim(left: &str, matches: Match) -> Option<ClaimMatch> {
    let left = left.trim();
    let bracketed =
        ["assertion[", "claims["].iter().find_map(|open| left.strip_prefix(open)?.strip_suffix(']'));
    let name = match bracketed {
        Some(inner) => quoted(inner)?,
        None => ["assertion.", "attribute.", "google."].iter().find_map(|open| left.strip_prefix(open))?,
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if name.is_empty() || !name.bytes().all(plain) {
        return None;
    }
    let name = match name {
        "sub" => "subject",
        "aud" => "audience",
        name => name,
    };
    Some(ClaimMatch { claim: name.to_owned(), matches })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(condition: &str) -> String {
        let line = |c: ClaimMatch| match c.matches {
            Match::Exact(text) => format!("{}={text}", c.claim),
            Match::Glob(text) => format!("{}~{text}", c.claim),
            Match::Any => format!("{} any", c.claim),
            Match::Expression(text) => format!("expression {text}"),
        };
        of(condition).into_iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn conjunctions_of_comparisons_are_claims() {
        for (condition, expected) in [
            ("assertion.sub == 'repo:acme/shop:*'", "subject=repo:acme/shop:*"),
            (
                "assertion.repository==\"acme/shop\" && assertion.ref == 'refs/heads/main'",
                "repository=acme/shop ref=refs/heads/main",
            ),
            (
                "(attribute.repository == 'a/b') && google.subject.startsWith('repo:a/')",
                "repository=a/b subject~repo:a/*",
            ),
            ("assertion.repository in ['a/b', 'a/c']", "repository=a/b repository=a/c"),
            (
                "claims['sub'] matches 'repo:acme/*' and claims['job_workflow_ref'] eq 'x'",
                "subject~repo:acme/* job_workflow_ref=x",
            ),
        ] {
            assert_eq!(read(condition), expected);
        }
    }

    #[test]
    fn all_else_stays_an_expression() {
        for condition in [
            "assertion.sub == 'a' || assertion.sub == 'b'",
            "!(assertion.sub == 'a')",
            "assertion.sub.extract('x') == 'a'",
            "assertion.sub.matches('a.*')",
            "assertion.sub == assertion.other",
            "assertion.sub == 'a",
            "",
        ] {
            assert_eq!(read(condition), format!("expression {condition}"));
        }
    }
}
