//! The linear scan before the parser: comments, top-level items, depth.

use super::MAX_KEYS;
use crate::document::MAX_DEPTH;
use crate::span::ByteSpan;

/// How often a block that never closes is cut at what looks like the next block: each costs another scan of the rest.
const MAX_RESTARTS: usize = 64;

/// A top-level block or attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Its bytes, without the newline behind it.
    pub(super) span: ByteSpan,
    /// Deepest nesting of brackets and templates.
    depth: usize,
    /// Most keys in one object.
    keys: usize,
}

impl Item {
    /// Why it is not handed to the parser.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        if self.depth > MAX_DEPTH {
            return Some("a block is nested deeper than 128 levels");
        }
        (self.keys > MAX_KEYS).then_some("an object has more than 4096 keys")
    }
}

/// What the scan found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) items: Vec<Item>,
    pub(super) comments: Vec<ByteSpan>,
}

/// What the bytes at hand belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// Code that ends with this byte; `keys` counts an object's entries so far.
    Code { close: u8, object: bool, keys: usize },
    /// A quoted string.
    Quoted,
    /// A heredoc, with the span of its delimiter's name.
    Heredoc { name: (usize, usize) },
}

/// Scans a text from `start` on.
pub(super) fn scan(text: &str, start: usize) -> Scan {
    let mut found = Scan::default();
    let mut at = start;
    let mut restarts = 0;
    loop {
        let mut scanner =
            Scanner { bytes: text.as_bytes(), at, stack: Vec::new(), item: None, last: 0, found };
        scanner.run();
        let open = scanner.item.filter(|_| !scanner.stack.is_empty());
        scanner.end_item();
        found = scanner.found;
        // A block that never closes swallows the rest of the file: cut it where the next one seems to begin.
        let next = open.and_then(|item| next_header(text, item.span.start as usize));
        match (next, found.items.last_mut()) {
            (Some(next), Some(item)) if restarts < MAX_RESTARTS => {
                restarts += 1;
                item.span = ByteSpan::new(item.span.start as usize, next);
                found.comments.retain(|c| (c.start as usize) < next);
                at = next;
            }
            _ => return found,
        }
    }
}

/// The next line after `from` that begins, in its first column, with a word and ends with `{`.
fn next_header(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    for line in text.get(from..)?.split_inclusive('\n') {
        let begins = line.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
        if at > from && begins && line.trim_end().ends_with('{') && !line.contains('=') {
            return Some(at);
        }
        at += line.len();
    }
    None
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    stack: Vec<Level>,
    item: Option<Item>,
    /// The last byte of code that was neither space nor comment.
    last: u8,
    found: Scan,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            match self.stack.last().copied() {
                Some(Level::Quoted) => self.quoted(),
                Some(Level::Heredoc { name }) => self.heredoc(name),
                Some(Level::Code { .. }) | None => self.code(),
            }
        }
    }

    fn code(&mut self) {
        let byte = self.peek(0);
        match byte {
            b'\n' if self.stack.is_empty() => {
                self.end_item();
                self.at += 1;
            }
            _ if byte.is_ascii_whitespace() => self.at += 1,
            b'#' => self.line_comment(),
            b'/' if self.peek(1) == b'/' => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            _ => {
                self.token(byte);
                self.last = byte;
            }
        }
    }

    fn token(&mut self, byte: u8) {
        let at = self.at;
        self.item.get_or_insert(Item { span: ByteSpan::at(at), depth: 0, keys: 0 });
        self.at += 1;
        match byte {
            b'"' => self.push(Level::Quoted),
            b'{' => {
                let object = matches!(self.last, b'=' | b'(' | b'[' | b',' | b':' | b'?' | b'>');
                self.push(Level::Code { close: b'}', object, keys: 0 });
            }
            b'[' => self.push(Level::Code { close: b']', object: false, keys: 0 }),
            b'(' => self.push(Level::Code { close: b')', object: false, keys: 0 }),
            b'}' | b']' | b')' => {
                if matches!(self.stack.last(), Some(Level::Code { close, .. }) if *close == byte) {
                    self.stack.pop();
                }
            }
            b'=' | b':' => {
                if let Some(Level::Code { object: true, keys, .. }) = self.stack.last_mut() {
                    *keys += 1;
                    let keys = *keys;
                    if let Some(item) = &mut self.item {
                        item.keys = item.keys.max(keys);
                    }
                }
            }
            b'<' if self.peek(0) == b'<' => self.open_heredoc(),
            _ => {}
        }
    }

    fn push(&mut self, level: Level) {
        self.stack.push(level);
        if let Some(item) = &mut self.item {
            item.depth = item.depth.max(self.stack.len());
        }
    }

    /// Just behind the first `<` of `<<NAME` or `<<-NAME`.
    fn open_heredoc(&mut self) {
        let mut at = self.at + 1;
        if self.bytes.get(at) == Some(&b'-') {
            at += 1;
        }
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-') || *b >= 0x80;
        let length = self.bytes.iter().skip(at).take_while(|b| is_name(b)).count();
        let end = at + length;
        let line_ends = matches!(self.bytes.get(end), Some(b'\n'))
            || self.bytes.get(end..end + 2).is_some_and(|b| b == b"\r\n");
        if length == 0 || !line_ends {
            return;
        }
        self.at = end;
        while self.at < self.bytes.len() && self.peek(0) != b'\n' {
            self.at += 1;
        }
        // The newline stays: the delimiter is looked for at each line's start.
        self.push(Level::Heredoc { name: (at, end) });
    }

    fn heredoc(&mut self, name: (usize, usize)) {
        match self.peek(0) {
            b'\n' => {
                self.at += 1;
                let spaces = self.bytes[self.at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                let begin = self.at + spaces;
                let delimiter = self.bytes.get(name.0..name.1).unwrap_or_default();
                let after = self.bytes.get(begin + delimiter.len()).copied().unwrap_or(b'\n');
                let ends = self.bytes.get(begin..).is_some_and(|rest| rest.starts_with(delimiter))
                    && !(after.is_ascii_alphanumeric() || matches!(after, b'_' | b'-'));
                if ends {
                    self.at = begin + delimiter.len();
                    self.stack.pop();
                }
            }
            sign @ (b'$' | b'%') => self.template(sign),
            _ => self.at += 1,
        }
    }

    fn quoted(&mut self) {
        match self.peek(0) {
            b'\\' => self.at += 2,
            b'"' => {
                self.at += 1;
                self.stack.pop();
            }
            // A quoted string ends with its line: whatever comes is broken, but not the rest of the file.
            b'\n' => {
                self.stack.pop();
            }
            sign @ (b'$' | b'%') => self.template(sign),
            _ => self.at += 1,
        }
    }

    /// `${` and `%{` open code; `$${` and `%%{` are text.
    fn template(&mut self, sign: u8) {
        if self.peek(1) == sign && self.peek(2) == b'{' {
            self.at += 3;
        } else if self.peek(1) == b'{' {
            self.at += 2;
            self.last = b'{';
            self.push(Level::Code { close: b'}', object: false, keys: 0 });
        } else {
            self.at += 1;
        }
    }

    fn line_comment(&mut self) {
        let start = self.at;
        while self.at < self.bytes.len() && self.peek(0) != b'\n' {
            self.at += 1;
        }
        let end = if self.bytes.get(self.at.wrapping_sub(1)) == Some(&b'\r') { self.at - 1 } else { self.at };
        self.found.comments.push(ByteSpan::new(start, end));
    }

    fn block_comment(&mut self) {
        let start = self.at;
        self.at += 2;
        while self.at < self.bytes.len() && !(self.peek(0) == b'*' && self.peek(1) == b'/') {
            self.at += 1;
        }
        self.at = (self.at + 2).min(self.bytes.len());
        self.found.comments.push(ByteSpan::new(start, self.at));
    }

    fn end_item(&mut self) {
        if let Some(mut item) = self.item.take() {
            item.span = ByteSpan::new(item.span.start as usize, self.at.min(self.bytes.len()));
            self.found.items.push(item);
        }
        self.last = 0;
    }
}
