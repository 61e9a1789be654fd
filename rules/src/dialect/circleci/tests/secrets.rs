//! Secrets, logins and sessions.

use super::{facts, slots, unknown};

/// A job with these steps, as they stand in a list.
fn job(steps: &str) -> String {
    format!(
        "version: 2.1\norbs:\n  aws-cli: circleci/aws-cli@5.1.1\n  gcp-cli: circleci/gcp-cli@3.3.0\njobs:\n  j:\n    machine: true\n    steps:\n{steps}"
    )
}

#[test]
fn literals_with_telling_names_are_handed_over_names_of_variables_are_not() {
    let text = "version: 2.1\nparameters:\n  api_password: { type: string, default: one }\ncommands:\n  c:\n    parameters:\n      \
                token: { type: env_var_name, default: two }\n      key: { type: string, default: THE_KEY }\n    steps: []\n\
                jobs:\n  j:\n    docker:\n      - image: a/b:1\n        auth: { username: u, password: three }\n        \
                environment: { A_TOKEN: four, B_TOKEN: $OTHER_TOKEN }\n    environment:\n      - C_TOKEN: five\n    \
                steps:\n      - c: { key: six }\n      - run:\n          environment: { D_TOKEN: seven, REGION: x }\n          \
                command: export E_TOKEN=q7kx29wm\n";
    let mut said = slots(text);
    said.sort();
    assert_eq!(
        said,
        [
            "A_TOKEN=four",
            "C_TOKEN=five",
            "D_TOKEN=seven",
            "E_TOKEN=q7kx29wm",
            "api_password=one",
            "key=six",
            "password=three",
        ]
    );
}

#[test]
fn parameters_bring_secrets_into_scripts() {
    let text = job(
        "      - use: { name: DEPLOY_TOKEN, value: $API_TOKEN }\ncommands:\n  use:\n    parameters: { name: { type: env_var_name }, value: { type: string } }\n    \
         steps:\n      - run: |\n          a \"${<<parameters.name>>}\"\n          b << parameters.value >>\n",
    );
    assert_eq!(
        facts(&text, "flow"),
        [
            "j: DEPLOY_TOKEN -> env DEPLOY_TOKEN @ <<parameters.name>>",
            "j: API_TOKEN -> env API_TOKEN @ << parameters.value >>",
        ]
    );
    assert!(unknown(&text).iter().any(|said| said.starts_with("what a script does with the secret")));
}

#[test]
fn orbs_log_in_with_keys_roles_and_sessions() {
    let of = |steps: &str, body: &str| facts(&job(steps), body);
    let keyed = of(
        "      - aws-cli/setup: { aws_secret_access_key: AWS_SECRET, aws_access_key_id: $AWS_ID }\n",
        "credential",
    );
    let key = "circleci/aws-cli/setup: cloud-key circleci/variable/${project}/${context}/AWS_SECRET StoreReference unbounded @ AWS_SECRET";
    assert!(keyed.iter().any(|line| line == key), "{keyed:#?}");
    let role = "      - aws-cli/setup:\n          role_arn: arn:aws:iam::123456789012:role/shop\n          session_duration: \"28800\"\n";
    assert_eq!(
        of(role, "credential"),
        [
            "circleci/aws-cli/setup: cloud-session aws/session/.circleci/config.yml/j/circleci/aws-cli/setup Federated 28800 s @ 28800"
        ]
    );
    assert_eq!(
        of(role, "link"),
        [
            "circleci/aws-cli/setup: org/${organization}/project/${project}/user/${user} as aws/role/123456789012/shop @ arn:aws:iam::123456789012:role/shop"
        ]
    );
    assert!(
        of("      - gcp-cli/setup\n", "flow")
            .iter()
            .any(|said| said.contains("GCLOUD_SERVICE_KEY -> login gcp"))
    );
    let federated = of("      - gcp-cli/setup: { use_oidc: true }\n", "flow");
    assert!(!federated.iter().any(|said| said.contains("GCLOUD_SERVICE_KEY")), "{federated:#?}");
    let other = "      - ecr/build: { aws-secret-access-key: ECR_SECRET, region: x }\n";
    let text = job(other).replace("orbs:\n", "orbs:\n  ecr: circleci/aws-ecr@8.2.1\n");
    assert!(facts(&text, "flow").iter().any(|said| said.contains("ECR_SECRET -> login aws")));
    // Without a role, the orb takes whatever of the two the context holds.
    assert!(of("      - aws-cli/setup: { region: x }\n", "flow").is_empty());
}

#[test]
fn commands_log_in_and_tokens_end_with_the_job() {
    let text = job(
        "      - run: aws sts assume-role-with-web-identity --role-arn arn:aws:iam::1:role/r --web-identity-token \"$CIRCLE_OIDC_TOKEN_V2\" \
         --duration-seconds 7200\n      - run: echo \"$GCLOUD_SERVICE_KEY\" | gcloud auth activate-service-account --key-file=-\n",
    );
    let said = facts(&text, "credential");
    for part in [
        "id-token circleci/id-token/.circleci/config.yml/j/CIRCLE_OIDC_TOKEN_V2 Federated bound @ CIRCLE_OIDC_TOKEN_V2",
        "cloud-session aws/session/.circleci/config.yml/j/aws sts assume-role-with-web-identity Federated 7200 s @ 7200",
        "cloud-key circleci/variable/${project}/${context}/GCLOUD_SERVICE_KEY StoreReference unbounded",
    ] {
        assert!(said.iter().any(|line| line.contains(part)), "{part}\n{said:#?}");
    }
    assert!(!said.iter().any(|line| line.contains("CIRCLE_OIDC_TOKEN ")), "{said:#?}");
}

#[test]
fn images_are_pulled_with_keys_or_roles() {
    let text = "version: 2.1\njobs:\n  a:\n    docker:\n      - image: x/y:1\n        auth: { username: $U, password: $REGISTRY_PASSWORD }\n      \
                - image: x/z:1\n        aws_auth: { aws_access_key_id: $ID, aws_secret_access_key: $ECR_KEY }\n      \
                - image: x/q:1\n        aws_auth: { role_arn: 'arn:aws:iam::123456789012:role/pull' }\n    steps: []\n";
    let said = facts(text, "flow");
    assert!(said.iter().any(|line| line.starts_with("a: REGISTRY_PASSWORD -> login docker")), "{said:#?}");
    assert!(said.iter().any(|line| line.starts_with("a: ECR_KEY -> login aws")), "{said:#?}");
    assert!(facts(text, "link")[0].contains("as aws/role/123456789012/pull"));
}

#[test]
fn what_scripts_write_into_what_is_kept_goes_there() {
    let text = job(
        "      - run: echo \"A_TOKEN=$A_TOKEN\" > out/settings.env\n      - persist_to_workspace: { root: out, paths: [settings.env] }\n      \
         - run: echo \"//r/:_authToken=$B_TOKEN\" > ~/.npmrc\n      - save_cache: { key: k, paths: [~/.npmrc] }\n      \
         - add_ssh_keys: { fingerprints: ['SHA256:NPj4IcXxqQEKGXOghi/QbG2sohoNfvZ30JwCcdSSNM0'] }\n",
    );
    let said = facts(&text, "flow");
    assert!(said.iter().any(|line| line.contains("A_TOKEN -> artifact")), "{said:#?}");
    assert!(said.iter().any(|line| line.contains("B_TOKEN -> cache")), "{said:#?}");
    assert!(said.iter().any(|line| line.contains("-> disk")), "{said:#?}");
}

#[test]
fn what_a_container_is_started_with_is_read_once() {
    let text = "version: 2.1\nexecutors:\n  e:\n    docker:\n      - image: redis:8\n        command: [redis-server, --requirepass, q7kx29wm]\n\
                jobs:\n  a: { executor: e, steps: [] }\n  b: { executor: e, steps: [] }\n";
    let said = slots(text);
    assert!(matches!(said.as_slice(), [one] if one.ends_with("=q7kx29wm")), "{said:?}");
}
