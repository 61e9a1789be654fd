//! Keys, sessions, secrets and outputs; remedies.

use super::*;
use crate::dialect::told;

#[test]
fn keys_and_sessions_have_their_lifetimes() {
    let text = "Resources:\n  Key:\n    Type: AWS::IAM::AccessKey\n    Properties:\n      UserName: !Ref Bot\n  Bot:\n    Type: AWS::IAM::User\n  \
                R:\n    Type: AWS::IAM::Role\n    Properties:\n      MaxSessionDuration: !Ref Long\n  \
                S:\n    Type: AWS::SSO::PermissionSet\n    Properties:\n      SessionDuration: PT8H\n  \
                C:\n    Type: AWS::Cognito::UserPoolClient\n    Properties:\n      AccessTokenValidity: 90\n      RefreshTokenValidity: 30\n      TokenValidityUnits: {AccessToken: minutes}\n  \
                G:\n    Type: AWS::AppSync::ApiKey\n    Properties:\n      Expires: 1924905600\n\
                Parameters:\n  Long:\n    Type: Number\n    Default: 43200\n";
    assert_eq!(
        facts_with(text, "credential"),
        [
            "2 credential cloud-key aws/key/Key [Unbounded] Generated []",
            "29 credential cloud-session aws/session/R [43200s] Generated [] <- 11 used here",
            "15 credential cloud-session aws/session/S [28800s] Generated []",
            "19 credential oauth-token aws/session/C [5400s] Generated []",
            "20 credential oauth-token aws/session/C [2592000s] Generated []",
            "25 credential cloud-key aws/key/G [until 2030-12-31] Generated []",
        ]
    );
    assert_eq!(facts_with(text, "ActsAs"), ["5 link ActsAs aws/key/Key -> aws/user/${account}/Bot"]);
}

#[test]
fn a_secret_is_a_literal_and_a_reference_is_none() {
    let database = |value: &str| {
        facts_with(
            &format!(
                "Resources:\n  D:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: {value}\n\
                 Parameters:\n  Pw:\n    Type: String\n    NoEcho: true\n    Default: swordfish9\n  Given:\n    Type: String\n    NoEcho: true\n"
            ),
            "credential",
        )
    };
    let expected = |line: &str, more: &str| {
        format!(
            "{line} credential password aws/secret/template.yaml/D.MasterUserPassword [] Literal [\"swordfish9\"]{more}"
        )
    };
    assert_eq!(database("swordfish9"), [expected("5", "")]);
    assert_eq!(database("!Ref Pw"), [expected("10", " <- 5 used here")]);
    for reference in
        ["!Ref Given", "'{{resolve:secretsmanager:db:SecretString:password}}'", "!ImportValue pw", "''"]
    {
        assert!(database(reference).is_empty(), "{reference}");
    }
}

#[test]
fn a_secret_in_an_output_leaves() {
    let text = "Parameters:\n  Pw: {Type: String, NoEcho: 'true'}\n  Name: {Type: String}\nResources:\n  Key:\n    Type: AWS::IAM::AccessKey\n\
                Outputs:\n  Secret:\n    Value: !GetAtt Key.SecretAccessKey\n  Url:\n    Value: !Sub 'https://u:${Pw}@${Name}'\n  Id:\n    Value: !Ref Key\n  Plain:\n    Value: {Ref: Name}\n";
    assert_eq!(
        facts_with(text, "flow"),
        ["9 flow aws/key/Key -> output Secret", "11 flow aws/variable/template.yaml/Pw -> output Url"]
    );
}

#[test]
fn endpoints_say_what_they_ask_for() {
    let text = "Resources:\n  U:\n    Type: AWS::Lambda::Url\n    Properties:\n      AuthType: NONE\n      TargetFunctionArn: f\n  \
                M:\n    Type: AWS::ApiGateway::Method\n    Properties:\n      HttpMethod: GET\n      AuthorizationType: NONE\n      ApiKeyRequired: true\n  \
                O:\n    Type: AWS::ApiGateway::Method\n    Properties:\n      HttpMethod: OPTIONS\n      AuthorizationType: NONE\n  \
                R:\n    Type: AWS::ApiGatewayV2::Route\n    Properties:\n      RouteKey: GET /\n  \
                G:\n    Type: AWS::Cognito::IdentityPool\n    Properties:\n      AllowUnauthenticatedIdentities: true\n";
    assert_eq!(
        facts_with(text, "endpoint"),
        [
            "5 endpoint aws/lambda-function-url/f auth Some([{}])",
            "11 endpoint aws/api-gateway-method/GET auth Some([{\"api-key\"}])",
            "18 endpoint aws/apigatewayv2-route/GET / auth Some([{}])",
            "25 endpoint aws/identity-pool/G auth Some([{}])",
        ]
    );
}

#[test]
fn a_number_of_seconds_is_set_where_it_stands() {
    let render = |text: &str, written: &str| {
        let unit = unit("a.yaml", text);
        let out = Lowering::new(&unit);
        let start = text.rfind(written).unwrap();
        let at = Source::new(FileId(0), crate::span::ByteSpan::new(start, start + written.len()));
        DIALECT.render(&unit, &out.place(at), &Remedy::SetLifetime { seconds: 3600 })
    };
    let role = "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      MaxSessionDuration: ";
    let Rendered::Edit { safety, edits, .. } = render(&format!("{role}43200\n"), "43200") else { panic!() };
    assert_eq!((safety, edits[0].replacement.as_str()), (Safety::Safe, "3600"));
    let shared = format!("{role}!Ref Long\nParameters:\n  Long:\n    Type: Number\n    Default: 43200\n");
    assert!(matches!(render(&shared, "43200"), Rendered::Edit { safety: Safety::Unsafe, .. }));
    let hours = "Resources:\n  R:\n    Type: AWS::Cognito::UserPoolClient\n    Properties:\n      AccessTokenValidity: 24\n";
    assert!(matches!(render(hours, "24"), Rendered::NotHere(_)));
}

#[test]
fn a_key_of_appsync_ends_by_itself_and_one_whose_end_is_not_known_is_named() {
    let key = |more: &str| {
        format!(
            "Parameters:\n  End: {{Type: Number}}\nResources:\n  K:\n    Type: AWS::AppSync::ApiKey\n    Properties:\n      ApiId: a\n{more}"
        )
    };
    let found = facts(&key(""));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(unknowns(&key("")).is_empty());
    assert_eq!(unknowns(&key("      Expires: !Ref End\n")).len(), 1);
}

#[test]
fn a_parameter_that_is_used_as_a_password_is_shown_unless_it_says_otherwise() {
    let template = |more: &str| {
        format!(
            "Parameters:\n  P:\n    Type: String\n{more}Resources:\n  D:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: !Ref P\n      OtherPassword: !Ref P\n"
        )
    };
    let shown = facts(&template(""));
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].starts_with("2 flow"), "{shown:?}");
    assert!(facts(&template("    NoEcho: true\n")).is_empty());
}

#[test]
fn a_key_whose_material_is_never_replaced_is_said_where_it_could_be() {
    let key = |properties: &str| {
        facts(&format!(
            "Resources:\n  K:\n    Type: AWS::KMS::Key\n    Properties: {{Description: d{properties}}}\n"
        ))
        .len()
    };
    assert_eq!([key(""), key(", EnableKeyRotation: false"), key(", KeySpec: SYMMETRIC_DEFAULT")], [1, 1, 1]);
    assert_eq!(
        [key(", EnableKeyRotation: true"), key(", KeySpec: RSA_2048"), key(", Origin: EXTERNAL")],
        [0, 0, 0]
    );
}

#[test]
fn a_certificate_of_an_authority_is_told_by_its_template() {
    let certificate = |template: &str| {
        told::findings(&[(
            "template.yaml",
            &format!(
                "Resources:\n  C:\n    Type: AWS::ACMPCA::Certificate\n    Properties:\n      TemplateArn: arn:aws:acm-pca:::template/{template}/V1\n      Validity: {{Type: YEARS, Value: 10}}\n"
            ),
        )])
    };
    assert!(certificate("RootCACertificate").is_empty());
    assert_eq!(certificate("EndEntityCertificate"), ["6 lifetime/above-ceiling"]);
}

#[test]
fn stores_that_ask_nobody_say_so() {
    for (kind, open, closed) in [
        (
            "AWS::OpenSearchService::Domain",
            "AdvancedSecurityOptions: {AnonymousAuthEnabled: true}",
            "AdvancedSecurityOptions: {Enabled: true}",
        ),
        ("AWS::ElastiCache::User", "NoPasswordRequired: true", "Passwords: [!Ref Password]"),
        (
            "AWS::ElastiCache::User",
            "AuthenticationMode: {Type: no-password-required}",
            "AuthenticationMode: {Type: iam}",
        ),
        ("AWS::MemoryDB::Cluster", "ACLName: open-access", "ACLName: shop"),
        ("AWS::Neptune::DBCluster", "IamAuthEnabled: false", "IamAuthEnabled: true"),
    ] {
        let said = |property: &str| {
            let text = format!("Resources:\n  R:\n    Type: {kind}\n    Properties:\n      {property}\n");
            told::findings(&[("template.yaml", &text)])
        };
        assert_eq!(said(open), ["5 anonymous/endpoint"], "{kind}");
        assert!(said(closed).is_empty(), "{kind}");
    }
}
