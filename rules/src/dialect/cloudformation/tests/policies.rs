//! One policy in every carrier, and who it is given to.

use super::*;

const STATEMENT: &str = "{Effect: Allow, Action: ['iam:PassRole', 'ec2:*'], Resource: '*'}";
const EXPECTED: &str = "allow aws:iam:PassRole aws:ec2:* on *";

#[test]
fn a_role_says_who_becomes_it_and_what_it_may() {
    let text = "Resources:\n  Deploy:\n    Type: AWS::IAM::Role\n    Properties:\n      Description: deploys\n      Tags:\n        - {Key: Owner, Value: team-shop}\n      \
                AssumeRolePolicyDocument:\n        Statement:\n          - Effect: Allow\n            Principal: {Service: !Sub 'ec2.${AWS::URLSuffix}'}\n            Action: sts:AssumeRole\n      \
                ManagedPolicyArns:\n        - !Sub 'arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess'\n      \
                Policies:\n        - PolicyName: more\n          PolicyDocument:\n            Statement:\n              - Effect: Allow\n                Action: s3:*\n                Resource: !Sub '${Data.Arn}/*'\n  \
                Data:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: shop-data\n";
    assert_eq!(
        facts(text),
        [
            "2 identity aws/role/${account}/Deploy owner team-shop purpose deploys",
            "10 trust aws/role/${account}/Deploy opens to service ec2.${AWS::URLSuffix}",
            "19 allow aws:s3:* on arn:aws:s3:::shop-data/* to aws/role/${account}/Deploy",
            "14 link Attaches aws/policy/aws/AdministratorAccess -> aws/role/${account}/Deploy",
            "14 allow aws:*:* on * to aws/policy/aws/AdministratorAccess",
        ]
    );
}

#[test]
fn the_same_policy_is_the_same_grant_in_every_carrier() {
    let carriers = [
        ("AWS::IAM::Policy", "PolicyName: p, PolicyDocument", "aws/policy/${account}/p"),
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName: p, PolicyDocument", "aws/policy/${account}/p"),
        ("AWS::IAM::RolePolicy", "RoleName: r, PolicyDocument", "aws/role/${account}/r"),
        ("AWS::S3::BucketPolicy", "Bucket: b, PolicyDocument", "aws/bucket/${account}/b"),
        ("AWS::SQS::QueuePolicy", "Queues: [q], PolicyDocument", "aws/queue/${account}/q"),
        ("AWS::SNS::TopicPolicy", "Topics: [t], PolicyDocument", "aws/topic/${account}/t"),
        ("AWS::KMS::Key", "EnableKeyRotation: true, KeyPolicy", "aws/key/${account}/R"),
        ("AWS::ECR::Repository", "RepositoryName: e, RepositoryPolicyText", "aws/repository/${account}/e"),
        ("AWS::SecretsManager::ResourcePolicy", "SecretId: s, ResourcePolicy", "aws/secret/${account}/s"),
        ("AWS::OpenSearchService::Domain", "DomainName: d, AccessPolicies", "aws/domain/${account}/d"),
        ("AWS::IoT::Policy", "PolicyName: i, PolicyDocument", "aws/iot-policy/${account}/i"),
        ("AWS::SSO::PermissionSet", "Name: n, InlinePolicy", "aws/permission-set/${account}/n"),
    ];
    for (kind, properties, holder) in carriers {
        let text = format!(
            "Resources:\n  R:\n    Type: {kind}\n    Properties: {{{properties}: {{Statement: [{STATEMENT}]}}}}\n"
        );
        let expected = [format!("4 {EXPECTED} to {holder}")];
        assert_eq!(facts(&text), expected, "{kind}");
        let json = format!(
            "{{\"Resources\": {{\"R\": {{\"Type\": \"{kind}\", \"Properties\": {{{}: \
             {{\"Statement\": [{{\"Effect\": \"Allow\", \"Action\": [\"iam:PassRole\", \"ec2:*\"], \"Resource\": \"*\"}}]}}}}}}}}}}",
            quoted(properties)
        );
        let found: Vec<String> = facts_of("a.json", &json);
        assert_eq!(found, [format!("1 {EXPECTED} to {holder}")], "{kind}");
    }
}

/// `a: b, c: [d], e` with quotes.
fn quoted(properties: &str) -> String {
    let mut text = String::new();
    let mut word = String::new();
    for c in properties.chars().chain([',']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            text.push_str(&format!("\"{word}\""));
            word.clear();
        }
        text.push(c);
    }
    text.trim_end_matches(',').to_owned()
}

#[test]
fn a_policy_written_as_text_is_read() {
    let text = "Resources:\n  P:\n    Type: AWS::Logs::ResourcePolicy\n    Properties:\n      PolicyName: p\n      PolicyDocument: !Sub |\n        {\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"logs:*\", \"Principal\": \"*\", \"Resource\": \"arn:aws:logs:${AWS::Region}:1:*\"}]}\n";
    assert_eq!(
        facts(text),
        ["7 allow aws:logs:* on arn:aws:logs:${AWS::Region}:1:* for anyone to aws/logs/${account}/p"]
    );
}

#[test]
fn policies_name_whom_they_are_given_to() {
    let text = "Resources:\n  Role:\n    Type: AWS::IAM::Role\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      Roles: [!Ref Role, other]\n      PolicyDocument: {Statement: []}\n  \
                Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n      Role: !GetAtt Role.Arn\n";
    assert_eq!(
        facts_with(text, "link"),
        [
            "7 link Attaches aws/policy/${account}/P -> aws/role/${account}/Role",
            "7 link Attaches aws/policy/${account}/P -> aws/role/${account}/other",
            "12 link ActsAs aws/function/${account}/Fn -> aws/role/${account}/Role",
        ]
    );
}

#[test]
fn a_permission_is_a_statement_of_the_function() {
    let permission = |more: &str| {
        let text = format!(
            "Resources:\n  P:\n    Type: AWS::Lambda::Permission\n    Properties:\n      FunctionName: f\n      Action: lambda:InvokeFunction\n{more}"
        );
        facts(&text)
    };
    assert_eq!(
        permission("      Principal: '*'\n"),
        ["2 allow aws:lambda:InvokeFunction on * for anyone to aws/function/${account}/f"]
    );
    assert_eq!(
        permission("      Principal: s3.amazonaws.com\n      SourceAccount: !Ref AWS::AccountId\n"),
        [
            "2 allow aws:lambda:InvokeFunction on * for service s3.amazonaws.com when StringEquals aws:SourceAccount \
          ${AWS::AccountId} to aws/function/${account}/f"
        ]
    );
}

#[test]
fn a_canned_word_opens_a_bucket_unless_it_is_blocked() {
    let bucket = |more: &str| {
        facts(&format!(
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: {more}\n"
        ))
    };
    assert_eq!(
        bucket("PublicRead"),
        ["5 allow aws:s3:ListBucket on * for anyone to aws/bucket/${account}/B"]
    );
    assert!(bucket("Private").is_empty());
    assert!(
        bucket("PublicRead\n      PublicAccessBlockConfiguration:\n        IgnorePublicAcls: true")
            .is_empty()
    );
}

#[test]
fn an_oidc_provider_of_the_template_is_the_issuer_of_a_trust() {
    let text = "Resources:\n  GitHub:\n    Type: AWS::IAM::OIDCProvider\n    Properties:\n      Url: https://token.actions.githubusercontent.com\n  \
                Deploy:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Statement:\n          Effect: Allow\n          \
                Action: sts:AssumeRoleWithWebIdentity\n          Principal: {Federated: !Ref GitHub}\n          \
                Condition:\n            StringLike:\n              token.actions.githubusercontent.com:sub: !Sub 'repo:${Org}/*'\n\
                Parameters:\n  Org: {Type: String, Default: acme}\n";
    assert_eq!(
        facts_with(text, "trust"),
        [
            "11 trust aws/role/${account}/Deploy opens to issuer token.actions.githubusercontent.com subject~repo:acme/*"
        ]
    );
}

#[test]
fn an_administrator_of_a_cluster_is_one_by_name() {
    let entry = |more: &str| {
        facts(&format!(
            "Resources:\n  E:\n    Type: AWS::EKS::AccessEntry\n    Properties:\n      ClusterName: c\n      {more}\n"
        ))
    };
    let policy = |name: &str, scope: &str| {
        entry(&format!(
            "AccessPolicies: [{{PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/{name}', AccessScope: {{Type: {scope}}}}}]"
        ))
    };
    assert_eq!(
        policy("AmazonEKSClusterAdminPolicy", "cluster"),
        ["6 allow kubernetes:*/*:* on * to aws/eks-access/E"]
    );
    assert_eq!(
        policy("AmazonEKSClusterAdminPolicy", "namespace"),
        ["6 allow kubernetes:*/*:* on * to kubernetes/Role/E"]
    );
    assert!(policy("AmazonEKSViewPolicy", "cluster").is_empty());
    assert_eq!(entry("KubernetesGroups: ['system:masters', viewers]").len(), 1);
    assert!(entry("KubernetesGroups: [viewers]").is_empty());
}
