//! Input that wants to take for ever, or the stack.

use super::{facts, unknown};

#[test]
fn a_command_that_calls_itself_has_an_end() {
    let text = "version: 2.1\ncommands:\n  a: { steps: [b, b, b] }\n  b: { steps: [a, a, a] }\njobs:\n  j: { machine: true, steps: [a] }\n";
    let said = unknown(text);
    assert!(said.iter().any(|why| why.contains("commands over") || why.contains("steps")), "{said:#?}");
}

#[test]
fn steps_that_hand_themselves_on_have_an_end() {
    let text = "version: 2.1\ncommands:\n  a:\n    parameters: { s: { type: steps } }\n    steps:\n      - steps: << parameters.s >>\n      \
                - a: { s: << parameters.s >> }\njobs:\n  j: { machine: true, steps: [{ a: { s: [{ run: x }] } }] }\n";
    assert!(!unknown(text).is_empty());
}

#[test]
fn a_command_of_many_steps_is_not_multiplied_without_end() {
    let mut text = String::from("version: 2.1\ncommands:\n  a:\n    steps:\n");
    (0..2_000).for_each(|i| text.push_str(&format!("      - run: use $T_TOKEN_{i}\n")));
    text.push_str("jobs:\n");
    (0..200).for_each(|i| text.push_str(&format!("  j{i}: {{ machine: true, steps: [a] }}\n")));
    let said = unknown(&text);
    assert!(said.iter().any(|why| why.contains("limit reached")), "{}", said.len());
}

#[test]
fn orbs_in_orbs_and_executors_of_executors_have_an_end() {
    let mut text = String::from("version: 2.1\norbs:\n");
    for depth in 0..60 {
        text.push_str(&format!("{}o:\n{}orbs:\n", "  ".repeat(2 * depth + 1), "  ".repeat(2 * depth + 2)));
    }
    facts(&text, "component");
    let text = "version: 2.1\nexecutors:\n  a: { parameters: { e: { type: executor, default: a } }, executor: << parameters.e >> }\n\
                jobs:\n  j: { executor: a, steps: [] }\n";
    facts(text, "component");
}

#[test]
fn a_matrix_of_many_values_is_bounded() {
    let values: Vec<String> = (0..500).map(|i| format!("'{i}'")).collect();
    let values = values.join(", ");
    let text = format!(
        "version: 2.1\njobs:\n  j:\n    parameters: {{ a: {{ type: string }}, b: {{ type: string }} }}\n    docker: [{{ image: 'x:<< parameters.a >>-<< parameters.b >>' }}]\n    \
         steps: []\nworkflows:\n  w:\n    jobs:\n      - j: {{ matrix: {{ parameters: {{ a: [{values}], b: [{values}] }} }} }}\n"
    );
    assert!(facts(&text, "component").len() <= 64);
}

#[test]
fn odd_shapes_are_passed_over() {
    for text in [
        "version: 2.1\njobs: [a]\nworkflows: a\norbs: [a]\ncommands: a\nexecutors: [b]\nparameters: [c]\n",
        "version: 2.1\njobs:\n  a: b\n  c: { docker: a, steps: { x: y }, environment: [a], executor: [x], machine: [y], shell: {} }\n",
        "version: 2.1\njobs:\n  a: { steps: [[[[[[[[x]]]]]]]] }\nworkflows:\n  w: { jobs: { a: b } }\n  v: { jobs: [[a], { a: [b] }, {}] }\n",
        "version: 2.1\njobs:\n  a: { docker: [{ image: [x], auth: [y], environment: a }], steps: [{ run: [x] }, { run: { command: {} } }, { when: a }, { a/b: c }] }\n",
        "version: 2.1\njobs:\n  a: { steps: [{ run: '<<<< parameters. >> <<' }, { run: '$<< parameters.x >>' }] }\n",
        "version: 2.1\norbs:\n  o: { jobs: { j: { steps: [o/k, j] } }, orbs: { o: x } }\nworkflows: { w: { jobs: [o/j, o/o/j, '/', o/] } }\n",
        "? [a, b]\n: c\nsetup: true\n",
    ] {
        facts(text, "identity");
    }
}
