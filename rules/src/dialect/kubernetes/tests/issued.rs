//! Certificates, stores of secrets and who EKS lets in.

use super::said;
use crate::dialect::told;

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
    assert_eq!(of("  duration: 87600h\n  isCA: true\n").of("credential").len(), 1);
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

#[test]
fn a_copy_that_is_never_fetched_anew_is_told() {
    let copy = |spec: &str| {
        told::findings(&[(
            "k8s/copy.yaml",
            &format!(
                "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {{name: db, namespace: shop}}\nspec:\n  {spec}\n  target: {{name: db}}\n"
            ),
        )])
    };
    for spec in [
        "refreshInterval: 0",
        "refreshInterval: \"0s\"",
        "refreshPolicy: CreatedOnce",
        "refreshInterval: 0h0m",
    ] {
        assert_eq!(copy(spec), ["5 lifetime/above-ceiling"], "{spec}");
    }
    for spec in ["refreshInterval: 1h", "refreshPolicy: Periodic", "secretStoreRef: {name: s}"] {
        assert!(copy(spec).is_empty(), "{spec}");
    }
}

#[test]
fn an_authority_has_a_ceiling_of_its_own() {
    let certificate = |duration: &str, signs: bool| {
        told::findings(&[(
            "k8s/ca.yaml",
            &format!(
                "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {{name: ca, namespace: shop}}\nspec:\n  isCA: {signs}\n  duration: {duration}\n"
            ),
        )])
    };
    assert!(certificate("87600h", true).is_empty());
    assert_eq!(certificate("876000h", true), ["6 lifetime/above-ceiling"]);
    assert_eq!(certificate("87600h", false), ["6 lifetime/above-ceiling"]);
}

#[test]
fn a_gateway_that_lets_callers_through_says_so() {
    let ingress = |annotation: &str| {
        told::findings(&[(
            "k8s/ingress.yaml",
            &format!(
                "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\n  annotations:\n    {annotation}\nspec: {{rules: []}}\n"
            ),
        )])
    };
    for annotation in [
        "nginx.ingress.kubernetes.io/enable-global-auth: \"false\"",
        "nginx.ingress.kubernetes.io/auth-tls-verify-client: \"off\"",
        "alb.ingress.kubernetes.io/auth-type: none",
        "alb.ingress.kubernetes.io/auth-on-unauthenticated-request: allow",
    ] {
        assert_eq!(ingress(annotation), ["6 anonymous/endpoint"], "{annotation}");
    }
    for annotation in [
        "nginx.ingress.kubernetes.io/enable-global-auth: \"true\"",
        "nginx.ingress.kubernetes.io/auth-tls-verify-client: \"on\"",
        "nginx.ingress.kubernetes.io/auth-url: https://sign-in.shop.example",
        "alb.ingress.kubernetes.io/auth-type: oidc",
        "alb.ingress.kubernetes.io/auth-on-unauthenticated-request: deny",
        "cert-manager.io/cluster-issuer: letsencrypt",
    ] {
        assert!(ingress(annotation).is_empty(), "{annotation}");
    }
    let other = |kind: &str, group: &str, spec: &str| {
        told::findings(&[(
            "k8s/route.yaml",
            &format!(
                "apiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: shop, namespace: shop}}\nspec: {spec}\n"
            ),
        )])
    };
    for (kind, group, open, closed) in [
        ("SecurityPolicy", "gateway.envoyproxy.io", "{jwt: {optional: true}}", "{jwt: {optional: false}}"),
        ("Mapping", "getambassador.io", "{bypass_auth: true}", "{bypass_auth: false}"),
        (
            "HTTPProxy",
            "projectcontour.io",
            "{virtualhost: {authorization: {authPolicy: {disabled: true}}}}",
            "{virtualhost: {fqdn: shop.example}}",
        ),
    ] {
        assert_eq!(other(kind, group, open), ["4 anonymous/endpoint"], "{kind}");
        assert!(other(kind, group, closed).is_empty(), "{kind}");
    }
}

#[test]
fn a_mesh_that_asks_nobody_says_so() {
    let policy = |kind: &str, spec: &str| {
        told::findings(&[(
            "k8s/mesh.yaml",
            &format!(
                "apiVersion: security.istio.io/v1\nkind: {kind}\nmetadata: {{name: shop, namespace: shop}}\nspec: {spec}\n"
            ),
        )])
    };
    assert_eq!(policy("AuthorizationPolicy", "{rules: [{}]}"), ["4 anonymous/endpoint"]);
    assert_eq!(policy("AuthorizationPolicy", "{action: ALLOW, rules: [{}]}"), ["4 anonymous/endpoint"]);
    assert_eq!(policy("PeerAuthentication", "{mtls: {mode: DISABLE}}"), ["4 anonymous/endpoint"]);
    for spec in [
        "{action: DENY, rules: [{}]}",
        "{}",
        "{rules: []}",
        "{rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]}]}",
    ] {
        assert!(policy("AuthorizationPolicy", spec).is_empty(), "{spec}");
    }
    assert!(policy("PeerAuthentication", "{mtls: {mode: STRICT}}").is_empty());
}
