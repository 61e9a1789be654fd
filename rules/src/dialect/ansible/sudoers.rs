//! Who may become root without a password: lines of `sudoers` that a task writes, and the module that writes them.
//!
//! Source: <https://www.sudo.ws/docs/man/sudoers.man/#SUDOERS_FILE_FORMAT>.

use super::tables;
use super::task::Task;
use crate::document::{Node, Scalar};
use crate::fact::{Body, Grant, Ref};
use crate::span::{ByteSpan, Source};

/// What files of such lines are called, and what checks them.
const FILE: &str = "sudoers";
const CHECK: &str = "visudo";
/// No password is asked for, and every command may be run.
const FREE: &str = "NOPASSWD:";
const EVERY: &str = "ALL";
/// What such a line allows, for the rules.
const ACTION: &str = "host:root:*";

impl Task<'_, '_, '_, '_> {
    /// Lines that the task writes into a file of `sudoers`.
    pub(super) fn sudoers(&mut self, name: &str) {
        if name == FILE {
            return self.rule();
        }
        let Some(row) = tables::written(name) else { return };
        let given = |names: &str| names.split('|').find_map(|name| self.argument(name));
        let checks = self.argument("validate").and_then(Node::text).is_some_and(|text| text.contains(CHECK));
        let is_one = checks || given(&row.path).and_then(Node::text).is_some_and(|path| path.contains(FILE));
        let Some(scalar) = given(&row.text).and_then(Node::scalar).filter(|_| is_one) else { return };
        for (who, at) in lines(scalar) {
            self.becomes_root(&who, Source::new(self.play.file.id, at));
        }
    }

    /// `community.general.sudoers`, which asks for no password unless it is told to.
    /// Source: <https://docs.ansible.com/ansible/latest/collections/community/general/sudoers_module.html>.
    fn rule(&mut self) {
        let asks = self.argument("nopassword").and_then(Node::boolean).is_some_and(|(free, _)| !free);
        let commands = self.argument("commands").map(Node::one_or_many).unwrap_or_default();
        let Some(every) = commands.iter().find(|one| one.text() == Some(EVERY)).filter(|_| !asks) else {
            return;
        };
        let who = self.argument("user").or_else(|| self.argument("group")).and_then(Node::text);
        let who = who.unwrap_or_default().to_owned();
        let at = Source::new(self.play.file.id, every.span);
        self.becomes_root(&who, at);
    }

    fn becomes_root(&mut self, who: &str, at: Source) {
        let within = self.play.out.file_context(self.play.file.id);
        let grant = Grant::outright(Ref::new("host", "user", [], who), ACTION);
        self.play.out.state(within, at, Body::Grant(grant));
    }
}

/// The lines of a text that let somebody run everything without a password: who, and where.
fn lines(scalar: &Scalar) -> Vec<(String, ByteSpan)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in scalar.text.split_inclusive('\n') {
        let written = line.trim();
        let from = start + line.find(written).unwrap_or_default();
        start += line.len();
        if let Some(who) = free(written) {
            found.push((who.to_owned(), scalar.span_of(from..from + written.len())));
        }
    }
    found
}

/// Who may run every command without a password by this line: `deploy ALL=(ALL) NOPASSWD: ALL`.
fn free(line: &str) -> Option<&str> {
    // A number behind the sign is an account, everything else a remark.
    if line.strip_prefix('#').is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit())) {
        return None;
    }
    let (before, commands) = line.split_once(FREE)?;
    let who = before.split_whitespace().next().filter(|_| before.contains('='))?;
    // Tags of its own may stand before a command, and a remark behind the last.
    let commands = commands.split(" #").next().unwrap_or(commands);
    let bare = |command: &str| command.rsplit(':').next().map(str::trim) == Some(EVERY);
    commands.split(',').any(bare).then_some(who)
}

#[cfg(test)]
mod tests {
    use super::free;

    #[test]
    fn a_line_that_frees_every_command_is_told_from_others() {
        for line in [
            "deploy ALL=(ALL) NOPASSWD: ALL",
            "ci ALL=(ALL:ALL) NOPASSWD:ALL",
            "%wheel ALL = NOPASSWD: ALL # for now",
            "deploy ALL=(root) NOPASSWD: /usr/bin/apt, ALL",
            "deploy ALL=(ALL) NOPASSWD:SETENV: ALL",
            "#1001 ALL=(ALL) NOPASSWD: ALL",
        ] {
            assert!(free(line).is_some(), "{line}");
        }
        for line in [
            "# deploy ALL=(ALL) NOPASSWD: ALL",
            "deploy ALL=(ALL) ALL",
            "deploy ALL=(ALL) NOPASSWD: /usr/bin/systemctl restart shop",
            "Defaults !authenticate",
            "NOPASSWD: ALL",
            "",
        ] {
            assert!(free(line).is_none(), "{line}");
        }
    }
}
