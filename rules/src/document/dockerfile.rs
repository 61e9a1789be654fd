//! Dockerfiles, read as BuildKit reads them: continued lines, flags, quoted words, JSON form, here-documents, stages.
//!
//! An instruction that cannot be read costs only itself.
//! Source: <https://docs.docker.com/reference/dockerfile/>.

mod line;
mod words;

use super::{Break, Comment, Document, Format, Scalar, Tree, json};
use crate::span::ByteSpan;

/// Every instruction there is (reference, section "Overview").
const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];
/// Instructions that may be written as a JSON list.
const JSON_FORM: [&str; 7] = ["ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"];
/// Instructions that take flags.
const WITH_FLAGS: [&str; 6] = ["ADD", "COPY", "FROM", "HEALTHCHECK", "ONBUILD", "RUN"];
/// Instructions that take here-documents.
const WITH_HEREDOCS: [&str; 4] = ["ADD", "COPY", "ONBUILD", "RUN"];

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its bytes, continued lines and here-documents included.
    pub span: ByteSpan,
    /// Its keyword in capitals.
    pub keyword: String,
    /// Where the keyword stands.
    pub keyword_span: ByteSpan,
    /// Flags before the arguments, such as `--from=build`.
    pub flags: Vec<Flag>,
    /// Everything behind the flags, continued lines joined: the script of a `RUN`.
    pub arguments: Scalar,
    /// The arguments as words without quotes, or the items of the JSON form.
    pub words: Vec<Scalar>,
    /// Whether it is written as a JSON list: no shell reads it.
    pub exec: bool,
    /// Here-documents in order.
    pub heredocs: Vec<Heredoc>,
    /// Index of the `FROM` that began its stage, itself for a `FROM`; `None` before the first.
    pub from: Option<usize>,
}

/// A flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The whole word.
    pub scalar: Scalar,
    /// Its name without dashes.
    pub name: String,
    /// What stands behind the equals sign.
    pub value: Option<Scalar>,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it.
    pub delimiter: String,
    /// Whether variables in it are replaced: its delimiter stands without quotes.
    pub expands: bool,
    /// Its lines.
    pub body: Scalar,
}

/// A build stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Index of its `FROM`.
    pub from: usize,
    /// The image or earlier stage it builds on.
    pub image: Option<Scalar>,
    /// Its name after `AS`.
    pub name: Option<Scalar>,
}

/// A key and its value.
pub type Pair = (Scalar, Option<Scalar>);

impl Instruction {
    /// The flag of a name.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|f| f.name == name)
    }

    /// Keys and values of `ENV`, `ARG` and `LABEL`, in both forms: `KEY=value …` and `KEY value to the end`.
    #[must_use]
    pub fn pairs(&self) -> Vec<Pair> {
        let Some(first) = self.words.first() else { return Vec::new() };
        if self.keyword != "ARG" && !first.text.contains('=') {
            let text = &self.arguments.text;
            let rest = text.trim_start().find(char::is_whitespace).map(|at| {
                let from = text.len() - text.trim_start().len() + at;
                let gap = text.get(from..).map_or(0, |r| r.len() - r.trim_start().len());
                from + gap..text.trim_end().len()
            });
            return vec![(first.clone(), rest.filter(|r| !r.is_empty()).map(|r| self.arguments.part(r)))];
        }
        let split = |word: &Scalar| match word.text.find('=') {
            Some(at) => (word.part(0..at), Some(word.part(at + 1..word.text.len()))),
            None => (word.clone(), None),
        };
        self.words.iter().map(split).collect()
    }
}

/// The stage of an instruction.
#[must_use]
pub fn stage_of(instructions: &[Instruction], instruction: &Instruction) -> Option<Stage> {
    let from = instruction.from?;
    let words = &instructions.get(from)?.words;
    let named = words.get(1).is_some_and(|word| word.text.eq_ignore_ascii_case("as"));
    Some(Stage { from, image: words.first().cloned(), name: words.get(2).filter(|_| named).cloned() })
}

/// The stages in order.
#[must_use]
pub fn stages(instructions: &[Instruction]) -> Vec<Stage> {
    let begins = instructions.iter().filter(|i| i.keyword == "FROM");
    begins.filter_map(|i| stage_of(instructions, i)).collect()
}

/// The value of a parser directive (`# syntax=…`), which may stand only above everything else.
#[must_use]
pub fn directive(text: &str, name: &str) -> Option<Scalar> {
    line::directives(text).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Reads a Dockerfile.
#[must_use]
pub fn read(text: &str) -> Document {
    let mut document = Document {
        format: Format::Dockerfile,
        tree: Tree::Text,
        comments: Vec::new(),
        breaks: Vec::new(),
        duplicates: Vec::new(),
        templated: false,
    };
    let mut instructions = Vec::new();
    let mut from = None;
    let mut lines = line::Lines::new(text);
    while let Some(logical) = lines.next_instruction() {
        if let Some(mut read) = instruction(&logical, &mut lines, &mut document.breaks) {
            if read.keyword == "FROM" {
                from = Some(instructions.len());
            }
            read.from = from;
            instructions.push(read);
        }
    }
    document.comments = lines.comments.iter().map(|span| comment(text, *span)).collect();
    document.tree = Tree::Dockerfile(instructions);
    document
}

fn comment(text: &str, span: ByteSpan) -> Comment {
    let raw = text.get(span.range()).unwrap_or_default();
    Comment { span, text: raw.trim_start_matches('#').trim().to_owned() }
}

fn instruction(
    logical: &Scalar,
    lines: &mut line::Lines<'_>,
    breaks: &mut Vec<Break>,
) -> Option<Instruction> {
    let text = &*logical.text;
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let keyword = text.get(..end).unwrap_or_default().to_ascii_uppercase();
    let mut span = logical.span();
    if !KEYWORDS.contains(&keyword.as_str()) {
        breaks.push(Break { span, why: "not a Dockerfile instruction".to_owned() });
        return None;
    }
    let mut words = words::split(logical, end, lines.escape);
    let mut flags = Vec::new();
    let mut begin = end;
    if WITH_FLAGS.contains(&keyword.as_str()) {
        let count = words.iter().take_while(|w| w.scalar.text.starts_with("--")).count();
        begin = words.get(..count).and_then(<[_]>::last).map_or(begin, |w| w.raw.end);
        flags = words.drain(..count).map(|w| flag(w.scalar)).collect();
    }
    let gap = text.get(begin..).map_or(0, |rest| rest.len() - rest.trim_start().len());
    let arguments = logical.part(begin + gap..text.trim_end().len().max(begin + gap));
    let mut heredocs = Vec::new();
    if WITH_HEREDOCS.contains(&keyword.as_str()) {
        for start in words.iter().filter_map(|w| words::heredoc(text.get(w.raw.clone())?)) {
            let (body, closed, end) = lines.heredoc(&start.delimiter, start.strips_tabs);
            span.end = span.end.max(u32::try_from(end).unwrap_or(u32::MAX));
            if !closed {
                breaks.push(Break { span, why: "a here-document does not end".to_owned() });
            }
            heredocs.push(Heredoc { delimiter: start.delimiter, expands: start.expands, body });
        }
    }
    let list = JSON_FORM.contains(&keyword.as_str()).then(|| exec_form(&arguments)).flatten();
    let exec = list.is_some();
    let words = list.unwrap_or_else(|| words.into_iter().map(|w| w.scalar).collect());
    let keyword_span = logical.span_of(0..end);
    Some(Instruction { span, keyword, keyword_span, flags, arguments, words, exec, heredocs, from: None })
}

/// The items of the JSON form, if it is a list of strings; anything else is read as a shell command.
fn exec_form(arguments: &Scalar) -> Option<Vec<Scalar>> {
    if !arguments.text.starts_with('[') {
        return None;
    }
    json::read_embedded(arguments)?.items().iter().map(|item| item.scalar().cloned()).collect()
}

fn flag(scalar: Scalar) -> Flag {
    let body = scalar.text.trim_start_matches('-');
    let dashes = scalar.text.len() - body.len();
    let equals = body.find('=');
    let name = body.get(..equals.unwrap_or(body.len())).unwrap_or_default().to_owned();
    let value = equals.map(|at| scalar.part(dashes + at + 1..scalar.text.len()));
    Flag { name, value, scalar }
}

#[cfg(test)]
mod tests;
