//! Variables that a script assigns, and those that it writes to files: `echo "NAME=value" >> "$GITHUB_ENV"`.

use super::Values;
use super::call::{self, is_assignment};
use super::table;
use crate::document::Format;
use crate::document::pairs::Reader;
use crate::document::script::{
    Assigned, Expansion, Found, Operator, Piece, PieceKind, RedirectionKind, Script, Shape, Simple, Word,
};

impl Values {
    /// `NAME=value`, alone, before a command, behind `export` or `env`; and defaults: `${NAME:-value}`.
    pub(super) fn assignments(&mut self, script: &Script, simple: &Simple) {
        for assignment in simple.assigned() {
            let Assigned::Word(word) = &assignment.value else { continue };
            let name = script.text(assignment.name);
            // `$env:NAME` of PowerShell.
            let name = name.rsplit(':').next().unwrap_or(name);
            if let Some(scalar) = word.scalar(script) {
                self.value(name, scalar);
            }
            self.defaults(script, word);
        }
        for word in &simple.words {
            self.defaults(script, word);
        }
        for call in call::calls(simple) {
            if table::wrappers(&call.program).any(|wrapper| wrapper.assigns) {
                let pairs = call.arguments.iter().filter(|word| is_assignment(&word.prefix()));
                pairs.for_each(|word| self.pair(script, word));
            }
        }
    }

    fn defaults(&mut self, script: &Script, word: &Word) {
        for piece in &word.pieces {
            let PieceKind::Parameter(expansion) = &piece.kind else { continue };
            let Expansion { operator: Operator::Default | Operator::Assign, operand: Some(operand), .. } =
                &**expansion
            else {
                continue;
            };
            self.word(script, script.text(expansion.name), operand);
        }
    }

    /// `NAME=value` that is written to a file.
    pub(super) fn written(&mut self, script: &Script, found: &Found<'_>) {
        let calls = call::calls(found.simple);
        let Some(call) = calls.last() else { return };
        let to_file = |kind: RedirectionKind| {
            matches!(
                kind,
                RedirectionKind::Write
                    | RedirectionKind::Append
                    | RedirectionKind::Clobber
                    | RedirectionKind::WriteBoth
                    | RedirectionKind::AppendBoth
            )
        };
        let redirected =
            found.command.redirections.iter().filter(|r| to_file(r.kind)).map(|r| &r.target).next_back();
        let receives = table::receives(&call.program);
        let received = || match found.next().map(|command| &command.shape) {
            Some(Shape::Simple(next)) => receiver(next),
            _ => None,
        };
        let own = if receives { receiver(found.simple) } else { None };
        // `tee FILE > /dev/null`: what receives names the file.
        let Some(target) = own.or(redirected).or_else(received) else { return };
        let file = file_name(target);
        // In PowerShell a string is a command that writes itself.
        let itself = call.program.contains('=') || call.program.is_empty();
        if table::writes(&call.program) || itself {
            match found.simple.words.as_slice() {
                [_, word] if is_read(&file) => self.document(script, &file, word),
                words => words.iter().for_each(|word| self.line(script, word)),
            }
        }
        if table::writes(&call.program) || receives {
            let documents = found.command.redirections.iter().filter_map(|r| script.here_document(r));
            for document in documents {
                if is_read(&file) {
                    self.document(script, &file, &document.body);
                } else {
                    document.body.lines().iter().for_each(|line| self.line(script, line));
                }
            }
        }
    }

    /// A line of a file of variables.
    fn line(&mut self, script: &Script, line: &Word) {
        const EXPORT: &str = "export ";
        let prefix = line.prefix();
        let bare = prefix.trim_start();
        let bare = bare.strip_prefix(EXPORT).unwrap_or(bare);
        if !is_assignment(bare) {
            return;
        }
        let Some((name, _)) = bare.split_once('=') else { return };
        let Some(value) = line.after(prefix.len() - bare.len() + name.len() + 1) else { return };
        let Some(scalar) = value.scalar(script) else { return };
        let text = scalar.text.trim();
        let quoted = ['"', '\''].iter().any(|q| text.len() > 1 && text.starts_with(*q) && text.ends_with(*q));
        let start = scalar.text.len() - scalar.text.trim_start().len() + usize::from(quoted);
        let end = (start + text.len()).saturating_sub(2 * usize::from(quoted));
        self.value(name, scalar.part(start..end));
    }
}

/// The file that a program writes its input to: `tee -a FILE`.
fn receiver(simple: &Simple) -> Option<&Word> {
    let calls = call::calls(simple);
    let call = calls.last().filter(|call| table::receives(&call.program))?;
    call.arguments.iter().rfind(|word| !word.prefix().starts_with('-'))
}

/// The name of a file, without the folders before it; empty if the script does not say it.
fn file_name(target: &Word) -> String {
    let last = target.pieces.last().and_then(Piece::literal).unwrap_or_default();
    let name = last.rsplit(['/', '\\']).next().unwrap_or_default();
    let whole = name.len() < last.len() || target.pieces.len() == 1;
    if whole { name.to_ascii_lowercase() } else { String::new() }
}

/// Whether files of this name are taken apart.
fn is_read(name: &str) -> bool {
    matches!(Format::of_path(name), Format::Yaml | Format::Json) || Reader::of_path(name).is_some()
}
