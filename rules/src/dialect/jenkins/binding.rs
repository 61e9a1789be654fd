//! Credentials that are bound to variables: for the whole of a stage or pipeline, or for one block.

use std::collections::BTreeMap;

use super::Walk;
use super::collect::{class, each_value, holds_stages};
use super::groovy::{Argument, Block, Call, Expr, Statement, Text, Value as Written, named};
use super::scope::Layer;
use super::stage::{Here, Job};
use super::tables;
use crate::dialect::pipeline::settings::{Site, secrets};
use crate::dialect::pipeline::value::{self, MAX_ALTERNATIVES};
use crate::fact::{Case, ContextId, ContextKind, Datum, Known, Sink, Why};
use crate::span::Source;

/// What a variable holds of a credential.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Secret,
    Path,
    Public,
}

/// A variable that a credential is bound to.
pub(super) struct Bound {
    variable: String,
    id: String,
    at: Source,
    holds: Holds,
}

impl<'t> Walk<'_, '_, 't> {
    /// `environment { A = 'b'; C = credentials('d') }`
    pub(super) fn environment(&mut self, block: &'t Block, here: &mut Here, job: &Option<Job>) {
        let within = Self::place(here, job);
        for statement in &block.statements {
            let Statement::Set { name, value } = statement else { continue };
            let variable = &name.text;
            let call = value.calls().first().filter(|call| call.name.text == "credentials");
            if let Some(id) = call.and_then(|call| call.positional(0)) {
                let at = self.source(id.content());
                let mut bound = Vec::new();
                for id in self.ids(id, here) {
                    let one = |variable: String, holds| Bound { variable, id: id.clone(), at, holds };
                    bound.push(one(variable.clone(), Holds::Secret));
                    bound.push(one(format!("{variable}_PSW"), Holds::Secret));
                    bound.push(one(format!("{variable}_USR"), Holds::Public));
                }
                self.bind(within, here, bound, Some(variable));
                continue;
            }
            self.slot(within, variable, value);
            let datum = here.scope.resolve(value);
            self.set(within, here, variable, datum);
        }
    }

    /// A variable of the environment that is set to something.
    fn set(&mut self, within: ContextId, here: &mut Here, variable: &str, datum: Datum) {
        for name in secrets(&here.scope, &datum) {
            let (at, to) = (datum.at, Sink::Env(variable.to_owned()));
            self.settings.flow(self.out, within, &self.folder, &name, at, to);
        }
        let layer = Layer::from([(variable.to_owned(), datum.clone())]);
        let site = Site { within, environment: &self.folder, names: &here.scope };
        let resolve = |_: &str| Some(datum.clone());
        self.settings.standing_keys(self.out, site, std::iter::once(variable), resolve, &[]);
        here.scope.push(layer, []);
    }

    /// States what variables are bound to, and puts them into force. `only` is the one whose flow is told, where one
    /// credential has several.
    fn bind(&mut self, within: ContextId, here: &mut Here, bound: Vec<Bound>, only: Option<&str>) {
        let (mut layer, mut stored) = (Layer::new(), Vec::new());
        let mut keys: BTreeMap<String, Datum> = BTreeMap::new();
        for one in bound {
            let credential = Datum::unknown(one.at, Why::Variable(one.id.clone()));
            let part = |what: &str| Datum::unknown(one.at, Why::Expression(format!("{what} of {}", one.id)));
            let datum = match one.holds {
                Holds::Secret => credential.clone(),
                Holds::Path => part("the file"),
                Holds::Public => part("a part"),
            };
            layer.insert(one.variable.clone(), datum);
            if one.holds == Holds::Public {
                continue;
            }
            stored.push(one.id.clone());
            keys.insert(one.variable.clone(), credential);
            if only.is_none_or(|only| only == one.variable) {
                let to = Sink::Env(one.variable);
                self.settings.flow(self.out, within, &self.folder, &one.id, one.at, to);
            }
        }
        here.scope.push(layer, stored);
        let site = Site { within, environment: &self.folder, names: &here.scope };
        let resolve = |name: &str| keys.get(name).cloned();
        self.settings.standing_keys(self.out, site, keys.keys().map(String::as_str), resolve, &[]);
    }

    /// A block of its own, for which `open` says what holds in it.
    pub(super) fn scoped(
        &mut self,
        call: &'t Call,
        here: &Here,
        job: &mut Option<Job>,
        open: impl FnOnce(&mut Self, ContextId, &mut Here, Option<&Job>),
    ) {
        let at = self.source(call.name.at);
        let mut inner = here.clone();
        if let Some(block) = call.block.as_ref().filter(|block| holds_stages(block)) {
            inner.around = self.inner(here.around, ContextKind::Workflow, &call.name.text, at);
            inner.within = None;
            open(self, inner.around, &mut inner, None);
            return self.separate(block, &inner);
        }
        self.job(here, job);
        let around = Self::place(here, job);
        let within = self.inner(around, ContextKind::Step, &call.name.text, at);
        inner.within = Some(within);
        open(self, within, &mut inner, job.as_ref());
        // What runs in the image here can read what is bound here.
        if let Some(image) = &inner.image {
            self.images.image(self.out, within, image, super::agent::image_of);
        }
        if let Some(block) = &call.block {
            self.block(block, &inner, job);
        }
    }

    /// `withCredentials([string(credentialsId: 'a', variable: 'B')]) { … }`
    pub(super) fn with_credentials(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        let list = call.named_or_only("bindings").map(Expr::one_or_many).unwrap_or_default();
        self.scoped(call, here, job, |walk, within, inner, _| {
            for binding in list {
                let (kind, arguments): (&str, &[Argument]) = match (binding.calls().first(), class(binding)) {
                    (Some(call), _) => (call.name.text.as_str(), &call.arguments),
                    (None, Some(class)) => (class, binding.entries()),
                    (None, None) => {
                        let why = Why::Unsupported("a binding that Groovy computes".to_owned());
                        walk.out.unknown(walk.source(binding.at), why);
                        continue;
                    }
                };
                walk.binding(within, inner, kind, arguments, binding.at);
            }
        });
    }

    fn binding(
        &mut self,
        within: ContextId,
        inner: &mut Here,
        kind: &str,
        arguments: &'t [Argument],
        whole: crate::span::ByteSpan,
    ) {
        let plain = || arguments.iter().find(|argument| argument.name.is_none()).map(|a| &a.value);
        let id = named(arguments, "credentialsId").or_else(plain);
        let (Some(row), Some(id)) = (tables::binding(kind), id) else {
            let why = Why::Unsupported("a binding of a kind that hallpass does not know".to_owned());
            return self.out.unknown(self.source(whole), why);
        };
        let at = self.source(id.content());
        let ids = self.ids(id, inner);
        let Some(id) = ids.into_iter().next() else { return };
        let variable = |(argument, default): &(String, String)| {
            let given = named(arguments, argument).and_then(Expr::literal);
            Some(given.unwrap_or(default)).filter(|name| !name.is_empty()).map(str::to_owned)
        };
        let mut bound = Vec::new();
        for (holds, pairs) in
            [(Holds::Secret, &row.secrets), (Holds::Path, &row.paths), (Holds::Public, &row.public)]
        {
            for variable in pairs.iter().filter_map(variable) {
                bound.push(Bound { variable, id: id.clone(), at, holds });
            }
        }
        self.bind(within, inner, bound, None);
    }

    /// `withVault([vaultSecrets: [[path: 'a', secretValues: [[envVar: 'B', vaultKey: 'c']]]]]) { … }`
    pub(super) fn with_vault(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        self.handed(call, here, job);
        self.scoped(call, here, job, |walk, within, inner, _| {
            let mut bound = Vec::new();
            for argument in &call.arguments {
                each_value(&argument.value, &mut |value| {
                    let Some(values) = named(value.entries(), "secretValues") else { return };
                    let path = named(value.entries(), "path").and_then(Expr::literal).unwrap_or("vault");
                    for one in values.one_or_many() {
                        let Some(key) = named(one.entries(), "vaultKey") else { continue };
                        let (at, key) = (walk.source(key.content()), key.literal().unwrap_or("key"));
                        let variable = named(one.entries(), "envVar").and_then(Expr::literal).unwrap_or(key);
                        let (variable, id) = (variable.to_owned(), format!("{path}/{key}"));
                        bound.push(Bound { variable, id, at, holds: Holds::Secret });
                    }
                });
            }
            walk.bind(within, inner, bound, None);
        });
    }

    /// `withEnv(['A=b']) { … }`
    pub(super) fn with_env(&mut self, call: &'t Call, here: &Here, job: &mut Option<Job>) {
        let list = call.named_or_only("overrides").map(Expr::one_or_many).unwrap_or_default();
        self.scoped(call, here, job, |walk, within, inner, _| {
            for item in list {
                let Some((name, value)) = item.text().and_then(assigned) else {
                    let why = Why::Unsupported("a variable that Groovy computes".to_owned());
                    walk.out.unknown(walk.source(item.at), why);
                    continue;
                };
                if value.holes.is_empty() && !value.scalar.text.is_empty() {
                    walk.settings.slot(walk.out, within, &name, walk.file.id, &value.scalar);
                }
                let datum = inner.scope.text(&value);
                walk.set(within, inner, &name, datum);
            }
        });
    }

    /// `axes { axis { name 'A'; values 'b', 'c' } }`
    pub(super) fn axes(&mut self, block: &'t Block, here: &mut Here) {
        for statement in &block.statements {
            let Statement::Value(value) = statement else { continue };
            let Some(axis) = value.calls().first().and_then(|call| call.block.as_ref()) else { continue };
            let of = |name: &str| {
                axis.statements.iter().find_map(|statement| match statement {
                    Statement::Value(value) => value.calls().first().filter(|call| call.name.text == name),
                    _ => None,
                })
            };
            let Some(name) = of("name").and_then(|call| call.positional(0)).and_then(Expr::literal) else {
                continue;
            };
            let values = of("values").map(|call| call.arguments.as_slice()).unwrap_or_default();
            let of: Vec<_> = values
                .iter()
                .take(MAX_ALTERNATIVES)
                .filter_map(|argument| {
                    let text = argument.value.literal()?;
                    let at = self.source(argument.value.content());
                    let datum = Datum::new(at, Known::Text(crate::fact::Text::literal(text)));
                    Some((datum, Case::of(format!("matrix.{name}"), text.to_owned()), true))
                })
                .collect();
            if let Some(datum) = value::one_of(of, false) {
                here.scope.push(Layer::from([(name.to_owned(), datum)]), []);
            }
        }
    }
}

/// `NAME=value`, taken apart.
fn assigned(text: &Text) -> Option<(String, Text)> {
    let whole = &text.scalar.text;
    let sign = whole.find('=')?;
    let name = whole.get(..sign)?.trim().trim_end_matches('+');
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let from = sign + 1;
    let holes = text.holes.iter().filter(|(_, range)| range.start >= from);
    let holes = holes.map(|(name, range)| (name.clone(), range.start - from..range.end - from)).collect();
    is_name.then(|| (name.to_owned(), Text { scalar: text.scalar.part(from..whole.len()), holes }))
}

/// Whether a value is a list of strings.
pub(super) fn texts(value: &Expr) -> Vec<&Expr> {
    match &value.value {
        Written::List(items) => items.iter().filter(|item| item.text().is_some()).collect(),
        _ => Some(value).filter(|value| value.text().is_some()).into_iter().collect(),
    }
}
