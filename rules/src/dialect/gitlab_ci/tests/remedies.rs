//! Remedies as edits.

use super::{lowered, unit};
use crate::dialect::Dialect;
use crate::fact::{Body, SafeguardKind};
use crate::remedy::{Remedy, Rendered};

/// The text after a remedy at the first fact of a body, or why there is none.
fn mended(text: &str, body: &str, remedy: &Remedy) -> String {
    let unit = unit(&[(".gitlab-ci.yml", text)]);
    let out = lowered(&unit);
    let federates = matches!(remedy, Remedy::Federate { .. });
    let is_session = |body: &Body| match body {
        Body::Credential(credential) if federates => credential.kind == "cloud-key",
        Body::Credential(credential) => credential.kind == "cloud-session",
        _ => true,
    };
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
        Rendered::Draft { mut edits, title, rest } => {
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.at.span));
            let spans: Vec<_> = edits.iter().map(|e| (e.at.span, e.replacement.as_str())).collect();
            let proven = crate::remedy::proof::prove(".gitlab-ci.yml", text.as_bytes(), &spans);
            assert_eq!(proven, Ok(()), "{title}");
            assert!(
                title.starts_with("log in with a token of the job") && !rest.is_empty(),
                "{title} {rest}"
            );
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

#[test]
fn a_stored_key_gives_way_to_a_token_of_the_job() {
    let federate = |platform: &str| Remedy::Federate { platform: platform.to_owned() };
    let aws = "    AWS_TOKEN: { aud: sts.amazonaws.com }\n";
    let role = "    AWS_ROLE_ARN: arn:aws:iam::<account>:role/<role>\n    AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/aws-token\n";
    let file = "printenv AWS_TOKEN > \"$AWS_WEB_IDENTITY_TOKEN_FILE\"";
    let keys = "    AWS_ACCESS_KEY_ID: $ID\n    AWS_SECRET_ACCESS_KEY: \"$KEY\"\n";
    assert_eq!(
        mended(
            &format!("a:\n  variables:\n    X: y\n{keys}  script: make deploy # all\n"),
            "credential",
            &federate("aws")
        ),
        format!(
            "a:\n  id_tokens:\n{aws}  variables:\n    X: y\n{role}  script:\n    - {file}\n    - make deploy # all\n"
        )
    );
    assert_eq!(
        mended(
            &format!(
                "a:\n  variables:\n{keys}  id_tokens:\n    X: {{ aud: y }}\n  before_script:\n  - \"one\"\n  script: [two]\n"
            ),
            "credential",
            &federate("aws")
        ),
        format!(
            "a:\n  variables:\n{role}  id_tokens:\n{aws}    X: {{ aud: y }}\n  before_script:\n  - {file}\n  - \"one\"\n  script: [two]\n"
        )
    );
    assert_eq!(
        mended(
            "a:\n  script:\n    - one\n    - az login --service-principal -u \"$APP\" -p \"$SP_PASSWORD\" --tenant T\n",
            "credential",
            &federate("azure")
        ),
        "a:\n  id_tokens:\n    AZURE_TOKEN: { aud: https://gitlab.com }\n  script:\n    - one\n    \
         - az login --service-principal -u \"$APP\" --federated-token \"$AZURE_TOKEN\" --tenant T\n"
    );
    assert_eq!(
        mended(
            "a:\n  script:\n    - gcloud auth activate-service-account --key-file \"$GCP_KEY_FILE\" && gcloud run x\n",
            "credential",
            &federate("gcp")
        ),
        "a:\n  id_tokens:\n    GCP_TOKEN: { aud: https://gitlab.com }\n  script:\n    \
         - printenv GCP_TOKEN > /tmp/gcp-token\n    \
         - gcloud iam workload-identity-pools create-cred-config \
         \"projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>\" \
         --service-account \"<account>@<project>.iam.gserviceaccount.com\" --credential-source-file /tmp/gcp-token \
         --output-file /tmp/gcp.json\n    - gcloud auth login --cred-file /tmp/gcp.json && gcloud run x\n"
    );
}

#[test]
fn a_login_that_is_not_written_in_the_plain_way_is_shown_instead() {
    let aws = Remedy::Federate { platform: "aws".to_owned() };
    let azure = Remedy::Federate { platform: "azure".to_owned() };
    for (text, remedy) in [
        ("variables:\n  AWS_SECRET_ACCESS_KEY: $KEY\na: { script: x }\n", &aws),
        ("a:\n  variables: { AWS_SECRET_ACCESS_KEY: $KEY }\n  script: x\n", &aws),
        ("a:\n  extends: .b\n  variables:\n    AWS_SECRET_ACCESS_KEY: $KEY\n.b:\n  script: x\n", &aws),
        ("a:\n  script:\n    - |\n      az login --service-principal -u A -p \"$SP_PASSWORD\"\n", &azure),
        ("a:\n  script: az login --service-principal -u A -p \"$SP_PASSWORD\"\n", &azure),
    ] {
        assert!(mended(text, "credential", remedy).starts_with("<job>:\n  id_tokens:"), "{text}");
    }
}
