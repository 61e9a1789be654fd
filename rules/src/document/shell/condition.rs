//! `[[ … ]]`: operands and operators.

use super::Reader;
use super::word::Mode;
use crate::document::script::{Extent, Piece, PieceKind, Quote, Shape, Word};

impl Reader<'_, '_> {
    pub(super) fn condition(&mut self, opened: Extent) -> Shape {
        let mut words: Vec<Word> = Vec::new();
        // Whether an operand has to follow, so that a line break ends nothing.
        let mut open = true;
        let mut mode = Mode::Word;
        loop {
            self.blanks();
            if self.peek() == Some(b'\n') || open && self.peek() == Some(b'#') && mode == Mode::Word {
                let before = self.at;
                self.lines();
                let goes_on = open || self.starts("&&") || self.starts("||") || self.reserved() == "]]";
                if !goes_on {
                    self.at = before;
                    break;
                }
                continue;
            }
            if mode == Mode::Word && self.keyword("]]") {
                return Shape::Condition(words);
            }
            let operator = ["&&", "||", "(", ")", "<", ">"]
                .into_iter()
                .find(|sign| mode == Mode::Word && self.starts(sign))
                .filter(|sign| !(matches!(*sign, "<" | ">") && self.ahead(1) == Some(b'(')));
            let word = match operator {
                Some(sign) => {
                    let start = self.at;
                    self.at += sign.len();
                    open = sign != ")";
                    let at = self.since(start);
                    Word {
                        at,
                        pieces: vec![Piece { at, quote: Quote::None, kind: PieceKind::Literal(sign.into()) }],
                    }
                }
                None => {
                    open = false;
                    self.word(mode)
                }
            };
            if word.at.is_empty() {
                break;
            }
            let matches = mode == Mode::Word && self.slice(word.at.range()) == "=~";
            mode = if matches { Mode::Regex } else { Mode::Word };
            words.push(word);
        }
        self.unknown(opened, "a condition that does not end");
        Shape::Condition(words)
    }
}
