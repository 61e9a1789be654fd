//! Names of people, as far as they tell themselves from names of machines: `data/scope/people.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    machine: Machine,
    consumer: Consumer,
    acting: Acting,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Consumer {
    domains: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Acting {
    roles: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    words: BTreeSet<String>,
    domains: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/scope/people.toml"))
        .expect("data/scope/people.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether an address is of a mail service where anybody opens an account for themselves.
pub(crate) fn is_consumer(address: &str) -> bool {
    let lower = address.trim().to_ascii_lowercase();
    lower.split_once('@').is_some_and(|(_, domain)| TABLE.consumer.domains.contains(domain))
}

/// Whether whoever holds this acts as a machine.
pub(crate) fn acts_as_machine(action: &str) -> bool {
    TABLE.acting.roles.contains(action)
}

/// Whether a login's name is a person's: a mail address of a first and a last name. A name alone may be anything.
pub(crate) fn is_person(name: &str) -> bool {
    let lower = name.trim().to_ascii_lowercase();
    let Some((local, domain)) = lower.split_once('@') else { return false };
    let machine = &TABLE.machine;
    if machine
        .domains
        .iter()
        .any(|d| domain == d || domain.strip_suffix(d.as_str()).is_some_and(|r| r.ends_with('.')))
    {
        return false;
    }
    let words: Vec<&str> = local.split(['.', '-', '_', '+']).filter(|word| !word.is_empty()).collect();
    let spelled = |word: &&str| word.bytes().all(|b| b.is_ascii_alphabetic());
    let is_named = matches!(words.as_slice(), [_, _] | [_, _, _]) && words.iter().all(spelled);
    is_named && !words.iter().any(|word| machine.words.contains(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_and_a_last_name() {
        assert!(is_person("jane.doe@acme.example") && is_person("Jane_van.Doe@acme.example"));
        for name in [
            "ci.bot@acme.example",
            "jane@acme.example",
            "jane.doe",
            "deploy-shop@acme.example",
            "a.b1@x.example",
            "shop-ci@acme.iam.gserviceaccount.com",
        ] {
            assert!(!is_person(name), "{name}");
        }
    }

    #[test]
    fn mail_of_ones_own() {
        assert!(is_consumer("jane@gmail.com") && is_consumer("Jane.Doe@GMail.com"));
        assert!(!is_consumer("jane@acme.example") && !is_consumer("jane"));
        assert!(acts_as_machine("gcp:role:roles/iam.serviceAccountUser"));
        assert!(!acts_as_machine("gcp:role:roles/viewer"));
    }
}
