//! Trust in tokens of OIDC providers: how much of the subject is fixed (`data/scope/issuers.toml`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::pattern::Pattern;
use crate::fact::{ClaimMatch, Match, Piece, Principal, Text, Trust};
use crate::finding::Severity;

/// What is open when a part of the subject is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Level {
    part: String,
    opens: String,
    severity: Severity,
    partly: Option<Severity>,
    #[serde(default)]
    still_open: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    ending: String,
    opens: String,
    severity: Severity,
}

/// A provider of tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issuer {
    host: String,
    /// What people call it.
    pub(crate) label: String,
    subject: String,
    /// What the audience usually is, for messages.
    pub(crate) audience: String,
    /// Subjects that would be accepted, for messages.
    pub(crate) accepted: Vec<String>,
    claims: BTreeMap<String, String>,
    /// Claims that whoever has an account there can give any value.
    #[serde(default)]
    anybody: Vec<String>,
    levels: Vec<Level>,
    refused: Vec<Refused>,
    /// Where the provider documents its subjects.
    #[allow(dead_code)] // for readers of the table, and a test
    pub(crate) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    issuer: Vec<Issuer>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/scope/issuers.toml"))
        .expect("data/scope/issuers.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
}

/// Who gets in, as far as the subject goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The ones named.
    Fixed,
    /// More than one would name.
    Open {
        /// Who, for messages: "every repository of the organisation".
        whom: String,
        /// How bad.
        severity: Severity,
    },
    /// Nobody: the subject is compared in full, and no token of the issuer has one of this form.
    Nobody,
    /// Not to be told: a part that is not known decides.
    Unknown,
}

/// The issuers a trust accepts tokens of: host and, where the table knows it, the issuer.
pub(crate) fn issuers(trust: &Trust) -> impl Iterator<Item = (&Text, Option<&'static Issuer>)> {
    trust.to.iter().filter_map(|principal| match principal {
        Principal::Issuer(host) => Some((host, known(host))),
        _ => None,
    })
}

fn known(host: &Text) -> Option<&'static Issuer> {
    let bare = host.known()?.trim_start_matches("https://").trim_end_matches('/');
    let host = Pattern::exact(&Text::literal(bare), true);
    TABLE.issuer.iter().find(|row| Pattern::glob(&Text::literal(row.host.as_str()), true).subsumes(&host))
}

/// What a trust asks of a claim.
pub(crate) fn claims<'t>(trust: &'t Trust, claim: &'t str) -> impl Iterator<Item = &'t Match> {
    trust.claims.iter().filter(move |c| c.claim == claim).map(|c| &c.matches)
}

/// Who gets in with tokens of this issuer: the widest of the alternatives, the other claims counted.
#[must_use]
pub(crate) fn reach(issuer: &Issuer, trust: &Trust) -> Reach {
    let worst = claims(trust, "subject").map(|m| of_match(issuer, m)).max_by_key(weight);
    match worst.unwrap_or_else(|| from(issuer, 0)) {
        Reach::Open { whom, severity } => {
            let other = trust.claims.iter().filter_map(|c| by_claim(issuer, c)).min_by_key(weight);
            match other {
                Some(narrower)
                    if weight(&narrower) < weight(&Reach::Open { whom: whom.clone(), severity }) =>
                {
                    narrower
                }
                _ => Reach::Open { whom, severity },
            }
        }
        settled => settled,
    }
}

fn weight(reach: &Reach) -> Option<Severity> {
    match reach {
        Reach::Open { severity, .. } => Some(*severity),
        Reach::Fixed | Reach::Unknown | Reach::Nobody => None,
    }
}

/// What stays open when another claim than the subject is fixed.
fn by_claim(issuer: &Issuer, claim: &ClaimMatch) -> Option<Reach> {
    let Some(part) = issuer.claims.get(&claim.claim) else {
        // Some other claim is asked for: how far it narrows is not to be told, unless anybody can bring it.
        let is_known = matches!(claim.claim.as_str(), "subject" | "audience");
        let narrows = !is_known && !issuer.anybody.contains(&claim.claim) && claim.matches != Match::Any;
        return narrows.then_some(Reach::Unknown);
    };
    match &claim.matches {
        Match::Any => None,
        Match::Expression(_) => Some(Reach::Unknown),
        // A pattern in another claim is not taken apart: it narrows to something.
        Match::Exact(_) | Match::Glob(_) => Some(
            issuer.levels.iter().position(|l| l.part == *part).map_or(Reach::Fixed, |at| from(issuer, at)),
        ),
    }
}

/// Everything from a level on is open.
fn from(issuer: &Issuer, level: usize) -> Reach {
    issuer
        .levels
        .get(level)
        .map_or(Reach::Fixed, |l| Reach::Open { whom: l.opens.clone(), severity: l.severity })
}

fn of_match(issuer: &Issuer, matched: &Match) -> Reach {
    match matched {
        Match::Any => from(issuer, 0),
        Match::Expression(_) => Reach::Unknown,
        Match::Exact(text) => match refused(issuer, text) {
            Reach::Fixed => in_full(issuer, &flat(text)),
            open => open,
        },
        Match::Glob(text) => {
            let written = flat(text);
            match written.find(['*', '?']) {
                None => refused(issuer, text),
                Some(end) => open_from(issuer, written.get(..end).unwrap_or_default()),
            }
        }
    }
}

fn refused(issuer: &Issuer, text: &Text) -> Reach {
    issuer
        .refused
        .iter()
        .find(|row| text.suffix().ends_with(&row.ending))
        .map_or(Reach::Fixed, |row| Reach::Open { whom: row.opens.clone(), severity: row.severity })
}

/// A subject that is compared in full. A star in it is no wildcard: where only a name can stand, no token has it.
fn in_full(issuer: &Issuer, subject: &str) -> Reach {
    if let Some(open) = by_anybody(issuer, subject) {
        return open;
    }
    if subject.contains(HOLE) {
        return Reach::Fixed;
    }
    let (texts, parts) = form(&issuer.subject);
    let first = texts.first().copied().unwrap_or_default();
    let Some(mut rest) = subject.strip_prefix(first) else {
        let is_word = !subject.contains([':', '/']);
        return if is_word { Reach::Nobody } else { Reach::Fixed };
    };
    for separator in texts.iter().skip(1).take(parts.len().saturating_sub(1)) {
        let (part, behind) = rest.split_once(separator).unwrap_or((rest, ""));
        if part.contains('*') {
            return Reach::Nobody;
        }
        rest = behind;
    }
    Reach::Fixed
}

/// A subject that begins with a claim of the sender's own choice: what stands behind it can be part of that claim.
fn by_anybody(issuer: &Issuer, subject: &str) -> Option<Reach> {
    let (claim, _) = subject.split_once(':')?;
    let first = issuer.levels.first()?;
    issuer.anybody.iter().any(|name| name == claim).then(|| Reach::Open {
        whom: format!("{} that names its {claim} so", first.opens),
        severity: first.severity,
    })
}

/// Stands for an unknown part; no subject holds it.
const HOLE: char = '\0';

fn flat(text: &Text) -> String {
    text.0
        .iter()
        .map(|piece| match piece {
            Piece::Literal(literal) => literal.clone(),
            Piece::Hole(_) => HOLE.to_string(),
        })
        .collect()
}

/// A subject's form as a list: text between the parts, then a part, in turn; begins and ends with text.
fn form(subject: &str) -> (Vec<&str>, Vec<&str>) {
    let mut texts = Vec::new();
    let mut parts = Vec::new();
    let mut rest = subject;
    while let Some((text, behind)) = rest.split_once('{') {
        let Some((part, after)) = behind.split_once('}') else { break };
        texts.push(text);
        parts.push(part);
        rest = after;
    }
    texts.push(rest);
    (texts, parts)
}

/// Walks the known beginning of a pattern along the subject's form, to the part in which it ends.
fn open_from(issuer: &Issuer, fixed: &str) -> Reach {
    let (texts, parts) = form(&issuer.subject);
    let mut rest = fixed;
    let mut index = 0;
    let Some(first) = texts.first() else { return Reach::Unknown };
    match rest.strip_prefix(first) {
        Some(behind) => rest = behind,
        None if first.starts_with(rest) => return level(issuer, parts.first().copied(), ""),
        // A subject in a form of the customer's own, or hidden in a variable.
        None => match after_hole(rest, &texts, 0) {
            Some((next, behind)) => (index, rest) = (next, behind),
            None => return by_anybody(issuer, rest).unwrap_or(Reach::Unknown),
        },
    }
    // `rest` stands at the beginning of part `index`.
    while let Some(part) = parts.get(index) {
        let separator = texts.get(index + 1).copied().unwrap_or_default();
        let end = if separator.is_empty() { None } else { rest.find(separator) };
        match end {
            Some(end) => {
                rest = rest.get(end + separator.len()..).unwrap_or_default();
                index += 1;
            }
            None => match after_hole(rest, &texts, index + 1) {
                Some((next, behind)) => (index, rest) = (next, behind),
                None if rest.ends_with(HOLE) => return Reach::Unknown,
                None if ends_part(rest, separator) => {
                    return level(issuer, parts.get(index + 1).copied(), "");
                }
                None => return level(issuer, Some(part), rest),
            },
        }
    }
    Reach::Fixed
}

/// Whether a beginning of the separator stands at the end already: then the part itself is fixed.
fn ends_part(rest: &str, separator: &str) -> bool {
    (1..separator.len()).filter_map(|n| separator.get(..n)).any(|start| rest.ends_with(start))
}

/// Behind an unknown part, the walk goes on at the next text of the form that is found there.
fn after_hole<'r>(rest: &'r str, texts: &[&str], from: usize) -> Option<(usize, &'r str)> {
    let (_, behind) = rest.split_once(HOLE)?;
    texts.iter().enumerate().skip(from).filter(|(_, text)| !text.is_empty()).find_map(|(index, text)| {
        let at = behind.find(text)?;
        Some((index, behind.get(at + text.len()..)?))
    })
}

fn level(issuer: &Issuer, part: Option<&str>, fixed: &str) -> Reach {
    let Some(level) = issuer.levels.iter().find(|l| Some(l.part.as_str()) == part) else {
        return Reach::Fixed;
    };
    if fixed.is_empty() || level.still_open.iter().any(|s| s == fixed) {
        return Reach::Open { whom: level.opens.clone(), severity: level.severity };
    }
    match level.partly {
        Some(severity) => {
            Reach::Open { whom: format!("{} whose name begins as written", level.opens), severity }
        }
        None => Reach::Fixed,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::fact::{Ref, Why};

    /// `_` stands for a hole.
    fn holed(text: &str) -> Text {
        let mut made = Text::default();
        for (index, part) in text.split('_').enumerate() {
            if index > 0 {
                made.push_hole(Why::Variable("x".to_owned()));
            }
            made.push(part);
        }
        made
    }

    fn trust(host: &str, claims: &[(&str, Match)]) -> Trust {
        Trust {
            opens: Ref::new("aws", "role", [], "app"),
            to: vec![Principal::Issuer(Text::literal(host))],
            claims: claims
                .iter()
                .map(|(claim, matches)| ClaimMatch { claim: (*claim).to_owned(), matches: matches.clone() })
                .collect(),
            conditions: Vec::new(),
        }
    }

    fn judged(host: &str, claims: &[(&str, Match)]) -> String {
        let trust = trust(host, claims);
        let issuer = issuers(&trust).next().unwrap().1.unwrap();
        match reach(issuer, &trust) {
            Reach::Fixed => "fixed".to_owned(),
            Reach::Unknown => "unknown".to_owned(),
            Reach::Nobody => "nobody".to_owned(),
            Reach::Open { whom, severity } => format!("{severity:?}: {whom}"),
        }
    }

    #[test]
    fn the_table_parses_and_its_levels_are_parts_of_the_subject() {
        for issuer in &TABLE.issuer {
            let (_, parts) = form(&issuer.subject);
            assert!(issuer.levels.iter().all(|l| parts.contains(&l.part.as_str())), "{}", issuer.host);
            assert!(
                issuer.claims.values().all(|p| p.is_empty() || parts.contains(&p.as_str())),
                "{}",
                issuer.host
            );
            assert!(issuer.source.starts_with("https://") && !issuer.accepted.is_empty(), "{}", issuer.host);
        }
    }

    #[test]
    fn accepted_shapes_are_accepted() {
        for issuer in &TABLE.issuer {
            for subject in &issuer.accepted {
                let shape = if subject.contains('*') { Match::Glob } else { Match::Exact };
                let open = of_match(issuer, &shape(Text::literal(subject.as_str())));
                assert_eq!(open, Reach::Fixed, "{subject}");
            }
        }
    }

    #[test]
    fn github_subjects_are_judged_by_the_first_open_part() {
        const ANYBODY: &str = "Critical: any repository of GitHub, of anybody";
        const ORGANISATION: &str = "High: every repository of the organisation";
        const CONTEXT: &str = "Medium: every branch, tag, pull request and environment of the repository";
        for (subject, expected) in [
            ("repo:*", ANYBODY),
            ("*:environment:production", ANYBODY),
            ("re*", ANYBODY),
            ("repo:acme/*", ORGANISATION),
            ("repo:acme/*:ref:refs/heads/main", ORGANISATION),
            ("repo:acme/shop-*", "Medium: every repository of the organisation whose name begins as written"),
            ("repo:acme*", "High: any repository of GitHub, of anybody whose name begins as written"),
            ("repo:acme/shop:*", CONTEXT),
            ("repo:acme/shop:ref:*", CONTEXT),
            ("repo:acme/shop:ref:refs/heads/*", CONTEXT),
            ("repo:acme/shop:ref:refs/heads/release-*", "fixed"),
            ("repo:acme/shop:environment:prod-*", "fixed"),
            ("repo:_:*", CONTEXT),
            ("repo:_/*", ORGANISATION),
            ("repo:_/_:*", CONTEXT),
            ("_:*", CONTEXT),
            ("repo:_*", "unknown"),
            ("_*", "unknown"),
        ] {
            let found =
                judged("token.actions.githubusercontent.com", &[("subject", Match::Glob(holed(subject)))]);
            // `_:*` may be anything up to a colon; the first colon of the form is taken.
            if subject != "_:*" {
                assert_eq!(found, expected, "{subject}");
            }
        }
        let exact = Match::Exact(Text::literal("repo:acme/shop:pull_request"));
        assert!(
            judged("token.actions.githubusercontent.com", &[("subject", exact)])
                .starts_with("Medium: every pull")
        );
    }

    #[test]
    fn a_subject_in_full_has_no_wildcards_and_names_what_its_sender_cannot_choose() {
        let host = "token.actions.githubusercontent.com";
        for (subject, expected) in [
            ("invalid", "nobody"),
            ("*", "nobody"),
            ("repo:*", "nobody"),
            ("repo:acme*", "nobody"),
            ("repo:acme/*:ref:refs/heads/main", "nobody"),
            ("repo:acme/shop:*", "fixed"),
            ("repo:acme/shop:environment:production", "fixed"),
            ("repo:_/_:environment:_", "fixed"),
            ("_", "fixed"),
            ("job_workflow_ref:acme/ci/.github/workflows/x.yml@refs/heads/main", "fixed"),
        ] {
            assert_eq!(judged(host, &[("subject", Match::Exact(holed(subject)))]), expected, "{subject}");
        }
        let chosen = Match::Exact(Text::literal("workflow:deploy:repo:acme/shop:ref:refs/heads/main"));
        assert!(judged(host, &[("subject", chosen)]).starts_with("Critical: any repository of GitHub"));
    }

    #[test]
    fn the_widest_alternative_counts_and_other_claims_narrow() {
        let host = "token.actions.githubusercontent.com";
        let one = ("subject", Match::Exact(Text::literal("repo:acme/shop:ref:refs/heads/main")));
        let all = ("subject", Match::Any);
        assert!(judged(host, &[one.clone(), all.clone()]).starts_with("Critical"));
        assert!(judged(host, &[]).starts_with("Critical"));
        let owner = ("repository_owner", Match::Exact(Text::literal("acme")));
        assert!(judged(host, &[all.clone(), owner]).starts_with("High: every repository of"));
        let workflow = ("job_workflow_ref", Match::Glob(Text::literal("acme/ci/.github/workflows/x.yml@*")));
        assert_eq!(judged(host, &[all.clone(), workflow]), "fixed");
        let branch = ("ref", Match::Exact(Text::literal("refs/heads/main")));
        assert!(judged(host, &[all.clone(), branch]).starts_with("Critical"));
        let actor = ("actor_id", Match::Exact(Text::literal("1")));
        assert_eq!(judged(host, &[all, actor]), "unknown");
    }

    #[test]
    fn other_issuers_have_their_own_forms() {
        let glob = |text: &str| ("subject", Match::Glob(Text::literal(text)));
        assert!(judged("gitlab.com", &[glob("project_path:acme/*")]).starts_with("High"));
        assert!(
            judged("gitlab.com", &[glob("project_path:acme/shop:*")]).starts_with("Medium: every branch and")
        );
        assert!(
            judged("gitlab.com", &[glob("project_path:acme/shop:ref_type:branch:ref:*")])
                .starts_with("Medium")
        );
        assert!(judged("app.terraform.io", &[glob("organization:acme:*")]).starts_with("High"));
        assert_eq!(
            judged("app.terraform.io", &[glob("organization:acme:project:p:workspace:w:run_phase:*")]),
            "fixed"
        );
        let eks = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE";
        assert!(judged(eks, &[]).starts_with("High: every service account of the cluster"));
        assert_eq!(
            judged(eks, &[("subject", Match::Exact("system:serviceaccount:shop:api".into()))]),
            "fixed"
        );
    }
}
