//! Values that stand behind the name of a place for secrets where no reader looks: in a comment, in prose, in a
//! here-document. `# DATADOG_API_KEY=…` says nothing of what the file does, so it is no finding; a line that shows it is
//! displayed without it.

use std::ops::Range;

use super::{names, slots, tag, unread};
use crate::dialect::SourceFile;
use crate::span::{ByteSpan, Source};

/// Shortest such value, in bytes: what has no shape of its own and is shorter is a word.
const SHORTEST: usize = 12;
/// Longest such value looked at, in bytes: the longest format that its name tells has about 200.
const LONGEST: usize = 256;
/// Most values judged per file. What is behind them is not displayed at all.
const MOST: usize = 20_000;

/// Where such values stand in a file.
pub(super) fn of(file: &SourceFile) -> Vec<Source> {
    let bytes: &[u8] = &file.bytes;
    let mut found = Vec::new();
    for (count, (name, span)) in candidates(bytes).enumerate() {
        if count >= MOST {
            found.push(Source::new(file.id, ByteSpan::new(span.start, bytes.len())));
            break;
        }
        if bytes.get(span.clone()).is_some_and(|value| is_secret(name, value)) {
            found.push(Source::new(file.id, span.into()));
        }
    }
    found
}

/// Names, each with the place of a value behind it that somebody may have drawn.
fn candidates(bytes: &[u8]) -> impl Iterator<Item = (&str, Range<usize>)> {
    unread::separators(bytes).filter_map(|(name, behind)| {
        let rest = bytes.get(behind..(behind + LONGEST).min(bytes.len()))?;
        let mut lead = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'"' | b'\'')).count();
        if is_authorization(name) {
            lead += scheme(rest.get(lead..)?);
        }
        let value = rest.get(lead..)?;
        let length = value.iter().position(|b| ends(*b)).unwrap_or(value.len());
        let value = value.get(..length).filter(|value| value.len() >= SHORTEST)?;
        let has = |kind: fn(&u8) -> bool| value.iter().any(kind);
        // An expression names a secret and is none.
        let is_expression = value.iter().any(|b| matches!(b, b'$' | b'{' | b'(' | b'['));
        (has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !is_expression)
            .then_some((name, behind + lead..behind + lead + length))
    })
}

fn ends(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b',' | b';' | b'`' | b'<' | b'>')
}

fn is_secret(name: &str, value: &[u8]) -> bool {
    (names::rows(name).next().is_some() && slots::named(name, value).is_some())
        || ((is_authorization(name) || slots::by_name(name).is_some())
            && tag::bits(value) >= tag::STRONG_BITS)
}

/// Headers that carry credentials behind the name of a scheme (RFC 9110, sections 11.6 and 11.7).
fn is_authorization(name: &str) -> bool {
    ["authorization", "proxy-authorization"].iter().any(|header| name.eq_ignore_ascii_case(header))
}

/// Length of a scheme's name and what separates it from the credential: `Bearer `.
fn scheme(value: &[u8]) -> usize {
    let word = value.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'-').count();
    let spaces = value.iter().skip(word).take_while(|b| **b == b' ').count();
    if spaces == 0 { 0 } else { word + spaces }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::detect::canary;
    use crate::span::FileId;

    fn hidden(text: &str) -> Vec<String> {
        let file = SourceFile::read(FileId(0), "ci.sh", Arc::from(text.as_bytes()), true);
        of(&file).into_iter().map(|source| text[source.span.range()].to_owned()).collect()
    }

    #[test]
    fn values_are_hidden_wherever_a_name_tells_what_they_are() {
        let value = canary::random(40, 1);
        for text in [
            "# FASTLY_API_TOKEN=@",
            "set `password: '@'` first",
            "cat <<E\n\"token\" : \"@\"\nE",
            "-H 'Authorization: Bearer @' bad: [",
        ] {
            assert_eq!(hidden(&text.replace('@', &value)), std::slice::from_ref(&value), "{text}");
        }
        for text in ["secretName: app-tls-2024-certificate", "image: @", "token=$(get-token-2 --from=x)"] {
            assert!(hidden(&text.replace('@', &value)).is_empty(), "{text}");
        }
    }

    #[test]
    fn many_values_are_judged_in_linear_time() {
        let text = "a=1".repeat(1 << 20);
        assert!(hidden(&text).iter().any(|rest| text.ends_with(rest)));
    }
}
