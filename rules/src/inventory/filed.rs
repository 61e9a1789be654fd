//! Entries and actors while they are gathered, each found by what names it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Actor, ActorKind, At, Class, Entry, Use};
use crate::fact::{Body, Context, ContextKind, Ref, Starter, Why};
use crate::rule::analysis::register::{Match, Register};
use crate::rule::analysis::workloads::actor;
use crate::rule::{At as FactAt, World};

/// Most uses that an entry lists; all of them are counted.
const MAX_USES: usize = 1_000;
/// Most places where an entry is made that it lists.
const MAX_PLACES: usize = 64;

/// How something is used of which no more is known than that a file names it.
pub(super) const NAMED: &str = "named here";

/// The id of an entry, and whether a reference surely names it.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: Rc<str>,
    pub(super) sure: bool,
}

/// An entry in the making.
#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    pub(super) entry: Entry,
    /// References that name it, with the units that hold them.
    pub(super) refs: BTreeSet<(&'a Ref, usize)>,
    /// Where it is made, else where it is first spoken of.
    pub(super) made: Vec<FactAt<'a>>,
    pub(super) spoken: Option<FactAt<'a>>,
    /// How many uses there are, listed or not.
    pub(super) files: BTreeSet<&'a str>,
    pub(super) actors: BTreeSet<String>,
    /// Whether the registry should know it.
    pub(super) standing: bool,
    /// Whether it is one that everybody gets who names none.
    pub(super) default: bool,
}

/// What was gathered so far.
#[derive(Debug)]
pub(super) struct Filed<'a> {
    pub(super) drafts: BTreeMap<Rc<str>, Draft<'a>>,
    pub(super) actors: BTreeMap<String, Actor>,
    made: Register<'a, (&'a Ref, usize)>,
    /// The files of each unit.
    files: Vec<&'a [String]>,
    keys: RefCell<BTreeMap<(&'a Ref, Option<usize>), Key>>,
}

/// A place of a fact.
pub(super) fn at(fact: &FactAt<'_>) -> At {
    At { spot: fact.spot(fact.place().source()), line: None }
}

/// What tells a thing without a known name from others: what would have to be known, and where.
fn unnamed(is: &Ref, unit: usize, files: &[String]) -> String {
    let first = files.first().map_or("", String::as_str);
    let (place, what) = match is.name.why() {
        // An address is that of one thing in its folder, whatever other files come to stand there.
        Some(Why::Computed(what)) => (first.rsplit_once('/').map_or("", |(folder, _)| folder), what.as_str()),
        Some(Why::Variable(what)) => (first, what.as_str()),
        _ => return format!("{}~{unit}", is.pattern()),
    };
    format!("{}~{place}:{what}", is.pattern())
}

impl<'a> Filed<'a> {
    /// Nothing yet, but it is known what the tree makes: what is used elsewhere is found among it.
    pub(super) fn of(world: &World<'a>) -> Self {
        let made =
            world.facts().filter(|fact| !fact.is_declaration()).filter_map(|fact| match &fact.fact.body {
                Body::Identity(identity) if identity.created => {
                    Some((&identity.is, (&identity.is, fact.unit)))
                }
                _ => None,
            });
        Self {
            drafts: BTreeMap::new(),
            actors: BTreeMap::new(),
            made: Register::of(made),
            files: world.units.iter().map(|unit| unit.files.as_slice()).collect(),
            keys: RefCell::default(),
        }
    }

    /// What a reference is filed under: what the tree makes of this name if that is one thing, else the name itself.
    pub(super) fn key(&self, is: &'a Ref, unit: usize) -> Key {
        let asked = (is, is.name.is_nameless().then_some(unit));
        if let Some(known) = self.keys.borrow().get(&asked) {
            return known.clone();
        }
        let key = self.look_up(is, unit);
        self.keys.borrow_mut().insert(asked, key.clone());
        key
    }

    fn look_up(&self, is: &'a Ref, unit: usize) -> Key {
        if is.name.is_nameless() {
            let files = self.files.get(unit).copied().unwrap_or_default();
            return Key { id: unnamed(is, unit, files).into(), sure: true };
        }
        let found = self.made.find(is);
        let own = is.pattern();
        if found.iter().any(|(how, _)| *how == Match::Same) {
            return Key { id: own.into(), sure: true };
        }
        let others: BTreeSet<String> = found
            .iter()
            .filter(|(_, (other, _))| !other.name.is_nameless())
            .map(|(_, (other, _))| other.pattern())
            .collect();
        match others.len() {
            1 => Key { sure: others.contains(&own), id: others.into_iter().next().unwrap_or(own).into() },
            _ => Key { id: own.into(), sure: true },
        }
    }

    /// The entry of a reference, made if it is new.
    pub(super) fn entry(
        &mut self,
        fact: &FactAt<'a>,
        is: &'a Ref,
        class: Class,
        kind: &str,
    ) -> &mut Draft<'a> {
        let key = self.key(is, fact.unit);
        let draft = self.drafts.entry(Rc::clone(&key.id)).or_insert_with(|| Draft {
            entry: Entry { id: key.id.to_string(), class, kind: kind.to_owned(), ..Entry::default() },
            ..Draft::default()
        });
        // An identity is more than the credential of its name.
        if class < draft.entry.class {
            draft.entry.class = class;
            kind.clone_into(&mut draft.entry.kind);
        }
        draft.refs.insert((is, fact.unit));
        draft.spoken.get_or_insert(*fact);
        draft
    }

    /// The entry of a reference, if there is one.
    pub(super) fn find(&mut self, is: &'a Ref, unit: usize) -> Option<(&mut Draft<'a>, bool)> {
        let key = self.key(is, unit);
        Some((self.drafts.get_mut(&key.id)?, key.sure))
    }

    /// Notes a use.
    pub(super) fn used(&mut self, fact: &FactAt<'a>, is: &'a Ref, how: String, by: Option<String>) {
        let actor = by.or_else(|| self.actor(fact));
        let place = at(fact);
        let Some((draft, sure)) = self.find(is, fact.unit) else { return };
        draft.files.insert(fact.path());
        draft.actors.extend(actor.clone());
        let one = Use { at: place, how, actor, sure };
        if draft.entry.uses.len() < MAX_USES && draft.entry.uses.last() != Some(&one) {
            draft.entry.uses.push(one);
        }
    }

    /// The job or workload around a fact, by its id.
    pub(super) fn actor(&mut self, fact: &FactAt<'a>) -> Option<String> {
        let context = actor(fact)?;
        let kind = match context.kind {
            ContextKind::Job => ActorKind::Job,
            _ => ActorKind::Workload,
        };
        Some(self.stage(fact, kind, &context.name, Some(context)))
    }

    /// Something that runs and is no context of its own: a function, a virtual machine.
    pub(super) fn resource(&mut self, fact: &FactAt<'a>, is: &Ref) -> String {
        let name = format!("{} {}", is.kind.replace('-', " "), written(is));
        self.stage(fact, ActorKind::Workload, &name, None)
    }

    fn stage(&mut self, fact: &FactAt<'a>, kind: ActorKind, name: &str, context: Option<&Context>) -> String {
        let word = if kind == ActorKind::Job { "job" } else { "workload" };
        let id = format!("{word}:{}:{name}", fact.path());
        if !self.actors.contains_key(&id) {
            let around = || context.into_iter().chain(fact.contexts());
            let starters = around().find_map(|c| c.started_by.as_ref());
            let open = starters.is_some_and(|s| s.possible().any(|p| p.value.contains(&Starter::Outsider)));
            let actor = Actor {
                id: id.clone(),
                kind,
                name: name.to_owned(),
                path: fact.path().to_owned(),
                environment: around().find_map(environment),
                open,
            };
            self.actors.insert(id.clone(), actor);
        }
        id
    }

    /// The entries and actors, in the order of their ids.
    pub(super) fn finish(self) -> (Vec<Entry>, Vec<Actor>) {
        let mut entries: Vec<Entry> = self
            .drafts
            .into_values()
            .map(|draft| {
                let mut entry = draft.entry;
                let places = if draft.made.is_empty() {
                    draft.spoken.iter().collect()
                } else {
                    draft.made.iter().collect::<Vec<_>>()
                };
                entry.places = places.into_iter().map(at).collect();
                entry.places.sort();
                entry.places.dedup();
                entry.places.truncate(MAX_PLACES);
                entry.uses.sort();
                entry.uses.dedup();
                // How it is used there says more.
                let told: BTreeSet<At> =
                    entry.uses.iter().filter(|one| one.how != NAMED).map(|one| one.at.clone()).collect();
                entry.uses.retain(|one| one.how != NAMED || !told.contains(&one.at));
                entry.rights.sort();
                entry.rights.dedup();
                entry
            })
            .collect();
        entries.sort_by(|a, b| (a.class, &a.id).cmp(&(b.class, &b.id)));
        (entries, self.actors.into_values().collect())
    }
}

/// The environment that a context says it acts in.
fn environment(context: &Context) -> Option<String> {
    let named = context.environment.as_ref().and_then(|value| value.possible().next());
    named.and_then(|p| p.value.name.known().map(str::to_owned))
}

/// A name as it is written.
pub(super) fn written(is: &Ref) -> String {
    let pattern = is.pattern();
    pattern.rsplit('/').next().unwrap_or(&pattern).to_owned()
}
