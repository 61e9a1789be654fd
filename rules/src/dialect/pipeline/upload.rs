//! Packages that are published with a key that nobody shows: what logs in is stored where the pipeline does not say.

use super::credential::credential;
use crate::command::upload::Upload;
use crate::dialect::{Lowering, logins};
use crate::fact::{Body, ContextId, Credential, Lifetime, Origin, Ref, Storage, Text, UNSEEN, Value};
use crate::span::Source;

/// States the stored key with which a command must log in, in a pipeline of `system` that has an identity to offer in its
/// place. `unique` is the pipeline's path and the job.
pub(crate) fn state(
    out: &mut Lowering<'_>,
    system: &str,
    within: ContextId,
    at: Source,
    unique: &[Text; 2],
    upload: &Upload,
) {
    let platform = &upload.registry.platform;
    let Some(federation) = logins::publishing_from(platform, system) else { return };
    let is = Ref::new(&**platform, UNSEEN, unique.clone(), upload.command());
    let body = Credential {
        title: upload.registry.what.clone(),
        federation: Some(federation),
        ..credential(is, platform, UNSEEN, Storage::StoreReference, Value::known(Lifetime::Unbounded, at))
    };
    let place = out.absent(at, "key");
    out.fact(within, place, Origin::Absent, Body::Credential(body));
}
