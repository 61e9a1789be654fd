//! The shell reader against another one: every script that brush-parser accepts must hold the same simple commands for
//! both. Over this repository's own scripts always; over those of a folder if `HALLPASS_CORPUS` names one.
//!
//! brush-parser reads no half-broken text, keeps no place of a quote and does not compile to a module without imports:
//! it is here as a second opinion only.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // a test

mod brush;
mod ours;
mod sources;

use std::collections::BTreeMap;
use std::path::Path;

use sources::Source;

/// A simple command, reduced to what both readers say of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Command {
    words: Vec<String>,
    assigned: Vec<String>,
    redirections: Vec<String>,
}

impl Command {
    /// Without blanks and continued lines in its words: one reader keeps them inside quotes and substitutions, the
    /// other takes some of them off.
    fn settled(mut self) -> Self {
        for text in self.words.iter_mut().chain(&mut self.assigned).chain(&mut self.redirections) {
            *text = text.replace("\\\n", "").split_whitespace().collect();
        }
        self
    }
}

fn settled(commands: Vec<Command>) -> Vec<Command> {
    let mut commands: Vec<Command> = commands.into_iter().map(Command::settled).collect();
    commands.sort();
    commands
}

/// How the readers compare.
#[derive(Default)]
struct Tally {
    scripts: usize,
    bytes: usize,
    commands: usize,
    /// Why the other reader did not take a script, and how many it did not.
    refused: BTreeMap<&'static str, Vec<String>>,
    /// Scripts that the other reader takes and ours does not understand whole.
    unclear: Vec<String>,
    disagreements: Vec<String>,
}

impl Tally {
    fn compare(&mut self, source: &Source) {
        self.scripts += 1;
        self.bytes += source.text.len();
        let plain = sources::without_holes(&source.text);
        let mine = ours::commands(&plain, &[]);
        let filled =
            ours::commands(&source.text, &[hallpass_rules::document::script::Template::DollarBraces]);
        if mine.commands.len() != filled.commands.len() {
            self.disagreements.push(format!("{}: holes change the commands", source.name));
        }
        let theirs = match brush::commands(&plain) {
            Ok(theirs) => theirs,
            Err(why) => {
                self.refused.entry(why).or_default().push(source.name.clone());
                return;
            }
        };
        self.commands += theirs.len();
        self.unclear.extend((mine.unclear > 0).then(|| source.name.clone()));
        let (ours, theirs) = (settled(mine.commands), settled(theirs));
        if ours != theirs {
            let only = |a: &[Command], b: &[Command]| {
                let lost: Vec<_> =
                    a.iter().filter(|c| !b.contains(c)).map(|c| format!("    {c:?}")).collect();
                lost.join("\n")
            };
            self.disagreements.push(format!(
                "{}\n  only ours:\n{}\n  only theirs:\n{}",
                source.name,
                only(&ours, &theirs),
                only(&theirs, &ours)
            ));
        }
    }
}

fn tally(sources: &[Source]) -> Tally {
    let mut tally = Tally::default();
    sources.iter().for_each(|source| tally.compare(source));
    tally
}

#[test]
fn own_scripts_hold_the_same_commands_for_both_readers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = sources::below(&root.join("scripts"));
    found.extend(sources::below(&root.join("../../examples")));
    found.extend(sources::below(&root.join("../../.ci")));
    let tally = tally(&found);
    assert!(tally.scripts > 5 && tally.commands > 100, "{} scripts", tally.scripts);
    assert!(tally.refused.is_empty(), "{:?}", tally.refused);
    assert!(tally.disagreements.is_empty(), "{}", tally.disagreements.join("\n"));
    assert!(tally.unclear.is_empty(), "not understood whole: {:?}", tally.unclear);
}

#[test]
fn the_corpus_holds_the_same_commands_for_both_readers() {
    let Some(folder) = std::env::var_os("HALLPASS_CORPUS") else { return };
    let found = sources::below(Path::new(&folder));
    let tally = tally(&found);
    println!(
        "{} scripts, {} bytes; refused by brush-parser: {:?}; {} commands compared; {} disagreements; not understood \
         whole: {:?}",
        tally.scripts,
        tally.bytes,
        tally.refused.iter().map(|(why, names)| (why, names.len())).collect::<Vec<_>>(),
        tally.commands,
        tally.disagreements.len(),
        tally.unclear
    );
    assert!(tally.disagreements.is_empty(), "{}", tally.disagreements.join("\n"));
}
