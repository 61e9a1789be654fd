#![allow(clippy::unwrap_used)]

use crate::dialect::told;

fn said(text: &str) -> Vec<String> {
    let all = told::findings(&[("infra/Pulumi.yaml", text)]);
    all.into_iter().filter(|line| !line.ends_with("identity/no-owner")).collect()
}

fn program(resource: &str) -> String {
    format!("name: shop\nruntime: yaml\nresources:\n  it:\n    type: {resource}\n")
}

#[test]
fn resources_are_judged_as_terraforms_are() {
    let policy = |action: &str| {
        program(&format!(
            "aws:iam:RolePolicy\n    properties:\n      role: ${{role.name}}\n      policy:\n        fn::toJSON:\n          Statement:\n            - Effect: Allow\n              Action: '{action}'\n              Resource: '*'"
        ))
    };
    assert_eq!(said(&policy("*")), ["11 scope/admin-grant"]);
    assert!(said(&policy("s3:ListAllMyBuckets")).is_empty());
    for (resource, expected) in [
        ("aws:iam:AccessKey\n    properties: {user: ci}", "4 lifetime/static-cloud-key"),
        ("aws:iam/role:Role\n    properties: {maxSessionDuration: 43200}", "6 lifetime/above-ceiling"),
        (
            "gcp:projects:IAMMember\n    properties: {role: roles/owner, member: 'serviceAccount:a@b.iam.gserviceaccount.com'}",
            "6 scope/admin-grant",
        ),
        (
            "gcp:storage:BucketIAMMember\n    properties: {role: roles/storage.objectViewer, member: allUsers, bucket: a}",
            "6 anonymous/principal",
        ),
        (
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding\n    properties: {roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}, subjects: [{kind: ServiceAccount, name: app, namespace: app}]}",
            "6 scope/admin-grant",
        ),
    ] {
        assert!(
            said(&program(resource)).contains(&expected.to_owned()),
            "{resource} {:?}",
            said(&program(resource))
        );
    }
    for resource in [
        "aws:iam/role:Role\n    properties: {maxSessionDuration: 3600}",
        "gcp:projects:IAMMember\n    properties: {role: roles/run.viewer, member: 'serviceAccount:a@b.iam.gserviceaccount.com'}",
    ] {
        assert!(said(&program(resource)).is_empty(), "{resource}");
    }
}

#[test]
fn a_policy_is_held_by_the_role_that_it_names() {
    let text = "resources:\n  deploy-role:\n    type: aws:iam:Role\n    properties: {name: deploy}\n  rights:\n    type: aws:iam:RolePolicy\n    properties:\n      \
                role: ${deploy-role.name}\n      policy: {fn::toJSON: {Statement: [{Effect: Allow, Action: [iam:PassRole], Resource: '*'}]}}\n  more:\n    type: aws:iam:RolePolicy\n    \
                properties:\n      role: ${deploy-role.name}\n      policy: {fn::toJSON: {Statement: [{Effect: Allow, Action: ['lambda:CreateFunction', 'lambda:InvokeFunction'], Resource: '*'}]}}\n";
    let all = said(text);
    assert!(all.iter().any(|line| line.ends_with("scope/privilege-escalation")), "{all:?}");
}

#[test]
fn settings_are_followed() {
    let text = |seconds: &str| {
        format!(
            "config:\n  session:\n    type: integer\n    default: {seconds}\n{}",
            program("aws:iam:Role\n    properties: {maxSessionDuration: '${session}'}")
        )
    };
    assert_eq!(said(&text("43200")), ["4 lifetime/above-ceiling"]);
    assert!(said(&text("3600")).is_empty());
}

#[test]
fn what_is_not_read_is_named() {
    let unknown = |text: &str| told::unknown(&[("Pulumi.yaml", text)]);
    assert_eq!(unknown(&program("custom:x:Thing")), ["a resource of type `custom:x:Thing` is not evaluated"]);
    assert_eq!(
        unknown("name: shop\nruntime: nodejs\n"),
        ["a Pulumi program in another language than YAML, which no dialect reads, is not evaluated"]
    );
}

#[test]
fn what_is_cut_or_odd_ends() {
    let text = "config: {a: {default: [1]}, b: 2}\nvariables: {c: {fn::invoke: {}}}\nresources:\n  x: {type: 'aws:iam:Role', properties: {name: '${a', tags: {'a-b': '${c.d[0]}'}, assumeRolePolicy: [1]}}\n  y: {type: 'kubernetes:core/v1:Secret', properties: [1]}\n  z: {type: 'kubernetes:x'}\n";
    for end in (0..=text.len()).step_by(7) {
        said(&text[..end]);
    }
}

#[test]
fn providers_of_the_platforms_own_interface_are_the_platforms() {
    let role = |policy: &str| {
        program(&format!(
            "aws-native:iam:Role\n    properties:\n      roleName: ci\n      managedPolicyArns: [arn:aws:iam::aws:policy/{policy}]"
        ))
    };
    assert_eq!(said(&role("AdministratorAccess")), ["8 scope/admin-grant"]);
    assert!(said(&role("ReadOnlyAccess")).is_empty());
    let given = |role: &str| {
        program(&format!(
            "azure-native:authorization/v20220401:RoleAssignment\n    properties:\n      principalId: p\n      roleDefinitionId: ${{sub.id}}/roleDefinitions/{role}"
        ))
    };
    assert_eq!(said(&given("8e3af657-a8ff-443c-a75c-2fe8c4bcb635")), ["8 scope/admin-grant"]);
    assert!(said(&given("acdd72a7-3385-48ef-bd42-f606fba81ae7")).is_empty());
    let unknown = told::unknown(&[("Pulumi.yaml", &program("azure-native:custom:Thing"))]);
    assert_eq!(unknown, ["a resource of type `azure-native:custom:Thing` is not evaluated"]);
}

#[test]
fn policies_that_a_function_writes_are_read() {
    let text = |action: &str, result: &str, used: &str| {
        format!(
            "name: shop\nruntime: yaml\nvariables:\n  doc:\n    fn::invoke:\n      function: aws:iam:getPolicyDocument\n      arguments:\n        statements:\n          - actions: ['{action}']\n            resources: ['*']\n{result}resources:\n  p:\n    type: aws:iam:Policy\n    properties:\n      policy: ${{{used}}}\n"
        )
    };
    assert_eq!(said(&text("*", "      return: json\n", "doc")), ["9 scope/admin-grant"]);
    assert_eq!(said(&text("*", "", "doc.json")), ["9 scope/admin-grant"]);
    assert!(said(&text("s3:ListAllMyBuckets", "", "doc.json")).is_empty());
}

#[test]
fn vaults_and_namespaces_of_azure_are_judged_in_either_provider() {
    for (resource, expected) in [
        ("azure:keyvault:AccessPolicy\n    properties: {objectId: o, secretPermissions: [All]}", true),
        ("azure:keyvault:AccessPolicy\n    properties: {objectId: o, secretPermissions: [Get]}", false),
        (
            "azure-native:keyvault:Vault\n    properties: {properties: {accessPolicies: [{permissions: {secrets: [all]}}]}}",
            true,
        ),
        (
            "azure-native:keyvault:Vault\n    properties: {properties: {accessPolicies: [{permissions: {secrets: [get]}}]}}",
            false,
        ),
        ("azure:servicebus:NamespaceAuthorizationRule\n    properties: {listen: true, manage: true}", true),
        ("azure:servicebus:NamespaceAuthorizationRule\n    properties: {listen: true}", false),
    ] {
        let found = said(&program(resource));
        assert_eq!(
            found.iter().any(|line| line == "6 scope/wildcard-grant"),
            expected,
            "{resource}: {found:?}"
        );
    }
}
