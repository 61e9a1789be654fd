//! Secrets, ConfigMaps and environment variables.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{said, said_of};

fn secret(body: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: shop}}\n{body}")
}

#[test]
fn every_value_of_a_secret_is_a_credential() {
    let encoded = STANDARD.encode("correct horse");
    let text = format!(
        "apiVersion: v1\ndata:\n  password: {encoded}\nstringData:\n  token: |\n    plain text\n\
         kind: Secret\nmetadata: {{name: db, namespace: shop}}\n"
    );
    let said = said(&text);
    assert_eq!(
        said.of("credential"),
        [
            format!("kubernetes/Secret/shop/db kubernetes-secret Encoded NotVerifiable ? @ {encoded}")
                .as_str(),
            "kubernetes/Secret/shop/db kubernetes-secret Literal NotVerifiable ? @ plain text",
        ]
    );
    assert_eq!(said.slots, [format!("password={encoded} base64"), "token=plain text\n".to_owned()]);
}

#[test]
fn json_secrets_are_read_as_well() {
    let text =
        r#"{"data": {"a": "aHVudGVyMg=="}, "metadata": {"name": "x"}, "kind": "Secret", "apiVersion": "v1"}"#;
    assert_eq!(said_of("x.json", text).of("credential").len(), 1);
}

#[test]
fn values_that_prove_to_be_no_secret_are_silent_with_a_reason() {
    let template = STANDARD.encode("${DB_PASSWORD}");
    let said = said(&secret(&format!(
        "data:\n  a: ''\n  b:\n  c: {template}\nstringData:\n  d: $(TOKEN)\n  e: '{{{{ .Values.password }}}}'\n  \
         f: postgres://app:${{PASSWORD}}@db/app\n  g: <path:kv/data/db#password>\n"
    )));
    assert!(said.facts.is_empty(), "{:?}", said.facts);
    assert_eq!(
        said.silent,
        [
            "4 the value is a template reference",
            "2 the value is empty",
            "1 the value names a secret of a store"
        ]
    );
    assert!(said.slots.is_empty());
}

#[test]
fn a_placeholder_by_its_word_alone_is_not_silent() {
    let said = said(&secret(
        "stringData:\n  password: changeme\n  token: your-token-here\n  url: ${URL:-http://x}\n",
    ));
    assert_eq!(said.of("credential").len(), 3);
    assert!(said.silent.is_empty());
}

#[test]
fn a_value_that_is_not_base64_is_doubtful() {
    let said = said(&secret("data:\n  password: not base64!\n"));
    assert!(said.of("credential")[0].contains("Encoded Contradicted"));
}

#[test]
fn public_keys_of_a_type_are_for_the_detectors_only() {
    let pem = format!("-----BEGIN {0}-----\nAAAA\n-----END {0}-----\n", "CERTIFICATE");
    let said = said(&secret(&format!(
        "type: kubernetes.io/tls\ndata:\n  tls.crt: {0}\n  tls.key: {0}x\n",
        STANDARD.encode(&pem)
    )));
    assert_eq!(said.of("credential").len(), 1);
    assert_eq!(said.silent, ["1 a certificate or public key is no secret"]);
    assert_eq!(said.slots.len(), 2);
}

#[test]
fn sops_is_believed_where_its_structure_holds() {
    let sealed = "ENC[AES256_GCM,data:abcd,iv:efgh,tag:ijkl,type:str]";
    let block = format!("sops:\n  mac: {sealed}\n  version: 3.9.0\n");
    let said_with = said(&secret(&format!("stringData:\n  a: {sealed}\n  b: left open\n{block}")));
    assert_eq!(said_with.of("credential").len(), 1);
    assert_eq!(said_with.silent, ["1 encrypted with SOPS"]);
    let without = said(&secret(&format!("stringData:\n  a: {sealed}\n")));
    assert_eq!(without.of("credential").len(), 1);
}

#[test]
fn sealed_secrets_are_believed_where_their_structure_holds() {
    let mut bytes = vec![2, 0];
    bytes.extend([7; 512 + 40]);
    let text = format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: db}}\nspec:\n  encryptedData:\n    \
         a: {}\n    b: {}\n",
        STANDARD.encode(&bytes),
        STANDARD.encode("only encoded"),
    );
    let said = said(&text);
    assert_eq!(said.of("credential").len(), 1);
    assert_eq!(said.silent, ["1 sealed for the cluster's controller (Sealed Secrets)"]);
}

#[test]
fn a_legacy_token_never_ends() {
    let said = said(
        "apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata:
  name: ci-token
  namespace: build
  annotations:
    kubernetes.io/service-account.name: ci
",
    );
    assert_eq!(
        said.facts,
        [
            "credential kubernetes/Secret/build/ci-token service-account-token Generated NotVerifiable unbounded \
          federation @ kubernetes.io/service-account-token"
        ]
    );
}

#[test]
fn a_bootstrap_token_states_its_end() {
    let said = said(&secret(
        "type: bootstrap.kubernetes.io/token\nstringData:\n  token-id: abcdef\n  token-secret: '0123'\n  expiration: 2027-03-10T03:22:11Z\n",
    ));
    assert_eq!(said.of("credential").len(), 1);
    assert!(said.of("credential")[0].ends_with("until 2027-03-10 @ 0123"), "{:?}", said.facts);
}

#[test]
fn a_policy_in_a_config_map_is_read() {
    let said = said(
        r#"apiVersion: v1
kind: ConfigMap
metadata: {name: policies}
data:
  deploy.json: |
    {"Version": "2012-10-17",
     "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
  note: plain
"#,
    );
    let grants = said.of("grant");
    assert_eq!(grants.len(), 1, "{grants:?}");
    assert!(grants[0].starts_with("aws/policy/${account}/deploy [aws:*:*] on [*]"), "{grants:?}");
    assert_eq!(said.slots.len(), 2);
}

#[test]
fn documents_of_other_kinds_are_left_alone() {
    let said = said("apiVersion: example.com/v1\nkind: Anything\nspec: {a: [1, {b: c}]}\n");
    assert!(said.facts.is_empty());
}

#[test]
fn a_cloud_key_in_a_config_map_is_a_credential() {
    let said = said(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  AWS_SECRET_ACCESS_KEY: xxx\n  AWS_REGION: eu\n",
    );
    assert_eq!(
        said.of("credential"),
        ["kubernetes/ConfigMap/${namespace}/c cloud-key Literal NotVerifiable unbounded federation @ xxx"]
    );
    assert_eq!(said.slots, ["AWS_SECRET_ACCESS_KEY=xxx", "AWS_REGION=eu"]);
}

#[test]
fn manifests_that_another_document_carries_are_read() {
    let said = said(
        "extraObjects:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: x}\n  stringData: {a: plain}\n",
    );
    assert_eq!(said.of("credential").len(), 1);
}
