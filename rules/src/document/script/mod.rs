//! Commands: what the readers of shells say of a script. One vocabulary for every shell, so that whoever asks which
//! commands run, with which words, need not know how they were written.
//!
//! A place in here is an [`Extent`]: a range of the script's own text. Only [`Script::span`] leads to the bytes of the
//! file, through YAML indentation, JSON escapes and continued lines, so the two cannot be mixed up.
//!
//! Invariant: nothing here knows what a program does or a platform means.

mod cursor;
mod option;
mod output;
mod template;
mod visit;
mod word;

use std::sync::Arc;

pub(super) use cursor::{Cursor, Pieces};
pub use option::{Flag, Spelling};
pub use output::Output;
pub use template::Template;
pub(super) use template::Templates;
pub use visit::Found;
pub use word::{Expansion, Operator, Piece, PieceKind, Quote, Word};

use super::Scalar;
use crate::span::ByteSpan;

/// A range of bytes of one of a script's texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extent {
    /// Which text: 0 is the script; others are commands in backquotes that had escapes to be taken off.
    text: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Extent {
    pub(super) fn new(text: u32, start: usize, end: usize) -> Self {
        let span = ByteSpan::new(start, end);
        Self { text, start: span.start, end: span.end }
    }

    /// Length in bytes of the text.
    #[must_use]
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it covers nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly inside.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.text == other.text && self.start <= other.start && other.end <= self.end
    }

    /// Whether both are ranges of the same text.
    #[must_use]
    pub fn beside(self, other: Self) -> bool {
        self.text == other.text
    }

    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The same extent with another start, in the same text.
    pub(super) fn from(self, start: usize) -> Self {
        Self::new(self.text, start, self.end as usize)
    }

    /// The same extent with another end, in the same text.
    pub(super) fn to(self, end: usize) -> Self {
        Self::new(self.text, self.start as usize, end)
    }
}

/// A script read.
#[derive(Clone, Debug)]
pub struct Script {
    /// The script's text, then the texts of commands in backquotes.
    pub(super) texts: Vec<Scalar>,
    /// Its commands.
    pub body: List,
    /// Here-documents in the order of their redirections.
    pub here_documents: Vec<HereDocument>,
    /// Comments in order, with their sign.
    pub comments: Vec<Extent>,
    /// What was not understood, in order. Reading went on behind it.
    pub unknown: Vec<Unknown>,
}

/// A place that was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Where.
    pub at: Extent,
    /// What is wrong there, without source text.
    pub why: &'static str,
}

/// Commands one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// First to last command.
    pub at: Extent,
    /// The pipelines in order.
    pub items: Vec<Item>,
}

/// A pipeline and what joins it to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// What stands behind it.
    pub joint: Joint,
}

/// What stands between two pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// `;`, a line break, or the end.
    Sequence,
    /// `&`: it runs beside what follows.
    Background,
    /// `&&`: what follows runs only if it succeeds.
    And,
    /// `||`: what follows runs only if it fails.
    Or,
}

/// Commands of which each reads what the one before writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// First to last command.
    pub at: Extent,
    /// Whether its result is turned around (`!`).
    pub negated: bool,
    /// The commands.
    pub commands: Vec<Command>,
}

/// A command of any shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its bytes, redirections included.
    pub at: Extent,
    /// What it is.
    pub shape: Shape,
    /// Its redirections in order.
    pub redirections: Vec<Redirection>,
}

/// What a command is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A program with its arguments, or assignments only.
    Simple(Simple),
    /// `{ … }`: commands of this shell. A script block in PowerShell.
    Group(List),
    /// `( … )`: commands of a shell of their own.
    Subshell(List),
    /// `if`: each branch with its condition; an `else` has none.
    If(Vec<Branch>),
    /// `while` and `until`.
    Loop {
        /// What is asked before each turn.
        condition: List,
        /// What is repeated.
        body: List,
    },
    /// `for` and `select`.
    For {
        /// The variable; empty for the arithmetic form.
        name: Extent,
        /// What it goes over; `None` for the script's arguments. The arithmetic form's pieces are one word.
        over: Option<Vec<Word>>,
        /// What is repeated.
        body: List,
    },
    /// `case`.
    Case {
        /// What is compared.
        subject: Word,
        /// The arms in order.
        arms: Vec<Arm>,
    },
    /// A function: its body runs only when it is called.
    Function {
        /// Its name.
        name: Extent,
        /// Its body.
        body: Box<Command>,
    },
    /// `[[ … ]]`: operands and operators in order.
    Condition(Vec<Word>),
    /// `(( … ))`.
    Arithmetic(Word),
    /// Something that was not understood.
    Unknown,
}

/// A branch of an `if`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// What is asked; `None` for `else`.
    pub condition: Option<List>,
    /// What runs then.
    pub body: List,
}

/// An arm of a `case`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// The patterns.
    pub patterns: Vec<Word>,
    /// What runs then.
    pub body: List,
}

/// A program with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// Assignments before the program: its environment, or the shell's own variables if there is no program.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments, without what is in `declarations`.
    pub words: Vec<Word>,
    /// Arguments of `export`, `declare`, `local`, `readonly` and `typeset` that assign.
    pub declarations: Vec<Assignment>,
}

impl Simple {
    /// Everything it assigns, in order.
    pub fn assigned(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().chain(&self.declarations)
    }

    /// The file name of the program, if it stands there as it is.
    #[must_use]
    pub fn program(&self) -> Option<String> {
        let word = self.words.first()?.known()?;
        Some(word.rsplit(['/', '\\']).next().unwrap_or_default().to_owned())
    }
}

/// A variable is given a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Name, sign and value.
    pub at: Extent,
    /// The name alone.
    pub name: Extent,
    /// The index of an array's item.
    pub index: Option<Word>,
    /// Whether the value is added to what is there (`+=`).
    pub appends: bool,
    /// The value.
    pub value: Assigned,
}

/// What a variable is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assigned {
    /// A word; an empty one for `A=`.
    Word(Word),
    /// An array's items, each with its index if one is written.
    Array(Vec<(Option<Word>, Word)>),
}

/// Where a command reads from or writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// Its bytes; a here-document's body stands elsewhere.
    pub at: Extent,
    /// The descriptor before the sign: digits or `{name}`.
    pub descriptor: Option<Extent>,
    /// The sign.
    pub kind: RedirectionKind,
    /// What stands behind the sign: a file, a descriptor, a here-string or a here-document's delimiter.
    pub target: Word,
    /// The here-document, as an index of [`Script::here_documents`].
    pub here_document: Option<usize>,
}

/// The sign of a redirection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectionKind {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>|`
    Clobber,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<&`
    DuplicateInput,
    /// `>&`
    DuplicateOutput,
    /// `&>`
    WriteBoth,
    /// `&>>`
    AppendBoth,
    /// `<<`, `<<-`
    HereDocument,
    /// `<<<`
    HereString,
    /// `|&`: the next command of the pipeline reads errors too. It has no target.
    PipeBoth,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HereDocument {
    /// The word that ends it.
    pub delimiter: String,
    /// Whether expansions in it are done.
    pub expands: bool,
    /// Whether its end was found.
    pub closed: bool,
    /// Its text; leading tabs are left out where `<<-` takes them off.
    pub body: Word,
}

impl Script {
    /// A program with its arguments that no shell reads: each stands for itself, whatever is in it. `hole` tells of a text
    /// whether something fills it before the program runs.
    #[must_use]
    pub fn of_words(words: &[Scalar], hole: impl Fn(&str) -> bool) -> Self {
        let whole = |(index, scalar): (usize, &Scalar)| {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let at = Extent::new(index, 0, scalar.text.len());
            let kind = match hole(&scalar.text) {
                true => PieceKind::Unknown,
                false => PieceKind::Literal((&*scalar.text).into()),
            };
            Word { at, pieces: vec![Piece { at, quote: Quote::Single, kind }] }
        };
        let texts = words.to_vec();
        let words = texts.iter().enumerate().map(whole).collect();
        let at = Extent::new(0, 0, 0);
        let shape = Shape::Simple(Simple { words, ..Simple::default() });
        let commands = vec![Command { at, shape, redirections: Vec::new() }];
        let pipeline = Pipeline { at, negated: false, commands };
        let body = List { at, items: vec![Item { pipeline, joint: Joint::Sequence }] };
        let (here_documents, comments, unknown) = (Vec::new(), Vec::new(), Vec::new());
        Self { texts, body, here_documents, comments, unknown }
    }

    /// The text of an extent.
    #[must_use]
    pub fn text(&self, at: Extent) -> &str {
        self.texts.get(at.text as usize).and_then(|text| text.text.get(at.range())).unwrap_or_default()
    }

    /// The file's bytes of an extent.
    #[must_use]
    pub fn span(&self, at: Extent) -> ByteSpan {
        self.texts.get(at.text as usize).map(|text| text.span_of(at.range())).unwrap_or_default()
    }

    /// The here-document of a redirection.
    #[must_use]
    pub fn here_document(&self, redirection: &Redirection) -> Option<&HereDocument> {
        self.here_documents.get(redirection.here_document?)
    }

    /// The whole text as it was handed to the reader.
    #[must_use]
    pub fn source(&self) -> Arc<str> {
        self.texts.first().map(|text| Arc::clone(&text.text)).unwrap_or_default()
    }
}
