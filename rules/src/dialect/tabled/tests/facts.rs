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
