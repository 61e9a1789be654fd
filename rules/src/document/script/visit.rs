//! All simple commands of a script, wherever they stand, in the order in which they are written.

use super::{
    Assigned, Assignment, Command, Expansion, List, Output, Piece, PieceKind, Pipeline, Script, Shape,
    Simple, Word,
};

/// A simple command and what is around it.
#[derive(Clone, Copy, Debug)]
pub struct Found<'s> {
    /// The command.
    pub simple: &'s Simple,
    /// The same with its redirections.
    pub command: &'s Command,
    /// The pipeline it stands in.
    pub pipeline: &'s Pipeline,
    /// Its place there, from 0.
    pub position: usize,
    /// The command, as an index of the visit, of which a word, assignment or here-document holds it.
    pub within: Option<usize>,
    /// Whether something around it may take up what it writes: a substitution, a function's caller, the redirection or
    /// the pipeline of a group.
    pub taken: bool,
}

impl<'s> Found<'s> {
    /// The command that reads what this one writes.
    #[must_use]
    pub fn next(&self) -> Option<&'s Command> {
        self.pipeline.commands.get(self.position + 1)
    }

    /// The command of which this one reads what it writes.
    #[must_use]
    pub fn previous(&self) -> Option<&'s Command> {
        self.pipeline.commands.get(self.position.checked_sub(1)?)
    }
}

impl Script {
    /// Every simple command: of the script, of functions, of substitutions in words, assignments and here-documents.
    #[must_use]
    pub fn commands(&self) -> Vec<Found<'_>> {
        let mut visit = Visit { script: self, found: Vec::new(), within: None, taken: false };
        visit.list(&self.body);
        visit.found
    }
}

/// A walk over the tree. The reader's depth limit bounds its recursion.
struct Visit<'s> {
    script: &'s Script,
    found: Vec<Found<'s>>,
    within: Option<usize>,
    taken: bool,
}

impl<'s> Visit<'s> {
    fn list(&mut self, list: &'s List) {
        for item in &list.items {
            for position in 0..item.pipeline.commands.len() {
                self.command(&item.pipeline, position);
            }
        }
    }

    fn command(&mut self, pipeline: &'s Pipeline, position: usize) {
        let Some(command) = pipeline.commands.get(position) else { return };
        let (within, taken) = (self.within, self.taken);
        if !matches!(command.shape, Shape::Simple(_)) {
            let piped = position + 1 < pipeline.commands.len();
            self.taken |= piped || self.script.output(command) != Output::Passed;
        }
        self.shape(command, Some((pipeline, position)));
        (self.within, self.taken) = (within, taken);
    }

    fn shape(&mut self, command: &'s Command, place: Option<(&'s Pipeline, usize)>) {
        match &command.shape {
            Shape::Simple(simple) => {
                if let Some((pipeline, position)) = place {
                    let within = self.within.replace(self.found.len());
                    self.found.push(Found { simple, command, pipeline, position, within, taken: self.taken });
                }
                simple.assignments.iter().for_each(|assignment| self.assignment(assignment));
                self.words(&simple.words);
                simple.declarations.iter().for_each(|assignment| self.assignment(assignment));
            }
            Shape::Group(list) | Shape::Subshell(list) => self.list(list),
            Shape::If(branches) => {
                for branch in branches {
                    branch.condition.iter().for_each(|list| self.list(list));
                    self.list(&branch.body);
                }
            }
            Shape::Loop { condition, body } => {
                self.list(condition);
                self.list(body);
            }
            Shape::For { over, body, .. } => {
                self.words(over.as_deref().unwrap_or_default());
                self.list(body);
            }
            Shape::Case { subject, arms } => {
                self.word(subject);
                for arm in arms {
                    self.words(&arm.patterns);
                    self.list(&arm.body);
                }
            }
            Shape::Function { body, .. } => {
                let taken = std::mem::replace(&mut self.taken, true);
                self.shape(body, None);
                self.taken = taken;
            }
            Shape::Condition(words) => self.words(words),
            Shape::Arithmetic(word) => self.word(word),
            Shape::Unknown => {}
        }
        for redirection in &command.redirections {
            self.word(&redirection.target);
            if let Some(document) = self.script.here_document(redirection) {
                self.word(&document.body);
            }
        }
    }

    fn assignment(&mut self, assignment: &'s Assignment) {
        assignment.index.iter().for_each(|word| self.word(word));
        match &assignment.value {
            Assigned::Word(word) => self.word(word),
            Assigned::Array(items) => {
                for (index, word) in items {
                    index.iter().for_each(|word| self.word(word));
                    self.word(word);
                }
            }
        }
    }

    fn words(&mut self, words: &'s [Word]) {
        words.iter().for_each(|word| self.word(word));
    }

    fn word(&mut self, word: &'s Word) {
        self.pieces(&word.pieces);
    }

    fn pieces(&mut self, pieces: &'s [Piece]) {
        for piece in pieces {
            match &piece.kind {
                PieceKind::Substitution(list) | PieceKind::Process(list) => {
                    let taken = std::mem::replace(&mut self.taken, true);
                    self.list(list);
                    self.taken = taken;
                }
                PieceKind::Arithmetic(inner) => self.pieces(inner),
                PieceKind::Parameter(expansion) => self.expansion(expansion),
                PieceKind::Literal(_) | PieceKind::Hole(_) | PieceKind::Unknown => {}
            }
        }
    }

    fn expansion(&mut self, expansion: &'s Expansion) {
        expansion.index.iter().chain(&expansion.operand).for_each(|word| self.word(word));
    }
}
