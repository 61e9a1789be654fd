#![allow(clippy::unwrap_used)]

use crate::dialect::told;

const PATH: &str = "deploy/shop.yaml";

fn said(text: &str) -> Vec<String> {
    let all = told::findings(&[(PATH, text)]);
    all.into_iter().filter(|line| !line.ends_with("identity/no-owner")).collect()
}

/// A configuration of one resource, whose properties begin on line 4.
fn one(kind: &str, properties: &str) -> String {
    format!("resources:\n- name: it\n  type: {kind}\n  properties: {properties}\n")
}

#[test]
fn resources_are_judged_as_terraforms_are() {
    for (text, expected) in [
        (
            one(
                "iam.v1.serviceAccounts.key",
                "{parent: 'projects/p/serviceAccounts/a@p.iam.gserviceaccount.com'}",
            ),
            "2 lifetime/static-cloud-key",
        ),
        (
            one(
                "gcp-types/cloudresourcemanager-v1:virtual.projects.iamMemberBinding",
                "{resource: p, role: roles/owner, member: 'serviceAccount:a@p.iam.gserviceaccount.com'}",
            ),
            "4 scope/admin-grant",
        ),
        (one("storage.v1.bucket", "{acl: [{entity: allUsers, role: READER}]}"), "4 anonymous/principal"),
        (one("gcp-types/storage-v1:buckets", "{predefinedAcl: publicRead}"), "4 anonymous/principal"),
        (
            one("storage.v1.bucketAccessControl", "{bucket: b, entity: allUsers, role: READER}"),
            "4 anonymous/principal",
        ),
        (
            one(
                "gcp-types/storage-v1:virtual.buckets.iamMemberBinding",
                "{bucket: b, member: allUsers, role: roles/storage.objectViewer}",
            ),
            "4 anonymous/principal",
        ),
        (
            one("compute.v1.instance", "{serviceAccounts: [{email: default}]}"),
            "4 identity/default-service-account",
        ),
        (
            one(
                "compute.v1.instance",
                "{serviceAccounts: [{email: 123-compute@developer.gserviceaccount.com, scopes: ['https://www.googleapis.com/auth/cloud-platform']}]}",
            ),
            "4 identity/default-service-account",
        ),
    ] {
        assert!(said(&text).contains(&expected.to_owned()), "{text} {:?}", said(&text));
    }
    for text in [
        one(
            "gcp-types/cloudresourcemanager-v1:virtual.projects.iamMemberBinding",
            "{resource: p, role: roles/run.viewer, member: 'serviceAccount:a@p.iam.gserviceaccount.com'}",
        ),
        one(
            "storage.v1.bucket",
            "{predefinedAcl: private, acl: [{entity: 'project-owners-1', role: OWNER}]}",
        ),
        one("compute.v1.instance", "{serviceAccounts: []}"),
        one("compute.v1.instance", "{serviceAccounts: [{email: app@p.iam.gserviceaccount.com}]}"),
        one("compute.v1.network", "{autoCreateSubnetworks: true}"),
    ] {
        assert!(said(&text).is_empty(), "{text} {:?}", said(&text));
    }
}

#[test]
fn policies_stand_beside_the_properties() {
    let text = |kind: &str, member: &str| {
        format!(
            "resources:\n- name: it\n  type: {kind}\n  properties: {{accountId: it, name: it}}\n  accessControl:\n    gcpIamPolicy:\n      bindings:\n      - role: roles/storage.objectViewer\n        members:\n        - \"{member}\"\n"
        )
    };
    for kind in ["storage.v1.bucket", "pubsub.v1.topic", "gcp-types/iam-v1:projects.serviceAccounts"] {
        assert_eq!(said(&text(kind, "allUsers")), ["10 anonymous/principal"], "{kind}");
        assert!(said(&text(kind, "group:shop@acme.example")).is_empty(), "{kind}");
    }
}

#[test]
fn what_an_action_adds_is_given_and_what_it_removes_is_not() {
    let text = |what: &str| {
        format!(
            "resources:\n- name: patch\n  action: gcp-types/cloudresourcemanager-v1:cloudresourcemanager.projects.setIamPolicy\n  properties:\n    resource: p\n    policy: $(ref.get)\n    gcpIamPolicyPatch:\n      {what}:\n      - role: roles/owner\n        members: ['serviceAccount:a@p.iam.gserviceaccount.com']\n"
        )
    };
    assert_eq!(said(&text("add")), ["10 scope/admin-grant"]);
    assert!(said(&text("remove")).is_empty());
}

#[test]
fn references_lead_to_the_account() {
    let text = "resources:\n- name: deploy-account\n  type: iam.v1.serviceAccount\n  properties: {accountId: deploy, projectId: p}\n- name: more\n  \
                type: gcp-types/cloudresourcemanager-v1:virtual.projects.iamMemberBinding\n  properties:\n    resource: p\n    role: roles/owner\n    \
                member: serviceAccount:$(ref.deploy-account.email)\n- name: key\n  type: iam.v1.serviceAccounts.key\n  properties: {parent: $(ref.deploy-account.name)}\noutputs:\n- name: key\n  \
                value: $(ref.key.privateKeyData)\n";
    assert_eq!(
        said(text),
        ["10 scope/admin-grant", "11 lifetime/static-cloud-key", "16 secret/exposed-output"]
    );
}

#[test]
fn only_configurations_are_read() {
    let unknown = |text: &str| told::unknown(&[(PATH, text)]);
    assert_eq!(
        unknown("imports: [{path: vm.jinja}]\nresources: [{name: vm, type: vm.jinja}]\n"),
        ["a template of Deployment Manager of type `vm.jinja` is not evaluated"]
    );
    assert_eq!(
        unknown(&format!("{}- name: x\n  type: p/own:things\n", one("compute.v1.network", "{}"))),
        ["a resource of Deployment Manager of type `p/own:things` is not evaluated"]
    );
    for text in [
        "resources: [base, ../other.yaml]\n",
        "resources: [{name: vm, type: vm.jinja}]\n",
        "resources: [{name: a, type: Microsoft.Storage/storageAccounts}]\n",
        "resources: {it: {type: 'aws:iam:Role', name: it}}\n",
    ] {
        assert!(unknown(text).is_empty() && said(text).is_empty(), "{text} {:?}", unknown(text));
    }
}

#[test]
fn what_is_cut_or_odd_ends() {
    let text = "resources:\n- name: [a]\n  type: iam.v1.serviceAccount\n  properties: [1]\n- name: 'b.c'\n  type: storage.v1.bucket\n  properties: {acl: {entity: '$(ref.b'}, name: {a: 1}}\n  \
                accessControl: {gcpIamPolicy: {bindings: [{role: '$(ref.b.c[0])', members: x}, 1]}}\noutputs: [{name: '$(', value: [1]}, 2]\n";
    for end in (0..=text.len()).step_by(7) {
        said(&text[..end]);
    }
}
