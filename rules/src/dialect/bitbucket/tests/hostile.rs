//! Input that wants to take for ever, or the stack.

use super::{facts, unknown};

#[test]
fn steps_behind_aliases_are_not_multiplied_without_end() {
    let mut text = String::from("definitions:\n  steps:\n");
    (0..200).for_each(|i| text.push_str(&format!("    - step: &s{i}\n        script: ['x $T_TOKEN_{i}']\n")));
    text.push_str("pipelines:\n  custom:\n");
    for pipeline in 0..100 {
        text.push_str(&format!("    p{pipeline}:\n"));
        (0..200).for_each(|i| text.push_str(&format!("      - step: *s{i}\n")));
    }
    let said = unknown(&text);
    assert!(said.iter().any(|why| why.contains("limit reached")), "{}", said.len());
}

#[test]
fn groups_in_groups_have_an_end() {
    let mut text = String::from("pipelines:\n  default:\n    - ");
    (0..20).for_each(|_| text.push_str("parallel: { steps: [{ "));
    text.push_str("step: { script: [x] }");
    (0..20).for_each(|_| text.push_str("}] }"));
    text.push('\n');
    assert!(unknown(&text).iter().any(|why| why.contains("groups of steps")));
}

#[test]
fn odd_shapes_are_passed_over() {
    for text in [
        "pipelines: [a]\ndefinitions: b\nimage: [c]\n",
        "pipelines:\n  default: a\n  branches: [b]\n  tags: { c: d }\n  custom: { e: { import: [f] }, g: { import: h } }\n",
        "pipelines:\n  default:\n    - step: a\n    - step: [b]\n    - parallel: c\n    - stage: [d]\n    - variables: e\n    - [[f]]\n",
        "pipelines:\n  default:\n    - step: { script: { a: b }, services: c, artifacts: [[d]], caches: { e: f }, deployment: [g], image: { name: [h], aws: i }, oidc: j, runs-on: {} }\n",
        "definitions: { services: [a], steps: b, caches: c, imports: [d], pipelines: e }\npipelines:\n  default:\n    - step: { script: [{ pipe: [x] }, { pipe: '', variables: [y] }, { pipe: 'docker://' }] }\n",
        "? [a]\n: b\npipelines:\n",
    ] {
        facts(text, "identity");
    }
}
