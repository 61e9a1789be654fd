//! Compound commands: groups, branches, loops, functions.

use super::word::Mode;
use super::{Closers, Reader, ends_word};
use crate::document::script::{Arm, Branch, Extent, List, Pieces, Quote, Shape, Word};

impl Reader<'_, '_> {
    /// The compound command that begins here. Reads nothing if none does.
    pub(super) fn compound(&mut self) -> Option<Shape> {
        if self.peek() == Some(b'(') {
            return Some(self.parentheses());
        }
        let start = self.at;
        let word = self.reserved();
        let read: fn(&mut Self, Extent) -> Shape = match word {
            "{" => Self::group,
            "if" => Self::branches,
            "while" | "until" => Self::condition_loop,
            "for" | "select" => Self::iteration,
            "case" => Self::case,
            "function" => Self::function,
            "[[" => Self::condition,
            _ => return None,
        };
        self.at += word.len();
        let at = self.since(start);
        Some(read(self, at))
    }

    /// Steps over the word that has to stand here; what opened is otherwise left open.
    fn expect(&mut self, word: &'static str, opened: Extent, why: &'static str) -> bool {
        self.lines();
        let is = self.keyword(word);
        if !is {
            self.unknown(opened, why);
        }
        is
    }

    /// `((…))` or `(…)`.
    fn parentheses(&mut self) -> Shape {
        let start = self.at;
        if self.starts("((")
            && let Some(end) = self.arithmetic_end(start + 2, b')')
        {
            return Shape::Arithmetic(self.computed(2, end));
        }
        self.at += 1;
        let opened = self.since(start);
        let list = self.list_until(Closers::PAREN);
        if !self.take(")") {
            self.unknown(opened, "a parenthesis that does not end");
        }
        Shape::Subshell(list)
    }

    /// Arithmetic as a word, with signs of two bytes.
    fn computed(&mut self, open: usize, end: usize) -> Word {
        let start = self.at;
        let mut pieces = Pieces::default();
        self.arithmetic(&mut pieces, Quote::None, open, end, 2);
        Word { at: self.since(start), pieces: pieces.of }
    }

    fn group(&mut self, opened: Extent) -> Shape {
        let list = self.list_until(Closers::BRACE);
        self.expect("}", opened, "a brace that does not end");
        Shape::Group(list)
    }

    fn branches(&mut self, opened: Extent) -> Shape {
        const WHY: &str = "an `if` that does not end";
        let mut branches = Vec::new();
        loop {
            let condition = Some(self.list_until(Closers::THEN.and(Closers::FI)));
            if !self.expect("then", opened, WHY) {
                branches.push(Branch { condition, body: self.nothing() });
                self.keyword("fi");
                break;
            }
            let body = self.list_until(Closers::ELSE.and(Closers::FI));
            branches.push(Branch { condition, body });
            if self.keyword("elif") {
                continue;
            }
            if self.keyword("else") {
                let body = self.list_until(Closers::FI);
                branches.push(Branch { condition: None, body });
            }
            self.expect("fi", opened, WHY);
            break;
        }
        Shape::If(branches)
    }

    fn nothing(&self) -> List {
        List { at: self.since(self.at), items: Vec::new() }
    }

    fn condition_loop(&mut self, opened: Extent) -> Shape {
        let condition = self.list_until(Closers::DO.and(Closers::DONE));
        let body = self.body(opened);
        Shape::Loop { condition, body }
    }

    /// `do … done`.
    fn body(&mut self, opened: Extent) -> List {
        const WHY: &str = "a loop that does not end";
        if !self.expect("do", opened, WHY) {
            self.keyword("done");
            return self.nothing();
        }
        let body = self.list_until(Closers::DONE);
        self.expect("done", opened, WHY);
        body
    }

    fn iteration(&mut self, opened: Extent) -> Shape {
        self.blanks();
        if self.starts("((")
            && let Some(end) = self.arithmetic_end(self.at + 2, b')')
        {
            let over = Some(vec![self.computed(2, end)]);
            let name = self.extent(self.at, self.at);
            return self.repeated(opened, name, over);
        }
        let name = match self.name_here() {
            Some(name) => name,
            None => {
                self.unknown(opened, "a loop without a variable");
                self.extent(self.at, self.at)
            }
        };
        self.at = name.end as usize;
        self.lines();
        let over = self.keyword("in").then(|| {
            let mut words = Vec::new();
            loop {
                self.blanks();
                let word = self.word(Mode::Word);
                if word.at.is_empty() {
                    break words;
                }
                words.push(word);
            }
        });
        self.repeated(opened, name, over)
    }

    /// What a `for` repeats: `do … done`, or a group.
    fn repeated(&mut self, opened: Extent, name: Extent, over: Option<Vec<Word>>) -> Shape {
        self.gap();
        self.take(";");
        self.lines();
        let body = match self.keyword("{") {
            true => {
                let body = self.list_until(Closers::BRACE);
                self.expect("}", opened, "a brace that does not end");
                body
            }
            false => self.body(opened),
        };
        Shape::For { name, over, body }
    }

    fn case(&mut self, opened: Extent) -> Shape {
        const WHY: &str = "a `case` that does not end";
        self.blanks();
        let subject = self.word(Mode::Word);
        let mut arms = Vec::new();
        if !self.expect("in", opened, WHY) {
            return Shape::Case { subject, arms };
        }
        loop {
            self.lines();
            if self.keyword("esac") {
                return Shape::Case { subject, arms };
            }
            let before = self.at;
            self.take("(");
            let patterns = self.patterns();
            if !self.take(")") {
                self.at = if patterns.is_empty() { before } else { self.at };
                self.unknown(opened, WHY);
                return Shape::Case { subject, arms };
            }
            let body = self.list_until(Closers::ARM.and(Closers::ESAC));
            arms.push(Arm { patterns, body });
            let _ = self.take(";;&") || self.take(";;") || self.take(";&");
        }
    }

    fn patterns(&mut self) -> Vec<Word> {
        let mut patterns = Vec::new();
        loop {
            self.blanks();
            let word = self.word(Mode::Pattern);
            if word.at.is_empty() {
                return patterns;
            }
            patterns.push(word);
            self.blanks();
            if self.starts("||") || !self.take("|") {
                return patterns;
            }
        }
    }

    /// `function name [()] command`.
    fn function(&mut self, opened: Extent) -> Shape {
        self.blanks();
        let start = self.at;
        self.at += self.rest().iter().take_while(|b| !ends_word(**b)).count();
        let name = self.since(start);
        self.blanks();
        if self.take("(") {
            self.blanks();
            self.take(")");
        }
        self.named(opened, name)
    }

    /// The function of which the name was read as a word, `name () command`, and where it ends.
    pub(super) fn function_behind(&mut self, name: &Word) -> Option<(Shape, usize)> {
        let start = self.at;
        name.known()?;
        self.at += 1;
        self.blanks();
        if !self.take(")") {
            self.at = start;
            return None;
        }
        let shape = self.named(name.at, name.at);
        let end = match &shape {
            Shape::Function { body, .. } => body.at.end as usize,
            _ => self.at,
        };
        Some((shape, end))
    }

    fn named(&mut self, opened: Extent, name: Extent) -> Shape {
        self.lines();
        let before = self.at;
        let Some(body) = self.deeper(Self::command).filter(|_| self.at > before) else {
            self.unknown(opened, "a function without a body");
            return Shape::Unknown;
        };
        Shape::Function { name, body: Box::new(body) }
    }
}
