//! What a template leaves to something else: other templates, descriptions of interfaces, functions that make what they like.
//! What stands in the tree as a file is read as that; the rest is named.

use super::site::Site;
use crate::dialect::cloudformation::tables;
use crate::dialect::openapi;
use crate::dialect::values::{default_of, text_of};
use crate::fact::{Datum, Known, Why};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    let kind = site.kind;
    for row in tables::elsewhere(kind) {
        for found in site.all(&row.argument) {
            let value = default_of(&found.value).clone();
            one(site, &row.what, &value);
        }
    }
    if kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource" {
        let why = Why::NotInTree(format!("what the custom resource `{}` makes", site.logical));
        site.out.unknown(site.header, why);
    }
}

fn one(site: &mut Site<'_, '_, '_>, what: &str, value: &Datum) {
    match &value.value {
        Known::Null => {}
        // A description that is written out.
        Known::Map(_) if openapi::lower_embedded(site.out, value.at) => {}
        _ => {
            let text = text_of(value);
            // A path beside the template, which packaging replaces by an address: the file is read where it stands.
            let local = text.known().is_some_and(|path| !path.contains("://") && !path.starts_with("arn:"));
            if local {
                return site.out.silent(value.at.file, "a file of the tree, which is read as what it is");
            }
            let name = match text.known() {
                Some(address) => format!("{what} `{address}`"),
                None => format!("{what} of `{}`", site.logical),
            };
            site.out.unknown(value.at, Why::NotInTree(name));
        }
    }
}
