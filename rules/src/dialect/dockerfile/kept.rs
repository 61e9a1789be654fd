//! Files and variables that hold a secret by their names, and become part of an image: `data/tools/secret-files.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{NAME, Walk};
use crate::detect::asks_for_secret;
use crate::document::dockerfile::Instruction;
use crate::fact::{Body, Flow, Ref, Selection, Sink, Text};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    names: Vec<String>,
    #[serde(default)]
    folder: Option<String>,
    #[serde(default)]
    but: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    file: Vec<Row>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/tools/secret-files.toml"))
        .expect("data/tools/secret-files.toml parses")
});

pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

impl Row {
    fn fits(&self, folder: &str, name: &str) -> bool {
        let is = |pattern: &String| match pattern.strip_prefix('*') {
            Some(ending) => name.len() > ending.len() && name.ends_with(ending),
            None => name == pattern,
        };
        let words = || name.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
        let excused =
            || words().any(|word| self.but.iter().any(|but| word == *but || word.ends_with(but.as_str())));
        self.folder.as_ref().is_none_or(|wanted| wanted == folder) && self.names.iter().any(is) && !excused()
    }
}

/// Whether a file holds a credential by its name.
fn holds_secret(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = folders.rsplit('/').next().unwrap_or(folders);
    TABLE.file.iter().any(|row| row.fits(folder, name))
}

impl Walk<'_, '_> {
    /// `COPY` and `ADD` of what is in the build's context.
    pub(super) fn files(&mut self, instruction: &Instruction) {
        let Some((_, sources)) = instruction.words.split_last() else { return };
        if instruction.flag("from").is_some() {
            return;
        }
        for word in sources.iter().filter(|word| !word.text.contains("://")) {
            let path = self.arguments.text(&word.text);
            if let Some(path) = path.known().filter(|path| holds_secret(path)) {
                let what = Selection::One(Ref::new(NAME, "file", [], path));
                let at = self.source(word.span());
                self.out.state(self.within, at, Body::Flow(Flow { what, to: Sink::ImageLayer }));
            }
        }
    }

    /// `ENV TOKEN=$X` of an argument that whoever builds hands over, and whose own name does not tell.
    pub(super) fn secret_variables(&mut self, instruction: &Instruction) {
        for (name, value) in instruction.pairs() {
            let Some(value) = value.filter(|_| asks_for_secret(&name.text)) else { continue };
            let Some(argument) = value.text.strip_prefix('$') else { continue };
            let argument = argument.strip_prefix('{').and_then(|a| a.strip_suffix('}')).unwrap_or(argument);
            if self.arguments.is_handed_over(argument) && !asks_for_secret(argument) {
                let scope = [Text::literal(self.file.path.clone())];
                let what = Selection::One(Ref::new(NAME, "variable", scope, &*name.text));
                let at = self.source(name.span());
                self.out.state(self.within, at, Body::Flow(Flow { what, to: Sink::ImageLayer }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLE, holds_secret};

    #[test]
    fn names_tell_what_holds_a_credential() {
        assert!(TABLE.file.iter().all(|row| row.source.starts_with("https://")));
        for path in
            ["id_rsa", "keys/id_ed25519", ".env", "tls/server.key", "app.pem", ".aws/credentials", ".npmrc"]
        {
            assert!(holds_secret(path), "{path}");
        }
        for path in [
            "id_rsa.pub",
            ".env.example",
            "ca.pem",
            "rds-ca.pem",
            "certs/fullchain.pem",
            "docker-archive.key",
            "credentials",
            "config.json",
            "nodesource.gpg.key",
            "cacert.pem",
            "public.key.txt",
        ] {
            assert!(!holds_secret(path), "{path}");
        }
    }
}
