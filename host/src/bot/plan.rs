//! What is still to be said: held against what was said before. No I/O; the same conversation and the same verdict come to the
//! same writes, and to none where everything is said.

use std::collections::{BTreeMap, BTreeSet};

use super::forge::{Conversation, Forge, Inline, Limits, Note, Request, Suggestions, Thread, Write, is_same};
use super::hunk::Hunks;
use super::marker::{self, Marked, Marker, Role, Seal, State};
use super::text::{self, Shown};
use super::verdict::{Item, Verdict};
use crate::report::text::Edited;

/// What is ours in a conversation.
#[derive(Debug, Default)]
pub struct Ours<'c> {
    /// About findings.
    pub threads: Vec<(&'c Thread, Marked)>,
    /// About the whole.
    pub summaries: Vec<(&'c Note, Marked)>,
    /// What was answered, as answers are marked.
    pub answered: BTreeSet<String>,
}

impl<'c> Ours<'c> {
    /// Comments of the posting identity with a mark of ours. Everything else is somebody else's, whatever it says.
    #[must_use]
    pub fn read(conversation: &'c Conversation, identity: &str, seal: &Seal) -> Self {
        let mut ours = Self::default();
        let read = |note: &Note| is_same(&note.author, identity).then(|| seal.read(&note.body)).flatten();
        for thread in &conversation.threads {
            match read(&thread.first) {
                Some(marked) if marked.marker.role == Role::Finding => ours.threads.push((thread, marked)),
                _ => {}
            }
        }
        for note in &conversation.notes {
            match read(note) {
                Some(marked) if marked.marker.role == Role::Summary => ours.summaries.push((note, marked)),
                _ => {}
            }
        }
        let replies = conversation.threads.iter().flat_map(|thread| &thread.replies);
        let answers = replies.chain(&conversation.notes).filter_map(read);
        ours.answered = answers.filter(|m| m.marker.role == Role::Answer).map(|m| m.marker.place).collect();
        ours
    }
}

/// What is said where, for one run.
#[derive(Debug)]
pub struct Plan<'a> {
    /// What the run came to.
    pub verdict: &'a Verdict,
    /// The change.
    pub request: &'a Request,
    /// Lines that the forge shows.
    pub hunks: &'a Hunks,
    /// Marks.
    pub seal: &'a Seal,
    /// What the forge can hold.
    pub limits: Limits,
    /// Most findings that stand at lines at a time.
    pub most: usize,
}

/// Threads by the findings that they are about.
struct Pairs<'p> {
    /// Index of the thread of each item.
    thread_of: BTreeMap<usize, usize>,
    /// Threads that say what another one says.
    doubled: BTreeSet<usize>,
    threads: &'p [(&'p Thread, Marked)],
}

impl<'p> Pairs<'p> {
    /// The same finding first, then another one in its place, then the same at a place to which it moved. A conversation that
    /// ended where nobody looks any more takes in nothing, and one that a person ended or edited nothing but what it is about.
    fn of(threads: &'p [(&'p Thread, Marked)], items: &[Item]) -> Self {
        let mut pairs = Self { thread_of: BTreeMap::new(), doubled: BTreeSet::new(), threads };
        let mut seen = BTreeSet::new();
        for (at, (thread, marked)) in threads.iter().enumerate() {
            let is_over = marked.marker.state == State::Done && !is_plain(thread, marked);
            if !is_over && !seen.insert((&marked.marker.place, &marked.marker.content)) {
                pairs.doubled.insert(at);
            }
        }
        let same =
            |marker: &Marker, item: &Item| marker.place == item.place && marker.content == item.content;
        pairs.join(items, |thread, marked, item| {
            same(&marked.marker, item) && (marked.marker.state == State::Open || is_plain(thread, marked))
        });
        pairs.join(items, |thread, marked, item| {
            marked.marker.place == item.place && is_plain(thread, marked)
        });
        pairs.join(items, |thread, marked, item| {
            let moved = marked.marker.content == item.content && marked.marker.rule == item.rule;
            moved && is_plain(thread, marked)
        });
        pairs
    }

    /// Whether what a conversation is about is a finding still.
    fn is_told(marker: &Marker, items: &[Item]) -> bool {
        items.iter().any(|item| marker.place == item.place && marker.content == item.content)
    }

    fn join(&mut self, items: &[Item], is: impl Fn(&Thread, &Marked, &Item) -> bool) {
        let mut taken: BTreeSet<usize> = self.thread_of.values().copied().collect();
        for (index, item) in items.iter().enumerate() {
            if self.thread_of.contains_key(&index) {
                continue;
            }
            let free = |at: &usize| !taken.contains(at) && !self.doubled.contains(at);
            let found = (0..self.threads.len())
                .filter(free)
                .find(|at| self.threads.get(*at).is_some_and(|(thread, marked)| is(thread, marked, item)));
            if let Some(at) = found {
                taken.insert(at);
                self.thread_of.insert(index, at);
            }
        }
    }
}

/// Whether a person neither ended nor edited a conversation.
fn is_plain(thread: &Thread, marked: &Marked) -> bool {
    thread.resolved != Some(true) && !marked.edited
}

impl Plan<'_> {
    /// What is to be written at lines.
    #[must_use]
    pub fn inline(&self, ours: &Ours<'_>) -> Vec<Write> {
        let pairs = Pairs::of(&ours.threads, &self.verdict.items);
        let mut writes = Vec::new();
        let paired: BTreeSet<usize> = pairs.thread_of.values().copied().collect();
        for (at, (thread, marked)) in ours.threads.iter().enumerate() {
            let is_doubled = pairs.doubled.contains(&at);
            if is_doubled && thread.replies.is_empty() && !marked.edited {
                // A run at the same time said it as well. What somebody answered or edited stays.
                writes.push(Write::DeleteInline(thread.first.id));
            } else if is_doubled && Pairs::is_told(&marked.marker, &self.verdict.items) {
                // It is as true as the other one.
            } else if !paired.contains(&at) {
                self.end(thread, marked, &mut writes);
            }
        }
        for (item, at) in &pairs.thread_of {
            let (Some(item), Some((thread, marked))) = (self.verdict.items.get(*item), ours.threads.get(*at))
            else {
                continue;
            };
            let suggestion =
                item.suggestion.as_ref().filter(|s| thread.path == item.path && self.is_for(s, thread));
            let body = self.body(item, suggestion);
            if !marked.edited && !marker::same(&body, &thread.first.body) {
                writes.push(Write::EditInline { id: thread.first.id, body });
            }
        }
        let slots = self.most.saturating_sub(pairs.thread_of.len());
        let new =
            self.verdict.items.iter().enumerate().filter(|(index, _)| !pairs.thread_of.contains_key(index));
        let new: Vec<Inline> = new.filter_map(|(_, item)| self.placed(item)).take(slots).collect();
        if !new.is_empty() {
            writes.push(Write::Inline(new));
        }
        writes
    }

    /// A finding that is not to be told any more. Where its file was not read to the end, nobody knows.
    fn end(&self, thread: &Thread, marked: &Marked, writes: &mut Vec<Write>) {
        // A file that is not of the change any more may be one of those under another name.
        let unknown = !self.verdict.complete
            || self.verdict.failed.contains_key(&thread.path)
            || (self.is_partly_read() && !self.hunks.has(&thread.path));
        if marked.edited || marked.marker.state == State::Done || unknown {
            return;
        }
        let key = (marked.marker.place.clone(), marked.marker.content.clone());
        let was = marker::unmarked(&thread.first.body);
        let said = text::done(&was, self.verdict.standing.get(&key), &self.request.head);
        let marker = Marker { state: State::Done, ..marked.marker.clone() };
        let body = self.seal.mark(&marker, &said);
        writes.push(Write::EditInline { id: thread.first.id, body });
        if let (Some(handle), Some(false)) = (&thread.handle, thread.resolved) {
            writes.push(Write::Resolve(handle.clone()));
        }
    }

    /// Whether files of the change could not be checked whole.
    fn is_partly_read(&self) -> bool {
        self.verdict.failed.keys().any(|path| self.hunks.has(path))
    }

    fn body(&self, item: &Item, suggestion: Option<&Edited>) -> String {
        let marker = Marker {
            role: Role::Finding,
            place: item.place.clone(),
            content: item.content.clone(),
            rule: item.rule.clone(),
            state: State::Open,
        };
        self.seal.mark(&marker, &text::open(item, suggestion, self.limits))
    }

    /// Where a finding's comment may stand: with its fix at the lines of that, else at its own.
    fn placed(&self, item: &Item) -> Option<Inline> {
        let fits = |(first, last): (usize, usize)| self.hunks.holds(&item.path, first, last);
        let about = |(first, last): (usize, usize)| (first..=last).contains(&item.lines.0);
        let can = self.limits.suggestions != Suggestions::None;
        let suggestion = item.suggestion.as_ref().filter(|s| can && fits(s.lines) && about(s.lines));
        let (first, line) = suggestion.map_or((item.lines.0, item.lines.0), |suggestion| suggestion.lines);
        let (was, old) = self.hunks.before(&item.path, line)?;
        Some(Inline {
            path: item.path.clone(),
            line,
            first: (first < line && self.limits.suggestions == Suggestions::Lines).then_some(first),
            was: was.to_owned(),
            old,
            body: self.body(item, suggestion),
        })
    }

    /// Whether a conversation is about the lines that a suggestion is for.
    fn is_for(&self, suggestion: &Edited, thread: &Thread) -> bool {
        match (self.limits.suggestions, thread.lines) {
            (Suggestions::Lines, Some(lines)) => lines == suggestion.lines,
            (Suggestions::Above, Some((_, last))) => last == suggestion.lines.1,
            _ => false,
        }
    }

    /// What is to be written about the whole.
    #[must_use]
    pub fn summary(&self, ours: &Ours<'_>, forge: &dyn Forge) -> Vec<Write> {
        let mut standing = ours.summaries.iter().filter(|(_, marked)| !marked.edited);
        let first = standing.next();
        // Of a run at the same time.
        let mut writes: Vec<Write> = standing.map(|(note, _)| Write::DeleteNote(note.id)).collect();
        if first.is_none() && !self.is_partly_read() && !self.verdict.is_worth_a_word() {
            return writes;
        }
        let text = text::summary(self.verdict, &self.shown(ours, forge), self.limits.body);
        let body = self.seal.mark(&Marker::of(Role::Summary, "summary"), &text);
        match first {
            None => writes.push(Write::Note(body)),
            Some((note, _)) if !marker::same(&note.body, &body) => {
                writes.push(Write::EditNote { id: note.id, body })
            }
            Some(_) => {}
        }
        writes
    }

    /// Where each finding can be read.
    #[must_use]
    pub fn shown(&self, ours: &Ours<'_>, forge: &dyn Forge) -> Shown {
        let pairs = Pairs::of(&ours.threads, &self.verdict.items);
        let mut shown = Shown::default();
        for (index, item) in self.verdict.items.iter().enumerate() {
            let thread = pairs.thread_of.get(&index).and_then(|at| ours.threads.get(*at));
            match thread {
                Some((thread, _)) => shown.threads.insert(item.fingerprint.clone(), thread.first.url.clone()),
                None => shown
                    .lines
                    .insert(item.fingerprint.clone(), forge.link(self.request, &item.path, item.lines.0)),
            };
        }
        shown
    }
}
