//! Secrets: variables of the settings by their names, `id_tokens`, and `secrets` from stores.

use super::Walk;
use super::job::Job;
use super::tree::{Field, Item};
use crate::dialect::pipeline::credential::credential;
use crate::fact::{
    Body, ContextKind, Credential, Lifetime, LifetimeClass, Ref, Selection, Sink, Storage, Text, Value, Why,
};

/// Stores that `secrets` reads from, by the key that names one.
/// Source: <https://docs.gitlab.com/ci/yaml/#secrets>.
const STORES: [(&str, &str, &str); 6] = [
    ("vault", "vault", "secret"),
    ("gcp_secret_manager", "gcp", "secret"),
    ("azure_key_vault", "azure", "secret"),
    ("aws_secrets_manager", "aws", "secret"),
    ("akeyless", "akeyless", "secret"),
    ("gitlab_secrets_manager", "gitlab", "secret"),
];

/// A job without a known environment: the variable may be the project's, its group's or an environment's.
pub(super) fn no_environment() -> Text {
    Text::hole(Why::Variable("environment".to_owned()))
}

impl Walk<'_, '_> {
    /// `id_tokens`: tokens that say who the job is. They end with it.
    pub(super) fn id_tokens(&mut self, job: &Job, tokens: Option<&Item>) {
        for field in self.fields(tokens) {
            let at = field.value.at();
            let audience = field.value.get("aud");
            let audiences: Vec<Item> = audience.iter().flat_map(Item::one_or_many).collect();
            let scope = match audiences.as_slice() {
                [only] => job.scope.resolve(only).text(),
                _ => None,
            };
            let is = Ref::new("gitlab", "id-token", job.unique.clone(), &*field.name);
            let credential = Credential {
                title: format!("ID token {}", field.name),
                class: LifetimeClass::AccessToken,
                scope,
                ..credential(
                    is.clone(),
                    "gitlab",
                    "id-token",
                    Storage::Federated,
                    Value::known(Lifetime::BoundTo(ContextKind::Job), at),
                )
            };
            self.out.state(job.within, at, Body::Credential(credential));
            self.provided(job, is, &field);
        }
    }

    /// `secrets`: read from a store when the job starts.
    pub(super) fn stored(&mut self, job: &Job, secrets: Option<&Item>) {
        for field in self.fields(secrets) {
            let found = STORES.iter().find_map(|row| Some((row, field.value.get(row.0)?)));
            let Some(((_, platform, kind), written)) = found else {
                self.out.unknown(field.value.at(), Why::Unsupported("this store of secrets".to_owned()));
                continue;
            };
            let name = written.get("name").or_else(|| written.get("path")).unwrap_or_else(|| written.clone());
            let path = job.scope.resolve(&name).text().unwrap_or_default();
            let at = name.at();
            let is = Ref::new(*platform, *kind, [], path);
            let lifetime = Value::unknown(Why::Variable(field.name.to_string()), at);
            let body = Credential {
                title: format!("secret {}", field.name),
                ..credential(is.clone(), platform, "secret-reference", Storage::StoreReference, lifetime)
            };
            self.out.state(job.within, at, Body::Credential(body));
            self.provided(job, is, &field);
        }
    }

    /// What the platform puts into the job's environment.
    fn provided(&mut self, job: &Job, is: Ref, field: &Field) {
        let to = Sink::Env(field.name.to_string());
        self.settings.hand(self.out, job.within, Selection::One(is), field.key, to);
    }
}
