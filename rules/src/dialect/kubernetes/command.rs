//! What a container runs: its command and arguments as words, a shell script as simple commands.

use crate::document::script::{Script, Template};
use crate::document::{Node, Scalar, Style, shell};
use crate::span::ByteSpan;

/// Most words read of one container: longer scripts are programs of their own.
const MAX_WORDS: usize = 10_000;
/// What is filled before a shell sees a script: variables of the container, and templates of charts.
const HOLES: [Template; 2] = [Template::Macro, Template::Braces];
/// Programs that take a script after `-c`.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "ksh"];

/// A word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Its text, without quotes.
    pub(super) text: String,
    /// Its bytes in the file.
    pub(super) at: ByteSpan,
}

/// One command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// Its words; the first is the program unless `implied`.
    pub(super) words: Vec<Word>,
    /// The image's own entry point runs; the words are only its arguments.
    pub(super) implied: bool,
    /// Nothing but this command runs, and nothing in it is expanded by a shell.
    pub(super) plain: bool,
}

impl Command {
    /// The program's file name and the words after it.
    pub(super) fn program(&self) -> Option<(&str, &[Word])> {
        if self.implied {
            return None;
        }
        let (first, rest) = self.words.split_first()?;
        Some((basename(&first.text), rest))
    }
}

/// The last part of a path.
fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The commands of a container.
pub(super) fn commands(container: &Node) -> Vec<Command> {
    let list = |key: &str| container.get(key).map_or(&[][..], Node::one_or_many);
    let nodes = || list("command").iter().chain(list("args")).take(MAX_WORDS);
    let words: Vec<Word> =
        nodes().filter_map(|node| Some(Word { text: node.written()?.to_owned(), at: node.span })).collect();
    let implied = list("command").is_empty();
    if let Some(script) = script(nodes(), &words, implied) {
        return simple_commands(script);
    }
    if words.is_empty() {
        return Vec::new();
    }
    let plain = !words.iter().any(|word| word.text.contains("$("));
    vec![Command { words, implied, plain }]
}

/// What runs in a container, read as a shell reads it or as words that no shell reads.
pub(super) fn read(container: &Node) -> Option<Script> {
    let list = |key: &str| container.get(key).map_or(&[][..], Node::one_or_many);
    let nodes = || list("command").iter().chain(list("args")).take(MAX_WORDS).filter_map(Node::scalar);
    let implied = list("command").is_empty();
    let words: Vec<Word> =
        nodes().map(|word| Word { text: word.text.to_string(), at: word.span() }).collect();
    let all = list("command").iter().chain(list("args"));
    if let Some(script) = script(all, &words, implied) {
        return Some(shell::read(script, &HOLES));
    }
    // The image's own program stands before its arguments.
    let program = implied.then(|| Scalar::verbatim("", Style::Plain, container.span.start as usize));
    let words: Vec<Scalar> = program.into_iter().chain(nodes().cloned()).collect();
    let hole = |text: &str| text.contains("$(") || text.contains("{{");
    (!words.is_empty()).then(|| Script::of_words(&words, hole))
}

/// The script of `sh -c script`.
fn script<'d>(nodes: impl Iterator<Item = &'d Node>, words: &[Word], implied: bool) -> Option<&'d Scalar> {
    let first = words.first()?;
    // An image whose entry point is a shell, handed `-c script`, is seldom; a flag `-c` of another program is not.
    if implied || !SHELLS.contains(&basename(&first.text)) {
        return None;
    }
    let flag = words.iter().skip(1).position(|w| {
        w.text
            .strip_prefix('-')
            .is_some_and(|f| f.ends_with('c') && f.chars().all(|c| c.is_ascii_alphabetic()))
    })?;
    nodes.filter_map(Node::scalar).nth(flag + 2)
}

/// The simple commands of a script, as far as words and separators go: no expansion, no control flow.
fn simple_commands(script: &Scalar) -> Vec<Command> {
    let mut reader = Reader {
        script,
        done: Vec::new(),
        current: Command::default(),
        word: String::new(),
        start: None,
        count: 0,
    };
    let mut quote: Option<char> = None;
    let mut special = false;
    let mut letters = script.text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some('"'), '$' | '`') => {
                special = true;
                reader.letter(at, letter);
            }
            (Some(_), _) => reader.letter(at, letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                reader.open(at);
            }
            (None, '\\') => match letters.next() {
                Some((_, '\n')) | None => reader.end_word(at),
                Some((next, escaped)) => reader.letter(next, escaped),
            },
            (None, '#') if reader.start.is_none() => {
                while letters.peek().is_some_and(|(_, next)| *next != '\n') {
                    letters.next();
                }
            }
            (None, ' ' | '\t' | '\r') => reader.end_word(at),
            (None, ';' | '\n' | '&' | '|' | '(' | ')' | '{' | '}') => {
                special |= !matches!(letter, '\n' | ';');
                reader.end_command(at);
            }
            (None, '$' | '`' | '<' | '>' | '*') => {
                special = true;
                reader.letter(at, letter);
            }
            (None, _) => reader.letter(at, letter),
        }
        if reader.count > MAX_WORDS {
            special = true;
            break;
        }
    }
    reader.end_command(script.text.len());
    let mut done = reader.done;
    if let [only] = done.as_mut_slice() {
        only.plain = !special;
    }
    done
}

/// Words and commands under way.
struct Reader<'d> {
    script: &'d Scalar,
    done: Vec<Command>,
    current: Command,
    word: String,
    start: Option<usize>,
    count: usize,
}

impl Reader<'_> {
    fn open(&mut self, at: usize) {
        self.start.get_or_insert(at);
    }

    fn letter(&mut self, at: usize, letter: char) {
        self.open(at);
        self.word.push(letter);
    }

    fn end_word(&mut self, at: usize) {
        let Some(start) = self.start.take() else { return };
        let text = std::mem::take(&mut self.word);
        // What stands before the program: assignments and words that only hand over to it.
        let before = self.current.words.is_empty()
            && (matches!(text.as_str(), "exec" | "sudo" | "then" | "do" | "time") || text.contains('='));
        if !before {
            self.current.words.push(Word { text, at: self.script.span_of(start..at) });
        }
        self.count += 1;
    }

    fn end_command(&mut self, at: usize) {
        self.end_word(at);
        let command = std::mem::take(&mut self.current);
        if !command.words.is_empty() {
            self.done.push(command);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(script: &str) -> Vec<(String, bool)> {
        simple_commands(&Scalar::verbatim(script, Style::Plain, 0))
            .into_iter()
            .map(|c| (c.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join("|"), c.plain))
            .collect()
    }

    #[test]
    fn a_script_is_split_into_commands() {
        assert_eq!(read("kubectl get pods"), [("kubectl|get|pods".to_owned(), true)]);
        assert_eq!(
            read("set -e # why\nexec kubectl 'get' \\\n pods; X=1 echo \"a b\""),
            [
                ("set|-e".to_owned(), false),
                ("kubectl|get|pods".to_owned(), false),
                ("echo|a b".to_owned(), false)
            ]
        );
        assert_eq!(read("kubectl get pods -n \"$NS\""), [("kubectl|get|pods|-n|$NS".to_owned(), false)]);
    }
}
