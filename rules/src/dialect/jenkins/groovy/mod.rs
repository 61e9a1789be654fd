//! Groovy as pipelines of Jenkins are written in it: calls with and without brackets, blocks, strings, lists and maps.
//! Everything else is passed over, with the calls that stand in it.
//!
//! Never fails: what is not understood is in [`Tree::unknown`], and reading goes on behind it. Linear in the text:
//! whatever looks ahead has a bound.
//! Sources: <https://groovy-lang.org/syntax.html>, <https://www.jenkins.io/doc/book/pipeline/syntax/>.

mod read;
mod statement;
mod text;
mod token;

use crate::document::Scalar;
use crate::span::ByteSpan;

/// Largest file that is read, in bytes: each sign is a token, and the longest pipelines seen have 100 KB.
pub(super) const MAX_BYTES: usize = 2 << 20;
/// Deepest nesting of blocks, brackets and lists. Readers recurse, and the module's stack has 1 MiB; the deepest of the
/// pipelines seen has 14.
const MAX_DEPTH: usize = 48;

/// A file as it was read.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) body: Block,
    /// What was not understood, in order, without source text.
    pub(super) unknown: Vec<(ByteSpan, &'static str)>,
}

/// Statements between braces, or of a whole file.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) at: ByteSpan,
    pub(super) statements: Vec<Statement>,
}

/// What a program does at one place.
#[derive(Debug)]
pub(super) enum Statement {
    /// A value that nothing takes: mostly a call.
    Value(Expr),
    /// `name = value`, `def name = value`; the name with its dots.
    Set { name: Label, value: Expr },
    /// Statements of their own, or of a condition or loop.
    Block(Block),
    /// `try` with what it does, and what it does when that fails.
    Try { body: Block, caught: Vec<Block> },
    /// A method that the file defines.
    Method { name: Label, body: Block },
}

/// A name where it stands.
#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) at: ByteSpan,
}

/// A value, and where it is written.
#[derive(Debug)]
pub(super) struct Expr {
    pub(super) at: ByteSpan,
    pub(super) value: Value,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Value {
    Text(Text),
    /// A number.
    Number(String),
    /// A name with its dots: `scm`, `env.BRANCH_NAME`, `true`.
    Name(String),
    List(Vec<Expr>),
    Map(Vec<Argument>),
    Chain(Chain),
    Block(Block),
    /// Several values, joined by `+`.
    Sum(Vec<Expr>),
    /// Several values, joined by something else.
    Other(Vec<Expr>),
}

/// A string: its text with the escapes taken off. What Groovy fills in stands in it as `${{name}}`, so that a reader of
/// shells tells it from the shell's own variables; what is no plain name is called [`COMPUTED`].
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) scalar: Scalar,
    /// What is filled in: the name, and its range in the text.
    pub(super) holes: Vec<(String, std::ops::Range<usize>)>,
}

/// What is said of a block that is open at the end of the file.
pub(super) const OPEN: &str = "a block that never ends";

/// What a hole is called whose expression is no plain name.
pub(super) const COMPUTED: &str = "computed";

/// Calls on what the one before gives.
#[derive(Debug)]
pub(super) struct Chain {
    /// What the first is called on, if that is no name.
    pub(super) head: Option<Box<Expr>>,
    pub(super) calls: Vec<Call>,
}

/// A call: `sh 'make'`, `docker.image('a')`, `steps { … }`.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: Label,
    pub(super) arguments: Vec<Argument>,
    pub(super) block: Option<Block>,
}

/// An argument of a call, or an entry of a map.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) name: Option<Label>,
    pub(super) value: Expr,
}

/// Reads a file.
pub(super) fn read(text: &str) -> Tree {
    let (tokens, mut unknown) = token::tokens(text);
    let (body, further) = read::Reader::new(text, tokens).everything();
    unknown.extend(further);
    Tree { body, unknown }
}

impl Call {
    /// The argument of this name.
    pub(super) fn named(&self, name: &str) -> Option<&Expr> {
        named(&self.arguments, name)
    }

    /// The argument at a position among those without a name.
    pub(super) fn positional(&self, index: usize) -> Option<&Expr> {
        let plain = self.arguments.iter().filter(|argument| argument.name.is_none());
        plain.map(|argument| &argument.value).nth(index)
    }

    /// The argument of this name, or the only one.
    pub(super) fn named_or_only(&self, name: &str) -> Option<&Expr> {
        self.named(name).or_else(|| self.positional(0))
    }
}

/// The entry of this name.
pub(super) fn named<'a>(arguments: &'a [Argument], name: &str) -> Option<&'a Expr> {
    let found = arguments.iter().rev().find(|a| a.name.as_ref().is_some_and(|label| label.text == name));
    found.map(|argument| &argument.value)
}

impl Expr {
    /// Its entries, if it is a map.
    pub(super) fn entries(&self) -> &[Argument] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list, or itself.
    pub(super) fn one_or_many(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// The string that it is, or is but for calls that trim it.
    pub(super) fn text(&self) -> Option<&Text> {
        // What changes nothing but blanks around lines.
        const TRIMS: [&str; 5] = ["trim", "stripIndent", "stripMargin", "toString", "stripLeading"];
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Chain(chain) => {
                let head = chain.head.as_deref()?;
                let trims = chain.calls.iter().all(|call| TRIMS.contains(&call.name.text.as_str()));
                match &head.value {
                    Value::Text(text) if trims => Some(text),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A string without anything that is filled in.
    pub(super) fn literal(&self) -> Option<&str> {
        self.text().filter(|text| text.holes.is_empty()).map(|text| &*text.scalar.text)
    }

    /// A plain word: a number, `true`, a string.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.value {
            Value::Number(text) | Value::Name(text) => Some(text),
            _ => self.literal(),
        }
    }

    /// Where its content stands, without quotes.
    pub(super) fn content(&self) -> ByteSpan {
        self.text().map_or(self.at, |text| text.scalar.span())
    }

    /// Its calls.
    pub(super) fn calls(&self) -> &[Call] {
        match &self.value {
            Value::Chain(chain) => &chain.calls,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests;
