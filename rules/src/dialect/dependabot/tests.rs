//! Configurations as people write them, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;

use super::{DIALECT, MAX_USES};
use crate::dialect::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::fact::{Body, Lifetime, Selection, Sink, Value};
use crate::span::{FileId, Source};

const PATH: &str = ".github/dependabot.yml";

/// What was said of a configuration, each with the text it stands at: facts, slots, handed values, what is unknown.
#[derive(Default)]
struct Said {
    facts: Vec<String>,
    slots: Vec<String>,
    handed: Vec<String>,
    unknown: Vec<String>,
}

fn read(text: &str) -> Said {
    let file = SourceFile::read(FileId(0), PATH, Arc::from(text.as_bytes()), true);
    assert!(file.document.breaks.is_empty(), "{:?}", file.document.breaks);
    let unit = Unit { key: String::new(), files: vec![file], ..Unit::default() };
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let at = |source: Source| text[source.span.range()].lines().next().unwrap_or("").to_owned();
    let context = |id: crate::fact::ContextId| out.facts.contexts[id.0 as usize].name.clone();
    let facts = out.facts.facts.iter().map(|fact| {
        let said = match &fact.body {
            Body::Credential(c) => {
                let lifetime = match &c.lifetime {
                    Value::Known { value: Lifetime::MaxAge { seconds, .. }, .. } => format!("{seconds} s"),
                    Value::Known { .. } => "as chosen".to_owned(),
                    _ => "?".to_owned(),
                };
                let federation = if c.federation.is_some() { ", could be federated" } else { "" };
                format!("{} {} of {}, {:?}, {lifetime}{federation}", c.title, c.is.name, c.issuer, c.storage)
            }
            Body::Flow(f) => {
                let (Selection::One(what), Sink::Login { platform, .. }) = (&f.what, &f.to) else { panic!() };
                format!("{} -> {platform}", what.name)
            }
            Body::Link(l) => format!("{} as {}", l.from.name, l.to),
            other => panic!("{other:?}"),
        };
        format!("{}: {said} @ {}", context(fact.within), at(fact.at.source()))
    });
    Said {
        facts: facts.collect(),
        slots: out.slots.iter().map(|s| format!("{} {}", s.name, s.scalar.text)).collect(),
        handed: out
            .handed
            .iter()
            .map(|h| format!("{}: {} {}", context(h.within), h.is.name, at(h.value)))
            .collect(),
        unknown: out.unknown.iter().map(|(source, why)| format!("{why} @ {}", at(*source))).collect(),
    }
}

#[test]
fn only_the_file_that_the_platform_reads() {
    assert_eq!(DIALECT.claim(PATH), Claim::Path);
    assert_eq!(DIALECT.claim("a/b/.github/dependabot.yaml"), Claim::Path);
    assert_eq!(DIALECT.claim("dependabot.yml"), Claim::No);
    assert_eq!(DIALECT.claim("x.github/dependabot.yml"), Claim::No);
    assert_eq!(DIALECT.claim(".github/workflows/dependabot.yml"), Claim::No);
}

#[test]
fn a_stored_secret_logs_in_to_its_registry_and_for_the_updates_that_name_it() {
    let said = read(
        "version: 2\nregistries:\n  art:\n    type: maven-repository\n    url: https://acme.jfrog.io/maven\n    \
         username: octocat\n    password: ${{secrets.Art_Password}}\nupdates:\n  - package-ecosystem: gradle\n    \
         directory: /\n    registries: [art]\n  - package-ecosystem: npm\n    registries: \"*\"\n  \
         - package-ecosystem: pip\n    cooldown: { default-days: 7 }\n",
    );
    assert_eq!(
        said.facts,
        [
            "art: JFrog Artifactory password ART_PASSWORD of jfrog, StoreReference, as chosen, could be federated \
             @ ${{secrets.Art_Password}}",
            "art: ART_PASSWORD -> jfrog @ art:",
            "gradle: ART_PASSWORD -> jfrog @ art",
            "npm: ART_PASSWORD -> jfrog @ *",
        ]
    );
    assert!(said.slots.is_empty() && said.unknown.is_empty(), "{:?} {:?}", said.slots, said.unknown);
}

#[test]
fn a_literal_is_handed_to_the_detectors_with_a_telling_name() {
    let said = read(
        "version: 2\nregistries:\n  hex:\n    type: hex-organization\n    organization: acme\n    key: \"abc\"\n    \
         username: jane\n  git:\n    type: git\n    url: https://github.com\n    password: def\nupdates:\n  \
         - package-ecosystem: mix\n    registries:\n      - hex\n",
    );
    assert_eq!(said.slots, ["auth key abc", "password def"]);
    assert_eq!(
        said.handed,
        ["hex: key abc", "git: url https://github.com", "git: password def", "mix: key abc"]
    );
    assert!(said.facts.is_empty() && said.unknown.is_empty(), "{:?} {:?}", said.facts, said.unknown);
}

#[test]
fn federation_is_told_by_its_keys() {
    let said = read(
        "version: 2\nregistries:\n  az:\n    type: nuget-feed\n    url: https://pkgs.dev.azure.com/a/n/index.json\n    \
         tenant-id: ${{secrets.TENANT}}\n    client-id: c\n  jf:\n    type: npm-registry\n    url: https://a.jfrog.io/n\n    \
         jfrog-oidc-provider-name: github\n  ca:\n    type: npm-registry\n    \
         url: https://d-1.d.codeartifact.eu-west-1.amazonaws.com/npm/r/\n    aws-region: eu-west-1\n    \
         account-id: '123456789012'\n    role-name: bot\n  half:\n    type: nuget-feed\n    tenant-id: t\n",
    );
    assert_eq!(
        said.facts,
        [
            "az: secret TENANT TENANT of github, StoreReference, ? @ ${{secrets.TENANT}}",
            "az: Azure Artifacts session Dependabot of azure-devops, Federated, as chosen @ ${{secrets.TENANT}}",
            "az: TENANT -> azure-devops @ az:",
            "az: Dependabot -> azure-devops @ az:",
            "jf: JFrog Artifactory session Dependabot of jfrog, Federated, as chosen @ github",
            "jf: Dependabot -> jfrog @ jf:",
            "ca: AWS CodeArtifact session Dependabot of aws, Federated, as chosen @ eu-west-1",
            "ca: ca as aws/role/123456789012/bot @ bot",
            "ca: Dependabot -> aws @ ca:",
        ]
    );
}

#[test]
fn a_token_that_ends_by_itself_is_no_standing_key() {
    let said = read(
        "version: 2\nregistries:\n  ca:\n    type: npm-registry\n    \
         url: https://d-1.d.codeartifact.eu-west-1.amazonaws.com/npm/r/\n    token: ${{ secrets.CA }}\n",
    );
    assert!(said.facts[0].contains("StoreReference, 43200 s, could be federated"), "{:?}", said.facts);
}

#[test]
fn what_is_not_understood_is_told() {
    let said = read(
        "version: 1\nregistries:\n  a: text\n  b:\n    type: git\n    token: [x]\n    password: ${{ env.P }}\nupdates:\n  \
         - npm\n  - package-ecosystem: npm\n    registries: [c]\n    insecure-external-code-execution: allow\n  \
         - package-ecosystem: pip\n    insecure-external-code-execution: deny\n",
    );
    assert_eq!(
        said.unknown,
        [
            "a Dependabot configuration of another version than 2 is not evaluated @ 1",
            "a registry that is not a map is not evaluated @ text",
            "a registry's credential that is not text is not evaluated @ [x]",
            "an expression other than `secrets.NAME` is not evaluated @ ${{ env.P }}",
            "an update that is not a map is not evaluated @ npm",
            "a registry that the file does not define is not evaluated @ c",
            "external code that runs beside the registries' credentials is not evaluated @ allow",
        ]
    );
    assert_eq!(read("version: 2\nregistries: \"*\"\nupdates: none\n").unknown.len(), 2);
    assert_eq!(read("version: 2\n---\nversion: 2\n").unknown.len(), 1);
    assert!(read("version: 2\nregistries:\nupdates:\n").unknown.is_empty());
}

#[test]
fn uses_are_bounded() {
    let many = 200;
    let registries: String =
        (0..many).map(|i| format!("  r{i}:\n    type: git\n    token: ${{{{secrets.T{i}}}}}\n")).collect();
    let updates = "  - package-ecosystem: npm\n    registries: \"*\"\n".repeat(many);
    let said = read(&format!("version: 2\nregistries:\n{registries}updates:\n{updates}"));
    // A registry and its credential are counted each.
    assert_eq!(said.facts.len(), 2 * many + MAX_USES / 2);
    assert_eq!(said.unknown.len(), 1);
}
