//! `identity/no-owner`: an identity is created and nobody answers for it.

use std::collections::BTreeMap;

use crate::fact::{Identity, LinkKind, Naming, Text, Value};
use crate::remedy::Remedy;
use crate::rule::analysis::paths;
use crate::rule::{At, Verdicts, World};

/// Most identities that a finding over all of them points at.
const SHOWN: usize = 3;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let rows = world.rows();
    let owners = code_owners(world);
    let practised = rows.iter().any(|row| has_owner(row.identity))
        || !owners.is_empty()
        || world.identities().any(|(_, identity)| identity.created && has_owner(identity));
    let mut owned: BTreeMap<&str, bool> = BTreeMap::new();
    let mut ownerless = Vec::new();
    for (at, identity) in world.identities() {
        if !identity.created || identity.name != Naming::Named {
            continue;
        }
        if has_owner(identity) {
            out.pass(&at, "its owner is stated");
            continue;
        }
        if rows.find(at.unit, &identity.is).any(|row| has_owner(row.identity)) {
            out.pass(&at, "the registry names its owner");
            continue;
        }
        let path = at.path();
        if *owned.entry(path).or_insert_with(|| paths::owned(&owners, path)) {
            out.pass(&at, "code owners answer for its file");
            continue;
        }
        if !practised {
            ownerless.push((at, identity));
            continue;
        }
        let message = format!(
            "{} `{}` has no owner: nobody is named who rotates, reviews or switches it off. Accepted are an owner in a \
             label or tag of its own, a code owner of `{path}`, or an `[[identity]]` row of hallpass.toml",
            identity.kind, identity.is
        );
        out.report(&at, message)
            .judged([identity.is.to_string()])
            .remedy(Remedy::Declare { what: "owner".to_owned() });
    }
    nowhere(&ownerless, out);
}

/// Where no file says who owns anything, that is one thing to begin with and not one per identity.
fn nowhere(ownerless: &[(At<'_>, &Identity)], out: &mut Verdicts<'_>) {
    let Some(((at, first), others)) = ownerless.split_first() else { return };
    let all = match others.len() {
        0 => format!("{} `{}` has no owner", first.kind, first.is),
        more => format!("{} `{}` and {more} more identities have no owner", first.kind, first.is),
    };
    let message = format!(
        "{all}: nobody is named who rotates, reviews or switches it off, here or anywhere in what was read. Accepted are \
         an owner in a label or tag of its own, code owners of the file, or an `[[identity]]` row of hallpass.toml"
    );
    let draft = out.report(at, message);
    draft
        .covers(ownerless.iter().map(|(_, identity)| identity.is.to_string()))
        .remedy(Remedy::Declare { what: "owner".to_owned() });
    for (other, _) in others.iter().take(SHOWN) {
        draft.related("without owner as well", other.spot(other.place().source()));
    }
}

/// An owner that cannot be resolved is stated all the same.
fn has_owner(identity: &Identity) -> bool {
    let blank = |text: &Text| text.known().is_some_and(|t| t.trim().is_empty());
    match &identity.owner {
        None => false,
        Some(value @ (Value::Known { .. } | Value::OneOf { .. })) => {
            value.possible().any(|p| !blank(p.value))
        }
        Some(Value::Unknown { .. }) => true,
    }
}

/// Path patterns and whether somebody owns what they match, in the order of the file that states them.
fn code_owners<'a>(world: &World<'a>) -> Vec<(&'a str, bool)> {
    world
        .links()
        .filter(|(_, link)| {
            link.kind == LinkKind::Owns && link.to.platform == "file" && link.to.kind == "path"
        })
        .filter_map(|(_, link)| {
            let nobody = link.from.name.known().is_some_and(|name| name.trim().is_empty());
            Some((link.to.name.known()?, !nobody))
        })
        .collect()
}
