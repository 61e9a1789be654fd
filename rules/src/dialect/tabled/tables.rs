//! The tables: one file of `data/dialects/` for each system. README says how to add one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::path::{Conditions, Path};
use crate::detect;
use crate::dialect::logins::IdentityForm;
use crate::dialect::pipeline::script::Interpreter;
use crate::document::script::Template;
use crate::fact::{ContextKind, Starter};

include!(concat!(env!("OUT_DIR"), "/systems.rs"));

/// The name of the level that a whole document is.
pub(super) const DOCUMENT: &str = "document";

/// A system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct System {
    /// What facts and coverage call it.
    pub(super) name: String,
    /// What people call it.
    pub(super) label: String,
    /// What facts call the platform that keeps its secrets, if that is another.
    pub(super) platform: Option<String>,
    #[serde(rename = "source")]
    _source: String,
    pub(super) recognise: Recognise,
    #[serde(default)]
    pub(super) secrets: Secrets,
    pub(super) settings: Option<SettingsRow>,
    /// Whether jobs get tokens that say who they are, or run as an identity of the platform, so that a stored key can be
    /// done without. Says where that is documented.
    pub(super) federates: Option<String>,
    #[serde(default)]
    pub(super) level: Vec<Level>,
    pub(super) place: Vec<Place>,
    /// Containers that run beside the jobs of a document and end with them.
    #[serde(default)]
    pub(super) companion: Vec<Companion>,
    /// Files whose content later jobs read, as scripts name them.
    #[serde(default)]
    pub(super) output: Vec<Output>,
    /// Who can start a run, by event.
    #[serde(default)]
    pub(super) events: BTreeMap<String, Vec<Starter>>,
    #[serde(default)]
    pub(super) unseen: Vec<Unseen>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    pub(super) example: Vec<Example>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    pub(super) look_alike: Vec<Example>,
}

/// What makes a file one of the system's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recognise {
    /// Paths that alone make it one: `*` stands for anything but `/`. Without a `/`, names in any folder.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// Whether documents that are not the system's may stand in such files.
    #[serde(default)]
    pub(super) mixed: bool,
    /// Paths of which the content must say so too; with neither, every YAML or JSON file.
    #[serde(default)]
    pub(super) perhaps: Vec<String>,
    /// What a document says that only the system's do: alternatives, of which each names paths that must lead somewhere,
    /// with what stands there (nothing: whatever).
    pub(super) content: Vec<Conditions>,
}

/// How a value refers to what is kept elsewhere.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secrets {
    /// What facts call such a secret; `secret` if nothing is said.
    pub(super) kind: Option<String>,
    /// Paths below a value at which the name of a secret stands.
    #[serde(default)]
    pub(super) keys: Vec<Path>,
    /// Keys below a value at which ciphertext stands that only the system can read.
    #[serde(default)]
    pub(super) sealed: Vec<String>,
    /// YAML tags of values that are ciphertext which only the system can read.
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// References inside texts.
    #[serde(default)]
    pub(super) within: Vec<Reference>,
    /// What `$NAME` and `${NAME}` are outside scripts; nothing: text.
    pub(super) dollar: Option<Means>,
    /// Whether `$$` in a script is the sign for the shell, since the system fills in `$NAME` before.
    #[serde(default)]
    pub(super) doubled: bool,
    /// How a reference is written, for those who are to write one; `NAME` stands for the secret's name.
    pub(super) write: Option<String>,
    /// Holes that are filled before a shell sees a script.
    #[serde(default)]
    pub(super) holes: Vec<Hole>,
}

/// Containers beside jobs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Companion {
    pub(super) at: Vec<Path>,
    /// Where its name stands, if not in its key.
    pub(super) name: Option<Path>,
    /// Where its variables stand, as a map.
    pub(super) variables: Path,
    #[serde(rename = "source")]
    _source: String,
}

/// A reference inside a text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    pub(super) open: String,
    pub(super) close: String,
    /// The sign behind which the name stands, if something stands before it.
    pub(super) behind: Option<String>,
    pub(super) means: Means,
}

/// A file that becomes an output of the name between the signs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Output {
    pub(super) open: String,
    pub(super) close: String,
    #[serde(rename = "source")]
    _source: String,
}

/// What a reference leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Means {
    /// A secret of the system's store, or of one it reads from.
    Secret,
    /// A variable of the file or of the settings.
    Variable,
    /// Something that the system computes.
    Expression,
}

/// Forms of holes in scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Hole {
    DollarBraces,
    Macro,
    Braces,
    AnglePlus,
}

/// Variables that the settings of a project bring into every job.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsRow {
    /// Beginnings of names of variables that the system sets itself.
    #[serde(default)]
    prefixes: Vec<String>,
    /// Such names.
    #[serde(default)]
    names: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Things of one kind that stand below each other: jobs, steps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Level {
    pub(super) id: String,
    /// What it is.
    pub(super) kind: Kind,
    /// The level that it stands in; nothing: the document.
    #[serde(default = "document")]
    pub(super) of: String,
    pub(super) at: Vec<Path>,
    /// Paths that must lead somewhere from it, and what must stand there.
    #[serde(default)]
    pub(super) when: Conditions,
    /// Keys of which it must have one.
    #[serde(default)]
    pub(super) has: Vec<String>,
    /// Where its name stands; nothing: its key.
    pub(super) name: Option<Path>,
}

/// What a level is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Job,
    Step,
}

impl Kind {
    pub(super) fn context(self) -> ContextKind {
        match self {
            Self::Job => ContextKind::Job,
            Self::Step => ContextKind::Step,
        }
    }
}

fn document() -> String {
    DOCUMENT.to_owned()
}

/// Where something stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) holds: Holds,
    /// The levels from which its paths lead; nothing: the document.
    #[serde(default = "Levels::document")]
    of: Levels,
    pub(super) at: Vec<Path>,
    /// What must be said at the level, and paths that must not lead anywhere.
    #[serde(default)]
    pub(super) when: Conditions,
    #[serde(default)]
    pub(super) unless: Vec<Path>,
    /// The keys of `name` and `value` in a list of such.
    pub(super) name: Option<String>,
    pub(super) value: Option<String>,
    /// The name of the variable that a stored value has the meaning of, if none is written.
    pub(super) called: Option<String>,
    /// Whether everything there is a secret; otherwise the name of the variable tells.
    #[serde(default)]
    pub(super) sure: bool,
    /// What runs a script.
    pub(super) interpreter: Option<Runs>,
    /// What runs it, by the key it stands under.
    #[serde(default)]
    pub(super) by_key: BTreeMap<String, Runs>,
    /// Where the level names what runs it.
    pub(super) shell: Option<Path>,
    /// Where the program of a list of words is named: beside it, or at the level.
    pub(super) program: Option<Path>,
    /// Where an image's tag or digest, or the version of code, stands: beside it, or at the level.
    #[serde(default)]
    pub(super) version: Vec<Path>,
    /// How names lead to the secrets that they stand for.
    pub(super) through: Option<Through>,
    /// The component that settings go to, if it stands elsewhere.
    pub(super) by: Option<By>,
    /// What a component or identity is, in facts and for people.
    pub(super) kind: Option<String>,
    /// Whether code may be named by the keys of a map, each with what it is handed.
    #[serde(default)]
    pub(super) keyed: bool,
    /// The sign before a component's version.
    pub(super) separator: Option<String>,
    /// Beginnings of names of components that the system's maker publishes, or that are no outside code.
    #[serde(default)]
    pub(super) first_party: Vec<String>,
    /// Where the level names the job that its secrets are passed on to.
    pub(super) to: Option<Path>,
    /// How an identity is written.
    pub(super) form: Option<Form>,
    /// Endings of names of identities that everything shares.
    #[serde(default)]
    pub(super) shared: Vec<String>,
    /// The shared identity that acts if none is named, and where that is documented.
    pub(super) absent: Option<String>,
    /// Where its absence is told; nothing: at the level itself.
    pub(super) absent_at: Option<Path>,
    #[serde(rename = "source")]
    pub(super) source: String,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Holds {
    /// Variables of the environment: a map, a list of `NAME=value`, or a list of names and values.
    Variables,
    /// Variables by the secrets of a store that fill them: the same shapes, and lists of names that both have.
    Stored,
    /// Variables as ciphertext that only the system can read: names and values.
    Sealed,
    /// The content of a secret that the file itself keeps: a tree of names and values, of which some are ciphertext.
    Kept,
    /// Secrets that the job which the level builds on gets as well: items with the `name` or `value` of one.
    Passed,
    /// Variables as assignments of a shell, perhaps several in one text; maps among them are variables.
    Assignments,
    /// Names of sets of secrets that become variables or files.
    SecretSets,
    /// Names of secrets that become files.
    Mounts,
    /// Named values that are no variables: parameters, passwords of connections.
    Values,
    /// Headers of requests: names and values.
    Headers,
    /// What a step's component is handed: names and values.
    Settings,
    /// Paths of files that are kept for everybody who may read the run.
    Artifacts,
    /// Paths of files whose text other jobs get.
    Outputs,
    /// Scripts.
    Script,
    /// The words of a command line.
    Words,
    /// A container image.
    Image,
    /// Outside code of another kind.
    Code,
    /// The identity that a job or the whole acts as.
    Identity,
    /// The environment that is deployed to.
    Environment,
    /// Events that start it.
    Events,
    /// Whether a container gets the rights of its machine.
    Privileged,
    /// A path of the machine that a container sees.
    HostPath,
    /// What lets a run go on when a check in it fails; `when` says with which value.
    Passes,
}

/// Lists of an outer level or the document whose items have names, and where an item has its secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Through {
    pub(super) list: Vec<Path>,
    pub(super) value: Vec<Path>,
}

/// A component that stands in another level, by the name of that.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct By {
    /// The level; its table row stands before this one's.
    pub(super) level: String,
    /// Where its name is given.
    pub(super) at: Path,
}

/// How an identity is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Form {
    /// A mail address of Google's, perhaps behind `projects/…/serviceAccounts/`.
    GcpEmail,
    /// A role of AWS.
    AwsRoleArn,
    /// The name of a ServiceAccount in the namespace of the document.
    ServiceAccount,
    /// A name that the system itself knows.
    Name,
}

impl Form {
    pub(super) fn of_cloud(self) -> Option<IdentityForm> {
        match self {
            Self::GcpEmail => Some(IdentityForm::GcpEmail),
            Self::AwsRoleArn => Some(IdentityForm::AwsRoleArn),
            Self::ServiceAccount | Self::Name => None,
        }
    }
}

/// What runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Runs {
    Shell,
    Powershell,
    Other,
}

impl From<Runs> for Interpreter {
    fn from(runs: Runs) -> Self {
        match runs {
            Runs::Shell => Self::Shell,
            Runs::Powershell => Self::PowerShell,
            Runs::Other => Self::Other,
        }
    }
}

/// What hallpass does not see.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unseen {
    #[serde(default = "Levels::document")]
    of: Levels,
    pub(super) at: Vec<Path>,
    pub(super) why: String,
}

/// One level or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Levels {
    One(String),
    Several(Vec<String>),
}

impl Levels {
    fn document() -> Self {
        Self::One(DOCUMENT.to_owned())
    }

    fn all(&self) -> &[String] {
        match self {
            Self::One(level) => std::slice::from_ref(level),
            Self::Several(levels) => levels,
        }
    }
}

impl Place {
    /// The levels that it is of.
    pub(super) fn levels(&self) -> &[String] {
        self.of.all()
    }
}

impl Unseen {
    /// The levels that it is of.
    pub(super) fn levels(&self) -> &[String] {
        self.of.all()
    }
}

/// A file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the tables' tests"))]
    pub(super) path: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the tables' tests"))]
    pub(super) text: String,
}

impl System {
    /// Whether a variable of this name is no secret of the settings, whatever it says: the system sets it, or there are
    /// no settings that jobs see.
    pub(super) fn is_predefined(&self, name: &str) -> bool {
        let Some(settings) = &self.settings else { return true };
        let prefixed = || settings.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
        settings.names.contains(name) || prefixed() && !detect::asks_for_secret(name)
    }

    /// What facts call a secret of its store.
    pub(super) fn secret_kind(&self) -> &str {
        self.secrets.kind.as_deref().unwrap_or("secret")
    }

    /// The forms of holes in its scripts.
    pub(super) fn templates(&self) -> &'static [Template] {
        const NONE: &[Template] = &[];
        match self.secrets.holes.as_slice() {
            [Hole::DollarBraces] => &[Template::DollarBraces],
            [Hole::Macro] => &[Template::Macro],
            [Hole::Braces] => &[Template::Braces],
            [Hole::AnglePlus] => &[Template::AnglePlus],
            _ => NONE,
        }
    }
}

/// A table as it is written.
pub(super) fn read(name: &str, text: &str) -> Result<System, String> {
    crate::table::read(text).map_err(|error| format!("data/dialects/{name}.toml: {error}"))
}

static SYSTEMS: LazyLock<Vec<System>> = LazyLock::new(|| {
    // The tables are part of the module; a test holds that each parses.
    FILES.iter().filter_map(|(name, text)| read(name, text).ok()).collect()
});

/// Every system.
pub(super) fn systems() -> &'static [System] {
    &SYSTEMS
}
