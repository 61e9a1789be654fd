//! Dockerfiles as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::fact::{Body, Pin, Selection};
use crate::span::FileId;

fn said(text: &str) -> (Vec<String>, Vec<String>) {
    let file = SourceFile::read(FileId(0), "Dockerfile", Arc::from(text.as_bytes()), true);
    let unit = Unit { files: vec![file], ..Unit::default() };
    assert!(DIALECT.owns(&unit.files[0]));
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let facts = out.facts.facts.iter().map(|fact| match &fact.body {
        Body::Component(c) => {
            let pin = match &c.pin {
                Pin::Digest(_) => "digest".to_owned(),
                Pin::Tag(tag) => format!("tag {tag}"),
                Pin::Moving(tag) => format!("moving {tag}"),
                _ => "none".to_owned(),
            };
            format!("{} {} {pin}", c.kind, c.is.name)
        }
        Body::Flow(f) => {
            let Selection::One(is) = &f.what else { panic!() };
            format!("{} to {:?}", is.name, f.to)
        }
        other => panic!("{other:?}"),
    });
    let unknown = out.unknown.iter().map(|(at, why)| format!("{why} @ {}", &text[at.span.range()]));
    (facts.collect(), unknown.collect())
}

fn facts(text: &str) -> Vec<String> {
    said(text).0
}

#[test]
fn base_images_are_components_and_stages_are_none() {
    let text = "ARG GO=1.23\nARG REGISTRY\nFROM golang:${GO}-alpine AS build\nFROM scratch AS empty\nFROM BUILD AS again\nFROM \
                ${REGISTRY}/base\nFROM redis@sha256:00ff\nFROM nginx\nFROM construction AS final\nCOPY --from=build /a /a\nCOPY \
                --from=0 /a /a\nCOPY --from=acme/tool:2 /t /t\nRUN --mount=type=bind,from=acme/cache,target=/c make\n";
    let (facts, unknown) = said(text);
    assert_eq!(
        facts,
        [
            "container image golang tag 1.23-alpine",
            "container image ${REGISTRY}/base none",
            "container image redis digest",
            "container image nginx none",
            "container image construction none",
            "container image acme/tool tag 2",
            "container image acme/cache none",
        ]
    );
    assert_eq!(unknown, ["`REGISTRY` has no value in the tree @ ${REGISTRY}/base"]);
}

#[test]
fn what_is_fetched_is_a_component() {
    let text = "FROM scratch\nARG VERSION=1.2.3\nADD https://acme.example/tool-${VERSION}.tgz /opt/\nADD --checksum=sha256:00ff \
                https://acme.example/other.tgz /opt/\nADD local.tgz /opt/\nRUN curl -fsSL https://acme.example/install.sh | sh\nRUN \
                <<EOF\nwget -qO- https://acme.example/more.sh | bash\nEOF\nRUN curl -o f https://acme.example/data.json\n";
    let facts = facts(text);
    assert_eq!(facts.len(), 4, "{facts:?}");
    assert!(facts[0].starts_with("file https://acme.example/tool-1.2.3.tgz"), "{facts:?}");
    assert_eq!(facts[1], "file https://acme.example/other.tgz digest");
    assert_eq!(facts[2], "script https://acme.example/install.sh none");
    assert_eq!(facts[3], "script https://acme.example/more.sh none");
}

#[test]
fn secrets_that_are_arguments_stay_in_the_history() {
    let text = "FROM a@sha256:00 AS build\nARG BUILD_TOKEN\nFROM a@sha256:00 AS base\nARG NPM_TOKEN\nFROM base\nARG \
                DB_PASSWORD=\nARG VERSION\nARG API_TOKEN=default\n";
    let flows: Vec<String> = facts(text).into_iter().filter(|f| f.contains(" to ")).collect();
    assert_eq!(flows, ["NPM_TOKEN to ImageLayer", "DB_PASSWORD to ImageLayer"]);
}

#[test]
fn templates_are_told_by_their_content() {
    assert_eq!(DIALECT.claim("a/Dockerfile.prod"), Claim::Path);
    assert_eq!(DIALECT.claim("web.dockerfile"), Claim::Path);
    assert_eq!(DIALECT.claim("Dockerfile.j2"), Claim::Content);
    assert_eq!(DIALECT.claim("dockerfile.rs"), Claim::No);
}
