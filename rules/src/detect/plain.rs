//! What a value in a file of data is when only its name says that a secret is meant: names there are also borne by
//! labels, translations, types, file names and examples.
//!
//! Invariant: silence rests on the value, or on a word of its own name that says it is public; never on what stands near.

use super::{encoded, names, shape, tag};

/// Last words of names whose values people choose: those are shorter and less random than what an issuer draws.
const CHOSEN: [&str; 6] = ["password", "passwd", "pwd", "pass", "passphrase", "passcode"];
/// Bits from which a value was drawn rather than written; of those an issuer draws, the shortest have 16 characters.
const DRAWN_BITS: u32 = 28;
/// Shortest value that a person chose as a password, in bytes; below it the value is a default or an example.
const SHORTEST_CHOSEN: usize = 6;
/// A piece of letters of this length is a word or the beginning of one.
const WORD: usize = 3;

/// Why a value is no secret, as far as it can be told; `None` if it may be one.
pub(super) fn reason(name: &str, value: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(value).ok()?.trim().trim_matches(['"', '\'']);
    if let shape::Shape::Reference(reason) = shape::of(text) {
        return Some(reason);
    }
    let whole = name;
    let name = names::words(name);
    if name.iter().any(|word| shape::table::is_public_name(word)) {
        return Some("named as public or as an example");
    }
    if shape::table::is_cursor_name(&name.join(" ")) {
        return Some("a place in a list or a request, by its name");
    }
    if is_digest(text) && name.iter().any(|word| shape::table::is_revision_name(word)) {
        return Some("a revision or a digest, by its name and length");
    }
    if is_placeholder(text) {
        return Some("a placeholder or a value that documentation uses");
    }
    if text.contains(char::is_whitespace) {
        return Some("several words");
    }
    if shape::table::is_file(text) {
        return Some("the name of a file");
    }
    if is_code(text) {
        return Some("an expression or a pattern");
    }
    if is_uuid(text) {
        return Some("a UUID, where none is expected");
    }
    let chosen = name.last().is_some_and(|last| CHOSEN.contains(&last.as_str()));
    if is_name(text, chosen) || (!chosen && is_numbered_name(text)) || is_label(text) {
        return Some("a name or a word");
    }
    if is_written_path(text) {
        return Some("a path");
    }
    // What is written in base64 is what was written.
    if let Some(written) = encoded::text_of(text) {
        return reason(whole, written.as_bytes());
    }
    let enough = if chosen { text.len() >= SHORTEST_CHOSEN } else { tag::bits(value) >= DRAWN_BITS };
    (!enough).then_some("too short or too plain to be drawn")
}

/// Why a value in a place that is certainly one for secrets is none: whoever wrote it says that it stands in for one, and
/// nothing in it was drawn.
pub(super) fn stands_in(value: &[u8]) -> Option<&'static str> {
    let numbers = |c: char| c.is_ascii_digit() || matches!(c, '-' | '_');
    let text = std::str::from_utf8(value).ok()?.trim().trim_end_matches(numbers);
    let words = names::words(text);
    let letters: usize = words.iter().map(String::len).sum();
    let said = |is: fn(&str) -> bool| words.iter().filter(|w| is(w)).map(String::len).sum::<usize>();
    let all = said(shape::table::is_placeholder);
    // Of a value that a person chose, `test` and `password` say little; `your` and `replace` do.
    let enough = said(shape::table::is_stand_in) > 0 && all * 3 >= letters && words.len() > 1;
    (enough && is_name(text, false)).then_some("a placeholder or a value that documentation uses")
}

/// Whether a whole word of the value says that it is to be replaced, or its middle was left out.
fn is_placeholder(text: &str) -> bool {
    let mask = |c: char| matches!(c, '*' | '.' | 'x' | 'X' | '•' | '…');
    let longest = text.chars().fold((0, 0, ' '), |(longest, run, before), c| {
        let run = if mask(c) && c == before { run + 1 } else { usize::from(mask(c)) };
        (longest.max(run), run, c)
    });
    let cut = text.ends_with("...") || text.ends_with('…');
    let said = shape::table::holds_placeholder(&text.to_ascii_lowercase()) && !shape::holds_issued(text);
    if cut || said || longest.0 >= 4 || matches!(shape::of_password(text), shape::Shape::Weak) {
        return true;
    }
    // In a drawn value a word of three letters says nothing.
    let words = names::words(text);
    let letters: usize = words.iter().map(String::len).sum();
    let said: usize = words.iter().filter(|w| shape::table::is_placeholder(w)).map(String::len).sum();
    said * 4 >= letters && said > 0
}

/// `^[a-z]+$`, `user.password`, `getToken()`.
fn is_code(text: &str) -> bool {
    let pattern =
        (text.starts_with('^') && text.ends_with('$')) || text.contains("[a-z") || text.contains("(?");
    let call = text.ends_with(')') && text.contains('(') || text.ends_with("[]") || text.ends_with("};");
    let opened = text.starts_with(['@', '#', '&', '*', '{', '[', '<', '(']) && !shape::holds_issued(text);
    pattern || call || opened
}

/// Hexadecimal in one case, of the length of a digest.
fn is_digest(text: &str) -> bool {
    const LENGTHS: [usize; 5] = [32, 40, 56, 64, 128];
    let of = |is: fn(u8) -> bool| text.bytes().all(|b| b.is_ascii_digit() || is(b));
    LENGTHS.contains(&text.len())
        && (of(|b| (b'a'..=b'f').contains(&b)) || of(|b| (b'A'..=b'F').contains(&b)))
}

fn is_uuid(text: &str) -> bool {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let mut groups = text.split('-');
    GROUPS.iter().all(|length| {
        groups.next().is_some_and(|g| g.len() == *length && g.bytes().all(|b| b.is_ascii_hexdigit()))
    }) && groups.next().is_none()
}

/// Whether a value is made of words, as names, keys and labels are: `my-secret-name`, `kubernetes.io/tls`, `Password`.
/// A password may be a word with a number; where one is meant, digits end a name.
fn is_name(text: &str, chosen: bool) -> bool {
    let is_joint = |c: char| matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | '+' | ' ' | ',');
    let pieces: Vec<&str> = text.split(is_joint).filter(|p| !p.is_empty()).collect();
    let mut written = 0;
    for piece in &pieces {
        let letters = piece.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = piece.len() - letters.len();
        let numbered = digits <= 4 && !(chosen && digits > 0);
        // `OS.EXE`: between joints an abbreviation is a piece of a name.
        let abbreviated =
            pieces.len() > 1 && letters.len() < WORD && letters.chars().all(char::is_alphabetic);
        if !((abbreviated || is_word(letters)) && numbered) {
            return false;
        }
        written += letters.len();
    }
    written >= WORD && written >= 2 * pieces.len()
}

/// A name with numbers inside its pieces: `io.acme.v1beta1.CredentialsV2`, `github-app-k3s-2`. Most of it is words; in
/// what was drawn, digits leave no room for any.
fn is_numbered_name(text: &str) -> bool {
    const JOINTS: [char; 5] = ['-', '_', '.', '/', ':'];
    let pieces: Vec<&str> = text.split(JOINTS).filter(|p| !p.is_empty()).collect();
    let mut said = 0;
    let mut all = 0;
    for piece in &pieces {
        for run in piece.split(|c: char| c.is_ascii_digit()).filter(|run| !run.is_empty()) {
            if !run.chars().all(|c| c.is_ascii_alphabetic()) {
                return false;
            }
            said += if run.len() >= WORD && is_word(run) { run.len() } else { 0 };
        }
        all += piece.len();
    }
    pieces.len() > 1 && said * 5 >= all * 3
}

/// A path from nowhere: several parts, each a word that a number may end: `prod/eu1/db2/pass01`.
fn is_written_path(text: &str) -> bool {
    const FEWEST: usize = 3;
    let parts: Vec<&str> = text.split('/').collect();
    parts.len() >= FEWEST && parts.iter().all(|part| is_name(part, false) || is_short_name(part))
}

/// `eu1`, `db2`: a few letters and a number.
fn is_short_name(text: &str) -> bool {
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    (2..=WORD).contains(&letters.len())
        && letters.bytes().all(|b| b.is_ascii_lowercase())
        && text.len() - letters.len() <= 2
}

/// What a label ends with, behind words: `Passwort:`, `Forgot?`, `NewPassword*`.
fn is_label(text: &str) -> bool {
    let bare = text.trim_end_matches([':', '?', '*']);
    bare.len() < text.len() && is_name(bare, true)
}

/// Letters that somebody may say: one case or humps, no run of consonants that no language has.
fn is_word(letters: &str) -> bool {
    const LONGEST_RUN: usize = 5;
    if !letters.chars().all(char::is_alphabetic) {
        return false;
    }
    if !letters.is_ascii() {
        return true;
    }
    let humps = names::words(letters);
    // Drawn letters change case more often than people do: about every third letter.
    let long = humps.len() == 1 || humps.len() * 7 <= letters.len() * 2;
    let sayable = |hump: &String| {
        let longest = hump.split(['a', 'e', 'i', 'o', 'u', 'y']).map(str::len).max().unwrap_or(0);
        longest < LONGEST_RUN
    };
    long && humps.iter().all(sayable)
}

#[cfg(test)]
mod tests;
