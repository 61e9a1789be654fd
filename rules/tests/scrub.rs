//! A weak secret is taken out wherever it stands as text of a file, also where hallpass writes words of its own; and a
//! weak secret that is such a word switches no rule off.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

use std::sync::Arc;

use hallpass_rules::{Answer, Engine, Input, Settings};
use jiff::civil::date;

fn check(path: &str, text: &str) -> Answer {
    let settings = Settings { trace: true, key: b"tests".to_vec(), ..Settings::on(date(2026, 11, 24)) };
    let input = Input { path: path.to_owned(), bytes: Arc::from(text.as_bytes()), member: true };
    Engine::configure(settings).unwrap().check(path, &[input])
}

/// Everything that leaves the engine, as text.
fn output(answer: &Answer) -> String {
    format!(
        "{}{}{}{}",
        serde_json::to_string(&answer.findings).unwrap(),
        serde_json::to_string(&answer.facts).unwrap(),
        serde_json::to_string(&answer.coverage).unwrap(),
        serde_json::to_string(&answer.passes).unwrap(),
    )
}

const MANIFEST: &str = r#"
apiVersion: v1
kind: Secret
metadata: { name: db }
stringData: { password: PASSWORD }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: PASSWORD }
rules:
  - apiGroups: [""]
    resources: [PASSWORD, secrets]
    verbs: [PASSWORD, "*"]
---
apiVersion: PASSWORD/v1
kind: PASSWORD
metadata: { name: x }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: policy }
data:
  policy.json: |
    { "Statement": [
      { "Effect": "Allow", "Action": ["PASSWORD", "s3:PASSWORD", "s3:*", "iam:*PASSWORD"], "Resource": "*" } ] }
---
apiVersion: v1
kind: Pod
metadata: { name: app }
spec:
  containers:
    - { name: app, image: "registry.example/PASSWORD:PASSWORD", env: [{ name: A, valueFrom: { secretKeyRef: { name: db, key: password } } }] }
"#;

const CONFIGURATION: &str = r#"
resource "aws_db_instance" "d" {
  password = "PASSWORD"
}
variable "stage" {}
resource "aws_iam_role" "r" {
  count                = var.stage == "PASSWORD" ? 1 : 0
  max_session_duration = var.stage == "PASSWORD" ? 43200 : 3600
}
resource "PASSWORD" "x" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "PASSWORD:*", Resource = "*" }] })
}
module "m" {
  source  = "acme/PASSWORD/aws"
  version = "PASSWORD"
}
"#;

#[test]
fn a_weak_secret_stays_nowhere() {
    for (path, text) in [("k8s/all.yaml", MANIFEST), ("main.tf", CONFIGURATION)] {
        for password in ["hunt3r", "abc123", "letmein"] {
            let answer = check(path, &text.replace("PASSWORD", password));
            assert!(!answer.masks.is_empty(), "{path}: nothing to hide");
            let output = output(&answer);
            let at = output.find(password).map(|at| &output[at.saturating_sub(200)..at + password.len()]);
            assert_eq!(at, None, "{path}");
        }
    }
}

#[test]
fn a_weak_secret_that_is_a_word_of_ours_switches_no_rule_off() {
    let said = |text: String| -> Vec<(String, u32)> {
        let found = check("k8s/all.yaml", &text).findings.into_iter();
        // Masked words leave the message; which rules speak, and how often, must not change.
        let mut counted = std::collections::BTreeMap::new();
        found
            .filter(|f| !f.rule.starts_with("secret/"))
            .for_each(|f| *counted.entry(f.rule).or_default() += 1);
        counted.into_iter().collect()
    };
    let text = MANIFEST.replace("password: PASSWORD", "password: SECRET").replace("PASSWORD", "example");
    let expected = said(text.replace("SECRET", "hunt3r"));
    assert!(expected.contains(&("scope/wildcard-grant".to_owned(), 2)), "{expected:?}");
    for word in [
        "kubernetes",
        "ClusterRole",
        "secrets",
        "action",
        "container image",
        "s3:*",
        "core/secrets",
        "example",
    ] {
        assert_eq!(said(text.replace("SECRET", word)), expected, "{word}");
    }
}

#[test]
fn a_secret_in_capitals_is_taken_out_too() {
    let canary = hallpass_rules::detect::canary("github-pat", 7).unwrap();
    let secret = &canary.text;
    let text = format!(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: a\n        env:\n          A: {secret}\n          \
         B: ${{{{ secrets.{secret} }}}}\n      - uses: other/action@v1\n        with:\n          \
         c: ${{{{ secrets.{secret} }}}}\n"
    );
    let answer = check(".github/workflows/a.yml", &text);
    assert!(!answer.masks.is_empty());
    let output = output(&answer);
    for shown in [secret.clone(), secret.to_ascii_uppercase()] {
        assert!(!output.contains(&shown[4..]), "{output}");
    }
}

#[test]
fn a_weak_secret_that_is_a_word_leaves_our_own_sentences_whole() {
    let manifest = "apiVersion: v1\nkind: Secret\nmetadata: { name: db }\nstringData: { apikey: SECRET }\n---\n\
                    apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: SECRET }\n";
    let told = |secret: &str| -> Vec<String> {
        let found = check("k8s/all.yaml", &manifest.replace("SECRET", secret)).findings.into_iter();
        found.map(|f| format!("{}: {} {}", f.rule, f.message, f.help.unwrap_or_default())).collect()
    };
    let expected = told("hunt3r");
    assert!(expected.iter().any(|t| t.contains("expiry is known")), "{expected:?}");
    for word in ["github", "production", "account", "expiry", "identity"] {
        assert_eq!(told(word), expected, "{word}");
    }
    // Words that documentation uses are judged otherwise, and the sentence is as whole.
    for word in ["password", "secret"] {
        let told = told(word).join("\n");
        assert!(told.contains("Accepted here: a reference to a secret store"), "{told}");
        assert!(told.contains("it is a word that documentation uses"), "{told}");
    }
}

#[test]
fn a_secret_is_taken_out_of_messages_however_it_is_spelt() {
    const SECRET: &str = "hV7qTz-Pw3+kR9x/Lm2D";
    let each = |form: &dyn Fn(u8) -> String| SECRET.bytes().map(form).collect::<String>();
    let forms = [
        each(&|byte| format!("%{byte:02x}")),
        each(&|byte| format!("%25{byte:02x}")),
        each(&|byte| format!("&#{byte};")),
        each(&|byte| format!("\\u{byte:04x}")),
        SECRET.replace('/', "\\/"),
        SECRET.replace('T', "''T"),
    ];
    for form in forms {
        let manifest = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{ name: db }}\nstringData: {{ DB_PASSWORD: {SECRET} }}\n---\n\
             apiVersion: v1\nkind: Pod\nmetadata: {{ name: app }}\nspec:\n  containers:\n  - name: app\n    \
             image: registry.example/{form}:latest\n    env: [{{ name: A, valueFrom: {{ secretKeyRef: {{ name: db, key: a }} }} }}]\n"
        );
        let answer = check("k8s.yaml", &manifest);
        let said: Vec<&str> = answer.findings.iter().map(|f| f.message.as_str()).collect();
        assert!(said.iter().any(|message| message.contains("<secret>")), "{form}: {said:#?}");
        assert!(said.iter().all(|message| !message.contains(form.as_str())), "{form}: {said:#?}");
    }
}
