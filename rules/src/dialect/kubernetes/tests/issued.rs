//! Certificates, stores of secrets and who EKS lets in.

use super::said;

#[test]
fn a_certificate_says_how_long_it_works() {
    let of = |rest: &str| {
        said(&format!(
            "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {{name: web, namespace: shop}}\nspec:\n{rest}"
        ))
    };
    assert_eq!(
        of("  duration: 87600h\n").of("credential"),
        ["kubernetes/Certificate/shop/web certificate Generated NotVerifiable 315360000s @ 87600h"]
    );
    assert!(of("  secretName: web\n").facts.is_empty());
    assert!(of("  duration: 87600h\n  isCA: true\n").facts.is_empty());
    assert_eq!(of("  duration: '{{ .Values.duration }}'\n").unknown.len(), 1);
}

#[test]
fn requests_and_annotations_say_it_as_well() {
    let request = "apiVersion: cert-manager.io/v1\nkind: CertificateRequest\nmetadata: {name: r, namespace: shop}\nspec: {duration: 87600h}\n";
    assert_eq!(said(request).of("credential").len(), 1);
    let ingress = |annotation: &str| {
        said(&format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  namespace: shop\n  annotations: {{{annotation}}}\nspec: {{}}\n"
        ))
    };
    assert_eq!(
        ingress("cert-manager.io/duration: 87600h").of("credential"),
        ["kubernetes/Ingress/shop/web certificate Generated NotVerifiable 315360000s @ 87600h"]
    );
    assert!(ingress("cert-manager.io/cluster-issuer: le").of("credential").is_empty());
}

#[test]
fn a_store_that_is_reached_by_a_standing_key_says_so() {
    let store = |auth: &str| {
        said(&format!(
            "apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {{name: s, namespace: shop}}\nspec:\n  \
             provider:\n    aws: {{service: SecretsManager, auth: {auth}}}\n"
        ))
        .facts
    };
    assert_eq!(
        store("{secretRef: {secretAccessKeySecretRef: {name: key, key: secret}}}"),
        [
            "credential kubernetes/Secret/shop/key access-key StoreReference NotVerifiable unbounded federation @ key",
            "flow kubernetes/Secret/shop/key to login aws by SecretStore/s @ key",
        ]
    );
    assert!(store("{jwt: {serviceAccountRef: {name: eso}}}").is_empty());
}

#[test]
fn administrators_of_eks_are_read_from_the_text_that_names_them() {
    let map = |name: &str| {
        said(&format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: kube-system}}\ndata:\n  mapRoles: |\n    - \
             rolearn: arn:aws:iam::111122223333:role/ci\n      groups: ['system:masters']\n    - rolearn: \
             arn:aws:iam::111122223333:role/node\n      groups: [system:nodes]\n"
        ))
        .facts
    };
    assert_eq!(
        map("aws-auth"),
        ["grant aws/role/111122223333/ci [kubernetes:*/*:*] on [*] @ system:masters"]
    );
    assert!(map("other").is_empty());
}
