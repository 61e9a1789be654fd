//! Rights that a property gives by naming them, as an administrator's policy of a cluster.

use super::site::{Found, Site, below, items};
use crate::dialect::cloudformation::tables::{self, Given};
use crate::dialect::values::{default_of, glob, text_of};
use crate::fact::{Body, Grant, Known, Ref};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    for row in tables::given(site.kind) {
        let each: Vec<Found> = site.all(&row.each).iter().flat_map(items).collect();
        for one in each {
            lower_one(site, row, &one);
        }
    }
}

/// One of those that are given rights.
fn lower_one(site: &mut Site<'_, '_, '_>, row: &Given, one: &Found) {
    let is = |(path, wanted): (&String, &String)| {
        below(&one.value, path).iter().any(|found| text_of(&found.value).known() == Some(wanted))
    };
    if !row.only.iter().all(is) || row.unless.iter().any(is) {
        return;
    }
    for named in below(&one.value, &row.property).iter().flat_map(items) {
        if matches!(default_of(&named.value).value, Known::Unknown(_)) {
            site.unresolved(&named.value);
        }
        let name = text_of(&named.value).to_string();
        let Some((_, action)) = row.names.iter().find(|(pattern, _)| glob(pattern, &name)) else { continue };
        let (platform, kind) = row.holder.split_once('/').unwrap_or(("aws", &row.holder));
        let grant = Grant::outright(Ref::new(platform, kind, [], site.logical), action);
        let case = one.case.and(&named.case).unwrap_or_else(|| one.case.clone());
        let found = Found { value: named.value.clone(), case, lesser: one.lesser || named.lesser };
        site.at_found(&found, Body::Grant(grant));
    }
}
