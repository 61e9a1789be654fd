//! What each reader finds, with the bytes it finds it at.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::{READERS, Reader, TABLE};
use crate::document::{Scalar, Style};

/// Names, values, and the bytes of the values in the file.
fn pairs(path: &str, text: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    Reader::of_path(path).unwrap().file(text, &mut |name, value| {
        let span = value.span_of(0..value.text.len());
        let written = text.get(span.start as usize..span.end as usize).unwrap_or("off the text");
        found.push((name.to_owned(), value.text.to_string(), written.to_owned()));
    });
    found
}

/// The value of a name, and how it is written if that differs.
fn holds(path: &str, text: &str, expected: &[(&str, &str, &str)]) {
    let found = pairs(path, text);
    for (name, value, written) in expected {
        let own = found.iter().find(|(n, v, _)| n == name && v == value);
        let own = own.unwrap_or_else(|| panic!("{path}: no {name} in {found:?}"));
        assert_eq!(&own.2, written, "{path}: {name}");
    }
}

#[test]
fn names_of_files_choose_readers() {
    for path in [
        ".env",
        "app/.env.production",
        "prod.env",
        "a.properties",
        "b/x.ini",
        ".npmrc",
        "home/.aws/credentials",
        ".netrc",
        "Web.config",
        "settings.xml",
        "Cargo.toml",
        ".pgpass",
        "run/secrets/password",
        "db.password",
        "a.clientSecret",
    ] {
        assert!(Reader::of_path(path).is_some(), "{path}");
    }
    for path in
        ["main.rs", "environment", "credentials", "README.md", "env", "xml", "passwords.txt", "a/token/x.go"]
    {
        assert!(Reader::of_path(path).is_none(), "{path}");
    }
}

#[test]
fn every_reader_of_the_table_exists_and_is_used() {
    for kind in TABLE.iter() {
        assert!(READERS.iter().any(|(name, _)| *name == kind.reader), "{}", kind.reader);
        assert!(
            kind.files.iter().all(|pattern| *pattern == pattern.to_ascii_lowercase()),
            "{:?}",
            kind.files
        );
    }
    assert!(READERS.iter().all(|(name, _)| TABLE.iter().any(|kind| kind.reader == *name)));
}

#[test]
fn make() {
    let text = "A := one # c\nexport B?=two\nC = \"three\"\n\tD=recipe\nE != cmd\nF::=four\n$(G) = x\n";
    holds(
        "Makefile",
        text,
        &[("A", "one", "one"), ("B", "two", "two"), ("C", "three", "three"), ("F", "four", "four")],
    );
}

#[test]
fn env() {
    let text = "# c\nA=plain # comment\nexport B=\"say \\\"hi\\\"\\n\" # c\nC='a\nb'\r\nD = spaced \nE=\nF=\"open\nG=after\nnot a pair\n";
    holds(
        ".env",
        text,
        &[
            ("A", "plain", "plain"),
            ("B", "say \"hi\"\n", "say \\\"hi\\\"\\n"),
            ("C", "a\nb", "a\nb"),
            ("D", "spaced", "spaced"),
            ("F", "open", "open"),
            ("G", "after", "after"),
        ],
    );
}

#[test]
fn properties() {
    let text =
        "a.b=c\nd : e f\ng h\n! no\n# no=x\nlong=one,\\\n   two\nu=\\u0041bc\npath=c\\:\\\\x\nkey\\=odd=v\n";
    holds(
        "a.properties",
        text,
        &[
            ("a.b", "c", "c"),
            ("d", "e f", "e f"),
            ("g", "h", "h"),
            ("long", "one,two", "one,\\\n   two"),
            ("u", "Abc", "\\u0041bc"),
            ("path", "c:\\x", "c\\:\\\\x"),
            ("key=odd", "v", "v"),
        ],
    );
}

#[test]
fn ini() {
    let text = "[a]\nk = v ; c\n; no = x\nq=\"a # b\" # c\npy: thon\n//registry.npmjs.org/:_authToken=abc\nseveral words = x\n";
    let found = pairs("x.ini", text);
    assert_eq!(found.len(), 4, "{found:?}");
    holds(
        "x.ini",
        text,
        &[
            ("k", "v", "v"),
            ("q", "a # b", "a # b"),
            ("py", "thon", "thon"),
            ("//registry.npmjs.org/:_authToken", "abc", "abc"),
        ],
    );
}

#[test]
fn logins() {
    holds(
        ".netrc",
        "machine h login u\n  password \"p q\nmachine i login u password r\n",
        &[("password", "\"p", "\"p"), ("login", "u", "u"), ("password", "r", "r")],
    );
    holds(".pgpass", "# c\nh:5432:db:u:p\\:q\n", &[("password", "p:q", "p\\:q")]);
    holds("db.password", "# Client\n  value \n", &[("password", "value", "value")]);
    assert!(pairs("password", "two\nlines\n").is_empty());
}

#[test]
fn toml() {
    let text = "a.\"b c\" = \"x\\u0041\\\"y\"\n[t]\nl = 'lit\\n'\nm = \"\"\"\nfirst \\\n  second\"\"\"\ni = { k = \"v\", n = 1 }\nr = [\"p\", { k = [\"o\"] }, \"q\"]\nbroken = \nz = \"end\"\n";
    holds(
        "a.toml",
        text,
        &[
            ("b c", "xA\"y", "x\\u0041\\\"y"),
            ("l", "lit\\n", "lit\\n"),
            ("k", "v", "v"),
            ("r", "p", "p"),
            ("k", "o", "o"),
            ("r", "q", "q"),
            ("z", "end", "end"),
        ],
    );
    assert!(
        pairs("a.toml", text).iter().any(|(name, value, _)| name == "m" && value.ends_with("first second"))
    );
}

#[test]
fn xml() {
    // Put together here, so that no scanner takes this file for a configuration.
    let text = "<?xml version=\"1.0\"?><!-- <p§>no</p§> -->\n<s:settings xmlns:s='u'>\n  <add key=\"ClearTextP§\" value=\"a&amp;b\" />\n  <s:p§> p&lt;q </s:p§>\n  <secret><![CDATA[c<d]]></secret>\n  <property><name>fs.key</name><value>hadoop</value></property>\n  <string name='api_key'>android</string>\n  <add name=\"Main\" connectionString=\"Server=x;P§=y\"/>\n  <u a=\"&unknown;&#65;\"/>\n</s:settings>".replace('§', "assword");
    let login = "Server=x;P§=y".replace('§', "assword");
    holds(
        "web.config",
        &text,
        &[
            ("ClearTextPassword", "a&b", "a&amp;b"),
            ("password", "p<q", "p&lt;q"),
            ("secret", "c<d", "c<d"),
            ("fs.key", "hadoop", "hadoop"),
            ("api_key", "android", "android"),
            ("connectionString", &login, &login),
            ("a", "&unknown;A", "&unknown;&#65;"),
        ],
    );
    assert!(!pairs("a.xml", &text).iter().any(|(_, value, _)| value == "no"), "a comment");
}

#[test]
fn a_file_inside_a_value_leads_back_to_the_bytes_around_it() {
    // The value stands at byte 100, with an escape of two bytes for each line end.
    let outer = Scalar {
        text: "user=a\npassword=b c\n".into(),
        style: Style::Quoted,
        map: std::sync::Arc::from([(0, 100), (6, 106), (7, 108), (19, 120), (20, 122)]),
        end: 122,
    };
    let mut found = Vec::new();
    Reader::of_path("application.properties").unwrap().inside(&outer, &mut |name, value| {
        found.push((name.to_owned(), value.span_of(0..value.text.len())));
    });
    let places: Vec<_> = found.iter().map(|(name, span)| (name.as_str(), span.start, span.end)).collect();
    assert_eq!(places, [("user", 105, 106), ("password", 117, 120)]);
}

#[test]
fn hostile_texts_are_read_in_linear_time() {
    // Quadratic readers need minutes for these.
    let size = 1 << 20;
    for (path, piece) in [
        (".env", "A=\"\n"),
        (".env", "A='"),
        (".env", "A=\"\\\\\\\""),
        ("a.properties", "a\\\n"),
        ("a.properties", "\\:"),
        ("a.ini", "a=\"b\n"),
        (".netrc", "password "),
        (".pgpass", "a:\\"),
        ("a.toml", "[a.a.a.a.a.a]\n"),
        ("a.toml", "a=["),
        ("a.toml", "a={a="),
        ("a.toml", "a."),
        ("a.toml", "a=\"\"\""),
        ("a.xml", "<a>"),
        ("a.xml", "<a b='"),
        ("a.xml", "&amp"),
        ("a.xml", "<a b=\"\" "),
        ("a.xml", "<![CDATA["),
        ("a.xml", "<!DOCTYPE ["),
    ] {
        let text: String = piece.chars().cycle().take(size).collect();
        Reader::of_path(path).unwrap().file(&text, &mut |_, value| assert!(value.end as usize <= size));
    }
}

proptest! {
    #[test]
    fn values_stand_inside_the_text(
        text in "([a-z=:\"'\\\\<>/&;#\\[\\]{} \n\r]|é|&amp;|<a b=\"c\">|\\\\u0041|\"\"\"){0,60}",
        which in 0..READERS.len(),
    ) {
        let (_, read) = READERS[which];
        read(&text, crate::document::ground::Ground::File, &mut |_, value| {
            let whole = value.span_of(0..value.text.len());
            assert!(whole.start <= whole.end && whole.end as usize <= text.len());
            assert!(text.is_char_boundary(whole.start as usize) && text.is_char_boundary(whole.end as usize));
            // What is written without an escape is found letter by letter.
            for (at, c) in value.text.char_indices() {
                let span = value.span_of(at..at + c.len_utf8());
                let written = text.get(span.start as usize..span.end as usize).unwrap();
                assert!(written.starts_with(c) || written.starts_with(['\\', '&']), "{c:?} {written:?}");
            }
        });
    }
}
