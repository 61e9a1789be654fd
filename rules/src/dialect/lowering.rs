//! Where a dialect puts what it read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Unit;
use super::ownership::Keys;
use crate::document::route::{Digests, Masks, route_at};
use crate::document::{Node, Scalar};
use crate::fact::{
    Body, Case, Context, ContextId, ContextKind, Fact, FactId, Origin, Place, Ref, SCHEMA_VERSION, Sink,
    UnitFacts, Why,
};
use crate::span::{ByteSpan, FileId, Source};

/// A value that a dialect understood well enough to hand to the detectors: they see it decoded and with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Its name: an environment variable, a key, an attribute.
    pub name: String,
    /// The file it stands in.
    pub file: FileId,
    /// The text, decoded as far as the document goes, with the way back to the bytes.
    pub scalar: Scalar,
    /// Whether the text is base64 of the real value (Kubernetes Secret `data`).
    pub base64: bool,
    /// Where it happens.
    pub within: ContextId,
    /// Who says what belongs there.
    pub told: Told,
}

/// Who says what belongs into a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The place is one for such values: a dialect knows it, or the document declares it.
    Place,
    /// The place is one for such values, in an object made for what is no secret.
    Open,
    /// The name alone, in a file of data that no dialect reads: a label or a word may bear it too.
    Name,
}

/// A file that a command writes or reads, whole in its script: it holds values of its own.
#[derive(Clone, Debug)]
pub struct Written {
    /// What the file is called, without folders, or how names of such files end.
    pub name: String,
    /// Where the script stands.
    pub file: FileId,
    /// Its text; what the shell fills in stands as it is written.
    pub scalar: Scalar,
    /// Where it happens.
    pub within: ContextId,
}

/// A value that goes somewhere. Whether it is a credential is not the dialect's to say: if the detectors find one in it,
/// the flow is stated.
#[derive(Clone, Debug, PartialEq)]
pub struct Handed {
    /// Where the value is written.
    pub value: Source,
    /// What a credential in it is called.
    pub is: Ref,
    /// Where it is handed over.
    pub at: Source,
    /// In which context.
    pub within: ContextId,
    /// Where it goes.
    pub to: Sink,
    /// When.
    pub when: Case,
    /// Only if a non-default alternative holds.
    pub lesser: bool,
}

/// A container that a pipeline starts beside a job, and that ends with it.
#[derive(Clone, Debug)]
pub struct Companion {
    /// The file whose jobs it serves.
    pub file: FileId,
    /// The names by which they reach it.
    pub hosts: Vec<String>,
    /// Its variables, and where their values are written.
    pub variables: Vec<(String, Source)>,
}

/// Most bytes of scripts that dialects may read of one unit: a script that an alias repeats is read every time, and the
/// scripts of the largest manifests hold a few hundred kilobytes.
pub const MAX_SCRIPTS: usize = 16 << 20;

/// Collects what the dialects say of one unit.
#[derive(Debug)]
pub struct Lowering<'u> {
    /// The unit.
    pub unit: &'u Unit,
    /// Keys of tags that declare something.
    pub keys: Arc<Keys>,
    /// Facts and contexts so far.
    pub facts: UnitFacts,
    /// Values for the detectors.
    pub slots: Vec<Slot>,
    /// Files that commands write or read.
    pub written: Vec<Written>,
    /// Parts of files that a dialect read but that are somebody else's data: there a name alone tells a secret.
    pub data: Vec<(FileId, Node)>,
    /// Values that go somewhere, if they are credentials.
    pub handed: Vec<Handed>,
    /// Values that a document itself calls secret: they are not displayed, whatever they turn out to be.
    pub hidden: Vec<Source>,
    /// Containers that last as long as a job.
    pub companions: Vec<Companion>,
    /// What could not be resolved.
    pub unknown: BTreeSet<(Source, Why)>,
    /// Why values that look like findings were let pass, counted by reason.
    pub silent: BTreeMap<(FileId, String), u32>,
    /// Which dialects read which files.
    pub read: BTreeSet<(FileId, &'static str)>,
    /// Digests of each file's items.
    digests: Vec<Digests>,
    /// Secret spans, once they are known, and digests without them.
    masks: BTreeMap<FileId, (Vec<ByteSpan>, Digests)>,
    /// Contexts that stand for whole files.
    file_contexts: BTreeMap<FileId, ContextId>,
    /// How many children each context has so far: counting them anew would be quadratic in the steps of a job.
    children: BTreeMap<Option<ContextId>, u32>,
    /// Bytes of scripts read so far.
    scripts: usize,
    /// Files whose search for credentials a limit stopped: from where on, and why.
    pub(crate) stopped: BTreeMap<FileId, (ByteSpan, String)>,
}

impl<'u> Lowering<'u> {
    /// An empty collection for a unit.
    #[must_use]
    pub fn new(unit: &'u Unit) -> Self {
        let facts = UnitFacts {
            version: SCHEMA_VERSION.to_owned(),
            files: unit.files.iter().map(|f| f.path.clone()).collect(),
            ..UnitFacts::default()
        };
        Self {
            unit,
            keys: Keys::built_in(),
            facts,
            slots: Vec::new(),
            written: Vec::new(),
            data: Vec::new(),
            handed: Vec::new(),
            hidden: Vec::new(),
            companions: Vec::new(),
            unknown: BTreeSet::new(),
            silent: BTreeMap::new(),
            read: BTreeSet::new(),
            digests: unit.files.iter().map(|_| Digests::default()).collect(),
            masks: BTreeMap::new(),
            file_contexts: BTreeMap::new(),
            children: BTreeMap::new(),
            scripts: 0,
            stopped: BTreeMap::new(),
        }
    }

    /// The place of a source: its route is computed from the document, so that equal things have equal routes
    /// whichever dialect or detector speaks of them.
    #[must_use]
    pub fn place(&self, source: Source) -> Place {
        let route = self
            .unit
            .files
            .get(source.file.0 as usize)
            .map(|file| route_at(&file.document, source.span, self.masks_of(source.file)))
            .unwrap_or_default();
        Place::new(source, route)
    }

    fn masks_of(&self, file: FileId) -> Masks<'_> {
        match self.masks.get(&file) {
            Some((spans, digests)) => Masks::new(spans).remember(digests),
            None => self.unmasked(file),
        }
    }

    fn unmasked(&self, file: FileId) -> Masks<'_> {
        let digests = self.digests.get(file.0 as usize);
        digests.map_or_else(Masks::default, |digests| Masks::default().remember(digests))
    }

    /// Takes what is secret out of the routes of everything said so far and of all that is said from now on. Where the
    /// secrets are is known only after everything was lowered. `masks` are sorted, without overlaps.
    pub fn mask_routes(&mut self, masks: &[Source]) {
        for mask in masks {
            self.masks.entry(mask.file).or_default().0.push(mask.span);
        }
        let mut facts = std::mem::take(&mut self.facts);
        let places =
            facts.facts.iter_mut().map(|f| &mut f.at).chain(facts.contexts.iter_mut().map(|c| &mut c.at));
        // Only items of lists are addressed by what they hold.
        for place in places.filter(|p| self.masks.contains_key(&p.file) && p.route.0.contains('[')) {
            let Some(file) = self.unit.files.get(place.file.0 as usize) else { continue };
            let was = route_at(&file.document, place.span, self.unmasked(place.file));
            // A place where something is absent goes on below what stands there.
            if let Some(below) = place.route.0.strip_prefix(&was.0) {
                let is = route_at(&file.document, place.span, self.masks_of(place.file));
                place.route.0 = is.0 + below;
            }
        }
        self.facts = facts;
    }

    /// The place where `key` would stand inside what stands at `source`.
    #[must_use]
    pub fn absent(&self, source: Source, key: &str) -> Place {
        let mut place = self.place(source);
        place.route = place.route.key(key);
        place
    }

    /// Marks that `dialect` read `file`.
    pub fn reads(&mut self, file: FileId, dialect: &'static str) {
        self.read.insert((file, dialect));
    }

    /// The context of a whole file.
    pub fn file_context(&mut self, file: FileId) -> ContextId {
        if let Some(id) = self.file_contexts.get(&file) {
            return *id;
        }
        let (name, length) =
            self.unit.files.get(file.0 as usize).map(|f| (f.path.clone(), f.bytes.len())).unwrap_or_default();
        let source = Source::new(file, crate::span::ByteSpan::new(0, length));
        let id =
            self.push_context(None, ContextKind::File, &name, Place::new(source, crate::fact::Route::root()));
        self.file_contexts.insert(file, id);
        id
    }

    /// A context inside another. Fill in who starts it and the like through [`Self::context_mut`].
    pub fn context(&mut self, parent: ContextId, kind: ContextKind, name: &str, source: Source) -> ContextId {
        let place = self.place(source);
        self.push_context(Some(parent), kind, name, place)
    }

    fn push_context(
        &mut self,
        parent: Option<ContextId>,
        kind: ContextKind,
        name: &str,
        at: Place,
    ) -> ContextId {
        let id = ContextId(u32::try_from(self.facts.contexts.len()).unwrap_or(u32::MAX));
        let children = self.children.entry(parent).or_default();
        let order = *children;
        *children = children.saturating_add(1);
        self.facts.contexts.push(Context {
            id,
            parent,
            order,
            kind,
            name: name.to_owned(),
            at,
            started_by: None,
            runs_code_of: None,
            environment: None,
            tier: None,
            needs_complete: false,
        });
        id
    }

    /// A context to fill in.
    pub fn context_mut(&mut self, id: ContextId) -> Option<&mut Context> {
        self.facts.contexts.get_mut(id.0 as usize)
    }

    /// States a fact.
    pub fn state(&mut self, within: ContextId, source: Source, body: Body) -> FactId {
        let place = self.place(source);
        self.fact(within, place, Origin::Stated, body)
    }

    /// States a fact with its origin and a place of its own.
    pub fn fact(&mut self, within: ContextId, at: Place, origin: Origin, body: Body) -> FactId {
        let id = FactId(u32::try_from(self.facts.facts.len()).unwrap_or(u32::MAX));
        self.facts.facts.push(Fact { id, body, at, origin, within, when: Case::always(), lesser: false });
        id
    }

    /// A fact to adjust: its case, or that it rests on a lesser alternative.
    pub fn fact_mut(&mut self, id: FactId) -> Option<&mut Fact> {
        self.facts.facts.get_mut(id.0 as usize)
    }

    /// Whether `bytes` more of scripts may be read; if so they are counted.
    pub fn reads_script(&mut self, bytes: usize) -> bool {
        let after = self.scripts.saturating_add(bytes);
        let allowed = after <= MAX_SCRIPTS;
        if allowed {
            self.scripts = after;
        }
        allowed
    }

    /// Something could not be resolved.
    pub fn unknown(&mut self, source: Source, why: Why) {
        self.unknown.insert((source, why));
    }

    /// From here on a file was not searched for credentials: it counts as not checked whole.
    pub fn stopped(&mut self, source: Source, why: Why) {
        self.stopped.entry(source.file).or_insert_with(|| (source.span, why.to_string()));
        self.unknown(source, why);
    }

    /// Something that looks like a finding was let pass, with a proof in the value.
    pub fn silent(&mut self, file: FileId, reason: &str) {
        *self.silent.entry((file, reason.to_owned())).or_default() += 1;
    }
}
