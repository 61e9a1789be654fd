//! Pods and what makes pods.

use super::{Arc, DIALECT, Dialect as _, FileId, SourceFile, said};

fn pod(spec: &str) -> String {
    let spec: String = spec.lines().map(|l| format!("  {l}\n")).collect();
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop}}\nspec:\n{spec}")
}

#[test]
fn a_silent_deployment_acts_as_default_and_mounts_its_token() {
    let said = said(
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec: # here
      containers:
      - {name: app, image: nginx}
",
    );
    assert_eq!(
        said.facts,
        [
            "identity kubernetes/ServiceAccount/${namespace}/default Default (default) @ spec",
            "link kubernetes/Deployment/${namespace}/web ActsAs kubernetes/ServiceAccount/${namespace}/default (default) @ spec",
            "flow kubernetes/ServiceAccountToken/${namespace}/default to mount (default) @ spec",
            "component oci/image/nginx unpinned @ nginx",
        ]
    );
}

#[test]
fn a_stated_account_without_token() {
    let said =
        said(&pod("serviceAccountName: web\nautomountServiceAccountToken: false\ncontainers: [{name: a}]"));
    assert_eq!(said.facts, ["link kubernetes/Pod/shop/web ActsAs kubernetes/ServiceAccount/shop/web @ web"]);
}

#[test]
fn automount_as_a_word_has_two_readings() {
    let said =
        said(&pod("serviceAccountName: web\nautomountServiceAccountToken: no\ncontainers: [{name: a}]"));
    assert_eq!(
        said.of("flow"),
        [r#"kubernetes/ServiceAccountToken/shop/web to mount (lesser, when {"YAML": "1.2"}) @ no"#]
    );
    let asked = super::said(&pod(
        "serviceAccountName: web\nautomountServiceAccountToken: yes\ncontainers: [{name: a}]",
    ));
    assert_eq!(asked.of("flow"), ["kubernetes/ServiceAccountToken/shop/web to mount @ yes"]);
}

#[test]
fn what_a_pod_is_handed() {
    let said = said(&pod("\
serviceAccountName: web
automountServiceAccountToken: false
imagePullSecrets: [{name: registry}]
initContainers:
- name: init
  image: registry.k8s.io/pause:3.9
containers:
- name: app
  image: ghcr.io/acme/app@sha256:00ff
  envFrom: [{secretRef: {name: all}}]
  env:
  - name: PASSWORD
    valueFrom: {secretKeyRef: {name: db, key: password}}
  - name: MODE
    value: fast
  - name: PORT
    value: $(OTHER)
  volumeMounts: [{name: a, mountPath: /a}, {name: a, mountPath: /b, subPath: x}, {name: b, mountPath: /c}]
volumes:
- name: a
  secret: {secretName: files}
- name: idle
  secret: {secretName: nobody}
- name: '{{ .Values.volume }}'
  secret: {secretName: templated}
- name: b
  projected:
    sources:
    - secret: {name: more}
    - serviceAccountToken: {path: t, audience: vault, expirationSeconds: 86400}
- name: c
  projected: {sources: [{serviceAccountToken: {path: api}}]}
"));
    assert_eq!(
        said.facts[1..],
        [
            "flow kubernetes/Secret/shop/registry to login oci by image pull @ registry",
            "flow kubernetes/Secret/shop/templated to mount @ templated",
            "credential kubernetes/ProjectedToken/shop/web/vault service-account-token Generated NotVerifiable 86400s @ 86400",
            "flow kubernetes/ProjectedToken/shop/web/vault to mount @ serviceAccountToken",
            "credential kubernetes/ProjectedToken/shop/web/api service-account-token Generated NotVerifiable default 3600s (default) @ serviceAccountToken",
            "flow kubernetes/ProjectedToken/shop/web/api to mount @ serviceAccountToken",
            "component oci/image/ghcr.io/acme/app digest sha256:00ff @ ghcr.io/acme/app@sha256:00ff",
            "flow kubernetes/Secret/shop/db to env PASSWORD @ db",
            "flow kubernetes/Secret/shop/all to env * @ all",
            "flow kubernetes/Secret/shop/files to mount @ files",
            "flow kubernetes/Secret/shop/more to mount @ more",
            "component oci/image/registry.k8s.io/pause tag 3.9 first-party @ registry.k8s.io/pause:3.9",
        ]
    );
    assert_eq!(said.slots, ["MODE=fast"]);
    assert_eq!(said.unknown, ["`OTHER` has no value in the tree @ $(OTHER)"]);
}

#[test]
fn cloud_keys_in_the_environment() {
    let said = said(&pod("\
serviceAccountName: web
automountServiceAccountToken: false
containers:
- name: app
  env:
  - {name: AWS_SECRET_ACCESS_KEY, value: literal-key}
  - name: AZURE_CLIENT_SECRET
    valueFrom: {secretKeyRef: {name: azure, key: secret}}
  - {name: GOOGLE_APPLICATION_CREDENTIALS, value: /gcp/key.json}
  - {name: CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE, value: /wif/config.json}
  volumeMounts: [{name: gcp, mountPath: /gcp/}, {name: wif, mountPath: /wif}]
volumes:
- {name: gcp, secret: {secretName: gcp-key}}
- {name: wif, configMap: {name: wif}}
"));
    assert_eq!(
        said.of("credential"),
        [
            "kubernetes/env/shop/Pod/web/app/AWS_SECRET_ACCESS_KEY cloud-key Literal NotVerifiable unbounded federation @ literal-key",
            "kubernetes/Secret/shop/azure cloud-key StoreReference NotVerifiable unbounded federation @ AZURE_CLIENT_SECRET",
            "kubernetes/Secret/shop/gcp-key cloud-key StoreReference NotVerifiable unbounded federation @ /gcp/key.json",
        ]
    );
    assert!(
        said.of("flow")
            .contains(&"kubernetes/Secret/shop/gcp-key to login gcp by container app @ /gcp/key.json")
    );
    assert_eq!(
        said.silent,
        ["1 the credentials file comes from a ConfigMap or a projected token, not from a Secret"]
    );
}

#[test]
fn kinds_by_table_and_by_shape() {
    for (version, kind, path) in [
        ("batch/v1", "CronJob", "spec: {jobTemplate: {spec: {template: {spec: SPEC}}}}"),
        ("serving.knative.dev/v1", "Service", "spec: {template: {spec: SPEC}}"),
        ("argoproj.io/v1alpha1", "Rollout", "spec: {template: {spec: SPEC}}"),
        ("example.com/v1", "Unheard", "spec: {template: {spec: SPEC}}"),
    ] {
        let spec = path.replace("SPEC", "{serviceAccountName: x, containers: [{name: a, image: 'b:1'}]}");
        let said = said(&format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: n}}\n{spec}\n"));
        assert_eq!(said.of("component").len(), 1, "{kind}");
        assert_eq!(said.of("link").len(), 1, "{kind}");
    }
}

#[test]
fn flags_open_the_api_server() {
    let server = |flags: &str| {
        said(&pod(&format!(
            "serviceAccountName: x\nautomountServiceAccountToken: false\ncontainers:\n- name: s\n  command:\n  - kube-apiserver\n{flags}"
        )))
    };
    let is = "kubernetes/endpoint/shop/Pod/web/kube-apiserver Kubernetes API server";
    assert_eq!(
        server("  - --anonymous-auth=true\n").of("endpoint"),
        [format!("{is} [|bearer-token|mtls] @ --anonymous-auth=true")]
    );
    assert_eq!(
        server("  - '--anonymous-auth=false'\n").of("endpoint"),
        [format!("{is} [bearer-token|mtls] @ --anonymous-auth=false")]
    );
    assert_eq!(
        server("  - --x\n").of("endpoint"),
        [format!("{is} [|bearer-token|mtls] (default) @ command")]
    );
    let other = server(
        "  - --anonymous-auth=false\n  - --token-auth-file=/t\n  - --authorization-mode=AlwaysAllow\n",
    );
    assert_eq!(other.of("grant").len(), 1);
    assert!(other.of("credential")[0].contains("static-token StoreReference NotVerifiable unbounded"));
}

#[test]
fn a_dashboard_in_a_shell_and_a_kubelet_configuration() {
    let dashboard = said(&pod(
        "serviceAccountName: x\ncontainers:\n- name: d\n  image: kubernetesui/dashboard:v2\n  args: [--enable-skip-login]\n",
    ));
    assert!(dashboard.of("endpoint")[0].contains("Kubernetes Dashboard [|bearer-token]"));
    let kubelet = said(
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nauthentication: {anonymous: {enabled: true}}\n",
    );
    assert!(kubelet.of("endpoint")[0].contains("kubelet [|bearer-token|mtls] @ true"), "{:?}", kubelet.facts);
}

#[test]
fn kubectl_says_what_the_account_needs() {
    let run = |command: &str| {
        said(&pod(&format!("serviceAccountName: bot\ncontainers:\n- name: k\n  command: {command}\n")))
    };
    let plain = run("[kubectl, get, 'po,deploy', -n, shop]");
    assert_eq!(
        plain.of("need"),
        [
            "kubernetes/ServiceAccount/shop/bot kubernetes:apps/deployments:get @ kubectl",
            "kubernetes/ServiceAccount/shop/bot kubernetes:apps/deployments:list @ kubectl",
            "kubernetes/ServiceAccount/shop/bot kubernetes:core/pods:get @ kubectl",
            "kubernetes/ServiceAccount/shop/bot kubernetes:core/pods:list @ kubectl",
        ]
    );
    assert_eq!(plain.complete, ["Pod/web"]);
    let shell = run("[sh, -c, 'kubectl delete pod/x && echo done']");
    assert_eq!(shell.of("need").len(), 4);
    assert!(shell.complete.is_empty());
    assert!(run("[kubectl, apply, -f, x.yaml]").complete.is_empty());
    assert!(run("[kubectl, get, widgets]").complete.is_empty());
    assert!(run("[sleep, '1']").complete.is_empty());
}

#[test]
fn a_token_request_states_its_length() {
    let said = said(
        "apiVersion: authentication.k8s.io/v1\nkind: TokenRequest\nmetadata: {name: ci}\nspec: {audiences: [x], expirationSeconds: 31536000}\n",
    );
    assert!(said.of("credential")[0].ends_with("31536000s @ 31536000"), "{:?}", said.facts);
}

#[test]
fn a_helm_template_is_told() {
    let text = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: '{{ .Values.name }}'}\n";
    let said = super::said_of("chart/templates/sa.yaml", text);
    assert_eq!(said.of("identity").len(), 1);
    assert!(said.unknown[0].starts_with("a Helm template"), "{:?}", said.unknown);
}

#[test]
fn what_a_broken_manifest_lacks_is_not_absent() {
    let text = "apiVersion: v1
kind: ServiceAccount
metadata: {name: whole}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: a
    image: nginx
{%- if values.x %}
  serviceAccountName: web
{%- endif %}
";
    let said = super::said_of("broken.yaml", text);
    assert_eq!(
        said.facts,
        [
            "identity kubernetes/ServiceAccount/${namespace}/whole Named created @ whole",
            "safeguard TokenAutomount of kubernetes/ServiceAccountToken/${namespace}/whole true (default) @ apiVersion: v1…",
            "component oci/image/nginx unpinned @ nginx",
        ]
    );
}

#[test]
fn an_account_that_a_template_names_is_not_the_default() {
    let said = said(&pod("serviceAccountName: {{ .Values.account }}\ncontainers: [{name: a}]"));
    assert!(said.of("identity").is_empty(), "{:?}", said.facts);
    assert_eq!(said.of("link").len(), 1);
}

#[test]
fn a_resource_of_azure_is_no_manifest() {
    let recognised = |version: &str, kind: &str| {
        let text = format!(r#"{{"resources": [{{"apiVersion": "{version}", "kind": "{kind}"}}]}}"#);
        let file = SourceFile::read(FileId(0), "x.json", Arc::from(text.as_bytes()), true);
        DIALECT.recognise(&file)
    };
    assert!(!recognised("2023-01-01", "StorageV2"));
    assert!(!recognised("[variables('version')]", "StorageV2"));
    assert!(recognised("v1", "Pod") && recognised("3scale.net/v1alpha1", "Thing"));
}
