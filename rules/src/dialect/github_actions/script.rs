//! The script of a `run` step, read by the shell that would run it, and what its commands are handed.

use super::Walk;
use super::job::Job;
use super::scope::Scope;
use crate::command;
use crate::dialect::lowering::MAX_SCRIPTS;
use crate::dialect::pipeline::package;
pub use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::tool::{self, Site, Tools};
use crate::document::Node;
use crate::document::script::{Script, Template};
use crate::fact::{ContextId, Why};

/// Holes that the runner fills before a shell sees the script.
const HOLES: [Template; 1] = [Template::DollarBraces];

/// The commands of a step, with places in the workflow file: [`Script::commands`] lists them. `otherwise` is what runs a
/// step that names no shell: what `defaults.run.shell` of the job or workflow says, or what its runner has. `None` for a
/// step without a script, and for one whose interpreter hallpass does not read.
#[must_use]
pub fn commands_of(step: &Node, otherwise: Interpreter) -> Option<Script> {
    let script = step.get("run")?.scalar()?;
    step.get("shell").and_then(Node::text).map_or(otherwise, Interpreter::named).read(script, &HOLES)
}

/// The interpreter that `defaults.run.shell` of a job or workflow names for steps that name none.
pub(super) fn interpreter_by_default(node: &Node) -> Option<Interpreter> {
    node.path(&["defaults", "run", "shell"]).and_then(Node::text).map(Interpreter::named)
}

impl Walk<'_, '_> {
    /// Hands over what the commands of a step are handed, and states what they do and are. `within` is the step's context.
    pub(super) fn commands(&mut self, job: &Job, within: ContextId, scope: &Scope, step: &Node) -> Tools {
        let Some(text) = step.get("run").and_then(Node::text) else { return Tools::default() };
        if !self.out.reads_script(text.len()) {
            let why = Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts"));
            self.out.unknown(self.source(step.span), why);
            return Tools::default();
        }
        let Some(script) = commands_of(step, job.interpreter) else { return Tools::default() };
        let inner = command::offer(self.out, self.file.id, within, &script);
        let by = step.get("shell").and_then(Node::text).map_or(job.interpreter, Interpreter::named);
        // A template of one's own (`bash {0}`) names no option that is not in it.
        let own = step.get("shell").and_then(Node::text).filter(|shell| shell.contains("{0}"));
        let stops = by != Interpreter::PowerShell && own.is_none_or(|shell| shell.contains(" -e"));
        let at = self.source(step.span);
        let variable = |name: &str| scope.set(name, at);
        let site =
            Site { file: self.file.id, within, holder: job.holder.as_ref(), stops, variable: &variable };
        let mut tools = Tools::default();
        for script in std::iter::once(&script).chain(&inner) {
            package::state(self.out, self.file.id, within, script);
            self.command_logins(job, within, scope, script);
            self.deeds(job, within, scope, script, by == Interpreter::PowerShell);
            self.brought_in(job, within, step, script);
            tools.extend(tool::of_script(self.out, &site, script));
        }
        tools
    }
}
