//! Secrets of the settings, standing keys, literals, and where they go.

use super::{facts, slots};

#[test]
fn a_variable_that_nothing_sets_is_one_of_the_settings() {
    let text = "a:\n  variables: { SET_TOKEN: x }\n  script:\n    - use $DEPLOY_TOKEN $SET_TOKEN $REGION $CI_JOB_TOKEN\n    - use $DEPLOY_TOKEN\n";
    assert_eq!(facts(text, "flow"), ["a: DEPLOY_TOKEN -> env DEPLOY_TOKEN @ DEPLOY_TOKEN"]);
    assert_eq!(
        facts(text, "credential"),
        [
            "a: secret-reference gitlab/variable/${project}/${environment}/DEPLOY_TOKEN StoreReference ? @ DEPLOY_TOKEN"
        ]
    );
}

#[test]
fn what_a_script_sets_is_its_own_from_there_on() {
    let text = "a:\n  script:\n    - API_TOKEN=$(vault read x)\n    - use $API_TOKEN\n    - export DB_PASSWORD=$DB_PASSWORD\n    - for MY_TOKEN in a b; do use $MY_TOKEN; done\n";
    assert_eq!(facts(text, "flow"), ["a: DB_PASSWORD -> env DB_PASSWORD @ DB_PASSWORD"]);
}

#[test]
fn standing_keys_of_variables_and_scripts() {
    let keys = |text: &str| -> Vec<String> {
        facts(text, "credential").into_iter().filter(|c| c.contains(": cloud-key ")).collect()
    };
    let by_variable = "a:\n  variables:\n    AWS_ACCESS_KEY_ID: $PROD_ID\n    AWS_SECRET_ACCESS_KEY: $PROD_SECRET\n  script: x\n";
    assert_eq!(
        keys(by_variable),
        [
            "a: cloud-key gitlab/variable/${project}/${environment}/PROD_SECRET StoreReference unbounded @ $PROD_ID"
        ]
    );
    let by_export = "a:\n  script:\n    - export AWS_SECRET_ACCESS_KEY=$PROD_SECRET\n";
    assert_eq!(keys(by_export).len(), 1, "{:?}", keys(by_export));
    let by_name = "a:\n  script:\n    - aws configure set aws_secret_access_key $AWS_SECRET_ACCESS_KEY\n";
    assert_eq!(keys(by_name).len(), 1, "{:?}", keys(by_name));
    let by_command = "a:\n  script:\n    - az login --service-principal -u $ID -p $SP_PASSWORD --tenant $T\n";
    assert_eq!(keys(by_command).len(), 1, "{:?}", keys(by_command));
    let of_session = "a:\n  script:\n    - export $(aws sts assume-role-with-web-identity --role-arn r)\n    - use $AWS_SECRET_ACCESS_KEY\n";
    assert!(keys(of_session).is_empty(), "{:?}", keys(of_session));
    let temporary =
        "a:\n  variables: { AWS_SECRET_ACCESS_KEY: $A_SECRET, AWS_SESSION_TOKEN: $A_TOKEN }\n  script: x\n";
    assert!(keys(temporary).is_empty(), "{:?}", keys(temporary));
}

#[test]
fn registry_logins_with_the_jobs_own_token_are_no_keys() {
    let logins = |text: &str| -> Vec<String> {
        facts(text, "flow").into_iter().filter(|f| f.contains("login docker")).collect()
    };
    let own = "a:\n  script: docker login -u $CI_REGISTRY_USER -p $CI_REGISTRY_PASSWORD $CI_REGISTRY\n";
    assert!(logins(own).is_empty(), "{:?}", logins(own));
    let other = "a:\n  script: echo \"$HUB_PASSWORD\" | docker login -u me --password-stdin\n";
    assert_eq!(logins(other).len(), 1, "{:?}", logins(other));
}

#[test]
fn stores_hand_their_secrets_over() {
    let text = "a:\n  secrets:\n    DB_PASSWORD: { vault: prod/db/password@kv, token: $T }\n    B: { gcp_secret_manager: { name: b } }\n  script: use $DB_PASSWORD\n";
    assert_eq!(
        facts(text, "flow"),
        ["a: prod/db/password@kv -> env DB_PASSWORD @ DB_PASSWORD", "a: b -> env B @ B"]
    );
}

#[test]
fn secrets_leave_by_log_and_by_file_of_variables() {
    let text = "a:\n  script:\n    - echo $DEPLOY_TOKEN\n    - echo $DEPLOY_TOKEN | login\n    - echo \"TOKEN=$DEPLOY_TOKEN\" >> build.env\n  artifacts:\n    reports:\n      dotenv: build.env\n";
    let flows = facts(text, "flow");
    assert_eq!(
        flows[1..],
        ["a: DEPLOY_TOKEN -> log @ $DEPLOY_TOKEN", "a: DEPLOY_TOKEN -> output TOKEN @ $DEPLOY_TOKEN"]
    );
}

#[test]
fn secrets_leave_by_what_is_kept() {
    let text = "a:\n  script:\n    - echo $DEPLOY_TOKEN > ./out/key\n    - echo $DEPLOY_TOKEN > other\n    - echo $DEPLOY_TOKEN > .c/key\n  artifacts: { paths: [out/] }\n  cache:\n    - paths: [.c]\n";
    let flows = facts(text, "flow");
    assert_eq!(
        flows[1..],
        ["a: DEPLOY_TOKEN -> artifact @ $DEPLOY_TOKEN", "a: DEPLOY_TOKEN -> cache @ $DEPLOY_TOKEN"]
    );
}

#[test]
fn literals_with_telling_names_are_handed_to_the_detectors_once() {
    let text = ".a:\n  variables:\n    DB_PASSWORD: literal\n    REGION: eu\n    API_TOKEN: $X\nb:\n  extends: .a\n  script: mysql -pliteral2x\nc:\n  extends: .a\n  script: x\n";
    assert_eq!(slots(text), ["password=literal2x", "DB_PASSWORD=literal"]);
}
