#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

//! What is written, as the tree that it becomes: `tag(items)`, `{key: value}`, `[item]`.

use super::{expression, read};
use crate::document::{Data, Node, Scalar, Style};

fn shown(node: &Node) -> String {
    let tag = node.tag.as_deref().unwrap_or_default();
    match &node.data {
        Data::Scalar(scalar) if scalar.style == Style::Quoted => format!("'{}'", scalar.text),
        Data::Scalar(scalar) => scalar.text.to_string(),
        Data::Number(number) => number.to_string(),
        Data::Bool(value) => value.to_string(),
        Data::Null | Data::Cut => "null".to_owned(),
        Data::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            if tag.is_empty() {
                format!("[{}]", items.join(" "))
            } else {
                format!("{tag}({})", items.join(" "))
            }
        }
        Data::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|e| format!("{}: {}", shown(&e.key), shown(&e.value))).collect();
            format!("{tag}{{{}}}", entries.join(", "))
        }
    }
}

/// The statements of a file, one line each; what could not be read stands behind them.
fn statements(text: &str) -> Vec<String> {
    let document = read(text);
    let entries = document.nodes()[0].entries();
    let mut lines: Vec<String> =
        entries.iter().map(|e| format!("{} = {}", e.name(), shown(&e.value))).collect();
    lines.extend(document.breaks.iter().map(|b| format!("! {}", b.why)));
    lines
}

fn value(text: &str) -> String {
    let lines = statements(&format!("var v = {text}\n"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].strip_prefix("v = var{value: ").and_then(|l| l.strip_suffix('}')).unwrap_or(&lines[0]).to_owned()
}

#[test]
fn operators_bind_as_they_are_told() {
    for (text, expected) in [
        ("a || b && !c", "or($name(a) and($name(b) not($name(c))))"),
        ("1 + 2 * 3 - -4", "sub(add(1 mul(2 3)) -4)"),
        ("a == 'x' ? b ?? c : d", "if(equals($name(a) 'x') coalesce($name(b) $name(c)) $name(d))"),
        ("a.b[0].?c!.d()", "$method($property($index($property($name(a) b) 0) c) d)"),
        ("(a)", "$name(a)"),
        ("a::b.id", "$property($nested($name(a) b) id)"),
        ("a =~ 'X' || a != 'y'", "or($alike($name(a) 'X') $unequal($name(a) 'y'))"),
        ("map(xs, x => x.id)", "map($name(xs) $lambda(x $property($name(x) id)))"),
        ("reduce(xs, 0, (a, b) => a + b)", "reduce($name(xs) 0 $lambda(a b add($name(a) $name(b))))"),
        ("[for (x, i) in xs: { n: i }]", "$for(x i $name(xs) {n: $name(i)})"),
        ("[for x in xs: x]", "$for(x null $name(xs) $name(x))"),
        ("a\n  ? b\n  : c", "if($name(a) $name(b) $name(c))"),
        ("union(\n  a,\n  b\n)", "union($name(a) $name(b))"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn texts_are_decoded() {
    for (text, expected) in [
        ("'a\\'b\\u{41}\\${c}'", "'a'bA${c}'"),
        ("'a${b}-${c.d}e'", "$text('a' $name(b) '-' $property($name(c) d) 'e')"),
        ("'${a}'", "$text($name(a))"),
        ("''", "''"),
        ("'cost: $5'", "'cost: $5'"),
        ("'''\nit's\n${a}\n'''", "'it's\n${a}\n'"),
        ("$'''\nx ${a} y'''", "$text('x ' $name(a) ' y')"),
        ("''''quoted''''", "''quoted''"),
        (
            "{ 'a-b': 1, c: [\n 'd'\n 'e' // f\n -1\n]\n ...g }",
            "{'a-b': 1, c: ['d' 'e' -1], ...: $spread($name(g))}",
        ),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn statements_stand_under_the_names_that_they_declare() {
    let text = "targetScope = 'subscription'\nmetadata m = { a: 1 }\nimport { x } from 'y.bicep'\n\
                @description('a (b)')\n@secure()\nparam p string = 'q' // r\n@allowed([\n  'a'\n  'b'\n])\nparam o 'a' | 'b'\n\
                type t = {\n  a: string\n}\ntype u =\n  | 'x'\n  | 'y'\nfunc f(a string) string => '${a}!'\n\
                resource s 'T/a@1' existing = { name: 'n' }\n\
                resource r 'T/b@1' = [for i in range(0, 2): if (c) {\n  name: 'n${i}'\n  resource k 'c@1' = {\n    name: 'z'\n  }\n}]\n\
                module m1 './m.bicep' = if (c) {\n  name: 'd'\n  params: { resource: 1 }\n}\noutput out string = p\n";
    assert_eq!(
        statements(text),
        [
            "targetScope = targetScope{value: 'subscription'}",
            "import = import{value: 'y.bicep'}",
            "p = param{type: secureString, defaultValue: 'q'}",
            "o = param{allowedValues: ['a' 'b'], type: }",
            "f = func{value: $lambda(a $text($name(a) '!'))}",
            "s = resource{type: 'T/a@1', existing: true, name: 'n'}",
            "r = resource{type: 'T/b@1', $for: $for(i null range(0 2)), condition: $name(c), name: $text('n' $name(i)), k: resource{type: 'c@1', name: 'z'}}",
            "m1 = module{$path: './m.bicep', condition: $name(c), name: 'd', params: {resource: 1}}",
            "out = output{type: string, value: $name(p)}",
        ]
    );
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_read() {
    let text = "param a string = 'x\nvar b = 1 +\nresource r 'T@1' = {\n  name: ]\n  other: 1\n}\n\nvar c = 2\nthing d\nvar e = 3\n";
    let lines = statements(text);
    assert!(lines.contains(&"c = var{value: 2}".to_owned()), "{lines:?}");
    assert!(lines.contains(&"e = var{value: 3}".to_owned()), "{lines:?}");
    let broken: Vec<&String> = lines.iter().filter(|line| line.starts_with('!')).collect();
    assert_eq!(broken.len(), 4, "{lines:?}");
}

#[test]
fn spans_lead_back_to_the_file() {
    let text = "resource r 'T@1' = {\n  properties: {\n    password: 'a\\'b${c}d'\n  }\n}\n";
    let document = read(text);
    let mut open = vec![&document.nodes()[0]];
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        if let Data::Scalar(scalar) = &node.data {
            found.push(format!("{} <- {}", scalar.text, &text[node.span.range()]));
        }
        open.extend(node.items());
        open.extend(node.entries().iter().map(|e| &e.value));
    }
    found.sort();
    assert_eq!(found, ["T@1 <- T@1", "a'b <- a\\'b", "c <- c", "d <- d"]);
}

#[test]
fn expressions_of_json_are_the_same_tree() {
    let show = |text: &str| expression(&Scalar::verbatim(text, Style::Quoted, 0)).map(|node| shown(&node));
    for (text, expected) in [
        (
            "concat(parameters('a'), '-', variables('b')[0].c)",
            "concat(parameters('a') '-' $property($index(variables('b') 0) c))",
        ),
        ("if (equals(1, -2), 'it''s', null())", "if(equals(1 -2) 'it's' null())"),
        ("contoso.f('x')", "$method($name(contoso) f 'x')"),
        (
            "listKeys( variables('s') , '2022' ).keys[0].value",
            "$property($index($property(listkeys(variables('s') '2022') keys) 0) value)",
        ),
    ] {
        assert_eq!(show(text).as_deref(), Some(expected));
    }
    for text in ["", "concat(", "a b", "'a", "concat('a'))", "a ? b : c"] {
        assert_eq!(show(text), None, "{text}");
    }
}

#[test]
fn nesting_without_end_ends() {
    for text in ["(", "[", "{a:", "!", "f(", "a ? ", "'${", "-", "a[", "x => ", "a + ", "a.b", "[for x in "] {
        let whole = format!("var v = {}", text.repeat(20_000));
        assert!(read(&whole).breaks.len() <= 1);
        let _ = expression(&Scalar::verbatim(&text.repeat(20_000), Style::Quoted, 0));
    }
    let nested = format!("resource r 'T@1' = {}", "{\nresource s 'u' = ".repeat(10_000));
    assert!(!read(&nested).breaks.is_empty());
    for sign in [" + a", ".a", "[0]", " ?? a"] {
        assert!(!read(&format!("var v = a{}\n", sign.repeat(5_000))).breaks.is_empty());
    }
}

#[test]
fn every_beginning_of_a_file_is_read_to_its_end() {
    let text = "@secure()\nparam p string = 'q'\nresource r 'T/b@1' = [for i in [1, 2]: if (a == 'ü') {\n  name: 'n${i}'\n  x: '''\n y '''\n}]\nvar v = map(p, (a) => a.?b ?? -1)\n";
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let _ = read(&text[..end]);
        let _ = read(&text[end..]);
    }
}
