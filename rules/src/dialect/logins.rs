//! Where standing credentials of clouds and registries go in, for every dialect: `data/logins.toml`.
//!
//! A dialect asks [`variable`] about the name of an environment variable (or of a secret or key that ends in such a
//! name) and [`step`] about an action, and learns the platform, what the value is, and what to use in its place.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

/// A cloud or registry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// What facts call it: `aws`.
    pub name: String,
    /// What people call it: `AWS`.
    pub label: String,
    /// What to use in place of a stored key; `None` where the platform offers nothing.
    pub federation: Option<String>,
    /// What to use in place of a stored token that publishes, where only publishing goes without one.
    pub publishing: Option<String>,
    /// The systems whose tokens it takes, where it does not take those of any issuer.
    pub from: Option<Vec<String>>,
    /// Where that is documented.
    pub source: String,
}

/// What a variable holds of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// It authenticates by itself, or completes a pair.
    Secret,
    /// The public half of a pair.
    Id,
    /// The path of a file that holds the secret.
    Path,
}

/// An environment variable that logs in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// `AWS_SECRET_ACCESS_KEY`.
    pub name: String,
    /// Name of its [`Platform`].
    pub platform: String,
    /// What it holds, for messages: "AWS secret access key".
    pub what: String,
    /// Which part of the credential it is.
    pub part: Part,
    /// The credential's kind: `cloud-key`, `registry-token`, `vault-token`, or `session-token` for one that is short-lived by
    /// design.
    pub kind: String,
    /// Fewest characters a real value has: a shorter literal is proven not to be one.
    pub min_length: Option<usize>,
    /// Where it is documented.
    pub source: String,
}

/// How the input that names an identity is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityForm {
    /// `arn:aws:iam::<account>:role/<path/name>`.
    AwsRoleArn,
    /// `<account id>@<project>.iam.gserviceaccount.com`.
    GcpEmail,
}

/// The input that names the identity a step acts as.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActsAs {
    /// The input.
    pub input: String,
    /// How it is written.
    pub form: IdentityForm,
}

/// The unit of a lifetime input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Seconds, with or without a trailing `s`.
    Seconds,
    /// Minutes.
    Minutes,
}

/// The input that sets a session's length.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifetimeInput {
    /// The input.
    pub input: String,
    /// Its unit.
    pub unit: Unit,
    /// Seconds when it is not given.
    pub default: Option<u64>,
    /// Seconds when it is not given and a standing key starts the session.
    pub default_with_secret: Option<u64>,
}

impl LifetimeInput {
    /// A written value in seconds: `3600`, `3600s`.
    #[must_use]
    pub fn seconds(&self, written: &str) -> Option<u64> {
        let number: u64 = written.trim().trim_end_matches('s').trim_end().parse().ok()?;
        match self.unit {
            Unit::Seconds => Some(number),
            Unit::Minutes => number.checked_mul(60),
        }
    }
}

/// The input that says what is logged in to, where a platform's name does not say it all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opens {
    /// The input.
    pub input: String,
    /// What it is when the input is not given.
    pub default: String,
}

/// A pipeline step that logs in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The action without version, lower case.
    pub service: String,
    /// Further ones with the same inputs.
    #[serde(default)]
    pub also: Vec<String>,
    /// Name of its [`Platform`].
    pub platform: String,
    /// What the standing credential is, for messages.
    pub what: String,
    /// The standing credential's kind.
    pub kind: String,
    /// Inputs that carry a standing credential.
    pub secrets: Vec<String>,
    /// Inputs that carry its public half.
    #[serde(default)]
    pub ids: Vec<String>,
    /// The input that says who logs in.
    pub user: Option<String>,
    /// Inputs that, when given, make the key a short-lived one.
    #[serde(default)]
    pub temporary: Vec<String>,
    /// Fewest characters a real secret has: a shorter literal is proven not to be one.
    pub min_length: Option<usize>,
    /// Inputs of which one, with no secret given, means that the job's OIDC token is exchanged.
    #[serde(default)]
    pub federated: Vec<String>,
    /// The variable of the settings that holds the secret when neither a secret nor one of `federated` is given.
    pub reads: Option<String>,
    /// Whether giving no secret at all means the exchange.
    #[serde(default)]
    pub implied: bool,
    /// The input that names the identity.
    pub acts_as: Option<ActsAs>,
    /// The input that sets the session's length.
    pub lifetime: Option<LifetimeInput>,
    /// The input that says what is logged in to.
    pub opens: Option<Opens>,
    /// Where it is documented.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    platform: Vec<Platform>,
    variable: Vec<Variable>,
    step: Vec<Step>,
}

struct Logins {
    platforms: BTreeMap<String, Platform>,
    variables: BTreeMap<String, Variable>,
    steps: BTreeMap<String, Arc<Step>>,
}

static LOGINS: LazyLock<Logins> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    let file: File =
        crate::table::read(include_str!("../../data/logins.toml")).expect("data/logins.toml parses");
    Logins {
        platforms: file.platform.into_iter().map(|p| (p.name.clone(), p)).collect(),
        variables: file.variable.into_iter().map(|v| (v.name.clone(), v)).collect(),
        steps: file.step.into_iter().flat_map(by_names).collect(),
    }
});

/// A row under each of its names.
fn by_names(step: Step) -> Vec<(String, Arc<Step>)> {
    let step = Arc::new(step);
    let names = std::iter::once(&step.service).chain(&step.also);
    names.map(|name| (name.clone(), Arc::clone(&step))).collect()
}

/// Reads the table now, so that a snapshot of the module holds it.
pub fn warm() {
    LazyLock::force(&LOGINS);
}

/// A platform by name.
#[must_use]
pub fn platform(name: &str) -> Option<&'static Platform> {
    LOGINS.platforms.get(name)
}

/// The login variable of this name; a prefix that ends in `_` is tolerated (`PROD_AWS_SECRET_ACCESS_KEY`,
/// `TF_VAR_…`, `INPUT_…`), and case does not matter.
#[must_use]
pub fn variable(name: &str) -> Option<&'static Variable> {
    let upper = name.to_ascii_uppercase();
    let mut rest = upper.as_str();
    loop {
        if let Some(found) = LOGINS.variables.get(rest) {
            return Some(found);
        }
        (_, rest) = rest.split_once('_')?;
    }
}

/// The login step of this action, named without version (`aws-actions/configure-aws-credentials`).
#[must_use]
pub fn step(service: &str) -> Option<&'static Step> {
    LOGINS.steps.get(&service.to_ascii_lowercase()).map(|row| &**row)
}

/// What to use in place of a standing credential of this platform.
#[must_use]
pub fn federation(name: &str) -> Option<String> {
    platform(name)?.federation.clone()
}

/// The same for a pipeline of this system: `None` too where the platform does not take its tokens.
#[must_use]
pub fn federation_from(name: &str, system: &str) -> Option<String> {
    let platform = platform(name)?;
    platform.federation.clone().filter(|_| platform.takes(system))
}

/// What to publish with in place of a standing token, in a pipeline of this system.
#[must_use]
pub fn publishing_from(name: &str, system: &str) -> Option<String> {
    let platform = platform(name)?;
    platform.publishing.clone().or_else(|| platform.federation.clone()).filter(|_| platform.takes(system))
}

impl Platform {
    fn takes(&self, system: &str) -> bool {
        self.from.as_ref().is_none_or(|from| from.iter().any(|known| known == system))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn the_table_parses_and_its_rows_agree() {
        for row in LOGINS.variables.values() {
            assert!(platform(&row.platform).is_some(), "{} names no platform", row.name);
            assert!(row.source.starts_with("https://"), "{} has no source", row.name);
        }
        for row in LOGINS.steps.values() {
            assert!(platform(&row.platform).is_some(), "{} names no platform", row.service);
            for name in row.also.iter().chain([&row.service]) {
                assert_eq!(*name, name.to_ascii_lowercase());
            }
            assert!(row.source.starts_with("https://"), "{} has no source", row.service);
        }
    }

    #[test]
    fn a_variable_is_known_with_a_prefix() {
        assert_eq!(variable("PROD_AWS_SECRET_ACCESS_KEY").unwrap().platform, "aws");
        assert_eq!(variable("azure_client_secret").unwrap().part, Part::Secret);
        assert!(variable("AWS_REGION").is_none());
        assert!(variable("MY_SECRET").is_none());
    }

    #[test]
    fn a_registry_takes_tokens_of_some_systems_only() {
        assert!(federation_from("pypi", "gitlab").is_some());
        assert_eq!(federation_from("pypi", "bitbucket"), None);
        assert!(federation_from("aws", "bitbucket").is_some());
        assert!(federation_from("npm", "github").is_none() && publishing_from("npm", "github").is_some());
        assert_eq!(publishing_from("npm", "bitbucket"), None);
    }

    #[test]
    fn a_lifetime_is_read_with_and_without_its_unit() {
        let google = step("Google-GitHub-Actions/auth").unwrap().lifetime.as_ref().unwrap();
        assert_eq!(google.seconds("7200s"), Some(7200));
        assert_eq!(google.seconds("7200"), Some(7200));
        assert_eq!(google.seconds("soon"), None);
    }
}
