//! Look-alikes first, as real configuration writes them; then what must not be lost among them.
#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::reason;
use crate::detect::canary::random;

#[test]
fn what_only_looks_like_a_secret_is_silent() {
    for (name, value) in [
        // References and expressions.
        ("password", "${DB_PASSWORD}"),
        ("password", "$DB_PASSWORD"),
        ("password", "$(DB_PASSWORD)"),
        ("password", "{{ vault_password }}"),
        ("password", "<%= ENV['X'] %>"),
        ("password", "%DB_PASSWORD%"),
        ("password", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/x/)"),
        ("password", "ref+vault://secret/db#password"),
        ("token", "op://vault/item/field"),
        ("secret", "projects/p/secrets/s/versions/latest"),
        ("secret", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf"),
        ("password", "file:/run/secrets/db"),
        ("password", "env:DB_PASSWORD"),
        ("password", "@db.password@"),
        ("token", "#{token}#"),
        ("admin_password", "[parameters('adminPassword')]"),
        ("secret", "{{resolve:secretsmanager:db:SecretString:password}}"),
        // Ciphertext, digests and public halves.
        ("password", "ENC[AES256_GCM,data:p9Q8,iv:abc,tag:def,type:str]"),
        ("secret", "ENC(2048:tUf83Ex0oSbDGa8vaU1hGqesODG9J4j40EgLClQYrwNT)"),
        ("password", "{cipher}682bc583f4641835fa2db009355293665d2647dade3375c0ee201de2a49f7bda"),
        ("password", "$2y$10$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0"),
        ("password", "$6$rounds=5000$usesomesalt$D4IrlXatmP7rx3P3InaxBeoomnAihCKR"),
        ("secret", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("signing key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"),
        // Placeholders.
        ("password", "changeme"),
        ("password", "CHANGE_ME_123"),
        ("token", "<your-token>"),
        ("token", "YOUR_API_TOKEN_HERE"),
        ("api_key", "xxxxxxxxxxxx"),
        ("api_key", "sk-xxxxxxxxxxxxxxxxxxxx"),
        ("nvidia_key secret", "McdZ0Fju-Pnc01gfddGStGJO............WF6kzYw8Gea-AStu90"),
        ("password", "example"),
        ("password", "dummy-password-1"),
        ("secret", "00000000000000000000000000000000"),
        ("secret", "0123456789abcdef0123456789abcdef"),
        ("password", ""),
        ("token", "null"),
        // Names, labels, types and translations.
        ("secret", "my-database-credentials"),
        ("secret", "src1337-login"),
        ("imagePullSecret", "regcred"),
        ("secret", "kubernetes.io/tls"),
        ("token", "punctuation.definition.string"),
        ("token", "@javax.annotation.Generated"),
        ("token", "OS.UNINSTALL.EXE"),
        ("token", "\"http://camel.apache.org/schema/spring\""),
        ("users_secret", "USERS_PREPROD_LEAK_TK01"),
        ("password", "Passwort"),
        ("password", "Contraseña"),
        ("password", "Enter your new password"),
        ("password", "com.acme.validation.PasswordRule"),
        ("token", "IDENTIFIER"),
        // Paths, files, patterns and code.
        ("private_key", "/etc/ssl/private/server.key"),
        ("private_key", "certs/server-2f8a.pem"),
        ("password", "^(?=.*[A-Z])(?=.*\\d).{8,}$"),
        ("token", "getToken(request)"),
        ("secret", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        ("token", "http://localhost:8080/token"),
        ("nextToken", "RW5DdDJkMWYwZjM2MzM2VHVpOHJIUXlDUXlhc2QzRGViYnc9"),
        ("SecretAccessKey", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"),
        ("PurchaseToken", "eyJ2IjoiMSIsInMiOjEsImMiOi..."),
        // Public by their own name.
        ("publishable_api_key", "fewc9LVRMbwMBBxdp36b1V48"),
        ("public_api_key", "fewc9LVRMbwMBBxdp36b1V48"),
    ] {
        assert!(reason(name, value.as_bytes()).is_some(), "{name} = {value}");
    }
}

#[test]
fn what_is_encoded_is_judged_as_what_was_written() {
    let encode = |text: &str| STANDARD.encode(text);
    for silent in [
        "ENC[RSA,tUf83Ex0oSbDGa8vaU1hGqesODG9J4j40]",
        "changeme-changeme-changeme",
        "{\"alg\":\"HS256\",\"typ\":\"JW",
    ] {
        assert!(reason("secret", encode(silent).as_bytes()).is_some(), "{silent}");
    }
    for seed in 0..20 {
        assert_eq!(reason("secret", encode(&random(40, seed)).as_bytes()), None);
    }
}

#[test]
fn what_was_drawn_or_chosen_is_not() {
    for (name, value) in [
        ("password", "Sommer2024!"),
        ("db_password", "hunter42"),
        ("admin_password", "N0tSoS3cretP4ssw0rd"),
        ("smtp.pwd", "qX7#mL2p"),
        ("passwd", "kiwi-77-tango"),
    ] {
        assert_eq!(reason(name, value.as_bytes()), None, "{name} = {value}");
    }
    // Of drawn values some look like words by chance: two in a hundred of the shortest at most.
    for (name, length) in
        [("client_secret", 16), ("api_key", 24), ("token", 32), ("password", 12), ("password", 20)]
    {
        let drawn = (0..1_000).map(|seed| random(length, seed));
        let missed = drawn.filter(|value| reason(name, value.as_bytes()).is_some()).count();
        assert!(missed <= 20, "{name} of {length}: {missed} of 1000");
    }
}
