//! What becomes of secrets in files: tags, masks, limits, hostile input, and that none leaves.

use super::super::Canary;
use super::*;
use crate::finding::Status;

#[test]
fn tags_of_guessable_values_are_short_and_keyed() {
    let short = tag::tag(b"key", b"Summer2024!", true);
    assert_eq!(short.0.len(), 3);
    assert_ne!(tag::tag(b"key", b"Summer2024!", true), tag::tag(b"other key", b"Summer2024!", true));
    let drawn = super::canary::random(40, 3);
    assert_eq!(tag::tag(b"key", drawn.as_bytes(), true).0.len(), 32);
    assert!(tag::bits(b"correcthorsebatterystaple") < tag::STRONG_BITS);
    assert!(tag::bits(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") < tag::STRONG_BITS);
}

#[test]
fn the_same_secret_elsewhere_is_masked_too_in_clear_and_encoded() {
    let token = canary("github-pat", 4).unwrap();
    let part = &token.secret_parts[0];
    let encoded = STANDARD.encode(format!("x{}", token.text));
    let text = format!("a {}\n# was {part}\nb {encoded}\n", token.text);
    let answer = check("notes.txt", &text);
    let mut shown = text.clone().into_bytes();
    for mask in &answer.masks {
        shown[mask.span.range()].fill(b'*');
    }
    let shown = String::from_utf8(shown).unwrap();
    assert_eq!(shown.matches(part.as_str()).count(), 0, "{shown}");
    assert!(!shown.contains(&encoded[10..40]), "{shown}");
    assert!(shown.contains("ghp_**") && shown.contains("# was **"), "{shown}");
    assert!(answer.masks.windows(2).all(|w| w[0].span.end <= w[1].span.start), "sorted, without overlaps");
}

#[test]
fn dense_input_is_linear_and_capped() {
    // Work is counted rather than timed: the number of finds doubles with the input until the cap, and no anchor is
    // searched twice.
    let line = |seed| format!("{}\n", canary("hugging-face-token", seed).unwrap().text);
    let dense = |lines: u64| (0..lines).map(line).collect::<String>();
    assert_eq!(scan::scan(dense(500).as_bytes()).finds.len(), 500);
    assert_eq!(scan::scan(dense(1000).as_bytes()).finds.len(), 1000);
    let much = dense(5_000);
    let found = scan::scan(much.as_bytes());
    assert_eq!(found.finds.len(), scan::MAX_HITS);
    assert!(found.stopped_at.is_some());
    let answer = check("notes.txt", &much);
    assert!(answer.coverage[0].unknown.iter().any(|u| u.why.contains("credentials in one file")));
    assert_eq!(answer.masks.last().map(|m| m.span.end as usize), Some(much.len()), "the rest is masked");
}

#[test]
fn harmless_credentials_keep_no_real_one_out() {
    let token = canary("github-pat", 3).unwrap();
    let decoys = "redis://cache:letmein@localhost/0\n".repeat(2 * scan::MAX_HITS);
    let answer = check("notes.txt", &format!("{decoys}{}\n", token.text));
    assert!(answer.findings.iter().any(|f| f.severity == Severity::Critical), "{}", answer.findings.len());
    assert!(answer.coverage[0].unknown.iter().any(|u| u.why.contains("of low severity in one file")));
    // A file whose rest was not searched passes for none that was.
    let line = |seed| format!("{}\n", canary("hugging-face-token", seed).unwrap().text);
    let answer = check("notes.txt", &(0..2_100).map(line).collect::<String>());
    let entry = &answer.coverage[0];
    assert!(entry.must_check && entry.status == Status::Failed, "{entry:?}");
}

#[test]
fn the_armour_of_a_key_before_other_text_is_silent() {
    let header = concat!("-----BEGIN ", "PRIVATE KEY-----");
    for rest in [
        "\", \"private_key_id: and so on, for much longer than a key would need to be one\"",
        "\n<insert the key that you downloaded from the console, all lines of it>\n",
        "\n${DEPLOY_KEY_THAT_IS_PUT_HERE_WHEN_THE_CONTAINER_STARTS_AND_NOT_BEFORE}\n",
    ] {
        assert!(check("a.txt", &format!("{header}{rest}")).findings.is_empty(), "{rest}");
    }
}

#[test]
fn hostile_anchors_stop_at_the_limit_of_work() {
    for piece in [
        concat!("-----BEGIN ", "PRIVATE KEY-----"),
        "\"private_key_id\": ",
        "://",
        " eyJ",
        "sig=",
        "AKIA ",
        "aws_secret_access_key",
    ] {
        for size in [100_000, 200_000] {
            let text: String = piece.chars().cycle().take(size).collect();
            let found = scan::scan(text.as_bytes());
            assert!(found.finds.is_empty(), "{piece}");
        }
    }
}

#[test]
fn bytes_that_are_not_text_are_searched_as_well() {
    let token = canary("github-pat", 4).unwrap().text;
    let bytes: Vec<u8> = [0xff, 0xfe, 0, b' '].into_iter().chain(token.bytes()).chain([0xff]).collect();
    let answer =
        engine().check("x.bin", &[Input { path: "x.bin".to_owned(), bytes: bytes.into(), member: true }]);
    assert_eq!(credentials(&answer).len(), 1);
}

#[test]
fn files_asked_for_are_searched_and_masked_too() {
    let token = canary("npm-token", 4).unwrap();
    let input = |path: &str, text: &str, member| Input {
        path: path.to_owned(),
        bytes: text.as_bytes().into(),
        member,
    };
    let answer = engine().check("u", &[input("a.txt", "nothing", true), input("b.txt", &token.text, false)]);
    assert_eq!(answer.masks.len(), 1);
    assert_eq!(answer.masks[0].path, "b.txt");
}

#[test]
fn a_word_as_password_does_not_switch_rules_off() {
    let token = canary("github-pat", 1).unwrap().text;
    let answer = check(
        "notes.txt",
        &format!(
            "redis://a:{}@h.io\nmysql://a:{}@h.io\nx://a:{}@h.io\n{token}\n",
            "github", "unbounded", "literal"
        ),
    );
    let pat = answer.findings.iter().find(|f| f.severity == Severity::Critical).unwrap();
    assert!(pat.message.contains("GitHub personal access token"), "{}", pat.message);
    let facts = credentials(&answer);
    assert!(facts.iter().any(|c| c.issuer == "github" && c.storage == Storage::Literal));
    assert!(facts.iter().any(|c| c.lifetime.only() == Some(&Lifetime::Unbounded)));
}

fn secret_manifest(entries: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  namespace: n\n{entries}")
}

#[test]
fn a_token_in_a_kubernetes_secret_is_one_fact_at_the_dialects_place() {
    let token = canary("slack-token", 6).unwrap();
    let encoded = STANDARD.encode(&token.text);
    let text = secret_manifest(&format!("data:\n  bot: {encoded}\n"));
    let answer = check("k8s/secret.yaml", &text);
    let found = credentials(&answer);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].kind.as_str(), found[0].storage), ("kubernetes-secret", Storage::Encoded));
    assert_eq!(found[0].detector.as_deref(), Some("slack-token:bot"));
    assert_eq!(found[0].title, "Slack bot token");
    assert_eq!(&text[found[0].secret[0].span.range()], encoded);
    let finding = answer.findings.iter().find(|f| f.rule == "secret/hardcoded-credential").unwrap();
    assert_eq!(finding.route.rsplit('/').next(), Some("bot"));
    assert!(finding.message.contains("Slack bot token merely base64-encoded"), "{}", finding.message);
    // The same value in clear elsewhere has the same tag.
    assert_eq!(only(&token.text).tag, found[0].tag);
}

#[test]
fn the_halves_of_a_key_meet_across_encoded_values() {
    let id = format!("{}{}", "AKIA", "Y34FZKBOKMUTVV7A");
    let secret = canary("aws-secret-access-key", 3).unwrap().secret_parts.concat();
    let text = secret_manifest(&format!(
        "data:\n  one: {}\n  two: {}\n",
        STANDARD.encode(id),
        STANDARD.encode(secret)
    ));
    let answer = check("k8s/secret.yaml", &text);
    let ids: Vec<_> = credentials(&answer).iter().filter_map(|c| c.detector.clone()).collect();
    assert_eq!(ids, ["aws-access-key-id", "aws-secret-access-key"]);
    let findings = answer.findings.iter().filter(|f| f.rule == "secret/hardcoded-credential");
    let messages: Vec<_> = findings.map(|f| f.message.as_str()).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].starts_with("AWS secret access key of account 609629065308 merely"), "{messages:?}");
}

#[test]
fn templates_and_public_values_in_a_secret_are_silent() {
    let certificate = STANDARD.encode("-----BEGIN CERTIFICATE-----\nMIIB\n");
    let text = secret_manifest(&format!(
        "stringData:\n  password: ${{DB_PASSWORD}}\n  token: '{{{{ .Values.token }}}}'\ndata:\n  ca.crt: {certificate}\n"
    ));
    let answer = check("k8s/secret.yaml", &text);
    assert!(credentials(&answer).is_empty(), "{:?}", credentials(&answer));
    assert_eq!(answer.coverage[0].silent.values().sum::<u32>(), 3, "{:?}", answer.coverage[0].silent);
}

#[test]
fn a_key_in_a_block_scalar_is_one_finding() {
    let key = canary("private-key", 3).unwrap().text.replace('\n', "\n    ");
    let text = secret_manifest(&format!("stringData:\n  id_ed25519: |\n    {key}\n"));
    let answer = check("k8s/secret.yaml", &text);
    let findings: Vec<_> =
        answer.findings.iter().filter(|f| f.rule == "secret/hardcoded-credential").collect();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].message.starts_with("private key in clear text"), "{}", findings[0].message);
}

#[test]
fn an_escaped_secret_is_taken_out_of_decoded_text() {
    let token = canary("stripe-key", 6).unwrap();
    let escaped: String = token.text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let answer = check(
        ".github/workflows/a.yml",
        &format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    env:\n      \"{escaped}\": x\n      K: \"{escaped}\"\n    steps:\n      - run: y\n"
        ),
    );
    assert_eq!(credentials(&answer).len(), 2, "found in the decoded key and value");
    let output = serde_json::to_string(&answer.facts).unwrap();
    assert_eq!(leaks(&output, &token), None, "{output}");
}

/// Every window of this many characters of a secret is looked for in the output: four may be shown.
const SHOWN: usize = 4;

fn leaks(output: &str, token: &Canary) -> Option<String> {
    // What stands in its public parts as well, such as the frame of a key in base64, is no secret.
    let public = token.secret_parts.iter().fold(token.text.clone(), |rest, part| rest.replace(part, "\n"));
    let shown = |part: &String| shown(output, part, &public);
    token.secret_parts.iter().find_map(shown)
}

fn shown(output: &str, secret: &str, public: &str) -> Option<String> {
    // Hex and digits of a secret meet digests by chance; longer windows do not.
    let plain = secret.chars().all(|c| (c.is_ascii_hexdigit() && !c.is_ascii_uppercase()) || c == '-');
    let size = if plain { 10 } else { SHOWN + 3 };
    let letters: Vec<char> = secret.chars().collect();
    let mut windows = letters.windows(size).map(|w| w.iter().collect::<String>());
    windows.find(|w| output.contains(w.as_str()) && !public.contains(w.as_str()))
}

#[test]
fn planted_canaries_never_leave() {
    let engine = engine();
    for (number, detector) in detectors().enumerate() {
        let canary = canary(&detector.id, number as u64).unwrap();
        let inline = canary.text.replace('\n', "\\n");
        let quoted = inline.replace('"', "\\\"");
        let files = [
            ("notes.txt", format!("see {} here\n# {}\n", canary.text, canary.secret_parts[0])),
            ("deploy.yaml", format!("name: x\nenv:\n  DB_PASSWORD: \"{quoted}\"\n  \"{quoted}\": 1\n")),
            (
                ".github/workflows/ci.yml",
                format!(
                    "on: push\njobs:\n  a:\n    runs-on: x\n    env:\n      API_TOKEN: \"{quoted}\"\n    steps:\n      - name: \"{quoted}\"\n        run: curl \"{quoted}\"\n"
                ),
            ),
            ("config.json", format!("{{\"password\": \"{quoted}\", \"list\": [\"{quoted}\"]}}\n")),
            (
                "main.tf",
                format!("resource \"x\" \"y\" {{\n  password = \"{}\"\n}}\n", quoted.replace('$', "$$")),
            ),
            (
                "k8s/secret.yaml",
                format!(
                    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n  password: {}\nstringData:\n  token: \"{quoted}\"\n",
                    STANDARD.encode(&canary.text)
                ),
            ),
        ];
        for (path, text) in files {
            let input = Input { path: path.to_owned(), bytes: text.as_bytes().into(), member: true };
            let answer = engine.check(path, &[input]);
            let output = format!(
                "{}{}{}{}",
                serde_json::to_string(&answer.findings).unwrap(),
                serde_json::to_string(&answer.facts).unwrap(),
                serde_json::to_string(&answer.coverage).unwrap(),
                serde_json::to_string(&answer.passes).unwrap(),
            );
            assert_eq!(leaks(&output, &canary), None, "{} in {path}:\n{text}\n{output}", detector.id);
        }
    }
}
