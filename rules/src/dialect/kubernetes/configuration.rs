//! The cluster's own programs: flags, variables and configuration documents that open an interface to anyone.

use std::collections::BTreeSet;

use crate::document::{Data, Node};
use crate::fact::{
    Approval, Body, ContextId, Credential, Effect, Endpoint, Grant, Lifetime, Origin, Principal, Ref,
    Storage, Text, Value, Why,
};
use crate::span::Source;

use super::super::Lowering;
use super::super::pipeline::credential::credential;
use super::command::{Command, Word};
use super::container::Container;
use super::manifest::{Manifest, why_unread};
use super::tables::{ENDPOINTS, Gives, Open, Program, Setting, Unless, Unset};

/// The interface a setting speaks of.
struct Interface<'a> {
    is: Ref,
    title: &'a str,
    auth: &'a [Vec<String>],
    /// What whoever may do everything may do.
    action: &'a str,
    within: ContextId,
}

/// Everything in a cluster.
const EVERYTHING: &str = "kubernetes:*/*:*";

impl Interface<'_> {
    /// States what a setting comes to.
    fn state(
        &self,
        gives: Gives,
        open: bool,
        place: crate::fact::Place,
        origin: Origin,
        out: &mut Lowering<'_>,
    ) {
        let source = place.source();
        let body = match (gives, open) {
            (Gives::Anonymous, _) => Body::Endpoint(self.endpoint(open, source)),
            (Gives::Everything, true) => Body::Grant(self.everything()),
            (Gives::StaticToken, true) => Body::Credential(self.static_token(source)),
            (_, false) => return,
        };
        out.fact(self.within, place, origin, body);
    }

    fn endpoint(&self, open: bool, source: Source) -> Endpoint {
        let stated = self.auth.iter().map(|all| all.iter().cloned().collect::<BTreeSet<String>>());
        let anonymous = open.then(BTreeSet::new);
        Endpoint {
            is: self.is.clone(),
            kind: self.title.to_owned(),
            auth: Value::known(anonymous.into_iter().chain(stated).collect(), source),
            reach: Value::unknown(Why::Unsupported("who can reach it over the network".to_owned()), source),
        }
    }

    fn everything(&self) -> Grant {
        Grant {
            holder: self.is.clone(),
            effect: Effect::Allow,
            actions: vec![Text::literal(self.action)],
            actions_except: false,
            resources: vec![Text::literal("*")],
            resources_except: false,
            principals: vec![Principal::AnyAccount],
            conditions: Vec::new(),
            approval: Approval::None,
        }
    }

    fn static_token(&self, source: Source) -> Credential {
        Credential {
            title: format!("token file of the {}", self.title),
            federation: Some(
                "OIDC sign-in for people, bound service account tokens for workloads".to_owned(),
            ),
            ..credential(
                Ref::new("kubernetes", "static-token-file", self.is.scope.clone(), self.is.name.clone()),
                "kubernetes",
                "static-token",
                Storage::StoreReference,
                Value::known(Lifetime::Unbounded, source),
            )
        }
    }
}

/// Lowers flags and variables of a container that runs a program of the table.
pub(super) fn lower_program(
    container: &Container<'_, '_, '_>,
    commands: &[Command],
    image: Option<&str>,
    out: &mut Lowering<'_>,
) {
    let by_image = image.and_then(|name| ENDPOINTS.program(name));
    let mut seen = false;
    for command in commands {
        let by_command = command.program().and_then(|(name, _)| ENDPOINTS.program(name));
        if let Some(program) = by_command.or(by_image) {
            seen = true;
            // A wrapper of the image's own may add flags that are not seen here.
            let complete = by_command.is_some() || command.implied;
            lower_flags(container, program, &command.words, complete, out);
        }
    }
    if let Some(program) = by_image {
        lower_variables(container, program, out);
        if !seen {
            lower_flags(container, program, &[], false, out);
        }
    }
}

fn interface<'a>(container: &Container<'_, '_, '_>, program: &'a Program) -> Interface<'a> {
    let manifest = container.pod.manifest;
    let name = format!("{}/{}", manifest.label(), program.names.first().map_or("", String::as_str));
    Interface {
        is: manifest.other("endpoint", name),
        title: &program.title,
        auth: &program.auth,
        action: EVERYTHING,
        within: container.within,
    }
}

fn lower_flags(
    container: &Container<'_, '_, '_>,
    program: &Program,
    words: &[Word],
    complete: bool,
    out: &mut Lowering<'_>,
) {
    let interface = interface(container, program);
    let manifest = container.pod.manifest;
    for setting in &program.flag {
        match flag(setting, words) {
            Some((value, word)) => {
                let source = manifest.at(word.at);
                match setting.open.by(&value, &setting.values) {
                    Some(open) => {
                        let place = out.place(source);
                        interface.state(setting.gives, open, place, Origin::Stated, out);
                    }
                    None => out.unknown(source, Why::Expression(format!("the value of {}", setting.name))),
                }
            }
            None => {
                let Some(default) =
                    setting.default.filter(|_| complete && manifest.whole && !words.is_empty())
                else {
                    continue;
                };
                let list = ["command", "args"].into_iter().find_map(|key| container.node.entry(key));
                let Some(list) = list else { continue };
                let place = out.absent(manifest.at(list.key.span), &setting.name);
                let origin = Origin::PlatformDefault { source: setting.source.clone() };
                interface.state(setting.gives, default == Unset::Open, place, origin, out);
            }
        }
    }
}

/// The last value of a flag: `--flag=value`, `--flag value`, or `--flag` alone for a switch.
fn flag<'w>(setting: &Setting, words: &'w [Word]) -> Option<(String, &'w Word)> {
    let wanted = setting.name.trim_start_matches('-');
    let switch = matches!(setting.open, Open::True | Open::False);
    words.iter().enumerate().rev().find_map(|(index, word)| {
        let bare = word.text.strip_prefix("--").or_else(|| word.text.strip_prefix('-'))?;
        match bare.split_once('=') {
            Some((name, value)) if name == wanted => Some((value.trim_matches(['"', '\'']).to_owned(), word)),
            None if bare == wanted && switch => Some(("true".to_owned(), word)),
            None if bare == wanted => Some((words.get(index + 1)?.text.clone(), word)),
            _ => None,
        }
    })
}

fn lower_variables(container: &Container<'_, '_, '_>, program: &Program, out: &mut Lowering<'_>) {
    let interface = interface(container, program);
    for item in container.node.get("env").map_or(&[][..], Node::items) {
        let Some(name) = item.get("name").and_then(Node::text) else { continue };
        let Some(setting) = program.variable.iter().find(|s| s.name == name) else { continue };
        let Some(value) = item.get("value") else { continue };
        lower_value(
            &interface,
            setting.open,
            &setting.values,
            setting.gives,
            container.at(value),
            value,
            out,
        );
    }
}

/// Lowers a configuration document of the table.
pub(super) fn lower_document(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    for row in ENDPOINTS.keys(manifest.group, manifest.kind) {
        let is_named = row.name.as_deref().is_none_or(|name| manifest.name.known() == Some(name));
        let Some(value) = lookup(manifest.node, &row.path).filter(|_| is_named) else { continue };
        let action = row.action.as_deref().unwrap_or(EVERYTHING);
        let interface = Interface { is: manifest.is(), title: &row.title, auth: &row.auth, action, within };
        let is_other = |unless: &Unless| {
            let stated = lookup(manifest.node, &unless.path).and_then(Node::text);
            stated.is_some_and(|stated| unless.values.iter().any(|value| value == stated))
        };
        if row.unless.as_ref().is_some_and(is_other) {
            continue;
        }
        if row.open == Open::Empty {
            let asks_nothing = |item: &&Node| matches!(&item.data, Data::Map(entries) if entries.is_empty());
            if let Some(item) = value.items().iter().find(asks_nothing) {
                let place = out.place(manifest.node_at(item));
                interface.state(row.gives, true, place, Origin::Stated, out);
            }
            continue;
        }
        lower_value(&interface, row.open, &row.values, row.gives, manifest.node_at(value), value, out);
    }
}

/// The value below several keys; in a list of `name` and `value` pairs the key is the name.
fn lookup<'d>(node: &'d Node, path: &[String]) -> Option<&'d Node> {
    path.iter().try_fold(node, |at, key| {
        at.get(key).or_else(|| {
            at.items()
                .iter()
                .find(|i| i.get("name").and_then(Node::text) == Some(key))
                .and_then(|i| i.get("value"))
        })
    })
}

fn lower_value(
    interface: &Interface<'_>,
    open: Open,
    values: &[String],
    gives: Gives,
    source: Source,
    value: &Node,
    out: &mut Lowering<'_>,
) {
    let written = match (value.boolean(), open) {
        (Some((stated, _)), Open::True | Open::False) => Some(if stated { "true" } else { "false" }),
        _ => value.written(),
    };
    match written.and_then(|text| open.by(text, values)) {
        Some(open) => {
            let place = out.place(source);
            interface.state(gives, open, place, Origin::Stated, out);
        }
        None => out.unknown(source, why_unread(value)),
    }
}
