//! Stages, jobs, deployments, pools, containers and triggers.

use super::*;
use crate::fact::{ContextKind, Starter, Tier};

const PIPELINE: &str = "
trigger: [main]
pr: none
resources:
  containers:
  - container: tools
    image: ghcr.io/acme/tools:1
    endpoint: acme-registry
  - container: idle
    image: alpine
stages:
- stage: Build
  jobs:
  - job: compile
    pool: { vmImage: ubuntu-24.04 }
    container: tools
    services:
      db: postgres:16@sha256:00
    steps:
    - checkout: self
    - script: make
- stage: Ship
  jobs:
  - deployment: ship
    pool: acme-agents
    environment: shop-prod.web
    strategy:
      canary:
        deploy:
          steps:
          - bash: ./ship
        on:
          failure:
            steps:
            - task: Acme@1
";

#[test]
fn jobs_and_pools_are_identities() {
    assert_eq!(
        facts(PIPELINE, "identity"),
        [
            "job token Build.compile @ compile",
            "service connection acme-registry @ acme-registry",
            "job token Ship.ship @ ship",
            "agent pool acme-agents @ acme-agents",
        ]
    );
}

#[test]
fn images_and_tasks_are_components() {
    assert_eq!(
        facts(PIPELINE, "component"),
        [
            "oci/image/ghcr.io/acme/tools tag 1 @ ghcr.io/acme/tools:1",
            "oci/image/postgres fixed @ postgres:16@sha256:00",
            "azure-devops/task/Acme tag 1 @ Acme@1",
            "oci/image/alpine no version @ alpine",
        ]
    );
}

#[test]
fn a_deployment_has_an_environment_and_steps_under_hooks() {
    let unit = unit(&[("azure-pipelines.yml", PIPELINE)]);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let job = out.facts.contexts.iter().find(|c| c.name == "Ship.ship").unwrap();
    assert_eq!(job.kind, ContextKind::Job);
    assert_eq!(job.environment.as_ref().unwrap().only().unwrap().name.known(), Some("shop-prod"));
    assert_eq!(job.tier.as_ref().unwrap().only(), Some(&Tier::Production));
    let steps = out.facts.contexts.iter().filter(|c| c.parent == Some(job.id));
    assert_eq!(steps.map(|c| c.name.as_str()).collect::<Vec<_>>(), ["script", "Acme@1"]);
}

#[test]
fn who_starts_it_is_said_where_the_file_says_it() {
    let starters = |text: &str| {
        let unit = unit(&[("azure-pipelines.yml", text)]);
        let mut out = Lowering::new(&unit);
        DIALECT.lower(&unit, &mut out);
        let pipeline = out.facts.contexts.iter().find(|c| c.kind == ContextKind::Workflow).unwrap();
        pipeline.started_by.as_ref().map(|by| by.only().unwrap().iter().copied().collect::<Vec<_>>())
    };
    assert_eq!(starters("trigger: [main]\npr: none\n"), Some(vec![Starter::Maintainer]));
    assert_eq!(starters("pr: [main]\n"), Some(vec![Starter::Maintainer, Starter::Outsider]));
    assert_eq!(starters("trigger: [main]\n"), None);
    assert_eq!(starters("parameters: []\nsteps: []\n"), None);
}

#[test]
fn steps_at_the_root_are_one_job() {
    let text = "pool: { vmImage: ubuntu-24.04 }\nsteps:\n- script: make\n";
    assert_eq!(facts(text, "identity"), ["job token job @ steps"]);
    let template = "parameters:\n- name: x\nsteps:\n- script: make\n";
    assert!(facts_of(&[("steps.yml", template)], "identity").is_empty());
}

#[test]
fn what_is_not_known_is_said() {
    let text = "steps:\n- quack: 1\n- ${{ each s in variables.x }}:\n  - ${{ s }}\n- script: ok\n";
    assert_eq!(
        unknowns(&[("azure-pipelines.yml", text)]),
        [
            "a step that hallpass does not know is not evaluated @ quack: 1",
            "a step that an expression stands for is not evaluated @ ${{ s }}",
        ]
    );
}
