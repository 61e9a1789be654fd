//! Credentials without their details.

use super::names;
use crate::fact::{Credential, Evidence, Lifetime, LifetimeClass, PERSONAL, Ref, Storage, Value};

/// The kind of a stored credential, as far as its name says it.
pub(crate) fn kind_of(name: &str) -> &'static str {
    if names::is_personal_token(name) { PERSONAL } else { "secret-reference" }
}

/// A standing credential without the details.
pub(crate) fn credential(
    is: Ref,
    issuer: &str,
    kind: &str,
    storage: Storage,
    lifetime: Value<Lifetime>,
) -> Credential {
    Credential {
        is,
        issuer: issuer.to_owned(),
        kind: kind.to_owned(),
        title: kind.to_owned(),
        storage,
        lifetime,
        class: LifetimeClass::StandingKey,
        rotation: None,
        not_before: None,
        ca: false,
        scope: None,
        evidence: Evidence::NotVerifiable,
        secret: Vec::new(),
        tag: None,
        detector: None,
        federation: None,
    }
}
