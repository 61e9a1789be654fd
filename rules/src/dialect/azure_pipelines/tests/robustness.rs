//! Input that is made to hurt.

use super::*;

fn lower(files: &[(&str, &str)]) -> usize {
    let unit = unit(files);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let _ = DIALECT.outline(&unit.files[0]);
    out.unknown.len()
}

#[test]
fn shapes_that_nobody_writes_are_read() {
    for text in [
        "",
        "steps",
        "steps: 1",
        "steps: [1, [2], {a: b}, null]",
        "jobs: {a: {steps: [script: x]}}",
        "jobs: [job: , steps: ]",
        "stages: [stage: [a], jobs: [job: {x: y}]]",
        "variables: [a, [b], {name: [c]}, {name: d, value: {e: f}}]",
        "extends: []",
        "extends: {template: [a]}",
        "parameters: {a: {b: c}, d: [e]}",
        "resources: {repositories: [1, {repository: a}], containers: {x: y}}",
        "pool: [a]\nsteps: [{task: , inputs: []}, {task: [a]}, {checkout: {}}]",
        "strategy: {matrix: [a]}\nsteps: []",
        "steps:\n- ${{ if }}:\n  - ${{ else }}: x\n",
        "trigger: {}\npr: {}\nschedules: 1\n",
        "steps:\n- script: \"${{ parameters['a'\"\n- bash: $[[\n",
    ] {
        lower(&[("azure-pipelines.yml", text)]);
    }
}

#[test]
fn templates_that_use_each_other_end() {
    let a = "parameters:\n- name: x\nsteps:\n- template: b.yml\n  parameters: {x: '${{ parameters.x }}'}\n- template: b.yml\n  parameters: {x: '${{ parameters.x }}'}\n";
    let b = a.replace("b.yml", "a.yml");
    let many = format!("steps:\n{}", "- template: a.yml\n  parameters: {x: $(TOKEN)}\n".repeat(2_000));
    assert!(lower(&[("azure-pipelines.yml", &many), ("a.yml", a), ("b.yml", &b)]) > 0);
}

#[test]
fn long_files_take_linear_time() {
    let secrets: String = (0..3_000).map(|i| format!("    V{i}_TOKEN: $(S{i}_TOKEN)\n")).collect();
    lower(&[("azure-pipelines.yml", &format!("steps:\n- script: x\n  env:\n{secrets}"))]);
    let script =
        "echo \"##vso[task.setvariable variable=a]$(A_TOKEN)$X\"\n".repeat(3_000).replace('\n', "\n    ");
    lower(&[("azure-pipelines.yml", &format!("steps:\n- bash: |\n    {script}"))]);
    let grown: String = (0..60).map(|i| format!("- name: v{}\n  value: $(v{i})$(v{i})\n", i + 1)).collect();
    lower(&[(
        "azure-pipelines.yml",
        &format!("variables:\n- name: v0\n  value: abc\n{grown}steps:\n- script: $(v60)\n"),
    )]);
    let deep = format!(
        "steps:\n{}",
        (0..60).map(|i| format!("{}- ${{{{ if x }}}}:\n", " ".repeat(i * 2))).collect::<String>()
    );
    lower(&[("azure-pipelines.yml", &deep)]);
}

#[test]
fn many_variables_and_many_templates_take_linear_time() {
    let variables: String = (0..5_000).map(|i| format!("  V{i}: {i}\n")).collect();
    let calls = "- template: set.yml\n  parameters: {x: 1}\n".repeat(5_000);
    let set = "parameters:\n- name: x\nsteps:\n- bash: echo \"##vso[task.setvariable variable=a;issecret=true]${{ parameters.x }}\"\n";
    lower(&[("azure-pipelines.yml", &format!("variables:\n{variables}steps:\n{calls}")), ("set.yml", set)]);
}

#[test]
fn a_line_of_commands_and_a_key_of_many_conditions_take_linear_time() {
    let script = "##vso[task.setvariable variable=a]$X".repeat(10_000);
    lower(&[("azure-pipelines.yml", &format!("steps:\n- bash: echo {script}\n"))]);
    let conditions: String =
        (0..5_000).map(|i| format!("  ${{{{ if eq(a, {i}) }}}}:\n    pool: x\n")).collect();
    lower(&[("azure-pipelines.yml", &format!("jobs:\n- job: a\n{conditions}  steps:\n  - script: x\n"))]);
}
