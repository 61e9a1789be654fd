//! Repositories, pull requests, files, comparisons, objects, pages.

use hallpass_forge::github::{Limits, Pull, Token, WorkflowRun};
use serde_json::{Value, json};

use crate::github::bench::{Bench, PULL, commit, git, lines};

fn names(list: &Value, member: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_pull_request_tells_its_ends() {
    let bench = Bench::new();
    let pull = bench.as_job().get(PULL).is(200);
    assert_eq!((&pull["head"]["sha"], &pull["base"]["sha"]), (&json!(bench.head), &json!(bench.base)));
    assert_eq!(
        (&pull["changed_files"], &pull["additions"], &pull["deletions"]),
        (&json!(2), &json!(4), &json!(1))
    );
    assert_eq!(pull["head"]["repo"]["full_name"], "acme/shop");
    bench.as_job().get("/repos/acme/shop/pulls/2").refuses(404, "Not Found");
    bench.as_job().get("/repos/acme/other/pulls/1").refuses(404, "Not Found");
    bench.as_job().get("/repos/acme/shop/labels").refuses(404, "Not Found");
    assert_eq!(bench.forge.journal().len(), 4);
}

#[test]
fn files_have_patches_and_renames_their_old_name() {
    let bench = Bench::new();
    git(bench.folder.path(), &["mv", "old.yml", "moved.yml"]);
    std::fs::write(bench.folder.path().join("image.bin"), b"\0\x01\x02").unwrap();
    bench.push(&[("b/c d.yml", "x\n")]);
    let files = bench.as_job().get(&format!("{PULL}/files")).is(200);
    assert_eq!(names(&files, "filename"), ["app.yml", "b/c d.yml", "image.bin", "moved.yml", "new.yml"]);
    assert_eq!(names(&files, "status"), ["modified", "added", "added", "renamed", "added"]);
    assert!(files[0]["patch"].as_str().unwrap().starts_with("@@ -7,7 +7,7 @@"), "{files}");
    assert_eq!(files[4]["patch"], "@@ -0,0 +1,3 @@\n+a\n+b\n+c");
    assert_eq!(files[3]["previous_filename"], "old.yml");
    assert!(files[2].get("patch").is_none() && files[3].get("patch").is_none(), "binary, and a pure rename");
    bench.forge.limits(Limits { patch_lines: 3, ..Limits::default() });
    let files = bench.as_job().get(&format!("{PULL}/files")).is(200);
    assert!(files[0].get("patch").is_none() && files[1].get("patch").is_some(), "{files}");
}

#[test]
fn lists_come_in_pages() {
    let bench = Bench::new();
    let many: Vec<(String, &str)> = (0..65).map(|n| (format!("many/{n:02}.yml"), "x\n")).collect();
    let files: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    bench.push(&files);
    let client = bench.as_job();
    let first = client.get(&format!("{PULL}/files"));
    assert_eq!(first.json().as_array().unwrap().len(), 30);
    let url = bench.forge.url();
    let expected =
        format!(r#"<{url}{PULL}/files?page=2>; rel="next", <{url}{PULL}/files?page=3>; rel="last""#);
    assert_eq!(first.header("link"), expected);
    let last = client.get(&format!("{PULL}/files?per_page=50&page=2"));
    assert_eq!(last.json().as_array().unwrap().len(), 17);
    assert!(!last.header("link").contains("next") && last.header("link").contains(r#"rel="first""#));
    let all = client.get(&format!("{PULL}/files?per_page=1000"));
    assert_eq!((all.json().as_array().unwrap().len(), all.header("link")), (67, ""));
    assert_eq!(client.get(&format!("{PULL}/files?page=9")).is(200), json!([]));
}

#[test]
fn a_comparison_starts_at_the_merge_base() {
    let bench = Bench::new();
    git(bench.folder.path(), &["checkout", "-q", "main"]);
    let moved = commit(bench.folder.path(), &[("other.yml", "x\n")]);
    let client = bench.as_job();
    let compared = client.get(&format!("/repos/acme/shop/compare/{moved}...{}", bench.head)).is(200);
    assert_eq!(compared["merge_base_commit"]["sha"], json!(bench.base));
    assert_eq!(
        (&compared["status"], &compared["ahead_by"], &compared["behind_by"]),
        (&json!("diverged"), &json!(1), &json!(1))
    );
    assert_eq!(names(&compared["files"], "filename"), ["app.yml", "new.yml"]);
    let by_name = client.get("/repos/acme/shop/compare/main...change").is(200);
    assert_eq!(by_name["base_commit"]["sha"], json!(moved));
    let second = client.get("/repos/acme/shop/compare/main...change?page=2").is(200);
    assert!(second.get("files").is_none(), "only the first page has files");
    client.get("/repos/acme/shop/compare/main...gone").refuses(404, "Not Found");
    client.get("/repos/acme/shop/compare/main..change").refuses(404, "Not Found");
    client.get("/repos/acme/shop/compare/HEAD~1...change").refuses(404, "Not Found");
}

#[test]
fn branches_are_read_anew_with_each_request() {
    let bench = Bench::new();
    let client = bench.as_job();
    let tip = || client.get("/repos/acme/shop/compare/main...change").is(200)["base_commit"]["sha"].clone();
    assert_eq!(tip(), json!(bench.base));
    git(bench.folder.path(), &["checkout", "-q", "main"]);
    let moved = commit(bench.folder.path(), &[("other.yml", "x\n")]);
    assert_eq!(tip(), json!(moved));
}

#[test]
fn objects_are_read_by_their_digests() {
    let bench = Bench::new();
    let client = bench.as_job();
    let repository = "/repos/acme/shop/git";
    let commit = client.get(&format!("{repository}/commits/{}", bench.head)).is(200);
    let tree_sha = commit["tree"]["sha"].as_str().unwrap();
    let tree = client.get(&format!("{repository}/trees/{tree_sha}?recursive=1")).is(200);
    assert_eq!(names(&tree["tree"], "path"), ["app.yml", "new.yml", "old.yml"]);
    assert_eq!(tree["truncated"], false);
    let blob = tree["tree"][0]["sha"].as_str().unwrap();
    let encoded = client.get(&format!("{repository}/blobs/{blob}")).is(200);
    let content = encoded["content"].as_str().unwrap();
    assert!(
        content.lines().count() > 1 && content.lines().all(|line| line.len() <= 60),
        "GitHub breaks its lines"
    );
    assert_eq!(encoded["size"], lines(&[(10, "changed\n")]).len());
    let raw = bench.as_job().with("accept", "application/vnd.github.raw+json");
    assert_eq!(raw.get(&format!("{repository}/blobs/{blob}")).text, lines(&[(10, "changed\n")]));
    client.get(&format!("{repository}/blobs/{}", &blob[..7])).refuses(422, "exactly 40 characters");
    client.get(&format!("{repository}/blobs/{tree_sha}")).refuses(404, "Not Found");
    client.get(&format!("{repository}/commits/main")).refuses(404, "Not Found");
    client.get(&format!("{repository}/trees/{blob}")).refuses(422, "tree");
    bench.forge.limits(Limits { tree_entries: 2, blob_bytes: 10, ..Limits::default() });
    let cut = client.get(&format!("{repository}/trees/{tree_sha}?recursive=0")).is(200);
    assert_eq!((&cut["truncated"], names(&cut["tree"], "path").len()), (&json!(true), 2));
    let flat = client.get(&format!("{repository}/trees/{tree_sha}")).is(200);
    assert_eq!((&flat["truncated"], names(&flat["tree"], "path").len()), (&json!(false), 3));
    client.get(&format!("{repository}/blobs/{blob}")).refuses(403, "too large");
}

#[test]
fn a_fork_shares_objects_and_may_be_gone() {
    let bench = Bench::new();
    let fork = tempfile::TempDir::new().unwrap();
    git(fork.path(), &["clone", "-q", bench.folder.path().to_str().unwrap(), "."]);
    let head = commit(fork.path(), &[("app.yml", &lines(&[(3, "theirs\n")]))]);
    bench.forge.fork("acme/shop", "eve/shop", fork.path());
    let pull = Pull { author: "eve".to_owned(), fork: Some("eve/shop".to_owned()), ..Pull::of(&head) };
    let number = bench.forge.open("acme/shop", pull);
    let path = format!("/repos/acme/shop/pulls/{number}");
    let client = bench.as_job();
    let shown = client.get(&path).is(200);
    assert_eq!(
        (&shown["head"]["repo"]["full_name"], &shown["head"]["repo"]["fork"]),
        (&json!("eve/shop"), &json!(true))
    );
    assert_eq!(names(&client.get(&format!("{path}/files")).is(200), "filename"), ["app.yml", "new.yml"]);
    let of_commit = client.get(&format!("/repos/acme/shop/commits/{head}/pulls")).is(200);
    assert_eq!(of_commit[0]["number"], number);
    bench.forge.delete("eve/shop");
    let shown = client.get(&path).is(200);
    assert_eq!((&shown["head"]["repo"], &shown["head"]["sha"]), (&Value::Null, &json!(head)));
}

#[test]
fn lists_of_pull_requests_are_filtered() {
    let bench = Bench::new();
    let other = bench.forge.open("acme/shop", Pull { branch: "other".to_owned(), ..Pull::of(&bench.head) });
    bench.forge.close("acme/shop", 1);
    let client = bench.as_job();
    let numbers = |path: &str| -> Vec<u64> {
        let list = client.get(&format!("/repos/acme/shop/pulls{path}")).is(200);
        list.as_array().unwrap().iter().map(|pull| pull["number"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers(""), [other]);
    assert_eq!(numbers("?state=closed"), [1]);
    assert_eq!(numbers("?state=all"), [other, 1]);
    assert_eq!(numbers("?state=all&head=acme:change"), [1]);
    client.get("/repos/acme/shop/pulls?state=ajar").refuses(422, "state");
}

#[test]
fn the_base_branch_moves_and_the_pull_request_keeps_its_old_tip() {
    let bench = Bench::new();
    bench.forge.rebase_base("acme/shop", 1, &bench.head);
    let pull = bench.as_job().get(PULL).is(200);
    assert_eq!(pull["base"]["sha"], json!(bench.base));
    assert_eq!(pull["changed_files"], 0, "the merge base is the head now");
}

#[test]
fn a_run_of_a_workflow_tells_its_head_and_needs_a_right() {
    let bench = Bench::new();
    let id = bench.forge.run(
        "acme/shop",
        WorkflowRun {
            name: "checks".to_owned(),
            path: ".github/workflows/checks.yml".to_owned(),
            event: "pull_request".to_owned(),
            head: bench.head.clone(),
            branch: "change".to_owned(),
            repository: "acme/shop".to_owned(),
            actor: "dev".to_owned(),
            conclusion: None,
        },
    );
    let path = format!("/repos/acme/shop/actions/runs/{id}");
    bench.as_job().get(&path).refuses(403, "Resource not accessible by integration");
    bench.forge.token("runs", Token::job(&[("actions", "read")]));
    let run = bench.client("runs").get(&path).is(200);
    assert_eq!((&run["head_sha"], &run["status"]), (&json!(bench.head), &json!("in_progress")));
    assert_eq!(run["pull_requests"][0]["number"], 1);
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let bench = Bench::new();
    let first = bench.as_job().get(PULL);
    let again = bench.as_job().with("if-none-match", first.header("etag"));
    assert_eq!(again.get(PULL).status, 304);
    bench.forge.close("acme/shop", 1);
    assert_eq!(again.get(PULL).status, 200);
}
