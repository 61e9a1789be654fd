//! Scripts as one writes them, and the structure that is read.

use crate::document::shell::tests::print::Print;
use crate::document::{Scalar, Style};

fn reads(cases: &[(&str, &str)]) {
    for (text, structure) in cases {
        let script = super::super::read(&Scalar::verbatim(text, Style::Plain, 0), &[]);
        let mut found = Print(&script).all();
        for unknown in &script.unknown {
            found.push_str(&format!("\n? {}: {}", unknown.why, script.text(unknown.at)));
        }
        assert_eq!(found, *structure, "{text}");
    }
}

#[test]
fn strings_and_variables() {
    reads(&[
        (
            r#"$token = "abc$x-$($y.Name)-${env:Z}"; $env:API_KEY = 'it''s' # why"#,
            r#"token="abc""${x}""-""$( ${y}.Name )""-""${env:Z}"; env:API_KEY='it'\''s'"#,
        ),
        ("[string] $x = @\"\na $y\n\"b\"\n\"@\n", "x=\"a \"\"${y}\"\"␤\"b\"\""),
        ("$x = @'\n$y\n'@; b", "x='$y'; b"),
        (r#"echo "a`n`$b `"c" d` e @args $? $"#, "echo·\"a\"\\␤\\$\"b \"\\\"\"c\"·d\\ e·${args}·${?}·$"),
    ]);
}

#[test]
fn commands_and_expressions() {
    reads(&[
        (
            r#"Connect-AzAccount -ServicePrincipal -Credential $cred -Tenant "t" -Scope:Process | Out-Null"#,
            r#"Connect-AzAccount·-ServicePrincipal·-Credential·${cred}·-Tenant·"t"·-Scope:Process | Out-Null"#,
        ),
        (
            "Invoke-WebRequest -Uri $u -Headers @{ Authorization = \"Bearer $t\" } `\n  -OutFile out.zip",
            r#"Invoke-WebRequest·-Uri·${u}·-Headers·$( Authorization="Bearer ""${t}" )·-OutFile·out.zip"#,
        ),
        (
            r#"$x | ForEach-Object { $_.Name } | Where-Object { $_ -like "*x" } > out.txt 2>&1"#,
            r#"${x} | ForEach-Object·$( ${_}.Name ) | Where-Object·$( ${_}·-like·"*x" ) Write:out.txt 2DuplicateOutput:1"#,
        ),
        (
            r#"[System.IO.File]::WriteAllText("$p", 'data')"#,
            r#"[System.IO.File]::WriteAllText$( "${p}"; 'data' )"#,
        ),
        (
            "iex ((New-Object Net.WebClient).DownloadString('https://x'))",
            "iex·$( $( New-Object·Net.WebClient ).DownloadString$( 'https://x' ) )",
        ),
        (
            "<# block\ncomment #> docker login -u a; exit $LASTEXITCODE",
            "docker·login·-u·a; exit·${LASTEXITCODE}",
        ),
    ]);
}

#[test]
fn assignments() {
    reads(&[
        (
            "$s = ConvertTo-SecureString \"secret\" -AsPlainText -Force\n$c = New-Object PSCredential (\"u\", $s)",
            "s=$( ConvertTo-SecureString·\"secret\"·-AsPlainText·-Force ); c=$( New-Object·PSCredential·$( \"u\"; ${s} ) )",
        ),
        (
            "$h = @{ Name = 'n'; \"Key\" = \"v\"\n  Other = Get-Secret -Name s }",
            "h=$( Name='n'; Key=\"v\"; Other=$( Get-Secret·-Name·s ) )",
        ),
        (
            "$a = @('x', \"y\", 3)\n$v += 5\nSet-Item Env:\\X -Value (\"a\" + \"b\")",
            "a=$( 'x'; \"y\"; 3 ); v+=5; Set-Item·Env:\\X·-Value·$( \"a\"·+·\"b\" )",
        ),
    ]);
}

#[test]
fn blocks() {
    reads(&[
        (
            r#"if ($a -eq 'b') { Get-X -Y z } elseif (Test-Path $p) { throw "no" } else { & "$env:P\x.exe" /q a,b }"#,
            r#"if ${a}·-eq·'b' then Get-X·-Y·z elif Test-Path·${p} then throw·"no" else "${env:P}""\x.exe"·/q·a,b fi"#,
        ),
        (
            "foreach ($f in Get-ChildItem *.ps1) { Write-Host $f.Name }",
            "for f in $( Get-ChildItem·*.ps1 ) do Write-Host·${f}.Name done",
        ),
        (
            "function Get-T([string]$A = \"d\", $b) { param([Parameter(Mandatory = $true)] [int] $C = 3)\n  return $A }",
            "Get-T() { A=\"d\"; ${b}; { C=3 }; ${A} }",
        ),
        ("try { a } catch [X.Y] { b } finally { c }", "{ a }; { b }; { c }"),
        (
            "while ($true) { x; break }\nswitch -Regex ($v) { 'a' { b } default { c } }",
            "while ${true} do x; break done; while ${v} do 'a'·$( b )·default·$( c ) done",
        ),
    ]);
}

#[test]
fn what_is_not_understood_is_marked_and_reading_goes_on() {
    reads(&[
        (
            "echo \"unclosed\nnext line",
            "echo·?\"unclosed?; next·line\n? a string that does not end: \"unclosed",
        ),
        (
            "a ) b }",
            "a; ?)?; b; ?}?\n? a sign that belongs to nothing: )\n? a sign that belongs to nothing: }",
        ),
        ("if ($x) { a", "if ${x} then a fi\n? a bracket that does not end: {"),
        ("x (a\nb", "x·$( a; b )\n? a bracket that does not end: ("),
    ]);
}
