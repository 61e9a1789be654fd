//! Where a command's output goes, as far as the script says it.

use super::{Command, Redirection, RedirectionKind, Script};

/// Where the output of a command goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output<'c> {
    /// To whatever reads the output of what stands around it: the next command, or the log.
    Passed,
    /// Into a file.
    File(&'c Redirection),
    /// Somewhere that the script does not name.
    Elsewhere,
}

/// Files that stand for the terminal or the log.
const TERMINALS: [&str; 5] = ["/dev/stdout", "/dev/stderr", "/dev/tty", "/proc/self/fd/1", "/proc/self/fd/2"];
/// Descriptors of output and errors, which both go where the script's own output goes.
const OWN: [&str; 2] = ["1", "2"];

impl Script {
    /// Where the output of a command goes. Of several redirections the last holds.
    #[must_use]
    pub fn output<'c>(&self, command: &'c Command) -> Output<'c> {
        let mut output = Output::Passed;
        for redirection in &command.redirections {
            let own = redirection.descriptor.is_none_or(|at| self.text(at) == "1");
            let target = redirection.target.known();
            let terminal = target.as_deref().is_some_and(|path| TERMINALS.contains(&path));
            output = match redirection.kind {
                _ if !own => continue,
                RedirectionKind::Write
                | RedirectionKind::Clobber
                | RedirectionKind::Append
                | RedirectionKind::WriteBoth
                | RedirectionKind::AppendBoth => match terminal {
                    true => Output::Passed,
                    false => Output::File(redirection),
                },
                RedirectionKind::DuplicateOutput => match target.as_deref() {
                    Some(descriptor) if OWN.contains(&descriptor) => Output::Passed,
                    _ => Output::Elsewhere,
                },
                _ => continue,
            };
        }
        output
    }
}
