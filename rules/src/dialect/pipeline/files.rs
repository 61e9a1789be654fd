//! Files that the scripts of a job write secrets to, and paths that it stores for others: an artifact, a cache.

use crate::dialect::Lowering;
use crate::fact::{Body, ContextId, Flow, Place, Ref, Selection, Sink};
use crate::span::Source;

/// Most files with secrets that one job writes, and most paths that it stores, which are held against each other; jobs
/// have a handful of either.
const MAX_FILES: usize = 64;

/// A secret that a script writes to a file.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) path: String,
    /// The name before `=`, if it is written as `NAME=value`.
    pub(crate) name: Option<String>,
    pub(crate) what: Ref,
    pub(crate) at: Source,
}

/// A path that a job stores for others.
#[derive(Debug)]
struct Stored {
    within: ContextId,
    at: Source,
    path: String,
    to: Sink,
}

/// What a job writes and stores. Either may stand before the other: a cache is stored when the job ends.
#[derive(Debug, Default)]
pub(crate) struct Files {
    written: Vec<(ContextId, Written)>,
    stored: Vec<Stored>,
}

impl Files {
    /// Notes secrets that a script of this context writes to files.
    pub(crate) fn write(&mut self, within: ContextId, written: Vec<Written>) {
        let room = MAX_FILES.saturating_sub(self.written.len());
        self.written.extend(written.into_iter().take(room).map(|file| (within, file)));
    }

    /// The files that nothing takes along: they lie there for whatever runs next.
    pub(crate) fn left(&self) -> impl Iterator<Item = (ContextId, &Written)> {
        let taken = |file: &Written| self.stored.iter().any(|stored| takes(&stored.path, &file.path));
        self.written.iter().filter(move |(_, file)| !taken(file)).map(|(within, file)| (*within, file))
    }

    /// Notes a path that is stored.
    pub(crate) fn store(&mut self, within: ContextId, at: Source, path: &str, to: Sink) {
        if self.stored.len() < MAX_FILES && !path.is_empty() {
            self.stored.push(Stored { within, at, path: path.to_owned(), to });
        }
    }

    /// The secrets in what is stored, each where the path is named.
    pub(crate) fn flows(&self, out: &Lowering<'_>) -> Vec<(ContextId, Place, Body)> {
        let mut flows = Vec::new();
        for stored in &self.stored {
            let taken =
                self.written.iter().map(|(_, file)| file).filter(|file| takes(&stored.path, &file.path));
            for written in taken {
                let at = out.place(stored.at).with("the secret is written to it here", written.at);
                let flow = Flow { what: Selection::One(written.what.clone()), to: stored.to.clone() };
                flows.push((stored.within, at, Body::Flow(flow)));
            }
        }
        flows
    }
}

/// Whether a path that is kept takes a file along.
pub(crate) fn takes(path: &str, file: &str) -> bool {
    is_below(file, plain(path))
}

/// A path without what says the same in another way.
fn plain(path: &str) -> &str {
    let path = path.trim();
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = path.strip_suffix("/**").or_else(|| path.strip_suffix("/*")).unwrap_or(path);
    path.trim_end_matches('/')
}

/// Whether a file is a path that is kept, or stands below it.
fn is_below(file: &str, path: &str) -> bool {
    let file = plain(file);
    let inside = !file.starts_with(['/', '~', '$']);
    match path {
        "" | "." | "*" | "**" => inside,
        path => file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_takes_along_what_stands_below_it() {
        for (file, path, taken) in [
            ("config/a.env", "config/a.env", true),
            ("./config/a.env", "config/", true),
            ("config/a.env", "./config/**", true),
            ("config/a.env", ".", true),
            ("~/.npmrc", ".", false),
            ("~/.npmrc", "~/.npmrc", true),
            ("configuration", "config", false),
        ] {
            assert_eq!(takes(path, file), taken, "{file} {path}");
        }
    }
}
