//! Commands that publish a package with whatever key they find: `data/command-uploads.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::Called;
use super::call::{self, Call};
use crate::document::script::{Extent, PieceKind, Word};

/// Most such commands of one script: a release publishes a handful of packages.
const MAX_UPLOADS: usize = 64;
/// Signs behind which a version stands in a word.
const VERSIONS: [&str; 2] = ["==", "@"];

/// A registry. The columns are described in the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    pub(crate) platform: String,
    pub(crate) what: String,
    hosts: Vec<String>,
    elsewhere: Vec<String>,
    keys: Vec<String>,
    dry: BTreeSet<String>,
    settings: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    programs: Vec<String>,
    words: Vec<String>,
    registry: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    example: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    look_alike: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    programs: Vec<String>,
    words: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    files: Vec<String>,
    registry: Vec<Registry>,
    upload: Vec<Row>,
    sign_in: Vec<SignIn>,
    #[serde(rename = "source")]
    _source: String,
}

struct Table {
    files: Vec<String>,
    registries: BTreeMap<String, Registry>,
    rows: Vec<Row>,
    sign_ins: Vec<SignIn>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../data/command-uploads.toml"))
        .expect("data/command-uploads.toml parses");
    let registries = file.registry.into_iter().map(|r| (r.platform.clone(), r)).collect();
    Table { files: file.files, registries, rows: file.upload, sign_ins: file.sign_in }
});

pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// A command that publishes and names neither a key nor a registry but the public one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upload {
    pub(crate) registry: &'static Registry,
    row: &'static Row,
    /// The command.
    pub(crate) at: Extent,
}

impl Upload {
    /// The command as a person says it.
    pub(crate) fn command(&self) -> String {
        let program = self.row.programs.first().map(String::as_str);
        program.into_iter().chain(self.row.words.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
    }
}

/// Whether a script may hold such a command: a cheap question before it is read for them.
pub(crate) fn may_publish(text: &str) -> bool {
    ["publish", "upload", "push"].iter().any(|word| text.contains(word))
}

/// Whether a script's text puts a credential or another registry in place.
pub(crate) fn puts_in_place(text: &str) -> bool {
    TABLE.files.iter().any(|file| text.contains(file.as_str()))
        || TABLE
            .registries
            .values()
            .any(|registry| registry.settings.iter().any(|name| text.contains(name.as_str())))
}

/// Whether a variable of the environment holds a credential of a registry, or names one.
pub(crate) fn is_setting(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let mut settings = TABLE.registries.values().flat_map(|registry| &registry.settings);
    settings.any(|setting| name.starts_with(&setting.to_ascii_uppercase()))
}

/// Whether one of these commands logs in, or chooses a registry for those that follow.
pub(crate) fn signs_in(commands: &[Called<'_>]) -> bool {
    let is = |call: &Call<'_>| {
        let mut rows = TABLE.sign_ins.iter().filter(|row| row.programs.iter().any(|p| p == of(call)));
        rows.any(|row| is_command(call.arguments, &row.words))
    };
    commands.iter().flat_map(|called| &called.calls).any(is)
}

/// The commands that publish with a key that they do not name, in order.
pub(crate) fn uploads(commands: &[Called<'_>]) -> Vec<Upload> {
    let mut found = Vec::new();
    for Called { found: command, calls } in commands {
        for call in calls {
            let mut rows = TABLE.rows.iter().filter(|row| row.programs.iter().any(|p| p == of(call)));
            let row = rows.find(|row| is_command(call.arguments, &row.words));
            let registry = row.and_then(|row| TABLE.registries.get(&row.registry));
            let (Some(row), Some(registry)) = (row, registry) else { continue };
            if found.len() < MAX_UPLOADS && registry.is_meant(call.arguments) {
                found.push(Upload { registry, row, at: command.command.at });
            }
        }
    }
    found
}

/// A program without the version in its name: `python3.12`, `npm@11`.
fn of<'c>(call: &'c Call<'_>) -> &'c str {
    let name = call.program.split('@').next().unwrap_or_default();
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
}

/// Whether arguments begin with a sub-command, options before it with their values aside.
fn is_command(arguments: &[Word], words: &[String]) -> bool {
    let mut wanted = words.iter();
    let mut expected = wanted.next();
    let mut behind_option = false;
    for word in arguments {
        let Some(sought) = expected else { return true };
        let text = word.prefix();
        if text.starts_with('-') {
            behind_option = !text.contains('=');
            continue;
        }
        let plain = VERSIONS.iter().filter_map(|sign| text.find(sign)).min().map_or(&*text, |at| &text[..at]);
        if plain.eq_ignore_ascii_case(sought) {
            expected = wanted.next();
        } else if !behind_option {
            return false;
        }
        behind_option = false;
    }
    expected.is_none()
}

impl Registry {
    /// Whether something is published here, with a key that the arguments do not name.
    fn is_meant(&self, arguments: &[Word]) -> bool {
        // What the platform fills in may be any option.
        let filled = |word: &Word| matches!(word.pieces.first().map(|p| &p.kind), Some(PieceKind::Hole(_)));
        let given = |options: &[String]| {
            arguments.iter().any(|word| options.iter().any(|option| is_option(&word.prefix(), option)))
        };
        let dry = |word: &Word| self.dry.contains(&word.prefix().to_ascii_lowercase());
        let elsewhere = |option: &String| {
            if !arguments.iter().any(|word| is_option(&word.prefix(), option)) {
                return false;
            }
            let value = arguments.iter().find_map(|word| {
                let name = word.prefix();
                let name = name.split('=').next().unwrap_or_default();
                name.eq_ignore_ascii_case(option).then(|| call::option_value(arguments, name))?
            });
            let host = value.map(|value| value.prefix().to_ascii_lowercase()).unwrap_or_default();
            !self.hosts.iter().any(|own| host.starts_with(own.as_str()))
        };
        !given(&self.keys)
            && !arguments.iter().any(|word| filled(word) || dry(word))
            && !self.elsewhere.iter().any(elsewhere)
    }
}

/// Whether an argument is this option, alone or with its value; one that ends in a slash begins a name.
fn is_option(argument: &str, option: &str) -> bool {
    let same = argument.get(..option.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(option));
    let rest = argument.get(option.len()..).unwrap_or_default();
    same && (rest.is_empty() || rest.starts_with(['=', ':']) || option.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::called;
    use crate::dialect::logins;
    use crate::document::{Scalar, Style, shell};

    fn read(text: &str) -> Vec<String> {
        let script = shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[]);
        let found = uploads(&called(&script));
        found.iter().map(|upload| format!("{} {}", upload.registry.platform, upload.command())).collect()
    }

    #[test]
    fn every_example_publishes_and_no_look_alike_does() {
        for registry in TABLE.registries.values() {
            assert!(logins::publishing_from(&registry.platform, "github").is_some(), "{}", registry.platform);
        }
        for row in &TABLE.rows {
            assert_eq!(read(&row.example).len(), 1, "{}", row.example);
            assert_eq!(read(&row.look_alike), [""; 0], "{}", row.look_alike);
        }
    }

    #[test]
    fn a_key_another_registry_and_a_trial_are_told_apart() {
        for text in [
            "npm publish --registry https://npm.acme.example",
            "npm publish --//registry.npmjs.org/:_authToken=$T",
            "bun publish --dry-run",
            "twine upload -r private dist/*",
            "nuget push a.nupkg -Source private",
            "nuget push a.nupkg -ApiKey $KEY",
            "gem push a.gem --key shop",
            "npm test; echo npm publish",
        ] {
            assert_eq!(read(text), [""; 0], "{text}");
        }
        assert_eq!(read("npm publish --registry=https://registry.npmjs.org/").len(), 1);
        assert_eq!(read("nuget push a.nupkg -Source https://api.nuget.org/v3/index.json").len(), 1);
        assert_eq!(read("bunx npm publish; npx npm@11 publish"), ["npm npm publish"; 2]);
        assert_eq!(read("python3.10 -m \\\n twine \\\n upload \\\n dist/*").len(), 1);
    }

    #[test]
    fn logins_and_settings_are_noticed() {
        let signs =
            |text: &str| signs_in(&called(&shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[])));
        assert!(signs("npm config set //registry.npmjs.org/:a b") && signs("cargo login < key"));
        assert!(!signs("npm ci && npm publish"));
        assert!(puts_in_place("echo x > ~/.npmrc") && !puts_in_place("npm publish"));
        assert!(
            is_setting("NODE_AUTH_TOKEN") && is_setting("npm_config_registry") && !is_setting("NODE_ENV")
        );
    }
}
