//! A script's structure as text: words stand apart by `·`, literals keep the quotes they had.

use crate::document::script::{
    Assigned, Assignment, Command, Joint, List, Operator, Piece, PieceKind, Quote, Script, Shape, Simple,
    Word,
};

pub(crate) struct Print<'s>(pub(crate) &'s Script);

impl Print<'_> {
    pub(crate) fn all(&self) -> String {
        self.list(&self.0.body)
    }

    fn list(&self, list: &List) -> String {
        let mut out = String::new();
        for (index, item) in list.items.iter().enumerate() {
            out.push_str(if item.pipeline.negated { "! " } else { "" });
            let commands: Vec<String> = item.pipeline.commands.iter().map(|c| self.command(c)).collect();
            out.push_str(&commands.join(" | "));
            let last = index + 1 == list.items.len();
            out.push_str(match item.joint {
                Joint::Sequence if last => "",
                Joint::Sequence => "; ",
                Joint::Background => " & ",
                Joint::And => " && ",
                Joint::Or => " || ",
            });
        }
        out
    }

    pub(crate) fn command(&self, command: &Command) -> String {
        let mut out = match &command.shape {
            Shape::Simple(simple) => self.simple(simple),
            Shape::Group(list) => format!("{{ {} }}", self.list(list)),
            Shape::Subshell(list) => format!("( {} )", self.list(list)),
            Shape::If(branches) => {
                let mut out = String::new();
                for (index, branch) in branches.iter().enumerate() {
                    match &branch.condition {
                        Some(condition) => {
                            let word = if index == 0 { "if" } else { " elif" };
                            out.push_str(&format!(
                                "{word} {} then {}",
                                self.list(condition),
                                self.list(&branch.body)
                            ));
                        }
                        None => out.push_str(&format!(" else {}", self.list(&branch.body))),
                    }
                }
                out + " fi"
            }
            Shape::Loop { condition, body } => {
                format!("while {} do {} done", self.list(condition), self.list(body))
            }
            Shape::For { name, over, body } => {
                let over = over.as_ref().map_or(String::new(), |words| format!(" in {}", self.words(words)));
                format!("for {}{over} do {} done", self.0.text(*name), self.list(body))
            }
            Shape::Case { subject, arms } => {
                let arms: Vec<String> = arms
                    .iter()
                    .map(|arm| format!("{}) {};;", self.words(&arm.patterns), self.list(&arm.body)))
                    .collect();
                format!("case {} in {} esac", self.word(subject), arms.join(" "))
            }
            Shape::Function { name, body } => format!("{}() {}", self.0.text(*name), self.command(body)),
            Shape::Condition(words) => format!("[[ {} ]]", self.words(words)),
            Shape::Arithmetic(word) => self.word(word),
            Shape::Unknown => format!("?{}?", self.0.text(command.at)),
        };
        for redirection in &command.redirections {
            let descriptor = redirection.descriptor.map_or("", |at| self.0.text(at));
            out.push_str(&format!(" {descriptor}{:?}", redirection.kind));
            match self.0.here_document(redirection) {
                Some(document) => {
                    let open = if document.closed { "" } else { "…" };
                    out.push_str(&format!(":{}{open}<{}>", document.delimiter, self.word(&document.body)));
                }
                None => out.push_str(&format!(":{}", self.word(&redirection.target))),
            }
        }
        out.trim_start().to_owned()
    }

    fn simple(&self, simple: &Simple) -> String {
        let mut parts: Vec<String> = simple.assignments.iter().map(|a| self.assignment(a)).collect();
        parts.extend(simple.words.iter().map(|word| self.word(word)));
        parts.extend(simple.declarations.iter().map(|a| self.assignment(a)));
        parts.join("·")
    }

    fn assignment(&self, assignment: &Assignment) -> String {
        let index = assignment.index.as_ref().map_or(String::new(), |word| format!("[{}]", self.word(word)));
        let sign = if assignment.appends { "+=" } else { "=" };
        let value = match &assignment.value {
            Assigned::Word(word) => self.word(word),
            Assigned::Array(items) => {
                let item = |(index, word): &(Option<Word>, Word)| match index {
                    Some(index) => format!("[{}]={}", self.word(index), self.word(word)),
                    None => self.word(word),
                };
                format!("({})", items.iter().map(item).collect::<Vec<_>>().join("·"))
            }
        };
        format!("{}{index}{sign}{value}", self.0.text(assignment.name))
    }

    fn words(&self, words: &[Word]) -> String {
        words.iter().map(|word| self.word(word)).collect::<Vec<_>>().join("·")
    }

    pub(crate) fn word(&self, word: &Word) -> String {
        if word.pieces.is_empty() {
            return "∅".to_owned();
        }
        self.pieces(&word.pieces)
    }

    fn pieces(&self, pieces: &[Piece]) -> String {
        pieces.iter().map(|piece| self.piece(piece)).collect()
    }

    fn piece(&self, piece: &Piece) -> String {
        let plain = match &piece.kind {
            PieceKind::Literal(text) => {
                let text = text.replace('\n', "␤");
                return match piece.quote {
                    Quote::None => text,
                    Quote::Single => format!("'{text}'"),
                    Quote::Double => format!("\"{text}\""),
                    Quote::Ansi => format!("$'{text}'"),
                    Quote::Escape => format!("\\{text}"),
                };
            }
            PieceKind::Parameter(found) => {
                let index =
                    found.index.as_ref().map_or(String::new(), |word| format!("[{}]", self.word(word)));
                let name = self.0.text(found.name);
                let indirect = if found.indirect { "!" } else { "" };
                let operator = match found.operator {
                    Operator::None => String::new(),
                    operator => format!(" {operator:?}"),
                };
                let operand =
                    found.operand.as_ref().map_or(String::new(), |word| format!(" {}", self.word(word)));
                format!("${{{indirect}{name}{index}{operator}{operand}}}")
            }
            PieceKind::Substitution(list) => format!("$( {} )", self.list(list)),
            PieceKind::Process(list) => format!("<( {} )", self.list(list)),
            PieceKind::Arithmetic(pieces) => format!("(({}))", self.pieces(pieces)),
            PieceKind::Hole(inner) => format!("«{}»", self.0.text(*inner)),
            PieceKind::Unknown => format!("?{}?", self.0.text(piece.at).replace('\n', "␤")),
        };
        if piece.quote == Quote::Double { format!("\"{plain}\"") } else { plain }
    }
}
