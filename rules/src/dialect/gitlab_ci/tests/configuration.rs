//! How a pipeline is put together: `extends`, `!reference`, `default`, includes, inputs, variables.

use super::{facts, facts_of, unknown};

#[test]
fn a_job_takes_over_what_it_extends_and_its_own_wins() {
    let text = ".a:\n  image: one:1\n  variables: { X: a, Y: b }\n.b:\n  extends: .a\n  variables: { Y: two:2 }\n\
                job:\n  extends: [.b]\n  script: x\n  services: [$Y, $X:3]\n";
    assert_eq!(
        facts(text, "component"),
        [
            "job: oci/image/one tag 1 @ one:1",
            "job: oci/image/two tag 2 @ two:2",
            "job: oci/image/a tag 3 @ $X:3"
        ]
    );
}

#[test]
fn the_last_of_several_parents_wins() {
    let text = ".a:\n  image: a:1\n.b:\n  image: b:1\njob:\n  extends: [.a, .b]\n  script: x\n";
    assert_eq!(facts(text, "component"), ["job: oci/image/b tag 1 @ b:1"]);
}

#[test]
fn circles_and_missing_parents_are_told() {
    let text = "a:\n  extends: b\nb:\n  extends: a\n  script: x\nc:\n  extends: .gone\n  script: !reference [.gone, script]\n";
    let told = unknown(&[(".gitlab-ci.yml", text)]);
    assert!(told.iter().any(|t| t.starts_with("a job that extends itself")), "{told:?}");
    assert!(told.contains(&"`.gone` is not in the tree @ .gone".to_owned()), "{told:?}");
    assert!(told.iter().any(|t| t.starts_with("`!reference [.gone, script]`")), "{told:?}");
}

#[test]
fn references_are_followed_into_lists() {
    let text = ".s:\n  script:\n    - docker login -u u -p $REG_PASSWORD\n  image: r:1\n\
                job:\n  image: !reference [.s, image]\n  script:\n    - a\n    - !reference [.s, script]\n";
    assert_eq!(facts(text, "component"), ["job: oci/image/r tag 1 @ r:1"]);
    let flows = facts(text, "flow");
    assert!(flows.contains(&"job: REG_PASSWORD -> env REG_PASSWORD @ REG_PASSWORD".to_owned()), "{flows:?}");
}

#[test]
fn references_in_a_circle_end() {
    let text = "a:\n  script: [!reference [b, script]]\nb:\n  script: [!reference [a, script], !reference [b, script]]\n";
    assert!(unknown(&[(".gitlab-ci.yml", text)]).iter().any(|t| t.starts_with("limit reached")));
}

#[test]
fn defaults_are_taken_over_unless_refused() {
    let text = "default:\n  image: d:1\nservices: [s:1]\na:\n  script: x\nb:\n  inherit: { default: false }\n  script: x\n";
    let said = facts(text, "component");
    assert_eq!(said, ["a: oci/image/d tag 1 @ d:1", "a: oci/image/s tag 1 @ s:1"]);
}

#[test]
fn local_includes_are_part_of_the_pipeline() {
    let files = [
        (
            ".gitlab-ci.yml",
            "include:\n  - local: /ci/*.yml\nvariables: { V: 2 }\njob:\n  extends: .base\n  script: x\n",
        ),
        ("ci/a.yml", ".base:\n  image: a:$V\nother:\n  image: b:1\n  script: x\n"),
    ];
    assert_eq!(
        facts_of(&files, "component"),
        ["job: oci/image/a tag 2 @ ci/a.yml: a:$V", "other: oci/image/b tag 1 @ ci/a.yml: b:1"]
    );
    let gone = unknown(&files[..1]);
    assert!(gone.contains(&"`/ci/*.yml` is not in the tree @ /ci/*.yml".to_owned()), "{gone:?}");
}

#[test]
fn a_file_that_includes_itself_is_told() {
    let told = unknown(&[(".gitlab-ci.yml", "include: .gitlab-ci.yml\na:\n  script: x\n")]);
    assert_eq!(told, ["a file that includes itself is not evaluated @ .gitlab-ci.yml"]);
}

#[test]
fn outside_includes_are_components() {
    let text = "include:\n  - project: g/p\n    file: a.yml\n  - project: g/q\n    ref: v1\n    file: [a.yml]\n  - remote: https://x.example/a.yml\n  - template: Jobs/SAST.gitlab-ci.yml\n  - component: gitlab.example/g/c/x@1.0.0\n    inputs: { token: $API_TOKEN }\n  - https://y.example/b.yml\n";
    assert_eq!(
        facts(text, "component"),
        [
            "include: gitlab/include/g/p no version @ g/p",
            "include: gitlab/include/g/q tag v1 @ v1",
            "include: gitlab/include/x.example/a.yml no version @ https://x.example/a.yml",
            "include: gitlab/template/Jobs/SAST.gitlab-ci.yml no version first party @ Jobs/SAST.gitlab-ci.yml",
            "include: gitlab/component/gitlab.example/g/c/x tag 1.0.0 @ gitlab.example/g/c/x@1.0.0",
            "include: gitlab/include/y.example/b.yml no version @ https://y.example/b.yml",
        ]
    );
    assert_eq!(
        facts(text, "flow"),
        ["include: API_TOKEN -> gitlab/component/gitlab.example/g/c/x @ $API_TOKEN"]
    );
}

#[test]
fn inputs_are_what_the_including_file_gives() {
    let component = "spec:\n  inputs:\n    version: { default: '1' }\n---\njob:\n  image: a:$[[ inputs.version ]]\n  script: x\n";
    let alone = facts_of(&[("templates/a.yml", component)], "component");
    assert_eq!(alone, ["job: oci/image/a tag 1 @ a:$[[ inputs.version ]]"]);
    let files = [
        (".gitlab-ci.yml", "include:\n  - local: templates/a.yml\n    inputs: { version: '2' }\n"),
        ("templates/a.yml", component),
    ];
    let given = facts_of(&files, "component");
    assert_eq!(given, ["job: oci/image/a tag 2 @ templates/a.yml: a:$[[ inputs.version ]]"]);
}

#[test]
fn a_matrix_is_closed_and_a_circle_of_variables_ends() {
    let text = "a:\n  parallel:\n    matrix:\n      - V: ['1', '2']\n  image: n:$V\n  script: x\nb:\n  variables: { A: $B, B: $A }\n  image: m:$A\n  script: x\n";
    assert_eq!(
        facts(text, "component"),
        [
            "a: oci/image/n tag 1 lesser @ n:$V",
            "a: oci/image/n tag 2 lesser @ n:$V",
            "b: oci/image/m tag ${B} @ m:$A"
        ]
    );
}

#[test]
fn hidden_jobs_that_nobody_extends_speak_for_themselves() {
    let text = ".used:\n  image: a:1\n.unused:\n  image: b:1\njob:\n  extends: .used\n  script: x\n";
    assert_eq!(
        facts(text, "component"),
        ["job: oci/image/a tag 1 @ a:1", ".unused: oci/image/b tag 1 @ b:1"]
    );
}
