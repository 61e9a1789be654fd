//! Whatever the input: no panic, places inside the text and in order, and time that grows with the text.

use proptest::prelude::*;

use crate::document::script::{Script, Template};
use crate::document::shell::tests::hostile::Places;
use crate::document::{Scalar, Style};

fn script(text: &str) -> Script {
    super::super::read(
        &Scalar::verbatim(text, Style::Plain, 0),
        &[Template::DollarBraces, Template::Macro, Template::Braces],
    )
}

/// What PowerShell gives a meaning to.
const SIGNS: [&str; 54] = [
    "if ",
    "else ",
    "elseif ",
    "foreach (",
    "while ",
    "switch ",
    "function f",
    "param",
    "try ",
    "return ",
    "{ ",
    "}",
    "(",
    ")",
    "@(",
    "@{",
    "$(",
    "$x",
    "${x",
    "$env:A",
    "$",
    "\"",
    "'",
    "@\"\n",
    "\"@",
    "@'\n",
    "\n'@",
    "`",
    "`\n",
    "\n",
    "\r\n",
    " ",
    "\t",
    ";",
    "&",
    "& ",
    "&&",
    "|",
    "||",
    ">",
    "2>&1",
    "#",
    "<#",
    "#>",
    "=",
    "+=",
    "$a = ",
    "[string] ",
    "[",
    "]",
    ",",
    "-Name:",
    "é",
    "${{ ",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_breaks_the_reader(pieces in prop::collection::vec(prop::sample::select(&SIGNS[..]), 0..40), text in any::<String>()) {
        for text in [pieces.concat(), text] {
            let script = script(&text);
            Places(&script).all();
            let _ = script.commands();
        }
    }
}

#[test]
fn a_bracket_that_does_not_end_is_marked_where_it_stands() {
    let text = "foreach (#é";
    Places(&script(text)).all();
}

#[test]
fn open_signs_end() {
    // Long enough that reading would not end in any patience if its time grew with the square of the text.
    const BYTES: usize = 40_000;
    for sign in
        SIGNS.into_iter().chain(["\"$(", "$a = $(", "if (", "@'\n\"", "x \"a' ", "$a=", "[a] ", "{ a = "])
    {
        let text = sign.repeat(BYTES / sign.len());
        for text in [text.clone(), format!("echo \"${{{{ {text}")] {
            assert!(script(&text).commands().len() <= BYTES + 1);
        }
    }
}
