//! Input that wants to hang, overflow or mislead.

use super::*;

#[test]
fn values_that_need_themselves_end() {
    let text = "Conditions:\n  A: !Or [!Condition B, !Condition B]\n  B: !And [!Condition A, !Condition A]\nResources:\n  \
                R:\n    Type: AWS::IAM::Role\n    Condition: A\n    Properties:\n      RoleName: !Ref R\n      ManagedPolicyArns: !If [A, [!GetAtt R.Arn], !Ref R]\n";
    assert!(!facts_with(text, "identity").is_empty());
}

#[test]
fn names_and_conditions_that_double_end_at_the_budget() {
    let mut text = "Conditions:\n  C0: !Equals [a, a]\n".to_owned();
    for n in 1..80 {
        text.push_str(&format!("  C{n}: !And [!Condition C{}, !Condition C{}]\n", n - 1, n - 1));
    }
    text.push_str("Resources:\n  R0: {Type: 'AWS::IAM::Role', Properties: {RoleName: abcdefgh}}\n");
    for n in 1..80 {
        text.push_str(&format!(
            "  R{n}:\n    Type: AWS::IAM::Role\n    Condition: C{n}\n    Properties: {{RoleName: !Sub '${{R{}}}${{R{}}}'}}\n",
            n - 1,
            n - 1
        ));
    }
    assert_eq!(facts_with(&text, "identity").len(), 80);
}

#[test]
fn deep_nesting_ends() {
    let mut text = "Resources:\n  R:\n    Type: AWS::IAM::User\n    Properties:\n      UserName: ".to_owned();
    text.push_str(&"{'Fn::Base64': ".repeat(5_000));
    text.push('a');
    text.push_str(&"}".repeat(5_000));
    let _ = facts(&text);
    let _ = unknowns(&text);
}

#[test]
fn shapes_that_are_none_are_let_pass() {
    for text in [
        "Resources: {A: {Type: 'AWS::IAM::Role', Properties: []}}",
        "Resources: {A: {Type: 'AWS::IAM::Role', Properties: {Policies: {Ref: [a]}, Tags: 5}}}",
        "Resources: {A: {Type: 'AWS::IAM::Role', Properties: {RoleName: !Sub []}}}",
        "Resources: {A: {Type: 'AWS::IAM::Role', Properties: {RoleName: !Join a, Policies: !FindInMap [M]}}}",
        "Resources: {A: {Type: 'AWS::Serverless::Function', Properties: {Events: [a], Policies: {x: 1}}}}\nTransform: [[], {}]",
        "Resources: {A: {Type: 'AWS::IAM::Role'}}\nOutputs: {O: {Value: !GetAtt [A]}, P: []}\nParameters: {X: 5}",
        "Resources: {A: {Type: 'AWS::IAM::Role', Properties: !If [C, {RoleName: a}]}}",
    ] {
        let _ = facts(text);
    }
}
