//! Remedies as edits.

use super::{PATH, told};
use crate::dialect::Dialect;
use crate::fact::Body;
use crate::remedy::{Remedy, Rendered};

/// The lines that a remedy changes at the first fact of a body that `which` wants.
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
        Rendered::Snippet(text) | Rendered::Draft { rest: text, .. } => text,
        Rendered::NotHere(why) => format!("not here: {why}"),
    }
}

#[test]
fn a_token_is_no_longer_asked_for() {
    let text =
        "pipelines:\n  default:\n    - step:\n        oidc: true # for later\n        script: [go test]\n";
    let narrow = Remedy::Narrow { remove: vec!["bitbucket:id-token:write".to_owned()] };
    assert_eq!(
        mended(text, |body| matches!(body, Body::Grant(_)), &narrow),
        "        oidc: false # for later"
    );
}

#[test]
fn images_and_pipes_that_are_images_are_pinned() {
    let text = "image: acme/a:1\npipelines:\n  default:\n    - step:\n        script:\n          - pipe: docker://acme/b:1\n          - pipe: acme/c:1\n";
    let pin = Remedy::PinTo { digest: "sha256:00".to_owned() };
    let of = |name: &'static str| move |body: &Body| matches!(body, Body::Component(c) if c.is.name.known() == Some(name));
    assert_eq!(mended(text, of("acme/a"), &pin), "image: acme/a:1@sha256:00");
    assert_eq!(mended(text, of("acme/b"), &pin), "          - pipe: docker://acme/b:1@sha256:00");
    assert!(mended(text, of("acme/c"), &pin).starts_with("not here"));
}

#[test]
fn federation_is_shown() {
    let text = "image: { name: a, aws: { secret-key: $K_SECRET } }\npipelines:\n  default:\n    - step: { script: [x] }\n";
    let key = |body: &Body| matches!(body, Body::Credential(c) if c.kind == "cloud-key");
    assert!(mended(text, key, &Remedy::Federate { platform: "aws".to_owned() }).contains("oidc: true"));
}
