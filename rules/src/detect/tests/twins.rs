//! Pairs that differ in one thing, and must be told apart in message and severity.

use super::super::canary::{certificate, der};
use super::*;

/// Severity and message.
fn verdict(text: &str) -> (Severity, String) {
    let (severity, _, message) = said(text);
    (severity, message)
}

fn made(id: &str) -> (Severity, String) {
    verdict(&canary(id, 11).unwrap().text)
}

/// Changes one drawn character; length and alphabet stay.
fn altered(text: &str, from_end: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = bytes.len() - from_end;
    bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_wrong_checksum_lowers_confidence_and_never_hides() {
    for id in [
        "github-pat",
        "github-app-token",
        "github-app-token:installation",
        "github-fine-grained-pat",
        "npm-token",
        "gitlab-routable-token",
        "gitlab-routable-token:runner",
        "grafana-service-account-token",
        "atlassian-api-token",
        "bitbucket-access-token",
        "bitbucket-app-password",
    ] {
        let right = canary(id, 7).unwrap().text;
        let wrong = altered(&right, 15);
        assert_eq!(only(&right).evidence, Evidence::Verified, "{id}");
        assert_eq!(only(&wrong).evidence, Evidence::Contradicted, "{id}");
        let (high, sure, _) = said(&right);
        let (low, unsure, message) = said(&wrong);
        assert!(unsure < sure && low < high && message.contains("does not hold"), "{id}: {message}");
    }
}

#[test]
fn an_aws_key_id_names_its_account_and_its_prefix_its_lifetime() {
    // Account numbers of two published samples.
    for (body, account) in [("Y34FZKBOKMUTVV7A", "609629065308"), ("QNZGKIQY56JQ7WML", "029608264753")] {
        let standing = format!("{}{body}", "AKIA");
        let (severity, _, message) = said(&standing);
        assert!(message.contains(account), "{message}");
        assert!(message.contains("long-lived, no expiry"), "{message}");
        assert_eq!(severity, Severity::Medium);
        let temporary = format!("{}{body}", "ASIA");
        let (severity, _, message) = said(&temporary);
        assert!(message.contains(account) && message.contains("36 h"), "{message}");
        assert_eq!(severity, Severity::Low);
    }
}

fn jwt(claims: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode("{\"alg\":\"HS256\",\"kid\":\"1\"}");
    let signature = URL_SAFE_NO_PAD.encode(super::super::canary::random(32, 8));
    format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims))
}

#[test]
fn a_jwt_says_until_when_and_for_whom() {
    let (severity, message) =
        verdict(&jwt("{\"iss\":\"https://id.acme.io\",\"sub\":\"ci\",\"exp\":1924992000}"));
    assert_eq!(severity, Severity::High);
    let expected = "issued by https://id.acme.io in clear text: expires on 2031-01-01; acts as ci";
    assert!(message.contains(expected), "{message}");
    let (severity, message) = verdict(&jwt("{\"iss\":\"https://id.acme.io\",\"exp\":1700000000}"));
    assert_eq!(severity, Severity::Low);
    assert!(message.contains("expired on 2023-11-14"), "{message}");
    let (severity, message) = verdict(&jwt("{\"iss\":\"https://id.acme.io\",\"scope\":\"repo:write\"}"));
    assert_eq!(severity, Severity::Critical);
    assert!(message.contains("no expiry") && message.contains("with repo:write"), "{message}");
    for unreadable in ["\"1580000000\"", "1580000000000"] {
        let (severity, message) =
            verdict(&jwt(&format!("{{\"iss\":\"https://id.acme.io\",\"exp\":{unreadable}}}")));
        assert_eq!(severity, Severity::High);
        assert!(!message.contains("no expiry"), "{message}");
    }
    let header = URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}");
    let unsigned = format!("{header}.{}.", URL_SAFE_NO_PAD.encode("{\"sub\":\"me, myself\"}"));
    assert_eq!(verdict(&unsigned).0, Severity::Info);
}

#[test]
fn a_legacy_kubernetes_token_never_ends_and_a_bound_one_does() {
    let subject = "\"sub\":\"system:serviceaccount:ci:deploy\"";
    let (severity, message) = verdict(&jwt(&format!("{{\"iss\":\"kubernetes/serviceaccount\",{subject}}}")));
    assert_eq!(severity, Severity::High);
    let expected = "legacy Kubernetes service-account token in clear text: no expiry; \
                    acts as system:serviceaccount:ci:deploy";
    assert!(message.contains(expected), "{message}");
    let bound = format!(
        "{{\"exp\":1924992000,{subject},\"kubernetes.io\":{{\"namespace\":\"ci\",\"pod\":{{\"name\":\"build-7\"}}}}}}"
    );
    let (severity, message) = verdict(&jwt(&bound));
    assert_eq!(severity, Severity::Medium);
    assert!(message.contains("bound Kubernetes") && message.contains("bound to pod build-7"), "{message}");
    assert!(message.contains("2031-01-01"), "{message}");
}

#[test]
fn an_account_signature_to_2031_and_an_expired_one_that_reads_one_blob() {
    let (severity, message) = made("azure-sas:account");
    assert_eq!(severity, Severity::Critical);
    assert!(message.contains("account-wide signature: read, add") && message.contains("2031"), "{message}");
    let expired = canary("azure-sas:read-only", 11).unwrap().text.replace("2031-01-01", "2024-01-01");
    let (severity, message) = verdict(&expired);
    assert_eq!(severity, Severity::Low);
    let expected = "expired on 2024-01-01; service signature: read; it only reads";
    assert!(message.contains(expected) && !message.contains("plain http"), "{message}");
    let (severity, message) = made("azure-sas:delegated");
    assert_eq!(severity, Severity::Medium);
    assert!(message.contains("at most seven days"), "{message}");
}

#[test]
fn a_service_bus_key_is_worth_its_policy() {
    let listen = canary("azure-service-bus-key:listen", 11).unwrap().text;
    let (severity, message) = verdict(&listen);
    assert_eq!(severity, Severity::Medium);
    assert!(message.contains("listen only, by its name"), "{message}");
    let (severity, message) = verdict(&listen.replace("listen-only", "RootManageSharedAccessKey"));
    assert_eq!(severity, Severity::Critical);
    assert!(message.contains("full control of the namespace"), "{message}");
    let (severity, message) = made("azure-sas:bus-root");
    assert_eq!(severity, Severity::Critical);
    assert!(message.contains("expires on 2031-01-01") && message.contains("by policy Root"), "{message}");
    assert_eq!(made("azure-sas:bus").0, Severity::High);
}

fn pem(label: &str, der: &[u8]) -> String {
    let dashes = "-----";
    format!("{dashes}BEGIN {label}{dashes}\n{}\n{dashes}END {label}{dashes}\n", STANDARD.encode(der))
}

#[test]
fn a_passphrase_lowers_a_private_key() {
    let key = "PRIVATE KEY";
    let der: Vec<u8> = [0x30_u8, 0x82].into_iter().chain((0..120).map(|i| (i * 37 + 11) as u8)).collect();
    let open = verdict(&pem(&format!("RSA {key}"), &der));
    assert_eq!(open.0, Severity::High);
    assert!(open.1.starts_with("RSA private key in clear text"), "{}", open.1);
    assert_eq!(verdict(&pem(&format!("ENCRYPTED {key}"), &der)).0, Severity::Low);
    let ssh = |cipher: &[u8]| {
        let mut der = b"openssh-key-v1\0".to_vec();
        der.extend([0, 0, 0, cipher.len() as u8]);
        der.extend(cipher);
        der.extend((0..90).map(|i| (i * 91 + 5) as u8));
        pem(&format!("OPENSSH {key}"), &der)
    };
    assert_eq!(verdict(&ssh(b"none")).0, Severity::High);
    assert_eq!(verdict(&ssh(b"aes256-ctr")).0, Severity::Low);
    let old = pem(&format!("RSA {key}"), &der).replacen(
        "\n",
        "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011\n\n",
        1,
    );
    let (severity, message) = verdict(&old);
    assert_eq!(severity, Severity::Low);
    assert!(message.contains("a passphrase protects it"), "{message}");
    assert!(named(&pem("PUBLIC KEY", &der)).is_empty());
}

/// A PKCS#1 key whose modulus is `modulus`: only what is read of it.
fn rsa(modulus: &[u8]) -> Vec<u8> {
    let rest = der(0x02, &[&[0x5a; 40]]);
    der(0x30, &[&der(0x02, &[&[0]]), &der(0x02, &[&[0], modulus]), &rest])
}

#[test]
fn a_key_is_worth_what_its_certificate_is() {
    let modulus: Vec<u8> = (0..128_u32).map(|i| (i * 73 % 251 + 1) as u8).collect();
    let pair = |until: &str, ca: bool, modulus: &[u8]| {
        let certificate = certificate("shop.acme.io", "", until, modulus, ca);
        let key =
            pem("RSA PRIVATE KEY", &rsa(&(0..128_u32).map(|i| (i * 73 % 251 + 1) as u8).collect::<Vec<_>>()));
        format!("{key}{}", pem("CERTIFICATE", &certificate))
    };
    let (severity, message) = verdict(&pair("310101000000Z", false, &modulus));
    assert_eq!(severity, Severity::High);
    assert!(message.contains("private key of the certificate of shop.acme.io"), "{message}");
    assert!(message.contains("expires on 2031-01-01"), "{message}");
    let (severity, message) = verdict(&pair("200101000000Z", false, &modulus));
    assert_eq!(severity, Severity::Low);
    assert!(message.contains("expired on 2020-01-01"), "{message}");
    let (severity, message) = verdict(&pair("310101000000Z", true, &modulus));
    assert_eq!(severity, Severity::Critical);
    assert!(message.contains("certificate authority of shop.acme.io"), "{message}");
    // A certificate of another key says nothing.
    let (_, message) = verdict(&pair("200101000000Z", false, &[9; 128]));
    assert!(message.contains("RSA private key in clear text") && message.contains("no expiry"), "{message}");
}

#[test]
fn a_kubeconfig_of_masters_is_not_an_ordinary_one() {
    let (severity, message) = made("kubeconfig-client-key:cluster-admin");
    assert_eq!(severity, Severity::Critical);
    assert!(message.contains("of kubernetes-admin") && message.contains("system:masters"), "{message}");
    assert!(message.contains("expires on 2036-01-01"), "{message}");
    let (severity, message) = made("kubeconfig-client-key");
    assert_eq!(severity, Severity::High);
    assert!(message.contains("client certificate key of ci") && message.contains("group build"), "{message}");
}

#[test]
fn modes_and_rights_of_one_issuer() {
    for (id, severity, words) in [
        ("stripe-key", Severity::Critical, "the whole account"),
        ("stripe-key:restricted", Severity::High, "permissions chosen when it was made"),
        ("stripe-key:test", Severity::Low, "test-mode key"),
        ("gitlab-token", Severity::Critical, "GitLab personal access token"),
        ("gitlab-token:job", Severity::Info, "it ends with its job"),
        ("docker-auth", Severity::High, "login of robot at registry.example.com"),
        ("docker-auth:ecr", Severity::Low, "an ECR login works for 12 hours"),
        ("docker-auth:acr", Severity::Low, "works for three hours"),
        ("openai-key", Severity::High, "OpenAI API key"),
        ("openai-key:admin", Severity::Critical, "members, projects and keys of the organisation"),
        ("anthropic-key", Severity::High, "Anthropic API key"),
        ("anthropic-key:admin", Severity::Critical, "members, workspaces and keys of the organisation"),
        ("slack-token:user", Severity::Critical, "Slack user token"),
        ("slack-token:rotating", Severity::Low, "it works for 12 hours"),
        ("doppler-token", Severity::High, "reads the secrets of one config"),
        ("doppler-token:personal", Severity::Critical, "a person's token has no place in a pipeline"),
    ] {
        let (found, message) = made(id);
        assert_eq!(found, severity, "{id}: {message}");
        assert!(message.contains(words), "{id}: {message}");
    }
}

#[test]
fn a_registry_login_is_worth_the_token_in_it() {
    let token = canary("github-pat", 5).unwrap().text;
    let auth =
        |login: &str| format!("{{\"auths\": {{\"ghcr.io\": {{\"auth\": \"{}\"}}}}}}", STANDARD.encode(login));
    let (_, message) = verdict(&auth(&format!("bot:{token}")));
    let expected = "container registry login of bot at ghcr.io by GitHub personal access token (classic)";
    assert!(message.contains(expected), "{message}");
    let expired = jwt("{\"iss\":\"https://acme.azurecr.io\",\"exp\":1700000000}");
    let (severity, message) = verdict(&auth(&format!("00000000-0000-0000-0000-000000000000:{expired}")));
    assert_eq!(severity, Severity::Low);
    assert!(message.contains("expired on 2023-11-14"), "{message}");
}

#[test]
fn a_registry_login_that_does_not_decode_is_less_sure() {
    let drawn = super::super::canary::random(86, 4);
    let auth = |value: &str| format!("{{\"auths\": {{\"quay.io\": {{\"auth\": \"{value}\"}}}}}}");
    let (_, sure, message) = said(&auth(&drawn));
    assert_eq!(sure, Confidence::Medium);
    assert!(message.contains("login at quay.io") && message.contains("does not hold"), "{message}");
    let json = serde_json::to_string(&serde_json::to_string(&auth(&drawn)).unwrap()).unwrap();
    assert_eq!(named(&json), ["docker-auth"], "escaped twice");
    for text in ["", "REPLACE_WITH_BASE64_ENCODED_USERNAME_PASSWORD", "<base64 of user:password>"] {
        assert!(named(&auth(text)).is_empty(), "{text}");
    }
}

#[test]
fn an_azure_key_says_when_it_was_made() {
    let (severity, message) = made("azure-annotated-key:devops");
    assert_eq!(severity, Severity::Critical);
    assert!(
        message.contains("Azure DevOps personal access token") && message.contains("made in 2025-05"),
        "{message}"
    );
    let credential = only(&canary("azure-annotated-key:ai-services", 11).unwrap().text);
    assert_eq!(credential.not_before, Some(date(2025, 5, 1)));
}

#[test]
fn a_grafana_cloud_token_names_its_organisation() {
    let (_, message) = made("grafana-cloud-token");
    assert!(
        message.contains("access policy token deploy") && message.contains("organisation 652992 in eu"),
        "{message}"
    );
}

#[test]
fn a_database_login_shows_user_and_server_and_a_template_is_none() {
    let (severity, message) = made("sql-connection-string");
    assert_eq!(severity, Severity::High);
    assert!(message.contains("database password of app at acme.database.windows.net"), "{message}");
    let drawn = super::super::canary::random(20, 3);
    let (_, message) = verdict(&format!("Data Source=db1;User ID=sa;Password={drawn};"));
    assert!(message.contains("`sa` is an administrator by name"), "{message}");
    let (severity, _) = verdict(&format!("Server=localhost;User ID=app;Password={drawn};"));
    assert_eq!(severity, Severity::Info);
    let (severity, _) = verdict("Server=db1;User ID=app;Password=changeme;");
    assert_eq!(severity, Severity::Low);
    for text in ["Server=db1;User ID=app;Password=${DB};", "jdbc:mysql://db/x?user=a&password=$DB_PASSWORD"] {
        assert!(named(text).is_empty(), "{text}");
    }
}
