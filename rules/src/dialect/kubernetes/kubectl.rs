//! `kubectl` in containers: what the workload's service account must be allowed.

use std::collections::BTreeSet;

use crate::fact::{Body, Need, Text};

use super::super::Lowering;
use super::command::{Command, Word};
use super::container::Container;
use super::tables::{KUBECTL, Subcommand, Takes};

/// Lowers the kubectl commands of a container; tells whether they are all it runs and all understood.
pub(super) fn lower(
    container: &Container<'_, '_, '_>,
    commands: &[Command],
    image: Option<&str>,
    out: &mut Lowering<'_>,
) -> bool {
    let mut complete = commands.len() == 1;
    for command in commands {
        let words = match command.program() {
            Some(("kubectl", words)) => words,
            None if command.implied && image == Some("kubectl") => &command.words,
            _ => {
                complete = false;
                continue;
            }
        };
        let asked = Asked::of(words);
        complete &= asked.complete && command.plain;
        let source = container.pod.manifest.at(command.words.first().map_or(container.node.span, |w| w.at));
        for action in asked.actions {
            let need = Need {
                holder: Some(container.pod.account.clone()),
                action: Text::literal(action),
                because: format!("container {} runs kubectl {}", container.name, asked.command),
            };
            out.state(container.within, source, Body::Need(need));
        }
    }
    complete
}

/// What one command line asks for.
struct Asked {
    command: &'static str,
    actions: BTreeSet<String>,
    complete: bool,
}

impl Asked {
    fn of(words: &[Word]) -> Self {
        let (plain, flags) = split(words);
        let nothing = |command, complete| Self { command, actions: BTreeSet::new(), complete };
        if matches!(plain.first(), Some(&("version" | "config" | "completion" | "help" | "options"))) {
            return nothing("", true);
        }
        let Some(command) = KUBECTL.command(&plain) else { return nothing("", false) };
        let rest = plain.get(command.words.split(' ').count()..).unwrap_or_default();
        let mut actions: BTreeSet<String> = command.extra.iter().cloned().collect();
        let mut complete = !flags.iter().any(|f| {
            matches!(
                f.split('=').next(),
                Some("-f" | "--filename" | "-k" | "--kustomize" | "--as" | "--kubeconfig")
            )
        });
        let named: Vec<&str> = match (&command.resource, command.takes) {
            (Some(resource), _) => vec![resource],
            (None, Takes::Resource) => rest.first().map_or(Vec::new(), |first| resources(first, rest)),
            (None, Takes::Name) => Vec::new(),
        };
        complete &= !named.is_empty();
        let watches = flags.iter().any(|f| matches!(*f, "-w" | "--watch" | "--watch-only"));
        for name in named {
            match KUBECTL.resource(name) {
                Some(resource) => {
                    let verbs = command.verbs.iter().map(String::as_str).chain(watches.then_some("watch"));
                    actions.extend(
                        verbs.map(|verb| format!("kubernetes:{}/{}:{verb}", resource.group, resource.name)),
                    );
                }
                None => complete = false,
            }
        }
        Self { command: words_of(command), actions, complete }
    }
}

fn words_of(command: &'static Subcommand) -> &'static str {
    &command.words
}

/// The resource types named: `pods,svc`, `pod/name deploy/name`.
fn resources<'w>(first: &'w str, rest: &[&'w str]) -> Vec<&'w str> {
    if first.contains('/') {
        return rest.iter().filter_map(|word| word.split_once('/')).map(|(kind, _)| kind).collect();
    }
    first.split(',').collect()
}

/// Arguments and flags apart; flags that take a value swallow the next word, and what stands behind `--` is not
/// kubectl's.
fn split(words: &[Word]) -> (Vec<&str>, Vec<&str>) {
    let (mut plain, mut flags) = (Vec::new(), Vec::new());
    let mut skip = false;
    for word in words {
        let text = word.text.as_str();
        if std::mem::take(&mut skip) {
            continue;
        }
        if text == "--" {
            break;
        }
        if text.starts_with('-') {
            flags.push(text);
            skip = KUBECTL.takes_value(text) || matches!(text, "-f" | "--filename" | "-k" | "--kustomize");
        } else {
            plain.push(text);
        }
    }
    (plain, flags)
}
