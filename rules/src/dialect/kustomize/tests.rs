//! Overlays and their bases, and the facts they come to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;

use super::DIALECT;
use crate::dialect::{Ask, Dialect, Lowering, SourceFile, Unit, kubernetes, taken};
use crate::fact::Body;
use crate::span::FileId;

const BASE: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      serviceAccountName: web
      containers:
      - {name: web, image: 'acme/web:1', securityContext: {privileged: false}}
      - {name: side, image: acme/side}
";

/// What a unit comes to: a line for each fact of a kind that patches change, and what is unknown.
struct Said {
    facts: Vec<String>,
    unknown: Vec<String>,
    slots: Vec<String>,
}

fn said(files: &[(&str, &str)]) -> Said {
    let read = |(index, (path, text)): (usize, &(&str, &str))| {
        SourceFile::read(FileId(u32::try_from(index).unwrap()), path, Arc::from(text.as_bytes()), true)
    };
    let files = files.iter().enumerate().map(read).collect();
    let unit = Unit { key: "k".to_owned(), files, ..Unit::default() };
    let mut out = Lowering::new(&unit);
    kubernetes::DIALECT.lower(&unit, &mut out);
    DIALECT.lower(&unit, &mut out);
    let at = |source: crate::span::Source| {
        let file = &unit.files[source.file.0 as usize];
        let text = std::str::from_utf8(&file.bytes[source.span.range()]).unwrap();
        format!("{}: {}", file.path, text.lines().next().unwrap_or_default())
    };
    let line = |body: &Body| match body {
        Body::Component(c) => Some(format!("{} {:?}", c.is.name, c.pin)),
        Body::Identity(i) => Some(format!("{} {:?}", i.is, i.owner.is_some())),
        Body::Safeguard(s) => s.protects.as_ref().map(|_| format!("{:?}", s.kind)),
        Body::Grant(g) => Some(g.actions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
        Body::Credential(c) => Some(c.title.clone()),
        _ => None,
    };
    Said {
        facts: out
            .facts
            .facts
            .iter()
            .filter_map(|f| Some(format!("{} @ {}", line(&f.body)?, at(f.at.source()))))
            .collect(),
        unknown: out.unknown.iter().map(|(source, why)| format!("{why} @ {}", at(*source))).collect(),
        slots: out.slots.iter().map(|slot| format!("{}={}", slot.name, slot.scalar.text)).collect(),
    }
}

#[test]
fn a_patch_is_no_workload_of_its_own() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: \
                 [{name: web, image: 'acme/web:2', env: [{name: TOKEN, value: abc}]}]}}}\n";
    let said = said(&[
        ("o/kustomization.yaml", "resources: [../b]\npatches: [{path: web.yaml}]\n"),
        ("o/web.yaml", patch),
        ("b/kustomization.yaml", "resources: [app.yaml]\n"),
        ("b/app.yaml", BASE),
    ]);
    assert_eq!(
        said.facts,
        [
            "acme/web Tag(Text([Literal(\"2\")])) @ o/web.yaml: acme/web:2",
            "acme/side None @ b/app.yaml: acme/side",
        ]
    );
    assert_eq!(said.slots, ["TOKEN=abc"]);
    assert!(said.unknown.is_empty(), "{:?}", said.unknown);
}

#[test]
fn operations_images_and_labels_change_what_is_applied() {
    let account =
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\nautomountServiceAccountToken: false\n";
    let kustomization = "
resources: [app.yaml, sa.yaml]
images: [{name: acme/side, newName: mirror/side, newTag: latest}]
labels: [{pairs: {team: shop}}]
patchesJson6902:
- target: {kind: Deployment, name: w.*}
  patch: |-
    - {op: replace, path: /spec/template/spec/containers/0/securityContext/privileged, value: true}
    - {op: add, path: /spec/template/spec/serviceAccountName, value: default}
";
    let said = said(&[("kustomization.yaml", kustomization), ("app.yaml", BASE), ("sa.yaml", account)]);
    assert_eq!(
        said.facts,
        [
            "kubernetes/ServiceAccount/${namespace}/default false @ kustomization.yaml: default",
            "acme/web Tag(Text([Literal(\"1\")])) @ app.yaml: acme/web:1",
            "HostIsolation @ kustomization.yaml: true",
            "mirror/side Moving(Text([Literal(\"latest\")])) @ kustomization.yaml: latest",
            "kubernetes/ServiceAccount/${namespace}/web true @ sa.yaml: web",
            "TokenAutomount @ sa.yaml: false",
        ]
    );
}

#[test]
fn what_a_patch_takes_away_is_gone() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: \
                 [{name: side, $patch: delete}, {name: web, securityContext: null, image: 'acme/web:3'}]}}}\n";
    let said = said(&[
        ("kustomization.yaml", "resources: [app.yaml]\npatchesStrategicMerge: [p.yaml]\n"),
        ("app.yaml", BASE),
        ("p.yaml", patch),
    ]);
    assert_eq!(said.facts, ["acme/web Tag(Text([Literal(\"3\")])) @ p.yaml: acme/web:3"]);
}

#[test]
fn a_component_is_laid_over_all_and_a_base_knows_only_its_own() {
    let component = "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\npatches:\n- target: {kind: \
                     Deployment}\n  patch: '[{op: add, path: /spec/template/spec/hostPID, value: true}]'\n";
    let said = said(&[
        ("o/kustomization.yaml", "resources: [../b]\ncomponents: [../c]\n"),
        ("b/kustomization.yaml", "resources: [app.yaml]\n"),
        ("b/app.yaml", BASE),
        ("c/kustomization.yaml", component),
    ]);
    assert!(
        said.facts.contains(&"HostIsolation @ c/kustomization.yaml: true".to_owned()),
        "{:?}",
        said.facts
    );
}

#[test]
fn what_is_not_seen_is_named() {
    let said = said(&[
        (
            "kustomization.yaml",
            "resources: [gone.yaml, 'github.com/acme/x//y?ref=main']\nhelmCharts: [{name: x}]\nvars: []\npatches:\n- \
             path: no.yaml\n- patch: '{kind: Deployment, metadata: {name: other}}'\n- target: {kind: Deployment}\n  \
             patch: '[{op: replace, path: /a/b, value: 1}]'\n- target: {kind: Deployment, name: '[a-z]+'}\n  patch: \
             '[{op: remove, path: /spec}]'\nsecretGenerator: [{name: s, envs: [prod.env], literals: [password=hunter22]}]\n\
             resources2: 1\nbases: [app.yaml]\n",
        ),
        ("app.yaml", BASE),
    ]);
    let unknown = [
        "`gone.yaml` is not in the tree @ kustomization.yaml: gone.yaml",
        "`github.com/acme/x//y?ref=main` is not in the tree @ kustomization.yaml: github.com/acme/x//y?ref=main",
        "Helm charts that a kustomization renders is not evaluated @ kustomization.yaml: helmCharts",
        "`no.yaml` is not in the tree @ kustomization.yaml: no.yaml",
        "`what this patch is laid over` is not in the tree",
        "an operation of a patch (its path is not there, or its kind is not read) is not evaluated",
        "what this patch is laid over is not evaluated",
        "`prod.env` is not in the tree @ kustomization.yaml: prod.env",
    ];
    for (is, wanted) in said.unknown.iter().zip(unknown) {
        assert!(is.starts_with(wanted), "{:#?}", said.unknown);
    }
    assert_eq!(said.unknown.len(), unknown.len());
    assert!(said.facts.iter().any(|f| f.starts_with("value of key password in Secret s @")));
    assert!(said.facts.iter().any(|f| f.starts_with("github.com/acme/x//y Moving")));
}

#[test]
fn kustomizations_in_a_circle_come_to_an_end() {
    let said = said(&[
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../a]\n"),
    ]);
    assert_eq!(said.unknown.len(), 1);
    assert!(said.facts.is_empty());
}

#[test]
fn a_kustomization_of_flux_is_a_manifest_like_any_other() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: \
                ./apps}\n";
    assert!(said(&[("kustomization.yaml", flux)]).unknown.is_empty());
}

#[test]
fn parts_belong_to_the_first_that_takes_them() {
    let outline = |path: &str, text: &str| {
        let file = SourceFile::read(FileId(0), path, Arc::from(text.as_bytes()), true);
        (path.to_owned(), (DIALECT.outline(&file).unit, DIALECT.outline(&file).takes))
    };
    let outlines = [
        outline("o/dev/kustomization.yaml", "resources: [../../b]\npatches: [{path: p.yaml}]\n"),
        outline("o/prod/kustomization.yaml", "resources: [../../b, x.yaml]\n"),
        outline("b/kustomization.yaml", "resources: [app.yaml, 'https://x.example/y.yaml']\n"),
    ];
    let taken = taken(&outlines.into_iter().collect());
    let key = |path: &str| taken.get(path).map(String::as_str);
    assert_eq!(key("b/app.yaml"), Some("o/dev/kustomization.yaml"));
    assert_eq!(key("b/kustomization.yaml"), Some("o/dev/kustomization.yaml"));
    assert_eq!(key("o/dev/p.yaml"), Some("o/dev/kustomization.yaml"));
    assert_eq!(key("o/prod/x.yaml"), Some("o/prod/kustomization.yaml"));
    assert_eq!(key("o/prod/kustomization.yaml"), None);
}

#[test]
fn a_folder_asks_for_whichever_name_its_kustomization_has() {
    let text = "resources: [../b, x.yaml, 'https://x.example/y.yaml']\n";
    let file = SourceFile::read(FileId(0), "o/kustomization.yaml", Arc::from(text.as_bytes()), true);
    let any = |paths: &[&str]| Ask::AnyOf(paths.iter().map(|path| (*path).to_owned()).collect());
    let asks = DIALECT.outline(&file).asks;
    let folder = any(&["b/kustomization.yaml", "b/kustomization.yml", "b/Kustomization"]);
    assert_eq!(asks, [folder, any(&["o/x.yaml"])]);
    // That there is none of them is said where the kustomization names it.
    let said = said(&[("kustomization.yaml", "resources: [gone]\n")]);
    assert_eq!(said.unknown, ["`gone` is not in the tree @ kustomization.yaml: gone"]);
}

#[test]
fn bases_that_double_come_to_an_end() {
    let files: Vec<(String, String)> = (0..15)
        .map(|n| (format!("{n}/kustomization.yaml"), format!("resources: [../{0}, ../{0}/.]\n", n + 1)))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let said = said(&files);
    assert!(said.unknown.iter().any(|why| why.contains("too many")), "{:?}", said.unknown);
}
