//! Files in other encodings than UTF-8 are read as the text they are, and never rewritten.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use hallpass_rules::detect::canary::random;
use hallpass_tests::binary::{Binary, Folder};

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
}

#[test]
fn utf16_is_checked_with_its_lines_and_left_as_it_is() {
    let workflow = "# é😀\non: push\npermissions: {contents: read}\njobs:\n  a:\n    runs-on: x\n    permissions:\n      id-token: write\n    \
                    steps:\n      - uses: aws-actions/configure-aws-credentials@7474bc4690e29a8392af63c5b98e7449536d5c3a\n        \
                    with:\n          role-to-assume: arn:aws:iam::111122223333:role/a\n          role-duration-seconds: 43200\n";
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let folder = Folder::new();
        let before = utf16(workflow, order);
        folder.write(".github/workflows/a.yml", &before);
        let run = binary().run(folder.path(), ["check", ".", "--fix=unsafe"]);
        assert_eq!(run.code, 1, "{}{}", run.out, run.err);
        assert!(run.out.contains(".github/workflows/a.yml:13:34"), "{}", run.out);
        assert!(run.err.contains("UTF-16"), "{}", run.err);
        assert_eq!(std::fs::read(folder.path().join(".github/workflows/a.yml")).unwrap(), before);
    }
}

#[test]
fn a_secret_in_another_encoding_is_found_and_hidden() {
    let password = random(20, 4);
    let line = format!("# caf\u{e9}\nDB_PASSWORD={password}\n");
    let latin: Vec<u8> = line.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for bytes in [utf16(&line, u16::to_le_bytes), latin, [b"\xef\xbb\xbf", line.as_bytes()].concat()] {
        let folder = Folder::new();
        folder.write(".env", &bytes);
        let run = binary().run(folder.path(), ["check", "."]);
        assert!(run.out.contains(".env:2:13"), "{}{}", run.out, run.err);
        assert!(!run.out.contains(&password[..6]), "{}", run.out);
    }
}
