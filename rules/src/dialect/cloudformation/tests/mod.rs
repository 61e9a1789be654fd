#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

//! Templates as a user writes them, and the facts they come to, one line each:
//! `<line> <fact> [lesser] [if <case>] [<- <line> <note>]…`.

mod credentials;
mod functions;
mod policies;
mod robustness;
mod serverless;

use std::sync::Arc;

use super::*;
use crate::fact::{Body, Effect, Fact, Lifetime, Match, Principal, Selection, Sink, Text, Value};
use crate::remedy::Safety;
use crate::span::{FileId, Source};

fn unit(path: &str, text: &str) -> Unit {
    let file = SourceFile::read(FileId(0), path, Arc::from(text.as_bytes()), true);
    Unit { files: vec![file], ..Unit::default() }
}

/// Every fact of a file.
fn facts_of(path: &str, text: &str) -> Vec<String> {
    let unit = unit(path, text);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    out.facts.facts.iter().map(|fact| line(&unit, fact)).collect()
}

fn facts(text: &str) -> Vec<String> {
    facts_of("template.yaml", text)
}

/// Facts whose line holds the words.
fn facts_with(text: &str, words: &str) -> Vec<String> {
    facts(text).into_iter().filter(|line| line.contains(words)).collect()
}

/// What stayed unknown: line and reason.
fn unknowns(text: &str) -> Vec<String> {
    let unit = unit("template.yaml", text);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    out.unknown.iter().map(|(source, why)| format!("{} {why}", spot(&unit, *source))).collect()
}

fn spot(unit: &Unit, source: Source) -> usize {
    let before = &unit.files[source.file.0 as usize].bytes[..source.span.start as usize];
    before.iter().filter(|b| **b == b'\n').count() + 1
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
    let one = |p: &Principal| match p {
        Principal::Anyone => "anyone".to_owned(),
        Principal::AnyAccount => "any account".to_owned(),
        Principal::Entity(entity) => entity.to_string(),
        Principal::Service(name) => format!("service {name}"),
        Principal::Issuer(host) => format!("issuer {host}"),
    };
    to.iter().map(one).collect::<Vec<_>>().join(" ")
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
        Body::Grant(g) => {
            let effect = if g.effect == Effect::Allow { "allow" } else { "deny" };
            let except = if g.actions_except { "all but " } else { "" };
            let who = principals(&g.principals);
            let who = if who.is_empty() { who } else { format!(" for {who}") };
            let when: String = g
                .conditions
                .iter()
                .map(|c| format!(" when {} {} {}", c.operator, c.key, texts(&c.values)))
                .collect();
            format!(
                "{effect} {except}{} on {}{who}{when} to {}",
                texts(&g.actions),
                texts(&g.resources),
                g.holder
            )
        }
        Body::Trust(t) => {
            let claim = |m: &Match| match m {
                Match::Exact(text) => format!("={text}"),
                Match::Glob(text) => format!("~{text}"),
                Match::Any => "=any".to_owned(),
                Match::Expression(text) => format!(": {text}"),
            };
            let claims: String =
                t.claims.iter().map(|c| format!(" {}{}", c.claim, claim(&c.matches))).collect();
            format!("trust {} opens to {}{claims}", t.opens, principals(&t.to))
        }
        Body::Link(l) => format!("link {:?} {} -> {}", l.kind, l.from, l.to),
        Body::Credential(c) => {
            let life = |life: &Lifetime| match life {
                Lifetime::MaxAge { seconds, .. } => format!("{seconds}s"),
                Lifetime::Expires(date) => format!("until {date}"),
                other => format!("{other:?}"),
            };
            let lifetimes: Vec<String> = c.lifetime.possible().map(|p| life(p.value)).collect();
            let secret = |s: &Source| {
                String::from_utf8_lossy(&unit.files[s.file.0 as usize].bytes[s.span.range()]).into_owned()
            };
            let secrets: Vec<String> = c.secret.iter().map(secret).collect();
            format!("credential {} {} [{}] {:?} {secrets:?}", c.kind, c.is, lifetimes.join(" | "), c.storage)
        }
        Body::Flow(f) => {
            let (Selection::One(what) | Selection::All(what)) = &f.what;
            match &f.to {
                Sink::Output(name) => format!("flow {what} -> output {name}"),
                other => format!("flow {what} -> {other:?}"),
            }
        }
        Body::Endpoint(e) => format!("endpoint {} auth {:?}", e.is, e.auth.only()),
        other => other.name().to_owned(),
    }
}

#[test]
fn templates_are_told_by_their_content() {
    let is = |path: &str, text: &str| DIALECT.owns(&unit(path, text).files[0]);
    let resource = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n";
    assert!(is("a.yaml", "AWSTemplateFormatVersion: '2010-09-09'\n"));
    assert!(is("infra/stack.yml", resource));
    assert!(is("a.json", "{\"Resources\": {\"A\": {\"Type\": \"Custom::Thing\"}}}"));
    assert!(is("stack.template", &format!("AWSTemplateFormatVersion: 2010-09-09\n{resource}")));
    assert!(is("stack.template", "{\"AWSTemplateFormatVersion\": \"2010-09-09\", \"Resources\": {}}"));
    assert!(is("serverless.yml", &format!("service: a\nresources:\n  {}", resource.replace('\n', "\n  "))));
    assert!(is("cut.yaml", "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {a\n: b"));
    for (path, text) in [
        ("a.yaml", "Resources:\n  cpu: 1\n"),
        ("a.yaml", "apiVersion: v1\nkind: Pod\n"),
        ("nginx.template", "server { listen 80; }\n"),
        ("a.json", "{\"Type\": \"AWS::S3::Bucket\"}"),
        ("docs.md", resource),
    ] {
        assert!(!is(path, text), "{path} {text}");
    }
    assert_eq!(DIALECT.claim("a/vpc.cfn.yaml"), Claim::Path);
    assert_eq!(DIALECT.claim("a/template.yaml"), Claim::Content);
}
