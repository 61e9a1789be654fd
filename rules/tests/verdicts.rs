//! What is said of whole files, through the engine: that nothing passes silently, and that what is harmless is let be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use hallpass_rules::finding::Finding;
use hallpass_rules::{Answer, Engine, Input, Settings};

/// The answer about files of one unit, of which the first is the member.
fn answer(files: &[(&str, &str)]) -> Answer {
    let settings = Settings::on(jiff::civil::date(2026, 11, 24));
    let inputs: Vec<Input> = files
        .iter()
        .enumerate()
        .map(|(index, (path, text))| Input {
            path: (*path).to_owned(),
            bytes: text.as_bytes().into(),
            member: index == 0,
        })
        .collect();
    Engine::configure(settings).unwrap().check(files[0].0, &inputs)
}

/// What a rule says: line, severity and message.
fn said(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    let line = |f: &Finding| {
        let (_, text) = files.iter().find(|(path, _)| *path == f.at.path).expect("a file of the unit");
        text.as_bytes().iter().take(f.at.span.start as usize).filter(|b| **b == b'\n').count() + 1
    };
    let findings = answer(files).findings.into_iter().filter(|f| f.rule == rule);
    findings.map(|f| format!("{} {:?} {}", line(&f), f.severity, f.message).to_lowercase()).collect()
}

/// The same of one workflow.
fn workflow(text: &str, rule: &str) -> Vec<String> {
    said(&[(".github/workflows/w.yml", text)], rule)
}

#[test]
fn a_setting_about_credentials_is_no_credential() {
    let text = "
on: push
jobs:
  a:
    steps:
      - uses: a/b@v1
        with:
          persist-credentials: \"no\"
          use-token: always
          with-credentials: include
          credentials: anonymous
      - uses: a/b@v1
        with:
          password: hunter-forever
";
    let found = workflow(text, "secret/generic-credential");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("14 "), "{found:?}");
}

const ENDPOINT: &str = r#"
resource "TYPE" "s3" {
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }]
  })
}
"#;

#[test]
fn an_endpoint_policy_lets_nobody_in() {
    let open =
        |kind: &str| said(&[("main.tf", &ENDPOINT.replace("TYPE", kind))], "anonymous/principal").len();
    assert_eq!(open("aws_vpc_endpoint"), 0);
    assert_eq!(open("aws_vpc_endpoint_policy"), 0);
    assert_eq!(open("aws_sqs_queue_policy"), 1);
}

#[test]
fn a_bare_policy_is_an_endpoints_only_where_nothing_else_could_carry_it() {
    let statement = |action: &str, resource: &str, condition: &str| {
        let text = format!(
            r#"{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "{action}", "Resource": {resource},
                "Condition": {{{condition}}}}}]}}"#
        );
        said(&[("policy.json", &text)], "anonymous/principal").len()
    };
    let whose = r#""StringEquals": {"aws:ResourceOrgID": "o-1"}"#;
    assert_eq!(statement("*", r#""*""#, whose), 0);
    assert_eq!(statement("s3:GetObject", r#"["arn:aws:s3:::one/*", "arn:aws:s3:::two/*"]"#, ""), 0);
    // A bucket policy that mistakes the resource's organisation for the caller's.
    assert_eq!(statement("s3:GetObject", r#"["arn:aws:s3:::one", "arn:aws:s3:::one/*"]"#, whose), 1);
    assert_eq!(statement("*", r#""*""#, ""), 1);
}

#[test]
fn a_publishers_own_credential_is_less_than_a_strangers() {
    let severity = |step: &str| {
        let text = format!("on: push\npermissions: {{}}\njobs:\n  a:\n    steps:\n      - uses: {step}\n");
        let found = workflow(&text, "third-party/unpinned-with-credential");
        assert_eq!(found.len(), 1, "{found:?}");
        let own = found[0].contains("which is its publisher's own");
        (found[0].split(' ').nth(1).unwrap().to_owned(), own)
    };
    let own = ("low".to_owned(), true);
    let stranger = ("high".to_owned(), false);
    assert_eq!(severity("Azure/login@v2\n        with: {creds: \"${{ secrets.AZ }}\"}"), own);
    let gcp = "google-github-actions/auth@v2\n        with: {credentials_json: \"${{ secrets.G }}\"}";
    assert_eq!(severity(gcp), own);
    let docker = "docker/login-action@v3\n        with: {password: \"${{ secrets.P }}\"";
    assert_eq!(severity(&format!("{docker}}}")), own);
    assert_eq!(severity(&format!("{docker}, registry: ghcr.io}}")), stranger);
    assert_eq!(severity(&format!("{docker}, registry: \"${{{{ vars.R }}}}\"}}")), stranger);
    assert_eq!(severity("azure/docker-login@v1\n        with: {password: \"${{ secrets.P }}\"}"), stranger);
    assert_eq!(severity("some-org/aws@v1\n        with: {key: \"${{ secrets.P }}\"}"), stranger);
}

#[test]
fn a_static_key_is_found_whatever_way_it_takes() {
    let job = |before: &str, key: &str| {
        let text = format!(
            "on: push
jobs:
  a:
    {before}
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-region: eu-west-1
          aws-access-key-id: ${{{{ vars.KEY_ID }}}}
          aws-secret-access-key: ${{{{ {key} }}}}
"
        );
        workflow(&text, "lifetime/static-cloud-key").len()
    };
    for key in [
        "secrets.A || secrets.B",
        "github.ref == 'refs/heads/main' && secrets.A || secrets.B",
        "(inputs.x && secrets.A) || (secrets.B)",
        "format('{0}', secrets.A)",
        "secrets['A']",
        "fromJSON(secrets.A).key",
        "fromJSON(toJSON(secrets)).A",
        "secrets[format('{0}_KEY', github.ref_name)]",
        "inputs.key",
        "vars.KEY",
    ] {
        assert_eq!(job("steps:", key), 1, "{key}");
    }
    let matrix = "strategy:\n      matrix: {key: [A, B]}\n    steps:";
    assert_eq!(job(matrix, "secrets[matrix.key]"), 1);
    let output = |value: &str| {
        format!(
            "env: {{K: \"${{{{ secrets.A }}}}\"}}\n    steps:
      - id: fetch
        run: echo \"key={value}\" >> \"$GITHUB_OUTPUT\""
        )
    };
    assert_eq!(job(&output("$K"), "steps.fetch.outputs.key"), 1);
    assert_eq!(job(&output("${{ secrets.A }}"), "steps.fetch.outputs.key"), 1);
    assert_eq!(job(&output("$(aws configure get k)"), "steps.fetch.outputs.key"), 0);
    for none in
        ["secrets.A != ''", "contains(secrets.A, 'x')", "steps.fetch.outputs.key", "needs.a.outputs.key"]
    {
        assert_eq!(job("steps:", none), 0, "{none}");
    }
}

const CALLER: &str = "
on: push
permissions: {}
jobs:
  a:
    steps:
      - uses: ./.github/actions/x
        with:
          token: ${{ secrets.TOKEN }}
";

/// What is said about the caller of an action with this text.
fn called(action: &str, rule: &str) -> Vec<String> {
    said(&[(".github/workflows/w.yml", CALLER), (".github/actions/x/action.yml", action)], rule)
}

#[test]
fn a_local_action_does_not_launder_a_secret() {
    let composite = |step: &str| {
        format!("inputs: {{token: {{required: true}}}}\nruns:\n  using: composite\n  steps:\n    - {step}\n")
    };
    let stranger = "third-party/unpinned-with-credential";
    let handed = composite("uses: some-org/scan@v1\n      with: {token: \"${{ inputs.token }}\"}");
    let found = called(&handed, stranger);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("9 high action `some-org/scan` is handed `token`"), "{found:?}");
    let around = composite("uses: some-org/scan@v1\n      env: {TOKEN: \"x-${{ inputs.token }}\"}");
    assert_eq!(called(&around, stranger).len(), 1);
    let pinned = handed.replace("@v1", "@7474bc4690e29a8392af63c5b98e7449536d5c3a");
    assert!(called(&pinned, stranger).is_empty());
    let other = composite("uses: some-org/scan@v1\n      with: {mode: fast}");
    assert!(called(&other, stranger).is_empty());

    let key = "lifetime/static-cloud-key";
    let variable = composite("run: ./deploy\n      env: {AWS_SECRET_ACCESS_KEY: \"${{ inputs.token }}\"}");
    assert_eq!(called(&variable, key).len(), 1);
    let login = composite(
        "uses: aws-actions/configure-aws-credentials@v4\n      with: {aws-secret-access-key: \"${{ format('{0}', inputs.token) }}\"}",
    );
    assert_eq!(called(&login, key).len(), 1);
}

#[test]
fn an_image_of_a_local_action_gets_its_variables_and_arguments() {
    let image = |rest: &str| {
        format!("inputs: {{token: {{}}}}\nruns:\n  using: docker\n  image: docker://some-org/scan:1\n{rest}")
    };
    let stranger = "third-party/unpinned-with-credential";
    for rest in ["", "  env: {T: \"${{ inputs.token }}\"}\n", "  args: [\"--token=${{ inputs.token }}\"]\n"] {
        let found = called(&image(rest), stranger);
        assert_eq!(found.len(), 1, "{rest}: {found:?}");
    }
    assert!(called(&image("").replace("docker://some-org/scan:1", "Dockerfile"), stranger).is_empty());
}

#[test]
fn an_action_inside_an_action_is_followed_and_one_that_uses_itself_ends() {
    let inner = "inputs: {t: {}}\nruns:\n  using: composite\n  steps:\n    - uses: some-org/scan@v1\n      with: {token: \"${{ inputs.t }}\"}\n";
    let outer = "inputs: {token: {}}\nruns:\n  using: composite\n  steps:\n    - uses: ./.github/actions/y\n      with: {t: \"${{ inputs.token }}\"}\n    - uses: ./.github/actions/x\n      with: {token: \"${{ inputs.token }}\"}\n";
    let files = [
        (".github/workflows/w.yml", CALLER),
        (".github/actions/x/action.yml", outer),
        (".github/actions/y/action.yml", inner),
    ];
    assert!(!said(&files, "third-party/unpinned-with-credential").is_empty());
}

#[test]
fn every_scope_by_name_is_write_all() {
    let admin = |scopes: &[&str]| {
        let lines: String = scopes.iter().map(|s| format!("  {s}: write\n")).collect();
        let text = format!("on: push\npermissions:\n{lines}jobs:\n  a:\n    steps: []\n");
        workflow(&text, "scope/admin-grant").len()
    };
    let most =
        ["actions", "checks", "contents", "deployments", "issues", "packages", "pull-requests", "statuses"];
    assert_eq!(admin(&most), 0);
    let all: Vec<&str> = most.iter().copied().chain(["security-events"]).collect();
    assert_eq!(admin(&all), 1);
}

#[test]
fn a_managed_policy_is_known_in_every_writing() {
    let admin = |policy: &str, data: &str| {
        let text = format!(
            "data \"aws_partition\" \"current\" {{}}\n{data}\nresource \"aws_iam_role_policy_attachment\" \"x\" {{
  role       = \"app\"\n  policy_arn = {policy}\n}}\n"
        );
        said(&[("main.tf", &text)], "scope/admin-grant").len()
    };
    let partition = "\"arn:${data.aws_partition.current.partition}:iam::aws:policy/AdministratorAccess\"";
    assert_eq!(admin(partition, ""), 1);
    assert_eq!(admin("\"arn:aws-us-gov:iam::aws:policy/AdministratorAccess\"", ""), 1);
    assert_eq!(
        admin("\"arn:${data.aws_partition.current.partition}:iam::aws:policy/ReadOnlyAccess\"", ""),
        0
    );
    assert_eq!(admin("\"arn:aws:iam::123456789012:policy/AdministratorAccess\"", ""), 0);
    let data = |arguments: &str| format!("data \"aws_iam_policy\" \"p\" {{ {arguments} }}");
    assert_eq!(admin("data.aws_iam_policy.p.arn", &data("name = \"AdministratorAccess\"")), 1);
    assert_eq!(admin("data.aws_iam_policy.p.arn", &data(&format!("arn = {partition}"))), 1);
    assert_eq!(admin("data.aws_iam_policy.p.arn", &data("name = \"shop-read\"")), 0);
}

#[test]
fn items_of_a_typed_list_need_no_kind() {
    let list = |list: &str, kind: &str| {
        let text = format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: {list}\nitems:\n  - {kind}metadata: {{name: all}}\n    rules:\n      - {{apiGroups: ['*'], resources: ['*'], verbs: ['*']}}\n"
        );
        said(&[("roles.yaml", &text)], "scope/admin-grant").len()
    };
    assert_eq!(list("ClusterRoleList", ""), 1);
    assert_eq!(list("RoleList", ""), 1);
    let own = "apiVersion: rbac.authorization.k8s.io/v1\n    kind: ClusterRole\n    ";
    assert_eq!(list("ClusterRoleList", own), 1);
    assert_eq!(list("List", own), 1);
    // What a plain list leaves out is said nowhere: nothing is judged, and that is counted.
    let plain = "apiVersion: v1\nkind: List\nitems:\n  - rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n";
    let answer = answer(&[("roles.yaml", plain)]);
    assert_eq!(answer.coverage.iter().flat_map(|c| &c.unknown).count(), 1);
}

#[test]
fn a_condition_on_what_may_be_absent_holds_nobody_back() {
    let said = |operator: &str| {
        let text = format!(
            r#"{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::b/*", "Condition": {{"{operator}": {{"aws:PrincipalOrgID": "o-1"}}}}}}]}}"#
        );
        let found = said(&[("policy.json", &text)], "anonymous/principal");
        found.iter().map(|f| f.split(' ').nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(said("StringEqualsIfExists"), ["high"]);
    assert_eq!(said("ForAllValues:StringEquals"), ["high"]);
    assert!(said("StringEquals").is_empty());
}

#[test]
fn a_secret_without_its_mark_leaves_through_an_output() {
    let exposed = |output: &str| {
        let text = format!(
            "variable \"secret\" {{\n  sensitive = true\n}}\nvariable \"plain\" {{}}\noutput \"x\" {{\n{output}\n}}\n"
        );
        said(&[("main.tf", &text)], "secret/exposed-output").len()
    };
    assert_eq!(exposed("value = nonsensitive(var.secret)"), 1);
    assert_eq!(exposed("value = \"x-${nonsensitive(var.secret)}\""), 1);
    assert_eq!(exposed("value = nonsensitive(var.plain)"), 0);
    assert_eq!(exposed("value = var.secret\nsensitive = true"), 0);
    assert_eq!(exposed("value = nonsensitive(length(var.secret))"), 0);
    assert_eq!(exposed("value = nonsensitive(var.secret != \"\")"), 0);
}

#[test]
fn the_jobs_own_token_in_a_strangers_hands_is_said() {
    let severity = |permissions: &str, value: &str| {
        let text = format!(
            "on: push
permissions: {permissions}
jobs:
  a:
    env: {{T: \"${{{{ github.token }}}}\"}}
    steps:
      - uses: some-org/scan@v1
        with:
          token: ${{{{ {value} }}}}
"
        );
        let found = workflow(&text, "third-party/unpinned-with-credential");
        found.iter().map(|f| f.split(' ').nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    for value in ["github.token", "secrets.GITHUB_TOKEN", "toJSON(github)", "github['token']", "env.T"] {
        assert_eq!(severity("{contents: write}", value), ["medium"], "{value}");
    }
    assert_eq!(severity("{contents: read}", "github.token"), ["low"]);
    assert_eq!(severity("{contents: read}", "toJSON(secrets)"), ["high"]);
    assert!(severity("{contents: write}", "github.ref").is_empty());
    assert!(severity("{contents: write}", "github.event.token").is_empty());
}

#[test]
fn a_script_that_reads_a_secret_is_counted_unknown() {
    let unknown = |script: &str| {
        let text = format!(
            "on: push
permissions: {{}}
jobs:
  a:
    env: {{SECRET: \"${{{{ secrets.A }}}}\", PLAIN: x, GH_TOKEN: \"${{{{ github.token }}}}\"}}
    steps:
      - run: {script}
      - run: echo done
"
        );
        let answer = answer(&[(".github/workflows/w.yml", &text)]);
        answer.coverage.iter().flat_map(|c| &c.unknown).count()
    };
    for script in ["curl -H \"$SECRET\"", "./deploy ${{ secrets.B }}", "python -c 'os.environ[\"SECRET\"]'"] {
        assert_eq!(unknown(script), 1, "{script}");
    }
    for script in ["echo $PLAIN", "echo $SECRETS", "gh pr list $GH_TOKEN"] {
        assert_eq!(unknown(script), 0, "{script}");
    }
}
