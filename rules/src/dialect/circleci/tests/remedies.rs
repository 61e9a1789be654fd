//! Remedies as edits.

use super::{PATH, told};
use crate::dialect::Dialect;
use crate::fact::Body;
use crate::remedy::{Remedy, Rendered};

/// The first edit that mends the first fact of a body that `which` wants.
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
fn images_are_pinned_orbs_are_not_edited() {
    let text = "version: 2.1\norbs: { a: x/a@1 }\njobs:\n  j:\n    docker:\n      - image: x/y:1 # the tool\n    steps: [a/b]\n";
    let pin = Remedy::PinTo { digest: "sha256:00".to_owned() };
    let image = |body: &Body| matches!(body, Body::Component(c) if c.kind == "container image");
    assert_eq!(mended(text, image, &pin), "      - image: x/y:1@sha256:00 # the tool");
    let orb = |body: &Body| matches!(body, Body::Component(c) if c.kind == "orb");
    assert_eq!(mended(text, orb, &pin), "not here: an orb is fixed by a full version of it");
}

#[test]
fn a_session_is_shortened_where_its_length_is_written() {
    let text = "version: 2.1\norbs: { aws-cli: circleci/aws-cli@5.1.1 }\njobs:\n  j:\n    machine: true\n    steps:\n      \
                - aws-cli/setup:\n          role_arn: arn:aws:iam::1:role/r\n          session_duration: \"28800\"\n";
    let session = |body: &Body| matches!(body, Body::Credential(c) if c.kind == "cloud-session");
    assert_eq!(
        mended(text, session, &Remedy::SetLifetime { seconds: 3600 }),
        "          session_duration: \"3600\""
    );
    let federate = mended(text, session, &Remedy::Federate { platform: "aws".to_owned() });
    assert!(federate.contains("role_arn:"), "{federate}");
}
