//! Functions, parameters, mappings and conditions.

use super::*;

/// A template with a policy whose resource is the given value, at line 7.
fn on(value: &str, more: &str) -> Vec<String> {
    let text = format!(
        "Resources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Statement:\n          - Resource: {value}\n            \
         Effect: Allow\n            Action: s3:*\n{more}"
    );
    facts_with(&text, "allow")
        .into_iter()
        .map(|f| f.replace("allow aws:s3:* on ", "").replace(" to aws/policy/${account}/P", ""))
        .collect()
}

#[test]
fn every_function_in_both_forms() {
    for (short, long, expected) in [
        ("!Ref AWS::AccountId", "{Ref: 'AWS::AccountId'}", "7 ${AWS::AccountId}"),
        ("!Sub 'a-${AWS::Region}'", "{'Fn::Sub': 'a-${AWS::Region}'}", "7 a-${AWS::Region}"),
        ("!Sub ['a-${x}', {x: b}]", "{'Fn::Sub': ['a-${x}', {x: b}]}", "7 a-b"),
        ("!Sub 'a-${!x}'", "{'Fn::Sub': 'a-${!x}'}", "7 a-${x}"),
        ("!Join ['/', [a, !Ref N]]", "{'Fn::Join': ['/', [a, {Ref: N}]]}", "7 a/n"),
        ("!Select [1, [a, b]]", "{'Fn::Select': ['1', [a, b]]}", "7 b"),
        ("!Select [1, !Split [':', 'a:b']]", "{'Fn::Select': [1, {'Fn::Split': [':', 'a:b']}]}", "7 b"),
        ("!GetAtt B.Arn", "{'Fn::GetAtt': [B, Arn]}", "7 arn:aws:s3:::b"),
        ("!FindInMap [M, k, v]", "{'Fn::FindInMap': [M, k, v]}", "7 mapped"),
        ("!ImportValue other-stack", "{'Fn::ImportValue': other-stack}", "7 ${…}"),
        ("!Base64 a", "{'Fn::Base64': a}", "7 a"),
        ("'{{resolve:ssm:/a/b}}/x'", "!Sub '{{resolve:ssm:/a/b}}/x'", "7 ${…}/x"),
    ] {
        let more = "  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: b}}\nMappings:\n  M: {k: {v: mapped}}\nParameters:\n  N: {Type: String, Default: n}\n";
        for form in [short, long] {
            let found = on(form, more);
            assert_eq!(found.len(), 1, "{form}: {found:?}");
            let found = found[0].split(" <- ").next().unwrap();
            assert_eq!(found, expected, "{form}");
        }
    }
}

#[test]
fn a_parameter_is_its_default_or_what_it_allows() {
    assert_eq!(
        on("!Ref Where", "Parameters:\n  Where:\n    Type: String\n    Default: '*'\n"),
        ["7 * <- 7 used here <- 13 a part of it is written here"]
    );
    assert_eq!(
        on(
            "!Ref Where",
            "Parameters:\n  Where:\n    Type: String\n    Default: b\n    AllowedValues:\n      - a\n      - b\n"
        ),
        [
            "7 a lesser if Where=a <- 7 used here <- 15 a part of it is written here",
            "7 b if Where=b <- 7 used here <- 13 a part of it is written here"
        ]
    );
    assert_eq!(on("!Ref Where", "Parameters:\n  Where: {Type: String}\n"), ["7 ${Where}"]);
    assert_eq!(
        on("!Ref All", "Parameters:\n  All:\n    Type: CommaDelimitedList\n    Default: 'a, b'\n"),
        ["7 a b <- 7 used here <- 13 a part of it is written here"]
    );
    assert_eq!(
        on("!Ref S", "Parameters:\n  S: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}\n"),
        ["7 ${…}"]
    );
}

#[test]
fn both_branches_hold_in_their_case() {
    let more = "Parameters:\n  Stage: {Type: String, Default: dev}\nConditions:\n  IsProd: !Equals [!Ref Stage, prod]\n  Not: !Not [!Condition IsProd]\n";
    let found = on("!If [IsProd, 'arn:aws:s3:::a', '*']", more);
    assert_eq!(
        found,
        ["7 arn:aws:s3:::a lesser if IsProd=true", "7 * if IsProd=false"].map(|line| line.to_owned())
    );
    assert_eq!(
        on("[a, !If [Not, b, !Ref 'AWS::NoValue']]", more),
        ["7 a b if Not=true", "7 a lesser if Not=false"]
    );
}

#[test]
fn a_resource_under_a_condition_holds_in_its_case() {
    let text = "Conditions:\n  Never: !Equals [a, b]\nResources:\n  U:\n    Type: AWS::IAM::User\n    Condition: Never\n";
    assert_eq!(facts(text), ["4 identity aws/user/${account}/U owner - purpose - lesser if Never=true"]);
}

#[test]
fn an_unknown_key_of_a_mapping_is_any() {
    let more = "Mappings:\n  M:\n    eu-west-1: {r: a}\n    us-east-1: {r: '*'}\n";
    let found = on("!FindInMap [M, !Ref 'AWS::Region', r]", more);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("7 a lesser if M=eu-west-1"), "{found:?}");
    assert!(found[1].starts_with("7 * lesser if M=us-east-1"), "{found:?}");
}

#[test]
fn what_the_platform_makes_is_coverage() {
    let unknown = |text: &str| unknowns(text).join("; ");
    let resource = "Resources:\n  U:\n    Type: AWS::IAM::User\n    Properties:\n";
    for (text, expected) in [
        (format!("Transform: Acme::Macro\n{resource}"), "1 the transform `Acme::Macro` is not evaluated"),
        (format!("{resource}      Fn::Transform: {{Name: 'AWS::Include'}}\n      Path: /a\n"), "5 `Fn::Transform` is not evaluated"),
        (format!("{resource}      UserName: !Transform {{Name: M}}\n"), "5 `Fn::Transform` is not evaluated"),
        (
            "Resources:\n  Fn::ForEach::Users:\n    - N\n    - [a]\n    - U${N}: {Type: 'AWS::IAM::User'}\n  B:\n    Type: AWS::S3::Bucket\n".to_owned(),
            "2 resources that a transform or loop makes is not evaluated",
        ),
        ("AWSTemplateFormatVersion: 2010-09-09\nResources: {a: [}\n".to_owned(), ""),
    ] {
        assert!(unknown(&text).contains(expected), "{text}: {}", unknown(&text));
    }
}
