//! What a trust asks of a claim, written anew. It stands as one text in every syntax: a list's item, a map's value.

use memchr::memmem;

use super::SourceFile;
use crate::remedy::{Edit, Rendered, Safety};
use crate::span::{ByteSpan, Source};

/// Asks for `value` where `asked` stands once in the trust at `target`. Others than those that are seen here may use what
/// it opens, so that the edit is not made without thought.
pub(crate) fn require(file: &SourceFile, target: ByteSpan, asked: &str, value: &str) -> Rendered {
    let not = |why: &str| Rendered::NotHere(why.to_owned());
    let Some(text) = file.bytes.get(target.range()).filter(|_| !asked.is_empty()) else {
        return not("the trust is not in the file");
    };
    let ends = |byte: Option<&u8>| {
        byte.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b',' | b'[' | b']' | b'}'))
    };
    let whole = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        ends(before) && ends(text.get(at + asked.len()))
    };
    let plain = |text: &str| !text.contains(['"', '\'', '\\', '\n', '$', '#']);
    let mut found = memmem::find_iter(text, asked.as_bytes()).filter(whole);
    match (found.next(), found.next()) {
        (Some(at), None) if plain(value) && plain(asked) => {
            let start = target.start as usize + at;
            let at = Source::new(file.id, ByteSpan::new(start, start + asked.len()));
            Rendered::Edit {
                title: format!("ask for `{value}`"),
                safety: Safety::Unsafe,
                edits: vec![Edit { at, replacement: value.to_owned() }],
            }
        }
        _ => not("what is asked of the claim does not stand once in the trust"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use super::require;
    use crate::dialect::SourceFile;
    use crate::remedy::Rendered;
    use crate::span::{ByteSpan, FileId};

    fn after(text: &str) -> Option<String> {
        let file = SourceFile::read(FileId(0), "role.yml", text.as_bytes().into(), true);
        match require(&file, ByteSpan::new(0, text.len()), "repo:a/b:*", "repo:a/b:environment:p") {
            Rendered::Edit { edits, .. } => {
                let mut after = text.to_owned();
                after.replace_range(edits[0].at.span.range(), &edits[0].replacement);
                Some(after)
            }
            _ => None,
        }
    }

    #[test]
    fn the_one_place_where_it_stands_whole_is_replaced() {
        for text in ["x: repo:a/b:*\n", "x: 'repo:a/b:*'", "x: [\"repo:a/b:*\", \"other\"]", "- repo:a/b:*"] {
            assert_eq!(after(text), Some(text.replace("b:*", "b:environment:p")), "{text}");
        }
        for text in ["x: repo:a/b:*c", "x: my-repo:a/b:*", "x: [repo:a/b:*, repo:a/b:*]", "x: repo:a/b:main"]
        {
            assert_eq!(after(text), None, "{text}");
        }
    }
}
