//! Scripts of jobs: which variables of the settings they read, what they write of them, and what they log in to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::files;
use super::package;
use super::reading::{self, Names, word_value};
use super::script::Interpreter;
use super::settings::{Settings, Site, is_secret, secrets};
use super::tool::{self, Tools};
use crate::command;
use crate::command::login::Login;
use crate::command::upload::{self, Upload};
use crate::dialect::Lowering;
use crate::dialect::logins;
use crate::dialect::lowering::MAX_SCRIPTS;
use crate::document::Scalar;
use crate::document::script::{Assigned, Script, Template};
use crate::fact::{Datum, Ref, Sink, Text, Why};
use crate::span::{FileId, Source};

/// The variable that names the role an AWS SDK takes with the job's ID token.
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>.
pub(crate) const AWS_ROLE: &str = "AWS_ROLE_ARN";

/// What runs scripts, and what becomes of what they write.
#[derive(Clone, Copy)]
pub(crate) struct Runs<'s> {
    pub(crate) site: Site<'s>,
    pub(crate) interpreter: Interpreter,
    /// What the platform fills before a shell sees the script.
    pub(crate) holes: &'static [Template],
    /// Variables that the platform fills for this job alone: ID tokens, secrets of stores.
    pub(crate) provided: &'s BTreeSet<String>,
    /// The file of variables that later jobs get.
    pub(crate) dotenv: Option<&'s str>,
    /// Paths that are kept when it ends, and where.
    pub(crate) kept: &'s [(String, Sink)],
    /// Where something of this job is unique: the pipeline's path and the job.
    pub(crate) unique: &'s [Text; 2],
    /// The job's identity, as what its commands act; `None` where that is not said of the platform's jobs.
    pub(crate) holder: Option<&'s Ref>,
    /// Subjects that its ID tokens can have.
    pub(crate) subjects: &'s [Text],
    /// Whether one shell runs the scripts of the job one after the other.
    pub(crate) one_shell: bool,
}

/// A script where it is written.
#[derive(Clone, Copy)]
pub(crate) struct Written<'s> {
    pub(crate) file: FileId,
    pub(crate) scalar: &'s Scalar,
    pub(crate) at: Source,
}

/// A variable that a script sets.
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) datum: Datum,
}

/// A script as it was read.
pub(super) struct Read {
    script: Option<Script>,
    /// Variables that it reads, in order.
    mentions: Vec<(String, Range<usize>)>,
    /// Variables that it sets, and where in its text the first assignment ends.
    assigned: BTreeMap<String, usize>,
    logins: Vec<Login>,
    /// Scripts that stand in arguments of its commands.
    inner: Vec<Script>,
}

/// What the scripts of a job do.
#[derive(Default)]
pub(crate) struct Done {
    /// Variables of the settings that are read, each where it is read first.
    pub(crate) read: BTreeMap<String, Source>,
    /// Variables that are set to something that is known.
    pub(crate) set: Vec<Set>,
    /// Platforms for which a session is taken.
    pub(crate) sessions: Vec<&'static str>,
    /// Checks and agents that are run.
    pub(crate) tools: Tools,
    /// Files that secrets are written to.
    pub(crate) wrote: Vec<files::Written>,
    /// Registries that are published to.
    pub(crate) publishes: BTreeSet<&'static str>,
    /// Packages that are published with a key that the command does not name.
    pub(crate) uploads: Vec<(Upload, Source)>,
    /// Whether they log in, or put a credential or another registry where such commands find them.
    pub(crate) signs_in: bool,
    /// Names that the scripts set, whatever to.
    pub(super) assigned: BTreeSet<String>,
    /// Where the shell began to print what it runs.
    pub(super) traced: Option<Source>,
}

impl Settings {
    /// Lowers a script of a job. Those of one job are handed over in the order in which they run. `further` are variables
    /// that it reads in a way of the platform's own. Gives `false` when no more is read.
    pub(crate) fn script(
        &mut self,
        out: &mut Lowering<'_>,
        runs: &Runs<'_>,
        written: Written<'_>,
        further: &[(String, Range<usize>)],
        done: &mut Done,
    ) -> bool {
        if !out.reads_script(written.scalar.text.len()) {
            out.unknown(written.at, Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts")));
            return false;
        }
        let read = self.read(out, runs, written);
        self.mentions(out, runs, written, &read, further, done);
        if let Some(script) = &read.script {
            self.does(out, runs, written, script, &read.logins, done);
            for inner in &read.inner {
                self.does(out, runs, written, inner, &command::login::logins(inner), done);
            }
        }
        done.assigned.extend(read.assigned.keys().cloned());
        true
    }

    /// Lowers the words of a command line that no shell reads; `implied`: the program is not among them. Gives `false`
    /// when no more is read.
    pub(crate) fn words(
        &mut self,
        out: &mut Lowering<'_>,
        runs: &Runs<'_>,
        (file, at): (FileId, Source),
        words: &[Scalar],
        implied: bool,
        done: &mut Done,
    ) -> bool {
        if !out.reads_script(words.iter().map(|word| word.text.len()).sum()) {
            out.unknown(at, Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts")));
            return false;
        }
        let script = command::of_list(words, implied, runs.holes);
        if let (Some(script), Some(scalar)) = (script, words.first()) {
            let inner = command::offer(out, file, runs.site.within, &script);
            for script in std::iter::once(&script).chain(&inner) {
                package::state(out, file, runs.site.within, script);
                let logins = command::login::logins(script);
                self.does(out, runs, Written { file, scalar, at }, script, &logins, done);
            }
        }
        true
    }

    /// What the commands of a script do.
    fn does(
        &mut self,
        out: &mut Lowering<'_>,
        runs: &Runs<'_>,
        written: Written<'_>,
        script: &Script,
        logins: &[Login],
        done: &mut Done,
    ) {
        set(runs, written, script, done);
        self.deeds(out, runs, written, script, done);
        published(written, script, done);
        let step = tool::Site {
            file: written.file,
            within: runs.site.within,
            holder: runs.holder,
            stops: runs.interpreter != Interpreter::PowerShell,
            variable: &|name| runs.site.names.has(name).then(|| runs.site.names.variable(name, written.at)),
        };
        done.tools.extend(tool::of_script(out, &step, script));
        for login in logins {
            self.command_login(out, runs, written, script, login, done);
        }
    }

    fn read(&mut self, out: &mut Lowering<'_>, runs: &Runs<'_>, written: Written<'_>) -> Rc<Read> {
        if let Some(known) = self.scripts.get(&written.at) {
            return Rc::clone(known);
        }
        let script = runs.interpreter.read(written.scalar, runs.holes);
        let mut inner = Vec::new();
        if let Some(script) = &script {
            inner = command::offer(out, written.file, runs.site.within, script);
            for script in std::iter::once(script).chain(&inner) {
                package::state(out, written.file, runs.site.within, script);
            }
        }
        let read = Rc::new(Read {
            mentions: reading::mentions(&written.scalar.text, runs.interpreter),
            assigned: script.as_ref().map(reading::assigned).unwrap_or_default(),
            logins: script.as_ref().map(command::login::logins).unwrap_or_default(),
            script,
            inner,
        });
        self.scripts.insert(written.at, Rc::clone(&read));
        read
    }

    /// Variables of the settings that a script reads.
    fn mentions(
        &mut self,
        out: &mut Lowering<'_>,
        runs: &Runs<'_>,
        written: Written<'_>,
        read: &Read,
        further: &[(String, Range<usize>)],
        done: &mut Done,
    ) {
        let Site { within, environment, names } = runs.site;
        let mut reads_secret = false;
        for (name, range) in read.mentions.iter().chain(further) {
            let set_before = done.assigned.contains(name)
                || read.assigned.get(name).is_some_and(|end| range.start >= *end);
            if names.has(name) {
                let datum = names.variable(name, written.at);
                reads_secret |= !secrets(names, &datum).is_empty();
                continue;
            }
            if set_before || runs.provided.contains(name) || !is_secret(names, name) {
                reads_secret |= runs.provided.contains(name);
                continue;
            }
            reads_secret = true;
            let at = Source::new(written.file, written.scalar.span_of(range.clone()));
            if done.read.insert(name.clone(), at).is_none() {
                self.flow(out, within, environment, name, at, Sink::Env(name.clone()));
            }
        }
        if reads_secret {
            let why = "what a script does with the secret it reads";
            out.unknown(written.at, Why::Unsupported(why.to_owned()));
        }
    }

    /// Variables that log in and that a script sets, or reads from the settings.
    pub(crate) fn further(names: &dyn Names, done: Done) -> Vec<Set> {
        let mut further = done.set;
        for (name, at) in done.read {
            let Some(row) = logins::variable(&name) else { continue };
            // With a session of the platform taken, what a script reads is that session's.
            let of_session = done.sessions.iter().any(|platform| *platform == row.platform);
            if !of_session && !names.has(&name) && !further.iter().any(|set| set.name == name) {
                further.push(Set { datum: Datum::unknown(at, Why::Variable(name.clone())), name });
            }
        }
        further
    }
}

/// Notes what a script publishes with a key that it does not name.
fn published(written: Written<'_>, script: &Script, done: &mut Done) {
    let text = &written.scalar.text;
    done.signs_in = done.signs_in || upload::puts_in_place(text);
    let commands = command::called(script);
    done.signs_in = done.signs_in || upload::signs_in(&commands);
    if upload::may_publish(text) && !done.signs_in {
        let found = upload::uploads(&commands).into_iter();
        done.uploads.extend(found.map(|upload| (upload, Source::new(written.file, script.span(upload.at)))));
    }
}

/// Notes what a script sets variables to, where that is known.
fn set(runs: &Runs<'_>, written: Written<'_>, script: &Script, done: &mut Done) {
    for found in script.commands() {
        for assignment in found.simple.assigned() {
            let name = script.text(assignment.name);
            let name = name.strip_prefix("env:").unwrap_or(name);
            if let Assigned::Word(word) = &assignment.value
                && (name == AWS_ROLE || logins::variable(name).is_some())
            {
                let datum = word_value(runs.site.names, written.file, script, word);
                done.set.push(Set { name: name.to_owned(), datum });
            }
        }
    }
}
