//! The tables against their own examples, and what pipelines by tables come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod facts;
mod hostile;
mod tables;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::tables::{System, systems};
use super::{DIALECT, Walk};
use crate::dialect::{Dialect, Lowering, SourceFile, Unit};
use crate::fact::{Body, Lifetime, Naming, Pin, Selection, Sink};
use crate::span::{FileId, Source};

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile::read(FileId(0), path, Arc::from(text.as_bytes()), true)
}

fn unit(path: &str, text: &str) -> Unit {
    Unit { files: vec![file(path, text)], ..Unit::default() }
}

fn system(name: &str) -> &'static System {
    systems().iter().find(|system| system.name == name).unwrap()
}

/// The rows of a system of which something came in a file.
fn reached(system: &'static System, path: &str, text: &str) -> BTreeSet<usize> {
    let unit = unit(path, text);
    let mut out = Lowering::new(&unit);
    Walk::new(&mut out, &unit.files[0], system).file()
}

/// Lowers a file and says every fact as a line, with the text it stands at.
fn facts(path: &str, text: &str) -> Vec<String> {
    let unit = unit(path, text);
    assert!(unit.files[0].document.breaks.is_empty(), "{:?}", unit.files[0].document.breaks);
    assert!(DIALECT.owns(&unit.files[0]), "{path} is no pipeline");
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let written = |at: Source| text[at.span.range()].lines().next().unwrap_or("").trim().to_owned();
    let context = |fact: &crate::fact::Fact| out.facts.contexts[fact.within.0 as usize].name.clone();
    let said = out.facts.facts.iter().map(|fact| {
        let text = say(&fact.body);
        format!("{}: {text} @ {}", context(fact), written(fact.at.source()))
    });
    let slots = out.slots.iter().map(|slot| format!("slot {}={}", slot.name, slot.scalar.text));
    said.chain(slots).collect()
}

fn say(body: &Body) -> String {
    match body {
        Body::Credential(c) => {
            let lifetime = c
                .lifetime
                .only()
                .map_or("?", |l| if *l == Lifetime::Unbounded { "unbounded" } else { "bound" });
            let instead = if c.federation.is_some() { ", federation" } else { "" };
            format!("{} {} {:?} {lifetime}{instead}", c.kind, c.is, c.storage)
        }
        Body::Identity(i) => {
            format!("{} {}{}", i.kind, i.is, if i.name == Naming::Default { " shared" } else { "" })
        }
        Body::Component(c) => {
            let pin = match &c.pin {
                Pin::Digest(_) => "digest".to_owned(),
                Pin::Tag(t) => format!("tag {t}"),
                Pin::Moving(t) => format!("moving {t}"),
                Pin::None => "no version".to_owned(),
                Pin::Local => "local".to_owned(),
                Pin::Alone(version) => format!("alone {version}"),
            };
            format!("{} {pin}{}", c.is, if c.first_party { " first party" } else { "" })
        }
        Body::Flow(f) => {
            let what = match &f.what {
                Selection::One(is) => is.name.to_string(),
                Selection::All(_) => "all".to_owned(),
            };
            let to = match &f.to {
                Sink::Login { platform, service } => format!("login {platform} by {service}"),
                Sink::Env(name) => format!("env {name}"),
                Sink::Recipient(is) => is.to_string(),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("{what} -> {to}")
        }
        other => other.name().to_owned(),
    }
}
