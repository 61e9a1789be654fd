//! The script of a `run` step, read by the shell that would run it, and what its commands are handed.

use super::Walk;
use crate::command;
use crate::dialect::lowering::MAX_SCRIPTS;
use crate::document::script::{Script, Template};
use crate::document::{Node, powershell, shell};
use crate::fact::{ContextId, Why};

/// Holes that the runner fills before a shell sees the script.
const HOLES: [Template; 1] = [Template::DollarBraces];

/// What runs the script of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpreter {
    /// A POSIX shell or bash.
    Shell,
    /// PowerShell, of either edition.
    PowerShell,
    /// Something else: `cmd`, Python, a program of its own. Its script is not read.
    Other,
}

impl Interpreter {
    /// The interpreter that a `shell` key names: a keyword, or a command line with `{0}` for the script.
    /// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#defaultsrunshell>.
    #[must_use]
    pub fn named(shell: &str) -> Self {
        let program = shell.split_whitespace().next().unwrap_or_default();
        let program = program.rsplit(['/', '\\']).next().unwrap_or_default();
        match program.strip_suffix(".exe").unwrap_or(program) {
            "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" => Self::Shell,
            "pwsh" | "powershell" => Self::PowerShell,
            _ => Self::Other,
        }
    }

    /// The interpreter that `defaults.run.shell` of a job or workflow names for steps that name none.
    #[must_use]
    pub fn by_default(node: &Node) -> Option<Self> {
        node.path(&["defaults", "run", "shell"]).and_then(Node::text).map(Self::named)
    }

    /// The interpreter of a step that names none, by a label of its runner: PowerShell on Windows, a shell elsewhere.
    #[must_use]
    pub fn of_runner(label: &str) -> Self {
        if label.to_ascii_lowercase().contains("windows") { Self::PowerShell } else { Self::Shell }
    }
}

/// The commands of a step, with places in the workflow file: [`Script::commands`] lists them. `otherwise` is what runs a
/// step that names no shell: what `defaults.run.shell` of the job or workflow says, or what its runner has. `None` for a
/// step without a script, and for one whose interpreter hallpass does not read.
#[must_use]
pub fn commands_of(step: &Node, otherwise: Interpreter) -> Option<Script> {
    let script = step.get("run")?.scalar()?;
    match step.get("shell").and_then(Node::text).map_or(otherwise, Interpreter::named) {
        Interpreter::Shell => Some(shell::read(script, &HOLES)),
        Interpreter::PowerShell => Some(powershell::read(script, &HOLES)),
        Interpreter::Other => None,
    }
}

impl Walk<'_, '_> {
    /// Hands over what the commands of a step are handed. `within` is the step's context.
    pub(super) fn commands(&mut self, within: ContextId, step: &Node, otherwise: Interpreter) {
        let Some(text) = step.get("run").and_then(Node::text) else { return };
        if !self.out.reads_script(text.len()) {
            let why = Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts"));
            return self.out.unknown(self.source(step.span), why);
        }
        if let Some(script) = commands_of(step, otherwise) {
            command::offer(self.out, self.file.id, within, &script);
        }
    }
}
