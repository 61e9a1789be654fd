//! Files of commands that no dialect reads: shell and PowerShell scripts, and Dockerfiles.

use crate::command::{self, Named};
use crate::dialect::{Lowering, SourceFile, Unit};
use crate::document::dockerfile::Instruction;
use crate::document::script::{Script, Template};
use crate::document::text::same_length;
use crate::document::{Format, Scalar, Style, Tree, powershell, shell};
use crate::fact::Why;
use crate::span::{ByteSpan, Source};

/// Largest script read, in bytes: installers that unpack themselves are larger, and hold no commands there.
const MAX_SCRIPT: usize = 4 << 20;
/// What templating systems fill before a script file runs.
const HOLES: [Template; 1] = [Template::Braces];

/// Files that shells read when they start.
const PROFILES: [&str; 9] = [
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_aliases",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".kshrc",
];

/// What runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interpreter {
    Shell,
    PowerShell,
}

/// Hands over what the commands of such files are handed.
pub(super) fn offer(unit: &Unit, out: &mut Lowering<'_>) {
    for file in unit.files.iter().filter(|file| file.member) {
        match &file.document.tree {
            Tree::Dockerfile(instructions) => dockerfile(file, instructions, out),
            Tree::Text if file.document.format == Format::Text => {
                if let Some(interpreter) = interpreter(file) {
                    script_file(file, interpreter, out);
                } else if is_makefile(file.name()) {
                    recipes(file, out);
                }
            }
            _ => {}
        }
    }
}

/// What runs a file: its ending says so, or its first line.
fn interpreter(file: &SourceFile) -> Option<Interpreter> {
    let ending = file.name().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("sh" | "bash" | "zsh" | "ksh" | "fish") => return Some(Interpreter::Shell),
        Some("ps1" | "psm1") => return Some(Interpreter::PowerShell),
        _ => {}
    }
    if PROFILES.contains(&file.name()) {
        return Some(Interpreter::Shell);
    }
    // No such line is longer.
    const LONGEST: usize = 128;
    let text = file.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file.bytes);
    let rest = text.strip_prefix(b"#!")?;
    let line = rest.get(..LONGEST.min(rest.len()))?.split(|b| *b == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let program = words.find(|word| *word != "env" && !word.starts_with('-'))?;
    match program {
        "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" => Some(Interpreter::Shell),
        "pwsh" | "powershell" => Some(Interpreter::PowerShell),
        _ => None,
    }
}

fn is_makefile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(lower.as_str(), "makefile" | "gnumakefile") || lower.ends_with(".mk")
}

/// The commands of a makefile: each line is a script of its own.
fn recipes(file: &SourceFile, out: &mut Lowering<'_>) {
    let text = same_length(&file.bytes);
    if text.len() > MAX_SCRIPT {
        return;
    }
    let mut values = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(recipe) = line.strip_prefix('\t') {
            let command = recipe.trim_start_matches(['@', '-', '+', ' ']);
            let start = at + line.len() - command.len();
            let scalar = Scalar::verbatim(command, Style::Plain, start);
            values.extend(command::values(&shell::read(&scalar, &[Template::Macro, Template::Braces])));
        }
        at += line.len();
    }
    hand_over(file, values, out);
}

fn script_file(file: &SourceFile, interpreter: Interpreter, out: &mut Lowering<'_>) {
    let text = same_length(&file.bytes);
    if text.len() > MAX_SCRIPT {
        let at = Source::new(file.id, ByteSpan::new(0, text.len()));
        return out
            .unknown(at, Why::Limit(format!("the commands of a script of more than {MAX_SCRIPT} bytes")));
    }
    let script = read(&Scalar::verbatim(&text, Style::Plain, 0), interpreter, &HOLES);
    hand_over(file, command::values(&script), out);
}

fn read(scalar: &Scalar, interpreter: Interpreter, holes: &[Template]) -> Script {
    match interpreter {
        Interpreter::Shell => shell::read(scalar, holes),
        Interpreter::PowerShell => powershell::read(scalar, holes),
    }
}

fn hand_over(file: &SourceFile, values: Vec<Named>, out: &mut Lowering<'_>) {
    if values.is_empty() {
        return;
    }
    let within = out.file_context(file.id);
    for value in values {
        command::offer_value(out, file.id, within, value);
    }
}

/// What the commands of `RUN` and its kin are handed. `ENV` and `ARG` are data: see `told`.
fn dockerfile(file: &SourceFile, instructions: &[Instruction], out: &mut Lowering<'_>) {
    let mut interpreter = Interpreter::Shell;
    for instruction in instructions {
        let values = match instruction.keyword.as_str() {
            "SHELL" => {
                let program = instruction.words.first().map_or("", |word| &*word.text).to_ascii_lowercase();
                let powershell = ["pwsh", "powershell"].iter().any(|name| program.contains(name));
                interpreter = if powershell { Interpreter::PowerShell } else { Interpreter::Shell };
                Vec::new()
            }
            "RUN" | "CMD" | "ENTRYPOINT" => commands(instruction, interpreter),
            "HEALTHCHECK" | "ONBUILD" => behind(instruction, interpreter),
            _ => Vec::new(),
        };
        hand_over(file, values, out);
    }
}

/// What is handed over behind an instruction's own words: `HEALTHCHECK CMD …`, `ONBUILD RUN …`, `ONBUILD ENV NAME=value`.
fn behind(instruction: &Instruction, interpreter: Interpreter) -> Vec<Named> {
    let arguments = &instruction.arguments;
    let at = arguments.text.find(|c: char| !c.is_whitespace()).unwrap_or_default();
    let word = arguments.text.get(at..).unwrap_or_default().split_whitespace().next().unwrap_or_default();
    let rest = arguments.part(at + word.len()..arguments.text.len());
    match word.to_ascii_uppercase().as_str() {
        // An assignment is one to a shell too.
        "CMD" | "RUN" | "ENV" | "ARG" => command::values(&read(&rest, interpreter, &[])),
        _ => Vec::new(),
    }
}

fn commands(instruction: &Instruction, interpreter: Interpreter) -> Vec<Named> {
    if instruction.exec {
        return command::values(&Script::of_words(&instruction.words, |_| false));
    }
    // `RUN <<EOF`: the here-document is the script.
    let whole = instruction.arguments.text.trim_start().starts_with("<<");
    let bodies = instruction.heredocs.iter().filter(|_| whole).map(|document| &document.body);
    let texts = bodies.chain((!whole).then_some(&instruction.arguments));
    texts.flat_map(|text| command::values(&read(text, interpreter, &[]))).collect()
}
