//! Routes of Dockerfiles: the stage by its name or image, the instruction by its keyword and what tells it apart.

use super::item;
use super::masks::{BLANK, Masks};
use crate::document::Scalar;
use crate::document::dockerfile::{Instruction, stage_of};
use crate::fact::Route;
use crate::span::ByteSpan;

/// The route of a span.
pub(super) fn route(instructions: &[Instruction], span: ByteSpan, masks: Masks<'_>) -> Route {
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
        "RUN" | "COPY" | "ADD" | "ONBUILD" => {
            route.key(&format!("{}[{}]", found.keyword, content(found, masks)))
        }
        keyword => route.key(keyword),
    }
}

/// Digest of an instruction's words, however they are spaced.
fn content(instruction: &Instruction, masks: Masks<'_>) -> String {
    // A word is masked whole: it may be decoded from several pieces.
    let word =
        |word: &Scalar| if masks.touch(word.span()) { BLANK.to_owned() } else { word.text.to_string() };
    masks.digest(Some(instruction.span), |text| {
        let flags = instruction.flags.iter().map(|f| word(&f.scalar));
        let words = instruction.words.iter().map(word);
        let bodies = instruction.heredocs.iter().map(|h| masks.lines(&h.body));
        flags.chain(words).chain(bodies).for_each(|part| item::leaf(&part, text));
    })
}
