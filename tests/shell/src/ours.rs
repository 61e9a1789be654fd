//! What our reader says of a script.

use hallpass_rules::document::script::{
    Assigned, Assignment, PieceKind, Redirection, RedirectionKind, Script, Template, Word,
};
use hallpass_rules::document::{Scalar, Style, shell};

use crate::Command;

pub(crate) struct Read {
    pub(crate) commands: Vec<Command>,
    pub(crate) unclear: usize,
}

pub(crate) fn commands(text: &str, templates: &[Template]) -> Read {
    let script = shell::read(&Scalar::verbatim(text, Style::Block, 0), templates);
    let found = script.commands();
    let commands = found.iter().map(|found| Command {
        words: found.simple.words.iter().map(|w| word(&script, w)).collect(),
        assigned: found.simple.assigned().map(|a| assignment(&script, a)).collect(),
        redirections: found.command.redirections.iter().map(|r| redirection(&script, r)).collect(),
    });
    Read { commands: commands.collect(), unclear: script.unknown.len() }
}

fn word(script: &Script, word: &Word) -> String {
    if let [piece] = word.pieces.as_slice()
        && matches!(piece.kind, PieceKind::Process(_))
    {
        return "<()".to_owned();
    }
    script.text(word.at).to_owned()
}

fn assignment(script: &Script, assignment: &Assignment) -> String {
    let name = script.text(assignment.name);
    let index =
        assignment.index.as_ref().map_or(String::new(), |index| format!("[{}]", script.text(index.at)));
    let sign = if assignment.appends { "+=" } else { "=" };
    let value = match &assignment.value {
        Assigned::Word(value) => word(script, value),
        Assigned::Array(items) => format!("({})", items.len()),
    };
    format!("{name}{index}{sign}{value}")
}

fn redirection(script: &Script, redirection: &Redirection) -> String {
    use RedirectionKind as K;
    let kind = match redirection.kind {
        K::Read => "<",
        K::Write => ">",
        K::Clobber => ">|",
        K::Append => ">>",
        K::ReadWrite => "<>",
        K::DuplicateInput => "<&",
        K::DuplicateOutput => ">&",
        K::WriteBoth => "&>",
        K::AppendBoth => "&>>",
        K::HereDocument => "<<",
        K::HereString => "<<<",
        // What it is short for.
        K::PipeBoth => "2>&1",
    };
    let descriptor = redirection.descriptor.map_or("", |at| script.text(at));
    let target = match script.here_document(redirection) {
        Some(document) => lines(script, document.delimiter.as_str(), &document.body),
        None => word(script, &redirection.target),
    };
    format!("{descriptor}{kind}{target}")
}

/// A here-document's delimiter and its lines without leading tabs.
fn lines(script: &Script, delimiter: &str, body: &Word) -> String {
    format!("{delimiter}:{}", crate::sources::without_tabs(script.text(body.at)))
}
