//! `$ref`: what stands elsewhere in the document, or in another file of the unit.

use crate::dialect::{Lowering, SourceFile, resolve};
use crate::document::Node;
use crate::fact::Why;

use super::source;

/// Longest chain of references that is followed.
const MAX_CHAIN: usize = 16;

/// A node and its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'u> {
    pub(super) file: &'u SourceFile,
    pub(super) node: &'u Node,
}

impl<'u> At<'u> {
    /// Another node of the same file.
    pub(super) fn with(self, node: &'u Node) -> Self {
        Self { node, ..self }
    }

    /// What stands below a key, references followed.
    pub(super) fn get(self, key: &str, root: At<'u>, out: &mut Lowering<'u>) -> Option<Self> {
        self.with(self.node.get(key)?).followed(root, out)
    }

    /// What it refers to, or itself; `None`, and counted, if that is not at hand. `root` is the description: references
    /// without a file speak of the file they stand in.
    pub(super) fn followed(self, root: At<'u>, out: &mut Lowering<'u>) -> Option<Self> {
        let mut at = self;
        for _ in 0..MAX_CHAIN {
            let Some(reference) = at.node.get("$ref") else { return Some(at) };
            let next = reference.text().and_then(|text| at.referred(text, root, out));
            let Some(next) = next else {
                let what = reference.text().unwrap_or("$ref").to_owned();
                out.unknown(source(at.file, reference.span), Why::NotInTree(what));
                return None;
            };
            at = next;
        }
        out.unknown(
            source(self.file, self.node.span),
            Why::Limit(format!("{MAX_CHAIN} references in a row")),
        );
        None
    }

    fn referred(self, text: &str, root: At<'u>, out: &Lowering<'u>) -> Option<Self> {
        let (path, pointer) = text.split_once('#').unwrap_or((text, ""));
        let (file, node) = if path.is_empty() {
            // A file may hold several documents; the description's own is the one that is read.
            let own = self.file.id == root.file.id;
            (self.file, if own { root.node } else { self.file.document.nodes().first()? })
        } else {
            if path.contains("://") {
                return None;
            }
            let file = out.unit.file(&resolve(self.file.folder(), path)?)?;
            (file, file.document.nodes().first()?)
        };
        let mut node = node;
        for step in pointer.split('/').skip(1) {
            let step = unescaped(step);
            let item = || step.parse().ok().and_then(|index: usize| node.items().get(index));
            node = node.get(&step).or_else(item)?;
        }
        Some(Self { file, node })
    }
}

/// A step of a JSON pointer in an address: `~1users~1%7Bid%7D` is `/users/{id}`.
fn unescaped(step: &str) -> String {
    let mut bytes = Vec::with_capacity(step.len());
    let mut rest = step.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = hex.and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        rest = byte.and_then(|_| after.get(2..)).unwrap_or(after);
        bytes.push(byte.unwrap_or(*first));
    }
    String::from_utf8_lossy(&bytes).replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_pointer_is_unescaped() {
        assert_eq!(super::unescaped("~1users~1%7Bid%7D"), "/users/{id}");
        assert_eq!(super::unescaped("a~01%2"), "a~1%2");
    }
}
