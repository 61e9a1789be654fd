#![allow(clippy::unwrap_used)]
use std::sync::Arc;

use super::*;
use crate::{Engine, Settings};

fn span(start: u32, end: u32) -> ByteSpan {
    ByteSpan { start, end }
}

fn fix(edits: &[(&str, ByteSpan, &str)], safety: Safety) -> Fix {
    let edit = |(path, span, by): &(&str, ByteSpan, &str)| FixEdit {
        spot: Spot { path: (*path).to_owned(), span: *span },
        replacement: (*by).to_owned(),
    };
    let edits: Vec<FixEdit> = edits.iter().map(edit).collect();
    let mends = edits.first().map(|edit| edit.spot.clone()).unwrap();
    Fix { title: String::new(), safety, edits, mends }
}

fn chosen(fixes: &[Fix]) -> Chosen {
    let mut chosen = Chosen::default();
    fixes.iter().for_each(|fix| {
        chosen.take(fix);
    });
    chosen
}

#[test]
fn edits_beside_each_other_are_made_together_and_edits_over_each_other_are_not() {
    let whole = |fixes: &[Fix]| chosen(fixes).each().map(|edit| edit.replacement).collect::<Vec<_>>();
    let a = fix(&[("f", span(2, 4), "a")], Safety::Safe);
    let beside = fix(&[("f", span(4, 6), "b")], Safety::Safe);
    let over = fix(&[("f", span(3, 5), "c")], Safety::Safe);
    let within = fix(&[("f", span(2, 3), "d")], Safety::Safe);
    let around = fix(&[("f", span(0, 9), "e")], Safety::Safe);
    let far = fix(&[("f", span(3, 5), "f"), ("g", span(0, 1), "g")], Safety::Safe);
    assert_eq!(whole(&[a.clone(), beside]), ["a", "b"]);
    for other in [over, within, around, far] {
        assert_eq!(whole(&[a.clone(), other]), ["a"]);
    }
    assert_eq!(whole(&[a.clone(), a]), ["a"]);
}

const WORKFLOW: &str = "on: push
permissions: { contents: read }
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - run: make # é
        env:
          ACTIONS_STEP_DEBUG: true
";

#[test]
fn texts_in_memory_are_mended_and_nothing_else_of_them_changes() {
    let path = ".github/workflows/a.yml";
    let files: Files = [(path.to_owned(), Arc::from(WORKFLOW.as_bytes()))].into();
    let engine = Engine::configure(Settings::on(jiff::civil::date(2026, 11, 24))).unwrap();
    let outcome = engine.check_tree(&files, true);
    let mended = |wanted| mend(&files, &outcome.coverage, &outcome.review.findings, &wanted);
    let all = mended(Wanted::default());
    assert!(!all.chosen.mends.is_empty(), "{:?}", outcome.review.findings);
    assert!(all.left.is_empty(), "{:?}", all.left);
    let again: Files = [(path.to_owned(), Arc::from(all.files[path].as_bytes()))].into();
    let left = engine.check_tree(&again, true).review.findings;
    assert!(left.iter().all(|finding| !all.chosen.mends.contains(&finding.fingerprint)), "{left:?}");
    let none = mended(Wanted { only: Some(BTreeSet::new()), ..Wanted::default() });
    assert_eq!(none, Mended::default());
}

#[test]
fn a_file_that_the_fix_would_break_stays_and_is_named() {
    let files: Files = [("a.yml".to_owned(), Arc::from(&b"a: b\nc: d\n"[..]))].into();
    let engine = Engine::configure(Settings::on(jiff::civil::date(2026, 11, 24))).unwrap();
    let workflow: Files = [(".github/workflows/a.yml".to_owned(), Arc::from(WORKFLOW.as_bytes()))].into();
    let mut finding = engine.check_tree(&workflow, true).review.findings.remove(0);
    finding.fixes = vec![fix(&[("a.yml", span(3, 4), "\"")], Safety::Safe)];
    let mended = mend(&files, &[], &[finding], &Wanted::default());
    assert!(mended.files.is_empty() && mended.chosen.mends.is_empty());
    assert!(mended.left["a.yml"].starts_with("with the fix, "), "{:?}", mended.left);
}
