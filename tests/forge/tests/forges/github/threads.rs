//! Review threads in GraphQL.

use hallpass_forge::github::Token;
use serde_json::{Value, json};

use crate::github::bench::{Bench, Client, PULL};

const THREADS: &str = "query Threads($owner: String!, $name: String!, $number: Int!, $after: String) {
  shop: repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 2, after: $after) {
        nodes { ...Thread }
        pageInfo { hasNextPage endCursor }
        totalCount
      }
    }
  }
}
fragment Thread on PullRequestReviewThread {
  id isResolved isOutdated
  comments(first: 1) { nodes { databaseId author { __typename login ... on Bot { login } } } }
}";

const RESOLVE: &str =
    "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }";

fn ask(client: &Client, query: &str, variables: &Value) -> Value {
    client.post("/graphql", &json!({ "query": query, "variables": variables })).is(200)
}

fn threads(client: &Client, after: Option<&Value>) -> Value {
    let variables = json!({ "owner": "acme", "name": "shop", "number": 1, "after": after });
    let answer = ask(client, THREADS, &variables);
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["shop"]["pullRequest"]["reviewThreads"].clone()
}

fn commented() -> (Bench, Vec<Value>) {
    let bench = Bench::new();
    let comments: Vec<Value> =
        (8..11).map(|line| json!({ "path": "app.yml", "line": line, "body": "look" })).collect();
    let client = bench.as_job();
    client.post(&format!("{PULL}/reviews"), &json!({ "event": "COMMENT", "comments": comments })).is(200);
    let listed = client.get(&format!("{PULL}/comments")).is(200);
    let ids = listed.as_array().unwrap().iter().map(|comment| comment["id"].clone()).collect();
    (bench, ids)
}

#[test]
fn threads_come_in_pages() {
    let (bench, ids) = commented();
    let client = bench.as_job();
    let first = threads(&client, None);
    let id = |thread: &Value| thread["comments"]["nodes"][0]["databaseId"].clone();
    let nodes = first["nodes"].as_array().unwrap();
    assert_eq!(nodes.iter().map(id).collect::<Vec<_>>(), ids[..2]);
    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
    let author = &nodes[0]["comments"]["nodes"][0]["author"];
    assert_eq!(*author, json!({ "__typename": "Bot", "login": "github-actions" }));
    let second = threads(&client, Some(&first["pageInfo"]["endCursor"]));
    assert_eq!(second["nodes"].as_array().unwrap().iter().map(id).collect::<Vec<_>>(), ids[2..]);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
}

#[test]
fn resolving_needs_to_write_contents() {
    let (bench, _) = commented();
    let client = bench.as_job();
    let id = threads(&client, None)["nodes"][0]["id"].clone();
    let refusal = ask(&client, RESOLVE, &json!({ "id": id }));
    assert_eq!(refusal["errors"][0]["type"], "FORBIDDEN");
    assert_eq!(refusal["errors"][0]["message"], "Resource not accessible by integration");
    assert_eq!((&refusal["data"]["resolveReviewThread"], bench.forge.writes()), (&Value::Null, 1));
    bench.forge.token("strong", Token::job(&[("contents", "write"), ("pull_requests", "write")]));
    let resolved = ask(&bench.client("strong"), RESOLVE, &json!({ "id": id }));
    assert_eq!(resolved, json!({ "data": { "resolveReviewThread": { "thread": { "isResolved": true } } } }));
    assert_eq!(threads(&client, None)["nodes"][0]["isResolved"], true);
    assert_eq!(bench.forge.writes(), 2);
    let thread = &bench.forge.conversation("acme/shop", 1).threads[0];
    assert_eq!(thread.resolved_by.as_deref(), Some("github-actions[bot]"));
}

#[test]
fn people_resolve_what_is_theirs_or_if_they_may_write() {
    let (bench, _) = commented();
    let id = threads(&bench.as_job(), None)["nodes"][0]["id"].clone();
    for (login, may) in [("eve", false), ("ann", true), ("dev", true)] {
        bench.forge.collaborator("acme/shop", "ann", "write");
        bench.forge.token(login, Token::person(login, &[("pull_requests", "write")]));
        let answer = ask(&bench.client(login), RESOLVE, &json!({ "id": id }));
        assert_eq!(answer.get("errors").is_none(), may, "{login}: {answer}");
    }
}

#[test]
fn mistakes_are_told_as_github_tells_them() {
    let (bench, _) = commented();
    let client = bench.as_job();
    let error = |client: &Client, query: &str| {
        let answer = ask(client, query, &json!({}));
        let error = answer["errors"][0].clone();
        (error["type"].as_str().unwrap_or_default().to_owned(), error["message"].as_str().unwrap().to_owned())
    };
    let within = |fields: &str| {
        format!(
            r#"{{ repository(owner: "acme", name: "shop") {{ pullRequest(number: 1) {{ {fields} }} }} }}"#
        )
    };
    assert_eq!(error(&client, r#"{ repository(owner: "a", name: "b") { id } }"#).0, "NOT_FOUND");
    assert_eq!(error(&client, &within("reviewThreads { totalCount }")).0, "MISSING_PAGINATION_BOUNDARIES");
    assert_eq!(error(&client, &within("reviewThreads(first: 101) { totalCount }")).0, "EXCESSIVE_PAGINATION");
    assert_eq!(error(&client, &within("colour")).1, "Field 'colour' doesn't exist on type 'PullRequest'");
    assert!(error(&client, "{ broken").1.contains("Unexpected"));
    assert_eq!(error(&client, RESOLVE).1, "Variable $id was provided invalid value");
    let unknown = ask(&client, RESOLVE, &json!({ "id": "PRRT_x" }));
    assert_eq!(unknown["errors"][0]["type"], "NOT_FOUND");
    bench.forge.token("none", Token::job(&[("contents", "read")]));
    assert_eq!(error(&bench.client("none"), &within("id")).0, "FORBIDDEN");
    client.post("/graphql", &json!({})).refuses(400, "query");
    bench.client("wrong").post("/graphql", &json!({ "query": "{ viewer { login } }" })).refuses(401, "Bad");
}

#[test]
fn the_viewer_of_an_app_has_its_suffix() {
    let bench = Bench::new();
    let answer = ask(&bench.as_job(), "query { viewer { login } }", &json!({}));
    assert_eq!(answer, json!({ "data": { "viewer": { "login": "github-actions[bot]" } } }));
}
