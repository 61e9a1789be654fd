//! Scripts: what their commands are handed, which variables of the settings they read, and what they log in to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::Walk;
use super::job::{Job, plain_path};
use super::login::Set;
use super::scope::{self, Scope};
use super::tree::Item;
use crate::command::{self, login::Login};
use crate::dialect::lowering::MAX_SCRIPTS;
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::tool::{self, Site, Tools};
use crate::dialect::pipeline::value::{self, Part};
use crate::document::script::{Assigned, Found, Operator, PieceKind, Script, Template, Word};
use crate::fact::{Datum, Known, Sink, Text, Why};
use crate::span::Source;

/// What the platform fills before a shell sees the script.
const HOLES: [Template; 1] = [Template::DollarBracket];
/// Programs that write their arguments to the log.
const WRITERS: [&str; 2] = ["echo", "printf"];

/// A script as it was read.
pub(super) struct Read {
    script: Option<Script>,
    /// Variables that it reads, in order.
    mentions: Vec<(String, Range<usize>)>,
    /// Variables that it sets, and where in its text the first assignment ends.
    assigned: BTreeMap<String, usize>,
    logins: Vec<Login>,
}

/// What the scripts of a job do.
#[derive(Default)]
pub(super) struct Done {
    /// Variables of the settings that are read, each where it is read first.
    pub(super) read: BTreeMap<String, Source>,
    /// Variables that are set to something that is known.
    pub(super) set: Vec<Set>,
    /// Platforms for which a session is taken.
    pub(super) sessions: Vec<&'static str>,
    /// Checks and agents that are run.
    pub(super) tools: Tools,
    /// Names that the scripts set, whatever to.
    assigned: BTreeMap<String, ()>,
}

impl Walk<'_, '_> {
    /// Lowers the scripts of a job, which run one after another.
    pub(super) fn scripts(&mut self, job: &Job, scripts: &[Item]) -> Done {
        let mut done = Done::default();
        for item in scripts {
            let Some(scalar) = item.node.scalar() else { continue };
            if !self.out.reads_script(scalar.text.len()) {
                self.out.unknown(item.at(), Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts")));
                return done;
            }
            let read = self.read(job, item);
            self.mentions(job, item, &read, &mut done);
            if let Some(script) = &read.script {
                set(job, item, script, &mut done);
                self.written(job, item, script);
                let site = Site { file: item.file, within: job.within, holder: job.holder.as_ref() };
                done.tools.extend(tool::of_script(self.out, &site, script));
                for login in &read.logins {
                    self.command_login(job, item, script, login, &mut done);
                }
            }
            done.assigned.extend(read.assigned.keys().map(|name| (name.clone(), ())));
        }
        done
    }

    fn read(&mut self, job: &Job, item: &Item) -> Rc<Read> {
        if let Some(known) = self.scripts.get(&item.at()) {
            return Rc::clone(known);
        }
        let scalar = item.node.scalar().cloned();
        let script = scalar.as_ref().and_then(|scalar| job.interpreter.read(scalar, &HOLES));
        if let Some(script) = &script {
            command::offer(self.out, item.file, job.within, script);
        }
        let text = scalar.as_ref().map(|scalar| &*scalar.text).unwrap_or_default();
        let read = Rc::new(Read {
            mentions: mentions(text, job.interpreter),
            assigned: script.as_ref().map(assigned).unwrap_or_default(),
            logins: script.as_ref().map(command::login::logins).unwrap_or_default(),
            script,
        });
        self.scripts.insert(item.at(), Rc::clone(&read));
        read
    }

    /// Variables of the settings that a script reads.
    fn mentions(&mut self, job: &Job, item: &Item, read: &Read, done: &mut Done) {
        let Some(scalar) = item.node.scalar() else { return };
        let mut reads_secret = false;
        for (name, range) in &read.mentions {
            let set_before = done.assigned.contains_key(name)
                || read.assigned.get(name).is_some_and(|end| range.start >= *end);
            if job.scope.has(name) {
                let datum = job.scope.variable(name, item.at());
                reads_secret |= !job.scope.secrets(&datum).is_empty();
                continue;
            }
            if set_before || job.provided.contains(name) || !scope::is_secret_name(name) {
                reads_secret |= job.provided.contains(name);
                continue;
            }
            reads_secret = true;
            let at = Source::new(item.file, scalar.span_of(range.clone()));
            if done.read.insert(name.clone(), at).is_none() {
                self.flow(job.within, &job.environment, name, at, Sink::Env(name.clone()));
            }
        }
        if reads_secret {
            let why = "what a script does with the secret it reads";
            self.out.unknown(item.at(), Why::Unsupported(why.to_owned()));
        }
    }

    /// What a script writes of secrets to the log, or to the file of variables that later jobs get.
    fn written(&mut self, job: &Job, item: &Item, script: &Script) {
        for found in script.commands() {
            if !found.simple.program().is_some_and(|program| WRITERS.contains(&program.as_str())) {
                continue;
            }
            let files: Vec<String> = found.command.redirections.iter().filter_map(|r| r.target.known()).collect();
            let files: Vec<&str> = files.iter().map(|file| plain_path(file)).collect();
            let to_variables = job.dotenv.as_ref().is_some_and(|file| files.contains(&plain_path(file)));
            let kept = job.kept.iter().find(|(path, _)| files.iter().any(|file| is_below(file, path)));
            let to_log = found.command.redirections.is_empty() && found.next().is_none() && is_outermost(&found);
            if !to_variables && !to_log && kept.is_none() {
                continue;
            }
            for word in found.simple.words.iter().skip(1) {
                let names = parameters(script, word).filter(|name| !job.scope.has(name));
                let names: Vec<String> =
                    names.filter(|name| scope::is_secret_name(name)).map(str::to_owned).collect();
                let prefix = word.prefix();
                let output = prefix.split_once('=').map(|(name, _)| name).filter(|_| to_variables);
                for name in names {
                    let at = Source::new(item.file, script.span(word.inner()));
                    let to = match (output, kept) {
                        (Some(output), _) => Sink::Output(output.to_owned()),
                        (None, Some((_, sink))) => sink.clone(),
                        (None, None) if to_log => Sink::Log,
                        (None, None) => continue,
                    };
                    self.flow(job.within, &job.environment, &name, at, to);
                }
            }
        }
    }
}

/// Whether a file is a path that is kept, or stands below it.
fn is_below(file: &str, path: &str) -> bool {
    file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether nothing takes up what a command writes.
fn is_outermost(found: &Found<'_>) -> bool {
    found.within.is_none()
}

/// Variables whose values a word holds.
fn parameters<'s>(script: &'s Script, word: &'s Word) -> impl Iterator<Item = &'s str> {
    word.pieces.iter().filter_map(move |piece| match &piece.kind {
        PieceKind::Parameter(expansion) if expansion.operator == Operator::None => {
            Some(script.text(expansion.name))
        }
        _ => None,
    })
}

/// Notes what a script sets variables to, where that is known.
fn set(job: &Job, item: &Item, script: &Script, done: &mut Done) {
    for found in script.commands() {
        for assignment in found.simple.assigned() {
            let name = script.text(assignment.name);
            let name = name.strip_prefix("env:").unwrap_or(name);
            if let Assigned::Word(word) = &assignment.value
                && crate::dialect::logins::variable(name).is_some()
            {
                let datum = word_value(&job.scope, item, script, word);
                done.set.push(Set { name: name.to_owned(), datum });
            }
        }
    }
}

/// A word with the job's variables resolved.
pub(super) fn word_value(scope: &Scope, item: &Item, script: &Script, word: &Word) -> Datum {
    let at = Source::new(item.file, script.span(word.inner()));
    let parameter = |kind: &PieceKind| match kind {
        PieceKind::Parameter(expansion) if expansion.operator == Operator::None => {
            Some(scope.variable(script.text(expansion.name).trim_start_matches("env:"), at))
        }
        _ => None,
    };
    if let [piece] = word.pieces.as_slice()
        && let Some(mut datum) = parameter(&piece.kind)
    {
        if datum.at != at {
            datum.via.insert(0, at);
        }
        return datum;
    }
    if let Some(known) = word.known() {
        return Datum::new(at, Known::Text(Text::literal(known)));
    }
    let computed = || Datum::unknown(at, Why::Computed("what a command writes".to_owned()));
    let parts = word.pieces.iter().map(|piece| match &piece.kind {
        PieceKind::Literal(literal) => Part::Literal(literal),
        kind => Part::Value(parameter(kind).unwrap_or_else(computed)),
    });
    value::join(parts, at, || Why::Unsupported("this word".to_owned()))
}

/// Variables that a script sets: assignments, `read`, loops. With the end of the first in the script's own text.
fn assigned(script: &Script) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    let mut add = |name: &str, end: u32| {
        let name = name.strip_prefix("env:").unwrap_or(name);
        names.entry(name.to_owned()).or_insert(end as usize);
    };
    for found in script.commands() {
        for assignment in found.simple.assigned() {
            add(script.text(assignment.name), assignment.at.end);
        }
        if found.simple.program().as_deref() == Some("read") {
            for word in found.simple.words.iter().skip(1) {
                add(&word.prefix(), word.at.end);
            }
        }
    }
    // `for NAME in …`: the name stands before what it goes over.
    let source = script.source();
    for (at, _) in source.match_indices("for ") {
        let name = source[at + 4..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            add(name, u32::try_from(at).unwrap_or(u32::MAX));
        }
    }
    names
}

/// Variables that a script's text reads, each time. In a comment nothing is read.
fn mentions(text: &str, interpreter: Interpreter) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let comment = line.trim_start().starts_with('#');
        let mut at = 0;
        while let Some(dollar) = line.get(at..).and_then(|rest| rest.find('$')).map(|found| at + found) {
            at = dollar + 1;
            let escaped = dollar.checked_sub(1).and_then(|before| line.as_bytes().get(before)) == Some(&b'\\');
            let rest = line.get(at..).unwrap_or_default();
            let (skip, inner) = match rest.strip_prefix('{') {
                Some(inner) => (1, inner),
                None => (0, rest),
            };
            let (skip, inner) = match (interpreter, inner.strip_prefix("env:")) {
                (Interpreter::PowerShell, Some(inner)) => (skip + 4, inner),
                (Interpreter::PowerShell, None) => continue,
                _ => (skip, inner),
            };
            let length = inner.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let name = inner.get(..length).unwrap_or_default();
            if comment || escaped || !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                continue;
            }
            let from = start + at + skip;
            found.push((name.to_owned(), from..from + length));
            at += skip + length;
        }
        start += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_a_text_reads() {
        let names = |text: &str, of: Interpreter| mentions(text, of).into_iter().map(|(n, _)| n).collect::<Vec<_>>();
        assert_eq!(names("a $B \"${C:-d}\" \\$E\n# $F\n$1 $$G", Interpreter::Shell), ["B", "C", "G"]);
        assert_eq!(names("$x = $env:TOKEN", Interpreter::PowerShell), ["TOKEN"]);
    }
}
