//! Secrets, logins and sessions.

use super::{facts, slots};

/// A step with these lines.
fn step(lines: &str) -> String {
    format!(
        "image: acme/all@sha256:00\npipelines:\n  branches:\n    main:\n      - step:\n          name: s\n{lines}"
    )
}

#[test]
fn literals_with_telling_names_are_handed_over() {
    let text = "image: { name: a, username: u, password: one, aws: { access-key: two, secret-key: three } }\ndefinitions:\n  services:\n    \
                db: { image: b, variables: { ROOT_PASSWORD: four, DATABASE: shop, OTHER_TOKEN: $O_TOKEN } }\npipelines:\n  custom:\n    m:\n      \
                - variables: [{ name: DB_PASSWORD, default: five }]\n      - step:\n          services: [db]\n          script:\n            \
                - export API_TOKEN=q7kx29wm\n            - pipe: acme/p:1\n              variables: { KEY_ID: k, TOKEN: seven, TOKENS: [eight] }\n          \
                after-script: ['export AFTER_TOKEN=m4zt81vb']\n";
    let mut said = slots(text);
    said.sort();
    assert_eq!(
        said,
        [
            "AFTER_TOKEN=m4zt81vb",
            "API_TOKEN=q7kx29wm",
            "DB_PASSWORD=five",
            "KEY_ID=k",
            "ROOT_PASSWORD=four",
            "TOKEN=seven",
            "TOKENS=eight",
            "access-key=two",
            "password=one",
            "secret-key=three",
        ]
    );
}

#[test]
fn pipes_are_handed_secrets_and_log_in() {
    let of =
        |pipe: &str, body: &str| facts(&step(&format!("          script:\n            - {pipe}\n")), body);
    assert_eq!(
        of("{ pipe: 'docker://acme/scan:latest', variables: { SCAN_TOKEN: $SCAN } }", "flow"),
        ["acme/scan: SCAN -> oci/image/acme/scan @ $SCAN"]
    );
    let keys = "{ pipe: 'atlassian/aws-ecs-deploy:2.0.0', variables: { AWS_SECRET_ACCESS_KEY: $DEPLOY_SECRET_KEY, REGION: x } }";
    assert!(of(keys, "flow").iter().any(|line| line.contains("login aws by atlassian/aws-ecs-deploy")));
    let without = "{ pipe: 'atlassian/aws-ecs-deploy:2.0.0', variables: { REGION: x } }";
    assert!(of(without, "flow").iter().any(|line| line.contains("AWS_SECRET_ACCESS_KEY -> login aws")));
    let gcp = "{ pipe: 'atlassian/google-cloud-storage-deploy:2.0.0', variables: { KEY_FILE: $GCP_KEY } }";
    assert!(
        of(gcp, "credential").iter().any(|line| line.contains("cloud-key") && line.contains("unbounded"))
    );
    let other = "{ pipe: 'acme/deploy:1', variables: { AWS_SECRET_ACCESS_KEY: $A_KEY } }";
    assert!(of(other, "flow").iter().any(|line| line.contains("A_KEY -> login aws")));
}

#[test]
fn with_a_token_a_role_is_taken() {
    let pipe = step(
        "          deployment: production\n          oidc: true\n          script:\n            - pipe: atlassian/aws-s3-deploy:2.0.1\n              \
         variables: { AWS_OIDC_ROLE_ARN: 'arn:aws:iam::123456789012:role/shop' }\n",
    );
    let links = facts(&pipe, "link");
    assert_eq!(
        links,
        [
            "atlassian/aws-s3-deploy: {${repository}}:{${environment}}:{${step}} as aws/role/123456789012/shop @ arn:aws:iam::123456789012:role/shop"
        ]
    );
    assert!(!facts(&pipe, "credential").iter().any(|line| line.contains("cloud-key")));
    let script = step(
        "          oidc: true\n          script:\n            - export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/shop\n            \
         - echo \"$BITBUCKET_STEP_OIDC_TOKEN\" > token\n            - aws s3 sync dist s3://x\n",
    );
    assert!(facts(&script, "link")[0].contains("{${repository}}:{${step}} as aws/role/123456789012/shop"));
    assert_eq!(
        facts(&script, "credential"),
        [
            "s: id-token bitbucket/id-token/bitbucket-pipelines.yml/branches/main/s/BITBUCKET_STEP_OIDC_TOKEN Federated bound @ true"
        ]
    );
    // Settings may name a role for a step that has a token.
    let unsaid =
        step("          oidc: true\n          script: [{ pipe: 'atlassian/aws-s3-deploy:2.0.1' }]\n");
    assert!(!facts(&unsaid, "credential").iter().any(|line| line.contains("cloud-key")));
}

#[test]
fn images_are_pulled_with_keys() {
    let text = "image: { name: a, aws: { access-key: $ECR_ACCESS_KEY, secret-key: $ECR_SECRET_KEY } }\npipelines:\n  default:\n    \
                - step: { name: a, script: [x] }\n    - step: { name: b, script: [y] }\n";
    let keys: Vec<String> =
        facts(text, "credential").into_iter().filter(|line| line.contains("cloud-key")).collect();
    assert_eq!(
        keys,
        [
            "a: cloud-key bitbucket/variable/${repository}/${deployment}/ECR_SECRET_KEY StoreReference unbounded @ $ECR_ACCESS_KEY"
        ]
    );
    let registry = "image: { name: a, username: $U, password: $REGISTRY_PASSWORD }\npipelines:\n  default:\n    - step: { name: a, script: [x] }\n";
    assert!(facts(registry, "flow").iter().any(|line| line.contains("REGISTRY_PASSWORD -> login docker")));
}

#[test]
fn what_scripts_write_leaves_with_artifacts_caches_and_variables() {
    let text = format!(
        "definitions:\n  caches: {{ rc: ~/.npmrc }}\n{}",
        step(
            "          caches: [rc, node]\n          output-variables: [TOKEN]\n          script:\n            \
             - echo \"A=$A_TOKEN\" > out/settings.env\n            - echo \"r=$B_TOKEN\" > ~/.npmrc\n            \
             - echo \"TOKEN=$C_TOKEN\" >> $BITBUCKET_PIPELINES_VARIABLES_PATH\n          artifacts:\n            - out/**\n"
        )
    );
    let said = facts(&text, "flow");
    for part in ["A_TOKEN -> artifact", "B_TOKEN -> cache", "C_TOKEN -> output TOKEN"] {
        assert!(said.iter().any(|line| line.contains(part)), "{part}: {said:#?}");
    }
}
