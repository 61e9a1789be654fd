//! What this server can do, in the protocol's words.

use lsp_types::{
    ChangeNotifications, CodeActionKind, CodeActionOptions, CompletionOptions, DiagnosticOptions,
    DidChangeWatchedFilesRegistrationOptions, ExecuteCommandOptions, FileSystemWatcher, GlobPattern,
    InitializeResult, Registration, Save, SaveOptions, ServerCapabilities, ServerInfo, TextDocumentSyncKind,
    TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};

use super::client::Client;

/// Mends everything that can be mended safely.
pub(super) const FIX_ALL: &str = "source.fixAll.hallpass";
/// Shows a rule's page.
pub(super) const EXPLAIN: &str = "hallpass.explain";
/// The name under which diagnostics come.
pub(super) const SOURCE: &str = "hallpass";

/// The answer to `initialize`.
pub(super) fn answer(client: &Client) -> InitializeResult {
    let kinds = vec![CodeActionKind::QuickFix, CodeActionKind::Custom(FIX_ALL.into())];
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(Save::SaveOptions(SaveOptions { include_text: Some(false) })),
        ..TextDocumentSyncOptions::default()
    };
    let diagnostics = DiagnosticOptions {
        identifier: Some(SOURCE.to_owned()),
        inter_file_dependencies: true,
        workspace_diagnostics: true,
        ..DiagnosticOptions::default()
    };
    let folders = WorkspaceFoldersServerCapabilities {
        supported: Some(true),
        change_notifications: Some(ChangeNotifications::Bool(true)),
    };
    InitializeResult {
        capabilities: ServerCapabilities {
            position_encoding: Some(client.encoding.kind()),
            text_document_sync: Some(sync.into()),
            hover_provider: Some(true.into()),
            code_action_provider: client.actions.then(|| {
                CodeActionOptions {
                    code_action_kinds: Some(kinds),
                    resolve_provider: Some(client.resolves),
                    ..CodeActionOptions::default()
                }
                .into()
            }),
            completion_provider: Some(CompletionOptions {
                trigger_characters: Some(["\"", "[", "=", " "].map(str::to_owned).to_vec()),
                ..CompletionOptions::default()
            }),
            execute_command_provider: Some(ExecuteCommandOptions {
                commands: vec![EXPLAIN.to_owned()],
                ..ExecuteCommandOptions::default()
            }),
            // Who is not known to ask is sent them.
            diagnostic_provider: client.pulls.then(|| diagnostics.into()),
            workspace: Some(WorkspaceOptions {
                workspace_folders: Some(folders),
                ..WorkspaceOptions::default()
            }),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: SOURCE.to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}

/// That the editor tells when its settings change.
pub(super) fn settings() -> Registration {
    Registration {
        id: "hallpass.settings".to_owned(),
        method: "workspace/didChangeConfiguration".to_owned(),
        register_options: Some(serde_json::json!({"section": SOURCE})),
    }
}

/// That the editor tells about every file of its folders: any of them may be read along with another.
pub(super) fn watching() -> Registration {
    let everything = FileSystemWatcher { glob_pattern: GlobPattern::Pattern("**/*".to_owned()), kind: None };
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: vec![everything] };
    Registration {
        id: "hallpass.files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    }
}
