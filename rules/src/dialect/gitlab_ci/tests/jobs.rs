//! What a job is: identity, who starts it, containers, tracing, sessions.

use super::{facts, starters, unknown};

#[test]
fn a_job_has_an_identity_of_its_own() {
    assert_eq!(facts("a:\n  script: x\n", "identity"), ["a: job token gitlab/job/.gitlab-ci.yml/a @ a"]);
}

#[test]
fn merge_requests_let_outsiders_in() {
    let text = "a:\n  script: x\nb:\n  rules:\n    - if: $CI_PIPELINE_SOURCE == 'merge_request_event'\n  script: x\n\
                c:\n  only: [merge_requests]\n  script: x\nd:\n  only: [main]\n  script: x\n";
    assert_eq!(starters(text), ["a", "b outsider", "c outsider", "d"]);
    let workflow = "workflow:\n  rules:\n    - if: $CI_MERGE_REQUEST_IID\n    - if: $CI_COMMIT_BRANCH\na:\n  script: x\n\
                    b:\n  rules:\n    - if: $CI_COMMIT_BRANCH == 'main'\n  script: x\n";
    assert_eq!(starters(workflow), ["a outsider", "b"]);
    let never = "workflow:\n  rules:\n    - if: $CI_PIPELINE_SOURCE == 'push'\na:\n  rules:\n    - if: $CI_MERGE_REQUEST_IID\n  script: x\n";
    assert_eq!(starters(never), ["a"]);
}

#[test]
fn images_and_services_are_named_with_their_pins() {
    let text = "a:\n  image: { name: 'h:5000/x@sha256:00ff', entrypoint: [''] }\n  services:\n    - name: docker:24-dind\n      alias: d\n    - postgres\n\
                b:\n  image: $CI_REGISTRY_IMAGE/build:1\n  script: x\nc:\n  image: $OTHER\n  script: x\n";
    assert_eq!(
        facts(text, "component"),
        [
            "a: oci/image/h:5000/x digest @ h:5000/x@sha256:00ff",
            "a: oci/image/docker tag 24-dind @ docker:24-dind",
            "a: oci/image/postgres no version @ postgres",
            "b: oci/image/${CI_REGISTRY_IMAGE}/build tag 1 first party @ $CI_REGISTRY_IMAGE/build:1",
            "c: oci/image/${OTHER} tag ${OTHER} @ $OTHER",
        ]
    );
    assert_eq!(unknown(&[(".gitlab-ci.yml", text)]), ["`OTHER` has no value in the tree @ $OTHER"]);
}

#[test]
fn a_shared_image_is_stated_for_the_jobs_that_hold_secrets() {
    let text = "image: i:1\na:\n  script: x\nb:\n  script: deploy $DEPLOY_TOKEN\nc:\n  script: y\n";
    assert_eq!(facts(text, "component"), ["b: oci/image/i tag 1 @ i:1"]);
}

#[test]
fn tracing_is_told() {
    let text = "variables:\n  CI_DEBUG_TRACE: 'true'\na:\n  variables: { CI_DEBUG_SERVICES: { value: 'false' } }\n  script: x\n";
    assert_eq!(
        facts(text, "safeguard"),
        [".gitlab-ci.yml: DebugTrace on @ true", "a: DebugTrace off @ false"]
    );
}

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

#[test]
fn sessions_that_commands_take() {
    let text = format!(
        "variables:\n  LONG: '43200'\ndeploy:\n  id_tokens:\n    T: {{ aud: sts.amazonaws.com }}\n  rules:\n    - if: $CI_COMMIT_BRANCH == 'main'\n  script:\n    - |\n      aws sts assume-role-with-web-identity --role-arn {ROLE} --web-identity-token $T --duration-seconds $LONG\n"
    );
    assert_eq!(
        facts(&text, "credential"),
        [
            "deploy: id-token gitlab/id-token/.gitlab-ci.yml/deploy/T Federated bound @ { aud: sts.amazonaws.com }",
            "deploy: cloud-session aws/session/.gitlab-ci.yml/deploy/aws sts assume-role-with-web-identity Federated 43200 s @ 43200",
        ]
    );
    assert_eq!(
        facts(&text, "link"),
        [format!(
            "deploy: project_path:${{CI_PROJECT_PATH}}:ref_type:branch:ref:main as aws/role/123456789012/deploy @ {ROLE}"
        )]
    );
}

#[test]
fn the_role_of_an_sdk_needs_a_token() {
    let text = |tokens: &str| format!("a:\n{tokens}  variables:\n    AWS_ROLE_ARN: {ROLE}\n  script: x\n");
    assert!(facts(&text(""), "link").is_empty());
    let linked = facts(&text("  id_tokens: { T: { aud: a } }\n"), "link");
    assert_eq!(linked.len(), 1, "{linked:?}");
}

#[test]
fn environments_have_a_name_and_a_tier() {
    let unit = super::unit(&[(
        ".gitlab-ci.yml",
        "a:\n  environment: { name: review/x, deployment_tier: production }\n  script: x\nb:\n  environment: staging\n  script: x\n",
    )]);
    let out = super::lowered(&unit);
    let tiers: Vec<_> = out.facts.contexts.iter().filter_map(|c| c.tier.as_ref()?.only().copied()).collect();
    assert_eq!(tiers, [crate::fact::Tier::Production, crate::fact::Tier::NonProduction]);
}

#[test]
fn downstream_pipelines_are_handed_variables() {
    let text = "a:\n  variables: { TOKEN: $DEPLOY_TOKEN }\n  trigger:\n    project: g/p\n";
    assert_eq!(
        facts(text, "flow"),
        [
            "a: DEPLOY_TOKEN -> env TOKEN @ $DEPLOY_TOKEN",
            "a: DEPLOY_TOKEN -> gitlab/project/g/p @ $DEPLOY_TOKEN"
        ]
    );
    let text = "a:\n  trigger:\n    include:\n      - project: g/p\n        ref: main\n        file: x.yml\n";
    assert_eq!(facts(text, "component"), ["a: gitlab/include/g/p moving main @ main"]);
}

#[test]
fn windows_runners_read_powershell() {
    let text = "a:\n  tags: [windows]\n  script:\n    - Publish -Key $env:NUGET_API_KEY -Name $name\n";
    assert_eq!(facts(text, "flow"), ["a: NUGET_API_KEY -> env NUGET_API_KEY @ NUGET_API_KEY"]);
}

#[test]
fn steps_are_components() {
    let text =
        "a:\n  run:\n    - name: x\n      step: gitlab.com/g/steps/x@v1\n    - name: y\n      script: echo\n";
    assert_eq!(
        facts(text, "component"),
        ["a: gitlab/component/gitlab.com/g/steps/x tag v1 @ gitlab.com/g/steps/x@v1"]
    );
}
