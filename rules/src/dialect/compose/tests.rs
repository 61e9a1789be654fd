//! Compose files as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::{Ask, Claim, Dialect, Lowering, SourceFile, Unit};
use crate::fact::{Body, Pin, Selection};
use crate::span::{FileId, Source};

struct Said {
    facts: Vec<String>,
    unknown: Vec<String>,
    handed: Vec<String>,
    slots: Vec<String>,
}

fn said(files: &[(&str, &str)]) -> Said {
    let read = |(index, (path, text)): (usize, &(&str, &str))| {
        SourceFile::read(FileId(u32::try_from(index).unwrap()), path, Arc::from(text.as_bytes()), index == 0)
    };
    let files_read: Vec<SourceFile> = files.iter().enumerate().map(read).collect();
    let unit = Unit { files: files_read, ..Unit::default() };
    assert!(DIALECT.owns(&unit.files[0]), "not recognised");
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let at = |source: Source| &files[source.file.0 as usize].1[source.span.range()];
    let facts = out.facts.facts.iter().map(|fact| {
        let what = match &fact.body {
            Body::Component(c) => {
                let pin = match &c.pin {
                    Pin::Digest(_) => "digest".to_owned(),
                    Pin::Tag(tag) => format!("tag {tag}"),
                    Pin::Moving(tag) => format!("moving {tag}"),
                    _ => "none".to_owned(),
                };
                format!("{} {pin}", c.is.name)
            }
            Body::Safeguard(s) => {
                let Some(Selection::One(is)) = &s.protects else { panic!() };
                format!("{} {}", is.kind, is.name)
            }
            Body::Endpoint(e) => {
                let open = e.auth.only().unwrap().iter().any(std::collections::BTreeSet::is_empty);
                format!(
                    "{} {}{}",
                    e.kind,
                    if open { "open" } else { "asks" },
                    if fact.lesser { " inside" } else { "" }
                )
            }
            other => panic!("{other:?}"),
        };
        format!("{what} @ {}", at(fact.at.source()))
    });
    Said {
        facts: facts.collect(),
        unknown: out.unknown.iter().map(|(source, why)| format!("{why} @ {}", at(*source))).collect(),
        handed: out.handed.iter().map(|h| format!("{} {}", h.is.name, at(h.value))).collect(),
        slots: out.slots.iter().map(|slot| format!("{}={}", slot.name, slot.scalar.text)).collect(),
    }
}

fn one(text: &str) -> Vec<String> {
    said(&[("compose.yaml", text)]).facts
}

#[test]
fn images_are_components_unless_they_are_built_here() {
    let text = "services:\n  a: {image: 'nginx:1.27'}\n  b: {image: acme/b, build: .}\n  c: {image: 'redis@sha256:00ff'}\n  d: \
                {image: '${REPO}/d:${TAG:-latest}'}\n";
    let told = said(&[("compose.yaml", text)]);
    assert_eq!(
        told.facts,
        [
            "nginx tag 1.27 @ nginx:1.27",
            "redis digest @ redis@sha256:00ff",
            "${REPO}/d moving latest @ ${REPO}/d:${TAG:-latest}"
        ]
    );
    assert_eq!(told.unknown, ["`REPO` has no value in the tree @ ${REPO}/d:${TAG:-latest}"]);
}

#[test]
fn the_machine_is_reached_in_many_ways() {
    let text = "services:\n  a:\n    build: .\n    privileged: true\n    pid: host\n    cap_add: [NET_ADMIN, SYS_ADMIN]\n    \
                volumes:\n      - /var/run/docker.sock:/var/run/docker.sock:ro\n      - data:/etc\n      - /etc/localtime:/etc/localtime:ro\n      \
                - {type: bind, source: /, target: /host}\n      - /etc:/host/etc:ro\n";
    assert_eq!(
        one(text),
        [
            "privileged privileged @ true",
            "namespace pid @ host",
            "privileged SYS_ADMIN @ SYS_ADMIN",
            "socket /var/run/docker.sock @ /var/run/docker.sock:/var/run/docker.sock:ro",
            "folder / @ {type: bind, source: /, target: /host}"
        ]
    );
    assert!(one("services: {a: {build: ., privileged: false, pid: 'service:b'}}\n").is_empty());
}

#[test]
fn interfaces_that_ask_nobody_are_told_by_their_variables_and_flags() {
    let text = "services:\n  db:\n    image: postgres:17\n    environment: [POSTGRES_HOST_AUTH_METHOD=trust]\n    ports: ['5432:5432']\n  \
                inside:\n    image: mysql:9\n    environment: {MYSQL_ALLOW_EMPTY_PASSWORD: 'yes'}\n    ports: ['127.0.0.1:3306:3306']\n  \
                edge:\n    image: traefik:v3\n    command: --providers.docker --api.insecure=true\n    ports: [{target: 8080, published: 80}]\n  \
                graphs:\n    image: grafana/grafana:11.0.0\n    environment: {GF_AUTH_ANONYMOUS_ENABLED: '${OPEN}'}\n  \
                asks:\n    image: postgres:17\n    environment: {POSTGRES_HOST_AUTH_METHOD: scram-sha-256}\n";
    let told = said(&[("compose.yaml", text)]);
    let endpoints: Vec<&String> =
        told.facts.iter().filter(|f| f.contains(" open") || f.contains(" asks")).collect();
    assert_eq!(
        endpoints,
        [
            "PostgreSQL open @ trust",
            "MySQL open inside @ yes",
            "Traefik API and dashboard open @ --api.insecure=true",
            "PostgreSQL asks inside @ scram-sha-256"
        ]
    );
    assert_eq!(
        told.unknown,
        ["`the value of GF_AUTH_ANONYMOUS_ENABLED` is evaluated by the platform @ ${OPEN}"]
    );
}

#[test]
fn a_service_takes_from_the_one_it_extends() {
    let text = "services:\n  db:\n    extends: {file: ../base.yaml, service: db}\n    environment: {POSTGRES_HOST_AUTH_METHOD: trust}\n  \
                gone:\n    extends: {file: missing.yaml, service: x}\n";
    let base = "services: {db: {image: 'postgres:17', ports: ['5432:5432']}}\n";
    let told = said(&[("deploy/docker-compose.prod.yml", text), ("base.yaml", base)]);
    assert_eq!(told.facts, ["PostgreSQL open @ trust"]);
    assert_eq!(told.unknown, ["`missing.yaml` is not in the tree @ {file: missing.yaml, service: x}"]);
    let file = SourceFile::read(FileId(0), "deploy/docker-compose.yml", Arc::from(text.as_bytes()), true);
    assert_eq!(
        DIALECT.outline(&file).asks,
        ["base.yaml", "deploy/missing.yaml"].map(|path| Ask::File(path.to_owned()))
    );
    let circle = "services: {a: {extends: b}, b: {extends: {service: a}}}\n";
    assert!(said(&[("compose.yaml", circle)]).unknown[0].contains("over 8 levels"));
}

#[test]
fn arguments_of_builds_are_handed_to_the_image() {
    let text = "services: {a: {build: {context: ., args: {NPM_TOKEN: abc}}}, b: {build: {args: ['X=y']}}}\n";
    assert_eq!(said(&[("compose.yaml", text)]).handed, ["NPM_TOKEN abc", "X y"]);
}

#[test]
fn names_and_contents_tell_what_is_compose() {
    let claim = |path: &str| DIALECT.claim(path);
    assert_eq!(claim("a/docker-compose.prod.yml"), Claim::Path);
    assert_eq!(claim("compose.yaml"), Claim::Path);
    assert_eq!(claim("composer.yaml"), Claim::Content);
    assert_eq!(claim("compose.json"), Claim::No);
    let owns = |text: &str| {
        DIALECT.owns(&SourceFile::read(FileId(0), "stack.yml", Arc::from(text.as_bytes()), true))
    };
    assert!(owns("services: {a: {image: x}}\nx-common: {}\n"));
    assert!(!owns("services: [docker]\nscript: x\n"));
    assert!(!owns("services: {a: {image: x}}\nsteps: []\n"));
    assert!(!owns("services: {a: {class: App, arguments: []}}\n"), "a container of dependencies");
}

#[test]
fn a_default_of_a_secret_is_a_value_and_a_file_that_is_not_there_is_unknown() {
    let text = "services:\n  db:\n    build: .\n    env_file: [db.env, {path: gone.env}]\n    environment:\n      DB_PASSWORD: \
                ${DB_PASSWORD:-changeme}\n      API_TOKEN: ${API_TOKEN}\n      GREETING: ${GREETING:-hello}\n";
    let said = said(&[("compose.yaml", text), ("db.env", "A=1\n")]);
    assert_eq!(said.unknown, ["`gone.env` is not in the tree @ gone.env"]);
    assert_eq!(said.slots, ["DB_PASSWORD=changeme"]);
}

#[test]
fn programs_that_are_told_to_ask_nobody() {
    let of = |image: &str, command: &str| {
        let text = format!(
            "services:\n  x:\n    image: {image}:1@sha256:00\n    command: {command}\n    ports: ['1:1']\n"
        );
        said(&[("compose.yaml", &text)]).facts.iter().filter(|f| f.contains(" open")).count()
    };
    assert_eq!(of("mongo", "mongod --noauth"), 1);
    assert_eq!(of("mongo", "mongod --auth"), 0);
    assert_eq!(of("redis", "[redis-server, --protected-mode, 'no']"), 1);
    assert_eq!(of("jupyter/base-notebook", "start-notebook.sh --NotebookApp.token=''"), 1);
    assert_eq!(of("jupyter/base-notebook", "start-notebook.sh --NotebookApp.token=abc"), 0);
}
