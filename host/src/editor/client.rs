//! What the editor can do, and what its user wants: read from what it says when the session begins. An editor that says
//! nothing is taken for an old one.

use std::path::PathBuf;

use lsp_types::PositionEncodingKind;
use serde_json::Value;

use super::address::Address;
use super::options::Options;
use super::position::Encoding;

/// What the editor can do.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    /// How places are counted.
    pub(super) encoding: Encoding,
    /// It asks for diagnostics, and is not sent any.
    pub(super) pulls: bool,
    /// It can be told to ask again.
    pub(super) refreshes: bool,
    /// Diagnostics may name other places.
    pub(super) related: bool,
    /// Diagnostics may have tags.
    pub(super) tags: bool,
    /// A code may lead to a page.
    pub(super) links: bool,
    /// Hovers may be Markdown.
    pub(super) markdown: bool,
    /// Actions may be more than commands.
    pub(super) actions: bool,
    /// The edit of an action may be asked for later.
    pub(super) resolves: bool,
    /// Edits may say which version of a document they are for.
    pub(super) versions: bool,
    /// Edits may make files.
    pub(super) creates: bool,
    /// It tells about files on disk when asked to.
    pub(super) watches: bool,
    /// The folders that are open.
    pub(super) folders: Vec<PathBuf>,
    /// It tells its settings when asked for them.
    pub(super) tells_settings: bool,
    /// It can be asked to tell when its settings change.
    pub(super) tells_changes: bool,
    /// It shows how far something is.
    pub(super) progress: bool,
    /// What the user wants.
    pub(super) options: Options,
    /// Whether the user said so when the session began.
    pub(super) has_options: bool,
    /// What of that is wrong.
    pub(super) wrong: Vec<String>,
}

impl Client {
    /// Reads what `initialize` says.
    pub(super) fn read(said: &Value) -> Self {
        let can = |path: &str| said.pointer(&format!("/capabilities/{path}"));
        let is = |path: &str| can(path).and_then(Value::as_bool).unwrap_or_default();
        let has = |path: &str, word: &str| {
            can(path).and_then(Value::as_array).is_some_and(|words| words.iter().any(|w| w == word))
        };
        let encodings: Vec<PositionEncodingKind> = can("general/positionEncodings")
            .and_then(|offered| serde_json::from_value(offered.clone()).ok())
            .unwrap_or_default();
        let pulls = can("textDocument/diagnostic").is_some();
        // What is said of one way to get diagnostics is said of both by those who say it once.
        let diagnostics =
            |what: &str| ["diagnostic", "publishDiagnostics"].map(|way| format!("textDocument/{way}/{what}"));
        let mut options = Options::default();
        let given = said.get("initializationOptions").unwrap_or(&Value::Null);
        let wrong = options.read(given, true);
        Self {
            encoding: Encoding::agreed(&encodings),
            pulls,
            refreshes: is("workspace/diagnostics/refreshSupport"),
            related: diagnostics("relatedInformation").iter().any(|path| is(path)),
            tags: diagnostics("tagSupport").iter().any(|path| can(path).is_some()),
            links: diagnostics("codeDescriptionSupport").iter().any(|path| is(path)),
            markdown: has("textDocument/hover/contentFormat", "markdown"),
            actions: can("textDocument/codeAction/codeActionLiteralSupport").is_some(),
            resolves: has("textDocument/codeAction/resolveSupport/properties", "edit")
                && is("textDocument/codeAction/dataSupport"),
            versions: is("workspace/workspaceEdit/documentChanges"),
            creates: has("workspace/workspaceEdit/resourceOperations", "create"),
            watches: is("workspace/didChangeWatchedFiles/dynamicRegistration"),
            tells_settings: is("workspace/configuration"),
            tells_changes: is("workspace/didChangeConfiguration/dynamicRegistration"),
            progress: is("window/workDoneProgress"),
            folders: folders(said),
            options,
            has_options: given.as_object().is_some_and(|given| !given.is_empty()),
            wrong,
        }
    }
}

/// The folders that are open, in either of the ways that editors say it.
fn folders(said: &Value) -> Vec<PathBuf> {
    let uri = |value: &Value| match Address::read(value.as_str()?)? {
        Address::File(path) => Some(path),
        _ => None,
    };
    match said.get("workspaceFolders").and_then(Value::as_array) {
        Some(folders) if !folders.is_empty() => {
            folders.iter().filter_map(|folder| uri(folder.get("uri")?)).collect()
        }
        _ => said.get("rootUri").and_then(uri).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_editor_that_says_nothing_is_an_old_one() {
        let client = Client::read(&json!({"capabilities": {}, "rootUri": null, "processId": null}));
        assert_eq!(client.encoding, Encoding::Utf16);
        assert!(!client.pulls && !client.related && !client.markdown && !client.options.trusted);
        assert!(client.folders.is_empty());
    }

    #[test]
    fn folders_with_odd_names_are_read_in_either_way() {
        let both = json!({
            "rootUri": "file:///old",
            "workspaceFolders": [{"uri": "file:///a%20b", "name": "x"}, {"uri": "vscode-vfs://github/a/b"}],
            "initializationOptions": {"trusted": true, "today": "2026-01-02"},
            "capabilities": {
                "general": {"positionEncodings": ["utf-8", "utf-7"]},
                "textDocument": {"publishDiagnostics": {"relatedInformation": true, "tagSupport": {"valueSet": [1]}}},
            },
        });
        let client = Client::read(&both);
        assert_eq!(client.folders, [PathBuf::from("/a b")]);
        assert_eq!(client.encoding, Encoding::Utf8);
        assert!(client.related && client.tags && client.options.trusted && !client.pulls);
        assert_eq!(Client::read(&json!({"rootUri": "file:///old"})).folders, [PathBuf::from("/old")]);
    }
}
