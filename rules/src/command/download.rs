//! Downloads that are run as they come: `curl … | sh`, `bash <(curl …)`, `sh -c "$(curl …)"`, and a file that is fetched
//! and then run with nothing held against it between. What fetches, runs and checks is `data/command-downloads.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::Called;
use super::call::{self, Call};
use crate::document::script::{Extent, Found, List, PieceKind, RedirectionKind, Shape, Simple, Word};

/// Most files of one script that are followed from their download to where they run; scripts fetch a handful.
const MAX_FILES: usize = 256;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fetch {
    programs: BTreeSet<String>,
    /// Options that name the file it is written to.
    #[serde(default)]
    to: Vec<String>,
    /// Options that name it after the address; where empty, it always is unless an option names it.
    #[serde(default)]
    named: Vec<String>,
    /// Options that take the next argument.
    valued: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    fetch: Vec<Fetch>,
    /// Programs that run what they read, or the file they are given.
    shells: BTreeSet<String>,
    /// Commands that run the text or file in their arguments.
    runs: BTreeSet<String>,
    /// Programs that hand on what they read.
    between: BTreeSet<String>,
    /// Programs that hold a file against a digest or a signature.
    checks: BTreeSet<String>,
    /// Methods of .NET that fetch the text behind them.
    methods: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the tests below hold that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../data/command-downloads.toml"))
        .expect("data/command-downloads.toml parses")
});

pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// A download that runs.
#[derive(Clone, Debug)]
pub(crate) struct Download {
    /// The command that fetches it.
    pub(crate) at: Extent,
    /// The address.
    pub(crate) address: Word,
}

/// The downloads that a script runs as they come, in order.
pub(crate) fn downloads(commands: &[Called<'_>]) -> Vec<Download> {
    let mut files: BTreeMap<String, Download> = BTreeMap::new();
    let mut found_here: Vec<Download> = Vec::new();
    for Called { found, calls } in commands {
        let Some(call) = calls.last() else { continue };
        if TABLE.checks.contains(&call.program) {
            // Whatever was fetched so far may be what it is held against.
            files.clear();
        }
        if let Some(download) = fetched(call, found.command.at) {
            if is_run_at_once(found) {
                found_here.push(download);
            } else if let Some(path) = written_to(call, found, &download)
                && files.len() < MAX_FILES
            {
                files.insert(path, download);
            }
            continue;
        }
        let runs = TABLE.shells.contains(&call.program) || TABLE.runs.contains(&call.program);
        if runs {
            found_here.extend(by_method(found.simple, found.command.at));
            for word in call.arguments {
                found_here.extend(inside(word));
                found_here.extend(word.known().and_then(|path| files.remove(plain(&path))));
            }
        } else if let Some(path) = program_word(found.simple, call)
            && let Some(download) = files.remove(plain(&path))
        {
            found_here.push(download);
        }
    }
    found_here
}

/// The program of a call as it is written, with its path.
fn program_word(simple: &Simple, call: &Call<'_>) -> Option<String> {
    let at = simple.words.len().checked_sub(call.arguments.len() + 1)?;
    simple.words.get(at)?.known()
}

fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

/// What a command fetches.
fn fetched(call: &Call<'_>, at: Extent) -> Option<Download> {
    let row = rows(&call.program).next()?;
    let address = address(call.arguments, Some(row))?;
    Some(Download { at, address: address.clone() })
}

/// The address among arguments: one that is written out, else one that a variable or a command begins.
fn address<'w>(words: &'w [Word], row: Option<&Fetch>) -> Option<&'w Word> {
    let written =
        |word: &&Word| ["https://", "http://"].iter().any(|scheme| word.prefix().starts_with(scheme));
    let begun = |word: &Word| {
        let first = word.pieces.first().map(|piece| &piece.kind);
        matches!(first, Some(PieceKind::Parameter(_) | PieceKind::Hole(_) | PieceKind::Substitution(_)))
    };
    let is_value = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| words.get(before)).map(Word::prefix);
        row.zip(before).is_some_and(|(row, before)| row.takes_next(&before))
    };
    words.iter().find(written).or_else(|| {
        let mut words = words.iter().enumerate();
        words.find(|(at, word)| begun(word) && !is_value(*at)).map(|(_, word)| word)
    })
}

impl Fetch {
    /// Whether an option takes the next argument; of letters in one argument, the last may.
    fn takes_next(&self, option: &str) -> bool {
        let short = option.starts_with('-') && !option.starts_with("--");
        let last = option.chars().next_back().filter(|_| short);
        self.valued.contains(option) || last.is_some_and(|last| self.valued.contains(&format!("-{last}")))
    }
}

fn rows(program: &str) -> impl Iterator<Item = &'static Fetch> {
    TABLE.fetch.iter().filter(move |row| row.programs.contains(program))
}

/// Whether what a command writes goes straight to what runs it.
fn is_run_at_once(found: &Found<'_>) -> bool {
    for command in found.pipeline.commands.iter().skip(found.position + 1) {
        let Shape::Simple(next) = &command.shape else { return false };
        let calls = call::calls(next);
        let Some(call) = calls.last() else { return false };
        if TABLE.shells.contains(&call.program) || TABLE.runs.contains(&call.program) {
            return reads_its_input(call);
        }
        if !TABLE.between.contains(&call.program) {
            return false;
        }
    }
    false
}

/// Whether a shell runs what it reads rather than a file or text that it is given.
fn reads_its_input(call: &Call<'_>) -> bool {
    for word in call.arguments {
        match word.known().as_deref() {
            Some("-" | "-s" | "--" | "/dev/stdin") => return true,
            Some("-c" | "-m") => return false,
            Some(option) if option.starts_with('-') => {}
            _ => return false,
        }
    }
    true
}

/// The download in a word that is run: `<(curl …)`, `$(curl …)`, `(iwr …)`.
fn inside(word: &Word) -> Option<Download> {
    word.pieces.iter().find_map(|piece| match &piece.kind {
        PieceKind::Substitution(list) | PieceKind::Process(list) => in_list(list),
        _ => None,
    })
}

fn in_list(list: &List) -> Option<Download> {
    let simple =
        list.items.iter().find_map(|item| match item.pipeline.commands.first().map(|c| &c.shape) {
            Some(Shape::Simple(simple)) => Some(simple),
            _ => None,
        })?;
    let calls = call::calls(simple);
    let call = calls.last()?;
    fetched(call, list.at).or_else(|| by_method(simple, list.at))
}

/// `(New-Object Net.WebClient).DownloadString('https://…')`.
fn by_method(simple: &Simple, at: Extent) -> Option<Download> {
    let names = |word: &Word| {
        word.pieces.iter().filter_map(|piece| piece.literal()).any(|text| {
            let lower = text.to_ascii_lowercase();
            TABLE.methods.iter().any(|method| lower.ends_with(method.as_str()))
        })
    };
    let word = simple.words.iter().find(|word| names(word))?;
    let list = word.pieces.iter().rev().find_map(|piece| match &piece.kind {
        PieceKind::Substitution(list) => Some(list),
        _ => None,
    })?;
    let Shape::Simple(arguments) = &list.items.first()?.pipeline.commands.first()?.shape else { return None };
    let address = address(&arguments.words, None)?.clone();
    Some(Download { at, address })
}

/// The file that a download is written to.
fn written_to(call: &Call<'_>, found: &Found<'_>, download: &Download) -> Option<String> {
    let redirected = found.command.redirections.iter().find(|r| {
        matches!(r.kind, RedirectionKind::Write | RedirectionKind::Clobber) && r.descriptor.is_none()
    });
    if let Some(redirection) = redirected {
        return redirection.target.known().map(|path| plain(&path).to_owned());
    }
    for row in rows(&call.program) {
        if let Some(word) = row.to.iter().find_map(|option| output_option(call.arguments, option)) {
            return word.known().filter(|path| path != "-").map(|path| plain(&path).to_owned());
        }
        let after_address = row.named.is_empty()
            || call.arguments.iter().any(|word| row.named.iter().any(|option| has_letter(word, option)));
        if after_address {
            let path = download.address.known()?;
            let path = path.split(['?', '#']).next().unwrap_or_default();
            return path.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned);
        }
    }
    None
}

/// Whether a word is this option, for a short one also among other letters: `-fsSLO`.
fn has_letter(word: &Word, option: &str) -> bool {
    let Some(known) = word.known() else { return false };
    let letter = option.strip_prefix('-').filter(|letter| letter.len() == 1);
    known == option
        || letter.is_some_and(|letter| {
            known
                .strip_prefix('-')
                .is_some_and(|letters| !letters.starts_with('-') && letters.contains(letter))
        })
}

/// The value of an option, for a short one also behind other letters: `-fsSLo file`, `-qO-`.
fn output_option(arguments: &[Word], option: &str) -> Option<Word> {
    if let Some(word) = call::option_value(arguments, option) {
        return Some(word);
    }
    let letter = option.strip_prefix('-').filter(|letter| letter.len() == 1)?;
    arguments.iter().enumerate().find_map(|(at, word)| {
        let prefix = word.prefix();
        let letters = prefix.strip_prefix('-').filter(|letters| !letters.starts_with('-'))?;
        let behind = letters.find(letter)? + letter.len();
        if behind == letters.len() && word.known().is_some() {
            return arguments.get(at + 1).cloned();
        }
        word.after(1 + behind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::called;
    use crate::document::script::Script;
    use crate::document::{Scalar, Style, powershell, shell};

    fn shown(script: &Script) -> Vec<String> {
        downloads(&called(script)).iter().map(|d| d.address.to_text(script).to_string()).collect()
    }

    fn read(text: &str) -> Vec<String> {
        shown(&shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[]))
    }

    const A: &str = "https://a.example/i.sh";

    #[test]
    fn what_is_fetched_and_run() {
        for text in [
            "curl -sSf A | sh",
            "curl A | sudo -E bash -",
            "curl A | tee i.sh | bash -s -- --yes",
            "wget -qO- A | sh",
            "bash <(curl -s A)",
            "source <(curl -s A)",
            "sh -c \"$(curl -fsSL A)\"",
            "eval \"$(wget -qO- A)\"",
            "curl -fsSLo i.sh A; chmod +x i.sh; ./i.sh --yes",
            "curl -fsSLO A && bash i.sh",
            "wget A && sh ./i.sh",
            "curl A > x.sh\nsudo bash x.sh",
            "curl A | python3 -",
        ] {
            assert_eq!(read(&text.replace('A', A)), [A], "{text}");
        }
        assert_eq!(read("curl -fsSLo $F -H \"$H\" \"$URL\" && sh $F"), [""; 0]);
        assert_eq!(read("curl -H \"$H\" -sSL \"$URL\" | bash"), ["${URL}"]);
        assert_eq!(read("curl \"$(cat address)\" | sh").len(), 1);
        let read = |text: &str| shown(&powershell::read(&Scalar::verbatim(text, Style::Plain, 0), &[]));
        for text in [
            "iwr -useb A | iex",
            "irm A | Invoke-Expression",
            "iex (iwr A)",
            "iex ((New-Object System.Net.WebClient).DownloadString('A'))",
        ] {
            assert_eq!(read(&text.replace('A', A)), [A], "{text}");
        }
    }

    #[test]
    fn what_is_not_run_or_is_checked_first() {
        for text in [
            "curl A | jq .",
            "curl A | bash other.sh",
            "curl A | grep -q ok && sh run.sh",
            "curl -o i.sh A; echo \"$SUM  i.sh\" | sha256sum -c -; sh i.sh",
            "curl -o i.sh A; gpg --verify i.sh.asc i.sh && bash i.sh",
            "curl -o data.json A; ./run.sh",
            "# curl A | sh",
            "echo 'curl A | sh'",
            "x=$(curl A); echo $x",
        ] {
            assert!(read(&text.replace('A', A)).is_empty(), "{text}");
        }
    }
}
