#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

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
    assert_eq!(of_task(&user("Tr0ub4dor-x9Q7z", "")), ["3 secret/hardcoded-credential"]);
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

const ROLE: &str = "- amazon.aws.iam_role:\n    name: ci\n    managed_policies: \"{{ pols }}\"\n";

#[test]
fn lists_that_variables_hold_are_followed() {
    let admin = "pols:\n  - arn:aws:iam::aws:policy/AdministratorAccess\n";
    let named = |from: (&str, &str), tasks: (&str, &str)| {
        let all = told::findings(&[from, tasks]);
        all.into_iter().filter(|line| !line.ends_with("identity/no-owner")).collect::<Vec<_>>()
    };
    let tasks = ("roles/r/tasks/main.yml", ROLE);
    assert_eq!(named(("roles/r/defaults/main.yml", admin), tasks), ["2 scope/admin-grant"]);
    let read_only = "pols:\n  - arn:aws:iam::aws:policy/ReadOnlyAccess\n";
    assert!(named(("roles/r/defaults/main.yml", read_only), tasks).is_empty());
    let play = "- hosts: all\n  vars_files: [vars/x.yml]\n  tasks:\n    - amazon.aws.iam_role:\n        name: ci\n        managed_policies: \"{{ pols }}\"\n";
    assert_eq!(named(("vars/x.yml", admin), ("site.yml", play)), ["2 scope/admin-grant"]);
    assert_eq!(told::unknown(&[tasks]), ["`var.pols` has no value in the tree"]);
}

#[test]
fn loops_over_literals_are_run_through() {
    let user = |argument: &str, each: &str| {
        let task = format!("- iam_user:\n    name: bot\n    managed_policies: [\"{argument}\"]\n  {each}\n");
        of_task(&task)
    };
    let (admin, reads) =
        ("arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess");
    assert_eq!(user("{{ item }}", &format!("loop: [{reads}, {admin}]")), ["4 scope/admin-grant"]);
    assert_eq!(user("{{ item.arn }}", &format!("with_items: [{{arn: {admin}}}]")), ["4 scope/admin-grant"]);
    assert_eq!(user("{{ item.value }}", &format!("with_dict: {{a: {admin}}}")), ["4 scope/admin-grant"]);
    let named = format!("loop: [{admin}]\n  loop_control: {{loop_var: arn}}");
    assert_eq!(user("{{ arn }}", &named), ["4 scope/admin-grant"]);
    assert!(user("{{ item }}", &format!("loop: [{reads}]")).is_empty());
    let open = "- hosts: all\n  tasks:\n    - iam_user: {name: bot, managed_policies: [\"{{ item }}\"]}\n      loop: \"{{ pols }}\"\n";
    assert_eq!(told::unknown(&[("site.yml", open)]), ["`var.pols` has no value in the tree"]);
}

#[test]
fn what_is_named_and_not_in_the_tree_is_not_known() {
    let task = |task: &str| format!("- hosts: all\n  tasks:\n    - {task}\n");
    let unknown = |text: &str| told::unknown(&[("play/site.yml", text)]);
    for (text, name) in [
        (task("include_tasks: gone.yml"), "gone.yml"),
        (task("import_role: {name: gone}"), "gone"),
        (task("kubernetes.core.k8s: {src: files/gone.yml}"), "files/gone.yml"),
        (task("include_vars: {file: gone.yml}"), "gone.yml"),
        ("- hosts: all\n  roles: [gone]\n".to_owned(), "gone"),
        ("- hosts: all\n  vars_files: [gone.yml]\n".to_owned(), "gone.yml"),
        ("- import_playbook: gone.yml\n".to_owned(), "gone.yml"),
    ] {
        assert_eq!(unknown(&text), [format!("`{name}` is not in the tree")], "{text}");
    }
    assert_eq!(
        unknown(&task("include_tasks: \"{{ os }}.yml\"")),
        ["`{{ os }}.yml` is evaluated by the platform"]
    );
    let there = task("include_tasks: more.yml");
    let more = ("play/more.yml", "- debug: {msg: x}\n");
    assert!(told::unknown(&[("play/site.yml", &there), more]).is_empty());
    let role = ("play/roles/gone/tasks/main.yml", "- debug: {msg: x}\n");
    assert!(told::unknown(&[("play/site.yml", "- hosts: all\n  roles: [gone]\n"), role]).is_empty());
    // Files that name each other are each read by themselves.
    let round = [("tasks/a.yml", "- include_tasks: b.yml\n"), ("tasks/b.yml", "- include_tasks: a.yml\n")];
    assert!(told::unknown(&round).is_empty());
}

#[test]
fn a_password_is_the_same_in_every_syntax() {
    let user = |module: &str, value: &str| {
        of_task(&format!("- {module}:\n    name: shop\n    password: {value}\n  no_log: true\n"))
    };
    for module in ["community.postgresql.postgresql_user", "mysql_user", "google.cloud.gcp_sql_user"] {
        assert_eq!(user(module, "Zq8vN3xKp2Lm"), ["3 secret/hardcoded-credential"], "{module}");
        assert!(user(module, "\"{{ vault_password }}\"").is_empty(), "{module}");
    }
}

#[test]
fn scripts_give_roles_as_those_of_pipelines_do() {
    let attach = |policy: &str| {
        of_task(&format!("- shell: aws iam attach-role-policy --role-name ci --policy-arn {policy}"))
    };
    assert_eq!(attach("arn:aws:iam::aws:policy/AdministratorAccess"), ["1 scope/admin-grant"]);
    assert!(attach("arn:aws:iam::aws:policy/ReadOnlyAccess").is_empty());
    let open = "- hosts: all\n  tasks:\n    - command: aws iam attach-role-policy --role-name ci --policy-arn {{ arn }}\n";
    assert_eq!(
        told::unknown(&[("site.yml", open)]),
        ["which role `aws iam attach-role-policy` gives is not evaluated"]
    );
}

#[test]
fn whoever_may_be_root_without_a_password_is_told() {
    for task in [
        "- lineinfile:\n    path: /etc/sudoers.d/deploy\n    line: 'deploy ALL=(ALL) NOPASSWD: ALL'",
        "- ansible.builtin.copy:\n    dest: /etc/sudoers.d/ci\n    content: |\n      # for the pipeline\n      ci ALL=(ALL:ALL) NOPASSWD:ALL",
        "- blockinfile:\n    dest: '{{ file }}'\n    validate: visudo -cf %s\n    block: '%wheel ALL=(ALL) NOPASSWD: ALL'",
        "- community.general.sudoers:\n    name: ci\n    user: ci\n    commands: ALL",
        "- sudoers:\n    name: ci\n    group: ci\n    nopassword: true\n    commands: [/usr/bin/apt, ALL]",
    ] {
        let found = of_task(task);
        assert!(found.len() == 1 && found[0].ends_with(" scope/admin-grant"), "{task}: {found:?}");
    }
    let copied = "- copy:\n    dest: /etc/sudoers.d/ci\n    content: |\n      # for the pipeline\n      ci ALL=(ALL) NOPASSWD:ALL";
    assert_eq!(of_task(copied), ["5 scope/admin-grant"]);
    for task in [
        "- lineinfile:\n    path: /etc/sudoers.d/deploy\n    line: 'deploy ALL=(ALL) NOPASSWD: /usr/bin/systemctl restart shop'",
        "- lineinfile:\n    path: /etc/sudoers.d/deploy\n    line: '# deploy ALL=(ALL) NOPASSWD: ALL'",
        "- lineinfile:\n    path: /etc/sudoers.d/deploy\n    line: 'deploy ALL=(ALL) NOPASSWD: ALL'\n    state: absent",
        "- lineinfile:\n    path: /srv/notes.txt\n    line: 'deploy ALL=(ALL) NOPASSWD: ALL'",
        "- community.general.sudoers:\n    name: ci\n    user: ci\n    commands: /usr/bin/systemctl restart shop",
        "- community.general.sudoers:\n    name: ci\n    user: ci\n    nopassword: false\n    commands: ALL",
        "- community.general.sudoers:\n    name: ci\n    state: absent\n    user: ci\n    commands: ALL",
    ] {
        assert!(of_task(task).is_empty(), "{task}");
    }
}

#[test]
fn a_session_is_shortened_where_its_length_is_written() {
    use crate::dialect::{Dialect, Lowering, SourceFile, Unit};
    use crate::fact::Place;
    use crate::remedy::{Remedy, Rendered};
    use crate::span::{ByteSpan, FileId, Source};

    let text = "- hosts: all\n  tasks:\n    - amazon.aws.iam_role:\n        name: x\n        max_session_duration: 43200 # half a day\n";
    let file = SourceFile::read(FileId(0), "site.yml", std::sync::Arc::from(text.as_bytes()), true);
    let unit = Unit { files: vec![file], ..Unit::default() };
    let start = text.find("43200").unwrap();
    let span = ByteSpan::new(start, start + 5);
    let place: Place = Lowering::new(&unit).place(Source::new(FileId(0), span));
    let render = |seconds| super::DIALECT.render(&unit, &place, &Remedy::SetLifetime { seconds });
    let Rendered::Edit { edits, .. } = render(3600) else { panic!("{:?}", render(3600)) };
    assert_eq!((edits.len(), edits[0].at.span, edits[0].replacement.as_str()), (1, span, "3600"));
    assert!(matches!(render(43_200), Rendered::NotHere(_)));
}
