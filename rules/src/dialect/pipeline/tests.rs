//! What a dialect says of pipelines as people write them, as lines that a test can hold against what it expects.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;

use crate::dialect::{Dialect, Lowering, SourceFile, Unit};
use crate::fact::{Body, ContextKind, Fact, Lifetime, Origin, Pin, Selection, Sink, Starter, Value};
use crate::span::{FileId, Source};

/// A unit of files: the first is the member, the rest were asked for.
pub(crate) fn unit(files: &[(&str, &str)]) -> Unit {
    let files = files.iter().enumerate().map(|(index, (path, text))| {
        let id = FileId(u32::try_from(index).unwrap());
        SourceFile::read(id, path, Arc::from(text.as_bytes()), index == 0)
    });
    Unit { key: String::new(), files: files.collect(), ..Unit::default() }
}

/// Lowers a unit.
pub(crate) fn lowered<'u>(dialect: &dyn Dialect, unit: &'u Unit) -> Lowering<'u> {
    for file in &unit.files {
        assert!(file.document.breaks.is_empty(), "{}: {:?}", file.path, file.document.breaks);
    }
    let mut out = Lowering::new(unit);
    dialect.lower(unit, &mut out);
    out
}

fn written(unit: &Unit, source: Source) -> String {
    let file = &unit.files[source.file.0 as usize];
    let text = std::str::from_utf8(&file.bytes[source.span.range()]).unwrap();
    let first = text.lines().next().unwrap_or("").trim().to_owned();
    if source.file.0 == 0 { first } else { format!("{}: {first}", file.path) }
}

/// Lowers a pipeline and says every fact of one body as a line, with its context and the text it stands at.
pub(crate) fn facts_of(dialect: &dyn Dialect, files: &[(&str, &str)], body: &str) -> Vec<String> {
    let unit = unit(files);
    let out = lowered(dialect, &unit);
    let context = |fact: &Fact| {
        let own = &out.facts.contexts[fact.within.0 as usize];
        let job = own.parent.filter(|_| matches!(own.kind, ContextKind::Container));
        job.map_or(own, |job| &out.facts.contexts[job.0 as usize]).name.clone()
    };
    out.facts
        .facts
        .iter()
        .filter(|f| f.body.name() == body)
        .map(|f| format!("{}: {} @ {}", context(f), say(f), written(&unit, f.at.source())))
        .collect()
}

/// What could not be resolved, with the text it stands at.
pub(crate) fn unknown(dialect: &dyn Dialect, files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let out = lowered(dialect, &unit);
    out.unknown.iter().map(|(at, why)| format!("{why} @ {}", written(&unit, *at))).collect()
}

/// The names of what is handed to the detectors.
pub(crate) fn slots(dialect: &dyn Dialect, files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let out = lowered(dialect, &unit);
    out.slots.iter().map(|slot| format!("{}={}", slot.name, slot.scalar.text)).collect()
}

/// Who can start each job.
pub(crate) fn starters(dialect: &dyn Dialect, files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let out = lowered(dialect, &unit);
    let jobs = out.facts.contexts.iter().filter(|c| c.kind == ContextKind::Job);
    jobs.map(|job| {
        let by = job.started_by.as_ref().and_then(Value::only);
        let outsider = by.is_some_and(|by| by.contains(&Starter::Outsider));
        format!("{}{}", job.name, if outsider { " outsider" } else { "" })
    })
    .collect()
}

fn say(fact: &Fact) -> String {
    let default = if matches!(fact.origin, Origin::PlatformDefault { .. }) { " by default" } else { "" };
    let text = match &fact.body {
        Body::Credential(c) => format!("{} {} {:?} {}", c.kind, c.is, c.storage, lifetime(&c.lifetime)),
        Body::Identity(i) => format!("{} {}", i.kind, i.is),
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
                Sink::Output(name) => format!("output {name}"),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("{what} -> {to}")
        }
        Body::Safeguard(s) => {
            format!("{:?} {}", s.kind, s.on.only().map_or("?", |on| if *on { "on" } else { "off" }))
        }
        Body::Link(l) => format!("{} as {}", l.from.name, l.to),
        Body::Grant(g) => g.actions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        Body::Need(n) => format!("{} since {}", n.action, n.because),
        other => panic!("pipelines state no {}", other.name()),
    };
    let lesser = if fact.lesser { " lesser" } else { "" };
    format!("{text}{default}{lesser}")
}

fn lifetime(value: &Value<Lifetime>) -> String {
    let one = |l: &Lifetime| match l {
        Lifetime::MaxAge { seconds, .. } => format!("{seconds} s"),
        Lifetime::Unbounded => "unbounded".to_owned(),
        Lifetime::PlatformDefault { seconds: Some(seconds) } => format!("{seconds} s"),
        Lifetime::BoundTo(_) => "bound".to_owned(),
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
