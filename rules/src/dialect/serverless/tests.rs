#![allow(clippy::unwrap_used)]

use crate::dialect::told;

fn said(text: &str) -> Vec<String> {
    let all = told::findings(&[("serverless.yml", text)]);
    all.into_iter().filter(|line| !line.ends_with("identity/no-owner")).collect()
}

fn service(more: &str) -> String {
    format!("service: shop\nprovider:\n  name: aws\n{more}")
}

#[test]
fn statements_of_the_shared_role_are_judged() {
    let statement = "      - Effect: Allow\n        Action: '*'\n        Resource: '*'\n";
    assert_eq!(
        said(&service(&format!("  iam:\n    role:\n      statements:\n{statement}"))),
        ["7 scope/admin-grant"]
    );
    assert_eq!(said(&service(&format!("  iamRoleStatements:\n{statement}"))), ["5 scope/admin-grant"]);
    let narrow = statement.replace("'*'", "s3:GetObject").replacen(
        "Resource: s3:GetObject",
        "Resource: arn:aws:s3:::a/*",
        1,
    );
    assert!(said(&service(&format!("  iamRoleStatements:\n{narrow}"))).is_empty());
    let managed = "  iam: {role: {managedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess']}}\n";
    assert_eq!(said(&service(managed)), ["4 scope/admin-grant"]);
    let own = format!("functions:\n  a:\n    handler: x.y\n    iamRoleStatements:\n{statement}");
    assert_eq!(said(&service(&own)), ["8 scope/admin-grant"]);
}

#[test]
fn methods_ask_who_calls() {
    let function = |event: &str| service(&format!("functions:\n  a:\n    handler: x.y\n    {event}\n"));
    assert_eq!(said(&function("url: true")), ["7 anonymous/endpoint"]);
    assert_eq!(said(&function("events: [{httpApi: 'POST /orders'}]")), ["7 anonymous/endpoint"]);
    assert_eq!(said(&function("events: [{httpApi: 'GET /healthcare'}]")), ["7 anonymous/endpoint"]);
    assert_eq!(said(&function("events: [{http: {path: orders, method: post}}]")), ["7 anonymous/endpoint"]);
    for fine in [
        "url: false",
        "url: {authorizer: aws_iam}",
        "events: [{httpApi: {method: POST, path: /orders, authorizer: {name: jwt}}}]",
        "events: [{http: {path: orders, method: post, authorizer: aws_iam}}]",
        "events: [{http: {path: orders, method: post, private: true}}]",
        "events: [{schedule: rate(1 hour)}]",
        "events: [{httpApi: 'GET /healthz'}]",
        "events: [{http: {path: health, method: get}}]",
    ] {
        assert!(said(&function(fine)).is_empty(), "{fine}");
    }
}

#[test]
fn variables_are_a_place_for_secrets() {
    let variable = |value: &str| service(&format!("  environment:\n    DB_PASSWORD: {value}\n"));
    assert_eq!(said(&variable("Tr0ub4dor-x9Q7z")), ["5 secret/generic-credential"]);
    assert!(said(&variable("${ssm:/shop/db-password}")).is_empty());
}

#[test]
fn what_is_not_read_is_named() {
    let unknown = |text: &str| told::unknown(&[("serverless.yml", text)]);
    assert_eq!(
        unknown("service: a\nprovider: {name: google}\n"),
        ["a service of another cloud than AWS is not evaluated"]
    );
    assert_eq!(
        unknown(&service("functions: ${file(functions.yml)}\n")),
        ["`${file(functions.yml)}` is not in the tree"]
    );
}

#[test]
fn what_is_cut_or_odd_ends() {
    let text = service(
        "  iam: {role: {statements: [1, {Effect: []}], managedPolicies: x}}\nfunctions:\n  - a: {url: {}, events: [x, {http: []}, {httpApi: ''}]}\n  - ${file(x)}\nresources: {Resources: {A: {Type: 'AWS::IAM::Role', Properties: 1}}}\n",
    );
    for end in (0..=text.len()).step_by(7) {
        said(&text[..end]);
    }
}

fn unknown(files: &[(&str, &str)]) -> Vec<String> {
    told::unknown(files)
}

#[test]
fn variables_are_followed_in_the_tree() {
    let statements = "- Effect: Allow\n  Action: '*'\n  Resource: '*'\n";
    let role = |from: &str| service(&format!("  iam:\n    role:\n      statements: {from}\n"));
    let said = |files: &[(&str, &str)]| {
        let all = told::findings(files);
        all.into_iter().filter(|line| !line.ends_with("identity/no-owner")).collect::<Vec<_>>()
    };
    let file = role("${file(iam/role.yml):all}");
    let all = format!("all:\n{}", statements.replace("- ", "  - ").replace("\n  ", "\n    "));
    assert_eq!(said(&[("serverless.yml", &file), ("iam/role.yml", &all)]), ["6 scope/admin-grant"]);
    let narrow = all
        .replace("'*'", "'s3:ListAllMyBuckets'")
        .replace("Resource: 's3:ListAllMyBuckets'", "Resource: '*'");
    assert!(said(&[("serverless.yml", &file), ("iam/role.yml", &narrow)]).is_empty());
    assert_eq!(
        unknown(&[("serverless.yml", &file)]),
        ["`${file(iam/role.yml):all}` is not in the tree", "a statement that is no object is not evaluated"]
    );
    let own = format!(
        "{}custom:\n  act: '*'\n",
        role("[{Effect: Allow, Action: '${self:custom.act}', Resource: '*'}]")
    );
    assert_eq!(said(&[("serverless.yml", &own)]), ["6 scope/admin-grant"]);
    assert!(unknown(&[("serverless.yml", &own)]).is_empty());
    let text = own.replace("act: '*'", "act: ListAllMyBuckets").replace("${self", "s3:${self");
    assert!(
        said(&[("serverless.yml", &text)]).is_empty() && unknown(&[("serverless.yml", &text)]).is_empty()
    );
}

#[test]
fn what_decides_and_stays_open_is_named() {
    for (more, expected) in [
        ("  iam: {role: '${param:role}'}\n", "`${param:role}` is evaluated by the platform"),
        ("  iam: {role: {managedPolicies: ['${self:custom.x}']}}\n", "`${self:custom.x}` is not in the tree"),
        ("plugins: ${file(plugins.yml)}\n", "`${file(plugins.yml)}` is not in the tree"),
        ("resources: ${file(more.js)}\n", "`${file(more.js)}` is evaluated by the platform"),
        ("functions: {a: {handler: x.y, role: '${ssm:/x}'}}\n", "`${ssm:/x}` is evaluated by the platform"),
        (
            "functions: {a: {handler: x.y, events: ['${file(more.yml)}']}}\n",
            "`${file(more.yml)}` is not in the tree",
        ),
        (
            "functions: {a: {handler: x.y, events: [{http: {path: a, method: get, authorizer: '${self:custom.x}'}}]}}\n",
            "`${self:custom.x}` is not in the tree",
        ),
        // Round and round.
        (
            "plugins: ${self:custom.a}\ncustom: {a: '${self:custom.b}', b: '${self:custom.a}'}\n",
            "`${self:custom.a}` is not in the tree",
        ),
    ] {
        assert_eq!(unknown(&[("serverless.yml", &service(more))]), [expected], "{more}");
    }
    assert!(unknown(&[("serverless.yml", &service("plugins: [serverless-offline]\n"))]).is_empty());
}

#[test]
fn keys_of_an_interface_are_secrets() {
    let keys = |value: &str| {
        service(&format!("  apiGateway:\n    apiKeys:\n      - name: partner\n        value: {value}\n"))
    };
    assert_eq!(said(&keys("Zq8vN3xKp2LmT7rWc5yBd9Hs")), ["7 secret/generic-credential"]);
    assert!(said(&keys("${ssm:/shop/key}")).is_empty());
}

#[test]
fn resources_are_a_template_with_what_the_service_says_filled_in() {
    let pool = |custom: &str| {
        service(&format!(
            "custom: {{guests: {custom}}}\nresources:\n  Resources:\n    Pool:\n      Type: AWS::Cognito::IdentityPool\n      Properties:\n        AllowUnauthenticatedIdentities: ${{self:custom.guests}}\n"
        ))
    };
    // Where the value stands, not where it is used.
    assert_eq!(said(&pool("true")), ["4 anonymous/endpoint"]);
    assert!(said(&pool("false")).is_empty());
    assert!(unknown(&[("serverless.yml", &pool("false"))]).is_empty());
    let open = pool("false").replace("self:custom.guests", "param:guests");
    assert_eq!(unknown(&[("serverless.yml", &open)]).len(), 1);
    let several =
        pool("true").replace("resources:\n  Resources:\n", "resources:\n- ${file(more.yml)}\n- Resources:\n");
    assert_eq!(said(&several), ["4 anonymous/endpoint"]);
    let user = service(
        "resources:\n  Resources:\n    U:\n      Type: AWS::IAM::User\n      Properties:\n        UserName: !Sub '${AWS::StackName}-${self:service}'\n        ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']\n",
    );
    assert_eq!(said(&user), ["10 scope/admin-grant"]);
}
