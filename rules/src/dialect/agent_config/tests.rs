//! Configurations as people write them.

#![allow(clippy::unwrap_used)] // a test

use std::sync::Arc;

use super::super::{Dialect, Lowering, SourceFile, Unit};
use super::DIALECT;
use crate::fact::Body;
use crate::span::FileId;

/// What is stated of a file: bodies with what they speak of.
fn stated(path: &str, text: &str) -> Vec<String> {
    let file = SourceFile::read(FileId(0), path, Arc::from(text.as_bytes()), true);
    let unit = Unit { key: path.to_owned(), files: vec![file], ..Unit::default() };
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let said = |body: &Body| match body {
        Body::Grant(grant) => format!("grant {} {}", grant.holder.name, grant.actions.first().unwrap()),
        Body::Component(component) => format!("component {} {:?}", component.is, component.pin),
        Body::Flow(flow) => format!("flow {:?}", flow.to),
        Body::Identity(identity) => format!("identity {}", identity.is.name),
        other => other.name().to_owned(),
    };
    out.facts.facts.iter().map(|fact| said(&fact.body)).collect()
}

#[test]
fn a_server_with_a_token_by_reference() {
    let text = r#"{ "mcpServers": { "tickets": {
        "command": "npx", "args": ["-y", "@some-org/tickets"], "env": { "TICKETS_TOKEN": "${TICKETS_TOKEN}", "LEVEL": "info" },
        "autoApprove": ["*"] } } }"#;
    assert_eq!(
        stated(".mcp.json", text),
        [
            "identity tickets",
            "grant tickets agent:tool:*",
            "flow Env(\"TICKETS_TOKEN\")",
            "component npm/package/@some-org/tickets None",
        ]
    );
}

#[test]
fn toml_is_read_like_json() {
    let text = "sandbox_mode = \"danger-full-access\"\n[mcp_servers.a]\ncommand = \"uvx\"\nargs = [\"weather@1.2.3\"]\n";
    assert_eq!(
        stated(".codex/config.toml", text),
        [
            "identity Codex",
            "grant Codex agent:tool:*",
            "identity a",
            "component pypi/package/weather Digest(\"1.2.3\")",
        ]
    );
    assert!(stated(".codex/config.toml", "sandbox_mode = [").is_empty());
}

#[test]
fn settings_of_an_editor_are_read_only_where_they_speak_of_agents() {
    assert!(stated(".vscode/settings.json", "{ \"editor.formatOnSave\": true }").is_empty());
    let open = stated(".vscode/settings.json", "{ /* all */ \"chat.tools.global.autoApprove\": true }");
    assert_eq!(open, ["identity VS Code", "grant VS Code agent:tool:*"]);
    let named = "{ \"permissions\": { \"allow\": [\"Read\", \"Bash(npm test:*)\"] } }";
    assert!(stated(".claude/settings.json", named).is_empty());
}
