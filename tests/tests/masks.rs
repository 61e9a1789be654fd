//! A planted secret never appears in any output, beyond four characters of a secret part.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use hallpass_rules::detect::detectors;
use hallpass_rules::detect::{Canary, canary};
use hallpass_tests::binary::{Binary, Folder};

/// Most characters of a secret part that may be shown.
const SHOWN: usize = 4;

/// The canary in a file of each dialect, in comments and in names, and beside a finding whose source is displayed.
fn plant(folder: &Folder, canary: &Canary) {
    let line = canary.text.replace('\n', "\\n");
    let quoted = line.replace('\\', "\\\\").replace('"', "\\\"");
    let indented = canary.text.replace('\n', "\n        ");
    folder.write(
        ".github/workflows/a.yml",
        format!(
            "on: push\npermissions: write-all # {line}\njobs:\n  a:\n    runs-on: x\n    env:\n      TOKEN: \"{quoted}\"\n    \
             steps:\n      - uses: a/b@{line}\n      - run: |\n        {indented}\n"
        ),
    );
    folder.write(
        "main.tf",
        format!(
            "# {line}\nresource \"aws_iam_role\" \"r\" {{\n  name = \"{quoted}\"\n  max_session_duration = 43200\n  \
             assume_role_policy = \"{quoted}\"\n}}\noutput \"o\" {{\n  value = \"{quoted}\"\n}}\n"
        ),
    );
    folder.write(
        "app.yaml",
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData:\n  password: \"{quoted}\"\n---\napiVersion: v1\n\
             kind: ServiceAccount\nmetadata:\n  name: \"{quoted}\"\n"
        ),
    );
    folder.write("notes.txt", format!("{}\n", canary.text));
    folder.write(".github/workflows/broken.yml", format!("on: push\njobs: [\n  \"{quoted}\n"));
    folder.write(".env", format!("TOKEN={line}\n"));
    // Paths that are asked for and do not exist are named in coverage.
    folder.write(
        ".github/workflows/ask.yml",
        format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: \"./{quoted}\"\n"),
    );
    folder.write(
        "asking/main.tf",
        format!("module \"m\" {{\n  source = \"./{quoted}\"\n}}\nlocals {{\n  a = file(\"{quoted}\")\n}}\n"),
    );
}

/// The first run of secret characters that a text shows. Five characters are telling unless they could be a piece of a
/// fingerprint (hexadecimal) or of a count; of those, ten.
fn leaks(text: &str, canary: &Canary) -> Option<String> {
    const LONG: usize = 10;
    // What stands in its public parts as well, such as the frame of a key in base64, is no secret.
    let public = canary.secret_parts.iter().fold(canary.text.clone(), |rest, part| rest.replace(part, "\n"));
    for line in canary.secret_parts.iter().flat_map(|part| part.lines()) {
        let letters: Vec<char> = line.chars().collect();
        for length in [SHOWN + 1, LONG] {
            for window in letters.windows(length) {
                let digit = window.iter().any(char::is_ascii_digit);
                let letter = window
                    .iter()
                    .any(|c| c.is_ascii_alphabetic() && (length == LONG || !c.is_ascii_hexdigit()));
                let window: String = window.iter().collect();
                if digit && letter && text.contains(&window) && !public.contains(&window) {
                    return Some(window);
                }
            }
        }
    }
    None
}

#[test]
fn no_output_shows_a_secret() {
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    let runs: [&[&str]; 7] = [
        &["check", ".", "-v"],
        &["check", ".", "-v", "--report", "json"],
        &["check", ".", "--report", "sarif"],
        &["check", ".", "--diff", "--fix=unsafe"],
        &["facts", "."],
        &["why", "app.yaml:5"],
        &["why", ".github/workflows/a.yml:7"],
    ];
    let (mut seen, mut shown) = (0, Vec::new());
    // A secret by its name only: where nothing names it, nothing says that it is secret.
    for (seed, detector) in detectors().enumerate().filter(|(_, d)| d.slots.is_empty()) {
        let canary = canary(&detector.id, seed as u64).expect("every detector makes a canary");
        let folder = Folder::new();
        plant(&folder, &canary);
        for arguments in runs {
            let run = binary.run(folder.path(), arguments);
            assert!((0..=1).contains(&run.code), "{}: {arguments:?}: {}", detector.id, run.err);
            for text in [&run.out, &run.err] {
                if let Some(leak) = leaks(text, &canary) {
                    shown.push(format!("{}: {arguments:?} shows `{leak}`", detector.id));
                }
            }
            seen += usize::from(run.out.contains("secret/hardcoded-credential"));
        }
    }
    assert!(shown.is_empty(), "\n{}", shown.join("\n"));
    assert!(seen > 0, "nothing was found, so nothing was tested");
}

/// The canary where only its name tells that it is a secret, and the same text where none does, in files of other units
/// that have findings of their own.
fn plant_apart(folder: &Folder, name: &str, secret: &str) {
    folder.write("named/.env", format!("{name}={secret}\n"));
    folder.write(
        "other/main.tf",
        format!(
            "resource \"aws_iam_user\" \"u\" {{\n  name = \"ci-{secret}\"\n}}\noutput \"o\" {{\n  value = file(\"{secret}\")\n}}\n\
             resource \"aws_iam_access_key\" \"k\" {{ user = \"ci-{secret}\" }}\n"
        ),
    );
    folder.write(
        ".github/workflows/a.yml",
        format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    permissions: write-all # {secret}\n    steps:\n      - uses: a/b@{secret}\n        \
             with: {{ token: \"${{{{ secrets.T_{secret} }}}}\" }}\n      - uses: \"./{secret}\"\n"
        ),
    );
}

#[test]
fn a_secret_known_by_its_name_is_shown_in_no_other_unit() {
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    let runs: [&[&str]; 5] = [
        &["check", ".", "-v"],
        &["check", ".", "-v", "--report", "json"],
        &["check", ".", "--report", "sarif"],
        &["check", ".", "--diff", "--fix=unsafe"],
        &["facts", "."],
    ];
    let (mut seen, mut shown) = (0, Vec::new());
    for (seed, detector) in detectors().enumerate().filter(|(_, d)| !d.slots.is_empty()) {
        let canary = canary(&detector.id, seed as u64).expect("every detector makes a canary");
        let [secret] = canary.secret_parts.as_slice() else { continue };
        let name = detector.slots[0].replace(' ', "_").to_ascii_uppercase();
        let folder = Folder::new();
        plant_apart(&folder, &name, secret);
        for arguments in runs {
            let run = binary.run(folder.path(), arguments);
            if arguments == runs[0] {
                if !run.out.contains("named/.env:1:") {
                    break;
                }
                seen += 1;
            }
            // A report names it in capitals where the platform folds names.
            let text = format!("{}\n{}", run.out, run.err).to_ascii_lowercase();
            if text.contains(&secret.to_ascii_lowercase()) {
                shown.push(format!("{}: {arguments:?}", detector.id));
            }
        }
    }
    assert!(shown.is_empty(), "\n{}", shown.join("\n"));
    assert!(seen > 5, "{seen} were found, so little was tested");
}
