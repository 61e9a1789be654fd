//! Scripts as one writes them, and the structure that is read: see `print` for how it is shown.

use super::print::Print;
use super::script;

/// Each script has the structure, and then, a line each, what was not understood.
fn reads(cases: &[(&str, &str)]) {
    for (text, structure) in cases {
        let script = script(text);
        let mut found = Print(&script).all();
        for unknown in &script.unknown {
            found.push_str(&format!("\n? {}: {}", unknown.why, script.text(unknown.at)));
        }
        assert_eq!(found, *structure, "{text}");
    }
}

#[test]
fn words_keep_their_quotes() {
    reads(&[
        (r#"echo "a $b" 'c'd\ e plain"x""#, r#"echo·"a ""${b}"·'c'd\ e·plain"x""#),
        (r#"echo $'a\n\x41\u00e9\'q' $"loc" "" ''"#, r#"echo·$'a'$'␤'$'A'$'é'$'''$'q'·"loc"·∅·∅"#),
        ("echo \"a\\\"b\\$c\\d\" a\\\nb", r#"echo·"a"\""b"\$"c\d"·ab"#),
        (
            r#"sudo docker run -v "$PWD:/x" img@sha256:ab @(a|b) *.{js,ts} ~/x a#b"#,
            r#"sudo·docker·run·-v·"${PWD}"":/x"·img@sha256:ab·@(a|b)·*.{js,ts}·~/x·a#b"#,
        ),
    ]);
}

#[test]
fn parameters_are_expanded_in_every_form() {
    reads(&[
        (
            r#"echo $x ${x} $1 ${10} $# $@ "$*" $$x $"#,
            r#"echo·${x}·${x}·${1}·${10}·${#}·${@}·"${*}"·${$}x·$"#,
        ),
        (
            r#"echo ${x:-default "q"} ${x#*/} ${#x} ${!x} ${!p@} ${x//a/b} ${x:1:2} ${x^^} ${x@Q}"#,
            r#"echo·${x Default default "q"}·${x WithoutPrefix */}·${x Length}·${!x}·${!p Names}·${x Replace a/b}·${x Substring 1:2}·${x Case ∅}·${x Transform Q}"#,
        ),
        (
            "echo ${a[@]} ${a[$i]} ${a[b[1]]} ${#a[@]} ${!a[@]}",
            "echo·${a[@]}·${a[${i}]}·${a[b[1]]}·${a[@] Length}·${!a[@]}",
        ),
        (
            r#"echo "${x:-'a'}" "${x%'a b'}" "${x:-"in $y"}" ${x:-$(cmd ${y:+z})}"#,
            r#"echo·"${x Default "'a'"}"·"${x WithoutSuffix 'a b'}"·"${x Default "in ""${y}"}"·${x Default $( cmd·${y Alternative z} )}"#,
        ),
    ]);
}

#[test]
fn substitutions_are_read_as_commands() {
    reads(&[
        (
            r#"echo $(a | b; c) "$(d "$(e)")" <(f) >(g)"#,
            r#"echo·$( a | b; c )·"$( d·"$( e )" )"·<( f )·<( g )"#,
        ),
        (
            r#"echo `date` `echo \`x\` \$y` "`echo \"q\"`""#,
            r#"echo·$( date )·$( echo·$( x )·${y} )·"$( echo·"q" )""#,
        ),
        (
            "echo $((1 + x)) $(( (a) * $(b) )) $((echo a); (echo b)) $[1+2]",
            "echo·((1 + x))·(( (a) * $( b ) ))·$( ( echo·a ); ( echo·b ) )·((1+2))",
        ),
    ]);
}

#[test]
fn lists_and_pipelines() {
    reads(&[
        (
            "a && b || c; d & e\n\nf | g |& h # why\n! i | j",
            "a && b || c; d & e; f | g PipeBoth:∅ | h; ! i | j",
        ),
        ("a \\\n  -b \\\n  c\r\nd\r\n", "a·-b·c; d"),
        (
            "time -p a; time -f %e b; { c; d; } 2>/dev/null; ( e && f ) | g",
            "a; time·-f·%e·b; { c; d } 2Write:/dev/null; ( e && f ) | g",
        ),
    ]);
}

#[test]
fn assignments_and_declarations() {
    reads(&[
        (r#"A=b C="d $e" cmd x=y; F= G=$(h)"#, r#"A=b·C="d ""${e}"·cmd·x=y; F=∅·G=$( h )"#),
        (
            r#"export A=b C="d e" F; local -r x=$1; env A=b"#,
            r#"export·F·A=b·C="d e"; local·-r·x=${1}; env·A=b"#,
        ),
        (
            "a[1]=2; a[$i+1]+=x; b=(); c=(one \"two $x\"\n # comment\n [k]=v); declare -A d=([a]=1 [b c]=\"2\")",
            r#"a[1]=2; a[${i}+1]+=x; b=(); c=(one·"two ""${x}"·[k]=v); declare·-A·d=([a]=1·[b c]="2")"#,
        ),
    ]);
}

#[test]
fn compound_commands() {
    reads(&[
        ("if a; then b; elif c\nthen d; else e; fi > out", "if a then b elif c then d else e fi Write:out"),
        (
            r#"for x in a b "$c"; do d; done; for ((i=0; i<3; i++)); do e; done; for y; do :; done; for z do :; done"#,
            r#"for x in a·b·"${c}" do d done; for  in ((i=0; i<3; i++)) do e done; for y do : done; for z do : done"#,
        ),
        (
            "while read -r l; do a; done < <(b); until c; do d; done",
            "while read·-r·l do a done Read:<( b ); while c do d done",
        ),
        (
            "case \"$1\" in a|b) c;; (d*) ;; *) e ;& f) g\nesac",
            r#"case "${1}" in a·b) c;; d*) ;; *) e;; f) g;; esac"#,
        ),
        (
            "f() { a \"$1\"; }; function g { b; }; function h() ( c )\ni()\n{\nd\n}",
            r#"f() { a·"${1}" }; g() { b }; h() ( c ); i() { d }"#,
        ),
        (
            "[[ -n $x && $y == a* || ! $z =~ ^(a|b c)$ ]] && a; ((x++)); ((a) ; (b))",
            "[[ -n·${x}·&&·${y}·==·a*·||·!·${z}·=~·^(a|b c)$ ]] && a; ((x++)); ( ( a ); ( b ) )",
        ),
        ("select x in a b; do c; done; coproc N { d; }", "for x in a·b do c done; { d }"),
    ]);
}

#[test]
fn redirections_and_here_documents() {
    reads(&[
        (
            r#"a > b 2>&1 <c >>d &>e &>>f <<<"$g" {fd}>h 3<&0 4<>i >|j 2>&-"#,
            r#"a Write:b 2DuplicateOutput:1 Read:c Append:d WriteBoth:e AppendBoth:f HereString:"${g}" {fd}Write:h 3DuplicateInput:0 4ReadWrite:i Clobber:j 2DuplicateOutput:-"#,
        ),
        (
            "cat <<EOF > f && a\nb $c \\$d $(e) \\\" \"\nEOF\ng",
            r#"cat HereDocument:EOF<"b ""${c}"" "\$"d ""$( e )"" \" "␤"> Write:f && a; g"#,
        ),
        (
            "cat <<-'EOF' <<B; a\n\traw $x\n\tEOF\nbb\nB\nc",
            r#"cat HereDocument:EOF<'raw $x␤'> HereDocument:B<"bb␤">; a; c"#,
        ),
        ("x=$(cat <<E\nhi $y\nE\n); z", r#"x=$( cat HereDocument:E<"hi ""${y}""␤"> ); z"#),
        ("x=$(cat <<E\nhi\nE); y", r#"x=$( cat HereDocument:E<"hi␤"> ); y"#),
        ("if a; then b <<E; fi\nhi\nE\nc", r#"if a then b HereDocument:E<"hi␤"> fi; c"#),
    ]);
}

#[test]
fn what_is_not_understood_is_marked_and_reading_goes_on() {
    reads(&[
        (
            "echo \"unclosed\nnext line",
            "echo·?\"unclosed?; next·line\n? a quote that does not end: \"unclosed",
        ),
        ("echo `unclosed\nnext", "echo·?`unclosed?; next\n? a backquote that does not end: `unclosed"),
        ("a 'b\nc $(d 'e'\nf", "a·'b␤c $(d 'e?'?; f\n? a quote that does not end: '"),
        (
            "fi; a; ) b; ;; c",
            "?fi?; a; ?)?; b; ?;;?; c\n? a sign or reserved word that belongs to nothing: fi\n? a sign or reserved word that belongs to nothing: )\n? a sign or reserved word that belongs to nothing: ;;",
        ),
        ("if x; then a", "if x then a fi\n? an `if` that does not end: if"),
        ("a(b c) d", "a·?(b c)?·d\n? a parenthesis where none may stand: (b c)"),
        ("echo ${x:-y\nz", "echo·?${x:-y?; z\n? a brace that does not end: ${x:-y"),
        ("echo ${bad bad} b; c", "echo·?${?bad·bad}·b; c\n? not an expansion: ${"),
        (
            "cat <<EOF\nnever ends $x",
            "cat HereDocument:EOF…<\"never ends \"\"${x}\">\n? a here-document that does not end: never ends $x",
        ),
        ("x=(a b; c", "x=(a·b); c\n? an array that does not end: (a b"),
        ("[[ a == b\nc", "[[ a·==·b ]]; c\n? a condition that does not end: [["),
        ("case x in a) b", "case x in a) b;; esac\n? a `case` that does not end: case"),
        ("for; do a; done; b", "for  do a done; b\n? a loop without a variable: for"),
        (
            "| a; b >",
            "a; b Write:∅\n? a pipe that no command writes to: |\n? a redirection without a target: >",
        ),
    ]);
}
