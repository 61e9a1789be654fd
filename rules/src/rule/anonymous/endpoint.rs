//! `anonymous/endpoint`: an interface with an alternative that asks for no authentication.

use crate::fact::Reach;
use crate::finding::{Confidence, Severity};
use crate::rule::analysis::function_urls::permissions;
use crate::rule::{Verdicts, World};

/// What facts call one of many interfaces of a description, which only its name tells apart.
const OPERATION: &str = "operation";

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, endpoint) in world.endpoints() {
        let anonymous = endpoint
            .auth
            .possible()
            .find(|possible| possible.value.iter().any(std::collections::BTreeSet::is_empty));
        let Some(anonymous) = anonymous else {
            out.pass(&at, "every alternative asks for authentication, or which one holds is not known");
            continue;
        };
        let (from, severity, confidence) = match endpoint.reach.only() {
            Some(Reach::Internet) => ("from the internet", Severity::High, Confidence::High),
            Some(Reach::Private) => ("from its network", Severity::Medium, Confidence::High),
            None => ("from wherever it can be reached", Severity::Medium, Confidence::Medium),
        };
        let others: Vec<String> = anonymous
            .value
            .iter()
            .filter(|all| !all.is_empty())
            .map(|all| all.iter().cloned().collect::<Vec<_>>().join(" and "))
            .collect();
        let optional = if others.is_empty() {
            String::new()
        } else {
            format!(", since {} is only one alternative", others.join(" or "))
        };
        let what = if endpoint.is.kind == OPERATION {
            format!("{} `{}`", endpoint.kind, endpoint.is.name)
        } else {
            endpoint.kind.clone()
        };
        let message = format!(
            "{what} answers anyone {from} without authentication{optional}; accepted: an alternative that asks for \
             credentials, and no empty one"
        );
        let draft = out.report(&at, message);
        for permission in permissions(world, at.unit, endpoint) {
            draft.related("let in by this permission", permission.spot(permission.place().source()));
        }
        draft
            .severity(severity)
            .confidence(confidence)
            .lesser(anonymous.lesser && !at.fact.lesser)
            .judged([what])
            .covers(others.into_iter().chain(["anonymous".to_owned()]));
    }
}
