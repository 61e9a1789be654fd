//! Jobs: who they are, whose secrets they get, where they run, and what nobody uses.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Walk;
use super::scope::{Argument, Parameters, Scope};
use super::space::{Found, Kind, SpaceId};
use super::tables::TABLE;
use super::workflow::Usage;
use crate::dialect::pipeline::run::{Done, Runs};
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::settings::{Settings, Site};
use crate::dialect::pipeline::value::{self, MAX_ALTERNATIVES};
use crate::dialect::pipeline::{deploy, names};
use crate::document::script::Template;
use crate::document::{Entry, Node};
use crate::fact::{
    Alternative, Author, Body, Case, ContextId, ContextKind, Identity, Naming, Ref, Safeguard, SafeguardKind,
    Selection, Sink, Starter, Text, Value, Why,
};
use crate::span::Source;

/// What the platform fills before a shell sees the script.
const HOLES: [Template; 1] = [Template::Angles];
/// Most contexts of one job that are told apart; people give a job two or three.
const MAX_CONTEXTS: usize = 32;

/// What the parts of a job share.
pub(super) struct Job {
    pub(super) within: ContextId,
    pub(super) unique: [Text; 2],
    /// The job's identity.
    pub(super) holder: Ref,
    /// The context whose variables it gets, or a hole.
    pub(super) environment: Text,
    pub(super) interpreter: Interpreter,
    /// Paths that are kept when it ends, and where.
    pub(super) kept: Vec<(String, Sink)>,
    pub(super) done: Done,
    /// Variables of the platform that hold tokens of the job.
    pub(super) provided: BTreeSet<String>,
    /// Those of them that were read so far.
    pub(super) tokens: BTreeSet<String>,
}

impl Job {
    pub(super) fn site<'s>(&'s self, names: &'s Scope<'_>) -> Site<'s> {
        Site { within: self.within, environment: &self.environment, names }
    }

    pub(super) fn runs<'s>(&'s self, names: &'s Scope<'_>, subjects: &'s [Text]) -> Runs<'s> {
        Runs {
            site: self.site(names),
            interpreter: self.interpreter,
            holes: &HOLES,
            provided: &self.provided,
            dotenv: None,
            kept: &self.kept,
            unique: &self.unique,
            holder: Some(&self.holder),
            subjects,
            one_shell: false,
        }
    }
}

/// Who a job is.
fn identity(path: Text, name: &str) -> Ref {
    Ref::new("circleci", "job", [path], name)
}

/// What a job's tokens have for a subject.
/// Source: <https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/>.
pub(super) fn subject() -> Text {
    let mut text = Text::default();
    for (part, hole) in [("org/", "organization"), ("/project/", "project"), ("/user/", "user")] {
        text.push(part);
        text.push_hole(Why::Variable(hole.to_owned()));
    }
    text
}

impl<'u> Walk<'_, 'u> {
    /// Lowers the jobs of the file, and those of orbs that a workflow runs.
    pub(super) fn jobs(&mut self, scope: &Scope<'u>, usages: &[Usage<'u>]) {
        let mut by_place: BTreeMap<Source, Vec<Usage<'u>>> = BTreeMap::new();
        for usage in usages {
            match self.spaces.find(SpaceId::default(), Kind::Job, usage.job) {
                Found::Here(_, entry) => {
                    by_place.entry(self.source(entry.key.span)).or_default().push(*usage)
                }
                Found::Outside { component, at, .. } => self.job_of_orb(scope, usage, component, at),
                Found::Nothing => self.out.unknown(usage.at, Why::NotInTree(usage.job.to_owned())),
            }
        }
        for (space, entry) in self.spaces.each(Kind::Job) {
            let usages = by_place.get(&self.source(entry.key.span)).map(Vec::as_slice).unwrap_or_default();
            self.job(scope, space, entry, usages);
        }
    }

    fn job(&mut self, scope: &Scope<'u>, space: SpaceId, entry: &'u Entry, usages: &[Usage<'u>]) {
        let node = &entry.value;
        let at = self.source(entry.key.span);
        let within = self.out.context(self.within, ContextKind::Job, entry.name(), self.source(entry.span()));
        let before = self.out.facts.facts.len();
        let mut job = self.begun(within, entry.name(), at, scope, usages);
        self.defaults(within, node.get("parameters"));
        let parameters = self.parameters(scope, space, entry, usages);
        let mut own = scope.called(space, Rc::new(parameters));
        self.executed(&mut job, &mut own, node);
        self.environment(&mut job, &mut own, node.get("environment"));
        let mut steps: Vec<&'u Node> = node.get("steps").into_iter().collect();
        let around = scope.called(SpaceId::default(), Rc::default());
        for further in usages.iter().flat_map(Usage::further_steps) {
            self.steps(&mut job, &around.with_layers_of(&own), &[further]);
        }
        self.steps(&mut job, &own, &std::mem::take(&mut steps));
        self.ended(job, &own);
        deploy::settle(self.out, within, before, &[(entry.name(), at)]);
    }

    /// A job of an orb: what it does is out of sight, what it is handed is not.
    fn job_of_orb(
        &mut self,
        scope: &Scope<'u>,
        usage: &Usage<'u>,
        component: crate::fact::Component,
        declared: Source,
    ) {
        let within = self.out.context(self.within, ContextKind::Job, usage.name, usage.at);
        let mut job = self.begun(within, usage.name, usage.at, scope, std::slice::from_ref(usage));
        let why = Why::Unsupported("what a job of an orb does".to_owned());
        self.out.unknown(usage.at, why);
        let member = usage.job.split_once('/').map_or("", |(_, member)| member);
        let arguments: Vec<&'u Entry> = usage.arguments().collect();
        self.orb(&mut job, scope, usage.at, component, declared, member, &arguments);
        // A list that is handed to an orb is one of steps.
        let lists = arguments.iter().map(|argument| &argument.value).filter(|node| !node.items().is_empty());
        for further in usage.further_steps().chain(lists) {
            self.steps(&mut job, scope, &[further]);
        }
        self.ended(job, scope);
    }

    /// States who a job is, who starts it and whose variables it gets.
    fn begun(
        &mut self,
        within: ContextId,
        name: &str,
        at: Source,
        scope: &Scope<'u>,
        usages: &[Usage<'u>],
    ) -> Job {
        let path = Text::literal(self.file.path.clone());
        let holder = identity(path.clone(), name);
        let identity = Identity::plain(holder.clone(), "job token", Naming::Named);
        self.out.state(within, at, Body::Identity(identity));
        let contexts = self.contexts(within, scope, usages);
        if let Some(context) = self.out.context_mut(within) {
            started(context, usages, at);
        }
        if !usages.is_empty()
            && let Some(approvals) =
                usages.iter().map(|usage| usage.approved).collect::<Option<Vec<Source>>>()
            && let Some(first) = approvals.first()
        {
            let on = Value::known(true, *first);
            let gate = Safeguard { kind: SafeguardKind::ApprovalGate, protects: None, on };
            self.out.state(within, *first, Body::Safeguard(gate));
        }
        let nothing = || Text::hole(Why::Variable("context".to_owned()));
        let environment = match contexts.as_slice() {
            [only] => only.clone(),
            _ => nothing(),
        };
        Job {
            within,
            unique: [path, Text::literal(name)],
            holder,
            environment,
            interpreter: Interpreter::Shell,
            kept: Vec::new(),
            done: Done::default(),
            provided: TABLE.tokens.names.clone(),
            tokens: BTreeSet::new(),
        }
    }

    /// The contexts of a job: all of their variables stand in its environment.
    fn contexts(&mut self, within: ContextId, scope: &Scope<'u>, usages: &[Usage<'u>]) -> Vec<Text> {
        let mut known: Vec<Text> = Vec::new();
        for node in usages.iter().flat_map(|usage| usage.contexts()).take(MAX_CONTEXTS) {
            let datum = scope.resolve(node);
            let at = self.source(node.span);
            for (found, _, _) in datum.alternatives() {
                let Some(name) = found.text().filter(|text| text.known() != Some("")) else { continue };
                if !known.contains(&name) {
                    let what = Selection::All(self.settings.reference(&name, "*"));
                    self.settings.hand(self.out, within, what, at, Sink::Env("*".to_owned()));
                    known.push(name);
                }
            }
        }
        let tiers: Vec<(&Text, Option<crate::fact::Tier>)> =
            known.iter().map(|name| (name, name.known().and_then(names::tier))).collect();
        let telling =
            tiers.iter().find(|(_, tier)| tier.is_some()).or(tiers.first().filter(|_| tiers.len() == 1));
        if let (Some((name, tier)), Some(context)) = (telling, self.out.context_mut(within)) {
            let at = context.at.source();
            let organization = Text::hole(Why::Variable("organization".to_owned()));
            let is = Ref::new("circleci", "context", [organization], (*name).clone());
            context.environment = Some(Value::known(is, at));
            context.tier = tier.map(|tier| Value::known(tier, at));
        }
        known
    }

    /// The parameters of a job: what the workflows that run it give, and what it declares.
    fn parameters(
        &mut self,
        scope: &Scope<'u>,
        space: SpaceId,
        entry: &'u Entry,
        usages: &[Usage<'u>],
    ) -> Parameters<'u> {
        let declared = entry.value.get("parameters");
        let inner = scope.called(space, Rc::default());
        let mut parameters = scope.arguments(declared, None, &inner);
        if usages.is_empty() {
            return parameters;
        }
        let mut names: BTreeSet<&str> =
            declared.map(Node::entries).unwrap_or_default().iter().map(Entry::name).collect();
        let given: Vec<Given<'u>> = usages.iter().take(MAX_ALTERNATIVES).map(Given::of).collect();
        for usage in usages {
            let arguments: Vec<&'u Entry> = usage.arguments().collect();
            if !self.allows(arguments.len(), entry.key.span) {
                return parameters;
            }
            for argument in arguments {
                self.literal(self.within, argument.name(), &argument.value);
                names.insert(argument.name());
            }
        }
        for name in names {
            let default = parameters.get(name).cloned();
            if let Some(argument) = of_usages(scope, name, entry.name(), default, &given) {
                parameters.insert(name.to_owned(), argument);
            }
        }
        parameters
    }

    /// States what a job's variables log in to, when its scripts are read.
    pub(super) fn ended(&mut self, mut job: Job, scope: &Scope<'u>) {
        let further = Settings::further(scope, std::mem::take(&mut job.done));
        let resolve = |_: &str| None;
        self.settings.standing_keys(self.out, job.site(scope), std::iter::empty(), resolve, &further);
    }

    /// Executors and commands that no job uses say what they say all the same.
    pub(super) fn unused(&mut self, scope: &Scope<'u>) {
        for kind in [Kind::Executor, Kind::Command] {
            for (space, entry) in self.spaces.each(kind) {
                let at = self.source(entry.key.span);
                if self.used.contains(&at) {
                    continue;
                }
                let within =
                    self.out.context(self.within, ContextKind::Step, entry.name(), self.source(entry.span()));
                let path = Text::literal(self.file.path.clone());
                let mut job = Job {
                    within,
                    holder: identity(path.clone(), entry.name()),
                    unique: [path, Text::literal(entry.name())],
                    environment: Text::hole(Why::Variable("context".to_owned())),
                    interpreter: Interpreter::Shell,
                    kept: Vec::new(),
                    done: Done::default(),
                    provided: TABLE.tokens.names.clone(),
                    tokens: BTreeSet::new(),
                };
                self.defaults(within, entry.value.get("parameters"));
                let inner = scope.called(space, Rc::default());
                let parameters = inner.arguments(entry.value.get("parameters"), None, &inner);
                let mut own = scope.called(space, Rc::new(parameters));
                if kind == Kind::Executor {
                    self.runs_in(&mut job, &mut own, &entry.value);
                    self.environment(&mut job, &mut own, entry.value.get("environment"));
                }
                let steps: Vec<&'u Node> = entry.value.get("steps").into_iter().collect();
                self.steps(&mut job, &own, &steps);
                self.ended(job, &own);
            }
        }
        let unused: Vec<_> =
            self.spaces.outside().into_iter().filter(|(_, at)| !self.used.contains(at)).collect();
        for (component, at) in unused {
            self.out.state(self.within, at, Body::Component(component));
        }
    }
}

/// Who can start a job, and whose code it runs: the project's settings say whether forks are built too.
fn started(context: &mut crate::fact::Context, usages: &[Usage<'_>], at: Source) {
    let by: BTreeSet<Starter> = match usages.iter().all(|usage| usage.scheduled) && !usages.is_empty() {
        true => BTreeSet::from([Starter::Schedule]),
        false => BTreeSet::from([Starter::Maintainer]),
    };
    let open = usages.iter().any(|usage| usage.open);
    fn of<T>(value: T, source: Source, open: bool) -> Value<T> {
        match open {
            false => Value::known(value, source),
            true => Value::OneOf {
                of: vec![Alternative { value, source, case: Case::always(), default: true }],
                open: true,
            },
        }
    }
    context.started_by = Some(of(by, at, open));
    context.runs_code_of = Some(of(Author::Maintainer, at, open));
}

/// What a workflow gives to a job, by name.
struct Given<'u> {
    /// Which use it is, for the cases of what it gives.
    branch: String,
    arguments: BTreeMap<&'u str, &'u Node>,
    matrix: BTreeMap<&'u str, &'u Node>,
}

impl<'u> Given<'u> {
    fn of(usage: &Usage<'u>) -> Self {
        Self {
            branch: format!("{}/{}", usage.workflow, usage.name),
            arguments: usage.arguments().map(|entry| (entry.name(), &entry.value)).collect(),
            matrix: usage.matrix().iter().map(|entry| (entry.name(), &entry.value)).collect(),
        }
    }
}

/// What the workflows give for a parameter: one value, or one of several, each where it is written.
fn of_usages<'u>(
    scope: &Scope<'u>,
    name: &str,
    job: &str,
    default: Option<Argument<'u>>,
    given: &[Given<'u>],
) -> Option<Argument<'u>> {
    let mut of = Vec::new();
    let mut written = Vec::new();
    for usage in given {
        let case = Case::of(format!("use of {job}"), usage.branch.clone());
        let mut add = |argument: Argument<'u>, case: Case, default: bool| {
            if of.len() < MAX_ALTERNATIVES {
                of.push((argument.datum, case, default));
                written.extend(argument.written);
            }
        };
        if let Some(matrix) = usage.matrix.get(name) {
            for node in matrix.one_or_many().iter().take(MAX_ALTERNATIVES) {
                let argument = scope.argument(node);
                let branch = argument.datum.known().unwrap_or_default().to_owned();
                let choice = Case::of(format!("matrix.{name}"), branch);
                add(argument, case.and(&choice).unwrap_or_default(), false);
            }
            continue;
        }
        let own = usage.arguments.get(name).map(|node| scope.argument(node));
        if let Some(argument) = own.or_else(|| default.clone()) {
            add(argument, case, true);
        }
    }
    let same = of.first().is_some_and(|(first, _, _)| of.iter().all(|(other, _, _)| other == first));
    if same {
        of.truncate(1);
        written.truncate(1);
    }
    Some(Argument { datum: value::one_of(of, false)?, written })
}
