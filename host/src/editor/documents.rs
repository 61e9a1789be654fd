//! What is open, as the editor has it: text and version.

use std::collections::BTreeMap;
use std::sync::Arc;

use lsp_types::TextDocumentContentChangeEvent as Event;

use super::position::{Encoding, Lines};

/// An open document.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// Its version, as the editor counts.
    pub(super) version: i32,
    /// What the editor takes it for.
    pub(super) language: String,
    /// Its text.
    pub(super) text: Arc<Vec<u8>>,
    /// Its lines.
    pub(super) lines: Arc<Lines>,
}

impl Document {
    fn of(version: i32, language: String, text: Vec<u8>) -> Self {
        let lines = Arc::new(Lines::of(&text));
        Self { version, language, text: Arc::new(text), lines }
    }
}

/// All open documents, by their addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<String, Document>,
}

impl Documents {
    /// A document was opened.
    pub(super) fn open(&mut self, uri: &str, version: i32, language: String, text: String) {
        self.open.insert(uri.to_owned(), Document::of(version, language, text.into_bytes()));
    }

    /// A document was closed; whether it was open.
    pub(super) fn close(&mut self, uri: &str) -> bool {
        self.open.remove(uri).is_some()
    }

    /// A document was changed; whether it is another now. A change to a version that is past is none.
    pub(super) fn change(
        &mut self,
        uri: &str,
        version: i32,
        changes: Vec<Event>,
        encoding: Encoding,
    ) -> bool {
        let Some(document) = self.open.get_mut(uri).filter(|document| document.version < version) else {
            return false;
        };
        let mut text = document.text.as_ref().clone();
        for change in changes {
            match change {
                Event::TextDocumentContentChangeWholeDocument(whole) => text = whole.text.into_bytes(),
                Event::TextDocumentContentChangePartial(part) => {
                    let lines = Lines::of(&text);
                    let start = lines.offset(&text, part.range.start, encoding);
                    let end = lines.offset(&text, part.range.end, encoding).max(start);
                    text.splice(start..end, part.text.into_bytes());
                }
            }
        }
        *document = Document::of(version, std::mem::take(&mut document.language), text);
        true
    }

    /// An open document.
    pub(super) fn get(&self, uri: &str) -> Option<&Document> {
        self.open.get(uri)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use lsp_types::{Position, Range, TextDocumentContentChangePartial};
    use proptest::prelude::*;

    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    fn part(from: Position, to: Position, text: &str) -> Event {
        Event::TextDocumentContentChangePartial(TextDocumentContentChangePartial {
            range: Range { start: from, end: to },
            text: text.to_owned(),
            ..TextDocumentContentChangePartial::default()
        })
    }

    fn text(documents: &Documents) -> String {
        String::from_utf8(documents.get("a").unwrap().text.as_ref().clone()).unwrap()
    }

    proptest! {
        /// Edits, said in each encoding, come to what they come to in characters.
        #[test]
        fn edits_are_made_where_the_editor_makes_them(
            start in "[aé漢😀\n]{0,30}",
            edits in prop::collection::vec((0_usize..40, 0_usize..6, "[xü🎉\n]{0,4}"), 1..12),
        ) {
            for encoding in ALL {
                let mut model: Vec<char> = start.chars().collect();
                let mut documents = Documents::default();
                documents.open("a", 0, String::new(), start.clone());
                for (version, (at, length, by)) in edits.iter().enumerate() {
                    let from = (*at).min(model.len());
                    let to = (from + length).min(model.len());
                    let now: String = model.iter().collect();
                    let lines = Lines::of(now.as_bytes());
                    let place = |count: usize| {
                        let offset = model.iter().take(count).map(|c| c.len_utf8()).sum();
                        lines.position(now.as_bytes(), offset, encoding)
                    };
                    let event = part(place(from), place(to), by);
                    let version = i32::try_from(version).unwrap() + 1;
                    prop_assert!(documents.change("a", version, vec![event], encoding));
                    model.splice(from..to, by.chars());
                }
                prop_assert_eq!(text(&documents), model.iter().collect::<String>());
            }
        }
    }

    #[test]
    fn a_version_that_is_past_changes_nothing() {
        let mut documents = Documents::default();
        let at = |character| Position { line: 0, character };
        documents.open("a", 3, "yaml".to_owned(), "abc".to_owned());
        assert!(!documents.change("a", 3, vec![part(at(0), at(3), "x")], Encoding::Utf16));
        assert!(documents.change(
            "a",
            9,
            vec![part(at(1), at(2), "é"), part(at(3), at(99), "")],
            Encoding::Utf8
        ));
        assert_eq!(text(&documents), "aé");
        assert!(!documents.change("b", 1, Vec::new(), Encoding::Utf8));
        assert!(documents.close("a") && !documents.close("a"));
    }
}
