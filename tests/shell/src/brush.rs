//! What brush-parser says of a script, substitutions in words included.

use brush_parser::ast::{
    AndOr, AndOrList, Assignment, AssignmentName, AssignmentValue, Command as Node,
    CommandPrefixOrSuffixItem, CompoundCommand, CompoundList, ExtendedTestExpr, IoFileRedirectKind,
    IoFileRedirectTarget, IoRedirect, Pipeline, RedirectList, SimpleCommand, SubshellCommand, Word,
};
use brush_parser::word::{ParameterExpr, WordPiece, WordPieceWithSource};
use brush_parser::{Parser, ParserOptions, word};

use crate::Command;

/// The simple commands, or why there are none.
pub(crate) fn commands(text: &str) -> Result<Vec<Command>, &'static str> {
    // It takes `${x}` apart where it stands on a line behind the beginning of a here-document.
    let torn = |line: &str| {
        line.split_once("<<").is_some_and(|(_, rest)| !rest.starts_with('<') && rest.contains("${"))
    };
    if text.lines().any(torn) {
        return Err("an expansion behind a here-document");
    }
    let mut reader = Reader { options: ParserOptions::default(), found: Vec::new(), refused: false };
    reader.program(text);
    match reader.refused {
        true if reader.found.is_empty() => Err("the script"),
        true => Err("the script or a part of it"),
        false => Ok(reader.found),
    }
}

struct Reader {
    options: ParserOptions,
    found: Vec<Command>,
    refused: bool,
}

impl Reader {
    fn program(&mut self, text: &str) {
        let mut parser = Parser::new(std::io::Cursor::new(text.as_bytes()), &self.options);
        match parser.parse_program() {
            Ok(program) => program.complete_commands.iter().for_each(|list| self.list(list)),
            Err(_) => self.refused = true,
        }
    }

    fn list(&mut self, list: &CompoundList) {
        list.0.iter().for_each(|item| self.and_or(&item.0));
    }

    fn and_or(&mut self, list: &AndOrList) {
        self.pipeline(&list.first);
        for next in &list.additional {
            let (AndOr::And(pipeline) | AndOr::Or(pipeline)) = next;
            self.pipeline(pipeline);
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        pipeline.seq.iter().for_each(|command| self.command(command));
    }

    fn command(&mut self, command: &Node) {
        match command {
            Node::Simple(simple) => self.simple(simple),
            Node::Compound(compound, redirections) => {
                self.compound(compound);
                self.redirections(redirections.as_ref());
            }
            Node::Function(function) => {
                self.compound(&function.body.0);
                self.redirections(function.body.1.as_ref());
            }
            Node::ExtendedTest(test, redirections) => {
                self.test(&test.expr);
                self.redirections(redirections.as_ref());
            }
        }
    }

    fn compound(&mut self, compound: &CompoundCommand) {
        match compound {
            CompoundCommand::Arithmetic(arithmetic) => self.text(&arithmetic.expr.value),
            CompoundCommand::ArithmeticForClause(clause) => {
                for part in [&clause.initializer, &clause.condition, &clause.updater].into_iter().flatten() {
                    self.text(&part.value);
                }
                self.list(&clause.body.list);
            }
            CompoundCommand::BraceGroup(group) => self.list(&group.list),
            CompoundCommand::Subshell(subshell) => self.list(&subshell.list),
            CompoundCommand::ForClause(clause) => {
                clause.values.iter().flatten().for_each(|word| self.word(word));
                self.list(&clause.body.list);
            }
            CompoundCommand::CaseClause(clause) => {
                self.word(&clause.value);
                for case in &clause.cases {
                    case.patterns.iter().for_each(|word| self.word(word));
                    case.cmd.iter().for_each(|list| self.list(list));
                }
            }
            CompoundCommand::IfClause(clause) => {
                self.list(&clause.condition);
                self.list(&clause.then);
                for branch in clause.elses.iter().flatten() {
                    branch.condition.iter().for_each(|list| self.list(list));
                    self.list(&branch.body);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.list(&clause.0);
                self.list(&clause.1.list);
            }
            CompoundCommand::Coprocess(coprocess) => self.command(&coprocess.body),
        }
    }

    fn test(&mut self, test: &ExtendedTestExpr) {
        match test {
            ExtendedTestExpr::And(a, b) | ExtendedTestExpr::Or(a, b) => {
                self.test(a);
                self.test(b);
            }
            ExtendedTestExpr::Not(inner) | ExtendedTestExpr::Parenthesized(inner) => self.test(inner),
            ExtendedTestExpr::UnaryTest(_, word) => self.word(word),
            ExtendedTestExpr::BinaryTest(_, a, b) => {
                self.word(a);
                self.word(b);
            }
        }
    }

    fn simple(&mut self, simple: &SimpleCommand) {
        let mut command = Command { words: Vec::new(), assigned: Vec::new(), redirections: Vec::new() };
        for item in simple.prefix.iter().flat_map(|prefix| &prefix.0) {
            self.item(item, &mut command);
        }
        if let Some(word) = &simple.word_or_name {
            self.word(word);
            command.words.push(word.value.clone());
        }
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            self.item(item, &mut command);
        }
        self.found.push(command);
    }

    /// `A=b` behind a program that declares nothing is an argument: the other reader leaves that to whoever runs it.
    fn item(&mut self, item: &CommandPrefixOrSuffixItem, command: &mut Command) {
        match item {
            CommandPrefixOrSuffixItem::IoRedirect(redirect) => {
                let redirect = self.redirection(redirect);
                command.redirections.push(redirect);
            }
            CommandPrefixOrSuffixItem::Word(word) => {
                self.word(word);
                command.words.push(word.value.clone());
            }
            CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
                let assigned = self.assignment(assignment);
                match command.words.first() {
                    Some(program) if !DECLARING.contains(&program.as_str()) => {
                        command.words.push(word.value.clone())
                    }
                    _ => command.assigned.push(assigned),
                }
            }
            CommandPrefixOrSuffixItem::ProcessSubstitution(_, subshell) => {
                self.subshell(subshell);
                command.words.push("<()".to_owned());
            }
        }
    }

    fn subshell(&mut self, subshell: &SubshellCommand) {
        self.list(&subshell.list);
    }

    fn assignment(&mut self, assignment: &Assignment) -> String {
        let name = match &assignment.name {
            AssignmentName::VariableName(name) => name.clone(),
            AssignmentName::ArrayElementName(name, index) => {
                self.text(index);
                format!("{name}[{index}]")
            }
        };
        let value = match &assignment.value {
            AssignmentValue::Scalar(word) => {
                self.word(word);
                word.value.clone()
            }
            AssignmentValue::Array(items) => {
                for (index, word) in items {
                    index.iter().for_each(|index| self.word(index));
                    self.word(word);
                }
                format!("({})", items.len())
            }
        };
        format!("{name}{}{value}", if assignment.append { "+=" } else { "=" })
    }

    fn redirections(&mut self, redirections: Option<&RedirectList>) {
        for redirection in redirections.iter().flat_map(|list| &list.0) {
            let _ = self.redirection(redirection);
        }
    }

    fn redirection(&mut self, redirection: &IoRedirect) -> String {
        match redirection {
            IoRedirect::File(descriptor, kind, target) => {
                let sign = match kind {
                    IoFileRedirectKind::Read => "<",
                    IoFileRedirectKind::Write => ">",
                    IoFileRedirectKind::Append => ">>",
                    IoFileRedirectKind::ReadAndWrite => "<>",
                    IoFileRedirectKind::Clobber => ">|",
                    IoFileRedirectKind::DuplicateInput => "<&",
                    IoFileRedirectKind::DuplicateOutput => ">&",
                };
                let target = match target {
                    IoFileRedirectTarget::Filename(word) | IoFileRedirectTarget::Duplicate(word) => {
                        self.word(word);
                        word.value.clone()
                    }
                    IoFileRedirectTarget::Fd(number) => number.to_string(),
                    IoFileRedirectTarget::ProcessSubstitution(_, subshell) => {
                        self.subshell(subshell);
                        "<()".to_owned()
                    }
                };
                format!("{}{sign}{target}", number(*descriptor))
            }
            IoRedirect::HereDocument(descriptor, document) => {
                if document.requires_expansion {
                    match word::parse_heredoc(&document.doc.value, &self.options) {
                        Ok(pieces) => self.pieces(&pieces, false),
                        Err(_) => self.refused = true,
                    }
                }
                let end = document.here_end.value.replace(['\'', '"', '\\'], "");
                let body = crate::sources::without_tabs(&document.doc.value);
                format!("{}<<{end}:{body}", number(*descriptor))
            }
            IoRedirect::HereString(descriptor, word) => {
                self.word(word);
                format!("{}<<<{}", number(*descriptor), word.value)
            }
            IoRedirect::OutputAndError(word, appends) => {
                self.word(word);
                format!("{}{}", if *appends { "&>>" } else { "&>" }, word.value)
            }
        }
    }

    fn word(&mut self, word: &Word) {
        self.text(&word.value);
    }

    fn text(&mut self, text: &str) {
        match word::parse(text, &self.options) {
            Ok(pieces) => self.pieces(&pieces, false),
            Err(_) => self.refused = true,
        }
    }

    fn pieces(&mut self, pieces: &[WordPieceWithSource], quoted: bool) {
        for piece in pieces {
            match &piece.piece {
                WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                    self.pieces(inner, true);
                }
                WordPiece::CommandSubstitution(text) => self.program(text),
                // Its escapes are still there.
                WordPiece::BackquotedCommandSubstitution(text) => self.program(&unescaped(text, quoted)),
                WordPiece::ArithmeticExpression(arithmetic) => self.text(&arithmetic.value),
                WordPiece::ParameterExpansion(expansion) => self.expansion(expansion),
                _ => {}
            }
        }
    }

    fn expansion(&mut self, expansion: &ParameterExpr) {
        match expansion {
            ParameterExpr::UseDefaultValues { default_value: text, .. }
            | ParameterExpr::AssignDefaultValues { default_value: text, .. }
            | ParameterExpr::IndicateErrorIfNullOrUnset { error_message: text, .. }
            | ParameterExpr::UseAlternativeValue { alternative_value: text, .. }
            | ParameterExpr::RemoveSmallestSuffixPattern { pattern: text, .. }
            | ParameterExpr::RemoveLargestSuffixPattern { pattern: text, .. }
            | ParameterExpr::RemoveSmallestPrefixPattern { pattern: text, .. }
            | ParameterExpr::RemoveLargestPrefixPattern { pattern: text, .. } => {
                text.iter().for_each(|text| self.text(text));
            }
            ParameterExpr::Substring { offset, length, .. } => {
                self.text(&offset.value);
                length.iter().for_each(|length| self.text(&length.value));
            }
            ParameterExpr::ReplaceSubstring { pattern, replacement, .. } => {
                self.text(pattern);
                replacement.iter().for_each(|text| self.text(text));
            }
            _ => {}
        }
    }
}

/// Programs of the shell whose arguments assign.
const DECLARING: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];

/// The text in backquotes as the shell that runs it sees it.
fn unescaped(text: &str, quoted: bool) -> String {
    let mut out = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some('`' | '$' | '\\') if letter == '\\' => out.extend(letters.next()),
            Some('"') if letter == '\\' && quoted => out.extend(letters.next()),
            _ => out.push(letter),
        }
    }
    out
}

fn number(descriptor: Option<i32>) -> String {
    descriptor.map_or(String::new(), |number| number.to_string())
}
