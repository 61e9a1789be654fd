#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

//! Trees as a user writes them, and the facts they come to, one line each:
//! `<path>:<line> <fact> [lesser] [if <case>] [<- <path>:<line> <note>]…`.

mod clouds;
mod credentials;
mod evaluation;
mod granted;
mod json;
mod manifests;
mod modules;
mod policies;
mod remedies;
mod rights;
mod robustness;
mod scripts;

use std::sync::Arc;

use super::*;
use crate::dialect::Ask;
use crate::fact::{Body, Effect, Fact, Lifetime, Match, Pin, Principal, Selection, Sink, Text, Value};
use crate::span::{FileId, Source};

fn unit(files: &[(&str, &str)]) -> Unit {
    let first = files[0].0.rsplit_once('/').map_or("", |(folder, _)| folder);
    let read = |(index, (path, text)): (usize, &(&str, &str))| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let bytes: Arc<[u8]> = Arc::from(text.as_bytes());
        SourceFile::read(FileId(u32::try_from(index).unwrap()), path, bytes, folder == first)
    };
    Unit { key: String::new(), files: files.iter().enumerate().map(read).collect(), ..Unit::default() }
}

/// Every fact of a tree; the first file's folder is the unit.
fn facts(files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    out.facts.facts.iter().map(|fact| line(&unit, fact)).collect()
}

/// Facts whose line holds all of the words.
fn facts_with(files: &[(&str, &str)], word: &str) -> Vec<String> {
    facts(files).into_iter().filter(|line| line.contains(word)).collect()
}

/// What stayed unknown: place and reason.
fn unknowns(files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    out.unknown.iter().map(|(source, why)| format!("{} {why}", spot(&unit, *source))).collect()
}

fn spot(unit: &Unit, source: Source) -> String {
    let file = &unit.files[source.file.0 as usize];
    let before = &file.bytes[..source.span.start as usize];
    format!("{}:{}", file.path, before.iter().filter(|b| **b == b'\n').count() + 1)
}

fn line(unit: &Unit, fact: &Fact) -> String {
    let mut text = format!("{} {}", spot(unit, fact.at.source()), body(unit, &fact.body));
    if fact.lesser {
        text.push_str(" lesser");
    }
    for (choice, branch) in &fact.when.0 {
        text.push_str(&format!(" if {choice}={branch}"));
    }
    for related in &fact.at.related {
        text.push_str(&format!(" <- {} {}", spot(unit, related.source), related.note));
    }
    text
}

fn texts(texts: &[Text]) -> String {
    texts.iter().map(Text::to_string).collect::<Vec<_>>().join(" ")
}

fn principals(to: &[Principal]) -> String {
    to.iter()
        .map(|p| match p {
            Principal::Anyone => "anyone".to_owned(),
            Principal::AnyAccount => "any account".to_owned(),
            Principal::Entity(entity) => entity.to_string(),
            Principal::Service(name) => format!("service {name}"),
            Principal::Issuer(host) => format!("issuer {host}"),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn body(unit: &Unit, body: &Body) -> String {
    match body {
        Body::Identity(i) => {
            let said = |value: &Option<Value<Text>>| match value {
                None => "-".to_owned(),
                Some(value) => value.only().map_or_else(|| "?".to_owned(), Text::to_string),
            };
            format!("identity {} owner {} purpose {}", i.is, said(&i.owner), said(&i.purpose))
        }
        Body::Grant(g) => format!(
            "{} {}{} on {}{}{} to {}",
            if g.effect == Effect::Allow { "allow" } else { "deny" },
            if g.actions_except { "all but " } else { "" },
            texts(&g.actions),
            texts(&g.resources),
            if g.principals.is_empty() {
                String::new()
            } else {
                format!(" for {}", principals(&g.principals))
            },
            g.conditions
                .iter()
                .map(|c| format!(" when {} {} {}", c.operator, c.key, texts(&c.values)))
                .collect::<String>(),
            g.holder
        ),
        Body::Trust(t) => format!(
            "trust {} opens to {}{}",
            t.opens,
            principals(&t.to),
            t.claims
                .iter()
                .map(|c| match &c.matches {
                    Match::Exact(text) => format!(" {}={text}", c.claim),
                    Match::Glob(text) => format!(" {}~{text}", c.claim),
                    Match::Any => format!(" {}=any", c.claim),
                    Match::Expression(text) => format!(" {}: {text}", c.claim),
                })
                .collect::<String>()
        ),
        Body::Link(l) => format!("link {:?} {} -> {}", l.kind, l.from, l.to),
        Body::Credential(c) => {
            let life = |life: &Lifetime| match life {
                Lifetime::MaxAge { seconds, .. } => format!("{seconds}s"),
                Lifetime::Expires(date) => format!("until {date}"),
                other => format!("{other:?}"),
            };
            let lifetimes: Vec<String> = c.lifetime.possible().map(|p| life(p.value)).collect();
            let secret: Vec<String> = c
                .secret
                .iter()
                .map(|s| {
                    String::from_utf8_lossy(&unit.files[s.file.0 as usize].bytes[s.span.range()]).into_owned()
                })
                .collect();
            format!("credential {} {} [{}] {:?} {secret:?}", c.kind, c.is, lifetimes.join(" | "), c.storage)
        }
        Body::Flow(f) => {
            let (Selection::One(what) | Selection::All(what)) = &f.what;
            match &f.to {
                Sink::Login { platform, service } => format!("flow {what} -> login {platform} {service}"),
                Sink::Output(name) => format!("flow {what} -> output {name}"),
                other => format!("flow {what} -> {other:?}"),
            }
        }
        Body::Safeguard(s) => format!("safeguard {:?} {:?}", s.kind, s.on.only()),
        Body::Component(c) => {
            let pin = match &c.pin {
                Pin::Digest(digest) => format!("digest {digest}"),
                Pin::Tag(tag) => format!("tag {tag}"),
                Pin::Moving(range) => format!("moving {range}"),
                Pin::None => "unpinned".to_owned(),
                Pin::Local => "local".to_owned(),
                Pin::Alone(version) => format!("alone {version}"),
            };
            format!("component {} {pin}", c.is)
        }
        Body::Endpoint(e) => format!("endpoint {} auth {:?}", e.is, e.auth.only()),
        Body::Need(n) => {
            format!("need {} by {}", n.action, n.holder.as_ref().map_or("?".to_owned(), ToString::to_string))
        }
    }
}

#[test]
fn a_file_asks_for_its_directory_its_modules_and_the_files_it_reads() {
    let text = "module \"a\" {\n  source = \"../mod\"\n}\nmodule \"b\" {\n  source = \"acme/x/aws\"\n}\n\
                resource \"t\" \"x\" {\n  p = file(\"${path.module}/p.json\")\n  q = templatefile(\"t.tpl\", {})\n}\n";
    let file = SourceFile::read(FileId(0), "env/main.tf", Arc::from(text.as_bytes()), true);
    let outline = DIALECT.outline(&file);
    assert_eq!(outline.unit.as_deref(), Some("terraform:env"));
    let asks: Vec<String> = outline
        .asks
        .iter()
        .map(|ask| match ask {
            Ask::File(path) => path.clone(),
            Ask::AnyOf(paths) => paths.join("|"),
            Ask::Directory { path, .. } => format!("{path}/"),
        })
        .collect();
    assert_eq!(asks, ["env/", "mod/", "env/p.json", "env/t.tpl"]);
}
