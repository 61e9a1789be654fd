//! What a text says of itself, or seems to: it must hold, and nothing secret may show for it.

use super::*;
use crate::detect::canary::random;

fn check_bytes(path: &str, bytes: &[u8]) -> Answer {
    ENGINE.check(path, &[Input { path: path.to_owned(), bytes: Arc::from(bytes), member: true }])
}

#[test]
fn one_long_line_without_blanks_is_a_key_and_not_a_file() {
    let long = random(1_600, 3);
    for (text, found) in
        [(format!("PRIVATE_KEY={long}\n"), 1), (format!("PRIVATE_KEY={long} and {long}\n"), 0)]
    {
        assert_eq!(credentials(&check(".env", &text)).len(), found);
    }
}

#[test]
fn the_user_of_an_address_may_be_the_secret() {
    let token = random(40, 4);
    let other = random(20, 5);
    // Apart, so that this file holds no such address itself.
    let sign = "://";
    for (text, secrets) in [
        (format!("git clone https://{token}:x-oauth-basic@git.acme.io/o/r\n"), vec![&token]),
        (format!("git clone https{sign}{token}:x@git.acme.io/o/r\n"), vec![&token]),
        (format!("url: https://{token}:{other}@git.acme.io/o/r\n"), vec![&token, &other]),
        (format!("see https://{token}@git.acme.io/o/r\n"), vec![&token]),
        (format!("postgres{sign}bob:p@ss:{other}/12#@db.acme.io/x\n"), vec![&other]),
    ] {
        let answer = check("notes.txt", &text);
        assert_eq!(answer.findings.len(), 1, "{text}");
        let shown = serde_json::to_string(&answer.findings).unwrap();
        for secret in secrets {
            assert!(!shown.contains(secret.as_str()), "{text}");
            let at = text.find(secret.as_str()).unwrap();
            let covered = answer
                .masks
                .iter()
                .any(|m| m.span.start as usize <= at && at + secret.len() <= m.span.end as usize);
            assert!(covered, "{text}");
        }
    }
    let report = format!("dsn: https://{token}@o1.ingest.sentry.io/2\n");
    assert!(check("notes.txt", &report).findings.is_empty());
}

#[test]
fn what_an_armour_or_a_neighbour_says_of_a_key_must_hold() {
    let pem =
        canary::canary("private-key", 1).unwrap().text.replace("BEGIN PRIVATE", "BEGIN ENCRYPTED PRIVATE");
    let severity = check("k.txt", &pem).findings[0].severity;
    assert!(severity >= Severity::High, "{severity:?}");
}

#[test]
fn maven_passwords_stand_in_servers() {
    let word = random(12, 9);
    let server = format!("<server><id>a</id><password>{word}</password></server>\n");
    assert_eq!(check("notes.md", &server).findings.len(), 1);
    for text in [format!("<string><password>{word}</password></string>\n"), format!("<!-- {server} -->\n")] {
        assert!(check("notes.md", &text).findings.is_empty(), "{text}");
    }
}

#[test]
fn a_letter_of_latin_1_hides_nothing() {
    let word = random(24, 11);
    for (path, before, after) in [
        ("a.yaml", "# f\u{1}r\npassword: ", "\n"),
        ("b.json", "{\"n\": \"f\u{1}r\", \"password\": \"", "\"}"),
        ("Dockerfile", "# f\u{1}r\nFROM x\nENV DB_PASSWORD=", "\n"),
    ] {
        let text = format!("{before}{word}{after}");
        let bytes: Vec<u8> = text.bytes().map(|b| if b == 1 { 0xfc } else { b }).collect();
        assert_eq!(credentials(&check_bytes(path, &bytes)).len(), 1, "{path}");
    }
}

#[test]
fn how_a_value_begins_or_ends_proves_nothing_of_what_was_drawn() {
    let drawn = format!("a7X{}", random(24, 13));
    for value in [
        format!("vault:{drawn}"),
        format!("env:{drawn}"),
        format!("ssm:{drawn}"),
        format!("file:{drawn}"),
        format!("changeme-{drawn}"),
        format!("$2b${drawn}"),
        format!("$5${drawn}"),
        format!("${{PREFIX}}{drawn}"),
        format!("{drawn}${{SUFFIX}}"),
        format!("<{drawn}>"),
        format!("[{drawn}]"),
        format!("%{drawn}%"),
        format!("{{cipher}}{drawn}"),
    ] {
        let text = format!("db_password: \"{value}\"\n");
        assert_eq!(credentials(&check("app.yaml", &text)).len(), 1, "{value}");
    }
    for value in [
        "arn:aws:secretsmanager:eu-west-1:609629065308:secret:ShopStackDatabaseSecret2A1B3C4D-x1Y2z3"
            .to_owned(),
        "op://shop/mKq3vXl2Rt7wYp9bNc5sDf8gHj/password".to_owned(),
        "vault:secret/data/shop/prod#password".to_owned(),
        "env:SHOP_DATABASE_PASSWORD_2".to_owned(),
        "${SHOP_DATABASE_PASSWORD}-suffix".to_owned(),
        format!("$2b$10${}", random(53, 14)),
    ] {
        let text = format!("db_password: \"{value}\"\n");
        assert_eq!(credentials(&check("app.yaml", &text)).len(), 0, "{value}");
    }
}

#[test]
fn templates_of_files_of_data_are_read_as_those() {
    let word = random(24, 15);
    for (path, text) in [
        ("app.yml.j2", format!("db:\n  host: {{{{ host }}}}\n  password: {word}\n")),
        ("app.conf.tpl", format!("password = {word}\n")),
        ("app.env.j2", format!("DB_PASSWORD={word}\n")),
    ] {
        assert_eq!(credentials(&check(path, &text)).len(), 1, "{path}");
    }
}
