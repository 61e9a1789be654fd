//! `secrets.X`: references to the store, once per file, and where their values go.
//!
//! The job's own token (`github.token`, `secrets.GITHUB_TOKEN`) is no standing secret: it is the job's identity, and
//! every action can read it anyway.

use std::collections::BTreeSet;

use super::Walk;
use super::computed::{ANY_SECRET, telling};
use super::expression::{Piece, Reference, is_job_token, references, split};
use super::job::Job;
use super::scope::{Scope, secrets_of, variables_of};
use crate::dialect::pipeline::credential::{credential, kind_of};
use crate::document::{Node, Scalar, Style};
use crate::fact::{Body, ContextId, Credential, Flow, Ref, Selection, Sink, Storage, Text, Value, Why};
use crate::span::Source;

/// The secret of this name as seen from a job with this environment.
pub(super) fn reference(environment: &Text, name: &str) -> Ref {
    let repository = Text::hole(Why::Variable("repository".to_owned()));
    Ref::new("github", "secret", [repository, environment.clone()], name.to_ascii_uppercase())
}

/// A job without a known environment: the secret may be the repository's, the organisation's or an environment's.
pub(super) fn no_environment() -> Text {
    Text::hole(Why::Variable("environment".to_owned()))
}

/// Most variables of one script that are looked up; scripts name a dozen. One that names more is taken to read a secret.
const MAX_LOOKED_UP: usize = 64;

/// Most different expressions of one value that are looked up; scripts hold a dozen.
const MAX_EXPRESSIONS: usize = 256;

/// One use of secrets in a scalar.
struct Use {
    /// The secret; `None` if any may be meant.
    name: Option<String>,
    /// Whether one is picked by a name that is only known when it runs, rather than all of them taken.
    picked: bool,
    /// Whether it is only held against something.
    compared: bool,
    at: Source,
}

impl Walk<'_, '_> {
    /// Secrets that a scalar names, each with its place: in block scalars the expression, else the whole value.
    fn secrets_named(&self, node: &Node) -> Vec<Use> {
        let Some(scalar) = node.scalar() else { return Vec::new() };
        if !scalar.text.contains("${{") {
            return Vec::new();
        }
        let mut uses = Vec::new();
        for piece in split(&scalar.text) {
            let Piece::Expression(expression, range) = piece else { continue };
            let at = self.source(place_of(node, scalar, range));
            for found in references(expression).into_iter().filter(|r| r.context == "secrets") {
                match found.path.as_slice() {
                    [name] if is_job_token(name) => {}
                    [name] if !found.dynamic => {
                        let compared = found.compared;
                        uses.push(Use { name: Some(name.to_ascii_uppercase()), picked: false, compared, at })
                    }
                    _ => {
                        let compared = found.compared;
                        uses.push(Use { name: None, picked: found.dynamic, compared, at })
                    }
                }
            }
        }
        uses
    }

    /// What the expressions of a scalar hold of secrets that were passed on to it, each once.
    fn carried(&self, scope: &Scope, node: &Node) -> Vec<(Source, Why)> {
        let Some(scalar) = node.scalar().filter(|scalar| scalar.text.contains("${{")) else {
            return Vec::new();
        };
        let mut read = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for piece in split(&scalar.text) {
            let Piece::Expression(expression, range) = piece else { continue };
            if !references(expression).iter().any(is_passed_on) || !read.insert(expression) {
                continue;
            }
            let at = self.source(place_of(node, scalar, range));
            if read.len() > MAX_EXPRESSIONS {
                found.push((at, Why::Limit(format!("more than {MAX_EXPRESSIONS} expressions in one value"))));
                break;
            }
            for why in telling(&scope.evaluate(expression, at)) {
                if seen.insert(why.clone()) {
                    found.push((at, why));
                }
            }
        }
        found
    }

    /// States the secrets that a scalar holds, directly or through variables, and that they go to `sink`.
    pub(super) fn flows(
        &mut self,
        within: ContextId,
        environment: &Text,
        scope: &Scope,
        node: &Node,
        sink: impl Fn() -> Sink,
    ) {
        let mut uses = self.secrets_named(node);
        for (at, why) in self.carried(scope, node) {
            let Why::Variable(variable) = &why else {
                self.out.unknown(at, why);
                continue;
            };
            let name = variable.strip_prefix("secrets.").filter(|name| *name != ANY_SECRET);
            let name = name.map(ToOwned::to_owned);
            if !name.as_deref().is_some_and(is_job_token) && !uses.iter().any(|u| u.name == name) {
                uses.push(Use { name, picked: false, compared: false, at });
            }
        }
        for Use { name, picked, compared, at } in uses {
            let what = match name {
                Some(name) if compared => {
                    self.mention(within, environment, &name, at);
                    continue;
                }
                None if compared => continue,
                Some(name) => Selection::One(self.mention(within, environment, &name, at)),
                None if picked => {
                    let mut one = reference(environment, "*");
                    one.name = Text::hole(Why::Unsupported("the name of a secret".to_owned()));
                    Selection::All(one)
                }
                None => Selection::All(reference(environment, "*")),
            };
            self.out.state(within, at, Body::Flow(Flow { what, to: sink() }));
        }
    }

    /// States that the job's own token is handed to `to`, if a value is it or holds it: it acts as the job. Every action
    /// can read it by itself; who hands it over says that it is meant to be used.
    pub(super) fn job_token(&mut self, job: &Job, within: ContextId, scope: &Scope, node: &Node, to: &Ref) {
        let (Some(holder), Some(text)) = (&job.holder, node.text()) else { return };
        if !text.contains("${{") {
            return;
        }
        let named = split(text).into_iter().any(|piece| match piece {
            Piece::Expression(expression, _) => references(expression).iter().any(holds_job_token),
            Piece::Literal(_) => false,
        });
        let passed_on = || {
            references_of(text).iter().any(is_passed_on)
                && variables_of(&scope.resolve(node)).any(|name| is_token_variable(&name))
        };
        if named || passed_on() {
            let what = Selection::One(holder.clone());
            let at = self.source(node.span);
            self.out.state(within, at, Body::Flow(Flow { what, to: Sink::Recipient(to.clone()) }));
        }
    }

    /// Whether a script reads a secret: by an expression, or by a variable that holds one.
    pub(super) fn reads_secret(&mut self, scope: &Scope, script: &Node) -> bool {
        let Some(text) = script.text() else { return false };
        if !self.out.reads_script(text.len()) {
            return true;
        }
        let words: BTreeSet<&str> = text
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .collect();
        let at = self.source(script.span);
        let mut variables = words.into_iter().filter(|word| scope.has_variable(word));
        let is_secret =
            |name: &str| secrets_of(&scope.environment(name, at)).iter().any(|secret| !is_job_token(secret));
        let carries = |(_, why): &(Source, Why)| match why {
            Why::Variable(name) => !is_token_variable(name),
            _ => true,
        };
        !self.secrets_named(script).is_empty()
            || self.carried(scope, script).iter().any(carries)
            || variables.by_ref().take(MAX_LOOKED_UP).any(is_secret)
            || variables.next().is_some()
    }

    /// States the secrets named anywhere below a node, without saying where they go.
    pub(super) fn mentions(&mut self, within: ContextId, environment: &Text, node: &Node) {
        let mut rest = vec![node];
        while let Some(node) = rest.pop() {
            rest.extend(node.items());
            rest.extend(node.entries().iter().map(|e| &e.value));
            for Use { name, at, .. } in self.secrets_named(node) {
                if let Some(name) = name {
                    self.mention(within, environment, &name, at);
                }
            }
        }
    }

    /// States a reference to a secret, the first time the file has it.
    pub(super) fn mention(&mut self, within: ContextId, environment: &Text, name: &str, at: Source) -> Ref {
        let is = reference(environment, name);
        if name != ANY_SECRET && self.secrets.insert(is.clone()) {
            let lifetime = Value::unknown(Why::Variable(format!("secrets.{name}")), at);
            let credential = Credential {
                title: format!("secret {name}"),
                ..credential(is.clone(), "github", kind_of(name), Storage::StoreReference, lifetime)
            };
            self.out.state(within, at, Body::Credential(credential));
        }
        is
    }
}

impl Scope {
    /// Whether a value of a map is made of a secret.
    pub(super) fn is_handed_secrets(&self, map: Option<&Node>) -> bool {
        map.map(Node::entries).unwrap_or_default().iter().any(|entry| {
            entry.value.text().is_some_and(|text| text.contains("${{"))
                && telling(&self.resolve(&entry.value))
                    .iter()
                    .any(|why| !matches!(why, Why::Variable(name) if is_token_variable(name)))
        })
    }
}

fn references_of(text: &str) -> Vec<Reference> {
    let pieces = split(text).into_iter();
    let expressions = pieces.filter_map(|piece| match piece {
        Piece::Expression(expression, _) => Some(expression),
        Piece::Literal(_) => None,
    });
    expressions.flat_map(references).collect()
}

/// Whether a context holds what was set elsewhere in the file, or by a caller.
fn is_passed_on(reference: &Reference) -> bool {
    match reference.context.as_str() {
        "github" => reference.path.first().is_some_and(|name| name.eq_ignore_ascii_case("event")),
        context => ["env", "steps", "inputs", "needs", "jobs", "matrix"].contains(&context),
    }
}

fn is_token_variable(name: &str) -> bool {
    name == "github.token" || name.strip_prefix("secrets.").is_some_and(is_job_token)
}

/// Whether a context is the job token, or an object that holds it.
fn holds_job_token(reference: &Reference) -> bool {
    match (reference.context.as_str(), reference.path.as_slice()) {
        ("secrets", [name]) => is_job_token(name),
        ("github", []) => true,
        ("github", [name, ..]) => name.eq_ignore_ascii_case("token"),
        _ => false,
    }
}

/// Where a range of a scalar stands: a block scalar has many lines, of which only this one matters.
pub(super) fn place_of(node: &Node, scalar: &Scalar, range: std::ops::Range<usize>) -> crate::span::ByteSpan {
    match scalar.style {
        Style::Block => scalar.span_of(range),
        Style::Plain | Style::Quoted => node.span,
    }
}
