//! URLs of functions and the permissions that open them: either is no use without the other, so both are one cause.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>.

use crate::fact::{Effect, Endpoint, Grant, Principal, Ref};
use crate::rule::{At, World};

/// What facts call such a URL.
const URL: &str = "lambda-function-url";
/// What calls through one.
const INVOKE: [&str; 2] = ["aws:lambda:InvokeFunctionUrl", "aws:lambda:InvokeFunction"];
/// The keys that say how calls through a URL sign in, and that a call comes through one.
const KEYS: [&str; 2] = ["lambda:functionurlauthtype", "lambda:invokedviafunctionurl"];

/// The URLs of a world that ask nobody who they are.
#[derive(Debug, Default)]
pub(crate) struct Urls<'a>(Vec<(usize, &'a Ref)>);

impl<'a> Urls<'a> {
    /// Files them.
    pub(crate) fn of(world: &World<'a>) -> Self {
        let open = world.endpoints().filter(|(_, endpoint)| is_open(endpoint));
        Self(open.map(|(at, endpoint)| (at.unit, &endpoint.is)).collect())
    }

    /// Whether a grant opens one of them and nothing else.
    pub(crate) fn open_by(&self, at: &At<'_>, grant: &Grant) -> bool {
        opens(grant) && self.0.iter().any(|(unit, url)| *unit == at.unit && same(url, &grant.holder))
    }
}

/// The grants that open a URL.
pub(crate) fn permissions<'a>(world: &World<'a>, unit: usize, url: &Endpoint) -> Vec<At<'a>> {
    if !is_open(url) {
        return Vec::new();
    }
    let grants = world.grants().filter(|(at, grant)| at.unit == unit && opens(grant));
    grants.filter(|(_, grant)| same(&url.is, &grant.holder)).map(|(at, _)| at).collect()
}

fn is_open(endpoint: &Endpoint) -> bool {
    let anybody = endpoint.auth.possible().any(|p| p.value.iter().any(std::collections::BTreeSet::is_empty));
    endpoint.is.kind == URL && anybody
}

/// Whether a grant lets everybody call through a URL, and do nothing else.
fn opens(grant: &Grant) -> bool {
    grant.effect == Effect::Allow
        && !grant.actions_except
        && grant.principals.iter().any(|p| matches!(p, Principal::Anyone | Principal::AnyAccount))
        && grant.actions.iter().all(|a| a.known().is_some_and(|a| INVOKE.contains(&a)))
        && grant.conditions.iter().any(|c| KEYS.contains(&c.key.to_ascii_lowercase().as_str()))
}

/// Whether both speak of one function: by its name, or by its ARN, which ends in the name.
fn same(url: &Ref, function: &Ref) -> bool {
    let name = |of: &Ref| of.name.to_string().rsplit(':').next().map(str::to_owned);
    name(url) == name(function)
}
