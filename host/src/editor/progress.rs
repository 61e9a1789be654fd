//! How far the first look at the folders is: it may take seconds, and nobody should wonder.

use serde_json::{Value, json};

use super::Desk;
use super::session::Session;

/// By what the editor knows it again.
const TOKEN: &str = "hallpass.scan";

/// The progress that the editor is shown.
#[derive(Debug, Default)]
pub(super) struct Progress {
    begun: bool,
}

impl Progress {
    /// Shows that folders are still to be looked at, where some are.
    pub(super) fn show(&mut self, session: &Session<'_>, desk: &Desk<'_>) {
        let folders = session.unseen();
        if self.begun || !session.client.progress || folders.is_empty() {
            return;
        }
        self.begun = true;
        // As other servers do, it is not waited for: an editor that refuses it does not show what comes.
        desk.ask("hallpass.progress", "window/workDoneProgress/create", json!({"token": TOKEN}));
        say(desk, json!({"kind": "begin", "title": "hallpass", "message": folders.join(", ")}));
    }

    /// It is over.
    pub(super) fn end(&mut self, desk: &Desk<'_>) {
        if std::mem::take(&mut self.begun) {
            say(desk, json!({"kind": "end"}));
        }
    }
}

fn say(desk: &Desk<'_>, value: Value) {
    desk.notify("$/progress", json!({"token": TOKEN, "value": value}));
}
