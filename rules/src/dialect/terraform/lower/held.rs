//! Which credentials a value holds: secret attributes of resources and data sources, sensitive variables, literals.

use super::site::Site;
use crate::dialect::terraform::syntax::slice;
use crate::dialect::terraform::tables::{self, SecretOutput};
use crate::fact::{Case, Datum, Known, Piece, Ref, Text, Why};
use crate::span::Source;

/// One credential in a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Held {
    /// An attribute that is a secret, or a variable that is declared to be one.
    Named(Ref),
    /// A text written out, which may be one: the detectors say.
    Literal(Source),
}

/// A credential and when it is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Holding {
    pub(super) what: Held,
    pub(super) case: Case,
    /// Only in a value that is not the default.
    pub(super) lesser: bool,
}

/// The reference of a credential that a resource makes or a data source reads.
pub(super) fn key_ref(platform: &str, address: &str) -> Ref {
    Ref::new(platform, "key", [], address)
}

/// Every credential in a value, each once, in order of their names and places.
pub(super) fn in_value(site: &Site<'_, '_, '_>, value: &Datum) -> Vec<Holding> {
    let mut found = Vec::new();
    collect(site, value, &Case::always(), false, &mut found);
    found.sort();
    found.dedup_by(|later, first| later.what == first.what);
    found
}

/// The evaluator bounds how deep values nest.
fn collect(site: &Site<'_, '_, '_>, value: &Datum, case: &Case, lesser: bool, found: &mut Vec<Holding>) {
    let mut note = |what: Held| found.push(Holding { what, case: case.clone(), lesser });
    match &value.value {
        Known::Unknown(why) => {
            if let Some(is) = named(site, why, value.at) {
                note(Held::Named(is));
            }
        }
        Known::Text(text) => match (used(site, value), text.known()) {
            (Some(is), _) => note(Held::Named(is)),
            (None, Some(known)) if known.trim().is_empty() => {}
            (None, Some(_)) => note(Held::Literal(value.at)),
            (None, None) => {
                // What is written out around the holes may hold a credential too.
                note(Held::Literal(value.at));
                text.0.iter().for_each(|piece| {
                    if let Piece::Hole(why) = piece
                        && let Some(is) = named(site, why, value.at)
                    {
                        note(Held::Named(is));
                    }
                });
            }
        },
        Known::List(items) => items.iter().for_each(|item| collect(site, item, case, lesser, found)),
        Known::Map(entries) => {
            entries.iter().for_each(|(_, _, item)| collect(site, item, case, lesser, found))
        }
        Known::OneOf { .. } => {
            for (item, inner, only) in value.alternatives() {
                if let Some(case) = case.and(&inner) {
                    collect(site, item, &case, lesser || only, found);
                }
            }
        }
        Known::Null | Known::Bool(_) | Known::Number(_) => {}
    }
}

/// The credential that an unknown value is.
fn named(site: &Site<'_, '_, '_>, why: &Why, at: Source) -> Option<Ref> {
    match why {
        Why::Computed(full) => secret(full).map(|(address, row)| key_ref(&row.platform, &address)),
        Why::Variable(full) => variable(site, full, at),
        _ => None,
    }
}

/// The sensitive variable that a known value came through, the one nearest to where it is used.
fn used(site: &Site<'_, '_, '_>, value: &Datum) -> Option<Ref> {
    value.via.iter().rev().find_map(|at| {
        let file = super::file_of(site.out.unit, *at)?;
        variable(site, slice(file, at.span), *at)
    })
}

/// `var.name…`, read in the directory of `at`, as the sensitive variable that it names. Terraform's own mark is what
/// counts, not the name.
fn variable(site: &Site<'_, '_, '_>, full: &str, at: Source) -> Option<Ref> {
    let name = full.strip_prefix("var.")?.split(['.', '[']).next()?;
    let folder = super::file_of(site.out.unit, at)?.folder();
    let block = site.evaluator.program.directories.get(folder)?.variables.get(name)?;
    let is_marked =
        |mark: &str| block.body().attribute(mark).is_some_and(|a| a.node.value.as_bool() == Some(true));
    (is_marked("sensitive") || is_marked("ephemeral"))
        .then(|| Ref::new("terraform", "variable", [Text::literal(folder)], format!("var.{name}")))
}

/// `module.a.type.label.attribute` as the resource's address, if the attribute is a secret.
pub(super) fn secret(full: &str) -> Option<(String, &'static SecretOutput)> {
    let mut parts: Vec<&str> = full.split('.').collect();
    let mut start = 0;
    while parts.get(start) == Some(&"module") {
        start += 2;
    }
    let data = matches!(parts.get(start), Some(&"data" | &"ephemeral"));
    let at = if data { start + 1 } else { start };
    let kind = parts.get(at)?;
    let attribute = parts.get(at + 2)?.split('[').next()?;
    let kind = if data { format!("data.{kind}") } else { (*kind).to_owned() };
    let row = tables::secret_output(&kind, attribute)?;
    parts.truncate(at + 2);
    Some((parts.join("."), row))
}
