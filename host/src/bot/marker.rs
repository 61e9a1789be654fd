//! The mark by which the bot knows its own comments again: a comment in HTML on the first line, which nobody sees.
//!
//! Everybody may write one. It counts only in a comment of the posting identity, if it parses to the letter, and, where a key is
//! configured, if its code is that of this text in this pull request.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::forge::Request;

/// How a mark begins. The number is raised when a field changes its meaning.
const START: &str = "<!-- hallpass:1 ";
const END: &str = " -->";
/// Digits of what is known by a digest.
const DIGITS: usize = 16;
/// Digits of a code.
const CODE: usize = 32;

/// What a comment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// About one finding.
    Finding,
    /// About the whole change.
    Summary,
    /// An answer to somebody.
    Answer,
}

impl Role {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Finding, "finding"), (Self::Summary, "summary"), (Self::Answer, "answer")];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(role, _)| *role == self).map_or("", |(_, name)| name)
    }
}

/// What a comment last said of its finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is there.
    Open,
    /// It is not there any more, or not the change's.
    Done,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
        }
    }
}

/// A mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// What the comment is.
    pub role: Role,
    /// The finding's place, 16 hexadecimal digits; of an answer, what it answers.
    pub place: String,
    /// The finding's content, 16 hexadecimal digits.
    pub content: String,
    /// The finding's rule; `-` where it is about none.
    pub rule: String,
    /// What was last said.
    pub state: State,
}

/// Where marks are made and read: a pull request, and a key if there is one.
#[derive(Clone)]
pub struct Seal {
    key: Option<Vec<u8>>,
    /// Numbers of the repository and of the pull request: names may change.
    scope: String,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// A comment of ours, read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Its mark.
    pub marker: Marker,
    /// Whether its text is not the one it was given.
    pub edited: bool,
}

impl Marker {
    /// Of a comment that is about no finding: `of` is what it is known by.
    #[must_use]
    pub fn of(role: Role, of: &str) -> Self {
        let known = short(of.as_bytes());
        Self { role, place: known.clone(), content: known, rule: "-".to_owned(), state: State::Open }
    }
}

/// A body of ours without its mark.
#[must_use]
pub fn unmarked(body: &str) -> String {
    let body = normal(body);
    body.split_once('\n').map_or_else(String::new, |(_, text)| text.to_owned())
}

/// Whether a forge gives back the same for both.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    normal(one) == normal(other)
}

impl Seal {
    /// For a pull request. An empty key is none.
    #[must_use]
    pub fn new(key: Option<Vec<u8>>, request: &Request) -> Self {
        let Request { repository, number, .. } = request;
        Self { key: key.filter(|key| !key.is_empty()), scope: format!("{repository} {number}") }
    }

    /// A text with its mark.
    #[must_use]
    pub fn mark(&self, marker: &Marker, text: &str) -> String {
        let text = normal(text);
        let said = said(marker, &sum(&text));
        let code = self.code(&said).map_or_else(String::new, |code| format!(" code={code}"));
        format!("{START}{said}{code}{END}\n{text}")
    }

    /// What a body of the posting identity is, if it has a mark of ours.
    #[must_use]
    pub fn read(&self, body: &str) -> Option<Marked> {
        let body = normal(body);
        let (first, text) = body.split_once('\n').unwrap_or((&body, ""));
        let inner = first.strip_prefix(START)?.strip_suffix(END)?;
        let (said_then, code) = match inner.split_once(" code=") {
            Some((said, code)) => (said, Some(code)),
            None => (inner, None),
        };
        let mut fields = said_then.split(' ');
        let role = fields.next()?;
        let role = Role::ALL.iter().find(|(_, name)| *name == role)?.0;
        let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
        let (place, content, rule) = (field("place")?, field("content")?, field("rule")?);
        let (state, summed) = (field("state")?, field("sum")?);
        let state = [State::Open, State::Done].into_iter().find(|known| known.name() == state)?;
        let marker = Marker { role, place, content, rule, state };
        let digits = [&marker.place, &marker.content, &summed];
        // To the letter: what reads in two ways is nobody's.
        let is_rule = marker
            .rule
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b'+'));
        if !is_rule || !digits.iter().all(|text| is_hex(text, DIGITS)) || said(&marker, &summed) != said_then
        {
            return None;
        }
        if let Some(key) = &self.key {
            let code = unhex(code.filter(|code| is_hex(code, CODE))?)?;
            self.hmac(key, said_then)?.verify_truncated_left(&code).ok()?;
        } else if code.is_some_and(|code| !is_hex(code, CODE)) {
            return None;
        }
        Some(Marked { edited: sum(text) != summed, marker })
    }

    fn hmac(&self, key: &[u8], said: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        mac.update(format!("hallpass comment\n{}\n{said}", self.scope).as_bytes());
        Some(mac)
    }

    /// What a text is known by: where there is a key, to nobody who has not got it.
    #[must_use]
    pub fn digest(&self, text: &str) -> String {
        let code = self.code(text).unwrap_or_default();
        format!("{}{code}", short(text.as_bytes()))
    }

    fn code(&self, said: &str) -> Option<String> {
        let code = self.hmac(self.key.as_deref()?, said)?.finalize().into_bytes();
        Some(hex(&code, CODE))
    }
}

fn said(marker: &Marker, sum: &str) -> String {
    let Marker { role, place, content, rule, state } = marker;
    format!("{} place={place} content={content} rule={rule} state={} sum={sum}", role.name(), state.name())
}

/// As every forge gives it back: they differ about line ends and blanks at the end.
fn normal(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

fn sum(text: &str) -> String {
    short(text.as_bytes())
}

/// Sixteen hexadecimal digits by which bytes are known.
#[must_use]
pub fn short(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes), DIGITS)
}

fn hex(bytes: &[u8], digits: usize) -> String {
    let mut out: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    out.truncate(digits);
    out
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn marker() -> Marker {
        Marker {
            role: Role::Finding,
            place: short(b"place"),
            content: short(b"content"),
            rule: "scope/x".to_owned(),
            state: State::Open,
        }
    }

    fn of(key: Option<&str>, number: u64) -> Seal {
        let request = Request { repository: 3, number, ..Request::default() };
        Seal::new(key.map(|key| key.as_bytes().to_vec()), &request)
    }

    fn seal(key: Option<&str>) -> Seal {
        of(key, 7)
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        for key in [None, Some("key")] {
            let body = seal(key).mark(&marker(), "two\nlines  \n");
            assert_eq!(seal(key).read(&body), Some(Marked { marker: marker(), edited: false }));
            let returned = body.replace('\n', "\r\n") + "\r\n";
            assert_eq!(seal(key).read(&returned).map(|m| m.edited), Some(false), "{key:?}");
        }
    }

    #[test]
    fn a_text_that_somebody_edited_is_seen() {
        let body = seal(Some("key")).mark(&marker(), "text") + " and more";
        assert_eq!(seal(Some("key")).read(&body).map(|m| m.edited), Some(true));
    }

    #[test]
    fn with_a_key_nobody_else_makes_one() {
        let good = seal(Some("key")).mark(&marker(), "text");
        assert!(seal(Some("other")).read(&good).is_none());
        assert!(seal(Some("key")).read(&seal(None).mark(&marker(), "text")).is_none(), "no code");
        assert!(seal(Some("key")).read(&good.replace("state=open", "state=done")).is_none());
        assert!(of(Some("key"), 8).read(&good).is_none(), "copied from another pull request");
    }

    #[test]
    fn what_is_nearly_one_is_none() {
        let good = seal(None).mark(&marker(), "text");
        let first = good.lines().next().unwrap();
        let cases = [
            good.replace("hallpass:1", "hallpass:2"),
            good.replace("state=open", "state=OPEN"),
            good.replace("finding", "Finding"),
            good.replace(" sum=", "  sum="),
            good.replace(&short(b"place"), "0123"),
            good.replace(&short(b"place"), &short(b"place").to_uppercase()),
            good.replace(" -->", " x -->"),
            format!("text\n{good}"),
            format!(" {good}"),
            format!("{first} {first}\ntext"),
            String::new(),
        ];
        for case in cases {
            assert_eq!(seal(None).read(&case), None, "{case}");
        }
    }
}
