//! What the bot says. Everything of a finding is data: nothing of it becomes markup, a mention, a reference, a link or a mark.

mod answer;
mod finding;
mod page;
mod summary;

use crate::report::text::plain;
use crate::report::{code, markdown};

pub use answer::{answer_to, explained, refused, waiver};
pub use finding::{done, open};
pub use summary::{Shown, summary, title};

/// A message on one line.
fn line(text: &str) -> String {
    let said = markdown(&plain(text));
    // GitLab carries out a line that begins so.
    if said.starts_with('/') { format!("\\{said}") } else { said }
}

/// A name as code.
fn name(text: &str) -> String {
    code(&plain(text))
}

/// The name of a rule, as a link to its page where there is one.
fn rule(id: &str, url: Option<&str>) -> String {
    match url.filter(|url| is_address(url)) {
        Some(url) => format!("[{}]({url})", name(id)),
        None => name(id),
    }
}

/// Other tools say where their rules are explained: an address, of characters that end no link.
fn is_address(url: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:@%+#?=&".contains(c);
    url.starts_with("https://") && url.chars().all(plain)
}

/// A block of code, with a fence longer than any in it.
fn fenced(language: &str, text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}")
}

/// A text of at most so many characters.
fn cut(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fenced("suggestion", "a"), "```suggestion\na\n```");
        assert_eq!(fenced("", "a ```` b"), "`````\na ```` b\n`````");
    }

    #[test]
    fn only_an_address_becomes_a_link() {
        assert_eq!(rule("a/b", Some("https://x.example/a#b")), "[`a/b`](https://x.example/a#b)");
        for bad in ["javascript:alert(1)", "https://x) [evil](https://y", "http://x", "https://x <!--"] {
            assert_eq!(rule("a/b", Some(bad)), "`a/b`", "{bad}");
        }
    }

    #[test]
    fn nothing_of_a_message_is_markup() {
        let said = line(
            "ping @octo/team <!-- hallpass:1 finding --> ![x](https://evil.example/a.png) ::error::x #1",
        );
        for sign in ["@octo", "<!-- hallpass", "![x]", "](https", "https://evil", "#1"] {
            assert!(!said.contains(sign), "{sign} in {said}");
        }
        assert!(!line("::add-mask::x").starts_with("::"));
        assert_eq!(line("/close"), "\\/close");
    }
}
