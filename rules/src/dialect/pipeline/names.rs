//! What names say in pipelines of every platform: `data/pipelines.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::detect;
use crate::fact::Tier;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    tiers: Tiers,
    slots: Slots,
    personal: Personal,
    moving: Moving,
    credential_files: CredentialFiles,
    needless: Needless,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Needless {
    commands: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialFiles {
    ends: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tiers {
    production: BTreeSet<String>,
    other: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Slots {
    words: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Personal {
    parts: BTreeSet<String>,
    words: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moving {
    names: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/pipelines.toml")).expect("data/pipelines.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&NAMES);
}

/// Whether a command, by its first words, uses no token of its job.
pub(super) fn needs_nothing(words: &[&str]) -> bool {
    (1..=words.len().min(3)).any(|n| NAMES.needless.commands.contains(&words[..n].join(" ")))
}

/// Whether a path is one of a file that programs read their credentials from.
pub(crate) fn keeps_credentials(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    NAMES.credential_files.ends.iter().any(|end| {
        lower.strip_suffix(end.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    })
}

/// How much an environment matters, by the parts of its name.
pub(crate) fn tier(name: &str) -> Option<Tier> {
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    if parts.iter().any(|p| NAMES.tiers.other.contains(*p)) {
        return Some(Tier::NonProduction);
    }
    parts.iter().any(|p| NAMES.tiers.production.contains(*p)).then_some(Tier::Production)
}

/// Whether detectors should see the literal that a variable or input of this name has.
pub(crate) fn may_hold_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace('-', "_");
    NAMES.slots.words.iter().any(|word| lower.contains(word.as_str())) || detect::asks_for_secret(name)
}

/// Whether a variable of this name holds a person's token: `GH_PAT`, `devopsPat`, `PERSONAL_ACCESS_TOKEN`.
pub(crate) fn is_personal_token(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let bare: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let hump = || {
        NAMES.personal.parts.iter().any(|part| {
            let Some(at) = name.len().checked_sub(part.len()).filter(|at| *at > 0) else { return false };
            let (Some(before), Some(end)) = (name.get(..at), name.get(at..)) else { return false };
            end.eq_ignore_ascii_case(part)
                && end.starts_with(|c: char| c.is_ascii_uppercase())
                && before.ends_with(|c: char| c.is_ascii_lowercase())
        })
    };
    lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| NAMES.personal.parts.contains(part))
        || NAMES.personal.words.iter().any(|word| bare.contains(word.as_str()))
        || hump()
}

/// Whether a version moves by design: a branch, a channel.
pub(crate) fn moves(version: &str) -> bool {
    let version = version.strip_prefix("refs/heads/").unwrap_or(version);
    NAMES.moving.names.contains(&version.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_names_tell() {
        assert_eq!(tier("eu-prod"), Some(Tier::Production));
        assert_eq!(tier("production/staging"), Some(Tier::NonProduction));
        assert_eq!(tier("review/app"), None);
        assert!(may_hold_secret("deploy-token") && !may_hold_secret("REGION"));
        assert!(moves("refs/heads/Main") && !moves("v1"));
        for name in ["GH_PAT", "devopsPat", "PAT", "PERSONAL_ACCESS_TOKEN", "BOT_PERSONAL_TOKEN"] {
            assert!(is_personal_token(name), "{name}");
        }
        for name in ["PATH", "COMPAT", "PATTERN", "GITHUB_TOKEN", "compat", "DEPLOY_TOKEN"] {
            assert!(!is_personal_token(name), "{name}");
        }
    }
}
