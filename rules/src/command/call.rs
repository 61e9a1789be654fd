//! Which program a command runs, behind those that only run another: `sudo -u app env A=b mysql …`.

use super::table::{self, Wrapper};
use crate::document::script::{Found, Script, Simple, Word};

/// Most programs around a program: `sudo`, `env`, `timeout`, `docker exec` and one more. A longer row is no command that
/// anybody wrote.
const MAX_WRAPPERS: usize = 8;
/// Most arguments before a sub-command: options with their values, as in `docker --config dir login`.
const MAX_BEFORE: usize = 6;
/// Ends options (POSIX utility syntax guideline 10).
const END: &str = "--";

/// A program and its arguments.
#[derive(Clone, Debug)]
pub(super) struct Call<'s> {
    /// Its file name in small letters; empty if the script does not say it.
    pub(super) program: String,
    /// Its own arguments: for a program that runs another, those before the other.
    pub(super) arguments: &'s [Word],
}

/// A command of a script, and the programs that it runs, the outermost first.
#[derive(Clone, Debug)]
pub(crate) struct Called<'s> {
    pub(super) found: Found<'s>,
    pub(super) calls: Vec<Call<'s>>,
}

/// The commands of a script: read once for all who ask what they do.
pub(crate) fn called(script: &Script) -> Vec<Called<'_>> {
    let commands = script.commands().into_iter();
    commands.map(|found| Called { found, calls: calls(found.simple) }).collect()
}

/// The programs that a command runs, the outermost first.
pub(super) fn calls(simple: &Simple) -> Vec<Call<'_>> {
    let mut calls = Vec::new();
    let mut words = &*simple.words;
    while let Some((first, arguments)) = words.split_first() {
        let program = program(first);
        let inner = table::wrappers(&program)
            .take(MAX_WRAPPERS.saturating_sub(calls.len()))
            .find_map(|wrapper| behind(wrapper, arguments));
        let Some(at) = inner else {
            calls.push(Call { program, arguments });
            break;
        };
        calls.push(Call { program, arguments: arguments.get(..at).unwrap_or_default() });
        words = arguments.get(at..).unwrap_or_default();
    }
    calls
}

fn program(word: &Word) -> String {
    // No name of a program is longer.
    const LONGEST: usize = 256;
    // `"$folder/tool"`: which folder it is in does not matter.
    let text = word.known().or_else(|| Some(word.suffix()).filter(|text| text.contains('/')));
    let Some(text) = text.filter(|text| text.len() <= LONGEST) else { return String::new() };
    let name = text.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name).to_owned()
}

/// Where the command begins in the arguments of a program that runs it.
fn behind(wrapper: &Wrapper, arguments: &[Word]) -> Option<usize> {
    if let Some(sign) = &wrapper.after {
        let at = arguments.iter().position(|word| word.known().as_ref() == Some(sign))?;
        return (at + 1 < arguments.len()).then_some(at + 1);
    }
    let mut words = wrapper.words.split_whitespace().peekable();
    let mut operands = wrapper.operands;
    let mut at = 0;
    while let Some(word) = arguments.get(at) {
        let known = word.known();
        let text = known.as_deref().unwrap_or_default();
        if known.is_none() && word.prefix().starts_with('-') {
            // `-p$PASSWORD`: its value is in it.
            at += 1;
        } else if text.len() > 1 && text.starts_with('-') && text != END {
            at += 1 + usize::from(wrapper.valued.contains(text));
        } else if text == END || wrapper.assigns && is_assignment(&word.prefix()) {
            at += 1;
        } else if let Some(expected) = words.peek() {
            if text != *expected {
                return None;
            }
            words.next();
            at += 1;
        } else if operands > 0 {
            operands -= 1;
            at += 1;
        } else {
            return Some(at);
        }
    }
    None
}

/// Whether a word begins as `NAME=`.
pub(super) fn is_assignment(prefix: &str) -> bool {
    prefix.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// Where the arguments behind a sub-command begin; `None` if it is another one.
pub(super) fn behind_words(arguments: &[Word], words: &[String]) -> Option<usize> {
    if words.is_empty() {
        return Some(0);
    }
    let mut before = 0;
    let mut matched = 0;
    for (at, word) in arguments.iter().enumerate() {
        let known = word.known();
        let text = known.as_deref().unwrap_or_default();
        if text.starts_with('-') {
            continue;
        }
        matched = match words.get(matched) {
            Some(expected) if expected == text => matched + 1,
            _ => usize::from(words.first().is_some_and(|first| first == text)),
        };
        if matched == words.len() {
            return Some(at + 1);
        }
        before += 1;
        if before > MAX_BEFORE {
            return None;
        }
    }
    None
}

/// The value of an option: `-p value`, `--password value`, `--password=value`.
pub(super) fn option_value(arguments: &[Word], option: &str) -> Option<Word> {
    arguments.iter().enumerate().find_map(|(index, word)| {
        if word.known().as_deref() == Some(option) {
            return arguments.get(index + 1).cloned();
        }
        let prefix = word.prefix();
        let rest = prefix.strip_prefix(option)?;
        rest.starts_with('=').then(|| word.after(option.len() + 1))?
    })
}
