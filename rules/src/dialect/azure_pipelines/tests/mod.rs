//! Pipelines as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod credentials;
mod jobs;
mod remedies;
mod robustness;
mod templates;

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::{Dialect, Lowering, SourceFile, Unit};
use crate::fact::{Body, Fact, Origin, Pin, Selection, Sink, Storage};
use crate::span::{FileId, Source};

/// A unit of files: the first is the member, the rest were asked for.
fn unit(files: &[(&str, &str)]) -> Unit {
    let files = files.iter().enumerate().map(|(index, (path, text))| {
        let id = FileId(u32::try_from(index).unwrap());
        SourceFile::read(id, path, Arc::from(text.as_bytes()), index == 0)
    });
    Unit { files: files.collect(), ..Unit::default() }
}

/// What stands at a place: its first line, with the file's path where it is not the member.
fn text_at(unit: &Unit, source: Source) -> String {
    let file = &unit.files[source.file.0 as usize];
    let text = std::str::from_utf8(&file.bytes[source.span.range()]).unwrap();
    let first = text.lines().next().unwrap_or("").trim().to_owned();
    if source.file.0 == 0 { first } else { format!("{}: {first}", file.path) }
}

/// Lowers files and says every fact of one body as a line, with the text it stands at.
fn facts_of(files: &[(&str, &str)], body: &str) -> Vec<String> {
    let unit = unit(files);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let stated = out.facts.facts.iter().filter(|f| f.body.name() == body);
    stated.map(|f| format!("{} @ {}", say(f), text_at(&unit, f.at.source()))).collect()
}

/// The same for one pipeline.
fn facts(text: &str, body: &str) -> Vec<String> {
    facts_of(&[("azure-pipelines.yml", text)], body)
}

/// What could not be resolved, each with the text it stands at.
fn unknowns(files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    out.unknown.iter().map(|(at, why)| format!("{why} @ {}", text_at(&unit, *at))).collect()
}

/// Literals with telling names: name and value.
fn slots(files: &[(&str, &str)]) -> Vec<String> {
    let unit = unit(files);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    out.slots.iter().map(|slot| format!("{} = {}", slot.name, slot.scalar.text)).collect()
}

fn say(fact: &Fact) -> String {
    let default = if matches!(fact.origin, Origin::PlatformDefault { .. }) { " by default" } else { "" };
    let text = match &fact.body {
        Body::Credential(c) => {
            let literal = if c.storage == Storage::Literal { " literal" } else { "" };
            format!("{} {}{literal}", c.kind, c.is.name)
        }
        Body::Identity(i) => format!("{} {}", i.kind, i.is.name),
        Body::Component(c) => {
            let pin = match &c.pin {
                Pin::Digest(_) => "fixed".to_owned(),
                Pin::Tag(t) => format!("tag {t}"),
                Pin::Moving(t) => format!("moving {t}"),
                Pin::None => "no version".to_owned(),
                Pin::Local => "local".to_owned(),
                Pin::Alone(version) => format!("alone {version}"),
            };
            let own = if c.first_party { " own" } else { "" };
            format!("{} {pin}{own}", c.is)
        }
        Body::Flow(f) => {
            let what = match &f.what {
                Selection::One(is) => is.name.to_string(),
                Selection::All(_) => "all".to_owned(),
            };
            let to = match &f.to {
                Sink::Login { platform, service } => format!("login {platform} by {service}"),
                Sink::Env(name) => format!("env {name}"),
                Sink::Recipient(is) => is.name.to_string(),
                Sink::Output(name) => format!("output {name}"),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("{what} -> {to}")
        }
        Body::Safeguard(s) => {
            let on = s.on.only().map_or("?", |on| if *on { "on" } else { "off" });
            format!("{:?} {on}", s.kind)
        }
        Body::Link(l) => format!("{} as {}", l.from.name, l.to.name),
        other => other.name().to_owned(),
    };
    let lesser = if fact.lesser { " lesser" } else { "" };
    format!("{text}{default}{lesser}")
}

#[test]
fn files_are_told_by_path_and_by_content() {
    let is = |path: &str, text: &str| DIALECT.owns(&unit(&[(path, text)]).files[0]);
    assert!(is("azure-pipelines.yml", "") && is("ci/azure-pipelines-release.yaml", ""));
    assert!(is("repo/.azure-pipelines/steps/build.yml", "") && is(".azuredevops/x.yml", ""));
    assert!(!is("azure-pipelines.md", ""));
    for pipeline in [
        "steps:\n- script: make\n",
        "steps:\n- ${{ if eq(1, 1) }}:\n  - task: UseDotNet@2\n",
        "jobs:\n- job: a\n  pool: x\n  steps:\n  - bash: make\n",
        "stages:\n- stage: a\n  jobs:\n  - deployment: b\n    environment: c\n",
        "extends:\n  template: a.yml@b\n",
        "variables:\n- group: shop\n",
        "parameters:\n- name: a\nstages:\n- template: a.yml\n",
    ] {
        assert!(is("ci/build.yml", pipeline), "{pipeline}");
    }
    for other in [
        "stages: [build, test]\nbuild:\n  script: make\n",
        "on: push\njobs:\n  a:\n    steps:\n    - run: make\n",
        "steps:\n- name: build\n  image: alpine\n  commands: [make]\n",
        "steps:\n- command: make\n",
        "jobs:\n- name: a\n  plan:\n  - task: build\n",
        "kind: pipeline\nsteps:\n- script: x\n",
        "runs:\n  using: composite\n  steps:\n  - run: make\n",
        "variables:\n  A: b\n",
        "- hosts: all\n",
        "pipelines:\n  default:\n  - step:\n      script: [make]\n",
        "steps:\n- name: gcr.io/cloud-builders/docker\n  script: make\n  args: [build]\nimages: [x]\n",
    ] {
        assert!(!is("ci/build.yml", other), "{other}");
    }
}

#[test]
fn templates_are_asked_for_from_the_root_or_the_folder() {
    let text = "extends:\n  template: /t/base.yml\nstages:\n- template: stage.yml@self\n- ${{ if x }}:\n  - template: ../up.yml\n- template: far.yml@other\n- template: ${{ parameters.x }}.yml\n";
    let unit = unit(&[("repo/.azure-pipelines/main.yml", text)]);
    let asks: Vec<String> =
        DIALECT.outline(&unit.files[0]).asks.iter().map(|ask| format!("{ask:?}")).collect();
    assert_eq!(
        asks,
        ["File(\"repo/.azure-pipelines/stage.yml\")", "File(\"repo/t/base.yml\")", "File(\"repo/up.yml\")"]
    );
}
