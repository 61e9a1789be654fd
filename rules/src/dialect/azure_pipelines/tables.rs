//! What hallpass knows of Azure Pipelines: `data/azure-pipelines/*.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pipelines {
    predefined: Predefined,
    commands: Commands,
    token: Token,
    debug: Debug,
    pub(super) checkout: Checkout,
    pub(super) logging: Logging,
    pools: Pools,
    pub(super) strategies: Strategies,
    workspace: Workspace,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Predefined {
    prefixes: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commands {
    names: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    variable: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Debug {
    variables: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkout {
    pub(super) key: String,
    pub(super) default: bool,
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Logging {
    pub(super) set_variable: String,
    pub(super) name: String,
    pub(super) secret: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pools {
    hosted: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Strategies {
    pub(super) names: Vec<String>,
    pub(super) hooks: Vec<String>,
    pub(super) endings: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Workspace {
    everything: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionFile {
    connection: Vec<Connection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Connection {
    inputs: Vec<String>,
    platform: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskFile {
    script: Vec<Script>,
    spreads: Vec<Spreads>,
    stores: Vec<Input>,
    uploads: Vec<Input>,
    caches: Vec<Input>,
    brings: Vec<Input>,
    built_in: BuiltIn,
}

/// What runs a script, in the words of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RunBy {
    Shell,
    Powershell,
    /// The system's own.
    Agent,
    Other,
}

/// A task of which an input is a script.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    tasks: Vec<String>,
    pub(super) input: String,
    pub(super) shell: RunBy,
    pub(super) by: Option<String>,
    #[serde(default)]
    pub(super) named: BTreeMap<String, RunBy>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

/// A task that puts its connection's credential into the environment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spreads {
    task: String,
    pub(super) input: String,
    pub(super) variables: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    task: String,
    input: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BuiltIn {
    tasks: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

// The tables are part of the module; the test below holds that they parse. Empty ones would silence rules.
#[allow(clippy::expect_used)]
fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> T {
    crate::table::read(text).expect(name)
}

pub(super) static PIPELINES: LazyLock<Pipelines> = LazyLock::new(|| {
    read("pipelines.toml parses", include_str!("../../../data/azure-pipelines/pipelines.toml"))
});

/// Platforms by the inputs, in small letters, that name a connection to them.
static CONNECTIONS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let file: ConnectionFile =
        read("connections.toml parses", include_str!("../../../data/azure-pipelines/connections.toml"));
    let rows = file.connection.into_iter();
    rows.flat_map(|row| row.inputs.into_iter().map(move |i| (i.to_ascii_lowercase(), row.platform.clone())))
        .collect()
});

static TASKS: LazyLock<TaskFile> =
    LazyLock::new(|| read("tasks.toml parses", include_str!("../../../data/azure-pipelines/tasks.toml")));

/// Reads the tables now, so that a snapshot of the module holds them.
pub(super) fn warm() {
    LazyLock::force(&PIPELINES);
    LazyLock::force(&CONNECTIONS);
    LazyLock::force(&TASKS);
}

/// Whether a variable is one that the platform sets, or no variable but a shell's command.
pub(super) fn is_predefined(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    PIPELINES.commands.names.contains(name)
        || PIPELINES.predefined.prefixes.iter().any(|prefix| lower.starts_with(prefix.as_str()))
}

/// Whether a variable is the job's own token.
pub(super) fn is_job_token(name: &str) -> bool {
    name.eq_ignore_ascii_case(&PIPELINES.token.variable)
}

/// Whether a variable switches tracing on.
pub(super) fn is_debug(name: &str) -> bool {
    PIPELINES.debug.variables.contains(&name.to_ascii_lowercase())
}

/// Whether the platform runs a pool's machines.
pub(super) fn is_hosted(pool: &str) -> bool {
    PIPELINES.pools.hosted.contains(&pool.to_ascii_lowercase())
}

/// Whether a path is the whole working copy.
pub(super) fn is_everything(path: &str) -> bool {
    PIPELINES
        .workspace
        .everything
        .contains(path.trim().trim_end_matches(['/', '\\']).to_ascii_lowercase().as_str())
}

/// The platform that an input or key names a connection to.
pub(super) fn connection(input: &str) -> Option<&'static str> {
    CONNECTIONS.get(&input.to_ascii_lowercase()).map(String::as_str)
}

/// What hallpass knows of a task, by its name without version.
pub(super) struct Task {
    pub(super) built_in: bool,
    pub(super) script: Option<&'static Script>,
    pub(super) spreads: Option<&'static Spreads>,
    /// The input that names a folder which is stored.
    pub(super) stores: Option<&'static str>,
    /// The input that names files which are stored, hidden ones left out.
    pub(super) uploads: Option<&'static str>,
    /// The input that names a folder which is kept for later runs.
    pub(super) caches: Option<&'static str>,
    /// The input that lists secret variables which it makes.
    pub(super) brings: Option<&'static str>,
}

/// Looks a task up. `publisher.extension.contribution.Task` is named by its last part, and never built in.
pub(super) fn task(name: &str) -> Task {
    let lower = name.to_ascii_lowercase();
    let short = lower.rsplit('.').next().unwrap_or_default();
    let named = |rows: &'static [Input]| rows.iter().find(|r| r.task == short).map(|r| r.input.as_str());
    Task {
        built_in: TASKS.built_in.tasks.contains(&lower),
        script: TASKS.script.iter().find(|r| r.tasks.iter().any(|t| t == short)),
        spreads: TASKS.spreads.iter().find(|r| r.task == short),
        stores: named(&TASKS.stores),
        uploads: named(&TASKS.uploads),
        caches: named(&TASKS.caches),
        brings: named(&TASKS.brings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_parse_and_their_names_are_in_small_letters() {
        warm();
        let file: ConnectionFile =
            read("connections", include_str!("../../../data/azure-pipelines/connections.toml"));
        for row in &file.connection {
            assert!(row.source.starts_with("https://"), "{:?}", row.inputs);
        }
        for row in &TASKS.script {
            assert!(row.source.starts_with("https://"), "{:?}", row.tasks);
            assert!(row.tasks.iter().all(|t| *t == t.to_ascii_lowercase()), "{:?}", row.tasks);
        }
        assert!(TASKS.built_in.tasks.iter().all(|t| *t == t.to_ascii_lowercase()));
    }

    #[test]
    fn names_know_no_case() {
        assert!(is_predefined("BUILD.SourceBranch") && is_predefined("pwd") && !is_predefined("MyBuild"));
        assert!(is_job_token("system.accesstoken"));
        assert_eq!(connection("AzureSubscription"), Some("azure"));
        assert!(task("AzureCLI").built_in && task("AzureCLI").spreads.is_some());
        assert!(!task("acme.tools.AzureCLI").built_in);
        assert!(
            is_everything("$(Build.SourcesDirectory)/") && !is_everything("$(Build.SourcesDirectory)/out")
        );
    }
}
