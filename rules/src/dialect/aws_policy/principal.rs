//! Who a statement speaks of: `"*"`, or a map of kinds to names.

use super::arn;
use super::choice::{Choice, alternatives, both, texts};
use crate::dialect::Lowering;
use crate::fact::{Datum, Known, Principal, Text, Why};

/// What a bare star means: a resource policy opens the resource to unsigned requests too, a role can only be assumed
/// by somebody who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Star {
    Anyone,
    AnyAccount,
}

/// The principals of a statement, in every combination.
pub(super) fn principals(
    out: &mut Lowering<'_>,
    datum: Option<&Datum>,
    star: Star,
) -> Vec<Choice<Vec<Principal>>> {
    let Some(datum) = datum else { return vec![Choice::certain(Vec::new())] };
    let mut all = Vec::new();
    for alternative in alternatives(datum) {
        let outer = Choice { lesser: alternative.lesser, case: alternative.case, ..Choice::certain(()) };
        let found = match &alternative.value.value {
            Known::Map(entries) => kinds(out, &alternative.value, entries, star),
            _ => texts(out, Some(&alternative.value))
                .into_iter()
                .map(|c| c.map(|names| names.iter().map(|n| principal("AWS", n, star)).collect()))
                .collect(),
        };
        all.extend(both(out, datum.at, &[outer], &found, |(), p: &Vec<Principal>| p.clone()));
    }
    all
}

fn kinds(
    out: &mut Lowering<'_>,
    datum: &Datum,
    entries: &[(Text, crate::span::Source, Datum)],
    star: Star,
) -> Vec<Choice<Vec<Principal>>> {
    let mut all = vec![Choice::certain(Vec::new())];
    for (kind, at, names) in entries {
        let Some(kind) = kind.known() else {
            out.unknown(*at, kind.why().cloned().unwrap_or_else(|| Why::Unsupported("text".to_owned())));
            continue;
        };
        let found: Vec<Choice<Vec<Principal>>> = texts(out, Some(names))
            .into_iter()
            .map(|c| c.map(|names| names.iter().map(|n| principal(kind, n, star)).collect()))
            .collect();
        all = both(out, datum.at, &all, &found, |a, b| a.iter().chain(b).cloned().collect());
    }
    all
}

fn principal(kind: &str, name: &Text, star: Star) -> Principal {
    match (kind, name.known()) {
        ("AWS", Some("*")) => match star {
            Star::Anyone => Principal::Anyone,
            Star::AnyAccount => Principal::AnyAccount,
        },
        // Every service acts for whoever asks it to, and every provider speaks of whomever it likes.
        ("Service" | "Federated", Some("*")) => Principal::AnyAccount,
        ("AWS", Some(text)) if of_any_account(text) => Principal::AnyAccount,
        ("Service", _) => Principal::Service(name.clone()),
        ("Federated", _) => federated(name),
        ("AWS", Some(digits)) if digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit()) => {
            Principal::Entity(crate::fact::Ref::new("aws", "account", [], name.clone()))
        }
        ("AWS", _) => {
            Principal::Entity(arn::reference(name).unwrap_or_else(|| arn::opaque("principal", name)))
        }
        ("CanonicalUser", _) => Principal::Entity(arn::opaque("canonical-user", name)),
        _ => Principal::Entity(arn::opaque(&kind.to_ascii_lowercase(), name)),
    }
}

/// Whether an ARN of an identity leaves its account open: a wildcard stands there, or nothing does (`arn:aws:iam::root`).
/// The platform takes no such principal; what takes the text for a pattern lets in every account.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
fn of_any_account(text: &str) -> bool {
    match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "iam" | "sts", _, account, _] => account.bytes().all(|b| b == b'*'),
        ["arn", _, "iam" | "sts", _, rest] => matches!(*rest, "root" | "*"),
        _ => false,
    }
}

/// A provider's ARN or a host; SAML providers are entities, since they have no claims to match.
fn federated(name: &Text) -> Principal {
    if let Some(host) = arn::after(name, ":oidc-provider/") {
        return Principal::Issuer(host);
    }
    match arn::reference(name) {
        Some(entity) => Principal::Entity(entity),
        None => Principal::Issuer(name.clone()),
    }
}
