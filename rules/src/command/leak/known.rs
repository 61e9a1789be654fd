//! Which secrets the words of a script hold: by variables of the environment, by what the platform fills in, and by
//! variables that the script itself made of those.

use std::collections::{BTreeMap, BTreeSet};

use super::{Held, table};
use crate::command::call;
use crate::document::script::{Extent, List, Operator, Piece, PieceKind, Quote, Script, Shape, Word};
use crate::fact::Ref;

/// Most different variables and holes of one script that the dialect is asked about; scripts name a few dozen.
const MAX_LOOKED_UP: usize = 1024;
/// Most secrets that one variable or file is remembered for: each reading of it repeats them all, and `x=$x$x` doubles.
pub(super) const MAX_PER_VALUE: usize = 16;
/// What variables of the environment begin with in PowerShell.
const ENVIRONMENT: &str = "env:";

/// A secret in a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) is: Ref,
    /// The piece that stands for it.
    pub(super) at: Extent,
    /// Whether it is there in another form than the platform knows it in.
    pub(super) encoded: bool,
}

pub(super) struct Known<'r> {
    pub(super) script: &'r Script,
    held: &'r dyn Held,
    parameters: bool,
    /// Variables that the script set.
    set: BTreeMap<String, Vec<Secret>>,
    /// What the dialect said so far.
    asked: BTreeMap<String, Vec<Ref>>,
}

impl<'r> Known<'r> {
    pub(super) fn new(script: &'r Script, held: &'r dyn Held, parameters: bool) -> Self {
        let mut known = Self { script, held, parameters, set: BTreeMap::new(), asked: BTreeMap::new() };
        // `for NAME in …`: the name is the loop's, whatever the environment calls so.
        let source = script.source();
        for (at, sign) in source.match_indices("for ") {
            let rest = source.get(at + sign.len()..).unwrap_or_default();
            let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            if rest.get(length..).is_some_and(|rest| rest.trim_start().starts_with("in")) {
                known.set(rest.get(..length).unwrap_or_default(), Vec::new());
            }
        }
        known
    }

    /// A variable's name as it is kept: those of the environment apart from a shell's own where the shell does so.
    fn key(&self, name: &str) -> String {
        let lower = name.to_ascii_lowercase();
        match (self.parameters, lower.strip_prefix(ENVIRONMENT)) {
            (false, _) => name.to_owned(),
            (true, Some(environment)) => environment.to_owned(),
            (true, None) => format!("${lower}"),
        }
    }

    pub(super) fn set(&mut self, name: &str, mut secrets: Vec<Secret>) {
        let key = self.key(name);
        let mut seen = BTreeSet::new();
        secrets
            .retain(|secret| seen.len() < MAX_PER_VALUE && seen.insert((secret.is.clone(), secret.encoded)));
        if self.set.len() < MAX_LOOKED_UP || self.set.contains_key(&key) {
            self.set.insert(key, secrets);
        }
    }

    /// Secrets of a variable that is read at `at`.
    pub(super) fn named(&mut self, name: &str, at: Extent) -> Vec<Secret> {
        let key = self.key(name);
        if let Some(secrets) = self.set.get(&key) {
            return secrets.iter().map(|secret| Secret { at, ..secret.clone() }).collect();
        }
        if key.starts_with('$') {
            return Vec::new();
        }
        let name = if self.parameters { name.get(ENVIRONMENT.len()..).unwrap_or(name) } else { name };
        let held = self.held;
        self.ask(key, at, || held.variable(name))
    }

    pub(super) fn environment(&self, at: Extent) -> Vec<Secret> {
        let all = self.held.environment().into_iter();
        all.take(MAX_PER_VALUE).map(|is| Secret { is, at, encoded: false }).collect()
    }

    fn ask(&mut self, key: String, at: Extent, answer: impl FnOnce() -> Vec<Ref>) -> Vec<Secret> {
        let room = self.asked.len() < MAX_LOOKED_UP;
        let found = match self.asked.get(&key) {
            Some(found) => found.clone(),
            None if room => {
                let found = answer();
                self.asked.insert(key, found.clone());
                found
            }
            None => Vec::new(),
        };
        found.into_iter().map(|is| Secret { is, at, encoded: false }).collect()
    }

    /// Secrets that a word's own pieces stand for.
    pub(super) fn direct(&mut self, word: &Word) -> Vec<Secret> {
        (0..word.pieces.len()).flat_map(|index| self.piece(word, index)).collect()
    }

    /// Secrets in a word, those among them that a command in it writes.
    pub(super) fn secrets(&mut self, word: &Word) -> Vec<Secret> {
        let mut found = self.direct(word);
        for piece in &word.pieces {
            if let PieceKind::Substitution(list) = &piece.kind {
                found.extend(self.written(list));
            }
        }
        found
    }

    /// Secrets that one piece of a word stands for.
    pub(super) fn piece(&mut self, word: &Word, index: usize) -> Vec<Secret> {
        let Some(piece) = word.pieces.get(index) else { return Vec::new() };
        match &piece.kind {
            PieceKind::Parameter(expansion) => {
                let encoded = match expansion.operator {
                    _ if expansion.indirect => return Vec::new(),
                    Operator::None | Operator::Default | Operator::Assign | Operator::Require => false,
                    Operator::Case | Operator::Transform => true,
                    _ => return Vec::new(),
                };
                // `$env:NAME.Length` is no secret.
                if self.parameters
                    && piece.quote == Quote::None
                    && word.pieces.get(index + 1).is_some_and(is_member)
                {
                    return Vec::new();
                }
                let mut found = self.named(self.script.text(expansion.name), piece.at);
                found.iter_mut().for_each(|secret| secret.encoded |= encoded);
                found
            }
            PieceKind::Hole(_) => {
                let (text, held) = (self.script.text(piece.at), self.held);
                self.ask(format!("hole {text}"), piece.at, || held.hole(text))
            }
            _ => Vec::new(),
        }
    }

    /// Secrets in what a list writes: one pipeline that begins with a command that prints, or an expression.
    fn written(&mut self, list: &List) -> Vec<Secret> {
        let [item] = list.items.as_slice() else { return Vec::new() };
        let Some((first, rest)) = item.pipeline.commands.split_first() else { return Vec::new() };
        let Shape::Simple(simple) = &first.shape else { return Vec::new() };
        if self.parameters && rest.is_empty() {
            return self.expression(&simple.words);
        }
        let calls = call::calls(simple);
        let Some(call) = calls.last().filter(|call| table::prints(&call.program)) else { return Vec::new() };
        let mut encoded = false;
        for command in rest {
            let Shape::Simple(next) = &command.shape else { return Vec::new() };
            let calls = call::calls(next);
            let Some(passes) = calls.last().and_then(table::passes) else { return Vec::new() };
            encoded |= passes.encodes;
        }
        let mut found: Vec<Secret> = call.arguments.iter().flat_map(|word| self.direct(word)).collect();
        found.iter_mut().for_each(|secret| secret.encoded |= encoded);
        found
    }

    /// Secrets in an expression of PowerShell: a value by itself, or handed to what encodes it.
    fn expression(&mut self, words: &[Word]) -> Vec<Secret> {
        let Some(first) = words.first() else { return Vec::new() };
        let begin = first.prefix().to_ascii_lowercase();
        let encodes = table::encodes(&begin);
        let value = begin.is_empty() || first.pieces.first().is_some_and(|piece| piece.quote != Quote::None);
        // `$a -eq $b` is a comparison.
        if !(encodes || value) || words.iter().any(|word| word.prefix().starts_with('-')) {
            return Vec::new();
        }
        let mut found: Vec<Secret> = words.iter().flat_map(|word| self.secrets(word)).collect();
        found.iter_mut().for_each(|secret| secret.encoded |= encodes);
        found
    }
}

fn is_member(piece: &Piece) -> bool {
    piece.literal().is_some_and(|text| text.starts_with(['.', '[']))
}
