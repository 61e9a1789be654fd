//! One construct each.

use super::super::DIALECT;
use super::{facts, facts_of, unit};
use crate::dialect::{Ask, Claim, Dialect, Lowering};
use crate::fact::{Starter, Tier};
use crate::span::FileId;

#[test]
fn paths_and_contents_are_recognised() {
    assert_eq!(DIALECT.claim(".github/workflows/ci.yml"), Claim::Path);
    assert_eq!(DIALECT.claim("sub/.forgejo/workflows/ci.yaml"), Claim::Path);
    assert_eq!(DIALECT.claim(".github/workflows/deep/ci.yml"), Claim::Content);
    assert_eq!(DIALECT.claim(".github/actions/x/action.yml"), Claim::Path);
    assert_eq!(DIALECT.claim("action.yml"), Claim::Content);
    assert_eq!(DIALECT.claim(".github/workflows/run.sh"), Claim::No);
    let owns = |path: &str, text: &str| DIALECT.owns(&unit(&[(path, text)]).files[0]);
    assert!(owns("templates/go.yml", "on: push\njobs: {}\n"));
    assert!(owns("action.yaml", "runs:\n  using: composite\n"));
    assert!(!owns("k.yml", "kind: Pod\njobs: {}\n"));
}

#[test]
fn every_permission_is_a_grant_of_each_job() {
    let text = "
on: push
permissions:
  contents: read
  packages: none
jobs:
  a:
    steps: []
  b:
    permissions: write-all
    steps: []
  c:
    permissions: {}
  d:
    permissions:
      id-token: write
";
    assert_eq!(
        facts(text, "grant"),
        [
            "a may github:contents:read @ read",
            "b may github:*:write @ write-all",
            "d may github:id-token:write @ write"
        ]
    );
}

#[test]
fn without_permissions_the_platform_decides() {
    let text = "on: [push]\njobs:\n  a:\n    steps: []\n";
    assert_eq!(facts(text, "grant"), ["a may github:*:write by default @ jobs"]);
    assert!(facts("on: workflow_call\njobs:\n  a:\n    steps: []\n", "grant").is_empty());
    assert!(facts_of(&[(".forgejo/workflows/w.yml", text)], "grant").is_empty());
}

#[test]
fn triggers_say_who_can_start_it() {
    let starters = |on: &str| {
        let text = format!("on: {on}\njobs: {{}}\n");
        let unit = unit(&[(".github/workflows/w.yml", &text)]);
        let mut out = Lowering::new(&unit);
        DIALECT.lower(&unit, &mut out);
        let value = out.facts.contexts[1].started_by.clone().unwrap();
        value.only().unwrap().iter().copied().collect::<Vec<_>>()
    };
    assert_eq!(starters("push"), [Starter::Maintainer]);
    assert_eq!(starters("[push, pull_request]"), [Starter::Maintainer, Starter::Outsider]);
    assert_eq!(
        starters("{schedule: [{cron: '0 0 * * *'}], workflow_call: {}}"),
        [Starter::Schedule, Starter::Pipeline]
    );
}

#[test]
fn a_static_key_stands_at_its_first_half() {
    let text = "
on: push
jobs:
  a:
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.KEY_ID }}
          aws-secret-access-key: ${{ secrets.KEY }}
";
    let credentials = facts(text, "credential");
    assert!(
        credentials.contains(
            &"cloud-key github/secret/${repository}/${environment}/KEY StoreReference unbounded @ ${{ secrets.KEY_ID }}"
                .to_owned()
        ),
        "{credentials:#?}"
    );
    let flows = facts(text, "flow");
    assert!(
        flows.contains(
            &"KEY -> login aws by aws-actions/configure-aws-credentials @ ${{ secrets.KEY_ID }}".to_owned()
        ),
        "{flows:#?}"
    );
    assert!(
        flows.contains(
            &"KEY -> github/action/aws-actions/configure-aws-credentials @ ${{ secrets.KEY }}".to_owned()
        ),
        "{flows:#?}"
    );
}

#[test]
fn a_temporary_key_is_no_standing_one() {
    let text = "
on: push
jobs:
  a:
    steps:
      - run: aws s3 ls
        env:
          AWS_ACCESS_KEY_ID: ${{ steps.x.outputs.id }}
          AWS_SECRET_ACCESS_KEY: ${{ steps.x.outputs.key }}
      - run: aws s3 ls
        env:
          AWS_SECRET_ACCESS_KEY: ${{ secrets.KEY }}
          AWS_SESSION_TOKEN: ${{ secrets.SESSION }}
      - run: aws s3 ls
        env:
          AWS_SECRET_ACCESS_KEY: ${{ secrets.STANDING }}
";
    let keys: Vec<String> =
        facts(text, "credential").into_iter().filter(|c| c.starts_with("cloud-key")).collect();
    assert_eq!(
        keys,
        [
            "cloud-key github/secret/${repository}/${environment}/STANDING StoreReference unbounded @ ${{ secrets.STANDING }}"
        ]
    );
}

#[test]
fn a_federated_session_has_the_length_that_was_given() {
    let text = "
on: push
permissions: {id-token: write}
jobs:
  deploy:
    environment: prod
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy
          role-duration-seconds: 43200
      - uses: google-github-actions/auth@v2
        with:
          workload_identity_provider: projects/1/x
          service_account: ci@acme.iam.gserviceaccount.com
";
    assert_eq!(
        facts(text, "credential"),
        [
            "cloud-session aws/session/.github/workflows/w.yml/deploy/aws-actions/configure-aws-credentials Federated 43200 s @ 43200",
            "cloud-session gcp/session/.github/workflows/w.yml/deploy/google-github-actions/auth Federated 3600 s by default @ google-github-actions/auth@v2",
        ]
    );
    assert_eq!(
        facts(text, "link"),
        [
            "repo:${repository}:environment:prod as aws/role/123456789012/deploy @ arn:aws:iam::123456789012:role/deploy",
            "repo:${repository}:environment:prod as gcp/service-account/acme/ci @ ci@acme.iam.gserviceaccount.com",
        ]
    );
    assert_eq!(facts(text, "need").len(), 2);
}

#[test]
fn the_subject_follows_environment_then_trigger() {
    let subject = |on: &str| {
        let text = format!(
            "on: {on}\njobs:\n  a:\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: r\n"
        );
        facts(&text, "link")
            .into_iter()
            .map(|l| l.split(" as ").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(subject("pull_request"), ["repo:${repository}:pull_request"]);
    assert_eq!(subject("release"), ["repo:${repository}:ref:${github.ref}"]);
    assert_eq!(subject("{push: {branches: [main]}}"), ["repo:${repository}:ref:refs/heads/main"]);
    assert_eq!(subject("{push: {branches: ['v*']}}"), ["repo:${repository}:ref:${github.ref}"]);
    assert_eq!(subject("workflow_call"), ["repo:${repository}"]);
}

#[test]
fn secrets_flow_where_they_are_used() {
    let text = "
on: push
env:
  TOP: ${{ secrets.TOP }}
jobs:
  a:
    outputs:
      leak: ${{ secrets.OUT }}
    container:
      image: ghcr.io/acme/build:1
      credentials:
        username: x
        password: ${{ secrets.REGISTRY }}
    steps:
      - run: |
          echo one
          curl -H \"x: ${{ secrets.ARG }}\" https://acme.example
      - uses: acme/notify@main
        with:
          token: ${{ env.TOP }}
          own: ${{ secrets.GITHUB_TOKEN }}
          everything: ${{ toJSON(secrets) }}
  b:
    uses: acme/shared/.github/workflows/x.yml@v1
    secrets: inherit
";
    assert_eq!(
        facts(text, "flow"),
        [
            "TOP -> env TOP @ ${{ secrets.TOP }}",
            "REGISTRY -> login docker by container @ ${{ secrets.REGISTRY }}",
            "ARG -> argv @ ${{ secrets.ARG }}",
            "TOP -> github/action/acme/notify @ ${{ env.TOP }}",
            "a -> github/action/acme/notify @ ${{ secrets.GITHUB_TOKEN }}",
            "all -> github/action/acme/notify @ ${{ toJSON(secrets) }}",
            "OUT -> output leak @ ${{ secrets.OUT }}",
            "all -> github/reusable-workflow/acme/shared/.github/workflows/x.yml @ inherit",
        ]
    );
    assert_eq!(
        facts(text, "component"),
        [
            "oci/image/ghcr.io/acme/build tag 1 @ ghcr.io/acme/build:1",
            "github/action/acme/notify moving main @ acme/notify@main",
            "github/reusable-workflow/acme/shared/.github/workflows/x.yml tag v1 @ acme/shared/.github/workflows/x.yml@v1",
        ]
    );
    let stated = facts(text, "credential");
    assert_eq!(stated.iter().filter(|c| c.contains("/TOP ")).count(), 1, "{stated:#?}");
}

#[test]
fn a_literal_password_is_a_credential_and_a_slot() {
    let password = format!("hunter{}", 2_u8);
    let text = format!(
        "on: push\njobs:\n  a:\n    services:\n      db:\n        image: acme/db\n        env:\n          DB_PASSWORD: {password}\n        credentials:\n          username: x\n          password: {password}\n"
    );
    assert_eq!(
        facts(&text, "credential"),
        [format!("password docker/password/.github/workflows/w.yml/a/credentials Literal ? @ {password}")]
    );
    let unit = unit(&[(".github/workflows/w.yml", &text)]);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let names: Vec<&str> = out.slots.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["DB_PASSWORD", "password"]);
}

#[test]
fn safeguards_are_stated_or_by_default() {
    let text = "
on: push
env:
  ACTIONS_STEP_DEBUG: true
jobs:
  a:
    steps:
      - uses: actions/checkout@v4
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
";
    assert_eq!(
        facts(text, "safeguard"),
        [
            "DebugTrace on @ true",
            "PersistedCredential on by default @ actions/checkout@v4",
            "PersistedCredential off @ false",
        ]
    );
}

#[test]
fn an_upload_of_the_checkout_takes_its_credential_along() {
    let upload = |version: &str, hidden: &str| {
        let text = format!(
            "on: push\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/upload-artifact@{version}\n        with:\n          path: .\n          include-hidden-files: {hidden}\n"
        );
        facts(&text, "flow")
    };
    assert_eq!(upload("v4", "true"), ["GITHUB_TOKEN -> artifact @ ."]);
    assert_eq!(upload("v3", "false"), ["GITHUB_TOKEN -> artifact @ ."]);
    assert!(upload("v4", "false").is_empty());
}

#[test]
fn needs_are_complete_only_when_every_step_is_known() {
    let complete = |steps: &str| {
        let text = format!("on: push\njobs:\n  a:\n    steps:\n{steps}");
        let unit = unit(&[
            (".github/workflows/w.yml", &text),
            ("ci/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: actions/deploy-pages@v4\n"),
        ]);
        let mut out = Lowering::new(&unit);
        DIALECT.lower(&unit, &mut out);
        let job = out.facts.contexts.iter().find(|c| c.name == "a").unwrap().needs_complete;
        (job, out.facts.facts.iter().filter(|f| f.body.name() == "need").count())
    };
    assert_eq!(complete("      - uses: actions/checkout@v4\n      - run: npm ci\n"), (true, 1));
    assert_eq!(complete("      - uses: actions/checkout@v4\n      - run: ./x.sh\n"), (false, 1));
    assert_eq!(complete("      - uses: acme/unknown@v4\n"), (false, 0));
    assert_eq!(complete("      - uses: ./ci\n"), (true, 2));
    assert_eq!(complete("      - uses: ./missing\n"), (false, 0));
}

#[test]
fn an_environment_has_a_tier() {
    let text =
        "on: push\njobs:\n  a:\n    environment: {name: eu-prod}\n  b:\n    environment: pre-prod-test\n";
    let unit = unit(&[(".github/workflows/w.yml", text)]);
    let mut out = Lowering::new(&unit);
    DIALECT.lower(&unit, &mut out);
    let tier = |name: &str| {
        out.facts.contexts.iter().find(|c| c.name == name).unwrap().tier.clone().unwrap().only().copied()
    };
    assert_eq!(tier("a"), Some(Tier::Production));
    assert_eq!(tier("b"), Some(Tier::NonProduction));
}

#[test]
fn local_calls_are_asked_for() {
    let text = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n  c:\n    steps:\n      - uses: ./ci\n      - uses: ../../out\n";
    let asks = DIALECT.outline(&unit(&[("sub/.github/workflows/w.yml", text)]).files[0]).asks;
    let file = |path: &str| Ask::File(path.to_owned());
    assert_eq!(
        asks,
        [file("sub/.github/workflows/b.yml"), file("sub/ci/action.yaml"), file("sub/ci/action.yml")]
    );
}

#[test]
fn odd_shapes_are_tolerated() {
    for text in [
        "",
        "[]",
        "on: push",
        "jobs: 3\non: 4",
        "on: {push: }\njobs: {a: , b: [], c: {steps: {x: y}, env: z}}",
        "on: push\njobs:\n  a:\n    steps:\n      - \n      - uses:\n      - uses: [x]\n        with: 3\n      - run: {a: b}\n",
        "on: push\npermissions: [x]\njobs: {a: {permissions: {contents: 3, odd: write}, strategy: {matrix: x}}}",
        "runs: {using: composite, steps: [{uses: ./}]}",
    ] {
        for path in [".github/workflows/w.yml", ".github/actions/action.yml"] {
            let unit = unit(&[(path, text)]);
            let mut out = Lowering::new(&unit);
            DIALECT.lower(&unit, &mut out);
            assert!(out.read.contains(&(FileId(0), "github-actions")));
        }
    }
}
