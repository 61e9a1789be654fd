//! Pods and the machine that runs them.

use super::said;

fn pod(rest: &str) -> Vec<String> {
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: shop}}\nspec:\n{rest}");
    said(&text).of("safeguard").into_iter().map(str::to_owned).collect()
}

#[test]
fn a_pod_that_has_its_machine_says_so() {
    assert_eq!(
        pod("  hostPID: true
  hostNetwork: true
  hostIPC: false
  containers:
  - name: c
    image: a:1
    securityContext: {privileged: true, capabilities: {add: [NET_ADMIN, sys_admin]}}
    volumeMounts:
    - {name: sock, mountPath: /s, readOnly: true}
    - {name: root, mountPath: /host}
    - {name: etc, mountPath: /e, readOnly: true}
  volumes:
  - {name: sock, hostPath: {path: /var/run/docker.sock}}
  - {name: root, hostPath: {path: /}}
  - {name: etc, hostPath: {path: /etc/}}
  - {name: unused, hostPath: {path: /root}}
"),
        [
            "HostIsolation of host/namespace/hostPID false @ true",
            "HostIsolation of host/network/hostNetwork false @ true",
            "HostIsolation of host/socket//var/run/docker.sock false @ /var/run/docker.sock",
            "HostIsolation of host/folder// false @ /",
            "HostIsolation of host/privileged/privileged false @ true",
            "HostIsolation of host/privileged/sys_admin false @ sys_admin",
        ]
    );
}

#[test]
fn a_pod_that_is_kept_apart_says_nothing() {
    assert!(
        pod("  hostPID: false
  containers:
  - name: c
    image: a:1
    securityContext: {privileged: false, capabilities: {add: [NET_BIND_SERVICE], drop: [ALL]}}
    volumeMounts: [{name: logs, mountPath: /l}]
  volumes: [{name: logs, hostPath: {path: /var/log}}]
")
        .is_empty()
    );
}

#[test]
fn programs_of_the_cluster_serve_the_network_of_their_machine() {
    let text = |namespace: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: {namespace}}}\nspec: {{hostNetwork: true, \
             containers: [{{name: c, image: 'a:1'}}]}}\n"
        )
    };
    assert!(said(&text("kube-system")).of("safeguard").is_empty());
    assert_eq!(said(&text("shop")).of("safeguard").len(), 1);
}

#[test]
fn a_switch_that_a_template_sets_is_unknown() {
    let said = said(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: '{{ .Values.host }}'\n  containers: \
         [{name: c, image: 'a:1'}]\n",
    );
    assert!(said.of("safeguard").is_empty());
    assert_eq!(said.unknown.len(), 1, "{:?}", said.unknown);
}
