#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::read;
use crate::document::{Data, Document, MAX_DEPTH, Node, Style};

/// One line per scalar: its text, and in angle brackets the bytes it stands on.
fn lines(text: &str) -> Vec<String> {
    let document = read(text);
    let mut out = Vec::new();
    document.nodes().iter().for_each(|n| walk(n, text, &mut String::new(), &mut out));
    out
}

fn walk(node: &Node, text: &str, path: &mut String, out: &mut Vec<String>) {
    let before = path.len();
    match &node.data {
        Data::Map(entries) => {
            for entry in entries.iter() {
                path.push_str(&format!("{}{}", if entry.merged { "/<" } else { "/" }, entry.name()));
                walk(&entry.value, text, path, out);
                path.truncate(before);
            }
        }
        Data::List(items) => {
            for item in items.iter() {
                path.push_str("/-");
                walk(item, text, path, out);
                path.truncate(before);
            }
        }
        Data::Null => out.push(format!("{path} null")),
        Data::Cut => out.push(format!("{path} cut")),
        other => {
            let _ = other;
            out.push(format!("{path} {:?} <{}>", node.written().unwrap(), &text[node.span.range()]));
        }
    }
}

fn whys(document: &Document) -> Vec<&str> {
    document.breaks.iter().map(|b| b.why.as_str()).collect()
}

#[test]
fn scalars_stand_on_their_bytes_without_quotes_and_headers() {
    let text = "a: 1\nb: \"x\\ny\"\nc:\nd: |\n  one\n   two\n\n  three\n\ne: >-\n  fold\n  ed\nf: 'it''s'\ng: pl\n  ain\n";
    assert_eq!(
        lines(text),
        [
            "/a \"1\" <1>",
            "/b \"x\\ny\" <x\\ny>",
            "/c null",
            "/d \"one\\n two\\n\\nthree\\n\" <one\n   two\n\n  three>",
            "/e \"fold ed\" <fold\n  ed>",
            "/f \"it's\" <it''s>",
            "/g \"pl ain\" <pl\n  ain>",
        ]
    );
}

#[test]
fn every_character_of_a_scalar_leads_back_to_the_file() {
    for (text, wanted, found) in [
        ("a: |\n  one\n   two\n", "two", "two"),
        ("a: >\n\n  fold\n  ed\n\n\n  more\n", "more", "more"),
        ("a: >\n  x\n    deep\n  y ghp\n", "ghp", "ghp"),
        ("a: |2\n    x\n   key\n", "key", "key"),
        ("a: |+\r\n  x\r\n  key\r\n\r\n", "key", "key"),
        ("a: \"x\\ty\\u00e9 \\\n   key\"\n", "key", "key"),
        ("a: \"é\\U0001F600 k\\x65y\"\n", "key", "k\\x65y"),
        ("a: \"x\\ud83d\\ude00key\"\n", "key", "key"),
        ("a: \"x\n\n  key\"\n", "key", "key"),
        ("a: \"key\\x41\"\n", "keyA", "key\\x41"),
        ("a: 'it''s\n  a key'\n", "key", "key"),
        ("a: it\n  is\n\n  a key\n", "key", "key"),
    ] {
        let document = read(text);
        let scalar = document.nodes()[0].get("a").unwrap().scalar().unwrap().clone();
        let at = scalar.text.find(wanted).unwrap();
        let span = scalar.span_of(at..at + wanted.len());
        assert_eq!(&text[span.range()], found, "in {text:?} read as {:?}", scalar.text);
    }
}

#[test]
fn styles_are_kept() {
    let document = read("a: x\nb: 'x'\nc: |\n  x\n");
    let style = |key: &str| document.nodes()[0].get(key).unwrap().scalar().unwrap().style;
    assert_eq!([style("a"), style("b"), style("c")], [Style::Plain, Style::Quoted, Style::Block]);
}

#[test]
fn collections_span_brackets_and_dashes() {
    let text = "a: [1, {b: c}]\nd:\n- x\n- y\ne:\n  - z\nf: {}\n";
    let document = read(text);
    let of = |key: &str| &text[document.nodes()[0].get(key).unwrap().span.range()];
    assert_eq!(of("a"), "[1, {b: c}]");
    assert_eq!(of("d"), "- x\n- y");
    assert_eq!(of("e"), "- z");
    assert_eq!(of("f"), "{}");
}

#[test]
fn aliases_share_and_say_where_they_were_used() {
    let text = "a: &x {k: v}\nb: *x\n";
    let document = read(text);
    let used = document.nodes()[0].get("b").unwrap();
    assert_eq!(&text[used.used_at.unwrap().range()], "*x");
    assert_eq!(&text[used.span.range()], "{k: v}");
    assert_eq!(used.get("k").unwrap().text(), Some("v"));
}

#[test]
fn merged_entries_come_first_and_own_ones_win() {
    let text = "x: &x {k: 1, l: 1}\ny: &y {k: 2, m: 2}\nz:\n  l: 3\n  <<: [*x, *y]\n  <<: {n: 4}\n";
    let shown = lines(text);
    assert_eq!(
        shown[4..],
        [
            "/z/<n \"4\" <4>",
            "/z/<k \"2\" <2>",
            "/z/<m \"2\" <2>",
            "/z/<k \"1\" <1>",
            "/z/<l \"1\" <1>",
            "/z/l \"3\" <3>",
        ]
    );
    let document = read(text);
    let z = document.nodes()[0].get("z").unwrap();
    assert_eq!(z.get("k").unwrap().text(), Some("1"), "the first of several merged maps wins");
    assert_eq!(&text[z.entry("k").unwrap().key.used_at.unwrap().range()], "*x");
}

#[test]
fn an_alias_bomb_is_cut() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let uses = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{uses}]\n"));
    }
    let document = read(&text);
    assert!(whys(&document)[0].starts_with("alias bomb"), "{:?}", document.breaks);
}

#[test]
fn aliases_that_nest_count_as_depth() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..1000 {
        text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    let document = read(&text);
    assert!(whys(&document).contains(&"an alias nests deeper than 128 levels"));
}

#[test]
fn what_is_too_deep_is_cut_and_the_rest_kept() {
    let text = format!("a: {}x{}\nb: y\n", "[".repeat(MAX_DEPTH + 20), "]".repeat(MAX_DEPTH + 20));
    let document = read(&text);
    assert_eq!(whys(&document), ["nested deeper than 128 levels"]);
    assert_eq!(document.nodes()[0].get("b").unwrap().text(), Some("y"));
}

#[test]
fn a_key_that_stands_twice_is_kept_twice() {
    let text = "a: 1\nb: 2\n\"a\": 3\n";
    let document = read(text);
    assert_eq!(document.duplicates.iter().map(|s| s.start).collect::<Vec<_>>(), [11]);
    assert_eq!(lines(text).len(), 3);
}

#[test]
fn comments_are_kept() {
    let text = "# top\na: 1 # hallpass: x\nb: '# not'\n";
    let document = read(text);
    let shown: Vec<_> = document.comments.iter().map(|c| (&text[c.span.range()], &*c.text)).collect();
    assert_eq!(shown, [("# top", "top"), ("# hallpass: x", "hallpass: x")]);
}

#[test]
fn a_broken_document_keeps_what_came_before_and_the_next_document() {
    let text = "a: 1\nb:\n  c: 2\n d: {{ x }}-y\ne: 5\n---\nf: 6\n";
    let document = read(text);
    assert_eq!(lines(text)[..2], ["/a \"1\" <1>", "/b/c \"2\" <2>"]);
    assert_eq!(lines(text).last().unwrap(), "/f \"6\" <6>");
    assert_eq!(document.breaks.len(), 1);
    assert!(document.breaks[0].why.starts_with("not YAML: "));
    assert!(text[document.breaks[0].span.range()].ends_with("e: 5\n"));
}

#[test]
fn an_unknown_alias_is_cut_and_reading_goes_on() {
    let document = read("a: *nope\nb: 1\n");
    assert_eq!(whys(&document), ["an alias names no anchor before it"]);
    assert_eq!(lines("a: *nope\nb: 1\n"), ["/a cut", "/b \"1\" <1>"]);
}

#[test]
fn a_template_is_read_with_its_values_unknown() {
    let text = "{{- if .Values.rbac }}\nkind: ClusterRoleBinding\nmetadata:\n  name: {{ include \"x.name\" . }}-admin\n  labels:\n    {{- include \"x.labels\" . | nindent 4 }}\nsubjects:\n{{- range .Values.users }}\n  - name: {{ .name | quote }}\n{{- end }}\n{{- end }}\n";
    let document = read(text);
    assert!(document.templated && document.breaks.is_empty());
    assert_eq!(
        lines(text),
        [
            "/kind \"ClusterRoleBinding\" <ClusterRoleBinding>",
            "/metadata/name \"{{ include `x.name` . }}-admin\" <{{ include \"x.name\" . }}-admin>",
            "/metadata/labels null",
            "/subjects/-/name \"{{ .name | quote }}\" <{{ .name | quote }}>",
        ]
    );
    assert!(!read("a: '{{ b }}'").templated);
}
