//! Manifests as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod access;
mod issued;
mod machine;
mod remedies;
mod values;
mod workloads;

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::{Dialect, Lowering, SourceFile, Unit};
use crate::fact::{Body, Fact, Lifetime, Origin, Pin, Principal, Selection, Sink, Text, Value};
use crate::span::{ByteSpan, FileId};

/// A unit of one file.
fn unit(path: &str, text: &str) -> Unit {
    let file = SourceFile::read(FileId(0), path, Arc::from(text.as_bytes()), true);
    let broken = path.contains("broken");
    assert_eq!(broken, !file.document.breaks.is_empty(), "{:?} in\n{text}", file.document.breaks);
    Unit { key: path.to_owned(), files: vec![file], ..Unit::default() }
}

/// What a manifest comes to.
struct Said {
    /// Facts as lines: `<body> <what it says> @ <source text>`.
    facts: Vec<String>,
    /// Names and texts handed to the detectors.
    slots: Vec<String>,
    unknown: Vec<String>,
    silent: Vec<String>,
    /// Contexts whose needs are all known.
    complete: Vec<String>,
}

impl Said {
    /// The facts of one body, without its name.
    fn of(&self, body: &str) -> Vec<&str> {
        self.facts.iter().filter_map(|f| f.strip_prefix(body)?.strip_prefix(' ')).collect()
    }
}

fn said(text: &str) -> Said {
    said_of("k8s/app.yaml", text)
}

fn said_of(path: &str, text: &str) -> Said {
    let unit = unit(path, text);
    let mut out = Lowering::new(&unit);
    assert!(DIALECT.owns(&unit.files[0]), "{path} is not recognised");
    DIALECT.lower(&unit, &mut out);
    Said {
        facts: out.facts.facts.iter().map(|fact| line(fact, text)).collect(),
        slots: out
            .slots
            .iter()
            .map(|s| format!("{}={}{}", s.name, s.scalar.text, if s.base64 { " base64" } else { "" }))
            .collect(),
        unknown: out
            .unknown
            .iter()
            .map(|(source, why)| format!("{why} @ {}", first_line(text, source.span)))
            .collect(),
        silent: out.silent.iter().map(|((_, why), count)| format!("{count} {why}")).collect(),
        complete: out.facts.contexts.iter().filter(|c| c.needs_complete).map(|c| c.name.clone()).collect(),
    }
}

fn first_line(text: &str, span: ByteSpan) -> String {
    let all = &text[span.range()];
    match all.split_once('\n') {
        Some((first, _)) => format!("{first}…"),
        None => all.to_owned(),
    }
}

fn texts(texts: &[Text]) -> String {
    texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn line(fact: &Fact, text: &str) -> String {
    let origin = match &fact.origin {
        Origin::PlatformDefault { .. } => " (default)",
        _ => "",
    };
    let lesser = if fact.lesser { format!(" (lesser, when {:?})", fact.when.0) } else { String::new() };
    format!("{} {}{origin}{lesser} @ {}", fact.body.name(), body(&fact.body), first_line(text, fact.at.span))
}

fn selection(what: &Selection) -> String {
    match what {
        Selection::One(is) => is.to_string(),
        Selection::All(is) => format!("all of {is}"),
    }
}

fn lifetime(value: &Value<Lifetime>) -> String {
    match value.only() {
        Some(Lifetime::MaxAge { seconds, .. }) => format!("{seconds}s"),
        Some(Lifetime::PlatformDefault { seconds }) => format!("default {}s", seconds.unwrap()),
        Some(Lifetime::Unbounded) => "unbounded".to_owned(),
        Some(Lifetime::Expires(date)) => format!("until {date}"),
        other => format!("{other:?}"),
    }
}

fn body(body: &Body) -> String {
    match body {
        Body::Credential(c) => format!(
            "{} {} {:?} {:?} {}{}",
            c.is,
            c.kind,
            c.storage,
            c.evidence,
            if c.lifetime.only().is_some() { lifetime(&c.lifetime) } else { "?".to_owned() },
            c.federation.as_ref().map_or("", |_| " federation"),
        ),
        Body::Identity(i) => format!(
            "{} {:?}{}{}{}",
            i.is,
            i.name,
            i.owner.as_ref().map_or(String::new(), |o| format!(" owner={}", o.only().unwrap())),
            i.purpose.as_ref().map_or(String::new(), |p| format!(" purpose={}", p.only().unwrap())),
            if i.created { " created" } else { "" },
        ),
        Body::Grant(g) => {
            let who = g.principals.iter().map(|p| match p {
                Principal::Anyone => " to anyone",
                Principal::AnyAccount => " to any account",
                _ => " to somebody",
            });
            format!(
                "{} [{}] on [{}]{}",
                g.holder,
                texts(&g.actions),
                texts(&g.resources),
                who.collect::<String>()
            )
        }
        Body::Endpoint(e) => {
            let auth = e.auth.only().unwrap();
            let ways = auth.iter().map(|all| all.iter().cloned().collect::<Vec<_>>().join("+"));
            format!("{} {} [{}]", e.is, e.kind, ways.collect::<Vec<_>>().join("|"))
        }
        Body::Component(c) => {
            let pin = match &c.pin {
                Pin::Digest(digest) => format!("digest {digest}"),
                Pin::Tag(tag) => format!("tag {tag}"),
                Pin::Moving(tag) => format!("moving {tag}"),
                Pin::None => "unpinned".to_owned(),
                Pin::Local => "local".to_owned(),
                Pin::Alone(version) => format!("alone {version}"),
            };
            format!("{} {pin}{}", c.is, if c.first_party { " first-party" } else { "" })
        }
        Body::Flow(f) => {
            let to = match &f.to {
                Sink::Login { platform, service } => format!("login {platform} by {service}"),
                Sink::Env(name) => format!("env {name}"),
                Sink::Mount => "mount".to_owned(),
                other => format!("{other:?}"),
            };
            format!("{} to {to}", selection(&f.what))
        }
        Body::Need(n) => format!("{} {}", n.holder.as_ref().unwrap(), n.action),
        Body::Safeguard(s) => {
            let on: Vec<String> =
                s.on.possible()
                    .map(|p| format!("{}{}", p.value, if p.lesser { " (lesser)" } else { "" }))
                    .collect();
            format!("{:?} of {} {}", s.kind, selection(s.protects.as_ref().unwrap()), on.join(" or "))
        }
        Body::Link(l) => format!("{} {:?} {}", l.from, l.kind, l.to),
        Body::Trust(_) => "trust".to_owned(),
    }
}
