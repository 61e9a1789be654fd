//! Comments about lines as conversations, and whether they are resolved, which only GraphQL tells.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::model::Comment;
use crate::bot::client::{Client, Failure};
use crate::bot::forge::{Note, Request, Thread};

/// Most pages of threads that are asked for, of 100 each.
const PAGES: usize = 20;

const LIST: &str = "query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id isResolved comments(first: 1) { nodes { databaseId } } }
      }
    }
  }
}";

const RESOLVE: &str = "mutation ($thread: ID!) {
  resolveReviewThread(input: {threadId: $thread}) { thread { id isResolved } }
}";

const VIEWER: &str = "query { viewer { login } }";
/// How the login of an App ends where it comments; nobody's own login does.
const APP: &str = "[bot]";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    id: String,
    is_resolved: bool,
}

/// Threads of comments. That GraphQL does not answer costs no more than that it is not known what is resolved.
pub(super) fn of(
    client: &Client,
    repository: &str,
    request: &Request,
    comments: Vec<Comment>,
) -> Vec<Thread> {
    let states = match comments.is_empty() {
        true => BTreeMap::new(),
        false => states(client, repository, request.number).unwrap_or_else(|failure| {
            tracing::info!(%failure, "which threads are resolved is not known");
            BTreeMap::new()
        }),
    };
    let (first, replies): (Vec<_>, Vec<_>) = comments.into_iter().partition(|c| c.in_reply_to_id.is_none());
    let mut threads: BTreeMap<u64, Thread> = first
        .into_iter()
        .map(|comment| {
            let state = states.get(&comment.id);
            let thread = Thread {
                handle: state.map(|(handle, _)| handle.clone()),
                resolved: state.map(|(_, resolved)| *resolved),
                path: comment.path.clone(),
                lines: comment.line.map(|line| (comment.start_line.unwrap_or(line), line)),
                first: Note::from(comment),
                replies: Vec::new(),
            };
            (thread.first.id, thread)
        })
        .collect();
    for reply in replies {
        // GitHub hangs every answer on the comment that opened the thread.
        if let Some(thread) = reply.in_reply_to_id.and_then(|id| threads.get_mut(&id)) {
            thread.replies.push(Note::from(reply));
        }
    }
    threads.into_values().collect()
}

/// Handle and state of each thread, by the comment that opened it.
fn states(client: &Client, repository: &str, number: u64) -> Result<BTreeMap<u64, (String, bool)>, Failure> {
    let (owner, name) = repository.split_once('/').unwrap_or_default();
    let mut states = BTreeMap::new();
    let mut after = Value::Null;
    for _ in 0..PAGES {
        let variables = json!({ "owner": owner, "name": name, "number": number, "after": after });
        let answer = asked(client, LIST, &variables)?;
        let threads = &answer["repository"]["pullRequest"]["reviewThreads"];
        for node in threads["nodes"].as_array().into_iter().flatten() {
            let opened = node["comments"]["nodes"][0]["databaseId"].as_u64();
            if let (Some(opened), Ok(node)) = (opened, Node::deserialize(node)) {
                states.insert(opened, (node.id, node.is_resolved));
            }
        }
        if threads["pageInfo"]["hasNextPage"] != Value::Bool(true) {
            break;
        }
        after = threads["pageInfo"]["endCursor"].clone();
    }
    Ok(states)
}

/// Marks a thread as done. GitHub allows that to those who may write contents, which the bot does not ask for.
pub(super) fn resolve(client: &Client, handle: &str) -> Result<(), Failure> {
    asked(client, RESOLVE, &json!({ "thread": handle })).map(drop)
}

/// The login of the App whose token it is.
pub(super) fn viewer(client: &Client) -> Result<String, Failure> {
    let answer = asked(client, VIEWER, &json!({}))?;
    match answer["viewer"]["login"].as_str() {
        Some(login) if login.ends_with(APP) => Ok(login.to_owned()),
        Some(login) => Ok(format!("{login}{APP}")),
        None => {
            let said = "it does not say under which login the token posts; name it with --as".to_owned();
            Err(Failure::Malformed { what: "POST /graphql".to_owned(), said })
        }
    }
}

fn asked(client: &Client, document: &str, variables: &Value) -> Result<Value, Failure> {
    let mut answer: Value = client.ask(&json!({ "query": document, "variables": variables }))?;
    let what = "POST /graphql".to_owned();
    if let Some(errors) = answer["errors"].as_array().filter(|errors| !errors.is_empty()) {
        let kinds: Vec<&str> = errors.iter().filter_map(|error| error["type"].as_str()).collect();
        return Err(Failure::Refused { what, said: crate::report::text::plain(&kinds.join(", ")) });
    }
    Ok(answer["data"].take())
}
