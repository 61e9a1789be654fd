//! Images that a Dockerfile builds on or copies from.

use crate::dialect::pipeline::component::image_of;
use crate::document::Scalar;
use crate::document::dockerfile::Instruction;
use crate::fact::Body;

use super::Walk;

/// The image that is none. <https://docs.docker.com/build/building/base-images/#create-a-minimal-base-image-using-scratch>
const SCRATCH: &str = "scratch";

impl Walk<'_, '_> {
    /// `FROM image`.
    pub(super) fn base(&mut self, index: usize, instruction: &Instruction) {
        match instruction.words.first() {
            Some(image) => self.image(index, image),
            None => self.unknown(
                instruction.span,
                crate::fact::Why::Unsupported("a `FROM` without image".to_owned()),
            ),
        }
    }

    /// `COPY --from=image`.
    pub(super) fn copied(&mut self, index: usize, instruction: &Instruction) {
        if let Some(from) = instruction.flag("from").and_then(|flag| flag.value.as_ref()) {
            self.image(index, from);
        }
    }

    /// `RUN --mount=type=bind,from=image,…`.
    pub(super) fn mounted(&mut self, index: usize, instruction: &Instruction) {
        for value in instruction.flags.iter().filter(|f| f.name == "mount").filter_map(|f| f.value.as_ref()) {
            let mut at = 0;
            for part in value.text.split(',') {
                if let Some(image) = part.strip_prefix("from=") {
                    let start = at + part.len() - image.len();
                    self.image(index, &value.part(start..at + part.len()));
                }
                at += part.len() + 1;
            }
        }
    }

    fn image(&mut self, index: usize, image: &Scalar) {
        let text = self.arguments.image(&image.text);
        if let Some(known) = text.known() {
            let is_stage = self.stage(index, known).is_some() || known.bytes().all(|b| b.is_ascii_digit());
            if is_stage || known == SCRATCH {
                return;
            }
        }
        let component = image_of(&text);
        if let Some(why) = text.why() {
            self.unknown(image.span(), why.clone());
        }
        let at = self.source(image.span());
        self.out.state(self.within, at, Body::Component(component));
    }
}
