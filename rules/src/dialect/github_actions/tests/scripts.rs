//! Commands of `run` steps, and where their words stand in the workflow.

use crate::dialect::github_actions::script::{Interpreter, commands_of};
use crate::document::script::{Script, Spelling};
use crate::document::{Document, Format, Node};

const WORKFLOW: &str = r#"on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: docker login -u bot --password "${{ secrets.REGISTRY }}" registry.example
      - name: Two commands
        run: |
          set -euo pipefail
          if [ "$GITHUB_REF" = refs/heads/main ]; then
            echo "$(cat token)" | docker login --password-stdin \
              --username=bot
          fi
      - shell: pwsh
        run: >-
          Connect-AzAccount -Tenant ${{ vars.TENANT }}
          -Credential $credential
      - shell: python
        run: print("docker login")
"#;

fn steps() -> Vec<Node> {
    let document = Document::read(Format::Yaml, WORKFLOW.as_bytes());
    document.nodes()[0].path(&["jobs", "publish", "steps"]).unwrap().items().to_vec()
}

fn words(script: &Script) -> Vec<Vec<&'static str>> {
    let commands = script.commands();
    let words = commands.iter().map(|found| {
        found.simple.words.iter().map(|word| &WORKFLOW[script.span(word.at).range()]).collect::<Vec<_>>()
    });
    words.collect()
}

#[test]
fn commands_of_run_steps_stand_in_the_workflow() {
    let steps = steps();
    let read = |index: usize| commands_of(&steps[index], Interpreter::of_runner("ubuntu-latest"));
    assert!(read(0).is_none());
    let script = read(1).unwrap();
    assert_eq!(
        words(&script),
        [["docker", "login", "-u", "bot", "--password", "\"${{ secrets.REGISTRY }}\"", "registry.example"]]
    );
    let login = script.commands()[0];
    assert_eq!(login.simple.program().as_deref(), Some("docker"));
    let password = login.simple.option(Spelling::Word("--password")).remove(0).value.unwrap();
    assert_eq!(password.to_text(&script).to_string(), "${secrets.REGISTRY}");
    assert_eq!(&WORKFLOW[script.span(password.inner()).range()], "${{ secrets.REGISTRY }}");

    let script = read(2).unwrap();
    assert_eq!(
        words(&script),
        [
            vec!["set", "-euo", "pipefail"],
            vec!["[", "\"$GITHUB_REF\"", "=", "refs/heads/main", "]"],
            vec!["echo", "\"$(cat token)\""],
            vec!["cat", "token"],
            vec!["docker", "login", "--password-stdin", "--username=bot"],
        ]
    );
    let commands = script.commands();
    assert_eq!(commands[3].within, Some(2));
    assert!(commands[4].previous().is_some_and(|previous| std::ptr::eq(previous, commands[2].command)));
}

#[test]
fn the_shell_that_runs_a_step_reads_it() {
    let steps = steps();
    let script = commands_of(&steps[3], Interpreter::Shell).unwrap();
    assert_eq!(
        words(&script),
        [["Connect-AzAccount", "-Tenant", "${{ vars.TENANT }}", "-Credential", "$credential"]]
    );
    assert!(commands_of(&steps[4], Interpreter::Shell).is_none());
    assert!(commands_of(&steps[1], Interpreter::Other).is_none());
    assert_eq!(Interpreter::named("bash -e {0}"), Interpreter::Shell);
    assert_eq!(Interpreter::named("pwsh -File {0}"), Interpreter::PowerShell);
    assert_eq!(Interpreter::of_runner("windows-2022"), Interpreter::PowerShell);
}

#[test]
fn text_of_outsiders_is_code_where_an_expression_fills_it_in() {
    let apart = |on: &str, step: &str| {
        let text = format!("on: {on}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - {step}\n");
        let said = super::facts(&text, "safeguard");
        said.iter().any(|safeguard| safeguard.contains("ProposedCodeIsolation off"))
    };
    let title = "run: a \"${{ github.event.issue.title }}\"";
    assert!(apart("issues", title));
    assert!(apart("issues", "run: a \"${{ toJSON(github.event.issue.title) }}\""));
    assert!(apart("issues", "{ run: 'a \"${{ env.T }}\"', env: { T: '${{ github.event.issue.title }}' } }"));
    let script = "{ uses: actions/github-script@v7, with: { script: '${{ github.event.issue.title }}' } }";
    assert!(apart("issues", script));
    assert!(!apart("push", title) && !apart("pull_request", title));
    assert!(!apart("issues", "run: a ${{ github.event.issue.number }}"));
    assert!(!apart("issues", "run: a ${{ github.event.issue.title == 'b' }}"));
    assert!(!apart("issues", "{ run: 'a \"$T\"', env: { T: '${{ github.event.issue.title }}' } }"));
}

#[test]
fn proposed_code_comes_in_inside_what_is_called() {
    let workflow = |uses: &str| {
        format!(
            "on: pull_request_target\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: {uses}\n      - run: make\n"
        )
    };
    let action = |reference: &str| {
        format!(
            "runs:\n  using: composite\n  steps:\n    - uses: actions/checkout@v4\n      with: {{ ref: '{reference}' }}\n"
        )
    };
    let apart = |reference: &str| {
        let (workflow, action) = (workflow("./ci"), action(reference));
        let files = [(".github/workflows/w.yml", workflow.as_str()), ("ci/action.yml", action.as_str())];
        let said = super::facts_of(&files, "safeguard");
        said.iter().any(|safeguard| safeguard.contains("ProposedCodeIsolation off"))
    };
    assert!(apart("${{ github.event.pull_request.head.sha }}"));
    assert!(!apart("main"));
}
