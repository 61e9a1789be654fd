//! Input that wants to take for ever, or the stack.

use super::super::tables::systems;
use super::{reached, unit};
use crate::dialect::{Dialect, Lowering};

/// What is told of a file; the test is that this ends.
fn told(path: &str, text: &str) -> Vec<String> {
    let unit = unit(path, text);
    let mut out = Lowering::new(&unit);
    super::DIALECT.lower(&unit, &mut out);
    out.unknown.iter().map(|(_, why)| why.to_string()).collect()
}

#[test]
fn aliases_do_not_multiply_the_paths() {
    let mut text =
        String::from("kind: pipeline\nx0: &a0 { image: a, environment: { T: { from_secret: t } } }\n");
    (0..14).for_each(|i| text.push_str(&format!("x{0}: &a{0} {{ b: *a{i}, c: *a{i} }}\n", i + 1)));
    text.push_str("steps: [");
    (0..2_000).for_each(|_| text.push_str("*a0, "));
    text.push_str("*a14]\n");
    told(".drone.yml", &text);
    let mut deep = String::from("jobs:\n- name: a\n  plan:\n  - ");
    (0..100).for_each(|_| deep.push_str("{ task: a, params: { T: ((t)) }, do: [ "));
    deep.push('x');
    (0..100).for_each(|_| deep.push_str(" ] }"));
    told("ci/pipeline.yml", &deep);
}

#[test]
fn many_secrets_of_many_steps_have_an_end() {
    let mut text = String::from("kind: pipeline\nsteps:\n- &s\n  image: a\n  environment:\n");
    (0..300).for_each(|i| text.push_str(&format!("    V{i}: {{ from_secret: s{i} }}\n")));
    (0..300).for_each(|_| text.push_str("- *s\n"));
    assert!(told(".drone.yml", &text).iter().any(|why| why.contains("uses of secrets")));
}

#[test]
fn opening_signs_without_end_take_linear_time() {
    let text = format!(
        "jobs: []\nresources:\n- name: a\n  type: git\n  source:\n    k: \"{}\"\n",
        "((".repeat(200_000)
    );
    told("ci/pipeline.yml", &text);
}

#[test]
fn odd_shapes_are_passed_over_by_every_system() {
    for system in systems() {
        for example in &system.example {
            // Everything becomes a text, a list or a map in turn.
            for shape in ["[x, [y]]", "{ x: { y: z } }", "", "x", "\"$\"", "[[[[[[[[[[a]]]]]]]]]]"] {
                let lines = example.text.lines().map(|line| match line.split_once(": ") {
                    Some((key, _)) => format!("{key}: {shape}\n"),
                    None => format!("{line}\n"),
                });
                reached(system, &example.path, &lines.collect::<String>());
            }
            let cut = example.text.len() / 2;
            reached(system, &example.path, example.text.get(..cut).unwrap_or_default());
        }
    }
}
