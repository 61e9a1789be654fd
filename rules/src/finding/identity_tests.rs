//! What a change does to findings, on findings written by hand; `tests/identity.rs` does the same on real files.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::finding::{Confidence, Severity, Spot};
use crate::span::ByteSpan;

/// `path route judged subject subject…`
fn finding(text: &str) -> Finding {
    let mut words = text.split(' ');
    let (path, route) = (words.next().unwrap(), words.next().unwrap());
    let judged: Vec<String> = words.next().filter(|j| *j != "-").map(str::to_owned).into_iter().collect();
    let subjects: BTreeSet<String> = words.map(str::to_owned).collect();
    let place_id = place_id("scope/x", path, route);
    let content_id = content_id(&judged, &subjects);
    Finding {
        rule: "scope/x".to_owned(),
        severity: Severity::Low,
        confidence: Confidence::High,
        at: Spot { path: path.to_owned(), span: ByteSpan::at(0) },
        route: route.to_owned(),
        message: text.to_owned(),
        help: None,
        related: Vec::new(),
        places: Vec::new(),
        fixes: Vec::new(),
        pending: Vec::new(),
        fingerprint: fingerprint(&place_id, &content_id),
        place_id,
        content_id,
        subjects,
    }
}

fn compared(old: &[&str], new: &[&str]) -> Vec<String> {
    let old: Vec<Finding> = old.iter().map(|t| finding(t)).collect();
    let new: Vec<Finding> = new.iter().map(|t| finding(t)).collect();
    compare(&old, &new)
        .iter()
        .map(|c| {
            let side =
                |of: &[Finding], f: Option<usize>| f.map_or("nothing".to_owned(), |f| of[f].message.clone());
            format!("{:?}: {} -> {}", c.kind, side(&old, c.old), side(&new, c.new))
        })
        .collect()
}

#[test]
fn each_kind_of_change() {
    let found = compared(
        &["a.tf r1 v", "a.tf r2 v1", "a.tf r3 - s3:Get", "b.tf r4 v4", "a.tf r5 v5"],
        &["a.tf r1 v", "a.tf r2 v2", "a.tf r3 - s3:Get s3:Put", "c.tf r4 v4", "a.tf r6 v6"],
    );
    assert_eq!(
        found,
        [
            "Known: a.tf r1 v -> a.tf r1 v",
            "Changed: a.tf r2 v1 -> a.tf r2 v2",
            "Widened: a.tf r3 - s3:Get -> a.tf r3 - s3:Get s3:Put",
            "Moved: b.tf r4 v4 -> c.tf r4 v4",
            "New: nothing -> a.tf r6 v6",
            "Fixed: a.tf r5 v5 -> nothing",
        ]
    );
}

#[test]
fn a_narrower_statement_is_changed_not_widened() {
    assert_eq!(compared(&["a r - x y"], &["a r - x"]), ["Changed: a r - x y -> a r - x"]);
    assert_eq!(compared(&["a r - x"], &["a r - y z"]), ["Changed: a r - x -> a r - y z"]);
}

#[test]
fn at_a_shared_place_the_widened_one_is_the_counterpart() {
    let found = compared(&["a r - y", "a r - x"], &["a r - x z"]);
    assert_eq!(found, ["Widened: a r - x -> a r - x z", "Fixed: a r - y -> nothing"]);
}

#[test]
fn what_is_still_there_does_not_move() {
    assert_eq!(compared(&["a r v"], &["a r v", "b r v"]), ["Known: a r v -> a r v", "New: nothing -> b r v"]);
}

#[test]
fn a_finding_of_a_place_alone_moves_only_with_its_route() {
    assert_eq!(compared(&["a r1 -"], &["b r2 -"]), ["New: nothing -> b r2 -", "Fixed: a r1 - -> nothing"]);
    assert_eq!(compared(&["a r1 -"], &["b r1 -"]), ["Moved: a r1 - -> b r1 -"]);
}

#[test]
fn the_same_route_moves_before_another() {
    let found = compared(&["a r1 v", "a r2 v"], &["b r2 v", "b r1 v"]);
    assert_eq!(found, ["Moved: a r2 v -> b r2 v", "Moved: a r1 v -> b r1 v"]);
}

#[test]
fn items_without_a_name_keep_their_counterpart() {
    let found = compared(
        &["a rules/[00000001] - get", "a rules/[00000002] - put", "a [00000003]/ttl 1h"],
        &["a rules/[0000000a] - get list", "a rules/[0000000b] - patch", "a [0000000c]/ttl 2h"],
    );
    assert_eq!(
        found,
        [
            "Widened: a rules/[00000001] - get -> a rules/[0000000a] - get list",
            "New: nothing -> a rules/[0000000b] - patch",
            "Changed: a [00000003]/ttl 1h -> a [0000000c]/ttl 2h",
            "Fixed: a rules/[00000002] - put -> nothing",
        ]
    );
}

#[test]
fn a_second_copy_at_the_same_route_widens() {
    let old = [finding("a r v")];
    let mut new = [finding("a r v")];
    new[0].places.push(Spot { path: "a".to_owned(), span: ByteSpan::new(7, 9) });
    assert_eq!(compare(&old, &new)[0].kind, Kind::Widened);
    assert_eq!(compare(&new, &old)[0].kind, Kind::Known);
}

#[test]
fn many_findings_at_one_place_do_not_take_quadratic_time() {
    let text = |n: usize, v: &str| finding(&format!("a r {v}{n}"));
    let old: Vec<Finding> = (0..20_000).map(|n| text(n, "v")).collect();
    let new: Vec<Finding> = (0..20_000).map(|n| text(n, "w")).collect();
    let changes = compare(&old, &new);
    assert!(changes.iter().all(|c| c.kind == Kind::Changed));
    assert_eq!(changes.len(), 20_000);
}
