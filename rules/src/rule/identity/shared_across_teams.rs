//! One identity or credential that files of different teams use.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Body, LinkKind, Naming, Ref, Storage};
use crate::rule::analysis::machines::{is_login, is_of_the_run};
use crate::rule::analysis::paths;
use crate::rule::analysis::rows::is_of_tree;
use crate::rule::{At, Verdicts, World};

/// Most places that a finding points at.
const POINTED: usize = 8;

type Teams<'a> = BTreeSet<&'a str>;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let patterns = patterns(world);
    if patterns.iter().flat_map(|(_, teams)| teams).collect::<BTreeSet<_>>().len() < 2 {
        return;
    }
    let mut owners: BTreeMap<&str, Teams<'_>> = BTreeMap::new();
    let mut uses: BTreeMap<(Option<usize>, &Ref), BTreeMap<&str, At<'_>>> = BTreeMap::new();
    for at in world.facts() {
        let Some(is) = used(&at) else { continue };
        let path = at.path();
        owners.entry(path).or_insert_with(|| of(&patterns, path));
        // A name in an account that is not known is another one in another unit.
        let unit = (!is_of_tree(is)).then_some(at.unit);
        uses.entry((unit, is)).or_default().entry(path).or_insert(at);
    }
    let nobody = Teams::new();
    for ((_, is), uses) in uses {
        let of = |path: &str| owners.get(path).unwrap_or(&nobody);
        let mut owned = uses.iter().filter(|(path, _)| !of(path).is_empty());
        let Some((first, here)) = owned.next() else { continue };
        let own = of(first);
        let others: Vec<(&&str, &At<'_>)> = owned.filter(|(path, _)| own.is_disjoint(of(path))).collect();
        let Some((path, at)) = others.first() else {
            out.pass(here, "one team answers for every file that uses it");
            continue;
        };
        let message = format!(
            "{} `{is}` is used in files of different teams (`{first}` is of {}, `{path}` of {}): whoever changes or revokes it \
             breaks the others, and nobody can say what it is used for; accepted: one for each team",
            is.kind.replace('-', " "),
            named(own),
            named(of(path)),
        );
        let teams = own.iter().copied().chain(others.iter().flat_map(|(path, _)| of(path).iter().copied()));
        let teams: BTreeSet<String> = teams.map(str::to_owned).collect();
        let draft = out.report(at, message);
        draft.judged([is.to_string()]).covers(teams);
        draft.related("another team uses it here", here.spot(here.place().source()));
        for (_, at) in others.iter().skip(1).take(POINTED) {
            draft.related("and here", at.spot(at.place().source()));
        }
    }
}

/// What a fact uses: an identity that something acts as, a credential that a store keeps.
fn used<'a>(at: &At<'a>) -> Option<&'a Ref> {
    if at.is_declaration() {
        return None;
    }
    let is = match &at.fact.body {
        Body::Identity(identity) if identity.name == Naming::Named && !identity.created => &identity.is,
        Body::Link(link) if link.kind == LinkKind::ActsAs => &link.to,
        Body::Credential(credential) if credential.storage == Storage::StoreReference => &credential.is,
        _ => return None,
    };
    let named = is.name.known().is_some_and(|name| !name.trim().is_empty());
    (named && !is_of_the_run(is) && !is_login(is)).then_some(is)
}

/// Patterns of code owners with those who own what they match, in the order of the file.
fn patterns<'a>(world: &World<'a>) -> Vec<(&'a str, Teams<'a>)> {
    let mut patterns: Vec<(&str, Teams<'_>)> = Vec::new();
    for (_, link) in world.links().filter(|(_, link)| link.kind == LinkKind::Owns && link.to.kind == "path") {
        let (Some(pattern), Some(team)) = (link.to.name.known(), link.from.name.known()) else { continue };
        match patterns.last_mut().filter(|(last, _)| *last == pattern) {
            Some((_, teams)) => drop(teams.insert(team)),
            None => patterns.push((pattern, Teams::from([team]))),
        }
    }
    patterns.iter_mut().for_each(|(_, teams)| teams.retain(|team| !team.trim().is_empty()));
    patterns
}

/// Who owns a path: the last pattern that matches decides.
fn of<'a>(patterns: &[(&'a str, Teams<'a>)], path: &str) -> Teams<'a> {
    let last = patterns.iter().rev().find(|(pattern, _)| paths::matches(pattern, path));
    last.map(|(_, teams)| teams.clone()).unwrap_or_default()
}

fn named(teams: &Teams<'_>) -> String {
    teams.iter().map(|team| format!("`{team}`")).collect::<Vec<_>>().join(", ")
}
