//! SAM, and what stands in other files.

use super::*;

const FUNCTION: &str = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n";

#[test]
fn a_function_has_a_role_of_its_own() {
    let text = format!(
        "{FUNCTION}      Policies:\n        - AdministratorAccess\n        - S3ReadPolicy: {{BucketName: b}}\n        - Statement:\n            - {{Effect: Allow, Action: 's3:*', Resource: '*'}}\n"
    );
    assert_eq!(
        facts(&text),
        [
            "3 link ActsAs aws/function/${account}/F -> aws/role/${account}/FRole",
            "7 link Attaches aws/policy/${account}/AdministratorAccess -> aws/role/${account}/FRole",
            "7 allow aws:*:* on * to aws/policy/${account}/AdministratorAccess",
            "10 allow aws:s3:* on * to aws/role/${account}/FRole",
        ]
    );
}

#[test]
fn a_function_url_without_authentication_answers_anyone() {
    let text = format!("{FUNCTION}      FunctionUrlConfig:\n        AuthType: NONE\n");
    assert_eq!(facts(&text), ["7 endpoint aws/lambda-function-url/F auth Some([{}])"]);
    assert!(facts(FUNCTION).is_empty());
}

#[test]
fn a_method_asks_for_what_its_api_asks_for() {
    let with = |auth: &str, more: &str| {
        facts(&format!(
            "{FUNCTION}      Events:\n        Get:\n          Type: Api\n          Properties:\n            Path: /\n            Method: get\n{auth}{more}"
        ))
    };
    let endpoint = |line: &str, auth: &str| {
        [format!("{line} endpoint aws/api-gateway-method/F/Get auth Some([{auth}])")]
    };
    assert_eq!(with("", ""), endpoint("8", "{}"));
    assert_eq!(with("            Auth: {Authorizer: NONE}\n", ""), endpoint("12", "{}"));
    assert_eq!(with("            Auth: {ApiKeyRequired: true}\n", ""), endpoint("8", "{\"api-key\"}"));
    assert_eq!(
        with("", "Globals:\n  Api:\n    Auth: {DefaultAuthorizer: AWS_IAM}\n"),
        endpoint("8", "{\"authorizer\"}")
    );
    let api =
        "  Shop:\n    Type: AWS::Serverless::Api\n    Properties:\n      Auth: {DefaultAuthorizer: Pool}\n";
    assert_eq!(with("            RestApiId: !Ref Shop\n", api), endpoint("8", "{\"authorizer\"}"));
    assert!(with("            RestApiId: !ImportValue api\n", "").is_empty());
}

#[test]
fn globals_hold_where_a_function_says_nothing() {
    let text = format!(
        "Globals:\n  Function:\n    Role: arn:aws:iam::1:role/shared\n{FUNCTION}      Handler: a.b\n"
    );
    assert_eq!(facts(&text), ["3 link ActsAs aws/function/${account}/F -> aws/role/1/shared"]);
}

#[test]
fn what_stands_elsewhere_is_named_unless_it_is_a_file_of_the_tree() {
    let resource = |kind: &str, properties: &str| {
        unknowns(&format!("Resources:\n  R:\n    Type: {kind}\n    Properties: {{{properties}}}\n"))
    };
    let address = "https://templates.example/network.yaml";
    let said = resource("AWS::CloudFormation::Stack", &format!("TemplateURL: '{address}'"));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("4 ") && said[0].contains(address), "{said:?}");
    assert!(resource("AWS::CloudFormation::Stack", "TemplateURL: network/template.yaml").is_empty());
    assert_eq!(
        resource("AWS::Serverless::Application", "Location: {ApplicationId: a, SemanticVersion: 1.0.0}")
            .len(),
        1
    );
    assert_eq!(resource("AWS::Serverless::Api", "DefinitionUri: 's3://b/openapi.yaml'").len(), 1);
    assert!(resource("AWS::Serverless::Api", "DefinitionUri: openapi.yaml").is_empty());
    assert_eq!(
        resource("Custom::Certificate", "ServiceToken: 'arn:aws:lambda:eu-west-1:1:function:f'").len(),
        1
    );
}
