//! Descriptions as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::{Ask, Claim, Dialect, Lowering, SourceFile, Unit};
use crate::fact::{Body, Selection};
use crate::span::{FileId, Source};

/// What was said of the first file: facts, unknowns, reasons for silence.
struct Said {
    facts: Vec<String>,
    slots: Vec<String>,
    unknown: Vec<String>,
    silent: Vec<String>,
    stopped: bool,
}

fn unit(files: &[(&str, &str)]) -> Unit {
    let read = |(index, (path, text)): (usize, &(&str, &str))| {
        SourceFile::read(FileId(u32::try_from(index).unwrap()), path, Arc::from(text.as_bytes()), index == 0)
    };
    Unit { key: String::new(), files: files.iter().enumerate().map(read).collect(), ..Unit::default() }
}

fn said(files: &[(&str, &str)]) -> Said {
    let unit = unit(files);
    assert!(DIALECT.owns(&unit.files[0]), "not recognised");
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let at = |source: Source| {
        let (path, text) = files[source.file.0 as usize];
        let text = text[source.span.range()].lines().next().unwrap_or_default();
        if source.file.0 == 0 { text.to_owned() } else { format!("{path}: {text}") }
    };
    let facts = out.facts.facts.iter().map(|fact| match &fact.body {
        Body::Endpoint(e) => {
            let ways = e.auth.only().unwrap().iter();
            let ways: Vec<String> =
                ways.map(|all| all.iter().cloned().collect::<Vec<_>>().join("+")).collect();
            let name = if e.is.kind == "operation" { format!(" {}", e.is.name) } else { String::new() };
            format!("{}{name} [{}] @ {}", e.kind, ways.join("|"), at(fact.at.source()))
        }
        Body::Flow(f) => {
            let Selection::One(is) = &f.what else { panic!() };
            let lesser = if fact.lesser { " (lesser)" } else { "" };
            format!("{} {} to {:?}{lesser} @ {}", is.kind, is.name, f.to, at(fact.at.source()))
        }
        other => panic!("{other:?}"),
    });
    Said {
        facts: facts.collect(),
        slots: out.slots.iter().map(|s| format!("{}={}", s.name, s.scalar.text)).collect(),
        unknown: out.unknown.iter().map(|(source, why)| format!("{why} @ {}", at(*source))).collect(),
        silent: out.silent.iter().map(|((_, why), count)| format!("{count} {why}")).collect(),
        stopped: !out.stopped.is_empty(),
    }
}

fn yaml(text: &str) -> Said {
    said(&[("shop.yaml", text)])
}

#[test]
fn a_document_that_states_no_security_is_one_cause() {
    let text = "openapi: 3.0.3\ninfo: {title: Shop}\npaths:\n  /orders:\n    get: {summary: a}\n    post: {summary: b}\n    \
                options: {summary: c}\n  /login:\n    post: {summary: d}\n";
    let told = yaml(text);
    assert_eq!(told.facts, ["interface [] @ openapi: 3.0.3"]);
    assert_eq!(told.silent.len(), 1, "{:?}", told.silent);
    let json = r#"{"swagger": "2.0", "info": {}, "paths": {"/orders": {"get": {"responses": {}}}}}"#;
    let told = said(&[("any/name.json", json)]);
    assert_eq!(told.facts, ["interface [] @ swagger\": \"2.0"]);
}

#[test]
fn an_operation_overrides_the_document() {
    let text = "openapi: 3.1.0\ninfo: {title: Shop}\nsecurity: [{key: []}]\npaths:\n  /orders:\n    get: {security: []}\n    \
                post: {summary: b}\n    put: {security: [{}, {key: [], user: [a]}]}\n    delete: {security: [{user: [b]}]}\n  \
                /healthz:\n    get: {security: []}\ncomponents:\n  securitySchemes:\n    key: {type: apiKey, in: header, name: X}\n    \
                user: {type: oauth2, flows: {}}\n";
    let told = yaml(text);
    assert_eq!(
        told.facts,
        [
            "operation GET /orders [] @ []",
            "operation PUT /orders [|api-key+oauth2] @ [{}, {key: [], user: [a]}]",
            "operation DELETE /orders [oauth2] @ [{user: [b]}]",
            "interface [api-key] @ [{key: []}]",
        ]
    );
    assert!(told.unknown.is_empty(), "{:?}", told.unknown);
}

#[test]
fn what_others_say_leaves_the_rest_open() {
    let text = "openapi: 3.0.0\ninfo: {}\npaths:\n  /a:\n    get: {summary: a}\n  /b:\n    get: {security: [{missing: []}]}\n";
    let told = yaml(text);
    assert_eq!(
        told.facts,
        ["operation GET /b [missing] @ [{missing: []}]", "operation GET /a [] @ openapi: 3.0.0"]
    );
    assert_eq!(told.unknown, ["`security scheme missing` is not in the tree @ missing"]);
}

#[test]
fn gateways_and_parameters_ask_as_well() {
    let text = "openapi: 3.0.0\ninfo: {}\npaths:\n  /a:\n    get: {x-amazon-apigateway-auth: {type: AWS_IAM}}\n    post: \
                {x-amazon-apigateway-auth: {type: NONE}}\n  /b:\n    parameters: [{$ref: '#/components/parameters/key'}]\n    \
                get: {summary: b}\n  /c:\n    get:\n      parameters: [{in: header, name: Authorization}]\ncomponents: \
                {parameters: {key: {in: header, name: X-Api-Key, required: true}}}\n";
    let told = yaml(text);
    assert_eq!(told.facts, ["interface [] @ openapi: 3.0.0"]);
    assert_eq!(told.silent.len(), 2, "{:?}", told.silent);
    assert_eq!(told.unknown, ["who may call without parameter `Authorization` is not evaluated @ get"]);
}

#[test]
fn nothing_is_said_of_nothing() {
    for text in [
        "openapi: 3.0.0\ninfo: {}\npaths: {}\n",
        "openapi: 3.0.0\ncomponents: {schemas: {}}\n",
        "openapi: 3.1.0\ninfo: {}\nwebhooks: {sold: {post: {}}}\n",
    ] {
        let told = yaml(text);
        assert!(told.facts.is_empty() && told.unknown.is_empty(), "{:?} {:?}", told.facts, told.unknown);
    }
}

#[test]
fn other_files_are_followed_inside_the_root() {
    let root = "openapi: 3.0.0\ninfo: {}\nsecurity: [{key: []}]\npaths:\n  /a: {$ref: 'paths/a.yaml'}\n  /b: {$ref: \
                'paths/b.yaml#/item'}\n  /c: {$ref: 'https://acme.example/c.yaml'}\ncomponents: {securitySchemes: {key: \
                {$ref: '../shared.yaml#/key'}}}\n";
    let files = [
        ("api/openapi.yaml", root),
        ("api/paths/a.yaml", "get:\n  security: []\n"),
        ("shared.yaml", "key: {type: http, scheme: bearer}\n"),
    ];
    let told = said(&files);
    assert_eq!(
        told.facts,
        ["operation GET /a [] @ api/paths/a.yaml: []"],
        "a description of which nothing inherits"
    );
    assert_eq!(
        told.unknown,
        [
            "`paths/b.yaml#/item` is not in the tree @ paths/b.yaml#/item",
            "`https://acme.example/c.yaml` is not in the tree @ https://acme.example/c.yaml"
        ]
    );
    let file = SourceFile::read(FileId(0), "api/openapi.yaml", Arc::from(root.as_bytes()), true);
    assert!(DIALECT.grouped(&file.path));
    let asks = ["api/paths/a.yaml", "api/paths/b.yaml", "shared.yaml"].map(|p| Ask::File(p.to_owned()));
    assert_eq!(DIALECT.outline(&file).asks, asks);
}

#[test]
fn keys_in_addresses_are_flows_where_they_are_asked_for() {
    let text = "openapi: 3.0.0\ninfo: {}\nsecurity: [{key: []}, {user: []}]\npaths: {/a: {get: {summary: a}}}\ncomponents:\n  \
                securitySchemes:\n    key: {type: apiKey, in: query, name: k}\n    user: {type: oauth2, flows: {implicit: \
                {authorizationUrl: x}}}\n    unused: {type: apiKey, in: query, name: u}\n";
    let told = yaml(text);
    assert_eq!(
        told.facts[1..],
        [
            "api-key key to Url @ query".to_owned(),
            "token user to Url (lesser) @ {authorizationUrl: x}".to_owned()
        ]
    );
}

#[test]
fn examples_are_handed_over_with_their_names() {
    let text = "openapi: 3.0.0\ninfo: {}\npaths:\n  /a:\n    get:\n      parameters:\n        - {in: query, name: api_key, \
                schema: {type: string, example: one}}\ncomponents: {schemas: {User: {properties: {password: {type: string, \
                examples: [two]}}}}}\n";
    let mut slots = yaml(text).slots;
    slots.sort();
    assert_eq!(slots, ["api_key=one", "password=two"]);
}

#[test]
fn a_file_that_breaks_off_says_nothing_of_what_is_absent() {
    let told = yaml("openapi: 3.0.0\ninfo: {}\npaths:\n  /a:\n    get: {summary: a}\n  /b: {get: [\n");
    assert!(told.facts.is_empty(), "{:?}", told.facts);
    assert!(told.stopped);
    assert!(said(&[("x.json", "{\"openapi\": \"3.0.0\",\n\"paths\": {\"/a\": {\"get\": {}}")]).stopped);
}

#[test]
fn other_data_is_none() {
    let owns = |path: &str, text: &str| {
        DIALECT.owns(&SourceFile::read(FileId(0), path, Arc::from(text.as_bytes()), true))
    };
    assert!(!owns("a.yaml", "swagger: true\npaths: {}\n"));
    assert!(!owns("a.yaml", "openapi: 3.0.0\n"));
    assert!(!owns("a.yaml", "apiVersion: v1\nspec: {openapi: 3.0.0, paths: {}}\n"));
    assert!(!owns("a.toml", "openapi = 3\n"));
    assert!(owns("a.yml", "swagger: 2.0\npaths: {}\n"));
    assert_eq!(DIALECT.claim("web/openapi.json"), Claim::Path);
    assert_eq!(DIALECT.claim("chart/templates/openapi.yaml"), Claim::Content);
}
