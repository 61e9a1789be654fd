//! Remedies as edits.

use super::{PATH, stage, told};
use crate::dialect::Dialect;
use crate::fact::Body;
use crate::remedy::{Remedy, Rendered};

fn mended(text: &str, which: impl Fn(&Body) -> bool, remedy: &Remedy) -> String {
    let unit = told::unit(&[(PATH, text)]);
    let out = told::lowered(&super::DIALECT, &unit);
    let fact = out.facts.facts.iter().find(|fact| which(&fact.body)).unwrap();
    match super::DIALECT.render(&unit, &fact.at, remedy) {
        Rendered::Edit { edits, .. } => {
            let mut mended = text.to_owned();
            for edit in edits.iter().rev() {
                mended.replace_range(edit.at.span.range(), &edit.replacement);
            }
            mended.lines().filter(|line| !text.lines().any(|old| old == *line)).collect::<Vec<_>>().join("\n")
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn lifetimes_and_images() {
    let session = stage("withAWS(role: 'r', duration: 43200) { sh 'x' }");
    let remedy = Remedy::SetLifetime { seconds: 3600 };
    assert_eq!(
        mended(&session, |body| matches!(body, Body::Credential(_)), &remedy),
        "withAWS(role: 'r', duration: 3600) { sh 'x' }"
    );
    let image = "node { docker.image('a:1').inside { sh 'x' } }\n";
    let remedy = Remedy::PinTo { digest: "sha256:00".to_owned() };
    assert_eq!(
        mended(image, |body| matches!(body, Body::Component(_)), &remedy),
        "node { docker.image('a:1@sha256:00').inside { sh 'x' } }"
    );
}

#[test]
fn a_literal_of_the_environment_becomes_a_reference() {
    let text = "pipeline {\n  environment {\n    API_TOKEN = 'abc'\n  }\n}\n";
    let unit = told::unit(&[(PATH, text)]);
    let out = told::lowered(&super::DIALECT, &unit);
    let slot = out.slots.first().unwrap();
    let place = out.place(crate::span::Source::new(slot.file, slot.scalar.span()));
    let remedy = Remedy::Reference { name: "api-token".to_owned() };
    let Rendered::Edit { edits, .. } = super::DIALECT.render(&unit, &place, &remedy) else { panic!() };
    let mut mended = text.to_owned();
    mended.replace_range(edits[0].at.span.range(), &edits[0].replacement);
    assert!(mended.contains("API_TOKEN = credentials('api-token')"), "{mended}");
}
