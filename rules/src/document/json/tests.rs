#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{read, read_embedded};
use crate::document::{Data, MAX_DEPTH, Node, yaml};

fn root(text: &str) -> Node {
    read(text).nodes()[0].clone()
}

#[test]
fn values_stand_on_their_bytes() {
    let text = r#"{ "a": "x", "b": [1, true, null], "c": { "d": -1.5e3 } }"#;
    let root = root(text);
    let slice = |n: &Node| &text[n.span.range()];
    assert_eq!(slice(root.get("a").unwrap()), "x");
    assert_eq!(slice(root.get("b").unwrap()), "[1, true, null]");
    assert_eq!(slice(root.path(&["c", "d"]).unwrap()), "-1.5e3");
    assert_eq!(root.get("b").unwrap().items()[1].boolean(), Some((true, true)));
    assert_eq!(root.get("b").unwrap().items()[2].data, Data::Null);
    assert!(read(text).breaks.is_empty());
}

#[test]
fn comments_and_trailing_commas_are_allowed() {
    let text = "{ // one\n \"a\": 1, /* two */ }";
    let document = read(text);
    assert!(document.breaks.is_empty());
    assert_eq!(document.comments.iter().map(|c| &*c.text).collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn escapes_lead_back_to_the_file() {
    let text = r#"{"a": "x\n\u00e9\ud83d\ude00\/key\\"}"#;
    let root = root(text);
    let scalar = root.get("a").unwrap().scalar().unwrap();
    assert_eq!(&*scalar.text, "x\né😀/key\\");
    let at = scalar.text.find("key").unwrap();
    assert_eq!(&text[scalar.span_of(at..at + 3).range()], "key");
    assert_eq!(&text[scalar.span_of(1..2).range()], "\\n");
    assert_eq!(&text[scalar.span_of(at..scalar.text.len()).range()], r"key\\");
    assert_eq!(&text[root.get("a").unwrap().span.range()], r"x\n\u00e9\ud83d\ude00\/key\\");
}

#[test]
fn an_escape_at_the_start_begins_at_its_backslash() {
    let text = r#"["\u0041bc"]"#;
    let item = root(text).items()[0].clone();
    assert_eq!(&text[item.scalar().unwrap().span_of(0..2).range()], r"\u0041b");
    assert_eq!(&text[item.span.range()], r"\u0041bc");
}

#[test]
fn a_broken_file_keeps_what_came_before() {
    for (text, kept, rest) in [
        (r#"{"a": 1, "b": {"c": 2, "d": }, "e": 3}"#, 1, r#"}, "e": 3}"#),
        (r#"{"a": 1, "b": {"c": 2"#, 1, ""),
        (r#"{"a": 1, "b": {"c": 2, "x": "y"#, 1, r#""y"#),
        (r#"{"a": 1} {"b": 2}"#, 1, r#"{"b": 2}"#),
        (r#"{"a": 1, "b": {"c": 2]}"#, 1, "]}"),
        (r#"{"a": 1, "b": {{ template }}"#, 1, "{ template }}"),
    ] {
        let document = read(text);
        assert_eq!(document.nodes()[0].get("a").unwrap().integer(), Some(kept), "{text}");
        assert_eq!(document.breaks.len(), 1, "{text}");
        assert_eq!(&text[document.breaks[0].span.range()], rest, "{text}");
    }
}

#[test]
fn deep_nesting_is_cut_without_recursion() {
    let text = format!("{{\"a\": {}{}, \"b\": 1}}", "[".repeat(100_000), "]".repeat(100_000));
    let document = read(&text);
    assert_eq!(document.breaks.len(), 1);
    assert_eq!(document.nodes()[0].get("b").unwrap().integer(), Some(1));
    let mut depth = 0;
    let mut node = document.nodes()[0].get("a").unwrap().clone();
    while let Some(item) = node.items().first().cloned() {
        node = item;
        depth += 1;
    }
    assert!(depth < MAX_DEPTH);
}

#[test]
fn a_key_that_stands_twice_is_recorded() {
    let text = r#"{"a": 1, "a": 2}"#;
    let document = read(text);
    assert_eq!(document.duplicates.len(), 1);
    assert_eq!(document.duplicates[0].start, 10);
    assert_eq!(document.nodes()[0].entries().len(), 2);
}

#[test]
fn json_inside_a_block_scalar_points_into_the_file() {
    let text = "policy: |\n  {\n    \"Action\": \"s3:*\",\n    \"Note\": \"a\\nkey\"\n  }\n";
    let outer = yaml::read(text);
    let scalar = outer.nodes()[0].get("policy").unwrap().scalar().unwrap().clone();
    let root = read_embedded(&scalar).unwrap();
    assert_eq!(&text[root.get("Action").unwrap().span.range()], "s3:*");
    let note = root.get("Note").unwrap().scalar().unwrap();
    assert_eq!(&text[note.span_of(2..5).range()], "key");
}

#[test]
fn json_inside_a_quoted_scalar_points_into_the_file() {
    let text = r#"policy: "{\"Action\": \"s3:\\u002a key\"}""#;
    let outer = yaml::read(text);
    let scalar = outer.nodes()[0].get("policy").unwrap().scalar().unwrap().clone();
    let root = read_embedded(&scalar).unwrap();
    let action = root.get("Action").unwrap();
    assert_eq!(action.text(), Some("s3:* key"));
    let scalar = action.scalar().unwrap();
    assert_eq!(&text[scalar.span_of(5..8).range()], "key");
    assert_eq!(&text[scalar.span_of(3..4).range()], r"\\u002a");
}

#[test]
fn what_only_looks_like_json_is_not_embedded() {
    for text in ["a: |\n  [ -f x ] && y\n", "a: '{{ x }}'\n", "a: plain\n"] {
        let outer = yaml::read(text);
        let scalar = outer.nodes()[0].get("a").unwrap().scalar().unwrap().clone();
        assert_eq!(read_embedded(&scalar), None, "{text}");
    }
}

#[test]
fn an_expression_of_azure_goes_on_over_lines() {
    let text = "{\"x\": \"[concat('a',\r\n  'b')]\", \"y\": \"c\"}";
    let document = read(text);
    assert_eq!(document.breaks, []);
    let x = document.nodes()[0].get("x").unwrap().scalar().unwrap();
    assert_eq!(&*x.text, "[concat('a',\r\n  'b')]");
    assert_eq!(&text[x.span_of(16..19).range()], "'b'");
    assert_eq!(document.nodes()[0].get("y").unwrap().text(), Some("c"));
    assert_eq!(read("{\"x\": \"a\n b\"}").breaks.len(), 1);
    assert_eq!(read("{\"x\": \"[a\n b}").breaks.len(), 1);
}
