//! Input that wants to take for ever, or the stack.

use super::{lowered, unit};

/// Lowers a file; the test is that it ends, and that what was left out is told.
fn told(text: &str) -> Vec<String> {
    let unit = unit(&[(".gitlab-ci.yml", text)]);
    let out = lowered(&unit);
    out.unknown.iter().map(|(_, why)| why.to_string()).collect()
}

#[test]
fn a_template_of_many_variables_is_not_multiplied_by_its_jobs() {
    let mut text = String::from(".base:\n  script: x\n  variables:\n");
    (0..2_000).for_each(|i| text.push_str(&format!("    V{i}: $W{i}\n")));
    (0..2_000).for_each(|i| text.push_str(&format!("j{i}:\n  extends: .base\n")));
    assert!(told(&text).iter().any(|why| why.contains("variables of jobs")));
}

#[test]
fn a_chain_of_variables_has_an_end() {
    let mut text = String::from("variables:\n");
    (0..20_000).for_each(|i| text.push_str(&format!("  V{i}: $V{}$V{}\n", i + 1, i + 2)));
    text.push_str("a:\n  image: x:$V0\n  script: x\n");
    assert!(told(&text).iter().all(|why| !why.contains("panic")));
}

#[test]
fn a_chain_of_parents_has_an_end() {
    let mut text = String::new();
    (0..20_000)
        .for_each(|i| text.push_str(&format!(".j{i}:\n  extends: [.j{0}, .j{0}, .j{1}]\n", i + 1, i + 2)));
    text.push_str("a:\n  extends: .j0\n  script: x\n");
    assert!(told(&text).iter().any(|why| why.contains("levels")));
}

#[test]
fn secrets_of_a_shared_script_are_not_multiplied_by_its_jobs() {
    let mut text = String::from(".base:\n  script: |\n");
    (0..300).for_each(|i| text.push_str(&format!("    use $API_TOKEN_{i}\n")));
    (0..300).for_each(|i| text.push_str(&format!("j{i}:\n  extends: .base\n")));
    assert!(told(&text).iter().any(|why| why.contains("uses of secrets")));
}

#[test]
fn a_list_of_a_shared_template_is_not_walked_for_every_job() {
    for list in ["only", "tags", "needs"] {
        let values = "x, ".repeat(20_000);
        let mut text = format!(".base:\n  script: x\n  {list}: [{values}]\n");
        (0..2_000).for_each(|i| text.push_str(&format!("j{i}:\n  extends: .base\n")));
        assert!(told(&text).iter().any(|why| why.contains("values of jobs")), "{list}");
    }
    let paths = "x, ".repeat(20_000);
    let mut text = format!(".base:\n  script: x\n  artifacts: {{ paths: [{paths}] }}\n");
    (0..2_000).for_each(|i| text.push_str(&format!("j{i}:\n  extends: .base\n")));
    assert!(told(&text).iter().any(|why| why.contains("values of jobs")));
}

#[test]
fn conditions_of_a_shared_template_are_not_taken_apart_for_ever() {
    let condition = "$A == 'b' && ".repeat(200);
    let mut text =
        format!(".base:\n  script: x\n  rules:\n{}", format!("  - if: {condition} $C\n").repeat(200));
    (0..1_000).for_each(|i| text.push_str(&format!("j{i}:\n  extends: .base\n")));
    assert!(!told(&text).is_empty());
}

#[test]
fn includes_of_nothing_have_an_end() {
    let text = format!("include:\n{}a:\n  script: x\n", "- local: nothing.yml\n".repeat(20_000));
    assert!(told(&text).iter().any(|why| why.contains("includes")));
}

#[test]
fn odd_shapes_are_passed_over() {
    for text in [
        "a:\n  script: { x: [ { y: z } ] }\n  image: [a]\n  variables: [a]\n  rules: a\n  extends: { a: b }\n  services: { a: b }\n",
        "a:\n  trigger: [a]\n  environment: [a]\n  id_tokens: a\n  secrets: [a]\n  parallel: { matrix: a }\n  inherit: a\n",
        "include: { a: [b] }\ndefault: a\nvariables: a\nworkflow: [a]\na:\n  script: [[[[[[[[[[[[[[x]]]]]]]]]]]]]]\n",
        "a:\n  script: !reference []\n  image: !reference [a]\n  services: [!reference [a, b, {c: d}]]\n",
        "spec:\n  inputs: [a]\n---\na:\n  script: $[[ inputs.a\n",
        "? [a, b]\n: c\na:\n  script: ${\n",
    ] {
        told(text);
    }
}
