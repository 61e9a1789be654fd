//! Stages, agents, credentials and what they are bound to.

use super::{facts, slots, stage, unknown};

#[test]
fn stages_are_jobs_and_the_pipelines_variables_are_of_all_of_them() {
    let text = "pipeline {\n  agent any\n  environment { T = credentials('up-token') }\n  stages {\n    stage('a') { steps { sh 'x' } }\n    stage('b') {\n      parallel {\n        stage('c') { steps { sh 'y' } }\n      }\n    }\n  }\n  post { always { sh 'z' } }\n}\n";
    assert_eq!(
        facts(text, "identity"),
        [
            "a: job token jenkins/job/Jenkinsfile/a @ a",
            "c: job token jenkins/job/Jenkinsfile/c @ c",
            "pipeline: job token jenkins/job/Jenkinsfile/pipeline @ pipeline {",
        ]
    );
    assert_eq!(facts(text, "flow"), ["Jenkinsfile: up-token -> env T @ up-token"]);
}

#[test]
fn credentials_are_bound_for_a_block() {
    let text = stage(
        "withCredentials([usernamePassword(credentialsId: 'reg', usernameVariable: 'U', passwordVariable: 'P'), \
         [$class: 'StringBinding', credentialsId: 'tok', variable: 'T']]) { sh 'echo $P $U' }",
    );
    assert_eq!(
        facts(&text, "flow"),
        [
            "withCredentials: reg -> env P @ reg",
            "withCredentials: tok -> env T @ tok",
            "withCredentials: reg -> log @ $P",
        ]
    );
}

#[test]
fn keys_of_clouds_by_the_variable_or_by_the_binding() {
    let keys = |steps: &str| facts(&stage(steps), "credential");
    let of =
        |text: &str| keys(text).into_iter().filter(|line| line.contains("cloud-key")).collect::<Vec<_>>();
    for steps in [
        "withCredentials([aws(credentialsId: 'k')]) { sh 'x' }",
        "withCredentials([azureServicePrincipal('k')]) { sh 'x' }",
        "withCredentials([file(credentialsId: 'k', variable: 'GOOGLE_APPLICATION_CREDENTIALS')]) { sh 'x' }",
        "withAWS(credentials: 'k') { sh 'x' }",
        "withCredentials([string(credentialsId: 'k', variable: 'AWS_SECRET_ACCESS_KEY')]) { sh 'x' }",
    ] {
        assert_eq!(of(steps).len(), 1, "{steps}: {:?}", keys(steps));
    }
    assert!(of("withCredentials([string(credentialsId: 'k', variable: 'TOKEN')]) { sh 'x' }").is_empty());
}

#[test]
fn roles_are_taken_for_as_long_as_it_says() {
    let text = stage("withAWS(role: 'shop', roleAccount: '123456789012', duration: 43200) { sh 'x' }");
    assert_eq!(
        facts(&text, "credential"),
        ["withAWS: cloud-session aws/session/Jenkinsfile/a/withAWS Generated 43200 s @ 43200"]
    );
    assert_eq!(facts(&text, "link"), ["withAWS: a as aws/role/123456789012/shop @ shop"]);
}

#[test]
fn images_and_what_their_containers_reach() {
    let text = "pipeline {\n  agent { docker { image 'acme/a:1'; args '-v /var/run/docker.sock:/var/run/docker.sock --privileged' } }\n  stages { stage('a') { steps { withCredentials([string(credentialsId: 't', variable: 'T')]) { sh 'x' } } } }\n}\n";
    assert_eq!(facts(text, "component"), ["withCredentials: oci/image/acme/a tag 1 @ acme/a:1"]);
    assert_eq!(facts(text, "safeguard").len(), 2);
    let scripted = "node {\n  def i = docker.image(\"acme/b:${V}\")\n  i.inside('--privileged') { sh 'x' }\n  docker.image('acme/c').inside { sh 'y' }\n  docker.image('acme/own').push('latest')\n}\n";
    assert_eq!(
        facts(scripted, "component"),
        [
            "pipeline: oci/image/acme/b tag ${V} @ acme/b:${V}",
            "pipeline: oci/image/acme/c no version @ acme/c"
        ]
    );
}

#[test]
fn pods_in_strings() {
    let text = "pipeline {\n  agent {\n    kubernetes {\n      yaml '''\nspec:\n  containers:\n  - name: k\n    image: acme/k:2\n    securityContext:\n      privileged: true\n    env:\n    - name: DB_PASSWORD\n      value: hunter2hunter2\n  volumes:\n  - hostPath: { path: /var/run/docker.sock }\n'''\n    }\n  }\n  stages { stage('a') { steps { container('k') { sh 'x' } } } }\n}\n";
    assert_eq!(facts(text, "component"), ["Jenkinsfile: oci/image/acme/k tag 2 @ acme/k:2"]);
    assert_eq!(
        facts(text, "safeguard"),
        ["Jenkinsfile: HostIsolation off @ /var/run/docker.sock", "Jenkinsfile: HostIsolation off @ true"]
    );
    assert!(facts(text, "identity")[0].contains("kubernetes/ServiceAccount/${namespace}/default by default"));
    assert_eq!(slots(text), ["DB_PASSWORD=hunter2hunter2"]);
    let chosen = text.replace("acme/k:2", "acme/k:${params.V}").replace("'''", "\"\"\"");
    let chosen = format!("properties([parameters([choice(name: 'V', choices: ['1', '2'])])])\n{chosen}");
    assert!(
        facts(&chosen, "component")[0].contains("acme/k tag ${params.V}"),
        "{:?}",
        facts(&chosen, "component")
    );
    let named = text.replace("spec:\n", "spec:\n  serviceAccountName: build\n");
    assert!(!facts(&named, "identity").iter().any(|line| line.contains("ServiceAccount")));
}

#[test]
fn libraries_are_outside_code() {
    let text = "@Library(['a@main', 'b@1.2']) _\nlibrary identifier: 'c'\nnode { withCredentials([string(credentialsId: 't', variable: 'T')]) { x() } }\n";
    assert_eq!(
        facts(text, "component"),
        [
            "a: jenkins/library/a moving main @ a@main",
            "b: jenkins/library/b tag 1.2 @ b@1.2",
            "c: jenkins/library/c no version @ c",
        ]
    );
}

#[test]
fn approval_is_an_environment() {
    let text = "pipeline {\n  agent any\n  stages {\n    stage('Approve') { steps { input 'Go?' } }\n    stage('Production') { steps { sh 'kubectl apply -f x' } }\n  }\n}\n";
    assert_eq!(facts(text, "safeguard").len(), 2, "{:?}", facts(text, "safeguard"));
}

#[test]
fn what_is_out_of_sight_is_told() {
    let said = |text: &str| unknown(text).join("; ");
    assert!(said(&stage("sh command()")).contains("a script that Groovy computes"));
    assert!(said(&stage("bat 'dir'")).contains("a language that hallpass does not read"));
    assert!(said(&stage("script { load 'b.groovy' }")).contains("b.groovy"));
    assert!(said(&stage("withCredentials(list) { sh 'x' }")).contains("a binding that Groovy computes"));
    assert!(
        said(&stage("withCredentials([string(credentialsId: 't', variable: 'T')]) { sh 'x' }"))
            .contains("forks")
    );
}

#[test]
fn literals_are_handed_over_with_their_names() {
    assert_eq!(
        slots(
            "def dbPassword = 'v1'\npipeline {\n  environment { API_TOKEN = 'v2' }\n  parameters { password(name: 'DB', defaultValue: 'v3') }\n  triggers { GenericTrigger(token: 'v4') }\n  stages { stage('a') { steps {\n    withEnv(['GH_TOKEN=v5', \"X_TOKEN=${Y}\"]) { sh 'x' }\n    httpRequest customHeaders: [[name: 'X-Api-Key', value: 'r7Jq2mZx9kLw']], url: 'u'\n    git credentialsId: 'id-of-key', url: 'u'\n  } } }\n}\n"
        ),
        ["dbPassword=v1", "API_TOKEN=v2", "password=v3", "token=v4", "GH_TOKEN=v5", "X-Api-Key=r7Jq2mZx9kLw"]
    );
}

#[test]
fn pull_requests_of_anybody_are_told_where_they_are_brought_in() {
    let text = |permit: &str| {
        format!(
            "properties([pipelineTriggers([[$class: 'GhprbTrigger', permitAll: {permit}]])])\nnode {{\n  stage('a') {{\n    checkout([$class: 'GitSCM', branches: [[name: '${{ghprbActualCommit}}']]])\n  }}\n}}\n"
        )
    };
    assert_eq!(facts(&text("true"), "safeguard"), ["a: ProposedCodeIsolation off @ ${ghprbActualCommit}"]);
    assert!(facts(&text("false"), "safeguard").is_empty());
}

#[test]
fn a_matrix_and_parameters_are_several_values() {
    let text = "pipeline {\n  agent any\n  parameters { choice(name: 'P', choices: ['1', '2']) }\n  stages {\n    stage('m') {\n      matrix {\n        axes { axis { name 'V'; values '3', '4' } }\n        stages { stage('a') { steps { script { docker.image(\"acme/a:${V}-${params.P}\").inside { sh 'x' } } } } }\n      }\n    }\n  }\n}\n";
    let said = facts(text, "component");
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[0].contains("acme/a tag 3-1"), "{said:?}");
}

#[test]
fn what_a_vault_keeps_is_bound_by_its_path() {
    let text = stage(
        "withVault([configuration: [vaultCredentialId: 'v'], vaultSecrets: [[path: 'shop/db', secretValues: [[envVar: 'DB', vaultKey: 'pw']]]]]) { sh 'echo $DB' }",
    );
    let said = facts(&text, "flow");
    assert!(said.iter().any(|line| line.contains("shop/db/pw -> env DB")), "{said:?}");
    assert!(said.iter().any(|line| line.contains("shop/db/pw -> log")), "{said:?}");
}
