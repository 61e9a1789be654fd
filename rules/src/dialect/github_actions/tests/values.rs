//! Values that come through variables, inputs and matrices.

use super::{facts, facts_of};

const LOGIN: &str = "
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: deploy
          role-duration-seconds: ";

/// Session lengths and where they stand.
fn sessions(files: &[(&str, &str)]) -> Vec<String> {
    facts_of(files, "credential")
        .into_iter()
        .filter_map(|c| Some(c.split_once("Federated ")?.1.to_owned()))
        .collect()
}

fn session(head: &str, value: &str) -> Vec<String> {
    let text = format!("{head}\n    steps:{LOGIN}{value}\n");
    sessions(&[(".github/workflows/w.yml", &text)])
}

#[test]
fn a_variable_leads_to_its_literal() {
    let head = "on: push\nenv:\n  LONG: 43200\njobs:\n  a:";
    assert_eq!(session(head, "${{ env.LONG }}"), ["43200 s @ 43200"]);
    let head = "on: push\nenv:\n  LONG: 43200\njobs:\n  a:\n    env:\n      LONG: 900";
    assert_eq!(session(head, "${{ env.LONG }}"), ["900 s @ 900"]);
}

#[test]
fn a_variable_of_itself_ends() {
    let head = "on: push\nenv:\n  A: ${{ env.A }}\njobs:\n  a:\n    env:\n      A: ${{ env.A }}";
    assert_eq!(session(head, "${{ env.A }}"), ["? @ ${{ env.A }}"]);
}

#[test]
fn a_matrix_is_closed() {
    let head = "on: push\njobs:\n  a:\n    strategy:\n      matrix:\n        t: [900, 43200]";
    assert_eq!(session(head, "${{ matrix.t }}"), ["900 s or 43200 s @ ${{ matrix.t }}"]);
    let head = "on: push\njobs:\n  a:\n    strategy:\n      matrix:\n        include:\n          - env: x\n            t: 900";
    assert_eq!(session(head, "${{ matrix.t }}"), ["900 s @ 900"]);
    let head = "on: push\njobs:\n  a:\n    strategy:\n      matrix:\n        t: ['${{ matrix.t }}']";
    assert_eq!(session(head, "${{ matrix.t }}"), ["? @ ${{ matrix.t }}"]);
}

#[test]
fn a_default_is_open_and_a_choice_is_closed() {
    let head = "on:\n  workflow_call:\n    inputs:\n      t:\n        default: 7200\njobs:\n  a:";
    assert_eq!(session(head, "${{ inputs.t }}"), ["7200 s or other @ 7200"]);
    let head = "on:\n  workflow_dispatch:\n    inputs:\n      t:\n        type: choice\n        default: '900'\n        options: ['900', '43200']\njobs:\n  a:";
    assert_eq!(
        session(head, "${{ github.event.inputs.t }}"),
        ["900 s or 43200 s @ ${{ github.event.inputs.t }}"]
    );
    assert_eq!(
        session("on: push\njobs:\n  a:", "${{ inputs.t || '43200' }}"),
        ["43200 s or other @ ${{ inputs.t || '43200' }}"]
    );
    assert_eq!(session("on: push\njobs:\n  a:", "${{ vars.T }}"), ["? @ ${{ vars.T }}"]);
}

#[test]
fn roles_of_a_matrix_are_one_link_each() {
    let text = "
on: push
jobs:
  a:
    environment: ${{ matrix.env }}
    strategy:
      matrix:
        env: [dev, prod]
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/${{ matrix.env }}
";
    let links = facts(text, "link");
    assert_eq!(links.len(), 4, "{links:#?}");
    assert!(
        links[0].starts_with("repo:${repository}:environment:dev as aws/role/123456789012/dev lesser"),
        "{links:#?}"
    );
}

const SHARED: &str = "
on:
  workflow_call:
    inputs:
      duration: {type: number}
jobs:
  go:
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: ${{ inputs.role }}
          role-duration-seconds: ${{ inputs.duration }}
";

#[test]
fn the_callers_literal_is_where_the_session_is_too_long() {
    let caller = "
on: push
jobs:
  a:
    uses: ./.github/workflows/shared.yml
    with:
      duration: 43200
      role: arn:aws:iam::123456789012:role/deploy
";
    let files = [(".github/workflows/w.yml", caller), (".github/workflows/shared.yml", SHARED)];
    assert_eq!(sessions(&files), ["43200 s @ 43200"]);
    assert_eq!(
        facts_of(&files, "link"),
        [
            "repo:${repository}:ref:${github.ref} as aws/role/123456789012/deploy @ arn:aws:iam::123456789012:role/deploy"
        ]
    );
    // In its own unit the called workflow knows of no caller.
    assert_eq!(sessions(&[(".github/workflows/shared.yml", SHARED)]), ["? @ ${{ inputs.duration }}"]);
}

#[test]
fn a_composite_action_takes_the_callers_values() {
    let caller = "
on: push
jobs:
  a:
    steps:
      - uses: ./ci/login
        with:
          key: ${{ secrets.CLOUD_KEY }}
";
    let action = "
inputs:
  key: {required: true}
runs:
  using: composite
  steps:
    - uses: google-github-actions/auth@v2
      with:
        credentials_json: ${{ inputs.key }}
";
    let files = [(".github/workflows/w.yml", caller), ("ci/login/action.yml", action)];
    let keys: Vec<String> =
        facts_of(&files, "credential").into_iter().filter(|c| c.starts_with("cloud-key")).collect();
    assert_eq!(
        keys,
        [
            "cloud-key github/secret/${repository}/${environment}/CLOUD_KEY StoreReference unbounded @ ${{ secrets.CLOUD_KEY }}"
        ]
    );
}

#[test]
fn a_workflow_of_many_steps_is_lowered_whole() {
    let mut text = "on: push\nenv: {A: b}\njobs:\n  a:\n    steps:\n".to_owned();
    for step in 0..5_000 {
        text.push_str(&format!(
            "      - run: echo ${{{{ env.A }}}} {step}\n        env: {{T: '${{{{ secrets.T }}}}'}}\n"
        ));
    }
    assert_eq!(facts(&text, "flow").len(), 5_000);
}
