//! The rows of the table against their own examples, and scripts as people write them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::{Named, table, values};
use crate::detect::canary::random;
use crate::document::script::{Script, Template};
use crate::document::{Scalar, Style, powershell, shell};

/// Drawn anew for each run of a test.
fn secret() -> String {
    random(20, 7)
}

fn script(text: &str) -> Script {
    shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[Template::DollarBraces])
}

fn found(values: Vec<Named>) -> Vec<(String, String)> {
    values.into_iter().map(|named| (named.name, named.scalar.text.to_string())).collect()
}

/// What a shell script hands over, `SECRET` standing for a drawn value.
fn handed(text: &str) -> Vec<(String, String)> {
    let secret = secret();
    let text = text.replace("SECRET", &secret);
    let values = values(&script(&text));
    for named in &values {
        let span = named.scalar.span_of(0..named.scalar.text.len());
        assert_eq!(&text[span.range()], &*named.scalar.text, "{}", text.replace(&secret, "SECRET"));
    }
    let shown = |value: String| value.replace(&secret, "SECRET");
    found(values).into_iter().map(|(name, value)| (name, shown(value))).collect()
}

fn hands(cases: &[(&str, &[(&str, &str)])]) {
    for (text, expected) in cases {
        let found = handed(text);
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, *expected, "{text}");
    }
}

#[test]
fn every_row_finds_its_example_and_not_its_look_alike() {
    let mut wrong = Vec::new();
    assert!(!table::examples().is_empty());
    for (example, look_alike) in table::examples() {
        let found = handed(&example);
        let is_document = |name: &str| name.starts_with('.');
        let whole =
            |name: &str, value: &str| value == "SECRET" || is_document(name) && value.contains("SECRET");
        if !matches!(found.as_slice(), [(name, value)] if whole(name, value)) {
            wrong.push((example, found));
        }
        // What a document holds, its names tell.
        let found: Vec<_> = handed(&look_alike).into_iter().filter(|(name, _)| !is_document(name)).collect();
        if !found.is_empty() {
            wrong.push((look_alike, found));
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn variables() {
    hands(&[
        ("export DB_PASSWORD=SECRET", &[("DB_PASSWORD", "SECRET")]),
        ("FOO_TOKEN='SECRET' ./run", &[("FOO_TOKEN", "SECRET")]),
        ("env A=1 API_TOKEN=SECRET ./run", &[("API_TOKEN", "SECRET")]),
        ("sudo -u app DB_PASSWORD=SECRET ./run", &[("DB_PASSWORD", "SECRET")]),
        ("echo \"API_TOKEN=SECRET\" >> $GITHUB_ENV", &[("API_TOKEN", "SECRET")]),
        ("echo API_TOKEN=SECRET | sudo tee -a /etc/environment", &[("API_TOKEN", "SECRET")]),
        (
            "cat >> \"$FILE\" <<EOF\nLOG=1\nexport DB_PASSWORD=\"SECRET\"\nAPI_TOKEN=$X\nEOF\n",
            &[("DB_PASSWORD", "SECRET")],
        ),
        ("P=\"${DB_PASSWORD:-SECRET}\"", &[("DB_PASSWORD", "SECRET")]),
        (": \"${DB_PASSWORD:=SECRET}\"", &[("DB_PASSWORD", "SECRET")]),
    ]);
}

#[test]
fn options_of_any_program_and_programs_in_programs() {
    hands(&[
        ("./tool --db-password SECRET --port 80", &[("db-password", "SECRET")]),
        ("./tool -token=SECRET", &[("token", "SECRET")]),
        ("sudo -u root docker exec -it db mysql -pSECRET", &[("password", "SECRET")]),
        ("kubectl exec db -- sh -c 'mysql -pSECRET'", &[("password", "SECRET")]),
        ("bash -c \"bash -c 'curl -u a:SECRET https://x'\"", &[("password", "SECRET")]),
        ("x=$(curl -H \"Authorization: Bearer SECRET\" https://x)", &[("token", "SECRET")]),
        ("curl -H 'X-Api-Key: SECRET' https://x", &[("X-Api-Key", "SECRET")]),
        ("curl -fsSu a:SECRET https://x", &[("password", "SECRET")]),
        ("curl -sua:SECRET https://x", &[("password", "SECRET")]),
        ("curl -ksH 'Authorization: Bearer SECRET' https://x", &[("token", "SECRET")]),
        ("influx -password SECRET", &[("password", "SECRET")]),
        ("docker login -password SECRET r.io", &[("password", "SECRET")]),
        ("curl -u \"$USER:SECRET\" https://x", &[("password", "SECRET")]),
        ("echo SECRET | docker login -u bot --password-stdin", &[("password", "SECRET")]),
        ("if true; then (mysql --password=SECRET); fi", &[("password", "SECRET")]),
    ]);
}

#[test]
fn what_looks_like_one_is_none() {
    for text in [
        "docker run -p 8080:80 -d image",
        "influx -precision rfc3339",
        "mysql -protocol=tcp shop",
        "docker login -u bot -password-stdin r.io",
        "curl -su app https://x",
        "mkdir -p dist/token",
        "ssh -p 22 host",
        "psql -h db -p 5432 -U app",
        "curl -u \"$USER:$TOKEN\" https://x",
        "curl -u \"${{ github.actor }}:${{ secrets.TOKEN }}\" https://x",
        "PASSWORD=$(cat /run/secrets/password)",
        "TOKEN=\"\"",
        "TOKEN=$1; export TOKEN",
        "test -z \"$TOKEN\" && exit 1",
        "[ -n \"$TOKEN\" ]",
        "echo \"::add-mask::$TOKEN\"",
        "echo \"usage: PASSWORD=value ./run\"",
        "docker login -u bot -p ${{ secrets.REGISTRY }}",
        "echo \"$TOKEN\" | docker login --password-stdin -u bot",
        "gh auth login --with-token < token.txt",
        "cp -p a b",
        "mysql -p < dump.sql",
        "./tool --token-file /run/token --password-stdin",
        "./tool --token --verbose",
    ] {
        assert_eq!(handed(text), [], "{text}");
    }
}

#[test]
fn powershell_has_its_own_words() {
    let secret = secret();
    for (text, expected) in [
        ("$env:API_TOKEN = 'SECRET'", vec!["API_TOKEN"]),
        ("$password = \"SECRET\"", vec!["password"]),
        ("Publish-Module -Path . -NuGetApiKey SECRET", vec!["NuGetApiKey"]),
        ("Invoke-Thing -Password:SECRET", vec!["Password"]),
        ("$p = ConvertTo-SecureString 'SECRET' -AsPlainText -Force", vec!["password"]),
        ("Invoke-RestMethod -Headers @{ Authorization = 'Bearer SECRET' } -Uri $u", vec!["token"]),
        ("'API_TOKEN=SECRET' | Out-File -Append $env:GITHUB_ENV", vec!["API_TOKEN"]),
        ("echo \"API_TOKEN=SECRET\" >> $env:GITHUB_ENV", vec!["API_TOKEN"]),
        ("Connect-AzAccount -Credential $credential -Tenant t", vec![]),
        ("$password = $env:PASSWORD", vec![]),
    ] {
        let text = text.replace("SECRET", &secret);
        let read = powershell::read(&Scalar::verbatim(&text, Style::Plain, 0), &[]);
        let values = found(values(&read));
        assert!(values.iter().all(|(_, value)| *value == secret), "{text}");
        let names: Vec<_> = values.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, expected, "{text}");
    }
}

/// Read in one pass: ten times the commands take some ten times the work, which is counted by the values found.
#[test]
fn hostile_scripts_end() {
    let many = "mysql -uroot -pabcdefgh1; ".repeat(100_000);
    assert_eq!(values(&script(&many)).len(), 100_000);
    let wrapped = format!("{} mysql -pabcdefgh1", "sudo ".repeat(200_000));
    assert_eq!(values(&script(&wrapped)).len(), 0);
    let long = format!("curl -u a:{} --header {}", "b".repeat(1 << 20), "c:".repeat(1 << 19));
    assert_eq!(values(&script(&long)).len(), 1);
    let options = format!("docker login {}", "-p=a ".repeat(200_000));
    assert_eq!(values(&script(&options)).len(), 200_000);
    let nested = (0..8).fold("mysql -pabcdefgh1".to_owned(), |inner, _| format!("sh -c {}", quoted(&inner)));
    assert_eq!(values(&script(&nested)).len(), 0);
    let list = format!("helm upgrade --set {}", "a.password=b,".repeat(100_000));
    assert_eq!(values(&script(&list)).len(), 100_000);
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[test]
fn files_that_commands_write_are_handed_over_whole() {
    hands(&[
        ("cat > conf/.env <<EOF\nTOKEN=SECRET\nEOF\n", &[(".env", "TOKEN=SECRET\n")]),
        ("echo 'a: SECRET' | sudo tee -a /etc/App.yml", &[("app.yml", "a: SECRET")]),
        ("tee \"$HOME/.netrc\" <<< x", &[]),
        ("cat <<EOF > \"$X.yml\"\nTOKEN=SECRET\nEOF\n", &[("TOKEN", "SECRET")]),
        ("curl -d '{\"a\": \"SECRET\"}' https://x", &[(".json", "{\"a\": \"SECRET\"}")]),
        ("kubectl apply --filename=- <<EOF\na: SECRET\nEOF\n", &[(".yaml", "a: SECRET\n")]),
        ("kubectl apply -f a.yaml <<EOF\na: SECRET\nEOF\n", &[]),
        ("chpasswd <<EOF\na:SECRET\nEOF\n", &[("password", "SECRET")]),
        ("htpasswd -nb a SECRET", &[]),
    ]);
}
