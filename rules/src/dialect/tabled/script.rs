//! Scripts and command lines.

use std::collections::BTreeSet;

use super::path::Found;
use super::tables::{Holds, Output, Place as Row};
use super::{Here, Walk};
use crate::dialect::pipeline::run::{Done, Runs, Set, Written};
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::settings::{Settings, Site};
use crate::document::{Node, Scalar, Style};
use crate::fact::{FactId, Sink, Text, Why};

/// Most words read of one command line: longer lists are programs of their own.
const MAX_WORDS: usize = 10_000;
/// Most outputs that one script writes; tasks have a handful.
const MAX_OUTPUTS: usize = 64;

impl<'u> Walk<'_, 'u> {
    /// Lowers the scripts of a level, in the order of its rows. Gives the variables that log in and that they set or read,
    /// and the checks that they run.
    pub(super) fn scripts(
        &mut self,
        here: &Here<'u>,
        rows: &[(usize, &'static Row)],
    ) -> (Vec<Set>, Vec<FactId>) {
        let mut done = Done::default();
        for (index, row) in rows {
            let by_shell = row.shell.as_ref().and_then(|path| path.first(here.node, &self.budget)?.text());
            let of_level = match by_shell {
                Some(shell) => Interpreter::named(&shell.to_ascii_lowercase()),
                None => row.interpreter.map_or(Interpreter::Shell, Interpreter::from),
            };
            for found in self.found(row, here.node) {
                let any = match row.holds {
                    Holds::Words => self.words(row, here, found, &mut done),
                    _ => self.written(row, here, found, of_level, &mut done),
                };
                if any {
                    self.reached.insert(*index);
                }
            }
        }
        let checks = std::mem::take(&mut done.tools.checks);
        (Settings::further(&here.scope, done), checks)
    }

    /// A script, or several: a text, or a map of texts by what runs them.
    fn written(
        &mut self,
        row: &'static Row,
        here: &Here<'u>,
        found: Found<'u>,
        interpreter: Interpreter,
        done: &mut Done,
    ) -> bool {
        if let Some(scalar) = found.node.scalar() {
            self.script(here, found.node, scalar, interpreter, done);
            return true;
        }
        let mut any = false;
        for entry in found.node.entries() {
            let (Some(runs), Some(scalar)) = (row.by_key.get(entry.name()), entry.value.scalar()) else {
                continue;
            };
            self.script(here, &entry.value, scalar, Interpreter::from(*runs), done);
            any = true;
        }
        any
    }

    fn script(&mut self, here: &Here<'u>, node: &Node, scalar: &Scalar, named: Interpreter, done: &mut Done) {
        let interpreter = interpreter(&scalar.text).unwrap_or(named);
        let at = self.source(node);
        if interpreter == Interpreter::Other {
            let why = Why::Unsupported("a script of a language that hallpass does not read".to_owned());
            return self.out.unknown(at, why);
        }
        let outputs = self.kept(here, &scalar.text);
        let unique = self.unique(here);
        let nothing = BTreeSet::new();
        let halved = self.system.secrets.doubled.then(|| halved(scalar)).flatten();
        let scalar = halved.as_ref().unwrap_or(scalar);
        let named = here.scope.secrets_in(&scalar.text);
        let scope = (!named.is_empty()).then(|| here.scope.holding(&named));
        let mut runs = self.runs(here, interpreter, &nothing, &outputs, &unique);
        if let Some(scope) = &scope {
            runs.site.names = scope;
        }
        let written = Written { file: self.file.id, scalar, at };
        self.settings.script(self.out, &runs, written, &named, done);
    }

    fn runs<'r>(
        &self,
        here: &'r Here<'u>,
        interpreter: Interpreter,
        provided: &'r BTreeSet<String>,
        kept: &'r [(String, Sink)],
        unique: &'r [Text; 2],
    ) -> Runs<'r> {
        Runs {
            site: Site { within: here.within, environment: &here.environment, names: &here.scope },
            interpreter,
            holes: self.system.templates(),
            provided,
            dotenv: None,
            kept,
            unique,
            holder: None,
            subjects: &[],
            one_shell: true,
        }
    }

    /// The files that are kept of a level, and those that a script names as its outputs.
    fn kept(&self, here: &Here<'u>, script: &str) -> Vec<(String, Sink)> {
        let mut kept = outputs(&self.system.output, script);
        kept.extend(here.kept.iter().cloned());
        kept
    }

    fn unique(&self, here: &Here<'u>) -> [Text; 2] {
        [Text::literal(self.file.path.clone()), Text::literal(here.name.clone())]
    }

    /// A list of words, with or without the program.
    fn words(&mut self, row: &'static Row, here: &Here<'u>, found: Found<'u>, done: &mut Done) -> bool {
        let node = found.node;
        let program = row.program.as_ref().and_then(|path| self.beside(path, here, found.map));
        let program = program.map(Node::one_or_many).unwrap_or_default();
        let nodes = program.iter().chain(node.one_or_many()).take(MAX_WORDS);
        let nodes: Vec<(&Node, &Scalar)> = nodes.filter_map(|node| Some((node, node.scalar()?))).collect();
        let words: Vec<Scalar> = nodes.iter().map(|(_, scalar)| (*scalar).clone()).collect();
        if words.is_empty() {
            return false;
        }
        if let Some((node, scalar)) = behind_c(&nodes) {
            self.script(here, node, scalar, Interpreter::Shell, done);
            return true;
        }
        let implied = program.is_empty() && row.program.is_some();
        let (outputs, unique, nothing) = (self.kept(here, ""), self.unique(here), BTreeSet::new());
        let runs = self.runs(here, Interpreter::Shell, &nothing, &outputs, &unique);
        let place = (self.file.id, self.source(node));
        self.settings.words(self.out, &runs, place, &words, implied, done);
        true
    }
}

/// A script with `$` for each `$$`; `None` if it has none.
fn halved(scalar: &Scalar) -> Option<Scalar> {
    if !scalar.text.contains("$$") {
        return None;
    }
    let mut text = String::with_capacity(scalar.text.len());
    let mut map: Vec<(u32, u32)> = vec![(0, 0)];
    let mut from = 0;
    for (at, _) in scalar.text.match_indices("$$") {
        text.push_str(scalar.text.get(from..at)?);
        from = at + 1;
        map.push((u32::try_from(text.len()).ok()?, u32::try_from(from).ok()?));
    }
    text.push_str(scalar.text.get(from..)?);
    let inner = Scalar {
        text: text.into(),
        style: scalar.style,
        map: map.into(),
        end: u32::try_from(scalar.text.len()).ok()?,
    };
    Some(scalar.nested(&inner))
}

/// The script of `sh -c script`.
fn behind_c<'n>(words: &[(&'n Node, &'n Scalar)]) -> Option<(&'n Node, &'n Scalar)> {
    let (_, program) = words.first()?;
    if Interpreter::named(&program.text) != Interpreter::Shell {
        return None;
    }
    let is_flag = |text: &str| {
        text.strip_prefix('-').is_some_and(|f| f.ends_with('c') && f.bytes().all(|b| b.is_ascii_alphabetic()))
    };
    let at = words.iter().skip(1).position(|(_, word)| word.style != Style::Block && is_flag(&word.text))?;
    words.get(at + 2).copied()
}

/// The files of outputs that a script names.
fn outputs(rows: &[Output], script: &str) -> Vec<(String, Sink)> {
    let mut found = Vec::new();
    for row in rows {
        for (at, open) in script.match_indices(row.open.as_str()).take(MAX_OUTPUTS) {
            let rest = script.get(at + open.len()..).unwrap_or_default();
            let length =
                rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
            let (name, behind) = rest.split_at(length);
            if behind.starts_with(row.close.as_str()) {
                found.push((format!("{open}{name}{}", row.close), Sink::Output(name.to_owned())));
            }
        }
    }
    found
}

/// What a script's first line says that runs it: `#!/bin/sh`, `#!/usr/bin/env python3`.
fn interpreter(script: &str) -> Option<Interpreter> {
    let line = script.trim_start().strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let program = if first.ends_with("/env") { words.find(|word| !word.starts_with('-'))? } else { first };
    Some(Interpreter::named(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_sign_is_one_for_the_shell() {
        let scalar = Scalar::verbatim("curl $$A ${B} x$$${C}", Style::Plain, 10);
        let halved = halved(&scalar);
        let halved = halved.as_ref();
        assert_eq!(halved.map(|scalar| &*scalar.text), Some("curl $A ${B} x$${C}"));
        assert_eq!(halved.map(|scalar| scalar.offset(6)), Some(17));
        assert!(super::halved(&Scalar::verbatim("a $B", Style::Plain, 0)).is_none());
    }

    #[test]
    fn a_first_line_names_what_runs_a_script() {
        assert_eq!(interpreter("#!/bin/sh\nx"), Some(Interpreter::Shell));
        assert_eq!(interpreter("\n#! /usr/bin/env -S bash -e\nx"), Some(Interpreter::Shell));
        assert_eq!(interpreter("#!/usr/bin/env python3\n"), Some(Interpreter::Other));
        assert_eq!(interpreter("# x\n#!/bin/sh"), None);
    }
}
