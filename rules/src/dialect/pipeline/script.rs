//! Scripts of pipelines and what runs them.

use crate::document::script::{Script, Template};
use crate::document::{Scalar, powershell, shell};

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

    /// The interpreter of a step that names none, by a label of its runner: PowerShell on Windows, a shell elsewhere.
    #[must_use]
    pub fn of_runner(label: &str) -> Self {
        if label.to_ascii_lowercase().contains("windows") { Self::PowerShell } else { Self::Shell }
    }

    /// Reads a script as this interpreter does; `None` for one that hallpass does not read. `holes` are filled before it
    /// runs.
    #[must_use]
    pub fn read(self, script: &Scalar, holes: &[Template]) -> Option<Script> {
        match self {
            Self::Shell => Some(shell::read(script, holes)),
            Self::PowerShell => Some(powershell::read(script, holes)),
            Self::Other => None,
        }
    }
}
