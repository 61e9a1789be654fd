//! The grammar of declarations in comments: `hallpass: owner=team-x purpose="Deploys the shop" review-by=2027-01-31`.

use super::inline::{Given, LOOKALIKES, fields};
use crate::fact::{Declared, Word};
use crate::policy::names::{did_you_mean, nearest, quoted};
use crate::span::{ByteSpan, Source};

/// A comment's declaration, taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Declaration {
    /// What it says.
    pub(crate) said: Declared,
    /// What could not be understood, and where.
    pub(crate) problems: Vec<(Source, String)>,
}

const SHAPE: &str = "write `hallpass: owner=team-x purpose=\"…\" review-by=2027-01-31 revocation=\"…\"`";

/// Whether a comment declares something, right or wrong, rather than being prose.
pub(crate) fn is_declaration(comment: &str) -> bool {
    begins(comment).is_some()
}

/// How a comment begins that declares something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beginning<'t> {
    /// As it should; what it says.
    Rightly(&'t str),
    /// Otherwise, though it is meant.
    Wrongly,
}

fn begins(comment: &str) -> Option<Beginning<'_>> {
    let comment = comment.trim_start();
    let (name, rest) = comment.split_at_checked("hallpass".len())?;
    if !name.eq_ignore_ascii_case("hallpass") {
        return None;
    }
    let said = rest.trim_start_matches(|c: char| c.is_whitespace() || ":-,/".contains(c));
    if said.len() == rest.len() {
        return None;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let end = said.find(|c| !is_part(c)).unwrap_or(said.len());
    let (word, behind) = said.split_at(end);
    let lower = word.to_ascii_lowercase();
    // An instruction that names a rule is a waiver's.
    if word.is_empty() || lower == "allow" || LOOKALIKES.contains(&lower.as_str()) {
        return None;
    }
    let is_word = Word::named(&lower).is_some();
    let close = is_word || nearest(&lower, Word::ALL.map(|(_, name)| name)).is_some();
    let rightly = rest.starts_with(':') && comment.starts_with("hallpass");
    let equals = behind.starts_with('=');
    let alone = lower == "break-glass" && (behind.trim().is_empty() || behind.contains('='));
    if rightly && (equals || alone) {
        return Some(Beginning::Rightly(said));
    }
    // `owner: team-x`, `owner = team-x`, and the same without the colon before it.
    let apart = behind.trim_start().starts_with(['=', ':']);
    let meant =
        (equals && close) || (is_word && apart) || (rightly && close && behind.trim_start().starts_with('='));
    meant.then_some(Beginning::Wrongly)
}

/// Reads the text of a comment that stands at `at`; `None` if it declares nothing. The words stand where `bytes`, those of
/// its file, have them.
pub(crate) fn read(comment: &str, at: Source, bytes: &[u8]) -> Option<Declaration> {
    let said = match begins(comment)? {
        Beginning::Rightly(said) => said,
        Beginning::Wrongly => {
            let mut out = Declaration {
                problems: vec![(at, format!("it does not begin as one; {SHAPE}"))],
                ..Declaration::default()
            };
            out.said.record.beside = true;
            return Some(out);
        }
    };
    let mut out = Declaration::default();
    let mut known: Vec<Word> = Vec::new();
    let mut from = at.span.start as usize;
    let mut bare = false;
    for field in fields(said) {
        let place = find(field.name, &mut from, at, bytes);
        let Some(word) = Word::named(field.name) else {
            // The words behind a value without quotes are one mistake.
            match field.value {
                Given::Nothing if bare => continue,
                Given::Nothing => {
                    bare = true;
                    let why = "stands alone: a value of several words stands in quotes";
                    out.problems.push((place, format!("{} {why}", quoted(field.name))));
                }
                _ => out.problems.push((place, unknown(field.name))),
            }
            continue;
        };
        let text = match field.value {
            Given::Text(text) => text.replace("\\\"", "\""),
            Given::Nothing if word == Word::BreakGlass => "true".to_owned(),
            Given::Nothing => {
                out.problems.push((place, format!("`{}` has no value; write `{0}=…`", word.name())));
                continue;
            }
            Given::Open => {
                out.problems.push((place, format!("the quotes of `{}` are not closed", word.name())));
                continue;
            }
        };
        if known.contains(&word) {
            out.problems.push((place, format!("`{}` stands twice", word.name())));
            continue;
        }
        known.push(word);
        if let Err(why) = out.said.say(word, &text, place) {
            out.problems.push((place, format!("`{}`: {why}", word.name())));
        }
    }
    out.said.record.beside = true;
    Some(out)
}

fn unknown(name: &str) -> String {
    let names = Word::ALL.map(|(_, name)| name);
    let lower = name.to_ascii_lowercase().replace('_', "-");
    let meant = match name {
        "until" => ", did you mean `expires`?".to_owned(),
        "reason" | "why" => ", did you mean `purpose`?".to_owned(),
        _ if names.contains(&lower.as_str()) => format!(", write `{lower}`"),
        _ => did_you_mean(name, names),
    };
    format!("unknown word {}{meant}", quoted(name))
}

/// Where a word of the comment stands: words are looked for one behind the other.
fn find(word: &str, from: &mut usize, at: Source, bytes: &[u8]) -> Source {
    let rest = bytes.get(*from..at.span.end as usize).unwrap_or_default();
    let found = memchr(rest, word.as_bytes());
    let Some(found) = found else { return at };
    let start = *from + found;
    *from = start + word.len();
    Source::new(at.file, ByteSpan::new(start, start + word.len()))
}

/// The first place of a short text in another.
fn memchr(text: &[u8], wanted: &[u8]) -> Option<usize> {
    if wanted.is_empty() {
        return None;
    }
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::span::FileId;

    fn told(comment: &str) -> Option<Declaration> {
        let at = Source::new(FileId(0), ByteSpan::new(0, comment.len()));
        read(comment, at, comment.as_bytes())
    }

    #[test]
    fn a_whole_declaration() {
        let text =
            "hallpass: owner=team-shop purpose=\"Deploys the \\\"shop\\\"\" expires=2027-01-31 break-glass";
        let read = told(text).unwrap();
        assert_eq!(read.problems, []);
        let owner = read.said.owner.unwrap();
        assert_eq!(owner.only().unwrap().known(), Some("team-shop"));
        assert_eq!(owner.source().unwrap().span, ByteSpan::new(10, 15));
        assert_eq!(read.said.purpose.unwrap().only().unwrap().known(), Some("Deploys the \"shop\""));
        assert_eq!(read.said.record.expires.unwrap().at.span.start, text.find("expires").unwrap() as u32);
        assert!(read.said.record.break_glass.unwrap().is && read.said.record.beside);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, problem) in [
            ("hallpass: onwer=team", "unknown word `onwer`, did you mean `owner`?"),
            ("hallpass: owner=team until=2027-01-31", "unknown word `until`, did you mean `expires`?"),
            ("hallpass: owner=team Review_By=2027-01-31", "unknown word `Review_By`, write `review-by`"),
            ("hallpass: owner=team expires=soon", "`expires`: not a date; write 2027-01-31"),
            ("hallpass: owner=team expires=2027-02-29", "`expires`: no day of the calendar"),
            ("hallpass: owner=team purpose=Deploys the shop", "`the` stands alone"),
            ("hallpass: owner=team purpose=\"x", "the quotes of `purpose` are not closed"),
            ("hallpass: owner=team purpose", "`purpose` has no value"),
            ("hallpass: owner=team owner=other", "`owner` stands twice"),
            ("hallpass: owner=", "`owner`: it says nothing"),
            ("hallpass: team=shop", "unknown word `team`"),
            ("hallpass: owner: team", "it does not begin as one"),
            ("hallpass: owner = team", "it does not begin as one"),
            ("hallpass owner=team", "it does not begin as one"),
            ("Hallpass: owner=team", "it does not begin as one"),
        ] {
            let read = told(text).unwrap();
            assert!(read.problems.iter().any(|(_, p)| p.starts_with(problem)), "{text}: {:?}", read.problems);
            assert!(super::super::inline::read(text).is_none(), "{text}");
            assert!(read.said.record.beside, "{text}: a comment, whatever is wrong with it");
        }
        let read = told("hallpass: owner=team purpose=Deploys the whole shop").unwrap();
        assert_eq!(read.problems.len(), 1);
    }

    #[test]
    fn prose_and_waivers_declare_nothing() {
        for text in [
            "hallpass: runs in the job below",
            "hallpass: owner of this role is the shop team",
            "hallpass: allow(lifetime) owner=team-x",
            "hallpass: ignore=lifetime",
            "hallpass=skip",
            "hallpass checks this",
            "owner=team",
            "hallpassowner=team",
            "hallpass",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
