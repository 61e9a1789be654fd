//! What comments declare of the identities and credentials beside them, as facts like the rows of the registry.

use std::collections::{BTreeMap, BTreeSet};

use super::notes;
use crate::dialect::{Lowering, SourceFile, Unit};
use crate::document::Node;
use crate::fact::{
    Body, ContextId, Fact, Identity, LinkKind, Naming, Note, Origin, Place, Ref, Route, Said, Selection,
    Storage,
};
use crate::ledger;
use crate::span::ByteSpan;

/// Most things that one comment declares: those of a line, in as many instances as its module has.
const MOST: usize = 64;

const NOTHING: &str = "it stands beside no identity and no credential, so that it speaks of nothing; put it on the line above \
                       one, or at the end of its first line";
const SEVERAL: &str = "several identities or credentials begin below it, and it cannot be of all of them; put it on the line \
                       above one, or at the end of its first line";

/// States what the comments of all files of the unit declare: a module's file speaks of every instance of it.
pub(super) fn state(unit: &Unit, lowering: &mut Lowering<'_>) {
    let (mut said, mut wrong) = (Vec::new(), BTreeMap::new());
    for file in &unit.files {
        let mut index: Option<Index<'_>> = None;
        for note in notes::of(file) {
            let Some(declaration) = ledger::declaration(&note.text, note.source, &file.bytes) else {
                continue;
            };
            let index = index.get_or_insert_with(|| Index::of(&lowering.facts.facts, file));
            let beside = index.beside(&note);
            let mut problems: Vec<Said<String>> =
                declaration.problems.iter().map(|(at, why)| Said { is: why.clone(), at: *at }).collect();
            if let Err(why) = &beside {
                problems.push(Said { is: (*why).to_owned(), at: note.source });
            }
            wrong.insert(note.source, problems);
            for (fact, is) in beside.unwrap_or_default() {
                said.push(declared(fact, is, &note, &declaration));
            }
        }
    }
    for note in &mut lowering.facts.notes {
        note.wrong = wrong.remove(&note.source).unwrap_or_default();
    }
    for (within, place, body) in said {
        lowering.fact(within, place, Origin::Declared, body);
    }
}

fn declared(fact: &Fact, is: &Ref, note: &Note, of: &ledger::Declaration) -> (ContextId, Place, Body) {
    let kind = match &fact.body {
        Body::Identity(identity) => identity.kind.clone(),
        _ => is.kind.clone(),
    };
    let body = Body::Identity(Identity {
        is: is.clone(),
        kind,
        name: Naming::Named,
        owner: of.said.owner.clone(),
        purpose: of.said.purpose.clone(),
        created: false,
        record: Some(Box::new(of.said.record.clone())),
    });
    let route = Route(fact.at.route.0.clone()).key("hallpass");
    (fact.within, Place::new(note.source, route), body)
}

/// How well something is the one that a comment beside it speaks of: what is made before what is used, what is kept before
/// what is merely handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Made,
    Kept,
    Used,
    Handed,
}

fn subject(fact: &Fact) -> Option<(Rank, &Ref)> {
    let (rank, is) = match &fact.body {
        Body::Identity(identity) if identity.created => (Rank::Made, &identity.is),
        Body::Identity(identity) if identity.name == Naming::Named => (Rank::Used, &identity.is),
        Body::Credential(credential) if credential.storage != Storage::Federated => {
            (Rank::Kept, &credential.is)
        }
        Body::Link(link) if link.kind == LinkKind::ActsAs => (Rank::Used, &link.to),
        Body::Flow(flow) => match &flow.what {
            Selection::One(what) => (Rank::Handed, what),
            Selection::All(_) => return None,
        },
        _ => return None,
    };
    let named = is.name.known().is_none_or(|name| !name.trim().is_empty());
    (fact.origin == Origin::Stated && named).then_some((rank, is))
}

type Found<'f> = (Rank, &'f Fact, &'f Ref);

/// What a file makes, keeps and uses, by where it stands; and where its maps begin.
struct Index<'f> {
    at: BTreeMap<u32, Vec<Found<'f>>>,
    maps: BTreeMap<u32, ByteSpan>,
}

impl<'f> Index<'f> {
    fn of(facts: &'f [Fact], file: &SourceFile) -> Self {
        let mut at: BTreeMap<u32, Vec<Found<'f>>> = BTreeMap::new();
        for fact in facts.iter().filter(|fact| fact.at.file == file.id) {
            let Some((rank, is)) = subject(fact) else { continue };
            at.entry(fact.at.span.start).or_default().push((rank, fact, is));
        }
        let mut maps = BTreeMap::new();
        let mut open: Vec<&Node> = file.document.nodes().iter().collect();
        while let Some(node) = open.pop() {
            if !node.entries().is_empty() && node.used_at.is_none() {
                let known = maps.entry(node.span.start).or_insert(node.span);
                *known = known.join(node.span);
            }
            open.extend(node.entries().iter().filter(|e| !e.merged).map(|e| &e.value));
            open.extend(node.items());
        }
        Self { at, maps }
    }

    /// What a comment speaks of: whatever begins on its line, else the one thing in the block or document that begins there.
    fn beside(&self, note: &Note) -> Result<Vec<(&'f Fact, &'f Ref)>, &'static str> {
        let here = self.within(note.covers);
        if !here.is_empty() {
            return Ok(here.into_iter().take(MOST).collect());
        }
        let mut blocks: Vec<ByteSpan> = note.block.into_iter().collect();
        blocks.extend(self.maps.range(note.covers.start..note.covers.end).map(|(_, span)| *span));
        let mut why = NOTHING;
        for inside in blocks.into_iter().map(|block| self.within(block)) {
            match inside.len() {
                0 => {}
                1 => return Ok(inside),
                _ => why = SEVERAL,
            }
        }
        Err(why)
    }

    /// The best that begins in these bytes, each thing once.
    fn within(&self, span: ByteSpan) -> Vec<(&'f Fact, &'f Ref)> {
        let found: Vec<&Found<'f>> =
            self.at.range(span.start..span.end.max(span.start + 1)).flat_map(|(_, found)| found).collect();
        let Some(best) = found.iter().map(|(rank, ..)| *rank).min() else { return Vec::new() };
        let mut known = BTreeSet::new();
        let best = found.into_iter().filter(|(rank, _, is)| *rank == best && known.insert(*is));
        best.map(|(_, fact, is)| (*fact, *is)).collect()
    }
}
