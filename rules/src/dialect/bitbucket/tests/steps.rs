//! Where steps run, which pipelines run them, and what they need.

use super::{PATH, facts, told, unknown};
use crate::fact::{Author, ContextKind, Tier, Value};

#[test]
fn steps_are_found_in_groups_and_stages_with_their_deployment() {
    let text = "image: acme/build:2\ndefinitions:\n  steps:\n    - step: &test\n        name: Test\n        script: [make test]\n  \
                services:\n    db: { image: 'postgres:17' }\n    idle: { image: 'redis:8' }\npipelines:\n  default:\n    - parallel:\n        steps:\n          \
                - step: *test\n          - step: { name: Lint, image: 'acme/lint:1', services: [db, docker, gone], script: [make lint] }\n  \
                branches:\n    main:\n      - stage:\n          name: Ship\n          deployment: production\n          trigger: manual\n          steps:\n            \
                - step: { name: Ship, script: [make ship] }\n";
    let mut images = facts(text, "component");
    images.sort();
    assert_eq!(
        images,
        [
            "Lint: oci/image/acme/lint tag 1 @ acme/lint:1",
            "Lint: oci/image/postgres tag 17 @ postgres:17",
            "Test: oci/image/acme/build tag 2 @ acme/build:2",
            "bitbucket-pipelines.yml: oci/image/redis tag 8 @ redis:8",
        ]
    );
    assert_eq!(facts(text, "safeguard"), ["Ship: ApprovalGate on @ manual"]);
    assert_eq!(unknown(text), ["`gone` is not in the tree @ gone"]);
    let unit = told::unit(&[(PATH, text)]);
    let out = told::lowered(&super::DIALECT, &unit);
    let ship = out.facts.contexts.iter().find(|c| c.kind == ContextKind::Job && c.name == "Ship").unwrap();
    assert_eq!(ship.tier.as_ref().and_then(Value::only), Some(&Tier::Production));
    let whole = out.facts.contexts.iter().find(|c| c.kind == ContextKind::Workflow).unwrap();
    assert_eq!(whole.runs_code_of.as_ref().and_then(Value::only), Some(&Author::Maintainer));
}

#[test]
fn a_token_is_needed_or_not_only_where_all_commands_are_known() {
    let step = |rest: &str| {
        format!(
            "image: golang:1\npipelines:\n  default:\n    - step:\n        name: s\n        oidc: true\n{rest}"
        )
    };
    let complete = |text: &str| {
        let unit = told::unit(&[(PATH, text)]);
        let out = told::lowered(&super::DIALECT, &unit);
        out.facts.contexts.iter().any(|c| c.name == "s" && c.needs_complete)
    };
    let tests = step("        script: [go vet ./..., \"cd a && go test ./...\"]\n");
    assert!(complete(&tests) && facts(&tests, "need").is_empty());
    assert_eq!(facts(&tests, "grant"), ["s: bitbucket:id-token:write @ true"]);
    assert!(!complete(&step("        script: [go test ./..., ./deploy.sh]\n")));
    assert!(!complete(&step("        script: [{ pipe: 'acme/x:1' }]\n")));
    let reads = step("        script: ['echo \"$BITBUCKET_STEP_OIDC_TOKEN\" > token']\n");
    assert_eq!(
        facts(&reads, "need"),
        ["s: bitbucket:id-token:write since a script reads BITBUCKET_STEP_OIDC_TOKEN @ true"]
    );
    let pipe = step(
        "        script: [{ pipe: 'atlassian/aws-s3-deploy:2.0.1', variables: { AWS_OIDC_ROLE_ARN: r } }]\n",
    );
    assert!(facts(&pipe, "need")[0].contains("exchanges the step's OIDC token"));
    let image = "image: { name: a, aws: { oidc-role: 'arn:aws:iam::123456789012:role/pull' } }\npipelines:\n  default:\n    - step: { name: s, oidc: true, script: [go test] }\n";
    assert!(facts(image, "need")[0].contains("pulled with a role"));
    assert!(facts(image, "link")[0].contains("{${repository}}:{${step}} as aws/role/123456789012/pull"));
}

#[test]
fn the_image_of_all_steps_is_said_for_those_that_hold_a_secret() {
    let text = "image: acme/all:1\npipelines:\n  default:\n    - step: { name: a, script: [make] }\n    - step: { name: b, script: ['up $UP_TOKEN'] }\n";
    assert_eq!(facts(text, "component"), ["b: oci/image/acme/all tag 1 @ acme/all:1"]);
}
