//! Bodies of here-documents.

use super::word::Mode;
use super::{Closers, Reader};

impl Reader<'_, '_> {
    /// Reads the bodies of here-documents that begin here.
    pub(super) fn here_documents(&mut self) {
        while let Some(pending) = self.pending.get(self.begun) {
            let (index, strips_tabs) = (pending.index, pending.strips_tabs);
            self.begun += 1;
            self.here_document(index, strips_tabs);
        }
    }

    fn here_document(&mut self, index: usize, strips_tabs: bool) {
        let Some(document) = self.out.here_documents.get_mut(index) else { return };
        let (delimiter, expands) = (std::mem::take(&mut document.delimiter), document.expands);
        let start = self.at;
        let end = self.body_end(&delimiter, strips_tabs);
        let stop = end.as_ref().map_or(self.end, |end| end.0);
        let mode = Mode::HereDocument { expands, strips_tabs };
        let body = self.apart(stop, Closers::default(), |reader| reader.deeper(|reader| reader.word(mode)));
        if body.is_none() {
            let at = self.extent(start, stop);
            self.unknown(at, "a here-document that is nested too deep");
        }
        self.at = end.as_ref().map_or(self.end, |end| end.1);
        let empty = self.empty();
        if let Some(document) = self.out.here_documents.get_mut(index) {
            document.delimiter = delimiter;
            document.closed = end.is_some();
            document.body = body.unwrap_or(empty);
        }
        if end.is_none() {
            let at = self.extent(start, stop);
            self.unknown(at, "a here-document that does not end");
        }
    }

    /// Where the body ends, and where reading goes on.
    fn body_end(&self, delimiter: &str, strips_tabs: bool) -> Option<(usize, usize)> {
        let mut start = self.at;
        while start < self.end {
            let end = self.line_end(start);
            let next = (end + 1).min(self.end);
            let line = self.bytes.get(start..end).unwrap_or_default();
            let tabs = if strips_tabs { line.iter().take_while(|b| **b == b'\t').count() } else { 0 };
            let line = line.get(tabs..).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match line.strip_prefix(delimiter.as_bytes()) {
                Some(b"") => return Some((start, next)),
                // Inside `$( … )` bash takes the delimiter before the parenthesis for the end.
                Some([b')', ..]) if self.closers.has(Closers::PAREN) && !delimiter.is_empty() => {
                    return Some((start, start + tabs + delimiter.len()));
                }
                _ => {}
            }
            start = next;
        }
        None
    }
}
