//! Workflows as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod remedies;
mod scripts;
mod values;
mod workflows;

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::{Dialect, Lowering, SourceFile, Unit};
use crate::fact::{Body, Fact, Lifetime, Origin, Pin, Selection, Sink, Value};
use crate::span::{FileId, Source};

/// A unit of files: the first is the member, the rest were asked for.
fn unit(files: &[(&str, &str)]) -> Unit {
    let files = files.iter().enumerate().map(|(index, (path, text))| {
        let id = FileId(u32::try_from(index).unwrap());
        SourceFile::read(id, path, Arc::from(text.as_bytes()), index == 0)
    });
    Unit { key: String::new(), files: files.collect(), ..Unit::default() }
}

/// Lowers a workflow and says every fact of one body as a line, with the text it stands at.
fn facts_of(files: &[(&str, &str)], body: &str) -> Vec<String> {
    let unit = unit(files);
    for file in &unit.files {
        assert!(file.document.breaks.is_empty(), "{}: {:?}", file.path, file.document.breaks);
    }
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let at = |source: Source| {
        let file = &unit.files[source.file.0 as usize];
        let text = std::str::from_utf8(&file.bytes[source.span.range()]).unwrap();
        let first = text.lines().next().unwrap_or("").trim().to_owned();
        if source.file.0 == 0 { first } else { format!("{}: {first}", file.path) }
    };
    out.facts
        .facts
        .iter()
        .filter(|f| f.body.name() == body)
        .map(|f| format!("{} @ {}", say(f), at(f.at.source())))
        .collect()
}

/// The same for one workflow.
fn facts(text: &str, body: &str) -> Vec<String> {
    facts_of(&[(".github/workflows/w.yml", text)], body)
}

fn say(fact: &Fact) -> String {
    let default = if matches!(fact.origin, Origin::PlatformDefault { .. }) { " by default" } else { "" };
    let text = match &fact.body {
        Body::Credential(c) => format!("{} {} {:?} {}", c.kind, c.is, c.storage, lifetime(&c.lifetime)),
        Body::Identity(i) => format!("{} {}", i.kind, i.is),
        Body::Grant(g) => format!("{} may {}", g.holder.name, g.actions[0]),
        Body::Component(c) => {
            let pin = match &c.pin {
                Pin::Digest(_) => "digest".to_owned(),
                Pin::Tag(t) => format!("tag {t}"),
                Pin::Moving(t) => format!("moving {t}"),
                Pin::None => "no version".to_owned(),
                Pin::Local => "local".to_owned(),
                Pin::Alone(version) => format!("alone {version}"),
            };
            format!("{} {pin}", c.is)
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
                Sink::Output(name) => format!("output {name}"),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("{what} -> {to}")
        }
        Body::Need(n) => format!("needs {}", n.action),
        Body::Safeguard(s) => format!("{:?} {}", s.kind, known(&s.on)),
        Body::Link(l) => format!("{} as {}", l.from.name, l.to),
        Body::Trust(_) | Body::Endpoint(_) => unreachable!("workflows state none"),
    };
    let lesser = if fact.lesser { " lesser" } else { "" };
    format!("{text}{default}{lesser}")
}

fn known(value: &Value<bool>) -> String {
    value.only().map_or("?".to_owned(), |on| if *on { "on" } else { "off" }.to_owned())
}

fn lifetime(value: &Value<Lifetime>) -> String {
    let one = |l: &Lifetime| match l {
        Lifetime::MaxAge { seconds, .. } => format!("{seconds} s"),
        Lifetime::Unbounded => "unbounded".to_owned(),
        Lifetime::PlatformDefault { seconds: Some(seconds) } => format!("{seconds} s"),
        other => format!("{other:?}"),
    };
    match value {
        Value::Known { value, .. } => one(value),
        Value::OneOf { of, open } => {
            let all: Vec<String> = of.iter().map(|a| one(&a.value)).collect();
            format!("{}{}", all.join(" or "), if *open { " or other" } else { "" })
        }
        Value::Unknown { .. } => "?".to_owned(),
    }
}
