//! What a container runs: its command and arguments as words, a shell script as simple commands.

use crate::command::of_list;
use crate::document::script::{Found, Script, Template};
use crate::document::{Node, Scalar};
use crate::span::ByteSpan;

/// Most words read of one container: longer lists are programs of their own.
const MAX_WORDS: usize = 10_000;
/// What is filled before a shell sees a script: variables of the container, and templates of charts.
const TEMPLATES: [Template; 2] = [Template::Macro, Template::Braces];
/// Programs that hand over to the one behind them. The script itself may still be all that runs.
const BEFORE: [&str; 3] = ["exec", "sudo", "time"];

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
    /// Nothing but this command runs, and nothing in it is expanded.
    pub(super) plain: bool,
}

impl Command {
    /// The program's file name and the words after it.
    pub(super) fn program(&self) -> Option<(&str, &[Word])> {
        if self.implied {
            return None;
        }
        let (first, rest) = self.words.split_first()?;
        Some((first.text.rsplit('/').next().unwrap_or_default(), rest))
    }
}

/// What runs in a container, read as a shell reads it or as words that no shell reads.
pub(super) fn read(container: &Node) -> Option<Script> {
    let list = |key: &str| container.get(key).map_or(&[][..], Node::one_or_many);
    let nodes = list("command").iter().chain(list("args")).take(MAX_WORDS);
    let words: Vec<Scalar> = nodes.filter_map(Node::scalar).cloned().collect();
    of_list(&words, list("command").is_empty(), &TEMPLATES)
}

/// The simple commands of a container.
pub(super) fn commands(container: &Node) -> Vec<Command> {
    let implied = container.get("command").map_or(&[][..], Node::one_or_many).is_empty();
    read(container).map_or_else(Vec::new, |script| simple(&script, implied))
}

fn simple(script: &Script, implied: bool) -> Vec<Command> {
    let found = script.commands();
    let alone = found.len() == 1 && script.unknown.is_empty() && script.body.items.len() == 1;
    let mut commands = Vec::new();
    for one in &found {
        let words = words(script, one, implied);
        if !words.is_empty() {
            commands.push(Command { words, implied, plain: alone && is_plain(one) });
        }
    }
    commands
}

fn words(script: &Script, found: &Found<'_>, implied: bool) -> Vec<Word> {
    let words = found.simple.words.iter().skip(usize::from(implied));
    let words = words.map(|word| Word {
        text: word.known().unwrap_or_else(|| script.text(word.at).to_owned()),
        at: script.span(word.at),
    });
    words.skip_while(|word| !implied && BEFORE.contains(&word.text.as_str())).collect()
}

/// Whether a command stands for itself: no pipe, no redirection, nothing that the shell fills in.
fn is_plain(found: &Found<'_>) -> bool {
    found.pipeline.commands.len() == 1
        && found.command.redirections.is_empty()
        && found.simple.words.iter().all(|word| word.known().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Style, shell};

    fn read(script: &str) -> Vec<(String, bool)> {
        let script = shell::read(&Scalar::verbatim(script, Style::Plain, 0), &TEMPLATES);
        let texts = |command: &Command| {
            command.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("|")
        };
        simple(&script, false).iter().map(|command| (texts(command), command.plain)).collect()
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
        assert_eq!(read("kubectl get pods -n \"$NS\""), [("kubectl|get|pods|-n|\"$NS\"".to_owned(), false)]);
        assert_eq!(read("if a; then kubectl get pods > x; fi")[1], ("kubectl|get|pods".to_owned(), false));
    }
}
