//! One pattern of an imported file: read when the file is, compiled when it is first needed.

use std::sync::{Mutex, OnceLock, PoisonError};

use regex::bytes::{Regex, RegexBuilder};
use regex_automata::hybrid::{dfa, regex as hybrid};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Input, Span};
use regex_syntax::hir::{Class, Hir, HirKind};

use super::go::{self, Fault};
use super::limits;

/// A pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    /// Size in states, at most about.
    pub(super) states: usize,
    /// How many groups it has.
    pub(super) groups: usize,
    quick: OnceLock<Option<Quick>>,
    full: OnceLock<Option<Regex>>,
}

/// An engine that gives up rather than be slow, and what it remembers of earlier searches.
#[derive(Debug)]
struct Quick {
    regex: hybrid::Regex,
    cache: Mutex<Option<hybrid::Cache>>,
}

/// What is left of a file's limits.
#[derive(Debug)]
pub(super) struct Work {
    passed: usize,
    steps: usize,
}

/// A limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent;

impl Work {
    /// What a file of this length may cost, in bytes.
    pub(super) fn of(length: usize) -> Self {
        let passed = length.saturating_mul(limits::PASSED_PER_BYTE).saturating_add(limits::PASSED);
        Self { passed, steps: limits::STEPS }
    }

    /// Counts bytes that are looked at.
    pub(super) fn pass(&mut self, bytes: usize) -> Result<(), Spent> {
        // A search costs something even where it passes nothing.
        self.passed = self.passed.checked_sub(bytes.saturating_add(64)).ok_or(Spent)?;
        Ok(())
    }

    fn step(&mut self, bytes: usize, states: usize) -> Result<(), Spent> {
        self.steps = self.steps.checked_sub(bytes.saturating_mul(states)).ok_or(Spent)?;
        Ok(())
    }
}

impl Pattern {
    /// Reads a pattern in Go's syntax.
    pub(super) fn read(written: &str) -> Result<Self, Fault> {
        if written.len() > limits::PATTERN {
            let what = format!("a pattern of more than {} KiB", limits::PATTERN >> 10);
            return Err(Fault { at: 0, what });
        }
        let text = go::translate(written)?;
        let parsed = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .nest_limit(limits::NESTING)
            .build()
            .parse(&text);
        let hir = parsed.map_err(|error| {
            let what = match error {
                regex_syntax::Error::Parse(error) => error.kind().to_string(),
                regex_syntax::Error::Translate(error) => error.kind().to_string(),
                _ => "something that is no pattern".to_owned(),
            };
            Fault { at: 0, what: format!("a mistake ({what})") }
        })?;
        let states = states(&hir);
        if states > limits::STATES {
            let what = format!(
                "repetitions that multiply to more than {} states, the limit for one pattern,",
                limits::STATES
            );
            return Err(Fault { at: 0, what });
        }
        let groups = hir.properties().explicit_captures_len();
        Ok(Self { text, states, groups, quick: OnceLock::new(), full: OnceLock::new() })
    }

    fn quick(&self) -> Option<&Quick> {
        let build = || {
            let regex = hybrid::Builder::new()
                .syntax(syntax::Config::new().unicode(false).utf8(false).nest_limit(limits::NESTING))
                .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(limits::COMPILED)))
                .dfa(
                    dfa::Config::new()
                        .cache_capacity(limits::REMEMBERED)
                        .skip_cache_capacity_check(true)
                        .minimum_cache_clear_count(Some(limits::RESTARTS)),
                )
                .build(&self.text)
                .ok()?;
            Some(Quick { regex, cache: Mutex::new(None) })
        };
        self.quick.get_or_init(build).as_ref()
    }

    fn full(&self) -> Option<&Regex> {
        let build = || {
            RegexBuilder::new(&self.text)
                .unicode(false)
                .nest_limit(limits::NESTING)
                .size_limit(limits::COMPILED)
                .dfa_size_limit(limits::REMEMBERED)
                .build()
                .ok()
        };
        self.full.get_or_init(build).as_ref()
    }

    /// The first match from `from` on.
    pub(super) fn find(&self, text: &[u8], from: usize, work: &mut Work) -> Result<Option<Span>, Spent> {
        let rest = text.len().saturating_sub(from);
        let Some(quick) = self.quick() else { return Err(Spent) };
        let mut cache = quick.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = cache.get_or_insert_with(|| quick.regex.create_cache());
        let input = Input::new(text).range(from..text.len());
        let answer = quick.regex.try_search(kept, &input);
        drop(cache);
        match answer {
            Ok(found) => {
                // A match may end early and have looked far ahead: that is counted in part.
                let passed = found.map_or(rest, |m| (m.end().saturating_sub(from)).saturating_add(rest / 4));
                work.pass(passed.min(rest))?;
                Ok(found.map(|m| m.span()))
            }
            Err(_) => {
                // What was remembered in vain, and then each byte may meet each state.
                work.pass(limits::REMEMBERED * limits::RESTARTS)?;
                work.step(rest, self.states)?;
                let full = self.full().ok_or(Spent)?;
                Ok(full.find_at(text, from).map(|m| Span { start: m.start(), end: m.end() }))
            }
        }
    }

    /// Whether it matches anywhere.
    pub(super) fn is_match(&self, text: &[u8], work: &mut Work) -> Result<bool, Spent> {
        work.pass(limits::ASKED)?;
        let found = self.find(text, 0, work);
        self.settle();
        Ok(found?.is_some())
    }

    /// Counts what the first search of a file costs, whether or not another file paid for it: what is found must not
    /// depend on which files a worker has seen.
    pub(super) fn begin(&self, work: &mut Work) -> Result<(), Spent> {
        work.pass(self.states.saturating_mul(limits::PER_STATE))
    }

    /// Forgets what searches remembered, for the same reason; and there are many patterns.
    pub(super) fn settle(&self) {
        if let Some(Some(quick)) = self.quick.get() {
            *quick.cache.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// The groups of a match that `find` found.
    pub(super) fn groups(
        &self,
        text: &[u8],
        found: Span,
        work: &mut Work,
    ) -> Result<Vec<Option<Span>>, Spent> {
        if self.groups == 0 {
            return Ok(Vec::new());
        }
        work.step(found.end.saturating_sub(found.start).saturating_add(8), self.states)?;
        let full = self.full().ok_or(Spent)?;
        let Some(captures) = full.captures_at(text, found.start) else { return Ok(Vec::new()) };
        let span = |m: regex::bytes::Match<'_>| Span { start: m.start(), end: m.end() };
        Ok(captures.iter().skip(1).map(|group| group.map(span)).collect())
    }
}

/// The size of a pattern's automaton, in states, at most about. Depth is bounded by [`limits::NESTING`].
fn states(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Bytes(class)) => 1 + class.ranges().len() / 4,
        HirKind::Class(Class::Unicode(class)) => 1 + class.ranges().len(),
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            states(&repetition.sub).saturating_add(1).saturating_mul(times)
        }
        HirKind::Concat(parts) => parts.iter().map(states).fold(0, usize::saturating_add),
        HirKind::Alternation(parts) => parts.iter().map(states).fold(parts.len(), usize::saturating_add),
    }
}
