//! Routes of Dockerfiles: the stage by its name or image, the instruction by its keyword and what tells it apart.

use super::item;
use crate::document::dockerfile::{Instruction, stage_of};
use crate::fact::Route;
use crate::span::ByteSpan;

/// The route of a span.
pub(super) fn route(instructions: &[Instruction], span: ByteSpan) -> Route {
    let before = instructions.partition_point(|i| i.span.start <= span.start);
    let Some(found) = before.checked_sub(1).and_then(|at| instructions.get(at)) else { return Route::root() };
    if !found.span.contains(span) {
        return Route::root();
    }
    let route = match stage_of(instructions, found) {
        Some(stage) => match (&stage.name, &stage.image) {
            (Some(name), _) => Route::root().key(&name.text),
            (None, Some(image)) => Route::root().item(item::image(&image.text)),
            (None, None) => Route::root().item("FROM"),
        },
        None => Route::root(),
    };
    match found.keyword.as_str() {
        "ENV" | "ARG" | "LABEL" => {
            let route = route.key(&found.keyword);
            let pairs = found.pairs();
            let pair = pairs.iter().find(|(key, value)| {
                value.as_ref().map_or(key.span(), |v| key.span().join(v.span())).contains(span)
            });
            match pair.or(pairs.first()) {
                Some((key, _)) => route.key(&key.text),
                None => route,
            }
        }
        "RUN" | "COPY" | "ADD" | "ONBUILD" => route.key(&format!("{}[{}]", found.keyword, content(found))),
        keyword => route.key(keyword),
    }
}

/// Digest of an instruction's words, however they are spaced.
fn content(instruction: &Instruction) -> String {
    let flags = instruction.flags.iter().map(|f| &*f.scalar.text);
    let words = instruction.words.iter().map(|w| &*w.text);
    let bodies = instruction.heredocs.iter().map(|h| &*h.body.text);
    let parts: Vec<String> =
        flags.chain(words).chain(bodies).map(|part| format!("{}:{part}", part.len())).collect();
    item::short(&parts.concat())
}
