//! How containers of a pipeline reach the machine that runs them: `data/tools/hosts.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::tool::{self, Site};
use crate::command::tool::Ran;
use crate::dialect::Lowering;
use crate::document::script::Script;
use crate::fact::{Body, ContextId, Ref, Safeguard, SafeguardKind, Selection, Value};
use crate::span::Source;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    run: Run,
    option: Vec<Lifting>,
    socket: Vec<Socket>,
    daemon: Vec<Daemon>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    commands: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lifting {
    texts: BTreeSet<String>,
    kind: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Socket {
    paths: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Daemon {
    image: String,
    tag: String,
    #[serde(rename = "source")]
    _source: String,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/tools/hosts.toml")).expect("data/tools/hosts.toml parses")
});

pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// States that a container is not kept apart from its machine. `kind` says how it reaches it.
pub(crate) fn opened(out: &mut Lowering<'_>, within: ContextId, at: Source, kind: &str, text: &str) {
    let what = Ref::new("host", kind, [], text);
    let protects = Some(Selection::One(what));
    let isolation = Safeguard { kind: SafeguardKind::HostIsolation, protects, on: Value::known(false, at) };
    out.state(within, at, Body::Safeguard(isolation));
}

/// Reads the options that a command starts a container with.
pub(super) fn of_command(out: &mut Lowering<'_>, site: &Site<'_>, script: &Script, ran: &Ran<'_>) {
    if tool::runs(ran, &TABLE.run.commands) {
        let words: Vec<String> = ran.words().into_iter().filter_map(|word| word.known()).collect();
        let at = Source::new(site.file, script.span(ran.at()));
        options(out, site.within, at, &words.join(" "));
    }
}

/// Reads the options that a container is started with.
pub(crate) fn options(out: &mut Lowering<'_>, within: ContextId, at: Source, text: &str) {
    let mut before = "";
    for word in text.split_whitespace() {
        let joined = format!("{before}={word}");
        let fits = |row: &&Lifting| row.texts.contains(word) || row.texts.contains(&joined);
        if let Some(row) = TABLE.option.iter().find(fits) {
            opened(out, within, at, &row.kind, word);
        }
        if matches!(before, "-v" | "--volume") {
            volume(out, within, at, word);
        } else if let Some(mounted) = word.strip_prefix("--volume=").or_else(|| word.strip_prefix("-v=")) {
            volume(out, within, at, mounted);
        }
        before = word;
    }
}

/// Reads a mount: `path:path[:mode]`.
pub(crate) fn volume(out: &mut Lowering<'_>, within: ContextId, at: Source, text: &str) {
    let path = text.split(':').next().unwrap_or_default().trim_end_matches('/');
    if TABLE.socket.iter().any(|row| row.paths.contains(path)) {
        opened(out, within, at, "socket", path);
    }
}

/// Capabilities that amount to the machine.
/// <https://man7.org/linux/man-pages/man7/capabilities.7.html>
const CAPABILITIES: [&str; 4] = ["ALL", "SYS_ADMIN", "CAP_SYS_ADMIN", "SYS_MODULE"];
/// Folders of the machine by which whoever may write there has all of it.
const FOLDERS: [&str; 8] = [
    "/",
    "/etc",
    "/root",
    "/proc",
    "/var/lib/docker",
    "/etc/kubernetes",
    "/etc/kubernetes/manifests",
    "/var/lib/kubelet",
];

/// Whether a capability amounts to the machine.
pub(crate) fn is_capability(name: &str) -> bool {
    CAPABILITIES.iter().any(|c| c.eq_ignore_ascii_case(name))
}

/// Reads a folder of the machine that a container is handed. The daemon's socket takes commands from whoever can open it,
/// read-only or not.
pub(crate) fn folder(out: &mut Lowering<'_>, within: ContextId, at: Source, path: &str, read_only: bool) {
    volume(out, within, at, path);
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    if FOLDERS.contains(&path) && !read_only {
        opened(out, within, at, "folder", path);
    }
}

/// Reads an image: a daemon inside a container needs the isolation lifted.
pub(crate) fn image(out: &mut Lowering<'_>, within: ContextId, at: Source, text: &str) {
    let text = text.split('@').next().unwrap_or_default();
    let last = text.rsplit('/').next().unwrap_or_default();
    let (name, tag) = last.split_once(':').unwrap_or((last, ""));
    if TABLE.daemon.iter().any(|row| row.image == name && tag.contains(row.tag.as_str())) {
        opened(out, within, at, "daemon", text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses() {
        assert!(!TABLE.option.is_empty() && !TABLE.socket.is_empty() && !TABLE.daemon.is_empty());
    }
}
