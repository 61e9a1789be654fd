//! Groovy as people write it, and as nobody should.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fmt::Write;

use super::*;

/// A tree as a line: names, arguments and blocks.
fn said(text: &str) -> String {
    let tree = read(text);
    let mut out = String::new();
    block(&tree.body, &mut out);
    for (_, why) in tree.unknown {
        write!(out, " !{why}").unwrap();
    }
    out
}

fn block(block: &Block, out: &mut String) {
    for (index, statement) in block.statements.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "; " });
        match statement {
            Statement::Value(value) => expr(value, out),
            Statement::Set { name, value } => {
                write!(out, "{}=", name.text).unwrap();
                expr(value, out);
            }
            Statement::Block(inner) => braces(inner, out),
            Statement::Try { body, caught } => {
                out.push_str("try");
                braces(body, out);
                caught.iter().for_each(|inner| braces(inner, out));
            }
            Statement::Method { name, body } => {
                write!(out, "def {}", name.text).unwrap();
                braces(body, out);
            }
        }
    }
}

fn braces(inner: &Block, out: &mut String) {
    out.push('{');
    block(inner, out);
    out.push('}');
}

fn list(arguments: &[Argument], out: &mut String) {
    for (index, argument) in arguments.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "," });
        if let Some(name) = &argument.name {
            write!(out, "{}:", name.text).unwrap();
        }
        expr(&argument.value, out);
    }
}

fn several(values: &[Expr], sign: &str, out: &mut String) {
    for (index, value) in values.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { sign });
        expr(value, out);
    }
}

fn expr(found: &Expr, out: &mut String) {
    match &found.value {
        Value::Text(text) => write!(out, "'{}'", text.scalar.text).unwrap(),
        Value::Number(text) | Value::Name(text) => out.push_str(text),
        Value::List(items) => {
            out.push('[');
            several(items, ",", out);
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('[');
            list(entries, out);
            out.push(']');
        }
        Value::Block(inner) => braces(inner, out),
        Value::Sum(values) => several(values, "+", out),
        Value::Other(values) => {
            out.push('<');
            several(values, "|", out);
            out.push('>');
        }
        Value::Chain(chain) => {
            if let Some(head) = &chain.head {
                expr(head, out);
                out.push('.');
            }
            for (index, call) in chain.calls.iter().enumerate() {
                write!(out, "{}{}(", if index == 0 { "" } else { "." }, call.name.text).unwrap();
                list(&call.arguments, out);
                out.push(')');
                if let Some(inner) = &call.block {
                    braces(inner, out);
                }
            }
        }
    }
}

#[test]
fn calls_with_and_without_brackets() {
    for (text, tree) in [
        ("pipeline {\n  agent any\n}", "pipeline(){agent(any)}"),
        (
            "sh 'make'; sh(script: \"x\", returnStdout: true).trim()",
            "sh('make'); sh(script:'x',returnStdout:true).trim()",
        ),
        ("sh label: 'a',\n   script: 'b'", "sh(label:'a',script:'b')"),
        ("node('a') { sh 'b' }", "node('a'){sh('b')}"),
        ("docker.image('a').inside('-u 0') { sh 'b' }", "docker.image('a').inside('-u 0'){sh('b')}"),
        ("checkout scm", "checkout(scm)"),
        (
            "def x = 'a' + y\nenv.B = sh returnStdout: true, script: 'c'",
            "x='a'+y; env.B=sh(returnStdout:true,script:'c')",
        ),
        ("String a = 'b'\nMap<String, String> c = [d: 'e']", "a='b'; c=[d:'e']"),
        ("def f(String a) {\n sh a\n}\nvoid g() { sh 'b' }", "def f{sh(a)}; def g{sh('b')}"),
        ("if (a == 'b') { sh 'c' } else { sh 'd' }", "<<a|'b'>>; {sh('c')}; {sh('d')}"),
        ("try { sh 'a' } catch (Exception e) { echo 'b' } finally { c() }", "try{sh('a')}{echo('b')}; {c()}"),
        ("parallel a: { sh 'b' }, failFast: true", "parallel(a:{sh('b')},failFast:true)"),
        ("list.each { name, x -> sh name }", "list.each(){sh(name)}"),
        ("@Library('a@main') _\n@Field def b = 'c'", "@Library('a@main'); b='c'"),
        (
            "checkout([$class: 'GitSCM', branches: [[name: '*/main']]])",
            "checkout([$class:'GitSCM',branches:[[name:'*/main']]])",
        ),
        ("a = b ? 'c' : 'd'\nenv['E'] = 'f'", "a=<b|'c'|'d'>; env.E='f'"),
        ("sh '''a\n'''.stripIndent()\n  .trim()", "sh('a\n'.stripIndent().trim())"),
        ("// sh 'a'\n/* sh 'b' */ sh 'c' // d", "sh('c')"),
        ("x = a / b / c\ny = z =~ /a\\/b/", "x=<a|b|c>; y=<z|'a/b'>"),
        ("", ""),
    ] {
        assert_eq!(said(text), tree, "{text}");
    }
}

#[test]
fn strings_keep_the_way_back_to_their_bytes() {
    let text = "sh \"a \\$B ${C} $env.D \\\"e\\n ${f.g()}\"";
    let tree = read(text);
    let Statement::Value(found) = &tree.body.statements[0] else { unreachable!() };
    let written = found.calls()[0].positional(0).unwrap().text().unwrap();
    let decoded = &written.scalar.text;
    assert_eq!(&**decoded, "a $B ${{C}} ${{env.D}} \"e\n ${{computed}}");
    let bytes = |part: &str| {
        let at = decoded.find(part).unwrap();
        &text[written.scalar.span_of(at..at + part.len()).range()]
    };
    assert_eq!(bytes("$B"), "\\$B");
    assert_eq!(bytes("${{C}}"), "${C}");
    assert_eq!(bytes("${{env.D}}"), "$env.D");
    assert_eq!(bytes("${{computed}}"), "${f.g()}");
    assert_eq!(bytes("\"e"), "\\\"e");
    let names: Vec<&str> = written.holes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["C", "env.D", "computed"]);
    let (_, range) = &written.holes[0];
    assert_eq!(&text[written.scalar.span_of(range.clone()).range()], "C");
}

#[test]
fn single_quotes_fill_nothing() {
    assert_eq!(said("sh 'a ${B} $C \\' \\\\K'"), "sh('a ${B} $C ' \\K')");
    assert_eq!(said("sh '''a ''b'' $C'''"), "sh('a ''b'' $C')");
    assert_eq!(said("sh $/a $B $$C/$"), "sh('a ${{B}} $C')");
}

#[test]
fn what_is_broken_is_told_and_passed_over() {
    assert!(said("sh 'a\nsh 'b'").starts_with("sh('a'); sh('b') !"));
    assert!(said("a {\n sh 'b'\n").contains("!a block that never ends"));
    assert!(said("a(b\n}\nsh 'c'").contains("sh('c')"));
    assert!(said("/* a").contains("!a comment that never ends"));
    assert!(said(") ] }\nsh 'a'").contains("sh('a')"));
}

#[test]
fn hostile_text_is_read_in_linear_time() {
    // A quadratic reader takes minutes for this.
    const MANY: usize = 1 << 17;
    for part in [
        "{", "}", "(", ")", "[", "\"", "'", "$(", "/", "${", "\"${", "a.", "a ", "a(", "a{", "a:", "?", "a?",
        "?:", "!", "/*", "$/", "'''", "\\", "a\n.b", ".a()", "if(", "try{", "def ", "@", "@a(", "a<", "a[",
        "a->", ",", "\n", "=", "a=", "a+", "\"\"\"", "\u{e4}", "a b ", "a 'b' ", "$", "x /y",
    ] {
        let text = part.repeat(MANY / part.len());
        drop(read(&text));
    }
}
