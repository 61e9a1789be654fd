//! Which programs a script runs, for tables that say what a program is: a check, an agent, a deploy.

use super::call::{self, Call};
use crate::document::script::{Command, Extent, Found, Item, Joint, List, Script, Shape, Word};

/// Most words before a sub-command: options with their values, as in `kubectl --context x apply`.
const MAX_BEFORE: usize = 6;
/// Most values behind one option; lists of tools hold a dozen.
const MAX_VALUES: usize = 64;
/// Programs that always succeed, or end a script with success when nothing else is said.
/// Source: <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/contents.html>.
const SUCCEED: [&str; 5] = ["true", ":", "echo", "printf", "write-host"];
/// Words that end a script, with success if `0` is all that follows.
const ENDS: [&str; 2] = ["exit", "return"];

/// A program that a script runs.
#[derive(Debug)]
pub(crate) struct Ran<'s> {
    call: Call<'s>,
    found: Found<'s>,
}

/// The programs that a script runs, in order; those that others run for it among them.
pub(crate) fn ran(script: &Script) -> Vec<Ran<'_>> {
    let mut all = Vec::new();
    for found in script.commands() {
        all.extend(call::calls(found.simple).into_iter().map(|call| Ran { call, found }));
    }
    all
}

impl Ran<'_> {
    /// The whole command.
    pub(crate) fn at(&self) -> Extent {
        self.found.command.at
    }

    /// Whether it is this program with these words behind it: `kubectl apply`. A word may carry a version.
    pub(crate) fn is(&self, usage: &str) -> bool {
        let mut words = usage.split(' ');
        if !words.next().is_some_and(|program| is_or_version_of(&self.call.program, program)) {
            return false;
        }
        let wanted: Vec<&str> = words.collect();
        if wanted.is_empty() {
            return true;
        }
        let known = self.call.arguments.iter().filter_map(Word::known);
        let operands: Vec<String> =
            known.filter(|text| !text.starts_with('-')).take(MAX_BEFORE + wanted.len()).collect();
        operands
            .windows(wanted.len())
            .any(|found| found.iter().zip(&wanted).all(|(found, wanted)| is_or_version_of(found, wanted)))
    }

    /// Its file name in small letters, without a version.
    pub(crate) fn program(&self) -> &str {
        self.call.program.split('@').next().unwrap_or_default()
    }

    /// Its arguments.
    pub(crate) fn words(&self) -> Vec<&Word> {
        self.call.arguments.iter().collect()
    }
}

/// Where an option stands, with its value if one is asked for: `--yolo`, `--exit-code 0`.
pub(crate) fn option(words: &[&Word], wanted: &str) -> Option<Extent> {
    let (name, value) = wanted.split_once(' ').map_or((wanted, None), |(n, v)| (n, Some(v)));
    let fits = |given: &[String]| value.is_none_or(|value| given.first().is_some_and(|first| first == value));
    values(words, name).into_iter().find(|(_, given)| fits(given)).map(|(at, _)| at)
}

/// Every use of an option, with what is given for it as far as that is known: `--tools=a`, `--tools a b`.
pub(crate) fn values(words: &[&Word], name: &str) -> Vec<(Extent, Vec<String>)> {
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let prefix = word.prefix();
        let Some(rest) = prefix.strip_prefix(name) else { continue };
        if rest.is_empty() {
            let behind = words.iter().skip(index + 1).take(MAX_VALUES).map(|word| word.known());
            let given = behind.map_while(|text| text.filter(|text| !text.starts_with('-')));
            found.push((word.at, given.collect()));
        } else if let Some(value) = rest.strip_prefix('=') {
            found.push((word.at, word.known().map(|_| value.to_owned()).into_iter().collect()));
        }
    }
    found
}

fn is_or_version_of(found: &str, wanted: &str) -> bool {
    found.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
}

/// Pipelines whose failure is passed over: `… || true`.
#[derive(Debug, Default)]
pub(crate) struct Excused(Vec<Extent>);

impl Excused {
    /// Those of a script. `stops`: whether its shell ends at the first command that fails, if nothing else is said.
    pub(crate) fn of(script: &Script, stops: bool) -> Self {
        let mut found = Vec::new();
        list(&script.body, &mut found);
        passed_over(script, stops, &mut found);
        found.sort_unstable();
        // What stands in another says nothing more.
        let mut outer: Vec<Extent> = Vec::with_capacity(found.len());
        for at in found {
            while outer.last().is_some_and(|last| at.contains(*last)) {
                outer.pop();
            }
            if !outer.last().is_some_and(|last| last.contains(at)) {
                outer.push(at);
            }
        }
        Self(outer)
    }

    /// The one that a command stands in.
    pub(crate) fn around(&self, command: Extent) -> Option<Extent> {
        let behind = self.0.partition_point(|at| *at <= command);
        // One that begins where the command does, and is longer, is ordered behind it.
        let near = [behind.checked_sub(1), Some(behind)].into_iter().flatten();
        near.filter_map(|index| self.0.get(index)).find(|at| at.contains(command)).copied()
    }
}

// The reader's depth limit bounds the recursion.
fn list(of: &List, found: &mut Vec<Extent>) {
    for (index, item) in of.items.iter().enumerate() {
        item.pipeline.commands.iter().for_each(|command| inside(command, found));
        // Nobody waits for what runs beside the script, and `!` turns a failure into success.
        if item.joint == Joint::Background || item.pipeline.negated {
            found.push(item.pipeline.at);
        }
        if item.joint == Joint::Or && of.items.get(index + 1).is_some_and(succeeds) {
            // `a && b || true` passes over both.
            let before = of.items.get(..index).unwrap_or_default();
            let joined = before.iter().rev().take_while(|item| item.joint == Joint::And);
            found.push(item.pipeline.at);
            found.extend(joined.map(|item| item.pipeline.at));
        }
    }
}

fn inside(command: &Command, found: &mut Vec<Extent>) {
    match &command.shape {
        Shape::Group(inner) | Shape::Subshell(inner) => list(inner, found),
        Shape::If(branches) => {
            branches.iter().for_each(|branch| list(&branch.body, found));
            // What is asked in a condition stops nothing by itself.
            if !branches.iter().any(|branch| branch.body.items.iter().any(may_end)) {
                let asked = branches.iter().filter_map(|branch| branch.condition.as_ref());
                found.extend(asked.flat_map(|condition| &condition.items).map(|item| item.pipeline.at));
            }
        }
        Shape::Loop { body, .. } | Shape::For { body, .. } => list(body, found),
        Shape::Case { arms, .. } => arms.iter().for_each(|arm| list(&arm.body, found)),
        Shape::Function { body, .. } => inside(body, found),
        _ => {}
    }
}

/// What a script itself passes over: commands of which nobody asks how they ended, where the shell goes on after a failure
/// (`set +e`) and the script ends with success.
fn passed_over(script: &Script, mut stops: bool, found: &mut Vec<Extent>) {
    // How a command ended is kept or asked for somewhere: what follows from that is not seen here.
    const ASKED: [&str; 4] = ["$?", "PIPESTATUS", "LASTEXITCODE", "trap "];
    let Some((last, before)) = script.body.items.split_last() else { return };
    if !succeeds(last) || ASKED.iter().any(|sign| script.source().contains(sign)) {
        return;
    }
    let mut joined = false;
    for item in before {
        let alone = item.joint == Joint::Sequence && !joined;
        joined = item.joint != Joint::Sequence;
        match stops_at_failure(item) {
            Some(on) => stops = on,
            None if alone && !stops && !item.pipeline.negated => found.push(item.pipeline.at),
            None => {}
        }
    }
}

/// Whether a command switches on or off that the shell ends at a failure: `set -e`, `set +e`, `set -o errexit`.
fn stops_at_failure(item: &Item) -> Option<bool> {
    let [Command { shape: Shape::Simple(simple), .. }] = item.pipeline.commands.as_slice() else {
        return None;
    };
    if simple.program().as_deref() != Some("set") {
        return None;
    }
    let words: Vec<String> = simple.words.iter().skip(1).filter_map(Word::known).collect();
    words.iter().enumerate().find_map(|(index, word)| {
        let on = match word.chars().next() {
            Some('-') => true,
            Some('+') => false,
            _ => return None,
        };
        let named = word.ends_with('o') && words.get(index + 1).is_some_and(|name| name == "errexit");
        (word.contains('e') || named).then_some(on)
    })
}

/// Whether a branch may end its script, or keep how a command ended for later: anything but what only passes.
fn may_end(item: &Item) -> bool {
    let ends = item.pipeline.commands.iter().any(|command| match &command.shape {
        Shape::Simple(simple) => simple.program().is_some_and(|program| ENDS.contains(&program.as_str())),
        _ => false,
    });
    ends || !succeeds(item)
}

/// Whether what stands behind `||` always succeeds.
fn succeeds(item: &Item) -> bool {
    let [Command { shape: Shape::Simple(simple), .. }] = item.pipeline.commands.as_slice() else {
        return false;
    };
    let Some(program) = simple.program() else { return false };
    let rest: Vec<Option<String>> = simple.words.iter().skip(1).map(Word::known).collect();
    let ends_well =
        ENDS.contains(&program.as_str()) && matches!(rest.as_slice(), [Some(code)] if code == "0");
    let passes = item.joint != Joint::And && SUCCEED.contains(&program.to_ascii_lowercase().as_str());
    !item.pipeline.negated && (ends_well || passes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Scalar, Style, shell};

    fn read(text: &str) -> Script {
        shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[])
    }

    #[test]
    fn programs_by_their_words_and_options() {
        let script = read("sudo kubectl --context x apply -f k8s --mode=fast; npx -y @a/b@1.2 --all c");
        let all = ran(&script);
        let is = |usage: &str| all.iter().any(|r| r.is(usage));
        assert!(is("kubectl apply") && is("b") && !is("kubectl delete") && !is("a"));
        let option = |wanted: &str| all.iter().any(|r| super::option(&r.words(), wanted).is_some());
        assert!(option("--mode fast") && option("--all") && option("-f k8s"));
        assert!(!option("--mode slow") && !option("--mo"));
    }

    #[test]
    fn only_what_always_succeeds_excuses() {
        let excuses = |text: &str| {
            let script = read(text);
            Excused::of(&script, true).0.into_iter().map(|at| script.text(at).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(excuses("scan . || true"), ["scan ."]);
        assert_eq!(excuses("if x; then scan && more || exit 0; fi"), ["scan", "more"]);
        assert_eq!(excuses("(scan || echo found)"), ["scan"]);
        assert!(
            excuses("scan . || status=$?\nscan || exit 1\nscan || echo no && false\nscan; true").is_empty()
        );
        assert_eq!(excuses("scan . & wait"), ["scan ."]);
        assert_eq!(excuses("! scan ."), ["! scan ."]);
        assert_eq!(excuses("if scan .; then :; else echo found; fi"), ["scan ."]);
        assert!(excuses("if scan .; then :; else exit 1; fi\nif ! scan; then fail; fi").is_empty());
        assert_eq!(excuses("set +e\nscan .\nexit 0"), ["scan ."]);
        assert_eq!(excuses("set -x +e; scan .; echo done"), ["scan ."]);
        assert_eq!(excuses("set +e\na\nset -e\nscan .\nexit 0"), ["a"]);
        for kept in [
            "scan .\nexit 0",
            "set +e\nscan .",
            "set +e\nscan .\nrc=$?\ncleanup\nexit $rc",
            "set +e; scan . || failed=1; exit 0",
            "if missing; then exit 0; fi\nscan .",
            "set +e\nscan .; exit 3",
        ] {
            assert!(excuses(kept).is_empty(), "{kept}");
        }
        let goes_on = read("scan .\nexit 0");
        assert_eq!(Excused::of(&goes_on, false).0.len(), 1);
        let script = read("(a; scan b) || true; scan c");
        let all = Excused::of(&script, true);
        let around = |index: usize| ran(&script).get(index).and_then(|ran| all.around(ran.at())).is_some();
        assert!(around(0) && around(1) && !around(2));
    }
}
