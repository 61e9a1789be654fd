//! The way back from a YAML scalar's text to its bytes: escapes, folded lines and indentation are walked once more
//! beside the decoded text. Where both disagree the scalar keeps a coarse map: its start and its end.

use granit_parser::ScalarStyle;

use crate::document::{Scalar, Style};
use crate::span::ByteSpan;

/// The scalar and the span of its content.
pub(super) fn locate(file: &str, text: &str, style: ScalarStyle, span: ByteSpan) -> (Scalar, ByteSpan) {
    let (kept, found) = match style {
        ScalarStyle::Literal | ScalarStyle::Folded => (Style::Block, block(file, text, span)),
        ScalarStyle::SingleQuoted => (Style::Quoted, flow(file, text, unquoted(span), Flow::Single)),
        ScalarStyle::DoubleQuoted => (Style::Quoted, flow(file, text, unquoted(span), Flow::Double)),
        ScalarStyle::Plain => (Style::Plain, flow(file, text, span, Flow::Plain)),
    };
    let Track { pairs, end } = found.unwrap_or_else(|| {
        Track::coarse(match kept {
            Style::Quoted => unquoted(span),
            _ => span,
        })
    });
    let start = pairs.first().map_or(span.start, |p| p.1);
    let inner = ByteSpan { start, end: end.max(start) };
    (Scalar { text: text.into(), style: kept, map: pairs.into(), end: inner.end }, inner)
}

fn unquoted(span: ByteSpan) -> ByteSpan {
    if span.len() < 2 { span } else { ByteSpan { start: span.start + 1, end: span.end - 1 } }
}

/// Pairs of offsets as they are found.
struct Track {
    pairs: Vec<(u32, u32)>,
    end: u32,
}

impl Track {
    fn coarse(span: ByteSpan) -> Self {
        Self { pairs: vec![(0, span.start)], end: span.end }
    }

    /// From here on both advance together.
    fn meet(&mut self, decoded: usize, file: usize) {
        let Some((decoded, file)) = u32::try_from(decoded).ok().zip(u32::try_from(file).ok()) else { return };
        match self.pairs.last_mut() {
            Some((last, at)) if *last == decoded => *at = file,
            Some((last, at)) if file.checked_sub(*at) == decoded.checked_sub(*last) => {}
            _ => self.pairs.push((decoded, file)),
        }
    }

    /// An escape begins here: it has a pair of its own, so that its end can be found.
    fn escape(&mut self, decoded: usize, file: usize) {
        let Some(pair) = u32::try_from(decoded).ok().zip(u32::try_from(file).ok()) else { return };
        if self.pairs.last().is_none_or(|last| last.0 != pair.0) {
            self.pairs.push(pair);
        }
    }
}

/// How a scalar on one or more folded lines is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Plain,
    Single,
    Double,
}

fn flow(file: &str, text: &str, span: ByteSpan, style: Flow) -> Option<Track> {
    let raw = file.get(span.range())?;
    let mut track = Track::coarse(span);
    if raw == text {
        return Some(track);
    }
    let base = span.start as usize;
    let (mut at, mut done) = (0, 0);
    while let Some(next) = raw.get(at..)?.chars().next() {
        let rest = raw.get(at..)?;
        track.meet(done, base + at);
        match next {
            ' ' | '\t' | '\n' | '\r' => {
                let (length, breaks) = white(rest);
                let decoded = if breaks == 0 { length } else { 1.max(breaks - 1) };
                let piece = text.get(done..done + decoded)?;
                let expected = match breaks {
                    0 => piece == rest.get(..length)?,
                    1 => piece == " ",
                    _ => piece.bytes().all(|b| b == b'\n'),
                };
                if !expected {
                    return None;
                }
                at += length;
                done += decoded;
            }
            '\\' if style == Flow::Double => {
                let (length, breaks) = escape(rest)?;
                match breaks {
                    Some(breaks) => done += breaks,
                    None => {
                        track.escape(done, base + at);
                        done += text.get(done..)?.chars().next()?.len_utf8();
                    }
                }
                at += length;
            }
            '\'' if style == Flow::Single => {
                if !rest.starts_with("''") || !text.get(done..)?.starts_with('\'') {
                    return None;
                }
                track.escape(done, base + at);
                at += 2;
                done += 1;
            }
            _ => {
                if text.get(done..)?.chars().next()? != next {
                    return None;
                }
                at += next.len_utf8();
                done += next.len_utf8();
            }
        }
    }
    track.meet(done, base + at);
    (done == text.len()).then_some(track)
}

/// Bytes of white space at the start, and how many line breaks are in it.
fn white(text: &str) -> (usize, usize) {
    let end = text.find(|c| !matches!(c, ' ' | '\t' | '\n' | '\r')).unwrap_or(text.len());
    let run = text.get(..end).unwrap_or_default();
    let breaks = run.matches('\n').count() + run.matches('\r').count() - run.matches("\r\n").count();
    (end, breaks)
}

/// Bytes of an escape; for an escaped line break also how many line feeds it stands for.
fn escape(rest: &str) -> Option<(usize, Option<usize>)> {
    let kind = rest.get(1..)?.chars().next()?;
    let length = match kind {
        'x' => 4,
        'u' if is_high_surrogate(rest.get(2..6)?) => 12,
        'u' => 6,
        'U' => 10,
        '\n' | '\r' => {
            let (length, breaks) = white(rest.get(1..)?);
            return Some((1 + length, Some(breaks.saturating_sub(1))));
        }
        other => 1 + other.len_utf8(),
    };
    Some((length, None))
}

fn is_high_surrogate(hex: &str) -> bool {
    u32::from_str_radix(hex, 16).is_ok_and(|code| (0xd800..0xdc00).contains(&code))
}

/// `|` and `>`: line by line, each without the common indentation.
fn block(file: &str, text: &str, span: ByteSpan) -> Option<Track> {
    // The parser's span begins at the first line with content; empty lines before it are text too.
    let header = file.get(..span.start as usize)?.trim_end().len();
    let first = header + line_length(file.get(header..)?).1;
    let mut track = Track::coarse(ByteSpan::new(first.min(span.start as usize), span.start as usize));
    let region = file.get(first..span.end as usize).unwrap_or_default();
    let indent = indent(region, text)?;
    let (mut at, mut done) = (first, 0);
    let mut rest = region;
    while !rest.is_empty() {
        let (content, whole) = line_length(rest);
        let line = rest.get(..content)?;
        let cut = line.bytes().take(indent).take_while(|b| *b == b' ').count();
        let line = line.get(cut..)?;
        if !line.is_empty() {
            done = separated(text, done, line)?;
            track.meet(done, at + cut);
            done += line.len();
            track.end = u32::try_from(at + content).ok()?;
        }
        at += whole;
        rest = rest.get(whole..)?;
    }
    text.get(done..)?.bytes().all(|b| b == b'\n').then_some(track)
}

/// Bytes of the first line, without and with its break.
fn line_length(text: &str) -> (usize, usize) {
    match text.find(['\n', '\r']) {
        Some(at) if text.get(at..).is_some_and(|t| t.starts_with("\r\n")) => (at, at + 2),
        Some(at) => (at, at + 1),
        None => (text.len(), text.len()),
    }
}

/// How many spaces every line loses: what the first line with content has more than the text.
fn indent(region: &str, text: &str) -> Option<usize> {
    let spaces = |line: &str| line.bytes().take_while(|b| *b == b' ').count();
    let Some(line) = region.split(['\n', '\r']).find(|l| !l.trim_matches(' ').is_empty()) else {
        return Some(region.len());
    };
    let decoded = text.split('\n').find(|l| !l.trim_matches(' ').is_empty())?;
    spaces(line).checked_sub(spaces(decoded))
}

/// Where a line's content goes on in the text, past the line feeds or the one space that stand for the break.
fn separated(text: &str, done: usize, line: &str) -> Option<usize> {
    let rest = text.get(done..)?;
    let feeds = rest.len() - rest.trim_start_matches('\n').len();
    let skip = if feeds == 0 && done > 0 && !line.starts_with([' ', '\t']) && rest.starts_with(' ') {
        1
    } else {
        feeds
    };
    rest.get(skip..)?.starts_with(line).then_some(done + skip)
}
