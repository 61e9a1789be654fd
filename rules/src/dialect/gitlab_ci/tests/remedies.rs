//! Remedies as edits.

use super::{lowered, unit};
use crate::dialect::Dialect;
use crate::fact::{Body, SafeguardKind};
use crate::remedy::{Remedy, Rendered};

/// The text after a remedy at the first fact of a body, or why there is none.
fn mended(text: &str, body: &str, remedy: &Remedy) -> String {
    let unit = unit(&[(".gitlab-ci.yml", text)]);
    let out = lowered(&unit);
    let is_session = |body: &Body| !matches!(body, Body::Credential(c) if c.kind != "cloud-session");
    let fact = out.facts.facts.iter().find(|f| f.body.name() == body && is_session(&f.body)).unwrap();
    match super::DIALECT.render(&unit, &fact.at, remedy) {
        Rendered::Edit { mut edits, .. } => {
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.at.span.start));
            let mut text = text.to_owned();
            for edit in edits {
                text.replace_range(edit.at.span.range(), &edit.replacement);
            }
            text
        }
        Rendered::Snippet(text) => text,
        Rendered::NotHere(why) => why,
    }
}

#[test]
fn versions_are_pinned() {
    let digest = "sha256:00ff".to_owned();
    let image = Remedy::PinTo { digest };
    assert_eq!(mended("a:\n  image: \"x:1\"\n", "component", &image), "a:\n  image: \"x:1@sha256:00ff\"\n");
    assert_eq!(
        mended("a:\n  script: x\n  services: [x:1, y]\n", "component", &image),
        "a:\n  script: x\n  services: [x:1@sha256:00ff, y]\n"
    );
    let commit = Remedy::PinTo { digest: "ab".repeat(20) };
    let pinned = "ab".repeat(20);
    assert_eq!(
        mended("include:\n  - project: g/p\n    ref: v1\n    file: a.yml\n", "component", &commit),
        format!("include:\n  - project: g/p\n    ref: {pinned} # v1\n    file: a.yml\n")
    );
    assert_eq!(
        mended("include:\n  - component: h/g/c@1.0\n", "component", &commit),
        format!("include:\n  - component: h/g/c@{pinned} # 1.0\n")
    );
    assert_eq!(
        mended("a:\n  image: &i x:1\nb:\n  image: *i\n", "component", &image),
        "other places share this value by its anchor"
    );
}

#[test]
fn tracing_is_switched_off() {
    let off = Remedy::Switch { safeguard: SafeguardKind::DebugTrace, on: false };
    assert_eq!(
        mended("variables:\n  CI_DEBUG_TRACE: \"true\" # why\n", "safeguard", &off),
        "variables:\n  CI_DEBUG_TRACE: \"false\" # why\n"
    );
    assert_eq!(
        mended("variables:\n  CI_DEBUG_TRACE:\n    value: 'true'\n", "safeguard", &off),
        "variables:\n  CI_DEBUG_TRACE:\n    value: \"false\"\n"
    );
}

#[test]
fn a_session_is_shortened_where_its_length_is_written() {
    let shorter = Remedy::SetLifetime { seconds: 3600 };
    let text = |n: &str| {
        format!("a:\n  script:\n    - aws sts assume-role --role-arn r --duration-seconds {n} > f\n")
    };
    assert_eq!(mended(&text("43200"), "credential", &shorter), text("3600"));
    let text = |n: &str| {
        format!("a:\n  variables: {{ N: \"{n}\" }}\n  script: aws sts assume-role --duration-seconds=$N\n")
    };
    assert_eq!(mended(&text("43200"), "credential", &shorter), text("3600"));
}
