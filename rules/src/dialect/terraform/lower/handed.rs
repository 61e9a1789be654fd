//! What a module from elsewhere is handed: its arguments, and the provider configurations it works with.
//!
//! A module that names no `providers` inherits every configuration without an alias
//! (developer.hashicorp.com/terraform/language/meta-arguments/module-providers). Which of them it uses is in its code,
//! which is not here; the last part of a registry address names the one it is made for, and that one is stated.

use hcl_edit::expr::Expression;

use super::credential;
use super::held::{self, Held, Holding};
use super::site::Site;
use crate::dialect::lowering::Handed;
use crate::dialect::terraform::syntax::Located;
use crate::dialect::terraform::tables;
use crate::fact::{Body, Case, Flow, Ref, Selection, Sink, Text};
use crate::span::Source;

/// Arguments that speak to Terraform, not to the module.
const META: [&str; 6] = ["source", "version", "providers", "count", "for_each", "depends_on"];

/// States which credentials go to the module `to`.
pub(super) fn lower(site: &mut Site<'_, '_, '_>, to: &Ref) {
    arguments(site, to);
    match site.block.body().attribute("providers").map(|a| a.value()) {
        Some(map) => mapped(site, map, to),
        None => inherited(site, to),
    }
}

fn arguments(site: &mut Site<'_, '_, '_>, to: &Ref) {
    for attribute in site.block.body().attributes().filter(|a| !META.contains(&a.name())) {
        let at = attribute.value().at();
        let value = site.evaluator.value(attribute.value(), &site.scope);
        for Holding { what, case, lesser } in held::in_value(site, &value) {
            match what {
                Held::Named(is) => state(site, is, at, to, case, lesser),
                Held::Literal(literal) => {
                    let Some(file) = super::file_of(site.out.unit, literal) else { continue };
                    let scope = [Text::literal(file.path.clone())];
                    let name = format!("{}.{}", site.address, attribute.name());
                    site.out.handed.push(Handed {
                        value: literal,
                        is: Ref::new("terraform", "secret", scope, name),
                        at,
                        within: site.within,
                        to: Sink::Recipient(to.clone()),
                        when: case,
                        lesser,
                    });
                }
            }
        }
    }
}

fn state(site: &mut Site<'_, '_, '_>, is: Ref, at: Source, to: &Ref, case: Case, lesser: bool) {
    let flow = Flow { what: Selection::One(is), to: Sink::Recipient(to.clone()) };
    let id = site.out.state(site.within, at, Body::Flow(flow));
    if let Some(fact) = site.out.fact_mut(id) {
        fact.when = case;
        fact.lesser = lesser;
    }
}

/// `providers = { aws = aws.admin }`: the module works with these configurations.
fn mapped(site: &mut Site<'_, '_, '_>, map: Located<'_, Expression>, to: &Ref) {
    let Expression::Object(object) = map.node else { return };
    for (_, value) in object.iter() {
        let value = map.to(value.expr());
        let name = value.written();
        let (kind, alias) = match name.split_once('.') {
            Some((kind, alias)) => (kind, Some(alias)),
            None => (name.as_str(), None),
        };
        provider(site, kind, alias, value.at(), to);
    }
}

/// The configuration without an alias of the provider that a registry address ends in.
fn inherited(site: &mut Site<'_, '_, '_>, to: &Ref) {
    let Some(address) = to.name.known() else { return };
    let Some(attribute) = site.block.body().attribute("source") else { return };
    // `namespace/name/provider`, perhaps behind a host; anything else is no registry address.
    let parts: Vec<&str> = address.split("//").next().unwrap_or_default().split('/').collect();
    let at = attribute.value().content();
    match parts.as_slice() {
        [namespace, _, kind] if !namespace.contains('.') && !address.contains(':') => {
            provider(site, kind, None, at, to);
        }
        [host, _, _, kind] if host.contains('.') && !address.contains(':') && !kind.contains('.') => {
            provider(site, kind, None, at, to);
        }
        _ => {}
    }
}

/// The credentials that a provider configuration of this directory logs in with.
fn provider(site: &mut Site<'_, '_, '_>, kind: &str, alias: Option<&str>, at: Source, to: &Ref) {
    let Some(directory) = site.evaluator.instance(site.scope.instance).map(|i| i.directory) else { return };
    let Some(block) = directory.provider(kind, alias) else { return };
    let address = site.evaluator.address(site.scope.instance, &format!("provider.{kind}"));
    for attribute in block.body().attributes() {
        let Some(row) = tables::secret(&format!("provider:{kind}"), attribute.name()) else { continue };
        let value = site.evaluator.value(attribute.value(), &site.scope);
        for Holding { what, case, lesser } in held::in_value(site, &value) {
            let what = match what {
                Held::Named(is) => Some(is),
                Held::Literal(literal) => super::file_of(site.out.unit, literal)
                    .map(|file| credential::literal_ref(row, kind, &file.path, &address, attribute.name())),
            };
            if let Some(what) = what {
                state(site, what, at, to, case, lesser);
            }
        }
    }
}
