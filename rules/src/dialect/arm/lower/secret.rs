//! Secrets written as properties: here, in a variable, as the default of a parameter, or where a module is called.

use super::site::{Found, Site};
use crate::dialect::SourceFile;
use crate::dialect::arm::evaluate::file_of;
use crate::dialect::arm::tables::{self, Secret};
use crate::dialect::lowering::{Slot, Told};
use crate::dialect::values::credential;
use crate::document::{Data, Node, Scalar};
use crate::fact::{Body, Case, Datum, Known, Ref, Storage, Text, Value, Why};
use crate::span::{ByteSpan, Source};

/// Deepest nesting of properties in which secrets are looked for.
const MAX_NESTING: usize = 12;

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    let body = site.body.clone();
    search(site, &body, "", &Case::always(), false, 0);
}

/// Beginnings of values that the pipelines of the platform's own samples fill in.
/// Source: <https://github.com/Azure/azure-quickstart-templates/blob/master/1-CONTRIBUTION-GUIDE/README.md>.
const FILLED: [&str; 2] = ["GEN-", "GET-"];

/// Properties that hold a script, often in base64: names in lower case.
/// Source: <https://learn.microsoft.com/azure/virtual-machines/custom-data>.
const SCRIPTS: [&str; 4] = ["customdata", "userdata", "commandtoexecute", "scriptcontent"];

/// Properties, however deep, that hold a secret.
fn search(site: &mut Site<'_, '_, '_>, value: &Datum, path: &str, case: &Case, lesser: bool, depth: usize) {
    if depth == MAX_NESTING {
        return;
    }
    for (inner, also, only) in value.alternatives() {
        let Some(case) = case.and(&also) else { continue };
        let lesser = lesser || only;
        match &inner.value {
            Known::Map(entries) => {
                for (key, _, value) in entries {
                    let Some(key) = key.known() else { continue };
                    let lower = key.to_lowercase();
                    let below = if path.is_empty() { lower } else { format!("{path}.{lower}") };
                    if let Some(row) = tables::secret(site.kind, &below) {
                        let found = Found { value: value.clone(), case: case.clone(), lesser };
                        held(site, row, key, &below, &found);
                    }
                    if SCRIPTS.contains(&key.to_lowercase().as_str()) {
                        named(site, key, value);
                    }
                    search(site, value, &below, &case, lesser, depth + 1);
                }
                paired(site, inner, path);
            }
            Known::List(items) => {
                items.iter().for_each(|item| search(site, item, path, &case, lesser, depth + 1));
            }
            _ => {}
        }
    }
}

/// `{name: 'API_KEY', value: …}` whose value stands elsewhere: the name tells what it is.
fn paired(site: &mut Site<'_, '_, '_>, pair: &Datum, path: &str) {
    let (Some(name), Some(value)) = (pair.get_ignoring_case("name"), pair.get_ignoring_case("value")) else {
        return;
    };
    if path.is_empty() {
        return;
    }
    let Some(name) = name.known().map(str::to_owned) else { return };
    named(site, &name, value);
}

/// Hands a literal to the detectors under a name.
fn named(site: &mut Site<'_, '_, '_>, name: &str, value: &Datum) {
    for (value, _, _) in value.alternatives() {
        let Some(known) = value.known() else { continue };
        let file = site.out.unit.files.get(value.at.file.0 as usize);
        let Some(scalar) = scalar_of(file, value.at, known) else { continue };
        let (file, within, name) = (value.at.file, site.within, name.to_owned());
        site.out.slots.push(Slot { name, file, scalar, base64: false, within, told: Told::Name });
    }
}

/// A secret written as a literal.
fn held(site: &mut Site<'_, '_, '_>, row: &Secret, name: &str, path: &str, found: &Found) {
    for (value, also, only) in found.value.alternatives() {
        let Some(case) = found.case.and(&also) else { continue };
        let written = match &value.value {
            Known::Text(text) => text.known(),
            Known::Number(number) => Some(number.as_str()),
            _ => None,
        };
        let Some(written) = written else { continue };
        if written.trim().is_empty() {
            site.out.silent(value.at.file, "an empty value");
            continue;
        }
        if FILLED.iter().any(|start| written.starts_with(start)) {
            site.out.silent(value.at.file, "a value that is filled in before it is deployed");
            continue;
        }
        let Some(file) = file_of(site.evaluator.unit, value.at.file) else { continue };
        let Some(scalar) = scalar_of(Some(file), value.at, written) else { continue };
        let is = Ref::new(
            "azure",
            "secret",
            [Text::literal(file.path.clone())],
            format!("{}.{path}", site.address),
        );
        let why = Why::Unsupported("a value that states no lifetime".to_owned());
        let lifetime = Value::unknown(why, value.at);
        let mut made = credential(is, &row.kind, &row.title, Storage::Literal, lifetime);
        made.secret = vec![value.at];
        let (file, within) = (value.at.file, site.within);
        site.out.slots.push(Slot {
            name: name.to_owned(),
            file,
            scalar,
            base64: false,
            within,
            told: Told::Place,
        });
        let lesser = found.lesser || only;
        site.at_found(&Found { value: value.clone(), case, lesser }, Body::Credential(made));
    }
}

/// The scalar that stands at a place and says this.
pub(super) fn scalar_of(file: Option<&SourceFile>, at: Source, written: &str) -> Option<Scalar> {
    let outer = file?.document.nodes().iter().find_map(|root| scalar_at(root, at.span))?;
    if outer.span() == at.span {
        return (*outer.text == *written).then(|| outer.clone());
    }
    // A literal of an expression stands in a text of JSON.
    let start = outer.text.find(&format!("'{written}'"))? + 1;
    let part = outer.part(start..start + written.len());
    (part.span().start >= outer.span().start).then_some(part)
}

/// The scalar that contains a place.
fn scalar_at(root: &Node, span: ByteSpan) -> Option<&Scalar> {
    let mut node = root;
    loop {
        let next = match &node.data {
            Data::Scalar(scalar) => return scalar.span().contains(span).then_some(scalar),
            Data::Map(entries) => entries.iter().map(|e| &e.value).find(|n| n.span.contains(span)),
            Data::List(items) => items.iter().find(|n| n.span.contains(span)),
            _ => None,
        };
        node = next?;
    }
}
