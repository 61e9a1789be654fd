//! CODEOWNERS of GitHub, GitLab, Gitea and Forgejo: who answers for which paths.
//!
//! The file is read by lines, from bytes: one line that is not UTF-8 must not hide the others. Each owner of a pattern
//! is a link, in the order of the file; that the last matching pattern wins is for the reader of the links.

use super::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::fact::{Body, ContextId, Link, LinkKind, Ref, Why};
use crate::span::{ByteSpan, Source};

/// The dialect.
pub static DIALECT: Codeowners = Codeowners;

/// CODEOWNERS files.
#[derive(Clone, Copy, Debug)]
pub struct Codeowners;

/// Where the platforms look for the file.
/// <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-file-location>,
/// <https://docs.gitlab.com/user/project/codeowners/>, <https://docs.gitea.com/usage/code-owners>
const PLACES: [&str; 5] =
    ["CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS", ".gitea/CODEOWNERS"];

impl Dialect for Codeowners {
    fn name(&self) -> &'static str {
        "codeowners"
    }

    fn claim(&self, path: &str) -> Claim {
        if PLACES.contains(&path) { Claim::Path } else { Claim::No }
    }

    fn lower(&self, _unit: &Unit, out: &mut Lowering<'_>) {
        let unit = out.unit;
        for file in unit.files.iter().filter(|f| f.member && self.owns(f)) {
            out.reads(file.id, self.name());
            let within = out.file_context(file.id);
            let mut section = Vec::new();
            let mut start = 0;
            for line in file.bytes.split_inclusive(|b| *b == b'\n') {
                read_line(out, file, within, &mut section, line, start);
                start += line.len();
            }
        }
    }
}

/// An owner and the bytes it is named at.
type Owner = (String, Source);

/// Reads one line. `section` holds the owners that a GitLab section gives to patterns that name none.
fn read_line(
    out: &mut Lowering<'_>,
    file: &SourceFile,
    within: ContextId,
    section: &mut Vec<Owner>,
    line: &[u8],
    start: usize,
) {
    let at = |from: usize, to: usize| Source::new(file.id, ByteSpan::new(start + from, start + to));
    let Ok(text) = std::str::from_utf8(line) else {
        let length = line.trim_ascii_end().len();
        out.unknown(at(0, length), Why::Unsupported("a line that is not UTF-8".to_owned()));
        return;
    };
    let words = words(text);
    let words: &[(usize, &str)] = &words;
    let owner = |(from, word): &(usize, &str)| ((*word).to_owned(), at(*from, from + word.len()));
    if let Some(rest) = section_header(text) {
        let offset = text.len() - rest.len();
        let words = self::words(rest);
        let owners = words.iter().map(|(from, word)| (offset + from, *word)).filter(|(_, w)| is_owner(w));
        *section = owners.map(|found| owner(&found)).collect();
        return;
    }
    let Some(((begins, pattern), owners)) = words.split_first() else { return };
    let pattern_at = at(*begins, begins + pattern.len());
    let pattern = pattern.replace("\\ ", " ").replace("\\#", "#");
    let named: Vec<Owner> = owners.iter().filter(|(_, word)| is_owner(word)).map(owner).collect();
    for (from, word) in owners.iter().filter(|(_, word)| !is_owner(word)) {
        out.unknown(at(*from, from + word.len()), Why::Unsupported("what is not an owner".to_owned()));
    }
    // A pattern without owners takes the section's; outside a section it stands for "nobody", an owner without a name,
    // and takes away what patterns above it gave.
    let mut owners = if named.is_empty() { section.clone() } else { named };
    if owners.is_empty() {
        owners.push((String::new(), pattern_at));
    }
    for (name, source) in owners {
        let from = Ref::new("people", "owner", [], name);
        let to = Ref::new("file", "path", [], pattern.as_str());
        out.state(within, source, Body::Link(Link { from, to, kind: LinkKind::Owns }));
    }
}

/// Words of a line with their offsets, up to a comment. A backslash keeps a space or `#` in a pattern.
fn words(line: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    let mut escaped = false;
    for (at, letter) in line.char_indices() {
        let space = letter.is_whitespace() || letter == '\u{feff}';
        if !escaped && (space || (letter == '#' && start.is_none())) {
            words.extend(start.take().map(|from| (from, &line[from..at])));
            if letter == '#' {
                return words;
            }
        } else if start.is_none() && !space {
            start = Some(at);
        }
        escaped = letter == '\\' && !escaped;
    }
    words.extend(start.map(|from| (from, &line[from..])));
    words
}

/// `[Section]`, `^[Optional]`, `[Section][2]`: what follows it, if the line is one.
fn section_header(line: &str) -> Option<&str> {
    let trimmed = line.trim_start();
    let inner = trimmed.strip_prefix('^').unwrap_or(trimmed).strip_prefix('[')?;
    let (_, rest) = inner.split_once(']')?;
    match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((count, after)) if count.bytes().all(|b| b.is_ascii_digit()) => Some(after),
        _ => Some(rest),
    }
}

/// `@user`, `@org/team`, `@@role`, or a mail address.
fn is_owner(word: &str) -> bool {
    match word.strip_prefix('@') {
        Some(name) => !name.is_empty(),
        None => word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use super::*;
    use crate::span::FileId;

    /// Links as `owner -> pattern`, then what stayed unknown as `? text`.
    fn read(bytes: &[u8]) -> Vec<String> {
        let file = SourceFile::read(FileId(0), "CODEOWNERS", Arc::from(bytes), true);
        let unit = Unit { key: String::new(), files: vec![file], ..Unit::default() };
        let mut out = Lowering::new(&unit);
        DIALECT.lower(&unit, &mut out);
        let links = out.facts.facts.iter().filter_map(|fact| match &fact.body {
            Body::Link(link) => {
                let named = String::from_utf8_lossy(&bytes[fact.at.span.range()]).into_owned();
                let owner = link.from.name.known().filter(|owner| !owner.is_empty());
                assert_eq!(named, owner.or(link.to.name.known()).unwrap());
                Some(format!("{} -> {}", owner.unwrap_or("nobody"), link.to.name))
            }
            _ => None,
        });
        let unknown =
            out.unknown.iter().map(|(s, _)| format!("? {}", String::from_utf8_lossy(&bytes[s.span.range()])));
        links.chain(unknown).collect()
    }

    #[test]
    fn owners_answer_for_patterns_in_order() {
        let text = b"# who\n*  @acme/platform ops@acme.example\n/infra/ @jane # cloud\n/docs/\n";
        assert_eq!(
            read(text),
            ["@acme/platform -> *", "ops@acme.example -> *", "@jane -> /infra/", "nobody -> /docs/"]
        );
    }

    #[test]
    fn a_section_gives_its_owners_to_patterns_without() {
        let text = b"[Infra][2] @ops\n/a\n/b @bea\n^[Docs]\n/c\n";
        assert_eq!(read(text), ["@ops -> /a", "@bea -> /b", "nobody -> /c"]);
    }

    #[test]
    fn a_pattern_may_hold_spaces_and_signs() {
        assert_eq!(read(b"/a\\ b/\\#c @x"), ["@x -> /a b/#c"]);
    }

    #[test]
    fn a_line_that_is_not_utf8_hides_no_other() {
        assert_eq!(read(b"/a @x\n/\xff @y\r\n/b @z\n"), ["@x -> /a", "@z -> /b", "? /\u{fffd} @y"]);
    }

    #[test]
    fn what_is_no_owner_is_told() {
        assert_eq!(read(b"/a jane @x"), ["@x -> /a", "? jane"]);
    }

    #[test]
    fn only_where_platforms_look() {
        assert_eq!(DIALECT.claim("docs/CODEOWNERS"), Claim::Path);
        assert_eq!(DIALECT.claim("src/CODEOWNERS"), Claim::No);
    }
}
