//! Files from elsewhere that become part of an image: `ADD` of an address, and downloads that `RUN` runs.

use crate::command::{self, download};
use crate::dialect::lowering::MAX_SCRIPTS;
use crate::dialect::pipeline::component::{script, script_from_elsewhere};
use crate::document::dockerfile::Instruction;
use crate::document::script::Script;
use crate::document::{powershell, shell};
use crate::fact::{Body, Pin, Why};

use super::Walk;

impl Walk<'_, '_> {
    /// `ADD https://…`; with `--checksum` it cannot change.
    pub(super) fn added(&mut self, instruction: &Instruction) {
        let checksum = instruction.flag("checksum").and_then(|flag| flag.value.as_ref());
        let Some((_, sources)) = instruction.words.split_last() else { return };
        for word in sources.iter().filter(|word| word.text.contains("://")) {
            let address = self.arguments.text(&word.text);
            let Some(mut component) = script(&address) else {
                let why = address.why().cloned();
                self.unknown(word.span(), why.unwrap_or_else(|| Why::Unsupported("an address".to_owned())));
                continue;
            };
            "file".clone_into(&mut component.kind);
            if let Some(checksum) = checksum {
                component.pin = Pin::Digest(checksum.text.to_string());
            }
            let at = self.source(word.span());
            self.out.state(self.within, at, Body::Component(component));
        }
    }

    /// Downloads that a script runs as they come.
    pub(super) fn run(&mut self, index: usize, instruction: &Instruction, powershell: bool) {
        self.mounted(index, instruction);
        if instruction.exec {
            return self.downloads(&Script::of_words(&instruction.words, |_| false));
        }
        // `RUN <<EOF`: the here-document is the script.
        let whole = instruction.arguments.text.trim_start().starts_with("<<");
        let bodies = instruction.heredocs.iter().filter(|_| whole).map(|document| &document.body);
        for text in bodies.chain((!whole).then_some(&instruction.arguments)) {
            if !self.out.reads_script(text.text.len()) {
                return self
                    .unknown(text.span(), Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts")));
            }
            let read = if powershell { powershell::read(text, &[]) } else { shell::read(text, &[]) };
            self.downloads(&read);
        }
    }

    fn downloads(&mut self, read: &Script) {
        for found in download::downloads(&command::called(read)) {
            let written = found.address.known().unwrap_or_else(|| read.text(found.address.at).to_owned());
            let address = self.arguments.text(written.trim_matches(['"', '\'']));
            let component = script(&address).unwrap_or_else(|| script_from_elsewhere(&address));
            let at = self.source(read.span(found.at));
            self.out.state(self.within, at, Body::Component(component));
        }
    }
}
