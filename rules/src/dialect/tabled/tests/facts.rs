//! What pipelines come to, shown for a few systems: every table goes through the same code.

use super::{facts, system};

#[test]
fn drone_hands_secrets_to_steps_and_plugins() {
    let text = "kind: pipeline\ntype: docker\nname: p\nsteps:\n- name: a\n  image: some/uploader:1\n  settings:\n    token: { from_secret: cdn }\n    password: literal2x\n- name: b\n  image: golang\n  environment:\n    AWS_SECRET_ACCESS_KEY: { from_secret: aws }\n  commands: [\"use $AWS_SECRET_ACCESS_KEY $OTHER_TOKEN\"]\n";
    let found = facts(".drone.yml", text);
    for line in [
        "image: cdn -> oci/image/some/uploader @ token",
        "image: oci/image/some/uploader tag 1 @ some/uploader:1",
        "b: aws -> env AWS_SECRET_ACCESS_KEY @ aws",
        "b: cloud-key drone/secret/${project}/${environment}/aws StoreReference unbounded @ aws",
        "image: oci/image/golang no version @ golang",
        "slot password=literal2x",
    ] {
        assert!(found.iter().any(|f| f == line), "{line}\n{found:#?}");
    }
    // Nothing but what a step is handed is in its environment.
    assert!(!found.iter().any(|f| f.contains("OTHER_TOKEN")), "{found:#?}");
}

#[test]
fn a_system_without_tokens_of_its_own_is_not_told_to_use_them() {
    assert!(system("drone").federates.is_none());
}

/// Asserts that every line is among the facts of a file.
fn has(path: &str, text: &str, lines: &[&str]) {
    let found = facts(path, text);
    for line in lines {
        assert!(found.iter().any(|f| f == line), "{line}\n{found:#?}");
    }
}

#[test]
fn settings_of_the_project_are_secrets_by_their_names() {
    let text = "steps:\n- label: a\n  command: use $DEPLOY_TOKEN $REGION $BUILDKITE_BRANCH\n  env: { CDN_TOKEN: $MY_CDN_TOKEN, B: $REGION }\n  plugins: [some/upload#main: { source: dist, token: $UPLOAD_TOKEN }]\n";
    has(
        ".buildkite/pipeline.yml",
        text,
        &[
            "a: DEPLOY_TOKEN -> env DEPLOY_TOKEN @ DEPLOY_TOKEN",
            "a: MY_CDN_TOKEN -> env CDN_TOKEN @ $MY_CDN_TOKEN",
            "image: buildkite/plugin/some/upload moving main @ some/upload#main",
            "image: UPLOAD_TOKEN -> buildkite/plugin/some/upload @ token",
        ],
    );
    let found = facts(".buildkite/pipeline.yml", text);
    assert!(!found.iter().any(|f| f.contains("REGION ->") || f.contains("BRANCH")), "{found:#?}");
}

#[test]
fn a_variable_of_an_outer_level_is_followed() {
    let text = "version: 0.2\nenv:\n  variables: { IMAGE: some/tool }\n  secrets-manager: { DB_PASSWORD: db }\nphases:\n  build:\n    commands:\n    - docker login -u me -p $DB_PASSWORD\n";
    has("buildspec.yml", text, &["build: db -> env DB_PASSWORD @ DB_PASSWORD"]);
    let found = facts("buildspec.yml", text);
    assert!(found.iter().any(|f| f.contains("db -> login docker by docker login")), "{found:#?}");
}

#[test]
fn a_resource_hands_its_secret_to_its_type() {
    let text = "resource_types:\n- name: notify\n  type: registry-image\n  source: { repository: some/notify, tag: latest }\nresources:\n- name: chat\n  type: notify\n  source: { token: ((chat)) }\n- name: code\n  type: git\n  source: { private_key: ((key)), password: literal2x }\njobs:\n- name: a\n  plan:\n  - in_parallel: [{ task: t, params: { T: ((t)) } }]\n";
    has(
        "ci/pipeline.yml",
        text,
        &[
            "image: oci/image/some/notify moving latest @ some/notify",
            "image: chat -> oci/image/some/notify @ token",
            "t: t -> env T @ ((t))",
            "slot password=literal2x",
        ],
    );
}

#[test]
fn an_image_of_all_jobs_is_told_where_a_job_holds_a_secret() {
    let text = "version: v1.0\nagent: { containers: [{ name: m, image: some/up }] }\nblocks:\n- name: a\n  task: { jobs: [{ name: j, commands: [make] }] }\n- name: b\n  task: { secrets: [{ name: cdn }], jobs: [{ name: k, commands: [make] }] }\n";
    let unit = super::unit(".semaphore/semaphore.yml", text);
    let mut out = crate::dialect::Lowering::new(&unit);
    crate::dialect::Dialect::lower(&super::DIALECT, &unit, &mut out);
    let images = out.facts.facts.iter().filter(|f| f.body.name() == "component");
    let jobs: Vec<_> = images
        .map(|f| out.facts.contexts[f.within.0 as usize].parent.unwrap())
        .map(|job| out.facts.contexts[job.0 as usize].name.clone())
        .collect();
    assert_eq!(jobs, ["b"]);
}

#[test]
fn keys_are_standing_ones_where_a_token_would_do() {
    has(
        "buildspec.yml",
        "version: 0.2\nenv:\n  secrets-manager: { AWS_SECRET_ACCESS_KEY: a:b }\nphases: { build: { commands: [make] } }\n",
        &[
            "build: cloud-key codebuild/secret/${project}/${environment}/a:b StoreReference unbounded, federation @ AWS_SECRET_ACCESS_KEY",
        ],
    );
}

#[test]
fn runs_name_their_identity_or_share_one() {
    let run = |spec: &str| {
        let text = format!(
            "apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {{ name: a, namespace: n }}\nspec: {spec}\n"
        );
        let found = facts("tekton/run.yaml", &text);
        found.into_iter().find(|f| f.contains("service account")).unwrap()
    };
    assert_eq!(
        run("{ taskRef: { name: t } }"),
        "run.yaml: service account kubernetes/ServiceAccount/n/default shared @ spec"
    );
    assert_eq!(
        run("{ serviceAccountName: ci, taskRef: { name: t } }"),
        "run.yaml: service account kubernetes/ServiceAccount/n/ci @ ci"
    );
    has(
        "cloudbuild.yaml",
        "serviceAccount: projects/p/serviceAccounts/1-compute@developer.gserviceaccount.com\nsteps: [{ name: a }]\n",
        &[
            "build: service account gcp/service-account/developer/1-compute shared @ projects/p/serviceAccounts/1-compute@developer.gserviceaccount.com",
        ],
    );
}

#[test]
fn scripts_of_other_languages_are_told_and_not_read() {
    let text = "build_script:\n- echo %A%\n- ps: use $env:DEPLOY_TOKEN\n";
    let unit = super::unit("appveyor.yml", text);
    let mut out = crate::dialect::Lowering::new(&unit);
    crate::dialect::Dialect::lower(&super::DIALECT, &unit, &mut out);
    let why: Vec<_> = out.unknown.iter().map(|(_, why)| why.to_string()).collect();
    assert!(why.iter().any(|why| why.contains("a language that hallpass does not read")), "{why:?}");
    has("appveyor.yml", text, &["build: DEPLOY_TOKEN -> env DEPLOY_TOKEN @ DEPLOY_TOKEN"]);
}

#[test]
fn a_step_reads_the_secrets_whose_volumes_it_mounts() {
    let text = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: { name: t }\nspec:\n  volumes: [{ name: v, secret: { secretName: s } }, { name: w, emptyDir: {} }]\n  steps:\n  - { name: a, image: some/a, volumeMounts: [{ name: v, mountPath: /v }] }\n  - { name: b, image: some/b, volumeMounts: [{ name: w, mountPath: /w }] }\n";
    let flows: Vec<String> =
        facts("tekton/t.yaml", text).into_iter().filter(|f| f.contains(" -> ")).collect();
    assert_eq!(flows, ["a: s -> mount @ v"]);
}

#[test]
fn a_secret_written_to_a_result_is_an_output() {
    let text = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: { name: t }\nspec:\n  steps:\n  - name: a\n    image: some/a\n    env: [{ name: API_TOKEN, valueFrom: { secretKeyRef: { name: api, key: k } } }]\n    script: |\n      #!/bin/sh\n      printf %s \"$API_TOKEN\" > $(results.token.path)\n      echo done > $(results.other.path)\n";
    has("tekton/t.yaml", text, &["a: api -> env API_TOKEN @ api"]);
    let outputs: Vec<String> =
        facts("tekton/t.yaml", text).into_iter().filter(|f| f.contains("output(")).collect();
    assert_eq!(outputs.len(), 1, "{outputs:?}");
}

#[test]
fn a_map_with_a_name_of_its_own_is_a_map() {
    has(
        ".drone.yml",
        "kind: pipeline\ntype: docker\nname: p\nsteps:\n- name: a\n  image: some/release:1\n  settings: { name: v1, token: { from_secret: t } }\n",
        &["image: t -> oci/image/some/release @ token"],
    );
}

/// Ciphertext of the length that a system makes.
fn ciphertext() -> String {
    "Ab3/".repeat(43)
}

#[test]
fn a_secret_that_the_file_keeps_is_ciphertext_or_a_literal() {
    let sealed = ciphertext();
    let text = format!(
        "- secret:\n    name: index\n    data:\n      username: acme\n      password: !encrypted/pkcs1-oaep\n        - {sealed}\n        - {sealed}\n      token: !encrypted/pkcs1-oaep |\n        {sealed}\n- secret:\n    name: plain\n    data:\n      password: literal2x\n      deep: {{ api_token: literal3x }}\n      token: !encrypted/pkcs1-oaep literal4x\n      # !encrypted/pkcs1-oaep\n      key_password: # !encrypted/pkcs1-oaep\n        {sealed}\n"
    );
    let found = facts("zuul.d/secrets.yaml", &text);
    let mut slots: Vec<&str> = found.iter().filter_map(|f| f.strip_prefix("slot ")).collect();
    slots.sort_unstable();
    let commented = format!("key_password={sealed}");
    assert_eq!(slots, ["api_token=literal3x", &commented, "password=literal2x", "token=literal4x"]);
    let kept: Vec<&String> = found.iter().filter(|f| f.contains("StoreReference")).collect();
    assert_eq!(kept.len(), 1, "{found:#?}");
    assert!(kept[0].contains("zuul/secret/${project}/${environment}/index"), "{kept:?}");
}

#[test]
fn a_job_gets_its_secrets_and_passes_on_those_that_it_says() {
    let text = "- job:\n    name: publish\n    parent: upload\n    secrets:\n    - registry\n    - { name: login, secret: index, pass-to-parent: true }\n    - { name: other, secret: chat, pass-to-parent: false }\n- secret:\n    name: cloud\n    oidc: {}\n";
    has(
        ".zuul.yaml",
        text,
        &[
            "publish: registry -> env registry @ registry",
            "publish: index -> env login @ login",
            "publish: chat -> env other @ other",
            "publish: index -> zuul/job/upload @ index",
            "cloud: identity zuul/identity/cloud @ cloud",
        ],
    );
    let found = facts(".zuul.yaml", text);
    assert_eq!(found.iter().filter(|f| f.contains("-> zuul/job")).count(), 1, "{found:#?}");
}

#[test]
fn a_session_is_shortened_in_the_command_that_takes_it() {
    use super::unit;
    use crate::dialect::tabled::DIALECT;
    use crate::dialect::{Dialect, Lowering};
    use crate::fact::Body;
    use crate::remedy::{Remedy, Rendered};

    let text = "kind: pipeline\ntype: docker\nname: a\nsteps:\n- name: s\n  image: x\n  commands:\n  \
                - aws sts assume-role --role-arn r --role-session-name s --duration-seconds 43200\n";
    let unit = unit(".drone.yml", text);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let session =
        |f: &&crate::fact::Fact| matches!(&f.body, Body::Credential(c) if c.kind == "cloud-session");
    let fact = out.facts.facts.iter().find(session).unwrap();
    match DIALECT.render(&unit, &fact.at, &Remedy::SetLifetime { seconds: 3600 }) {
        Rendered::Edit { edits, .. } => {
            assert_eq!(edits.len(), 1);
            assert_eq!((&text[edits[0].at.span.range()], edits[0].replacement.as_str()), ("43200", "3600"));
        }
        other => panic!("{other:?}"),
    }
}
