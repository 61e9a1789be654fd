//! Templates of this tree and of other repositories.

use super::*;

const STEPS: &str = "
parameters:
- name: token
- name: region
  default: west
- name: before
  type: stepList
  default: []
steps:
- ${{ parameters.before }}
- task: AcmeShip@1
  inputs:
    key: ${{ parameters.token }}
    region: ${{ parameters.region }}
- script: ship
  env:
    ARM_CLIENT_SECRET: ${{ parameters.token }}
";

#[test]
fn what_a_caller_hands_over_is_followed_into_its_template() {
    let text = "
jobs:
- job: ship
  steps:
  - template: steps.yml
    parameters:
      token: $(DEPLOY_TOKEN)
      before:
      - task: Before@1
";
    let files = [("azure-pipelines.yml", text), ("steps.yml", STEPS)];
    assert_eq!(
        facts_of(&files, "component"),
        [
            "azure-devops/template/steps.yml local own @ steps.yml",
            "azure-devops/task/Before tag 1 @ Before@1",
            "azure-devops/task/AcmeShip tag 1 @ $(DEPLOY_TOKEN)",
        ]
    );
    assert_eq!(
        facts_of(&files, "flow"),
        [
            "DEPLOY_TOKEN -> steps.yml @ $(DEPLOY_TOKEN)",
            "DEPLOY_TOKEN -> AcmeShip @ $(DEPLOY_TOKEN)",
            "DEPLOY_TOKEN -> env ARM_CLIENT_SECRET @ $(DEPLOY_TOKEN)",
            "DEPLOY_TOKEN -> login azure by ARM_CLIENT_SECRET @ $(DEPLOY_TOKEN)",
        ]
    );
    assert!(unknowns(&files).is_empty(), "{:?}", unknowns(&files));
}

#[test]
fn a_template_by_itself_says_nothing_of_its_parameters() {
    let files = [("steps.yml", STEPS)];
    assert!(facts_of(&files, "flow").is_empty());
    assert_eq!(facts_of(&files, "component"), ["azure-devops/task/AcmeShip tag 1 @ AcmeShip@1"]);
}

#[test]
fn variables_of_templates_are_known_to_their_caller() {
    let text = "
variables:
- template: vars.yml
steps:
- script: use
  env:
    X: $(alias)
";
    let vars = "variables:\n- name: alias\n  value: $(API_TOKEN)\n";
    let files = [("azure-pipelines.yml", text), ("vars.yml", vars)];
    assert_eq!(facts_of(&files, "flow"), ["API_TOKEN -> env X @ vars.yml: $(API_TOKEN)"]);
}

#[test]
fn templates_of_other_repositories_are_third_parties() {
    let text = |reference: &str, kind: &str, endpoint: &str| {
        format!(
            "
resources:
  repositories:
  - repository: far
    type: {kind}
    name: acme/templates{endpoint}{reference}
extends:
  template: base.yml@far
  parameters:
    token: $(DEPLOY_TOKEN)
    stages:
    - stage: a
      jobs:
      - job: b
        steps:
        - task: Inner@1
"
        )
    };
    let first = |reference: &str, kind: &str, endpoint: &str| {
        facts(&text(reference, kind, endpoint), "component").first().unwrap().clone()
    };
    let endpoint = "\n    endpoint: acme";
    let named = "github/template/acme/templates/base.yml";
    assert_eq!(first("", "github", endpoint), format!("{named} no version @ base.yml@far"));
    assert_eq!(
        first("\n    ref: refs/heads/release/1", "github", endpoint),
        format!("{named} moving release/1 @ base.yml@far")
    );
    assert_eq!(
        first("\n    ref: refs/tags/v1", "github", endpoint),
        format!("{named} tag v1 @ base.yml@far")
    );
    let commit = format!("\n    ref: {}", "0a".repeat(20));
    assert_eq!(first(&commit, "github", endpoint), format!("{named} fixed @ base.yml@far"));
    let own = "azure-devops/template/acme/templates/base.yml no version own @ base.yml@far";
    assert_eq!(first("", "git", ""), own);
    let found = facts(&text("", "github", endpoint), "component");
    assert!(found[1].starts_with("azure-devops/task/Inner"), "{found:?}");
    let flows = facts(&text("", "github", endpoint), "flow");
    assert!(
        flows.contains(&"DEPLOY_TOKEN -> acme/templates/base.yml @ $(DEPLOY_TOKEN)".to_owned()),
        "{flows:?}"
    );
}

#[test]
fn what_is_missing_is_said() {
    let text =
        "steps:\n- template: gone.yml\n- template: far.yml@nobody\n- template: ${{ parameters.which }}.yml\n";
    assert_eq!(
        unknowns(&[("azure-pipelines.yml", text)]),
        [
            "`gone.yml` is not in the tree @ gone.yml",
            "`far.yml@nobody` is not in the tree @ far.yml@nobody",
            "`parameters.which` has no value in the tree @ ${{ parameters.which }}.yml",
        ]
    );
}

#[test]
fn values_of_a_parameter_are_alternatives() {
    let text = "
parameters:
- name: debug
  default: 'false'
  values: ['false', 'true']
variables:
  System.Debug: ${{ parameters.debug }}
steps:
- script: make
";
    assert_eq!(facts(text, "safeguard"), ["DebugTrace ? @ false"]);
}
