//! Resources that another syntax carries: it is rewritten in Terraform's words, lowered by Terraform's tables, and what
//! is said of the rewritten text is said of the places that it was made from.
//!
//! `write` writes the program, `place` leads from its bytes back to the files of the unit.
//!
//! Invariant: nothing of the rewritten text reaches a fact but names and values; every place is one of the unit's files.

mod place;
mod write;

use std::sync::Arc;

use super::lower;
use crate::dialect::lowering::Slot;
use crate::dialect::{Lowering, SourceFile, Unit};
use crate::fact::{Body, Case, ContextId, ContextKind, Fact, Origin, Ref, Selection, Text, Value, Why};
use crate::span::{ByteSpan, FileId, Source};
use place::Places;
pub(in crate::dialect) use write::{Given, Part, Program, Reading};

/// Lowers a program that was made from files of the unit.
pub(in crate::dialect) fn lower(program: Program, out: &mut Lowering<'_>) {
    let Some(places) = Places::of(&program) else { return };
    if let Some((at, why)) = &program.cut {
        out.unknown(*at, why.clone());
    }
    let own = places.first().file;
    let path = out.unit.files.get(own.0 as usize).map_or("", |file| file.path.as_str());
    let rewritten =
        SourceFile::read(FileId(0), &format!("{path}.tf"), Arc::from(program.text.as_bytes()), true);
    if let Some(broken) = rewritten.document.breaks.first() {
        let at = places.at(Source::new(FileId(0), broken.span));
        out.unknown(at, Why::Unsupported("a resource that Terraform cannot say".to_owned()));
    }
    let unit = Unit { files: vec![rewritten], ..Unit::default() };
    let mut inner = Lowering::new(&unit);
    lower::unit(&unit, &mut inner);
    let back = Back { places: &places, program: &program, path };
    back.carry(inner, out);
}

/// The way back.
struct Back<'p> {
    places: &'p Places<'p>,
    program: &'p Program,
    /// The path of the file that the program was made from.
    path: &'p str,
}

impl Back<'_> {
    fn carry(&self, inner: Lowering<'_>, out: &mut Lowering<'_>) {
        let own = self.places.first().file;
        let made = inner.facts.contexts;
        let mut contexts: Vec<ContextId> = Vec::new();
        for context in &made {
            let parent = context.parent.and_then(|parent| contexts.get(parent.0 as usize).copied());
            let id = match (context.kind, parent) {
                (ContextKind::File, _) | (_, None) => out.file_context(own),
                (kind, Some(parent)) => {
                    out.context(parent, kind, &context.name, self.places.at(context.at.source()))
                }
            };
            contexts.push(id);
        }
        let within = |id: ContextId, out: &mut Lowering<'_>| match contexts.get(id.0 as usize) {
            Some(id) => *id,
            None => out.file_context(own),
        };
        for fact in inner.facts.facts {
            let within = within(fact.within, out);
            self.fact(fact, within, out);
        }
        // What stands in no resource is somebody's data, which the dialect hands over itself.
        let in_resource = |slot: &Slot| {
            let context = made.get(slot.within.0 as usize);
            context.is_some_and(|context| context.kind != ContextKind::File)
        };
        for slot in inner.slots.into_iter().filter(in_resource) {
            let within = within(slot.within, out);
            let at = Source::new(FileId(0), slot.scalar.span());
            // What was put together here does not stand in the file.
            if let Some((file, scalar)) =
                self.places.scalar(at).filter(|(_, own)| own.text == slot.scalar.text)
            {
                out.slots.push(Slot { file, scalar: scalar.clone(), within, ..slot });
            }
        }
        for (at, why) in inner.unknown {
            out.unknown(self.places.at(at), self.why(why));
        }
        for ((_, reason), times) in inner.silent {
            (0..times).for_each(|_| out.silent(own, &reason));
        }
    }

    fn fact(&self, fact: Fact, within: ContextId, out: &mut Lowering<'_>) {
        let at = self.places.at(fact.at.source());
        let mut place = out.place(at);
        if !matches!(fact.origin, Origin::Stated)
            && let Some(absent) = fact.at.route.0.rsplit('/').next()
        {
            place.route = place.route.key(absent);
        }
        for related in fact.at.related {
            let source = self.places.at(related.source);
            if source != at && place.related.iter().all(|known| known.source != source) {
                place = place.with(related.note, source);
            }
        }
        let mut body = fact.body;
        self.body(&mut body);
        let id = out.fact(within, place, fact.origin, body);
        if let Some(stated) = out.fact_mut(id) {
            stated.when = Case(fact.when.0);
            stated.lesser = fact.lesser;
        }
    }

    fn body(&self, body: &mut Body) {
        match body {
            Body::Credential(credential) => {
                self.value(&mut credential.lifetime);
                credential.rotation.iter_mut().for_each(|value| self.value(value));
                credential.secret.iter_mut().for_each(|source| *source = self.places.at(*source));
                self.name(&mut credential.is);
            }
            Body::Identity(identity) => {
                identity.owner.iter_mut().for_each(|value| self.value(value));
                identity.purpose.iter_mut().for_each(|value| self.value(value));
            }
            Body::Endpoint(endpoint) => {
                self.value(&mut endpoint.auth);
                self.value(&mut endpoint.reach);
            }
            Body::Safeguard(safeguard) => self.value(&mut safeguard.on),
            Body::Flow(flow) => {
                if let Selection::One(is) = &mut flow.what {
                    self.name(is);
                }
            }
            Body::Grant(_) | Body::Trust(_) | Body::Component(_) | Body::Need(_) | Body::Link(_) => {}
        }
    }

    fn value<T>(&self, value: &mut Value<T>) {
        match value {
            Value::Known { source, .. } => *source = self.places.at(*source),
            Value::OneOf { of, .. } => {
                of.iter_mut().for_each(|one| one.source = self.places.at(one.source));
            }
            Value::Unknown { why, source } => {
                *source = self.places.at(*source);
                *why = self.why(why.clone());
            }
        }
    }

    /// A name that holds the path of the rewritten file holds that of the file it was made from.
    fn name(&self, is: &mut Ref) {
        for part in &mut is.scope {
            if part.known().and_then(|path| path.strip_suffix(".tf")) == Some(self.path) {
                *part = Text::literal(self.path);
            }
        }
    }

    /// A hole is called what stands there.
    fn why(&self, why: Why) -> Why {
        match &why {
            Why::Variable(name) => match name.strip_prefix("var.").and_then(|name| self.program.hole(name)) {
                Some(written) => Why::Expression(written.to_owned()),
                None => why,
            },
            _ => why,
        }
    }
}

/// An empty place at the beginning of a file.
fn beginning(file: FileId) -> Source {
    Source::new(file, ByteSpan::at(0))
}
