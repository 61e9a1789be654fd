//! Scripts of shells, with what Groovy fills in before they run.

use std::collections::BTreeSet;

use super::Walk;
use super::groovy::{Call, Expr, Text, Value as Written};
use super::stage::{Here, Job};
use super::tables::is_text_of_others;
use crate::dialect::pipeline::check;
use crate::dialect::pipeline::run::Written as Script;
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::settings::secrets;
use crate::document::{Scalar, Style};
use crate::fact::{Body, Ref, Safeguard, SafeguardKind, Selection, Sink, Value, Why};

/// How deep variables that hold scripts lead to each other.
const MAX_LED: usize = 4;

impl<'t> Walk<'_, '_, 't> {
    /// `sh`, `powershell`, `pwsh`, `bat` in all their forms.
    pub(super) fn script(
        &mut self,
        call: &'t Call,
        here: &Here,
        job: &mut Option<Job>,
        interpreter: Interpreter,
        used: bool,
    ) {
        let Some(expr) = call.named_or_only("script") else { return };
        let at = self.source(expr.content());
        let Some(text) = self.written(expr, MAX_LED) else {
            let why = "a script that Groovy computes";
            return self.out.unknown(at, Why::Unsupported(why.to_owned()));
        };
        self.job(here, job);
        let Some(job) = job else { return };
        if interpreter == Interpreter::Other {
            let why = Why::Unsupported("a script of a language that hallpass does not read".to_owned());
            return self.out.unknown(at, why);
        }
        let interpreter = by_first_line(&text.scalar.text).unwrap_or(interpreter);
        let before = job.done.tools.checks.len();
        let nothing = BTreeSet::new();
        let mut done = std::mem::take(&mut job.done);
        let runs = job.runs(here, &self.folder, interpreter, &nothing, !text.holes.is_empty());
        let further: Vec<_> = text.holes.iter().filter_map(|hole| of_environment(hole, here)).collect();
        let written = Script { file: self.file.id, scalar: &text.scalar, at };
        self.settings.script(self.out, &runs, written, &further, &mut done);
        self.files.write(runs.site.within, std::mem::take(&mut done.wrote));
        let within = runs.site.within;
        let passes = self.passes(call, used).or_else(|| here.excused.clone());
        if let Some(passes) = passes {
            check::excuse(self.out, done.tools.checks.get(before..).unwrap_or_default(), &passes);
        }
        job.done = done;
        self.filled(&text, here, within, call);
        self.injected(&text, within);
    }

    /// Text that whoever proposes a change writes, and that Groovy puts into a script before a shell reads that.
    fn injected(&mut self, text: &Text, within: crate::fact::ContextId) {
        let bare = |name: &str| name.strip_prefix("env.").unwrap_or(name).to_owned();
        let found = text.holes.iter().find(|(name, _)| is_text_of_others(&bare(name)));
        let Some((name, range)) = found else { return };
        let at = self.source(text.scalar.span_of(range.clone()));
        let is = Ref::new("jenkins", "text", [], bare(name));
        let kind = SafeguardKind::ProposedCodeIsolation;
        let apart = Safeguard { kind, protects: Some(Selection::One(is)), on: Value::known(false, at) };
        self.out.state(within, at, Body::Safeguard(apart));
    }

    /// Whether a script's failure is passed over: its exit code is asked for, and nothing is done with it.
    fn passes(&self, call: &Call, used: bool) -> Option<Value<bool>> {
        let status = call.named("returnStatus").filter(|status| status.word() == Some("true"))?;
        let at = self.source(status.at);
        Some(match used {
            true => Value::unknown(Why::Unsupported("what is done with an exit code".to_owned()), at),
            false => Value::known(true, at),
        })
    }

    /// Secrets that Groovy writes into the script: they stand on its command line, where the shell's own variable would not.
    /// Source: <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#interpolation-of-sensitive-environment-variables>.
    fn filled(&mut self, text: &Text, here: &Here, within: crate::fact::ContextId, call: &Call) {
        for (name, range) in &text.holes {
            let at = self.source(text.scalar.span_of(range.clone()));
            let datum = here.scope.named(name, at);
            for secret in secrets(&here.scope, &datum) {
                let variable = name.strip_prefix("env.").unwrap_or(name);
                let to = Sink::Argument {
                    command: call.name.text.clone(),
                    instead: format!("${variable} in single quotes"),
                };
                self.settings.flow(self.out, within, &self.folder, &secret, at, to);
            }
        }
    }

    /// The text that a value is: a string, several joined, or a variable that is set once, to one.
    pub(super) fn written(&self, expr: &'t Expr, led: usize) -> Option<Text> {
        if let Some(text) = expr.text() {
            return Some(text.clone());
        }
        match &expr.value {
            Written::Name(name) => {
                let found = *self.literals.get(name)?;
                self.written(found, led.checked_sub(1)?)
            }
            Written::Sum(parts) => {
                let mut joined = Joined::default();
                for part in parts {
                    match (&part.value, self.written(part, led)) {
                        (_, Some(text)) => joined.text(&text),
                        (Written::Name(name), None) => joined.hole(name, part.at.start, part.at.end),
                        _ => joined.hole(super::groovy::COMPUTED, part.at.start, part.at.end),
                    }
                }
                Some(joined.done())
            }
            _ => None,
        }
    }
}

/// A variable of the environment that Groovy reads for a script.
fn of_environment(
    hole: &(String, std::ops::Range<usize>),
    here: &Here,
) -> Option<(String, std::ops::Range<usize>)> {
    let (name, range) = hole;
    let datum = here.scope.named(name, crate::span::Source::default());
    let bare = name.strip_prefix("env.").unwrap_or(name);
    let own = matches!(&datum.value, crate::fact::Known::Unknown(Why::Variable(of)) if of == bare);
    own.then(|| (bare.to_owned(), range.end - bare.len()..range.end))
}

/// What a script's first line says that runs it.
fn by_first_line(script: &str) -> Option<Interpreter> {
    let line = script.trim_start().strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let program = if first.ends_with("/env") { words.find(|word| !word.starts_with('-'))? } else { first };
    Some(Interpreter::named(program))
}

/// Strings while they are joined.
#[derive(Default)]
struct Joined {
    text: String,
    map: Vec<(u32, u32)>,
    holes: Vec<(String, std::ops::Range<usize>)>,
    end: u32,
}

impl Joined {
    fn length(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    fn meet(&mut self, decoded: u32, file: u32) {
        match self.map.last_mut() {
            Some(last) if last.0 == decoded => last.1 = file,
            _ => self.map.push((decoded, file)),
        }
    }

    fn text(&mut self, text: &Text) {
        let from = self.length();
        for (decoded, file) in text.scalar.map.iter() {
            self.meet(from + decoded, *file);
        }
        let holes = text
            .holes
            .iter()
            .map(|(name, range)| (name.clone(), range.start + from as usize..range.end + from as usize));
        self.holes.extend(holes);
        self.text.push_str(&text.scalar.text);
        self.end = text.scalar.end;
    }

    fn hole(&mut self, name: &str, start: u32, end: u32) {
        self.meet(self.length(), start);
        self.text.push_str("${{");
        self.meet(self.length(), start);
        let from = self.text.len();
        self.text.push_str(name);
        self.holes.push((name.to_owned(), from..self.text.len()));
        for _ in 0..2 {
            self.meet(self.length(), end.saturating_sub(1));
            self.text.push('}');
        }
        self.meet(self.length(), end);
        self.end = end;
    }

    fn done(self) -> Text {
        let map = if self.map.is_empty() { vec![(0, self.end)] } else { self.map };
        let scalar = Scalar { text: self.text.into(), style: Style::Quoted, map: map.into(), end: self.end };
        Text { scalar, holes: self.holes }
    }
}
