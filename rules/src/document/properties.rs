//! What must hold for any document: maps lead back to the bytes, truncation never panics, routes survive edits that
//! change nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::route::{Masks, route_at};
use super::{Data, Document, Format, Node, Scalar};
use crate::span::ByteSpan;

/// Text with what readers stumble over.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9_.,;!?/-]{1,6}",
        Just(" ".to_owned()),
        Just("\n".to_owned()),
        Just("\n\n".to_owned()),
        Just("\t".to_owned()),
        Just("'".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("é".to_owned()),
        Just("😀".to_owned()),
        Just("#".to_owned()),
        Just(": ".to_owned()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// A quoted text; `wide` escapes what need not be.
fn quoted(text: &str, wide: bool) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if wide && !c.is_ascii() => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn value(format: Format, file: &str) -> Scalar {
    let document = Document::read(format, file.as_bytes());
    assert_eq!(document.breaks, [], "{file:?}");
    document.nodes()[0].get("k").and_then(Node::scalar).cloned().unwrap_or_else(|| panic!("{file:?}"))
}

/// Each character that is not white space stands on itself or on an escape; the whole on the bytes between the quotes.
fn leads_back(file: &str, scalar: &Scalar) {
    for (at, c) in scalar.text.char_indices() {
        let found = &file[scalar.span_of(at..at + c.len_utf8()).range()];
        let stands = found == c.to_string()
            || found.starts_with('\\')
            || (c == '\'' && found == "''")
            || c.is_whitespace();
        assert!(stands, "{c:?} at {at} of {:?} stands on {found:?} in {file:?}", scalar.text);
    }
    for pair in scalar.map.windows(2) {
        assert!(pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1, "{:?}", scalar.map);
    }
}

fn indented(text: &str) -> String {
    text.split('\n')
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("   {line}\n") })
        .collect()
}

proptest! {
    #[test]
    fn quoted_text_comes_back(text in text(), wide: bool) {
        for format in [Format::Yaml, Format::Json] {
            let (open, close) = if format == Format::Json { ("{\"k\": ", "}") } else { ("k: ", "\n") };
            let file = format!("{open}{}{close}", quoted(&text, wide));
            let scalar = value(format, &file);
            prop_assert_eq!(&*scalar.text, &*text);
            leads_back(&file, &scalar);
            let whole = &file[scalar.span_of(0..text.len()).range()];
            prop_assert_eq!(format!("\"{whole}\""), quoted(&text, wide));
        }
    }

    #[test]
    fn single_quoted_text_comes_back(text in text()) {
        let file = format!("k: '{}'\n", text.replace('\'', "''").replace('\n', "\n\n   "));
        let document = Document::read(Format::Yaml, file.as_bytes());
        if let Some(scalar) = document.nodes().first().and_then(|n| n.get("k")).and_then(Node::scalar) {
            leads_back(&file, scalar);
        }
    }

    #[test]
    fn block_text_comes_back(text in text(), header in prop_oneof![Just("|"), Just("|-"), Just("|+"), Just(">"), Just(">-"), Just(">+")], explicit: bool, crlf: bool) {
        let header = if explicit { format!("{header}3") } else { header.to_owned() };
        let mut file = format!("k: {header} # why\n{}z: 1\n", indented(&text));
        if crlf {
            file = file.replace('\n', "\r\n");
        }
        let document = Document::read(Format::Yaml, file.as_bytes());
        if let Some(scalar) = document.nodes().first().and_then(|n| n.get("k")).and_then(Node::scalar) {
            leads_back(&file, scalar);
            if header.starts_with('|') && document.breaks.is_empty() && explicit {
                prop_assert_eq!(scalar.text.trim_end_matches('\n'), text.trim_end_matches('\n'));
            }
        }
    }

    #[test]
    fn json_inside_yaml_comes_back(text in text(), block: bool) {
        let json = format!("{{\"k\": {}}}", quoted(&text, true));
        let file = if block { format!("k: |\n  {json}\n") } else { format!("k: {}\n", quoted(&json, false)) };
        let outer = value(Format::Yaml, &file);
        let inner = super::json::read_embedded(&outer).unwrap();
        let scalar = inner.get("k").unwrap().scalar().unwrap();
        prop_assert_eq!(&*scalar.text, &*text);
        leads_back(&file, scalar);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "[\\-\\[\\]{}:,#&*!|>'\"%@`a-c0 \n\t<\\\\]{0,60}") {
        for format in [Format::Yaml, Format::Json, Format::Hcl, Format::Dockerfile, Format::Text] {
            for input in [&bytes[..], text.as_bytes()] {
                let document = Document::read(format, input);
                for start in [0, input.len() / 2] {
                    let _ = route_at(&document, ByteSpan::new(start, start + 3), Masks::default());
                }
                document.nodes().iter().for_each(|node| inside(node, input.len()));
            }
        }
    }

    #[test]
    fn truncation_and_flips_do_not_panic(at in 0..SAMPLE.len(), with in any::<u8>()) {
        for format in [Format::Yaml, Format::Json, Format::Dockerfile] {
            let _ = Document::read(format, &SAMPLE.as_bytes()[..at]);
            let mut flipped = SAMPLE.as_bytes().to_vec();
            flipped[at] = with;
            let document = Document::read(format, &flipped);
            document.nodes().iter().for_each(|node| inside(node, flipped.len()));
        }
    }

    #[test]
    fn routes_survive_what_changes_nothing(map in tree(4), blank in 0..3usize, reverse: bool) {
        let plain = written(&map, false, 0);
        let changed = written(&map, reverse, blank);
        prop_assert_eq!(routes(&plain), routes(&changed));
    }
}

fn inside(node: &Node, length: usize) {
    assert!(node.span.end as usize <= length, "{:?} of {length}", node.span);
    match &node.data {
        Data::List(items) => items.iter().for_each(|item| inside(item, length)),
        Data::Map(entries) => entries.iter().for_each(|entry| {
            inside(&entry.key, length);
            inside(&entry.value, length);
        }),
        Data::Scalar(scalar) => assert!(scalar.map.first().is_some_and(|m| m.0 == 0 && m.1 <= scalar.end)),
        _ => {}
    }
}

/// A little of everything.
const SAMPLE: &str = "%YAML 1.2\n---\n# top\na: &a {k: [1, \"two\\n\"], m: 'it''s'}\nb: *a\nc:\n  <<: [*a, {x: y}]\n  ? q\n  : r\nd: |2-\n    x\n\n   y\ne: >+\n\n  fold\n  ed\n\n    deep\n\nf: pl\n  ain # c\n\"g\": {\"h\": [true, null, -1.5e3], // c\n /* d */ }\n...\n---\n- - x\n- !!str z\nRUN <<EOF a \\\n  \"b c\"\nx\nEOF\nCMD [\"x\"]\n";

/// A tree of maps and lists of maps whose leaves all differ.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(u32),
    Map(Vec<(String, Tree)>),
    List(Vec<Vec<(String, Tree)>>),
}

fn tree(depth: u32) -> impl Strategy<Value = Vec<(String, Tree)>> {
    let leaf = any::<u32>().prop_map(Tree::Leaf);
    let inner = leaf.prop_recursive(depth, 40, 4, |inner| {
        let map = prop::collection::btree_map("[a-e]|name|x-[0-9]", inner, 1..4)
            .prop_map(|m| m.into_iter().collect::<Vec<_>>());
        prop_oneof![map.clone().prop_map(Tree::Map), prop::collection::vec(map, 1..4).prop_map(Tree::List)]
    });
    prop::collection::btree_map("[a-e]", inner, 1..4).prop_map(|m| m.into_iter().collect())
}

fn written(map: &[(String, Tree)], reverse: bool, blank: usize) -> String {
    let mut out = String::new();
    write(map, reverse, blank, 0, false, &mut out);
    out
}

fn write(
    map: &[(String, Tree)],
    reverse: bool,
    blank: usize,
    indent: usize,
    first_inline: bool,
    out: &mut String,
) {
    let mut entries: Vec<_> = map.iter().collect();
    if reverse {
        entries.reverse();
    }
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if index > 0 || !first_inline {
            out.push_str(&"\n".repeat(blank));
            if blank > 1 {
                out.push_str(&format!("{}# why: not\n", " ".repeat(indent)));
            }
            out.push_str(&" ".repeat(indent));
        }
        match value {
            Tree::Leaf(number) => {
                out.push_str(&format!("{key}: v{number}{}\n", if blank > 0 { " # c" } else { "" }))
            }
            Tree::Map(inner) => {
                out.push_str(&format!("{key}:\n"));
                write(inner, reverse, blank, indent + 2, false, out);
            }
            Tree::List(items) => {
                out.push_str(&format!("{key}:\n"));
                for item in items {
                    out.push_str(&format!("{}- ", " ".repeat(indent)));
                    write(item, reverse, blank, indent + 2, true, out);
                }
            }
        }
    }
}

/// Each leaf with its route.
fn routes(file: &str) -> Vec<(String, String)> {
    let document = Document::read(Format::Yaml, file.as_bytes());
    assert_eq!(document.breaks, [], "{file}");
    let mut found = Vec::new();
    document.nodes().iter().for_each(|node| leaves(node, &document, &mut found));
    found.sort();
    found
}

fn leaves(node: &Node, document: &Document, out: &mut Vec<(String, String)>) {
    match &node.data {
        Data::List(items) => items.iter().for_each(|item| leaves(item, document, out)),
        Data::Map(entries) => entries.iter().for_each(|entry| leaves(&entry.value, document, out)),
        _ => out.push((
            node.written().unwrap_or_default().to_owned(),
            route_at(document, node.span, Masks::default()).0,
        )),
    }
}
