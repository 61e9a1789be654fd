#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Instruction, directive, read, stages};
use crate::document::Tree;

fn instructions(text: &str) -> Vec<Instruction> {
    match read(text).tree {
        Tree::Dockerfile(instructions) => instructions,
        _ => panic!("no Dockerfile"),
    }
}

fn texts(instruction: &Instruction) -> Vec<&str> {
    instruction.words.iter().map(|w| &*w.text).collect()
}

#[test]
fn continued_lines_are_one_instruction_and_words_know_their_bytes() {
    let text = "FROM a\nRUN apt-get update && \\\n    # why\n\n    apt-get install \"x y\" \\\n    it\\ is\nUSER app\n";
    let read = instructions(text);
    assert_eq!(read.len(), 3);
    assert_eq!(texts(&read[1]), ["apt-get", "update", "&&", "apt-get", "install", "x y", "it is"]);
    let slices: Vec<_> = read[1].words.iter().map(|w| &text[w.span().range()]).collect();
    assert_eq!(slices, ["apt-get", "update", "&&", "apt-get", "install", "x y", "it\\ is"]);
    assert_eq!(&text[read[2].keyword_span.range()], "USER");
    assert!(text[read[1].span.range()].starts_with("RUN") && text[read[1].span.range()].ends_with("is"));
}

#[test]
fn a_word_continued_on_the_next_line_leads_back_to_both() {
    let text = "ENV TOKEN=abc\\\ndef\n";
    let pair = instructions(text)[0].pairs().remove(0);
    let value = pair.1.unwrap();
    assert_eq!(&*value.text, "abcdef");
    assert_eq!(&text[value.span_of(3..6).range()], "def");
    assert_eq!(&text[value.span_of(0..3).range()], "abc");
}

#[test]
fn stages_have_images_and_names() {
    let text = "ARG V=1\nfrom --platform=linux/amd64 golang:1.22 AS build\nRUN x\nFROM scratch\nCOPY --from=build --chown=a:b /x /y\n";
    let read = instructions(text);
    let shown: Vec<_> = stages(&read)
        .into_iter()
        .map(|s| (s.image.unwrap().text.to_string(), s.name.map(|n| n.text.to_string())))
        .collect();
    assert_eq!(shown, [("golang:1.22".to_owned(), Some("build".to_owned())), ("scratch".to_owned(), None)]);
    assert_eq!(read.iter().map(|i| i.from).collect::<Vec<_>>(), [None, Some(1), Some(1), Some(3), Some(3)]);
    let from = read[4].flag("from").unwrap();
    assert_eq!(&text[from.value.as_ref().unwrap().span().range()], "build");
    assert_eq!(texts(&read[4]), ["/x", "/y"]);
}

#[test]
fn both_forms_of_pairs_are_read() {
    let text = "ENV A=1 B=\"two words\" C='$x'\nENV OLD some value \nARG NAME\nLABEL \"com.x\"=y\n";
    let read = instructions(text);
    let shown: Vec<Vec<(String, Option<String>)>> = read
        .iter()
        .map(|i| {
            i.pairs()
                .iter()
                .map(|(k, v)| (k.text.to_string(), v.as_ref().map(|v| v.text.to_string())))
                .collect()
        })
        .collect();
    let pair = |k: &str, v: &str| (k.to_owned(), Some(v.to_owned()));
    assert_eq!(shown[0], [pair("A", "1"), pair("B", "two words"), pair("C", "$x")]);
    assert_eq!(shown[1], [pair("OLD", "some value")]);
    assert_eq!(shown[2], [("NAME".to_owned(), None)]);
    assert_eq!(shown[3], [pair("com.x", "y")]);
}

#[test]
fn the_json_form_is_words() {
    let text = "CMD [\"a b\", \\\n  \"c\\td\"]\nCMD [ -f x ] && y\n";
    let read = instructions(text);
    assert!(read[0].exec && !read[1].exec);
    assert_eq!(texts(&read[0]), ["a b", "c\td"]);
    assert_eq!(&text[read[0].words[1].span().range()], "c\\td");
    assert_eq!(texts(&read[1]), ["[", "-f", "x", "]", "&&", "y"]);
}

#[test]
fn here_documents_belong_to_their_instruction() {
    let text = "RUN <<EOF cat <<-'TWO'\necho $A\n# text\nEOF\n\tb\n\tTWO\nUSER x\n";
    let read = instructions(text);
    assert_eq!(read.len(), 2);
    let [first, second] = read[0].heredocs.as_slice() else { panic!("two") };
    assert_eq!((&*first.body.text, first.expands), ("echo $A\n# text\n", true));
    assert_eq!((&*second.body.text, second.expands), ("b\n", false));
    let at = first.body.text.find("$A").unwrap();
    assert_eq!(&text[first.body.span_of(at..at + 2).range()], "$A");
    assert!(text[read[0].span.range()].ends_with("TWO"));
    assert!(read_comments(text).is_empty());
}

fn read_comments(text: &str) -> Vec<String> {
    read(text).comments.into_iter().map(|c| c.text).collect()
}

#[test]
fn an_unknown_instruction_costs_only_itself() {
    let text = "FROM a\n{{ if x }}\nFOO bar \\\n  baz\nUSER b\n";
    let document = read(text);
    let broken: Vec<_> = document.breaks.iter().map(|b| &text[b.span.range()]).collect();
    assert_eq!(broken, ["{{ if x }}", "FOO bar \\\n  baz"]);
    assert_eq!(instructions(text).len(), 2);
}

#[test]
fn directives_stand_above_everything_else() {
    let text = "# syntax=docker/dockerfile:1\n# escape=`\n\nFROM a\nRUN x `\n  y\\z\n# syntax=late\n";
    let value = directive(text, "syntax").unwrap();
    assert_eq!(&text[value.span().range()], "docker/dockerfile:1");
    assert_eq!(texts(&instructions(text)[1]), ["x", "y\\z"]);
    assert!(directive("FROM a\n# syntax=late\n", "syntax").is_none());
    assert_eq!(read_comments(text).len(), 3);
}
