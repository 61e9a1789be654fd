//! Scripts as people write them, and where the secrets of their variables go.

use super::{Held, MAX_LEAKS, To, leaks};
use crate::command::called;
use crate::document::script::Template;
use crate::document::{Scalar, Style, powershell, shell};
use crate::fact::{Ref, Text};

/// Variables `TOKEN` and `KEY` hold a secret each, and so does the hole `${{ secrets.T }}`.
struct Two;

fn secret(name: &str) -> Ref {
    Ref::new("test", "secret", [], Text::literal(name))
}

impl Held for Two {
    fn variable(&self, name: &str) -> Vec<Ref> {
        ["TOKEN", "KEY"].iter().filter(|held| **held == name).map(|name| secret(name)).collect()
    }

    fn hole(&self, hole: &str) -> Vec<Ref> {
        hole.contains("secrets.T").then(|| secret("T")).into_iter().collect()
    }

    fn environment(&self) -> Vec<Ref> {
        vec![secret("KEY"), secret("TOKEN")]
    }
}

fn shown(found: Vec<super::Leak>) -> Vec<String> {
    let to = |to: To| match to {
        To::Log { encoded: false } => "log".to_owned(),
        To::Log { encoded: true } => "encoded".to_owned(),
        To::Address => "address".to_owned(),
        To::Argument { command, instead } => format!("{command} {instead}"),
        To::Image => "image".to_owned(),
        To::File { path, name } => format!("{path} {}", name.unwrap_or_default()).trim().to_owned(),
        To::Trace { .. } => "trace".to_owned(),
    };
    found.into_iter().map(|leak| format!("{} {}", leak.what.name, to(leak.to))).collect()
}

fn read(text: &str) -> Vec<String> {
    let script = shell::read(&Scalar::verbatim(text, Style::Plain, 0), &[Template::DollarBraces]);
    shown(leaks(&script, &called(&script), &Two, false, None).0)
}

fn goes(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(read(text), *expected, "{text}");
    }
}

#[test]
fn what_is_printed() {
    goes(&[
        ("echo $TOKEN", &["TOKEN log"]),
        ("printf '%s' \"a ${TOKEN:-x}\" \"$KEY\"", &["TOKEN log", "KEY log"]),
        ("echo ${{ secrets.T }}", &["T log"]),
        ("echo \"$TOKEN\" >&2", &["TOKEN log"]),
        ("echo \"$TOKEN\" | base64", &["TOKEN encoded"]),
        ("echo $(echo $TOKEN | base64 -w0)", &["TOKEN encoded"]),
        ("echo \"$TOKEN\" | sed 's/./& /g'", &["TOKEN encoded"]),
        ("base64 <<< \"$TOKEN\"", &["TOKEN encoded"]),
        ("cat <<EOF\ntoken: $TOKEN\nEOF\n", &["TOKEN log"]),
        ("env", &["KEY log", "TOKEN log"]),
        ("printenv | sort", &["KEY log", "TOKEN log"]),
        ("printenv TOKEN", &["TOKEN log"]),
        ("export -p", &["KEY log", "TOKEN log"]),
        ("x=$TOKEN; y=\"a$x\"; echo \"$y\"", &["TOKEN log"]),
        ("echo $TOKEN > t; cat t", &["TOKEN t", "TOKEN log"]),
        ("if true; then { echo ${TOKEN^^}; }; fi", &["TOKEN encoded"]),
        ("echo $TOKEN | tee t.txt", &["TOKEN t.txt", "TOKEN log"]),
        ("echo $TOKEN >> $GITHUB_STEP_SUMMARY", &["TOKEN log"]),
        ("set -x\ncurl -H \"a: $TOKEN\" h\nset +x\ncurl -d $KEY h", &["TOKEN trace"]),
        ("set -eo xtrace; f $TOKEN", &["TOKEN trace"]),
    ]);
}

#[test]
fn what_is_handed_over() {
    goes(&[
        ("git clone https://x:$TOKEN@h/a.git", &["TOKEN address"]),
        ("curl \"https://h/a?v=1&token=$TOKEN\"", &["TOKEN address"]),
        ("URL=\"https://u:${KEY}@h\"", &["KEY address"]),
        ("git config url.\"https://${{ secrets.T }}@h/\".insteadOf https://h/", &["T address"]),
        ("docker login -u a -p $TOKEN h", &["TOKEN docker login --password-stdin"]),
        ("docker login -u a --password=\"$TOKEN\" h", &["TOKEN docker login --password-stdin"]),
        ("sshpass -p$TOKEN ssh h", &["TOKEN sshpass -e, with the password in SSHPASS"]),
        ("docker build --build-arg A=$TOKEN .", &["TOKEN image"]),
        ("docker buildx build --build-arg=A=$TOKEN .", &["TOKEN image"]),
        ("docker build --build-arg TOKEN .", &["TOKEN image"]),
        ("buildah bud --build-arg R=https://x:$TOKEN@h .", &["TOKEN image"]),
        ("echo \"A=$TOKEN\" > ./a/b.env", &["TOKEN a/b.env A"]),
        ("cat > \"$HOME/.npmrc\" <<EOF\n//h/:_authToken=$TOKEN\nEOF\n", &["TOKEN ~/.npmrc"]),
        ("printenv > all.env", &["KEY all.env", "TOKEN all.env"]),
    ]);
}

#[test]
fn what_stays_where_it_belongs() {
    for text in [
        "echo \"$TOKEN\" | docker login -u a --password-stdin h",
        "echo \"::add-mask::$TOKEN\"",
        "echo \"##vso[task.setvariable variable=a;issecret=true]$TOKEN\"",
        "echo ${#TOKEN} ${TOKEN:+set} ${TOKEN:0:4}",
        "[ -n \"$TOKEN\" ] && echo set",
        "echo \"$TOKEN\" | sha256sum",
        "echo \"$TOKEN\" | gh auth login --with-token",
        "x=$(echo $TOKEN | jq -r .a)",
        "TOKEN=$(date); echo $TOKEN",
        "for TOKEN in a b; do echo $TOKEN; done",
        "read -r KEY < file; echo $KEY",
        "{ echo $TOKEN; } > /dev/null",
        "(echo user; echo $TOKEN) | ftp h",
        "f() { echo $TOKEN; }",
        "exec > log.txt; echo $TOKEN",
        "cat <<'EOF'\n$TOKEN\nEOF\n",
        "echo '$TOKEN' \\$TOKEN",
        "set -euo pipefail; set -e",
        "env A=1 make; env | grep CI_",
        "psql postgres://u:$TOKEN@db/x",
        "curl https://h/a?v=$VERSION -H \"a: $TOKEN\"",
        "docker build --secret id=t,env=TOKEN --build-arg V=1 .",
        "docker login -p $(cat pass) h",
        "# echo $TOKEN",
        "set -x; f; set +x; g $TOKEN",
    ] {
        assert!(read(text).is_empty(), "{text}: {:?}", read(text));
    }
}

#[test]
fn powershell_has_its_own_words() {
    let read = |text: &str| {
        let script = powershell::read(&Scalar::verbatim(text, Style::Plain, 0), &[]);
        shown(leaks(&script, &called(&script), &Two, true, None).0)
    };
    for (text, expected) in [
        ("Write-Host $env:TOKEN", vec!["TOKEN log"]),
        ("Write-Host \"a $env:TOKEN\"", vec!["TOKEN log"]),
        ("$t = $env:TOKEN\nWrite-Output $t", vec!["TOKEN log"]),
        (
            "Write-Host ([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($env:TOKEN)))",
            vec!["TOKEN encoded"],
        ),
        ("gci env:", vec!["KEY log", "TOKEN log"]),
        ("Write-Host $TOKEN", vec![]),
        ("Write-Host $env:TOKEN.Length", vec![]),
        ("Write-Host ($env:TOKEN -eq '')", vec![]),
        ("Write-Host (Get-Item -Token $env:TOKEN)", vec![]),
        ("Write-Host \"##vso[task.setvariable variable=a]$env:TOKEN\"", vec![]),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

/// Read in one pass: the work grows with the text only, and what is said has an end.
#[test]
fn hostile_scripts_end() {
    assert_eq!(read(&"echo $TOKEN; ".repeat(50_000)).len(), MAX_LEAKS);
    assert_eq!(read(&format!("echo {}", "$TOKEN ".repeat(100_000))).len(), 1);
    assert_eq!(read(&format!("curl https://h?{}", "$TOKEN://".repeat(20_000))).len(), 1);
    let doubling = (0..2_000).map(|_| "x=\"$x$x$TOKEN\"; ").collect::<String>();
    assert_eq!(read(&format!("{doubling} echo $x")).len(), 1);
    let files: String = (0..5_000).map(|n| format!("echo $TOKEN > f{n}; ")).collect();
    assert_eq!(read(&files).len(), MAX_LEAKS);
}
