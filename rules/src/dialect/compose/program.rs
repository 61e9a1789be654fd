//! Programs whose flags and variables open an interface to anyone: `data/kubernetes/endpoints.toml`, which knows them by
//! their images wherever these run.

use std::collections::BTreeSet;

use crate::dialect::Lowering;
use crate::dialect::kubernetes::tables::{ENDPOINTS, Gives, Open, Program, Setting};
use crate::document::{Node, Scalar};
use crate::fact::{Body, Endpoint, Reach, Ref, Text, Value, Why};
use crate::span::Source;

use super::NAME;
use super::service::{Service, filled, pairs};

/// Addresses at which only the machine itself answers.
const OWN: [&str; 3] = ["127.0.0.1:", "localhost:", "[::1]:"];

/// States what variables and flags come to.
pub(super) fn lower(service: &Service<'_>, image: &str, out: &mut Lowering<'_>) {
    let Some(program) = ENDPOINTS.program(image) else { return };
    if let Some((file, environment)) = service.own("environment") {
        for (name, value) in pairs(environment) {
            let setting = program.variable.iter().find(|setting| setting.name == name);
            if let Some(setting) = setting.filter(|setting| setting.gives == Gives::Anonymous) {
                state(service, program, setting, &value.text, Source::new(file.id, value.span()), out);
            }
        }
    }
    for key in ["entrypoint", "command"] {
        let Some((file, node)) = service.own(key) else { continue };
        let words = words(node);
        for setting in program.flag.iter().filter(|setting| setting.gives == Gives::Anonymous) {
            if let Some((value, word)) = flag(setting, &words) {
                state(service, program, setting, &value, Source::new(file.id, word.span()), out);
            }
        }
    }
}

fn state(
    service: &Service<'_>,
    program: &Program,
    setting: &Setting,
    value: &str,
    at: Source,
    out: &mut Lowering<'_>,
) {
    let written = filled(value);
    let open = match written.known() {
        Some(known) => setting.open.by(known.trim_matches(['"', '\'']), &setting.values),
        None => None,
    };
    let Some(open) = open else {
        return out.unknown(at, Why::Expression(format!("the value of {}", setting.name)));
    };
    let ways = program.auth.iter().map(|all| all.iter().cloned().collect::<BTreeSet<String>>());
    let anonymous = open.then(BTreeSet::new);
    let published = is_published(service);
    let reach = if published {
        Value::unknown(Why::Unsupported("who can reach it over the network".to_owned()), at)
    } else {
        Value::known(Reach::Private, at)
    };
    let path = service.layers.first().map(|(file, _)| file.path.clone()).unwrap_or_default();
    let endpoint = Endpoint {
        is: Ref::new(NAME, "endpoint", [Text::literal(path)], service.name),
        kind: program.title.clone(),
        auth: Value::known(anonymous.into_iter().chain(ways).collect(), at),
        reach,
    };
    let id = out.state(service.within, at, Body::Endpoint(endpoint));
    // Only its neighbours in the file, or the machine itself, can reach it.
    if let Some(fact) = out.fact_mut(id) {
        fact.lesser = !published;
    }
}

/// Whether a port is published on more than the machine itself.
fn is_published(service: &Service<'_>) -> bool {
    let on_host = service.get("network_mode").is_some_and(|(_, mode)| mode.text() == Some("host"));
    let ports = service.get("ports").map_or(&[][..], |(_, ports)| ports.items());
    on_host
        || ports.iter().any(|port| match port.get("host_ip").and_then(Node::text) {
            Some(address) => !OWN.iter().any(|own| own.trim_end_matches(':') == address),
            None => !port.text().is_some_and(|text| OWN.iter().any(|own| text.starts_with(own))),
        })
}

/// The words of a command: a list, or a text that no quotes or escapes were looked for in.
fn words(node: &Node) -> Vec<Scalar> {
    let Some(whole) = node.scalar() else {
        return node.items().iter().filter_map(Node::scalar).cloned().collect();
    };
    let text = &whole.text;
    let mut words = Vec::new();
    let mut from = 0;
    for word in text.split_whitespace() {
        // Words stand in the text in order.
        let Some(at) = text.get(from..).and_then(|rest| rest.find(word)) else { break };
        words.push(whole.part(from + at..from + at + word.len()));
        from += at + word.len();
    }
    words
}

/// The last value of a flag: `--flag=value`, `--flag value`, or `--flag` alone for a switch.
fn flag<'w>(setting: &Setting, words: &'w [Scalar]) -> Option<(String, &'w Scalar)> {
    let wanted = setting.name.trim_start_matches('-');
    let switch = matches!(setting.open, Open::True | Open::False);
    words.iter().enumerate().rev().find_map(|(index, word)| {
        let bare = word.text.trim_matches(['"', '\'']);
        let bare = bare.strip_prefix("--").or_else(|| bare.strip_prefix('-'))?;
        match bare.split_once('=') {
            Some((name, value)) if name == wanted => Some((value.to_owned(), word)),
            None if bare == wanted && switch => Some(("true".to_owned(), word)),
            None if bare == wanted => Some((words.get(index + 1)?.text.to_string(), word)),
            _ => None,
        }
    })
}
