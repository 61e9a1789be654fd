//! Command lines kept as lists of words: `command` and `args` of containers, `ENTRYPOINT`, `ExecStart`.

use crate::document::script::{Script, Template};
use crate::document::{Scalar, Style, shell};

/// Programs that take a script behind `-c`.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "ksh"];

/// What a list of words runs, read as a shell reads it behind `sh -c`, or as words that no shell reads. `implied`: the
/// program is not among the words, which are its arguments only. `None` if there are no words.
pub(crate) fn of_list(words: &[Scalar], implied: bool, templates: &[Template]) -> Option<Script> {
    let first = words.first()?;
    // An image whose entry point is a shell, handed `-c script`, is seldom; a flag `-c` of another program is not.
    if !implied && let Some(script) = script(words) {
        return Some(shell::read(script, templates));
    }
    let program = implied.then(|| Scalar::verbatim("", Style::Plain, first.span().start as usize));
    let words: Vec<Scalar> = program.into_iter().chain(words.iter().cloned()).collect();
    // What the cluster, a chart or an agent fills in before the program runs.
    let hole = |text: &str| ["$(", "${", "{{"].iter().any(|sign| text.contains(sign));
    Some(Script::of_words(&words, hole))
}

/// The script of `sh -c script`.
fn script(words: &[Scalar]) -> Option<&Scalar> {
    let (program, arguments) = words.split_first()?;
    let program = program.text.rsplit('/').next().unwrap_or_default();
    if !SHELLS.contains(&program) {
        return None;
    }
    let is_flag = |word: &Scalar| {
        let letters = word.text.strip_prefix('-');
        letters.is_some_and(|f| f.ends_with('c') && f.chars().all(|c| c.is_ascii_alphabetic()))
    };
    arguments.get(arguments.iter().position(is_flag)? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(words: &[&str], implied: bool) -> Vec<Option<String>> {
        let words: Vec<Scalar> = words.iter().map(|w| Scalar::verbatim(w, Style::Plain, 0)).collect();
        let script = of_list(&words, implied, &[]);
        script.iter().flat_map(Script::commands).map(|found| found.simple.program()).collect()
    }

    #[test]
    fn a_shell_reads_what_stands_behind_its_c() {
        let said = |names: &[&str]| names.iter().map(|n| Some((*n).to_owned())).collect::<Vec<_>>();
        assert_eq!(programs(&["/bin/bash", "-e", "-xc", "a; b"], false), said(&["a", "b"]));
        assert_eq!(programs(&["app", "-c", "a; b"], false), said(&["app"]));
        assert_eq!(programs(&["sh", "script.sh"], false), said(&["sh"]));
        assert_eq!(programs(&["-c", "a; b"], true), said(&[""]));
        assert!(programs(&[], true).is_empty());
    }
}
