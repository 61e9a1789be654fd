//! Where the parser stands in its text, and the nodes that it makes.

use crate::document::ground::Ground;
use crate::document::{Comment, Data, MAX_NODES, Node, Style};
use crate::span::ByteSpan;

/// Deepest nesting: of what the parser reads inside each other, and of the tree that it makes.
pub(super) const MAX_DEPTH: usize = 96;

/// A node and how high the tree below it is: operators in a row nest without nesting in the text.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) node: Node,
    pub(super) height: usize,
}

/// A node, or why there is none.
pub(super) type Parsed = Result<Part, &'static str>;

pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) ground: Ground<'t>,
    pub(super) at: usize,
    /// Whether it is an expression of JSON: a quote in a text is doubled, and lines do not count.
    pub(super) json: bool,
    /// Parentheses that are open: lines do not count inside.
    pub(super) parentheses: usize,
    depth: usize,
    nodes: usize,
    comments: Vec<Comment>,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str, ground: Ground<'t>, json: bool) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, ground, at, json, parentheses: 0, depth: 0, nodes: 0, comments: Vec::new() }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn comments(self) -> Vec<Comment> {
        self.comments
    }

    /// What is left of the text.
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes past spaces and comments, and past the ends of lines if they do not count.
    pub(super) fn space(&mut self) {
        self.skip(self.json || self.parentheses > 0);
    }

    /// Goes past spaces, comments and ends of lines.
    pub(super) fn lines(&mut self) {
        self.skip(true);
    }

    fn skip(&mut self, lines: bool) {
        loop {
            let rest = self.rest();
            let trimmed =
                rest.trim_start_matches(|c: char| c.is_whitespace() && (lines || !matches!(c, '\n' | '\r')));
            self.at += rest.len() - trimmed.len();
            if !self.comment(trimmed) {
                return;
            }
        }
    }

    fn comment(&mut self, rest: &str) -> bool {
        if self.json {
            return false;
        }
        let (sign, length) = if rest.starts_with("//") {
            (2, rest.find(['\n', '\r']).unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (2, rest.find("*/").map_or(rest.len(), |end| end + 2))
        } else if rest.starts_with("#disable-") || rest.starts_with("#restore-") {
            (1, rest.find(['\n', '\r']).unwrap_or(rest.len()))
        } else {
            return false;
        };
        let body = rest.get(sign..length).unwrap_or_default();
        let text = body.strip_suffix("*/").unwrap_or(body).trim().to_owned();
        let span = self.ground.span(self.at, self.at + length);
        // What is looked at twice is one comment.
        if self.comments.last().is_none_or(|last| last.span.start < span.start) {
            self.comments.push(Comment { span, text });
        }
        self.at += length;
        true
    }

    /// Goes past a sign if it stands here.
    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    pub(super) fn expect(&mut self, sign: &str, why: &'static str) -> Result<(), &'static str> {
        self.space();
        if self.eat(sign) { Ok(()) } else { Err(why) }
    }

    /// The name that stands here, without going past it.
    pub(super) fn word(&self) -> &'t str {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        match rest.chars().next() {
            Some(first) if first.is_alphabetic() || first == '_' => {
                let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
                rest.get(..end).unwrap_or_default()
            }
            _ => "",
        }
    }

    /// Goes past a word if it stands here, whole.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    /// A name as a node.
    pub(super) fn name(&mut self, why: &'static str) -> Parsed {
        let word = self.word();
        if word.is_empty() {
            return Err(why);
        }
        let start = self.at;
        self.at += word.len();
        self.plain(word, start)
    }

    /// A text that stands in the file as it is.
    pub(super) fn plain(&mut self, text: &str, start: usize) -> Parsed {
        let end = start + text.len();
        let scalar = self.ground.scalar(text, Style::Plain, &[(0, start)], end);
        self.leaf(self.ground.span(start, end), Data::Scalar(scalar))
    }

    pub(super) fn leaf(&mut self, span: ByteSpan, data: Data) -> Parsed {
        self.counted(Node::new(span, data), 1)
    }

    /// A call or operator.
    pub(super) fn tagged(&mut self, tag: &str, start: usize, parts: Vec<Part>) -> Parsed {
        let span = self.ground.span(start, self.at);
        let height = above(&parts);
        let items: Vec<Node> = parts.into_iter().map(|part| part.node).collect();
        self.counted(Node::new(span, Data::List(items.into())).tagged(Some(tag.into())), height)
    }

    pub(super) fn counted(&mut self, node: Node, height: usize) -> Parsed {
        self.nodes += 1;
        match (self.nodes > MAX_NODES, height > MAX_DEPTH) {
            (true, _) => Err("too many nodes"),
            (_, true) => Err("nested too deeply"),
            _ => Ok(Part { node, height }),
        }
    }

    /// Reads something one level deeper, if that is allowed.
    pub(super) fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, &'static str>,
    ) -> Result<T, &'static str> {
        if self.depth == MAX_DEPTH {
            return Err("nested too deeply");
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }
}

/// How high a node above others is.
pub(super) fn above(parts: &[Part]) -> usize {
    1 + parts.iter().map(|part| part.height).max().unwrap_or(0)
}
