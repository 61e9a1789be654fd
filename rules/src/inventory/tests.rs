#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test

use std::sync::Arc;

use jiff::civil::date;

use super::*;
use crate::engine::tree::{Files, units};
use crate::fact::UnitFacts;
use crate::{Engine, Settings};

const WORKFLOW: &str = r"
on: push
permissions:
  contents: read
  id-token: write
jobs:
  deploy:
    runs-on: ubuntu-24.04
    environment: production
    steps:
      - uses: aws-actions/configure-aws-credentials@ececac1a45f3b08a01d2dd070d28d111c5fe6722
        with:
          role-to-assume: arn:aws:iam::111122223333:role/shop-deploy
          aws-region: eu-central-1
      - run: ./notify
        env:
          TOKEN: ${{ secrets.CHAT_TOKEN }}
";

const TERRAFORM: &str = r#"
resource "aws_iam_role" "deploy" {
  name                 = "shop-deploy"
  description          = "publishes the shop"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy" "deploy" {
  role = aws_iam_role.deploy.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}
resource "aws_iam_user" "robot" {
  name = "robot"
}
resource "aws_iam_access_key" "robot" {
  user = aws_iam_user.robot.name
}
resource "aws_iam_user_policy" "robot" {
  user = aws_iam_user.robot.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::releases/*" }]
  })
}
"#;

const REGISTRY: &str = r#"
[[identity]]
id = "aws/user/*/robot"
owner = "team-shop"
purpose = "hands releases to a partner"
expires = 2027-01-31
revocation = "delete aws_iam_user.robot"
environment = "production"
third-party = "partner"
"#;

fn engine(config: &str) -> Engine {
    let config = (!config.is_empty()).then(|| ("hallpass.toml".to_owned(), config.as_bytes().to_vec()));
    Engine::configure(Settings { config, ..Settings::on(date(2026, 11, 27)) }).unwrap()
}

fn facts(engine: &Engine, files: &[(&str, &str)]) -> Vec<UnitFacts> {
    let files: Files =
        files.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(text.as_bytes()))).collect();
    units(&files).into_iter().map(|(key, inputs)| engine.check(&key, &inputs).facts).collect()
}

fn inventory(config: &str, files: &[(&str, &str)]) -> Inventory {
    let engine = engine(config);
    engine.inventory(facts(&engine, files), None, &[])
}

fn entry<'i>(inventory: &'i Inventory, id: &str) -> &'i Entry {
    let ids: Vec<&str> = inventory.entries.iter().map(|entry| entry.id.as_str()).collect();
    inventory.entries.iter().find(|entry| entry.id == id).unwrap_or_else(|| panic!("{id} in {ids:?}"))
}

fn shop() -> Inventory {
    let files = [
        (".github/workflows/deploy.yml", WORKFLOW),
        ("infra/main.tf", TERRAFORM),
        ("CODEOWNERS", "/infra/ @acme/platform\n"),
    ];
    inventory(REGISTRY, &files)
}

#[test]
fn an_identity_of_two_files_is_one_entry() {
    let shop = shop();
    let role = entry(&shop, "aws/role/*/shop-deploy");
    assert_eq!(role.class, Class::Identity);
    assert_eq!(role.places[0].spot.path, "infra/main.tf");
    assert_eq!((role.uses.len(), role.uses[0].sure), (1, false), "{:?}", role.uses);
    assert_eq!(role.uses[0].actor.as_deref(), Some("job:.github/workflows/deploy.yml:deploy"));
    assert_eq!((role.reach.files, role.reach.jobs), (1, 1));
    assert!(role.environments.contains("production"));
    assert!(role.lifetimes.iter().any(|l| l.ends_with("at most 1 h")), "{:?}", role.lifetimes);
    assert_eq!(role.reach.worst.as_ref().unwrap().power, Power::Controls);
}

#[test]
fn what_says_nothing_is_no_answer() {
    let row = "[[identity]]\nid = \"aws/user/*/robot\"\nowner = \"N/A\"\npurpose = \"TODO\"\nexpires = 2027-01-31\nrevocation = \"tbd\"\n";
    let listed = inventory(row, &[("infra/main.tf", TERRAFORM)]);
    let robot = entry(&listed, "aws/user/*/robot");
    assert_eq!(robot.blanks, BTreeSet::from([Question::Owner, Question::Purpose, Question::Revocation]));
}

#[test]
fn answers_say_where_they_come_from() {
    let shop = shop();
    let role = entry(&shop, "aws/role/*/shop-deploy");
    let by = |answer: &Option<Answer>| answer.as_ref().map(|answer| (answer.is.clone(), answer.by));
    assert_eq!(by(&role.owner), Some(("@acme/platform".to_owned(), By::CodeOwners)));
    assert_eq!(by(&role.purpose), Some(("publishes the shop".to_owned(), By::Declaration)));
    assert_eq!(role.blanks, BTreeSet::from([Question::Until, Question::Revocation]));
    assert!(role.registrable);
    let robot = entry(&shop, "aws/user/*/robot");
    assert_eq!(by(&robot.owner), Some(("team-shop".to_owned(), By::Registry)));
    assert_eq!(by(&robot.until), Some(("2027-01-31".to_owned(), By::Registry)));
    assert_eq!(
        (robot.third_party.as_deref(), robot.blanks.len(), robot.registrable),
        (Some("partner"), 0, false)
    );
    assert_eq!(robot.row.as_ref().unwrap().spot.path, "hallpass.toml");
}

#[test]
fn a_key_is_answered_for_with_whom_it_acts_as_and_reaches_what_they_reach() {
    let shop = shop();
    let key = entry(&shop, "aws/key/aws_iam_access_key.robot");
    assert_eq!(key.class, Class::Credential);
    assert!(key.blanks.is_empty(), "{:?}", key.blanks);
    assert_eq!(key.reach.identities, BTreeSet::from(["aws/user/*/robot".to_owned()]));
    let worst = key.reach.worst.as_ref().unwrap();
    assert_eq!((worst.power, worst.through.as_deref()), (Power::Reads, Some("aws/user/*/robot")));
    assert_eq!(key.reach.resources, 1);
}

#[test]
fn what_a_store_keeps_is_an_entry_and_a_job_is_nobodys_to_answer_for() {
    let shop = shop();
    let secret = entry(&shop, "github/secret/*/production/CHAT_TOKEN");
    assert_eq!(secret.class, Class::Credential);
    assert_eq!(secret.stores, BTreeSet::from(["github secret".to_owned()]));
    assert_eq!(secret.blanks.len(), 4, "{:?}", secret.blanks);
    assert!(secret.accountable && secret.registrable);
    let job = entry(&shop, "github/job/.github/workflows/deploy.yml/deploy");
    assert!(!job.accountable && job.blanks.is_empty() && !job.registrable);
}

#[test]
fn the_graph_leads_from_a_job_to_what_it_can_do() {
    let shop = shop();
    let step = |from: &str, kind: EdgeKind, to: &str| {
        shop.edges.iter().any(|edge| edge.from == from && edge.kind == kind && edge.to == to)
    };
    let job = "job:.github/workflows/deploy.yml:deploy";
    assert!(step(job, EdgeKind::ActsAs, "aws/role/*/shop-deploy"));
    assert!(step(job, EdgeKind::Holds, "github/secret/*/production/CHAT_TOKEN"));
    assert!(step("aws/role/*/shop-deploy", EdgeKind::May, "everything of aws"));
    assert!(step("service ec2.amazonaws.com", EdgeKind::MayBecome, "aws/role/*/shop-deploy"));
    assert!(step("aws/key/aws_iam_access_key.robot", EdgeKind::ActsAs, "aws/user/*/robot"));
    assert!(
        shop.actors.iter().any(|actor| actor.id == job && actor.environment.as_deref() == Some("production"))
    );
}

#[test]
fn a_change_says_what_reaches_further() {
    let engine = engine("");
    let before = facts(&engine, &[("infra/main.tf", TERRAFORM)]);
    let wider = TERRAFORM
        .replace("\"s3:GetObject\"", "\"s3:*\"")
        .replace("releases/*\"", "releases/*\", \"arn:aws:s3:::all\"");
    let wider = wider.replace(
        "Resource = \"arn:aws:s3:::releases/*\", \"arn:aws:s3:::all\"",
        "Resource = [\"arn:aws:s3:::releases/*\", \"arn:aws:s3:::all\"]",
    );
    let after = facts(&engine, &[("infra/main.tf", &wider), (".github/workflows/deploy.yml", WORKFLOW)]);
    let inventory = engine.inventory(after, Some(before), &[]);
    let delta = inventory.delta.unwrap();
    assert!(delta.new.contains("github/secret/*/production/CHAT_TOKEN"), "{:?}", delta.new);
    assert!(delta.gone.is_empty());
    let robot = delta.moved.iter().find(|moved| moved.id == "aws/user/*/robot").unwrap();
    assert_eq!((robot.resources, robot.before, robot.after), (1, Some(Power::Reads), Some(Power::Changes)));
    assert!(robot.further);
    let role = delta.moved.iter().find(|moved| moved.id == "aws/role/*/shop-deploy").unwrap();
    assert_eq!(role.uses, 1);
    assert!(delta.new_edges.iter().any(|edge| edge.to == "arn:aws:s3:::all"));
}

#[test]
fn what_a_change_narrows_loosens_and_attaches_is_told_of_its_entry() {
    let engine = engine("");
    let tree = |actions: &str, more: &str| {
        let text = TERRAFORM.replace("Action = \"s3:GetObject\"", &format!("Action = {actions}"));
        facts(&engine, &[("infra/main.tf", &format!("{text}{more}"))])
    };
    let delta = |before: Vec<UnitFacts>, after: Vec<UnitFacts>| {
        engine.inventory(after, Some(before), &[]).delta.unwrap()
    };
    let robot =
        |delta: &Delta| delta.moved.iter().find(|moved| moved.id == "aws/user/*/robot").cloned().unwrap();
    let (one, two) = ("[\"s3:GetObject\"]", "[\"s3:GetObject\", \"s3:PutObject\"]");
    let wider = delta(tree(one, ""), tree(two, ""));
    assert_eq!(robot(&wider).more, BTreeSet::from(["may aws:s3:putobject".to_owned()]));
    assert!(robot(&wider).further && wider.new_edges.is_empty() && wider.gone_edges.is_empty());
    let narrower = delta(tree(two, ""), tree(one, ""));
    assert_eq!(robot(&narrower).less, BTreeSet::from(["may aws:s3:putobject".to_owned()]));
    assert!(!robot(&narrower).further && narrower.new_edges.is_empty());
    let attached = "resource \"aws_iam_user_policy_attachment\" \"robot\" {\n  user = aws_iam_user.robot.name\n  policy_arn = \
                    \"arn:aws:iam::111122223333:policy/customer\"\n}\n";
    let unseen = robot(&delta(tree(one, ""), tree(one, attached)));
    assert!(
        unseen.further && unseen.more.iter().any(|what| what.contains("policy/111122223333/customer")),
        "{unseen:?}"
    );
}

#[test]
fn what_has_no_name_is_an_entry_each_and_no_row() {
    let text = "resource \"aws_iam_role\" \"a\" {\n  name_prefix = \"s\"\n}\nresource \"aws_iam_role\" \"b\" {}\n\
                resource \"aws_iam_role_policy\" \"b\" {\n  role = \"elsewhere\"\n  policy = jsonencode({ Statement = [{ Effect = \
                \"Allow\", Action = \"s3:GetObject\", Resource = \"*\" }] })\n}\n";
    let inventory = inventory("", &[("infra/main.tf", text)]);
    for id in ["aws/role/*/*~infra:aws_iam_role.a.name", "aws/role/*/*~infra:aws_iam_role.b.name"] {
        let role = entry(&inventory, id);
        assert!(role.accountable && !role.registrable && !role.blanks.is_empty());
    }
    let elsewhere = entry(&inventory, "aws/role/*/elsewhere");
    assert!(elsewhere.registrable && elsewhere.rights.len() == 1);
}

#[test]
fn a_condition_that_everybody_meets_takes_nothing_from_a_right() {
    let text = TERRAFORM.replace(
        "Action = \"*\", Resource = \"*\"",
        "Action = \"*\", Resource = \"*\", Condition = { Bool = { \"aws:SecureTransport\" = \"true\" } }",
    );
    let inventory = inventory("", &[("infra/main.tf", &text)]);
    let worst = entry(&inventory, "aws/role/*/shop-deploy").reach.worst.clone();
    assert_eq!(worst.map(|worst| worst.power), Some(Power::Controls));
}

#[test]
fn a_token_in_a_row_is_not_shown() {
    let token = crate::detect::canary("github-pat", 7).unwrap().text;
    let config =
        format!("{REGISTRY}\n[[identity]]\nid = \"aws/role/*/shop-deploy\"\npurpose = \"uses {token}\"\n");
    let inventory = inventory(&config, &[("infra/main.tf", TERRAFORM)]);
    let text = serde_json::to_string(&inventory).unwrap();
    assert!(!text.contains(&token), "{text}");
    assert!(entry(&inventory, "aws/role/*/shop-deploy").row.is_some());
}
