//! One policy in every carrier, and who it is given to.

use super::*;

const EXPECTED: &str = "allow aws:iam:PassRole aws:ec2:* on * to aws/policy/${account}/p";

fn policy(text: &str) -> Vec<String> {
    facts(&[(
        "main.tf",
        &format!("resource \"aws_iam_policy\" \"p\" {{\n  name = \"p\"\n  policy = {text}\n}}\n"),
    )])
}

#[test]
fn the_same_policy_is_the_same_grant_in_every_carrier() {
    let json = "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"iam:PassRole\", \"ec2:*\"], \"Resource\": \"*\"}]}";
    let encoded = policy(
        "jsonencode({\n    Statement = [{\n      Effect = \"Allow\"\n      Action = [\"iam:PassRole\", \"ec2:*\"]\n      Resource = \"*\"\n    }]\n  })",
    );
    assert_eq!(encoded, [format!("main.tf:4 {EXPECTED}")]);
    let heredoc = policy(&format!("<<-EOT\n    {json}\n  EOT"));
    assert_eq!(heredoc, [format!("main.tf:4 {EXPECTED}")]);
    let quoted = policy(&format!("\"{}\"", json.replace('"', "\\\"")));
    assert_eq!(quoted, [format!("main.tf:3 {EXPECTED}")]);

    let main = "resource \"aws_iam_policy\" \"p\" {\n  name = \"p\"\n  policy = file(\"${path.module}/p.json\")\n}\n";
    let file = facts(&[("env/main.tf", main), ("env/p.json", json)]);
    assert_eq!(file, [format!("env/p.json:1 {EXPECTED} <- env/main.tf:3 used here")]);

    let document = "data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions = [\"iam:PassRole\", \"ec2:*\"]\n    resources = [\"*\"]\n  }\n}\n\
                    resource \"aws_iam_policy\" \"p\" {\n  name = \"p\"\n  policy = data.aws_iam_policy_document.d.json\n}\n";
    let found = facts(&[("main.tf", document)]);
    assert_eq!(found, [format!("main.tf:2 {EXPECTED} <- main.tf:9 used here")]);
}

#[test]
fn holes_in_a_heredoc_stay_holes_in_the_statement() {
    let found = policy(
        "<<POLICY\n{\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Action\": \"s3:*\",\n    \"Resource\": [\"arn:aws:s3:::${var.bucket}/*\", \"${aws_s3_bucket.b.arn}\"]\n  }\n}\nPOLICY",
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("main.tf:5 allow aws:s3:* on arn:aws:s3:::${var.bucket}/* ${"), "{found:?}");
}

#[test]
fn a_list_put_into_json_from_outside_a_string_is_read() {
    let text = "locals {\n  actions = [\"iam:*\", \"s3:Get*\"]\n}\nresource \"aws_iam_role_policy\" \"p\" {\n  role = \"r\"\n  policy = <<EOT\n{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": ${jsonencode(local.actions)}, \"Resource\": \"*\"}]}\nEOT\n}\n";
    let found = facts(&[("main.tf", text)]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("allow aws:iam:* aws:s3:Get* on * to aws/role/${account}/r"), "{found:?}");
}

#[test]
fn attachments_name_what_the_resources_name() {
    let tree = [(
        "main.tf",
        "resource \"aws_iam_role\" \"app\" {\n  name_prefix = \"app\"\n}\n\
         resource \"aws_iam_policy\" \"p\" {\n  name = \"p\"\n  policy = jsonencode({ Statement = [] })\n}\n\
         resource \"aws_iam_role_policy_attachment\" \"a\" {\n  role = aws_iam_role.app.name\n  policy_arn = aws_iam_policy.p.arn\n}\n\
         resource \"aws_iam_role_policy_attachment\" \"b\" {\n  role = \"${aws_iam_role.app.id}\"\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n",
    )];
    assert_eq!(
        facts(&tree),
        [
            "main.tf:1 identity aws/role/${account}/${aws_iam_role.app.name} owner - purpose -",
            "main.tf:10 link Attaches aws/policy/${account}/p -> aws/role/${account}/${aws_iam_role.app.name}",
            "main.tf:14 link Attaches aws/policy/aws/AdministratorAccess -> aws/role/${account}/${aws_iam_role.app.name}",
            "main.tf:14 allow aws:*:* on * to aws/policy/aws/AdministratorAccess",
        ]
    );
}

#[test]
fn trust_of_an_oidc_role_names_issuer_audience_and_subject() {
    let tree = [(
        "main.tf",
        "resource \"aws_iam_openid_connect_provider\" \"github\" {\n  url = \"https://token.actions.githubusercontent.com\"\n}\n\
         data \"aws_iam_policy_document\" \"trust\" {\n  statement {\n    actions = [\"sts:AssumeRoleWithWebIdentity\"]\n\
         \x20   principals {\n      type = \"Federated\"\n      identifiers = [aws_iam_openid_connect_provider.github.arn]\n    }\n\
         \x20   condition {\n      test = \"StringLike\"\n      variable = \"token.actions.githubusercontent.com:sub\"\n      values = [\"repo:acme/*\"]\n    }\n\
         \x20   condition {\n      test = \"StringEquals\"\n      variable = \"token.actions.githubusercontent.com:aud\"\n      values = [\"sts.amazonaws.com\"]\n    }\n  }\n}\n\
         resource \"aws_iam_role\" \"deploy\" {\n  name = \"deploy\"\n  assume_role_policy = data.aws_iam_policy_document.trust.json\n}\n",
    )];
    let found = facts_with(&tree, "trust aws");
    assert_eq!(found.len(), 1, "{found:?}");
    let expected = "trust aws/role/${account}/deploy opens to issuer token.actions.githubusercontent.com subject~repo:acme/* audience=sts.amazonaws.com";
    assert!(found[0].contains(expected), "{found:?}");
}

#[test]
fn included_documents_are_read_and_a_missing_one_is_said() {
    let tree = [(
        "main.tf",
        "data \"aws_iam_policy_document\" \"base\" {\n  statement {\n    sid = \"A\"\n    actions = [\"s3:*\"]\n    resources = [\"*\"]\n  }\n}\n\
         data \"aws_iam_policy_document\" \"all\" {\n  source_policy_documents = [data.aws_iam_policy_document.base.json, var.more]\n\
         \x20 statement {\n    effect = \"Deny\"\n    not_actions = [\"iam:*\"]\n    resources = [\"*\"]\n  }\n}\n\
         resource \"aws_iam_role_policy\" \"p\" {\n  role = \"r\"\n  policy = data.aws_iam_policy_document.all.json\n}\n",
    )];
    let found = facts(&tree);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("main.tf:2 allow aws:s3:* on *"), "{found:?}");
    assert!(found[1].starts_with("main.tf:10 deny all but aws:iam:* on *"), "{found:?}");
    assert_eq!(unknowns(&tree), ["main.tf:9 `var.more` has no value in the tree"]);
}

#[test]
fn resource_policies_and_members_open_to_anybody() {
    let tree = [(
        "main.tf",
        "resource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = \"logs\"\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"*\" }] })\n}\n\
         resource \"google_storage_bucket_iam_member\" \"m\" {\n  bucket = \"site\"\n  role = \"roles/storage.objectViewer\"\n  member = \"allUsers\"\n}\n\
         resource \"google_project_iam_binding\" \"p\" {\n  project = \"proj\"\n  role = \"roles/owner\"\n  members = [\"serviceAccount:${google_service_account.sa.email}\"]\n}\n\
         resource \"google_service_account\" \"sa\" {\n  account_id = \"ci\"\n  project = \"proj\"\n}\n\
         resource \"aws_lambda_permission\" \"l\" {\n  function_name = \"f\"\n  action = \"lambda:InvokeFunction\"\n  principal = \"*\"\n}\n",
    )];
    assert_eq!(
        facts(&tree),
        [
            "main.tf:3 allow aws:s3:GetObject on * for anyone to aws/bucket/${account}/logs",
            "main.tf:8 allow gcp:role:roles/storage.objectViewer on site for anyone to gcp/storage-bucket/site",
            "main.tf:13 allow gcp:role:roles/owner on projects/proj to gcp/service-account/proj/ci",
            "main.tf:15 identity gcp/service-account/proj/ci owner - purpose -",
            "main.tf:19 allow aws:lambda:InvokeFunction on * for anyone to aws/function/${account}/f",
        ]
    );
}

#[test]
fn a_pool_member_may_act_as_the_account_under_a_claim() {
    let tree = [(
        "main.tf",
        "resource \"google_service_account_iam_member\" \"w\" {\n  service_account_id = \"projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com\"\n  role = \"roles/iam.workloadIdentityUser\"\n\
         \x20 member = \"principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.x.name}/attribute.repository/acme/app\"\n}\n",
    )];
    let found = facts_with(&tree, "trust");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("trust gcp/service-account/p/ci opens to issuer"), "{found:?}");
    assert!(found[0].contains("repository=acme/app"), "{found:?}");
}

#[test]
fn a_queue_that_feeds_a_function_is_a_need_of_its_role() {
    let tree = [(
        "main.tf",
        "resource \"aws_sqs_queue\" \"q\" {\n  name = \"jobs\"\n}\n\
         resource \"aws_iam_role\" \"r\" {\n  name = \"worker\"\n}\n\
         resource \"aws_lambda_function\" \"f\" {\n  function_name = \"worker\"\n  role = aws_iam_role.r.arn\n}\n\
         resource \"aws_lambda_event_source_mapping\" \"m\" {\n  event_source_arn = aws_sqs_queue.q.arn\n  function_name = aws_lambda_function.f.arn\n}\n",
    )];
    let found = facts_with(&tree, "need");
    assert!(found.is_empty() || found[0].contains("worker"), "{found:?}");
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[0], "main.tf:12 need aws:sqs:ReceiveMessage by aws/role/${account}/worker");
}
