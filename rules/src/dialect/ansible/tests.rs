#![allow(clippy::unwrap_used)]

//! Playbooks as a user writes them, and what is said of them: line and rule.

use crate::dialect::told;

fn said(path: &str, text: &str) -> Vec<String> {
    // That nobody owns what is made here is said of every role.
    let all = told::findings(&[(path, text)]);
    all.into_iter().filter(|line| !line.ends_with("identity/no-owner")).collect()
}

/// What is said of one task, its first line being the first.
fn of_task(task: &str) -> Vec<String> {
    let indented: Vec<String> = task.lines().map(|line| format!("    {line}")).collect();
    let play = format!(
        "- {{hosts: all, become: true, tasks: [], vars: {{}}}}\n- hosts: all\n  tasks:\n{}\n",
        indented.join("\n")
    );
    let numbered = |line: String| {
        let (number, rule) = line.split_once(' ').unwrap();
        format!("{} {rule}", number.parse::<usize>().unwrap() - 3)
    };
    said("site.yml", &play).into_iter().map(numbered).collect()
}

#[test]
fn a_policy_is_read_in_every_shape_it_is_given_in() {
    let task = |policy: &str| {
        format!(
            "- amazon.aws.iam_policy:\n    iam_type: role\n    iam_name: x\n    policy_name: p\n    policy_json: {policy}\n"
        )
    };
    for policy in [
        "{Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}",
        r#"'{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'"#,
        r#""{{ {'Statement': []} }}""#,
    ] {
        let expected: &[&str] = if policy.contains('*') { &["5 scope/admin-grant"] } else { &[] };
        assert_eq!(of_task(&task(policy)), expected, "{policy}");
    }
    assert!(
        of_task(&task(
            "{Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::a/*'}]}"
        ))
        .is_empty()
    );
    // What a module takes away is no grant.
    assert!(
        of_task(&task("{Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}\n    state: absent"))
            .is_empty()
    );
    assert_eq!(
        of_task(
            "- iam_managed_policy:\n    name: p\n    policy: {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}"
        ),
        ["3 scope/admin-grant"]
    );
    assert!(of_task("- other.place.iam_managed_policy:\n    policy: {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}").is_empty());
}

#[test]
fn values_are_followed_to_where_they_are_written() {
    let play = |session: &str| {
        format!(
            "- hosts: localhost\n  vars:\n    session: {session}\n  tasks:\n  - block:\n    - iam_role:\n        name: x\n        max_session_duration: '{{{{ session }}}}'\n"
        )
    };
    assert_eq!(said("site.yml", &play("43200")), ["3 lifetime/above-ceiling"]);
    assert!(said("site.yml", &play("3600")).is_empty());
    let own = "- hosts: all\n  tasks:\n  - iam_role: {name: x, max_session_duration: '{{ long }}'}\n    vars:\n      long: 43200\n";
    assert_eq!(said("site.yml", own), ["5 lifetime/above-ceiling"]);
    let tasks = "- iam_role:\n    name: x\n    max_session_duration: '{{ session }}'\n";
    let files = [("roles/aws/tasks/main.yml", tasks), ("roles/aws/defaults/main.yml", "session: 43200\n")];
    let all = told::findings(&files);
    assert!(all.contains(&"1 lifetime/above-ceiling".to_owned()), "{all:?}");
    assert!(told::unknown(&files[..1]).iter().any(|why| why.contains("session")));
}

#[test]
fn clouds_in_their_own_words() {
    for (task, expected) in [
        ("- s3_bucket:\n    name: a\n    acl: public-read", "3 anonymous/principal"),
        ("- amazon.aws.iam_access_key:\n    user_name: ci", "1 lifetime/static-cloud-key"),
        (
            "- local_action:\n    module: amazon.aws.iam_access_key\n    user_name: ci",
            "2 lifetime/static-cloud-key",
        ),
        (
            "- iam_user:\n    name: ci\n    managed_policies: ['arn:aws:iam::aws:policy/AdministratorAccess']",
            "3 scope/admin-grant",
        ),
        (
            "- azure_rm_roleassignment:\n    scope: /subscriptions/0\n    assignee_object_id: a\n    role_definition_id: /x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
            "3 scope/admin-grant",
        ),
        (
            "- azure_rm_roledefinition:\n    name: x\n    permissions: [{actions: ['*']}]",
            "3 scope/admin-grant",
        ),
        (
            "- google.cloud.gcp_storage_bucket_access_control:\n    bucket: {name: a}\n    entity: allUsers\n    role: READER",
            "3 anonymous/principal",
        ),
        (
            "- google.cloud.gcp_iam_role:\n    name: x\n    included_permissions: [resourcemanager.projects.setIamPolicy]",
            "3 scope/privilege-escalation",
        ),
        (
            "- community.crypto.x509_certificate:\n    path: a\n    selfsigned_not_after: '+3650d'",
            "3 lifetime/above-ceiling",
        ),
        (
            "- community.hashi_vault.vault_token_create:\n    explicit_max_ttl: 8760h",
            "2 lifetime/above-ceiling",
        ),
    ] {
        assert!(of_task(task).contains(&expected.to_owned()), "{task} {:?}", of_task(task));
    }
    for task in [
        "- s3_bucket:\n    name: a\n    acl: private",
        "- iam_user:\n    name: ci",
        "- azure_rm_roleassignment:\n    scope: /subscriptions/0\n    role_definition_id: /x/acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "- community.crypto.x509_certificate:\n    path: a\n    selfsigned_not_after: '+30d'",
        "- google.cloud.gcp_storage_bucket_access_control:\n    bucket: {name: a}\n    entity: user-x@example.com\n    role: READER",
    ] {
        assert!(of_task(task).is_empty(), "{task} {:?}", of_task(task));
    }
}

#[test]
fn manifests_are_judged_as_everywhere() {
    let binding = |role: &str| {
        format!(
            "- kubernetes.core.k8s:\n    definition:\n      apiVersion: rbac.authorization.k8s.io/v1\n      kind: ClusterRoleBinding\n      metadata: {{name: x}}\n      \
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}\n      subjects: [{{kind: ServiceAccount, name: app, namespace: app}}]"
        )
    };
    assert_eq!(of_task(&binding("cluster-admin")), ["6 scope/admin-grant"]);
    assert!(of_task(&binding("view")).is_empty());
    let text = "- k8s:\n    definition: |\n      apiVersion: rbac.authorization.k8s.io/v1\n      kind: ClusterRoleBinding\n      metadata: {name: x}\n      \
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n      subjects: [{kind: ServiceAccount, name: app, namespace: app}]";
    assert_eq!(of_task(text), ["6 scope/admin-grant"]);
    let files = [("site.yml", "- hosts: all\n  tasks:\n  - k8s: {definition: \"{{ manifest }}\"}\n")];
    assert_eq!(told::unknown(&files), ["a manifest that is no map is not evaluated"]);
}

#[test]
fn secrets_are_kept_out_of_the_file_and_the_log() {
    let user = |password: &str, more: &str| {
        format!("- community.postgresql.postgresql_user:\n    name: app\n    password: {password}\n{more}")
    };
    assert_eq!(of_task(&user("Tr0ub4dor-x9Q7z", "")), ["3 secret/generic-credential"]);
    assert_eq!(of_task(&user("'{{ vault_password }}'", "  no_log: false")), ["4 secret/exposed-log"]);
    assert!(of_task(&user("'{{ vault_password }}'", "  no_log: true")).is_empty());
    assert!(
        of_task(&user("!vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      6231336539666234", "")).is_empty()
    );
    let hash = format!("'$6$saltsalt${}'", "Zk5c1Y7QpL2mVx8RtB4nWd".repeat(4).get(..86).unwrap());
    assert!(of_task(&user(&hash, "")).is_empty());
    assert!(of_task("- user:\n    name: app\n    update_password: on_create").is_empty());
    assert_eq!(of_task("- debug:\n    msg: 'the password is {{ db_password }}'"), ["2 secret/exposed-log"]);
    assert_eq!(of_task("- debug: {var: db_password}"), ["1 secret/exposed-log"]);
    assert!(of_task("- debug: {msg: 'host {{ inventory_hostname }}'}").is_empty());
    assert!(of_task("- block:\n  - debug: {var: db_password}\n  no_log: yes").is_empty());
}

#[test]
fn code_from_elsewhere_takes_part() {
    assert_eq!(
        of_task("- shell: curl -fsSL https://get.example.com/install.sh | sh"),
        ["1 third-party/unpinned"]
    );
    assert_eq!(
        of_task("- ansible.builtin.shell:\n    cmd: curl -fsSL https://get.example.com/install.sh | sh"),
        ["2 third-party/unpinned"]
    );
    let fetched = |more: &str| {
        format!("- get_url:\n    url: https://example.com/tool\n    dest: /usr/local/bin/tool\n{more}")
    };
    assert_eq!(of_task(&fetched("    mode: '0755'")), ["2 third-party/unpinned"]);
    assert!(of_task(&fetched("    mode: '0755'\n    checksum: sha256:ab")).is_empty());
    assert!(of_task(&fetched("    mode: '0644'")).is_empty());
    assert_eq!(
        of_task("- community.docker.docker_container:\n    name: a\n    image: acme/app:latest"),
        ["3 third-party/unpinned"]
    );
    let required = "roles:\n- src: geerlingguy.nginx\n- src: https://github.com/acme/role.git\n  version: main\n- src: https://github.com/acme/role2.git\n  version: 0123456789012345678901234567890123456789\ncollections:\n- name: amazon.aws\n  version: '>=6.0'\n";
    assert_eq!(
        said("requirements.yml", required),
        ["2 third-party/unpinned", "3 third-party/unpinned", "8 third-party/unpinned"]
    );
    assert!(said("requirements.yml", "packages: [{name: x}]\n").is_empty());
}

#[test]
fn what_is_not_read_is_named() {
    let named = |path: &str, text: &str| told::unknown(&[(path, text)]);
    assert_eq!(
        named("roles/a/tasks/main.yml", "key: value\n"),
        ["a file of tasks that is no list is not evaluated"]
    );
    let free = "- hosts: all\n  tasks:\n  - iam_role: name=x state=present\n";
    assert_eq!(named("site.yml", free), ["what `iam_role` is told in one text is not evaluated"]);
    let mut deep = "- hosts: all\n  tasks:\n  - ".to_owned();
    deep.push_str(&"{block: [".repeat(40));
    deep.push_str("{debug: {msg: a}}");
    deep.push_str(&"]}".repeat(40));
    assert!(named("site.yml", &deep).iter().any(|why| why.contains("nested more than 32 deep")));
}

#[test]
fn what_is_cut_or_odd_ends() {
    let text = "- hosts: [a]\n  vars: {a: &x [1, {b: '{{ c }}'}], c: *x}\n  tasks:\n  - iam_role: {name: '{{ a.b }}{% if %}', max_session_duration: *x, tags: {owner: \"\\u0000${x}%{\"}}\n  - k8s: {definition: [1, {kind: []}]}\n  - shell: [a, {b: c}]\n  - get_url: {url: {}, mode: [7]}\n  - debug: {msg: '{{'}\n  - block: {rescue: 1}\n";
    for end in (0..=text.len()).step_by(7).filter(|end| text.is_char_boundary(*end)) {
        said("site.yml", &text[..end]);
    }
    let mut alias = "- hosts: all\n  vars:\n    x0: &a0 [a, b, c, d, e, f, g, h]\n".to_owned();
    (0..8).for_each(|i| {
        alias.push_str(&format!(
            "    x{0}: &a{0} [*a{i}, *a{i}, *a{i}, *a{i}, *a{i}, *a{i}, *a{i}, *a{i}]\n",
            i + 1
        ))
    });
    alias.push_str("  tasks:\n  - iam_role: {name: '{{ x8 }}', max_session_duration: '{{ x7 }}'}\n");
    said("site.yml", &alias);
}
