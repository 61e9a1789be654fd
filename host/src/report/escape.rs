//! How each reader of a report wants text written, so that no name and no message is read as an instruction or as
//! markup. One function per reader; [`super::text::plain`] has already taken out what steers a terminal.

use std::fmt::Write as _;

use super::text::is_steering;

/// Characters of a text, each written as the pairs say or as it is.
fn replaced(text: &str, pairs: &[(char, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match pairs.iter().find(|(from, _)| *from == c) {
            Some((_, to)) => out.push_str(to),
            None => out.push(c),
        }
    }
    out
}

/// The message of a workflow command of GitHub Actions.
/// <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>
pub(super) fn github_data(text: &str) -> String {
    replaced(text, &[('%', "%25"), ('\r', "%0D"), ('\n', "%0A")])
}

/// The value of a property of such a command.
pub(super) fn github_property(text: &str) -> String {
    replaced(text, &[('%', "%25"), ('\r', "%0D"), ('\n', "%0A"), (':', "%3A"), (',', "%2C")])
}

/// The message of a logging command of Azure Pipelines.
/// <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>
pub(super) fn azure_data(text: &str) -> String {
    replaced(text, &[('%', "%AZP25"), ('\r', "%0D"), ('\n', "%0A")])
}

/// The value of a property of such a command.
pub(super) fn azure_property(text: &str) -> String {
    replaced(text, &[('%', "%AZP25"), ('\r', "%0D"), ('\n', "%0A"), (']', "%5D"), (';', "%3B")])
}

/// A value of a service message of TeamCity.
/// <https://www.jetbrains.com/help/teamcity/service-messages.html#Escaped+Values>
pub(super) fn teamcity(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\'' | '[' | ']' => out.extend(['|', c]),
            '\n' => out.push_str("|n"),
            '\r' => out.push_str("|r"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "|0x{unit:04X}");
                }
            }
        }
    }
    out
}

/// Text or a value of an attribute for an XML 1.0 document, before it is quoted: the characters that such a document
/// cannot hold at all are spelled out.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// A cell of a table that a spreadsheet opens: none begins a formula.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
pub(crate) fn cell(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// A message as Markdown of one line that stands in a table: what it quotes in backticks is code, and in the rest nothing
/// is markup, a mention, a reference or a link.
pub(crate) fn markdown(message: &str) -> String {
    let parts: Vec<&str> = message.split('`').collect();
    let paired = parts.len() % 2 == 1;
    let mut out = String::with_capacity(message.len() + 16);
    for (index, part) in parts.iter().enumerate() {
        match index % 2 == 1 && paired {
            true if part.is_empty() => out.push_str("\\`\\`"),
            true => out.push_str(&code(part)),
            false => {
                if index > 0 && !paired {
                    out.push_str("\\`");
                }
                out.push_str(&markdown_text(part));
            }
        }
    }
    out
}

/// Text as code of one line that may stand in a table.
pub(crate) fn code(text: &str) -> String {
    let text = line(text).replace('|', "\\|");
    let runs = text.split(|c| c != '`').map(str::len);
    // No run of the text is as long, so that none ends it.
    let fence = "`".repeat(runs.max().unwrap_or_default() + 1);
    // A space at both ends is taken off again: it parts the text's own signs from the fence, and keeps a space of its own.
    let is_apart = text.is_empty() || text.starts_with([' ', '`']) || text.ends_with([' ', '`']);
    let pad = if is_apart { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// A comment that nobody sees parts a sign from the name, the number or the host behind it, which would make a mention, a
/// reference or a link of them.
const APART: &str = "<!-- -->";
const APART_SLASH: &str = "<!-- -->/";

/// Text in which nothing is markup.
pub(crate) fn markdown_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let line = line(text);
    let mut rest = line.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let named = rest.peek().is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '"'));
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '/' if before == ':' => out.push_str(APART_SLASH),
            '.' if out.ends_with("www") || out.ends_with("WWW") => out.push_str("<!-- -->."),
            c if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | ':' | ';' | '/' | '\'' | '"' | '%') => {
                out.extend(['\\', c]);
            }
            c => out.push(c),
        }
        if named && matches!(c, '@' | '#' | '!' | '$' | '%' | '&' | '~') {
            out.push_str(APART);
        }
        before = c;
    }
    out
}

/// JSON in which no log takes a part for a command of its own, and nothing steers a terminal or hides: a string is the only
/// place where such can stand, and there it stays the same value.
pub(crate) fn json(text: String) -> String {
    let text = match ["##vso[", "##[", "##teamcity["].iter().any(|mark| text.contains(mark)) {
        true => text.replace("##", "#\\u0023"),
        false => text,
    };
    match text.contains(is_steering) {
        true => spelled(&text),
        false => text,
    }
}

/// Characters that steer, as JSON and TOML spell them inside of quotes.
pub(crate) fn spelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    for c in text.chars() {
        match is_steering(c) {
            // All of them have four digits.
            true => drop(write!(out, "\\u{:04X}", u32::from(c))),
            false => out.push(c),
        }
    }
    out
}

/// A path as a relative URI.
pub(crate) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_markdown_is_markup() {
        assert_eq!(
            markdown("role `a|b` of @octo <!-- x --> see #12 https://x.y www.evil.com [a](b)"),
            "role `a\\|b` of \\@<!-- -->octo &lt;\\!\\-\\- x \\-\\-\\> see \\#<!-- -->12 https:<!-- -->//x.y \
             www<!-- -->.evil.com \\[a\\]\\(b\\)"
        );
        assert_eq!(markdown("one ` only *x*"), "one \\` only \\*x\\*");
        assert_eq!(code("a`` b"), "```a`` b```");
        assert_eq!(code("a|b"), "`a\\|b`");
        // An end that is a sign of the fence, and more of them than any fence of ours.
        assert_eq!(code("x @octo `"), "`` x @octo ` ``");
        assert_eq!(code("```<img src=x>``"), "```` ```<img src=x>`` ````");
        assert_eq!((code(""), code(" a")), ("`  `".to_owned(), "`  a `".to_owned()));
    }

    #[test]
    fn commands_end_where_they_should() {
        assert_eq!(github_property("we,ird: 100%.yml"), "we%2Cird%3A 100%25.yml");
        assert_eq!(github_data("a\n::error::b"), "a%0A::error::b");
        assert_eq!(azure_property("a;b]c%"), "a%3Bb%5Dc%AZP25");
        assert_eq!(teamcity("it's [é|\u{1f600}]"), "it|'s |[|0x00E9|||0xD83D|0xDE00|]");
        assert_eq!(json("\"##vso[x]\"".to_owned()), "\"#\\u0023vso[x]\"");
        assert_eq!(json("{\n\"a\": \"\u{202e}b\u{7f}é\"}".to_owned()), "{\n\"a\": \"\\u202Eb\\u007Fé\"}");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(xml("a\u{1}\u{ffff}b"), "a\\u{1}\\u{ffff}b");
    }
}
