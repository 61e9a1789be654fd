//! Whatever the input: no panic, places inside the text and in order, and time that grows with the text.

use proptest::prelude::*;

use super::{script, templated};
use crate::document::script::{
    Assigned, Command, Extent, List, Piece, PieceKind, Script, Shape, Template, Word,
};

const TEMPLATES: [Template; 5] =
    [Template::DollarBraces, Template::Macro, Template::DollarBracket, Template::Braces, Template::Angles];

/// Checks that places nest and ascend.
pub(crate) struct Places<'s>(pub(crate) &'s Script);

impl Places<'_> {
    pub(crate) fn all(&self) {
        self.list(&self.0.body, None);
        for document in &self.0.here_documents {
            self.word(&document.body, None);
        }
        let source = self.0.source();
        for unknown in &self.0.unknown {
            self.inside(unknown.at, None);
        }
        for comment in &self.0.comments {
            assert!(self.0.text(*comment).starts_with(['#', '<']), "{source:?}");
        }
    }

    /// An extent lies in what holds it, or, in a text of backquotes, anywhere in that.
    fn inside(&self, at: Extent, outer: Option<Extent>) {
        let source = self.0.source();
        assert!(at.start <= at.end, "{source:?}");
        assert_eq!(self.0.text(at).len(), at.len(), "{at:?} of {source:?}");
        assert!(self.0.span(at).end as usize <= source.len(), "{at:?} of {source:?}");
        if let Some(outer) = outer.filter(|outer| outer.beside(at)) {
            assert!(outer.contains(at), "{at:?} is not in {outer:?} of {source:?}");
        }
    }

    fn ascend<'a>(&self, places: impl Iterator<Item = &'a Extent>) {
        let places: Vec<_> = places.collect();
        for pair in places.windows(2).filter(|pair| pair[0].beside(*pair[1])) {
            assert!(pair[0].end <= pair[1].start, "{pair:?} of {:?}", self.0.source());
        }
    }

    fn list(&self, list: &List, outer: Option<Extent>) {
        self.inside(list.at, outer);
        self.ascend(list.items.iter().map(|item| &item.pipeline.at));
        for item in &list.items {
            self.inside(item.pipeline.at, Some(list.at));
            self.ascend(item.pipeline.commands.iter().map(|command| &command.at));
            item.pipeline.commands.iter().for_each(|command| self.command(command, item.pipeline.at));
        }
    }

    fn command(&self, command: &Command, outer: Extent) {
        self.inside(command.at, Some(outer));
        let at = Some(command.at);
        match &command.shape {
            Shape::Simple(simple) => {
                self.ascend(simple.words.iter().map(|word| &word.at));
                simple.words.iter().for_each(|word| self.word(word, at));
                for assignment in simple.assigned() {
                    self.inside(assignment.at, at);
                    self.inside(assignment.name, Some(assignment.at));
                    match &assignment.value {
                        Assigned::Word(word) => self.word(word, Some(assignment.at)),
                        Assigned::Array(items) => {
                            items.iter().for_each(|(_, word)| self.word(word, Some(assignment.at)));
                        }
                    }
                }
            }
            Shape::Group(list) | Shape::Subshell(list) => self.list(list, at),
            Shape::If(branches) => {
                for branch in branches {
                    branch.condition.iter().for_each(|list| self.list(list, at));
                    self.list(&branch.body, at);
                }
            }
            Shape::Loop { condition, body } => {
                self.list(condition, at);
                self.list(body, at);
            }
            Shape::For { over, body, .. } => {
                over.iter().flatten().for_each(|word| self.word(word, at));
                self.list(body, at);
            }
            Shape::Case { subject, arms } => {
                self.word(subject, at);
                for arm in arms {
                    arm.patterns.iter().for_each(|word| self.word(word, at));
                    self.list(&arm.body, at);
                }
            }
            Shape::Function { body, .. } => self.command(body, command.at),
            Shape::Condition(words) => words.iter().for_each(|word| self.word(word, at)),
            Shape::Arithmetic(word) => self.word(word, at),
            Shape::Unknown => {}
        }
        for redirection in &command.redirections {
            self.inside(redirection.at, at);
            self.word(&redirection.target, Some(redirection.at));
        }
    }

    fn word(&self, word: &Word, outer: Option<Extent>) {
        self.inside(word.at, outer);
        self.pieces(&word.pieces, word.at);
        if let (Some(known), Some(scalar)) = (word.known(), word.scalar(self.0)) {
            assert_eq!(&*scalar.text, known);
        }
        let length = word.prefix().len();
        assert!(
            (0..=length).filter(|at| word.prefix().is_char_boundary(*at)).all(|at| word.after(at).is_some())
        );
    }

    fn pieces(&self, pieces: &[Piece], outer: Extent) {
        self.ascend(pieces.iter().map(|piece| &piece.at));
        for piece in pieces {
            self.inside(piece.at, Some(outer));
            match &piece.kind {
                PieceKind::Literal(text) => {
                    assert!(!text.is_empty(), "{:?}", self.0.source());
                    let verbatim = self.0.text(piece.at) == &**text;
                    let escaped = self.0.text(piece.at).starts_with(['\\', '`', '\'', '"']);
                    assert!(verbatim || escaped, "{:?}", self.0.source());
                }
                PieceKind::Substitution(list) | PieceKind::Process(list) => self.list(list, Some(piece.at)),
                PieceKind::Arithmetic(inner) => self.pieces(inner, piece.at),
                PieceKind::Parameter(found) => {
                    self.inside(found.name, Some(piece.at));
                    found.index.iter().chain(&found.operand).for_each(|word| self.word(word, Some(piece.at)));
                }
                PieceKind::Hole(inner) => self.inside(*inner, Some(piece.at)),
                PieceKind::Unknown => {}
            }
        }
    }
}

fn sound(text: &str) {
    for script in [script(text), templated(text, &TEMPLATES)] {
        Places(&script).all();
        let _ = script.commands();
    }
}

/// What shells give a meaning to.
const SIGNS: [&str; 78] = [
    "if ",
    "then ",
    "else ",
    "elif ",
    "fi",
    "for ",
    "in ",
    "do ",
    "done",
    "while ",
    "case ",
    "esac",
    "function ",
    "f()",
    "{ ",
    "}",
    "(",
    ")",
    "((",
    "))",
    "[[ ",
    " ]]",
    "$(",
    "$((",
    "${",
    "${x:-",
    "${#",
    "${!",
    "`",
    "\\`",
    "\"",
    "'",
    "$'",
    "$\"",
    "\\",
    "\n",
    "\n",
    "\r\n",
    " ",
    " ",
    "\t",
    ";",
    ";;",
    ";&",
    "&",
    "&&",
    "|",
    "||",
    "|&",
    "<",
    ">",
    ">>",
    "<<EOF\n",
    "EOF\n",
    "<<-E",
    "<<'X'\n",
    "X\n",
    "<<<",
    "<(",
    ">(",
    "&>",
    "2>&1",
    "{fd}>",
    "#",
    "=",
    "a=",
    "a=(",
    "a[1]=",
    "x",
    "echo ",
    "é",
    "${{ ",
    " }}",
    "{{",
    "$(Var)",
    "=~ ",
    "@(",
    "~",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_breaks_the_reader(pieces in prop::collection::vec(prop::sample::select(&SIGNS[..]), 0..40)) {
        sound(&pieces.concat());
    }

    #[test]
    fn no_characters_break_the_reader(text in any::<String>(), dense in "[\\-\"'`$(){}\\[\\]<>|&;#=\\\\ \n\ta0é]{0,60}") {
        sound(&text);
        sound(&dense);
    }
}

/// What was quadratic once, or would be without a bound.
const NESTS: [&str; 22] = [
    "\"$(",
    "$(`",
    "((x) ",
    "${x:-\"",
    "<<A <<B ",
    "`\\`",
    "a[",
    "if x; then ",
    "[[ a && ",
    "$[",
    "<<",
    "{fd",
    "x=(",
    "case x in a) ",
    "\"${x:-$(",
    "{{ ' ",
    "f() ",
    "@(@(",
    "<<'E'\n'",
    "<<E\n$(<<F\n",
    "! ",
    "${{ `x${{` ",
];

#[test]
fn open_signs_end() {
    // Long enough that reading would not end in any patience if its time grew with the square of the text.
    const BYTES: usize = 40_000;
    for sign in SIGNS.into_iter().chain(NESTS) {
        let text = sign.repeat(BYTES / sign.len());
        for script in [script(&text), templated(&format!("echo \"${{{{ {text}"), &TEMPLATES)] {
            assert!(script.commands().len() <= BYTES);
        }
    }
}
