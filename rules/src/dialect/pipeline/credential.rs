//! Credentials without their details.

use crate::fact::{Credential, Evidence, Lifetime, LifetimeClass, Ref, Storage, Value};

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
