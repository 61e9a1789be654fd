//! One service: its image, and what it takes from the service that it extends.

use std::ops::Range;

use crate::detect::asks_for_secret;
use crate::dialect::lowering::{Handed, Slot, Told};
use crate::dialect::pipeline::component::image_of;
use crate::dialect::{Lowering, SourceFile, resolve};
use crate::document::{Entry, Node, Scalar};
use crate::fact::{Body, Case, Component, ContextId, ContextKind, Ref, Sink, Text, Why};
use crate::span::Source;

use super::{NAME, machine, program};

/// Longest chain of services that extend each other.
const MAX_CHAIN: usize = 8;

/// A service, and those it extends, the nearest first.
pub(super) struct Service<'u> {
    pub(super) name: &'u str,
    pub(super) layers: Vec<(&'u SourceFile, &'u Node)>,
    pub(super) within: ContextId,
}

impl<'u> Service<'u> {
    /// What the nearest service says under a key.
    pub(super) fn get(&self, key: &str) -> Option<(&'u SourceFile, &'u Node)> {
        self.layers.iter().find_map(|(file, node)| Some((*file, node.get(key)?)))
    }

    /// What the service itself says under a key: what it inherits is told where it stands.
    pub(super) fn own(&self, key: &str) -> Option<(&'u SourceFile, &'u Node)> {
        self.layers.first().and_then(|(file, node)| Some((*file, node.get(key)?)))
    }
}

/// Lowers a service.
pub(super) fn lower<'u>(file: &'u SourceFile, within: ContextId, entry: &'u Entry, out: &mut Lowering<'u>) {
    let at = Source::new(file.id, entry.span());
    let within = out.context(within, ContextKind::Workload, entry.name(), at);
    let layers = layers(file, &entry.value, out);
    let service = Service { name: entry.name(), layers, within };
    let image = image(&service, out);
    machine::lower(&service, out);
    if let Some(program) = image.as_ref().and_then(|component| component.is.name.known()) {
        program::lower(&service, program.rsplit('/').next().unwrap_or(program), out);
    }
    build_arguments(&service, out);
    environment(&service, out);
    environment_files(&service, out);
}

/// Variables that ask for secrets by their names: what they hold, and what they hold if nobody sets them.
fn environment(service: &Service<'_>, out: &mut Lowering<'_>) {
    let Some((file, node)) = service.own("environment") else { return };
    for (name, value) in pairs(node).into_iter().filter(|(name, _)| asks_for_secret(name)) {
        let scalar = match fallback(&value.text) {
            Some(range) => value.part(range),
            None if value.text.contains('$') => continue,
            None => value,
        };
        if scalar.text.trim().is_empty() {
            continue;
        }
        let told = Told::Place;
        out.slots.push(Slot { name, file: file.id, scalar, base64: false, within: service.within, told });
    }
}

/// What stands in `${NAME:-here}`, if that is all there is.
fn fallback(text: &str) -> Option<Range<usize>> {
    let inner = text.strip_prefix("${")?.strip_suffix('}')?;
    let name = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let operator =
        [":-", "-"].into_iter().find(|sign| inner.get(name..).is_some_and(|r| r.starts_with(sign)))?;
    let start = 2 + name + operator.len();
    (!inner.contains(['$', '}'])).then_some(start..text.len() - 1)
}

/// Files of variables: what is not in the tree is not known.
/// <https://docs.docker.com/reference/compose-file/services/#env_file>
fn environment_files(service: &Service<'_>, out: &mut Lowering<'_>) {
    let Some((file, node)) = service.own("env_file") else { return };
    for item in node.one_or_many() {
        let item = item.get("path").unwrap_or(item);
        let Some(path) = item.text() else { continue };
        let found = resolve(file.folder(), path).is_some_and(|path| out.unit.file(&path).is_some());
        if !found {
            out.unknown(Source::new(file.id, item.span), Why::NotInTree(path.to_owned()));
        }
    }
}

/// The service and those it extends.
fn layers<'u>(
    file: &'u SourceFile,
    node: &'u Node,
    out: &mut Lowering<'u>,
) -> Vec<(&'u SourceFile, &'u Node)> {
    let mut layers = vec![(file, node)];
    while layers.len() <= MAX_CHAIN {
        let Some((file, extends)) = layers.last().and_then(|(f, n)| Some((*f, n.get("extends")?))) else {
            return layers;
        };
        let path = extends.get("file").and_then(Node::text);
        let name = extends.get("service").and_then(Node::text).or_else(|| extends.text());
        let from = match path {
            Some(path) => resolve(file.folder(), path).and_then(|path| out.unit.file(&path)),
            None => Some(file),
        };
        let root = from.and_then(|from| from.document.nodes().first());
        let base = root.zip(name).and_then(|(root, name)| root.path(&["services", name]));
        let Some((from, base)) = from.zip(base) else {
            let what = path.or(name).unwrap_or("extends").to_owned();
            out.unknown(Source::new(file.id, extends.span), Why::NotInTree(what));
            return layers;
        };
        layers.push((from, base));
    }
    let why = Why::Limit(format!("services that extend each other over {MAX_CHAIN} levels"));
    out.unknown(Source::new(file.id, node.span), why);
    layers
}

/// The image; stated where the service itself names one that it does not build.
fn image(service: &Service<'_>, out: &mut Lowering<'_>) -> Option<Component> {
    let (file, node) = service.get("image")?;
    let text = node.text()?;
    let component = image_of(&filled(text));
    let is_own = service.own("image").is_some();
    if is_own && service.get("build").is_none() {
        let at = Source::new(file.id, node.used_at.unwrap_or(node.span));
        if let Some(why) = component.is.name.why() {
            out.unknown(at, why.clone());
        }
        out.state(service.within, at, Body::Component(component.clone()));
    }
    Some(component)
}

/// A text of which variables of the environment are filled in; a default is what holds if nothing is set.
/// <https://docs.docker.com/reference/compose-file/interpolation/>
pub(super) fn filled(text: &str) -> Text {
    let mut result = Text::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push(before);
        if let Some(after) = after.strip_prefix('$') {
            result.push("$");
            rest = after;
            continue;
        }
        let (inner, after) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some(split) => split,
            None => after.split_at(
                after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len()),
            ),
        };
        match inner.split_once(":-").or_else(|| inner.split_once('-')) {
            Some((_, default)) if !default.contains('$') => result.push(default),
            _ => result.push_hole(Why::Variable(
                inner.split([':', '-', '?', '+']).next().unwrap_or(inner).to_owned(),
            )),
        }
        rest = after;
    }
    result.push(rest);
    result
}

/// Arguments of a build stay in the image's history: `docker history` shows them.
/// <https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/>
fn build_arguments(service: &Service<'_>, out: &mut Lowering<'_>) {
    let Some((file, arguments)) = service.own("build").and_then(|(f, n)| Some((f, n.get("args")?))) else {
        return;
    };
    for (name, value) in pairs(arguments) {
        let at = Source::new(file.id, value.span());
        let scope = [Text::literal(file.path.clone()), Text::literal(service.name)];
        out.handed.push(Handed {
            value: at,
            is: Ref::new(NAME, "variable", scope, name.as_str()),
            at,
            within: service.within,
            to: Sink::ImageLayer,
            when: Case::always(),
            lesser: false,
        });
    }
}

/// Names and values: a map, or a list of `NAME=value`.
pub(super) fn pairs(node: &Node) -> Vec<(String, Scalar)> {
    let of_map = node.entries().iter().filter_map(|e| Some((e.name().to_owned(), e.value.scalar()?.clone())));
    let of_list = node.items().iter().filter_map(|item| {
        let whole = item.scalar()?;
        let at = whole.text.find('=')?;
        Some((whole.text.get(..at)?.to_owned(), whole.part(at + 1..whole.text.len())))
    });
    of_map.chain(of_list).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use super::{fallback, filled};

    #[test]
    fn variables_are_filled_with_their_defaults() {
        assert_eq!(filled("a/b:${TAG:-1.2}").to_string(), "a/b:1.2");
        assert_eq!(filled("a/b:${TAG-1}$$x").to_string(), "a/b:1$x");
        assert_eq!(filled("${REPO}/b:$TAG").to_string(), "${REPO}/b:${TAG}");
        assert_eq!(filled("${REPO:?must be set}:1").to_string(), "${REPO}:1");
        assert_eq!(fallback("${A:-b-c}").map(|r| &"${A:-b-c}"[r]), Some("b-c"));
        assert_eq!(fallback("${A-b}").map(|r| &"${A-b}"[r]), Some("b"));
        assert!(["${A}", "${A:?b}", "x${A:-b}", "${A:-$B}", "$A"].into_iter().all(|t| fallback(t).is_none()));
    }
}
