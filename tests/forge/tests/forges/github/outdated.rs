//! Where comments go when the pull request is pushed to.

use serde_json::{Value, json};

use crate::github::bench::{Bench, PULL, git, lines};

fn commented() -> Bench {
    let bench = Bench::new();
    let span = json!({ "path": "app.yml", "start_line": 8, "start_side": "RIGHT", "line": 10, "side": "RIGHT", "body": "span" });
    let line = json!({ "path": "app.yml", "line": 10, "side": "RIGHT", "body": "line" });
    let left = json!({ "path": "app.yml", "line": 10, "side": "LEFT", "body": "left" });
    let review = json!({ "event": "COMMENT", "comments": [line, span, left] });
    bench.as_job().post(&format!("{PULL}/reviews"), &review).is(200);
    bench
}

fn places(bench: &Bench) -> Vec<(Value, Value)> {
    let comments = bench.as_job().get(&format!("{PULL}/comments")).is(200);
    let list = comments.as_array().unwrap();
    assert!(list.iter().all(|comment| comment["original_line"] == 10), "{comments}");
    list.iter().map(|comment| (comment["start_line"].clone(), comment["line"].clone())).collect()
}

#[test]
fn a_comment_moves_with_its_line() {
    let bench = commented();
    let head = bench.push(&[("app.yml", &lines(&[(2, "line 2\nmore\nmore\n"), (10, "changed\n")]))]);
    assert_eq!(places(&bench), [(Value::Null, json!(12)), (json!(10), json!(12)), (Value::Null, json!(10))]);
    let comments = bench.as_job().get(&format!("{PULL}/comments")).is(200);
    assert_eq!(
        (&comments[0]["commit_id"], &comments[0]["original_commit_id"]),
        (&json!(head), &json!(bench.head))
    );
}

#[test]
fn a_comment_moves_up_when_lines_above_it_go() {
    let bench = commented();
    bench.push(&[("app.yml", &lines(&[(2, ""), (3, ""), (4, "one\n"), (10, "changed\n")]))]);
    assert_eq!(places(&bench), [(Value::Null, json!(8)), (json!(6), json!(8)), (Value::Null, json!(10))]);
}

#[test]
fn a_comment_whose_line_changed_is_outdated() {
    let bench = commented();
    bench.push(&[("app.yml", &lines(&[(10, "changed again\n")]))]);
    assert_eq!(
        places(&bench),
        [(Value::Null, Value::Null), (Value::Null, Value::Null), (Value::Null, json!(10))]
    );
    let comments = bench.as_job().get(&format!("{PULL}/comments")).is(200);
    assert_eq!((&comments[0]["position"], &comments[0]["commit_id"]), (&Value::Null, &json!(bench.head)));
    let thread = &bench.forge.conversation("acme/shop", 1).threads[0];
    assert!(thread.outdated && thread.line.is_none() && thread.original_line == Some(10));
}

#[test]
fn a_span_is_outdated_when_a_line_in_it_changed_or_came() {
    let bench = commented();
    bench.push(&[("app.yml", &lines(&[(8, "line 8\nbetween\n"), (10, "changed\n")]))]);
    assert_eq!(places(&bench)[..2], [(Value::Null, json!(11)), (Value::Null, Value::Null)]);
}

#[test]
fn a_comment_that_leaves_the_diff_is_outdated() {
    let bench = commented();
    // The change is taken back: the file is no longer in the diff.
    bench.push(&[("app.yml", &lines(&[]))]);
    assert!(places(&bench).iter().all(|(_, line)| line.is_null()));
    // It is, but the lines are far from the hunk.
    bench.push(&[("app.yml", &lines(&[(20, "end\n")]))]);
    assert!(places(&bench).iter().all(|(_, line)| line.is_null()));
    // And they come back with the text.
    bench.push(&[("app.yml", &lines(&[(10, "changed\n")]))]);
    assert!(places(&bench).iter().all(|(_, line)| *line == 10));
}

#[test]
fn a_force_push_disowns_the_old_commits() {
    let bench = commented();
    let folder = bench.folder.path();
    git(folder, &["reset", "-q", "--hard", &bench.base]);
    let files = [("app.yml", lines(&[(10, "changed\n")])), ("other.yml", "x\n".to_owned())];
    bench.push(&files.each_ref().map(|(path, text)| (*path, text.as_str())));
    assert!(places(&bench).iter().all(|(_, line)| *line == 10), "the text is the same");
    let comment = json!({ "path": "app.yml", "line": 10, "body": "x" });
    let review = json!({ "event": "COMMENT", "commit_id": bench.head, "comments": [comment] });
    bench.as_job().post(&format!("{PULL}/reviews"), &review).refuses(422, "commit_id");
}

#[test]
fn a_renamed_file_outdates_its_comments() {
    let bench = commented();
    git(bench.folder.path(), &["mv", "app.yml", "main.yml"]);
    bench.push(&[]);
    assert!(places(&bench).iter().all(|(_, line)| line.is_null()));
}
