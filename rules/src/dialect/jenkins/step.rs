//! Steps: what each call of a pipeline is.

use super::Walk;
use super::collect::{class, each_value, holds_stages};
use super::groovy::{Argument, Call, Chain, Expr, Value as Written, named};
use super::stage::{Here, Job};
use crate::command;
use crate::dialect::pipeline::files;
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::settings::{secrets, stores};
use crate::fact::{Body, Safeguard, SafeguardKind, Sink, Starter, Value, Why};

use super::MAX_CALLS;

/// Steps that print what they are handed.
const PRINTS: [&str; 6] = ["echo", "println", "print", "error", "unstable", "ansiblePlaybookLog"];
/// What a change that was proposed is called by what checks it out.
/// Source: <https://plugins.jenkins.io/ghprb/>.
const PROPOSED: [&str; 5] =
    ["refs/pull/", "refs/merge-requests/", "ghprbActualCommit", "${{sha1}}", "${{ghprbPullId}}"];

impl<'t> Walk<'_, '_, 't> {
    /// A value, with the calls in it. `used` says whether something is done with what they give.
    pub(super) fn value(&mut self, value: &'t Expr, here: &Here, job: &mut Option<Job>, used: bool) {
        match &value.value {
            Written::Chain(chain) => self.chain(value, chain, here, job, used),
            Written::Block(block) => self.block(block, here, job),
            Written::List(items) | Written::Sum(items) | Written::Other(items) => {
                items.iter().for_each(|item| self.value(item, here, job, true));
            }
            Written::Map(entries) => entries.iter().for_each(|e| self.value(&e.value, here, job, true)),
            Written::Text(_) | Written::Number(_) | Written::Name(_) => {}
        }
    }

    fn chain(&mut self, whole: &'t Expr, chain: &'t Chain, here: &Here, job: &mut Option<Job>, used: bool) {
        if let Some(head) = &chain.head {
            self.value(head, here, job, true);
        }
        let mut inner = here.clone();
        for (index, call) in chain.calls.iter().enumerate() {
            self.calls += 1;
            if self.calls > MAX_CALLS {
                let why = Why::Limit(format!("more than {MAX_CALLS} calls"));
                return self.out.unknown(self.source(whole.at), why);
            }
            let used = used || index + 1 < chain.calls.len();
            self.call(call, chain, &mut inner, job, used);
        }
    }

    fn call(&mut self, call: &'t Call, chain: &'t Chain, here: &mut Here, job: &mut Option<Job>, used: bool) {
        let name = call.name.text.as_str();
        let name = ["steps.", "this.", "script.", "pipeline."]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name);
        match name {
            "stage" => return self.stage(call, here),
            "pipeline" | "matrix" => {
                if let Some(block) = &call.block {
                    self.directed(block, here, job);
                }
                return;
            }
            // Read before what stands beside them.
            "environment" | "agent" | "when" | "axes" | "excludes" if call.block.is_some() => return,
            "agent" => return,
            "parallel" if call.block.is_none() => return self.branches(call, here, job),
            "sh" => return self.script(call, here, job, Interpreter::Shell, used),
            "powershell" | "pwsh" => return self.script(call, here, job, Interpreter::PowerShell, used),
            "bat" => return self.script(call, here, job, Interpreter::Other, used),
            "withCredentials" => return self.with_credentials(call, here, job),
            "withVault" => return self.with_vault(call, here, job),
            "withAWS" => return self.with_aws(call, here, job),
            "withEnv" => return self.with_env(call, here, job),
            "sshagent" | "sshAgent" => return self.ssh_agent(call, here, job),
            "docker.withRegistry" => return self.with_registry(call, here, job),
            "wrap"
                if call.positional(0).and_then(class).is_some_and(|c| c.ends_with("VaultBuildWrapper")) =>
            {
                return self.with_vault(call, here, job);
            }
            "podTemplate" => return self.pod_template(call, here, job),
            "container" => self.container(call, here),
            "input" if call.block.is_none() => self.input(call, here, job),
            "catchError" | "warnError" => return self.excusing(call, name, here, job),
            "docker.image" => self.docker_image(call, chain, here, job),
            "docker.build" => self.docker_build(call, here, job),
            "@Library" | "library" | "lib" => self.library(call),
            "load" => self.load(call),
            "checkout" | "git" => self.checkout(call, here, job),
            "writeFile" => self.write_file(call, here, job),
            "build" if call.named("job").is_some() => self.build(call, here, job),
            "GenericTrigger" | "triggers" | "pipelineTriggers" => self.triggers(call),
            _ if PRINTS.contains(&name) => self.printed(call, here, job),
            _ => {
                self.docker_method(call, here, job);
                if let Some(argument) = super::tables::kept(name) {
                    self.keep(call, argument, here, job);
                }
            }
        }
        self.handed(call, here, job);
        for argument in &call.arguments {
            self.value(&argument.value, here, job, true);
        }
        if let Some(block) = &call.block {
            match job.is_none() && name == "post" && holds_stages(block) {
                true => self.separate(block, here),
                false => self.block(block, here, job),
            }
        }
    }

    /// `catchError`, `warnError`: what fails in them does not end the pipeline.
    fn excusing(&mut self, call: &'t Call, name: &str, here: &Here, job: &mut Option<Job>) {
        // Unless it says otherwise, the build counts as failed in the end.
        // Source: <https://www.jenkins.io/doc/pipeline/steps/workflow-basic-steps/#catcherror-catch-error-and-set-build-result-to-failure>.
        let result = call.named("buildResult").and_then(Expr::word);
        let passes = name == "warnError" || matches!(result, Some("SUCCESS" | "UNSTABLE" | "null"));
        let mut inner = here.clone();
        if passes {
            let at = call.named("buildResult").map_or(call.name.at, |value| value.at);
            inner.excused = Some(Value::known(true, self.source(at)));
        }
        if let Some(block) = &call.block {
            self.block(block, &inner, job);
        }
    }

    /// Something is printed to the log.
    fn printed(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        for argument in &call.arguments {
            let datum = here.scope.resolve(&argument.value);
            let names = secrets(&here.scope, &datum);
            if names.is_empty() {
                continue;
            }
            self.job(here, job);
            let within = Self::place(here, job);
            for name in names {
                let at = self.source(argument.value.content());
                self.settings.flow(self.out, within, &self.folder, &name, at, Sink::Log);
            }
        }
    }

    /// `writeFile file: 'a', text: "…"`
    fn write_file(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        let (Some(file), Some(text)) = (call.named("file").and_then(Expr::literal), call.named("text"))
        else {
            return;
        };
        let datum = here.scope.resolve(text);
        let names = secrets(&here.scope, &datum);
        if names.is_empty() {
            return;
        }
        self.job(here, job);
        let Some(job) = job else { return };
        let nothing = std::collections::BTreeSet::new();
        let runs = job.runs(here, &self.folder, Interpreter::Shell, &nothing, false);
        let at = crate::span::Source::new(self.file.id, text.content());
        let written = names.iter().map(|name| files::Written {
            path: file.to_owned(),
            name: None,
            what: self.settings.reference(&self.folder, name),
            at,
        });
        let written: Vec<files::Written> = written.collect();
        for file in &written {
            self.settings.wrote(self.out, &runs, file);
        }
        self.files.write(runs.site.within, written);
    }

    /// `build job: 'a', parameters: […]`: another pipeline keeps what it is started with, in clear unless it is a password.
    fn build(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        for given in call.named("parameters").map(Expr::one_or_many).unwrap_or_default() {
            let (kind, arguments): (&str, &[Argument]) = match (given.calls().first(), class(given)) {
                (Some(inner), _) => (inner.name.text.as_str(), &inner.arguments),
                (None, Some(class)) => (class, given.entries()),
                (None, None) => continue,
            };
            let value = named(arguments, "value");
            let Some((name, value)) = named(arguments, "name").and_then(Expr::literal).zip(value) else {
                continue;
            };
            let datum = here.scope.resolve(value);
            let clear = matches!(kind, "string" | "text" | "StringParameterValue" | "TextParameterValue");
            for secret in secrets(&here.scope, &datum).into_iter().filter(|_| clear) {
                self.job(here, job);
                let within = Self::place(here, job);
                let (at, to) = (self.source(value.content()), Sink::Output(name.to_owned()));
                self.settings.flow(self.out, within, &self.folder, &secret, at, to);
            }
        }
    }

    /// `checkout`, `git`: what is brought in, and with which credential.
    fn checkout(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        if self.outsiders.is_none() {
            return;
        }
        let mut proposed = None;
        for argument in &call.arguments {
            each_value(&argument.value, &mut |value| {
                let is = |text: &str| PROPOSED.iter().any(|part| text.contains(part));
                if value.text().is_some_and(|text| is(&text.scalar.text)) {
                    proposed = proposed.or(Some(value.content()));
                }
            });
        }
        if let Some(at) = proposed {
            self.job(here, job);
            let (within, at) = (Self::place(here, job), self.source(at));
            let kind = SafeguardKind::ProposedCodeIsolation;
            let apart = Safeguard { kind, protects: None, on: Value::known(false, at) };
            self.out.state(within, at, Body::Safeguard(apart));
        }
    }

    /// What starts the pipeline: for pull requests of anybody, if it says so.
    fn triggers(&mut self, call: &'t Call) {
        for argument in &call.arguments {
            let mut open = None;
            each_value(&argument.value, &mut |value| {
                let builds = class(value).is_some_and(|class| class.ends_with("GhprbTrigger"));
                let all = named(value.entries(), "permitAll").filter(|all| all.word() == Some("true"));
                if let (true, Some(all)) = (builds, all) {
                    open = Some(all.at);
                }
            });
            if let Some(at) = open {
                let at = self.source(at);
                self.outsiders = Some(at);
                if let Some(context) = self.out.context_mut(self.within) {
                    let by = std::collections::BTreeSet::from([Starter::Maintainer, Starter::Outsider]);
                    context.started_by = Some(Value::known(by, at));
                }
            }
        }
    }

    /// A script that Groovy runs: another file.
    fn load(&mut self, call: &'t Call) {
        let path = call.named_or_only("path");
        let named = path.and_then(Expr::literal).unwrap_or("a program").to_owned();
        self.out.unknown(self.source(call.name.at), Why::NotInTree(named));
    }

    /// Headers of a request: `[[name: 'Authorization', value: 'Bearer …']]`.
    pub(super) fn header(&mut self, entry: &Expr, here: &Here, job: &Option<Job>) -> bool {
        let entries = entry.entries();
        let text = named(entries, "value").and_then(Expr::text).filter(|text| text.holes.is_empty());
        let Some((name, text)) = named(entries, "name").and_then(Expr::literal).zip(text) else {
            return false;
        };
        let within = Self::place(here, job);
        if let Some(value) = command::header(name, text.scalar.clone()) {
            command::offer_value(self.out, self.file.id, within, value);
        } else {
            self.settings.slot(self.out, within, name, self.file.id, &text.scalar);
        }
        true
    }

    /// Ids of credentials in a value, whatever their names say.
    pub(super) fn ids(&self, value: &Expr, here: &Here) -> Vec<String> {
        let datum = here.scope.resolve(value);
        match datum.known() {
            Some("") => Vec::new(),
            Some(known) => vec![known.to_owned()],
            None => match stores(&here.scope, &datum).into_iter().next() {
                Some(name) => vec![name],
                None => datum.text().map(|text| text.to_string()).into_iter().collect(),
            },
        }
    }
}
