//! Values that only their name tells, in files that are data: each is found with its bytes, and its twin that refers to a
//! store is not, and is counted.

use super::*;
use crate::detect::canary::random;

/// Files with `@` where the value stands.
const FILES: &[(&str, &str)] = &[
    (".env", "A=b\nexport DB_PASSWORD=\"@\" # from the vault\n"),
    ("prod/.env.production", "API_SECRET=@\n"),
    ("src/application.properties", "spring.datasource.password = @\n"),
    ("setup.ini", "[db]\npassword: @\n"),
    (".pypirc", "[pypi]\nusername = u\npassword = @\n"),
    (".npmrc", "//npm.acme.io/:_password=@\n"),
    (".netrc", "machine git.acme.io login bot password @\n"),
    (".pgpass", "db.acme.io:5432:app:app:@\n"),
    ("config.toml", "[db]\nuser = 'a'\npassword = \"@\"\n"),
    (
        "settings.xml",
        "<settings><servers><server><id>a</id><password>@</password></server></servers></settings>",
    ),
    (
        "NuGet.config",
        "<packageSourceCredentials><add key=\"ClearTextPassword\" value=\"@\" /></packageSourceCredentials>",
    ),
    ("core-site.xml", "<property><name>fs.s3a.secret.key</name><value>@</value></property>"),
    ("Dockerfile", "FROM a\nENV USER=a DB_PASSWORD=@\n"),
    ("Dockerfile", "ARG NPM_TOKEN=@\nFROM a\n"),
    ("values.yaml", "env:\n- value: '@'\n  name: DB_PASSWORD\n"),
    ("list.json", "[{\"key\": \"client_secret\", \"value\": \"@\"}]"),
    ("app.json", "{\"smtp\": {\"password\": \"@\"}}"),
    ("stack.yaml", "environment:\n  passwords:\n  auth_token:\n  - '@'\n"),
    (
        "template.json",
        "{\"parameters\": {\"adminPassword\": {\"type\": \"secureString\", \"defaultValue\": \"@\"}}}",
    ),
    ("stack.yml", "Parameters:\n  DbPassword:\n    NoEcho: true\n    Default: '@'\n"),
    ("bundle.json", "{\"config\": \"id: a\\nsecret: @\\n\"}"),
    ("run/db.password", "# generated\n@\n"),
];

#[test]
fn a_name_tells_a_secret_in_every_kind_of_data() {
    for (seed, (path, form)) in FILES.iter().enumerate() {
        let value = super::canary::random(24, seed as u64);
        let text = form.replace('@', &value);
        let answer = check(path, &text);
        let found = credentials(&answer);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        let secret = found[0].secret[0].span;
        assert_eq!(&text[secret.range()], value, "{path}");
        assert!(answer.findings.iter().any(|f| f.rule.starts_with("secret/")), "{path}");
    }
}

#[test]
fn a_reference_in_its_place_is_silent_and_counted() {
    for (path, form) in FILES {
        let text = form.replace('@', "${DB_PASSWORD}");
        let answer = check(path, &text);
        assert!(credentials(&answer).is_empty(), "{path}");
        let counted: u32 = answer.coverage[0].silent.values().sum();
        // Where the raw bytes have a shape too, both say so.
        assert!(counted >= 1, "{path}");
    }
}

#[test]
fn a_sample_may_hold_placeholders_and_no_tokens() {
    let token = canary("github-pat", 3).unwrap().text;
    let text = format!("DB_PASSWORD=changeme\nAPI_TOKEN=<your-token>\nSECRET=xxxxxxxx\nGITHUB={token}\n");
    for path in [".env.example", ".env.sample", ".env.template", ".env.dist"] {
        let answer = check(path, &text);
        let found: Vec<_> = credentials(&answer).iter().filter_map(|c| c.detector.clone()).collect();
        assert_eq!(found, ["github-pat"], "{path}");
    }
}

#[test]
fn connection_strings_are_read_through_what_escapes_them() {
    let password = super::canary::random(16, 5);
    for (path, text) in [
        (
            "web.config",
            format!(
                "<add name=\"Main\" connectionString=\"Server=db.acme.io;User ID=app;Password={password};\"/>"
            ),
        ),
        (
            "web.config",
            format!("<add name=\"M\" connectionString=\"server=db.acme.io;uid=app;PWD={password};\"/>"),
        ),
        (
            "a.properties",
            format!("url=jdbc\\:postgresql\\://db.acme.io/a?user\\=app&password\\={password}\n"),
        ),
        (".env", format!("DATABASE_URL=postgres://app:{password}@db.acme.io/app\n")),
    ] {
        let answer = check(path, &text);
        let found = credentials(&answer);
        assert_eq!(found.len(), 1, "{path}: {text}");
        assert_eq!(&text[found[0].secret[0].span.range()], password, "{path}");
    }
}

#[test]
fn what_a_data_file_holds_besides_is_unknown_and_said() {
    let mut text = "a=b\n".repeat(crate::document::pairs::MAX_BYTES / 4 + 1);
    text.push_str("password=x");
    assert!(
        check("big.properties", &text).coverage[0].unknown.iter().any(|u| u.why.contains("names and values"))
    );
}

#[test]
fn another_encoding_hides_nothing() {
    let password = random(20, 5);
    for (path, start, line) in [
        ("a.properties", &b"# caf\xe9\n"[..], format!("db.password={password}\n")),
        (".env", b"\xef\xbb\xbf", format!("DB_PASSWORD={password}\n")),
        ("deploy.sh", b"\xef\xbb\xbf#!/bin/sh\n# caf\xe9\n", format!("export DB_PASSWORD={password}\n")),
        ("deploy", b"#!/bin/sh\n# caf\xe9\n", format!("export DB_PASSWORD={password}\n")),
    ] {
        let bytes = [start, line.as_bytes()].concat();
        let input = Input { path: path.into(), bytes: Arc::from(bytes.as_slice()), member: true };
        let answer = ENGINE.check(path, &[input]);
        let found = credentials(&answer);
        assert_eq!(found.len(), 1, "{path}");
        assert_eq!(&bytes[found[0].secret[0].span.range()], password.as_bytes(), "{path}");
    }
}

#[test]
fn a_file_without_an_ending_is_data_if_all_its_lines_are() {
    let line = format!("user_secret=\"{}\"\n", random(40, 6));
    assert_eq!(credentials(&check("config", &line)).len(), 1);
    assert_eq!(credentials(&check("config", &format!("Notes about it\n{line}"))).len(), 0);
    assert_eq!(credentials(&check("config.adoc", &line)).len(), 0);
}

#[test]
fn bicep_declares_its_secrets() {
    let text = "@secure()\nparam login string = 'HardcodedWord'\nparam kind string = 'HardcodedWord'\n";
    let found = credentials(&check("main.bicep", text)).len();
    assert_eq!(found, 1);
}
