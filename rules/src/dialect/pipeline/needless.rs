//! Scripts of which every command is known to use no token of its job, so that a grant beyond need can be told.

use super::names::needs_nothing;

/// Whether every command of a script is known to need nothing of the job. Anything beyond plain commands in a row may need
/// anything.
pub(crate) fn script(script: &str) -> bool {
    if ["$(", "`", "<(", "<<"].iter().any(|sign| script.contains(sign)) {
        return false;
    }
    let joined = script.replace("\\\n", " ");
    joined.split(['\n', ';', '|', '&']).all(|command| {
        let mut words = command.split_whitespace().skip_while(|w| is_assignment(w)).peekable();
        match words.peek() {
            None => true,
            Some(first) if first.starts_with('#') => true,
            Some(_) => needs_nothing(&words.take(3).collect::<Vec<_>>()),
        }
    })
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}
