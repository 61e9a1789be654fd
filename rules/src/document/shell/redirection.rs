//! Redirections.

use super::word::Mode;
use super::{Pending, Reader, begins_name, in_name};
use crate::document::script::{Extent, HereDocument, Redirection, RedirectionKind, Word};

/// Longest descriptor, in bytes: digits, or a variable's name in braces.
const MAX_DESCRIPTOR: usize = 64;

impl Reader<'_, '_> {
    /// The redirection that begins here. Reads nothing if none does.
    pub(super) fn redirection(&mut self) -> Option<Redirection> {
        let start = self.at;
        let length = self.descriptor();
        let sign = self.ahead(length)?;
        let both = sign == b'&' && length == 0 && self.ahead(1) == Some(b'>');
        if !both && !matches!(sign, b'<' | b'>') {
            return None;
        }
        let (text, kind) = self.sign(length)?;
        self.at += length;
        if length == 0 && sign == b'<' && self.hole_here().is_some() {
            return None;
        }
        self.at += text.len();
        self.blanks();
        let before = self.at;
        let target = self.word(Mode::Word);
        if self.at == before {
            let at = self.since(start);
            self.unknown(at, "a redirection without a target");
        }
        let descriptor = (length > 0).then(|| self.extent(start, start + length));
        let here_document =
            (kind == RedirectionKind::HereDocument).then(|| self.await_here_document(&target, text == "<<-"));
        Some(Redirection { at: self.since(start), descriptor, kind, target, here_document })
    }

    /// Bytes of the descriptor here: digits, or a name in braces, with a sign behind.
    fn descriptor(&self) -> usize {
        let near = self.near(MAX_DESCRIPTOR);
        let digits = near.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits > 0 || near.first() != Some(&b'{') || !near.get(1).copied().is_some_and(begins_name) {
            return digits;
        }
        let name = near.iter().skip(1).take_while(|b| in_name(**b)).count();
        if near.get(name + 1) == Some(&b'}') { name + 2 } else { 0 }
    }

    fn sign(&self, from: usize) -> Option<(&'static str, RedirectionKind)> {
        use RedirectionKind as K;
        const SIGNS: [(&str, RedirectionKind); 12] = [
            ("<<<", K::HereString),
            ("<<-", K::HereDocument),
            ("<<", K::HereDocument),
            ("<&", K::DuplicateInput),
            ("<>", K::ReadWrite),
            ("<", K::Read),
            ("&>>", K::AppendBoth),
            ("&>", K::WriteBoth),
            (">>", K::Append),
            (">&", K::DuplicateOutput),
            (">|", K::Clobber),
            (">", K::Write),
        ];
        let rest = self.rest().get(from..)?;
        let found = SIGNS.into_iter().find(|(text, _)| rest.starts_with(text.as_bytes()))?;
        // `<(` and `>(` are words.
        let process = matches!(found.1, K::Read | K::Write) && rest.get(1) == Some(&b'(');
        (!process).then_some(found)
    }

    /// Notes a here-document whose body comes behind the line; its index.
    fn await_here_document(&mut self, word: &Word, strips_tabs: bool) -> usize {
        let index = self.out.here_documents.len();
        let (delimiter, expands) = self.delimiter(word);
        let body = self.empty();
        self.out.here_documents.push(HereDocument { delimiter, expands, closed: false, body });
        self.pending.push(Pending { index, strips_tabs });
        index
    }

    /// A delimiter's text without quotes, nothing in it expanded, and whether it has none.
    fn delimiter(&self, word: &Word) -> (String, bool) {
        let raw = |at: Extent| self.slice(at.range());
        let mut text = String::new();
        for piece in &word.pieces {
            text.push_str(piece.literal().unwrap_or_else(|| raw(piece.at)));
        }
        let expands = !raw(word.at).contains(['\'', '"', '\\']);
        (text, expands)
    }
}
