//! Templates that a template deploys: modules of Bicep, nested and linked templates of JSON.

use std::collections::BTreeMap;

use super::site::Site;
use super::{MAX_DEPTH, Nesting, one};
use crate::dialect::arm::evaluate::Given;
use crate::dialect::arm::outline::is_local;
use crate::dialect::arm::template::{Resource, Template, get};
use crate::dialect::resolve;
use crate::dialect::values::{default_of, text_of};
use crate::document::Node;
use crate::fact::{Body, Component, Datum, Known, Pin, Ref, Text, Why};

/// Beginnings of registries whose modules are those of the platform itself.
/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/bicep/modules#public-module-registry>.
const FIRST_PARTY: [&str; 2] = ["br/public:", "br:mcr.microsoft.com/"];

pub(super) fn lower<'u>(
    site: &mut Site<'_, '_, 'u>,
    found: &Resource<'u>,
    nesting: &Nesting,
    left: &mut usize,
) {
    let nested = get(found.node, "properties").and_then(|properties| get(properties, "template"));
    let template = match (found.module.and_then(Node::text), nested) {
        (Some(path), _) => of_path(site, path),
        (None, Some(inline)) => Some(inside(site, found, inline)),
        (None, None) => linked(site),
    };
    let Some(template) = template else { return };
    if nesting.depth == MAX_DEPTH || *left == 0 {
        return site.out.unknown(site.header, Why::Limit("templates inside templates".to_owned()));
    }
    *left -= 1;
    let is_outer = nested.is_some() && !is_inner(found.node);
    let given =
        if is_outer { site.evaluator.given.clone() } else { Some(given(site, found.module.is_some())) };
    let nesting =
        Nesting { depth: nesting.depth + 1, prefix: format!("{}.", site.address), inline: nested.is_some() };
    one(site.evaluator.unit, &template, given, &nesting, left, site.out);
}

/// Whether the expressions of a nested template are those of its own parameters.
/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/linked-templates#expression-evaluation-scope-in-nested-templates>.
fn is_inner(node: &Node) -> bool {
    let options = get(node, "properties").and_then(|p| get(p, "expressionEvaluationOptions"));
    let scope = options.and_then(|options| get(options, "scope")).and_then(Node::text);
    scope.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"))
}

/// The template that stands in the resource.
fn inside<'u>(site: &Site<'_, '_, 'u>, found: &Resource<'u>, inline: &'u Node) -> Template<'u> {
    let outer = site.evaluator.template;
    let mut template = Template::of_json(outer.file, inline);
    if !is_inner(found.node) {
        template.parameters.clone_from(&outer.parameters);
        template.variables.clone_from(&outer.variables);
        template.functions.clone_from(&outer.functions);
    }
    template
}

/// The values that a deployment hands over.
fn given(site: &Site<'_, '_, '_>, is_module: bool) -> Given {
    let path = if is_module { "params" } else { "properties.parameters" };
    let mut given: Given = BTreeMap::new();
    for found in site.all(path) {
        let Known::Map(entries) = &default_of(&found.value).value else { continue };
        for (key, place, value) in entries {
            let value = match is_module {
                true => value.clone(),
                false => match value.get_ignoring_case("value") {
                    Some(value) => value.clone(),
                    None => Datum::unknown(*place, Why::Variable(key.to_string())),
                },
            };
            given.insert(key.to_string().to_lowercase(), value);
        }
    }
    given
}

/// The template at a path; what comes from a registry is a component, and what is not in the tree is unknown.
fn of_path<'u>(site: &mut Site<'_, '_, 'u>, path: &str) -> Option<Template<'u>> {
    let (name, pin) = match is_local(path) {
        true => (path.to_owned(), Pin::Local),
        false => pinned(path),
    };
    let first_party = pin == Pin::Local || FIRST_PARTY.iter().any(|start| path.starts_with(start));
    let is = Ref::new("azure", "module", [], name);
    let component = Component { is, kind: "module".to_owned(), pin, released: None, first_party };
    let at = site.value("$path").map_or(site.header, |value| value.at);
    site.out.state(site.within, at, Body::Component(component));
    let found = match is_local(path) {
        true => in_tree(site, path),
        false => None,
    };
    if found.is_none() {
        site.out.unknown(at, Why::NotInTree(path.to_owned()));
    }
    found
}

fn in_tree<'u>(site: &Site<'_, '_, 'u>, path: &str) -> Option<Template<'u>> {
    let path = resolve(site.evaluator.file().folder(), path)?;
    Template::of_file(site.evaluator.unit.file(&path)?)
}

/// `br:registry/path:version`, `br:registry/path@sha256:…`, `ts:subscription/group/spec:version`.
fn pinned(path: &str) -> (String, Pin) {
    if let Some((name, digest)) = path.split_once('@') {
        return (name.to_owned(), Pin::Digest(digest.to_owned()));
    }
    match path.rsplit_once(':') {
        Some((name, version)) if name.contains(':') => (name.to_owned(), Pin::Tag(Text::literal(version))),
        _ => (path.to_owned(), Pin::None),
    }
}

/// A template by its path or address.
fn linked<'u>(site: &mut Site<'_, '_, 'u>) -> Option<Template<'u>> {
    let relative = site.value("properties.templateLink.relativePath");
    let found = relative.as_ref().and_then(|path| in_tree(site, text_of(path).known()?));
    if found.is_none() {
        let link = ["relativePath", "uri", "id"]
            .iter()
            .find_map(|key| site.value(&format!("properties.templateLink.{key}")));
        let (at, name) =
            link.map_or((site.header, "a template".to_owned()), |v| (v.at, text_of(&v).to_string()));
        site.out.unknown(at, Why::NotInTree(name));
    }
    found
}
