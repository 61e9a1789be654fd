//! Secrets that commands print, and where what they print goes.

use super::known::{MAX_PER_VALUE, Secret};
use super::{MAX_FILES, Reading, To, table};
use crate::command::call::{self, Call};
use crate::document::script::{
    Command, Found, Operator, Output, PieceKind, Redirection, RedirectionKind, Shape, Word,
};

/// Most commands that an output is followed through; people write three or four.
const MAX_PIPES: usize = 16;

/// Where a command's output ends up.
enum End {
    Log { encoded: bool },
    File(String),
}

impl Reading<'_> {
    /// Reads a command that prints. Says whether it is one.
    pub(super) fn printed(&mut self, call: &Call<'_>, found: &Found<'_>) -> bool {
        let prints = table::prints(&call.program);
        let reads = table::passes(call);
        let mut named: Option<String> = None;
        let mut secrets = Vec::new();
        if table::dumps(call) {
            secrets = self.known.environment(found.command.at);
        } else if prints {
            if call.arguments.iter().any(|word| table::is_log_command(&word.prefix())) {
                return true;
            }
            for word in call.arguments {
                let inside = self.known.secrets(word);
                if !inside.is_empty() && named.is_none() {
                    named = name_of(word);
                }
                secrets.extend(inside);
            }
        }
        if prints || reads.is_some() {
            secrets.extend(self.read(found));
        }
        if reads.is_some() && found.previous().is_none() {
            for word in call.arguments {
                let path = self.path(word);
                secrets.extend(path.and_then(|path| self.files.get(&path).cloned()).into_iter().flatten());
            }
        }
        if call.program == "printenv" {
            for word in call.arguments.iter().filter(|word| !word.prefix().starts_with('-')) {
                let name = word.prefix();
                secrets.extend(self.known.named(&name, word.at));
            }
        }
        if !secrets.is_empty() {
            let encoded = reads.is_some_and(|row| row.encodes);
            for end in self.ends(found, encoded) {
                self.end(&secrets, end, named.clone());
            }
        }
        prints
    }

    fn end(&mut self, secrets: &[Secret], end: End, name: Option<String>) {
        match end {
            End::Log { encoded } => self.say(secrets.to_vec(), &To::Log { encoded }),
            End::File(path) => {
                if self.files.len() < MAX_FILES || self.files.contains_key(&path) {
                    let held = self.files.entry(path.clone()).or_default();
                    let room = MAX_PER_VALUE.saturating_sub(held.len());
                    held.extend(secrets.iter().take(room).cloned());
                }
                self.say(secrets.to_vec(), &To::File { path, name });
            }
        }
    }

    /// What a command is given to read: a here-document, a here-string.
    fn read(&mut self, found: &Found<'_>) -> Vec<Secret> {
        let mut secrets = Vec::new();
        for redirection in &found.command.redirections {
            if redirection.kind == RedirectionKind::HereString {
                secrets.extend(self.known.secrets(&redirection.target));
            }
            if let Some(document) = self.script.here_document(redirection).filter(|document| document.expands)
            {
                secrets.extend(self.known.secrets(&document.body));
            }
        }
        secrets
    }

    /// Where what a command writes ends up, through the commands behind it.
    fn ends(&self, found: &Found<'_>, encoded: bool) -> Vec<End> {
        let mut ends = Vec::new();
        let mut encoded = encoded;
        let mut commands = found.pipeline.commands.iter().skip(found.position);
        if commands.len() > MAX_PIPES {
            return ends;
        }
        let Some(mut command) = commands.next() else { return ends };
        loop {
            ends.extend(self.tee(command));
            match self.script.output(command) {
                Output::Passed => {}
                Output::File(redirection) => {
                    ends.extend(self.file(redirection, encoded));
                    return ends;
                }
                Output::Elsewhere => return ends,
            }
            let Some(next) = commands.next() else { break };
            let Shape::Simple(simple) = &next.shape else { return ends };
            let calls = call::calls(simple);
            let Some(row) = calls.last().and_then(table::passes) else { return ends };
            encoded |= row.encodes;
            command = next;
        }
        if !found.taken && !self.redirected {
            ends.push(End::Log { encoded });
        }
        ends
    }

    /// The files that a `tee` writes.
    fn tee(&self, command: &Command) -> Vec<End> {
        let Shape::Simple(simple) = &command.shape else { return Vec::new() };
        let calls = call::calls(simple);
        let Some(call) = calls.last().filter(|call| call.program == "tee") else { return Vec::new() };
        call.arguments.iter().filter_map(|word| self.path(word)).map(End::File).collect()
    }

    fn file(&self, redirection: &Redirection, encoded: bool) -> Option<End> {
        if let [piece] = redirection.target.pieces.as_slice()
            && let PieceKind::Hole(_) = piece.kind
        {
            // One that the platform names, by what it fills in.
            return Some(End::File(self.script.text(piece.at).to_owned()));
        }
        if let [piece] = redirection.target.pieces.as_slice()
            && let PieceKind::Parameter(expansion) = &piece.kind
        {
            let name = self.script.text(expansion.name);
            return Some(match table::is_summary(name) {
                true => End::Log { encoded },
                // A file that a variable names is called by that variable.
                false => End::File(format!("${}", name.rsplit(':').next().unwrap_or(name))),
            });
        }
        self.path(&redirection.target).filter(|path| path != "/dev/null").map(End::File)
    }

    /// A path that a word names, directories that the platform's variables hold written as the table says.
    fn path(&self, word: &Word) -> Option<String> {
        let mut path = String::new();
        for piece in &word.pieces {
            match &piece.kind {
                PieceKind::Literal(text) => path.push_str(text),
                PieceKind::Parameter(expansion) => {
                    let name = self.script.text(expansion.name);
                    match table::directory(name) {
                        Some(directory) => path.push_str(directory),
                        // A directory that nothing tells is called by its variable.
                        None if expansion.operator == Operator::None && !expansion.indirect => {
                            path.push('$');
                            path.push_str(name.rsplit(':').next().unwrap_or(name));
                        }
                        None => return None,
                    }
                }
                _ => return None,
            }
        }
        let plain = path.strip_prefix("./").unwrap_or(&path).trim_end_matches('/');
        (!plain.is_empty() && !plain.starts_with('-')).then(|| plain.to_owned())
    }
}

/// The name before the sign in `NAME=$X`.
fn name_of(word: &Word) -> Option<String> {
    let prefix = word.prefix();
    let (name, _) = prefix.split_once('=')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(plain)).then(|| name.to_owned())
}
