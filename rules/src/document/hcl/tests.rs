#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use hcl_edit::Span as _;

use super::*;

fn pieces(document: &Document) -> &[Piece] {
    match &document.tree {
        Tree::Hcl(pieces) => pieces,
        _ => &[],
    }
}

#[test]
fn a_sound_file_is_one_piece_and_keeps_its_comments() {
    let text =
        "# top\nlocals {\n  a = \"no # comment\" // tail\n  b = <<EOT\n# text\nEOT\n  /* c */ c = 1\n}\n";
    let document = read(text);
    assert_eq!(document.breaks, []);
    assert_eq!(pieces(&document).len(), 1);
    let texts: Vec<&str> = document.comments.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(texts, ["top", "tail", "c"]);
    assert_eq!(&text[document.comments[1].span.range()], "// tail");
}

#[test]
fn a_broken_block_costs_only_itself() {
    let text = "variable \"a\" {}\nresource \"x\" \"y\" {\n  a = = 1\n}\nvariable \"b\" {}\n";
    let document = read(text);
    assert_eq!(pieces(&document).len(), 2);
    assert_eq!(document.breaks.len(), 1);
    assert_eq!(&text[document.breaks[0].span.range()], "resource \"x\" \"y\" {\n  a = = 1\n}");
    assert!(document.breaks[0].why.starts_with("a block cannot be parsed at line 3"), "{document:?}");
}

#[test]
fn a_block_that_never_closes_is_cut_at_the_next_header() {
    let text = "resource \"x\" \"y\" {\n  a = 1\n\nvariable \"b\" {\n  default = 2\n}\n";
    let document = read(text);
    assert_eq!(document.breaks.len(), 1);
    assert_eq!(pieces(&document).len(), 1);
    let piece = &pieces(&document)[0];
    assert_eq!(&text[piece.offset..piece.offset + 8], "variable");
}

#[test]
fn a_key_that_stands_twice_is_reported_and_both_readings_stay() {
    let text = "locals {\n  o = {\n    Action = \"a\"\n    Action = \"b\"\n  }\n}\n";
    let document = read(text);
    assert_eq!(document.breaks, []);
    assert_eq!(document.duplicates.len(), 1);
    let second = document.duplicates[0];
    assert_eq!(&text[second.range()], "Action");
    assert!(second.start as usize > text.find("\"a\"").unwrap());
    let object = pieces(&document)[0].body.blocks().next().unwrap().body.attributes().next().unwrap();
    assert_eq!(object.value.as_object().unwrap().len(), 2);
}

#[test]
fn deep_nesting_and_wide_objects_are_refused_without_recursion() {
    let deep = format!("a = {}1{}\nb = 2\n", "[".repeat(100_000), "]".repeat(100_000));
    let document = read(&deep);
    assert_eq!(document.breaks.len(), 1);
    assert_eq!(pieces(&document).len(), 1);

    let mut wide = "a = {\n".to_owned();
    for index in 0..5_000 {
        wide.push_str(&format!("k{index} = 1\n"));
    }
    wide.push_str("}\n");
    assert_eq!(read(&wide).breaks[0].why, "an object has more than 4096 keys");
}

#[test]
fn quoted_text_maps_back_through_its_escapes() {
    let raw = r#"a\"b\u0041$${c}"#;
    let scalar = quoted(raw, 10);
    assert_eq!(&*scalar.text, "a\"bA${c}");
    assert_eq!(scalar.span_of(2..3), ByteSpan::new(13, 14));
    assert_eq!(scalar.offset(6), 10 + raw.find("c}").unwrap());
}

#[test]
fn an_object_of_blocks_is_one_where_vault_writes_it() {
    let policy = |name: &str| {
        format!(
            "path \"secret/x\" {{\n  capabilities = [\"read\"]\n  {name} = {{\n    factor \"ops\" {{\n      identity {{\n        \
             approvals = 1\n      }}\n    }}\n  }}\n}}\n"
        )
    };
    let text = policy("control_group");
    let document = read(&text);
    assert_eq!(document.breaks, []);
    let block = pieces(&document)[0].body.get_blocks("path").next().unwrap();
    let inner = block.body.get_blocks("control_group").next().unwrap();
    assert!(text[inner.span().unwrap()].starts_with("control_group = {"));
    assert_eq!(read(&policy("control_groups")).breaks.len(), 1);
}
