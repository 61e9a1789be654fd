//! From a word back to the bytes of the file that it stands in.

use super::super::read;
use crate::document::script::{PieceKind, Script, Spelling, Template};
use crate::document::{Document, Format, Tree};

fn yaml(file: &str) -> Script {
    let document = Document::read(Format::Yaml, file.as_bytes());
    assert_eq!(document.breaks, []);
    read(document.nodes()[0].get("run").unwrap().scalar().unwrap(), &[Template::DollarBraces])
}

/// The words of every command as they stand in the file.
fn words<'f>(file: &'f str, script: &Script) -> Vec<Vec<&'f str>> {
    let of = |word: &crate::document::script::Word| &file[script.span(word.at).range()];
    script.commands().iter().map(|found| found.simple.words.iter().map(of).collect()).collect()
}

#[test]
fn a_literal_block_leads_back() {
    let file = "name: x\nrun: |\n    curl -H \"Bearer ${{ secrets.T }}\" \\\n      'https://x'\n\n    echo \"$(date\n      )\"\nz: 1\n";
    let script = yaml(file);
    assert_eq!(
        words(file, &script),
        [
            vec!["curl", "-H", "\"Bearer ${{ secrets.T }}\"", "'https://x'"],
            vec!["echo", "\"$(date\n      )\""],
            vec!["date"]
        ]
    );
    let header = &script.commands()[0].simple.words[2];
    let hole = header.pieces.iter().find(|piece| matches!(piece.kind, PieceKind::Hole(_))).unwrap();
    assert_eq!(&file[script.span(hole.at).range()], "${{ secrets.T }}");
    assert_eq!(header.to_text(&script).to_string(), "Bearer ${secrets.T}");
    assert_eq!(header.known(), None);
    assert_eq!(header.prefix(), "Bearer ");
}

#[test]
fn folded_and_quoted_scalars_lead_back() {
    for file in [
        "run: >-\n  docker login\n  -u me -p\n  hunter\n  reg.example\n",
        "run: \"docker login \\\n  -u me -p hunter\\x20reg.example\"\n",
        "run: docker login -u me\n  -p hunter reg.example\n",
        "run: 'docker login -u me -p hunter reg.example'\n",
    ] {
        let script = yaml(file);
        assert_eq!(
            words(file, &script)[0],
            ["docker", "login", "-u", "me", "-p", "hunter", "reg.example"],
            "{file}"
        );
        let option = &script.commands()[0].simple.option(Spelling::Letter('p'))[0];
        assert_eq!(&file[script.span(option.value.as_ref().unwrap().at).range()], "hunter");
    }
}

#[test]
fn json_and_dockerfiles_lead_back() {
    let file = "{\"run\": \"a \\\"b c\\\"\\n\\u0064 e\"}";
    let document = Document::read(Format::Json, file.as_bytes());
    let script = read(document.nodes()[0].get("run").unwrap().scalar().unwrap(), &[]);
    assert_eq!(words(file, &script), [vec!["a", "\\\"b c\\\""], vec!["\\u0064", "e"]]);

    let file =
        "FROM a\nRUN apt-get update && \\\n    # why\n    curl -o x \\\n  \"https://y\" \\\n  && rm x\n";
    let document = Document::read(Format::Dockerfile, file.as_bytes());
    let Tree::Dockerfile(instructions) = document.tree else { panic!() };
    let script = read(&instructions[1].arguments, &[]);
    assert_eq!(
        words(file, &script),
        [vec!["apt-get", "update"], vec!["curl", "-o", "x", "\"https://y\""], vec!["rm", "x"]]
    );
}

#[test]
fn backquotes_with_escapes_lead_back() {
    let file = "run: |\n  echo `a \\`b \\$c\\` \"d\"` e\n";
    let script = yaml(file);
    assert_eq!(words(file, &script)[1], ["a", "\\`b \\$c\\`", "\"d\""]);
    assert_eq!(words(file, &script)[2], ["b", "\\$c"]);
}

#[test]
fn a_script_in_a_script_leads_back() {
    let file = "run: |\n  bash -c 'login -p \"x\ty\" '\\''z'\\'\n";
    let script = yaml(file);
    let inner = script.commands()[0].simple.words[2].scalar(&script).unwrap();
    assert_eq!(&*inner.text, "login -p \"x\ty\" 'z'");
    let inner = read(&inner, &[]);
    assert_eq!(words(file, &inner), [vec!["login", "-p", "\"x\ty\"", "\\''z'\\'"]]);
}

#[test]
fn here_documents_and_comments_lead_back() {
    let file = "run: |\n  cat <<-EOF # note\n  \tkey: $VALUE\n  \tlast\n  EOF\n";
    let script = yaml(file);
    assert_eq!(&file[script.span(script.comments[0]).range()], "# note");
    let body = &script.here_documents[0].body;
    assert_eq!(body.to_text(&script).to_string(), "key: ${VALUE}\nlast\n");
    let parameter = body.pieces.iter().find(|piece| matches!(piece.kind, PieceKind::Parameter(_))).unwrap();
    assert_eq!(&file[script.span(parameter.at).range()], "$VALUE");
}

#[test]
fn options_are_found_in_every_spelling() {
    let file = "run: x --password=a\"b\" --password c -pd -p e -p=\"$f\" --pass g -- -p h\n";
    let script = yaml(file);
    let simple = script.commands()[0].simple;
    let values = |spelling: Spelling<'_>| -> Vec<&str> {
        let options = simple.option(spelling);
        options
            .iter()
            .map(|o| o.value.as_ref().map_or("", |word| &file[script.span(word.at).range()]))
            .collect()
    };
    assert_eq!(values(Spelling::Word("--password")), ["a\"b", "c"]);
    assert_eq!(values(Spelling::Letter('p')), ["d", "e", "$f"]);
    assert_eq!(values(Spelling::Word("--pass")), ["g"]);
    assert!(values(Spelling::Word("-q")).is_empty());

    let file = "run: Set-X -token $t -Secret:\"s\" -SecretName n\n";
    let document = Document::read(Format::Yaml, file.as_bytes());
    let scalar = document.nodes()[0].get("run").unwrap().scalar().unwrap();
    let script = crate::document::powershell::read(scalar, &[]);
    let simple = script.commands()[0].simple;
    let value =
        |name: &str| script.span(simple.option(Spelling::Parameter(name))[0].value.as_ref().unwrap().at);
    assert_eq!(&file[value("-Token").range()], "$t");
    assert_eq!(&file[value("-Secret").range()], "s");
}

#[test]
fn holes_of_templates_are_no_shell() {
    let hole = |text: &str, template: Template| {
        let script = super::templated(text, &[template]);
        assert_eq!(script.unknown, [], "{text}");
        super::print::Print(&script).all()
    };
    assert_eq!(
        hole("a '${{ x['y'] }}' ${{ b }}c; # ${{ d }}", Template::DollarBraces),
        "a·« x['y'] »·« b »c"
    );
    assert_eq!(
        hole("cat <<'E'\n${{ toJSON(x) }}\nE\n", Template::DollarBraces),
        "cat HereDocument:E<« toJSON(x) »'␤'>"
    );
    assert_eq!(hole("a $(Build.Name) $(pwd) $(b c)", Template::Macro), "a·«Build.Name»·«pwd»·$( b·c )");
    assert_eq!(
        hole("a $[ x['b'] ] \"$[[ inputs.y ]]\"", Template::DollarBracket),
        "a·« x['b'] »·\"« inputs.y »\""
    );
    assert_eq!(
        hole("a {{ .V | quote }} {% if x %} {b,c}", Template::Braces),
        "a·« .V | quote »·« if x »·{b,c}"
    );
    assert_eq!(
        hole("a << p.x >> b <<E >>d\n$c\nE\n", Template::Angles),
        "a·« p.x »·b HereDocument:E<\"${c}\"\"␤\"> Append:d"
    );
}
