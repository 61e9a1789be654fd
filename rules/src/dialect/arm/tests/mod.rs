#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

//! Templates as a user writes them, in JSON and in Bicep, and the facts they come to, one line each:
//! `<line> <fact> [lesser] [if <case>]…`.

mod evaluation;
mod lowering;
mod modules;
mod robustness;

use std::sync::Arc;

use super::*;
use crate::dialect::values::default_of;
use crate::fact::{Body, Effect, Fact, Known, Lifetime, Match, Principal, Selection, Sink, Text, Value};
use crate::span::{FileId, Source};

/// A unit whose first file is the one that it is about.
fn unit(files: &[(&str, &str)]) -> Unit {
    let read = |(index, (path, text)): (usize, &(&str, &str))| {
        let id = FileId(u32::try_from(index).unwrap());
        SourceFile::read(id, path, Arc::from(text.as_bytes()), index == 0)
    };
    Unit { files: files.iter().enumerate().map(read).collect(), ..Unit::default() }
}

/// Every fact of the first file.
fn facts_of(files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    out.facts.facts.iter().map(|fact| line(&unit, fact)).collect()
}

fn bicep(text: &str) -> Vec<String> {
    facts_of(&[("main.bicep", text)])
}

/// A template in JSON with these sections.
fn json(sections: &str) -> Vec<String> {
    facts_of(&[("azuredeploy.json", &template(sections))])
}

fn template(sections: &str) -> String {
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    format!("{{\"$schema\": \"{schema}\", \"contentVersion\": \"1.0.0.0\",\n{sections}\n}}\n")
}

/// What stayed unknown: line and reason.
fn unknowns_of(files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    out.unknown.iter().map(|(source, why)| format!("{} {why}", spot(&unit, *source))).collect()
}

/// The literals that are handed to the detectors.
fn slots_of(files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let mut found: Vec<String> = out.slots.iter().map(|s| format!("{}={}", s.name, s.scalar.text)).collect();
    found.sort();
    found.dedup();
    found
}

fn spot(unit: &Unit, source: Source) -> String {
    let file = &unit.files[source.file.0 as usize];
    let before = &file.bytes[..source.span.start as usize];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    if source.file == FileId(0) { line.to_string() } else { format!("{}:{line}", file.path) }
}

fn line(unit: &Unit, fact: &Fact) -> String {
    let mut text = format!("{} {}", spot(unit, fact.at.source()), body(&fact.body));
    if fact.lesser {
        text.push_str(" lesser");
    }
    for (choice, branch) in &fact.when.0 {
        text.push_str(&format!(" if {choice}={branch}"));
    }
    text
}

fn texts(texts: &[Text]) -> String {
    texts.iter().map(Text::to_string).collect::<Vec<_>>().join(" ")
}

fn body(body: &Body) -> String {
    match body {
        Body::Grant(g) => {
            let effect = if g.effect == Effect::Allow { "" } else { "deny " };
            format!("grant {effect}{} on {} to {}", texts(&g.actions), texts(&g.resources), g.holder)
        }
        Body::Credential(c) => {
            let lifetime = match &c.lifetime {
                Value::Known { value: Lifetime::Unbounded, .. } => "unbounded".to_owned(),
                Value::Known { value: Lifetime::Expires(date), .. } => date.to_string(),
                Value::Known { value: Lifetime::MaxAge { seconds, .. }, .. } => {
                    format!("{} d", seconds / 86_400)
                }
                _ => "?".to_owned(),
            };
            format!("credential {} {lifetime}", c.title)
        }
        Body::Identity(i) => format!("identity {} {}", i.kind, i.is.name),
        Body::Trust(t) => {
            let issuer = match t.to.first() {
                Some(Principal::Issuer(host)) => host.to_string(),
                _ => String::new(),
            };
            let claims: Vec<String> = t
                .claims
                .iter()
                .map(|c| match &c.matches {
                    Match::Exact(text) => format!("{}={text}", c.claim),
                    Match::Glob(text) => format!("{}~{text}", c.claim),
                    Match::Any => format!("{} any", c.claim),
                    Match::Expression(text) => format!("expression {text}"),
                })
                .collect();
            format!("trust {issuer} {} in {}", claims.join(" "), t.opens.name)
        }
        Body::Endpoint(e) => match &e.auth {
            Value::Known { value, .. } => {
                let asks = value.iter().all(|set| !set.is_empty());
                format!("endpoint {} {} {}", e.kind, e.is.name, if asks { "asks" } else { "open" })
            }
            Value::OneOf { of, .. } => format!("endpoint {} {} one of {}", e.kind, e.is.name, of.len()),
            Value::Unknown { .. } => format!("endpoint {} {} ?", e.kind, e.is.name),
        },
        Body::Flow(f) => {
            let what = match &f.what {
                Selection::One(one) => one.name.to_string(),
                _ => "all".to_owned(),
            };
            match &f.to {
                Sink::Output(name) => format!("flow {what} to output {name}"),
                _ => format!("flow {what}"),
            }
        }
        Body::Component(c) => format!("component {} {:?}", c.is.name, c.pin),
        Body::Safeguard(_) => "safeguard".to_owned(),
        Body::Link(_) => "link".to_owned(),
        _ => "other".to_owned(),
    }
}

/// What a variable is worth, by default.
fn worth(files: &[(&str, &str)], name: &str) -> String {
    let unit = unit(files);
    let template = template::Template::of_file(&unit.files[0]).unwrap();
    let mut evaluator = evaluate::Evaluator::new(&unit, &template, None);
    let value = evaluator.variable(name, Source::new(FileId(0), crate::span::ByteSpan::at(0)));
    let mut shown: Vec<String> = value.alternatives().iter().map(|(value, _, _)| show(value)).collect();
    if shown.len() > 1 {
        shown.insert(0, format!("{}:", show(default_of(&value))));
    }
    shown.join(" ")
}

fn show(value: &crate::fact::Datum) -> String {
    match &value.value {
        Known::Null => "null".to_owned(),
        Known::Bool(value) => value.to_string(),
        Known::Number(number) => number.clone(),
        Known::Text(text) => format!("'{text}'"),
        Known::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        Known::Map(entries) => {
            let all = entries.iter().map(|(key, _, value)| format!("{key}: {}", show(value)));
            format!("{{{}}}", all.collect::<Vec<_>>().join(", "))
        }
        Known::OneOf { .. } => format!("one of {}", value.alternatives().len()),
        Known::Unknown(why) => format!("<{why}>"),
    }
}
