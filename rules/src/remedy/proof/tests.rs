use super::{Unsound, prove};
use crate::span::ByteSpan;

/// Replaces the first place of `old` in `text`.
fn after(path: &str, text: &str, edits: &[(&str, &str)]) -> Result<(), Unsound> {
    let at = |old: &str| {
        let start = text.find(old).unwrap_or(text.len() + 1);
        ByteSpan::new(start, start + old.len())
    };
    let edits: Vec<(ByteSpan, &str)> = edits.iter().map(|(old, new)| (at(old), *new)).collect();
    prove(path, text.as_bytes(), &edits)
}

const WORKFLOW: &str = "\
on:
  push:
jobs:
  a:
    permissions:
      contents: read
      packages: write
    steps:
      - uses: a/b@v1 # why
      - run: make
        env: {A: 1, B: 'two'}
";

#[test]
fn what_is_touched_may_change() {
    let sound = [
        vec![("v1", "0123")],
        vec![("      packages: write\n", "")],
        vec![
            ("      packages: write\n", ""),
            ("      contents: read\n", ""),
            ("permissions:", "permissions: {}"),
        ],
        vec![("a/b@v1", "a/b@v1\n        with:\n          x: false")],
        vec![("      - run: make\n", "      - run: make\n        shell: bash\n")],
        vec![("      - run: make", "      - uses: c/d@v2\n      - run: make")],
        vec![("jobs:", "permissions:\n  contents: read\njobs:")],
        vec![("  push:\n", "  push:\n    branches: [main]\n")],
        vec![("A: 1, ", "")],
        vec![("'two'", "${{ secrets.B }}")],
    ];
    for edits in sound {
        assert_eq!(after(".github/workflows/a.yml", WORKFLOW, &edits), Ok(()), "{edits:?}");
    }
}

#[test]
fn what_lies_beside_may_not() {
    let beside = |line| Err(Unsound::Beside(line));
    for (edits, answer) in [
        // The neighbour is taken into the new block.
        (vec![("      contents: read\n", "      contents: read\n      x:\n  ")], beside(7)),
        // Two steps become one.
        (vec![("# why\n      - run", "# why\n        run")], beside(9)),
        // The rest of the step becomes a comment.
        (vec![("{A", "# {A")], beside(11)),
    ] {
        let said = after("a.yml", WORKFLOW, &edits);
        assert!(said.is_err(), "{edits:?}: {said:?}");
        if !matches!(said, Err(Unsound::Broken(_))) {
            assert_eq!(said, answer, "{edits:?}");
        }
    }
    assert_eq!(after("a.yml", "a: 1\nb: 2\n", &[("a: 1\n", "b: 1\n")]), Err(Unsound::Twice));
    assert!(matches!(after("a.yml", "a: 1\nb: 2\n", &[("1", "[")]), Err(Unsound::Broken(_))));
    assert!(matches!(after("a.json", "{\"a\": 1}", &[("1", "")]), Err(Unsound::Broken(_))));
    assert_eq!(after("a.yml", "a: 1\n", &[("c", "")]), Err(Unsound::Misfit));
    let overlapping = [(ByteSpan::new(0, 2), ""), (ByteSpan::new(1, 3), "")];
    assert_eq!(prove("a.yml", b"a: 1\n", &overlapping), Err(Unsound::Misfit));
}

#[test]
fn terraform_is_held_by_its_blocks_and_values() {
    const MAIN: &str = "\
resource \"aws_iam_role\" \"a\" {
  max_session_duration = 43200
  count                = 2
  policy               = jsonencode({ Statement = [{ Action = [\"s3:*\", \"ec2:*\"] }] })
  tags = {}
}
";
    for edits in [
        vec![("43200", "3600")],
        vec![("\"s3:*\", ", "")],
        vec![("  count ", "  description = \"x\"\n  count ")],
        vec![("{}", "{ owner = \"a\" }")],
    ] {
        assert_eq!(after("main.tf", MAIN, &edits), Ok(()), "{edits:?}");
    }
    assert_eq!(after("main.tf", MAIN, &[("43200\n", "3600 #\n"), ("= 2", "= 3")]), Ok(()));
    let swallowed = [("43200\n  count               ", "\"x\"\n  # count")];
    assert!(after("main.tf", MAIN, &swallowed).is_err());
    let split = [("  max_session_duration = 43200\n", "}\nlocals {\n  x = 1\n")];
    assert!(after("main.tf", MAIN, &split).is_err());
}

#[test]
fn a_dockerfile_is_held_by_its_instructions() {
    let text = "FROM a:1\nRUN make\nUSER 1\n";
    assert_eq!(after("Dockerfile", text, &[("a:1", "a@sha256:00")]), Ok(()));
    assert_eq!(after("Dockerfile", text, &[("a:1\n", "a:1 \\\n")]), Err(Unsound::Beside(2)));
}

#[test]
fn an_anchor_that_goes_is_missed_where_it_was_used() {
    let text = "a: &x\n  k: 1\nb: *x\nc: 3\n";
    assert_eq!(after("a.yml", text, &[("k: 1", "k: 2")]), Ok(()));
    assert!(after("a.yml", text, &[("&x", "")]).is_err());
}
