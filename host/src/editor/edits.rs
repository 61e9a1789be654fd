//! Edits as the editor makes them: of documents in the version that they are for.

use std::collections::HashMap;

use lsp_types::{
    CreateFile, CreateFileOptions, DocumentChange, Edit, OptionalVersionedTextDocumentIdentifier,
    TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
};

use super::diagnostics::text_of;
use super::session::Session;
use super::tree::OpenTree;
use crate::command::policy::CONFIG;
use crate::runtime::contract::Span;

/// An edit of one file: what stands there, and what is to.
pub(super) type Change = (Span, String);

/// Edits of files of a tree, by their names.
pub(super) fn of(
    session: &Session<'_>,
    tree: &OpenTree<'_>,
    files: impl IntoIterator<Item = (String, Vec<Change>)>,
) -> WorkspaceEdit {
    let mut edits: Vec<(String, Vec<TextEdit>)> = Vec::new();
    for (name, changes) in files {
        let (bytes, lines) = text_of(session, tree, &name);
        let encoding = session.client.encoding;
        let edit =
            |(span, new_text): Change| TextEdit { range: lines.range(&bytes, span, encoding), new_text };
        edits.push((session.uri(tree, &name), changes.into_iter().map(edit).collect()));
    }
    written(session, edits, None)
}

/// The policy as it is to be; `None` where there is none yet and the editor makes none.
pub(super) fn of_policy(session: &Session<'_>, tree: &OpenTree<'_>, bytes: Vec<u8>) -> Option<WorkspaceEdit> {
    let new = String::from_utf8(bytes).ok()?;
    match tree.config() {
        Some(config) => {
            let change = between(&String::from_utf8_lossy(&config.bytes), &new);
            Some(of(session, tree, [(config.path.clone(), vec![change])]))
        }
        None => making(session, tree, CONFIG, new),
    }
}

/// A file that is not there yet; `None` where the editor makes none.
fn making(session: &Session<'_>, tree: &OpenTree<'_>, name: &str, text: String) -> Option<WorkspaceEdit> {
    if !(session.client.creates && session.client.versions) {
        return None;
    }
    let uri = session.uri(tree, name);
    let edit = TextEdit { new_text: text, ..TextEdit::default() };
    Some(written(session, vec![(uri.clone(), vec![edit])], Some(uri)))
}

fn written(
    session: &Session<'_>,
    edits: Vec<(String, Vec<TextEdit>)>,
    made: Option<String>,
) -> WorkspaceEdit {
    if !session.client.versions {
        let changes: HashMap<Uri, Vec<TextEdit>> =
            edits.into_iter().map(|(uri, edits)| (Uri::from(uri), edits)).collect();
        return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
    }
    let make = made.map(|uri| {
        DocumentChange::CreateFile(CreateFile {
            uri: uri.into(),
            options: Some(CreateFileOptions { ignore_if_exists: Some(true), ..CreateFileOptions::default() }),
            annotation_id: None,
        })
    });
    let edit = |(uri, edits): (String, Vec<TextEdit>)| {
        let version = session.documents.get(&uri).map(|document| document.version);
        DocumentChange::TextDocumentEdit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier {
                version,
                text_document_identifier: TextDocumentIdentifier { uri: uri.into() },
            },
            edits: edits.into_iter().map(Edit::TextEdit).collect(),
        })
    };
    let changes = make.into_iter().chain(edits.into_iter().map(edit)).collect();
    WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
}

/// The one edit that makes one text of another, as small as it is in whole characters.
pub(super) fn between(old: &str, new: &str) -> Change {
    let start: usize =
        old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let (old_rest, new_rest) = (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
    let ends = old_rest.chars().rev().zip(new_rest.chars().rev());
    let end: usize = ends.take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span { start: narrow(start), end: narrow(old.len() - end) };
    (span, new_rest.get(..new_rest.len() - end).unwrap_or_default().to_owned())
}

/// A text with edits made, of which none is over another.
pub(super) fn made(text: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut sorted: Vec<&Change> = changes.iter().collect();
    sorted.sort_by_key(|(span, _)| (span.start, span.end));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for (span, by) in sorted {
        let (start, end) = (span.start as usize, span.end as usize);
        out.extend_from_slice(text.get(at..start).unwrap_or_default());
        out.extend_from_slice(by.as_bytes());
        at = end.max(at);
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_edit_between_two_texts_makes_one_of_the_other(old in "[aé😀\n]{0,12}", new in "[aé😀\n]{0,12}") {
            let change = between(&old, &new);
            prop_assert_eq!(made(old.as_bytes(), &[change]), new.into_bytes());
        }
    }

    #[test]
    fn it_touches_no_more_than_it_must() {
        let (span, by) = between("a\nb\nc\n", "a\nb\nnew\nc\n");
        assert_eq!((span.start, span.end, by.as_str()), (4, 4, "new\n"));
    }
}
